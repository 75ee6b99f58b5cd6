#include "config/config.h"

#include <gtest/gtest.h>

#include "config/config_schema.h"
#include "config/infra_names.h"
#include "config/patterns.h"

namespace sky {
namespace {

auto load_user(std::string_view text) -> std::string {
  const auto config = Config::load({.user = ConfigSource{std::string(text), "/c.yaml"}});
  return config.ok() ? to_json_text(config->root(), JsonStyle::kPython) : config.error().message;
}

TEST(ConfigLoad, LaterLayersWin_MappingsMergeListsReplace) {
  const auto config = Config::load(
      {.server =
           ConfigSource{"allowed_clouds: [aws]\naws: {vpc_name: a, ssh_user: u}\nprovision: {ssh_timeout: 5}", "s"},
       .user = ConfigSource{"allowed_clouds: [gcp, azure]\naws: {vpc_name: b}", "u"},
       .project = ConfigSource{"aws: {use_ssm: yes}", "p"},
       .task = JsonObject{{"gcp", {{"enable_gvnic", true}}}},
       .flags = {"provision.ssh_timeout=9", "aws.labels.team=x", "db=null"}});
  // `db=null` is refused by the schema, so the flags fail as a whole.
  ASSERT_FALSE(config.ok());
  const auto good = Config::load(
      {.server =
           ConfigSource{"allowed_clouds: [aws]\naws: {vpc_name: a, ssh_user: u}\nprovision: {ssh_timeout: 5}", "s"},
       .user = ConfigSource{"allowed_clouds: [gcp, azure]\naws: {vpc_name: b}", "u"},
       .project = ConfigSource{"aws: {use_ssm: yes}", "p"},
       .task = JsonObject{{"gcp", {{"enable_gvnic", true}}}},
       .flags = {"provision.ssh_timeout=9", "aws.labels.team=x"}});
  ASSERT_TRUE(good.ok()) << good.error().message;
  EXPECT_EQ(to_json_text(good->root(), JsonStyle::kPython),
            R"({"allowed_clouds": ["gcp", "azure"], "aws": {"vpc_name": "b", "ssh_user": "u", "use_ssm": true, )"
            R"("labels": {"team": "x"}}, "provision": {"ssh_timeout": 9}, "gcp": {"enable_gvnic": true}})");
}

TEST(ConfigLoad, WrongKeysAndTypes_AreNamed) {
  EXPECT_EQ(load_user("alowed_clouds: [aws]"),
            "Invalid config YAML from (/c.yaml). Error: Instead of 'alowed_clouds', did you mean 'allowed_clouds'?");
  EXPECT_EQ(
      load_user("jobs: {controller: {resources: {cpus: [1]}}}"),
      "Invalid config YAML from (/c.yaml). Error: [1] is not valid under any of the given schemas. Check problematic "
      "field(s): $.jobs.controller.resources.cpus");
  EXPECT_EQ(load_user("api_server: {endpoint: ftp://x}"),
            "Invalid config YAML from (/c.yaml). Error: 'ftp://x' does not match '^https?://.*$'. Check problematic "
            "field(s): $.api_server.endpoint");
  EXPECT_EQ(load_user("kubernetes: {pod_config: {any: [thing]}, custom_metadata: {name: x}}"),
            "Invalid config YAML from (/c.yaml). Error: {'name': 'x'} may not have the field 'name'. Check problematic "
            "field(s): $.kubernetes.custom_metadata");
  EXPECT_EQ(load_user("allowed_clouds:\n"),
            "Invalid config YAML from (/c.yaml). Error: None is not of type 'array'. Check problematic field(s): "
            "$.allowed_clouds");
  EXPECT_EQ(load_user("[1]"), "Invalid config YAML from (/c.yaml). Error: expected a mapping, found [1]");
  EXPECT_EQ(load_user("a: b: c"), "/c.yaml:1:5: mapping values are not allowed in this context");
  EXPECT_EQ(load_user(""), "{}");
}

TEST(ConfigLoad, WorkspacesAndOwnKeys_AreKnown) {
  EXPECT_EQ(load_user("workspaces: {a: {lambda: {disabled: true}, aws: {profile: p}}}\nlocal: {link_from_home: [x]}\n"),
            R"({"workspaces": {"a": {"lambda": {"disabled": true}, "aws": {"profile": "p"}}}, )"
            R"("local": {"link_from_home": ["x"]}})");
  EXPECT_NE(load_user("workspaces: {a: {lambda: {profile: x}}}").find("Found unsupported field 'profile'"),
            std::string::npos);
}

TEST(ConfigFlags, BadForms_AreErrors) {
  const auto fail = [](std::vector<std::string> flags) {
    const auto config = Config::load({.flags = std::move(flags)});
    return config.ok() ? "ok" : config.error().message;
  };
  EXPECT_EQ(fail({"nonsense"}),
            "Invalid config override: ['nonsense']. Check if config file exists or if the dotlist is formatted as: "
            "key1=value1,key2=value2.\nDetails: Invalid config override: nonsense. Please use the format: key=value");
  EXPECT_NE(fail({"=1"}).find("Please use the format"), std::string::npos);
  EXPECT_NE(fail({"provision.ssh_timeout=abc"}).find("'abc' is not of type 'integer'"), std::string::npos);
  EXPECT_EQ(fail({"aws.vpc_name=null", "gcp.labels={a: b}", "docker.run_options=[-v]"}), "ok");
}

TEST(ConfigFlags, FileAndFlags_AreExclusive) {
  const auto both = Config::load({.flags = {"f.yaml", "a=b"}, .flag_file = ConfigSource{"", "f.yaml"}});
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.error().message, "Cannot use multiple --config flags with a config file.");
}

TEST(ConfigGet, ValueOfAnotherType_IsAbsent) {
  const auto parsed = parse_json(R"({"kubernetes": {"provision_timeout": 5, "context_configs": {"a.b":
      {"provision_timeout": 7}}}, "jobs": {"controller": {"high_availability": true}}, "db": "x",
      "local": {"link_from_home": ["a", "b"]}})");
  const Config config(parsed->get_object());
  EXPECT_EQ(config.get_bool("jobs.controller.high_availability"), true);
  EXPECT_EQ(config.get_string("db"), "x");
  EXPECT_EQ(config.get_int("db"), std::nullopt);
  EXPECT_EQ(config.get_string("db.x"), std::nullopt);
  EXPECT_EQ(local_link_from_home(config), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(local_link_from_home(Config()), (std::vector<std::string>{".cache"}));
}

