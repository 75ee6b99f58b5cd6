#include "optimizer/assignment.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/assert.h"

namespace sky::optimizer {
namespace {

using Edge = AssignmentProblem::Edge;

auto moving_cost(const Edge& edge, size_t from, size_t to) -> double {
  return from == to ? 0 : edge.leaving[from];
}

// A square table of costs by the places of two tasks, the smaller task first.
using PairTable = std::vector<double>;

// The sum problem as a graph that shrinks: each elimination moves a task's cost into its neighbours and remembers how
// to choose the task's place once theirs are known.
class Eliminator {
 public:
  explicit Eliminator(const AssignmentProblem& problem)
      : places_(problem.places), cost_(problem.cost), alive_(problem.cost.size(), true), neighbours_(cost_.size()) {
    for (const Edge& edge : problem.edges) add_edge(edge);
  }

  auto solve() -> Assignment;

 private:
  struct Eliminated {
    size_t task;
    std::vector<size_t> neighbours;  // none, one or two
    std::vector<size_t> best;        // by the neighbours' places, row by row
  };

  void add_edge(const Edge& edge);
  auto table(size_t a, size_t b) -> PairTable& { return tables_[std::minmax(a, b)]; }
  auto pair_cost(size_t a, size_t place_a, size_t b, size_t place_b) const -> double;
  void eliminate(size_t task);
  void link(size_t a, size_t b, const PairTable& costs);
  void search_core(std::vector<size_t>& place);

  size_t places_;
  std::vector<std::vector<double>> cost_;
  std::vector<char> alive_;
  std::vector<std::vector<size_t>> neighbours_;
  std::map<std::pair<size_t, size_t>, PairTable> tables_;
  std::vector<Eliminated> eliminated_;
  bool proven_ = true;
};

void Eliminator::add_edge(const Edge& edge) {
  PairTable costs(places_ * places_);
  for (size_t from = 0; from < places_; ++from) {
    for (size_t to = 0; to < places_; ++to) costs[from * places_ + to] = moving_cost(edge, from, to);
  }
  link(edge.from, edge.to, costs);
}

// REQUIRES: a < b. Adds to the table that is there already.
void Eliminator::link(size_t a, size_t b, const PairTable& costs) {
  PairTable& existing = table(a, b);
  if (existing.empty()) {
    existing = costs;
    neighbours_[a].push_back(b);
    neighbours_[b].push_back(a);
    return;
  }
  for (size_t i = 0; i < existing.size(); ++i) existing[i] += costs[i];
}

auto Eliminator::pair_cost(size_t a, size_t place_a, size_t b, size_t place_b) const -> double {
  const PairTable& costs = tables_.at(std::minmax(a, b));
  return a < b ? costs[place_a * places_ + place_b] : costs[place_b * places_ + place_a];
}

void Eliminator::eliminate(size_t task) {
  const std::vector<size_t> around = neighbours_[task];
  SKY_ASSERT(around.size() <= 2);
  const size_t rows = around.empty() ? 1 : places_;
  const size_t columns = around.size() == 2 ? places_ : 1;
  Eliminated record{.task = task, .neighbours = around, .best = std::vector<size_t>(rows * columns)};
  PairTable left(rows * columns, kImpossible);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      for (size_t place = 0; place < places_; ++place) {
        double value = cost_[task][place];
        if (!around.empty()) value += pair_cost(task, place, around[0], row);
        if (around.size() == 2) value += pair_cost(task, place, around[1], column);
        if (value >= left[row * columns + column]) continue;
        left[row * columns + column] = value;
        record.best[row * columns + column] = place;
      }
    }
  }
  alive_[task] = false;
  for (const size_t other : around) std::erase(neighbours_[other], task);
  if (around.size() == 1) {
    for (size_t place = 0; place < places_; ++place) cost_[around[0]][place] += left[place];
  }
  if (around.size() == 2) {
    const bool in_order = around[0] < around[1];
    PairTable costs(places_ * places_);
    for (size_t row = 0; row < places_; ++row) {
      for (size_t column = 0; column < places_; ++column) {
        costs[in_order ? row * places_ + column : column * places_ + row] = left[row * places_ + column];
      }
    }
    link(std::min(around[0], around[1]), std::max(around[0], around[1]), costs);
  }
  eliminated_.push_back(std::move(record));
}

