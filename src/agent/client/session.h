// AgentSession: the server's connection to the head of one cluster.
//
// One Mux over one `sky-agent attach`. When the connection breaks the session dials again by itself, with growing
// pauses, for as long as it lives: silence is not death. The agent outlives every session; nothing is lost but time,
// because every operation is idempotent and events begin with the present state of all jobs.
//
//   AgentSession session(loop, infra, cluster, {.on_event = …, .on_change = …});
//   session.start();
//   SKY_CO_CHECK(co_await session.wait_ready(deadline));
//   SKY_CO_TRY(const JobId id, co_await session.submit(request_id, spec, deadline));
//   co_await session.stop();                                   // before it is destroyed
//
// Calls wait for a connection until their deadline and are repeated when it breaks under them. Errors: those of the
// operation; kDeadlineExceeded with the reason of the silence when there was no connection in time; at once what an
// attempt to connect met, when another attempt would meet it too (kVersionMismatch, kPermissionDenied, kNotFound, …);
// kCancelled once stop() was called.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/protocol/mux.h"
#include "async/group.h"
#include "async/retry.h"
#include "async/sync.h"
#include "infra/infra.h"

namespace sky::agent {

struct SessionOptions {
  // Awaited for each event before the next one is read. An error breaks the connection; the next one starts with the
  // present state again, so an event that could not be stored is not lost.
  std::function<async::Task<Result<>>(Event)> on_event;
  // After each change of up().
  std::function<void()> on_change;
  // Pauses between attempts; their number is not limited.
  async::RetryPolicy pauses = {};
  // Of one attempt: start `attach`, exchange greetings.
  Duration connect_limit = std::chrono::seconds(20);
  // The head is asked for a sign of life this often and has as long to give it.
  Duration ping_interval = std::chrono::seconds(15);
};

struct TailEnd {
  JobStatus status = JobStatus::kInit;
  std::uint64_t offset = 0;  // of the byte after the last one
};

// The output of one job as it comes from the head. Dropping it ends the tail.
class JobTail {
 public:
  JobTail(std::unique_ptr<Channel> channel, std::uint64_t offset) : channel_(std::move(channel)), offset_(offset) {}

  // The next bytes; nullopt at the end, then finish() tells how the job stands. kUnavailable when the connection broke.
  auto read() -> async::Task<Result<std::optional<std::string>>>;
  auto finish() -> async::Task<Result<TailEnd>>;
  // Position of the next byte that read() gives. Meaningless after a start by tail_lines.
  auto offset() const -> std::uint64_t { return offset_; }

 private:
  std::unique_ptr<Channel> channel_;
  std::uint64_t offset_;
};

class AgentSession {
 public:
  // `infra` must outlive the session. `cluster` has its nodes.
  AgentSession(async::Loop& loop, infra::Infra& infra, infra::ClusterRef cluster, SessionOptions options);
  ~AgentSession();

  void start();
  auto stop() -> async::Task<>;

  auto up() const -> bool { return mux_ != nullptr; }
  // Since when there is no connection; nullopt while there is one.
  auto silent_since() const -> std::optional<MonoTime> { return silent_since_; }
  // Why the last attempt or connection ended.
  auto last_error() const -> const std::optional<Error>& { return last_error_; }
  auto wait_ready(Deadline deadline) -> async::Task<Result<>>;

  auto call(Json request, Deadline deadline) -> async::Task<Result<Json>>;
  // A channel on the present connection. kUnavailable when there is none.
  auto open(const Json& request) -> Result<std::unique_ptr<Channel>>;

  // Idempotent by `key`, the API request's id.
  auto submit(std::string key, JobSpec spec, Deadline deadline) -> async::Task<Result<JobId>>;
  // In the order of the head's queue. An id that does not exist is left out.
  auto jobs(JobsRequest which, Deadline deadline) -> async::Task<Result<std::vector<JobView>>>;
  // The jobs that are ended by this call.
  auto cancel(JobsRequest which, Deadline deadline) -> async::Task<Result<std::vector<JobId>>>;
  auto set_autostop(AutostopSpec spec, Deadline deadline) -> async::Task<Result<>>;
  // The infra confirms that this worker is gone: its ranks are lost, their jobs end.
  auto node_lost(int node, Deadline deadline) -> async::Task<Result<>>;
  // What the agent says about itself, as JSON.
  auto info(Deadline deadline) -> async::Task<Result<Json>>;
  // kUnavailable when there is no connection.
  auto tail(TailRequest request) -> Result<JobTail>;

 private:
  auto keep_connected() -> async::Task<>;
  auto connect(Deadline deadline) -> async::Task<Result<std::shared_ptr<Mux>>>;
  auto greet(Mux* mux, infra::RemoteProcess* process, Deadline deadline) -> async::Task<Result<>>;
  auto attend(std::shared_ptr<Mux> mux) -> async::Task<Result<>>;
  auto watch(std::shared_ptr<Mux> mux) -> async::Task<Result<>>;
  auto ping(std::shared_ptr<Mux> mux) -> async::Task<Result<>>;
  auto report_jobs(std::shared_ptr<Mux> mux) -> async::Task<Result<>>;
  auto handle_line(std::string line) -> async::Task<Result<>>;
  auto handle(Event event) -> async::Task<Result<>>;
  auto wait_up() -> async::Task<Result<>>;
  auto wait_change() -> async::Task<Result<>>;
  void set_mux(std::shared_ptr<Mux> mux);

  async::Loop& loop_;
  infra::Infra& infra_;
  infra::ClusterRef cluster_;
  SessionOptions options_;
  std::shared_ptr<Mux> mux_;  // null while there is no connection
  std::optional<MonoTime> silent_since_;
  std::optional<Error> last_error_;
  int failed_attempts_ = 0;  // since the session began
  bool stopped_ = false;
  async::WaitList changed_;
  async::TaskGroup tasks_;
};

}  // namespace sky::agent
