// Frames of files/sync.h over a ByteStream.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "async/stream.h"

namespace sky::files {

enum class FrameType : char {
  kManifest = 'M',
  kManifestEnd = 'm',
  kWanted = 'W',
  kWantedEnd = 'w',
  kFile = 'F',  // payload: its index
  kBlock = 'B',
  kFileEnd = 'f',
  kFileSkip = 's',  // the file that was begun is not there any more
  kAllSent = 'A',
  kDone = 'D',
  kError = 'E',  // payload: name of the code, newline, message
};

struct Frame {
  FrameType type = FrameType::kError;
  std::string payload;
};

class Frames {
 public:
  explicit Frames(async::ByteStream& stream) : stream_(stream) {}

  // REQUIRES: payload is at most kFrameBytesMax.
  auto send(FrameType type, std::string payload = {}) -> async::Task<Result<>>;
  // Cut into frames of `type`, then one of `end`.
  auto send_all(FrameType type, std::string payload, FrameType end) -> async::Task<Result<>>;
  // An error frame is returned as the error that it holds.
  auto receive() -> async::Task<Result<Frame>>;
  // The payloads of frames of `type` up to one of `end`, at most `bytes_max`.
  auto receive_all(FrameType type, FrameType end, size_t bytes_max) -> async::Task<Result<std::string>>;

 private:
  auto read_exactly(std::span<char> into) -> async::Task<Result<>>;
  async::ByteStream& stream_;
};

auto unexpected_frame(const Frame& frame) -> Error;

}  // namespace sky::files
