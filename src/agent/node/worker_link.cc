#include "agent/node/worker_link.h"

#include "async/retry.h"
#include "base/log.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr Duration kGreeting = std::chrono::seconds(10);
constexpr Duration kPingEvery = std::chrono::seconds(5);
constexpr Duration kPingAnswer = std::chrono::seconds(10);
constexpr async::RetryPolicy kDialPolicy{.backoff_first = std::chrono::milliseconds(20),
                                         .backoff_max = std::chrono::seconds(2)};

// Without a branch on the content, so that the time taken tells nothing about the key.
auto same_key(const Secret& a, const Secret& b) -> bool {
  const std::string& left = a.reveal();
  const std::string& right = b.reveal();
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]));
  }
  return difference == 0;
}

auto refuse(Channel& channel) -> Task<Result<Json>> {
  co_return make_error(ErrorCode::kNotSupported,
                       fmt::format("expected no request from a worker, found {}", to_json_text(channel.request())));
}

}  // namespace

WorkerListener::WorkerListener(async::IoLoop& loop, const NodeConfig& config, Head& head,
                               std::vector<RemoteNode*> workers, Secret key)
    : loop_(loop), config_(config), head_(head), workers_(std::move(workers)), key_(std::move(key)), tasks_(loop) {}

auto WorkerListener::start() -> Result<> {
  auto listening = net::listen_tcp(loop_, config_.listen->host, config_.listen->port);
  if (!listening.ok()) {
    return std::move(listening)
        .error()
        .with_context("the head waits for its workers there")
        .with_hint("End the program of this node that uses the port.");
  }
  listener_ = std::move(*listening);
  tasks_.spawn("workers", accept_loop());
  return {};
}

auto WorkerListener::stop() -> Task<> {
  if (listener_ != nullptr) listener_->close();
  co_await tasks_.stop();
}

auto WorkerListener::accept_loop() -> Task<Result<>> {
  for (;;) {
    Result<std::unique_ptr<net::Connection>> connection = co_await listener_->accept();
    if (connection.ok()) {
      tasks_.spawn("worker", serve(std::move(*connection)));
      continue;
    }
    // Closed: the agent is ending.
    if (connection.error().code == ErrorCode::kUnavailable) co_return Result<>();
    if (connection.error().code != ErrorCode::kIo) co_return connection.error();
    SKY_CO_CHECK(co_await async::sleep_for(std::chrono::milliseconds(100)));
  }
}

auto WorkerListener::check(const Hello& hello) const -> Result<> {
  if (hello.server != config_.id.server || hello.cluster != config_.id.cluster || !same_key(hello.key, key_)) {
    return make_error(ErrorCode::kUnauthenticated, "expected a worker of this cluster with its key");
  }
  if (hello.node < 1 || static_cast<size_t>(hello.node) > workers_.size() || !hello.facts) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("expected a worker from 1 to {}, found {}", workers_.size(), hello.node));
  }
  return {};
}

auto WorkerListener::serve(std::unique_ptr<net::Connection> connection) -> Task<> {
  auto mux = std::make_shared<Mux>(loop_, std::move(connection), Mux::Side::kAccepted);
  const Result<Hello> hello = co_await mux->handshake(
      own_hello(config_.id.server, config_.id.cluster, 0), [this](const Hello& theirs) { return check(theirs); },
      Deadline::after(loop_.now(), kGreeting));
  if (!hello.ok()) {
    log_warning("workers", "refused a connection: {}", to_string(hello.error()));
    co_return;
  }
  mux->start(&refuse);
  RemoteNode& worker = *workers_[static_cast<size_t>(hello->node) - 1];
  // A worker that dials again has given its old connection up.
  if (worker.mux() != nullptr) {
    const std::shared_ptr<Mux> old = worker.mux();
    worker.attach(nullptr);
    co_await async::shield(old->stop());
  }
  worker.attach(mux);
  head_.set_ready(hello->node, *hello->facts);
  const Error reason = co_await keep(hello->node, mux);
  co_await async::shield(mux->stop());
  // A newer connection has taken over, or the agent is ending.
  if (worker.mux() != mux || reason.code == ErrorCode::kCancelled) co_return;
  worker.attach(nullptr);
  head_.set_silent(hello->node, reason.message);
}

auto WorkerListener::keep(int node, std::shared_ptr<Mux> mux) -> Task<Error> {
  for (;;) {
    const Deadline pause = Deadline::after(loop_.now(), kPingEvery);
    const Result<> broken = co_await async::with_deadline(pause, "the pause", mux->wait_broken());
    if (broken.ok()) co_return *mux->failure();
    if (broken.error().code != ErrorCode::kDeadlineExceeded) co_return broken.error();
    const Result<Json> answer =
        co_await mux->call(JsonObject{{"op", "ping"}}, Deadline::after(loop_.now(), kPingAnswer));
    if (!answer.ok()) co_return make_error(ErrorCode::kUnavailable, fmt::format("node {} does not answer", node));
  }
}

namespace {

auto dial_once(async::IoLoop* loop, const NodeConfig* config, Node* node, Hello hello) -> Task<Result<>> {
  SKY_CO_TRY(std::unique_ptr<net::Connection> connection,
             co_await net::connect_tcp(*loop, config->head->host, config->head->port,
                                       Deadline::after(loop->now(), kGreeting)));
  Mux mux(*loop, std::move(connection), Mux::Side::kDialled);
  Result<Hello> head = co_await mux.handshake(std::move(hello), nullptr, Deadline::after(loop->now(), kGreeting));
  Result<> ended;
  if (head.ok()) {
    log_info("worker", "connected to the head");
    mux.start([node](Channel& channel) { return serve_node(node, &channel); });
    ended = co_await mux.wait_broken();
  } else {
    ended = head.error();
  }
  co_await async::shield(mux.stop());
  co_return ended;
}

}  // namespace

auto serve_head(async::IoLoop* loop, const NodeConfig* config, Node* node, Hello hello) -> Task<Result<>> {
  for (int attempt = 1;; ++attempt) {
    const Result<> ended = co_await dial_once(loop, config, node, hello);
    if (!ended.ok() && ended.error().code == ErrorCode::kCancelled) co_return ended;
    if (ended.ok()) attempt = 0;
    // Once per streak.
    if (!ended.ok() && attempt == 1) log_warning("worker", "the head: {}", to_string(ended.error()));
    const double chance = static_cast<double>(loop->random_u64() >> 11U) * 0x1.0p-53;
    SKY_CO_CHECK(co_await async::sleep_for(async::backoff_of(kDialPolicy, attempt + 1, chance)));
  }
}

}  // namespace sky::agent
