#include "optimizer/optimizer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/strings.h"
#include "config/infra_names.h"
#include "format/json.h"
#include "optimizer/assignment.h"
#include "optimizer/describe.h"
#include "optimizer/offering.h"
#include "optimizer/rates.h"

namespace sky::optimizer {
namespace {

constexpr double kSecondsPerHour = 3600;
// Of plans that take equally long the cheaper one: a dollar weighs a microsecond.
constexpr double kSecondsPerDollar = 1e-6;
constexpr size_t kSimilarMax = 20;

struct Rated {
  Candidate candidate;
  double value = kImpossible;  // what is to be small: dollars or seconds
};

// One task with all that is offered for it.
class TaskChooser {
 public:
  TaskChooser(const Request& request, size_t task, Offerings& offerings) : request_(request), task_(task) {
    const auto& candidates = asked().resources.candidates;
    for (size_t choice = 0; choice < candidates.size(); ++choice) {
      for (const Market& market : request.markets) {
        if (candidates[choice].infra && *candidates[choice].infra != market.infra) continue;
        all_.push_back(offerings.find(task, choice, market));
      }
    }
    if (asked().resources.ordered) keep_first_that_works();
  }

  auto asked() const -> const TaskRequest& { return request_.tasks[task_]; }
  auto offerings() const -> const std::vector<Offering>& { return all_; }

  // The best on one market; of a region if one is named.
  auto best(const Market& market, std::string_view region = {}) const -> std::optional<Rated> {
    std::optional<Rated> best;
    for (const Offering& offering : all_) {
      if (offering.market != &market || !is_open(offering)) continue;
      improve(best, offering, [&](const Option& option) { return region.empty() || option.region == region; });
    }
    return best;
  }

  auto regions(const Market& market) const -> std::set<std::string> {
    std::set<std::string> found;
    for (const Offering& offering : all_) {
      if (offering.market != &market || !is_open(offering)) continue;
      for (size_t i = 0; i < offering.size(); ++i) {
        for (const Option& option : offering.options(i, request_.blocked)) found.emplace(option.region);
      }
    }
    return found;
  }

  auto considered(const Candidate& chosen) const -> std::vector<Candidate>;
  auto ranked(size_t* count) const -> std::vector<Candidate>;
  auto excluded() const -> std::vector<Excluded>;
  auto unavailable() const -> Error;

 private:
  auto is_open(const Offering& offering) const -> bool { return !only_choice_ || offering.choice == *only_choice_; }
  void keep_first_that_works();
  auto rate(const Offering& offering, const Option& option) const -> Rated;
  auto reserved_nodes(const Offering& offering, const Option& option) const -> int;
  template <class Accept>
  void improve(std::optional<Rated>& best, const Offering& offering, Accept accept) const;

