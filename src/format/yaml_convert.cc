// YAML trees to and from JSON, and in Python's spelling.
#include <cmath>

#include "base/strings.h"
#include "base/utf8.h"
#include "format/yaml.h"

namespace sky {
namespace {

auto refuse(const YamlNode& node, std::string_view file, std::string_view what) -> Error {
  return make_error(ErrorCode::kInvalidTask, fmt::format("{}: {}", location_of(node, file), what));
}

// Python's json.dumps turns every scalar key into text.
auto key_text(const YamlNode& key) -> std::string {
  switch (key.kind) {
    case YamlKind::kNull:
      return "null";
    case YamlKind::kBool:
      return key.bool_value ? "true" : "false";
    default:
      return python_str(key);
  }
}

auto sequence_to_json(const YamlNode& node, std::string_view file) -> Result<Json> {
  JsonArray array;
  array.reserve(node.items.size());
  for (const auto* item : node.items) {
    SKY_TRY(auto value, to_json(*item, file));
    array.push_back(std::move(value));
  }
  return Json(std::move(array));
}

auto mapping_to_json(const YamlNode& node, std::string_view file) -> Result<Json> {
  JsonObject object;
  object.reserve(node.entries.size());
  for (const auto& entry : node.entries) {
    SKY_TRY(auto value, to_json(*entry.value, file));
    object.insert_or_assign(key_text(*entry.key), std::move(value));
  }
  return Json(std::move(object));
}

// Whether Python's repr prints the character as it is. Unicode's unassigned and exotic space characters are left out.
auto is_printable(char32_t point) -> bool {
  if (point < 0x20 || (point >= 0x7F && point <= 0xA0) || point == 0xAD) return false;
  return !(point >= 0x2000 && point <= 0x200F) && !(point >= 0x2028 && point <= 0x202F) && point != 0x3000 &&
         !(point >= 0xE000 && point <= 0xF8FF) && point != 0xFEFF;
}

template <class Items, class Show>
auto joined(std::string_view open, const Items& items, std::string_view close, Show show) -> std::string {
  std::string out(open);
  bool first = true;
  for (const auto& item : items) {
    if (!std::exchange(first, false)) out += ", ";
    out += show(item);
  }
  out += close;
  return out;
}

auto bytes_repr(std::string_view bytes) -> std::string {
  std::string out = "b'";
  for (const char c : bytes) {
    if (c == '\\' || c == '\'') out += '\\';
    if (c >= 0x20 && c < 0x7F) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out + "'";
}

// Dates exactly; datetimes by their text, which no message depends on.
auto timestamp_repr(std::string_view text) -> std::string {
  constexpr size_t kDateSize = 10;
  if (text.size() != kDateSize) return fmt::format("datetime.datetime({})", python_repr(text));
  return fmt::format("datetime.date({}, {}, {})", *parse_int(text.substr(0, 4)), *parse_int(text.substr(5, 2)),
                     *parse_int(text.substr(8, 2)));
}

}  // namespace

auto python_type(const YamlNode& node) -> std::string_view {
  switch (node.kind) {
    case YamlKind::kNull:
      return "None";
    case YamlKind::kBool:
      return "bool";
    case YamlKind::kInt:
      return "int";
    case YamlKind::kFloat:
      return "float";
    case YamlKind::kString:
      return "str";
    case YamlKind::kTimestamp:
      return "date";
    case YamlKind::kBinary:
      return "bytes";
    case YamlKind::kSequence:
      return "list";
    case YamlKind::kMapping:
      break;
  }
  return "dict";
}

auto to_json(const YamlNode& node, std::string_view file) -> Result<Json> {
  switch (node.kind) {
    case YamlKind::kNull:
      return Json(nullptr);
    case YamlKind::kBool:
      return Json(node.bool_value);
    case YamlKind::kInt:
      if (!node.int_fits) return refuse(node, file, fmt::format("integer {} is out of range", node.text));
      return Json(node.int_value);
    case YamlKind::kFloat:
      if (!std::isfinite(node.float_value)) return refuse(node, file, "number is not finite");
      return Json(node.float_value);
    case YamlKind::kBinary:
      if (!is_utf8(node.text)) return refuse(node, file, "binary data is not text");
      return Json(node.text);
    case YamlKind::kString:
    case YamlKind::kTimestamp:
      return Json(node.text);
    case YamlKind::kSequence:
      return sequence_to_json(node, file);
    case YamlKind::kMapping:
      break;
  }
  return mapping_to_json(node, file);
}

auto add_json(YamlStream& stream, const Json& value) -> const YamlNode* {
  YamlNode* node = stream.add({});
  const auto set_int = [node](std::string text, std::int64_t number, bool fits) {
    node->kind = YamlKind::kInt;
    node->text = std::move(text);
    node->int_value = number;
    node->int_fits = fits;
  };
  switch (value.kind()) {
    case boost::json::kind::null:
      break;
    case boost::json::kind::bool_:
      node->kind = YamlKind::kBool;
      node->bool_value = value.get_bool();
      break;
    case boost::json::kind::int64:
      set_int(fmt::format("{}", value.get_int64()), value.get_int64(), true);
      break;
    case boost::json::kind::uint64:
      set_int(fmt::format("{}", value.get_uint64()), 0, false);
      break;
    case boost::json::kind::double_:
      node->kind = YamlKind::kFloat;
      node->float_value = value.get_double();
      break;
    case boost::json::kind::string:
      node->kind = YamlKind::kString;
      node->text = std::string_view(value.get_string());
      break;
    case boost::json::kind::array:
      node->kind = YamlKind::kSequence;
      for (const auto& item : value.get_array()) node->items.push_back(add_json(stream, item));
      break;
    case boost::json::kind::object:
      node->kind = YamlKind::kMapping;
      for (const auto& [key, member] : value.get_object()) {
        const YamlNode* name = stream.add({.kind = YamlKind::kString, .text = std::string(key)});
        node->entries.push_back({name, add_json(stream, member)});
      }
      break;
  }
  return node;
}

auto python_str(const YamlNode& node) -> std::string {
  switch (node.kind) {
    case YamlKind::kString:
    case YamlKind::kTimestamp:
      return node.text;
    default:
      return python_repr(node);
  }
}

auto python_repr(const YamlNode& node) -> std::string {
  switch (node.kind) {
    case YamlKind::kNull:
      return "None";
    case YamlKind::kBool:
      return node.bool_value ? "True" : "False";
    case YamlKind::kInt:
      return node.text;
    case YamlKind::kFloat:
      return python_float_text(node.float_value);
    case YamlKind::kString:
      return python_repr(std::string_view(node.text));
    case YamlKind::kTimestamp:
      return timestamp_repr(node.text);
    case YamlKind::kBinary:
      return bytes_repr(node.text);
    case YamlKind::kSequence:
      return joined("[", node.items, "]", [](const YamlNode* item) { return python_repr(*item); });
    case YamlKind::kMapping:
      break;
  }
  return joined("{", node.entries, "}",
                [](const YamlEntry& entry) { return python_repr(*entry.key) + ": " + python_repr(*entry.value); });
}

auto python_repr(std::string_view text) -> std::string {
  const bool double_quoted = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quoted ? '"' : '\'';
  std::string out(1, quote);
  for (size_t at = 0; at < text.size();) {
    const auto [point, size, valid] = decode_utf8(text, at);
    if (point == static_cast<unsigned char>(quote) || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == '\r') {
      out += "\\r";
    } else if (point == '\t') {
      out += "\\t";
    } else if (is_printable(point)) {
      append_utf8(point, out);
    } else {
      const auto code = static_cast<unsigned>(point);
      out += code < 0x100     ? fmt::format("\\x{:02x}", code)
             : code < 0x10000 ? fmt::format("\\u{:04x}", code)
                              : fmt::format("\\U{:08x}", code);
    }
    at += size;
  }
  out += quote;
  return out;
}

}  // namespace sky
