#include "api/records.h"

#include "api/requests.h"
#include "api/results.h"
#include "api/testdata_test.h"

namespace sky::api {
namespace {

constexpr Dialect kStock{.kind = DialectKind::kStock, .version = kApiVersion};

auto recorded(const std::string& name) -> Json {
  auto json = parse_json(read_testdata("stock/" + name));
  EXPECT_TRUE(json.ok()) << name;
  return std::move(json).value_or(Json());
}

// What the stock command line prints for these records must come out byte for byte after decoding and encoding.
template <class Decode, class Encode>
void expect_same_text(const std::string& name, Decode decode, Encode encode) {
  JsonArray printed;
  const Json json = recorded(name);
  for (const Json& item : json.get_array()) {
    const auto record = decode(item, "");
    ASSERT_TRUE(record.ok()) << record.error().message;
    printed.emplace_back(encode(*record));
  }
  EXPECT_EQ(to_json_text(printed, JsonStyle::kIndented) + "\n", read_testdata("stock/" + name));
}

TEST(ClusterRecord, OutputOfStockStatus_IsReproduced) {
  expect_same_text("status_cli.json", decode_cluster_record, [](const ClusterRecord& r) { return encode_cli(r); });
}

TEST(CostRow, OutputOfStockCostReport_IsReproduced) {
  expect_same_text("cost_report_cli.json", decode_cost_row, [](const CostRow& r) { return encode_cli(r); });
}

TEST(RequestPayload, OutputOfStockApiStatus_IsReproduced) {
  expect_same_text("api_status_cli.json", decode_request_payload,
                   [](const RequestPayload& r) { return encode_cli(r, true); });
}

TEST(JobRecord, OutputOfStockQueue_IsReproduced) {
  const Json json = recorded("queue_cli.json");
  const auto jobs = decode_list<JobRecord>(json.at("train"), decode_job_record);
  ASSERT_TRUE(jobs.ok()) << jobs.error().message;
  const JsonObject printed{{"train", encode_list(*jobs, kStock)}};
  EXPECT_EQ(to_json_text(printed, JsonStyle::kIndented) + "\n", read_testdata("stock/queue_cli.json"));
}

TEST(RequestPayload, ReplyOfStockApiGet_IsReproduced) {
  const auto payload = decode_request_payload(recorded("api_get.json"));
  ASSERT_TRUE(payload.ok()) << payload.error().message;
  EXPECT_EQ(to_json_text(encode(*payload, kStock), JsonStyle::kIndented) + "\n", read_testdata("stock/api_get.json"));
}

auto sample_handle() -> Handle {
  return {.cluster_name = "train",
          .cluster_name_on_cloud = "train-a1b2c3d4",
          .launched_nodes = 2,
          .launched_resources = {{"cpus", "1"}, {"disk_size", 256}},
          .internal_external_ips = {{"127.0.1.1", "127.0.1.1"}, {"127.0.1.2", "127.0.1.2"}},
          .ssh_ports = {22, 22},
          .ssh_user = "ada"};
}

TEST(Handle, Sample_HasItsShapePerDialect) {
  const JsonArray both{encode(sample_handle(), kStock), encode(sample_handle(), kNativeDialect)};
  expect_golden("handle.json", to_json_text(both, JsonStyle::kIndented) + "\n");
}

TEST(ClusterRecord, WithHandleAndCredentials_RoundTrips) {
  ClusterRecord record{.name = "c", .handle = sample_handle(), .status = ClusterStatus::kStopped};
  record.credentials = SshCredentials{.ssh_user = "ada", .ssh_private_key = "~/.ssh/key"};
  record.zone = "z";
  for (const Dialect dialect : {kStock, kNativeDialect}) {
    const JsonObject json = encode(record, dialect);
    const auto again = decode_cluster_record(Json(json));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(to_json_text(encode(*again, dialect)), to_json_text(json));
    EXPECT_EQ(again->handle->internal_external_ips[1].second, "127.0.1.2");
    EXPECT_EQ(again->credentials->ssh_private_key, "~/.ssh/key");
  }
}

TEST(ClusterRecord, AutostoppingForOldStockClient_IsInit) {
  const ClusterRecord record{.name = "c", .status = ClusterStatus::kAutostopping};
  EXPECT_EQ(encode(record, {.kind = DialectKind::kStock, .version = 28}).at("status"), "INIT");
  EXPECT_EQ(encode(record, {.kind = DialectKind::kStock, .version = 29}).at("status"), "AUTOSTOPPING");
  EXPECT_EQ(encode(record, kNativeDialect).at("status"), "AUTOSTOPPING");
}

TEST(ClusterRecord, WrongStatus_NamesThePlace) {
  const auto record = decode_cluster_record(*parse_json(R"({"name":"c","status":"BROKEN"})"), "/2");
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().message, "/2/status: unknown word 'BROKEN'");
}

TEST(CostRow, WithoutStatus_IsTerminatedOnTheCommandLineAndNullOnTheWire) {
  const CostRow row{.name = "c"};
  EXPECT_EQ(encode_cli(row).at("status"), "TERMINATED");
  EXPECT_TRUE(encode(row, kStock).at("status").is_null());
}

TEST(RequestPayload, Failed_CarriesTheErrorBothWays) {
  RequestPayload payload{.request_id = "5c4b", .name = "sky.exec", .status = RequestStatus::kFailed};
  payload.error = make_error(ErrorCode::kClusterNotFound, "Cluster 'x' does not exist.", "sky status");
  const auto native = decode_request_payload(Json(encode(payload, kNativeDialect)));
  ASSERT_TRUE(native.ok());
  EXPECT_EQ(native->error->code, ErrorCode::kClusterNotFound);
  EXPECT_EQ(native->error->hint, "sky status");
  const auto stock = decode_request_payload(Json(encode(payload, kStock)));
  ASSERT_TRUE(stock.ok());
  EXPECT_EQ(stock->error->code, ErrorCode::kClusterNotFound);
  EXPECT_EQ(stock->error->message, "Cluster 'x' does not exist.\nsky status");
}

TEST(RequestPayload, DefaultListing_HidesWhatTheOriginalDoesNotFetch) {
  RequestPayload payload{.request_id = "5c4b", .name = "sky.exec", .status = RequestStatus::kFailed};
  payload.cluster_name = "c";
  payload.finished_at = 2.0;
  EXPECT_TRUE(encode_cli(payload, false).at("cluster_name").is_null());
  EXPECT_EQ(encode_cli(payload, true).at("cluster_name"), "c");
  EXPECT_TRUE(encode_cli(payload, true).at("finished_at").is_null());
}

TEST(ApiStatusQuery, Pairs_ReadBack) {
  const ApiStatusQuery query{.request_ids = {"ab", "cd"}, .all_status = true, .limit = 5, .cluster_name = "c"};
  const auto again = parse_api_status_query(to_query(query));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->request_ids, query.request_ids);
  EXPECT_EQ(again->cluster_name, "c");
  EXPECT_TRUE(again->all_status);
  EXPECT_EQ(again->limit, 5);
  EXPECT_FALSE(parse_api_status_query({{"limit", "many"}}).ok());
  EXPECT_TRUE(to_query(ApiStatusQuery{}).empty());
}

