// Property: what parses is written in every style so that it parses to the same value.
#include "base/assert.h"
#include "format/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const auto parsed = sky::parse_json({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) return 0;
  for (const auto style : {sky::JsonStyle::kCompact, sky::JsonStyle::kPython, sky::JsonStyle::kIndented}) {
    const auto again = sky::parse_json(sky::to_json_text(*parsed, style));
    SKY_ASSERT(again.ok());
    SKY_ASSERT(*again == *parsed);
  }
  return 0;
}
