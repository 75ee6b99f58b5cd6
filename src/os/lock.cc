#include "os/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::os {
namespace {

constexpr std::uint64_t kOwnerMaxBytes = 4096;

auto held_by(const std::string& path) -> Error {
  const LockOwner owner = read_lock_owner(path);
  std::vector<std::string> words;
  for (const auto& [key, value] : owner) words.push_back(fmt::format("{} {}", key, value));
  const std::string who = words.empty() ? "another process" : fmt::format("a process with {}", join(words, ", "));
  Error error = make_error(ErrorCode::kConflict, fmt::format("'{}' is locked by {}", path, who));
  error.details = owner;
  return error;
}

}  // namespace

auto FileLock::acquire(const std::string& path, const LockOwner& owner) -> Result<FileLock> {
  SKY_TRY(UniqueFd fd, open_file(path, O_RDWR | O_CREAT, 0600));
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return held_by(path);
    if (errno != EINTR) return errno_error(errno, "lock", path);
  }
  FileLock lock(std::move(fd), path);
  SKY_CHECK(lock.set_owner(owner));
  return lock;
}

auto FileLock::set_owner(const LockOwner& owner) -> Result<> {
  std::string text;
  for (const auto& [key, value] : owner) text += fmt::format("{}={}\n", key, value);
  // Written over in place: the lock belongs to this inode. A reader in between sees a mixture of words, never a crash.
  const ssize_t count = pwrite(fd_.get(), text.data(), text.size(), 0);
  if (count != static_cast<ssize_t>(text.size())) return errno_error(count < 0 ? errno : ENOSPC, "write", path_);
  if (ftruncate(fd_.get(), count) != 0) return errno_error(errno, "write", path_);
  return {};
}

auto read_lock_owner(const std::string& path) -> LockOwner {
  LockOwner owner;
  const std::string text = read_file(path, kOwnerMaxBytes).value_or(std::string());
  for (const std::string_view line : split(text, '\n')) {
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) owner.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return owner;
}

}  // namespace sky::os
