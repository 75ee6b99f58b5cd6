// The few text helpers that the standard library lacks. ASCII only; no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sky {

constexpr auto is_digit(char c) -> bool {
  return c >= '0' && c <= '9';
}
constexpr auto is_alpha(char c) -> bool {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr auto is_alnum(char c) -> bool {
  return is_digit(c) || is_alpha(c);
}
constexpr auto is_space(char c) -> bool {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr auto ascii_lower(char c) -> char {
  return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
}

auto to_lower(std::string_view text) -> std::string;
auto to_upper(std::string_view text) -> std::string;
auto trim(std::string_view text) -> std::string_view;
// `split("a,,b", ',')` is {"a", "", "b"}; of an empty text it is {""}.
auto split(std::string_view text, char separator) -> std::vector<std::string_view>;
auto join(const std::vector<std::string>& parts, std::string_view separator) -> std::string;
auto replace_all(std::string_view text, std::string_view from, std::string_view to) -> std::string;
auto equals_ignore_case(std::string_view a, std::string_view b) -> bool;

// Whole text as a number in base 10; nullopt on anything else, overflow included.
auto parse_int(std::string_view text) -> std::optional<std::int64_t>;
auto parse_double(std::string_view text) -> std::optional<double>;

// Shell pattern of Python's fnmatch: `*` (any run, also of '/'), `?`, `[abc]`, `[!abc]`, `[a-z]`. Linear in practice:
// one backtrack point. Never fails; an unclosed '[' is a literal.
auto glob_match(std::string_view pattern, std::string_view text) -> bool;
auto has_glob_chars(std::string_view text) -> bool;

// Single-quoted for a POSIX shell; unchanged when nothing needs quoting (Python's shlex.quote).
auto shell_quote(std::string_view text) -> std::string;

// FNV-1a, 64 bits: spreads short texts evenly and is the same everywhere and for ever. No defence against an enemy.
auto fnv1a(std::string_view text) -> std::uint64_t;

auto to_hex(std::string_view bytes) -> std::string;
auto base64_encode(std::string_view bytes) -> std::string;
auto base64_decode(std::string_view text) -> std::optional<std::string>;

}  // namespace sky
