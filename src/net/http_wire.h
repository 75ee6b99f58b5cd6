// What the HTTP server and client share about bytes on a connection. Of this folder alone.
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http_parser.h"
#include "net/socket.h"

namespace sky::net {

// Appends what the peer has sent to `pending`; 0 at the end of its input. Holds no room while it waits.
auto fill(Connection* connection, std::string* pending) -> async::Task<Result<size_t>>;

// Reads until the parser has the header. kUnavailable when the peer closes before.
auto read_header(Connection* connection, std::string* pending, HttpParser* parser) -> async::Task<Result<>>;

// Gives what has come to the parser; decoded body bytes go to the end of `body`.
auto parse_pending(std::string* pending, HttpParser* parser, std::string* body) -> Result<>;

// `NAME: VALUE\r\n`. Control characters in either become spaces, so that no value can add a line.
void append_header(std::string& out, std::string_view name, std::string_view value);
void append_headers(std::string& out, const Headers& headers);

// A chunk of the chunked coding. REQUIRES: `bytes` is not empty, which would end the message.
auto chunk_of(std::string_view bytes) -> std::string;
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace sky::net
