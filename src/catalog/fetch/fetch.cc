#include "catalog/fetch/fetch.h"

#include <array>

#include "async/run_on.h"
#include "base/log.h"
#include "base/strings.h"
#include "catalog/load.h"
#include "format/csv.h"

namespace sky::catalog {
namespace {

constexpr Duration kRefreshInterval = std::chrono::hours(1);
constexpr Duration kFileTimeMax = std::chrono::minutes(10);
constexpr size_t kDownloadSizeMaxBytes = size_t{128} << 20U;

// Files beside vms.csv.
struct Extra {
  std::string_view infra;
  std::string_view file;
};
constexpr auto kExtras = std::to_array<Extra>({{"aws", "images.csv"},
                                               {"aws", "instance_quota_mapping.csv"},
                                               {"azure", "images.csv"},
                                               {"gcp", "images.csv"},
                                               {"gcp", "accelerator_quota_mapping.csv"},
                                               {"oci", "images.csv"}});

auto is_machines_file(std::string_view file) -> bool {
  return file.ends_with("/vms.csv");
}

// That the bytes are what they should be: rows of machines, or at least CSV with a header and a row.
auto check_contents(std::string_view bytes, const std::string& file) -> Result<> {
  if (is_machines_file(file)) {
    SKY_TRY(const CsvRows rows, CsvRows::parse(bytes, file));
    if (!rows.rows().empty()) return {};
    return make_error(ErrorCode::kDataCorrupt, fmt::format("{}: expected rows, found none", file));
  }
  CsvReader reader(bytes, file);
  std::vector<std::string_view> fields;
  size_t count = 0;
  for (;; ++count) {
    SKY_TRY(const bool any, reader.next(fields));
    if (!any) break;
    if (count == 0 && fields.size() < 2) return reader.error("expected a header of several columns");
  }
  if (count >= 2) return {};
  return make_error(ErrorCode::kDataCorrupt, fmt::format("{}: expected rows, found none", file));
}

auto connect(async::IoLoop& loop, const net::Url& url) -> Result<net::HttpClient> {
  if (url.scheme == "http") return net::HttpClient(loop, net::Endpoint::tcp(url.host, url.port));
  return make_error(ErrorCode::kNotSupported,
                    fmt::format("cannot download from {}://{}: this version speaks http alone", url.scheme, url.host),
                    "set SKYPILOT_CATALOG_URL to an http address that has the same files");
}

// Whether another address may do better.
auto is_worth_the_mirror(const Error& error) -> bool {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded ||
         error.code == ErrorCode::kDataCorrupt;
}

auto read_all(net::ResponseReader* reader, std::string file, std::optional<size_t> total, ProgressFn progress)
    -> async::Task<Result<std::string>> {
  std::string bytes;
  for (;;) {
    SKY_CO_TRY(const std::string piece, co_await reader->read_some());
    if (piece.empty()) break;
    if (bytes.size() + piece.size() > kDownloadSizeMaxBytes) {
      co_return make_error(ErrorCode::kDataCorrupt,
                           fmt::format("{}: more than {} MiB", file, kDownloadSizeMaxBytes >> 20U));
    }
    bytes += piece;
    if (progress) progress({file, bytes.size(), total});
  }
  if (total && bytes.size() != *total) {
    co_return make_error(ErrorCode::kDataCorrupt,
                         fmt::format("{}: expected {} bytes, received {}", file, *total, bytes.size()));
  }
  co_return std::move(bytes);
}

auto header(const net::HttpResponse& head, std::string_view name) -> std::string {
  return std::string(head.headers.find(name).value_or(""));
}

}  // namespace

auto CatalogFetcher::get(std::string url, std::string file, std::string etag, ProgressFn progress, Deadline deadline)
    -> async::Task<Result<Body>> {
  SKY_CO_TRY(const net::Url parsed, net::parse_url(fmt::format("{}/v8/{}", url, file)));
  SKY_CO_TRY(net::HttpClient client, connect(loop_, parsed));
  net::HttpRequest request{.target = parsed.target};
  request.headers.add("User-Agent", "SkyPilot/0.7");
  request.headers.add("Accept-Encoding", "identity");
  if (!etag.empty()) request.headers.add("If-None-Match", etag);
  SKY_CO_TRY(const auto reader, co_await client.open(std::move(request), deadline));
  const int status = reader->head().status;
  Body body{status, {}, header(reader->head(), "ETag")};
  if (status == 304 || status == 404) co_return body;
  if (status == 429 || status >= 500) {
    co_return make_error(ErrorCode::kUnavailable, fmt::format("{} answered {}", parsed.host, status));
  }
  if (status != 200) {
    co_return make_error(ErrorCode::kDataCorrupt, fmt::format("{}: expected status 200, found {}", file, status));
  }
  std::optional<size_t> total;
  if (const auto length = parse_int(header(reader->head(), "Content-Length"))) total = static_cast<size_t>(*length);
  auto reading = read_all(reader.get(), file, total, std::move(progress));
  SKY_CO_TRY(body.bytes, co_await async::with_deadline(deadline, "downloading " + file, std::move(reading)));
  co_return body;
}

auto CatalogFetcher::ask(std::string file, std::string etag, ProgressFn progress, Deadline deadline)
    -> async::Task<Result<Body>> {
  Result<Body> first = co_await get(address_.url, file, etag, progress, deadline);
  if (first.ok() || address_.mirror_url.empty() || !is_worth_the_mirror(first.error())) co_return first;
  // The mirror names the same content otherwise.
  Result<Body> second = co_await get(address_.mirror_url, file, {}, progress, deadline);
  if (second.ok()) second->etag.clear();
  co_return second.ok() ? std::move(second) : std::move(first);
}

auto CatalogFetcher::fetch(std::string file, Deadline deadline, ProgressFn progress)
    -> async::Task<Result<FetchedFile>> {
  const Downloads downloads = downloads_;
  SKY_CO_TRY(const os::FileLock lock, downloads.lock(file));
  SKY_CO_TRY(const Download before, co_await async::run_on([downloads, file] { return downloads.look(file); }));
  if (before.state == DownloadState::kEdited) co_return FetchedFile{file, FetchOutcome::kKeptEdited};
  Result<Body> body = co_await ask(file, before.etag, std::move(progress), deadline);
  if (!body.ok()) co_return std::move(body).error().with_context(file);
  if (body->status == 404) co_return FetchedFile{file, FetchOutcome::kNotOffered};
  if (body->status == 304) {
    SKY_CO_CHECK(downloads.touch(file));
    co_return FetchedFile{file, FetchOutcome::kUnchanged};
  }
  const size_t size = body->bytes.size();
  SKY_CO_CHECK(co_await async::run_on([downloads, file, body = *std::move(body)]() -> Result<> {
    if (auto good = check_contents(body.bytes, file); !good.ok()) {
      good.error().code = ErrorCode::kDataCorrupt;
      return std::move(good).error().with_context("the download is no catalog");
    }
    return downloads.put(file, body.bytes, body.etag);
  }));
  co_return FetchedFile{file, FetchOutcome::kUpdated, size};
}

auto hosted_infras() -> const std::vector<std::string_view>& {
  static const std::vector<std::string_view> kInfras = {
      "aws",    "azure",  "cudo",    "do",     "fluidstack", "gcp",        "hyperbolic",
      "ibm",    "lambda", "mithril", "nebius", "oci",        "paperspace", "primeintellect",
      "runpod", "scp",    "seeweb",  "vast",   "verda",      "yotta"};
  return kInfras;
}

auto hosted_files(std::string_view infra) -> std::vector<std::string> {
  if (infra == "common") return {"common/accelerators.csv", "common/metadata.csv"};
  const auto& infras = hosted_infras();
  if (std::find(infras.begin(), infras.end(), infra) == infras.end()) return {};
  std::vector<std::string> files = {fmt::format("{}/vms.csv", infra)};
  for (const Extra& extra : kExtras) {
    if (extra.infra == infra) files.push_back(fmt::format("{}/{}", infra, extra.file));
  }
  return files;
}

auto catalog_address(std::string_view configured_url) -> CatalogAddress {
  if (configured_url.empty()) return {};
  while (configured_url.ends_with('/')) configured_url.remove_suffix(1);
  return {std::string(configured_url), ""};
}

auto keep_catalogs_fresh(async::IoLoop* loop, CatalogAddress address, std::string dir) -> async::Task<Result<>> {
  CatalogFetcher fetcher(*loop, std::move(address), std::move(dir));
  for (;;) {
    const Downloads downloads = fetcher.downloads();
    const WallTime before = loop->wall_now() - kCatalogAgeMax;
    const auto old = co_await async::run_on([downloads, before] { return downloads.older_than(before); });
    for (const std::string& file : old) {
      const auto fetched = co_await fetcher.fetch(file, Deadline::after(loop->now(), kFileTimeMax));
      if (!fetched.ok()) log_info("catalog", "not refreshed: {}", fetched.error().message);
    }
    SKY_CO_CHECK(co_await async::sleep_for(kRefreshInterval));
  }
}

}  // namespace sky::catalog
