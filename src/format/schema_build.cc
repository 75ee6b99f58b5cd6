#include "format/schema.h"

namespace sky::schema {
namespace {

auto typed(SchemaType type) -> Schema {
  return {.types = {type}};
}

}  // namespace

auto any() -> Schema {
  return {};
}
auto null() -> Schema {
  return typed(SchemaType::kNull);
}
auto boolean() -> Schema {
  return typed(SchemaType::kBoolean);
}
auto integer() -> Schema {
  return typed(SchemaType::kInteger);
}
auto number() -> Schema {
  return typed(SchemaType::kNumber);
}
auto string() -> Schema {
  return typed(SchemaType::kString);
}
auto string_or_null() -> Schema {
  return {.types = {SchemaType::kString, SchemaType::kNull}};
}

auto word_of(std::vector<std::string_view> words) -> Schema {
  return {.types = {SchemaType::kString}, .words = std::move(words)};
}
auto any_case_word_of(std::vector<std::string_view> words) -> Schema {
  return {.types = {SchemaType::kString}, .words = std::move(words), .words_ignore_case = true};
}
auto matching(SchemaPattern pattern) -> Schema {
  return {.types = {SchemaType::kString}, .pattern = pattern};
}

auto object(std::vector<Schema::Member> members) -> Schema {
  return {.types = {SchemaType::kObject}, .members = std::move(members), .closed = true};
}
auto open_object(std::vector<Schema::Member> members) -> Schema {
  return {.types = {SchemaType::kObject}, .members = std::move(members)};
}
auto map_of(Schema value) -> Schema {
  return {.types = {SchemaType::kObject}, .others = std::make_shared<const Schema>(std::move(value))};
}
auto array_of(Schema item) -> Schema {
  return {.types = {SchemaType::kArray}, .items = std::make_shared<const Schema>(std::move(item))};
}
auto any_of(std::vector<Schema> choices) -> Schema {
  return {.any_of = std::move(choices)};
}
auto one_of(std::vector<Schema> choices) -> Schema {
  return {.one_of = std::move(choices)};
}

auto at_least(Schema schema, double minimum) -> Schema {
  schema.minimum = minimum;
  return schema;
}
auto between(Schema schema, double minimum, double maximum) -> Schema {
  schema.minimum = minimum;
  schema.maximum = maximum;
  return schema;
}
auto require(Schema schema, std::vector<std::string_view> names) -> Schema {
  schema.required = std::move(names);
  return schema;
}
auto sized(Schema schema, std::optional<size_t> min, std::optional<size_t> max) -> Schema {
  schema.size_min = min;
  schema.size_max = max;
  return schema;
}

}  // namespace sky::schema
