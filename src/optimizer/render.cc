#include "optimizer/render.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "config/infra_names.h"
#include "optimizer/describe.h"
#include "task/values.h"
#include "term/plan_table.h"

namespace sky::optimizer {
namespace {

constexpr std::string_view kChosen = "   ✔";

// Live infras have no instance types that say anything; theirs is shown as `-`.
auto instance_text(const Candidate& candidate) -> std::string {
  const bool is_virtual = candidate.is_live || candidate.instance_type.empty();
  std::string text = is_virtual ? (candidate.use_spot ? "" : "-") : candidate.instance_type;
  if (candidate.use_spot) text += "[Spot]";
  return text;
}

auto machine_cells(const Candidate& candidate) -> term::Row {
  return {place_text(candidate), instance_text(candidate), amount_text(candidate.vcpus),
          amount_text(candidate.memory_gib), accelerator_text(candidate)};
}

auto nodes_text(int count) -> std::string {
  return fmt::format("{} node{}", count, count == 1 ? "" : "s");
}

auto render_best(const Plan& plan) -> std::string {
  std::vector<term::Row> rows;
  for (const TaskPlan& task : plan.tasks) {
    term::Row row = {task.name, fmt::to_string(task.node_count)};
    for (auto& cell : machine_cells(task.chosen)) row.push_back(std::move(cell));
    rows.push_back(std::move(row));
  }
  return fmt::format(
      "Best plan: \n{}\n",
      term::render_plan_table({"TASK", "#NODES", "INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS"}, rows));
}

auto render_moves(const Plan& plan) -> std::string {
  std::vector<term::Row> rows;
  for (const DataMove& move : plan.moves) {
    rows.push_back({fmt::format("{} ({})", move.from, infra_title(move.from_infra)),
                    fmt::format("{} ({})", move.to, infra_title(move.to_infra)), fmt::format("{:g}", move.size_gb),
                    fmt::format("{:.2f}", move.cost_usd)});
  }
  return fmt::format("Egress plan:\n{}\n\n",
                     term::render_plan_table({"SOURCE", "TARGET", "SIZE (GB)", "COST ($)"}, rows));
}

auto render_considered(const TaskPlan& task, bool is_one_of_many) -> std::string {
  std::vector<term::Row> rows;
  for (size_t i = 0; i < task.considered.size(); ++i) {
    term::Row row = machine_cells(task.considered[i]);
    row.push_back(fmt::format("{:.2f}", task.considered[i].cost_usd));
    row.emplace_back(i == task.chosen_index ? kChosen : "");
    rows.push_back(std::move(row));
  }
  const std::string which = is_one_of_many ? fmt::format("for task '{}' ", task.name) : "";
  return fmt::format(
      "Considered resources {}({}):\n{}\n", which, nodes_text(task.node_count),
      term::render_plan_table({"INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS", "COST ($)", "CHOSEN"}, rows));
}

auto explain_task(const TaskPlan& task) -> std::string {
  std::vector<term::Row> rows;
  for (const Candidate& one : task.ranked) {
    term::Row row = machine_cells(one);
    row.push_back(fmt::format("{:.4f}", one.cost_usd));
    const double extra = one.cost_usd - task.chosen.cost_usd;
    const bool is_chosen = one.infra == task.chosen.infra && one.instance_type == task.chosen.instance_type &&
                           one.choice == task.chosen.choice;
    const double share = task.chosen.cost_usd > 0 ? extra / task.chosen.cost_usd * 100 : 0;
    row.push_back(is_chosen ? "chosen"
                            : fmt::format("{}${:.4f} ({:+.0f}%)", extra < 0 ? "-" : "+", std::abs(extra), share));
    row.push_back(catalog::is_missing(one.disk_hourly_cost_usd)
                      ? "-"
                      : fmt::format("{:.4f}", one.disk_hourly_cost_usd * task.node_count));
    rows.push_back(std::move(row));
  }
  std::string text = fmt::format(
      "\nAll instance types that fit, each at its cheapest place ({} of {}):\n{}\n", task.ranked.size(),
      task.feasible_count,
      term::render_plan_table(
          {"INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS", "COST ($)", "DIFFERENCE", "DISK ($/hr)"}, rows));
  if (task.chosen.reserved_nodes > 0) {
    text += fmt::format("{} of the nodes are reserved and cost nothing more.\n", task.chosen.reserved_nodes);
  }
  if (!task.excluded.empty()) text += "Not considered:\n";
  for (const Excluded& one : task.excluded) text += fmt::format("  {}: {}\n", infra_title(one.infra), one.reason);
  return text;
}

auto number_json(double value) -> Json {
  return catalog::is_missing(value) ? Json(nullptr) : Json(value);
}

auto text_json(const std::string& text) -> Json {
  return text.empty() ? Json(nullptr) : Json(text);
}

auto candidate_json(const TaskPlan& task, const Candidate& one) -> JsonObject {
  JsonObject accelerators;
  if (!one.accelerator.empty()) accelerators[one.accelerator] = one.accelerator_count;
  return {{"task", task.name},
          {"cloud", one.infra},
          {"instance_type", text_json(one.instance_type)},
          {"region", text_json(one.region)},
          {"zone", text_json(one.zone)},
          {"num_nodes", task.node_count},
          {"use_spot", one.use_spot},
          {"cpus", number_json(one.vcpus)},
          {"memory", number_json(one.memory_gib)},
          {"accelerators", one.accelerator.empty() ? Json(nullptr) : Json(std::move(accelerators))},
          {"hourly_cost", one.hourly_cost_usd * task.node_count},
          {"disk_hourly_cost", number_json(one.disk_hourly_cost_usd * task.node_count)},
          {"reserved_nodes", one.reserved_nodes},
          {"estimated_cost", one.cost_usd}};
}

}  // namespace

auto render_plan(const Plan& plan) -> std::string {
  const bool many = plan.tasks.size() > 1;
  std::string text;
  for (const std::string& note : plan.notes) text += note + "\n";
  if (!plan.group_place.empty()) text += fmt::format("Selected infrastructure: {}\n", plan.group_place);
  if (many) text += render_best(plan);
  if (!plan.moves.empty()) text += render_moves(plan);
  for (const TaskPlan& task : plan.tasks) {
    if (many) text += "\n";
    text += render_considered(task, many);
  }
  if (!plan.proven) text += "The search was stopped at its limit: a cheaper plan may exist.\n";
  return text;
}

auto render_explanation(const Plan& plan) -> std::string {
  std::string text;
  for (const TaskPlan& task : plan.tasks) {
    if (plan.tasks.size() > 1) text += fmt::format("\nTask '{}':", task.name);
    text += explain_task(task);
  }
  for (const PriceSource& one : plan.prices) {
    text += fmt::format("Prices of {}: {}{}\n", infra_title(one.infra), one.date.empty() ? "unknown date" : one.date,
                        one.is_snapshot ? " (built in; `sky catalog update` fetches newer ones)" : "");
  }
  return text;
}

auto plan_json(const Plan& plan) -> JsonObject {
  JsonArray chosen;
  JsonArray considered;
  JsonArray excluded;
  JsonArray ranked;
  JsonArray moves;
  JsonArray notes(plan.notes.begin(), plan.notes.end());
  for (const TaskPlan& task : plan.tasks) {
    chosen.push_back(candidate_json(task, task.chosen));
    for (const Candidate& one : task.considered) considered.push_back(candidate_json(task, one));
    for (const Candidate& one : task.ranked) ranked.push_back(candidate_json(task, one));
    for (const Excluded& one : task.excluded) {
      excluded.push_back(JsonObject{{"task", task.name}, {"infra", one.infra}, {"reason", one.reason}});
    }
  }
  for (const DataMove& move : plan.moves) {
    moves.push_back(
        JsonObject{{"from", move.from}, {"to", move.to}, {"size_gb", move.size_gb}, {"cost", move.cost_usd}});
  }
  JsonArray prices;
  for (const PriceSource& one : plan.prices) {
    prices.push_back(JsonObject{{"infra", one.infra}, {"date", text_json(one.date)}, {"built_in", one.is_snapshot}});
  }
  JsonObject json{{"plan", std::move(chosen)},           {"notes", std::move(notes)},
                  {"considered", std::move(considered)}, {"excluded", std::move(excluded)},
                  {"egress", std::move(moves)},          {"prices", std::move(prices)},
                  {"total_cost", plan.total_cost_usd},   {"proven_optimal", plan.proven}};
  if (!ranked.empty()) json["ranked"] = std::move(ranked);
  return json;
}

}  // namespace sky::optimizer
