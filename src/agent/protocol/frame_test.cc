#include "agent/protocol/frame.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int;

namespace sky::agent {
namespace {

TEST(Frame, Encoded_IsLittleEndianWithLengthOfTypeChannelAndPayload) {
  std::string bytes;
  append_frame(bytes, FrameType::kData, 0x01020304, "hi");
  EXPECT_EQ(bytes, std::string("\x07\x00\x00\x00\x03\x04\x03\x02\x01hi", 11));
}

TEST(FrameDecoder, FedByteByByte_GivesTheSameFrames) {
  std::string bytes;
  append_frame(bytes, FrameType::kOpen, 1, "{}");
  append_frame(bytes, FrameType::kReset, 1, "");
  append_credit(bytes, 3, 0xABCDEF01);
  FrameDecoder decoder;
  std::vector<Frame> frames;
  for (const char byte : bytes) {
    decoder.feed(std::string_view(&byte, 1));
    auto next = decoder.next();
    ASSERT_TRUE(next.ok());
    if (next->has_value()) frames.push_back(**next);
  }
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0], (Frame{FrameType::kOpen, 1, "{}"}));
  EXPECT_EQ(frames[1], (Frame{FrameType::kReset, 1, ""}));
  EXPECT_EQ(parse_credit(frames[2]).value(), 0xABCDEF01U);
}

TEST(FrameDecoder, ManyFramesAtOnce_AllComeOutInOrder) {
  std::string bytes;
  for (std::uint32_t i = 0; i < 1000; ++i) append_frame(bytes, FrameType::kData, i, std::string(i % 7, 'x'));
  FrameDecoder decoder;
  decoder.feed(bytes);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    auto next = decoder.next();
    ASSERT_TRUE(next.ok() && next->has_value());
    EXPECT_EQ((**next), (Frame{FrameType::kData, i, std::string(i % 7, 'x')}));
  }
  EXPECT_FALSE(decoder.next().value().has_value());
}

TEST(FrameDecoder, TooLongForItsType_IsRefusedBeforeThePayloadArrives) {
  FrameDecoder decoder;
  const size_t length = kDataPayloadMaxBytes + 5 + 1;
  decoder.feed(std::string{static_cast<char>(length & 0xFF), static_cast<char>(length >> 8 & 0xFF),
                           static_cast<char>(length >> 16), 0, 3, 1, 0, 0, 0});
  EXPECT_EQ(decoder.next().error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(decoder.next().error().code, ErrorCode::kDataCorrupt);
}

TEST(FrameDecoder, UnknownType_IsRefused) {
  FrameDecoder decoder;
  decoder.feed(std::string_view("\x05\0\0\0\x07\0\0\0\0", 9));
  EXPECT_EQ(decoder.next().error().message, "expected a frame type from 1 to 6, found 7");
}

TEST(FrameDecoder, FuzzSeeds_HoldTheProperties) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SKY_SOURCE_DIR "/seeds")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  EXPECT_EQ(count, 7);
}

}  // namespace
}  // namespace sky::agent
