#include "api/native_stream.h"

#include <filesystem>

#include "api/testdata_test.h"

#define LLVMFuzzerTestOneInput fuzz_stream
#include "api/native_stream_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky::api {
namespace {

auto decode_all(std::string_view bytes, size_t piece) -> std::vector<StreamRecord> {
  StreamDecoder decoder;
  std::vector<StreamRecord> records;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    decoder.feed(bytes.substr(at, piece));
    for (;;) {
      const auto record = decoder.next();
      EXPECT_TRUE(record.ok());
      if (!record.ok() || !record->has_value()) break;
      records.push_back(**record);
    }
  }
  EXPECT_EQ(decoder.pending_bytes(), 0U);
  return records;
}

const JobRef kJob{.job_id = 3, .cluster_name = "c", .cluster_hash = "5c4b", .log_offset = 70'000};

auto sample_stream() -> std::string {
  std::string out;
  append_request(out, "5c4b");
  append_record(out, StreamRecordType::kStatus, "Launching");
  append_record(out, StreamRecordType::kOutput, "hi\n");
  append_job(out, kJob);
  append_record(out, StreamRecordType::kLog, std::string("\0\xff\n", 3));
  append_record(out, StreamRecordType::kHeartbeat, "");
  append_end(out, {.exit_code = 100,
                   .request_status = RequestStatus::kSucceeded,
                   .job_status = JobStatus::kFailed,
                   .return_value = JsonObject{{"job_id", 3}},
                   .error = make_error(ErrorCode::kCommandFailed, "m", "h")});
  return out;
}

TEST(NativeStream, AnyPieces_GiveTheSameRecords) {
  const std::string bytes = sample_stream();
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, bytes.size()}) {
    const auto records = decode_all(bytes, piece);
    ASSERT_EQ(records.size(), 7U);
    EXPECT_EQ(*decode_request_record(records[0].payload), "5c4b");
    EXPECT_EQ(records[1].payload, "Launching");
    EXPECT_EQ(*decode_job_ref(records[3].payload), kJob);
    EXPECT_EQ(records[4].payload, std::string("\0\xff\n", 3));
    EXPECT_EQ(records[5].type, StreamRecordType::kHeartbeat);
    const auto end = decode_end_record(records[6].payload);
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(end->exit_code, 100);
    EXPECT_EQ(end->job_status, JobStatus::kFailed);
    EXPECT_EQ(end->return_value.at("job_id").to_number<int>(), 3);
    EXPECT_EQ(end->error->hint, "h");
  }
}

TEST(NativeStream, Wire_IsAsDescribed) {
  std::string out;
  append_record(out, StreamRecordType::kOutput, "ab");
  EXPECT_EQ(out, std::string("O\x02\0\0\0ab", 7));
}

TEST(NativeStream, LongOutput_IsSplit) {
  const std::string text(kStreamRecordSizeMaxBytes + 1, 'x');
  std::string out;
  append_record(out, StreamRecordType::kLog, text);
  const auto records = decode_all(out, out.size());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].payload, "x");
}

TEST(NativeStream, TornRecord_IsPending) {
  StreamDecoder decoder;
  decoder.feed(sample_stream().substr(0, 10));
  EXPECT_FALSE(decoder.next()->has_value());
  EXPECT_EQ(decoder.pending_bytes(), 10U);
}

TEST(NativeStream, UnknownTypeOrHugeLength_IsCorrupt) {
  for (const std::string_view bytes : {std::string_view("X\0\0\0\0", 5), std::string_view("L\xff\xff\xff\xff", 5)}) {
    StreamDecoder decoder;
    decoder.feed(bytes);
    EXPECT_EQ(decoder.next().error().code, ErrorCode::kDataCorrupt);
  }
}

TEST(NativeStream, BadPayloads_AreCorrupt) {
  EXPECT_EQ(decode_request_record("{}").error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(decode_job_ref("[]").error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(decode_job_ref(R"({"job_id":3,"cluster_name":"c","cluster_hash":"5","log_offset":-1})").error().code,
            ErrorCode::kDataCorrupt);
  EXPECT_EQ(decode_end_record("nonsense").error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(decode_end_record(R"({"exit_code":"0"})").error().code, ErrorCode::kDataCorrupt);
}

TEST(NativeStream, ManyRecords_KeepTheBufferSmall) {
  StreamDecoder decoder;
  std::string record;
  append_record(record, StreamRecordType::kLog, std::string(1000, 'x'));
  for (int i = 0; i < 5000; ++i) {
    decoder.feed(record);
    ASSERT_TRUE(decoder.next()->has_value());
  }
  EXPECT_EQ(decoder.pending_bytes(), 0U);
}

TEST(FuzzSeeds, Stream_Hold) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testdata_path("fuzz_native_stream"))) {
    const std::string bytes = read_testdata("fuzz_native_stream/" + entry.path().filename().string());
    fuzz_stream(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  EXPECT_GT(count, 5U);
}

}  // namespace
}  // namespace sky::api
