#include "cluster/update.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "cluster/decide.h"
#include "cluster/tables.h"

namespace sky::cluster {
namespace {

auto want_up(const std::string& request) -> WantUp {
  return {.request = request,
          .name = ClusterName("c"),
          .hash = "0123456789abcdef",
          .spec = {.node_count = 2, .shape = {.cpus = 2}, .infra = "local", .ports = {}, .cpus_text = "2"},
          .actor = {.user_id = "u", .user_name = "me", .command = "sky launch"},
          .creation_yaml = "run: x",
          .config_hash = "h",
          .now = 100};
}

auto two_nodes() -> std::vector<infra::NodeRecord> {
  return {{.index = 0, .id = "n0", .home = "/h0", .gpus = {}}, {.index = 1, .id = "n1", .home = "/h1", .gpus = {}}};
}

// Applies the updates in order; each must be allowed.
auto play(std::initializer_list<Update> updates) -> std::optional<ClusterRecord> {
  std::optional<ClusterRecord> record;
  for (const auto& update : updates) {
    const ClusterRecord* current = record ? &*record : nullptr;
    const auto allowed = can_apply(current, update);
    EXPECT_TRUE(allowed.ok()) << to_string(allowed.error());
    record = applied(current, update);
  }
  return record;
}

auto up_cluster() -> ClusterRecord {
  return *play(
      {want_up("r1"), LaunchIntent{.placement = {.infra = "local"}}, NodesMade{two_nodes(), 101}, AgentsReady{102}});
}

TEST(ClusterUpdate, Launch_WalksFromNothingToUp) {
  const ClusterRecord record = up_cluster();
  EXPECT_EQ(record.status, ClusterStatus::kUp);
  EXPECT_EQ(record.goal, Goal::kUp);
  EXPECT_EQ(record.attempt, 1);
  EXPECT_FALSE(record.attempt_open);
  EXPECT_TRUE(record.ever_up);
  ASSERT_EQ(record.usage.size(), 1U);
  EXPECT_FALSE(record.usage[0].end.has_value());
}

TEST(ClusterUpdate, SecondLaunch_JoinsTheFirstsGoal) {
  const auto first = play({want_up("r1")});
  const auto both = play({want_up("r1"), want_up("r2")});
  EXPECT_EQ(both->goal_sequence, first->goal_sequence);
  EXPECT_EQ(both->goal_request, "r1");
}

TEST(ClusterUpdate, DownDuringLaunch_SupersedesIt) {
  const auto record = play({want_up("r1"), LaunchIntent{}, WantGone{.request = "r2", .now = 1}});
  EXPECT_EQ(record->goal, Goal::kGone);
  EXPECT_EQ(record->goal_sequence, 2);
  EXPECT_EQ(can_apply(&*record, want_up("r3")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(can_apply(&*record, LaunchIntent{}).error().code, ErrorCode::kConflict);
}

TEST(ClusterUpdate, GiveUp_OnlyByTheOwnerAndOnlyWhileInit) {
  const auto other = play({want_up("r1"), GiveUp{.request = "r2", .now = 1}});
  EXPECT_EQ(other->goal, Goal::kUp);
  const auto own = play({want_up("r1"), GiveUp{.request = "r1", .now = 1}});
  EXPECT_EQ(own->goal, Goal::kRest);
  EXPECT_EQ(own->status, ClusterStatus::kInit);
  const ClusterRecord up = up_cluster();
  EXPECT_EQ(applied(&up, GiveUp{.request = "r1", .now = 1})->goal, Goal::kUp);
}

TEST(ClusterUpdate, FailedFirstLaunch_RemovesTheRecord) {
  const auto record = play({want_up("r1"), LaunchIntent{}});
  EXPECT_FALSE(applied(&*record, LaunchFailed{.reason = "no", .now = 2}).has_value());
}

TEST(ClusterUpdate, StoppedByItself_FollowsAutodown) {
  ClusterRecord record = up_cluster();
  record = *applied(&record, AutostopChanged{.setting = {.idle_minutes = 5, .down = true}, .now = 1});
  EXPECT_FALSE(record.autostop_sent);
  record = *applied(&record, AutostopFired{.down = true, .now = 2});
  EXPECT_EQ(record.status, ClusterStatus::kAutostopping);
  EXPECT_EQ(can_apply(&record, want_up("r2")).error().code, ErrorCode::kConflict);
  record = *applied(&record, NodesStopped{3});
  EXPECT_EQ(record.goal, Goal::kGone);
  EXPECT_EQ(record.usage[0].end, 3);
}

TEST(ClusterUpdate, AgentsBackAtRest_IsUpAgain) {
  ClusterRecord record = up_cluster();
  record = *applied(&record, NodesLost{.reason = "node 0 is gone", .now = 1});
  EXPECT_EQ(record.status, ClusterStatus::kInit);
  EXPECT_EQ(record.goal, Goal::kRest);
  record = *applied(&record, AgentsReady{2});
  EXPECT_EQ(record.status, ClusterStatus::kUp);
  EXPECT_EQ(record.goal, Goal::kUp);
}

TEST(ClusterUpdate, WrongNodeCount_IsRefusedWithBothFigures) {
  const auto record = play({want_up("r1"), LaunchIntent{}});
  const auto refused = can_apply(&*record, NodesMade{{two_nodes()[0]}, 1});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "cluster 'c' was given 1 nodes (expected 2 nodes)");
}

// Every kind of record, by what it is on its way to.
auto all_states() -> std::vector<std::pair<std::string, std::optional<ClusterRecord>>> {
  const auto planned = play({want_up("r1")});
  const auto launching = play({want_up("r1"), LaunchIntent{}});
  const auto made = play({want_up("r1"), LaunchIntent{}, NodesMade{two_nodes(), 1}});
  const ClusterRecord up = up_cluster();
  const auto fired = applied(&up, AutostopFired{.down = false, .now = 2});
  const auto stopping = applied(&up, WantStopped{.request = "r2", .now = 2, .use = ""});
  const auto stopped = applied(&*stopping, NodesStopped{3});
  return {{"absent", std::nullopt},
          {"planned", planned},
          {"launching", launching},
          {"made", made},
          {"up", up},
          {"autostopping", fired},
          {"stopping", stopping},
          {"autostopped", applied(&*fired, WantStopped{.request = "", .now = 3, .use = ""})},
          {"stopped", stopped},
          {"starting", applied(&*stopped, want_up("r1"))},
          {"resting", applied(&up, NodesLost{.reason = "lost", .now = 2})},
          {"going", applied(&up, WantGone{.request = "r2", .now = 2})}};
}

auto all_updates() -> std::vector<std::pair<std::string, Update>> {
  return {{"WantUp", want_up("r9")},
          {"WantStopped", WantStopped{.request = "r9", .now = 9, .use = ""}},
          {"WantGone", WantGone{.request = "r9", .now = 9}},
          {"GiveUp", GiveUp{.request = "r1", .now = 9}},
          {"LaunchIntent", LaunchIntent{}},
          {"NodesMade", NodesMade{two_nodes(), 9}},
          {"LaunchRetried", LaunchRetried{}},
          {"LaunchFailed", LaunchFailed{.reason = "no", .now = 9}},
          {"Terminated", Terminated{9}},
          {"AgentsReady", AgentsReady{9}},
          {"NodesStopped", NodesStopped{9}},
          {"NodesLost", NodesLost{.reason = "lost", .now = 9}},
          {"AutostopChanged", AutostopChanged{.setting = {.idle_minutes = 5}, .now = 9}},
          {"AutostopConfirmed", AutostopConfirmed{}},
          {"AutostopCleared", AutostopCleared{9}},
          {"AutostopFired", AutostopFired{.down = false, .now = 9}}};
}

// "STATUS/goal" afterwards, "-" when the record goes, "." when the update is refused.
auto outcome(const std::optional<ClusterRecord>& before, const Update& update) -> std::string {
  const ClusterRecord* record = before ? &*before : nullptr;
  if (!can_apply(record, update).ok()) return ".";
  const auto after = applied(record, update);
  return after ? fmt::format("{}/{}", to_string(after->status), to_string(after->goal)) : "-";
}

// Rows: states, in the order of all_states(). Columns: updates, in the order of all_updates().
constexpr std::string_view kTable = R"(
absent       INIT/up    .                     .                  .                 .       .            .                 .         .  .               .               .            .            .                 .                 .
planned      INIT/up    INIT/stopped          INIT/gone          INIT/rest         INIT/up INIT/up      .                 -         -  .               .               INIT/rest    INIT/up      INIT/up           INIT/up           .
launching    INIT/up    INIT/stopped          INIT/gone          INIT/rest         .       INIT/up      INIT/up           -         -  .               .               INIT/rest    INIT/up      INIT/up           INIT/up           .
made         INIT/up    INIT/stopped          INIT/gone          INIT/rest         .       INIT/up      .                 .         -  UP/up           STOPPED/stopped INIT/rest    INIT/up      INIT/up           INIT/up           AUTOSTOPPING/up
up           UP/up      UP/stopped            UP/gone            UP/up             .       INIT/up      .                 .         -  UP/up           STOPPED/stopped INIT/rest    UP/up        UP/up             UP/up             AUTOSTOPPING/up
autostopping .          AUTOSTOPPING/stopped  AUTOSTOPPING/gone  AUTOSTOPPING/up   .       INIT/up      .                 .         -  AUTOSTOPPING/up STOPPED/stopped INIT/rest    .            AUTOSTOPPING/up   UP/up             AUTOSTOPPING/up
stopping     .          UP/stopped            UP/gone            UP/stopped        .       INIT/stopped .                 .         -  .               STOPPED/stopped INIT/stopped UP/stopped   UP/stopped        UP/stopped        .
autostopped  .          AUTOSTOPPING/stopped  AUTOSTOPPING/gone  AUTOSTOPPING/stopped . INIT/stopped    .                 .         -  .               STOPPED/stopped INIT/stopped .            AUTOSTOPPING/stopped UP/stopped     .
stopped      STOPPED/up STOPPED/stopped       STOPPED/gone       STOPPED/stopped   .       INIT/stopped .                 .         -  .               STOPPED/stopped INIT/stopped .            STOPPED/stopped   STOPPED/stopped   .
starting     STOPPED/up STOPPED/stopped       STOPPED/gone       STOPPED/stopped   .       INIT/up      .                 .         -  .               STOPPED/stopped INIT/rest    .            STOPPED/up        STOPPED/up        .
resting      INIT/up    INIT/stopped          INIT/gone          INIT/rest         .       INIT/rest    .                 .         -  UP/up           STOPPED/stopped INIT/rest    INIT/rest    INIT/rest         INIT/rest         .
going        .          .                     UP/gone            UP/gone           .       INIT/gone    .                 .         -  .               STOPPED/gone    INIT/gone    UP/gone      UP/gone           UP/gone           .
)";

auto cells_of(std::string_view line) -> std::vector<std::string_view> {
  std::vector<std::string_view> cells = split(line, ' ');
  std::erase(cells, "");
  return cells;
}

TEST(ClusterUpdate, EveryStateAndUpdate_AsInTheTable) {
  std::vector<std::string_view> lines = split(kTable, '\n');
  std::erase(lines, "");
  const auto states = all_states();
  const auto updates = all_updates();
  ASSERT_EQ(updates.size(), std::variant_size_v<Update>);
  ASSERT_EQ(lines.size(), states.size());
  for (size_t row = 0; row < states.size(); ++row) {
    const std::vector<std::string_view> expected = cells_of(lines[row]);
    ASSERT_EQ(expected.size(), updates.size() + 1) << lines[row];
    ASSERT_EQ(expected[0], states[row].first);
    for (size_t column = 0; column < updates.size(); ++column) {
      EXPECT_EQ(outcome(states[row].second, updates[column].second), expected[column + 1])
          << states[row].first << " x " << updates[column].first;
    }
  }
}

// What can be repeated after a crash changes nothing the second time.
TEST(ClusterUpdate, OutcomesThatAreRepeated_ChangeNothingMore) {
  for (const auto& [state, before] : all_states()) {
    for (const auto& [name, update] : all_updates()) {
      const ClusterRecord* record = before ? &*before : nullptr;
      if (name == "LaunchIntent" || !can_apply(record, update).ok()) continue;
      const auto once = applied(record, update);
      if (!once || !can_apply(&*once, update).ok()) continue;
      EXPECT_EQ(applied(&*once, update), once) << state << " x " << name;
    }
  }
}

TEST(ClusterFits, EachFigure_NamesAskedAndPresent) {
  const ClusterRecord record = up_cluster();
  ClusterSpec wanted = record.spec;
  EXPECT_TRUE(fits(record, wanted).ok());
  wanted.node_count = 3;
  EXPECT_NE(fits(record, wanted).error().message.find("3 nodes asked for, the cluster has 2"), std::string::npos);
  wanted = record.spec;
  wanted.shape.cpus = 4;
  EXPECT_NE(fits(record, wanted).error().message.find("4 CPUs per node asked for, the cluster has 2"),
            std::string::npos);
  wanted = record.spec;
  wanted.shape.accelerator = "H100";
  wanted.shape.accelerator_count = 1;
  EXPECT_NE(fits(record, wanted).error().message.find("no accelerator"), std::string::npos);
  wanted = record.spec;
  wanted.infra = "ssh";
  EXPECT_EQ(fits(record, wanted).error().code, ErrorCode::kResourcesMismatch);
}

TEST(ClusterTables, Record_RoundTripsThroughItsStoredForm) {
  ClusterRecord record = up_cluster();
  record.autostop = {.idle_minutes = 3, .down = true, .wait_for = "none", .hook = "echo 'x'"};
  record.usage.push_back({5, 6});
  const auto decoded = decode_cluster(encode(record));
  ASSERT_TRUE(decoded.ok()) << to_string(decoded.error());
  EXPECT_EQ(*decoded, record);
  EXPECT_EQ(decode_cluster(R"({"status":"NOPE"})").error().message, "/status: unknown word \"NOPE\"");
}

// Every record that updates can reach leads to rest within a few steps when each step succeeds.
TEST(ClusterDecide, EverySucceedingStep_ConvergesToItsGoal) {
  for (const Goal goal : {Goal::kUp, Goal::kStopped, Goal::kGone}) {
    for (const bool with_nodes : {false, true}) {
      std::optional<ClusterRecord> record = with_nodes ? up_cluster() : *play({want_up("r1"), LaunchIntent{}});
      if (goal == Goal::kStopped) record = applied(&*record, WantStopped{.request = "r", .now = 1, .use = ""});
      if (goal == Goal::kGone) record = applied(&*record, WantGone{.request = "r", .now = 1});
      Observation seen{.session_up = with_nodes, .node_states = {}};
      int steps = 0;
      for (; record && steps < 10; ++steps) {
        const Step step = decide(*record, seen);
        if (std::holds_alternative<Rest>(step)) break;
        std::optional<Update> outcome;
        if (std::holds_alternative<Plan>(step)) outcome = LaunchIntent{};
        if (std::holds_alternative<Launch>(step)) outcome = NodesMade{two_nodes(), 2};
        if (std::holds_alternative<StartNodes>(step)) outcome = NodesMade{two_nodes(), 2};
        if (std::holds_alternative<StopNodes>(step)) outcome = NodesStopped{3};
        if (std::holds_alternative<Terminate>(step)) outcome = Terminated{3};
        if (std::holds_alternative<ConnectAgents>(step)) {
          outcome = AgentsReady{3};
          seen.session_up = true;
        }
        ASSERT_TRUE(outcome.has_value()) << step.index();
        ASSERT_TRUE(can_apply(&*record, *outcome).ok());
        record = applied(&*record, *outcome);
      }
      EXPECT_LT(steps, 10);
      if (goal == Goal::kGone) EXPECT_FALSE(record.has_value());
      if (goal == Goal::kUp) EXPECT_EQ(record->status, ClusterStatus::kUp);
      if (goal == Goal::kStopped && with_nodes) EXPECT_EQ(record->status, ClusterStatus::kStopped);
    }
  }
}

TEST(ClusterDecide, SilentHead_AsksTheInfraThenBelievesIt) {
  const ClusterRecord record = up_cluster();
  Observation seen{.session_up = false, .nodes_known = false, .node_states = {}};
  EXPECT_TRUE(std::holds_alternative<ObserveNodes>(decide(record, seen)));
  seen.nodes_known = true;
  seen.node_states = {{.index = 0, .state = infra::NodeState::kRunning},
                      {.index = 1, .state = infra::NodeState::kUnknown}};
  EXPECT_TRUE(std::holds_alternative<Rest>(decide(record, seen)));
  seen.node_states[1].state = infra::NodeState::kGone;
  EXPECT_TRUE(std::holds_alternative<MarkLost>(decide(record, seen)));
  for (auto& node : seen.node_states) node.state = infra::NodeState::kStopped;
  EXPECT_TRUE(std::holds_alternative<MarkStopped>(decide(record, seen)));
}

}  // namespace
}  // namespace sky::cluster
