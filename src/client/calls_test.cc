#include "client/calls.h"

#include <deque>

#include <gtest/gtest.h>

#include "api/control.h"
#include "api/errors.h"
#include "async/asio_loop.h"
#include "net/http_server.h"
#include "os/temp_dir.h"

namespace sky::client {
namespace {

struct Reply {
  int status = 200;
  std::string body = "null";
  bool stream = false;
  bool torn = false;     // breaks off after the body
  bool foreign = false;  // not an API server's
};

struct Seen {
  std::string method;
  std::string target;
  std::string body;
  net::Headers headers;
  auto header(std::string_view name) const -> std::string { return std::string(headers.find(name).value_or("")); }
};

// An API server that answers from a script and remembers what it was asked.
struct FakeApi {
  std::deque<Reply> script;
  std::vector<Seen> seen;
};

auto serve(FakeApi* api, net::Exchange* exchange) -> async::Task<> {
  const Result<std::string> body = co_await exchange->read_body(1U << 20U);
  const net::HttpRequest& request = exchange->request();
  api->seen.push_back({request.method, request.target, *body, request.headers});
  Reply reply{.status = 500, .body = "script is over"};
  if (!api->script.empty()) {
    reply = api->script.front();
    api->script.pop_front();
  }
  net::Headers headers;
  if (!reply.foreign) headers.add(std::string(api::kHeaderApiVersion), "62");
  headers.add("Content-Type", std::string(reply.stream ? api::kNativeStreamContentType : "application/json"));
  if (!reply.stream) {
    (void)co_await exchange->respond(reply.status, headers, reply.body);
    co_return;
  }
  (void)co_await exchange->start_stream(reply.status, headers);
  (void)co_await exchange->write_chunk(reply.body);
  if (!reply.torn) (void)co_await exchange->finish();
}

struct Recorder final : StreamObserver {
  void on_request(std::string_view id) override { events.push_back("request " + std::string(id)); }
  void on_output(std::string_view bytes) override { output += bytes; }
  void on_status(std::string_view text) override { events.push_back("status " + std::string(text)); }
  void on_job(const api::JobRef& job) override { events.push_back(fmt::format("job {}", job.job_id)); }
  void on_log(std::string_view bytes) override { log += bytes; }
  std::vector<std::string> events;
  std::string output;
  std::string log;
};

template <class T>
auto then_stop(async::Task<T> task, net::HttpServer* server) -> async::Task<T> {
  T result = co_await std::move(task);
  co_await server->stop(Duration::zero());
  co_return std::move(result);
}

class CallsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = os::TempDir::make();
    ASSERT_TRUE(dir.ok());
    dir_.emplace(std::move(dir).value());
  }
  auto endpoint() -> ServerEndpoint {
    return {.url = "http://fake", .address = net::Endpoint::unix_socket(dir_->file("s")), .local = false};
  }
  // Runs what `make` asks of Calls against the scripted server.
  template <class Make>
  auto run(Make make, RetryLimits limits = {.backoff_first = std::chrono::milliseconds(1)}) {
    auto listener = net::listen_unix(loop_, dir_->file("s"));
    EXPECT_TRUE(listener.ok());
    net::HttpServer server(loop_, std::move(listener).value(),
                           [this](net::Exchange& exchange) { return serve(&api_, &exchange); });
    server.start();
    Transport transport(loop_, endpoint(), {}, limits);
    Calls calls(transport);
    return loop_.run_until_done(then_stop(make(calls), &server));
  }

  async::AsioLoop loop_;
  std::optional<os::TempDir> dir_;
  FakeApi api_;
  Recorder recorder_;
};

auto stream_of(std::initializer_list<std::pair<api::StreamRecordType, std::string_view>> records) -> std::string {
  std::string out;
  for (const auto& [type, payload] : records) api::append_record(out, type, payload);
  return out;
}
using enum api::StreamRecordType;
constexpr std::string_view kRequestJson = R"({"request_id":"5c4b"})";
constexpr std::string_view kJobJson = R"({"job_id":3,"cluster_name":"c","cluster_hash":"c0de","log_offset":70})";
constexpr std::string_view kResumedJobJson = R"({"job_id":3,"cluster_name":"c","cluster_hash":"c0de","log_offset":73})";
constexpr std::string_view kEndJson =
    R"({"exit_code":100,"request_status":"SUCCEEDED","job_status":"FAILED","return_value":null,"error":null})";

