#include "format/csv.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

using Rows = std::vector<std::vector<std::string>>;

auto read(std::string_view text) -> Result<Rows> {
  CsvReader reader(text, "f.csv");
  Rows rows;
  std::vector<std::string_view> fields;
  for (;;) {
    SKY_TRY(const bool any, reader.next(fields));
    if (!any) return rows;
    rows.emplace_back(fields.begin(), fields.end());
  }
}

auto message(std::string_view text) -> std::string {
  const auto rows = read(text);
  return rows.ok() ? "" : rows.error().message;
}

TEST(Csv, Fields) {
  EXPECT_EQ(*read(""), Rows{});
  EXPECT_EQ(*read("a,b\n1,\n"), (Rows{{"a", "b"}, {"1", ""}}));
  EXPECT_EQ(*read("a,b\r\n1,2\r3,4"), (Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(*read("\xEF\xBB\xBF"
                  "a\n"),
            (Rows{{"a"}}));
  EXPECT_EQ(*read("a,"), (Rows{{"a", ""}}));
}

TEST(Csv, Quotes) {
  EXPECT_EQ(*read("\"a,\"\"b\"\"\",c\n"), (Rows{{"a,\"b\"", "c"}}));
  EXPECT_EQ(*read("\"a\nb\",c\n"), (Rows{{"a\nb", "c"}}));
  EXPECT_EQ(*read("\"a\"b,c\"d\"\n"), (Rows{{"ab", "c\"d\""}}));
  EXPECT_EQ(*read("\"\",\"\"\n"), (Rows{{"", ""}}));
}

TEST(Csv, BlankLines_AreSkipped) {
  EXPECT_EQ(*read("\n\na\n  \n\t\nb\n\n"), (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(*read(" a\n"), (Rows{{" a"}}));
}

TEST(Csv, Mistakes_NameTheLine) {
  EXPECT_EQ(message("a\n\"b\n\n"), "f.csv:2: a quoted field never ends");
  EXPECT_EQ(message(std::string_view("a\nb\0c\n", 6)), "f.csv:2: a NUL byte: this is no text file");
  EXPECT_EQ(message("a\n\n\xff\n"), "f.csv:3: bytes that are not UTF-8");
  EXPECT_EQ(message("\"x\ny\"\n\"\xff\"\n"), "f.csv:3: bytes that are not UTF-8");
  EXPECT_EQ(message(std::string(2000, ',')), "f.csv:1: more than 1024 fields");
  EXPECT_EQ(message(std::string(kCsvFieldSizeMaxBytes + 1, 'x')), "f.csv:1: a field is longer than 1 MiB");
  EXPECT_EQ(message("\"" + std::string(kCsvFieldSizeMaxBytes + 2, 'x')), "f.csv:1: a field is longer than 1 MiB");
}

TEST(Csv, Error_IsTheEnd) {
  CsvReader reader(std::string_view("\0\nb\n", 4), "f");
  std::vector<std::string_view> fields;
  EXPECT_FALSE(reader.next(fields).ok());
  EXPECT_FALSE(*reader.next(fields));
}

TEST(Csv, Missing) {
  for (const auto text : {"", "NA", "nan", "NULL", "None", "<NA>", "#N/A N/A"})
    EXPECT_TRUE(is_csv_missing(text)) << text;
  for (const auto text : {"none", "0", " ", "nAn", "N/A/N/A/N"}) EXPECT_FALSE(is_csv_missing(text)) << text;
}

}  // namespace
}  // namespace sky
