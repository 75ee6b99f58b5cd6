// How a job becomes scripts on nodes: names of nodes and files, the variables that users know from the original, and
// the prefixes of the merged output. Pure. Source of the names: skypilot 0.14.1 (skylet/constants.py,
// skylet/log_lib.py).
#pragma once

#include "agent/queue/state.h"

namespace sky::agent {

struct ClusterId {
  ServerId server;
  std::string name;
};

auto node_name(int node) -> std::string;  // "head", "worker1"

// Bases of streams (logs/stream_reader.h), relative to the node's home.
auto merged_base(const Job& job) -> std::string;
auto rank_output_base(const Job& job, const RankKey& key) -> std::string;

// `secrets` are the unsealed ones of the job; they and the job's envs win over the variables made here.
auto rank_spec(const Job& job, const ClusterId& cluster, const RankKey& key,
               const std::map<std::string, Secret>& secrets) -> RankSpec;

// In front of every line of this rank in the merged output, the blank included. `pid` is the script's.
auto line_prefix(const Job& job, const RankKey& key, int pid) -> std::string;

// Lines of the merged output that the head itself writes.
auto waiting_line(const JobSpec& spec) -> std::string;
auto started_line() -> std::string;
// What is said after the last line of a job: nothing when it succeeded or was cancelled.
auto closing_lines(const Job& job) -> std::string;

}  // namespace sky::agent
