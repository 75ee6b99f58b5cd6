#include "os/file.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/temp_dir.h"

namespace sky::os {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make();
    ASSERT_TRUE(made.ok());
    dir_.emplace(std::move(made).value());
  }
  auto in_dir(std::string_view name) const -> std::string { return dir_->file(name); }
  auto names() const -> std::vector<std::string> {
    std::vector<std::string> names;
    for (const DirEntry& entry : list_dir(dir_->path()).value()) names.push_back(entry.name);
    return names;
  }
  std::optional<TempDir> dir_;
};

TEST_F(FileTest, AtomicWrite_ReplacesContentAndModeAndLeavesNothing) {
  const std::string path = in_dir("f");
  ASSERT_TRUE(write_file_atomic(path, "old", 0644).ok());
  ASSERT_TRUE(write_file_atomic(path, std::string("new\0byte", 8), 0600).ok());
  EXPECT_EQ(read_file(path).value(), std::string("new\0byte", 8));
  EXPECT_EQ(stat_file(path).value().mode, 0600U);
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(FileTest, AtomicWrite_IgnoresUmaskAndReplacesSymlink) {
  const mode_t old = umask(077);
  ASSERT_TRUE(write_file_atomic(in_dir("target"), "t").ok());
  ASSERT_TRUE(replace_symlink("target", in_dir("link")).ok());
  ASSERT_TRUE(write_file_atomic(in_dir("link"), "mine", 0644).ok());
  umask(old);
  EXPECT_EQ(stat_file(in_dir("link"), Follow::kNo).value().type, FileType::kRegular);
  EXPECT_EQ(stat_file(in_dir("link")).value().mode, 0644U);
  EXPECT_EQ(read_file(in_dir("target")).value(), "t");
}

TEST_F(FileTest, AtomicWriteOntoDirectory_FailsAndLeavesNothing) {
  ASSERT_TRUE(make_dirs(in_dir("d/sub")).ok());
  EXPECT_FALSE(write_file_atomic(in_dir("d"), "x").ok());
  EXPECT_EQ(names(), std::vector<std::string>{"d"});
}

TEST_F(FileTest, MissingFile_IsNotFoundInTheKernelsWords) {
  const auto read = read_file(in_dir("none"));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read.error().message, "cannot read '" + in_dir("none") + "': No such file or directory");
  EXPECT_EQ(write_file_atomic(in_dir("no/such"), "x").error().code, ErrorCode::kNotFound);
}

