// The server's records as the rows that tables show.
#pragma once

#include <string>
#include <vector>

#include "api/records.h"
#include "api/requests.h"
#include "cli/render/rows.h"

namespace sky::cli {

auto to_row(const api::ClusterRecord& record) -> ClusterRow;
auto to_row(const api::JobRecord& record) -> JobRow;
auto to_row(const api::CostRow& row) -> CostRow;
auto to_row(const api::RequestPayload& payload) -> RequestRow;

template <class Record>
auto to_rows(const std::vector<Record>& records) {
  std::vector<decltype(to_row(records.front()))> rows;
  rows.reserve(records.size());
  for (const Record& record : records) rows.push_back(to_row(record));
  return rows;
}

// What `-o json` prints: one array of the records' command-line form.
template <class Record>
auto to_cli_json(const std::vector<Record>& records) -> JsonArray {
  JsonArray array;
  array.reserve(records.size());
  for (const Record& record : records) array.emplace_back(api::encode_cli(record));
  return array;
}

auto names_of(const std::vector<api::ClusterRecord>& records) -> std::vector<std::string>;

}  // namespace sky::cli
