#include "net/http_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/strings.h"

namespace sky::net {
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

auto corrupt(std::string_view why) -> Error {
  return make_error(ErrorCode::kDataCorrupt, fmt::format("bad HTTP message: {}", why));
}

auto header_too_large(std::uint32_t limit) -> Error {
  Error error = corrupt(fmt::format("its header is larger than {} bytes", limit));
  error.details.emplace("http_status", "431");
  return error;
}

// What the callbacks of either parser collect.
struct Message {
  HttpRequest request;
  HttpResponse response;
  Headers headers;
  int version = 11;
  bool in_header = true;
  std::string* body = nullptr;  // of the put() that runs
};

template <bool is_request>
class BeastParser final : public http::basic_parser<is_request> {
 public:
  explicit BeastParser(Message* message) : message_(message) {}

 private:
  using Ec = beast::error_code;
  using View = beast::string_view;

  static auto text(View view) -> std::string { return {view.data(), view.size()}; }

  void on_request_impl(http::verb, View method, View target, int version, Ec&) override {
    message_->request.method = text(method);
    message_->request.target = text(target);
    message_->version = version;
  }
  void on_response_impl(int code, View reason, int version, Ec&) override {
    message_->response.status = code;
    message_->response.reason = text(reason);
    message_->version = version;
  }
  void on_field_impl(http::field, View name, View value, Ec&) override {
    // Fields after the body could pass for checked ones; nobody needs them.
    if (message_->in_header) message_->headers.add(text(name), text(value));
  }
  void on_header_impl(Ec&) override { message_->in_header = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Ec&) override {}
  auto on_body_impl(View bytes, Ec&) -> std::size_t override {
    message_->body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, Ec&) override {}
  auto on_chunk_body_impl(std::uint64_t, View bytes, Ec&) -> std::size_t override {
    message_->body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(Ec&) override {}

  Message* message_;
};

// The lines of a header, as far as they are complete. Two things are refused here because they are read in two ways: a
// line that ends in LF alone, and one that begins with a space, which continues the line before it or does not.
auto check_lines(std::string_view bytes) -> Result<> {
  for (size_t start = 0;;) {
    const size_t end = bytes.find('\n', start);
    if (end == std::string_view::npos) return {};
    if (end == start || bytes[end - 1] != '\r') return corrupt("a line without CR");
    if (end == start + 1) return {};  // the empty line: what follows is the body
    if (bytes[start] == ' ' || bytes[start] == '\t') return corrupt("a folded line");
    start = end + 1;
  }
}

auto check_framing(const Message& message) -> Result<> {
  const Headers& headers = message.headers;
  const size_t encodings = headers.count("Transfer-Encoding");
  const size_t lengths = headers.count("Content-Length");
  if (encodings > 1 || lengths > 1) return corrupt("its length is given twice");
  if (encodings == 0) return {};
  if (!equals_ignore_case(*headers.find("Transfer-Encoding"), "chunked")) {
    return corrupt("a Transfer-Encoding other than chunked");
  }
  if (lengths > 0) return corrupt("both Transfer-Encoding and Content-Length");
  if (message.version != 11) return corrupt("a Transfer-Encoding in HTTP/1.0");
  return {};
}

auto check_host(const Message& message) -> Result<> {
  const size_t hosts = message.headers.count("Host");
  if (hosts > 1) return corrupt("more than one Host");
  if (hosts == 0 && message.version == 11) return corrupt("no Host");
  return {};
}

}  // namespace

struct HttpParser::Impl {
  Impl(Kind which, std::uint32_t limit) : kind(which), header_max_bytes(limit) {}

  auto put(std::string_view bytes) -> Result<size_t>;
  auto check_header() -> Result<>;
  template <class Parser>
  auto put_to(Parser& parser, std::string_view bytes) -> Result<size_t>;
  // Calls `fn` with whichever parser this message has.
  template <class Fn>
  auto with_parser(Fn fn) {
    return request ? fn(*request) : fn(*response);
  }

  Kind kind;
  std::uint32_t header_max_bytes;
  std::uint64_t header_bytes = 0;
  bool header_checked = false;
  bool failed = false;
  Message message;
  std::optional<BeastParser<true>> request;
  std::optional<BeastParser<false>> response;
};

template <class Parser>
auto HttpParser::Impl::put_to(Parser& parser, std::string_view bytes) -> Result<size_t> {
  beast::error_code error;
  const size_t taken = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) error = {};
  if (error == http::error::header_limit) return header_too_large(header_max_bytes);
  if (error) return corrupt(error.message());
  return taken;
}

