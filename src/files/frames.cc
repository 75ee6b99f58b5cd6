#include "files/frames.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "files/sync.h"
#include "files/wire.h"

namespace sky::files {

using async::Task;

auto unexpected_frame(const Frame& frame) -> Error {
  return make_error(ErrorCode::kDataCorrupt, fmt::format("file sync: unexpected frame {} of {} bytes",
                                                         static_cast<int>(frame.type), frame.payload.size()));
}

auto Frames::send(FrameType type, std::string payload) -> Task<Result<>> {
  SKY_ASSERT(payload.size() <= kFrameBytesMax);
  std::string bytes(1, static_cast<char>(type));
  put_text(bytes, payload);
  co_return co_await stream_.write_all(bytes);
}

auto Frames::send_all(FrameType type, std::string payload, FrameType end) -> Task<Result<>> {
  for (size_t at = 0; at < payload.size(); at += kFrameBytesMax) {
    SKY_CO_CHECK(co_await send(type, payload.substr(at, kFrameBytesMax)));
  }
  co_return co_await send(end);
}

auto Frames::read_exactly(std::span<char> into) -> Task<Result<>> {
  while (!into.empty()) {
    SKY_CO_TRY(const size_t count, co_await stream_.read_some(into));
    if (count == 0) co_return make_error(ErrorCode::kUnavailable, "file sync: the peer went away");
    into = into.subspan(count);
  }
  co_return Result<>();
}

auto Frames::receive() -> Task<Result<Frame>> {
  std::array<char, 5> head{};
  SKY_CO_CHECK(co_await read_exactly(head));
  Frame frame{.type = static_cast<FrameType>(head[0])};
  const auto size = Cursor(std::string_view(head.data() + 1, 4)).take<std::uint32_t>();
  if (size > kFrameBytesMax) {
    co_return make_error(
        ErrorCode::kDataCorrupt,
        fmt::format("file sync: expected a frame of at most {} bytes, found {}", kFrameBytesMax, size));
  }
  frame.payload.resize(size);
  SKY_CO_CHECK(co_await read_exactly(frame.payload));
  if (frame.type != FrameType::kError) co_return frame;
  const std::string_view text = frame.payload;
  const size_t newline = std::min(text.find('\n'), text.size());
  const auto code = error_code_from_name(text.substr(0, newline)).value_or(ErrorCode::kIo);
  co_return make_error(code, std::string(text.substr(std::min(newline + 1, text.size()))));
}

auto Frames::receive_all(FrameType type, FrameType end, size_t bytes_max) -> Task<Result<std::string>> {
  std::string all;
  for (;;) {
    SKY_CO_TRY(const Frame frame, co_await receive());
    if (frame.type == end) co_return all;
    if (frame.type != type || all.size() + frame.payload.size() > bytes_max) co_return unexpected_frame(frame);
    all += frame.payload;
  }
}

}  // namespace sky::files