TEST_F(CallsTest, Status_SpeaksTheNativeDialect) {
  api_.script = {{.body = R"([{"name":"c","status":"UP","nodes":2}])"}};
  api::StatusBody body;
  body.cluster_names = {"c*"};
  const auto clusters = run([&](Calls& calls) { return calls.status(body); });
  ASSERT_TRUE(clusters.ok()) << clusters.error().message;
  ASSERT_EQ(clusters->size(), 1U);
  EXPECT_EQ((*clusters)[0].nodes, 2);
  ASSERT_EQ(api_.seen.size(), 1U);  // and no health check before it
  EXPECT_EQ(api_.seen[0].method + " " + api_.seen[0].target, "POST /status");
  EXPECT_EQ(api_.seen[0].header("X-Sky-Client"), "native");
  EXPECT_EQ(api_.seen[0].header("X-SkyPilot-API-Version"), "62");
  EXPECT_EQ(api_.seen[0].header("X-Skypilot-Request-ID").size(), 36U);
  EXPECT_EQ(api::decode_body<api::StatusBody>(*parse_json(api_.seen[0].body))->cluster_names,
            std::vector<std::string>{"c*"});
}

TEST_F(CallsTest, LaunchStream_ReachesTheObserverInOrder) {
  api_.script = {{.body = stream_of({{kRequest, kRequestJson},
                                     {kStatus, "Launching"},
                                     {kOutput, "out"},
                                     {kStatus, ""},
                                     {kJob, kJobJson},
                                     {kHeartbeat, ""},
                                     {kLog, "log"},
                                     {kEnd, kEndJson}}),
                  .stream = true}};
  const auto end = run([&](Calls& calls) { return calls.launch({}, &recorder_); });
  ASSERT_TRUE(end.ok()) << end.error().message;
  EXPECT_EQ(end->exit_code, 100);
  EXPECT_EQ(end->job_status, JobStatus::kFailed);
  EXPECT_EQ(recorder_.events, (std::vector<std::string>{"request 5c4b", "status Launching", "status ", "job 3"}));
  EXPECT_EQ(recorder_.output, "out");
  EXPECT_EQ(recorder_.log, "log");
}

TEST_F(CallsTest, TornStream_GoesOnBehindWhatWasDelivered) {
  const std::string cut = stream_of({{kRequest, kRequestJson}, {kJob, kJobJson}, {kOutput, "ab"}, {kLog, "xyz"}});
  api_.script = {{.body = cut + "L\x05", .stream = true, .torn = true},
                 {.body = stream_of({{kRequest, kRequestJson}, {kOutput, "c"}}), .stream = true, .torn = true},
                 {.status = 503, .body = R"({"detail":"starting"})"},
                 {.body = stream_of({{kJob, kResumedJobJson}, {kLog, "!"}}), .stream = true, .torn = true},
                 {.body = stream_of({{kEnd, kEndJson}}), .stream = true}};
  const auto end = run([&](Calls& calls) { return calls.exec({}, &recorder_); });
  ASSERT_TRUE(end.ok()) << end.error().message;
  EXPECT_EQ(recorder_.output, "abc");
  EXPECT_EQ(recorder_.log, "xyz!");
  EXPECT_EQ(recorder_.events, (std::vector<std::string>{"request 5c4b", "job 3"}));
  ASSERT_EQ(api_.seen.size(), 5U);
  // Where the job's stream began, and what came of it.
  const std::string follow = "/sky/v1/follow?request_id=5c4b&output_offset=";
  EXPECT_EQ(api_.seen[1].target, follow + "2&cluster_hash=c0de&job_id=3&log_offset=73");
  EXPECT_EQ(api_.seen[3].target, follow + "3&cluster_hash=c0de&job_id=3&log_offset=73");
  EXPECT_EQ(api_.seen[4].target, follow + "3&cluster_hash=c0de&job_id=3&log_offset=74");
}

