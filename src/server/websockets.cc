// The routes that are websockets: ssh to a node, and files of a remote client.
#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "files/sync.h"
#include "net/relay.h"
#include "net/websocket.h"
#include "server/replies.h"
#include "server/router.h"
#include "server/uploads.h"

namespace sky::server {
namespace {

constexpr Duration kSshStartLimit = std::chrono::seconds(30);
constexpr Duration kSshEndLimit = std::chrono::seconds(5);
constexpr size_t kKeyMaxBytes = 4096;

// "ssh-ed25519 AAAA…", with nothing that a command line or a file could read otherwise.
auto check_public_key(std::string_view key) -> Result<> {
  const auto good = [](char c) { return is_alnum(c) || std::string_view("-+/= @.").contains(c); };
  if (key.size() <= kKeyMaxBytes && std::ranges::all_of(key, good) && key.contains(' ')) return {};
  return make_error(ErrorCode::kInvalidArgument, "key: expected an ssh public key");
}

struct NodeOfCluster {
  std::shared_ptr<const cluster::ClusterRecord> cluster;
  int index = 0;
};

// "c" is the head of cluster c, "c-worker1" the second node, unless a cluster has just that name.
auto find_node(App& app, std::string_view name) -> Result<NodeOfCluster> {
  constexpr std::string_view kWorker = "-worker";
  NodeOfCluster node{.cluster = app.clusters.find(ClusterName(std::string(name)))};
  if (const size_t at = name.rfind(kWorker); node.cluster == nullptr && at != std::string_view::npos) {
    node.index =
        static_cast<int>(std::min<std::int64_t>(parse_int(name.substr(at + kWorker.size())).value_or(-1), 1 << 20));
    node.cluster = app.clusters.find(ClusterName(std::string(name.substr(0, at))));
  }
  if (node.cluster == nullptr) {
    return make_error(ErrorCode::kClusterNotFound, fmt::format("Cluster '{}' does not exist.", name),
                      "`sky status` lists clusters.");
  }
  const cluster::ClusterRecord& record = *node.cluster;
  if (record.status != ClusterStatus::kUp) {
    return make_error(ErrorCode::kClusterNotUp,
                      fmt::format("Cluster '{}' is {}, not UP.", record.name, to_string(record.status)),
                      fmt::format("Start it with: sky start {}", record.name));
  }
  if (node.index >= 0 && node.index < static_cast<int>(record.nodes.size())) return node;
  return make_error(ErrorCode::kNotFound,
                    fmt::format("'{}': cluster '{}' has {} nodes", name, record.name, record.nodes.size()));
}

}  // namespace

auto Router::ssh(Call call) -> async::Task<Result<>> {
  const net::HttpRequest& request = call.exchange.request();
  const std::string key(request.query_value("key").value_or(""));
  SKY_CO_CHECK(check_public_key(key));
  SKY_CO_TRY(const NodeOfCluster node, find_node(app_, request.query_value("node").value_or("")));
  const std::shared_ptr<const cluster::ClusterRecord> record = node.cluster;
  infra::Infra* infra = app_.planner.find(record->placement.infra);
  SKY_ASSERT(infra != nullptr);
  std::vector<std::string> argv{std::string(infra::kAgentProgram), "ssh", "--key", key};
  SKY_CO_TRY(const auto process, co_await infra->run(cluster::ref_of(*record, app_.state.server_id()), node.index,
                                                     std::move(argv), app_.deadline(kSshStartLimit)));
  SKY_CO_TRY(auto socket, co_await call.exchange.accept_websocket(reply_headers("", "")));
  net::WebSocket* const raw = socket.get();
  const auto stream = net::websocket_stream(std::move(socket));
  const Result<> relayed = co_await net::relay(stream.get(), &process->stream());
  // The node's side hangs up on what still runs there before it ends.
  process->stream().close_write();
  static_cast<void>(co_await async::with_deadline(app_.deadline(kSshEndLimit), "the end of ssh", process->wait()));
  if (const std::string said = process->error_tail(); !said.empty()) log_info("ssh", "{}: {}", record->name, said);
  static_cast<void>(co_await raw->close(1000, ""));
  co_return relayed;
}

auto Router::has_blob(Call call) -> async::Task<Result<>> {
  const net::HttpRequest& request = call.exchange.request();
  const auto text = [&](std::string_view name) { return std::string(request.query_value(name).value_or("")); };
  const std::string user = call.user ? call.user->id : text("user_hash");
  SKY_CO_TRY(const bool exists, app_.uploads.has_blob(user, text("blob_id")));
  co_return co_await respond_json(call.exchange, 200, JsonObject{{"exists", exists}});
}

auto Router::upload_chunk(Call call) -> async::Task<Result<>> {
  const net::HttpRequest& request = call.exchange.request();
  const auto text = [&](std::string_view name) { return std::string(request.query_value(name).value_or("")); };
  ChunkPlace place{.user = call.user ? call.user->id : text("user_hash"),
                   .blob_id = text("upload_id"),
                   .index = parse_int(text("chunk_index")).value_or(-1),
                   .count = parse_int(text("total_chunks")).value_or(0)};
  SKY_CO_TRY(const std::vector<std::int64_t> missing,
             co_await app_.uploads.receive_chunk(call.exchange, std::move(place)));
  JsonObject reply{{"status", missing.empty() ? "completed" : "uploading"}, {"missing_chunks", nullptr}};
  if (!missing.empty()) reply["missing_chunks"] = JsonArray(missing.begin(), missing.end());
  co_return co_await respond_json(call.exchange, 200, std::move(reply));
}

auto Router::receive_files(Call call) -> async::Task<Result<>> {
  const net::HttpRequest& request = call.exchange.request();
  const auto text = [&](std::string_view name) { return std::string(request.query_value(name).value_or("")); };
  const std::string user = call.user ? call.user->id : text("user_hash");
  SKY_CO_TRY(const std::string target, app_.uploads.tree_path(user, text("upload_id"), text("name")));
  SKY_CO_TRY(const auto turn, co_await app_.uploads.lock(target));
  SKY_CO_TRY(auto socket, co_await call.exchange.accept_websocket(reply_headers("", "")));
  net::WebSocket* const raw = socket.get();
  const auto stream = net::websocket_stream(std::move(socket));
  const Result<files::ReceiveResult> received = co_await files::receive_files(*stream, target, files::Extra::kDelete);
  static_cast<void>(co_await raw->close(1000, ""));
  if (!received.ok()) co_return received.error();
  log_debug("uploads", "{}: {} entries, {} files received", target, received->entries, received->files_received);
  co_return Result<>();
}

}  // namespace sky::server