// Depth first over the tasks that are left, cheapest place first. The bound of a partial answer: what it costs, plus
// for each open task the cheapest place given the placed neighbours.
class CoreSearch {
 public:
  // Of the i-th task: its own costs, and for each later task that it has an edge with, the costs of both.
  struct Node {
    std::vector<double> cost;
    std::vector<std::pair<size_t, PairTable>> later;
  };
  CoreSearch(std::vector<Node> nodes, size_t places)
      : nodes_(std::move(nodes)), places_(places), place_(nodes_.size()), rows_(nodes_.size() + 1) {
    for (const Node& node : nodes_) rows_[0].insert(rows_[0].end(), node.cost.begin(), node.cost.end());
  }

  struct Answer {
    std::vector<size_t> place;
    bool proven = true;
  };
  auto run() -> Answer {
    descend(0, 0);
    return {.place = best_place_, .proven = expansions_ <= kExpansionsMax};
  }

 private:
  auto row(size_t depth, size_t node) -> double* { return &rows_[depth][node * places_]; }
  void descend(size_t depth, double spent);
  auto least_of_open(size_t depth) -> double {
    double least = 0;
    for (size_t i = depth + 1; i < nodes_.size(); ++i) {
      least += *std::min_element(row(depth, i), row(depth, i) + places_);
    }
    return least;
  }

  std::vector<Node> nodes_;
  size_t places_;
  std::vector<size_t> place_;
  // rows_[depth]: the cost of each node at each place, edges to the first `depth` nodes included.
  std::vector<std::vector<double>> rows_;
  std::vector<size_t> best_place_;
  double best_ = kImpossible;
  size_t expansions_ = 0;
};

void CoreSearch::descend(size_t depth, double spent) {
  if (depth == nodes_.size()) {
    best_ = spent;
    best_place_ = place_;
    return;
  }
  if (expansions_ > kExpansionsMax && !best_place_.empty()) return;
  ++expansions_;
  const double bound = spent + least_of_open(depth);
  std::vector<size_t> order(places_);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t place) { return std::pair(row(depth, depth)[place], place); });
  for (const size_t place : order) {
    const double own = row(depth, depth)[place];
    if (bound + own >= best_ && !best_place_.empty()) return;
    place_[depth] = place;
    rows_[depth + 1] = rows_[depth];
    for (const auto& [other, costs] : nodes_[depth].later) {
      for (size_t at = 0; at < places_; ++at) row(depth + 1, other)[at] += costs[place * places_ + at];
    }
    descend(depth + 1, spent + own);
  }
}

void Eliminator::search_core(std::vector<size_t>& place) {
  std::vector<size_t> tasks;
  for (size_t task = 0; task < cost_.size(); ++task) {
    if (alive_[task]) tasks.push_back(task);
  }
  if (tasks.empty()) return;
  // Well connected tasks first: they decide most.
  std::ranges::sort(tasks, {}, [&](size_t task) { return std::pair(cost_.size() - neighbours_[task].size(), task); });
  std::vector<CoreSearch::Node> nodes;
  for (size_t i = 0; i < tasks.size(); ++i) {
    CoreSearch::Node& node = nodes.emplace_back(CoreSearch::Node{.cost = cost_[tasks[i]], .later = {}});
    for (size_t j = i + 1; j < tasks.size(); ++j) {
      if (std::ranges::find(neighbours_[tasks[i]], tasks[j]) == neighbours_[tasks[i]].end()) continue;
      PairTable& costs = node.later.emplace_back(j, PairTable(places_ * places_)).second;
      for (size_t at = 0; at < costs.size(); ++at) {
        costs[at] = pair_cost(tasks[i], at / places_, tasks[j], at % places_);
      }
    }
  }
  const CoreSearch::Answer answer = CoreSearch(std::move(nodes), places_).run();
  for (size_t i = 0; i < tasks.size(); ++i) place[tasks[i]] = answer.place[i];
  proven_ = answer.proven;
}

