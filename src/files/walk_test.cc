#include "files/walk.h"

#include <sys/stat.h>

#include <cstdlib>

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "base/strings.h"
#include "files/repository.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::files {
namespace {

class WalkTest : public testing::Test {
 protected:
  void put(const std::string& path, std::string_view text = "x") {
    ASSERT_TRUE(os::make_dirs(os::parent_dir(root_ + "/" + path)).ok());
    ASSERT_TRUE(os::remove_file(root_ + "/" + path).ok());
    ASSERT_TRUE(os::append_file(root_ + "/" + path, text).ok());
  }
  auto paths(const std::string& below = "", Ignoring ignoring = Ignoring::kIgnoreFiles) -> std::string {
    const auto walked = walk(root_ + below, ignoring);
    EXPECT_TRUE(walked.ok());
    EXPECT_TRUE(validate(walked->manifest).ok());
    std::string all;
    for (const Entry& entry : walked->manifest.entries) {
      if (!("/" + entry.path + "/").contains("/.git/")) all += entry.path + " ";
    }
    return all;
  }
  // False when there is no git.
  auto git(const std::string& command) -> bool {
    const std::string line =
        fmt::format("cd {} && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git {} >{} 2>&1",
                    shell_quote(root_), command, dir_.file("git.out"));
    return std::system(line.c_str()) == 0;
  }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string root_ = dir_.file("work");
};

TEST_F(WalkTest, Entries_AreSortedWithTheirFacts) {
  put("b/file", "12345");
  put("b-c");
  ASSERT_TRUE(os::set_mode(root_ + "/b/file", 0750).ok());
  ASSERT_TRUE(os::replace_symlink("/nowhere", root_ + "/link").ok());
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  const auto walked = walk(root_, Ignoring::kNothing);
  ASSERT_TRUE(walked.ok());
  ASSERT_EQ(walked->manifest.entries.size(), 4U);
  EXPECT_EQ(paths(), "b b-c b/file link ");
  const Entry& file = walked->manifest.entries[2];
  EXPECT_EQ(file.size_bytes, 5U);
  EXPECT_EQ(file.mode, 0750U);
  EXPECT_EQ(file.modified, os::stat_file(root_ + "/b/file")->modified);
  EXPECT_EQ(walked->manifest.entries[3].link_target, "/nowhere");
  ASSERT_EQ(walked->notes.size(), 1U);
  EXPECT_EQ(walked->notes[0], "'" + root_ + "/pipe' is not synced: it is a socket, pipe or device");
}

TEST_F(WalkTest, SingleFile_IsOneEntryWithoutPath) {
  put("f", "123");
  const auto walked = walk(root_ + "/f", Ignoring::kIgnoreFiles);
  ASSERT_TRUE(walked.ok());
  EXPECT_TRUE(walked->manifest.is_single_file());
  EXPECT_EQ(walked->manifest.entries[0].size_bytes, 3U);
  EXPECT_EQ(walk(root_ + "/missing", Ignoring::kNothing).error().code, ErrorCode::kNotFound);
}

TEST_F(WalkTest, Skyignore_ReplacesGitsRules) {
  put(".skyignore", "/secret\n*.tmp\n");
  put(".gitignore", "wanted\n");
  put("secret");
  put("a/secret");
  put("a/x.tmp");
  put("wanted");
  EXPECT_EQ(paths(), ".gitignore .skyignore a a/secret wanted ");
  EXPECT_EQ(paths("", Ignoring::kNothing), ".gitignore .skyignore a a/secret a/x.tmp secret wanted ");
}

TEST_F(WalkTest, Gitignore_WorksWithoutARepository) {
  put(".gitignore", "*.o\nbuild/\n");
  put("a/.gitignore", "!keep.o\n");
  put("x.o");
  put("a/keep.o");
  put("a/other.o");
  put("build/y");
  EXPECT_EQ(paths(), ".gitignore a a/.gitignore a/keep.o ");
}

TEST_F(WalkTest, Repository_GivesExcludesParentsAndTrackedFiles) {
  put(".gitignore", "*.o\nout/\n/sub/private\n");
  put("sub/x.o");
  put("sub/private");
  put("sub/mine");
  put("sub/code");
  put("out/tracked.bin");
  put("out/other.bin");
  if (!git("init -q")) GTEST_SKIP() << "needs git";
  put(".git/info/exclude", "mine\n");
  ASSERT_TRUE(git("add -f out/tracked.bin"));
  EXPECT_EQ(paths(), ".gitignore out out/tracked.bin sub sub/code ");
  EXPECT_EQ(paths("/sub"), "code ");
  const auto with_git = walk(root_, Ignoring::kIgnoreFiles);
  EXPECT_EQ(std::ranges::count(with_git->manifest.entries, ".git/HEAD", &Entry::path), 1);
}

TEST_F(WalkTest, RepositoryInside_HasItsOwnRules) {
  put(".gitignore", "*.o\n");
  put("inner/a.o");
  put("inner/b.tmp");
  put("inner/.gitignore", "*.tmp\n");
  if (!git("init -q") || !git("init -q inner")) GTEST_SKIP() << "needs git";
  EXPECT_EQ(paths(), ".gitignore inner inner/.gitignore inner/a.o ");
}

TEST_F(WalkTest, IndexOfEachVersion_GivesItsPaths) {
  put("a/b/one");
  put("a/b/two");
  put(std::string("a/") + std::string(200, 'n'));
  put("z");
  if (!git("init -q")) GTEST_SKIP() << "needs git";
  for (const int version : {2, 4, 3}) {
    ASSERT_TRUE(git("add a z"));
    if (version != 3) ASSERT_TRUE(git(fmt::format("update-index --index-version {}", version)));
    if (version == 3)
      ASSERT_TRUE(git("update-index --index-version 2 --skip-worktree z"));  // extended flags: becomes 3
    EXPECT_EQ(os::read_file(root_ + "/.git/index")->at(7), version);
    const auto repository = read_repository(root_);
    ASSERT_TRUE(repository.has_value());
    EXPECT_EQ(repository->tracked.size(), 6U) << version;
    for (const char* path : {"a", "a/b", "a/b/one", "a/b/two", "z"}) EXPECT_TRUE(repository->tracked.contains(path));
  }
}

TEST(GitIndex, OtherBytes_AreRefused) {
  EXPECT_FALSE(parse_index_paths("").ok());
  EXPECT_FALSE(parse_index_paths("DIRC").ok());
  EXPECT_FALSE(parse_index_paths(std::string("DIRC\0\0\0\x09\0\0\0\0", 12)).ok());
  EXPECT_FALSE(parse_index_paths(std::string("DIRC\0\0\0\x02\0\0\0\x05", 12)).ok());
  EXPECT_TRUE(parse_index_paths(std::string("DIRC\0\0\0\x02\0\0\0\0", 12)).ok());
}

// The same answers as git's own, on random trees and patterns.
class GitDifferential : public WalkTest {
 protected:
  auto pick(std::string_view letters) -> char { return letters[random_.random_u64() % letters.size()]; }
  auto random_name() -> std::string {
    std::string name;
    for (auto n = random_.random_u64() % 3; n < 3; ++n) name += pick("aab.#");
    return name == "." || name == ".." ? "a" : name;
  }
  auto random_pattern() -> std::string {
    static constexpr auto kPieces = std::to_array<std::string_view>(
        {"a",    "b",     "a", "b", "*",   "?",   "**",  "/",           "/", "**/", "/**/", "[ab]",
         "[!a]", "[a-b]", ".", "#", "\\a", "\\*", "***", "[[:alpha:]]", " ", "[]",  "[b"});
    std::string pattern = random_.random_u64() % 5 == 0 ? "!" : "";
    if (random_.random_u64() % 4 == 0) pattern += '/';
    for (auto n = 1 + random_.random_u64() % 5; n > 0; --n) pattern += kPieces[random_.random_u64() % kPieces.size()];
    if (random_.random_u64() % 4 == 0) pattern += '/';
    return pattern;
  }
  auto random_patterns() -> std::string {
    std::string text;
    for (auto n = 1 + random_.random_u64() % 5; n > 0; --n) text += random_pattern() + "\n";
    return text;
  }
  void make_tree(int round) {
    root_ = dir_.file(fmt::format("work-{}", round));
    put("start");
    for (int i = 0; i < 25; ++i) {
      std::string path = random_name();
      for (auto depth = random_.random_u64() % 3; depth > 0; --depth) path += "/" + random_name();
      if (os::make_dirs(os::parent_dir(root_ + "/" + path)).ok() && !os::file_exists(root_ + "/" + path)) put(path);
    }
    put(".gitignore", random_patterns());
    const std::string inner = root_ + "/a";
    if (os::stat_file(inner).ok() && os::stat_file(inner)->type == os::FileType::kDirectory) {
      put("a/.gitignore", random_patterns());
    }
  }

