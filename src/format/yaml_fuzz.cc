// Property: what parses and has a JSON form is written as YAML that reads back to the same JSON.
#include "base/assert.h"
#include "format/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const auto stream = sky::parse_yaml({reinterpret_cast<const char*>(data), size}, "f");
  if (!stream.ok()) return 0;
  for (const auto* document : stream->documents()) {
    const auto json = sky::to_json(*document);
    if (!json.ok()) continue;
    const auto again = sky::parse_yaml(sky::to_yaml_text(*json), "g");
    SKY_ASSERT(again.ok());
    SKY_ASSERT(again->documents().size() == 1);
    const auto json_again = sky::to_json(*again->documents()[0]);
    SKY_ASSERT(json_again.ok());
    SKY_ASSERT(*json_again == *json);
  }
  return 0;
}
