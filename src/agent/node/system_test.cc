// The real program: nodes in temporary homes, driven over their sockets as a server does.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "agent/node/rank_files.h"
#include "agent/node/supervise.h"
#include "agent/protocol/mux.h"
#include "async/asio_loop.h"
#include "base/strings.h"
#include "net/socket.h"
#include "os/process.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPatience = seconds(60);

auto refuse(Channel&) -> Task<Result<Json>> {
  co_return make_error(ErrorCode::kNotSupported, "nothing is served here");
}

struct Tail {
  std::string text;
  std::string status;
};

// A cluster of nodes on this machine, and one connection to its head.
class AgentSystem : public testing::Test {
 protected:
  AgentSystem() : dir_(os::TempDir::make().value()) {}
  ~AgentSystem() override {
    for (int node = 0; node < node_count_; ++node) agent(node, {"stop"});
    for (int node = 0; node < node_count_; ++node)
      EXPECT_TRUE(os::find_by_environment(kNodeMark, id(node).mark()).empty());
  }

  auto id(int node) const -> NodeId {
    return {.home = fmt::format("{}/n{}", dir_.path(), node),
            .server = ServerId("0a1b2c3d"),
            .cluster = cluster_,
            .node = node};
  }
  void agent(int node, std::vector<std::string> face) {
    std::vector<std::string> argv{SKY_AGENT_PATH};
    argv.insert(argv.end(), face.begin(), face.end());
    for (std::string& arg : id(node).as_args()) argv.push_back(std::move(arg));
    const Result<os::CommandOutput> output = loop_.run_until_done(
        os::run_command(loop_, {.argv = std::move(argv)}, "", Deadline::after(loop_.now(), kPatience)));
    ASSERT_TRUE(output.ok());
    EXPECT_TRUE(output->status.ok()) << output->err;
  }
  // Of a face that fails: what it says.
  auto agent_error(std::vector<std::string> face) -> std::string {
    std::vector<std::string> argv{SKY_AGENT_PATH};
    argv.insert(argv.end(), face.begin(), face.end());
    for (std::string& arg : id(0).as_args()) argv.push_back(std::move(arg));
    const Result<os::CommandOutput> output = loop_.run_until_done(
        os::run_command(loop_, {.argv = std::move(argv)}, "", Deadline::after(loop_.now(), kPatience)));
    EXPECT_TRUE(output.ok() && !output->status.ok());
    return output.ok() ? output->err : std::string();
  }
  // The port is the kernel's choice, freed for the head a moment later.
  auto free_port() -> std::uint16_t {
    const auto listener = net::listen_tcp(loop_, "127.77.0.1", 0).value();
    const std::uint16_t port = listener->endpoint().port;
    listener->close();
    return port;
  }
  void start(int nodes, std::vector<std::string> more = {}) {
    node_count_ = nodes;
    const std::string head = fmt::format("127.77.0.1:{}", free_port());
    ASSERT_TRUE(os::write_file_atomic(dir_.file("key"), "secret\n").ok());
    for (int node = 0; node < nodes; ++node) {
      ASSERT_TRUE(os::make_dirs(id(node).home).ok());
      std::vector<std::string> face{"start", "--cpus", "2", "--address", fmt::format("127.77.0.{}", node + 1)};
      if (nodes > 1) face.insert(face.end(), {"--nodes", fmt::format("{}", nodes), "--key-file", dir_.file("key")});
      if (nodes > 1) face.insert(face.end(), {node == 0 ? "--listen" : "--head-address", head});
      face.insert(face.end(), more.begin(), more.end());
      agent(node, std::move(face));
    }
  }

