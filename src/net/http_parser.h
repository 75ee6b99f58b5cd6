// The HTTP/1.1 wire syntax: one parser per message, strict where requests are smuggled.
//
// Refused, beyond what the grammar refuses: obs-fold, a Transfer-Encoding that is not exactly `chunked` or comes with
// HTTP/1.0 or a Content-Length, a second Content-Length, and in requests no Host or two. Errors are kDataCorrupt.
// No I/O; the caller reads. Boost.Beast's parser stays behind this header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace sky::net {

inline constexpr std::uint32_t kHeaderMaxBytes = 64U << 10U;

class HttpParser {
 public:
  enum class Kind { kRequest, kResponse };

  // `head_request`: the response answers a HEAD and has no body whatever its headers say.
  explicit HttpParser(Kind kind, std::uint32_t header_max_bytes = kHeaderMaxBytes, bool head_request = false);
  HttpParser(HttpParser&&) noexcept;
  ~HttpParser();

  // Takes what it can from the front of `bytes`, appends decoded body bytes to `body`, and returns how much it took.
  // The rest must come again, followed by more. Stops after the header, so that it is seen before the body; bytes after
  // the message's end are never taken. Not to be called again after an error.
  auto put(std::string_view bytes, std::string* body) -> Result<size_t>;
  // The peer closed. Ends a response whose body lasts until then; anything else that is unfinished is kDataCorrupt.
  auto put_eof() -> Result<>;

  // Whether anything of a message came.
  auto started() const -> bool;
  auto header_done() const -> bool;
  auto done() const -> bool;
  // Whether the connection may carry another message after this one. REQUIRES: header_done().
  auto keep_alive() const -> bool;
  // nullopt for a chunked body or one that lasts until the peer closes. REQUIRES: header_done().
  auto content_length() const -> std::optional<std::uint64_t>;

  // REQUIRES: header_done(). Path and query of the request are filled in.
  auto take_request() -> HttpRequest;
  auto take_response() -> HttpResponse;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace sky::net
