// Txn: what one change sees while its batch is formed: the last durable state, the accepted changes before it in the
// batch, and its own writes. Lives for one call of the change; records that it returns are good until the change's next
// write to the same key.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "journal/store.h"
#include "journal/table.h"

namespace sky::journal {

class Txn {
 public:
  Txn(const Txn&) = delete;
  auto operator=(const Txn&) -> Txn& = delete;

  // Null when there is no such row.
  template <class Record>
  auto find(const Table<Record>& table, std::string_view key) const -> const Record* {
    if (const TableBase::RecordPtr* written = find_written(table, key)) {
      return static_cast<const Record*>(written->get());
    }
    return table.find(key);
  }
  template <class Record>
  void put(Table<Record>& table, std::string_view key, Record record) {
    own_.rows[Key(&table, key)] = std::make_shared<const Record>(std::move(record));
  }
  // Nothing happens when the row is absent.
  template <class Record>
  void erase(Table<Record>& table, std::string_view key) {
    own_.rows[Key(&table, key)] = nullptr;
  }
  // `at` is filled with now() when it is left at its default.
  void event(EventRow row);

  // The wall time at which the batch was formed: one value for all its changes.
  auto now() const -> WallTime { return now_; }

 private:
  friend class Journal;
  using Key = std::pair<TableBase*, std::string>;
  using KeyView = std::pair<const TableBase*, std::string_view>;
  // By table name, so that the order of rows in a batch does not depend on addresses.
  struct KeyOrder {
    using is_transparent = void;
    auto operator()(const KeyView& a, const KeyView& b) const -> bool;
  };
  struct Writes {
    std::map<Key, TableBase::RecordPtr, KeyOrder> rows;
    std::vector<EventRow> events;
  };

  explicit Txn(WallTime now) : now_(now) {}
  auto find_written(const TableBase& table, std::string_view key) const -> const TableBase::RecordPtr*;
  void accept();  // the running change's writes join the batch
  void refuse();  // … or are forgotten

  WallTime now_;
  Writes accepted_;
  Writes own_;
};

}  // namespace sky::journal
