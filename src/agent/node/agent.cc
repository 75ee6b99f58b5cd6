#include "agent/node/agent.h"

#include <unistd.h>
#include <csignal>

#include "agent/node/aging.h"
#include "agent/node/local_node.h"
#include "agent/node/service.h"
#include "agent/node/worker_link.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/version.h"
#include "os/file.h"
#include "os/lock.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr Duration kGreeting = std::chrono::seconds(10);

auto read_key(const NodeConfig& config) -> Result<Secret> {
  if (config.key_file.empty()) return Secret();
  SKY_TRY(const std::string text, os::read_file(config.key_file));
  return Secret(std::string(trim(text)));
}

class Agent {
 public:
  Agent(async::AsioLoop& loop, NodeConfig config, std::string program)
      : loop_(loop), config_(std::move(config)), local_(loop, config_.id, std::move(program)), tasks_(loop) {}

  auto run(StoreFactory make_store) -> Task<Result<int>> {
    loop_.watch_signals([this](int number) {
      if (number == SIGTERM || number == SIGINT) end(kRunEnded);
    });
    Result<> started = co_await start(std::move(make_store));
    if (started.ok()) started = co_await ended_.wait();
    co_await async::shield(stop());
    if (!started.ok()) co_return started.error();
    co_return exit_code_;
  }

 private:
  void end(int code) {
    exit_code_ = code;
    ended_.set();
  }

  auto start(StoreFactory make_store) -> Task<Result<>> {
    SKY_CO_TRY(key_, read_key(config_));
    SKY_CO_CHECK(os::make_dirs(config_.id.file("jobs")));
    SKY_CO_TRY(listener_, net::listen_unix(loop_, config_.id.socket_path()));
    if (config_.id.node == 0) {
      SKY_CO_CHECK(co_await start_head(std::move(make_store)));
    } else {
      start_worker();
    }
    tasks_.spawn("socket", accept_loop());
    tasks_.spawn("aging", age(&loop_, config_.id, head_ == nullptr ? nullptr : &head_->store()));
    co_return Result<>();
  }

  auto start_head(StoreFactory make_store) -> Task<Result<>> {
    SKY_CO_CHECK(os::make_dirs(config_.id.file("merging")));
    SKY_CO_TRY(seal::Sealer sealer, seal::Sealer::open(config_.id.file("seal.key")));
    sealer_.emplace(std::move(sealer));
    std::vector<Node*> nodes{&local_};
    std::vector<RemoteNode*> workers;
    for (int node = 1; node < config_.node_count; ++node) {
      workers_.push_back(std::make_unique<RemoteNode>());
      workers.push_back(workers_.back().get());
      nodes.push_back(workers_.back().get());
    }
    HeadOptions options{.cluster = {.server = config_.id.server, .name = config_.id.cluster},
                        .home = config_.id.home,
                        .boot_id = local_.boot_id(),
                        .merging_dir = config_.id.file("merging"),
                        .nodes = std::move(nodes),
                        .sealer = &*sealer_,
                        .on_lost = [this](const Error& error) {
                          log_error("agent", "the store is lost: {}", to_string(error));
                          end(kRunRestart);
                        }};
    head_ = std::make_unique<Head>(loop_, std::move(options), make_store(config_.id.file("journal.db")));
    const std::string stopped = config_.id.file(kStoppedName);
    SKY_CO_CHECK(co_await head_->open(os::file_exists(stopped) ? Head::Start::kAfterStop : Head::Start::kAgain));
    SKY_CO_CHECK(os::remove_file(stopped));
    head_->set_ready(0, facts());
    autostop_ = std::make_unique<AutostopLoop>(loop_, *head_, config_);
    autostop_->start();
    service_ = std::make_unique<Service>(*head_, *autostop_, info(), [this] { end_after_reply(); });
    if (workers.empty()) co_return Result<>();
    worker_listener_ = std::make_unique<WorkerListener>(loop_, config_, *head_, std::move(workers), key_);
    co_return worker_listener_->start();
  }

  void start_worker() {
    Hello hello = own_hello(config_.id.server, config_.id.cluster, config_.id.node);
    hello.facts = facts();
    hello.key = key_;
    tasks_.spawn("head", serve_head(&loop_, &config_, &local_, std::move(hello)));
  }

  auto stop() -> Task<> {
    if (listener_ != nullptr) listener_->close();
    co_await tasks_.stop();
    if (worker_listener_ != nullptr) co_await worker_listener_->stop();
    if (autostop_ != nullptr) co_await autostop_->stop();
    if (head_ != nullptr) co_await head_->stop();
    co_await local_.stop();
  }

