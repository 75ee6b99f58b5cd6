// The whole server behind its socket, over a fake infra and a fake head: what a native client reads, byte by byte.
#include <gtest/gtest.h>

#include "agent/client/fake_head_test.h"
#include "api/dialect.h"
#include "api/native_stream.h"
#include "api/routes.h"
#include "async/asio_loop.h"
#include "infra/testing/fake_infra.h"
#include "journal/testing/memory_store.h"
#include "net/http_client.h"
#include "os/temp_dir.h"
#include "server/server.h"

namespace sky::server {
namespace {

using api::StreamRecord;
using api::StreamRecordType;
using async::Task;

constexpr Duration kPatience = std::chrono::seconds(60);

// What a reply held, by kind.
struct Reply {
  std::string request_id;
  std::string output;
  std::string log;
  std::optional<api::JobRef> job;
  std::optional<api::EndRecord> end;
};

auto add(Reply* reply, const StreamRecord& record) -> Result<> {
  if (record.type == StreamRecordType::kRequest) {
    SKY_TRY(reply->request_id, api::decode_request_record(record.payload));
  }
  if (record.type == StreamRecordType::kOutput) reply->output += record.payload;
  if (record.type == StreamRecordType::kLog) reply->log += record.payload;
  if (record.type == StreamRecordType::kJob) {
    SKY_TRY(reply->job, api::decode_job_ref(record.payload));
  }
  if (record.type == StreamRecordType::kEnd) {
    SKY_TRY(reply->end, api::decode_end_record(record.payload));
  }
  return {};
}

class EndToEndTest : public testing::Test {
 protected:
  using Until = std::function<bool(const Reply&)>;

  EndToEndTest() {
    auto infra = std::make_unique<infra::FakeInfra>(loop_, "local");
    infra_ = infra.get();
    infra_->set_program(std::string(infra::kAgentProgram), head_.program());
    std::vector<std::unique_ptr<infra::Infra>> infras;
    infras.push_back(std::move(infra));
    auto store = std::make_unique<journal::MemoryStore>(std::make_shared<journal::MemoryDisk>());
    auto opened = loop_.run_until_done(Server::open(loop_, {.port = 0}, StateDir::open(dir_.file("state"), 1).value(),
                                                    std::move(infras), std::move(store)));
    server_ = std::move(opened).value();
    serving_.spawn("server", serve(server_.get()));
  }
  ~EndToEndTest() override { EXPECT_TRUE(loop_.run_until_done(shut_down(this)).ok()); }

  static auto serve(Server* server) -> Task<Result<>> { co_return co_await server->serve(); }
  static auto shut_down(EndToEndTest* test) -> Task<Result<>> {
    test->server_->request_stop();
    co_await test->serving_.join();
    co_await test->infra_->shut_down();
    co_return Result<>();
  }

