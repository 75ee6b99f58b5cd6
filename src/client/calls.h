// The API as typed calls: what the command line asks for. One object per command.
//
//   Calls calls(transport);
//   SKY_CO_TRY(const auto clusters, co_await calls.status(body));
//   SKY_CO_TRY(const auto end, co_await calls.launch(body, &printer));     // end.exit_code
//
// Direct calls return decoded values. Streaming calls deliver to an observer while they run and return the end record;
// a failed request is an end record with its error, an Error means that the outcome is not known. They survive a
// restart of the server: nothing is delivered twice and nothing is lost.
//
// Errors of every call: those that the server reports, kUnavailable, kConflict (see transport.h), kCancelled,
// kDataCorrupt (a reply that this version cannot read). Bodies come with their common part filled (identity.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/bodies.h"
#include "api/native_stream.h"
#include "api/records.h"
#include "api/requests.h"
#include "api/results.h"
#include "client/transport.h"

namespace sky::client {

// Called on the loop's thread, in the order of the stream. Views live as long as the call.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  // First, and before anything else: the request is accepted and goes on without this client.
  virtual void on_request(std::string_view request_id) = 0;
  virtual void on_output(std::string_view bytes) = 0;
  // Text of a spinner; empty: none.
  virtual void on_status(std::string_view text) = 0;
  virtual void on_job(const api::JobRef& job) = 0;
  virtual void on_log(std::string_view bytes) = 0;
};

using End = api::EndRecord;

class Calls {
 public:
  explicit Calls(Transport& transport) : transport_(transport) {}

  // ---- Streams ------------------------------------------------------------------------------------------------------
  auto launch(api::LaunchBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto exec(api::ExecBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto start(api::StartBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto logs(api::LogsBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto hook_logs(api::HookLogsBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto optimize(api::OptimizeBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto check(api::CheckBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto ssh_pools_up(api::SshPoolsBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto ssh_pools_down(api::SshPoolsBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto stop(api::StopOrDownBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto down(api::StopOrDownBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto autostop(api::AutostopBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto cancel(api::CancelBody body, StreamObserver* observer) -> async::Task<Result<End>>;
  // A request that runs already: from its first byte.
  auto follow(std::string request_id, StreamObserver* observer) -> async::Task<Result<End>>;

  // Plain text, delivered by on_output (and on_status): POST /provision_logs, GET /api/stream.
  auto provision_logs(api::ProvisionLogsBody body, bool follow, std::int64_t tail, StreamObserver* observer)
      -> async::Task<Result<>>;
  struct ApiLogs {
    std::optional<std::string> request_id;  // id or prefix; absent: the latest
    std::optional<std::string> log_path;
    std::optional<std::int64_t> tail;
    bool follow = true;
  };
  auto api_logs(ApiLogs which, StreamObserver* observer) -> async::Task<Result<>>;

  // ---- Submitted only -----------------------------------------------------------------------------------------------
  // With --async: returns the request id as soon as the request is durable.
  template <class Body>
  auto submit(std::string path, Body body) -> async::Task<Result<std::string>> {
    return submit_json(std::move(path), to_json_text(api::encode_body(body)));
  }

  // ---- Values -------------------------------------------------------------------------------------------------------
  auto health() -> async::Task<Result<api::HealthInfo>>;
  auto status(api::StatusBody body) -> async::Task<Result<std::vector<api::ClusterRecord>>>;
  auto queue(api::QueueBody body) -> async::Task<Result<std::vector<api::JobRecord>>>;
  auto job_status(api::JobStatusBody body) -> async::Task<Result<api::JobStatusMap>>;
  auto cost_report(api::CostReportBody body) -> async::Task<Result<std::vector<api::CostRow>>>;
  auto endpoints(api::EndpointsBody body) -> async::Task<Result<api::EndpointMap>>;
  // Job id -> where its logs lie on the server.
  auto download_logs(api::DownloadLogsBody body) -> async::Task<Result<std::map<std::string, std::string>>>;
  auto enabled_clouds() -> async::Task<Result<std::vector<std::string>>>;
  auto storage_ls() -> async::Task<Result<Json>>;
  auto storage_delete(api::StorageBody body) -> async::Task<Result<>>;
  auto volumes(bool refresh) -> async::Task<Result<Json>>;
  auto volumes_delete(api::VolumeDeleteBody body) -> async::Task<Result<>>;
  auto validate(api::ValidateBody body) -> async::Task<Result<>>;

  // ---- Requests -----------------------------------------------------------------------------------------------------
  auto api_status(api::ApiStatusQuery query) -> async::Task<Result<std::vector<api::RequestPayload>>>;
  auto api_cancel(api::ApiCancelBody body) -> async::Task<Result<std::vector<std::string>>>;
  // Waits until the request has finished; a failed one is a payload with its error.
  auto api_get(std::string request_id) -> async::Task<Result<api::RequestPayload>>;
  // `kind` is cluster_name, storage_name, volume_name or api_request. Asks for at most two seconds, starts nothing.
  auto completions(std::string kind, std::string incomplete) -> async::Task<Result<std::vector<std::string>>>;

 private:
  auto submit_json(std::string path, std::string body) -> async::Task<Result<std::string>>;
  auto post_value(std::string path, std::string body) -> async::Task<Result<Json>>;
  auto get_value(std::string path, api::Query query) -> async::Task<Result<Json>>;
  auto stream(std::string path, std::string body, StreamObserver* observer) -> async::Task<Result<End>>;
  auto text(Transport::Call call, StreamObserver* observer) -> async::Task<Result<>>;

  Transport& transport_;
};

}  // namespace sky::client
