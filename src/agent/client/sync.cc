#include "agent/client/sync.h"

#include <algorithm>
#include <set>

#include "agent/client/command.h"

namespace sky::agent {

using async::Task;

namespace {

// What all nodes of one sync share.
struct Sync {
  infra::Infra& infra;
  infra::ClusterRef cluster;
  SyncRequest request;
  Deadline deadline;
  SyncCounts counts = {};
  std::set<std::string> skipped = {};  // each node meets the same unreadable files
};

auto send_to(Sync* sync, infra::NodeRecord node) -> Task<Result<>> {
  const std::vector<std::string> argv{std::string(infra::kAgentProgram),        "receive", "--target",
                                      path_on_node(sync->request.target, node), "--extra", "keep"};
  SKY_CO_TRY(const auto process, co_await sync->infra.run(sync->cluster, node.index, argv, sync->deadline));
  const Result<files::SendResult> sent = co_await files::send_files(process->stream(), sync->request.tree);
  // The receiver tells what is wrong in the protocol, or it could not even start.
  if (!sent.ok() && sent.error().code != ErrorCode::kUnavailable) {
    Error error = sent.error();
    co_return std::move(error).with_context(fmt::format("node {} of cluster '{}'", node.index, sync->cluster.cluster));
  }
  process->stream().close_write();
  SKY_CO_TRY(const int exit_code, co_await process->wait());
  if (exit_code != 0) {
    co_return command_error(sync->cluster, node.index, argv, exit_code, process->error_tail());
  }
  if (!sent.ok()) co_return sent.error();
  sync->counts.sent_files += sent->files_sent;
  sync->counts.sent_bytes += sent->bytes_sent;
  sync->skipped.insert(sent->notes.begin(), sent->notes.end());
  co_return Result<>();
}

}  // namespace

auto path_on_node(std::string_view target, const infra::NodeRecord& node) -> std::string {
  if (target.starts_with('/')) return std::string(target);
  if (target == "~") return node.home;
  if (target.starts_with("~/")) target.remove_prefix(2);
  return fmt::format("{}/{}", node.home, target);
}

auto sync_files(infra::Infra& infra, infra::ClusterRef cluster, SyncRequest request, Deadline deadline)
    -> Task<Result<SyncCounts>> {
  Sync sync{.infra = infra, .cluster = std::move(cluster), .request = std::move(request), .deadline = deadline};
  const auto is_file = [](const files::Entry& entry) { return entry.type == files::EntryType::kFile; };
  sync.counts.file_count =
      static_cast<std::uint64_t>(std::ranges::count_if(sync.request.tree.manifest.entries, is_file));
  auto sending =
      for_all_nodes(sync.cluster, [&sync](infra::NodeRecord node) { return send_to(&sync, std::move(node)); });
  SKY_CO_CHECK(co_await async::with_deadline(deadline, "file sync", std::move(sending)));
  sync.counts.notes.assign(sync.skipped.begin(), sync.skipped.end());
  co_return std::move(sync.counts);
}

}  // namespace sky::agent
