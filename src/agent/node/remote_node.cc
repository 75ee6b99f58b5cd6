#include "agent/node/remote_node.h"

#include "async/sync.h"
#include "base/strings.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr Duration kKillAnswer = std::chrono::seconds(30);
constexpr size_t kPieceBytes = size_t{256} << 10U;

class ChannelFollower final : public logs::Follower {
 public:
  ChannelFollower(std::unique_ptr<Channel> channel, std::uint64_t offset)
      : channel_(std::move(channel)), offset_(offset) {}

  auto read(size_t bytes_max) -> Task<Result<std::optional<std::string>>> override {
    if (rest_.empty()) {
      SKY_CO_TRY(std::optional<std::string> piece, co_await channel_->read());
      if (!piece) {
        const Result<Json> end = co_await channel_->await_end();
        // Whatever stopped the worker, the rank's output is still there.
        if (!end.ok()) co_return make_error(ErrorCode::kUnavailable, end.error().message);
        ended_ = true;
        co_return std::optional<std::string>();
      }
      rest_ = std::move(*piece);
    }
    std::string bytes = rest_.size() <= bytes_max ? std::exchange(rest_, {}) : rest_.substr(0, bytes_max);
    if (!rest_.empty()) rest_.erase(0, bytes.size());
    offset_ += bytes.size();
    co_return std::optional<std::string>(std::move(bytes));
  }
  auto offset() const -> std::uint64_t override { return offset_; }
  auto end() const -> std::optional<logs::StreamEnd> override {
    return ended_ ? std::optional<logs::StreamEnd>(logs::StreamEnd{}) : std::nullopt;
  }

 private:
  std::unique_ptr<Channel> channel_;
  std::uint64_t offset_;
  std::string rest_;
  bool ended_ = false;
};

auto parse_pid(std::string_view line) -> Result<int> {
  SKY_TRY(const Json json, parse_json(line));
  SKY_TRY(const JsonObject* object, as_object(json));
  SKY_TRY(const std::int64_t pid, get_int(*object, "pid"));
  return static_cast<int>(pid);
}

// What a channel is told while its rank runs.
struct Started {
  std::optional<int> pid;
  async::WaitList changed;
};

auto tell_pid(Channel* channel, std::shared_ptr<Started> started) -> Task<Result<>> {
  while (!started->pid) SKY_CO_CHECK(co_await started->changed.wait());
  co_return co_await channel->write(to_json_text(JsonObject{{"pid", *started->pid}}) + "\n");
}

auto serve_rank(Node* node, Channel* channel) -> Task<Result<Json>> {
  SKY_CO_TRY(RankSpec spec, rank_spec_from_json(channel->request()));
  auto started = std::make_shared<Started>();
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup telling(scope);
  telling.spawn("pid", tell_pid(channel, started));
  Node::OnStarted on_started = [started](int pid) {
    started->pid = pid;
    started->changed.notify_all();
  };
  Result<RankExit> exit = co_await node->run_rank(std::move(spec), std::move(on_started));
  // The line precedes the end.
  if (exit.ok() && started->pid) co_await telling.join();
  co_await telling.stop();
  if (!exit.ok()) co_return exit.error();
  co_return to_json(*exit);
}

auto serve_output(Node* node, Channel* channel) -> Task<Result<Json>> {
  SKY_CO_TRY(OutputRequest request, output_from_json(channel->request()));
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower, node->follow_output(std::move(request)));
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> bytes, co_await follower->read(kPieceBytes));
    if (!bytes) co_return Json(nullptr);
    SKY_CO_CHECK(co_await channel->write(std::move(*bytes)));
  }
}

auto serve_kill(Node* node, Channel* channel) -> Task<Result<Json>> {
  SKY_CO_TRY(const JsonObject* request, as_object(channel->request()));
  SKY_CO_TRY(const JsonObject* key_object, get_object(*request, "key"));
  SKY_CO_TRY(const RankKey key, rank_key_from_json(*key_object));
  SKY_CO_CHECK(co_await node->kill_rank(key));
  co_return Json(nullptr);
}

}  // namespace

auto RemoteNode::open(const Json& request) -> Result<std::unique_ptr<Channel>> {
  if (mux_ == nullptr) return make_error(ErrorCode::kUnavailable, "the node is not connected");
  return mux_->open(request);
}

auto RemoteNode::run_rank(RankSpec spec, OnStarted on_started) -> Task<Result<RankExit>> {
  SKY_CO_TRY(const std::unique_ptr<Channel> channel, open(to_json(spec)));
  std::string line;
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await channel->read());
    if (!piece) break;
    line += *piece;
    if (!line.ends_with('\n')) continue;
    SKY_CO_TRY(const int pid, parse_pid(trim(line)));
    on_started(pid);
  }
  Result<Json> result = co_await channel->await_end();
  // The worker itself is stopping, or its agent is being replaced: the rank goes on.
  if (!result.ok()) co_return make_error(ErrorCode::kUnavailable, result.error().message);
  co_return rank_exit_from_json(*result);
}

auto RemoteNode::kill_rank(RankKey key) -> Task<Result<>> {
  if (mux_ == nullptr) co_return make_error(ErrorCode::kUnavailable, "the node is not connected");
  const std::shared_ptr<Mux> mux = mux_;
  async::Loop& loop = co_await async::current_loop();
  SKY_CO_CHECK(co_await mux->call(kill_to_json(key), Deadline::after(loop.now(), kKillAnswer)));
  co_return Result<>();
}

auto RemoteNode::follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> {
  SKY_TRY(std::unique_ptr<Channel> channel, open(to_json(request)));
  return std::unique_ptr<logs::Follower>(std::make_unique<ChannelFollower>(std::move(channel), request.offset));
}

auto serve_node(Node* node, Channel* channel) -> Task<Result<Json>> {
  SKY_CO_TRY(const JsonObject* request, as_object(channel->request()));
  SKY_CO_TRY(const std::string op, get_string(*request, "op"));
  if (op == "rank") co_return co_await serve_rank(node, channel);
  if (op == "output") co_return co_await serve_output(node, channel);
  if (op == "kill") co_return co_await serve_kill(node, channel);
  if (op == "ping") co_return Json(nullptr);
  co_return make_error(ErrorCode::kNotSupported, fmt::format("expected an operation of workers, found '{}'", op));
}

}  // namespace sky::agent
