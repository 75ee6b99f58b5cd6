#include "format/yaml.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

// The JSON of the only document, or the error.
auto load(std::string_view text) -> std::string {
  const auto stream = parse_yaml(text, "t.yaml");
  if (!stream.ok()) return stream.error().message;
  if (stream->documents().size() != 1) return fmt::format("{} documents", stream->documents().size());
  const auto json = to_json(*stream->documents()[0], "t.yaml");
  return json.ok() ? to_json_text(*json, JsonStyle::kPython) : json.error().message;
}

TEST(YamlScalars, PlainText_HasPyYamlsType) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"yes", "true"},
      {"Off", "false"},
      {"y", "\"y\""},
      {"n", "\"n\""},
      {"yEs", "\"yEs\""},
      {"~", "null"},
      {"Null", "null"},
      {"nULL", "\"nULL\""},
      {"0644", "420"},
      {"010", "8"},
      {"08", "\"08\""},
      {"0o17", "\"0o17\""},
      {"0b101", "5"},
      {"0x1F", "31"},
      {"-0x1f", "-31"},
      {"1_000", "1000"},
      {"0_", "0"},
      {"1:30", "90"},
      {"1:30:00", "5400"},
      {"-1:30", "-90"},
      {"1:60", "\"1:60\""},
      {"0:30", "\"0:30\""},
      {"22:22", "1342"},
      {"1e3", "\"1e3\""},
      {"1e-4", "\"1e-4\""},
      {"1.0e+3", "1000.0"},
      {"1.0e3", "\"1.0e3\""},
      {"1.", "1.0"},
      {".5", "0.5"},
      {"-.5", "\"-.5\""},
      {"1._5", "1.5"},
      {"._5", "\"._5\""},
      {"1:30.5", "90.5"},
      {"190:20:30.15", "685230.15"},
      {"2024-01-01", "\"2024-01-01\""},
      {"2024-1-1", "\"2024-1-1\""},
      {"2001-12-14t21:59:43.10-05:00", "\"2001-12-14 21:59:43.100000-05:00\""},
      {"2001-12-15 2:59:43.1Z", "\"2001-12-15 02:59:43.100000+00:00\""},
      {"+1", "1"},
      {"+", "\"+\""},
      {"-", "[null]"},
      {"1.2.3", "\"1.2.3\""},
      {"12e03", "\"12e03\""},
      {"9223372036854775807", "9223372036854775807"}};
  for (const auto& [text, json] : cases) EXPECT_EQ(load(text), json) << text;
}

TEST(YamlScalars, QuotedText_IsAlwaysAString) {
  EXPECT_EQ(load("\"on\""), "\"on\"");
  EXPECT_EQ(load("'1'"), "\"1\"");
  EXPECT_EQ(load("|\n  1\n"), "\"1\\n\"");
  EXPECT_EQ(load("! 1"), "\"1\"");
}

TEST(YamlScalars, ExplicitTags_Convert) {
  EXPECT_EQ(load("!!int \"0x10\""), "16");
  EXPECT_EQ(load("!!str 5"), "\"5\"");
  EXPECT_EQ(load("!!float 1"), "1.0");
  EXPECT_EQ(load("!!bool 'ON'"), "true");
  EXPECT_EQ(load("!!binary aGk="), "\"hi\"");
  EXPECT_EQ(load("!!null x"), "null");
  EXPECT_EQ(load("!!set {a, b}"), R"({"a": null, "b": null})");
}

TEST(YamlScalars, UnsuitableText_IsAnErrorWithPlace) {
  EXPECT_EQ(load("a: !!int x"), "t.yaml:1:4: invalid integer 'x'");
  EXPECT_EQ(load("a: 0b_"), "t.yaml:1:4: invalid integer '0b_'");
  EXPECT_EQ(load("a: 2024-02-30"), "t.yaml:1:4: day is out of range for month");
  EXPECT_EQ(load("a: ="), "t.yaml:1:4: could not determine a constructor for the tag 'tag:yaml.org,2002:value'");
  EXPECT_EQ(load("a: !x b"), "t.yaml:1:4: could not determine a constructor for the tag '!x'");
  EXPECT_EQ(load("a: !!python/object:os.system {}"),
            "t.yaml:1:4: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'");
  EXPECT_EQ(load("a: " + std::string(5000, '9')), "t.yaml:1:4: integer has more than 4300 digits");
}

