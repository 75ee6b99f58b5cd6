// Property: no input crashes, and every name that is found is not empty.
#include "base/assert.h"
#include "format/dotenv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const auto file = sky::parse_dotenv({reinterpret_cast<const char*>(data), size});
  for (const auto& [name, value] : file.values) SKY_ASSERT(!name.empty());
  return 0;
}
