#include "catalog/fetch/fetch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "async/asio_loop.h"
#include "async/group.h"
#include "catalog/fetch/md5.h"
#include "net/http_server.h"
#include "os/temp_dir.h"

namespace sky::catalog {
namespace {

using async::Task;

constexpr std::string_view kGood = "InstanceType,Price,Region\na,1,r\n";
constexpr std::string_view kNewer = "InstanceType,Price,Region\na,2,r\n";

TEST(Md5, OfTheRfc) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
  EXPECT_EQ(md5_hex(std::string(56, 'a')), "3b0c8ac703f828b04c6c197006d17218");
}

// A real server that answers what the test says.
struct Hosted {
  int status = 200;
  std::string body;
  std::string etag;
  bool cut_off = false;
};

class FetchTest : public testing::Test {
 protected:
  FetchTest() {
    auto listener = net::listen_tcp(loop_, "127.0.0.1", 0).value();
    const std::string url = fmt::format("http://{}", to_string(listener->endpoint()));
    address_ = {url, ""};
    server_ = std::make_unique<net::HttpServer>(loop_, std::move(listener),
                                                [this](net::Exchange& exchange) { return answer(this, &exchange); });
    server_->start();
  }
  ~FetchTest() override { static_cast<void>(loop_.run_until_done(stop(server_.get()))); }

  static auto stop(net::HttpServer* server) -> Task<Result<>> {
    co_await server->stop(std::chrono::seconds(1));
    co_return Result<>();
  }
  static auto answer(FetchTest* test, net::Exchange* exchange) -> Task<> {
    const net::HttpRequest& request = exchange->request();
    test->asked_.push_back(request.path);
    const auto found = test->hosted_.find(request.path);
    const Hosted hosted = found == test->hosted_.end() ? Hosted{.status = 404} : found->second;
    net::Headers headers;
    if (!hosted.etag.empty()) headers.add("ETag", hosted.etag);
    if (hosted.cut_off) {
      static_cast<void>(co_await exchange->start_stream(200, headers));
      static_cast<void>(co_await exchange->write_chunk(hosted.body));
      co_return;
    }
    const bool same = !hosted.etag.empty() && request.headers.find("If-None-Match").value_or("") == hosted.etag;
    static_cast<void>(co_await exchange->respond(same ? 304 : hosted.status, headers, same ? "" : hosted.body));
  }

  auto fetch(ProgressFn progress = {}) -> Result<FetchedFile> {
    CatalogFetcher fetcher(loop_, address_, dir_.path());
    return loop_.run_until_done(
        fetcher.fetch("aws/vms.csv", Deadline::after(loop_.now(), std::chrono::seconds(60)), std::move(progress)));
  }
  auto outcome() -> std::string {
    constexpr std::string_view kNames[] = {"updated", "unchanged", "edited", "not offered"};
    const auto fetched = fetch();
    return fetched.ok() ? std::string(kNames[static_cast<size_t>(fetched->outcome)]) : fetched.error().message;
  }
  auto content() -> std::string { return os::read_file(csv_).value_or(std::string("none")); }
  void host(std::string_view body, std::string etag = {}) {
    hosted_["/v8/aws/vms.csv"] = {200, std::string(body), etag};
  }