  auto client() const -> net::HttpClient {
    return {const_cast<async::AsioLoop&>(loop_),
            net::Endpoint{.host = "127.0.0.1", .port = static_cast<std::uint16_t>(server_->port())}};
  }
  static auto native(std::string method, std::string target, std::string body = {}) -> net::HttpRequest {
    net::HttpRequest request{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
    request.headers.add(std::string(api::kHeaderClient), std::string(api::kClientNative));
    request.headers.add("Content-Type", "application/json");
    return request;
  }
  // Reads the reply to its end, or until it holds enough; then the connection is closed under the server.
  static auto read_reply(EndToEndTest* test, net::HttpRequest request, Until enough) -> Task<Result<Reply>> {
    net::HttpClient client = test->client();
    const Deadline deadline = Deadline::after(test->loop_.now(), kPatience);
    SKY_CO_TRY(const std::unique_ptr<net::ResponseReader> reader, co_await client.open(std::move(request), deadline));
    EXPECT_EQ(reader->head().status, 200);
    Reply reply;
    api::StreamDecoder decoder;
    for (;;) {
      SKY_CO_TRY(const std::string bytes, co_await async::with_deadline(deadline, "a record", reader->read_some()));
      if (bytes.empty()) co_return reply;
      decoder.feed(bytes);
      for (;;) {
        SKY_CO_TRY(const std::optional<StreamRecord> record, decoder.next());
        if (!record) break;
        SKY_CO_CHECK(add(&reply, *record));
        if (enough(reply)) co_return reply;
      }
    }
  }
  static auto ask(EndToEndTest* test, net::HttpRequest request) -> Task<Result<net::HttpResponse>> {
    net::HttpClient client = test->client();
    const Deadline deadline = Deadline::after(test->loop_.now(), kPatience);
    co_return co_await client.request(std::move(request), deadline);
  }
  static auto never(const Reply&) -> bool { return false; }
  auto read(net::HttpRequest request, Until enough = never) -> Reply {
    auto reply = loop_.run_until_done(read_reply(this, std::move(request), std::move(enough)));
    EXPECT_TRUE(reply.ok()) << to_string(reply.error());
    return std::move(reply).value_or(Reply());
  }
  auto follow(const Reply& had) -> Reply {
    api::FollowQuery from{.request_id = had.request_id, .output_offset_bytes = had.output.size()};
    if (had.job) {
      from.log = api::LogPosition{.cluster_hash = had.job->cluster_hash,
                                  .job_id = had.job->job_id,
                                  .offset_bytes = static_cast<std::uint64_t>(had.job->log_offset) + had.log.size()};
    }
    return read(native("GET", net::make_target(api::kFollowPath, api::to_query(from))));
  }
  static auto launch() -> net::HttpRequest {
    return native("POST", "/launch", R"({"task": "run: echo hi\n", "cluster_name": "c", "env_vars": {}})");
  }
  // The job writes and ends as soon as the reply has come to it.
  auto job_known(std::string output) -> Until {
    return [this, output = std::move(output)](const Reply& reply) {
      if (reply.job && head_.jobs.at(1).output.empty()) {
        head_.set_job(1, JobStatus::kRunning, output);
        head_.set_job(1, JobStatus::kSucceeded);
      }
      return false;
    };
  }

  async::AsioLoop loop_{2};
  os::TempDir dir_ = os::TempDir::make().value();
  agent::FakeHead head_{loop_};
  infra::FakeInfra* infra_ = nullptr;
  std::unique_ptr<Server> server_;
  async::TaskGroup serving_{loop_};
};

TEST_F(EndToEndTest, Launch_IsOneStreamOfOutputLogAndEnd) {
  const Reply reply = read(launch(), job_known("hello\n"));
  EXPECT_NE(reply.output.find("Job submitted, ID: 1"), std::string::npos) << reply.output;
  EXPECT_EQ(reply.log, "hello\n");
  ASSERT_TRUE(reply.end.has_value());
  EXPECT_EQ(reply.end->exit_code, kExitSucceeded);
  EXPECT_EQ(reply.end->job_status, JobStatus::kSucceeded);
}

TEST_F(EndToEndTest, ErrorInMidStream_EndsItWithTheError) {
  infra_->inject(infra::FakeInfra::Call::kLaunch,
                 {.error = make_error(ErrorCode::kPermissionDenied, "not with these credentials", "log in")});
  const Reply reply = read(launch());
  EXPECT_FALSE(reply.output.empty());
  ASSERT_TRUE(reply.end.has_value());
  EXPECT_EQ(reply.end->exit_code, kExitError);
  EXPECT_EQ(reply.end->request_status, RequestStatus::kFailed);
  ASSERT_TRUE(reply.end->error.has_value());
  EXPECT_EQ(reply.end->error->code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(reply.end->error->message, "not with these credentials");
  EXPECT_EQ(reply.end->error->hint, "log in");
  EXPECT_FALSE(reply.job.has_value());
}

TEST_F(EndToEndTest, ClientThatGoesAway_LeavesTheRequestRunning) {
  Reply had = read(launch(), [](const Reply& reply) { return reply.job.has_value(); });
  EXPECT_FALSE(had.end.has_value());
  head_.set_job(1, JobStatus::kRunning, "after the client went\n");
  head_.set_job(1, JobStatus::kFailed);
  const Reply rest = follow(had);
  EXPECT_EQ(rest.output, "");
  EXPECT_EQ(rest.log, "after the client went\n");
  ASSERT_TRUE(rest.end.has_value());
  EXPECT_EQ(rest.end->exit_code, kExitJobFailed);
}

TEST_F(EndToEndTest, StreamThatWasCut_GoesOnBehindEachByteThatWasHad) {
  const Reply whole = read(launch(), job_known("hello\nworld\n"));
  for (const size_t output_size : {size_t{0}, size_t{7}, whole.output.size()}) {
    for (const size_t log_size : {size_t{0}, size_t{6}, whole.log.size()}) {
      Reply had = whole;
      had.output.resize(output_size);
      had.log.resize(log_size);
      const Reply rest = follow(had);
      EXPECT_EQ(had.output + rest.output, whole.output);
      EXPECT_EQ(had.log + rest.log, whole.log);
      ASSERT_TRUE(rest.end.has_value());
      EXPECT_EQ(rest.end->exit_code, kExitSucceeded);
    }
  }
}

TEST_F(EndToEndTest, FollowOfAnUnknownRequest_IsRefusedBeforeTheStream) {
  const auto reply = loop_.run_until_done(ask(this, native("GET", "/sky/v1/follow?request_id=abc&output_offset=0")));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->status, 404);
  EXPECT_NE(reply->body.find("Request 'abc' not found"), std::string::npos) << reply->body;
}

TEST_F(EndToEndTest, Check_ReportsEachInfraAndWhatIsEnabled) {
  const Reply reply = read(native("POST", "/check", R"({"clouds": ["local", "aws"], "env_vars": {}})"));
  EXPECT_TRUE(reply.output.starts_with("Checking credentials to enable infra for SkyPilot.\n")) << reply.output;
  EXPECT_NE(reply.output.find("Fake: enabled [compute]"), std::string::npos) << reply.output;
  EXPECT_NE(reply.output.find("AWS: disabled"), std::string::npos) << reply.output;
  EXPECT_NE(reply.output.find("🎉 Enabled infra 🎉"), std::string::npos) << reply.output;
  ASSERT_TRUE(reply.end.has_value());
  EXPECT_EQ(to_json_text(reply.end->return_value), R"({"default":{"local":["compute"]}})");
}

TEST_F(EndToEndTest, CheckOfWhatIsDisabled_GivesReasonAndHint) {
  infra_->set_check({.enabled = false, .reason = "no credentials", .hint = "run `fake login`", .capabilities = {}});
  const Reply reply = read(native("POST", "/check", R"({"clouds": ["local"], "env_vars": {}})"));
  EXPECT_NE(reply.output.find("no credentials"), std::string::npos) << reply.output;
  EXPECT_NE(reply.output.find("run `fake login`"), std::string::npos) << reply.output;
  EXPECT_EQ(to_json_text(reply.end->return_value), R"({"default":{}})");
}

TEST_F(EndToEndTest, CheckOfAnUnknownWorkspace_SaysWhichThereAre) {
  const Reply reply = read(native("POST", "/check", R"({"workspace": "team", "env_vars": {}})"));
  ASSERT_TRUE(reply.end && reply.end->error);
  EXPECT_EQ(reply.end->error->message,
            "Workspace 'team' not found in SkyPilot configuration. Available workspaces: default");
}

}  // namespace
}  // namespace sky::server
