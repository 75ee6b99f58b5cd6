// One conversation with the API server: headers, retries, and starting a local server that is not there.
//
// Nothing is done before the first call: no health check, no connection. A call that finds nobody listening at a local
// endpoint starts the server and is repeated; a reply that does not come from an API server is kConflict.
#pragma once

#include <memory>
#include <string>

#include "api/dialect.h"
#include "api/query.h"
#include "async/retry.h"
#include "async/task.h"
#include "client/server_control.h"
#include "net/http_client.h"
#include "net/websocket.h"

namespace sky::client {

struct RetryLimits {
  Duration backoff_first = std::chrono::milliseconds(50);
  Duration backoff_max = std::chrono::seconds(2);
  // How long a server that was reached before may stay away before a following call gives up.
  Duration away_max = std::chrono::minutes(10);
  // The same for a local server that was stopped in order: it comes back only when somebody starts it.
  Duration stopped_max = std::chrono::seconds(10);
};

class Transport {
 public:
  Transport(async::IoLoop& loop, ServerEndpoint endpoint, ServerControlOptions server, RetryLimits limits = {});

  auto control() -> ServerControl& { return control_; }
  auto limits() const -> const RetryLimits& { return limits_; }
  auto loop() -> async::IoLoop& { return loop_; }

  struct Call {
    std::string method = "POST";
    std::string path;
    api::Query query = {};
    std::string body = {};        // JSON text
    std::string request_id = {};  // chosen by this client, see api::kHeaderRequestId
    bool async = false;
    bool native = true;
    bool may_start_server = true;  // false for what only reports
  };

  // Up to the head of a 2xx reply; any other status is the Error that it carries. The reader must not outlive this.
  auto open(Call call, Deadline deadline) -> async::Task<Result<std::unique_ptr<net::ResponseReader>>>;
  // The whole 2xx reply; kUnavailable in the middle repeats the call, which its request id makes safe.
  auto fetch(Call call, Deadline deadline) -> async::Task<Result<std::string>>;

  // GET `path` as a websocket. The socket must not outlive this. Errors: as open(), without repeating.
  auto open_websocket(std::string path, api::Query query, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<net::WebSocket>>>;

  // Between two attempts to go on with a stream: waits, and starts a crashed local server again. An error ends the
  // attempts: the server was away too long (`away` counts since the last byte), or was stopped.
  auto recover(int attempt, MonoTime away_since) -> async::Task<Result<>>;

 private:
  // Before the first call: a local port may be taken by something that accepts and says nothing. Costs a look at
  // server.json when this home's server runs; otherwise asks for its health, and starts it.
  auto check_listener() -> async::Task<Result<>>;
  auto connector() -> net::Connector;
  auto make_request(const Call& call) const -> net::HttpRequest;
  auto open_once(const Call& call, Deadline deadline) -> async::Task<Result<std::unique_ptr<net::ResponseReader>>>;

  async::IoLoop& loop_;
  ServerEndpoint endpoint_;
  RetryLimits limits_;
  ServerControl control_;
  bool listener_checked_ = false;
  net::HttpClient http_;
};

}  // namespace sky::client
