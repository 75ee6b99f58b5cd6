// Planner: knows the infras, gathers their offers, chooses where a cluster goes, and renders the plan that users see.
//
// Choosing is a pure function of offers and demand; with one infra in this version it is the cheapest offer that was
// not tried yet. The blocklist of what failed belongs to the caller, one per launch.
//
// Concurrency: loop thread. The infras must outlive the planner.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "infra/infra.h"

namespace sky::planner {

// What a task asks of a cluster, free of YAML.
struct Demand {
  int node_count = 1;
  infra::NodeShape shape;
  std::string infra;  // "" = any; "local"
  std::string region;
  std::string zone;
  std::vector<std::string> ports;  // "8080", "9000-9010"
  std::string cpus_text;           // as the user wrote it ("4+"); "" when not asked for
  std::string memory_text;
  auto operator==(const Demand&) const -> bool = default;
};

struct Plan {
  Demand demand;
  std::vector<infra::OfferRow> offers;  // cheapest first; the first is chosen
  auto chosen() const -> const infra::OfferRow& { return offers.front(); }
  auto hourly_cost_usd() const -> double { return chosen().hourly_cost_usd * demand.node_count; }
};

using Blocklist = std::vector<infra::Placement>;

class Planner {
 public:
  explicit Planner(std::vector<infra::Infra*> infras) : infras_(std::move(infras)) {}

  auto infras() const -> const std::vector<infra::Infra*>& { return infras_; }
  // Null for an infra that is not built in.
  auto find(std::string_view name) const -> infra::Infra*;

  // Errors: kNotSupported for an infra of the original that has no adapter here, kInvalidArgument for an unknown one,
  // kResourcesUnavailable when no offer is left, and what the infra's validate says.
  auto plan(Demand demand, Blocklist blocked, Deadline deadline) -> async::Task<Result<Plan>>;

 private:
  auto no_such_infra(std::string_view name) const -> Error;

  std::vector<infra::Infra*> infras_;
};

// Infras that the original has and this version does not.
auto is_known_elsewhere(std::string_view name) -> bool;

// `Considered resources (N nodes):` and the ruled table, as the original prints it.
auto render(const Plan& plan, const Planner& planner) -> std::string;

}  // namespace sky::planner
