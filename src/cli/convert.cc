#include "cli/convert.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

auto invalid(const ValueSpec& spec, std::string_view reason) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("Invalid value for {}: {}", spec.quoted_names, reason));
}

// Python's number syntax lets blanks surround a number and single underscores part its digits. Nothing else is dropped.
auto without_underscores(std::string_view text) -> std::optional<std::string> {
  text = trim(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool parts_digits = i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (!parts_digits) return std::nullopt;
  }
  return out;
}

auto read_integer(std::string_view text) -> std::optional<std::int64_t> {
  const auto digits = without_underscores(text);
  return digits ? parse_int(*digits) : std::nullopt;
}

auto convert_integer(const ValueSpec& spec, std::string_view text) -> Result<std::string> {
  const auto value = read_integer(text);
  if (!value) return invalid(spec, fmt::format("{} is not a valid integer.", python_quote(text)));
  if (spec.type == ValueType::kCount && *value < 1) {
    return invalid(spec, fmt::format("{} is not in the range x>=1.", *value));
  }
  return fmt::format("{}", *value);
}

auto convert_number(const ValueSpec& spec, std::string_view text) -> Result<std::string> {
  const auto digits = without_underscores(text);
  const auto value = digits ? parse_double(*digits) : std::nullopt;
  if (!value) return invalid(spec, fmt::format("{} is not a valid float.", python_quote(text)));
  return *digits;
}

auto convert_limit(const ValueSpec& spec, std::string_view text) -> Result<std::string> {
  const std::string word = to_lower(text);
  if (word == "none" || word == "all") return word;
  const auto value = read_integer(text);
  if (!value) {
    return invalid(spec, fmt::format(R"({} is not a valid integer or "none" or "all")", python_quote(text)));
  }
  return fmt::format("{}", *value);
}

auto convert_choice(const ValueSpec& spec, std::string_view text) -> Result<std::string> {
  const auto choices = split(spec.choices, '|');
  const bool any_case = spec.type != ValueType::kChoice;
  const auto matches = [&](std::string_view choice) {
    return any_case ? equals_ignore_case(choice, text) : choice == text;
  };
  if (const auto found = std::ranges::find_if(choices, matches); found != choices.end()) return std::string(*found);
  return invalid(spec, fmt::format("{} is not one of '{}'.", python_quote(text), fmt::join(choices, "', '")));
}

auto convert_choice_list(const ValueSpec& spec, std::string_view text) -> Result<std::string> {
  std::vector<std::string> chosen;
  for (const auto part : split(text, ',')) {
    if (trim(part).empty()) continue;
    SKY_TRY(chosen.emplace_back(), convert_choice(spec, trim(part)));
  }
  return join(chosen, ",");
}

auto convert_directory(const ValueSpec& spec, std::string_view text, const CliEnvironment& env) -> Result<std::string> {
  switch (env.path_kind(std::string(text))) {
    case PathKind::kMissing:
      return invalid(spec, fmt::format("Directory {} does not exist.", python_quote(text)));
    case PathKind::kFile:
      return invalid(spec, fmt::format("Directory {} is a file.", python_quote(text)));
    case PathKind::kDirectory:
    case PathKind::kOther:
      break;
  }
  return std::string(text);
}

auto convert_dotenv_file(std::string_view text, const CliEnvironment& env) -> Result<std::string> {
  if (env.path_kind(std::string(text)) == PathKind::kFile) return std::string(text);
  return make_error(
      ErrorCode::kInvalidArgument,
      fmt::format("Dotenv file does not exist: {}. Provide a path to an existing file, or remove the flag.", text));
}

auto convert_variable(std::string_view text, const CliEnvironment& env) -> Result<std::string> {
  if (text.find('=') != std::string_view::npos) return std::string(text);
  const auto value = env.variable(text);
  if (!value) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{} is not set in local environment.", text));
  }
  return fmt::format("{}={}", text, *value);
}

}  // namespace

auto convert_value(const ValueSpec& spec, std::string_view text, const CliEnvironment& env) -> Result<std::string> {
  switch (spec.type) {
    case ValueType::kFlag:
    case ValueType::kText:
      break;
    case ValueType::kInteger:
    case ValueType::kCount:
      return convert_integer(spec, text);
    case ValueType::kNumber:
      return convert_number(spec, text);
    case ValueType::kLimit:
      return convert_limit(spec, text);
    case ValueType::kChoice:
    case ValueType::kCaselessChoice:
      return convert_choice(spec, text);
    case ValueType::kChoiceList:
      return convert_choice_list(spec, text);
    case ValueType::kDirectory:
      return convert_directory(spec, text, env);
    case ValueType::kDotenvFile:
      return convert_dotenv_file(text, env);
    case ValueType::kVariable:
      return convert_variable(text, env);
  }
  return std::string(text);
}

}  // namespace sky::cli
