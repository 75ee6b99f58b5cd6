#include "os/fd_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sky::os {
namespace {

constexpr int kBurstMax = 16;

auto closed_error() -> Error {
  return make_error(ErrorCode::kUnavailable, "the connection is closed");
}

auto stream_error(int error_number) -> Error {
  Error error = errno_error(error_number, "the connection broke");
  if (error_number == EPIPE || error_number == ECONNRESET || error_number == ETIMEDOUT) {
    error.code = ErrorCode::kUnavailable;
  }
  return error;
}

auto set_non_blocking(int fd) -> Result<> {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return errno_error(errno, "preparing a stream");
  return {};
}

void ignore_broken_pipe_signals() {
  [[maybe_unused]] static const auto kPrevious = std::signal(SIGPIPE, SIG_IGN);
}

auto watch_if_open(async::IoLoop& loop, const UniqueFd& fd) -> Result<std::unique_ptr<async::FdWatch>> {
  if (!fd) return std::unique_ptr<async::FdWatch>();
  SKY_CHECK(set_non_blocking(fd.get()));
  return loop.watch(fd.get());
}

}  // namespace

FdStream::FdStream(Kind kind, UniqueFd input, UniqueFd output)
    : kind_(kind), input_(std::move(input)), output_(std::move(output)) {
  ignore_broken_pipe_signals();
}

auto FdStream::from_pipes(async::IoLoop& loop, UniqueFd input, UniqueFd output) -> Result<std::unique_ptr<FdStream>> {
  std::unique_ptr<FdStream> stream(new FdStream(Kind::kPipes, std::move(input), std::move(output)));
  SKY_TRY(stream->input_watch_, watch_if_open(loop, stream->input_));
  SKY_TRY(stream->output_watch_, watch_if_open(loop, stream->output_));
  return stream;
}

auto FdStream::from_socket(async::IoLoop& loop, UniqueFd socket) -> Result<std::unique_ptr<FdStream>> {
  std::unique_ptr<FdStream> stream(new FdStream(Kind::kSocket, std::move(socket), UniqueFd()));
  SKY_TRY(stream->input_watch_, watch_if_open(loop, stream->input_));
  return stream;
}

auto FdStream::read_some(std::span<char> into) -> async::Task<Result<size_t>> {
  for (;;) {
    if (!input_) co_return size_t{0};
    if (++burst_ > kBurstMax) {
      burst_ = 0;
      SKY_CO_CHECK(co_await async::yield_turn());
      continue;
    }
    const ssize_t count = read(input_.get(), into.data(), into.size());
    if (count >= 0) co_return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return stream_error(errno);
    SKY_CO_CHECK(co_await wait_readable());
  }
}

auto FdStream::write_all(std::string_view bytes) -> async::Task<Result<>> {
  while (!bytes.empty()) {
    const int fd = output_fd();
    if (fd < 0 || write_closed_) co_return closed_error();
    if (++burst_ > kBurstMax) {
      burst_ = 0;
      SKY_CO_CHECK(co_await async::yield_turn());
      continue;
    }
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return stream_error(errno);
    burst_ = 0;
    const Result<> ready = co_await output_watch()->writable();
    if (!ready.ok()) co_return output_fd() < 0 ? closed_error() : ready.error();
  }
  co_return Result<>();
}

auto FdStream::wait_readable() -> async::Task<Result<>> {
  if (!input_) co_return closed_error();
  burst_ = 0;
  const Result<> ready = co_await input_watch_->readable();
  // close() ends the watch under the waiter.
  if (!ready.ok() && !input_) co_return closed_error();
  co_return ready;
}

auto FdStream::peer_closed() const -> bool {
  if (!input_) return true;
  // Not by peeking: bytes that nobody has read yet would hide the end behind them.
  pollfd state{.fd = input_.get(), .events = POLLRDHUP, .revents = 0};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void FdStream::close_write() {
  if (write_closed_) return;
  write_closed_ = true;
  if (kind_ == Kind::kSocket) {
    if (input_) shutdown(input_.get(), SHUT_WR);
    return;
  }
  output_watch_.reset();
  output_.reset();
}

void FdStream::close() {
  write_closed_ = true;
  input_watch_.reset();
  output_watch_.reset();
  input_.reset();
  output_.reset();
}

}  // namespace sky::os
