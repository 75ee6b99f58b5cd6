#include "optimizer/prepare.h"

#include <algorithm>

#include "catalog/query.h"
#include "task/validate.h"

namespace sky::optimizer {
namespace {

auto name_places(Resources& one, const catalog::Catalogs& catalogs) -> Result<> {
  if (!one.infra || (!one.region && !one.zone) || !catalogs.has(*one.infra)) return {};
  SKY_TRY(const catalog::Catalog* catalog, catalogs.find(*one.infra));
  SKY_TRY(catalog::PlaceName place, catalog::validate_place(*catalog, {.region = one.region, .zone = one.zone}));
  one.region = std::move(place.region);
  one.zone = std::move(place.zone);
  return {};
}

// Tasks without accelerators do not need the table, and do not suffer from a broken one.
auto name_accelerators(ResourceChoices& choices, const catalog::Catalogs& catalogs) -> Result<> {
  if (std::ranges::none_of(choices.candidates, [](const Resources& one) { return one.accelerator.has_value(); })) {
    return {};
  }
  SKY_TRY(const catalog::AcceleratorTable* known, catalogs.accelerators());
  SKY_CHECK(expand_accelerators(choices, [&](const DeviceMemory& wanted) {
    return known->by_memory(static_cast<double>(wanted.memory_gib), wanted.at_least, wanted.manufacturer);
  }));
  for (Resources& one : choices.candidates) {
    if (one.accelerator) {
      SKY_TRY(one.accelerator->name, known->canonical(one.accelerator->name, one.infra.value_or("")));
    }
  }
  return {};
}

}  // namespace

auto prepare(ResourceChoices& choices, const catalog::Catalogs& catalogs) -> Result<> {
  SKY_CHECK(name_accelerators(choices, catalogs));
  for (Resources& one : choices.candidates) SKY_CHECK(name_places(one, catalogs));
  return {};
}

}  // namespace sky::optimizer
