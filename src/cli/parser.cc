#include "cli/parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/close_matches.h"
#include "base/strings.h"
#include "cli/convert.h"

namespace sky::cli {
namespace {

// A word that starts like an option; `-` alone is an argument.
auto looks_like_option(std::string_view word) -> bool {
  return word.size() > 1 && word.front() == '-';
}

// Bytes of the UTF-8 character at `at`.
auto character_size(std::string_view word, size_t at) -> size_t {
  size_t end = at + 1;
  while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0U) == 0x80U) ++end;
  return end - at;
}

// The two errors about an option's form come without the usage line in the original.
auto wrong_form(std::string_view message) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("Error: {}\n", message));
}

}  // namespace

Parser::Parser(CommandPath path, CliEnvironment& env)
    : path_(std::move(path)), env_(env), options_(options_of(*path_.back())), invocation_(path_, env) {
  for (const Option* option : options_) {
    const OptionNames names = names_of(*option);
    for (const auto name : names.on) spellings_.push_back({name, option, true});
    for (const auto name : names.off) spellings_.push_back({name, option, false});
  }
}

auto Parser::parse(std::span<const std::string> args) -> Result<Invocation> {
  words_.assign(args.begin(), args.end());
  SKY_CHECK(scan());
  SKY_TRY(const bool ended, settle_eager());
  if (ended) return std::move(invocation_);
  SKY_CHECK(settle_options());
  if (!path_.back()->is_group()) SKY_CHECK(settle_arguments());
  return std::move(invocation_);
}

auto Parser::usage_error(std::string_view message) const -> Error {
  return make_error(ErrorCode::kInvalidArgument, usage_error_text(path_, message, env_.terminal()));
}

auto Parser::scan() -> Result<> {
  while (!words_.empty()) {
    const std::string word = words_.front();
    const bool is_option = looks_like_option(word);
    if (!is_option && path_.back()->is_group()) return {};
    words_.pop_front();
    if (word == "--") break;
    if (is_option) {
      SKY_CHECK(scan_option(word));
    } else {
      positionals_.push_back(word);
    }
  }
  if (path_.back()->is_group()) return {};
  positionals_.insert(positionals_.end(), words_.begin(), words_.end());
  words_.clear();
  return {};
}

// Any word may be a long name, also one with a single dash (`-no-d`); only then is it a cluster of short ones.
auto Parser::scan_option(const std::string& word) -> Result<> {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  std::optional<std::string> value;
  if (equals != std::string::npos) value = word.substr(equals + 1);
  SKY_TRY(const Match match, scan_long(name, std::move(value)));
  if (match == Match::kFound) return {};
  if (word.starts_with("--")) return unknown_option(name, true);
  return scan_short_cluster(word);
}

auto Parser::scan_long(std::string_view name, std::optional<std::string> value) -> Result<Match> {
  const Spelling* spelling = name.size() > 2 ? find_spelling(name) : nullptr;
  if (spelling == nullptr) return Match::kUnknown;
  if (spelling->option->type == ValueType::kFlag) {
    if (value) return wrong_form(fmt::format("Option '{}' does not take a value.", name));
    appearances_.push_back({.option = spelling->option, .on = spelling->on});
    return Match::kFound;
  }
  if (value) words_.push_front(*std::move(value));
  SKY_CHECK(take_value(name, {.option = spelling->option}));
  return Match::kFound;
}

auto Parser::scan_short_cluster(const std::string& word) -> Result<> {
  for (size_t at = 1; at < word.size();) {
    const size_t size = character_size(word, at);
    const std::string name = "-" + word.substr(at, size);
    at += size;
    const Spelling* spelling = find_spelling(name);
    if (spelling == nullptr) return unknown_option(name, false);
    if (spelling->option->type == ValueType::kFlag) {
      appearances_.push_back({.option = spelling->option, .on = spelling->on});
      continue;
    }
    if (at < word.size()) words_.push_front(word.substr(at));
    return take_value(name, {.option = spelling->option});
  }
  return {};
}

