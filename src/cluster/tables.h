// The cluster module's tables: names, keys and codecs.
//
//   clusters         name                      ClusterRecord
//   cluster_history  hash                      ClusterHistory, kept for cost-report
//   known_jobs       <cluster hash>/<job id>   KnownJob; removed with its cluster
#pragma once

#include "cluster/state.h"
#include "journal/table.h"

namespace sky::cluster {

struct Tables {
  Tables();
  journal::Table<ClusterRecord> clusters;
  journal::Table<ClusterHistory> history;
  journal::Table<KnownJob> jobs;
};

// Nodes of `infra_name` that clusters other than the one with `hash` hold: what is taken.
auto taken_nodes(const Tables& tables, std::string_view infra_name, std::string_view hash)
    -> std::vector<infra::NodeRecord>;

auto job_key(std::string_view cluster_hash, JobId id) -> std::string;

// For tests of the stored form.
auto encode(const ClusterRecord& record) -> std::string;
auto decode_cluster(std::string_view text) -> Result<ClusterRecord>;

}  // namespace sky::cluster
