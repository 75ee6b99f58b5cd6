#include "cli/invocation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/help.h"

namespace sky::cli {
namespace {

auto paint_for(const CliEnvironment& env, bool is_terminal) -> term::Paint {
  return term::Paint(term::wants_color({.is_terminal = is_terminal,
                                        .no_color = env.variable("NO_COLOR"),
                                        .force_color = env.variable("FORCE_COLOR"),
                                        .term = env.variable("TERM")}));
}

}  // namespace

auto Invocation::option_of(std::string_view key) const -> const Option& {
  const auto options = options_of(command());
  const auto found = std::ranges::find(options, key, [](const Option* option) { return key_of(*option); });
  SKY_ASSERT(found != options.end());
  return **found;
}

auto Invocation::accepts(std::string_view option) const -> bool {
  return std::ranges::count(options_of(command()), option, [](const Option* one) { return key_of(*one); }) > 0;
}

auto Invocation::value_of(std::string_view option) const -> const GivenValue* {
  const auto found = options_.find(option);
  return found == options_.end() ? nullptr : &found->second;
}

auto Invocation::given(std::string_view option) const -> bool {
  option_of(option);
  return value_of(option) != nullptr;
}

auto Invocation::flag(std::string_view option) const -> bool {
  return tristate(option).value_or(option_of(option).fallback == "true");
}

auto Invocation::tristate(std::string_view option) const -> std::optional<bool> {
  SKY_ASSERT(option_of(option).type == ValueType::kFlag);
  const GivenValue* value = value_of(option);
  if (value == nullptr) return std::nullopt;
  return value->on;
}

auto Invocation::text(std::string_view option) const -> std::optional<std::string> {
  const Option& declared = option_of(option);
  SKY_ASSERT(declared.type != ValueType::kFlag && !declared.multiple);
  if (const GivenValue* value = value_of(option); value != nullptr) return value->texts.back();
  if (declared.fallback.empty()) return std::nullopt;
  return std::string(declared.fallback);
}

auto Invocation::texts(std::string_view option) const -> std::vector<std::string> {
  SKY_ASSERT(option_of(option).multiple);
  const GivenValue* value = value_of(option);
  return value == nullptr ? std::vector<std::string>() : value->texts;
}

auto Invocation::integer(std::string_view option) const -> std::optional<std::int64_t> {
  const auto value = text(option);
  return value ? parse_int(*value) : std::nullopt;
}

auto Invocation::number(std::string_view option) const -> std::optional<double> {
  const auto value = text(option);
  return value ? parse_double(*value) : std::nullopt;
}

auto Invocation::argument(std::string_view name) const -> std::optional<std::string> {
  const auto values = arguments(name);
  if (values.empty()) return std::nullopt;
  return values.front();
}

auto Invocation::arguments(std::string_view name) const -> std::vector<std::string> {
  SKY_ASSERT(std::ranges::find(command().arguments, name, &Argument::name) != command().arguments.end());
  const auto found = arguments_.find(name);
  return found == arguments_.end() ? std::vector<std::string>() : found->second.texts;
}

auto Invocation::out_paint() const -> term::Paint {
  return paint_for(*env_, env_->terminal().out_is_terminal);
}

auto Invocation::err_paint() const -> term::Paint {
  return paint_for(*env_, env_->terminal().err_is_terminal);
}

void Invocation::print(std::string_view line) const {
  env_->write_out(fmt::format("{}\n", line));
}

void Invocation::print_error(std::string_view line) const {
  env_->write_err(fmt::format("{}\n", line));
}

auto Invocation::fail_usage(std::string_view message) const -> int {
  env_->write_err(usage_error_text(path_, message, env_->terminal()));
  return kExitUsage;
}

auto Invocation::fail(const Error& error) const -> int {
  const term::Paint paint = err_paint();
  print_error(fmt::format("{} {}", paint(term::Style::kRed, "Error:"), error.message));
  if (const auto place = error.details.find("location"); place != error.details.end()) {
    print_error(fmt::format("  --> {}", place->second));
  }
  if (!error.hint.empty()) print_error(fmt::format("  hint: {}", error.hint));
  return kExitError;
}

auto usage_error_text(const CommandPath& path, std::string_view message, const TerminalFacts& terminal) -> std::string {
  return fmt::format("{}\nTry '{} -h' for help.\n\nError: {}\n", usage_line(path, help_width(terminal)),
                     to_string(path), message);
}

}  // namespace sky::cli