TEST(Results, EachKind_RoundTrips) {
  const LaunchResult launch{
      .job_id = 3, .handle = sample_handle(), .cluster_hash = "c0de", .credentials = SshCredentials{.ssh_user = "ada"}};
  const auto launch_again = decode_launch_result(Json(encode(launch, kNativeDialect)));
  ASSERT_TRUE(launch_again.ok());
  EXPECT_EQ(launch_again->job_id, 3);
  EXPECT_EQ(launch_again->handle->launched_nodes, 2);
  EXPECT_EQ(launch_again->credentials->ssh_user, "ada");
  EXPECT_EQ(launch_again->cluster_hash, "c0de");
  EXPECT_FALSE(encode(launch, kStock).contains("cluster_hash"));
  EXPECT_FALSE(encode(LaunchResult{}, kStock).contains("credentials"));

  const JobStatusMap jobs{{1, JobStatus::kFailed}, {7, std::nullopt}};
  EXPECT_EQ(to_json_text(encode(jobs, kStock)), R"({"1":"FAILED","7":null})");
  EXPECT_EQ(*decode_job_status_map(Json(encode(jobs, kStock))), jobs);
  EXPECT_FALSE(decode_job_status_map(*parse_json(R"({"x":"FAILED"})")).ok());
  EXPECT_FALSE(decode_job_status_map(*parse_json(R"({"1":"BROKEN"})")).ok());

  const EndpointMap endpoints{{8080, "127.0.1.1:8080"}};
  EXPECT_EQ(*decode_endpoint_map(Json(encode(endpoints, kStock))), endpoints);

  const CheckResult check{{"default", {{"local", {"compute"}}}}};
  EXPECT_EQ(to_json_text(encode(check, kStock)), R"({"default":{"local":["compute"]}})");
}

TEST(HealthInfo, PerDialect_HasItsShape) {
  const HealthInfo health{.api_version = "62",
                          .version = "0.1.0",
                          .version_on_disk = "0.1.0",
                          .commit = "44379c6",
                          .user = User{.id = "a1b2c3d4", .name = "ada"},
                          .pid = 4711,
                          .server_id = "0badcafe",
                          .start_time = 1764064800.5};
  const JsonArray both{encode(health, kStock), encode(health, kNativeDialect)};
  expect_golden("health.json", to_json_text(both, JsonStyle::kIndented) + "\n");
  const auto again = decode_health_info(both[1]);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->user->name, "ada");
  EXPECT_EQ(again->pid, 4711);
}

TEST(HealthInfo, ApiInfoJson_HasTheKeysOfTheOriginal) {
  const JsonObject info = encode_api_info_cli(HealthInfo{.api_version = "62"}, "http://127.0.0.1:46580", "ada");
  EXPECT_EQ(info.size(), 3U);
  EXPECT_EQ(info.at("user"), "ada");
  EXPECT_EQ(info.at("client").as_object().size(), 2U);
  EXPECT_EQ(info.at("server").at("url"), "http://127.0.0.1:46580");
  EXPECT_EQ(info.at("server").as_object().size(), 5U);
}

}  // namespace
}  // namespace sky::api
