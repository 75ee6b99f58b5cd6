// What the optimizer answers. Owns all of its text.
#pragma once

#include <string>
#include <vector>

#include "catalog/row.h"

namespace sky::optimizer {

// Machines at a place that can run a task. Costs are USD.
struct Candidate {
  size_t choice = 0;  // the entry of the task's `resources` that it satisfies
  std::string infra;
  std::string instance_type;
  std::string region;
  std::string zone;  // empty: anywhere in the region
  double vcpus = catalog::kMissing;
  double memory_gib = catalog::kMissing;
  std::string accelerator;  // what the machine has, asked for or not
  double accelerator_count = 0;
  bool use_spot = false;
  bool is_live = false;        // offered by an infra without a catalog: the instance type says nothing to people
  double hourly_cost_usd = 0;  // of one node
  double disk_hourly_cost_usd = catalog::kMissing;  // of one node's disk; shown, not part of any other figure
  int reserved_nodes = 0;                           // of the task's nodes, paid for already
  double hours = 1;                                 // estimated
  double cost_usd = 0;                              // of all nodes that are not reserved, for those hours
};

// Why an infra is not among the considered.
struct Excluded {
  std::string infra;
  std::string reason;  // a clause
  auto operator==(const Excluded&) const -> bool = default;
};

struct TaskPlan {
  std::string name;
  int node_count = 1;
  Candidate chosen;
  // The best of each infra and kind of machine, in the order of the table; the chosen one is among them.
  std::vector<Candidate> considered;
  size_t chosen_index = 0;  // of `considered`
  std::vector<Excluded> excluded;
  // The best place of every instance type, cheapest first: why the others lost. At most kRankedMax.
  std::vector<Candidate> ranked;
  size_t feasible_count = 0;  // instance types that fit, over all infras
};
inline constexpr size_t kRankedMax = 100;

struct DataMove {
  std::string from;  // task, or URL of its inputs
  std::string to;
  std::string from_infra;
  std::string to_infra;
  double size_gb = 0;
  double cost_usd = 0;
  double seconds = 0;
};

// How old the prices of an infra are.
struct PriceSource {
  std::string infra;
  std::string date;          // "2026-11-20"
  bool is_snapshot = false;  // shipped with the program
};

struct Plan {
  std::vector<TaskPlan> tasks;
  std::vector<DataMove> moves;  // those that cost something
  double total_cost_usd = 0;
  double total_seconds = 0;
  bool proven = true;       // false: the search had to stop; nothing better was found
  std::string group_place;  // "aws/us-east-1" where a whole job group goes; empty for others
  std::vector<std::string> notes;
  std::vector<PriceSource> prices;
};

}  // namespace sky::optimizer