TEST(YamlNumbers, BeyondSixtyFourBits_KeepTheirDigits) {
  const auto stream = parse_yaml("[0xffffffffffffffffffffffff, -123456789012345678901234567890]", "t");
  ASSERT_TRUE(stream.ok());
  const auto& items = stream->documents()[0]->items;
  EXPECT_EQ(python_str(*items[0]), "79228162514264337593543950335");
  EXPECT_EQ(python_str(*items[1]), "-123456789012345678901234567890");
  EXPECT_FALSE(items[0]->int_fits);
  EXPECT_EQ(load("99999999999999999999"), "t.yaml:1:1: integer 99999999999999999999 is out of range");
  EXPECT_EQ(load(".inf"), "t.yaml:1:1: number is not finite");
}

TEST(YamlMappings, RepeatedKey_NamesBothLines) {
  EXPECT_EQ(load("name: a\nrun: x\nname: b\n"),
            "t.yaml:3:1: Duplicate key 'name' in YAML at line 3 (also defined at line 1). Remove one of the entries so "
            "the intended value is unambiguous.");
  EXPECT_TRUE(load("{1: a, \"1\": b}").find("Duplicate key '1'") != std::string::npos);
  EXPECT_TRUE(load("a: &a {}\nb: {<<: *a, <<: *a}").find("Duplicate key '<<'") != std::string::npos);
}

TEST(YamlMappings, KeysThatPythonTakesForOne_LastValueWins) {
  EXPECT_EQ(load("{1: a, 0x1: b, true: c, x: d}"), R"({"1": "c", "x": "d"})");
}

TEST(YamlMappings, ManyKeys_AreIndexed) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += fmt::format("k{}: {}\n", i, i);
  const auto stream = parse_yaml(text, "t");
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(stream->documents()[0]->entries.size(), 5'000U);
  EXPECT_TRUE(load(text + "k7: x").find("also defined at line 8") != std::string::npos);
}

TEST(YamlMappings, Merge_OwnKeysWinAndFirstMappingWins) {
  EXPECT_EQ(load("b: &b {x: 1, y: 1}\nc: &c {y: 2, z: 2}\nr: {<<: [*b, *c], z: 3, w: 4}"),
            R"({"b": {"x": 1, "y": 1}, "c": {"y": 2, "z": 2}, "r": {"y": 1, "z": 3, "x": 1, "w": 4}})");
  EXPECT_EQ(load("b: &b {x: 1}\nr:\n  <<: *b\n  x: 2"), R"({"b": {"x": 1}, "r": {"x": 2}})");
  EXPECT_EQ(load("r: {<<: 1}"), "t.yaml:1:9: expected a mapping or list of mappings for merging, but found scalar");
  EXPECT_EQ(load("\"<<\": 1"), R"({"<<": 1})");
  EXPECT_EQ(load("=: 1"), R"({"=": 1})");
}

TEST(YamlMappings, CollectionAsKey_IsRefused) {
  EXPECT_EQ(load("? [a]\n: b"), "t.yaml:1:3: found unhashable key");
}

TEST(YamlAliases, SharedAndRefused) {
  EXPECT_EQ(load("[&a [1], *a]"), "[[1], [1]]");
  EXPECT_EQ(load("a: *x"), "t.yaml:1:4: found undefined alias 'x'");
  EXPECT_EQ(load("a: &a [*a]"), "t.yaml:1:8: found recursive alias 'a'");
  EXPECT_EQ(load("[&a 1, &a 2]"), "t.yaml:1:8: found duplicate anchor 'a'");
}

TEST(YamlAliases, ExponentialExpansion_IsRefused) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 10; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_TRUE(load(text).find("more than 2000000 values, aliases counted at every use") != std::string::npos);
}

