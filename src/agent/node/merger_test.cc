#include "agent/node/merger.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "async/sim_loop.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

const SourceId kHead{Phase::kRun, 0};
const SourceId kWorker{Phase::kRun, 1};

auto prefix_of(SourceId source, int pid) -> std::string {
  return fmt::format("({},{}) ", source.rank, pid);
}

// No file of this process grows beyond `bytes` until it is lifted.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  auto operator=(const FileSizeLimit&) -> FileSizeLimit& = delete;
  ~FileSizeLimit() { lift(); }
  void lift() const { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class MergerTest : public testing::Test {
 protected:
  MergerTest() : dir_(os::TempDir::make().value()) { open(); }

  void open() {
    merger_.reset();
    hub_ = std::make_unique<logs::Hub>(logs::StreamWriter::open(dir_.file("run")).value());
    merger_ = Merger::open(dir_.file("record"), *hub_, "begin\n", prefix_of).value();
  }
  void add(SourceId source, std::string text) {
    EXPECT_TRUE(loop_.run(merger_->add(source, 7 + source.rank, std::move(text))).ok());
  }
  auto text() -> std::string { return os::read_file(dir_.file("run.log")).value(); }
  auto record() -> std::string { return os::read_file(dir_.file("record")).value(); }

  async::SimLoop loop_;
  os::TempDir dir_;
  std::unique_ptr<logs::Hub> hub_;
  std::unique_ptr<Merger> merger_;
};

TEST_F(MergerTest, TwoRanks_AreMergedByLines) {
  add(kHead, "a1\na");
  add(kWorker, "b1\n");
  add(kHead, "2\n");
  EXPECT_EQ(text(), "begin\n(0,7) a1\n(1,8) b1\n(0,7) a2\n");
}

TEST_F(MergerTest, LastLineWithoutEnd_IsFlushedWhenTheRankIsOver) {
  add(kHead, "half");
  EXPECT_EQ(text(), "begin\n");
  EXPECT_TRUE(loop_.run(merger_->finish_source(kHead)).ok());
  EXPECT_TRUE(loop_.run(merger_->finish("bye\n", 0)).ok());
  EXPECT_EQ(text(), "begin\n(0,7) half\nbye\n");
  EXPECT_TRUE(hub_->finished());
}

TEST_F(MergerTest, AnyBytes_ComeThrough) {
  add(kHead, std::string("\0\xff\r\x1b[0m\n", 8));
  EXPECT_EQ(text(), "begin\n(0,7) " + std::string("\0\xff\r\x1b[0m\n", 8));
}

TEST_F(MergerTest, LineTooLongToHold_HasOnePrefix) {
  const std::string big(kHeldLineMaxBytes + 1, 'x');
  add(kHead, big);
  add(kHead, big + "\n");
  EXPECT_EQ(text(), "begin\n(0,7) " + big + big + "\n");
}

TEST_F(MergerTest, LongLineInterruptedByAnotherRank_IsBroken) {
  const std::string big(kHeldLineMaxBytes + 1, 'x');
  add(kHead, big);
  add(kWorker, "b\n");
  add(kHead, "end\n");
  EXPECT_EQ(text(), "begin\n(0,7) " + big + "\n(1,8) b\n(0,7) end\n");
}

TEST_F(MergerTest, Restart_GoesOnWhereItWas) {
  add(kHead, "a1\nhal");
  add(kWorker, "b1\n");
  open();
  ASSERT_TRUE(merger_->unfinished());
  EXPECT_TRUE(loop_.run(merger_->redo("b1\n")).ok());
  EXPECT_EQ(merger_->offset_of(kHead), 3U);
  EXPECT_EQ(merger_->offset_of(kWorker), 3U);
  add(kHead, "half\n");
  EXPECT_EQ(text(), "begin\n(0,7) a1\n(1,8) b1\n(0,7) half\n");
}

// The process may die at any byte of the record and of the stream.
TEST_F(MergerTest, KilledAnywhere_NothingIsLostOrDoubled) {
  const std::string source = "one\ntwo\nthree\n";
  add(kHead, "one\n");
  const std::string first_record = record();
  const std::string first_text = text();
  add(kHead, "two\nthree\n");
  const std::string full_record = record();
  const std::string full_text = text();
  for (size_t record_size = first_record.size(); record_size <= full_record.size(); ++record_size) {
    const bool whole = record_size == full_record.size();
    for (size_t text_size = first_text.size(); text_size <= (whole ? full_text.size() : first_text.size());
         ++text_size) {
      merger_.reset();
      hub_.reset();
      ASSERT_TRUE(os::write_file_atomic(dir_.file("record"), full_record.substr(0, record_size)).ok());
      ASSERT_TRUE(os::write_file_atomic(dir_.file("run.log"), full_text.substr(0, text_size)).ok());
      open();
      const MergeEntry entry = *merger_->unfinished();
      ASSERT_TRUE(loop_.run(merger_->redo(source.substr(entry.from, entry.to - entry.from))).ok());
      add(kHead, source.substr(merger_->offset_of(kHead)));
      ASSERT_EQ(text(), full_text) << record_size << " " << text_size;
    }
  }
}

TEST_F(MergerTest, LastEntryWhoseBytesAreLost_LeavesWholeLines) {
  add(kWorker, "b1\nb2\n");
  merger_.reset();
  hub_.reset();
  ASSERT_TRUE(os::write_file_atomic(dir_.file("run.log"), "begin\n(1,8) b1\n(1,").ok());
  open();
  EXPECT_TRUE(loop_.run(merger_->give_up()).ok());
  EXPECT_FALSE(merger_->unfinished());
  add(kHead, "a1\n");
  EXPECT_EQ(text(), "begin\n(1,8) b1\n(1,\n(0,7) a1\n");
}

// A file that may not grow stands for a full disk; the record is cut in the middle of an entry.
TEST_F(MergerTest, FullDisk_MakesMergingWaitAndLosesNothing) {
  add(kHead, "a1\n");
  ASSERT_EQ(record().size(), kMergeEntryBytes);
  {
    const FileSizeLimit limit(kMergeEntryBytes + 10);
    async::TaskGroup tasks(loop_);
    tasks.spawn("add", merger_->add(kHead, 7, "a2\n"));
    loop_.advance(std::chrono::seconds(5));
    EXPECT_EQ(record().size(), kMergeEntryBytes);
    EXPECT_EQ(text(), "begin\n(0,7) a1\n");
    limit.lift();
    loop_.advance(std::chrono::seconds(5));
    EXPECT_EQ(tasks.size(), 0U);
  }
  add(kWorker, "b1\n");
  EXPECT_TRUE(loop_.run(merger_->finish("bye\n", 0)).ok());
  EXPECT_EQ(text(), "begin\n(0,7) a1\n(0,7) a2\n(1,8) b1\nbye\n");
}

TEST_F(MergerTest, CutEntry_DoesNotShiftTheNext) {
  add(kHead, "a1\n");
  ASSERT_TRUE(os::append_file(dir_.file("record"), "half an entry").ok());
  open();
  ASSERT_TRUE(loop_.run(merger_->redo("a1\n")).ok());
  add(kHead, "a2\n");
  open();
  EXPECT_EQ(merger_->unfinished()->from, 3U);
}

TEST(MergeEntry, Encoded_ReadsBack) {
  const MergeEntry entry{.source = {Phase::kSetup, 3},
                         .mid_line = true,
                         .break_before = false,
                         .break_after = true,
                         .pid = 4000000,
                         .from = 1ULL << 40U,
                         .to = (1ULL << 40U) + 5,
                         .at = 77};
  EXPECT_EQ(encode_entry(entry).size(), kMergeEntryBytes);
  EXPECT_EQ(decode_entry(encode_entry(entry)), entry);
}

}  // namespace
}  // namespace sky::agent
