// FdStream: a ByteStream over one or two descriptors of pipes or a socket.
//
// Owns its descriptors and makes them non-blocking. It tries the system call first and waits only when the kernel has
// nothing; after a burst of immediate successes it lets other tasks run. Making the first one ignores SIGPIPE in this
// process (children get the default back).
#pragma once

#include <memory>

#include "async/loop.h"
#include "async/stream.h"
#include "os/file.h"

namespace sky::os {

class FdStream final : public async::ByteStream {
 public:
  // Either descriptor may be absent: reading then gives 0, writing kUnavailable.
  static auto from_pipes(async::IoLoop& loop, UniqueFd input, UniqueFd output) -> Result<std::unique_ptr<FdStream>>;
  static auto from_socket(async::IoLoop& loop, UniqueFd socket) -> Result<std::unique_ptr<FdStream>>;

  auto read_some(std::span<char> into) -> async::Task<Result<size_t>> override;
  auto write_all(std::string_view bytes) -> async::Task<Result<>> override;
  void close_write() override;
  void close() override;

  // Returns when read_some would not wait: bytes, the end of the input, or an error. Lets an idle owner hold no buffer.
  auto wait_readable() -> async::Task<Result<>>;
  // True when the peer has closed its side or the stream broke, also behind unread bytes. Consumes nothing.
  auto peer_closed() const -> bool;
  // The socket, or the read end of the pipes; -1 once closed.
  auto fd() const -> int { return input_.get(); }

 private:
  enum class Kind { kPipes, kSocket };
  FdStream(Kind kind, UniqueFd input, UniqueFd output);

  auto output_fd() const -> int { return kind_ == Kind::kSocket ? input_.get() : output_.get(); }
  auto output_watch() const -> async::FdWatch* {
    return kind_ == Kind::kSocket ? input_watch_.get() : output_watch_.get();
  }

  Kind kind_;
  bool write_closed_ = false;
  int burst_ = 0;  // system calls in a row that did not have to wait
  UniqueFd input_;
  UniqueFd output_;
  std::unique_ptr<async::FdWatch> input_watch_;  // destroyed before its descriptor is closed
  std::unique_ptr<async::FdWatch> output_watch_;
};

}  // namespace sky::os
