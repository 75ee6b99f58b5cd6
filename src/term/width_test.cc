#include "term/width.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

TEST(Width, PlainText_CountsCharacters) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("sky-cmd"), 7U);
}

TEST(Width, WideAndCombining_MatchesTerminals) {
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("⚙\uFE0E"), 1U);
  EXPECT_EQ(display_width("⚙\uFE0F"), 2U);
  EXPECT_EQ(display_width("📋x"), 3U);
}

TEST(Width, JoinedEmoji_IsOneCharacterWide) {
  EXPECT_EQ(display_width("👍🏽"), 2U);
  EXPECT_EQ(display_width("👩\u200D🚀!"), 3U);
}

TEST(Width, ColoursAndControls_TakeNoRoom) {
  EXPECT_EQ(display_width("\033[32mUP\033[0m"), 2U);
  EXPECT_EQ(display_width("\033[1m\033[36m\033[0m"), 0U);
  EXPECT_EQ(display_width("a\tb"), 2U);
}

TEST(Width, MalformedBytes_CountOneEach) {
  EXPECT_EQ(display_width("a\xff\xfe"), 3U);
  EXPECT_EQ(display_width("\xe6\x97"), 2U);
}

TEST(PadRight, ShorterAndLonger_PadsOnlyTheShorter) {
  EXPECT_EQ(pad_right("日", 4), "日  ");
  EXPECT_EQ(pad_right("abcde", 4), "abcde");
}

TEST(FirstCharacters, MultibyteText_CountsCodePoints) {
  EXPECT_EQ(first_characters("äöü", 2), "äö");
  EXPECT_EQ(first_characters("ab", 5), "ab");
}

TEST(TruncateMiddle, LongText_KeepsBothEnds) {
  EXPECT_EQ(truncate_middle("gke_my-project_us-central1-a_cluster-1", 25), "gke_my-proj...a_cluster-1");
  EXPECT_EQ(truncate_middle("gke_my-project_us-central1-a_cluster-1", 24), "gke_my-proj..._cluster-1");
  EXPECT_EQ(truncate_middle("exactly-twenty-five-chars", 25), "exactly-twenty-five-chars");
  EXPECT_EQ(truncate_middle("abcdef", 4), "a...");
  EXPECT_EQ(truncate_middle("abcdef", 2), "...");
}

TEST(TruncateMiddle, MultibyteText_CutsBetweenCharacters) {
  EXPECT_EQ(truncate_middle("ääääöööö", 7), "ää...öö");
}

TEST(TruncateEnd, OneWord_CutsAtTheLimit) {
  EXPECT_EQ(truncate_end("abcdefgh", 5), "abcde...");
  EXPECT_EQ(truncate_end("abcde", 5), "abcde");
}

// Recorded from truncate_long_string of skypilot 0.14.1.
TEST(TruncateEnd, ManyWords_DoesNotCountBlanks) {
  EXPECT_EQ(truncate_end("cc   cb       a bc  c", 5), "cc   cb      ...");
  EXPECT_EQ(truncate_end("ba a   ac  cb a aaac a cb ca b   b bcb  a  cabcc a", 25),
            "ba a   ac  cb a aaac a cb ca b   b bcb  a ...");
  EXPECT_EQ(truncate_end("sky launch -c train --gpus H100:8 train.yaml", 25), "sky launch -c train --gpus...");
}

TEST(TruncateColumns, WideCharacters_NeverExceedTheRoom) {
  EXPECT_EQ(truncate_columns("日本語日本語", 9), "日本語...");
  EXPECT_EQ(truncate_columns("日本語日本語", 8), "日本...");
  EXPECT_EQ(truncate_columns("\033[1mabcdef\033[0m", 5), "ab...");
  EXPECT_EQ(truncate_columns("abc", 3), "abc");
  EXPECT_EQ(truncate_columns("abcd", 2), "..");
}

}  // namespace
}  // namespace sky::term
