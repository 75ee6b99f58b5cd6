#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "format/json.h"

namespace sky {
namespace {

// Python writes the exponent form below 1e-4 and from 1e16 (float_repr_style "short").
constexpr int kFixedExponentMin = -4;
constexpr int kFixedExponentMax = 16;

class Writer {
 public:
  explicit Writer(JsonStyle style) : style_(style) {}

  void write(const Json& value) {
    switch (value.kind()) {
      case boost::json::kind::null:
        out_ += "null";
        break;
      case boost::json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case boost::json::kind::int64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_int64());
        break;
      case boost::json::kind::uint64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_uint64());
        break;
      case boost::json::kind::double_:
        out_ += std::isfinite(value.get_double()) ? python_float_text(value.get_double()) : "null";
        break;
      case boost::json::kind::string:
        write_string(value.get_string());
        break;
      case boost::json::kind::array:
        write_array(value.get_array());
        break;
      case boost::json::kind::object:
        write_object(value.get_object());
        break;
    }
  }

  auto take() -> std::string { return std::move(out_); }

 private:
  void write_array(const JsonArray& array) {
    if (array.empty()) {
      out_ += "[]";
      return;
    }
    open('[');
    bool first = true;
    for (const auto& item : array) {
      separate(std::exchange(first, false));
      write(item);
    }
    close(']');
  }

  void write_object(const JsonObject& object) {
    if (object.empty()) {
      out_ += "{}";
      return;
    }
    open('{');
    bool first = true;
    for (const auto& [key, value] : object) {
      separate(std::exchange(first, false));
      write_string(key);
      out_ += style_ == JsonStyle::kCompact ? ":" : ": ";
      write(value);
    }
    close('}');
  }

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    if (style_ == JsonStyle::kIndented) new_line();
  }
  void close(char bracket) {
    --depth_;
    if (style_ == JsonStyle::kIndented) new_line();
    out_ += bracket;
  }
  void separate(bool first) {
    if (first) return;
    out_ += style_ == JsonStyle::kPython ? ", " : ",";
    if (style_ == JsonStyle::kIndented) new_line();
  }
  void new_line() {
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }

  void write_string(std::string_view text) {
    out_ += '"';
    for (size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
        out_ += c;
        ++at;
        continue;
      }
      const auto decoded = decode_utf8(text, at);
      write_special(decoded.point);
      at += decoded.size;
    }
    out_ += '"';
  }

  void write_special(char32_t point) {
    switch (point) {
      case '"':
        out_ += "\\\"";
        return;
      case '\\':
        out_ += "\\\\";
        return;
      case '\b':
        out_ += "\\b";
        return;
      case '\f':
        out_ += "\\f";
        return;
      case '\n':
        out_ += "\\n";
        return;
      case '\r':
        out_ += "\\r";
        return;
      case '\t':
        out_ += "\\t";
        return;
      default:
        break;
    }
    if (point == 0x7F || (point > 0x7F && style_ == JsonStyle::kCompact)) {
      append_utf8(point, out_);
    } else if (point >= 0x10000) {
      const auto offset = static_cast<unsigned>(point) - 0x10000U;
      write_unit(0xD800U + (offset >> 10U));
      write_unit(0xDC00U + (offset & 0x3FFU));
    } else {
      write_unit(static_cast<unsigned>(point));
    }
  }
  void write_unit(unsigned unit) { fmt::format_to(std::back_inserter(out_), "\\u{:04x}", unit); }

  JsonStyle style_;
  std::string out_;
  size_t depth_ = 0;
};

}  // namespace

auto to_json_text(const Json& value, JsonStyle style) -> std::string {
  Writer writer(style);
  writer.write(value);
  return writer.take();
}

auto python_float_text(double value) -> std::string {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value), std::chars_format::scientific);
  const std::string_view scientific(buffer.data(), static_cast<size_t>(written.ptr - buffer.data()));
  const size_t mark = scientific.find('e');
  std::string digits(scientific.substr(0, mark));
  std::erase(digits, '.');
  int exponent = 0;
  const char* exponent_begin = scientific.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1);
  std::from_chars(exponent_begin, written.ptr, exponent);

  const std::string sign = std::signbit(value) ? "-" : "";
  if (exponent < kFixedExponentMin || exponent >= kFixedExponentMax) {
    if (digits.size() > 1) digits.insert(1, ".");
    return fmt::format("{}{}e{}{:02}", sign, digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return fmt::format("{}0.{:0>{}}{}", sign, "", -exponent - 1, digits);
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return fmt::format("{}{:0<{}}.0", sign, digits, whole);
  return fmt::format("{}{}.{}", sign, digits.substr(0, whole), digits.substr(whole));
}

}  // namespace sky
