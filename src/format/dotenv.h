// Files of `KEY=value` lines (--env-file, --secret-file), read as python-dotenv reads them.
//
//   KEY=plain text # comment       export KEY=value       'odd key'=value
//   KEY="double\n${OTHER}"         KEY='single'           KEY            (no value at all)
//
// Values may span lines inside quotes. `${NAME}` and `${NAME:-default}` are replaced in every value, quoted or not,
// from the lines before, then from `lookup`; an unknown name is empty. Lines that do not parse are skipped and
// reported. Source: dotenv_values() of python-dotenv 1.2, read 2026-11. Pure; never fails.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sky {

using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

struct DotenvFile {
  // In order of first appearance, with the last value of each name; nullopt for a name without `=`.
  std::vector<std::pair<std::string, std::optional<std::string>>> values;
  std::vector<size_t> bad_lines;  // numbers of the lines where a skipped statement starts, from 1
};

auto parse_dotenv(std::string_view text, const VariableLookup& lookup = {}) -> DotenvFile;

}  // namespace sky
