// The only user of Boost.JSON's parser: a handler that builds values, but reads doubles itself.
#include <charconv>
#include <cmath>

#include <boost/json/basic_parser_impl.hpp>

#include "format/json.h"

namespace sky {
namespace {

using boost::json::error_code;

// What basic_parser calls. Parts of a text that crosses the parser's inner buffers are collected by the value stack.
class Handler {
 public:
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  explicit Handler(boost::json::storage_ptr storage) { stack_.reset(std::move(storage)); }

  auto release() -> Json { return stack_.release(); }
  auto number_too_large() const -> bool { return number_too_large_; }

  auto on_document_begin(error_code&) -> bool { return true; }
  auto on_document_end(error_code&) -> bool { return true; }
  auto on_array_begin(error_code&) -> bool { return true; }
  auto on_array_end(size_t size, error_code&) -> bool {
    stack_.push_array(size);
    return true;
  }
  auto on_object_begin(error_code&) -> bool { return true; }
  auto on_object_end(size_t size, error_code&) -> bool {
    stack_.push_object(size);
    return true;
  }
  auto on_string_part(std::string_view part, size_t, error_code&) -> bool {
    stack_.push_chars(part);
    return true;
  }
  auto on_string(std::string_view last, size_t, error_code&) -> bool {
    stack_.push_string(last);
    return true;
  }
  auto on_key_part(std::string_view part, size_t, error_code&) -> bool {
    stack_.push_chars(part);
    return true;
  }
  auto on_key(std::string_view last, size_t, error_code&) -> bool {
    stack_.push_key(last);
    return true;
  }
  auto on_number_part(std::string_view part, error_code&) -> bool {
    number_ += part;
    return true;
  }
  auto on_int64(std::int64_t value, std::string_view, error_code&) -> bool {
    number_.clear();
    stack_.push_int64(value);
    return true;
  }
  auto on_uint64(std::uint64_t value, std::string_view, error_code&) -> bool {
    number_.clear();
    stack_.push_uint64(value);
    return true;
  }
  auto on_double(double, std::string_view last, error_code& failure) -> bool {
    number_ += last;
    double value = 0;
    const auto read = std::from_chars(number_.data(), number_.data() + number_.size(), value);
    if (read.ec == std::errc::result_out_of_range) value = std::strtod(number_.c_str(), nullptr);  // infinity or zero
    number_.clear();
    number_too_large_ = !std::isfinite(value);
    if (number_too_large_) {
      failure = boost::json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(value);
    return true;
  }
  auto on_bool(bool value, error_code&) -> bool {
    stack_.push_bool(value);
    return true;
  }
  auto on_null(error_code&) -> bool {
    stack_.push_null();
    return true;
  }
  auto on_comment_part(std::string_view, error_code&) -> bool { return true; }
  auto on_comment(std::string_view, error_code&) -> bool { return true; }

 private:
  boost::json::value_stack stack_;
  std::string number_;
  bool number_too_large_ = false;
};

auto error_at(std::string_view text, size_t offset, std::string_view what) -> Error {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", line, before.size() - line_start + 1, what));
}

}  // namespace

auto parse_json(std::string_view text, const JsonLimits& limits, boost::json::storage_ptr storage) -> Result<Json> {
  if (text.size() > limits.size_max_bytes) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("JSON text has {} bytes, at most {} are read", text.size(), limits.size_max_bytes));
  }
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  boost::json::basic_parser<Handler> parser(options, std::move(storage));
  error_code failure;
  const size_t consumed = parser.write_some(false, text.data(), text.size(), failure);
  if (parser.handler().number_too_large()) return error_at(text, consumed, "number is too large");
  if (failure) {
    const bool cut_short = failure == boost::json::error::incomplete;
    return error_at(text, consumed, cut_short ? "unexpected end of JSON" : failure.message());
  }
  if (consumed < text.size()) return error_at(text, consumed, "unexpected text after the JSON value");
  return parser.handler().release();
}

}  // namespace sky
