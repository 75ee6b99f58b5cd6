#include "seal/token.h"

#include <gtest/gtest.h>

namespace sky::seal {
namespace {

TEST(Token, EachOne_IsNewAndPlainText) {
  const std::string token = random_token();
  EXPECT_EQ(token.size(), 43U);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  EXPECT_NE(token, random_token());
}

TEST(Token, Digest_IsTheSameForEver) {
  EXPECT_EQ(token_digest("sky_abc"), token_digest("sky_abc"));
  EXPECT_NE(token_digest("sky_abc"), token_digest("sky_abd"));
  EXPECT_EQ(token_digest("").substr(0, 16), "0e5751c026e543b2");
}

TEST(Token, Comparison_IsOfContent) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace sky::seal
