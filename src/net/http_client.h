// HttpClient: HTTP/1.1 requests to one endpoint over a few kept connections.
//
// A request on a kept connection that turns out to be dead is sent once more on a new one, if its method is idempotent
// and no byte of an answer came. Redirects and statuses are the caller's business. One owner, one loop; any number of
// requests at once. Errors: kUnavailable (cannot connect, or the peer went away), kDeadlineExceeded, kCancelled,
// kDataCorrupt (the answer is no HTTP, or larger than allowed).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/socket.h"

namespace sky::net {

struct ClientLimits {
  size_t body_max_bytes = 256U << 20U;  // of request(); open() has no limit
  std::uint32_t header_max_bytes = 64U << 10U;
  size_t kept_connection_count_max = 8;
};

// The next piece of an upload; empty at its end.
using BodySource = std::function<async::Task<Result<std::string>>()>;
// Makes a connection: how TLS, proxies and tunnels come in.
using Connector = std::function<async::Task<Result<std::unique_ptr<Connection>>>(Deadline)>;

namespace detail {
struct ClientCore;
}

// A response whose head has come. Destroyed early, it closes its connection. Must not outlive its HttpClient.
class ResponseReader {
 public:
  virtual ~ResponseReader() = default;
  virtual auto head() const -> const HttpResponse& = 0;
  // The next bytes as they come; empty at the end, after which the connection is kept if it may be. Waits as long as
  // the peer: bound it with async::with_deadline.
  virtual auto read_some() -> async::Task<Result<std::string>> = 0;
};

class HttpClient {
 public:
  HttpClient(async::IoLoop& loop, Endpoint endpoint, ClientLimits limits = {});
  // `host` is what the Host header says.
  HttpClient(async::IoLoop& loop, Connector connector, std::string host, ClientLimits limits = {});
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  // Host and Content-Length are added. The deadline covers the whole exchange.
  auto request(HttpRequest request, Deadline deadline) -> async::Task<Result<HttpResponse>>;
  // The deadline covers everything up to the head of the answer.
  auto open(HttpRequest request, Deadline deadline) -> async::Task<Result<std::unique_ptr<ResponseReader>>>;
  // The body comes in chunks from `source`. Never repeated. An answer that comes before the end of the upload is given.
  auto upload(HttpRequest request, BodySource source, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<ResponseReader>>>;

  auto kept_connection_count() const -> size_t;

 private:
  std::unique_ptr<detail::ClientCore> core_;
};

// The whole rest of a response; kDataCorrupt above `max_bytes`.
auto read_body(ResponseReader* reader, size_t max_bytes) -> async::Task<Result<std::string>>;

}  // namespace sky::net
