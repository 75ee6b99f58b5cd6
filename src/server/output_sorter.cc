#include "server/output_sorter.h"

#include <algorithm>
#include <utility>

#include "api/control.h"
#include "api/native_stream.h"

namespace sky::server {

void OutputSorter::feed(std::string_view bytes, std::string& records) {
  held_.append(bytes);
  size_t begin = 0;
  for (size_t newline = held_.find('\n'); newline != std::string::npos; newline = held_.find('\n', begin)) {
    add_line(std::string_view(held_).substr(begin, newline + 1 - begin), records);
    begin = newline + 1;
  }
  held_.erase(0, begin);
}

void OutputSorter::finish(std::string& records) {
  add_line(std::exchange(held_, {}), records);
}

void OutputSorter::add_line(std::string_view line, std::string& records) {
  if (line.empty()) return;
  if (const auto control = api::parse_control_line(line)) {
    const bool ends = control->control == api::Control::kStop || control->control == api::Control::kExit;
    if (ends || !control->text.empty()) {
      api::append_record(records, api::StreamRecordType::kStatus, ends ? std::string_view() : control->text);
    }
    return;
  }
  const auto skipped = static_cast<size_t>(std::min<std::uint64_t>(skip_bytes_, line.size()));
  skip_bytes_ -= skipped;
  line.remove_prefix(skipped);
  if (!line.empty()) api::append_record(records, api::StreamRecordType::kOutput, line);
}

}  // namespace sky::server
