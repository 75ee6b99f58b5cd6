// Any bytes, cut at any place: the decoder never reads beyond its input, agrees with itself however the input is cut,
// and what it gives encodes to the bytes that it came from.
#include "agent/protocol/frame.h"

#include "base/assert.h"

using sky::agent::append_frame;
using sky::agent::Frame;
using sky::agent::FrameDecoder;

namespace {

struct Decoded {
  std::vector<Frame> frames;
  bool corrupt = false;
  auto operator==(const Decoded&) const -> bool = default;
};

void drain(FrameDecoder& decoder, Decoded& decoded) {
  for (;;) {
    auto next = decoder.next();
    if (!next.ok()) decoded.corrupt = true;
    if (!next.ok() || !next->has_value()) return;
    decoded.frames.push_back(std::move(**next));
  }
}

auto decode(std::string_view bytes, size_t piece) -> Decoded {
  FrameDecoder decoder;
  Decoded decoded;
  for (size_t at = 0; at < bytes.size() && !decoded.corrupt; at += piece) {
    decoder.feed(bytes.substr(at, piece));
    drain(decoder, decoded);
  }
  return decoded;
}

}  // namespace

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(bytes, bytes.size() + 1);
  SKY_ASSERT(whole == decode(bytes, 1));
  SKY_ASSERT(whole == decode(bytes, 7));
  std::string again;
  for (const Frame& frame : whole.frames) append_frame(again, frame.type, frame.channel, frame.payload);
  SKY_ASSERT(bytes.starts_with(again));
  return 0;
}
