// TLS 1.2 and 1.3 over any Connection: clients that verify whom they talk to, and servers with a certificate.
//
// Nothing of OpenSSL is initialised before the first context is opened, which for clients is the first connection: it
// costs some 30 ms, most of it for the machine's list of authorities. The only user of OpenSSL.
//
// A certificate that cannot be trusted is kPermissionDenied: it says what was expected and found, and what to do;
// trying again does not help. A peer that speaks no TLS is kDataCorrupt. An end without the peer's goodbye is
// kUnavailable, so that nobody can cut a message short unseen. The end that we send is the connection's own: HTTP and
// websockets have lengths and closing words themselves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.h"
#include "net/socket.h"

namespace sky::net {

// Which authorities a client believes. All empty: the machine's own list, where the usual systems keep it.
struct TlsTrust {
  std::string file = {};       // certificates in PEM; alone decides when it is set
  std::string directory = {};  // of certificates under their hashes (openssl rehash)
};
// As the requests library and OpenSSL read them, in this order: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE (a file or a
// directory), SSL_CERT_FILE and SSL_CERT_DIR. Pure.
auto tls_trust_of(const std::function<std::optional<std::string>(std::string_view name)>& variable,
                  const std::function<bool(const std::string& path)>& is_directory) -> TlsTrust;

class TlsClient {
 public:
  // Reads the authorities: blocks for some 30 ms. kNotFound and kDataCorrupt name the file.
  static auto open(const TlsTrust& trust) -> Result<std::shared_ptr<TlsClient>>;
  virtual ~TlsClient() = default;
  // The handshake. `host` is the name or address that the certificate must be for, and goes along as SNI when it is a
  // name; `address` is for messages.
  virtual auto connect(std::unique_ptr<Connection> over, std::string host, std::string address)
      -> async::Task<Result<std::unique_ptr<Connection>>> = 0;
};

class TlsServer {
 public:
  // Files in PEM: the certificate with those that lead to its authority, and its key. kNotFound, kDataCorrupt (no
  // certificate or key, or the two do not belong together).
  static auto open(const std::string& certificate_path, const std::string& key_path)
      -> Result<std::shared_ptr<TlsServer>>;
  virtual ~TlsServer() = default;
  // Returns at once; the handshake is part of the first read.
  virtual auto accept(std::unique_ptr<Connection> over) -> Result<std::unique_ptr<Connection>> = 0;
};

// Makes TLS connections to `endpoint`; the authorities are read on the pool with the first one.
auto tls_connector(async::IoLoop& loop, Endpoint endpoint, TlsTrust trust) -> Connector;
// Every connection of `plain` speaks TLS.
auto tls_listener(std::unique_ptr<Listener> plain, std::shared_ptr<TlsServer> server) -> std::unique_ptr<Listener>;

}  // namespace sky::net
