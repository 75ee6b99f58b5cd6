// Names of places, and what the original says about wrong ones.
#include <algorithm>

#include "base/close_matches.h"
#include "base/strings.h"
#include "catalog/infra_facts.h"
#include "catalog/query.h"

namespace sky::catalog {
namespace {

constexpr size_t kSuggestionCountMax = 5;

// `\nDid you mean one of these: 'a, b'?`, sorted; empty when nothing is like it.
auto did_you_mean(std::string_view word, const std::vector<std::string>& names) -> std::string {
  const auto matches = close_matches(word, {names.begin(), names.end()}, kSuggestionCountMax);
  if (matches.empty()) return "";
  std::vector<std::string> sorted(matches.begin(), matches.end());
  std::ranges::sort(sorted);
  return fmt::format("\nDid you mean one of these: '{}'?", join(sorted, ", "));
}

auto unknown_region(const Catalog& catalog, const std::string& region) -> Error {
  std::vector<std::string> names;
  for (const Region& known : catalog.regions()) {
    if (!known.name.empty()) names.push_back(to_lower(catalog.text(known.name)));
  }
  std::ranges::sort(names);
  std::string tail = did_you_mean(to_lower(region), names);
  if (tail.empty()) tail = fmt::format("\nList of supported {} regions: '{}'", catalog.infra(), join(names, ", "));
  return make_error(ErrorCode::kInvalidArgument, fmt::format("Invalid region '{}'{}", region, tail));
}

auto zone_names(const Catalog& catalog, std::span<const Text> zones) -> std::vector<std::string> {
  std::vector<std::string> names;
  for (const Text zone : zones) names.emplace_back(catalog.text(zone));
  return names;
}

}  // namespace

auto validate_place(const Catalog& catalog, PlaceName place) -> Result<PlaceName> {
  const auto no_zones = infra_facts(catalog.infra()).no_zones_sentence;
  if (place.zone && !no_zones.empty()) return make_error(ErrorCode::kInvalidArgument, std::string(no_zones));
  const Region* region = nullptr;
  std::span<const Text> zones = catalog.zones();
  std::string where;
  if (place.region) {
    region = catalog.find_region(*place.region);
    if (region == nullptr) return unknown_region(catalog, *place.region);
    where = fmt::format(" for region '{}'", *place.region);
    zones = catalog.zones_of(*region);
    place.region = std::string(catalog.text(region->name));
  }
  if (!place.zone) return place;
  const auto names = zone_names(catalog, zones);
  const auto found = std::ranges::find(names, *place.zone);
  if (found == names.end()) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("Invalid zone '{}'{}{}", *place.zone, where, did_you_mean(*place.zone, names)));
  }
  const auto index = static_cast<size_t>(&zones[static_cast<size_t>(found - names.begin())] - catalog.zones().data());
  const auto of_zone = std::ranges::find_if(
      catalog.regions(), [&](const Region& r) { return r.zone_begin <= index && index < r.zone_end; });
  place.region = std::string(catalog.text(of_zone->name));
  return place;
}

}  // namespace sky::catalog
