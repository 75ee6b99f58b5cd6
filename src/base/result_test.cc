#include "base/result.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace sky {
namespace {

auto half(int n) -> Result<int> {
  if (n % 2 != 0) return make_error(ErrorCode::kInvalidArgument, "expected an even number, found 3", "try 4");
  return n / 2;
}

auto quarter(int n) -> Result<int> {
  SKY_TRY(const int h, half(n));
  SKY_CHECK(half(h));
  return h / 2;
}

TEST(Result, TryMacros_PassValueOrReturnError) {
  ASSERT_TRUE(quarter(8).ok());
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(quarter(3).error().hint, "try 4");
}

TEST(Result, MoveOnlyValue_MovesOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 7);
}

TEST(Error, WithContext_KeepsCodeAndHint) {
  const Error error = make_error(ErrorCode::kIo, "no such file", "create it").with_context("a.yaml");
  EXPECT_EQ(error.code, ErrorCode::kIo);
  EXPECT_EQ(to_string(error), "a.yaml: no such file (create it)");
}

TEST(ErrorTable, EveryCode_HasItsRowAtItsIndex) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(traits_of(code).code, code);
    EXPECT_EQ(error_code_from_name(traits_of(code).name), code);
  }
  EXPECT_FALSE(error_code_from_name("NO_SUCH").has_value());
}

}  // namespace
}  // namespace sky
