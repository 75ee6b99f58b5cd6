// What `sky launch ENTRYPOINT…` means: a task file, a recipe, or a command. Pure but for reading the file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sky::cli {

enum class EntrypointKind {
  kNone,         // nothing was given
  kTaskFile,     // text is the path of a readable YAML file
  kRecipe,       // text is a recipe's name, without `recipes:`
  kCommand,      // text is a shell command
  kBadTaskFile,  // text is named like a task file but is none: ask, with bad_file_question(), whether it is a command
};

struct Entrypoint {
  EntrypointKind kind = EntrypointKind::kNone;
  std::string text;
  std::string content = {};  // of kTaskFile: what the file holds; a pipe can be read only once
  std::string reason = {};   // of kBadTaskFile: what is wrong with it
};

// The content of a file. kNotFound when there is none, kInvalidArgument when it is a directory.
using FileReader = std::function<Result<std::string>(const std::string& path)>;
// Is the first document of `text` more than a plain string (a mapping, or nothing)? The error says why it is no YAML.
using YamlTest = std::function<Result<bool>(const std::string& text)>;

// The original's rule (sky/client/cli/command.py, skypilot 0.14.1): the words joined by one blank are `recipes:<name>`,
// or the path of a YAML file whatever it is called, or else a command. A single word that ends in `yaml` or `.yml`
// without being such a file is kBadTaskFile.
auto resolve_entrypoint(const std::vector<std::string>& words, const FileReader& read, const YamlTest& is_structured)
    -> Entrypoint;

// The question for a kBadTaskFile; the default answer is no.
auto bad_file_question(const Entrypoint& entrypoint) -> std::string;

}  // namespace sky::cli