auto Parser::take_value(std::string_view name, Appearance appearance) -> Result<> {
  const bool may_be_bare = appearance.option->bare_value.has_value();
  if (words_.empty() && !may_be_bare) return wrong_form(fmt::format("Option '{}' requires an argument.", name));
  appearance.bare = may_be_bare && (words_.empty() || looks_like_option(words_.front()));
  if (appearance.bare) {
    appearance.text = *appearance.option->bare_value;
  } else {
    appearance.text = words_.front();
    words_.pop_front();
  }
  appearances_.push_back(std::move(appearance));
  return {};
}

auto Parser::find_spelling(std::string_view name) const -> const Spelling* {
  const auto found = std::ranges::find(spellings_, name, &Spelling::name);
  return found == spellings_.end() ? nullptr : &*found;
}

auto Parser::unknown_option(std::string_view name, bool suggest) const -> Error {
  std::vector<std::string_view> matches;
  if (suggest) {
    std::vector<std::string_view> long_names;
    for (const Spelling& spelling : spellings_) {
      if (spelling.name.size() > 2) long_names.push_back(spelling.name);
    }
    matches = close_matches(name, long_names);
    std::ranges::sort(matches);
  }
  const std::string message = fmt::format("No such option: {}", name);
  if (matches.empty()) return usage_error(message);
  if (matches.size() == 1) return usage_error(fmt::format("{} Did you mean {}?", message, matches.front()));
  return usage_error(fmt::format("{} (Possible options: {})", message, fmt::join(matches, ", ")));
}

auto Parser::settle_eager() -> Result<bool> {
  for (const Appearance& appearance : appearances_) {
    if (!appearance.option->eager) continue;
    SKY_CHECK(settle_option(*appearance.option));
    invocation_.eager_ = key_of(*appearance.option);
    return true;
  }
  return false;
}

auto Parser::settle_options() -> Result<> {
  for (const Appearance& appearance : appearances_) {
    if (invocation_.value_of(key_of(*appearance.option)) == nullptr) SKY_CHECK(settle_option(*appearance.option));
  }
  return {};
}

auto Parser::settle_option(const Option& option) -> Result<> {
  const std::string quoted_names = fmt::format("'{}'", fmt::join(names_of(option).on, "' / '"));
  GivenValue value{.given = true};
  std::vector<const Appearance*> counted;
  for (const Appearance& appearance : appearances_) {
    if (appearance.option != &option) continue;
    if (!option.multiple) counted.clear();
    counted.push_back(&appearance);
  }
  for (const Appearance* appearance : counted) {
    value.on = appearance->on;
    if (option.type == ValueType::kFlag || appearance->bare) {
      value.texts.push_back(appearance->text);
      continue;
    }
    const ValueSpec spec{.type = option.type, .choices = option.choices, .quoted_names = quoted_names};
    auto converted = convert_value(spec, appearance->text, env_);
    if (!converted.ok()) return usage_error(converted.error().message);
    value.texts.push_back(std::move(converted).value());
  }
  invocation_.options_.insert_or_assign(key_of(option), std::move(value));
  return {};
}

auto Parser::settle_arguments() -> Result<> {
  size_t next = 0;
  for (const Argument& argument : path_.back()->arguments) {
    const bool many = argument.arity == Arity::kAny || argument.arity == Arity::kSome;
    const bool required = argument.arity == Arity::kOne || argument.arity == Arity::kSome;
    const size_t count = many ? positionals_.size() - next : std::min<size_t>(1, positionals_.size() - next);
    GivenValue value{.given = count > 0};
    const std::string quoted_name = fmt::format("'{}'", metavar_of(argument));
    for (const size_t end = next + count; next < end; ++next) {
      auto converted = convert_value({.type = argument.type, .quoted_names = quoted_name}, positionals_[next], env_);
      if (!converted.ok()) return usage_error(converted.error().message);
      value.texts.push_back(std::move(converted).value());
    }
    if (count == 0 && required) return usage_error(fmt::format("Missing argument {}.", quoted_name));
    invocation_.arguments_.insert_or_assign(argument.name, std::move(value));
  }
  if (next == positionals_.size()) return {};
  const std::vector<std::string> extra(positionals_.begin() + static_cast<std::ptrdiff_t>(next), positionals_.end());
  return usage_error(
      fmt::format("Got unexpected extra argument{} ({})", extra.size() == 1 ? "" : "s", join(extra, " ")));
}

}  // namespace sky::cli
