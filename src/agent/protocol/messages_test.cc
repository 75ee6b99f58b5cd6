#include "agent/protocol/messages.h"

#include <gtest/gtest.h>

#include "agent/protocol/rank.h"

namespace sky::agent {
namespace {

auto full_spec() -> JobSpec {
  JobSpec spec;
  spec.name = "train";
  spec.user = "ada";
  spec.task_id = "sky-2026-11-25-10-00-00-000001";
  spec.num_nodes = 4;
  spec.cpus_per_node = 2.5;
  spec.accelerator = "H100";
  spec.gpus_per_node = 0.5;
  spec.setup = "pip install x";
  spec.run = "echo \"ü\"\n";
  spec.envs = {{"A", "1"}, {"EMPTY", ""}};
  spec.secrets = {{"TOKEN", Secret("s3cret")}};
  spec.cluster = {"dev", "local", "local", ""};
  spec.resources = "4x[H100:0.5]";
  spec.git_commit = "abc";
  return spec;
}

// Through text, as on the wire.
auto reread(const Json& json) -> Json {
  return parse_json(to_json_text(json)).value();
}

TEST(JobSpec, WrittenAndRead_IsTheSame) {
  const JobSpec spec = full_spec();
  EXPECT_EQ(job_spec_from_json(reread(to_json(spec, SecretsAs::kRevealed))).value(), spec);
}

TEST(JobSpec, SecretsOmitted_AppearNowhere) {
  const std::string text = to_json_text(to_json(full_spec(), SecretsAs::kOmitted));
  EXPECT_EQ(text.find("s3cret"), std::string::npos);
  EXPECT_EQ(text.find("TOKEN"), std::string::npos);
}

TEST(JobSpec, MissingField_IsNamed) {
  Json json = to_json(full_spec(), SecretsAs::kRevealed);
  json.as_object().erase("setup");
  EXPECT_EQ(job_spec_from_json(json).error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(job_spec_from_json(json).error().message.find("/setup"), std::string::npos);
}

TEST(JobSpec, NoNodesOrNegativeResources_IsRefused) {
  Json json = to_json(full_spec(), SecretsAs::kRevealed);
  json.as_object()["num_nodes"] = 0;
  EXPECT_FALSE(job_spec_from_json(json).ok());
  json.as_object()["num_nodes"] = 1;
  json.as_object()["gpus_per_node"] = -1.0;
  EXPECT_FALSE(job_spec_from_json(json).ok());
}

TEST(JobSpec, UnknownField_IsIgnored) {
  Json json = to_json(full_spec(), SecretsAs::kRevealed);
  json.as_object()["from_the_future"] = 1;
  EXPECT_EQ(job_spec_from_json(json).value(), full_spec());
}

TEST(JobView, WrittenAndRead_IsTheSame) {
  JobView view;
  view.id = JobId(7);
  view.name = "x";
  view.log_path = "sky_logs/7-x";
  view.status = JobStatus::kFailed;
  view.reason = "r";
  view.submitted_at = 1.5;
  view.ended_at = 2.25;
  view.exit_codes = {1, 137};
  EXPECT_EQ(job_view_from_json(reread(to_json(view))).value(), view);
}

TEST(Hello, WrittenAndRead_IsTheSame) {
  Hello hello = own_hello(ServerId("0a1b2c3d"), "dev", 2);
  hello.key = Secret("k");
  hello.facts = NodeFacts{"10.0.0.2", "boot", 2.5, {0, 3}};
  EXPECT_EQ(hello_from_json(reread(to_json(hello))).value(), hello);
}

TEST(End, Error_KeepsCodeMessageHintAndDetails) {
  Error error = make_error(ErrorCode::kJobNotFound, "no job 3", "sky queue");
  error.details["job_id"] = "3";
  const Result<Json> back = end_from_json(reread(end_to_json(error)));
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, ErrorCode::kJobNotFound);
  EXPECT_EQ(to_string(back.error()), to_string(error));
  EXPECT_EQ(back.error().details.at("job_id"), "3");
}

TEST(End, UnknownCode_IsInternal) {
  const Json json = parse_json(R"({"error":{"code":"NEW","message":"m","hint":"","details":{}}})").value();
  EXPECT_EQ(end_from_json(json).error().code, ErrorCode::kInternal);
}

TEST(Autostop, EveryWaitFor_ReadsBack) {
  for (const WaitFor wait_for : {WaitFor::kJobsAndSsh, WaitFor::kJobs, WaitFor::kNone}) {
    const AutostopSpec spec{.idle_minutes = 5, .down = true, .wait_for = wait_for, .hook = "date"};
    EXPECT_EQ(autostop_from_json(reread(to_json(spec))).value(), spec);
  }
  Json json = to_json(AutostopSpec{});
  json.as_object()["wait_for"] = "godot";
  EXPECT_EQ(autostop_from_json(json).error().message, "/wait_for: expected jobs_and_ssh, jobs or none, found 'godot'");
}

TEST(Requests, WrittenAndRead_AreTheSame) {
  const SubmitRequest submit = submit_from_json(reread(to_json(SubmitRequest{"k", full_spec()}))).value();
  EXPECT_EQ(submit.key, "k");
  EXPECT_EQ(submit.spec, full_spec());
  const JobsRequest jobs = jobs_from_json(reread(cancel_to_json({{JobId(1), JobId(5)}, false}))).value();
  EXPECT_EQ(jobs.ids, (std::vector<JobId>{JobId(1), JobId(5)}));
  TailRequest tail{.job = JobId(2), .offset = 1ULL << 40U, .tail_lines = 10, .follow = false};
  const TailRequest back = tail_from_json(reread(to_json(tail))).value();
  EXPECT_EQ(back.offset, tail.offset);
  EXPECT_EQ(back.tail_lines, 10);
  EXPECT_FALSE(back.follow);
}

TEST(Event, EveryKind_ReadsBack) {
  JobView job;
  job.id = JobId(3);
  const std::vector<Event> events{
      {.kind = Event::Kind::kJob, .job = job},
      {.kind = Event::Kind::kAutostopFired, .autostop = {.idle_minutes = 1}},
      {.kind = Event::Kind::kAutostopReady, .autostop = {.idle_minutes = 1, .down = true}},
      {.kind = Event::Kind::kNodeSilent, .node = 2, .text = "no answer"},
      {.kind = Event::Kind::kNodeBack, .node = 2},
  };
  for (const Event& event : events) EXPECT_EQ(event_from_json(reread(to_json(event))).value(), event);
  EXPECT_FALSE(event_from_json(parse_json(R"({"event":"other"})").value()).ok());
}

TEST(Rank, SpecExitAndOutput_ReadBack) {
  const RankKey key{JobId(3), 2, Phase::kSetup, 1};
  EXPECT_EQ(to_string(key), "3/2/setup-1");
  const RankSpec spec{key, "boot", "sky_logs/3-x/tasks/setup", "true", {{"A", Secret("b")}}};
  EXPECT_EQ(rank_spec_from_json(reread(to_json(spec))).value(), spec);
  EXPECT_EQ(rank_exit_from_json(reread(to_json(RankExit{137, true, true, "", 12}))).value(),
            (RankExit{137, true, true, "", 12}));
  const RankExit lost = rank_exit_from_json(reread(to_json(RankExit{{}, false, false, "gone", 0}))).value();
  EXPECT_TRUE(lost.lost());
  EXPECT_EQ(lost.detail, "gone");
  EXPECT_EQ(output_from_json(reread(to_json(OutputRequest{key, "p", 9}))).value().offset, 9U);
  Json bad = to_json(key);
  bad.as_object()["phase"] = "later";
  EXPECT_EQ(rank_key_from_json(bad).error().message, "/key/phase: expected setup or run, found 'later'");
}

}  // namespace
}  // namespace sky::agent
