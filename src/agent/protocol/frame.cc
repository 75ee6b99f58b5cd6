#include "agent/protocol/frame.h"

#include "base/assert.h"

namespace sky::agent {

namespace {

void append_u32(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFFU);
}

auto read_u32(std::string_view bytes) -> std::uint32_t {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

constexpr size_t kLengthBytes = 4;
constexpr size_t kTypeAndChannelBytes = kFrameHeaderBytes - kLengthBytes;

}  // namespace

auto payload_max_bytes(FrameType type) -> size_t {
  switch (type) {
    case FrameType::kHello:
    case FrameType::kOpen:
    case FrameType::kEnd:
      return kJsonPayloadMaxBytes;
    case FrameType::kData:
      return kDataPayloadMaxBytes;
    case FrameType::kCredit:
      return 4;
    case FrameType::kReset:
      return 0;
  }
  return 0;
}

void append_frame(std::string& out, FrameType type, std::uint32_t channel, std::string_view payload) {
  SKY_ASSERT(payload.size() <= payload_max_bytes(type));
  append_u32(out, static_cast<std::uint32_t>(kTypeAndChannelBytes + payload.size()));
  out += static_cast<char>(type);
  append_u32(out, channel);
  out += payload;
}

void append_credit(std::string& out, std::uint32_t channel, std::uint32_t bytes) {
  std::string payload;
  append_u32(payload, bytes);
  append_frame(out, FrameType::kCredit, channel, payload);
}

auto parse_credit(const Frame& frame) -> Result<std::uint32_t> {
  if (frame.payload.size() != 4) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("expected a credit of 4 bytes, found {}", frame.payload.size()));
  }
  return read_u32(frame.payload);
}

void FrameDecoder::feed(std::string_view bytes) {
  if (taken_ == buffer_.size()) {
    buffer_.clear();
    taken_ = 0;
  }
  buffer_ += bytes;
}

auto FrameDecoder::next() -> Result<std::optional<Frame>> {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  if (rest.size() < kFrameHeaderBytes) return std::optional<Frame>();
  const size_t length = read_u32(rest);
  const auto type = static_cast<FrameType>(rest[kLengthBytes]);
  if (type < FrameType::kHello || type > FrameType::kReset) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("expected a frame type from 1 to 6, found {}", static_cast<unsigned>(type)));
  }
  if (length < kTypeAndChannelBytes || length - kTypeAndChannelBytes > payload_max_bytes(type)) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("expected a frame of type {} to carry at most {} bytes, found a length of {}",
                                  static_cast<unsigned>(type), payload_max_bytes(type), length));
  }
  if (rest.size() < kLengthBytes + length) return std::optional<Frame>();
  Frame frame{type, read_u32(rest.substr(kLengthBytes + 1)),
              std::string(rest.substr(kFrameHeaderBytes, length - kTypeAndChannelBytes))};
  taken_ += kLengthBytes + length;
  // Moving the rest to the front costs as much as was read since the last time, so every byte moves at most once.
  if (taken_ > buffer_.size() / 2) {
    buffer_.erase(0, taken_);
    taken_ = 0;
  }
  return std::optional<Frame>(std::move(frame));
}

}  // namespace sky::agent
