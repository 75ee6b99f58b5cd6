#include "files/snapshot_taker.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "files/wire.h"

namespace sky::files {
namespace {

constexpr std::string_view kIndexMagic = "SKYI1\n";
constexpr std::uint64_t kIndexBytesMax = std::uint64_t{512} << 20U;
constexpr size_t kStepFiles = 256;
constexpr std::uint64_t kStepBytes = std::uint64_t{32} << 20U;

// What tells one state of one file from all others.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t modified = 0;  // nanoseconds
  std::uint64_t changed = 0;
  auto operator==(const Stamp&) const -> bool = default;
};

auto stamp_of(const os::FileInfo& info) -> Stamp {
  return {.device = info.device,
          .inode = info.inode,
          .size_bytes = info.size_bytes,
          .modified = static_cast<std::uint64_t>(info.modified.time_since_epoch().count()),
          .changed = static_cast<std::uint64_t>(info.changed.time_since_epoch().count())};
}

struct IndexRow {
  Stamp stamp;
  BlobId blob;
};
using Index = std::map<std::string, IndexRow, std::less<>>;

auto encode_index(const Index& index) -> std::string {
  std::string out(kIndexMagic);
  for (const auto& [path, row] : index) {
    put_text(out, path);
    for (const std::uint64_t number :
         {row.stamp.device, row.stamp.inode, row.stamp.size_bytes, row.stamp.modified, row.stamp.changed}) {
      put(out, number);
    }
    put_text(out, {row.blob.digest.data(), row.blob.digest.size()});
  }
  return out;
}

// A cache: what cannot be understood is nothing.
auto decode_index(std::string_view bytes) -> Index {
  Index index;
  if (!bytes.starts_with(kIndexMagic)) return index;
  for (Cursor cursor(bytes.substr(kIndexMagic.size())); !cursor.at_end();) {
    const std::string_view path = cursor.take_text();
    IndexRow row;
    for (std::uint64_t* number :
         {&row.stamp.device, &row.stamp.inode, &row.stamp.size_bytes, &row.stamp.modified, &row.stamp.changed}) {
      *number = cursor.take<std::uint64_t>();
    }
    const std::string_view digest = cursor.take_text();
    if (cursor.failed() || digest.size() != row.blob.digest.size()) return {};
    std::ranges::copy(digest, row.blob.digest.begin());
    index.emplace(path, row);
  }
  return index;
}

}  // namespace

struct SnapshotTaker::State {
  SnapshotSource source;
  BlobDir blobs;
  std::string index_path;
  WallTime now;

  bool walked = false;
  WalkResult found;
  std::string old_index_text;
  Index old_index;
  Index new_index;
  Snapshot snapshot;
  size_t next = 0;  // of found.manifest.entries
  std::uint64_t bytes_read = 0;

  // The file that is being read.
  struct Reading {
    os::UniqueFd file;
    os::FileInfo before;
    BlobWriter writer;
    int reads = 1;
  };
  std::optional<Reading> reading;

  auto path_of(const Entry& entry) const -> std::string {
    return entry.path.empty() ? source.path : source.path + "/" + entry.path;
  }
  auto walk_source() -> Result<>;
  auto take_entry() -> Result<>;
  auto begin_reading(const Entry& entry, int reads) -> Result<bool>;
  auto read_some() -> Result<>;
  void add_file(Entry entry, const os::FileInfo& info, const BlobId& blob);
  void skip(const Error& why);
  void save_index();
};

auto SnapshotTaker::State::walk_source() -> Result<> {
  SKY_TRY(found, walk(source.path, source.ignoring));
  snapshot.notes = std::move(found.notes);
  old_index_text = os::read_file(index_path, kIndexBytesMax).value_or(std::string());
  old_index = decode_index(old_index_text);
  walked = true;
  return {};
}

void SnapshotTaker::State::add_file(Entry entry, const os::FileInfo& info, const BlobId& blob) {
  if (now - info.changed > kSettled) new_index[entry.path] = {stamp_of(info), blob};
  entry.size_bytes = info.size_bytes;
  entry.modified = info.modified;
  entry.mode = info.mode & 0777U;
  snapshot.manifest.entries.push_back(std::move(entry));
  snapshot.blobs.push_back(blob);
  ++next;
}

void SnapshotTaker::State::skip(const Error& why) {
  snapshot.notes.push_back(why.message);
  ++next;
}

