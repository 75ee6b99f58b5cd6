// What commands say before, or without, any server: rules between options, task files, configuration.
#include <gtest/gtest.h>

#include "cli/fake_environment_test.h"
#include "cli/run.h"
#include "format/json.h"

namespace sky::cli {
namespace {

// A user with an id, so that nothing is written to a real home; the API server is a port that nobody listens on.
auto make_env() -> FakeCliEnvironment {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/alice"}, {"SKYPILOT_USER", "alice"}, {"SKYPILOT_USER_ID", "0a1b2c3d"}};
  return env;
}

void use_absent_remote(FakeCliEnvironment& env) {
  env.variables["SKYPILOT_API_SERVER_ENDPOINT"] = "http://127.0.0.1:1";
}

auto run(FakeCliEnvironment& env, const std::vector<std::string>& args) -> int {
  return run_cli(args, env);
}

struct WrongUsage {
  std::vector<std::string> args;
  std::string message;  // the last line of standard error
};

TEST(Usage, OptionsThatExcludeEachOther_AreRefusedBeforeAnythingIsAsked) {
  const std::vector<WrongUsage> cases = {
      {{"exec"}, "Missing argument '[CLUSTER]' and '[ENTRYPOINT]...'"},
      {{"exec", "c"}, "Missing argument '[ENTRYPOINT]...'"},
      {{"launch", "--resize"}, "--resize requires -c/--cluster to specify an existing cluster."},
      {{"logs"}, "Missing argument 'CLUSTER'."},
      {{"logs", "c", "1", "2"},
       "Cannot stream logs of multiple jobs (IDs: 1, 2).\nPass -s/--sync-down to download the logs instead."},
      {{"logs", "c", "x"}, "Invalid job ID x. Job ID must be integers."},
      {{"logs", "c", "--worker", "1"}, "--worker can only be used with --provision."},
      {{"logs", "c", "--provision", "--worker", "0"}, "--worker must be a positive integer."},
      {{"logs", "c", "--provision", "--status"},
       "--provision cannot be combined with job log options (--sync-down/--status/job IDs)."},
      {{"logs", "c", "-s", "--status"},
       "Both --sync_down and --status are specified (ambiguous). To fix: specify at most one of them."},
      {{"logs", "c", "--hook", "boot"}, "Invalid value for --hook: 'boot' is not one of 'stop', 'preemption', 'down'."},
      {{"logs", "c", "--hook", "stop", "--provision"}, "--provision and --hook cannot be used together."},
      {{"autostop", "c", "-i", "3", "--cancel"},
       "Only one of --idle-minutes and --cancel should be specified. cancel: True, idle_minutes: 3"},
      {{"start", "--down"}, "--idle-minutes-to-autostop must be set if --down is set."},
      {{"storage", "delete"}, "Either --all or a name must be specified."},
      {{"storage", "delete", "-a", "x"}, "Either --all or a name must be specified."},
      {{"volumes", "delete"}, "Either --all or a name must be specified."},
      {{"api", "logs"}, "Invalid value: Please provide the request ID or log path."},
      {{"api", "logs", "1", "-l", "x"}, "Invalid value: Only one of request ID and log path can be provided."},
      {{"api", "cancel"}, "Name the requests to cancel, or use --all for all of yours."},
      {{"status", "--config", "nonsense"},
       "Invalid config override: ['nonsense']. Check if config file exists or if the dotlist is formatted as: "
       "key1=value1,key2=value2.\nDetails: Invalid config override: nonsense. Please use the format: key=value"},
  };
  for (const WrongUsage& wrong : cases) {
    FakeCliEnvironment env = make_env();
    EXPECT_EQ(run(env, wrong.args), 2) << wrong.message;
    EXPECT_TRUE(env.err().ends_with("\n\nError: " + wrong.message + "\n")) << env.err();
    EXPECT_EQ(env.out(), "");
  }
}

TEST(Lifecycle, WithoutClusters_SaysHowToNameThem) {
  for (const std::string command : {"stop", "down", "autostop"}) {
    FakeCliEnvironment env = make_env();
    EXPECT_EQ(run(env, {command}), 2);
    EXPECT_TRUE(env.err().contains("`sky " + command + "` requires either a cluster name or glob")) << env.err();
  }
}

TEST(Status, PropertyOfNoCluster_ExitsOneAndSaysHow) {
  FakeCliEnvironment env = make_env();
  EXPECT_EQ(run(env, {"status", "--ip"}), 1);
  EXPECT_EQ(env.err(),
            "Error: No cluster specified. Please specify an existing cluster to show its IP address.\n"
            "Usage: `sky status --ip <cluster>`\n");
}

TEST(Launch, WrongTaskFile_NamesFieldAndPlace) {
  FakeCliEnvironment env = make_env();
  env.files["t.yaml"] = "nme: x\n";
  EXPECT_EQ(run(env, {"launch", "-y", "t.yaml"}), 1);
  EXPECT_EQ(env.out(), "YAML to run: t.yaml\n");
  EXPECT_EQ(env.err(), "Error: Invalid task YAML: Instead of 'nme', did you mean 'name'?\n  --> t.yaml:1:1\n");
}

TEST(Task, Show_PrintsTheNormalForm) {
  FakeCliEnvironment env = make_env();
  env.files["/home/alice/project/t.yaml"] = "resources: {cpus: 4+, image_id: ami-1}\nsecrets: {A: x}\nrun: a\n";
  EXPECT_EQ(run(env, {"task", "show", "t.yaml"}), 0);
  EXPECT_EQ(env.out(),
            "resources:\n  cpus: 4+\n  image_id: ami-1\nnum_nodes: 1\nrun: a\nsecrets:\n  A: x\nfile_mounts: {}\n"
            "volumes: {}\n");
  EXPECT_EQ(env.err(), "");
}

TEST(Task, ShowAsJson_IsAnArrayOfTasks) {
  FakeCliEnvironment env = make_env();
  env.files["/dev/stdin"] = "name: p\n---\nrun: a\n---\nresources: {image_id: x}\n";
  EXPECT_EQ(run(env, {"task", "show", "-o", "json", "-"}), 0);
  const auto shown = parse_json(env.out());
  ASSERT_TRUE(shown.ok()) << env.out();
  ASSERT_EQ(shown->as_array().size(), 2U);
  EXPECT_EQ(shown->at(0).at("run"), Json("a"));
  EXPECT_EQ(shown->at(1).at("resources"), Json({{"image_id", {{"null", "x"}}}}));
}

TEST(Task, ShowOfAWrongFile_NamesTheFirstMistakeAndItsPlace) {
  FakeCliEnvironment env = make_env();
  env.files["/home/alice/project/t.yaml"] = "run: a\nnum_nodes: 0\nresources: {cpus: x}\n";
  EXPECT_EQ(run(env, {"task", "show", "t.yaml"}), 1);
  EXPECT_EQ(env.out(), "");
  EXPECT_EQ(env.err(), "Error: num_nodes should be a positive int. Got: 0\n  --> t.yaml:2:12\n");
}

TEST(Task, Validate_ListsAllMistakesOfAllFiles) {
  FakeCliEnvironment env = make_env();
  env.files["/home/alice/project/good.yaml"] = "run: a\n";
  env.files["/home/alice/project/bad.yaml"] = "name: -x\nnum_nodes: 0\n";
  EXPECT_EQ(run(env, {"task", "validate", "good.yaml", "bad.yaml", "gone.yaml"}), 1);
  EXPECT_EQ(env.out(), "good.yaml: ok\n");
  EXPECT_TRUE(
      env.err().contains("  --> bad.yaml:1:7\nError: num_nodes should be a positive int. Got: 0\n"
                         "  --> bad.yaml:2:12\n"
                         "Error: gone.yaml: there is no such file\n"))
      << env.err();
}

TEST(Task, Schema_IsJson) {
  FakeCliEnvironment env = make_env();
  EXPECT_EQ(run(env, {"task", "schema"}), 0);
  EXPECT_TRUE(parse_json(env.out()).ok());
}

TEST(Launch, SeveralDocuments_AreAUsageErrorOfBothCommands) {
  FakeCliEnvironment env = make_env();
  env.files["t.yaml"] = "run: a\n---\nrun: b\n";
  EXPECT_EQ(run(env, {"launch", "-y", "t.yaml"}), 2);
  EXPECT_TRUE(env.err().contains("only supported by `sky jobs launch`")) << env.err();
  EXPECT_EQ(run(env, {"exec", "c", "t.yaml"}), 2);
  EXPECT_TRUE(env.err().contains("YAML specifies a DAG, while `sky exec` supports a single task only.")) << env.err();
}

TEST(Launch, BrokenTaskFileWithoutAnswer_AsksAndAborts) {
  FakeCliEnvironment env = make_env();
  env.files["t.yaml"] = "a: [\n";
  EXPECT_EQ(run(env, {"launch", "t.yaml"}), 1);
  EXPECT_TRUE(env.out().starts_with("'t.yaml' looks like a yaml path but contains an invalid configuration."))
      << env.out();
  EXPECT_TRUE(env.out().ends_with("Continue? [y/N]: ")) << env.out();
  EXPECT_EQ(env.err(), "Aborted!\n");
}

TEST(Launch, BrokenTaskFileWithYes_IsAnErrorThatNamesThePlace) {
  FakeCliEnvironment env = make_env();
  env.files["t.yaml"] = "a: [\n";
  EXPECT_EQ(run(env, {"launch", "-y", "t.yaml"}), 1);
  EXPECT_EQ(env.out(), "");
  EXPECT_TRUE(env.err().starts_with("Error: 't.yaml' contains an invalid configuration.")) << env.err();
  EXPECT_TRUE(env.err().contains("YAML Error: t.yaml:2:1: ")) << env.err();
}

TEST(Launch, MissingSourceOfAMount_IsToldBeforeTheServerIsAsked) {
  FakeCliEnvironment env = make_env();
  env.files["t.yaml"] = "file_mounts:\n  ~/x: ./gone\nrun: a\n";
  EXPECT_EQ(run(env, {"launch", "-y", "t.yaml"}), 1);
  EXPECT_TRUE(env.err().contains("'./gone' does not exist locally")) << env.err();
}

TEST(Launch, WrongClusterName_IsToldBeforeTheServerIsAsked) {
  FakeCliEnvironment env = make_env();
  EXPECT_EQ(run(env, {"launch", "-c", "a b", "true"}), 1);
  EXPECT_TRUE(env.err().starts_with("Error: Cluster name \"a b\" is invalid")) << env.err();
}

TEST(Launch, AbsentRemoteServer_SaysWhichOneExitsOne) {
  FakeCliEnvironment env = make_env();
  use_absent_remote(env);
  EXPECT_EQ(run(env, {"launch", "-y", "-c", "c", "echo", "a b"}), 1);
  EXPECT_EQ(env.out(), "Command to run: echo a b\nRunning on cluster: c\n");
  EXPECT_TRUE(env.err().starts_with("Error: Could not connect to SkyPilot API server at http://127.0.0.1:1: "))
      << env.err();
}

TEST(Exec, MachineOptions_AreIgnoredAloud) {
  FakeCliEnvironment env = make_env();
  use_absent_remote(env);
  EXPECT_EQ(run(env, {"exec", "c", "--cpus", "4", "true"}), 1);
  EXPECT_EQ(env.out(), "Command to run: true\nOverride param cpus=4 is ignored.\nSubmitting job to cluster: c\n");
}

TEST(ApiInfo, NobodyListens_ReportsAndStartsNothing) {
  FakeCliEnvironment env = make_env();
  env.variables["SKYPILOT_API_SERVER_LOCAL_PORT"] = "1";
  env.variables["SKY_SERVER_PROGRAM"] = "/nonexistent/sky-server";
  EXPECT_EQ(run(env, {"api", "info"}), 0);
  EXPECT_TRUE(env.out().contains("No SkyPilot API server is connected\n")) << env.out();
  FakeCliEnvironment json = make_env();
  json.variables = env.variables;
  EXPECT_EQ(run(json, {"api", "info", "-o", "json"}), 0);
  EXPECT_EQ(json.out(), "{}\n");
}

TEST(LocalPort, NoNumber_IsOneSentence) {
  FakeCliEnvironment env = make_env();
  env.variables["SKYPILOT_API_SERVER_LOCAL_PORT"] = "abc";
  EXPECT_EQ(run(env, {"status"}), 1);
  EXPECT_EQ(env.err(), "Error: SKYPILOT_API_SERVER_LOCAL_PORT must be a port number from 1 to 65535, found 'abc'\n");
}

TEST(ApiStart, RemoteEndpoint_IsRefused) {
  FakeCliEnvironment env = make_env();
  use_absent_remote(env);
  EXPECT_EQ(run(env, {"api", "start"}), 1);
  EXPECT_TRUE(env.err().contains("server endpoint is set to http://127.0.0.1:1.")) << env.err();
}

TEST(ApiLogin, WrongUrl_IsAUsageError) {
  FakeCliEnvironment env = make_env();
  env.input = {"example.com"};
  EXPECT_EQ(run(env, {"api", "login"}), 2);
  EXPECT_EQ(env.out(), "Enter your SkyPilot API server endpoint: ");
}

TEST(ApiLogin, UnreachableServer_LeavesTheConfiguration) {
  FakeCliEnvironment env = make_env();
  EXPECT_EQ(run(env, {"api", "login", "-e", "http://127.0.0.1:1"}), 1);
  EXPECT_TRUE(env.err().starts_with("Error: Failed to connect to API server at http://127.0.0.1:1: ")) << env.err();
  EXPECT_TRUE(env.files.empty());
}

TEST(ApiLogout, ConfiguredEndpoint_IsRemovedAndTheRestStays) {
  FakeCliEnvironment env = make_env();
  const std::string path = "/home/alice/.sky/config.yaml";
  env.files[path] = "api_server:\n  endpoint: http://x:1\nallowed_clouds: [aws]\n";
  EXPECT_EQ(run(env, {"api", "logout"}), 0);
  EXPECT_EQ(env.out(), "Logged out of SkyPilot API server.\n");
  EXPECT_EQ(env.files[path], "allowed_clouds:\n- aws\n");
  EXPECT_EQ(run(env, {"api", "logout"}), 1);
  EXPECT_EQ(env.err(), "Error: Local api server cannot be logged out. Use `sky api stop` instead.\n");
}

TEST(Config, WrongUserFile_NamesTheFile) {
  FakeCliEnvironment env = make_env();
  env.files["/home/alice/.sky/config.yaml"] = "nonsense: 1\n";
  EXPECT_EQ(run(env, {"status"}), 1);
  EXPECT_TRUE(env.err().contains("/home/alice/.sky/config.yaml")) << env.err();
}

}  // namespace
}  // namespace sky::cli
