// Uploads: files that clients on other machines sent, until their tasks need them.
//
//   <dir>/<user>/blobs/<blob id>/      an unpacked zip archive of a stock client; never changed once it is there
//   <dir>/<user>/parts/<blob id>/      its chunks while they arrive: part000000 …
//   <dir>/<user>/trees/<upload id>/<name>   a directory or file of our own client, kept equal to its original by
//                                      files/sync.h: an upload that broke off goes on where it was, and one of
//                                      unchanged files sends none
//
// A user reaches only what is below the user's own name. Blob and upload ids come from outside and are checked; a path
// into an upload is refused when a link lies on it.
//
// Concurrency: loop thread; disk work on the pool. Source of the stock routes: /upload_v2 of sky/server/server.py,
// skypilot 0.14.1.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "async/sync.h"
#include "base/result.h"
#include "net/http_server.h"

namespace sky::server {

inline constexpr size_t kChunkMaxBytes = 100'000'000;  // a stock client sends 95,000,000
inline constexpr std::int64_t kChunkCountMax = 100'000;
inline constexpr std::uint64_t kUnpackedMaxBytes = std::uint64_t{4} << 40U;
// Uploads that no launch used for this long are removed when the server starts.
inline constexpr Duration kUploadRetention = std::chrono::hours(24 * 14);

struct ChunkPlace {
  std::string user;
  std::string blob_id;
  std::int64_t index = 0;
  std::int64_t count = 1;
};

class Uploads {
 public:
  explicit Uploads(std::string dir) : dir_(std::move(dir)) {}

  // Where our client's upload lies; its parent is made. kInvalidArgument for ids of another shape.
  auto tree_path(std::string_view user, std::string_view upload_id, std::string_view name) const -> Result<std::string>;
  // One writer per path; others wait.
  auto lock(std::string path) -> async::Task<Result<async::Semaphore::Permit>>;

  auto has_blob(std::string_view user, std::string_view blob_id) const -> Result<bool>;
  // Stores the chunk that the exchange's body is; with the last one the archive is unpacked. Returns the indexes that
  // are still missing; empty: the blob is there. kInvalidArgument for bad ids, chunks that are too large, or no
  // archive.
  auto receive_chunk(net::Exchange& exchange, ChunkPlace place) -> async::Task<Result<std::vector<std::int64_t>>>;

  // The task file with the paths of the client's machine replaced by those of its upload, as its `file_mounts_mapping`
  // says. kInvalidArgument for a local path that was not uploaded: the client must not read this machine's files.
  auto localize(const std::string& task_yaml, std::string_view user, std::string_view upload_id) const
      -> Result<std::string>;

  // Blocking: removes what was not used for kUploadRetention.
  void sweep(WallTime now) const;

 private:
  auto root_of(std::string_view user, std::string_view upload_id) const -> Result<std::string>;
  auto finish_blob(const ChunkPlace& place) -> async::Task<Result<>>;

  std::string dir_;
  std::map<std::string, std::shared_ptr<async::Semaphore>> locks_;
};

}  // namespace sky::server
