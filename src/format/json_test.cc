#include "format/json.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace sky {
namespace {

auto parse_error(std::string_view text) -> std::string {
  const auto parsed = parse_json(text);
  return parsed.ok() ? "parsed" : parsed.error().message;
}

TEST(ParseJson, ValidDocument_KeepsOrderAndLastDuplicate) {
  const auto parsed = parse_json(R"( {"b": 1, "a": [true, null, 2.5], "b": 3} )");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(to_json_text(*parsed), R"({"b":3,"a":[true,null,2.5]})");
}

TEST(ParseJson, BadText_NamesLineAndColumn) {
  EXPECT_EQ(parse_error("{\n  \"a\": tru\n}"), "2:8: syntax error");
  EXPECT_EQ(parse_error("[1, 2"), "1:6: unexpected end of JSON");
  EXPECT_EQ(parse_error(""), "1:1: unexpected end of JSON");
  EXPECT_EQ(parse_error("{} x"), "1:4: unexpected text after the JSON value");
  EXPECT_EQ(parse_error("\"\xff\""), "1:2: syntax error");
}

TEST(ParseJson, Limits_AreErrors) {
  EXPECT_EQ(parse_error(std::string(101, '[') + std::string(101, ']')), "1:101: too deep");
  EXPECT_TRUE(parse_json(std::string(100, '[') + std::string(100, ']')).ok());
  EXPECT_EQ(parse_json("[1,2]", {.size_max_bytes = 4}).error().message, "JSON text has 5 bytes, at most 4 are read");
}

TEST(ParseJson, NumberAboveDouble_IsAnError) {
  EXPECT_EQ(parse_error("[1, {\"a\":\n 1e400}]"), "2:7: number is too large");
  EXPECT_EQ(parse_error("-1e999"), "1:7: number is too large");
  EXPECT_EQ(parse_error("1e-999"), "parsed");
}

// Each of these was off by one in the last digit with Boost's own conversion.
TEST(ParseJson, Doubles_AreReadExactly) {
  for (const std::string text :
       {"31514165082534.086", "8.336454429226966e-08", "0.45636752832427996", "0.9327748796108055",
        "9.952966283058861e-21", "363.40200371548957", "2.2250738585072014e-308"}) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(to_json_text(*parsed), text);
  }
}

TEST(ParseJson, Numbers_KeepTheirKind) {
  EXPECT_EQ(to_json_text(*parse_json("[1, -1, 1.0, 18446744073709551615, 100000000000000000000, 1e2, -0.0]")),
            "[1,-1,1.0,18446744073709551615,1e+20,100.0,-0.0]");
}