  const Request& request_;
  size_t task_;
  std::vector<Offering> all_;
  std::optional<size_t> only_choice_;
};

void TaskChooser::keep_first_that_works() {
  for (const Offering& offering : all_) {
    for (size_t i = 0; i < offering.size(); ++i) {
      if (offering.options(i, request_.blocked).empty()) continue;
      only_choice_ = offering.choice;
      return;
    }
  }
}

auto TaskChooser::reserved_nodes(const Offering& offering, const Option& option) const -> int {
  int count = 0;
  for (const Reservation& one : request_.reservations) {
    if (one.infra == offering.market->infra && one.instance_type == option.instance_type &&
        (one.region.empty() || one.region == option.region) && (one.zone.empty() || one.zone == option.zone)) {
      count += one.count;
    }
  }
  return std::min(count, asked().node_count);
}

auto TaskChooser::rate(const Offering& offering, const Option& option) const -> Rated {
  Rated rated{.candidate = offering.candidate(option)};
  Candidate& made = rated.candidate;
  if (offering.choice < asked().hours.size()) made.hours = asked().hours[offering.choice];
  made.reserved_nodes = reserved_nodes(offering, option);
  made.cost_usd = made.hourly_cost_usd * made.hours * (asked().node_count - made.reserved_nodes);
  rated.value = request_.target == Target::kCost ? made.cost_usd
                                                 : made.hours * kSecondsPerHour + made.cost_usd * kSecondsPerDollar;
  return rated;
}

// Machines come with ascending prices, so the first that can no longer win ends the search, unless some are free.
template <class Accept>
void TaskChooser::improve(std::optional<Rated>& best, const Offering& offering, Accept accept) const {
  const Option* winner = nullptr;
  std::vector<Option> kept;
  double least = kImpossible;
  const auto take = [&](const std::vector<Option>& options) {
    for (const Option& option : options) {
      if (!accept(option) || option.hourly_cost_usd >= least) continue;
      least = option.hourly_cost_usd;
      kept = {option};
      winner = kept.data();
    }
  };
  for (size_t i = 0; i < offering.size(); ++i) {
    if (request_.reservations.empty() && offering.least_cost(i) >= least) break;
    const std::vector<Option> options = offering.options(i, request_.blocked);
    if (request_.reservations.empty()) {
      take(options);
      continue;
    }
    for (const Option& option : options) {
      if (!accept(option)) continue;
      Rated rated = rate(offering, option);
      if (!best || rated.value < best->value) best = std::move(rated);
    }
  }
  if (winner == nullptr) return;
  Rated rated = rate(offering, *winner);
  if (!best || rated.value < best->value) best = std::move(rated);
}

// Rows of the table: the original shows one for each infra, accelerator and market, and each live place.
auto group_of(const Candidate& candidate) -> std::tuple<std::string, std::string, bool, std::string> {
  return {candidate.infra, accelerator_text(candidate), candidate.use_spot, candidate.is_live ? candidate.region : ""};
}

auto TaskChooser::considered(const Candidate& chosen) const -> std::vector<Candidate> {
  std::vector<Rated> rows;
  const auto add = [&](Rated rated) {
    const auto same =
        std::ranges::find(rows, group_of(rated.candidate), [](const Rated& row) { return group_of(row.candidate); });
    if (same == rows.end()) return rows.push_back(std::move(rated));
    if (rated.value < same->value) *same = std::move(rated);
  };
  for (const Offering& offering : all_) {
    std::set<std::string_view> regions = {""};
    if (offering.live != nullptr) {
      regions.clear();
      for (const LiveOffer& offer : *offering.live) regions.insert(offer.region);
    }
    for (const std::string_view region : regions) {
      std::optional<Rated> best;
      improve(best, offering, [&](const Option& option) { return region.empty() || option.region == region; });
      if (best) add(std::move(*best));
    }
  }
  std::vector<Candidate> table;
  for (Rated& row : rows) {
    table.push_back(group_of(row.candidate) == group_of(chosen) ? chosen : std::move(row.candidate));
  }
  const bool ordered = asked().resources.ordered;
  std::ranges::sort(table, {}, [&](const Candidate& one) {
    return std::tuple(ordered ? one.choice : size_t{0}, one.cost_usd, one.infra, one.region, one.choice);
  });
  return table;
}

auto TaskChooser::ranked(size_t* count) const -> std::vector<Candidate> {
  std::vector<Rated> types;
  for (const Offering& offering : all_) {
    for (size_t i = 0; i < offering.size(); ++i) {
      std::optional<Rated> best;
      for (const Option& option : offering.options(i, request_.blocked)) {
        Rated rated = rate(offering, option);
        if (!best || rated.value < best->value) best = std::move(rated);
      }
      if (best) types.push_back(std::move(*best));
    }
  }
  *count = types.size();
  std::ranges::sort(types, {}, [](const Rated& one) {
    return std::tuple(one.value, one.candidate.infra, one.candidate.instance_type, one.candidate.choice);
  });
  std::vector<Candidate> list;
  for (Rated& one : types) {
    if (list.size() == kRankedMax) break;
    list.push_back(std::move(one.candidate));
  }
  return list;
}

auto TaskChooser::excluded() const -> std::vector<Excluded> {
  std::vector<Excluded> list;
  for (const Market& market : request_.markets) {
    std::string reason;
    bool works = false;
    bool asked_for = false;
    for (const Offering& offering : all_) {
      if (offering.market != &market) continue;
      asked_for = true;
      if (!offering.refusal.empty()) {
        if (reason.empty()) reason = offering.refusal;
        continue;
      }
      for (size_t i = 0; i < offering.size() && !works; ++i) works = !offering.options(i, request_.blocked).empty();
      if (!works && reason.empty()) reason = "every place that fits was tried, or ruled out by a pin or the price cap";
    }
    if (!asked_for) reason = "not what the task asks for";
    if (!works) list.push_back({.infra = market.infra, .reason = reason});
  }
  return list;
}

auto TaskChooser::unavailable() const -> Error {
  std::vector<std::string> wanted;
  for (const Resources& one : asked().resources.candidates) {
    wanted.push_back(fmt::format("{}x {}", asked().node_count, request_text(one)));
  }
  std::string message = fmt::format(
      "Catalog does not contain any instances satisfying the request: {}.\nTo fix: relax or change the resource "
      "requirements.",
      join(wanted, ", "));
  std::set<std::string> similar;
  for (const Offering& offering : all_) similar.insert(offering.similar.begin(), offering.similar.end());
  if (!similar.empty()) {
    std::vector<std::string> quoted;
    for (const auto& one : similar) {
      if (quoted.size() < kSimilarMax) quoted.push_back(fmt::format("'{}'", one));
    }
    message += fmt::format("\nTry one of these offered accelerators: [{}]", join(quoted, ", "));
  }
  JsonArray reasons;
  for (const Excluded& one : excluded()) {
    message += fmt::format("\n  {}: {}", infra_title(one.infra), one.reason);
    reasons.push_back(JsonObject{{"infra", one.infra}, {"reason", one.reason}});
  }
  Error error = make_error(ErrorCode::kResourcesUnavailable, std::move(message),
                           "`sky gpus list` to list available accelerators, `sky check` to check the enabled clouds.");
  error.details["excluded"] = to_json_text(reasons);
  return error;
}

// Moving the data of `from_infra` to any other infra, in what is minimised.
auto leaving(Target target, std::string_view from_infra, double size_gb) -> double {
  return target == Target::kCost ? egress_cost_usd(from_infra, size_gb) : transfer_seconds(size_gb);
}

class Planning {
 public:
  Planning(const Request& request, Detail detail) : request_(request), detail_(detail), offerings_(request) {}
  auto run() -> Result<Plan>;

