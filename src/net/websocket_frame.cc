#include "net/websocket_frame.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace sky::net {
namespace {

constexpr int kContinuation = 0;
constexpr int kText = 1;
constexpr int kBinary = 2;
constexpr int kClose = 8;
constexpr int kPing = 9;
constexpr int kPong = 10;

constexpr size_t kControlMaxBytes = 125;
constexpr size_t kShortMaxBytes = 125;
constexpr size_t kMediumMaxBytes = 0xffff;
constexpr std::uint16_t kNoCode = 1005;

auto opcode_of(WebSocketMessage::Kind kind) -> int {
  switch (kind) {
    case WebSocketMessage::Kind::kText:
      return kText;
    case WebSocketMessage::Kind::kBinary:
      return kBinary;
    case WebSocketMessage::Kind::kPing:
      return kPing;
    case WebSocketMessage::Kind::kPong:
      return kPong;
    case WebSocketMessage::Kind::kClose:
      return kClose;
  }
  return kBinary;
}

auto kind_of(int opcode) -> WebSocketMessage::Kind {
  switch (opcode) {
    case kText:
      return WebSocketMessage::Kind::kText;
    case kClose:
      return WebSocketMessage::Kind::kClose;
    case kPing:
      return WebSocketMessage::Kind::kPing;
    case kPong:
      return WebSocketMessage::Kind::kPong;
    default:
      return WebSocketMessage::Kind::kBinary;
  }
}

auto is_control(int opcode) -> bool {
  return opcode >= kClose;
}

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

auto big_endian(std::string_view bytes) -> std::uint64_t {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
  return value;
}

void apply_mask(std::string& payload, size_t from, std::uint32_t key) {
  for (size_t i = from; i < payload.size(); ++i) {
    const auto byte = static_cast<unsigned char>(key >> (24 - 8 * ((i - from) % 4)));
    payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) ^ byte);
  }
}

auto broken(std::string_view what) -> Error {
  return make_error(ErrorCode::kDataCorrupt, fmt::format("broken websocket frame: {}", what));
}

}  // namespace

auto encode_frame(WebSocketMessage::Kind kind, std::string_view payload, std::optional<std::uint32_t> mask_key)
    -> std::string {
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(0x80 | opcode_of(kind));
  const unsigned mask_bit = mask_key ? 0x80U : 0;
  if (payload.size() <= kShortMaxBytes) {
    frame += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() <= kMediumMaxBytes) {
    frame += static_cast<char>(mask_bit | 126U);
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(mask_bit | 127U);
    append_big_endian(frame, payload.size(), 8);
  }
  if (mask_key) append_big_endian(frame, *mask_key, 4);
  const size_t start = frame.size();
  frame += payload;
  if (mask_key) apply_mask(frame, start, *mask_key);
  return frame;
}

auto close_payload(std::uint16_t code, std::string_view reason) -> std::string {
  std::string payload;
  append_big_endian(payload, code, 2);
  payload += reason.substr(0, kControlMaxBytes - 2);
  return payload;
}

auto close_code(std::string_view payload) -> std::uint16_t {
  return payload.size() < 2 ? kNoCode : static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
}

auto WebSocketDecoder::check_head(const Head& head, bool masked, bool shortest) const -> Result<> {
  if (masked != (role_ == WebSocketRole::kServer)) return broken(masked ? "masked by a server" : "not masked");
  if (!shortest) return broken("a length in more bytes than it needs");
  const bool known = head.opcode <= kBinary || (head.opcode >= kClose && head.opcode <= kPong);
  if (!known) return broken(fmt::format("opcode {}", head.opcode));
  if (is_control(head.opcode)) {
    if (!head.last) return broken("a control frame in fragments");
    return head.length_bytes <= kControlMaxBytes ? Result<>() : broken("a long control frame");
  }
  if ((head.opcode == kContinuation) != joined_.has_value()) return broken("fragments out of order");
  const size_t before = joined_ ? joined_->payload.size() : 0;
  if (head.length_bytes <= message_max_bytes_ - before) return {};
  return make_error(ErrorCode::kDataCorrupt,
                    fmt::format("a websocket message is larger than {} bytes", message_max_bytes_));
}

auto WebSocketDecoder::parse_head() const -> Result<std::optional<Head>> {
  const std::string_view bytes = std::string_view(pending_).substr(consumed_);
  if (bytes.size() < 2) return std::optional<Head>();
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & 0x70U) != 0) return broken("reserved bits are set");
  const bool masked = (second & 0x80U) != 0;
  const size_t short_length = second & 0x7fU;
  const size_t extra = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  Head head{.last = (first & 0x80U) != 0, .opcode = first & 0x0f, .size_bytes = 2 + extra + (masked ? 4U : 0U)};
  if (bytes.size() < head.size_bytes) return std::optional<Head>();
  const std::uint64_t length = extra == 0 ? short_length : big_endian(bytes.substr(2, extra));
  const bool shortest = extra == 0 || length > (extra == 2 ? kShortMaxBytes : kMediumMaxBytes);
  head.length_bytes = length;
  SKY_CHECK(check_head(head, masked, shortest));
  if (masked) head.mask_key = static_cast<std::uint32_t>(big_endian(bytes.substr(2 + extra, 4)));
  return std::optional(head);
}

auto WebSocketDecoder::finish_data(const Head& head, std::string_view payload)
    -> Result<std::optional<WebSocketMessage>> {
  if (!joined_) joined_ = WebSocketMessage{.kind = kind_of(head.opcode), .payload = {}};
  joined_->payload += payload;
  if (!head.last) return std::optional<WebSocketMessage>();
  std::optional<WebSocketMessage> message = std::exchange(joined_, std::nullopt);
  if (message->kind == WebSocketMessage::Kind::kText && !is_utf8(message->payload)) {
    return broken("text that is no UTF-8");
  }
  return message;
}

auto WebSocketDecoder::next() -> Result<std::optional<WebSocketMessage>> {
  for (;;) {
    SKY_TRY(const std::optional<Head> head, parse_head());
    if (!head || pending_.size() - consumed_ < head->size_bytes + head->length_bytes) {
      pending_.erase(0, std::exchange(consumed_, 0));
      return std::optional<WebSocketMessage>();
    }
    std::string payload = pending_.substr(consumed_ + head->size_bytes, head->length_bytes);
    consumed_ += head->size_bytes + head->length_bytes;
    if (role_ == WebSocketRole::kServer) apply_mask(payload, 0, head->mask_key);
    if (is_control(head->opcode)) return std::optional(WebSocketMessage{kind_of(head->opcode), std::move(payload)});
    SKY_TRY(std::optional<WebSocketMessage> message, finish_data(*head, payload));
    if (message) return message;
  }
}

}  // namespace sky::net
