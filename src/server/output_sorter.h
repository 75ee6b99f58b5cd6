// OutputSorter: a request's output stream as native records. Its control lines become spinner records, the rest output.
//
// Only output bytes are counted: a client that was cut off asks for the output behind those that it has had, and gets
// all spinner texts again, of which the last is the one that holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sky::server {

class OutputSorter {
 public:
  // Leaves out the first `skip_bytes` of output.
  explicit OutputSorter(std::uint64_t skip_bytes) : skip_bytes_(skip_bytes) {}

  // Appends the records of all whole lines to `records`; a line that has not ended is held back.
  void feed(std::string_view bytes, std::string& records);
  // The stream is over: the last line needs no newline.
  void finish(std::string& records);

 private:
  void add_line(std::string_view line, std::string& records);

  std::uint64_t skip_bytes_;
  std::string held_;
};

}  // namespace sky::server