TEST_F(CallsTest, TornBeforeTheLogStarts_AsksForItsBeginning) {
  api_.script = {{.body = stream_of({{kRequest, kRequestJson}, {kOutput, "ab"}}), .stream = true, .torn = true},
                 {.body = stream_of({{kJob, kJobJson}, {kLog, "!"}, {kEnd, kEndJson}}), .stream = true}};
  ASSERT_TRUE(run([&](Calls& calls) { return calls.logs({}, &recorder_); }).ok());
  EXPECT_EQ(api_.seen[1].target, "/sky/v1/follow?request_id=5c4b&output_offset=2");
}

TEST_F(CallsTest, ServerNeverGetsOn_IsGivenUp) {
  const Reply only_accepted{.body = stream_of({{kRequest, kRequestJson}}), .stream = true, .torn = true};
  api_.script.assign(10'000, only_accepted);
  const auto end =
      run([&](Calls& calls) { return calls.launch({}, &recorder_); }, {.backoff_first = std::chrono::milliseconds(1),
                                                                       .backoff_max = std::chrono::milliseconds(2),
                                                                       .away_max = std::chrono::milliseconds(50)});
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(api_.script.empty());
}

TEST_F(CallsTest, QuietJobThroughManyTornStreams_IsFollowedToItsEnd) {
  const Reply quiet{.body = stream_of({{kRequest, kRequestJson}, {kHeartbeat, ""}}), .stream = true, .torn = true};
  api_.script.assign(200, quiet);
  api_.script.push_back({.body = stream_of({{kEnd, kEndJson}}), .stream = true});
  const auto end =
      run([&](Calls& calls) { return calls.launch({}, &recorder_); }, {.backoff_first = std::chrono::milliseconds(1),
                                                                       .backoff_max = std::chrono::milliseconds(2),
                                                                       .away_max = std::chrono::milliseconds(50)});
  EXPECT_TRUE(end.ok());
  EXPECT_TRUE(api_.script.empty());
}

TEST_F(CallsTest, TornBeforeTheRequestIsKnown_RepeatsThePostWithItsId) {
  api_.script = {{.body = "R", .stream = true, .torn = true},
                 {.body = stream_of({{kRequest, kRequestJson}, {kEnd, kEndJson}}), .stream = true}};
  const auto end = run([&](Calls& calls) { return calls.launch({}, &recorder_); });
  ASSERT_TRUE(end.ok()) << end.error().message;
  ASSERT_EQ(api_.seen.size(), 2U);
  EXPECT_EQ(api_.seen[1].target, "/launch");
  EXPECT_EQ(api_.seen[0].header("X-Skypilot-Request-ID"), api_.seen[1].header("X-Skypilot-Request-ID"));
}

TEST_F(CallsTest, FollowedRequestIsUnknown_IsItsError) {
  const Error gone = make_error(ErrorCode::kRequestNotFound, "Request '5c4b' not found");
  api_.script = {{.body = stream_of({{kRequest, kRequestJson}}), .stream = true, .torn = true},
                 {.status = 404, .body = api::error_reply(gone, api::kNativeDialect).body}};
  const auto end = run([&](Calls& calls) { return calls.launch({}, &recorder_); });
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, ErrorCode::kRequestNotFound);
}

TEST_F(CallsTest, CorruptStream_IsSaid) {
  api_.script = {{.body = "?????", .stream = true}};
  const auto end = run([&](Calls& calls) { return calls.launch({}, &recorder_); });
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, ErrorCode::kDataCorrupt);
}

TEST_F(CallsTest, ShortRequest_EndsWithItsValue) {
  api_.script = {{.body = "null"}};
  const auto end = run([&](Calls& calls) { return calls.stop({}, &recorder_); });
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->exit_code, 0);
  EXPECT_TRUE(end->return_value.is_null());
}

