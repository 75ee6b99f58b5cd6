// A file without a name that takes a child's standard error; its end goes into messages.
#pragma once

#include <string>

#include "os/file.h"

namespace sky::os {

class ErrorFile {
 public:
  static constexpr size_t kTailBytes = 4096;

  ErrorFile() = default;
  // `dir` exists. Nothing is left in it.
  static auto open(const std::string& dir) -> Result<ErrorFile>;

  auto fd() const -> int { return fd_.get(); }
  // The last kTailBytes of what was written so far.
  auto tail() const -> std::string;

 private:
  explicit ErrorFile(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace sky::os
