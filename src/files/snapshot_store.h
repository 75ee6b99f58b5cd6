// SnapshotStore: snapshots of directories, each kept for one owner (an API request) from before the owner is durable
// until it has ended. What was taken survives the process; the source may change at once.
//
//   <dir>/owners/<owner>     the owner's snapshots (files/snapshot.h), synced
//   <dir>/blobs/             contents (files/blob_dir.h), shared by all owners
//   <dir>/index/             what makes the next snapshot of an unchanged source cheap (files/snapshot_taker.h)
//
// Blobs that no owner needs are kept as a cache for SnapshotLimits: launching an unchanged directory again copies
// nothing. A full disk drops the cache before anything fails.
//
// Files that came over the network enter through blobs() and put(): write each content with a BlobWriter (on the pool,
// within a Visit), then put() the manifest and the ids under an owner.
//
// Concurrency: loop thread; disk work runs on the pool in short steps, those of all owners one after the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/sync.h"
#include "files/snapshot_taker.h"

namespace sky::files {

struct SnapshotLimits {
  std::uint64_t cache_bytes_max = std::uint64_t{10} << 30U;  // of blobs without owner
  Duration cache_age_max = std::chrono::hours(24);           // since their last use
};

class SnapshotStore {
 public:
  SnapshotStore(async::Loop& loop, std::string dir, SnapshotLimits limits = {});

  // Durable on return. An owner that has snapshots keeps those: a repeated call takes nothing. Errors: walk()'s about a
  // source; kStorageFull with the source's name.
  auto take(std::string owner, std::vector<SnapshotSource> sources) -> async::Task<Result<>>;
  // The same with snapshots that were made elsewhere, of blobs that are here.
  auto put(std::string owner, std::vector<NamedSnapshot> snapshots) -> async::Task<Result<>>;
  // What `owner` has of `source`. kDataCorrupt when it is not there or was damaged.
  auto open(std::string owner, std::string source) -> async::Task<Result<std::shared_ptr<const Snapshot>>>;
  // The owner has ended, or never came to be.
  auto release(std::string owner) -> async::Task<Result<>>;
  // Releases all owners that are not `wanted`, which a crash may have left, and trims the cache.
  auto collect(std::function<bool(const std::string& owner)> wanted) -> async::Task<Result<>>;

  // Much was copied since the last collect().
  auto has_grown() const -> bool { return copied_bytes_ > limits_.cache_bytes_max / 4; }
  auto blobs() const -> BlobDir { return BlobDir(dir_ + "/blobs"); }

  // While one lives, no blob is removed.
  class [[nodiscard]] Visit {
   public:
    explicit Visit(SnapshotStore& store) : store_(&store) { ++store.visits_; }
    Visit(Visit&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    auto operator=(Visit&&) -> Visit& = delete;
    ~Visit();

   private:
    SnapshotStore* store_;
  };
  auto visit() -> async::Task<Result<Visit>>;

 private:
  auto owner_path(const std::string& owner) const -> std::string { return dir_ + "/owners/" + owner; }
  auto take_once(std::string owner, std::vector<SnapshotSource> sources) -> async::Task<Result<>>;
  auto take_source(SnapshotSource source) -> async::Task<Result<NamedSnapshot>>;
  auto sweep(std::vector<std::string> unwanted, SnapshotLimits limits) -> async::Task<Result<>>;
  auto collect_alone(std::function<bool(const std::string& owner)> wanted, SnapshotLimits limits)
      -> async::Task<Result<>>;

  async::Loop& loop_;
  std::string dir_;
  SnapshotLimits limits_;
  async::Semaphore worker_{1};      // of all pool threads, snapshots use one
  std::uint64_t copied_bytes_ = 0;  // since the last collect()
  int visits_ = 0;
  bool collecting_ = false;
  async::WaitList changed_;
};

}  // namespace sky::files
