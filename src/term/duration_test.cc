#include "term/duration.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/strings.h"

namespace sky::term {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNow{seconds{1764000000}};

TEST(FormatAgo, RecordedSpans_MatchTheOriginal) {
  std::ifstream file(SKY_SOURCE_DIR "/testdata/durations.golden");
  std::string line;
  std::getline(file, line);
  int lines = 0;
  while (std::getline(file, line)) {
    const auto fields = split(line, '|');
    ASSERT_EQ(fields.size(), 4U) << line;
    const WallTime start = from_epoch_seconds(parse_double(fields[0]).value());
    const WallTime end = from_epoch_seconds(parse_double(fields[1]).value());
    EXPECT_EQ(format_ago(start, end), fields[2]) << line;
    EXPECT_EQ(format_span(start, end), fields[3]) << line;
    ++lines;
  }
  EXPECT_GT(lines, 400);
}

TEST(FormatAgo, NoStart_IsADash) {
  EXPECT_EQ(format_ago(std::nullopt, kNow), "-");
  EXPECT_EQ(format_span(std::nullopt, kNow), "-");
}

TEST(FormatAgo, StartInTheFuture_SaysIn) {
  EXPECT_EQ(format_ago(kNow + seconds{100}, kNow), "in 1 min");
  EXPECT_EQ(format_ago(kNow + seconds{3}, kNow), "in a few secs");
}

TEST(FormatSpan, PlainDuration_CountsFromTheEpoch) {
  EXPECT_EQ(format_span(Duration::zero()), "-");
  EXPECT_EQ(format_span(milliseconds{500}), "< 1s");
  EXPECT_EQ(format_span(seconds{280}), "4m 40s");
  EXPECT_EQ(format_span(seconds{3000}), "50m");
  EXPECT_EQ(format_span(days{31}), "1mo");
  EXPECT_EQ(format_span(days{28}), "4w");
}

}  // namespace
}  // namespace sky::term
