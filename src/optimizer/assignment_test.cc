#include "optimizer/assignment.h"

#include <random>

#include <gtest/gtest.h>

namespace sky::optimizer {
namespace {

// Every answer there is.
auto best_by_force(const AssignmentProblem& problem) -> double {
  std::vector<size_t> place(problem.cost.size());
  double best = kImpossible;
  for (;;) {
    best = std::min(best, value_of(problem, place));
    size_t task = 0;
    while (task < place.size() && ++place[task] == problem.places) place[task++] = 0;
    if (task == place.size()) return best;
  }
}

struct Shape {
  size_t tasks;
  size_t places;
  double edge_chance;
  Measure measure;
  bool chain = false;
};

auto random_problem(std::mt19937_64& random, const Shape& shape) -> AssignmentProblem {
  std::uniform_int_distribution<int> dollars(0, 9);
  std::uniform_real_distribution<double> chance(0, 1);
  AssignmentProblem problem{.places = shape.places, .cost = {}, .measure = shape.measure};
  for (size_t task = 0; task < shape.tasks; ++task) {
    auto& row = problem.cost.emplace_back();
    for (size_t place = 0; place < shape.places; ++place) {
      row.push_back(chance(random) < 0.2 ? kImpossible : dollars(random));
    }
    row[static_cast<size_t>(dollars(random)) % shape.places] = dollars(random);
  }
  for (size_t from = 0; from < shape.tasks; ++from) {
    for (size_t to = from + 1; to < shape.tasks; ++to) {
      if (shape.chain ? to != from + 1 : chance(random) > shape.edge_chance) continue;
      AssignmentProblem::Edge edge{.from = from, .to = to, .leaving = {}};
      for (size_t place = 0; place < shape.places; ++place) edge.leaving.push_back(dollars(random));
      problem.edges.push_back(std::move(edge));
    }
  }
  return problem;
}

void expect_optimal(const Shape& shape, int count) {
  std::mt19937_64 random(20261125);
  for (int i = 0; i < count; ++i) {
    const AssignmentProblem problem = random_problem(random, shape);
    const auto answer = assign(problem);
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(answer->proven);
    EXPECT_DOUBLE_EQ(answer->value, best_by_force(problem)) << "problem " << i;
  }
}

TEST(Assignment, Chains_AreAsGoodAsEveryAnswerThereIs) {
  expect_optimal({.tasks = 5, .places = 4, .edge_chance = 0, .measure = Measure::kSum, .chain = true}, 60);
}

TEST(Assignment, SparseGraphs_AreAsGoodAsEveryAnswerThereIs) {
  expect_optimal({.tasks = 6, .places = 3, .edge_chance = 0.3, .measure = Measure::kSum}, 60);
}

TEST(Assignment, DenseGraphs_AreAsGoodAsEveryAnswerThereIs) {
  expect_optimal({.tasks = 6, .places = 3, .edge_chance = 0.9, .measure = Measure::kSum}, 60);
}

TEST(Assignment, LongestPaths_AreAsGoodAsEveryAnswerThereIs) {
  expect_optimal({.tasks = 6, .places = 3, .edge_chance = 0.4, .measure = Measure::kLongestPath}, 60);
  expect_optimal({.tasks = 5, .places = 3, .edge_chance = 0, .measure = Measure::kLongestPath, .chain = true}, 40);
}

TEST(Assignment, ATaskWithoutAPlace_HasNoAnswer) {
  EXPECT_FALSE(assign({.places = 2, .cost = {{1, 2}, {kImpossible, kImpossible}}}).has_value());
}

TEST(Assignment, EqualAnswers_TakeTheFirstPlace) {
  const auto answer = assign({.places = 3, .cost = {{1, 1, 1}, {2, 2, 2}}, .edges = {{0, 1, {1, 1, 1}}}});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->place, (std::vector<size_t>{0, 0}));
}

TEST(Assignment, DearData_KeepsTheNextTaskWhereItIs) {
  const auto answer = assign({.places = 2, .cost = {{1, 2}, {5, 1}}, .edges = {{0, 1, {100, 100}}}});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->place, (std::vector<size_t>{1, 1}));
}

TEST(Assignment, AHugeTangle_EndsWithAnAnswerThatSaysItIsNotProven) {
  std::mt19937_64 random(7);
  const AssignmentProblem problem =
      random_problem(random, {.tasks = 40, .places = 10, .edge_chance = 0.9, .measure = Measure::kSum});
  const auto answer = assign(problem);
  ASSERT_TRUE(answer.has_value());
  EXPECT_FALSE(answer->proven);
  EXPECT_LT(answer->value, kImpossible);
}

}  // namespace
}  // namespace sky::optimizer
