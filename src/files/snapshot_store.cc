#include "files/snapshot_store.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "async/run_on.h"

namespace sky::files {
namespace {

using async::Task;

constexpr std::uint64_t kOwnerBytesMax = std::uint64_t{2} << 30U;

auto read_owner(const std::string& path) -> Result<std::vector<NamedSnapshot>> {
  SKY_TRY(const std::string bytes, os::read_file(path, kOwnerBytesMax));
  return decode_snapshots(bytes);
}

// The file's sync makes the blobs that were handed to the disk before durable too.
auto write_owner(const std::string& path, const std::vector<NamedSnapshot>& snapshots) -> Result<> {
  SKY_CHECK(os::make_dirs(os::parent_dir(path)));
  return os::write_file_atomic(path, encode(snapshots));
}

auto names_in(const std::string& dir) -> Result<std::vector<std::string>> {
  std::vector<std::string> names;
  if (!os::file_exists(dir)) return names;
  SKY_TRY(const std::vector<os::DirEntry> entries, os::list_dir(dir));
  for (const os::DirEntry& entry : entries) names.push_back(entry.name);
  return names;
}

// Blobs that an owner refers to. A damaged owner refers to nothing: it cannot be opened either.
auto owned_blobs(const std::string& owners_dir) -> Result<std::set<BlobId>> {
  std::set<BlobId> owned;
  SKY_TRY(const std::vector<std::string> owners, names_in(owners_dir));
  for (const std::string& owner : owners) {
    const auto snapshots = read_owner(fmt::format("{}/{}", owners_dir, owner));
    if (!snapshots.ok()) continue;
    for (const NamedSnapshot& one : *snapshots) owned.insert(one.snapshot.blobs.begin(), one.snapshot.blobs.end());
  }
  return owned;
}

// Removes free blobs, the ones not used for longest first, until what is left is within the limits.
auto trim(const BlobDir& blobs, const std::set<BlobId>& owned, SnapshotLimits limits, WallTime now) -> Result<> {
  SKY_TRY(std::vector<BlobDir::Listed> listed, blobs.list());
  std::erase_if(listed, [&](const auto& blob) { return owned.contains(blob.id); });
  std::ranges::sort(listed, std::greater<>(), &BlobDir::Listed::used);
  std::uint64_t kept_bytes = 0;
  for (const auto& blob : listed) {
    kept_bytes += blob.size_bytes;
    const bool keep = kept_bytes <= limits.cache_bytes_max && now - blob.used <= limits.cache_age_max;
    if (!keep) SKY_CHECK(blobs.remove(blob.id));
  }
  return {};
}

auto remove_old(const std::string& dir, Duration age_max, WallTime now) -> Result<> {
  SKY_TRY(const std::vector<std::string> names, names_in(dir));
  for (const std::string& name : names) {
    const std::string path = fmt::format("{}/{}", dir, name);
    const Result<os::FileInfo> info = os::stat_file(path, os::Follow::kNo);
    if (info.ok() && now - info->modified > age_max) SKY_CHECK(os::remove_file(path));
  }
  return {};
}

}  // namespace

SnapshotStore::SnapshotStore(async::Loop& loop, std::string dir, SnapshotLimits limits)
    : loop_(loop), dir_(std::move(dir)), limits_(limits) {}

SnapshotStore::Visit::~Visit() {
  if (store_ == nullptr) return;
  --store_->visits_;
  store_->changed_.notify_all();
}

auto SnapshotStore::visit() -> Task<Result<Visit>> {
  while (collecting_) SKY_CO_CHECK(co_await changed_.wait());
  co_return Visit(*this);
}

auto SnapshotStore::take(std::string owner, std::vector<SnapshotSource> sources) -> Task<Result<>> {
  Result<> taken = co_await take_once(owner, sources);
  if (taken.ok() || taken.error().code != ErrorCode::kStorageFull) co_return taken;
  SnapshotLimits nothing = limits_;
  nothing.cache_bytes_max = 0;
  const auto keep_all = [](const std::string&) { return true; };
  SKY_CO_CHECK(co_await collect_alone(keep_all, nothing));
  co_return co_await take_once(std::move(owner), std::move(sources));
}

auto SnapshotStore::take_once(std::string owner, std::vector<SnapshotSource> sources) -> Task<Result<>> {
  if (os::file_exists(owner_path(owner))) co_return Result<>();
  SKY_CO_TRY(const Visit visiting, co_await visit());
  std::vector<NamedSnapshot> snapshots;
  for (SnapshotSource& source : sources) {
    const std::string path = source.path;
    Result<NamedSnapshot> taken = co_await take_source(std::move(source));
    if (!taken.ok() && taken.error().code == ErrorCode::kStorageFull) {
      co_return std::move(taken)
          .error()
          .with_context(fmt::format("no room for a copy of '{}'", path))
          .with_hint("Free some space, or leave large files out with a .skyignore file.");
    }
    if (!taken.ok()) co_return std::move(taken).error();
    snapshots.push_back(*std::move(taken));
  }
  co_return co_await put(std::move(owner), std::move(snapshots));
}

auto SnapshotStore::take_source(SnapshotSource source) -> Task<Result<NamedSnapshot>> {
  const seal::DigestBytes name = seal::digest_of(source.path);
  SnapshotTaker taker(source, blobs(), fmt::format("{}/index/{}", dir_, to_string(BlobId{name})), loop_.wall_now());
  for (bool done = false; !done;) {
    SKY_CO_TRY(const async::Semaphore::Permit permit, co_await worker_.acquire());
    const auto step = [&taker] { return taker.step(); };
    SKY_CO_TRY(done, co_await async::run_on(step));
  }
  copied_bytes_ += taker.bytes_read();
  co_return taker.take();
}

auto SnapshotStore::put(std::string owner, std::vector<NamedSnapshot> snapshots) -> Task<Result<>> {
  // Of two calls at once the first one counts.
  if (os::file_exists(owner_path(owner))) co_return Result<>();
  const auto write = [path = owner_path(owner), snapshots = std::move(snapshots)] {
    return write_owner(path, snapshots);
  };
  co_return co_await async::run_on(write);
}

auto SnapshotStore::open(std::string owner, std::string source) -> Task<Result<std::shared_ptr<const Snapshot>>> {
  const auto read = [path = owner_path(owner)] { return read_owner(path); };
  Result<std::vector<NamedSnapshot>> snapshots = co_await async::run_on(read);
  if (snapshots.ok()) {
    for (NamedSnapshot& one : *snapshots) {
      if (one.source == source) co_return std::make_shared<const Snapshot>(std::move(one.snapshot));
    }
  }
  co_return make_error(ErrorCode::kDataCorrupt,
                       fmt::format("the copy of '{}' that request '{}' was accepted with is lost{}{}", source, owner,
                                   snapshots.ok() ? "" : ": ", snapshots.ok() ? "" : snapshots.error().message),
                       "Run the command again.");
}

auto SnapshotStore::release(std::string owner) -> Task<Result<>> {
  co_return os::remove_file(owner_path(owner));
}

auto SnapshotStore::collect(std::function<bool(const std::string& owner)> wanted) -> Task<Result<>> {
  return collect_alone(std::move(wanted), limits_);
}

auto SnapshotStore::collect_alone(std::function<bool(const std::string& owner)> wanted, SnapshotLimits limits)
    -> Task<Result<>> {
  while (collecting_) SKY_CO_CHECK(co_await changed_.wait());
  collecting_ = true;
  copied_bytes_ = 0;
  Result<> done;
  while (visits_ > 0 && done.ok()) done = co_await changed_.wait();
  if (done.ok()) {
    std::vector<std::string> unwanted = names_in(dir_ + "/owners").value_or(std::vector<std::string>());
    std::erase_if(unwanted, wanted);
    done = co_await sweep(std::move(unwanted), limits);
  }
  collecting_ = false;
  changed_.notify_all();
  co_return done;
}

auto SnapshotStore::sweep(std::vector<std::string> unwanted, SnapshotLimits limits) -> Task<Result<>> {
  return async::run_on([dir = dir_, unwanted = std::move(unwanted), limits, now = loop_.wall_now()]() -> Result<> {
    for (const std::string& owner : unwanted) SKY_CHECK(os::remove_file(fmt::format("{}/owners/{}", dir, owner)));
    SKY_TRY(const std::set<BlobId> owned, owned_blobs(dir + "/owners"));
    SKY_CHECK(trim(BlobDir(dir + "/blobs"), owned, limits, now));
    return remove_old(dir + "/index", limits.cache_age_max, now);
  });
}

}  // namespace sky::files