TEST(YamlLimits, DepthAndSize_AreErrors) {
  EXPECT_EQ(load(std::string(50'000, '[')), "t.yaml:1:201: nested deeper than 200 levels");
  EXPECT_EQ(parse_yaml("abc", "t", {.size_max_bytes = 2}).error().message, "t: file has 3 bytes, at most 2 are read");
}

TEST(YamlErrors, SyntaxNamesPlace) {
  EXPECT_EQ(load("a: b\nc: d: e\n"), "t.yaml:2:5: mapping values are not allowed in this context");
  EXPECT_EQ(load("a: 'b"), "t.yaml:1:6: found unexpected end of stream while scanning a quoted scalar (from line 1)");
  EXPECT_EQ(load("[a, b"), "t.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence (from line 1)");
  EXPECT_EQ(load("a: \xff"), "t.yaml:1:4: invalid leading UTF-8 octet");
  EXPECT_EQ(load("a: \x01"), "t.yaml:1:4: control characters are not allowed");
  EXPECT_EQ(load("\ta: b"),
            "t.yaml:1:1: found character that cannot start any token while scanning for the next token "
            "(from line 1)");
}

TEST(YamlDocuments, ManyOrNone) {
  EXPECT_EQ(load("a: 1\n---\nb: 2\n"), "2 documents");
  EXPECT_EQ(load(""), "0 documents");
  EXPECT_EQ(load("# only a comment\n"), "0 documents");
  EXPECT_EQ(load("---\n"), "null");
  EXPECT_EQ(load("\xEF\xBB\xBF"
                 "a: 1"),
            R"({"a": 1})");
  EXPECT_EQ(load("%YAML 1.1\n---\na: 1:30\n"), R"({"a": 90})");
}

TEST(YamlNodes, KnowTheirPlace_AlsoAfterMove) {
  auto stream = parse_yaml("a: 1\nb:\n  - x\n  - {c: é, d: 2}\n", "t.yaml");
  ASSERT_TRUE(stream.ok());
  const YamlStream moved = std::move(stream).value();
  const YamlNode* list = moved.documents()[0]->find("b");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(location_of(*list->items[0], "t.yaml"), "t.yaml:3:5");
  EXPECT_EQ(location_of(*list->items[1]->find("d"), "t.yaml"), "t.yaml:4:15");
  EXPECT_EQ(list->find("x"), nullptr);
}

TEST(PythonRepr, LikePython) {
  const auto stream = parse_yaml("{a: 1, b: [x, 1.0, yes, null], c: \"it's\", d: 2024-01-02, 5: \"q\\\"'\"}", "t");
  EXPECT_EQ(python_repr(*stream->documents()[0]),
            R"({'a': 1, 'b': ['x', 1.0, True, None], 'c': "it's", 'd': datetime.date(2024, 1, 2), 5: 'q"\''})");
  EXPECT_EQ(python_repr("a\n\t\x01é\\"), "'a\\n\\t\\x01é\\\\'");
}

TEST(AddJson, RoundTrips) {
  const auto json = parse_json(R"({"a": [1, 2.5, null, true, "x"], "b": {}})");
  YamlStream stream;
  const YamlNode* node = add_json(stream, *json);
  EXPECT_EQ(to_json_text(*to_json(*node)), to_json_text(*json));
}

// Recorded from PyYAML 6.0: yaml.dump(value, default_flow_style=False, sort_keys=False, Dumper=CSafeDumper).
TEST(ToYamlText, MatchesPyYaml) {
  const auto json = parse_json(R"({"name": "train", "empty": {}, "none": [], "list": [1, [2, 3], {"a": 1, "b": [4]}],
      "quoted": ["yes", "1", "1.5", "null", "", " x", "a: b", "# c", "2024-01-01", "1e3", "~", "<<", "=", "'", "it's"],
      "run": "line one\nline two\n", "uni": "é 😀", "f": [1.0, 1e16, 1e-05], "t": true, "z": null, "8": "x"})");
  EXPECT_EQ(to_yaml_text(*json), R"(name: train
empty: {}
none: []
list:
- 1
- - 2
  - 3
- a: 1
  b:
  - 4
quoted:
- 'yes'
- '1'
- '1.5'
- 'null'
- ''
- ' x'
- 'a: b'
- '# c'
- '2024-01-01'
- 1e3
- '~'
- '<<'
- '='
- ''''
- it's
run: 'line one

  line two

  '
uni: "\xE9 \U0001F600"
f:
- 1.0
- 1.0e+16
- 1.0e-05
t: true
z: null
'8': x
)");
}

}  // namespace
}  // namespace sky