TEST_F(CallsTest, ServerSaysNo_IsItsError) {
  const Error no = make_error(ErrorCode::kClusterNotFound, "Cluster 'x' does not exist.", "sky status");
  api_.script = {{.status = 404, .body = api::error_reply(no, api::kNativeDialect).body}};
  const auto jobs = run([&](Calls& calls) { return calls.queue({}); });
  ASSERT_FALSE(jobs.ok());
  EXPECT_EQ(jobs.error().code, ErrorCode::kClusterNotFound);
  EXPECT_EQ(jobs.error().hint, "sky status");
}

TEST_F(CallsTest, BusyServer_IsAskedAgain) {
  api_.script = {{.status = 503, .body = R"({"detail":"busy"})"}, {.body = "[]"}};
  EXPECT_TRUE(run([&](Calls& calls) { return calls.queue({}); }).ok());
  EXPECT_EQ(api_.seen.size(), 2U);
}

TEST_F(CallsTest, ForeignServer_IsNamed) {
  api_.script = {{.body = "[]", .foreign = true}};
  const auto jobs = run([&](Calls& calls) { return calls.queue({}); });
  ASSERT_FALSE(jobs.ok());
  EXPECT_EQ(jobs.error().code, ErrorCode::kConflict);
}

TEST_F(CallsTest, ReplyOfAnotherShape_IsRefusedWithItsPlace) {
  api_.script = {{.body = R"([{"name":7}])"}};
  const auto clusters = run([&](Calls& calls) { return calls.status({}); });
  ASSERT_FALSE(clusters.ok());
  EXPECT_EQ(clusters.error().message, "/0/name: expected a string, found 7");
}

TEST_F(CallsTest, Submit_ReturnsTheIdAtOnce) {
  api_.script = {{.body = std::string(kRequestJson)}};
  const auto id = run([&](Calls& calls) { return calls.submit("/launch", api::LaunchBody{}); });
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(*id, "5c4b");
  EXPECT_EQ(api_.seen[0].header("X-Sky-Async"), "1");
}

TEST_F(CallsTest, ApiLogs_AreTextWithoutControlLines) {
  api_.script = {{.body = "a\n" + api::control_line(api::Control::kHeartbeat) + "b", .stream = true}};
  const auto done = run([&](Calls& calls) { return calls.api_logs({.request_id = "5c4b", .tail = 5}, &recorder_); });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(recorder_.output, "a\nb");
  EXPECT_EQ(api_.seen[0].target, "/api/stream?format=plain&follow=true&request_id=5c4b&tail=5");
}

TEST_F(CallsTest, FailedRequest_IsAPayloadWithItsError) {
  api::RequestPayload payload{.request_id = "5c4b", .name = "sky.launch", .status = RequestStatus::kFailed};
  payload.error = make_error(ErrorCode::kResourcesUnavailable, "no room");
  api_.script = {{.body = to_json_text(api::encode(payload, api::kNativeDialect))}};
  const auto got = run([&](Calls& calls) { return calls.api_get("5c4b"); });
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->status, RequestStatus::kFailed);
  EXPECT_EQ(got->error->code, ErrorCode::kResourcesUnavailable);
  EXPECT_EQ(got->error->message, "no room");
}

TEST_F(CallsTest, TooManyConnections_IsBusyNotForeign) {
  api_.script = {{.status = 503, .body = R"({"detail":"too many connections"})", .foreign = true}, {.body = "[]"}};
  EXPECT_TRUE(run([&](Calls& calls) { return calls.queue({}); }).ok());
}

TEST_F(CallsTest, NobodyListensRemotely_IsSaidWithTheUrl) {
  Transport transport(loop_, endpoint(), {}, {.backoff_first = std::chrono::milliseconds(1)});
  Calls calls(transport);
  const auto jobs = loop_.run_until_done(calls.queue({}));
  ASSERT_FALSE(jobs.ok());
  EXPECT_EQ(jobs.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(jobs.error().message.starts_with("Could not connect to SkyPilot API server at http://fake: "));
}

}  // namespace
}  // namespace sky::client
