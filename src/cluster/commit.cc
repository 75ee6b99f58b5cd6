#include "cluster/commit.h"

namespace sky::cluster {
namespace {

auto history_of(const ClusterRecord& record, double now) -> ClusterHistory {
  ClusterHistory history{.name = record.name,
                         .hash = record.hash,
                         .spec = record.spec,
                         .placement = record.placement,
                         .hourly_cost_usd = record.hourly_cost_usd,
                         .launched_at = record.launched_at,
                         .usage = record.usage,
                         .owner = record.owner,
                         .last_creation_yaml = record.last_creation_yaml,
                         .ended_at = now};
  for (auto& span : history.usage) {
    if (!span.end) span.end = now;
  }
  return history;
}

void forget_jobs(journal::Txn& txn, Tables& tables, const std::string& hash) {
  const std::string prefix = hash + "/";
  for (auto row = tables.jobs.lower_bound(prefix); row != tables.jobs.end() && row->first.starts_with(prefix); ++row) {
    txn.erase(tables.jobs, row->first);
  }
}

auto change(journal::Txn& txn, Tables& tables, const std::string& name, const std::string& hash, const Update& update)
    -> Result<> {
  const ClusterRecord* current = txn.find(tables.clusters, name);
  if (current != nullptr && !hash.empty() && current->hash != hash) current = nullptr;
  if (current == nullptr && (!hash.empty() || !std::holds_alternative<WantUp>(update))) {
    return cluster_not_found(ClusterName(name));
  }
  SKY_CHECK(can_apply(current, update));
  std::optional<ClusterRecord> next = applied(current, update);
  const std::string before = current == nullptr ? "-" : std::string(to_string(current->status));
  if (next) {
    if (current == nullptr || current->status != next->status) {
      txn.event({.subject = "cluster/" + next->hash,
                 .kind = "status",
                 .text = fmt::format("{} -> {}: {}", before, to_string(next->status), next->last_event)});
    }
    txn.put(tables.clusters, name, std::move(*next));
    return {};
  }
  txn.event({.subject = "cluster/" + current->hash, .kind = "status", .text = before + " -> TERMINATED"});
  if (!current->usage.empty()) {
    txn.put(tables.history, current->hash, history_of(*current, to_epoch_seconds(txn.now())));
  }
  forget_jobs(txn, tables, current->hash);
  txn.erase(tables.clusters, name);
  return {};
}

}  // namespace

auto commit_update(journal::Journal& journal, Tables& tables, ClusterName name, std::string hash, Update update,
                   journal::Urgency urgency) -> async::Task<Result<>> {
  co_return co_await journal.commit([&tables, name = name.str(), hash = std::move(hash), update = std::move(update)](
                                        journal::Txn& txn) { return change(txn, tables, name, hash, update); },
                                    urgency);
}

}  // namespace sky::cluster
