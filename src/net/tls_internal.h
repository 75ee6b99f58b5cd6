// What the files of tls.h share. Of this folder alone.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/c_ptr.h"
#include "net/socket.h"

namespace sky::net {

using SslContextPtr = CPtr<SSL_CTX, SSL_CTX_free>;
using SslPtr = CPtr<SSL, SSL_free>;
using X509Ptr = CPtr<X509, X509_free>;

// Has the handshake keep a certificate that it rejects in `*rejected`, which must stay until it has ended: OpenSSL
// itself forgets it.
void keep_rejected(SSL* ssl, X509Ptr* rejected);

// The reason of the oldest error in OpenSSL's queue, which is emptied.
auto take_ssl_reason() -> std::string;
// Why the handshake of a client failed; `host` is whom it wanted, `rejected` may be null.
auto handshake_error(SSL* ssl, X509* rejected, const std::string& host, const std::string& address) -> Error;

class TlsConnection final : public Connection {
 public:
  // `ssl` knows its side and has no streams yet.
  TlsConnection(std::unique_ptr<Connection> inner, SslPtr ssl);

  static auto handshake(TlsConnection* self, std::string host, std::string address) -> async::Task<Result<>>;

  auto read_some(std::span<char> into) -> async::Task<Result<size_t>> override;
  auto write_all(std::string_view bytes) -> async::Task<Result<>> override;
  void close_write() override { inner_->close_write(); }
  void close() override { inner_->close(); }
  auto wait_readable() -> async::Task<Result<>> override;
  auto peer_closed() const -> bool override { return inner_->peer_closed(); }
  auto peer() const -> const std::string& override { return inner_->peer(); }

 private:
  enum class Next { kDone, kEnd, kMoreInput };

  // What a call of OpenSSL that returned `rc` wants next.
  auto next_of(int rc) -> Result<Next>;
  // Sends what OpenSSL has to say, then waits for more from the peer.
  auto exchange() -> async::Task<Result<>>;
  auto flush() -> async::Task<Result<>>;

  std::unique_ptr<Connection> inner_;
  SslPtr ssl_;
  BIO* from_peer_;  // owned by ssl_
  BIO* to_peer_;    // owned by ssl_
  bool flushing_ = false;
  async::WaitList flushed_;
};

}  // namespace sky::net
