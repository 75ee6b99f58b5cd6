#include "cli/entrypoint.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

constexpr std::string_view kRecipePrefix = "recipes:";

// Starts with a letter, ends with a letter or digit, and has dashes between at most.
auto is_recipe_name(std::string_view name) -> bool {
  if (name.empty() || !is_alpha(name.front()) || !is_alnum(name.back())) return false;
  return std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-'; });
}

auto is_named_like_task_file(std::string_view text) -> bool {
  return text.find_first_of(" \t\n") == std::string_view::npos && (text.ends_with("yaml") || text.ends_with(".yml"));
}

// The content of a task file. The error's message is the reason why `path` is none.
auto read_task_file(const std::string& path, const FileReader& read, const YamlTest& is_structured)
    -> Result<std::string> {
  const auto refuse = [](std::string reason) { return make_error(ErrorCode::kInvalidArgument, std::move(reason)); };
  auto text = read(path);
  if (!text.ok()) {
    switch (text.error().code) {
      case ErrorCode::kNotFound:
        return refuse("does not exist. Please check if the path is correct.");
      case ErrorCode::kInvalidArgument:
        return refuse("is not a file. Please check if the path is correct.");
      default:
        return refuse(fmt::format("cannot be read: {}.", text.error().message));
    }
  }
  const auto structured = is_structured(*text);
  if (!structured.ok()) {
    return refuse(fmt::format("contains an invalid configuration. Please check syntax.\n\nYAML Error: {}\n",
                              structured.error().message));
  }
  if (!*structured) return refuse("holds plain text instead of a task.");
  return text;
}

}  // namespace

auto resolve_entrypoint(const std::vector<std::string>& words, const FileReader& read, const YamlTest& is_structured)
    -> Entrypoint {
  std::string text = join(words, " ");
  if (text.empty()) return {};
  if (text.starts_with(kRecipePrefix) && is_recipe_name(std::string_view(text).substr(kRecipePrefix.size()))) {
    return {.kind = EntrypointKind::kRecipe, .text = text.substr(kRecipePrefix.size())};
  }
  auto content = read_task_file(text, read, is_structured);
  if (content.ok()) {
    return {.kind = EntrypointKind::kTaskFile, .text = std::move(text), .content = std::move(content).value()};
  }
  if (!is_named_like_task_file(text)) return {.kind = EntrypointKind::kCommand, .text = std::move(text)};
  return {.kind = EntrypointKind::kBadTaskFile, .text = std::move(text), .reason = std::move(content).error().message};
}

auto bad_file_question(const Entrypoint& entrypoint) -> std::string {
  return fmt::format("{} looks like a yaml path but {}\nIt will be treated as a command to be run remotely. Continue?",
                     python_quote(entrypoint.text), entrypoint.reason);
}

}  // namespace sky::cli
