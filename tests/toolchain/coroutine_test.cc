// Coroutine patterns that a compiler must get right: every object made around a co_await is destroyed exactly once.
//
// The tasks here suspend for real: an await parks the coroutine in a queue and run() resumes it later, so that
// temporaries must survive in the frame.
#include <coroutine>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

// Counts its living copies and notices a second destruction.
class Counted {
 public:
  static inline int alive = 0;

  Counted() : Counted(0) {}
  explicit Counted(int value) : value_(value), self_(this) { ++alive; }
  Counted(const Counted& other) : value_(other.value_), self_(this) { ++alive; }
  Counted(Counted&& other) noexcept : value_(std::exchange(other.value_, -1)), self_(this) { ++alive; }
  auto operator=(const Counted&) -> Counted& = default;
  auto operator=(Counted&& other) noexcept -> Counted& {
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Counted() {
    if (std::exchange(self_, nullptr) != this) std::terminate();
    --alive;
  }
  auto value() const -> int { return value_; }

 private:
  int value_;
  Counted* self_;  // an object that was moved bytewise, or destroyed before, does not point at itself
};

std::deque<std::coroutine_handle<>> ready;

template <class T>
class Task {
 public:
  struct promise_type {
    std::optional<T> value;
    std::coroutine_handle<> continuation = std::noop_coroutine();
    auto get_return_object() -> Task { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    auto initial_suspend() noexcept -> std::suspend_always { return {}; }
    struct Final {
      auto await_ready() noexcept -> bool { return false; }
      auto await_suspend(std::coroutine_handle<promise_type> self) noexcept -> std::coroutine_handle<> {
        return self.promise().continuation;
      }
      void await_resume() noexcept {}
    };
    auto final_suspend() noexcept -> Final { return {}; }
    template <class U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
    void unhandled_exception() { std::terminate(); }
  };

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  auto operator=(Task&&) -> Task& = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }
  auto await_ready() noexcept -> bool { return false; }
  auto await_suspend(std::coroutine_handle<> parent) noexcept -> std::coroutine_handle<> {
    handle_.promise().continuation = parent;
    return handle_;
  }
  auto await_resume() -> T { return std::move(*handle_.promise().value); }

