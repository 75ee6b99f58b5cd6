// FileLock: one holder of a path among all processes of a machine. The kernel frees it when the holder dies, so that
// there are no stale locks. The file's content tells others who holds it; it is never removed, because removing a lock
// file lets two processes lock two files of one name.
#pragma once

#include <map>
#include <string>

#include "os/file.h"

namespace sky::os {

// What the holder says about itself, as `key=value` lines: the server writes pid, port and since.
using LockOwner = std::map<std::string, std::string>;

class FileLock {
 public:
  // Does not wait. kConflict when it is held: the message lists the owner's words, Error::details has them by key.
  static auto acquire(const std::string& path, const LockOwner& owner) -> Result<FileLock>;

  // Replaces the owner's words, e.g. once the port is known.
  auto set_owner(const LockOwner& owner) -> Result<>;
  auto path() const -> const std::string& { return path_; }

 private:
  FileLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

// The words of whoever holds, or last held, the lock; empty when there are none.
auto read_lock_owner(const std::string& path) -> LockOwner;

}  // namespace sky::os