auto Eliminator::solve() -> Assignment {
  // From the end, so that of equal answers the first tasks get the smaller places.
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    for (size_t task = cost_.size(); task-- > 0;) {
      if (!alive_[task] || neighbours_[task].size() > 2) continue;
      eliminate(task);
      shrunk = true;
    }
  }
  Assignment answer{.place = std::vector<size_t>(cost_.size()), .proven = true};
  search_core(answer.place);
  for (size_t i = eliminated_.size(); i-- > 0;) {
    const Eliminated& one = eliminated_[i];
    size_t at = 0;
    if (!one.neighbours.empty()) at = answer.place[one.neighbours[0]];
    if (one.neighbours.size() == 2) at = at * places_ + answer.place[one.neighbours[1]];
    answer.place[one.task] = one.best[at];
  }
  answer.proven = proven_;
  return answer;
}

// Depth first in topological order. The bound of a partial answer: the latest finish, were everything still to come
// placed on its fastest place and no data moved.
class LongestPathSearch {
 public:
  explicit LongestPathSearch(const AssignmentProblem& problem)
      : problem_(problem),
        into_(problem.cost.size()),
        tail_(problem.cost.size()),
        place_(problem.cost.size()),
        finish_(problem.cost.size()) {
    for (const Edge& edge : problem.edges) into_[edge.to].push_back(&edge);
    for (size_t task = problem.cost.size(); task-- > 0;) {
      const double fastest = *std::ranges::min_element(problem.cost[task]);
      for (const Edge* edge : into_[task]) tail_[edge->from] = std::max(tail_[edge->from], fastest + tail_[task]);
    }
  }

  auto run() -> Assignment {
    descend(0, 0);
    return {.place = best_place_, .value = best_, .proven = expansions_ <= kExpansionsMax};
  }

 private:
  void descend(size_t task, double bound) {
    if (task == problem_.cost.size()) {
      best_ = bound;
      best_place_ = place_;
      return;
    }
    if (expansions_ > kExpansionsMax && !best_place_.empty()) return;
    ++expansions_;
    std::vector<std::pair<double, size_t>> order;
    for (size_t place = 0; place < problem_.places; ++place) {
      double start = 0;
      for (const Edge* edge : into_[task]) {
        start = std::max(start, finish_[edge->from] + moving_cost(*edge, place_[edge->from], place));
      }
      order.emplace_back(start + problem_.cost[task][place], place);
    }
    std::ranges::sort(order);
    for (const auto& [finish, place] : order) {
      const double next = std::max(bound, finish + tail_[task]);
      if (next >= best_ && !best_place_.empty()) return;
      place_[task] = place;
      finish_[task] = finish;
      descend(task + 1, next);
    }
  }

  const AssignmentProblem& problem_;
  std::vector<std::vector<const Edge*>> into_;
  std::vector<double> tail_;  // least time from a task's end to the end of everything after it
  std::vector<size_t> place_;
  std::vector<double> finish_;
  std::vector<size_t> best_place_;
  double best_ = kImpossible;
  size_t expansions_ = 0;
};

auto is_chain(const AssignmentProblem& problem) -> bool {
  if (problem.edges.size() + 1 != problem.cost.size()) return false;
  return std::ranges::all_of(problem.edges, [](const Edge& edge) { return edge.to == edge.from + 1; });
}

}  // namespace

auto value_of(const AssignmentProblem& problem, const std::vector<size_t>& place) -> double {
  std::vector<double> finish(place.size());
  double sum = 0;
  for (const Edge& edge : problem.edges) sum += moving_cost(edge, place[edge.from], place[edge.to]);
  for (size_t task = 0; task < place.size(); ++task) {
    for (const Edge& edge : problem.edges) {
      if (edge.to != task) continue;
      finish[task] = std::max(finish[task], finish[edge.from] + moving_cost(edge, place[edge.from], place[edge.to]));
    }
    finish[task] += problem.cost[task][place[task]];
    sum += problem.cost[task][place[task]];
  }
  if (problem.measure == Measure::kSum) return sum;
  return finish.empty() ? 0 : *std::ranges::max_element(finish);
}

auto assign(const AssignmentProblem& problem) -> std::optional<Assignment> {
  for (const auto& row : problem.cost) {
    SKY_ASSERT(row.size() == problem.places);
    if (std::ranges::all_of(row, [](double cost) { return cost == kImpossible; })) return std::nullopt;
  }
  const bool is_sum = problem.measure == Measure::kSum || is_chain(problem);
  Assignment answer = is_sum ? Eliminator(problem).solve() : LongestPathSearch(problem).run();
  answer.value = value_of(problem, answer.place);
  return answer;
}

}  // namespace sky::optimizer