  auto run() -> T {
    ready.push_back(handle_);
    while (!ready.empty()) {
      const auto next = ready.front();
      ready.pop_front();
      next.resume();
    }
    return await_resume();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

// Parks the coroutine until the queue comes to it.
struct Park {
  auto await_ready() noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> self) { ready.push_back(self); }
  void await_resume() noexcept {}
};

struct Pair {
  Counted first;
  int second = 0;
};

auto make(int value) -> Task<Counted> {
  co_await Park();
  co_return Counted(value);
}
auto number(int value) -> Task<int> {
  co_await Park();
  co_return value;
}
auto sum_of_pair(Pair pair) -> Task<int> {
  co_await Park();
  co_return pair.first.value() + pair.second;
}
auto sum_of_vector(std::vector<Counted> values) -> Task<int> {
  co_await Park();
  int sum = 0;
  for (const Counted& value : values) sum += value.value();
  co_return sum;
}
auto sum_of_two(Counted a, Counted b) -> Task<int> {
  co_await Park();
  co_return a.value() + b.value();
}
auto value_of(const Counted& counted) -> int {
  return counted.value();
}

class Coroutine : public testing::Test {
 protected:
  void SetUp() override { Counted::alive = 0; }
  void TearDown() override { EXPECT_EQ(Counted::alive, 0); }
};

auto aggregate_argument() -> Task<int> {
  const int positional = co_await sum_of_pair(Pair{Counted(4), 3});
  const int designated = co_await sum_of_pair({.first = Counted(1), .second = 2});
  const int empty = co_await sum_of_pair({});
  co_return positional * 100 + designated * 10 + empty;
}
TEST_F(Coroutine, AggregateTemporaryAsArgument_DiesOnce) {
  EXPECT_EQ(aggregate_argument().run(), 730);
}

auto await_in_aggregate() -> Task<int> {
  const Pair pair{co_await make(5), 2};
  co_return pair.first.value() * 10 + pair.second;
}
TEST_F(Coroutine, AwaitInsideAggregateInitialiser_DiesOnce) {
  EXPECT_EQ(await_in_aggregate().run(), 52);
}

auto list_argument() -> Task<int> {
  co_return co_await sum_of_vector({Counted(1), Counted(2), Counted(3)});
}
TEST_F(Coroutine, InitializerListToVectorParameter_DiesOnce) {
  EXPECT_EQ(list_argument().run(), 6);
}

auto conditional(bool flag) -> Task<int> {
  const int chosen = flag ? co_await sum_of_pair({Counted(1), 1}) : co_await sum_of_pair({Counted(2), 2});
  co_return chosen;
}
TEST_F(Coroutine, AwaitInConditionalOperator_RunsOneSide) {
  EXPECT_EQ(conditional(true).run(), 2);
  EXPECT_EQ(conditional(false).run(), 4);
}

auto logical(int first) -> Task<bool> {
  const bool both = (co_await number(first)) != 0 && (co_await sum_of_pair({Counted(3), 4})) == 7;
  const bool either = (co_await number(first)) != 0 || (co_await sum_of_pair({Counted(3), 4})) == 7;
  co_return both == (first != 0) && either;
}
TEST_F(Coroutine, AwaitInLogicalOperators_ShortCircuits) {
  EXPECT_TRUE(logical(1).run());
  EXPECT_TRUE(logical(0).run());
}

auto pair_of(int a, int b) -> Task<std::pair<Counted, Counted>> {
  co_await Park();
  co_return std::pair(Counted(a), Counted(b));
}
auto structured_binding() -> Task<int> {
  const auto [a, b] = co_await pair_of(3, 4);
  co_await Park();
  co_return a.value() * 10 + b.value();
}
TEST_F(Coroutine, StructuredBindingOfAwait_LivesToTheEnd) {
  EXPECT_EQ(structured_binding().run(), 34);
}

auto vector_of(int count) -> Task<std::vector<Counted>> {
  std::vector<Counted> values;
  for (int i = 1; i <= count; ++i) values.push_back(co_await make(i));
  co_return values;
}
auto range_for() -> Task<int> {
  int sum = 0;
  for (const Counted& value : co_await vector_of(4)) {
    co_await Park();
    sum += value.value();
  }
  co_return sum;
}
TEST_F(Coroutine, RangeForOverAwait_KeepsTheRange) {
  EXPECT_EQ(range_for().run(), 10);
}

auto conditions() -> Task<int> {
  int turns = 0;
  while (co_await number(turns) < 3) ++turns;
  if (const Counted found = co_await make(turns); found.value() == 3) co_await Park();
  switch (co_await number(turns)) {
    case 3:
      co_return co_await number(33);
    default:
      co_return -1;
  }
}
TEST_F(Coroutine, AwaitInConditions_OfWhileIfAndSwitch) {
  EXPECT_EQ(conditions().run(), 33);
}

auto nested() -> Task<int> {
  co_return co_await sum_of_two(co_await make(co_await number(1)), co_await make(co_await number(2)));
}
TEST_F(Coroutine, NestedAwaitsInArguments_DieOnce) {
  EXPECT_EQ(nested().run(), 3);
}

auto temporary_beside_await() -> Task<int> {
  co_return value_of(Counted(5)) + co_await number(value_of(Counted(6))) + value_of(co_await make(7));
}
TEST_F(Coroutine, TemporariesOfTheSameExpression_SurviveTheSuspension) {
  EXPECT_EQ(temporary_beside_await().run(), 18);
}

auto by_value(Counted a, std::string text) -> Task<int> {
  co_await Park();
  co_return a.value() + static_cast<int>(text.size());
}
TEST_F(Coroutine, ParametersByValue_AreCopiedIntoTheFrame) {
  std::optional<Task<int>> task;
  {
    Counted source(9);
    std::string text(100, 'x');
    task.emplace(by_value(source, text));
  }
  EXPECT_EQ(task->run(), 109);
}

TEST_F(Coroutine, NeverStarted_FreesItsParameters) {
  static_cast<void>(by_value(Counted(1), "never read"));
  EXPECT_EQ(Counted::alive, 0);
}

auto live_lambda() -> Task<int> {
  const Counted captured(8);
  const auto read = [&captured](int more) -> int { return captured.value() + more; };
  const int awaited = co_await number(read(1));
  co_return read(awaited);
}
TEST_F(Coroutine, LambdaOverLocals_SeesThemAfterAwait) {
  EXPECT_EQ(live_lambda().run(), 17);
}

auto static_lambda() -> Task<int> {
  const auto add = [](Counted a, Counted b) -> Task<int> {
    co_await Park();
    co_return a.value() + b.value();
  };
  co_return co_await add(Counted(1), Counted(2));
}
TEST_F(Coroutine, CaptureFreeLambdaCoroutine_OwnsItsParameters) {
  EXPECT_EQ(static_lambda().run(), 3);
}

auto optional_result(bool filled) -> Task<std::optional<Counted>> {
  co_await Park();
  if (!filled) co_return std::nullopt;
  co_return Counted(4);
}
auto use_optional() -> Task<int> {
  int sum = 0;
  if (const auto some = co_await optional_result(true)) sum += some->value();
  if (const auto none = co_await optional_result(false)) sum += 100;
  co_return sum;
}
TEST_F(Coroutine, OptionalResults_MoveOut) {
  EXPECT_EQ(use_optional().run(), 4);
}

auto assign_over() -> Task<int> {
  Counted value(1);
  value = co_await make(2);
  std::tuple<Counted, int> both{co_await make(3), co_await number(4)};
  co_return value.value() * 100 + std::get<0>(both).value() * 10 + std::get<1>(both);
}
TEST_F(Coroutine, AssignmentAndTupleFromAwaits_KeepOneOwner) {
  EXPECT_EQ(assign_over().run(), 234);
}

auto deep(int depth) -> Task<int> {
  if (depth == 0) co_return 0;
  co_return 1 + co_await deep(depth - 1);
}
TEST_F(Coroutine, DeepChain_UnwindsWithoutTheStack) {
  EXPECT_EQ(deep(50'000).run(), 50'000);
}

}  // namespace
