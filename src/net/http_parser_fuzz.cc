// Any bytes, as a request and as a response: no crash, and the result does not depend on how the bytes were cut.
#include <cstdint>
#include <cstdlib>

#include "net/http_parser.h"

namespace sky::net {
namespace {

struct Outcome {
  bool failed = false;
  bool done = false;
  std::string body;
  auto operator==(const Outcome&) const -> bool = default;
};

auto parse(HttpParser::Kind kind, std::string_view bytes, size_t step) -> Outcome {
  HttpParser parser(kind, 4096);
  Outcome outcome;
  size_t start = 0;
  size_t end = 0;
  while (!parser.done() && end < bytes.size()) {
    end = std::min(end + step, bytes.size());
    for (bool again = true; again && !parser.done();) {
      const bool had_header = parser.header_done();
      const auto taken = parser.put(bytes.substr(start, end - start), &outcome.body);
      if (!taken.ok()) return {.failed = true};
      if (*taken > end - start) std::abort();
      start += *taken;
      again = !had_header && parser.header_done();
    }
  }
  outcome.done = parser.done();
  return outcome;
}

}  // namespace

void check_http_parser(std::string_view bytes) {
  for (const auto kind : {HttpParser::Kind::kRequest, HttpParser::Kind::kResponse}) {
    const Outcome whole = parse(kind, bytes, bytes.size() + 1);
    const Outcome bytewise = parse(kind, bytes, 1);
    // A message may be refused sooner when more of it is seen at once; an accepted one must be the same.
    if (whole.done && !(whole == bytewise)) std::abort();
    if (bytewise.done && !(whole == bytewise)) std::abort();
  }
}

}  // namespace sky::net

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int {
  sky::net::check_http_parser({reinterpret_cast<const char*>(data), size});
  return 0;
}