TEST_F(FileTest, FullDevice_IsStorageFullWithHint) {
  const auto written = append_file("/dev/full", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(written.error().message, "cannot write '/dev/full': No space left on device");
  EXPECT_NE(written.error().hint.find("df -h"), std::string::npos);
}

TEST_F(FileTest, FullFileSystem_KeepsOldContentAndNoTemporaryFile) {
  const std::string mount_point = in_dir("tiny");
  ASSERT_TRUE(make_dirs(mount_point).ok());
  if (mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=65536") != 0) GTEST_SKIP() << "mounting needs root";
  ASSERT_TRUE(write_file_atomic(mount_point + "/f", "old").ok());
  const auto written = write_file_atomic(mount_point + "/f", std::string(1U << 20U, 'x'));
  const auto kept = read_file(mount_point + "/f");
  const auto entries = list_dir(mount_point);
  ASSERT_EQ(umount(mount_point.c_str()), 0);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(kept.value(), "old");
  EXPECT_EQ(entries.value().size(), 1U);
}

TEST_F(FileTest, ReadBeyondLimit_IsRefused) {
  ASSERT_TRUE(append_file(in_dir("f"), "12345").ok());
  EXPECT_TRUE(read_file(in_dir("f"), 5).ok());
  EXPECT_EQ(read_file(in_dir("f"), 4).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FileTest, ProcFile_IsReadWhole) {
  EXPECT_NE(read_file("/proc/self/status").value().find("Name:"), std::string::npos);
}

TEST_F(FileTest, Append_AddsAndCreates) {
  ASSERT_TRUE(append_file(in_dir("f"), "a").ok());
  ASSERT_TRUE(append_file(in_dir("f"), "b").ok());
  EXPECT_EQ(read_file(in_dir("f")).value(), "ab");
}

TEST_F(FileTest, MakeDirs_MakesParentsAndIsIdempotent) {
  ASSERT_TRUE(make_dirs(in_dir("a/b/c/"), 0755).ok());
  ASSERT_TRUE(make_dirs(in_dir("a/b/c")).ok());
  EXPECT_EQ(stat_file(in_dir("a/b")).value().mode, 0755U);
  ASSERT_TRUE(append_file(in_dir("file"), "").ok());
  EXPECT_EQ(make_dirs(in_dir("file")).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(make_dirs(in_dir("file/sub")).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(FileTest, RemoveTree_TakesSymlinksButNotTheirTargets) {
  ASSERT_TRUE(make_dirs(in_dir("outside")).ok());
  ASSERT_TRUE(append_file(in_dir("outside/precious"), "x").ok());
  ASSERT_TRUE(make_dirs(in_dir("tree/deep/er")).ok());
  ASSERT_TRUE(append_file(in_dir("tree/deep/f"), "x").ok());
  ASSERT_TRUE(replace_symlink(in_dir("outside"), in_dir("tree/deep/link")).ok());
  ASSERT_TRUE(replace_symlink(in_dir("outside"), in_dir("top")).ok());
  ASSERT_TRUE(set_mode(in_dir("tree/deep/er"), 0).ok());
  ASSERT_TRUE(remove_tree(in_dir("tree/")).ok());
  ASSERT_TRUE(remove_tree(in_dir("top")).ok());
  ASSERT_TRUE(remove_tree(in_dir("never/was")).ok());
  EXPECT_EQ(names(), std::vector<std::string>{"outside"});
  EXPECT_TRUE(file_exists(in_dir("outside/precious")));
}

TEST_F(FileTest, RemoveTree_RefusesWhatIsNoName) {
  for (const char* path : {"/", ".", "..", ""}) {
    EXPECT_EQ(remove_tree(path).error().code, ErrorCode::kInvalidArgument) << path;
  }
}

TEST_F(FileTest, CopyFile_CopiesBytesAndModeAndReplaces) {
  const std::string bytes(300'000, 'c');
  ASSERT_TRUE(write_file_atomic(in_dir("from"), bytes, 0750).ok());
  ASSERT_TRUE(write_file_atomic(in_dir("other"), "keep").ok());
  ASSERT_EQ(link(in_dir("other").c_str(), in_dir("to").c_str()), 0);
  ASSERT_TRUE(copy_file(in_dir("from"), in_dir("to")).ok());
  EXPECT_EQ(read_file(in_dir("to")).value(), bytes);
  EXPECT_EQ(stat_file(in_dir("to")).value().mode, 0750U);
  EXPECT_EQ(read_file(in_dir("other")).value(), "keep");
  ASSERT_TRUE(copy_file("/proc/self/status", in_dir("to")).ok());
  EXPECT_NE(read_file(in_dir("to")).value().find("Name:"), std::string::npos);
}

TEST_F(FileTest, ListDir_IsSortedWithTypes) {
  ASSERT_TRUE(append_file(in_dir("b"), "").ok());
  ASSERT_TRUE(make_dirs(in_dir("a")).ok());
  ASSERT_TRUE(replace_symlink("nowhere", in_dir("c")).ok());
  const auto entries = list_dir(dir_->path()).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].type, FileType::kDirectory);
  EXPECT_EQ(entries[1].type, FileType::kRegular);
  EXPECT_EQ(entries[2].type, FileType::kSymlink);
  EXPECT_EQ(read_symlink(in_dir("c")).value(), "nowhere");
  EXPECT_EQ(list_dir(in_dir("b")).error().code, ErrorCode::kNotFound);
}

TEST(ParentDir, EachForm_GivesTheDirectory) {
  EXPECT_EQ(parent_dir("a"), ".");
  EXPECT_EQ(parent_dir("/a"), "/");
  EXPECT_EQ(parent_dir("/a/b"), "/a");
}

TEST(UniqueFd, Move_KeepsOneOwner) {
  UniqueFd a(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int fd = a.get();
  UniqueFd b(std::move(a));
  EXPECT_FALSE(a);
  EXPECT_EQ(b.get(), fd);
  b.reset();
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

}  // namespace
}  // namespace sky::os
