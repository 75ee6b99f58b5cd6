// walk: reads a directory tree into a Manifest, leaving out what its ignore files say.
//
// With a `.skyignore` in the root its patterns alone count. Otherwise git's rules do: `.gitignore` in the root, below
// it and, inside a repository, above it up to the repository's top, then `.git/info/exclude`. A repository inside (a
// submodule) has its own rules. As git does, files that a repository tracks are kept whatever the patterns say, and
// `.git` itself is never left out. Neither git nor a repository is needed.
//
// Blocking: call through async::run_on.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "files/manifest.h"

namespace sky::files {

enum class Ignoring {
  kIgnoreFiles,  // as above
  kNothing,      // everything is taken
};

struct WalkResult {
  Manifest manifest;
  // One clause each: what was left out that the user may miss (sockets, devices, unreadable directories).
  std::vector<std::string> notes;
};

// `root` is a directory or a single file and may itself be a symlink; below it links are kept as links. Errors:
// kNotFound, kInvalidArgument when it is neither or has too many entries, and what the system says about the root.
auto walk(const std::string& root, Ignoring ignoring) -> Result<WalkResult>;

}  // namespace sky::files
