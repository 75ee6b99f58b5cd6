// JSON values: parsing with positions and limits, output in Python's spelling, and field access whose errors say where.
//
// The value type is Boost.JSON's: objects keep insertion order, a repeated key keeps the last value. Nothing here
// throws and nothing recurses deeper than JsonLimits::depth_max. Thread-compatible: plain values, no shared state.
//
// Numbers are written as Python's json.dumps writes them (`1.0`, `1e-05`, `1e+16`), because scripts compare them;
// Boost's own serializer writes `1E0`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"

namespace sky {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

struct JsonLimits {
  size_t depth_max = 100;  // nested arrays and objects
  size_t size_max_bytes = size_t{256} << 20U;
};

// The whole text as one value. Errors are kInvalidArgument, `line:column: what` (both from 1, the column in bytes):
// syntax, bytes after the value, bytes that are not UTF-8, too deep, too large, or a number beyond a double (1e400).
// Numbers are read to the nearest double; Boost 1.81's own conversion is off by one digit at times. `storage` lets a
// caller place a big document in a monotonic resource; it must outlive the value.
auto parse_json(std::string_view text, const JsonLimits& limits = {}, boost::json::storage_ptr storage = {})
    -> Result<Json>;

enum class JsonStyle {
  kCompact,   // `{"a":[1,2]}`, UTF-8 as it is: the wire and the store
  kPython,    // `{"a": [1, 2]}`, ASCII only: json.dumps(value)
  kIndented,  // two spaces per level, ASCII only: json.dumps(value, indent=2)
};

// Never fails: a number that is not finite becomes null, bytes that are not UTF-8 become U+FFFD.
auto to_json_text(const Json& value, JsonStyle style = JsonStyle::kCompact) -> std::string;

// Python's repr of a float, shortest digits that read back: `1.0`, `0.1`, `1e-05`, `1e+16`, `inf`, `nan`.
auto python_float_text(double value) -> std::string;

// ---- Fields of an object -------------------------------------------------------------------------------------------
// `where` is the JSON pointer of the object itself ("" for a whole document) and appears in errors:
// `/tasks/3/name: expected a string, found 7`. All errors are kInvalidArgument.

// The pointer of a member: json_path("/tasks/3", "a/b") is "/tasks/3/a~1b".
auto json_path(std::string_view where, std::string_view key) -> std::string;
auto json_path(std::string_view where, size_t index) -> std::string;

// The member, or nullptr when it is absent.
auto find(const JsonObject& object, std::string_view key) -> const Json*;

// The member must exist and have the type. An integer may be written as 3 or 3.0.
auto get_string(const JsonObject& object, std::string_view key, std::string_view where = {}) -> Result<std::string>;
auto get_int(const JsonObject& object, std::string_view key, std::string_view where = {}) -> Result<std::int64_t>;
auto get_double(const JsonObject& object, std::string_view key, std::string_view where = {}) -> Result<double>;
auto get_bool(const JsonObject& object, std::string_view key, std::string_view where = {}) -> Result<bool>;
// The pointers live as long as `object` and are never null.
auto get_object(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<const JsonObject*>;
auto get_array(const JsonObject& object, std::string_view key, std::string_view where = {}) -> Result<const JsonArray*>;

// The same for members that may be absent or null (nullopt, nullptr); another type is still an error.
auto find_string(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<std::optional<std::string>>;
auto find_int(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<std::optional<std::int64_t>>;
auto find_double(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<std::optional<double>>;
auto find_bool(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<std::optional<bool>>;
auto find_object(const JsonObject& object, std::string_view key, std::string_view where = {})
    -> Result<const JsonObject*>;

// The value itself, for the elements of arrays and for whole documents.
auto as_object(const Json& value, std::string_view where = {}) -> Result<const JsonObject*>;
auto as_array(const Json& value, std::string_view where = {}) -> Result<const JsonArray*>;
auto as_string(const Json& value, std::string_view where = {}) -> Result<std::string>;
auto as_int(const Json& value, std::string_view where = {}) -> Result<std::int64_t>;

}  // namespace sky
