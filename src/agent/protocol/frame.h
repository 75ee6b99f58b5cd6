// Frames: what goes over the one byte stream between a server and the head of a cluster, and between the head and its
// workers.
//
//   u32 length | u8 type | u32 channel | payload        little endian; length counts type, channel and payload
//
// Pure: encoding appends to a string, decoding is fed pieces of any size. Plain values, no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sky::agent {

// The numbers are the wire format; a value is never given another meaning.
enum class FrameType : std::uint8_t {
  kHello = 1,   // JSON, channel 0, once each way
  kOpen = 2,    // JSON request; opens `channel`
  kData = 3,    // bytes
  kCredit = 4,  // u32: further bytes that the receiver of this frame may send on `channel`
  kEnd = 5,     // JSON {"ok": …} or {"error": …}; the sender sends no more on `channel`
  kReset = 6,   // the sender has forgotten `channel`
};

inline constexpr size_t kFrameHeaderBytes = 9;
// Of a DATA payload: no channel holds up the others for longer than this takes to send.
inline constexpr size_t kDataPayloadMaxBytes = size_t{64} << 10U;
// Of a JSON payload: a job with a large script, or the table of all jobs.
inline constexpr size_t kJsonPayloadMaxBytes = size_t{16} << 20U;

struct Frame {
  FrameType type = FrameType::kReset;
  std::uint32_t channel = 0;
  std::string payload;

  auto operator==(const Frame&) const -> bool = default;
};

// The largest payload that a frame of this type may carry.
auto payload_max_bytes(FrameType type) -> size_t;

// REQUIRES: payload.size() <= payload_max_bytes(type).
void append_frame(std::string& out, FrameType type, std::uint32_t channel, std::string_view payload);
void append_credit(std::string& out, std::uint32_t channel, std::uint32_t bytes);
// kDataCorrupt when the payload is not one u32.
auto parse_credit(const Frame& frame) -> Result<std::uint32_t>;

class FrameDecoder {
 public:
  void feed(std::string_view bytes);
  // The next whole frame, or nullopt until more bytes were fed. kDataCorrupt for an unknown type or a length that the
  // type does not allow: the stream is of no further use, and every later call says the same.
  auto next() -> Result<std::optional<Frame>>;

 private:
  std::string buffer_;
  size_t taken_ = 0;  // bytes of buffer_ already handed out
};

}  // namespace sky::agent
