#include "os/error_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace sky::os {

auto ErrorFile::open(const std::string& dir) -> Result<ErrorFile> {
  std::string path = dir + "/.stderr-XXXXXX";
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC | O_APPEND));
  if (!fd) return errno_error(errno, "make a file in", dir);
  SKY_CHECK(remove_file(path));
  return ErrorFile(std::move(fd));
}

auto ErrorFile::tail() const -> std::string {
  const off_t size = ::lseek(fd_.get(), 0, SEEK_END);
  if (size <= 0) return {};
  std::string tail(std::min(static_cast<size_t>(size), kTailBytes), '\0');
  const ssize_t count = ::pread(fd_.get(), tail.data(), tail.size(), size - static_cast<off_t>(tail.size()));
  tail.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return tail;
}

}  // namespace sky::os
