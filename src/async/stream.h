// ByteStream: the one shape of "bytes go in, bytes come out": a socket, a child's pipes, a command on a node.
//
// One reader and one writer at a time. Cancellation of the caller's scope ends a wait with its reason and leaves the
// stream usable only for close(). Errors: kCancelled, kDeadlineExceeded (from with_deadline), kUnavailable (the peer
// went away), kIo.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "async/task.h"

namespace sky::async {

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // At least one byte, or 0 at the end of the input. `into` must stay valid until the task has finished.
  virtual auto read_some(std::span<char> into) -> Task<Result<size_t>> = 0;
  // All of `bytes`, in order. `bytes` must stay valid until the task has finished.
  virtual auto write_all(std::string_view bytes) -> Task<Result<>> = 0;
  // No more writes: the peer sees the end of its input. Idempotent.
  virtual void close_write() = 0;
  // Both directions; pending waits end with kUnavailable. Idempotent.
  virtual void close() = 0;
};

}  // namespace sky::async
