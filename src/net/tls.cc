#include "net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include <fmt/format.h>

#include "async/run_on.h"
#include "net/tls_internal.h"
#include "os/file.h"

namespace sky::net {
namespace {

// Where distributions keep the list of authorities: Debian and Alpine, Fedora, SUSE, older RHEL, macOS and BSD.
constexpr std::array<const char*, 5> kBundles = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};

auto is_address(const std::string& host) -> bool {
  std::array<unsigned char, 16> buffer{};
  return inet_pton(AF_INET, host.c_str(), buffer.data()) == 1 || inet_pton(AF_INET6, host.c_str(), buffer.data()) == 1;
}

auto new_context(const SSL_METHOD* method) -> SslContextPtr {
  SslContextPtr context(SSL_CTX_new(method));
  SKY_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
  return context;
}

auto unreadable(std::string_view what, const std::string& path) -> Error {
  const std::string reason = take_ssl_reason();
  const bool there = os::file_exists(path);
  return make_error(there ? ErrorCode::kDataCorrupt : ErrorCode::kNotFound,
                    fmt::format("cannot read {} from '{}': {}", what, path, there ? reason : "no such file"));
}

auto load_trust(SSL_CTX* context, const TlsTrust& trust) -> Result<> {
  ERR_clear_error();
  if (!trust.file.empty()) {
    if (SSL_CTX_load_verify_file(context, trust.file.c_str()) == 1) return {};
    return unreadable("certificates of authorities", trust.file);
  }
  if (!trust.directory.empty()) {
    if (SSL_CTX_load_verify_dir(context, trust.directory.c_str()) == 1) return {};
    return unreadable("certificates of authorities", trust.directory);
  }
  for (const char* bundle : kBundles) {
    if (os::file_exists(bundle) && SSL_CTX_load_verify_file(context, bundle) == 1) return {};
  }
  if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
  return make_error(ErrorCode::kNotFound, "this machine has no list of certificate authorities",
                    "Install the package ca-certificates, or name a file with SSL_CERT_FILE=FILE.");
}

class OpenSslClient final : public TlsClient {
 public:
  explicit OpenSslClient(SslContextPtr context) : context_(std::move(context)) {}

  auto connect(std::unique_ptr<Connection> over, std::string host, std::string address)
      -> async::Task<Result<std::unique_ptr<Connection>>> override {
    SslPtr ssl(SSL_new(context_.get()));
    SKY_ASSERT(ssl != nullptr);
    SSL_set_connect_state(ssl.get());
    if (is_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
    } else {
      SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      SSL_set1_host(ssl.get(), host.c_str());
      SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    }
    auto connection = std::make_unique<TlsConnection>(std::move(over), std::move(ssl));
    SKY_CO_CHECK(co_await TlsConnection::handshake(connection.get(), std::move(host), std::move(address)));
    co_return std::unique_ptr<Connection>(std::move(connection));
  }

 private:
  SslContextPtr context_;
};

class OpenSslServer final : public TlsServer {
 public:
  explicit OpenSslServer(SslContextPtr context) : context_(std::move(context)) {}

  auto accept(std::unique_ptr<Connection> over) -> Result<std::unique_ptr<Connection>> override {
    SslPtr ssl(SSL_new(context_.get()));
    SKY_ASSERT(ssl != nullptr);
    SSL_set_accept_state(ssl.get());
    return std::unique_ptr<Connection>(std::make_unique<TlsConnection>(std::move(over), std::move(ssl)));
  }

 private:
  SslContextPtr context_;
};

class TlsListener final : public Listener {
 public:
  TlsListener(std::unique_ptr<Listener> plain, std::shared_ptr<TlsServer> server)
      : plain_(std::move(plain)), server_(std::move(server)) {}

  auto accept() -> async::Task<Result<std::unique_ptr<Connection>>> override {
    SKY_CO_TRY(std::unique_ptr<Connection> connection, co_await plain_->accept());
    co_return server_->accept(std::move(connection));
  }
  auto endpoint() const -> const Endpoint& override { return plain_->endpoint(); }
  void close() override { plain_->close(); }

 private:
  std::unique_ptr<Listener> plain_;
  std::shared_ptr<TlsServer> server_;
};

struct ConnectorState {
  async::IoLoop& loop;
  Endpoint endpoint;
  TlsTrust trust;
  std::shared_ptr<TlsClient> client = nullptr;  // after the first connection
};

auto connect_tls(std::shared_ptr<ConnectorState> state, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  if (!state->client) {
    SKY_CO_TRY(state->client, co_await async::run_on([trust = state->trust] { return TlsClient::open(trust); }));
  }
  SKY_CO_TRY(std::unique_ptr<Connection> plain, co_await connect(state->loop, state->endpoint, deadline));
  const std::string address = to_string(state->endpoint);
  co_return co_await async::with_deadline(deadline, fmt::format("the TLS handshake with {}", address),
                                          state->client->connect(std::move(plain), state->endpoint.host, address));
}

}  // namespace

auto tls_trust_of(const std::function<std::optional<std::string>(std::string_view name)>& variable,
                  const std::function<bool(const std::string& path)>& is_directory) -> TlsTrust {
  const auto value = [&](std::string_view name) { return variable(name).value_or(""); };
  for (const char* name : {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    const std::string path = value(name);
    if (path.empty()) continue;
    return is_directory(path) ? TlsTrust{.directory = path} : TlsTrust{.file = path};
  }
  return {.file = value("SSL_CERT_FILE"), .directory = value("SSL_CERT_DIR")};
}

auto TlsClient::open(const TlsTrust& trust) -> Result<std::shared_ptr<TlsClient>> {
  SslContextPtr context = new_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SKY_CHECK(load_trust(context.get(), trust));
  return std::shared_ptr<TlsClient>(std::make_shared<OpenSslClient>(std::move(context)));
}

auto TlsServer::open(const std::string& certificate_path, const std::string& key_path)
    -> Result<std::shared_ptr<TlsServer>> {
  SslContextPtr context = new_context(TLS_server_method());
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_path.c_str()) != 1) {
    return unreadable("the server's certificate", certificate_path);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_path.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unreadable("the key of the server's certificate", key_path);
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("the key '{}' does not belong to '{}'", key_path, certificate_path));
  }
  return std::shared_ptr<TlsServer>(std::make_shared<OpenSslServer>(std::move(context)));
}

auto tls_connector(async::IoLoop& loop, Endpoint endpoint, TlsTrust trust) -> Connector {
  auto state = std::make_shared<ConnectorState>(loop, std::move(endpoint), std::move(trust));
  return [state](Deadline deadline) { return connect_tls(state, deadline); };
}

auto tls_listener(std::unique_ptr<Listener> plain, std::shared_ptr<TlsServer> server) -> std::unique_ptr<Listener> {
  return std::make_unique<TlsListener>(std::move(plain), std::move(server));
}

}  // namespace sky::net
