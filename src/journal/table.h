// Table: the working copy, in memory, of one durable table: always the last durable state, sorted by key.
//
// Owned by the noun whose records it holds; registered with the Journal before open() and alive until the Journal has
// stopped. Read it freely on the loop's thread; it changes only in the turn in which a batch became durable, so a
// pointer from find() is good until the next co_await (get() shares ownership, for longer).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sky::journal {

// Both are pure and run on any thread. decode's errors stop Journal::open(): a record that cannot be read is never
// dropped silently.
template <class Record>
struct Codec {
  std::function<std::string(const Record&)> encode;
  std::function<Result<Record>(std::string_view)> decode;
};

// What the Journal knows of a table. Records are handed around as shared_ptr<const void>; null means absent.
class TableBase {
 public:
  using RecordPtr = std::shared_ptr<const void>;

  // `name` satisfies valid_table_name().
  explicit TableBase(std::string name) : name_(std::move(name)) {}
  virtual ~TableBase() = default;
  TableBase(const TableBase&) = delete;
  auto operator=(const TableBase&) -> TableBase& = delete;

  auto name() const -> const std::string& { return name_; }

 private:
  friend class Journal;
  virtual auto encode(const void* record) const -> std::string = 0;
  virtual auto load(std::string_view key, std::string_view value) -> Result<> = 0;
  virtual auto contains(std::string_view key) const -> bool = 0;
  // Returns what was there before.
  virtual auto swap_in(const std::string& key, const RecordPtr& record) -> RecordPtr = 0;
  virtual void notify(const std::string& key, const void* before, const void* after) const = 0;

  const std::string name_;
};

template <class Record>
class Table final : public TableBase {
 public:
  using Rows = std::map<std::string, std::shared_ptr<const Record>, std::less<>>;
  // `before` and `after` are null where the row is absent. Runs after all tables of the batch were changed and before
  // the batch's callers resume. Must not change the list of listeners.
  using Listener = std::function<void(const std::string& key, const Record* before, const Record* after)>;

  Table(std::string name, Codec<Record> codec) : TableBase(std::move(name)), codec_(std::move(codec)) {}

  auto find(std::string_view key) const -> const Record* {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : found->second.get();
  }
  auto get(std::string_view key) const -> std::shared_ptr<const Record> {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : found->second;
  }
  auto size() const -> size_t { return rows_.size(); }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  // The rows at and after `key`, for scans of a prefix.
  auto lower_bound(std::string_view key) const { return rows_.lower_bound(key); }

  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  auto encode(const void* record) const -> std::string override {
    return codec_.encode(*static_cast<const Record*>(record));
  }
  auto load(std::string_view key, std::string_view value) -> Result<> override {
    SKY_TRY(Record record, codec_.decode(value));
    rows_.insert_or_assign(std::string(key), std::make_shared<const Record>(std::move(record)));
    return {};
  }
  auto contains(std::string_view key) const -> bool override { return rows_.contains(key); }
  auto swap_in(const std::string& key, const RecordPtr& record) -> RecordPtr override {
    RecordPtr before;
    if (const auto found = rows_.find(key); found != rows_.end()) {
      before = std::move(found->second);
      if (record == nullptr) rows_.erase(found);
    }
    if (record != nullptr) rows_.insert_or_assign(key, std::static_pointer_cast<const Record>(record));
    return before;
  }
  void notify(const std::string& key, const void* before, const void* after) const override {
    for (const Listener& listener : listeners_) {
      listener(key, static_cast<const Record*>(before), static_cast<const Record*>(after));
    }
  }

  Codec<Record> codec_;
  Rows rows_;
  std::vector<Listener> listeners_;
};

}  // namespace sky::journal
