#include "journal/txn.h"

#include <iterator>

namespace sky::journal {

auto Txn::KeyOrder::operator()(const KeyView& a, const KeyView& b) const -> bool {
  if (a.first != b.first) return a.first->name() < b.first->name();
  return a.second < b.second;
}

auto Txn::find_written(const TableBase& table, std::string_view key) const -> const TableBase::RecordPtr* {
  const KeyView wanted(&table, key);
  for (const Writes* writes : {&own_, &accepted_}) {
    if (const auto found = writes->rows.find(wanted); found != writes->rows.end()) return &found->second;
  }
  return nullptr;
}

void Txn::event(EventRow row) {
  if (row.at == WallTime{}) row.at = now_;
  own_.events.push_back(std::move(row));
}

void Txn::accept() {
  for (auto& [key, record] : own_.rows) accepted_.rows.insert_or_assign(key, std::move(record));
  std::ranges::move(own_.events, std::back_inserter(accepted_.events));
  refuse();
}

void Txn::refuse() {
  own_.rows.clear();
  own_.events.clear();
}

}  // namespace sky::journal
