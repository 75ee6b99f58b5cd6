#include "testing/pipe_stream.h"

#include <algorithm>
#include <cstring>

namespace sky::async {

struct PipeStream::Lane {
  explicit Lane(size_t capacity) : capacity_bytes(capacity) {}

  size_t capacity_bytes;
  std::string bytes;
  bool writer_done = false;  // no more bytes will come
  bool reader_gone = false;  // nobody takes them
  WaitList readers;
  WaitList writers;

  void end_writing() {
    writer_done = true;
    readers.notify_all();
    writers.notify_all();
  }
  void end_reading() {
    reader_gone = true;
    readers.notify_all();
    writers.notify_all();
  }
};

namespace {

auto closed_error() -> Error {
  return make_error(ErrorCode::kUnavailable, "the connection is closed");
}

}  // namespace

PipeStream::PipeStream(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out)
    : in_(std::move(in)), out_(std::move(out)) {}

PipeStream::~PipeStream() {
  close();
}

auto PipeStream::read_some(std::span<char> into) -> Task<Result<size_t>> {
  const std::shared_ptr<Lane> lane = in_;
  for (;;) {
    if (lane->reader_gone) co_return closed_error();
    if (!lane->bytes.empty() || lane->writer_done) break;
    SKY_CO_CHECK(co_await lane->readers.wait());
  }
  const size_t count = std::min(into.size(), lane->bytes.size());
  std::memcpy(into.data(), lane->bytes.data(), count);
  lane->bytes.erase(0, count);
  lane->writers.notify_all();
  co_return count;
}

auto PipeStream::write_all(std::string_view bytes) -> Task<Result<>> {
  const std::shared_ptr<Lane> lane = out_;
  for (;;) {
    if (lane->reader_gone || lane->writer_done) co_return closed_error();
    const size_t count = std::min(bytes.size(), lane->capacity_bytes - lane->bytes.size());
    lane->bytes.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (count > 0) lane->readers.notify_all();
    if (bytes.empty()) co_return Result<>();
    SKY_CO_CHECK(co_await lane->writers.wait());
  }
}

void PipeStream::close_write() {
  out_->end_writing();
}

void PipeStream::close() {
  out_->end_writing();
  in_->end_reading();
}

auto make_pipe(size_t capacity_bytes) -> std::pair<std::unique_ptr<PipeStream>, std::unique_ptr<PipeStream>> {
  auto one = std::make_shared<PipeStream::Lane>(capacity_bytes);
  auto two = std::make_shared<PipeStream::Lane>(capacity_bytes);
  return {std::make_unique<PipeStream>(one, two), std::make_unique<PipeStream>(two, one)};
}

auto read_to_end(ByteStream* stream, size_t size_max_bytes) -> Task<Result<std::string>> {
  std::string all;
  std::string buffer(16U << 10U, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return all;
    all.append(buffer, 0, count);
    if (all.size() > size_max_bytes) {
      co_return make_error(ErrorCode::kDataCorrupt,
                           fmt::format("expected at most {} bytes, found more", size_max_bytes));
    }
  }
}

}  // namespace sky::async