 private:
  auto chain_or_graph() -> Result<>;
  auto together() -> Result<>;
  auto one_region(bool* found) -> Result<>;
  void finish();
  void add_moves();

  const Request& request_;
  Detail detail_;
  Offerings offerings_;
  std::vector<std::unique_ptr<TaskChooser>> tasks_;
  std::vector<Candidate> chosen_;
  Plan plan_;
};

auto Planning::chain_or_graph() -> Result<> {
  AssignmentProblem problem{.places = request_.markets.size(),
                            .cost = {},
                            .measure = request_.target == Target::kCost ? Measure::kSum : Measure::kLongestPath};
  std::vector<std::vector<std::optional<Rated>>> best(tasks_.size());
  std::vector<char> has_parent(tasks_.size());
  for (const auto& [from, to] : request_.edges) has_parent[to] = true;
  for (size_t task = 0; task < tasks_.size(); ++task) {
    auto& row = problem.cost.emplace_back();
    const auto& inputs = request_.tasks[task].inputs;
    const std::string_view source = inputs && !has_parent[task] ? infra_of_url(inputs->url) : std::string_view();
    for (const Market& market : request_.markets) {
      best[task].push_back(tasks_[task]->best(market));
      double cost = best[task].back() ? best[task].back()->value : kImpossible;
      if (!source.empty() && source != market.infra) cost += leaving(request_.target, source, inputs->size_gb);
      row.push_back(cost);
    }
    if (std::ranges::none_of(best[task], [](const auto& one) { return one.has_value(); })) {
      return tasks_[task]->unavailable();
    }
  }
  for (const auto& [from, to] : request_.edges) {
    const auto& outputs = request_.tasks[from].outputs;
    if (!outputs || outputs->size_gb <= 0) continue;
    AssignmentProblem::Edge edge{.from = from, .to = to, .leaving = {}};
    for (const Market& market : request_.markets) {
      edge.leaving.push_back(leaving(request_.target, market.infra, outputs->size_gb));
    }
    problem.edges.push_back(std::move(edge));
  }
  const std::optional<Assignment> answer = assign(problem);
  SKY_ASSERT(answer.has_value());
  plan_.proven = answer->proven;
  for (size_t task = 0; task < tasks_.size(); ++task) {
    chosen_.push_back(std::move(best[task][answer->place[task]]->candidate));
  }
  return {};
}

// The region where all tasks of a group can run and cost least together.
auto Planning::one_region(bool* found) -> Result<> {
  double least = kImpossible;
  for (const Market& market : request_.markets) {
    std::set<std::string> common = tasks_.front()->regions(market);
    for (const auto& task : tasks_) {
      const std::set<std::string> own = task->regions(market);
      std::erase_if(common, [&](const std::string& region) { return !own.contains(region); });
    }
    for (const std::string& region : common) {
      double sum = 0;
      std::vector<Candidate> chosen;
      for (const auto& task : tasks_) {
        std::optional<Rated> best = task->best(market, region);
        if (!best) break;
        sum += best->value;
        chosen.push_back(std::move(best->candidate));
      }
      if (chosen.size() < tasks_.size() || sum >= least) continue;
      least = sum;
      chosen_ = std::move(chosen);
      plan_.group_place = region.empty() ? market.infra : fmt::format("{}/{}", market.infra, region);
    }
  }
  *found = !chosen_.empty();
  return {};
}

auto Planning::together() -> Result<> {
  for (const auto& task : tasks_) {
    const bool fits = std::ranges::any_of(request_.markets, [&](const Market& market) { return !!task->best(market); });
    if (!fits) return task->unavailable();
  }
  bool found = false;
  SKY_CHECK(one_region(&found));
  if (found) return {};
  plan_.notes.emplace_back("No common infrastructure for all jobs of the group; placing jobs independently.");
  return chain_or_graph();
}

void Planning::add_moves() {
  const auto add = [&](const std::string& from, std::string_view from_infra, size_t to, double size_gb) {
    const std::string& to_infra = chosen_[to].infra;
    if (from_infra.empty() || from_infra == to_infra || size_gb <= 0) return;
    const DataMove move{.from = from,
                        .to = request_.tasks[to].name,
                        .from_infra = std::string(from_infra),
                        .to_infra = to_infra,
                        .size_gb = size_gb,
                        .cost_usd = egress_cost_usd(from_infra, size_gb),
                        .seconds = transfer_seconds(size_gb)};
    plan_.total_cost_usd += move.cost_usd;
    plan_.moves.push_back(move);
  };
  std::vector<char> has_parent(tasks_.size());
  for (const auto& [from, to] : request_.edges) {
    has_parent[to] = true;
    if (const auto& outputs = request_.tasks[from].outputs) {
      add(request_.tasks[from].name, chosen_[from].infra, to, outputs->size_gb);
    }
  }
  for (size_t task = 0; task < tasks_.size(); ++task) {
    const auto& inputs = request_.tasks[task].inputs;
    if (inputs && !has_parent[task]) add(inputs->url, infra_of_url(inputs->url), task, inputs->size_gb);
  }
}

void Planning::finish() {
  std::vector<double> finished(tasks_.size());
  for (size_t task = 0; task < tasks_.size(); ++task) {
    for (const auto& [from, to] : request_.edges) {
      if (to != task) continue;
      const auto& outputs = request_.tasks[from].outputs;
      const bool moves = outputs && chosen_[from].infra != chosen_[to].infra;
      finished[task] = std::max(finished[task], finished[from] + (moves ? transfer_seconds(outputs->size_gb) : 0));
    }
    finished[task] += chosen_[task].hours * kSecondsPerHour;
    plan_.total_seconds = std::max(plan_.total_seconds, finished[task]);
    plan_.total_cost_usd += chosen_[task].cost_usd;
  }
  add_moves();
  for (const Market& market : request_.markets) {
    if (market.catalog == nullptr) continue;
    const catalog::Origin& origin = market.catalog->origin();
    plan_.prices.push_back({.infra = market.infra, .date = origin.date, .is_snapshot = origin.is_snapshot});
  }
  for (size_t task = 0; task < tasks_.size(); ++task) {
    const TaskChooser& chooser = *tasks_[task];
    TaskPlan one{.name = chooser.asked().name, .node_count = chooser.asked().node_count, .chosen = chosen_[task]};
    one.considered = chooser.considered(one.chosen);
    const auto row = std::ranges::find(one.considered, group_of(one.chosen), group_of);
    one.chosen_index = static_cast<size_t>(row - one.considered.begin());
    one.excluded = chooser.excluded();
    if (detail_ == Detail::kExplained) one.ranked = chooser.ranked(&one.feasible_count);
    plan_.tasks.push_back(std::move(one));
  }
}

auto Planning::run() -> Result<Plan> {
  for (size_t task = 0; task < request_.tasks.size(); ++task) {
    tasks_.push_back(std::make_unique<TaskChooser>(request_, task, offerings_));
  }
  if (request_.is_job_group && tasks_.size() > 1) {
    SKY_CHECK(together());
  } else {
    SKY_CHECK(chain_or_graph());
  }
  finish();
  return std::move(plan_);
}

}  // namespace

auto request_of(const Task& task) -> TaskRequest {
  return {.name = task.name.value_or(""),
          .node_count = static_cast<int>(task.num_nodes),
          .resources = task.resources,
          .inputs = task.inputs,
          .outputs = task.outputs};
}

auto request_of(const Dag& dag) -> Request {
  Request request;
  for (const Task& task : dag.tasks) request.tasks.push_back(request_of(task));
  request.is_job_group = dag.execution == DagExecution::kParallel;
  if (!request.is_job_group) request.edges = chain_edges(request.tasks.size());
  return request;
}

auto chain_edges(size_t task_count) -> std::vector<std::pair<size_t, size_t>> {
  std::vector<std::pair<size_t, size_t>> edges;
  for (size_t task = 1; task < task_count; ++task) edges.emplace_back(task - 1, task);
  return edges;
}

auto optimize(const Request& request, Detail detail) -> Result<Plan> {
  return Planning(request, detail).run();
}

}  // namespace sky::optimizer
