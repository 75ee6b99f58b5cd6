// The files of a catalog directory that were downloaded, and what is remembered of them, as the original keeps it:
//
//   <dir>/aws/vms.csv                 the file
//   <dir>/.meta/aws/vms.csv.md5       of the file as it was downloaded: another sum, or none, means the user edited it
//   <dir>/.meta/aws/vms.csv.etag      ours: what the server called it
//   <dir>/.meta/aws/vms.csv.pending   ours: sum of a download that is being put in place
//   <dir>/.meta/aws/vms.csv.lock      held while one process downloads
//
// Blocking calls on small files and hashing of large ones: for run_on, except in tests. Thread-safe: no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/lock.h"

namespace sky::catalog {

enum class DownloadState {
  kMissing,     // no such file
  kDownloaded,  // as it came
  kEdited,      // the user's: never overwritten
};

struct Download {
  DownloadState state = DownloadState::kMissing;
  WallTime modified{};
  std::string etag;  // empty unless downloaded
};

class Downloads {
 public:
  explicit Downloads(std::string dir) : dir_(std::move(dir)) {}

  auto path(std::string_view file) const -> std::string { return dir_ + "/" + std::string(file); }
  // `file` is "aws/vms.csv".
  auto look(std::string_view file) const -> Result<Download>;
  // Puts a download in place of what is there, whole or not at all. A crash at any point leaves a file that still
  // counts as downloaded.
  auto put(std::string_view file, std::string_view bytes, std::string_view etag) const -> Result<>;
  // The server says that the file is current: it is as young as a new one.
  auto touch(std::string_view file) const -> Result<>;
  // kConflict while another process downloads the file.
  auto lock(std::string_view file) const -> Result<os::FileLock>;
  // Downloaded files of all infrastructures that were last written before `before`.
  auto older_than(WallTime before) const -> std::vector<std::string>;

 private:
  auto meta(std::string_view file, std::string_view suffix) const -> std::string;

  std::string dir_;
};

}  // namespace sky::catalog
