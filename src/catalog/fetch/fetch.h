// Downloads catalogs from where the original hosts them, or from another address with the same layout.
//
//   GET <url>/v8/<infra>/<file>, If-None-Match: <etag>      200 with the file, 304, or 404 for a file that is not
//   offered
//
// A download replaces the file only when it is complete and reads as a catalog; otherwise the old one stays. What the
// user edited is never overwritten. When the address limits (429), fails (5xx) or does not answer, the mirror is asked.
// Source of addresses, files and rules: catalog/common.py and skylet/constants.py of 0.14.1, read 2026-11.
//
// One owner, one loop. Files are read and written on the pool.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "catalog/fetch/downloads.h"
#include "net/http_client.h"

namespace sky::catalog {

inline constexpr std::string_view kCatalogUrl =
    "https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs";
inline constexpr std::string_view kCatalogMirrorUrl = "https://skypilot-catalog.s3.us-east-1.amazonaws.com/catalogs";
inline constexpr Duration kCatalogAgeMax = std::chrono::hours(7);

struct CatalogAddress {
  std::string url = std::string(kCatalogUrl);
  std::string mirror_url = std::string(kCatalogMirrorUrl);  // empty: none
};

enum class FetchOutcome {
  kUpdated,
  kUnchanged,   // the server has no newer one
  kKeptEdited,  // the user's own
  kNotOffered,  // the server has no such file
};

struct FetchedFile {
  std::string file;  // "aws/vms.csv"
  FetchOutcome outcome = FetchOutcome::kUnchanged;
  size_t size_bytes = 0;  // of an update
};

struct FetchProgress {
  std::string_view file;
  size_t received_bytes = 0;
  std::optional<size_t> total_bytes;
};
using ProgressFn = std::function<void(const FetchProgress&)>;

class CatalogFetcher {
 public:
  CatalogFetcher(async::IoLoop& loop, CatalogAddress address, std::string dir)
      : loop_(loop), address_(std::move(address)), downloads_(std::move(dir)) {}

  // One file. Errors leave what is there as it was: kUnavailable, kDeadlineExceeded, kNotSupported (https, until this
  // program speaks it), kDataCorrupt (cut off, or no catalog), kConflict (another process downloads it).
  auto fetch(std::string file, Deadline deadline, ProgressFn progress = {}) -> async::Task<Result<FetchedFile>>;

  auto downloads() const -> const Downloads& { return downloads_; }

 private:
  struct Body {
    int status = 0;
    std::string bytes;
    std::string etag;
  };
  auto get(std::string url, std::string file, std::string etag, ProgressFn progress, Deadline deadline)
      -> async::Task<Result<Body>>;
  auto ask(std::string file, std::string etag, ProgressFn progress, Deadline deadline) -> async::Task<Result<Body>>;

  async::IoLoop& loop_;
  CatalogAddress address_;
  Downloads downloads_;
};

// Infrastructures with a hosted catalog, sorted.
auto hosted_infras() -> const std::vector<std::string_view>&;
// The files of one, "aws/vms.csv" first; `common` has two. Empty for one without a hosted catalog.
auto hosted_files(std::string_view infra) -> std::vector<std::string>;

// $SKYPILOT_CATALOG_URL instead of the original's address and without its mirror; empty: the original's.
auto catalog_address(std::string_view configured_url) -> CatalogAddress;

// For ever: downloads again what was downloaded and is older than kCatalogAgeMax. Never creates a file that was not
// there, and a failure is tried again an hour later. Ends when the caller's scope is cancelled.
auto keep_catalogs_fresh(async::IoLoop* loop, CatalogAddress address, std::string dir) -> async::Task<Result<>>;

}  // namespace sky::catalog
