// Property: what a small language accepts, it accepts again in the form in which it is written.
#include "base/assert.h"
#include "task/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cpus = sky::parse_cpus(text); cpus.ok()) SKY_ASSERT(sky::parse_cpus(cpus->text).ok());
  if (const auto memory = sky::parse_memory(text); memory.ok()) {
    const auto again = sky::parse_memory(memory->text);
    SKY_ASSERT(again.ok() && again->value == memory->value && again->at_least == memory->at_least);
  }
  if (const auto ports = sky::parse_ports({std::string(text)}); ports.ok()) {
    SKY_ASSERT(*sky::parse_ports(*ports) == *ports);
  }
  if (const auto disk = sky::normalize_local_disk(text); disk.ok()) {
    SKY_ASSERT(*sky::normalize_local_disk(*disk) == *disk);
  }
  if (const auto infra = sky::parse_infra(text); infra.ok()) {
    sky::Resources resources{.infra = infra->infra, .region = infra->region, .zone = infra->zone};
    const auto again = sky::parse_infra(sky::infra_text(resources));
    SKY_ASSERT(again.ok() && again->infra == infra->infra && again->region == infra->region);
  }
  (void)sky::parse_accelerator(text);
  (void)sky::parse_size_gib(text, "disk_size");
  (void)sky::parse_minutes(text);
  return 0;
}
