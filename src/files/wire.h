// Little-endian numbers and texts for this folder's encodings.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sky::files {

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}
inline void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// Takes values from the front. After one that was not there, failed() is true and all values are empty.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  auto take() -> T {
    const std::string_view bytes = take_bytes(sizeof(T));
    std::uint64_t value = 0;
    for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return static_cast<T>(value);
  }
  auto take_text() -> std::string_view { return take_bytes(take<std::uint32_t>()); }
  auto failed() const -> bool { return failed_; }
  auto at_end() const -> bool { return rest_.empty(); }

 private:
  auto take_bytes(size_t count) -> std::string_view {
    failed_ |= count > rest_.size();
    if (failed_) return {};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace sky::files
