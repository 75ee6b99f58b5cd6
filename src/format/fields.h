// Records as JSON objects, from one description that serves both directions:
//
//   template <class Visitor> void describe(Visitor& visit, Placement& record) {   // found by ADL
//     visit("infra", record.infra);
//     visit("region", record.region);
//     visit.word("status", record.status, parse_cluster_status);                  // enums with to_string()
//   }
//   const std::string text = encode_fields(record);
//   SKY_TRY(Placement record, decode_fields<Placement>(text));
//
// Made for what we store and send ourselves: a missing member keeps the field's default (an older record), an unknown
// one is ignored (a newer record), a member of the wrong type is kInvalidArgument with its path. Field types: bool,
// integers, double, std::string, TextId, NumberId, described structs, and optional, vector and string-keyed map of
// these.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/ids.h"
#include "format/json.h"

namespace sky {

class FieldWriter {
 public:
  template <class T>
  void operator()(std::string_view key, const T& field) {
    if constexpr (requires { field.has_value(); }) {
      if (field.has_value()) object_[key] = write(*field);
    } else {
      object_[key] = write(field);
    }
  }
  template <class Enum, class Parse>
  void word(std::string_view key, const Enum& field, Parse) {
    object_[key] = Json(to_string(field));
  }
  auto take() -> JsonObject { return std::move(object_); }

  template <class T>
  static auto write(const T& value) -> Json {
    if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>) {
      return value;
    } else if constexpr (std::integral<T>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return Json(std::string_view(value));
    } else if constexpr (requires { value.str(); }) {
      return Json(std::string_view(value.str()));
    } else if constexpr (requires { value.value(); }) {
      return Json(value.value());
    } else if constexpr (requires { typename T::mapped_type; }) {
      JsonObject object;
      for (const auto& [key, item] : value) object[key] = write(item);
      return object;
    } else if constexpr (requires { value.begin(); }) {
      JsonArray array;
      array.reserve(value.size());
      for (const auto& item : value) array.push_back(write(item));
      return array;
    } else {
      FieldWriter writer;
      // A description takes a mutable record because it serves reading too; writing does not change it.
      describe(writer, const_cast<T&>(value));
      return writer.take();
    }
  }

 private:
  JsonObject object_;
};

class FieldReader {
 public:
  FieldReader(const JsonObject& object, std::string where) : object_(object), where_(std::move(where)) {}

  template <class T>
  void operator()(std::string_view key, T& field) {
    if (!status_.ok()) return;
    const Json* member = find(object_, key);
    if (member == nullptr || member->is_null()) return;
    status_ = read(*member, json_path(where_, key), field);
  }
  template <class Enum, class Parse>
  void word(std::string_view key, Enum& field, Parse parse) {
    std::optional<std::string> text;
    (*this)(key, text);
    if (!status_.ok() || !text) return;
    const std::optional<Enum> parsed = parse(*text);
    if (parsed) {
      field = *parsed;
    } else {
      status_ = fail(json_path(where_, key), fmt::format("unknown word \"{}\"", *text));
    }
  }
  auto status() && -> Result<> { return std::move(status_); }

  template <class T>
  static auto read(const Json& json, const std::string& where, T& field) -> Result<> {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_bool()) return fail(where, "expected true or false");
      field = json.get_bool();
    } else if constexpr (std::integral<T> || std::is_floating_point_v<T>) {
      boost::system::error_code error;
      field = json.to_number<T>(error);
      if (error) return fail(where, "expected a number in range");
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return fail(where, "expected a string");
      field = std::string(std::string_view(json.get_string()));
    } else if constexpr (requires { field.str(); }) {
      if (!json.is_string()) return fail(where, "expected a string");
      field = T(std::string(std::string_view(json.get_string())));
    } else if constexpr (requires { typename T::mapped_type; }) {
      if (!json.is_object()) return fail(where, "expected an object");
      for (const auto& member : json.get_object()) {
        SKY_CHECK(read(member.value(), json_path(where, member.key()), field[std::string(member.key())]));
      }
    } else if constexpr (requires { field.reset(); }) {
      return read(json, where, field.emplace());
    } else if constexpr (requires { field.emplace_back(); }) {
      if (!json.is_array()) return fail(where, "expected an array");
      field.clear();
      for (const auto& item : json.get_array()) {
        SKY_CHECK(read(item, json_path(where, field.size()), field.emplace_back()));
      }
    } else if constexpr (requires { field.value(); }) {
      std::int64_t number = 0;
      SKY_CHECK(read(json, where, number));
      field = T(number);
    } else {
      if (!json.is_object()) return fail(where, "expected an object");
      FieldReader reader(json.get_object(), where);
      describe(reader, field);
      return std::move(reader).status();
    }
    return {};
  }

 private:
  static auto fail(const std::string& where, std::string what) -> Error {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", where, what));
  }

  const JsonObject& object_;
  std::string where_;
  Result<> status_;
};

template <class T>
auto fields_to_json(const T& record) -> Json {
  return FieldWriter::write(record);
}
template <class T>
auto fields_from_json(const Json& json, const std::string& where = {}) -> Result<T> {
  T record{};
  SKY_CHECK(FieldReader::read(json, where, record));
  return record;
}
template <class T>
auto encode_fields(const T& record) -> std::string {
  return to_json_text(fields_to_json(record));
}
template <class T>
auto decode_fields(std::string_view text) -> Result<T> {
  SKY_TRY(const Json json, parse_json(text));
  return fields_from_json<T>(json);
}

}  // namespace sky
