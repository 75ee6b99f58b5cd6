// An in-memory connection: what is written to one end is read from the other. It behaves like a socket pair with a
// buffer of limited size in each direction, and runs on any Loop, virtual time included.
//
//   auto [near, far] = async::make_pipe();
//
// Either end may be destroyed at any time; that is close(). Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "async/stream.h"

namespace sky::async {

class PipeStream final : public ByteStream {
 public:
  struct Lane;  // one direction
  PipeStream(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out);
  ~PipeStream() override;

  // After the peer's close() first the bytes that it wrote, then 0.
  auto read_some(std::span<char> into) -> Task<Result<size_t>> override;
  auto write_all(std::string_view bytes) -> Task<Result<>> override;
  void close_write() override;
  void close() override;

 private:
  std::shared_ptr<Lane> in_;
  std::shared_ptr<Lane> out_;
};

// Tests look at both directions of a connection through its two ends; `capacity_bytes` is per direction.
auto make_pipe(size_t capacity_bytes = 64U << 10U)
    -> std::pair<std::unique_ptr<PipeStream>, std::unique_ptr<PipeStream>>;

// Everything up to the end of the input; kDataCorrupt above `size_max_bytes`.
auto read_to_end(ByteStream* stream, size_t size_max_bytes = 64U << 20U) -> Task<Result<std::string>>;

}  // namespace sky::async
