#include "files/target.h"

#include <gtest/gtest.h>

#include "files/walk.h"
#include "os/temp_dir.h"

namespace sky::files {
namespace {

constexpr WallTime kTime{std::chrono::seconds(1'600'000'000)};

auto file(std::string path, std::uint64_t size, std::uint32_t mode = 0644) -> Entry {
  return {.path = std::move(path), .size_bytes = size, .modified = kTime, .mode = mode};
}
auto directory(std::string path, std::uint32_t mode = 0755) -> Entry {
  return {.path = std::move(path), .type = EntryType::kDirectory, .modified = kTime, .mode = mode};
}
auto link(std::string path, std::string target) -> Entry {
  return {.path = std::move(path), .type = EntryType::kSymlink, .mode = 0777, .link_target = std::move(target)};
}

class TargetTest : public testing::Test {
 protected:
  // Applies the manifest; every wanted file gets `text`.
  auto apply(Manifest manifest, std::string_view text, Extra extra = Extra::kKeep) -> Result<size_t> {
    SKY_TRY(Target target, Target::open(path_, std::move(manifest), extra));
    for (const std::uint32_t index : target.wanted()) {
      SKY_CHECK(target.begin_file(index));
      SKY_CHECK(target.write(text));
      SKY_CHECK(target.commit_file());
    }
    SKY_CHECK(target.finish());
    return target.wanted().size();
  }
  auto at(std::string_view name) const -> std::string { return path_ + "/" + std::string(name); }
  // What lies outside must never change.
  void make_outside() {
    ASSERT_TRUE(os::make_dirs(dir_.file("outside")).ok());
    ASSERT_TRUE(os::append_file(dir_.file("outside/file"), "precious").ok());
  }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string path_ = dir_.file("target");
};

TEST_F(TargetTest, EmptyTarget_BecomesTheManifest) {
  const Manifest manifest{{directory("d", 0500), file("d/f", 4, 0750), link("l", "d/f")}};
  ASSERT_EQ(apply(manifest, "text").value_or(99), 1U);
  EXPECT_EQ(*os::read_file(at("d/f")), "text");
  EXPECT_EQ(walk(path_, Ignoring::kNothing)->manifest.entries[1], manifest.entries[1]);
  EXPECT_EQ(os::stat_file(at("d"))->mode, 0500U);
  EXPECT_EQ(os::stat_file(at("d"))->modified, kTime);
  EXPECT_EQ(*os::read_symlink(at("l")), "d/f");
  EXPECT_EQ(apply(manifest, "text").value_or(99), 0U);  // also through a directory that is not writable
}

TEST_F(TargetTest, SameSizeAndTime_IsNotWantedButGetsItsMode) {
  ASSERT_TRUE(apply({{file("a", 4), file("b", 4)}}, "text").ok());
  EXPECT_EQ(apply({{file("a", 4, 0600), file("b", 5)}}, "longe").value_or(99), 1U);
  EXPECT_EQ(os::stat_file(at("a"))->mode, 0600U);
  EXPECT_EQ(*os::read_file(at("a")), "text");
  EXPECT_EQ(*os::read_file(at("b")), "longe");
}

TEST_F(TargetTest, SingleFile_GoesToThePath) {
  ASSERT_EQ(apply({{file("", 4, 0640)}}, "text").value_or(99), 1U);
  EXPECT_EQ(*os::read_file(path_), "text");
  EXPECT_EQ(os::stat_file(path_)->mode, 0640U);
  EXPECT_EQ(apply({{file("", 4, 0640)}}, "text").value_or(99), 0U);
}

TEST_F(TargetTest, ExtraFiles_AreKeptOrDeleted) {
  ASSERT_TRUE(apply({{directory("d"), file("d/f", 4)}}, "text").ok());
  ASSERT_TRUE(os::append_file(at("d/output"), "result").ok());
  ASSERT_TRUE(os::make_dirs(at("old/deep")).ok());
  ASSERT_TRUE(apply({{directory("d"), file("d/f", 4)}}, "text").ok());
  EXPECT_TRUE(os::file_exists(at("d/output")) && os::file_exists(at("old/deep")));
  ASSERT_TRUE(apply({{directory("d"), file("d/f", 4)}}, "text", Extra::kDelete).ok());
  EXPECT_FALSE(os::file_exists(at("d/output")) || os::file_exists(at("old")));
  EXPECT_TRUE(os::file_exists(at("d/f")));
}

TEST_F(TargetTest, LinkInThePlaceOfADirectory_IsReplacedNotFollowed) {
  make_outside();
  ASSERT_TRUE(os::make_dirs(path_).ok());
  ASSERT_TRUE(os::replace_symlink(dir_.file("outside"), at("d")).ok());
  ASSERT_TRUE(apply({{directory("d"), file("d/file", 4)}}, "evil", Extra::kDelete).ok());
  EXPECT_EQ(*os::read_file(dir_.file("outside/file")), "precious");
  EXPECT_EQ(os::stat_file(at("d"), os::Follow::kNo)->type, os::FileType::kDirectory);
}

TEST_F(TargetTest, LinkInThePlaceOfAFile_IsReplacedNotFollowed) {
  make_outside();
  ASSERT_TRUE(os::make_dirs(path_).ok());
  ASSERT_TRUE(os::replace_symlink(dir_.file("outside/file"), at("f")).ok());
  ASSERT_TRUE(apply({{file("f", 8)}}, "evil....").ok());
  EXPECT_EQ(*os::read_file(dir_.file("outside/file")), "precious");
  EXPECT_EQ(*os::read_file(at("f")), "evil....");
}

TEST_F(TargetTest, LinkSwappedInMeanwhile_IsNotFollowed) {
  make_outside();
  auto target = Target::open(
      path_, {{directory("d"), directory("d/e"), file("d/e/file", 4), directory("x"), file("x/y", 4)}}, Extra::kKeep);
  ASSERT_TRUE(target.ok());
  ASSERT_TRUE(os::remove_tree(at("d")).ok());
  ASSERT_TRUE(os::replace_symlink(dir_.file("outside"), at("d")).ok());
  EXPECT_FALSE(target->begin_file(2).ok());
  EXPECT_EQ(*os::read_file(dir_.file("outside/file")), "precious");
}

TEST_F(TargetTest, DirectoryInThePlaceOfAFile_IsAConflict) {
  ASSERT_TRUE(os::make_dirs(at("f/full")).ok());
  for (const Entry& entry : {file("f", 4), link("f", "x")}) {
    const auto applied = apply({{entry}}, "text");
    ASSERT_FALSE(applied.ok());
    EXPECT_EQ(applied.error().code, ErrorCode::kConflict);
  }
  EXPECT_TRUE(os::file_exists(at("f/full")));
}

TEST_F(TargetTest, UnfinishedFile_LeavesTheOldOneAndNothingElse) {
  ASSERT_TRUE(apply({{file("f", 4)}}, "good").ok());
  {
    auto target = Target::open(path_, {{file("f", 9)}}, Extra::kKeep);
    ASSERT_TRUE(target->begin_file(0).ok());
    ASSERT_TRUE(target->write("half").ok());
  }
  EXPECT_EQ(*os::read_file(at("f")), "good");
  EXPECT_EQ(os::list_dir(path_)->size(), 1U);
}

TEST_F(TargetTest, HostileManifest_TouchesNothing) {
  EXPECT_FALSE(Target::open(path_, {{file("../escape", 4)}}, Extra::kDelete).ok());
  EXPECT_FALSE(os::file_exists(path_));
}

}  // namespace
}  // namespace sky::files
