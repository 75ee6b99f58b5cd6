// Property: a configuration that is accepted can be merged with itself, and is then the same.
#include "base/assert.h"
#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = sky::parse_config({.text = text, .path = "f"});
  (void)sky::parse_config_flags({text});
  if (!config.ok()) return 0;
  const auto loaded = sky::Config::load({.user = sky::ConfigSource{text, "f"}});
  SKY_ASSERT(loaded.ok() && loaded->root() == *config);
  return 0;
}
