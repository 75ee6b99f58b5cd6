// A journal on SQLite when there is no room left.
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "journal/journal.h"
#include "os/file.h"
#include "os/temp_dir.h"
#include "store/sqlite/sqlite_store.h"

namespace sky::store {
namespace {

using journal::Journal;
using journal::Txn;
using journal::Urgency;

auto text_codec() -> journal::Codec<std::string> {
  return {.encode = [](const std::string& text) { return text; },
          .decode = [](std::string_view text) -> Result<std::string> { return std::string(text); }};
}

// A journal with one table of texts on the file `path`.
struct World {
  explicit World(SqliteOptions options)
      : journal(loop, std::make_unique<SqliteStore>(std::move(options)), {.reserve_retry = std::chrono::seconds(1)}) {
    journal.add(texts);
    EXPECT_TRUE(loop.run(journal.open()).ok());
  }
  ~World() { loop.run(journal.stop()); }
  auto put(std::string key, size_t size, Urgency urgency) -> Result<> {
    return loop.run(journal.commit(
        [this, key, size](Txn& txn) -> Result<> {
          txn.put(texts, key, std::string(size, 'x'));
          return {};
        },
        urgency));
  }
  // Commits until the store is full; the number of changes that were acknowledged.
  auto fill() -> int {
    for (int count = 0;; ++count) {
      const Result<> put_one = put(fmt::format("fill-{}", count), 50'000, Urgency::kNormal);
      if (put_one.ok()) continue;
      EXPECT_EQ(put_one.error().code, ErrorCode::kStorageFull) << put_one.error().message;
      return count;
    }
  }

  async::SimLoop loop;
  journal::Table<std::string> texts{"texts", text_codec()};
  Journal journal;
};

TEST(SqliteFull, SizeLimit_RollsBackAndKeepsWhatWasAcknowledged) {
  const auto dir = os::TempDir::make().value();
  const SqliteOptions options{.path = dir.file("state.db"), .size_max_bytes = 1 << 20};
  int acknowledged = 0;
  {
    World world(options);
    acknowledged = world.fill();
    EXPECT_GT(acknowledged, 5);
    EXPECT_EQ(world.texts.size(), static_cast<size_t>(acknowledged));
    EXPECT_FALSE(world.journal.lost());
  }
  World world(options);
  EXPECT_EQ(world.texts.size(), static_cast<size_t>(acknowledged));
}

// A file system of `size` that is gone with this object.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size)
      : mounted_(::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  auto mounted() const -> bool { return mounted_; }
  auto file(std::string_view name) const -> std::string { return dir_.file(name); }

 private:
  os::TempDir dir_ = os::TempDir::make().value();
  bool mounted_;
};

TEST(SqliteFull, FullDisk_StillTakesUrgentChanges) {
  const SmallDisk disk("8m");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small tmpfs: " << std::strerror(errno);
  World world({.path = disk.file("state.db")});
  const int acknowledged = world.fill();
  EXPECT_GT(acknowledged, 20);
  EXPECT_TRUE(world.journal.storage_full());
  EXPECT_TRUE(world.put("cancel", 200, Urgency::kUrgent).ok());
  EXPECT_EQ(world.put("launch", 200, Urgency::kNormal).error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(world.texts.size(), static_cast<size_t>(acknowledged) + 1);
}

TEST(SqliteFull, DiskWithRoomAgain_TakesNormalChanges) {
  const SmallDisk disk("8m");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small tmpfs: " << std::strerror(errno);
  World world({.path = disk.file("state.db")});
  const std::string ballast = disk.file("ballast");
  ASSERT_TRUE(os::append_file(ballast, std::string(3 << 20, 'b')).ok());
  EXPECT_GT(world.fill(), 5);
  ASSERT_TRUE(os::remove_file(ballast).ok());
  world.loop.advance(std::chrono::seconds(2));
  EXPECT_TRUE(world.put("launch", 200, Urgency::kNormal).ok());
  EXPECT_FALSE(world.journal.storage_full());
}

}  // namespace
}  // namespace sky::store
