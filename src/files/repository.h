// The few facts about a git repository that ignore rules need, read from its files.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"

namespace sky::files {

struct Repository {
  std::string top;      // the directory that holds `.git`
  std::string exclude;  // content of info/exclude; empty when there is none
  // Paths relative to `top` of all tracked files and of the directories above them.
  std::unordered_set<std::string> tracked;
};

// nullopt when `directory` holds no `.git`. Understands worktrees and submodules, where `.git` is a file. An index of
// an unknown format counts as empty.
auto read_repository(const std::string& directory) -> std::optional<Repository>;

// The paths in an index file, versions 2 to 4. Source: git's Documentation/gitformat-index. kDataCorrupt for others.
auto parse_index_paths(std::string_view bytes) -> Result<std::vector<std::string>>;

}  // namespace sky::files
