// Frames of the websocket protocol: bytes to messages and back. Pure; no I/O.
// Source: RFC 6455, sections 5 and 7. No extension is spoken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sky::net {

enum class WebSocketRole { kClient, kServer };

struct WebSocketMessage {
  enum class Kind { kText, kBinary, kPing, kPong, kClose };

  Kind kind = Kind::kBinary;
  std::string payload;
};

// One frame that is a whole message. A client gives a fresh random `mask_key`, a server none.
auto encode_frame(WebSocketMessage::Kind kind, std::string_view payload, std::optional<std::uint32_t> mask_key)
    -> std::string;

// The payload of a close frame: `code` and a reason of at most 123 bytes.
auto close_payload(std::uint16_t code, std::string_view reason) -> std::string;
// 1005 when there is none.
auto close_code(std::string_view payload) -> std::uint16_t;

// What the peer of `role` sends, as messages: fragments are joined, control frames come out as they are. kDataCorrupt
// for whatever the protocol forbids: a missing or unexpected mask, reserved bits, unknown opcodes, fragmented or long
// control frames, a length that is not in its shortest form, a message above `message_max_bytes`, text that is no
// UTF-8. Unusable after an error.
class WebSocketDecoder {
 public:
  explicit WebSocketDecoder(WebSocketRole role, size_t message_max_bytes)
      : role_(role), message_max_bytes_(message_max_bytes) {}

  void put(std::string_view bytes) { pending_ += bytes; }
  // The next whole message; nullopt when more bytes must come.
  auto next() -> Result<std::optional<WebSocketMessage>>;

 private:
  struct Head {
    bool last = false;
    int opcode = 0;
    std::uint32_t mask_key = 0;
    size_t size_bytes = 0;    // of the head
    size_t length_bytes = 0;  // of the payload
  };
  auto parse_head() const -> Result<std::optional<Head>>;
  auto check_head(const Head& head, bool masked, bool shortest) const -> Result<>;
  auto finish_data(const Head& head, std::string_view payload) -> Result<std::optional<WebSocketMessage>>;

  WebSocketRole role_;
  size_t message_max_bytes_;
  std::string pending_;
  size_t consumed_ = 0;                     // of pending_
  std::optional<WebSocketMessage> joined_;  // the message whose fragments come
};

}  // namespace sky::net