  static auto ask_task(async::AsioLoop* loop, NodeId id, Json request, std::string* data) -> Task<Result<Json>> {
    const Deadline deadline = Deadline::after(loop->now(), kPatience);
    SKY_CO_TRY(auto connection, co_await net::connect_unix(*loop, id.socket_path(), deadline));
    Mux mux(*loop, std::move(connection), Mux::Side::kDialled);
    const Result<Hello> hello =
        co_await mux.handshake(own_hello(id.server, id.cluster, kServerNode), nullptr, deadline);
    Result<Json> answer = Json(nullptr);
    if (hello.ok()) {
      mux.start(&refuse);
      answer = co_await async::with_deadline(deadline, "an answer", ask_on(&mux, std::move(request), data));
    } else {
      answer = hello.error();
    }
    co_await async::shield(mux.stop());
    co_return answer;
  }
  static auto ask_on(Mux* mux, Json request, std::string* data) -> Task<Result<Json>> {
    SKY_CO_TRY(const std::unique_ptr<Channel> channel, mux->open(request));
    for (;;) {
      SKY_CO_TRY(const std::optional<std::string> piece, co_await channel->read());
      if (!piece) break;
      *data += *piece;
    }
    co_return co_await channel->await_end();
  }
  auto ask(Json request, int node = 0) -> Json {
    std::string data;
    const Result<Json> answer = loop_.run_until_done(ask_task(&loop_, id(node), std::move(request), &data));
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : to_string(answer.error()));
    return answer.ok() ? *answer : Json(nullptr);
  }
  // A restarted agent needs a moment until it answers.
  auto agent_pid(int node, pid_t not_this = 0) -> pid_t {
    for (int i = 0; i < 600; ++i) {
      std::string data;
      const Result<Json> info = loop_.run_until_done(ask_task(&loop_, id(node), JsonObject{{"op", "info"}}, &data));
      if (info.ok()) {
        const auto pid = static_cast<pid_t>(get_int(info->as_object(), "pid").value());
        if (pid != not_this) return pid;
      }
      pause(milliseconds(50));
    }
    ADD_FAILURE() << "the agent of node " << node << " does not answer";
    return 0;
  }
  void pause(Duration span) { static_cast<void>(loop_.run_until_done(async::sleep_for(span))); }

  auto spec(std::string run, int nodes = 1) -> JobSpec {
    JobSpec spec;
    spec.name = "t";
    spec.user = "ada";
    spec.task_id = "sky-2026-11-25-10-00-00-000001";
    spec.num_nodes = nodes;
    spec.run = std::move(run);
    spec.cluster = {cluster_, "local", "local", ""};
    return spec;
  }
  auto submit(JobSpec spec) -> JobId {
    const Json answer = ask(to_json(SubmitRequest{fmt::format("k{}", ++key_count_), std::move(spec)}));
    return JobId(answer.is_object() ? get_int(answer.as_object(), "job_id").value() : 0);
  }
  auto tail(JobId job) -> Tail {
    Tail tail;
    const Result<Json> end =
        loop_.run_until_done(ask_task(&loop_, id(0), to_json(TailRequest{.job = job}), &tail.text));
    EXPECT_TRUE(end.ok()) << (end.ok() ? "" : to_string(end.error()));
    if (end.ok()) tail.status = get_string(end->as_object(), "status").value();
    return tail;
  }
  auto view(JobId job) -> JobView {
    const Json answer = ask(jobs_to_json({.ids = {job}}));
    return job_view_from_json(answer.as_object().at("jobs").as_array().at(0)).value();
  }
  // Until the node's file exists: a job says in this way that it has come to some point.
  void wait_for_file(int node, std::string_view name) {
    for (int i = 0; i < 1200 && !os::file_exists(id(node).home + "/" + std::string(name)); ++i) pause(milliseconds(50));
    ASSERT_TRUE(os::file_exists(id(node).home + "/" + std::string(name))) << name;
  }
  static auto without_head(const std::string& text) -> std::string {
    const std::string_view last = "job will not be killed)\n";
    return text.substr(text.find(last) + last.size());
  }

  async::AsioLoop loop_{1};
  os::TempDir dir_;
  std::string cluster_ = fmt::format("sys{}", getpid());
  int node_count_ = 0;
  int key_count_ = 0;
};

TEST_F(AgentSystem, Job_HasItsExitCodeItsBytesAndItsFiles) {
  start(1);
  const JobId job = submit(spec("echo out; echo err >&2; printf 'half'; exit 3"));
  const Tail end = tail(job);
  EXPECT_EQ(end.status, "FAILED");
  const JobView row = view(job);
  EXPECT_EQ(row.exit_codes, std::vector<int>{3});
  EXPECT_EQ(os::read_file(id(0).home + "/sky_logs/1-t/tasks/run.log").value(), "out\nerr\nhalf");
  EXPECT_EQ(os::read_file(id(0).home + "/sky_logs/1-t/run.log").value(), end.text);
  EXPECT_NE(end.text.find(") half\nERROR: Job 1 failed with return code list: [3]\n"), std::string::npos);
}

TEST_F(AgentSystem, BinaryOutput_IsByteExact) {
  start(1);
  const JobId job = submit(spec(R"(for i in $(seq 1 2000); do printf 'line \001\377 %d\n' $i; done)"));
  EXPECT_EQ(tail(job).status, "SUCCEEDED");
  std::string expected;
  for (int i = 1; i <= 2000; ++i) expected += fmt::format("line \001\xff {}\n", i);
  EXPECT_EQ(os::read_file(id(0).home + "/sky_logs/1-t/tasks/run.log").value(), expected);
}