  auto facts() const -> NodeFacts {
    return {.address = config_.address, .boot_id = local_.boot_id(), .cpus = config_.cpus, .gpus = config_.gpus};
  }

  auto info() const -> JsonObject {
    return {{"server", config_.id.server.str()},
            {"cluster", config_.id.cluster},
            {"node", config_.id.node},
            {"nodes", config_.node_count},
            {"version", kVersion},
            {"build", build_commit()},
            {"pid", getpid()},
            {"boot_id", local_.boot_id()}};
  }

  auto accept_loop() -> Task<Result<>> {
    for (;;) {
      Result<std::unique_ptr<net::Connection>> connection = co_await listener_->accept();
      if (connection.ok()) {
        tasks_.spawn("connection", serve(std::move(*connection)));
        continue;
      }
      // Closed: the agent is ending.
      if (connection.error().code == ErrorCode::kUnavailable) co_return Result<>();
      if (connection.error().code != ErrorCode::kIo) co_return connection.error();
      SKY_CO_CHECK(co_await async::sleep_for(std::chrono::milliseconds(100)));
    }
  }

  // Whoever may open the socket is the node's user: no key is asked for.
  auto serve(std::unique_ptr<net::Connection> connection) -> Task<> {
    Mux mux(loop_, std::move(connection), Mux::Side::kAccepted);
    const Result<Hello> hello = co_await mux.handshake(
        own_hello(config_.id.server, config_.id.cluster, config_.id.node),
        [this](const Hello& theirs) { return check(theirs); }, Deadline::after(loop_.now(), kGreeting));
    if (hello.ok()) {
      mux.start([this](Channel& channel) { return serve_channel(&channel); });
      const Result<> broken = co_await mux.wait_broken();
      if (!broken.ok()) {
        // Ending: answers that are on their way still arrive.
        const Deadline deadline = Deadline::after(loop_.now(), std::chrono::seconds(1));
        static_cast<void>(co_await async::shield(async::with_deadline(deadline, "the last answers", mux.flush())));
      }
    }
    co_await async::shield(mux.stop());
  }

  auto check(const Hello& hello) const -> Result<> {
    if (hello.server == config_.id.server && hello.cluster == config_.id.cluster) return {};
    return make_error(ErrorCode::kPermissionDenied,
                      fmt::format("expected a peer of {}/{}, found one of {}/{}", config_.id.server, config_.id.cluster,
                                  hello.server, hello.cluster));
  }

  auto serve_channel(Channel* channel) -> Task<Result<Json>> {
    if (service_ != nullptr) co_return co_await service_->serve(channel);
    SKY_CO_TRY(const JsonObject* request, as_object(channel->request()));
    SKY_CO_TRY(const std::string op, get_string(*request, "op"));
    if (op == "info") co_return Json(info());
    if (op == "shutdown") {
      end_after_reply();
      co_return Json(nullptr);
    }
    co_return make_error(ErrorCode::kNotSupported, fmt::format("expected an operation of a worker, found '{}'", op));
  }

  // The answer is queued in the turn after this one.
  void end_after_reply() {
    loop_.start_timer(loop_.now() + std::chrono::milliseconds(10), [this] { end(kRunEnded); });
  }

  async::AsioLoop& loop_;
  NodeConfig config_;
  LocalNode local_;
  Secret key_;
  std::optional<seal::Sealer> sealer_;
  std::vector<std::unique_ptr<RemoteNode>> workers_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<Head> head_;
  std::unique_ptr<AutostopLoop> autostop_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<WorkerListener> worker_listener_;
  int exit_code_ = kRunEnded;
  async::Event ended_;
  async::TaskGroup tasks_;
};

}  // namespace

auto run_agent(async::AsioLoop& loop, NodeConfig config, std::string program, StoreFactory make_store) -> int {
  const std::string lock_path = config.id.file("agent.lock");
  const Result<os::FileLock> lock = os::FileLock::acquire(lock_path, {{"pid", fmt::format("{}", getpid())}});
  Result<int> code = kRunEnded;
  if (lock.ok()) {
    Agent agent(loop, std::move(config), std::move(program));
    code = loop.run_until_done(agent.run(std::move(make_store)));
  } else {
    code = lock.error();
  }
  if (code.ok()) return *code;
  log_error("agent", "{}", to_string(code.error()));
  return kRunRestart;
}

}  // namespace sky::agent
