#include "files/sync.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "files/frames.h"
#include "files/walk.h"
#include "files/wire.h"
#include "os/temp_dir.h"
#include "testing/pipe_stream.h"

namespace sky::files {
namespace {

using async::SimLoop;
using async::TaskGroup;

auto send_into(async::ByteStream* stream, Tree tree, std::optional<Result<SendResult>>* slot) -> async::Task<> {
  slot->emplace(co_await send_files(*stream, std::move(tree)));
  stream->close();
}

auto receive_into(async::ByteStream* stream, std::string target, std::optional<Result<ReceiveResult>>* slot)
    -> async::Task<> {
  slot->emplace(co_await receive_files(*stream, std::move(target), Extra::kKeep));
  stream->close();
}

auto write_bytes(async::ByteStream* stream, std::string bytes) -> async::Task<> {
  const Result<> written = co_await stream->write_all(bytes);
  static_cast<void>(written);
  stream->close_write();
}

auto drain(async::ByteStream* stream, std::string* into) -> async::Task<> {
  *into = (co_await async::read_to_end(stream)).value_or(std::string());
}

auto frame(FrameType type, std::string_view payload = {}) -> std::string {
  std::string bytes(1, static_cast<char>(type));
  put_text(bytes, payload);
  return bytes;
}

auto number(std::uint32_t value) -> std::string {
  std::string bytes;
  put(bytes, value);
  return bytes;
}

class SyncTest : public testing::Test {
 protected:
  void put_file(const std::string& path, std::string_view text) {
    ASSERT_TRUE(os::make_dirs(os::parent_dir(source_ + "/" + path)).ok());
    ASSERT_TRUE(os::remove_file(source_ + "/" + path).ok());
    ASSERT_TRUE(os::append_file(source_ + "/" + path, text).ok());
  }
  void sync(const std::string& source, Manifest manifest) {
    auto [near, far] = async::make_pipe(1000);
    TaskGroup group(loop_);
    sent_.reset();
    received_.reset();
    group.spawn("send", send_into(near.get(), tree_of(source, std::move(manifest)), &sent_));
    group.spawn("receive", receive_into(far.get(), target_, &received_));
    loop_.run(group.join());
  }
  void sync() { sync(source_, walk(source_, Ignoring::kNothing)->manifest); }
  // What receive_files makes of `bytes`.
  auto receive_raw(std::string bytes) -> Result<ReceiveResult> {
    auto [near, far] = async::make_pipe();
    TaskGroup group(loop_);
    std::string answer;
    received_.reset();
    group.spawn("write", write_bytes(near.get(), std::move(bytes)));
    group.spawn("drain", drain(near.get(), &answer));
    group.spawn("receive", receive_into(far.get(), target_, &received_));
    loop_.run(group.join());
    return std::move(*received_);
  }

