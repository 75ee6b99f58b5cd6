// Property: no CSV crashes the reader; what reads as rows makes a well-formed image whose offers are all found again.
#include "base/assert.h"
#include "catalog/block.h"
#include "catalog/load.h"
#include "catalog/query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const auto parsed = sky::catalog::CsvRows::parse({reinterpret_cast<const char*>(data), size}, "f");
  if (!parsed.ok()) return 0;
  const auto catalog = sky::catalog::Catalog::from_rows("gcp", parsed->rows());
  size_t offers = 0;
  for (const auto& machine : catalog.machines()) {
    offers += catalog.offers_of(machine).size();
    if (!machine.is_device()) SKY_ASSERT(catalog.find_machine(catalog.text(machine.instance_type)) != nullptr);
  }
  SKY_ASSERT(offers == catalog.offers().size() && offers <= parsed->rows().size());
  for (const auto& choice : sky::catalog::choices(catalog, {})) SKY_ASSERT(choice.hourly_cost_usd >= 0);
  return 0;
}
