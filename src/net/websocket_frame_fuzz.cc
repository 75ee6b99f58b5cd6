// Any bytes, as what a client and a server send: no crash, and the messages do not depend on how the bytes were cut.
#include <cstdint>
#include <cstdlib>

#include "net/websocket_frame.h"

namespace sky::net {
namespace {

struct Outcome {
  bool failed = false;
  std::string messages;
  auto operator==(const Outcome&) const -> bool = default;
};

auto decode(WebSocketRole role, std::string_view bytes, size_t step) -> Outcome {
  WebSocketDecoder decoder(role, 1000);
  Outcome outcome;
  for (size_t at = 0; at < bytes.size(); at += step) {
    decoder.put(bytes.substr(at, step));
    for (;;) {
      const auto message = decoder.next();
      outcome.failed = !message.ok();
      if (outcome.failed) return outcome;
      if (!*message) break;
      if ((*message)->payload.size() > 1000) std::abort();
      outcome.messages += static_cast<char>('0' + static_cast<int>((*message)->kind)) + (*message)->payload;
    }
  }
  return outcome;
}

}  // namespace
}  // namespace sky::net

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto role : {sky::net::WebSocketRole::kClient, sky::net::WebSocketRole::kServer}) {
    if (!(sky::net::decode(role, bytes, size + 1) == sky::net::decode(role, bytes, 1))) std::abort();
  }
  return 0;
}
