// The envs and secrets of a task while it is read.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "task/parse.h"
#include "task/parse_scope.h"
#include "task/substitute.h"

namespace sky {

using NullableTexts = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct Variables {
  NullableTexts envs;
  NullableTexts secrets;                // null: resolved by the server
  std::vector<std::string> references;  // the list form of secrets

  auto value_of(std::string_view name) const -> std::optional<std::string>;
};

// The document with names and values of envs and secrets turned into text, which is what the schema checks.
auto with_text_variables(const YamlNode& document, const ParseScope& scope) -> const YamlNode*;

// REQUIRES: the document passed the task schema. Applies the overrides; an env left null is an error.
auto read_variables(const YamlNode& document, const TaskParseOptions& options, const ParseScope& scope)
    -> Result<Variables>;

// Splits the secrets into values and references to secrets that the server knows.
auto take_secrets(const Variables& variables, const ParseScope& scope, const YamlNode& document, Task& task)
    -> Result<>;

// `scope.NAME` with scope personal, workspace or global; a leading `secrets:` is dropped.
auto parse_secret_name(std::string_view text) -> SecretReference;

// The three variables of a private registry go together, all in envs or all in secrets.
auto check_docker_login(const Task& task) -> Result<>;
// The registry of the three variables; nullopt when they are not given.
auto docker_login_of(const Task& task) -> std::optional<DockerLogin>;

// The value of an env or a secret; of both, the secret's.
auto variable_of(const Task& task, std::string_view name) -> std::optional<std::string>;

// Whether the machine runs in a container: `docker:…` as its image.
auto has_docker_image(const Resources& resources) -> bool;

}  // namespace sky
