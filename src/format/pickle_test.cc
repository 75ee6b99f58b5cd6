#include "format/pickle.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace sky {
namespace {

auto hex(const PickleValue& value) -> std::string {
  return to_hex(to_pickle(value));
}

// Each was read back by CPython 3.11's pickle.loads.
TEST(Pickle, Scalars_HaveTheirOpcodes) {
  EXPECT_EQ(base64_encode(to_pickle(PickleValue())), "gAROLg==");  // as Python writes None
  EXPECT_EQ(hex(true), "8004882e");
  EXPECT_EQ(hex(false), "8004892e");
  EXPECT_EQ(hex(std::int64_t{-2}), "80044afeffffff2e");
  EXPECT_EQ(hex(std::int64_t{1} << 40), "80048a0800000000000100002e");
  EXPECT_EQ(hex(1.5), "8004473ff80000000000002e");
  EXPECT_EQ(hex("hi"), "80048c0268692e");
}

TEST(Pickle, Containers_Nest) {
  EXPECT_EQ(hex(PickleValue::Tuple{}), "8004292e");
  EXPECT_EQ(hex(PickleValue::List{}), "80045d2e");
  EXPECT_EQ(hex(PickleValue::Dict{}), "80047d2e");
  EXPECT_EQ(hex(PickleValue::Dict{{"a", PickleValue::Tuple{{PickleValue("b"), PickleValue()}}}}),
            "80047d288c0161288c01624e74752e");
  EXPECT_EQ(hex(PickleValue::List{PickleValue(true)}), "80045d2888652e");
}

TEST(Pickle, LongText_UsesAFourByteCount) {
  const std::string pickle = to_pickle(std::string(300, 'x'));
  EXPECT_EQ(pickle.substr(2, 5), std::string("X\x2c\x01\0\0", 5));
  EXPECT_EQ(pickle.size(), 2 + 5 + 300 + 1U);
}

TEST(Pickle, BytesThatAreNotUtf8_BecomeReplacements) {
  EXPECT_EQ(hex("a\xff"), "80048c0461efbfbd2e");
}

TEST(Pickle, Json_MapsBothWays) {
  const auto json = parse_json(R"({"a":[1,2.5,null,true,"x"],"b":{}})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(PickleValue(*json).to_json(), *json);
}

}  // namespace
}  // namespace sky
