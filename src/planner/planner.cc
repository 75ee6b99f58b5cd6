#include "planner/planner.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "config/infra_names.h"
#include "term/plan_table.h"

namespace sky::planner {
namespace {

auto unavailable(const Demand& demand) -> Error {
  return make_error(ErrorCode::kResourcesUnavailable,
                    fmt::format("No infra can provide {} node{} with the requested resources.", demand.node_count,
                                demand.node_count == 1 ? "" : "s"),
                    "To fix: relax or change the resource requirements.");
}

auto no_such_region(const Demand& demand, const std::set<std::string>& regions) -> Error {
  return make_error(ErrorCode::kResourcesUnavailable,
                    fmt::format("infra '{}' has no '{}' that can provide the requested resources (it has: {})",
                                demand.infra, demand.region, fmt::join(regions, ", ")));
}

auto is_blocked(const infra::OfferRow& offer, const Blocklist& blocked) -> bool {
  return std::ranges::find(blocked, offer.placement) != blocked.end();
}

// Ties are broken by place, so that the same offers always give the same plan.
auto is_cheaper(const infra::OfferRow& a, const infra::OfferRow& b) -> bool {
  const auto key = [](const infra::OfferRow& offer) {
    const auto& place = offer.placement;
    return std::tie(offer.hourly_cost_usd, place.infra, place.region, place.zone, place.instance_type);
  };
  return key(a) < key(b);
}

auto number_text(double value) -> std::string {
  return value > 0 ? fmt::format("{:g}", value) : "-";
}

}  // namespace

auto is_known_elsewhere(std::string_view name) -> bool {
  const auto canonical = canonical_infra_name(name);
  return canonical && *canonical != kOwnInfraName;
}

auto Planner::find(std::string_view name) const -> infra::Infra* {
  const auto found =
      std::ranges::find_if(infras_, [&](const auto* one) { return equals_ignore_case(one->name(), name); });
  return found == infras_.end() ? nullptr : *found;
}

auto Planner::no_such_infra(std::string_view name) const -> Error {
  std::vector<std::string> names;
  for (const auto* one : infras_) names.emplace_back(one->name());
  const std::string available = join(names, ", ");
  if (is_known_elsewhere(name)) {
    return make_error(
        ErrorCode::kNotSupported,
        fmt::format("infra '{}' is not available in this version of sky (available: {})", name, available),
        "Name an available one, or leave `infra` out.");
  }
  return make_error(ErrorCode::kInvalidArgument, fmt::format("unknown infra '{}' (available: {})", name, available),
                    "`sky check` lists all infras.");
}

auto Planner::plan(Demand demand, Blocklist blocked, Deadline deadline) -> async::Task<Result<Plan>> {
  std::vector<infra::Infra*> candidates = infras_;
  if (!demand.infra.empty()) {
    infra::Infra* named = find(demand.infra);
    if (named == nullptr) co_return no_such_infra(demand.infra);
    candidates = {named};
  }
  Plan plan{.demand = demand, .offers = {}};
  Result<> refusal;
  std::set<std::string> regions;
  for (infra::Infra* candidate : candidates) {
    Result<> valid = candidate->validate(demand.shape, demand.node_count);
    if (!valid.ok()) {
      refusal = std::move(valid);
      continue;
    }
    Result<std::vector<infra::OfferRow>> rows = co_await candidate->rows(demand.shape, deadline);
    if (!rows.ok()) {
      // What is wrong with one infra does not keep the others from being used.
      refusal = std::move(rows).error();
      continue;
    }
    for (auto& row : *rows) {
      if (!row.placement.region.empty()) regions.insert(row.placement.region);
      const bool asked_for = demand.region.empty() || demand.region == row.placement.region;
      if (asked_for && !is_blocked(row, blocked)) plan.offers.push_back(std::move(row));
    }
  }
  if (plan.offers.empty()) {
    if (!refusal.ok()) co_return std::move(refusal).error();
    if (!demand.region.empty() && !regions.empty() && !regions.contains(demand.region)) {
      co_return no_such_region(demand, regions);
    }
    co_return unavailable(demand);
  }
  std::ranges::sort(plan.offers, is_cheaper);
  co_return plan;
}

auto render(const Plan& plan, const Planner& planner) -> std::string {
  std::vector<term::Row> rows;
  for (const auto& offer : plan.offers) {
    const infra::Infra* owner = planner.find(offer.placement.infra);
    const auto& shape = offer.shape;
    std::string where(owner != nullptr ? owner->display_name() : std::string_view(offer.placement.infra));
    const std::string& place = offer.placement.zone.empty() ? offer.placement.region : offer.placement.zone;
    if (!place.empty()) where += fmt::format(" ({})", place);
    rows.push_back(
        {where, offer.placement.instance_type.empty() ? "-" : offer.placement.instance_type, number_text(shape.cpus),
         number_text(shape.memory_gib),
         shape.accelerator_count > 0 ? fmt::format("{}:{:g}", shape.accelerator, shape.accelerator_count) : "-",
         fmt::format("{:.2f}", offer.hourly_cost_usd * plan.demand.node_count),
         &offer == &plan.offers.front() ? "   ✔" : ""});
  }
  return fmt::format(
      "Considered resources ({} node{}):\n{}\n", plan.demand.node_count, plan.demand.node_count == 1 ? "" : "s",
      term::render_plan_table({"INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS", "COST ($)", "CHOSEN"}, rows));
}

}  // namespace sky::planner
