// Which place runs which task when moving data between places costs something: the combinatorial core of the optimizer,
// free of catalogs and names. Pure and deterministic: of equally good answers the one with the smaller places, first
// task first, as far as the search order tells them apart.
//
// Sum: nodes with at most two neighbours are eliminated exactly, so chains, trees and series-parallel graphs take
// O(tasks · places³) at most; what is left (every node has three neighbours or more) is searched by branch and bound.
// Longest path: chains are sums; anything else is searched. A search that would expand more than kExpansionsMax nodes
// ends with the best answer so far, which is then not proven to be the best.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

namespace sky::optimizer {

inline constexpr double kImpossible = std::numeric_limits<double>::infinity();
inline constexpr size_t kExpansionsMax = 10'000;

enum class Measure {
  kSum,          // dollars: all nodes and edges together
  kLongestPath,  // seconds: tasks run at the same time when they can
};

struct AssignmentProblem {
  size_t places = 0;
  // cost[task][place]; kImpossible: the task cannot run there. Tasks are in topological order.
  std::vector<std::vector<double>> cost;
  // Data of `from` that `to` needs. leaving[p]: what it costs when `from` is at p and `to` anywhere else.
  struct Edge {
    size_t from = 0;
    size_t to = 0;  // > from
    std::vector<double> leaving;
  };
  std::vector<Edge> edges = {};
  Measure measure = Measure::kSum;
};

struct Assignment {
  std::vector<size_t> place;  // by task
  double value = 0;
  bool proven = true;
};

// nullopt when some task has no place at all.
auto assign(const AssignmentProblem& problem) -> std::optional<Assignment>;

// What an assignment costs; kImpossible when a task cannot run where it is put.
auto value_of(const AssignmentProblem& problem, const std::vector<size_t>& place) -> double;

}  // namespace sky::optimizer