TEST_F(AgentSystem, Environment_IsTheDocumentedOne) {
  start(1);
  JobSpec with_setup = spec("[ -z \"$SKYPILOT_SETUP_NODE_RANK\" ] && echo \"$A $HOME $PWD $SKYPILOT_TASK_ID $T\"");
  with_setup.setup = "[ -z \"${CUDA_VISIBLE_DEVICES+x}\" ] && echo \"$SKYPILOT_SETUP_NODE_RANK $SKYPILOT_NUM_NODES\"";
  with_setup.envs = {{"A", "b"}};
  with_setup.secrets = {{"T", Secret("hush")}};
  ASSERT_TRUE(os::make_dirs(id(0).home + "/sky_workdir").ok());
  const Tail end = tail(submit(with_setup));
  EXPECT_EQ(end.status, "SUCCEEDED");
  const std::string home = id(0).home;
  EXPECT_NE(end.text.find(
                fmt::format(") b {} {}/sky_workdir sky-2026-11-25-10-00-00-000001_{}_1 hush\n", home, home, cluster_)),
            std::string::npos)
      << end.text;
  EXPECT_NE(end.text.find(") 0 1\n"), std::string::npos) << end.text;
}

TEST_F(AgentSystem, CancelOfAStubbornTree_LeavesNothing) {
  start(1);
  const JobId job =
      submit(spec("trap '' TERM; setsid bash -c 'trap \"\" TERM; touch ~/child; sleep 3600' & sleep 3600"));
  wait_for_file(0, "child");
  ask(cancel_to_json({.ids = {job}}));
  EXPECT_EQ(tail(job).status, "CANCELLED");
  EXPECT_TRUE(os::find_by_environment("SKY_JOB", fmt::format("0a1b2c3d/{}/1/1/0", cluster_)).empty());
}

TEST_F(AgentSystem, KilledAgent_FindsItsJobsAgain) {
  start(1);
  const JobId one = submit(spec("echo a; touch ~/up; until [ -e ~/go ]; do sleep 0.05; done; echo b; exit 7"));
  wait_for_file(0, "up");
  const pid_t before = agent_pid(0);
  kill(before, SIGKILL);
  EXPECT_NE(agent_pid(0, before), before);
  ASSERT_TRUE(os::append_file(id(0).home + "/go", "").ok());
  const Tail end = tail(one);
  EXPECT_EQ(end.status, "FAILED");
  EXPECT_EQ(view(one).exit_codes, std::vector<int>{7});
  EXPECT_EQ(os::read_file(id(0).home + "/sky_logs/1-t/tasks/run.log").value(), "a\nb\n");
}

TEST_F(AgentSystem, AgentAndSupervisorKilled_JobFailsDriverAndItsTreeEnds) {
  start(1);
  const JobId job = submit(spec("touch ~/up; sleep 3600"));
  wait_for_file(0, "up");
  const pid_t before = agent_pid(0);
  for (const os::ProcessId& process : os::find_by_environment(kNodeMark, id(0).mark())) {
    const std::vector<std::string> command = os::read_command_line(process.pid);
    if (command.size() > 1 && (command[1] == "supervise" || command[1] == "run")) kill(process.pid, SIGKILL);
  }
  EXPECT_NE(agent_pid(0, before), before);
  EXPECT_EQ(tail(job).status, "FAILED_DRIVER");
  EXPECT_TRUE(os::find_by_environment("SKY_JOB", fmt::format("0a1b2c3d/{}/1/1/0", cluster_)).empty());
}

// The agent dies while it queues, hands specs over, merges and commits; each script runs once all the same.
TEST_F(AgentSystem, AgentKilledAgainAndAgain_EachJobRunsOnce) {
  constexpr int kJobs = 16;
  start(1);
  JobId last;
  for (int i = 0; i < kJobs; ++i) last = submit(spec("echo $SKYPILOT_INTERNAL_JOB_ID >> ~/ran; echo out"));
  pid_t pid = agent_pid(0);
  for (int kills = 0; kills < 4; ++kills) {
    kill(pid, SIGKILL);
    pid = agent_pid(0, pid);
    pause(milliseconds(30 * kills));
  }
  EXPECT_EQ(tail(last).status, "SUCCEEDED");
  for (int job = 1; job <= kJobs; ++job) {
    const Tail end = tail(JobId(job));
    EXPECT_EQ(end.status, "SUCCEEDED");
    EXPECT_NE(end.text.find(") out\n"), std::string::npos) << end.text;
    EXPECT_EQ(end.text.find(") out\n"), end.text.rfind(") out\n")) << end.text;
  }
  const std::string ran = os::read_file(id(0).home + "/ran").value();
  EXPECT_EQ(std::count(ran.begin(), ran.end(), '\n'), kJobs) << ran;
}