auto HttpParser::Impl::check_header() -> Result<> {
  if (message.version != 10 && message.version != 11) return corrupt("neither HTTP/1.0 nor HTTP/1.1");
  SKY_CHECK(check_framing(message));
  if (kind == Kind::kResponse) return {};
  SKY_CHECK(check_host(message));
  return split_target(message.request);
}

// One step: the header up to its end, or as much of the body as there is.
auto HttpParser::Impl::put(std::string_view bytes) -> Result<size_t> {
  if (!header_checked) SKY_CHECK(check_lines(bytes));
  const auto step = [&](auto& parser) { return put_to(parser, bytes); };
  SKY_TRY(const size_t taken, with_parser(step));
  // What cannot be taken is a line without end: of the header, between two chunks, or after the last.
  if (taken == 0 && bytes.size() > header_max_bytes) return header_too_large(header_max_bytes);
  if (header_checked) return taken;
  header_bytes += taken;
  if (header_bytes > header_max_bytes) return header_too_large(header_max_bytes);
  const auto header_done = [](auto& parser) { return parser.is_header_done(); };
  if (!with_parser(header_done)) return taken;
  SKY_CHECK(check_header());
  header_checked = true;
  const auto go_on = [](auto& parser) { parser.eager(true); };
  with_parser(go_on);
  return taken;
}

HttpParser::HttpParser(Kind kind, std::uint32_t header_max_bytes, bool head_request)
    : impl_(std::make_unique<Impl>(kind, header_max_bytes)) {
  if (kind == Kind::kRequest) {
    impl_->request.emplace(&impl_->message);
  } else {
    impl_->response.emplace(&impl_->message);
    impl_->response->skip(head_request);
  }
  const auto configure = [&](auto& parser) {
    parser.header_limit(header_max_bytes);
    parser.body_limit(boost::none);  // the reader of the body has the limit
  };
  impl_->with_parser(configure);
}

HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser::~HttpParser() = default;

auto HttpParser::put(std::string_view bytes, std::string* body) -> Result<size_t> {
  SKY_ASSERT(!impl_->failed);
  impl_->message.body = body;
  size_t total = 0;
  while (!done() && total < bytes.size()) {
    const bool was_header = !header_done();
    Result<size_t> taken = impl_->put(bytes.substr(total));
    if (!taken.ok()) {
      impl_->failed = true;
      return taken;
    }
    total += *taken;
    // Whoever reads wants to see the header before the body.
    if (*taken == 0 || (was_header && header_done())) break;
  }
  return total;
}

auto HttpParser::put_eof() -> Result<> {
  if (done()) return {};
  const auto finish = [](auto& parser) {
    beast::error_code error = http::error::partial_message;
    if (parser.got_some()) parser.put_eof(error);
    return error;
  };
  const beast::error_code error = impl_->with_parser(finish);
  return error || !done() ? Result<>(corrupt("it ends in the middle")) : Result<>();
}

auto HttpParser::started() const -> bool {
  return impl_->header_bytes > 0;
}

auto HttpParser::header_done() const -> bool {
  return impl_->header_checked;
}

auto HttpParser::done() const -> bool {
  const auto is_done = [](auto& parser) { return parser.is_done(); };
  return impl_->header_checked && impl_->with_parser(is_done);
}

auto HttpParser::keep_alive() const -> bool {
  const auto keeps = [](auto& parser) { return parser.keep_alive(); };
  return impl_->with_parser(keeps);
}

auto HttpParser::content_length() const -> std::optional<std::uint64_t> {
  const auto length = [](auto& parser) { return parser.content_length(); };
  const boost::optional<std::uint64_t> found = impl_->with_parser(length);
  return found ? std::optional<std::uint64_t>(*found) : std::nullopt;
}

auto HttpParser::take_request() -> HttpRequest {
  HttpRequest request = std::move(impl_->message.request);
  request.headers = std::move(impl_->message.headers);
  request.version = impl_->message.version;
  return request;
}

auto HttpParser::take_response() -> HttpResponse {
  HttpResponse response = std::move(impl_->message.response);
  response.headers = std::move(impl_->message.headers);
  return response;
}

}  // namespace sky::net
