#include "api/bodies.h"

#include "api/testdata_test.h"

namespace sky::api {
namespace {

// Bodies as the stock client sends them (recorded in testdata/stock).
template <class Body>
auto recorded(const std::string& name) -> Body {
  const auto json = parse_json(read_testdata("stock/body_" + name + ".json"));
  EXPECT_TRUE(json.ok());
  auto body = decode_body<Body>(*json);
  if (!body.ok()) ADD_FAILURE() << name << ": " << body.error().message;
  return std::move(body).value_or(Body{});
}

template <class Body>
void expect_round_trip(const std::string& name) {
  const Body body = recorded<Body>(name);
  const JsonObject encoded = encode_body(body);
  const auto again = decode_body<Body>(Json(encoded));
  ASSERT_TRUE(again.ok()) << name << ": " << again.error().message;
  EXPECT_EQ(to_json_text(Json(encoded)), to_json_text(Json(encode_body(*again)))) << name;
  EXPECT_EQ(body.user_id(), "a1b2c3d4") << name;
}

TEST(Bodies, RecordedOnes_RoundTrip) {
  expect_round_trip<LaunchBody>("launch");
  expect_round_trip<ExecBody>("exec");
  expect_round_trip<StartBody>("start");
  expect_round_trip<StopOrDownBody>("stop");
  expect_round_trip<AutostopBody>("autostop");
  expect_round_trip<StatusBody>("status");
  expect_round_trip<QueueBody>("queue");
  expect_round_trip<JobStatusBody>("job_status");
  expect_round_trip<CancelBody>("cancel");
  expect_round_trip<LogsBody>("logs");
  expect_round_trip<DownloadLogsBody>("download_logs");
  expect_round_trip<ProvisionLogsBody>("provision_logs");
  expect_round_trip<HookLogsBody>("hook_logs");
  expect_round_trip<EndpointsBody>("endpoints");
  expect_round_trip<CostReportBody>("cost_report");
  expect_round_trip<ClusterEventsBody>("cluster_events");
  expect_round_trip<ValidateBody>("validate");
  expect_round_trip<OptimizeBody>("optimize");
  expect_round_trip<CheckBody>("check");
  expect_round_trip<SshPoolsBody>("ssh_up");
  expect_round_trip<ApiCancelBody>("api_cancel");
  expect_round_trip<StorageBody>("storage_delete");
  expect_round_trip<VolumeDeleteBody>("volumes_delete");
}

TEST(Bodies, RecordedLaunch_DecodesEveryField) {
  const auto body = recorded<LaunchBody>("launch");
  EXPECT_EQ(body.task, "name: train\nrun: echo hi\n");
  EXPECT_EQ(body.cluster_name, "train");
  EXPECT_EQ(body.idle_minutes_to_autostop, 10);
  EXPECT_TRUE(body.down);
  EXPECT_TRUE(body.include_credentials);
  EXPECT_EQ(body.optimize_target, OptimizeTarget::kCost);
  EXPECT_EQ(body.user_name(), "ada");
  EXPECT_EQ(body.entrypoint_command, "sky launch -c train task.yaml");
  EXPECT_TRUE(body.override_skypilot_config.contains("jobs"));
}

TEST(Bodies, RecordedWords_BecomeEnums) {
  EXPECT_EQ(recorded<StartBody>("start").wait_for, WaitFor::kJobsAndSsh);
  EXPECT_EQ(recorded<AutostopBody>("autostop").wait_for, WaitFor::kNone);
  EXPECT_EQ(recorded<AutostopBody>("autostop").hook_timeout_seconds, 60);
  EXPECT_EQ(recorded<StatusBody>("status").refresh, RefreshMode::kForce);
  EXPECT_EQ(recorded<OptimizeBody>("optimize").minimize, OptimizeTarget::kTime);
  EXPECT_EQ(recorded<EndpointsBody>("endpoints").port, "8080");
  EXPECT_EQ(recorded<CancelBody>("cancel").job_ids, std::nullopt);
  EXPECT_EQ(recorded<JobStatusBody>("job_status").job_ids, (std::vector<std::int64_t>{1, 2}));
}

auto error_of(Result<LaunchBody> body) -> std::string {
  return body.ok() ? "" : body.error().message;
}
auto launch_error(std::string_view text) -> std::string {
  return error_of(decode_body<LaunchBody>(*parse_json(text)));
}

TEST(Bodies, WrongInput_NamesThePlace) {
  EXPECT_EQ(launch_error(R"({"cluster_name":"c"})"), "/task: missing");
  EXPECT_EQ(launch_error(R"({"task":7,"cluster_name":"c"})"), "/task: expected a string, found 7");
  EXPECT_EQ(launch_error(R"({"task":"","cluster_name":"c","down":"yes"})"),
            "/down: expected true or false, found \"yes\"");
  EXPECT_EQ(launch_error(R"({"task":"","cluster_name":"c","idle_minutes_to_autostop":"5"})"),
            "/idle_minutes_to_autostop: expected an integer, found \"5\"");
  EXPECT_EQ(launch_error(R"({"task":"","cluster_name":"c","env_vars":{"A":1}})"),
            "/env_vars/A: expected a string, found 1");
  EXPECT_EQ(launch_error(R"({"task":"","cluster_name":"c","wait_for":"never"})"), "/wait_for: unknown word 'never'");
  EXPECT_NE(launch_error("[]"), "");
}

TEST(Bodies, UnknownKeysAndNulls_AreAccepted) {
  const auto body = decode_body<LaunchBody>(
      *parse_json(R"({"task":"t","cluster_name":"c","new_thing":[1],"down":null,"optimize_target":1})"));
  ASSERT_TRUE(body.ok());
  EXPECT_FALSE(body->down);
  EXPECT_EQ(body->optimize_target, OptimizeTarget::kTime);
}

TEST(StripCredentials, MixedEnvironment_KeepsOnlyHarmlessSkypilotVariables) {
  PlainBody body;
  body.env_vars = {{"SKYPILOT_USER", "ada"},
                   {"SKYPILOT_SERVICE_ACCOUNT_TOKEN", "sky_x"},
                   {"SKYPILOT_DB_CONNECTION_URI", "postgresql://u:p@h/d"},
                   {"SKYPILOT_API_SERVER_ENDPOINT", "https://user:pw@host:1/x?a@b"},
                   {"AWS_SECRET_ACCESS_KEY", "s"},
                   {"KUBECONFIG", "/home/ada/.kube/config"}};
  strip_credentials(body);
  EXPECT_EQ(body.env_vars, (std::map<std::string, std::string>{{"SKYPILOT_API_SERVER_ENDPOINT", "https://host:1/x?a@b"},
                                                               {"SKYPILOT_USER", "ada"}}));
}

}  // namespace
}  // namespace sky::api
