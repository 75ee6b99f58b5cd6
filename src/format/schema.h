// Closed schemas of YAML files, with the error messages that users of the Python tool know.
//
// A Schema is data: what a value may be. check_schema() finds the first violation in the order in which the Python
// tool's validator (jsonschema's Draft 7) looks, and words it the same way:
//   Invalid task YAML: Instead of 'nme', did you mean 'name'? Found unsupported field 'zzz'.
//   Invalid task YAML: '2' is not of type 'integer'. Check problematic field(s): $.num_nodes
// Of a union the most specific violation inside is reported, by jsonschema's best_match rule.
//
// Schemas are built once and shared: `static const Schema kTask = schema::object({{"name", schema::string()}, …});`
// Immutable after that; any thread may read. Source: jsonschema 4.26, validate_schema() of skypilot 0.14.1, 2026-11.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/yaml.h"

namespace sky {

enum class SchemaType { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject };

struct SchemaPattern {
  std::string_view text;  // the regular expression, for messages
  bool (*matches)(std::string_view) = nullptr;
};

struct Schema {
  using Member = std::pair<std::string_view, Schema>;

  std::vector<SchemaType> types = {};  // one of them; empty: anything
  std::vector<std::string_view> words = {};
  bool words_ignore_case = false;
  std::optional<double> minimum = {}, maximum = {}, above = {};  // of numbers; `above` excludes the bound
  std::optional<SchemaPattern> pattern = {};                     // of strings
  std::optional<size_t> size_min = {}, size_max = {};            // characters, items or members
  bool unique_items = false;
  std::vector<std::string_view> required = {};
  std::vector<Member> members = {};
  std::vector<std::string_view> forbidden = {};   // member names that may not appear in an open object
  std::optional<SchemaPattern> key_pattern = {};  // keys that match are members of kind `key_value`
  std::shared_ptr<const Schema> key_value = nullptr;
  bool closed = false;                             // other members are refused
  std::shared_ptr<const Schema> others = nullptr;  // or must suit this
  std::shared_ptr<const Schema> items = nullptr;
  std::vector<Schema> any_of = {};
  std::vector<Schema> one_of = {};
};

namespace schema {

auto any() -> Schema;
auto null() -> Schema;
auto boolean() -> Schema;
auto integer() -> Schema;
auto number() -> Schema;
auto string() -> Schema;
auto string_or_null() -> Schema;  // one type rule with two types, not a union
auto word_of(std::vector<std::string_view> words) -> Schema;
auto any_case_word_of(std::vector<std::string_view> words) -> Schema;
auto matching(SchemaPattern pattern) -> Schema;
auto object(std::vector<Schema::Member> members) -> Schema;       // closed
auto open_object(std::vector<Schema::Member> members) -> Schema;  // other members are free
auto map_of(Schema value) -> Schema;
auto array_of(Schema item) -> Schema;
auto any_of(std::vector<Schema> choices) -> Schema;
auto one_of(std::vector<Schema> choices) -> Schema;

auto at_least(Schema schema, double minimum) -> Schema;
auto between(Schema schema, double minimum, double maximum) -> Schema;
auto require(Schema schema, std::vector<std::string_view> names) -> Schema;
auto sized(Schema schema, std::optional<size_t> min, std::optional<size_t> max = {}) -> Schema;

}  // namespace schema

// nullopt when `value` suits. Else kInvalidTask with `prefix` before the message; details["location"] is the place in
// `file` (when the value has one) and details["field"] the path, `$.resources.cpus`. Members of `value` itself that are
// null count as absent, unless `keep_nulls`: an empty field of a file is null.
auto check_schema(const YamlNode& value, const Schema& schema, std::string_view prefix, std::string_view file,
                  bool keep_nulls = false) -> std::optional<Error>;

// Every violation, one error each; for programs that show all at once.
auto find_violations(const YamlNode& value, const Schema& schema, std::string_view prefix, std::string_view file)
    -> std::vector<Error>;

}  // namespace sky