  SimLoop loop_;
  os::TempDir dir_ = os::TempDir::make().value();
  std::string source_ = dir_.file("source");
  std::string target_ = dir_.file("deep/target");
  std::optional<Result<SendResult>> sent_;
  std::optional<Result<ReceiveResult>> received_;
};

TEST_F(SyncTest, Directory_ArrivesWhole) {
  put_file("a/empty", "");
  put_file("a/big", std::string(200'000, 'b') + std::string("\0end", 4));
  put_file("exact", std::string(2 * kFrameBytesMax, 'e'));
  ASSERT_TRUE(os::replace_symlink("a/big", source_ + "/link").ok());
  sync();
  ASSERT_TRUE(sent_->ok()) << (*sent_).error().message;
  ASSERT_TRUE(received_->ok());
  EXPECT_EQ((*sent_)->files_sent, 3U);
  EXPECT_EQ((*sent_)->bytes_sent, 200'004U + 2 * kFrameBytesMax);
  EXPECT_EQ((*received_)->files_received, 3U);
  EXPECT_EQ(walk(target_, Ignoring::kNothing)->manifest.entries, walk(source_, Ignoring::kNothing)->manifest.entries);
  EXPECT_EQ(*os::read_file(target_ + "/a/big"), *os::read_file(source_ + "/a/big"));
  EXPECT_EQ(*os::read_file(target_ + "/exact"), *os::read_file(source_ + "/exact"));
}

TEST_F(SyncTest, SecondTime_OnlyChangesAreSent) {
  put_file("same", "same");
  put_file("changed", "old");
  sync();
  put_file("changed", "newer");
  put_file("added", "1");
  sync();
  ASSERT_TRUE(sent_->ok() && received_->ok());
  EXPECT_EQ((*sent_)->files_sent, 2U);
  EXPECT_EQ(*os::read_file(target_ + "/changed"), "newer");
  sync();
  EXPECT_EQ((*sent_)->files_sent, 0U);
}

TEST_F(SyncTest, SingleFile_ArrivesUnderItsNewName) {
  put_file("data.bin", "content");
  const std::string file = source_ + "/data.bin";
  sync(file, walk(file, Ignoring::kNothing)->manifest);
  ASSERT_TRUE(sent_->ok() && received_->ok());
  EXPECT_EQ(*os::read_file(target_), "content");
}

TEST_F(SyncTest, FileThatVanished_IsSkippedAndNoted) {
  put_file("a", "1");
  put_file("b", "2");
  Manifest manifest = walk(source_, Ignoring::kNothing)->manifest;
  ASSERT_TRUE(os::remove_file(source_ + "/a").ok());
  sync(source_, std::move(manifest));
  ASSERT_TRUE(sent_->ok() && received_->ok());
  EXPECT_EQ((*sent_)->files_sent, 1U);
  ASSERT_EQ((*sent_)->notes.size(), 1U);
  EXPECT_NE((*sent_)->notes[0].find("No such file"), std::string::npos);
  EXPECT_EQ(os::list_dir(target_)->size(), 1U);
}

TEST_F(SyncTest, ManyFiles_NeedSeveralFrames) {
  for (int i = 0; i < 1000; ++i) put_file(fmt::format("directory-with-a-long-name/file-{}", i), "x");
  sync();
  ASSERT_TRUE(sent_->ok() && received_->ok());
  EXPECT_EQ((*received_)->files_received, 1000U);
}

TEST_F(SyncTest, ReceiverThatFails_TellsTheSenderWhy) {
  put_file("f", "text");
  ASSERT_TRUE(os::make_dirs(target_ + "/f/full").ok());
  sync();
  ASSERT_FALSE(sent_->ok());
  EXPECT_EQ(sent_->error().code, ErrorCode::kConflict);
  EXPECT_EQ(sent_->error().message, "'" + target_ + "/f': expected a file, found a directory");
  EXPECT_FALSE(received_->ok());
}

TEST_F(SyncTest, HostileSender_IsRefused) {
  const Manifest escape{{{.path = "../escape", .mode = 0644}}};
  const std::string end = frame(FrameType::kManifestEnd);
  EXPECT_FALSE(receive_raw(frame(FrameType::kManifest, encode(escape)) + end).ok());
  EXPECT_FALSE(os::file_exists(dir_.file("deep/escape")));

  const Manifest fine{{{.path = "f", .size_bytes = 1, .mode = 0644}}};
  const std::string offer = frame(FrameType::kManifest, encode(fine)) + end;
  EXPECT_FALSE(receive_raw(offer + frame(FrameType::kFile, number(7))).ok());
  EXPECT_FALSE(receive_raw(offer + frame(FrameType::kBlock, "x")).ok());
  EXPECT_FALSE(receive_raw(offer + frame(FrameType::kAllSent)).ok());
  EXPECT_FALSE(receive_raw(offer + frame(FrameType::kFile, number(0)) + frame(FrameType::kBlock, "x")).ok());
  EXPECT_TRUE(os::list_dir(target_)->empty());
  EXPECT_FALSE(receive_raw(std::string("M\xff\xff\xff\x7f", 5)).ok());
  EXPECT_TRUE(receive_raw(offer + frame(FrameType::kFile, number(0)) + frame(FrameType::kBlock, "x") +
                          frame(FrameType::kFileEnd) + frame(FrameType::kAllSent))
                  .ok());
}

TEST_F(SyncTest, AlteredStream_NeverLeavesTheTarget) {
  ASSERT_TRUE(os::make_dirs(dir_.file("deep")).ok());
  const Manifest manifest{{{.path = "d", .type = EntryType::kDirectory, .mode = 0755},
                           {.path = "d/f", .size_bytes = 1, .mode = 0644},
                           {.path = "l", .type = EntryType::kSymlink, .mode = 0777, .link_target = "../.."}}};
  const std::string bytes = frame(FrameType::kManifest, encode(manifest)) + frame(FrameType::kManifestEnd) +
                            frame(FrameType::kFile, number(1)) + frame(FrameType::kBlock, "x") +
                            frame(FrameType::kFileEnd) + frame(FrameType::kAllSent);
  int finished = 0;
  for (int i = 0; i < 250; ++i) {
    std::string altered = bytes;
    altered[loop_.random_u64() % altered.size()] = static_cast<char>(loop_.random_u64());
    finished += receive_raw(std::move(altered)).ok();
    const auto outside = os::list_dir(dir_.file("deep"));
    ASSERT_LE(outside->size(), 1U);
    ASSERT_EQ(os::list_dir(dir_.path())->size(), 1U);
    ASSERT_TRUE(os::remove_tree(target_).ok());
  }
  EXPECT_GT(finished, 10);
  EXPECT_LT(finished, 250);
}

TEST_F(SyncTest, HostileReceiver_GetsNothingThatWasNotOffered) {
  put_file("f", "text");
  for (const std::string& answer : {frame(FrameType::kWanted, number(5)) + frame(FrameType::kWantedEnd),
                                    frame(FrameType::kWanted, "abc") + frame(FrameType::kWantedEnd),
                                    frame(FrameType::kWanted, number(0) + number(0)) + frame(FrameType::kWantedEnd),
                                    frame(FrameType::kBlock, "x"), std::string("W\xff\xff\xff\xff", 5)}) {
    auto [near, far] = async::make_pipe();
    TaskGroup group(loop_);
    std::string seen;
    sent_.reset();
    group.spawn("send", send_into(near.get(), tree_of(source_, walk(source_, Ignoring::kNothing)->manifest), &sent_));
    group.spawn("answer", write_bytes(far.get(), answer));
    group.spawn("drain", drain(far.get(), &seen));
    loop_.run(group.join());
    EXPECT_EQ(sent_->error().code, ErrorCode::kDataCorrupt);
    EXPECT_EQ(seen.find("text"), std::string::npos);
  }
}

}  // namespace
}  // namespace sky::files