TEST(MergeKubernetes, ListsFollowPatchKeys) {
  JsonObject base = parse_json(R"({"kubernetes": {"pod_config": {"spec": {
      "containers": [{"name": "a", "args": ["1"], "env": [{"name": "X", "value": "1"}]}],
      "tolerations": [{"key": "k1"}], "imagePullSecrets": [{"name": "s1"}]}}, "allowed_contexts": ["c1"]}})")
                        ->get_object();
  const JsonObject over = parse_json(R"({"kubernetes": {"pod_config": {"spec": {
      "containers": [{"env": [{"name": "X", "value": "2"}, {"name": "Y", "value": "3"}]}, {"name": "b"},
                     {"name": "a", "args": ["9"]}],
      "tolerations": [{"key": "k2"}], "imagePullSecrets": [{"name": "s2"}]}}, "allowed_contexts": ["c2"]}})")
                              ->get_object();
  ASSERT_TRUE(merge_config(base, over).ok());
  EXPECT_EQ(
      to_json_text(base),
      R"({"kubernetes":{"pod_config":{"spec":{"containers":[{"name":"a","args":["9"],"env":[{"name":"X","value":"2"},)"
      R"({"name":"Y","value":"3"}]},{"name":"b"}],"tolerations":[{"key":"k1"},{"key":"k2"}],)"
      R"("imagePullSecrets":[{"name":"s2"}]}},"allowed_contexts":["c2"]}})");
}

TEST(MergeKubernetes, UnlikeShapes_AreAnError) {
  JsonObject base = {{"spec", JsonObject()}};
  const auto merged = merge_kubernetes_config(base, {{"spec", JsonArray{1}}});
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().message, "Cannot override config field 'spec' of type dict with a value of type list: [1].");
}

TEST(OverrideTaskConfig, OnlyOverridableKeys_NullClears) {
  JsonObject task = {{"gcp", {{"vpc_name", "a"}, {"enable_gvnic", true}}}};
  const JsonObject flags = {{"gcp", {{"vpc_name", nullptr}}}, {"aws", {{"vpc_name", "x"}}}, {"active_workspace", "w"}};
  ASSERT_TRUE(override_task_config(task, flags).ok());
  EXPECT_EQ(to_json_text(task), R"({"gcp":{"enable_gvnic":true},"active_workspace":"w"})");
}