// An agent that is killed while it hands a spec over leaves a part of one.
TEST_F(AgentSystem, PartOfASpec_StartsNothing) {
  start(1);
  const RankKey key{JobId(9), 1, Phase::kRun, 0};
  const std::string whole = to_json_text(to_json(RankSpec{.key = key, .output_base = "out", .script = "touch ~/ran"}));
  std::vector<std::string> argv{SKY_AGENT_PATH, "supervise"};
  for (std::string& arg : id(0).as_args()) argv.push_back(std::move(arg));
  const auto supervise = [&](std::string input) {
    return loop_.run_until_done(
        os::run_command(loop_, {.argv = argv}, std::move(input), Deadline::after(loop_.now(), kPatience)));
  };
  EXPECT_EQ(supervise(whole)->status.code, kSuperviseFailed);
  EXPECT_FALSE(RankFiles(id(0).rank_base(key)).read().value().start);
  EXPECT_FALSE(os::file_exists(id(0).home + "/ran"));
  EXPECT_EQ(supervise(whole + "\n")->status.code, kSuperviseDone);
  EXPECT_EQ(RankFiles(id(0).rank_base(key)).read().value().exit->code, 0);
  EXPECT_TRUE(os::remove_file(id(0).home + "/ran").ok());
  EXPECT_EQ(supervise(whole + "\n")->status.code, kSuperviseHeld);
  EXPECT_FALSE(os::file_exists(id(0).home + "/ran"));
}

// The output's file is a pipe that nobody reads, and the supervisor stands still before it.
TEST_F(AgentSystem, SupervisorKilledBetweenStartRecordAndScript_NothingEverRuns) {
  start(1);
  const std::string output_dir = id(0).home + "/sky_logs/1-t/tasks";
  ASSERT_TRUE(os::make_dirs(output_dir).ok());
  ASSERT_EQ(mkfifo((output_dir + "/run.log").c_str(), 0600), 0);
  const JobId job = submit(spec("touch ~/ran"));
  const RankFiles files(id(0).rank_base(RankKey{job, 1, Phase::kRun, 0}));
  for (int i = 0; i < 1200 && !files.read().value().start; ++i) pause(milliseconds(50));
  ASSERT_TRUE(files.read().value().start);
  EXPECT_FALSE(files.read().value().pid);
  kill(files.read().value().start->supervisor.pid, SIGKILL);
  for (int i = 0; i < 1200 && !is_terminal(view(job).status); ++i) pause(milliseconds(50));
  EXPECT_TRUE(files.read().value().exit->lost());
  EXPECT_EQ(view(job).status, JobStatus::kFailedDriver);
  EXPECT_FALSE(os::file_exists(id(0).home + "/ran"));
}

auto supervisors_of(const NodeId& id) -> std::vector<pid_t> {
  std::vector<pid_t> pids;
  for (const os::ProcessId& process : os::find_by_environment(kNodeMark, id.mark())) {
    const std::vector<std::string> command = os::read_command_line(process.pid);
    if (command.size() > 1 && command[1] == "supervise") pids.push_back(process.pid);
  }
  return pids;
}

TEST_F(AgentSystem, SupervisorThatIsDone_TakesTheNextRankAndEndsWhenThereIsNone) {
  start(1);
  for (int i = 0; i < 6; ++i) submit(spec("echo $PPID >> ~/supervisors; sleep 0.1"));
  const Tail last = tail(submit(spec("echo $PPID >> ~/supervisors")));
  EXPECT_EQ(last.status, "SUCCEEDED");
  const std::string text = os::read_file(id(0).home + "/supervisors").value();
  const std::vector<std::string_view> pids = split(trim(text), '\n');
  EXPECT_EQ(pids.size(), 7U);
  EXPECT_LT(std::set<std::string_view>(pids.begin(), pids.end()).size(), pids.size());
  for (int i = 0; i < 600 && !supervisors_of(id(0)).empty(); ++i) pause(milliseconds(50));
  EXPECT_TRUE(supervisors_of(id(0)).empty());
}

TEST_F(AgentSystem, SupervisorThatWasCancelled_TakesNoOtherRank) {
  start(1);
  const JobId cancelled = submit(spec("echo $PPID > ~/first; touch ~/up; sleep 3600"));
  wait_for_file(0, "up");
  ask(cancel_to_json({.ids = {cancelled}}));
  EXPECT_EQ(tail(cancelled).status, "CANCELLED");
  EXPECT_EQ(tail(submit(spec("echo $PPID > ~/second"))).status, "SUCCEEDED");
  EXPECT_NE(os::read_file(id(0).home + "/first").value(), os::read_file(id(0).home + "/second").value());
}

