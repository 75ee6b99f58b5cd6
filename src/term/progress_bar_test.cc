#include "term/progress_bar.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

TEST(ProgressBar, Parts) {
  constexpr std::uint64_t kMib = 1U << 20U;
  EXPECT_EQ(progress_bar({0, 4 * kMib}, 4), "       0%  0.0/4.0 MiB");
  EXPECT_EQ(progress_bar({2 * kMib, 4 * kMib}, 4), "━━    50%  2.0/4.0 MiB");
  EXPECT_EQ(progress_bar({4 * kMib, 4 * kMib}, 4), "━━━━ 100%  4.0/4.0 MiB");
}

TEST(ProgressBar, MoreThanAnnounced_StaysFull) {
  EXPECT_EQ(progress_bar({8 << 20, 4 << 20}, 2), "━━ 100%  8.0/4.0 MiB");
}

TEST(ProgressBar, TotalUnknown_IsAnAmount) {
  EXPECT_EQ(progress_bar({3 << 19, {}}), "1.5 MiB");
  EXPECT_EQ(progress_bar({0, 0}), "0.0 MiB");
}

}  // namespace
}  // namespace sky::term
