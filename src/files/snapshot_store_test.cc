#include "files/snapshot_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "async/group.h"
#include "async/sim_loop.h"
#include "os/temp_dir.h"

namespace sky::files {
namespace {

using std::chrono::hours;

auto wants_nobody(const std::string&) -> bool {
  return false;
}

class SnapshotStoreTest : public testing::Test {
 protected:
  // The simulated clock is set behind all times of files, so that they count as settled.
  SnapshotStoreTest() {
    const auto real_now = std::chrono::system_clock::now().time_since_epoch();
    loop_.jump_wall_clock(real_now + hours(1) - loop_.wall_now().time_since_epoch());
    write("a.txt", "alpha");
    write("sub/b.txt", "beta");
  }
  void pass(Duration span) { EXPECT_TRUE(loop_.run(async::sleep_for(span)).ok()); }
  void write(const std::string& name, std::string_view text) {
    EXPECT_TRUE(os::make_dirs(os::parent_dir(source_ + "/" + name)).ok());
    EXPECT_TRUE(os::remove_file(source_ + "/" + name).ok());
    EXPECT_TRUE(os::append_file(source_ + "/" + name, text).ok());
  }
  auto take(const std::string& owner) -> Result<> { return loop_.run(store_.take(owner, {{.path = source_}})); }
  auto open(const std::string& owner) -> Result<std::shared_ptr<const Snapshot>> {
    return loop_.run(store_.open(owner, source_));
  }
  // Paths and contents.
  auto contents(const std::string& owner) -> std::map<std::string, std::string> {
    std::map<std::string, std::string> files;
    const auto snapshot = open(owner);
    EXPECT_TRUE(snapshot.ok()) << to_string(snapshot.error());
    if (!snapshot.ok()) return files;
    const auto& entries = (*snapshot)->manifest.entries;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].type != EntryType::kFile) continue;
      files[entries[i].path] =
          os::read_file(store_.blobs().path_of((*snapshot)->blobs[i])).value_or(std::string("(none)"));
    }
    return files;
  }
  auto collect(SnapshotStore& store) -> Result<> { return loop_.run(store.collect(wants_nobody)); }
  auto blob_count() -> size_t { return store_.blobs().list()->size(); }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string source_ = dir_.file("source");
  async::SimLoop loop_;
  SnapshotStore store_{loop_, dir_.file("store")};
};

TEST_F(SnapshotStoreTest, SourceThatChanges_LeavesTheSnapshotAsItWas) {
  ASSERT_TRUE(take("r1").ok());
  write("a.txt", "changed");
  ASSERT_TRUE(os::remove_tree(source_ + "/sub").ok());
  const std::map<std::string, std::string> before{{"a.txt", "alpha"}, {"sub/b.txt", "beta"}};
  EXPECT_EQ(contents("r1"), before);
  ASSERT_TRUE(take("r2").ok());
  EXPECT_EQ(contents("r2"), (std::map<std::string, std::string>{{"a.txt", "changed"}}));
  EXPECT_EQ(contents("r1"), before);
}

TEST_F(SnapshotStoreTest, FileEditedInPlace_LeavesTheSnapshotAsItWas) {
  ASSERT_TRUE(take("r1").ok());
  const os::UniqueFd file = os::open_file(source_ + "/a.txt", O_WRONLY).value();
  ASSERT_TRUE(os::write_all(file.get(), "OMEGA", "a.txt").ok());
  EXPECT_EQ(contents("r1")["a.txt"], "alpha");
}

TEST_F(SnapshotStoreTest, RepeatedTake_KeepsTheFirst) {
  ASSERT_TRUE(take("r1").ok());
  write("a.txt", "changed");
  ASSERT_TRUE(take("r1").ok());
  EXPECT_EQ(contents("r1")["a.txt"], "alpha");
}

TEST_F(SnapshotStoreTest, UnchangedSource_IsNotReadAgain) {
  ASSERT_TRUE(take("r1").ok());
  SnapshotTaker again({.path = source_}, store_.blobs(),
                      dir_.file("store/index/") + to_string(BlobId{seal::digest_of(source_)}), loop_.wall_now());
  while (!*again.step()) {
  }
  EXPECT_EQ(again.bytes_read(), 0U);
  EXPECT_EQ(again.take().snapshot.blobs, (*open("r1"))->blobs);
}

TEST_F(SnapshotStoreTest, ContentChangedUnderEqualSizeAndTime_IsSeen) {
  ASSERT_TRUE(take("r1").ok());
  struct stat before{};
  ASSERT_EQ(stat((source_ + "/a.txt").c_str(), &before), 0);
  const os::UniqueFd file = os::open_file(source_ + "/a.txt", O_WRONLY).value();
  ASSERT_TRUE(os::write_all(file.get(), "OMEGA", "a.txt").ok());
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(futimens(file.get(), times), 0);
  ASSERT_TRUE(take("r2").ok());
  EXPECT_EQ(contents("r2")["a.txt"], "OMEGA");
}

