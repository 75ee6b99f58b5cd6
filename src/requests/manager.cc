#include "requests/manager.h"

#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "logs/file_follower.h"
#include "os/file.h"

namespace sky::requests {
namespace {

constexpr Duration kOutcomeRetry = std::chrono::seconds(2);

auto new_uuid(async::Loop& loop) -> std::string {
  const std::uint64_t high = loop.random_u64();
  const std::uint64_t low = loop.random_u64();
  return format_uuid(high, low);
}

// Ids become file names: nothing else may pass.
auto is_uuid(std::string_view text) -> bool {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

// The store may take the same change later.
auto is_temporary(const Error& error) -> bool {
  return error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kUnavailable;
}

auto request_not_found(std::string_view id) -> Error {
  return make_error(ErrorCode::kRequestNotFound, fmt::format("Request '{}' not found", id),
                    "`sky api status -a` lists requests.");
}

}  // namespace

RequestManager::RequestManager(async::Loop& loop, journal::Journal& journal, journal::Table<RequestRecord>& table,
                               std::string log_dir, Duration retention)
    : loop_(loop),
      journal_(journal),
      table_(table),
      log_dir_(std::move(log_dir)),
      retention_(retention),
      tasks_(loop) {}

void RequestManager::handle(std::string name, Handler handler) {
  handlers_[std::move(name)] = std::move(handler);
}

void RequestManager::start() {
  for (const auto& [key, record] : table_) {
    if (!is_terminal(record->status)) launch(*record);
  }
  tasks_.spawn("requests.sweep", sweep_loop());
}

auto RequestManager::stop() -> async::Task<> {
  stopping_ = true;
  co_await tasks_.stop();
  finished_.notify_all();
}

auto RequestManager::log_base(const RequestId& id) const -> std::string {
  return fmt::format("{}/{}", log_dir_, id);
}

auto RequestManager::accept(NewRequest request, journal::Urgency urgency) -> async::Task<Result<RequestId>> {
  if (!handlers_.contains(request.name)) {
    co_return make_error(ErrorCode::kInvalidArgument, fmt::format("no handler for request '{}'", request.name));
  }
  if (active_.size() >= kActiveRequestsMax) {
    co_return make_error(ErrorCode::kUnavailable,
                         fmt::format("{} requests are in progress already; try again later", active_.size()));
  }
  if (request.id.empty()) request.id = RequestId(new_uuid(loop_));
  if (!is_uuid(request.id.str())) {
    co_return make_error(ErrorCode::kInvalidArgument, fmt::format("request id '{}' is no UUID", request.id));
  }
  RequestRecord record{.id = request.id,
                       .name = std::move(request.name),
                       .body = std::move(request.body),
                       .user_id = std::move(request.user_id),
                       .user_name = std::move(request.user_name),
                       .cluster_name = std::move(request.cluster_name),
                       .command = std::move(request.command),
                       .status = RequestStatus::kRunning,
                       .created_at = to_epoch_seconds(loop_.wall_now()),
                       .finished_at = std::nullopt,
                       .return_value = {},
                       .error = std::nullopt};
  SKY_CO_CHECK(co_await begin_accepting(record.id.str()));
  Result<bool> fresh = false;
  if (holdings_.take && table_.find(record.id.str()) == nullptr) {
    if (Result<> held = co_await holdings_.take(record); !held.ok()) fresh = std::move(held).error();
  }
  if (fresh.ok()) fresh = co_await commit_new(record, urgency);
  accepting_.erase(record.id.str());
  accepted_.notify_all();
  if (!fresh.ok() && table_.find(record.id.str()) == nullptr) co_await async::shield(release(record.id));
  if (!fresh.ok()) co_return std::move(fresh).error();
  if (*fresh && !stopping_) launch(record);
  co_return record.id;
}

// Repeated calls for one request go one after the other: the first one's files are the ones that count.
auto RequestManager::begin_accepting(std::string id) -> async::Task<Result<>> {
  while (accepting_.contains(id)) SKY_CO_CHECK(co_await accepted_.wait());
  accepting_.insert(id);
  co_return Result<>();
}

// False: it was known already.
auto RequestManager::commit_new(RequestRecord record, journal::Urgency urgency) -> async::Task<Result<bool>> {
  auto fresh = std::make_shared<bool>(false);
  SKY_CO_CHECK(co_await journal_.commit(
      [this, record, fresh](journal::Txn& txn) -> Result<> {
        const RequestRecord* known = txn.find(table_, record.id.str());
        *fresh = known == nullptr;
        if (known == nullptr) txn.put(table_, record.id.str(), record);
        if (known != nullptr && known->name != record.name) {
          return make_error(ErrorCode::kAlreadyExists,
                            fmt::format("request id '{}' belongs to a '{}'", record.id, known->name));
        }
        return {};
      },
      urgency));
  co_return *fresh;
}

auto RequestManager::release(RequestId id) -> async::Task<> {
  if (!holdings_.release) co_return;
  const Result<> released = co_await holdings_.release(id);
  if (!released.ok()) log_warning("requests", "what {} held: {}", id, to_string(released.error()));
}

void RequestManager::launch(const RequestRecord& record) {
  std::shared_ptr<logs::Hub> hub;
  auto writer = logs::StreamWriter::open(log_base(record.id));
  if (writer.ok()) {
    hub = std::make_shared<logs::Hub>(std::move(writer).value());
  } else {
    // Without its output stream a request still runs: the outcome matters more than the words.
    log_warning("requests", "output of {}: {}", record.id, to_string(writer.error()));
  }
  std::string held = os::read_file(logs::segment_path(log_base(record.id), 0)).value_or(std::string());
  auto context = std::make_shared<Context>(record, Output(hub, std::move(held)));
  active_[record.id.str()] = {.context = context, .hub = std::move(hub)};
  tasks_.spawn("requests.run", run(std::move(context)));
}

auto RequestManager::run(std::shared_ptr<Context> context) -> async::Task<Result<>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope scope(outer);
  context->scope_ = &scope;
  const auto handler = handlers_.find(context->record().name);
  Result<Json> outcome = make_error(ErrorCode::kNotSupported,
                                    fmt::format("request '{}' is not known to this server", context->record().name));
  if (handler != handlers_.end()) {
    if (context->record().cancel_requested) scope.cancel();
    async::Task<Result<Json>> task = handler->second(context);
    outcome = co_await std::move(task).in(scope);
  }
  context->scope_ = nullptr;
  // Ended by stop(), not by a user: no outcome, the next start goes on.
  if (outer.cancelled()) co_return outer.reason();
  co_return co_await finish(std::move(context), std::move(outcome));
}

auto RequestManager::finish(std::shared_ptr<Context> context, Result<Json> outcome) -> async::Task<Result<>> {
  const std::string key = context->id().str();
  const double now = to_epoch_seconds(loop_.wall_now());
  auto settle = [this, key, now, outcome = std::move(outcome)](journal::Txn& txn) -> Result<> {
    const RequestRecord* current = txn.find(table_, key);
    if (current == nullptr || is_terminal(current->status)) return {};
    RequestRecord next = *current;
    next.finished_at = now;
    if (outcome.ok()) {
      next.status = RequestStatus::kSucceeded;
      next.return_value = to_json_text(outcome.value());
    } else {
      next.status = outcome.error().code == ErrorCode::kCancelled ? RequestStatus::kCancelled : RequestStatus::kFailed;
      next.error = outcome.error();
    }
    txn.put(table_, key, std::move(next));
    return {};
  };
  // An outcome that cannot be stored yet keeps its place: nobody may see a request that runs for ever.
  Result<> committed = co_await journal_.commit(settle, journal::Urgency::kUrgent);
  while (!committed.ok() && !journal_.lost() && is_temporary(committed.error())) {
    log_error("requests", "outcome of {} is not stored yet: {}", key, to_string(committed.error()));
    SKY_CO_CHECK(co_await async::sleep_for(kOutcomeRetry));
    committed = co_await journal_.commit(settle, journal::Urgency::kUrgent);
  }
  context->output().finish();
  if (committed.ok()) co_await async::shield(release(context->id()));
  active_.erase(key);
  finished_.notify_all();
  co_return committed;
}

auto RequestManager::remember(std::shared_ptr<Context> context, std::string memo) -> async::Task<Result<>> {
  const std::string key = context->id().str();
  SKY_CO_CHECK(co_await journal_.commit(
      [this, key, memo](journal::Txn& txn) -> Result<> {
        const RequestRecord* current = txn.find(table_, key);
        if (current == nullptr) return {};
        RequestRecord next = *current;
        next.memo = memo;
        txn.put(table_, key, std::move(next));
        return {};
      },
      journal::Urgency::kUrgent));
  context->record_.memo = std::move(memo);
  co_return Result<>();
}

auto RequestManager::cancel_requested(const RequestId& id) const -> bool {
  const RequestRecord* record = table_.find(id.str());
  return record != nullptr && record->cancel_requested;
}

auto RequestManager::wait(RequestId id) -> async::Task<Result<RequestRecord>> {
  for (;;) {
    const std::shared_ptr<const RequestRecord> record = find(id);
    if (record == nullptr) co_return request_not_found(id.str());
    if (is_terminal(record->status)) co_return *record;
    if (stopping_) co_return make_error(ErrorCode::kUnavailable, "the API server is stopping");
    SKY_CO_CHECK(co_await finished_.wait());
  }
}

auto RequestManager::cancel(std::vector<RequestId> ids) -> async::Task<Result<std::vector<RequestId>>> {
  auto marked = std::make_shared<std::vector<RequestId>>();
  SKY_CO_CHECK(co_await journal_.commit(
      [this, ids, marked](journal::Txn& txn) -> Result<> {
        marked->clear();
        for (const auto& id : ids) {
          const RequestRecord* current = txn.find(table_, id.str());
          if (current == nullptr || is_terminal(current->status)) continue;
          RequestRecord next = *current;
          next.cancel_requested = true;
          txn.put(table_, id.str(), std::move(next));
          marked->push_back(id);
        }
        return {};
      },
      journal::Urgency::kUrgent));
  for (const auto& id : *marked) {
    const auto found = active_.find(id.str());
    if (found == active_.end() || found->second.context->scope_ == nullptr) continue;
    found->second.context->scope_->cancel(make_error(ErrorCode::kCancelled, "the request was cancelled"));
  }
  co_return *marked;
}

auto RequestManager::resolve(std::string_view prefix) const -> Result<RequestId> {
  const auto first = table_.lower_bound(prefix);
  if (prefix.empty() || first == table_.end() || !first->first.starts_with(prefix)) return request_not_found(prefix);
  const auto second = std::next(first);
  if (first->first != prefix && second != table_.end() && second->first.starts_with(prefix)) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("Multiple requests found with prefix '{}'", prefix),
                      "Give more characters of the id.");
  }
  return first->second->id;
}

