#include "format/pickle.h"

#include <bit>
#include <limits>

#include "base/utf8.h"

namespace sky {
namespace {

// Opcodes of protocol 4 and below.
constexpr std::string_view kProto4("\x80\x04", 2);
constexpr char kStop = '.';
constexpr char kNone = 'N';
constexpr char kNewTrue = '\x88';
constexpr char kNewFalse = '\x89';
constexpr char kBinInt = 'J';        // 4 bytes, little-endian, signed
constexpr char kLong1 = '\x8a';      // count byte, then little-endian two's complement
constexpr char kBinFloat = 'G';      // 8 bytes, big-endian
constexpr char kShortText = '\x8c';  // count byte, UTF-8
constexpr char kText = 'X';          // 4-byte count, UTF-8
constexpr char kLongText = '\x8d';   // 8-byte count, UTF-8
constexpr char kMark = '(';
constexpr char kTuple = 't';  // items since the mark
constexpr char kEmptyTuple = ')';
constexpr char kEmptyList = ']';
constexpr char kAppends = 'e';
constexpr char kEmptyDict = '}';
constexpr char kSetItems = 'u';

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8U * static_cast<unsigned>(i)));
}

auto as_valid_utf8(std::string_view text) -> std::string {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const DecodedPoint decoded = decode_utf8(text, at);
    append_utf8(decoded.point, out);
    at += decoded.size;
  }
  return out;
}

}  // namespace

class PickleWriter {
 public:
  void write(const PickleValue& value) {
    std::visit([this](const auto& item) { put(item); }, value.value_);
  }
  auto finish() -> std::string {
    out_ += kStop;
    return std::move(out_);
  }

 private:
  void put(std::monostate) { out_ += kNone; }
  void put(bool value) { out_ += value ? kNewTrue : kNewFalse; }
  void put(std::int64_t value) {
    if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max()) {
      out_ += kBinInt;
      append_little_endian(out_, static_cast<std::uint64_t>(value), 4);
    } else {
      out_ += kLong1;
      out_ += '\x08';
      append_little_endian(out_, static_cast<std::uint64_t>(value), 8);
    }
  }
  void put(double value) {
    out_ += kBinFloat;
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> static_cast<unsigned>(shift));
  }
  void put(const std::string& text) {
    if (!is_utf8(text)) {
      put(as_valid_utf8(text));
      return;
    }
    if (text.size() < 256) {
      out_ += kShortText;
      append_little_endian(out_, text.size(), 1);
    } else if (text.size() <= std::numeric_limits<std::uint32_t>::max()) {
      out_ += kText;
      append_little_endian(out_, text.size(), 4);
    } else {
      out_ += kLongText;
      append_little_endian(out_, text.size(), 8);
    }
    out_ += text;
  }
  void put(const PickleValue::Tuple& tuple) {
    if (tuple.items.empty()) {
      out_ += kEmptyTuple;
      return;
    }
    out_ += kMark;
    for (const PickleValue& item : tuple.items) write(item);
    out_ += kTuple;
  }
  void put(const PickleValue::List& list) {
    out_ += kEmptyList;
    if (list.empty()) return;
    out_ += kMark;
    for (const PickleValue& item : list) write(item);
    out_ += kAppends;
  }
  void put(const PickleValue::Dict& dict) {
    out_ += kEmptyDict;
    if (dict.empty()) return;
    out_ += kMark;
    for (const auto& [key, item] : dict) {
      put(key);
      write(item);
    }
    out_ += kSetItems;
  }

  std::string out_{kProto4};
};

PickleValue::PickleValue(const Json& json) {
  switch (json.kind()) {
    case boost::json::kind::null:
      break;
    case boost::json::kind::bool_:
      value_ = json.get_bool();
      break;
    case boost::json::kind::int64:
      value_ = json.get_int64();
      break;
    case boost::json::kind::uint64:  // beyond 64 signed bits: as near as Python's float comes
      value_ = static_cast<double>(json.get_uint64());
      break;
    case boost::json::kind::double_:
      value_ = json.get_double();
      break;
    case boost::json::kind::string:
      value_ = std::string(json.get_string());
      break;
    case boost::json::kind::array: {
      List list;
      for (const Json& item : json.get_array()) list.emplace_back(item);
      value_ = std::move(list);
      break;
    }
    case boost::json::kind::object: {
      Dict dict;
      for (const auto& member : json.get_object()) dict.emplace_back(std::string(member.key()), member.value());
      value_ = std::move(dict);
      break;
    }
  }
}

auto PickleValue::to_json() const -> Json {
  struct Visitor {
    auto operator()(std::monostate) const -> Json { return nullptr; }
    auto operator()(bool value) const -> Json { return value; }
    auto operator()(std::int64_t value) const -> Json { return value; }
    auto operator()(double value) const -> Json { return value; }
    auto operator()(const std::string& value) const -> Json { return Json(std::string_view(value)); }
    auto operator()(const Tuple& value) const -> Json { return (*this)(value.items); }
    auto operator()(const List& value) const -> Json {
      JsonArray array;
      for (const PickleValue& item : value) array.push_back(item.to_json());
      return array;
    }
    auto operator()(const Dict& value) const -> Json {
      JsonObject object;
      for (const auto& [key, item] : value) object[key] = item.to_json();
      return object;
    }
  };
  return std::visit(Visitor{}, value_);
}

auto to_pickle(const PickleValue& value) -> std::string {
  PickleWriter writer;
  writer.write(value);
  return writer.finish();
}

}  // namespace sky