TEST_F(AgentSystem, FourNodes_OneFailingRankStopsTheOthers) {
  start(4);
  JobSpec gang = spec("echo rank $SKYPILOT_NODE_RANK; [ $SKYPILOT_NODE_RANK = 2 ] && exit 5; sleep 3600", 4);
  gang.setup = "echo setup $SKYPILOT_SETUP_NODE_RANK";
  const JobId job = submit(gang);
  const Tail end = tail(job);
  EXPECT_EQ(end.status, "FAILED");
  EXPECT_EQ(view(job).exit_codes, (std::vector<int>{137, 137, 5, 137}));
  EXPECT_NE(end.text.find("(worker2, rank=2, pid="), std::string::npos) << end.text;
  EXPECT_NE(end.text.find(", ip=127.77.0.4) setup 3\n"), std::string::npos) << end.text;
  EXPECT_TRUE(end.text.ends_with("ERROR: Job 1 failed with return code list: [137, 137, 5, 137]\n")) << end.text;
}

TEST_F(AgentSystem, WorkersAgentKilled_GangGoesOn) {
  start(2);
  const JobId job = submit(spec("touch ~/up; until [ -e ~/go ]; do sleep 0.05; done; echo done", 2));
  wait_for_file(1, "up");
  const pid_t before = agent_pid(1);
  kill(before, SIGKILL);
  EXPECT_NE(agent_pid(1, before), before);
  for (const int node : {0, 1}) ASSERT_TRUE(os::append_file(id(node).home + "/go", "").ok());
  EXPECT_EQ(tail(job).status, "SUCCEEDED");
}

TEST_F(AgentSystem, Autostop_RunsTheHookAndTellsTheWatchers) {
  start(1, {"--autostop-minute-ms", "300"});
  ask(to_json(AutostopSpec{.idle_minutes = 1, .down = true, .wait_for = WaitFor::kJobs, .hook = "echo hooked"}));
  std::string events;
  const Json request = JsonObject{{"op", "watch"}};
  const Result<Json> watched = loop_.run_until_done(async::with_deadline(
      Deadline::after(loop_.now(), seconds(5)), "watching", ask_task(&loop_, id(0), request, &events)));
  EXPECT_EQ(watched.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_NE(events.find("autostop_fired"), std::string::npos) << events;
  EXPECT_NE(events.find("autostop_ready"), std::string::npos) << events;
  EXPECT_EQ(os::read_file(id(0).home + "/.sky/autostop_hook.log").value(), "hooked\n");
}

TEST_F(AgentSystem, NodeKilledAfterAutostopFired_GoesOnStoppingUntilItIsStopped) {
  start(1, {"--autostop-minute-ms", "300"});
  ask(to_json(AutostopSpec{.idle_minutes = 1, .wait_for = WaitFor::kJobs, .hook = "touch ~/hooked; sleep 1"}));
  const auto fired = [this] { return get_bool(ask(JsonObject{{"op", "info"}}).as_object(), "autostop_fired").value(); };
  wait_for_file(0, "hooked");
  EXPECT_TRUE(fired());
  for (const os::ProcessId& process : os::find_by_environment(kNodeMark, id(0).mark())) kill(process.pid, SIGKILL);
  start(1);
  EXPECT_TRUE(fired());
  agent(0, {"stop"});
  start(1);
  EXPECT_FALSE(fired());
  EXPECT_EQ(tail(submit(spec("true"))).status, "SUCCEEDED");
}

TEST_F(AgentSystem, TakenHeadPort_IsNamed) {
  const auto holder = net::listen_tcp(loop_, "127.77.0.1", 0).value();
  const std::string address = fmt::format("127.77.0.1:{}", holder->endpoint().port);
  ASSERT_TRUE(os::write_file_atomic(dir_.file("key"), "secret\n").ok());
  ASSERT_TRUE(os::make_dirs(id(0).home).ok());
  const std::string said = agent_error({"start", "--cpus", "2", "--address", "127.77.0.1", "--nodes", "2", "--key-file",
                                        dir_.file("key"), "--listen", address});
  EXPECT_NE(said.find("cannot listen on " + address + ": Address already in use"), std::string::npos) << said;
}

TEST_F(AgentSystem, StartTwice_FindsTheSameAgent) {
  start(1);
  const pid_t pid = agent_pid(0);
  start(1);
  EXPECT_EQ(agent_pid(0), pid);
}

}  // namespace
}  // namespace sky::agent
