// How wide a text is on a terminal, and how to shorten it. Pure functions of UTF-8; malformed bytes count one column
// each and pass through. Two measures are in use, as in the original: tables are aligned by columns, while truncation
// counts characters (code points).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sky::term {

// Columns that `text` occupies: wide characters take two, combining marks and variation selectors none, a joined emoji
// sequence as much as its first character. SGR colour sequences (ESC [ … m) take no room. Control characters take none.
auto display_width(std::string_view text) -> size_t;

// `text` followed by blanks up to `width` columns; unchanged if it is already that wide.
auto pad_right(std::string_view text, size_t width) -> std::string;

// Number of code points.
auto character_count(std::string_view text) -> size_t;

// The first `count` code points, all if there are fewer.
auto first_characters(std::string_view text, size_t count) -> std::string_view;

// Keeps both ends and puts `...` between, so that the result has exactly `length_max` characters: infra names, which
// differ at either end. The longer half is the first.
auto truncate_middle(std::string_view text, size_t length_max) -> std::string;

// Cuts at the end and appends `...` (which is not counted): commands. As in the original, blanks do not count while
// words are collected, so that a text of many short words comes out somewhat longer than `length_max`.
auto truncate_end(std::string_view text, size_t length_max) -> std::string;

// Cuts to at most `columns_max` columns, `...` included; colours are dropped when something is cut.
auto truncate_columns(std::string_view text, size_t columns_max) -> std::string;

}  // namespace sky::term
