// OpenSSL between two buffers in memory: it never sees a descriptor, so anything that is a Connection can carry it.
#include <openssl/err.h>

#include "net/tls_internal.h"

namespace sky::net {
namespace {

constexpr size_t kReadStepBytes = 16U << 10U;
constexpr size_t kFlushBytes = 64U << 10U;  // are encrypted at most before they are sent

}  // namespace

TlsConnection::TlsConnection(std::unique_ptr<Connection> inner, SslPtr ssl)
    : inner_(std::move(inner)), ssl_(std::move(ssl)), from_peer_(BIO_new(BIO_s_mem())), to_peer_(BIO_new(BIO_s_mem())) {
  SKY_ASSERT(from_peer_ != nullptr && to_peer_ != nullptr);
  BIO_set_mem_eof_return(from_peer_, -1);
  BIO_set_mem_eof_return(to_peer_, -1);
  SSL_set_bio(ssl_.get(), from_peer_, to_peer_);
}

auto TlsConnection::next_of(int rc) -> Result<Next> {
  switch (SSL_get_error(ssl_.get(), rc)) {
    case SSL_ERROR_NONE:
      return Next::kDone;
    case SSL_ERROR_ZERO_RETURN:
      return Next::kEnd;
    case SSL_ERROR_WANT_READ:
      return Next::kMoreInput;
    default:
      break;
  }
  const unsigned long code = ERR_peek_error();
  const bool cut = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (cut) {
    ERR_clear_error();
    return make_error(ErrorCode::kUnavailable, "the peer closed the connection");
  }
  return make_error(ErrorCode::kDataCorrupt, fmt::format("TLS failed: {}", take_ssl_reason()));
}

// One sender at a time; whoever finds another one at work waits, because that one may have left before seeing its
// bytes.
auto TlsConnection::flush() -> async::Task<Result<>> {
  while (flushing_) SKY_CO_CHECK(co_await flushed_.wait());
  flushing_ = true;
  Result<> sent;
  while (sent.ok() && BIO_ctrl_pending(to_peer_) > 0) {
    std::string bytes(BIO_ctrl_pending(to_peer_), '\0');
    const int count = BIO_read(to_peer_, bytes.data(), static_cast<int>(bytes.size()));
    bytes.resize(static_cast<size_t>(std::max(count, 0)));
    sent = co_await inner_->write_all(bytes);
  }
  flushing_ = false;
  flushed_.notify_all();
  co_return sent;
}

auto TlsConnection::exchange() -> async::Task<Result<>> {
  if (BIO_ctrl_pending(to_peer_) > 0) SKY_CO_CHECK(co_await flush());
  SKY_CO_CHECK(co_await inner_->wait_readable());
  std::string bytes(kReadStepBytes, '\0');
  SKY_CO_TRY(const size_t count, co_await inner_->read_some(bytes));
  if (count == 0) {
    BIO_set_mem_eof_return(from_peer_, 0);
  } else {
    BIO_write(from_peer_, bytes.data(), static_cast<int>(count));
  }
  co_return Result<>();
}

auto TlsConnection::handshake(TlsConnection* self, std::string host, std::string address) -> async::Task<Result<>> {
  X509Ptr rejected;
  keep_rejected(self->ssl_.get(), &rejected);
  for (;;) {
    ERR_clear_error();
    const int rc = SSL_do_handshake(self->ssl_.get());
    if (rc == 1) {
      SSL_set_app_data(self->ssl_.get(), nullptr);
      co_return co_await self->flush();
    }
    const int wanted = SSL_get_error(self->ssl_.get(), rc);
    if (wanted != SSL_ERROR_WANT_READ) {
      Error error = handshake_error(self->ssl_.get(), rejected.get(), host, address);
      static_cast<void>(co_await self->flush());  // the alert that tells the peer why
      co_return std::move(error);
    }
    SKY_CO_CHECK(co_await self->exchange());
  }
}

auto TlsConnection::read_some(std::span<char> into) -> async::Task<Result<size_t>> {
  for (;;) {
    ERR_clear_error();
    size_t count = 0;
    const int rc = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    SKY_CO_TRY(const Next next, next_of(rc));
    if (next == Next::kDone) co_return count;
    if (next == Next::kEnd) co_return size_t{0};
    SKY_CO_CHECK(co_await exchange());
  }
}

auto TlsConnection::wait_readable() -> async::Task<Result<>> {
  for (;;) {
    ERR_clear_error();
    char first = 0;
    size_t count = 0;
    const int rc = SSL_peek_ex(ssl_.get(), &first, 1, &count);
    SKY_CO_TRY(const Next next, next_of(rc));
    if (next != Next::kMoreInput) co_return Result<>();
    SKY_CO_CHECK(co_await exchange());
  }
}

auto TlsConnection::write_all(std::string_view bytes) -> async::Task<Result<>> {
  while (!bytes.empty()) {
    ERR_clear_error();
    size_t count = 0;
    const int rc = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);  // one record at most
    SKY_CO_TRY(const Next next, next_of(rc));
    if (next == Next::kEnd) co_return make_error(ErrorCode::kUnavailable, "the connection is closed");
    if (next == Next::kMoreInput) {
      // Only before a server's first read: the handshake is not over.
      SKY_CO_CHECK(co_await exchange());
      continue;
    }
    bytes.remove_prefix(count);
    if (bytes.empty() || BIO_ctrl_pending(to_peer_) >= kFlushBytes) SKY_CO_CHECK(co_await flush());
  }
  co_return Result<>();
}

}  // namespace sky::net
