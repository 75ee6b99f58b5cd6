// RequestManager: accepts requests durably, runs their handlers, keeps outcomes and output.
//
// accept() returns only when the request is on disk; from then on it ends in an outcome, whatever happens to the client
// or to this process. A handler is registered per request name before start(); it is "ensure, then wait" and may run
// again from its start. Cancelling is a durable mark first, then a cancelled scope: the handler's waits return
// kCancelled and it may clean up under shield().
//
// Short read-only questions of our own client do not pass through here; they are answered directly (server/).
//
// Concurrency: loop thread. Stop it before the Journal; the table must outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "async/group.h"
#include "format/json.h"
#include "journal/journal.h"
#include "journal/table.h"
#include "logs/follower.h"
#include "requests/output.h"
#include "requests/state.h"

namespace sky::requests {

inline constexpr Duration kSweepInterval = std::chrono::hours(1);
// Requests that have not ended; more are turned away with kUnavailable. A client retries on that.
inline constexpr size_t kActiveRequestsMax = 100'000;

// What a handler is given.
class Context {
 public:
  Context(RequestRecord record, Output output) : record_(std::move(record)), output_(std::move(output)) {}
  auto id() const -> const RequestId& { return record_.id; }
  auto record() const -> const RequestRecord& { return record_; }
  auto output() -> Output& { return output_; }

 private:
  friend class RequestManager;
  RequestRecord record_;
  Output output_;
  async::CancelScope* scope_ = nullptr;  // of the running handler
};

using Handler = std::function<async::Task<Result<Json>>(std::shared_ptr<Context>)>;

// What requests hold besides their records, e.g. copies of files. Both calls are idempotent.
struct Holdings {
  // Before the request becomes durable; an error refuses it. The record is as it will be committed.
  std::function<async::Task<Result<>>(const RequestRecord&)> take;
  // After the outcome is durable, or when the request was not accepted after all.
  std::function<async::Task<Result<>>(const RequestId&)> release;
};

class RequestManager {
 public:
  // Output streams lie in `log_dir`, one file stem per request id. Rows and output are removed `retention` after the
  // request's end; negative: never.
  RequestManager(async::Loop& loop, journal::Journal& journal, journal::Table<RequestRecord>& table,
                 std::string log_dir, Duration retention = std::chrono::hours(24));

  void handle(std::string name, Handler handler);
  void hold(Holdings holdings) { holdings_ = std::move(holdings); }
  // Runs again what had not ended. REQUIRES: the journal is open.
  void start();
  // Running handlers are cancelled without a mark: the next start goes on with them.
  auto stop() -> async::Task<>;

  // `urgency`: for requests that end things and must pass when the disk is full. Idempotent by NewRequest::id.
  // kInvalidArgument for a name without handler or an id that is no UUID, kUnavailable when too many run, and the
  // errors of Holdings::take and of the journal.
  auto accept(NewRequest request, journal::Urgency urgency = journal::Urgency::kNormal)
      -> async::Task<Result<RequestId>>;
  // Makes a handler's decision durable before it is acted upon (RequestRecord::memo): a replay finds it in the context.
  auto remember(std::shared_ptr<Context> context, std::string memo) -> async::Task<Result<>>;
  // It is being accepted, or has not ended: what it holds is needed.
  auto is_live(const std::string& id) const -> bool { return accepting_.contains(id) || active_.contains(id); }
  // Has a user asked to cancel it? (The scope alone does not tell a user's wish from a stopping server.)
  auto cancel_requested(const RequestId& id) const -> bool;
  // Waits for the outcome. kRequestNotFound.
  auto wait(RequestId id) -> async::Task<Result<RequestRecord>>;
  // Marks and cancels; ids that have ended are left alone. Returns those that it cancelled.
  auto cancel(std::vector<RequestId> ids) -> async::Task<Result<std::vector<RequestId>>>;

  // The one request whose id starts with `prefix`. kRequestNotFound; kInvalidArgument when several do.
  auto resolve(std::string_view prefix) const -> Result<RequestId>;
  auto find(const RequestId& id) const -> std::shared_ptr<const RequestRecord> { return table_.get(id.str()); }
  // Newest first. `active_only` leaves out what has ended.
  auto list(bool active_only) const -> std::vector<std::shared_ptr<const RequestRecord>>;
  // A cursor on the output stream, from `offset` bytes on; it ends with the request.
  auto follow_output(const RequestId& id, std::uint64_t offset) -> std::unique_ptr<logs::Follower>;
  // Runs the handler of `name` for a question of our own client that changes nothing: no record, no output.
  auto answer(NewRequest question) -> async::Task<Result<Json>>;

 private:
  struct Active {
    std::shared_ptr<Context> context;
    std::shared_ptr<logs::Hub> hub;  // null when the stream could not be opened
  };

  auto begin_accepting(std::string id) -> async::Task<Result<>>;
  auto commit_new(RequestRecord record, journal::Urgency urgency) -> async::Task<Result<bool>>;
  auto release(RequestId id) -> async::Task<>;
  void launch(const RequestRecord& record);
  auto run(std::shared_ptr<Context> context) -> async::Task<Result<>>;
  auto finish(std::shared_ptr<Context> context, Result<Json> outcome) -> async::Task<Result<>>;
  auto sweep_loop() -> async::Task<Result<>>;
  auto sweep() -> async::Task<Result<>>;
  auto log_base(const RequestId& id) const -> std::string;

  async::Loop& loop_;
  journal::Journal& journal_;
  journal::Table<RequestRecord>& table_;
  std::string log_dir_;
  Duration retention_;
  std::map<std::string, Handler, std::less<>> handlers_;
  Holdings holdings_;
  std::map<std::string, Active> active_;
  std::set<std::string> accepting_;  // not durable yet
  bool stopping_ = false;
  async::WaitList finished_;
  async::WaitList accepted_;
  async::TaskGroup tasks_;
};

}  // namespace sky::requests
