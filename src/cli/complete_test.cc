#include "cli/complete.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/fake_environment_test.h"
#include "cli/run.h"

namespace sky::cli {
namespace {

// Values of the candidates, joined by blanks; `:file` or `:dir` first.
auto completed(FakeCliEnvironment& env, const std::vector<std::string>& words) -> std::string {
  const Candidates candidates = complete(kRootCommand, words, env);
  std::vector<std::string> out;
  if (candidates.paths == Completion::kFile) out.emplace_back(":file");
  if (candidates.paths == Completion::kDirectory) out.emplace_back(":dir");
  for (const Candidate& candidate : candidates.values) out.push_back(candidate.value);
  return join(out, " ");
}

TEST(Complete, Commands_WithoutHiddenOnes) {
  FakeCliEnvironment env;
  EXPECT_EQ(completed(env, {"st"}), "status stop start storage");
  EXPECT_EQ(completed(env, {"jobs", ""}), "launch queue cancel logs dashboard pool");
  EXPECT_EQ(completed(env, {"jobs", "pool", "l"}), "logs");
  EXPECT_EQ(completed(env, {"__"}), "");
  EXPECT_EQ(completed(env, {"show"}), "");
}

TEST(Complete, Options_OfTheCommandThatIsTyped) {
  FakeCliEnvironment env;
  EXPECT_EQ(completed(env, {"launch", "--no-"}), "--no-use-spot --no-async --no-setup");
  EXPECT_EQ(completed(env, {"launch", "--doc"}), "");
  EXPECT_EQ(completed(env, {"launch", "-c", "x", "--dry"}), "--dryrun");
  EXPECT_EQ(completed(env, {"--ver"}), "--version");
}

TEST(Complete, OptionValues_ChoicesNamesAndPaths) {
  FakeCliEnvironment env;
  env.names[Completion::kCluster] = {"train", "dev"};
  EXPECT_EQ(completed(env, {"launch", "--disk-tier", ""}), "low medium high ultra best none");
  EXPECT_EQ(completed(env, {"status", "--output=j"}), "json");
  EXPECT_EQ(completed(env, {"status", "--output", "=", "j"}), "json");
  EXPECT_EQ(completed(env, {"status", "--output", "="}), "table json");
  EXPECT_EQ(completed(env, {"launch", "-dc", "t"}), "train");
  EXPECT_EQ(completed(env, {"launch", "--workdir", ""}), ":dir");
  EXPECT_EQ(completed(env, {"launch", "--env-file", "x"}), ":file");
  EXPECT_EQ(completed(env, {"launch", "--num-nodes", ""}), "");
}

TEST(Complete, Arguments_ByPosition) {
  FakeCliEnvironment env;
  env.names[Completion::kCluster] = {"train", "dev"};
  EXPECT_EQ(completed(env, {"exec", ""}), "train dev");
  EXPECT_EQ(completed(env, {"exec", "train", ""}), ":file");
  EXPECT_EQ(completed(env, {"exec", "train", "x", ""}), ":file");
  EXPECT_EQ(completed(env, {"stop", "-y", "train", "d"}), "dev");
  EXPECT_EQ(completed(env, {"cancel", "train", ""}), "");
  EXPECT_EQ(completed(env, {"exec", "--", "t"}), "train");
  EXPECT_EQ(completed(env, {"api", "stop", ""}), "");
}

TEST(CompleteCommand, Shells_GetTheirForms) {
  FakeCliEnvironment env;
  env.names[Completion::kCluster] = {"a:b"};
  const auto answer = [&env](const char* shell, std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--shell", shell, "--"});
    const size_t before = env.out().size();
    EXPECT_EQ(run_cli(words, env), 0);
    return env.out().substr(before);
  };
  EXPECT_EQ(answer("bash", {"qu"}), "queue\n");
  EXPECT_EQ(answer("zsh", {"qu"}), "queue:Show the job queue for cluster(s).\n");
  EXPECT_EQ(answer("fish", {"qu"}), "queue\tShow the job queue for cluster(s).\n");
  EXPECT_EQ(answer("zsh", {"stop", ""}), "a\\:b\n");
  EXPECT_EQ(answer("bash", {"launch", ""}), ":file\n");
  EXPECT_EQ(answer("fish", {"launch", "--dry"}), "--dryrun\tIf True, do not actually run the job.\n");
}

TEST(CompleteCommand, Script_AsksBack) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    FakeCliEnvironment env;
    const std::vector<std::string> words = {"__complete", "--script", "--shell", shell};
    EXPECT_EQ(run_cli(words, env), 0);
    EXPECT_NE(env.out().find(std::string("__complete --shell ") + shell + " -- "), std::string::npos) << env.out();
  }
}

auto install(FakeCliEnvironment& env, const char* option, const char* shell) -> int {
  const std::vector<std::string> words = {option, shell};
  return run_cli(words, env);
}

TEST(InstallCompletion, Bash_WritesScriptAndOneLineOnce) {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/a"}, {"SHELL", "/usr/bin/bash"}};
  env.files = {{"/home/a/.bashrc", "alias x=y\n"}};
  EXPECT_EQ(install(env, "--install-shell-completion", "auto"), 0);
  EXPECT_EQ(install(env, "--install-shell-completion", "bash"), 0);
  EXPECT_EQ(env.files["/home/a/.sky/.sky-complete.bash"], completion_script(Shell::kBash));
  EXPECT_EQ(env.files["/home/a/.bashrc"],
            "alias x=y\n\n# For SkyPilot shell completion\n. ~/.sky/.sky-complete.bash\n");
  EXPECT_TRUE(
      env.out().starts_with("Shell completion installed for bash\n"
                            "Completion will take effect once you restart the terminal: source ~/.bashrc\n"));
}

TEST(InstallCompletion, Uninstalled_LeavesTheRcFileAsItWas) {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/a"}};
  env.files = {{"/home/a/.zshrc", "alias x=y\n"}};
  EXPECT_EQ(install(env, "--install-shell-completion", "zsh"), 0);
  EXPECT_EQ(install(env, "--uninstall-shell-completion", "zsh"), 0);
  EXPECT_EQ(env.files["/home/a/.zshrc"], "alias x=y\n");
  EXPECT_FALSE(env.files.contains("/home/a/.sky/.sky-complete.zsh"));
  EXPECT_EQ(install(env, "--uninstall-shell-completion", "zsh"), 0);
}

TEST(InstallCompletion, Fish_NeedsNoRcFile) {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/a"}};
  EXPECT_EQ(install(env, "--install-shell-completion", "fish"), 0);
  EXPECT_EQ(env.files.size(), 1U);
  EXPECT_EQ(env.files["/home/a/.config/fish/completions/sky.fish"], completion_script(Shell::kFish));
  EXPECT_EQ(env.out(), "Shell completion installed for fish\n");
}

TEST(InstallCompletion, UnknownShell_IsRefused) {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/a"}, {"SHELL", "/bin/ksh"}};
  EXPECT_EQ(install(env, "--install-shell-completion", "auto"), 1);
  env.variables.erase("SHELL");
  EXPECT_EQ(install(env, "--install-shell-completion", "auto"), 1);
  EXPECT_EQ(env.err(),
            "Error: Unsupported shell: ksh\n"
            "Error: Cannot auto-detect shell. Please specify shell explicitly.\n");
  EXPECT_TRUE(env.files.empty());
}

}  // namespace
}  // namespace sky::cli
