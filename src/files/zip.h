// Unpacking zip archives that strangers sent.
//
// Nothing lands outside the target: names are made relative, ".." is refused, and everything goes through Target, which
// follows no links. Links that are absolute or lead out are refused, because others would follow them later.
// libarchive stays behind this header. Blocking: call through async::run_on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sky::files {

// `parts` are the archive cut into pieces, in order; `target` becomes a directory with what it holds. kInvalidArgument:
// no zip archive, an entry that leads out, or more than `size_max_bytes` unpacked; kStorageFull and others of the disk.
auto unpack_zip(const std::vector<std::string>& parts, const std::string& target, std::uint64_t size_max_bytes)
    -> Result<>;

// Whether a symlink at `path` (relative to some root) with that target stays below the root. Pure.
auto stays_below(std::string_view path, std::string_view link_target) -> bool;

}  // namespace sky::files
