// Bytes of a native stream, fed whole and in small pieces: both ways must agree, and nothing may crash.
#include <cstdint>
#include <cstdlib>

#include "api/native_stream.h"

namespace {

using namespace sky::api;

auto decode_in_pieces(std::string_view bytes, size_t piece) -> std::vector<StreamRecord> {
  StreamDecoder decoder;
  std::vector<StreamRecord> records;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    decoder.feed(bytes.substr(at, piece));
    for (;;) {
      const auto record = decoder.next();
      if (!record.ok()) return records;
      if (!record->has_value()) break;
      records.push_back(**record);
    }
  }
  return records;
}

}  // namespace

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = decode_in_pieces(bytes, size == 0 ? 1 : size);
  const auto pieces = decode_in_pieces(bytes, 3);
  if (whole.size() != pieces.size()) std::abort();
  std::string again;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].type != pieces[i].type || whole[i].payload != pieces[i].payload) std::abort();
    append_record(again, whole[i].type, whole[i].payload);
    (void)decode_request_record(whole[i].payload);
    (void)decode_job_ref(whole[i].payload);
    (void)decode_end_record(whole[i].payload);
  }
  if (!bytes.starts_with(again)) std::abort();
  return 0;
}
