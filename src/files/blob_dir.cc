#include "files/blob_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::files {
namespace {

constexpr std::string_view kUnfinishedPrefix = "new-";
constexpr size_t kBufferBytes = size_t{256} << 10U;
constexpr size_t kDirNameSize = 2;

auto hex_value(char c) -> int {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

auto parse_id(std::string_view hex) -> std::optional<BlobId> {
  BlobId id;
  if (hex.size() != 2 * id.digest.size()) return std::nullopt;
  for (size_t i = 0; i < id.digest.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.digest[i] = static_cast<char>(high << 4 | low);
  }
  return id;
}

}  // namespace

auto to_string(const BlobId& id) -> std::string {
  return to_hex({id.digest.data(), id.digest.size()});
}

// ---- BlobWriter ----------------------------------------------------------------------------------------------------

BlobWriter::~BlobWriter() {
  if (fd_) unlink(path_.c_str());
}

auto BlobWriter::write(std::string_view bytes) -> Result<> {
  if (!shared_) SKY_CHECK(os::write_all(fd_.get(), bytes, path_));
  digest_.update(bytes);
  size_bytes_ += bytes.size();
  return {};
}

auto BlobWriter::copy_some(int source, std::uint64_t bytes_max) -> Result<std::uint64_t> {
  // What is shared is read back from the blob, whose content does not change any more.
  if (size_bytes_ == 0 && !shared_) shared_ = os::try_reflink(source, fd_.get());
  const int from = shared_ ? fd_.get() : source;
  std::string buffer(kBufferBytes, '\0');
  std::uint64_t copied = 0;
  while (copied < bytes_max) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::errno_error(errno, "cannot read");
    if (count == 0) break;
    SKY_CHECK(write({buffer.data(), static_cast<size_t>(count)}));
    copied += static_cast<std::uint64_t>(count);
  }
  return copied;
}

auto BlobWriter::commit() -> Result<Blob> {
  const Blob blob{.id = {digest_.finish()}, .size_bytes = size_bytes_};
  const std::string path = BlobDir(dir_).path_of(blob.id);
  // Equal content keeps its place, unless a power cut took its end.
  const Result<os::FileInfo> known = os::stat_file(path, os::Follow::kNo);
  if (known.ok() && known->size_bytes == size_bytes_ && BlobDir(dir_).touch(blob.id)) return blob;
  SKY_CHECK(os::write_back(fd_.get(), path_));
  SKY_CHECK(os::make_dirs(os::parent_dir(path)));
  SKY_CHECK(os::rename_file(path_, path));
  fd_.reset();
  return blob;
}

// ---- BlobDir -------------------------------------------------------------------------------------------------------

auto BlobDir::begin() const -> Result<BlobWriter> {
  SKY_CHECK(os::make_dirs(path_));
  std::string path = fmt::format("{}/{}XXXXXX", path_, kUnfinishedPrefix);
  os::UniqueFd fd(mkostemp(path.data(), O_CLOEXEC));
  if (!fd) return os::errno_error(errno, "write", path);
  BlobWriter writer(path_, std::move(path), std::move(fd));
  if (fchmod(writer.fd_.get(), 0400) != 0) return os::errno_error(errno, "write", writer.path_);
  return writer;
}

auto BlobDir::path_of(const BlobId& id) const -> std::string {
  const std::string hex = to_string(id);
  return fmt::format("{}/{}/{}", path_, hex.substr(0, kDirNameSize), hex.substr(kDirNameSize));
}

auto BlobDir::touch(const BlobId& id) const -> bool {
  return os::touch_file(path_of(id)).ok();
}

auto BlobDir::remove(const BlobId& id) const -> Result<> {
  return os::remove_file(path_of(id));
}

auto BlobDir::list() const -> Result<std::vector<Listed>> {
  std::vector<Listed> blobs;
  if (!os::file_exists(path_)) return blobs;
  SKY_TRY(const std::vector<os::DirEntry> dirs, os::list_dir(path_));
  for (const os::DirEntry& dir : dirs) {
    const std::string path = fmt::format("{}/{}", path_, dir.name);
    if (dir.name.starts_with(kUnfinishedPrefix)) SKY_CHECK(os::remove_file(path));
    if (dir.type != os::FileType::kDirectory) continue;
    SKY_TRY(const std::vector<os::DirEntry> names, os::list_dir(path));
    for (const os::DirEntry& name : names) {
      const auto id = parse_id(dir.name + name.name);
      if (!id) continue;
      SKY_TRY(const os::FileInfo info, os::stat_file(fmt::format("{}/{}", path, name.name), os::Follow::kNo));
      blobs.push_back({.id = *id, .size_bytes = info.size_bytes, .used = info.modified});
    }
  }
  return blobs;
}

}  // namespace sky::files