  async::SimLoop random_{42};
};

TEST_F(GitDifferential, RandomPatterns_GiveWhatGitGives) {
  size_t ignored_count = 0;
  for (int round = 0; round < 15; ++round) {
    make_tree(round);
    if (!git("init -q")) GTEST_SKIP() << "needs git";
    std::string input;
    std::set<std::string> all;
    const auto everything = walk(root_, Ignoring::kNothing);
    for (const Entry& entry : everything->manifest.entries) {
      if (entry.path.starts_with(".git/") || entry.path == ".git" || entry.type == EntryType::kDirectory) continue;
      all.insert(entry.path);
      input += entry.path + '\0';
    }
    ASSERT_TRUE(os::write_file_atomic(dir_.file("input"), input).ok());
    git("check-ignore -z --stdin < " + dir_.file("input"));  // exit 1 when nothing is ignored
    const auto output = os::read_file(dir_.file("git.out"));
    ASSERT_TRUE(output.ok());
    std::set<std::string> by_git;
    for (const std::string_view path : split(*output, '\0')) {
      if (!path.empty()) by_git.emplace(path);
    }
    std::set<std::string> by_us = all;
    const auto walked = walk(root_, Ignoring::kIgnoreFiles);
    for (const Entry& entry : walked->manifest.entries) by_us.erase(entry.path);
    ASSERT_EQ(by_us, by_git) << "round " << round << " .gitignore:\n"
                             << *os::read_file(root_ + "/.gitignore") << "a/.gitignore:\n"
                             << os::read_file(root_ + "/a/.gitignore").value_or(std::string());
    ignored_count += by_git.size();
  }
  EXPECT_GT(ignored_count, 50U);
}

}  // namespace
}  // namespace sky::files
