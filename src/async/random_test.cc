#include "async/random.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

TEST(Uniform, ManyDraws_FillTheUnitInterval) {
  SimLoop loop;
  double least = 1;
  double most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double draw = uniform(loop);
    least = std::min(least, draw);
    most = std::max(most, draw);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.99);
  EXPECT_LT(most, 1);
}

TEST(RandomUuid, DrawnTwice_DiffersAndIsOfVersionFour) {
  SimLoop loop;
  const std::string first = random_uuid(loop);
  EXPECT_EQ(first.size(), 36U);
  EXPECT_EQ(first[14], '4');
  EXPECT_NE(first, random_uuid(loop));
}

}  // namespace
}  // namespace sky::async