TEST_F(SnapshotStoreTest, FileThatChangedJustNow_IsReadAgainNextTime) {
  const auto real_now = WallTime(std::chrono::system_clock::now().time_since_epoch());
  const std::string index = dir_.file("index");
  for (const std::uint64_t expected : {9U, 9U}) {
    SnapshotTaker taker({.path = source_}, store_.blobs(), index, real_now);
    while (!*taker.step()) {
    }
    EXPECT_EQ(taker.bytes_read(), expected);
  }
}

TEST_F(SnapshotStoreTest, UnreadableAndVanished_AreNotedAndLeftOut) {
  ASSERT_EQ(mkfifo((source_ + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(symlink("a.txt", (source_ + "/link").c_str()), 0);
  ASSERT_TRUE(take("r1").ok());
  const auto snapshot = *open("r1");
  ASSERT_EQ(snapshot->notes.size(), 1U);
  EXPECT_NE(snapshot->notes[0].find("pipe"), std::string::npos);
  EXPECT_EQ(snapshot->manifest.entries.size(), 4U);
  EXPECT_EQ(snapshot->manifest.entries[1].link_target, "a.txt");
  EXPECT_TRUE(validate(snapshot->manifest).ok());
}

TEST_F(SnapshotStoreTest, IgnoredFiles_AreNotTaken) {
  write(".skyignore", "*.log\n");
  write("big.log", "noise");
  ASSERT_TRUE(take("r1").ok());
  EXPECT_FALSE(contents("r1").contains("big.log"));
}

TEST_F(SnapshotStoreTest, MissingSource_IsNotFoundAndLeavesNoOwner) {
  ASSERT_TRUE(os::remove_tree(source_).ok());
  EXPECT_EQ(take("r1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(open("r1").error().code, ErrorCode::kDataCorrupt);
}

TEST_F(SnapshotStoreTest, AnotherProcess_FindsWhatWasTaken) {
  ASSERT_TRUE(take("r1").ok());
  SnapshotStore next(loop_, dir_.file("store"));
  const auto snapshot = loop_.run(next.open("r1", source_));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(**snapshot, **open("r1"));
}

TEST_F(SnapshotStoreTest, DamagedOwner_SaysWhatIsLost) {
  ASSERT_TRUE(take("r1").ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("store/owners/r1"), "garbage").ok());
  const auto opened = open("r1");
  EXPECT_EQ(opened.error().code, ErrorCode::kDataCorrupt);
  EXPECT_NE(opened.error().message.find(source_), std::string::npos);
}

TEST_F(SnapshotStoreTest, Collect_KeepsWhatIsOwnedAndTheCacheForItsAge) {
  ASSERT_TRUE(take("r1").ok());
  write("a.txt", "changed");
  ASSERT_TRUE(take("r2").ok());
  EXPECT_EQ(blob_count(), 3U);
  ASSERT_TRUE(loop_.run(store_.release("r1")).ok());
  ASSERT_TRUE(loop_.run(store_.collect([](const std::string& owner) { return owner == "r2"; })).ok());
  EXPECT_EQ(blob_count(), 3U);
  pass(hours(25));
  ASSERT_TRUE(loop_.run(store_.collect([](const std::string& owner) { return owner == "r2"; })).ok());
  EXPECT_EQ(blob_count(), 2U);
  EXPECT_EQ(contents("r2")["a.txt"], "changed");
}

TEST_F(SnapshotStoreTest, Collect_ReleasesOwnersThatACrashLeft) {
  ASSERT_TRUE(take("r1").ok());
  ASSERT_TRUE(collect(store_).ok());
  EXPECT_EQ(open("r1").error().code, ErrorCode::kDataCorrupt);
}

TEST_F(SnapshotStoreTest, CacheBeyondItsSize_LosesTheOldestUse) {
  SnapshotStore small(loop_, dir_.file("store"), {.cache_bytes_max = 6});
  ASSERT_TRUE(take("r1").ok());
  const BlobId beta = (*open("r1"))->blobs[2];
  timespec old[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, store_.blobs().path_of((*open("r1"))->blobs[0]).c_str(), old, 0), 0);
  ASSERT_TRUE(collect(small).ok());
  ASSERT_EQ(blob_count(), 1U);
  EXPECT_EQ(small.blobs().list()->front().id, beta);
}

TEST_F(SnapshotStoreTest, CollectMeanwhile_WaitsForTheTake) {
  async::TaskGroup group(loop_);
  std::optional<SnapshotStore::Visit> visit = std::move(loop_.run(store_.visit())).value();
  BlobWriter writer = store_.blobs().begin().value();
  bool collected = false;
  const auto collecting = [](SnapshotStore* store, bool* done) -> async::Task<> {
    const Result<> result = co_await store->collect(wants_nobody);
    *done = result.ok();
  };
  group.spawn("collect", collecting(&store_, &collected));
  loop_.settle();
  EXPECT_FALSE(collected);
  EXPECT_TRUE(writer.write("text").ok());
  EXPECT_TRUE(writer.commit().ok());
  visit.reset();
  loop_.run(group.join());
  EXPECT_TRUE(collected);
}

}  // namespace
}  // namespace sky::files