auto RequestManager::list(bool active_only) const -> std::vector<std::shared_ptr<const RequestRecord>> {
  std::vector<std::shared_ptr<const RequestRecord>> records;
  for (const auto& [key, record] : table_) {
    if (!active_only || !is_terminal(record->status)) records.push_back(record);
  }
  std::ranges::sort(records, [](const auto& a, const auto& b) {
    return std::pair(b->created_at, b->id.str()) < std::pair(a->created_at, a->id.str());
  });
  return records;
}

auto RequestManager::follow_output(const RequestId& id, std::uint64_t offset) -> std::unique_ptr<logs::Follower> {
  const auto found = active_.find(id.str());
  if (found != active_.end() && found->second.hub != nullptr) return found->second.hub->follow(offset);
  auto follower = std::make_unique<logs::FileFollower>(log_base(id), offset);
  follower->set_end({});
  return follower;
}

auto RequestManager::answer(NewRequest question) -> async::Task<Result<Json>> {
  const auto handler = handlers_.find(question.name);
  if (handler == handlers_.end()) {
    co_return make_error(ErrorCode::kInvalidArgument, fmt::format("no handler for request '{}'", question.name));
  }
  RequestRecord record;
  record.name = std::move(question.name);
  record.body = std::move(question.body);
  record.user_id = std::move(question.user_id);
  record.user_name = std::move(question.user_name);
  record.cluster_name = std::move(question.cluster_name);
  record.command = std::move(question.command);
  auto context = std::make_shared<Context>(std::move(record), Output(nullptr, {}));
  co_return co_await handler->second(std::move(context));
}

auto RequestManager::sweep_loop() -> async::Task<Result<>> {
  for (;;) {
    SKY_CO_CHECK(co_await async::sleep_for(kSweepInterval));
    Result<> swept = co_await sweep();
    if (!swept.ok()) log_warning("requests", "removing old requests: {}", to_string(swept.error()));
  }
}

auto RequestManager::sweep() -> async::Task<Result<>> {
  if (retention_ < Duration::zero()) co_return Result<>();
  const double limit = to_epoch_seconds(loop_.wall_now() - retention_);
  std::vector<RequestId> old;
  for (const auto& [key, record] : table_) {
    if (is_terminal(record->status) && record->finished_at.value_or(limit) < limit) old.push_back(record->id);
  }
  if (old.empty()) co_return Result<>();
  SKY_CO_CHECK(co_await journal_.commit([this, old](journal::Txn& txn) -> Result<> {
    for (const auto& id : old) txn.erase(table_, id.str());
    return {};
  }));
  for (const auto& id : old) {
    SKY_CO_CHECK(os::remove_file(logs::segment_path(log_base(id), 0)));
    SKY_CO_CHECK(os::remove_file(logs::end_path(log_base(id))));
  }
  co_return Result<>();
}

}  // namespace sky::requests
