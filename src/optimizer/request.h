// What the optimizer is asked: tasks, the infras that may be used and what they offer, what is ruled out. Plain data;
// nothing is fetched while it plans.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "task/dag.h"

namespace sky::optimizer {

// What an infra without a catalog says that it has for one entry of `resources`: it fits, but for pins and blocks.
struct LiveOffer {
  std::string instance_type = {};  // may be empty
  std::string region = {};
  std::string zone = {};
  double vcpus = catalog::kMissing;
  double memory_gib = catalog::kMissing;
  std::string accelerator = {};
  double accelerator_count = 0;
  double hourly_cost_usd = 0;  // of one node
};

// The answer of such an infra for one entry of one task: offers, or why there is none.
struct LiveAnswer {
  size_t task = 0;
  size_t choice = 0;
  std::vector<LiveOffer> offers = {};
  std::string refusal = {};
};

// An infra that may be used.
struct Market {
  std::string infra;                          // canonical name
  const catalog::Catalog* catalog = nullptr;  // null: `live` holds what there is. Outlives the plan
  std::vector<LiveAnswer> live = {};
};

// A place that does not work, found out by trying: absent fields match anything.
struct Blocked {
  std::string infra = {};
  std::string instance_type = {};
  std::string region = {};
  std::string zone = {};
  std::string accelerator = {};
  std::optional<bool> use_spot = {};
  auto operator==(const Blocked&) const -> bool = default;
};

// Machines that are paid for already and idle.
struct Reservation {
  std::string infra;
  std::string instance_type;
  std::string region = {};  // empty: in any
  std::string zone = {};
  int count = 0;
};

struct TaskRequest {
  std::string name = {};
  int node_count = 1;
  ResourceChoices resources = {};  // names and places canonical: prepare.h
  std::optional<DataSize> inputs = {};
  std::optional<DataSize> outputs = {};
  std::vector<double> hours = {};  // estimated run time by entry of `resources`; empty: one hour each
};

enum class Target { kCost, kTime };

struct Request {
  std::vector<TaskRequest> tasks;
  std::vector<std::pair<size_t, size_t>> edges =
      {};                     // (earlier, later) task; the earlier one's outputs go to the later
  bool is_job_group = false;  // all tasks at once, in one region where that is possible
  Target target = Target::kCost;
  std::vector<Market> markets = {};
  std::vector<Blocked> blocked = {};
  std::vector<Reservation> reservations = {};
};

// A task as the optimizer sees it; a whole file: a task, a chain or a group. Markets are not filled in.
auto request_of(const Task& task) -> TaskRequest;
auto request_of(const Dag& dag) -> Request;
// Each task waits for the one before it.
auto chain_edges(size_t task_count) -> std::vector<std::pair<size_t, size_t>>;

}  // namespace sky::optimizer