  async::AsioLoop loop_{2};
  os::TempDir dir_ = os::TempDir::make().value();
  std::string csv_ = dir_.file("aws/vms.csv");
  std::map<std::string, Hosted> hosted_;
  std::vector<std::string> asked_;
  CatalogAddress address_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(FetchTest, FirstDownload_IsMarkedAsTheOriginalMarksIt) {
  host(kGood, "\"v1\"");
  size_t received = 0;
  const auto fetched = fetch([&](const FetchProgress& progress) { received = progress.received_bytes; });
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  EXPECT_EQ(fetched->size_bytes, kGood.size());
  EXPECT_EQ(received, kGood.size());
  EXPECT_EQ(content(), kGood);
  EXPECT_EQ(*os::read_file(dir_.file(".meta/aws/vms.csv.md5")), md5_hex(kGood));
}

TEST_F(FetchTest, SameTag_IsNotSentAgain) {
  host(kGood, "\"v1\"");
  EXPECT_EQ(outcome(), "updated");
  EXPECT_EQ(outcome(), "unchanged");
  host(kNewer, "\"v2\"");
  EXPECT_EQ(outcome(), "updated");
  EXPECT_EQ(content(), kNewer);
}

TEST_F(FetchTest, EditedByTheUser_IsKept) {
  host(kGood);
  EXPECT_EQ(outcome(), "updated");
  ASSERT_TRUE(os::write_file_atomic(csv_, kNewer).ok());
  EXPECT_EQ(outcome(), "edited");
  EXPECT_EQ(content(), kNewer);
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(FetchTest, PutThereByTheUser_IsKept) {
  host(kGood);
  ASSERT_TRUE(os::make_dirs(dir_.file("aws")).ok());
  ASSERT_TRUE(os::write_file_atomic(csv_, "mine").ok());
  EXPECT_EQ(outcome(), "edited");
  EXPECT_EQ(content(), "mine");
}

TEST_F(FetchTest, BrokenDownload_KeepsTheOldFile) {
  host(kGood);
  EXPECT_EQ(outcome(), "updated");
  for (const std::string_view bad : {"", "<html>rate limited</html>\n", "InstanceType,Price,Region\n",
                                     "InstanceType,Price,Region\na,1,r\n\"", "InstanceType,Price,Region\na,x,r\n"}) {
    host(bad);
    EXPECT_EQ(fetch().error().code, ErrorCode::kDataCorrupt) << bad;
    EXPECT_EQ(content(), kGood);
  }
  hosted_["/v8/aws/vms.csv"] = {200, std::string(kNewer), "", true};
  EXPECT_FALSE(fetch().ok());
  EXPECT_EQ(content(), kGood);
  host(kNewer);
  EXPECT_EQ(outcome(), "updated");
}

TEST_F(FetchTest, StatusOtherThan200) {
  EXPECT_EQ(outcome(), "not offered");
  hosted_["/v8/aws/vms.csv"] = {403, "no", ""};
  EXPECT_EQ(outcome(), "aws/vms.csv: aws/vms.csv: expected status 200, found 403");
  hosted_["/v8/aws/vms.csv"] = {429, "slow down", ""};
  EXPECT_EQ(outcome(), "aws/vms.csv: 127.0.0.1 answered 429");
  EXPECT_EQ(content(), "none");
}

TEST_F(FetchTest, AddressLimits_TheMirrorIsAsked) {
  hosted_["/v8/aws/vms.csv"] = {429, "slow down", ""};
  hosted_["/mirror/v8/aws/vms.csv"] = {200, std::string(kGood), "\"m\""};
  address_.mirror_url = address_.url + "/mirror";
  EXPECT_EQ(outcome(), "updated");
  EXPECT_EQ(content(), kGood);
  // A tag of the mirror means nothing to the first address.
  EXPECT_FALSE(os::file_exists(dir_.file(".meta/aws/vms.csv.etag")));
}

TEST_F(FetchTest, Https_IsSaidPlainly) {
  address_ = {};
  EXPECT_EQ(fetch().error().code, ErrorCode::kNotSupported);
}

TEST_F(FetchTest, AnotherProcessDownloads_IsAConflict) {
  const auto lock = Downloads(dir_.path()).lock("aws/vms.csv");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(fetch().error().code, ErrorCode::kConflict);
}

// The file was put in place, its sum not yet.
TEST_F(FetchTest, KilledBetweenFileAndSum_IsNoEdit) {
  host(kGood);
  EXPECT_EQ(outcome(), "updated");
  ASSERT_TRUE(os::write_file_atomic(dir_.file(".meta/aws/vms.csv.pending"), md5_hex(kNewer)).ok());
  EXPECT_EQ(Downloads(dir_.path()).look("aws/vms.csv")->state, DownloadState::kDownloaded);
  ASSERT_TRUE(os::write_file_atomic(csv_, kNewer).ok());
  EXPECT_EQ(Downloads(dir_.path()).look("aws/vms.csv")->state, DownloadState::kDownloaded);
  EXPECT_EQ(outcome(), "updated");
}

TEST_F(FetchTest, Old_IsWhatWasDownloadedLongAgo) {
  host(kGood);
  EXPECT_EQ(outcome(), "updated");
  const Downloads downloads(dir_.path());
  EXPECT_TRUE(downloads.older_than(loop_.wall_now() - kCatalogAgeMax).empty());
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, csv_.c_str(), times, 0), 0);
  EXPECT_EQ(downloads.older_than(loop_.wall_now() - kCatalogAgeMax), std::vector<std::string>{"aws/vms.csv"});
  ASSERT_TRUE(downloads.touch("aws/vms.csv").ok());
  EXPECT_TRUE(downloads.older_than(loop_.wall_now() - kCatalogAgeMax).empty());
}

// Until the file is fresh, then the loop is cancelled.
auto refresh_once(async::IoLoop* loop, CatalogAddress address, std::string dir) -> Task<Result<>> {
  async::TaskGroup group(*loop);
  group.spawn("refresh", keep_catalogs_fresh(loop, std::move(address), dir));
  Result<> done;
  while (done.ok() && !Downloads(dir).older_than(loop->wall_now() - kCatalogAgeMax).empty()) {
    done = co_await async::sleep_for(std::chrono::milliseconds(10));
  }
  group.cancel();
  co_await group.join();
  co_return done;
}

TEST_F(FetchTest, KeepFresh_RefreshesTheOld) {
  host(kGood);
  EXPECT_EQ(outcome(), "updated");
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, csv_.c_str(), times, 0), 0);
  host(kNewer);
  ASSERT_TRUE(loop_.run_until_done(refresh_once(&loop_, address_, dir_.path())).ok());
  EXPECT_EQ(content(), kNewer);
}

TEST(HostedFiles, OfEachInfra) {
  EXPECT_EQ(hosted_files("gcp"),
            (std::vector<std::string>{"gcp/vms.csv", "gcp/images.csv", "gcp/accelerator_quota_mapping.csv"}));
  EXPECT_EQ(hosted_files("lambda"), std::vector<std::string>{"lambda/vms.csv"});
  EXPECT_TRUE(hosted_files("local").empty());
  EXPECT_EQ(catalog_address("http://x/y/").url, "http://x/y");
  EXPECT_EQ(catalog_address("").url, kCatalogUrl);
}

}  // namespace
}  // namespace sky::catalog
