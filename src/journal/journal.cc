#include "journal/journal.h"

#include <algorithm>

#include "async/run_on.h"
#include "base/log.h"
#include "base/strings.h"

namespace sky::journal {

using async::Task;

auto valid_table_name(std::string_view name) -> bool {
  constexpr size_t kLengthMax = 63;  // of an identifier in PostgreSQL
  if (name.empty() || name.size() > kLengthMax || is_digit(name.front())) return false;
  return std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

Journal::Journal(async::Loop& loop, std::unique_ptr<Store> store, JournalOptions options)
    : loop_(loop), store_(std::move(store)), options_(std::move(options)), tasks_(loop) {}

Journal::~Journal() {
  SKY_ASSERT(queue_.empty());
}

void Journal::add(TableBase& table) {
  SKY_ASSERT(state_ == State::kNew);
  SKY_ASSERT(valid_table_name(table.name()));
  for (const TableBase* other : tables_) SKY_ASSERT(other->name() != table.name());
  tables_.push_back(&table);
}

auto Journal::open() -> Task<Result<>> {
  SKY_ASSERT(state_ == State::kNew);
  const auto load_all = [this]() -> Result<Position> {
    std::vector<std::string> names;
    for (const TableBase* table : tables_) names.push_back(table->name());
    return store_->load(names, [this](size_t table, std::string_view key, std::string_view value) -> Result<> {
      Result<> loaded = tables_[table]->load(key, value);
      if (loaded.ok()) return {};
      Error error = std::move(loaded).error();
      error.code = ErrorCode::kDataCorrupt;
      return std::move(error).with_context(fmt::format("table \"{}\", key \"{}\"", tables_[table]->name(), key));
    });
  };
  SKY_CO_TRY(position_, co_await async::run_on(load_all));
  if (options_.reserve_bytes > 0) {
    const auto make = [this] { return store_->make_reserve(options_.reserve_bytes); };
    const Result<> made = co_await async::run_on(make);
    if (!made.ok()) {
      log_warning("journal", "no disk space is kept in reserve: {}", to_string(made.error()));
      storage_full_ = made.error().code == ErrorCode::kStorageFull;
    }
  }
  state_ = State::kOpen;
  tasks_.spawn("journal", write_loop());
  co_return Result<>();
}

auto Journal::refuse_reason() const -> std::optional<Error> {
  if (state_ == State::kLost) {
    return make_error(ErrorCode::kUnavailable, "the state store was lost", "restart the server");
  }
  if (state_ != State::kOpen) return make_error(ErrorCode::kUnavailable, "the state store is closed");
  if (queue_.size() >= options_.queued_changes_max) {
    return make_error(ErrorCode::kUnavailable,
                      fmt::format("{} changes wait for the state store, no more are taken", queue_.size()));
  }
  return std::nullopt;
}

namespace {

auto wait_for(async::Event* event) -> Task<> {
  const Result<> woken = co_await event->wait();
  SKY_ASSERT(woken.ok());
}

}  // namespace

auto Journal::commit(Change change, Urgency urgency) -> Task<Result<>> {
  if (std::optional<Error> reason = refuse_reason()) co_return std::move(*reason);
  Pending pending{.change = std::move(change), .urgency = urgency};
  queue_.push_back(&pending);
  work_.notify_one();
  Result<> woken = co_await pending.done.wait();
  if (!woken.ok() && !pending.done.is_set()) {
    if (!pending.taken) {
      std::erase(queue_, &pending);
      co_return std::move(woken);
    }
    co_await async::shield(wait_for(&pending.done));
  }
  co_return std::move(pending.result);
}

auto Journal::events(EventQuery query) -> Task<Result<std::vector<EventRow>>> {
  if (state_ == State::kNew || state_ == State::kLost) {
    co_return make_error(ErrorCode::kUnavailable, "the state store is not open");
  }
  SKY_CO_TRY(const async::Semaphore::Permit turn, co_await store_turn_.acquire());
  const auto read = [this, &query] { return store_->query_events(query); };
  co_return co_await async::run_on(read);
}

auto Journal::stop() -> Task<> {
  if (state_ == State::kOpen) state_ = State::kStopping;
  work_.notify_all();
  co_await tasks_.join();
}

// Ends when the journal stops or is lost, never by cancellation: every queued caller gets an answer.
auto Journal::write_loop() -> Task<Result<>> {
  while (state_ != State::kLost) {
    if (!queue_.empty()) {
      co_await write_one_batch();
    } else if (state_ == State::kStopping) {
      break;
    } else {
      SKY_CO_CHECK(co_await work_.wait());
    }
  }
  co_return Result<>();
}

auto Journal::write_one_batch() -> Task<> {
  co_await try_to_leave_full_mode();
  Txn txn(loop_.wall_now());
  std::vector<Pending*> members;
  form_batch(txn, members);
  const Batch batch = encode_batch(txn);
  Result<> written;
  if (!batch.rows.empty() || !batch.events.empty()) written = co_await write_to_store(&batch);
  if (state_ == State::kLost) {
    for (Pending* member : members) finish(*member, *refuse_reason());
    co_return;
  }
  if (!written.ok() && written.error().code == ErrorCode::kStorageFull) {
    co_await on_storage_full(std::move(members), written.error());
    co_return;
  }
  if (written.ok()) apply(txn);
  for (Pending* member : members) finish(*member, written);
}

// Runs queued changes until the batch is large enough. A refused change is answered together with the batch, because
// the state that it was refused for may be part of the batch.
void Journal::form_batch(Txn& txn, std::vector<Pending*>& members) {
  while (!queue_.empty() && txn.accepted_.rows.size() < options_.batch_rows_max) {
    Pending& pending = *queue_.front();
    queue_.pop_front();
    if (storage_full_ && pending.urgency == Urgency::kNormal) {
      finish(pending, make_error(ErrorCode::kStorageFull, "no disk space is left for the server's state",
                                 "free some space; cancel and down still work"));
      continue;
    }
    pending.taken = true;
    pending.result = pending.change(txn);
    pending.result.ok() ? txn.accept() : txn.refuse();
    members.push_back(&pending);
  }
}

auto Journal::encode_batch(const Txn& txn) const -> Batch {
  Batch batch{.generation = position_.generation, .sequence = position_.sequence + 1};
  batch.rows.reserve(txn.accepted_.rows.size());
  for (const auto& [place, record] : txn.accepted_.rows) {
    const auto& [table, key] = place;
    if (record != nullptr) {
      batch.rows.push_back({table->name(), key, table->encode(record.get())});
    } else if (table->contains(key)) {
      batch.rows.push_back({table->name(), key, std::nullopt});
    }
  }
  batch.events = txn.accepted_.events;
  return batch;
}

auto Journal::write_to_store(const Batch* batch) -> Task<Result<>> {
  SKY_CO_TRY(const async::Semaphore::Permit turn, co_await store_turn_.acquire());
  const auto write = [this, batch] { return store_->write(*batch); };
  Result<> written = co_await async::run_on(write);
  if (!written.ok() && written.error().code == ErrorCode::kConflict) {
    lose(std::move(written).error());
    co_return make_error(ErrorCode::kUnavailable, "the state store was lost");
  }
  if (!written.ok() && written.error().code != ErrorCode::kStorageFull) {
    written = co_await settle_unknown(batch, std::move(written).error());
  }
  if (written.ok()) position_.sequence = batch->sequence;
  co_return written;
}

auto Journal::settle_unknown(const Batch* batch, Error failure) -> Task<Result<>> {
  log_warning("journal", "batch {} has an unknown outcome: {}", batch->sequence, to_string(failure));
  const auto read = [this] { return store_->read_position(); };
  const Result<Position> found = co_await async::run_on(read);
  if (!found.ok()) {
    lose(Error(found.error()).with_context("cannot find out what was written"));
  } else if (found->generation != batch->generation) {
    lose(make_error(ErrorCode::kConflict, fmt::format("another server took the state store over: expected generation "
                                                      "{}, found {}",
                                                      batch->generation, found->generation)));
  } else if (found->sequence == batch->sequence) {
    co_return Result<>();
  } else if (found->sequence + 1 != batch->sequence) {
    lose(make_error(ErrorCode::kDataCorrupt, fmt::format("the state store is at {}, expected {} or {}", found->sequence,
                                                         batch->sequence - 1, batch->sequence)));
  }
  failure.code = ErrorCode::kUnavailable;
  co_return std::move(failure).with_context("the change was not written");
}

// All tables change before any listener runs: a listener may look at several.
void Journal::apply(const Txn& txn) {
  std::vector<TableBase::RecordPtr> before;
  before.reserve(txn.accepted_.rows.size());
  for (const auto& [place, record] : txn.accepted_.rows) before.push_back(place.first->swap_in(place.second, record));
  size_t i = 0;
  for (const auto& [place, record] : txn.accepted_.rows) {
    const TableBase::RecordPtr& old = before[i++];
    if (old != nullptr || record != nullptr) place.first->notify(place.second, old.get(), record.get());
  }
}

// The first time, the reserve is freed and urgent changes go back to the front of the queue for one more try.
auto Journal::on_storage_full(std::vector<Pending*> members, Error failure) -> Task<> {
  const bool try_again = !storage_full_ && options_.reserve_bytes > 0;
  if (try_again) {
    log_error("journal", "the disk is full, the reserve of {} bytes is freed: {}", options_.reserve_bytes,
              to_string(failure));
    storage_full_ = true;
    reserve_retry_at_ = loop_.now() + options_.reserve_retry;
    const Result<async::Semaphore::Permit> turn = co_await store_turn_.acquire();
    const auto free = [this] { return store_->free_reserve(); };
    const Result<> freed = co_await async::run_on(free);
    if (!freed.ok()) log_error("journal", "cannot free the reserve: {}", to_string(freed.error()));
  }
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (try_again && (*member)->urgency == Urgency::kUrgent) {
      (*member)->taken = false;
      queue_.push_front(*member);
    } else {
      finish(**member, failure);
    }
  }
}

auto Journal::try_to_leave_full_mode() -> Task<> {
  if (!storage_full_ || loop_.now() < reserve_retry_at_) co_return;
  reserve_retry_at_ = loop_.now() + options_.reserve_retry;
  const Result<async::Semaphore::Permit> turn = co_await store_turn_.acquire();
  const auto make = [this] { return store_->make_reserve(options_.reserve_bytes); };
  const Result<> made = co_await async::run_on(make);
  if (!made.ok() && made.error().code == ErrorCode::kStorageFull) co_return;
  storage_full_ = false;
  log_info("journal", "there is disk space again");
}

void Journal::lose(Error reason) {
  log_error("journal", "the state store is lost: {}", to_string(reason));
  state_ = State::kLost;
  const std::deque<Pending*> queued = std::exchange(queue_, {});
  for (Pending* pending : queued) finish(*pending, *refuse_reason());
  if (options_.on_lost) options_.on_lost(reason);
}

// A change that was refused while the batch was formed keeps its refusal, whatever became of the batch.
void Journal::finish(Pending& pending, Result<> result) {
  if (pending.result.ok()) pending.result = std::move(result);
  pending.done.set();
}

}  // namespace sky::journal
