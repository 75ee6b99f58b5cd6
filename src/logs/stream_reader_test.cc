#include "logs/stream_reader.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "logs/stream_writer.h"
#include "os/temp_dir.h"

namespace sky::logs {
namespace {

class StreamReaderTest : public testing::Test {
 protected:
  void write(std::string_view bytes, std::uint64_t segment_bytes_max = 64 << 20) {
    StreamWriter::open(base_, {.segment_bytes_max = segment_bytes_max}).value().append(bytes);
  }
  auto last_lines(std::uint64_t count) -> std::uint64_t {
    StreamReader reader(base_);
    EXPECT_TRUE(reader.refresh().ok());
    return reader.offset_of_last_lines(count).value();
  }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string base_ = dir_.file("run");
};

TEST_F(StreamReaderTest, MissingStream_IsEmpty) {
  StreamReader reader(base_);
  ASSERT_TRUE(reader.refresh().ok());
  EXPECT_EQ(reader.size_bytes(), 0U);
  EXPECT_EQ(*reader.read(0, 10), "");
  EXPECT_EQ(last_lines(5), 0U);
}

TEST_F(StreamReaderTest, Growth_IsSeenAcrossSegments) {
  StreamReader reader(base_);
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string bytes(static_cast<size_t>(i % 7), static_cast<char>('a' + i % 26));
    write(bytes, 5);
    expected += bytes;
    ASSERT_TRUE(reader.refresh().ok());
    ASSERT_EQ(reader.size_bytes(), expected.size());
  }
  for (size_t offset = 0; offset < expected.size(); ++offset) {
    const auto part = reader.read(offset, 1000);
    ASSERT_TRUE(part.ok());
    ASSERT_FALSE(part->empty());
    ASSERT_EQ(*part, expected.substr(offset, part->size()));
  }
}

TEST_F(StreamReaderTest, ShrunkSegment_IsCorrupt) {
  write("abcdef");
  StreamReader reader(base_);
  ASSERT_TRUE(reader.refresh().ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("run.log"), "abc").ok());
  const auto part = reader.read(4, 10);
  ASSERT_FALSE(part.ok());
  EXPECT_EQ(part.error().code, ErrorCode::kDataCorrupt);
}

TEST_F(StreamReaderTest, LastLines_CountLikeTail) {
  write("one\ntwo\nthree\n");
  EXPECT_EQ(last_lines(0), 14U);
  EXPECT_EQ(last_lines(1), 8U);
  EXPECT_EQ(last_lines(2), 4U);
  EXPECT_EQ(last_lines(3), 0U);
  EXPECT_EQ(last_lines(4), 0U);
  write("open");  // bytes after the last newline are a line
  EXPECT_EQ(last_lines(1), 14U);
  EXPECT_EQ(last_lines(2), 8U);
}

TEST_F(StreamReaderTest, LastLines_AgreeWithACountOverAllBytes) {
  std::string all;
  for (int i = 0; i < 3000; ++i) all += std::string(static_cast<size_t>(i % 97), 'x') + '\n';
  write(all, 10'000);
  std::vector<std::uint64_t> starts{0};
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    if (all[i] == '\n') starts.push_back(i + 1);
  }
  for (const std::uint64_t count : {1, 2, 500, 1500, 2999, 3000, 3001}) {
    const std::uint64_t expected = count >= starts.size() ? 0 : starts[starts.size() - count];
    EXPECT_EQ(last_lines(count), expected) << count;
  }
}

}  // namespace
}  // namespace sky::logs
