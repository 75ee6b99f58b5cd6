#include "catalog/fetch/downloads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "catalog/fetch/md5.h"
#include "catalog/load.h"

namespace sky::catalog {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kDirMode = 0755;

auto read_word(const std::string& path) -> std::string {
  const auto text = os::read_file(path, 4096);
  return text.ok() ? std::string(trim(*text)) : "";
}

}  // namespace

auto Downloads::meta(std::string_view file, std::string_view suffix) const -> std::string {
  return fmt::format("{}/.meta/{}.{}", dir_, file, suffix);
}

auto Downloads::look(std::string_view file) const -> Result<Download> {
  const auto info = os::stat_file(path(file));
  if (!info.ok() && info.error().code == ErrorCode::kNotFound) return Download{};
  if (!info.ok()) return info.error();
  Download download{DownloadState::kEdited, info->modified, {}};
  const std::string sum = read_word(meta(file, "md5"));
  const std::string pending = read_word(meta(file, "pending"));
  if (sum.empty() && pending.empty()) return download;
  SKY_TRY(const std::string bytes, os::read_file(path(file), kCsvSizeMaxBytes));
  const std::string found = md5_hex(bytes);
  if (found != sum && found != pending) return download;
  download.state = DownloadState::kDownloaded;
  if (found == sum) download.etag = read_word(meta(file, "etag"));
  return download;
}

auto Downloads::put(std::string_view file, std::string_view bytes, std::string_view etag) const -> Result<> {
  const std::string sum = md5_hex(bytes);
  SKY_CHECK(os::make_dirs(os::parent_dir(path(file)), kDirMode));
  SKY_CHECK(os::make_dirs(os::parent_dir(meta(file, "md5")), kDirMode));
  SKY_CHECK(os::write_file_atomic(meta(file, "pending"), sum, kFileMode));
  SKY_CHECK(os::write_file_atomic(path(file), bytes, kFileMode));
  // The old tag must not meet the new sum, nor the new tag the old file.
  SKY_CHECK(os::remove_file(meta(file, "etag")));
  SKY_CHECK(os::write_file_atomic(meta(file, "md5"), sum, kFileMode));
  if (!etag.empty()) SKY_CHECK(os::write_file_atomic(meta(file, "etag"), etag, kFileMode));
  return os::remove_file(meta(file, "pending"));
}

auto Downloads::touch(std::string_view file) const -> Result<> {
  if (::utimensat(AT_FDCWD, path(file).c_str(), nullptr, 0) == 0) return {};
  return os::errno_error(errno, "touch", path(file));
}

auto Downloads::lock(std::string_view file) const -> Result<os::FileLock> {
  SKY_CHECK(os::make_dirs(os::parent_dir(meta(file, "lock")), kDirMode));
  return os::FileLock::acquire(meta(file, "lock"), {{"pid", fmt::format("{}", ::getpid())}});
}

auto Downloads::older_than(WallTime before) const -> std::vector<std::string> {
  constexpr std::string_view kSum = ".md5";
  std::vector<std::string> old;
  const auto infras = os::list_dir(dir_ + "/.meta");
  if (!infras.ok()) return old;  // nothing was ever downloaded
  for (const auto& infra : *infras) {
    const auto sums = os::list_dir(fmt::format("{}/.meta/{}", dir_, infra.name));
    if (!sums.ok()) continue;
    for (const auto& sum : *sums) {
      if (!sum.name.ends_with(kSum)) continue;
      const std::string file =
          fmt::format("{}/{}", infra.name, std::string_view(sum.name).substr(0, sum.name.size() - kSum.size()));
      // Hashing is for the old ones alone.
      const auto info = os::stat_file(path(file));
      if (!info.ok() || info->modified >= before) continue;
      const auto download = look(file);
      if (download.ok() && download->state == DownloadState::kDownloaded) old.push_back(file);
    }
  }
  return old;
}

}  // namespace sky::catalog
