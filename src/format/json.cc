#include "format/json.h"

#include <cmath>

#include "base/strings.h"

namespace sky {
namespace {

constexpr size_t kShownTextMax = 40;  // bytes of a wrong value that an error repeats

auto shown(const Json& value) -> std::string {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  std::string text = to_json_text(value, JsonStyle::kPython);
  if (text.size() > kShownTextMax) text = text.substr(0, kShownTextMax) + "…";
  return text;
}

auto name_of(std::string_view where) -> std::string_view {
  return where.empty() ? "document" : where;
}

auto wrong_type(const Json& value, std::string_view where, std::string_view expected) -> Error {
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: expected {}, found {}", name_of(where), expected, shown(value)));
}

auto missing(std::string_view key, std::string_view where) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: missing", json_path(where, key)));
}

auto as_double(const Json& value, std::string_view where) -> Result<double> {
  if (const auto* number = value.if_double()) return *number;
  if (const auto* number = value.if_int64()) return static_cast<double>(*number);
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  return wrong_type(value, where, "a number");
}

auto as_bool(const Json& value, std::string_view where) -> Result<bool> {
  if (const auto* flag = value.if_bool()) return *flag;
  return wrong_type(value, where, "a boolean");
}

template <class Read>
auto get_member(const JsonObject& object, std::string_view key, std::string_view where, Read read)
    -> decltype(read(Json(), where)) {
  const Json* value = find(object, key);
  if (value == nullptr) return missing(key, where);
  return read(*value, json_path(where, key));
}

template <class T, class Read>
auto find_member(const JsonObject& object, std::string_view key, std::string_view where, Read read) -> Result<T> {
  const Json* value = find(object, key);
  if (value == nullptr || value->is_null()) return T();
  auto member = read(*value, json_path(where, key));
  if (!member.ok()) return std::move(member).error();
  return T(std::move(member).value());
}

}  // namespace

auto json_path(std::string_view where, std::string_view key) -> std::string {
  return fmt::format("{}/{}", where, replace_all(replace_all(key, "~", "~0"), "/", "~1"));
}

auto json_path(std::string_view where, size_t index) -> std::string {
  return fmt::format("{}/{}", where, index);
}

auto find(const JsonObject& object, std::string_view key) -> const Json* {
  return object.if_contains(key);
}

auto as_string(const Json& value, std::string_view where) -> Result<std::string> {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return wrong_type(value, where, "a string");
}

auto as_int(const Json& value, std::string_view where) -> Result<std::int64_t> {
  constexpr double kExactMax = 9007199254740992.0;  // 2^53: above it a double does not name one integer
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* number = value.if_double();
      number != nullptr && std::trunc(*number) == *number && std::abs(*number) <= kExactMax) {
    return static_cast<std::int64_t>(*number);
  }
  return wrong_type(value, where, "an integer");
}

auto as_object(const Json& value, std::string_view where) -> Result<const JsonObject*> {
  if (const auto* object = value.if_object()) return object;
  return wrong_type(value, where, "an object");
}

auto as_array(const Json& value, std::string_view where) -> Result<const JsonArray*> {
  if (const auto* array = value.if_array()) return array;
  return wrong_type(value, where, "an array");
}

auto get_string(const JsonObject& object, std::string_view key, std::string_view where) -> Result<std::string> {
  return get_member(object, key, where, as_string);
}
auto get_int(const JsonObject& object, std::string_view key, std::string_view where) -> Result<std::int64_t> {
  return get_member(object, key, where, as_int);
}
auto get_double(const JsonObject& object, std::string_view key, std::string_view where) -> Result<double> {
  return get_member(object, key, where, as_double);
}
auto get_bool(const JsonObject& object, std::string_view key, std::string_view where) -> Result<bool> {
  return get_member(object, key, where, as_bool);
}
auto get_object(const JsonObject& object, std::string_view key, std::string_view where) -> Result<const JsonObject*> {
  return get_member(object, key, where, as_object);
}
auto get_array(const JsonObject& object, std::string_view key, std::string_view where) -> Result<const JsonArray*> {
  return get_member(object, key, where, as_array);
}

auto find_string(const JsonObject& object, std::string_view key, std::string_view where)
    -> Result<std::optional<std::string>> {
  return find_member<std::optional<std::string>>(object, key, where, as_string);
}
auto find_int(const JsonObject& object, std::string_view key, std::string_view where)
    -> Result<std::optional<std::int64_t>> {
  return find_member<std::optional<std::int64_t>>(object, key, where, as_int);
}
auto find_double(const JsonObject& object, std::string_view key, std::string_view where)
    -> Result<std::optional<double>> {
  return find_member<std::optional<double>>(object, key, where, as_double);
}
auto find_bool(const JsonObject& object, std::string_view key, std::string_view where) -> Result<std::optional<bool>> {
  return find_member<std::optional<bool>>(object, key, where, as_bool);
}
auto find_object(const JsonObject& object, std::string_view key, std::string_view where) -> Result<const JsonObject*> {
  return find_member<const JsonObject*>(object, key, where, as_object);
}

}  // namespace sky
