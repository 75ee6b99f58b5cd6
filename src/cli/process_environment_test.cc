#include "cli/process_environment.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/temp_dir.h"

namespace sky::cli {
namespace {

TEST(ProcessEnvironment, Files_AreWrittenReadAndRemoved) {
  const auto dir = os::TempDir::make().value();
  ProcessEnvironment env({});
  const std::string path = dir.file("a/b/file");
  EXPECT_EQ(env.path_kind(path), PathKind::kMissing);
  EXPECT_EQ(env.read_file(path).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(env.write_file(path, "text").ok());
  EXPECT_EQ(env.path_kind(path), PathKind::kFile);
  EXPECT_EQ(env.read_file(path).value(), "text");
  EXPECT_EQ(env.path_kind(dir.path()), PathKind::kDirectory);
  EXPECT_EQ(env.read_file(dir.path()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(env.remove_file(path).ok());
  EXPECT_TRUE(env.remove_file(path).ok());
  EXPECT_EQ(env.path_kind(path), PathKind::kMissing);
}

TEST(ProcessEnvironment, SymlinkedFile_KeepsLinkAndMode) {
  const auto dir = os::TempDir::make().value();
  ProcessEnvironment env({});
  ASSERT_TRUE(env.write_file(dir.file("real"), "old").ok());
  ASSERT_EQ(::chmod(dir.file("real").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("real", dir.file("link").c_str()), 0);
  ASSERT_TRUE(env.write_file(dir.file("link"), "new").ok());
  EXPECT_EQ(os::read_symlink(dir.file("link")).value(), "real");
  EXPECT_EQ(env.read_file(dir.file("real")).value(), "new");
  EXPECT_EQ(os::stat_file(dir.file("real"))->mode, 0600U);
}

TEST(ProcessEnvironment, StandardInput_IsReadByLines) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int saved = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  ASSERT_EQ(::write(ends[1], "yes\n\nrest", 9), 9);
  ::close(ends[1]);
  ProcessEnvironment env({});
  EXPECT_EQ(env.read_line(), "yes");
  EXPECT_EQ(env.read_line(), "");
  EXPECT_EQ(env.read_line(), "rest");
  EXPECT_EQ(env.read_line(), std::nullopt);
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
  ::close(ends[0]);
}

TEST(ProcessEnvironment, Columns_FollowTheVariable) {
  ProcessEnvironment env({});
  ::setenv("COLUMNS", "132", 1);
  EXPECT_EQ(env.terminal().columns, 132U);
  ::unsetenv("COLUMNS");
  EXPECT_EQ(env.variable("COLUMNS"), std::nullopt);
}

TEST(ProcessEnvironment, Completions_ComeFromTheSource) {
  ProcessEnvironment none({});
  EXPECT_TRUE(none.completions(Completion::kCluster, "a").empty());
  ProcessEnvironment env([](Completion, std::string_view prefix) { return std::vector{std::string(prefix) + "x"}; });
  EXPECT_EQ(env.completions(Completion::kCluster, "a"), std::vector<std::string>{"ax"});
}

}  // namespace
}  // namespace sky::cli
