// Which children of this process belong to a Child. Others may be reaped by anybody who comes along; these may not, or
// their exit status would be lost. Process-wide, because pids are; on the loop's thread.
#pragma once

#include <sys/types.h>

#include <set>
#include <vector>

namespace sky::os {

class OwnedChildren {
 public:
  void own(pid_t pid) { owned_.insert(pid); }
  void collected(pid_t pid) { owned_.erase(pid); }
  // The Child goes before its process does: reaped at the next opportunity.
  void disown(pid_t pid);
  void reap_left();
  auto is_owned(pid_t pid) const -> bool { return owned_.contains(pid); }

 private:
  std::set<pid_t> owned_;
  std::vector<pid_t> left_;
};

auto owned_children() -> OwnedChildren&;

}  // namespace sky::os
