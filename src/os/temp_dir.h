// A directory that is removed with all it holds when the owner goes: scratch space, and the home of tests.
#pragma once

#include <string>

#include "os/file.h"

namespace sky::os {

class TempDir {
 public:
  // Under $TMPDIR, else /tmp.
  static auto make() -> Result<TempDir>;

  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  auto operator=(TempDir&&) -> TempDir& = delete;
  ~TempDir();

  auto path() const -> const std::string& { return path_; }
  auto file(std::string_view name) const -> std::string { return path_ + "/" + std::string(name); }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace sky::os
