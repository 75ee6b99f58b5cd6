#include "server/output_sorter.h"

#include <gtest/gtest.h>

#include "api/control.h"
#include "api/native_stream.h"

namespace sky::server {
namespace {

// "O<a\n>S<x>": each record as its type and payload.
auto shown(std::string_view records) -> std::string {
  api::StreamDecoder decoder;
  decoder.feed(records);
  std::string text;
  for (;;) {
    const auto record = decoder.next();
    EXPECT_TRUE(record.ok());
    if (!record.ok() || !record->has_value()) break;
    text += static_cast<char>((*record)->type);
    text += "<" + (*record)->payload + ">";
  }
  EXPECT_EQ(decoder.pending_bytes(), 0U);
  return text;
}

auto sorted(std::string_view bytes, std::uint64_t skip_bytes, size_t piece) -> std::string {
  OutputSorter sorter(skip_bytes);
  std::string records;
  for (size_t at = 0; at < bytes.size(); at += piece) sorter.feed(bytes.substr(at, piece), records);
  sorter.finish(records);
  return shown(records);
}

const std::string kStream = "one\n" + api::control_line(api::Control::kStart, "Launching") + "two\n" +
                            api::control_line(api::Control::kUpdate, "Syncing") +
                            api::control_line(api::Control::kStop) + "end";

TEST(OutputSorter, AnyPieces_GiveTheSameRecords) {
  for (const size_t piece : {size_t{1}, size_t{5}, kStream.size()}) {
    EXPECT_EQ(sorted(kStream, 0, piece), "O<one\n>S<Launching>O<two\n>S<Syncing>S<>O<end>") << piece;
  }
}

TEST(OutputSorter, Skip_CountsOutputOnly) {
  EXPECT_EQ(sorted(kStream, 4, 3), "S<Launching>O<two\n>S<Syncing>S<>O<end>");
  EXPECT_EQ(sorted(kStream, 6, 3), "S<Launching>O<o\n>S<Syncing>S<>O<end>");
  EXPECT_EQ(sorted(kStream, 11, 3), "S<Launching>S<Syncing>S<>");
  EXPECT_EQ(sorted(kStream, 900, 3), "S<Launching>S<Syncing>S<>");
}

TEST(OutputSorter, Heartbeats_AreDropped) {
  EXPECT_EQ(sorted(api::control_line(api::Control::kHeartbeat) + "a\n", 0, 100), "O<a\n>");
}

TEST(OutputSorter, UnendedLine_WaitsForItsEnd) {
  OutputSorter sorter(0);
  std::string records;
  sorter.feed("half", records);
  EXPECT_EQ(records, "");
  sorter.feed(" line\n", records);
  EXPECT_EQ(shown(records), "O<half line\n>");
}

}  // namespace
}  // namespace sky::server
