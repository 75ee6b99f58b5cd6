#include "net/http_wire.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace sky::net {
namespace {

constexpr size_t kReadStepBytes = 16U << 10U;

}  // namespace

auto fill(Connection* connection, std::string* pending) -> async::Task<Result<size_t>> {
  SKY_CO_CHECK(co_await connection->wait_readable());
  const size_t old_size = pending->size();
  pending->resize(old_size + kReadStepBytes);
  const Result<size_t> count = co_await connection->read_some({pending->data() + old_size, kReadStepBytes});
  pending->resize(old_size + (count.ok() ? *count : 0));
  co_return count;
}

auto parse_pending(std::string* pending, HttpParser* parser, std::string* body) -> Result<> {
  if (pending->empty() || parser->done()) return {};
  SKY_TRY(const size_t taken, parser->put(*pending, body));
  pending->erase(0, taken);
  return {};
}

auto read_header(Connection* connection, std::string* pending, HttpParser* parser) -> async::Task<Result<>> {
  std::string no_body;
  for (;;) {
    SKY_CO_CHECK(parse_pending(pending, parser, &no_body));
    if (parser->header_done()) co_return Result<>();
    SKY_CO_TRY(const size_t count, co_await fill(connection, pending));
    if (count == 0) co_return make_error(ErrorCode::kUnavailable, "the peer closed the connection");
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto append_clean = [&](std::string_view text) {
    for (const char c : text) out += static_cast<unsigned char>(c) < ' ' && c != '\t' ? ' ' : c;
  };
  append_clean(name);
  out += ": ";
  append_clean(value);
  out += "\r\n";
}

void append_headers(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers) append_header(out, name, value);
}

auto chunk_of(std::string_view bytes) -> std::string {
  SKY_ASSERT(!bytes.empty());
  std::string chunk = fmt::format("{:x}\r\n", bytes.size());
  chunk += bytes;
  chunk += "\r\n";
  return chunk;
}

}  // namespace sky::net