TEST(ParseJson, LongAndEscapedStrings_AreWhole) {
  const std::string long_text(100'000, 'x');
  const auto parsed = parse_json("{\"k\\u00e9\\n" + long_text + "\": \"\\ud83d\\ude00" + long_text + "\"}");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(*get_string(parsed->get_object(), "ké\n" + long_text), "😀" + long_text);
}

TEST(PythonFloatText, MatchesRepr) {
  const std::vector<std::pair<double, std::string>> cases = {{0.0, "0.0"},
                                                             {-0.0, "-0.0"},
                                                             {1.0, "1.0"},
                                                             {3.14, "3.14"},
                                                             {100.0, "100.0"},
                                                             {0.0001, "0.0001"},
                                                             {0.00001, "1e-05"},
                                                             {1e15, "1000000000000000.0"},
                                                             {1e16, "1e+16"},
                                                             {1.5e300, "1.5e+300"},
                                                             {123456789012345680.0, "1.2345678901234568e+17"},
                                                             {-2.5, "-2.5"},
                                                             {0.1, "0.1"},
                                                             {1e-100, "1e-100"},
                                                             {5e-324, "5e-324"},
                                                             {9007199254740993.0, "9007199254740992.0"},
                                                             {0.0125, "0.0125"},
                                                             {std::numeric_limits<double>::infinity(), "inf"},
                                                             {-std::numeric_limits<double>::infinity(), "-inf"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(python_float_text(value), text);
  EXPECT_EQ(python_float_text(std::nan("")), "nan");
}

TEST(ToJsonText, Styles_FollowPython) {
  const Json value = {{"a", {1, 2.0, "x"}}, {"e", JsonArray()}, {"o", JsonObject()}, {"n", nullptr}};
  EXPECT_EQ(to_json_text(value), R"({"a":[1,2.0,"x"],"e":[],"o":{},"n":null})");
  EXPECT_EQ(to_json_text(value, JsonStyle::kPython), R"({"a": [1, 2.0, "x"], "e": [], "o": {}, "n": null})");
  EXPECT_EQ(to_json_text(value, JsonStyle::kIndented),
            "{\n  \"a\": [\n    1,\n    2.0,\n    \"x\"\n  ],\n  \"e\": [],\n  \"o\": {},\n  \"n\": null\n}");
}

TEST(ToJsonText, Strings_AreEscapedLikePython) {
  const Json text = "q\" b\\ \n\t\x01\x7f é 漢 😀";
  EXPECT_EQ(to_json_text(text, JsonStyle::kPython), "\"q\\\" b\\\\ \\n\\t\\u0001\x7f \\u00e9 \\u6f22 \\ud83d\\ude00\"");
  EXPECT_EQ(to_json_text(text), "\"q\\\" b\\\\ \\n\\t\\u0001\x7f é 漢 😀\"");
}

TEST(ToJsonText, WhatJsonCannotHold_IsReplaced) {
  EXPECT_EQ(to_json_text(Json(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(to_json_text(Json("a\xff z")), "\"a\xEF\xBF\xBD z\"");
  EXPECT_EQ(to_json_text(Json("\xff"), JsonStyle::kPython), "\"\\ufffd\"");
}

TEST(JsonFields, RightTypes_AreRead) {
  const auto parsed = parse_json(R"({"s": "x", "i": 7, "f": 7.0, "b": true, "o": {"k": 1}, "a": [1], "n": null})");
  const JsonObject& object = parsed->get_object();
  EXPECT_EQ(*get_string(object, "s"), "x");
  EXPECT_EQ(*get_int(object, "i"), 7);
  EXPECT_EQ(*get_int(object, "f"), 7);
  EXPECT_EQ(*get_double(object, "i"), 7.0);
  EXPECT_TRUE(*get_bool(object, "b"));
  EXPECT_EQ((*get_object(object, "o"))->size(), 1U);
  EXPECT_EQ((*get_array(object, "a"))->size(), 1U);
  EXPECT_EQ(*find_string(object, "n"), std::nullopt);
  EXPECT_EQ(*find_int(object, "absent"), std::nullopt);
  EXPECT_EQ(*find_object(object, "absent"), nullptr);
  EXPECT_EQ(*find_int(object, "i"), 7);
}

TEST(JsonFields, WrongTypeOrMissing_NamesPointer) {
  const auto parsed = parse_json(R"({"s": 7, "big": 1.5, "o": {"k": [1]}})");
  const JsonObject& object = parsed->get_object();
  EXPECT_EQ(get_string(object, "s", "/tasks/3").error().message, "/tasks/3/s: expected a string, found 7");
  EXPECT_EQ(get_int(object, "big").error().message, "/big: expected an integer, found 1.5");
  EXPECT_EQ(get_int(object, "gone").error().message, "/gone: missing");
  EXPECT_EQ(find_bool(object, "o").error().message, "/o: expected a boolean, found an object");
  EXPECT_EQ(get_array(object, "o", "/x").error().message, "/x/o: expected an array, found an object");
  EXPECT_EQ(as_object(Json(1)).error().message, "document: expected an object, found 1");
  EXPECT_EQ(get_string(object, "s").error().code, ErrorCode::kInvalidArgument);
}

TEST(JsonFields, HugeDoubleOrUnsigned_IsNotAnInteger) {
  const auto parsed = parse_json(R"([1e300, 18446744073709551615])");
  const JsonArray& array = parsed->get_array();
  EXPECT_FALSE(as_int(array[0]).ok());
  EXPECT_FALSE(as_int(array[1]).ok());
}

}  // namespace
}  // namespace sky
