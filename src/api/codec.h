// One description of a struct, both directions, with the rules of the REST shapes (private to api/*.cc):
//
//   template <class Visitor> void describe(Visitor& visit, QueueBody& body) {
//     visit.required("cluster_name", body.cluster_name);
//     visit("all_users", body.all_users);
//     visit.word("status", body.status, parse_job_status);   // enums with to_string()
//   }
//
// Unlike format/fields.h, which is for what we store ourselves: every member is written, an absent optional as null,
// because stock clients index without asking; a null member that may be absent reads as its default; a required one
// must be there.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "format/json.h"

namespace sky::api {

template <class T>
concept OptionalLike = requires(T value) {
  value.has_value();
  value.emplace();
};
template <class T>
concept PairLike = requires(T value) {
  value.first;
  value.second;
};

class Writer {
 public:
  template <class T>
  void operator()(std::string_view key, const T& field) {
    object_[key] = write(field);
  }
  template <class T>
  void required(std::string_view key, const T& field) {
    object_[key] = write(field);
  }
  template <class T, class Parse>
  void word(std::string_view key, const T& field, Parse /*parse*/) {
    if constexpr (OptionalLike<T>) {
      object_[key] = field.has_value() ? Json(to_string(*field)) : Json(nullptr);
    } else {
      object_[key] = Json(to_string(field));
    }
  }
  auto take() -> JsonObject { return std::move(object_); }

  template <class T>
  static auto write(const T& value) -> Json {
    if constexpr (OptionalLike<T>) {
      return value.has_value() ? write(*value) : Json(nullptr);
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> || std::is_same_v<T, Json> ||
                         std::is_same_v<T, JsonObject>) {
      return value;
    } else if constexpr (std::integral<T>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return Json(std::string_view(value));
    } else if constexpr (PairLike<T>) {
      JsonArray pair;
      pair.push_back(write(value.first));
      pair.push_back(write(value.second));
      return pair;
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
      Writer writer;
      // A description takes a mutable struct because it serves reading too; writing does not change it.
      describe(writer, const_cast<T&>(value));
      return writer.take();
    }
  }

 private:
  JsonObject object_;
};

class Reader {
 public:
  Reader(const JsonObject& object, std::string_view where) : object_(object), where_(where) {}

  template <class T>
  void operator()(std::string_view key, T& field) {
    const Json* value = find(object_, key);
    if (!result_.ok() || value == nullptr || value->is_null()) return;
    result_ = read(*value, json_path(where_, key), field);
  }
  template <class T>
  void required(std::string_view key, T& field) {
    if (!result_.ok()) return;
    const Json* value = find(object_, key);
    result_ = value == nullptr ? missing(where_, key) : read(*value, json_path(where_, key), field);
  }
  template <class T, class Parse>
  void word(std::string_view key, T& field, Parse parse) {
    const Json* value = find(object_, key);
    if (!result_.ok() || value == nullptr || value->is_null()) return;
    const auto parsed = value->is_string() ? parse(value->get_string()) : std::nullopt;
    if (parsed.has_value()) {
      field = *parsed;
    } else {
      result_ = unknown_word(where_, key, *value);
    }
  }
  auto finish() -> Result<> { return std::move(result_); }

  template <class T>
  static auto read(const Json& value, const std::string& where, T& field) -> Result<> {
    if constexpr (OptionalLike<T>) {
      if (value.is_null()) return {};
      return read(value, where, field.emplace());
    } else if constexpr (std::is_same_v<T, Json>) {
      field = value;
      return {};
    } else if constexpr (std::is_same_v<T, JsonObject>) {
      SKY_TRY(const JsonObject* object, as_object(value, where));
      field = *object;
      return {};
    } else if constexpr (std::is_same_v<T, std::string>) {
      SKY_TRY(field, as_string(value, where));
      return {};
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double>) {
      return read_scalar(value, where, field);
    } else if constexpr (std::integral<T>) {
      SKY_TRY(field, as_int(value, where));
      return {};
    } else if constexpr (PairLike<T>) {
      return read_pair(value, where, field);
    } else if constexpr (requires { typename T::mapped_type; }) {
      return read_map(value, where, field);
    } else if constexpr (requires { field.begin(); }) {
      return read_list(value, where, field);
    } else {
      SKY_TRY(const JsonObject* object, as_object(value, where));
      Reader reader(*object, where);
      describe(reader, field);
      return reader.finish();
    }
  }

 private:
  static auto not_a_pair(const std::string& where, size_t size) -> Error;
  static auto missing(std::string_view where, std::string_view key) -> Error;
  static auto unknown_word(std::string_view where, std::string_view key, const Json& found) -> Error;
  static auto read_scalar(const Json& value, const std::string& where, bool& field) -> Result<>;
  static auto read_scalar(const Json& value, const std::string& where, double& field) -> Result<>;

  template <class T>
  static auto read_pair(const Json& value, const std::string& where, T& field) -> Result<> {
    SKY_TRY(const JsonArray* array, as_array(value, where));
    if (array->size() != 2) return not_a_pair(where, array->size());
    SKY_CHECK(read((*array)[0], json_path(where, size_t{0}), field.first));
    return read((*array)[1], json_path(where, size_t{1}), field.second);
  }
  template <class T>
  static auto read_map(const Json& value, const std::string& where, T& field) -> Result<> {
    SKY_TRY(const JsonObject* object, as_object(value, where));
    field.clear();
    for (const auto& member : *object) {
      const std::string key(member.key());
      SKY_CHECK(read(member.value(), json_path(where, key), field[key]));
    }
    return {};
  }
  template <class T>
  static auto read_list(const Json& value, const std::string& where, T& field) -> Result<> {
    SKY_TRY(const JsonArray* array, as_array(value, where));
    field.clear();
    field.reserve(array->size());
    for (size_t i = 0; i < array->size(); ++i) {
      SKY_CHECK(read((*array)[i], json_path(where, i), field.emplace_back()));
    }
    return {};
  }

  const JsonObject& object_;
  std::string_view where_;
  Result<> result_;
};

template <class T>
auto encode_struct(const T& value) -> JsonObject {
  Writer writer;
  describe(writer, const_cast<T&>(value));
  return writer.take();
}

template <class T>
auto decode_struct(const Json& json, std::string_view where = {}) -> Result<T> {
  T value;
  SKY_CHECK(Reader::read(json, std::string(where), value));
  return value;
}

}  // namespace sky::api