TEST(DropServerOnlyKeys, RemovesThemAlone) {
  JsonObject config = parse_json(R"({"api_server": {}, "db": "x", "aws": {"vpc_name": "v"},
      "jobs": {"controller": {"consolidation_mode": true, "resources": {}}}})")
                          ->get_object();
  drop_server_only_keys(config);
  EXPECT_EQ(to_json_text(config), R"({"aws":{"vpc_name":"v"},"jobs":{"controller":{"resources":{}}}})");
}

TEST(TaskConfigSchema, HasOnlyOverridableKeysAndHooks) {
  const auto& members = task_config_schema().members;
  std::string names;
  for (const auto& member : members) names += fmt::format("{} ", member.first);
  EXPECT_EQ(names, "docker nvidia_gpus ssh kubernetes azure gcp vast slurm active_workspace hooks ");
  for (const auto& member : members) {
    if (member.first == "kubernetes") EXPECT_EQ(member.second.members.size(), 9U);
  }
}

TEST(InfraNames, AliasesAndCase) {
  EXPECT_EQ(canonical_infra_name("K8S"), "kubernetes");
  EXPECT_EQ(canonical_infra_name("AWS"), "aws");
  EXPECT_EQ(canonical_infra_name("DigitalOcean"), "do");
  EXPECT_EQ(canonical_infra_name("nope"), std::nullopt);
}

TEST(InfraNames, EveryKnownName_HasATitle) {
  for (const auto name : kInfraNames) EXPECT_NE(infra_title(name), name);
  for (const auto name : kStorageOnlyNames) EXPECT_NE(infra_title(name), name);
  EXPECT_EQ(infra_title("kubernetes"), "Kubernetes");
  EXPECT_EQ(infra_title("mars"), "mars");
}

TEST(Patterns, AcceptAndRefuse) {
  struct Case {
    SchemaPattern pattern;
    std::vector<std::string_view> good;
    std::vector<std::string_view> bad;
  };
  const std::vector<Case> cases = {
      {patterns::infra(),
       {"aws", "AWS/us-east-1", "aws/us-east-1/us-east-1a", "*", "*/x", "*/*/z", "k8s", "k8s/arn:a/b/c/d", "local",
        "ssh/pool", "slurm/c/p"},
       {"", "foo", "aws/", "aws//a", "aws/a/b/c", "k8s/", "xaws"}},
      {patterns::memory_size(),
       {"1", "64GB", "64gb", "64Gb", "16Gi", "16gi", "16GI"},
       {"", "GB", "64gB", "1.5GB", "1G"}},
      {patterns::kMinutes, {"10", "10m", "2H", "1w"}, {"", "m", "10s", "-5", "10mm"}},
      {patterns::kBucketUrl, {"s3://b", "https://x"}, {"s3://", "ftp://b", "http://x"}},
      {patterns::kPythonPath, {"a.b", "_a.b1"}, {"a", "a.", "1.b"}},
      {patterns::kGcpVpcName, {"default", "proj-1/net"}, {"", "A", "a/b/c", "a/"}},
      {patterns::kMountPath, {"/a", "~/a", "~"}, {"a", "~a", ""}},
      {patterns::kUserName, {"_a", "ab-1.x"}, {"1a", "A", ""}},
      {patterns::kSubPath, {"a/b", ".x"}, {"/a", "", "a b"}},
      {patterns::kVariableName, {"A", "_a1"}, {"", "1A", "A-B"}},
      {patterns::kAcceleratorKey, {"H100", "H100:8"}, {"", "h100", "H100:", ":1"}},
      {patterns::kRcloneSize, {"32M", "32", "1b"}, {"", "M", "1x", "32MB"}},
      {patterns::kRcloneDuration, {"1h30m", "5", "1.5s", "-1", "10ms"}, {"", "h", "1h5", "1.", "1x"}}};
  for (const auto& c : cases) {
    for (const auto text : c.good) EXPECT_TRUE(c.pattern.matches(text)) << c.pattern.text << " " << text;
    for (const auto text : c.bad) EXPECT_FALSE(c.pattern.matches(text)) << c.pattern.text << " " << text;
  }
}

}  // namespace
}  // namespace sky
