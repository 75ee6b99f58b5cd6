#include "format/schema.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

auto starts_upper(std::string_view text) -> bool {
  return !text.empty() && text[0] >= 'A' && text[0] <= 'Z';
}

auto sample() -> const Schema& {
  using namespace schema;
  static const Schema kSample = object({
      {"name", string()},
      {"count", integer()},
      {"cpus", any_of({string(), number()})},
      {"code", between(integer(), 0, 255)},
      {"price", {.types = {SchemaType::kNumber}, .above = 0}},
      {"tier", any_case_word_of({"low", "high"})},
      {"size", any_of({matching({"^[A-Z]", starts_upper}), integer()})},
      {"labels", map_of(string())},
      {"auto", any_of({boolean(), object({{"idle", at_least(integer(), 0)}, {"down", boolean()}})})},
      {"list", array_of(object({{"x", integer()}}))},
      {"one", one_of({map_of(string_or_null()), array_of(string())})},
      {"codes", {.types = {SchemaType::kArray}, .unique_items = true}},
      {"single", sized(map_of(number()), {}, 1)},
      {"git", require(object({{"url", string()}, {"ref", string()}}), {"url"})},
      {"envs",
       {.types = {SchemaType::kObject},
        .key_pattern = SchemaPattern{"^[A-Z]", starts_upper},
        .key_value = std::make_shared<const Schema>(string()),
        .closed = true}},
  });
  return kSample;
}

auto check(std::string_view text) -> std::string {
  const auto stream = parse_yaml(text, "t.yaml");
  if (!stream.ok()) return stream.error().message;
  const auto error = check_schema(*stream->documents()[0], sample(), "Bad: ", "t.yaml");
  return error ? error->message : "ok";
}

// The texts were compared with validate_schema() of skypilot 0.14.1 on the same schema.
TEST(CheckSchema, FirstViolation_IsWordedLikeJsonschema) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{name: a, count: 2, cpus: 4+, labels: {a: b}, auto: {idle: 5}, list: [{x: 1}]}", "ok"},
      {"{name: }", "ok"},
      {"{count: 1.0}", "ok"},
      {"{nme: a}", "Bad: Instead of 'nme', did you mean 'name'?"},
      {"{nme: a, zzz: 1, 5: x}",
       "Bad: Instead of 'nme', did you mean 'name'? Found unsupported field 'zzz'. Found unsupported field 5."},
      {"{count: '2'}", "Bad: '2' is not of type 'integer'. Check problematic field(s): $.count"},
      {"{count: yes}", "Bad: True is not of type 'integer'. Check problematic field(s): $.count"},
      {"{name: 1, count: x}", "Bad: 1 is not of type 'string'. Check problematic field(s): $.name"},
      {"{labels: {a: 1}}", "Bad: 1 is not of type 'string'. Check problematic field(s): $.labels.a"},
      {"{labels: {a-b: 1}}", "Bad: 1 is not of type 'string'. Check problematic field(s): $.labels['a-b']"},
      {"{labels: x}", "Bad: 'x' is not of type 'dict'. Check problematic field(s): $.labels"},
      {"{cpus: [1]}", "Bad: [1] is not valid under any of the given schemas. Check problematic field(s): $.cpus"},
      {"{tier: LOW}", "ok"},
      {"{tier: fast}", "Bad: 'fast' is not one of ['low', 'high']. Check problematic field(s): $.tier"},
      {"{code: 256}", "Bad: 256 is greater than the maximum of 255. Check problematic field(s): $.code"},
      {"{code: -1}", "Bad: -1 is less than the minimum of 0. Check problematic field(s): $.code"},
      {"{price: 0}", "Bad: 0 is less than or equal to the minimum of 0. Check problematic field(s): $.price"},
      {"{size: abc}", "Bad: 'abc' does not match '^[A-Z]'. Check problematic field(s): $.size"},
      {"{auto: {idle: -1}}", "Bad: -1 is less than the minimum of 0. Check problematic field(s): $.auto.idle"},
      {"{auto: {idel: 1}}",
       "Bad: Additional properties are not allowed ('idel' was unexpected). Check problematic field(s): $.auto"},
      {"{list: [{x: 1}, {x: a}]}", "Bad: 'a' is not of type 'integer'. Check problematic field(s): $.list[1].x"},
      {"{codes: [1, 2, 1]}", "Bad: [1, 2, 1] has non-unique elements. Check problematic field(s): $.codes"},
      {"{single: {a: 1, b: 2}}", "Bad: {'a': 1, 'b': 2} has too many properties. Check problematic field(s): $.single"},
      {"{git: {ref: x}}", "Bad: 'url' is a required property. Check problematic field(s): $.git"},
      {"{envs: {a: x, A: y}}",
       "Bad: The `envs` field contains invalid keys:\n'a' does not match any of the regexes: '^[A-Z]'"},
      {"{one: 5}", "Bad: 5 is not valid under any of the given schemas. Check problematic field(s): $.one"},
      {"{one: {a: 5}}", "Bad: 5 is not of type 'string', 'null'. Check problematic field(s): $.one.a"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(check(text), expected) << text;
}

TEST(CheckSchema, Error_HasPlaceAndField) {
  const auto stream = parse_yaml("name: a\nlist:\n- x: b\n", "t.yaml");
  const auto error = check_schema(*stream->documents()[0], sample(), "", "t.yaml");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kInvalidTask);
  EXPECT_EQ(error->details.at("location"), "t.yaml:3:6");
  EXPECT_EQ(error->details.at("field"), "$.list[0].x");
  const auto unknown = parse_yaml("name: a\nrum: b\n", "t.yaml");
  EXPECT_EQ(check_schema(*unknown->documents()[0], sample(), "", "t.yaml")->details.at("location"), "t.yaml:2:1");
}

TEST(CheckSchema, KeepNulls_SeesThem) {
  const auto stream = parse_yaml("zzz:\n", "t");
  EXPECT_FALSE(check_schema(*stream->documents()[0], sample(), "", "t").has_value());
  EXPECT_TRUE(check_schema(*stream->documents()[0], sample(), "", "t", true).has_value());
}

}  // namespace
}  // namespace sky