auto SnapshotTaker::State::take_entry() -> Result<> {
  const Entry& entry = found.manifest.entries[next];
  if (entry.type != EntryType::kFile) {
    snapshot.manifest.entries.push_back(entry);
    snapshot.blobs.emplace_back();
    ++next;
    return {};
  }
  const auto known = old_index.find(entry.path);
  if (known != old_index.end()) {
    // The root may be a link, what lies below is what it was.
    const auto follow = entry.path.empty() ? os::Follow::kYes : os::Follow::kNo;
    const Result<os::FileInfo> info = os::stat_file(path_of(entry), follow);
    if (info.ok() && stamp_of(*info) == known->second.stamp && blobs.touch(known->second.blob)) {
      add_file(entry, *info, known->second.blob);
      return {};
    }
  }
  SKY_TRY(const bool begun, begin_reading(entry, 1));
  return begun ? read_some() : Result<>();
}

// False: the file is left out. Errors are those of the blobs' disk.
auto SnapshotTaker::State::begin_reading(const Entry& entry, int reads) -> Result<bool> {
  // Should a pipe lie there by now, opening it does not wait.
  const int flags = O_RDONLY | O_NONBLOCK | (entry.path.empty() ? 0 : O_NOFOLLOW);
  Result<os::UniqueFd> file = os::open_file(path_of(entry), flags);
  if (!file.ok()) {
    skip(file.error());
    return false;
  }
  const Result<os::FileInfo> info = os::stat_fd(file->get(), path_of(entry));
  if (!info.ok() || info->type != os::FileType::kRegular) {
    skip(info.ok() ? make_error(ErrorCode::kIo, fmt::format("'{}' is no file any more", path_of(entry)))
                   : info.error());
    return false;
  }
  SKY_TRY(BlobWriter writer, blobs.begin());
  reading.emplace(Reading{std::move(*file), *info, std::move(writer), reads});
  return true;
}

auto SnapshotTaker::State::read_some() -> Result<> {
  const Entry& entry = found.manifest.entries[next];
  Result<std::uint64_t> copied = reading->writer.copy_some(reading->file.get(), kStepBytes);
  if (!copied.ok()) return std::move(copied).error().with_context(fmt::format("snapshot of '{}'", path_of(entry)));
  bytes_read += *copied;
  if (*copied >= kStepBytes) return {};
  const Result<os::FileInfo> after = os::stat_fd(reading->file.get(), path_of(entry));
  const int reads = reading->reads;
  const bool changed = !after.ok() || stamp_of(*after) != stamp_of(reading->before);
  if (changed && reads < kReadsMax) {
    reading.reset();
    SKY_TRY(const bool begun, begin_reading(entry, reads + 1));
    static_cast<void>(begun);
    return {};
  }
  SKY_TRY(const Blob blob, reading->writer.commit());
  os::FileInfo info = reading->before;
  info.size_bytes = blob.size_bytes;
  if (changed) info.changed = now;  // not for the index
  reading.reset();
  add_file(entry, info, blob.id);
  return {};
}

// Only saves work next time: a failure costs nothing else.
void SnapshotTaker::State::save_index() {
  const std::string text = encode_index(new_index);
  Result<> saved = os::make_dirs(os::parent_dir(index_path));
  if (saved.ok()) saved = text == old_index_text ? os::touch_file(index_path) : os::write_file_atomic(index_path, text);
  static_cast<void>(saved);
}

SnapshotTaker::SnapshotTaker(SnapshotSource source, BlobDir blobs, std::string index_path, WallTime now)
    : state_(std::make_unique<State>(State{
          .source = std::move(source), .blobs = std::move(blobs), .index_path = std::move(index_path), .now = now})) {}
SnapshotTaker::~SnapshotTaker() = default;
SnapshotTaker::SnapshotTaker(SnapshotTaker&&) noexcept = default;

auto SnapshotTaker::step() -> Result<bool> {
  State& state = *state_;
  if (!state.walked) {
    SKY_CHECK(state.walk_source());
    return false;
  }
  const std::uint64_t bytes_before = state.bytes_read;
  for (size_t i = 0; i < kStepFiles && state.bytes_read - bytes_before < kStepBytes; ++i) {
    if (state.reading) {
      SKY_CHECK(state.read_some());
    } else if (state.next < state.found.manifest.entries.size()) {
      SKY_CHECK(state.take_entry());
    } else {
      state.save_index();
      return true;
    }
  }
  return false;
}

auto SnapshotTaker::take() -> NamedSnapshot {
  return {.source = state_->source.path, .snapshot = std::move(state_->snapshot)};
}

auto SnapshotTaker::bytes_read() const -> std::uint64_t {
  return state_->bytes_read;
}

}  // namespace sky::files
