#include "logs/stream_writer.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

#include "logs/stream_reader.h"
#include "os/temp_dir.h"

namespace sky::logs {
namespace {

auto read_all(const std::string& base) -> std::string {
  StreamReader reader(base);
  EXPECT_TRUE(reader.refresh().ok());
  std::string all;
  while (all.size() < reader.size_bytes()) {
    const auto part = reader.read(all.size(), 1 << 20);
    EXPECT_TRUE(part.ok());
    if (!part.ok()) break;
    all += *part;
  }
  return all;
}

class StreamWriterTest : public testing::Test {
 protected:
  auto open(WriterOptions options = {}) -> StreamWriter { return StreamWriter::open(base_, options).value(); }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string base_ = dir_.file("run");
};

TEST_F(StreamWriterTest, AnyBytes_ComeBackExactly) {
  auto writer = open();
  const std::string bytes("a\0\xff\xfe\r\nno newline at the end", 27);
  EXPECT_TRUE(writer.append(bytes));
  EXPECT_TRUE(writer.append(""));
  EXPECT_EQ(writer.size_bytes(), bytes.size());
  EXPECT_EQ(read_all(base_), bytes);
  EXPECT_EQ(os::stat_file(dir_.file("run.log"))->mode, 0600U);
}

TEST_F(StreamWriterTest, FullSegment_IsFollowedByOneNamedByItsOffset) {
  auto writer = open({.segment_bytes_max = 4});
  writer.append("abcdefghij");
  EXPECT_EQ(*os::read_file(dir_.file("run.log")), "abcd");
  EXPECT_EQ(*os::read_file(dir_.file("run.4.log")), "efgh");
  EXPECT_EQ(*os::read_file(dir_.file("run.8.log")), "ij");
  EXPECT_EQ(read_all(base_), "abcdefghij");
}

TEST_F(StreamWriterTest, Reopened_GoesOnAtTheEnd) {
  const WriterOptions options{.segment_bytes_max = 4};
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    auto writer = open(options);
    EXPECT_EQ(writer.size_bytes(), expected.size());
    const std::string bytes(static_cast<size_t>(i % 3 + 1), static_cast<char>('a' + i));
    writer.append(bytes);
    expected += bytes;
  }
  EXPECT_EQ(read_all(base_), expected);
}

TEST_F(StreamWriterTest, StaleLaterSegment_IsOverwritten) {
  ASSERT_TRUE(os::append_file(dir_.file("run.4.log"), "lost future").ok());
  auto writer = open({.segment_bytes_max = 4});
  writer.append("abcdef");
  EXPECT_EQ(read_all(base_), "abcdef");
}

TEST_F(StreamWriterTest, AppendAt_SkipsWhatIsThereAndRefusesGaps) {
  auto writer = open();
  EXPECT_TRUE(writer.append_at(0, "abc").ok());
  EXPECT_TRUE(writer.append_at(1, "bcde").ok());
  EXPECT_TRUE(writer.append_at(0, "ab").ok());
  const Result<> gap = writer.append_at(6, "g");
  ASSERT_FALSE(gap.ok());
  EXPECT_EQ(gap.error().code, ErrorCode::kConflict);
  EXPECT_EQ(read_all(base_), "abcde");
}

TEST_F(StreamWriterTest, Finish_LeavesTheExitStatus) {
  StreamReader reader(base_);
  {
    auto writer = open();
    EXPECT_FALSE(reader.end()->has_value());
    ASSERT_TRUE(writer.finish(42).ok());
  }
  ASSERT_TRUE(reader.end()->has_value());
  EXPECT_EQ((*reader.end())->exit_status, 42);
  auto again = open();
  EXPECT_FALSE(reader.end()->has_value());
  ASSERT_TRUE(again.finish(std::nullopt).ok());
  ASSERT_TRUE(reader.end()->has_value());
  EXPECT_EQ((*reader.end())->exit_status, std::nullopt);
}

// While it lives no file of this process can grow beyond `bytes`: a disk that is full, for anyone.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit old_{};
};

TEST_F(StreamWriterTest, WriteThatFails_LeavesAMarkerWhenThereIsRoom) {
  auto writer = open();
  {
    const FileSizeLimit limit(8);
    EXPECT_FALSE(writer.append("0123456789"));
    EXPECT_FALSE(writer.append("abc\n"));
  }
  EXPECT_EQ(writer.dropped_bytes(), 6U);
  EXPECT_FALSE(writer.append("more\n"));
  EXPECT_TRUE(writer.append("and more\n"));
  EXPECT_EQ(read_all(base_), "01234567\n[sky: 6 bytes of output dropped: File too large]\nmore\nand more\n");
}

TEST_F(StreamWriterTest, MarkerThatFitsInPart_IsCompletedAndCountedAnew) {
  auto writer = open();
  {
    const FileSizeLimit limit(4);
    writer.append("ab\ncd");
  }
  {
    const FileSizeLimit limit(9);
    EXPECT_FALSE(writer.append("xyz\n"));
  }
  writer.append("tail\n");
  EXPECT_EQ(
      read_all(base_),
      "ab\nc\n[sky: 1 bytes of output dropped: File too large]\n[sky: 4 bytes of output dropped: File too large]\n"
      "tail\n");
}

TEST_F(StreamWriterTest, Finish_WritesAnOwedMarker) {
  auto writer = open();
  {
    const FileSizeLimit limit(3);
    writer.append("abcdef");
  }
  ASSERT_TRUE(writer.finish(1).ok());
  EXPECT_EQ(read_all(base_), "abc\n[sky: 3 bytes of output dropped: File too large]\n");
}

TEST_F(StreamWriterTest, AppendAtOnAFullDisk_SaysWhereToGoOn) {
  auto writer = open();
  {
    const FileSizeLimit limit(3);
    EXPECT_FALSE(writer.append_at(0, "abcdef").ok());
    EXPECT_EQ(writer.size_bytes(), 3U);
  }
  EXPECT_TRUE(writer.append_at(0, "abcdef").ok());
  EXPECT_EQ(read_all(base_), "abcdef");
}

TEST_F(StreamWriterTest, FullDisk_DropsWithTheKernelsWords) {
  if (::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "needs the right to mount a small tmpfs: " << std::strerror(errno);
  }
  const std::string ballast = dir_.file("ballast");
  ASSERT_TRUE(os::append_file(ballast, std::string(40'000, 'b')).ok());
  {
    auto writer = open();
    EXPECT_FALSE(writer.append(std::string(40'000, 'x') + "\n"));
    const std::uint64_t dropped = writer.dropped_bytes();
    EXPECT_GT(dropped, 0U);
    ASSERT_TRUE(os::remove_file(ballast).ok());
    writer.append("more\n");
    const std::string all = read_all(base_);
    EXPECT_TRUE(
        all.ends_with(fmt::format("x\n[sky: {} bytes of output dropped: No space left on device]\nmore\n", dropped)));
  }
  ::umount2(dir_.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace sky::logs
