#include "catalog/catalog.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "catalog/block.h"

namespace sky::catalog {
namespace {

// Orders as to_lower(a) < to_lower(b) without making either.
auto less_ignoring_case(std::string_view a, std::string_view b) -> bool {
  return std::ranges::lexicographical_compare(a, b, {}, ascii_lower, ascii_lower);
}

}  // namespace

Catalog::Catalog(std::string infra, std::shared_ptr<const Block> block, Origin origin)
    : infra_(std::move(infra)), block_(std::move(block)), origin_(std::move(origin)) {
  const BlockHeader& header = block_->header();
  machines_ = block_->section<Machine>(header.machines);
  offers_ = block_->section<Offer>(header.offers);
  regions_ = block_->section<Region>(header.regions);
  zones_ = block_->section<Text>(header.zones);
  by_name_ = block_->section<std::uint32_t>(header.by_name);
  by_accelerator_ = block_->section<std::uint32_t>(header.by_accelerator);
  texts_ = block_->section<char>(header.texts).data();
}

auto Catalog::from_rows(std::string infra, std::span<const Row> rows) -> Catalog {
  auto block = Block::of(build_block(rows, {}));
  SKY_ASSERT(block.ok());
  return Catalog(std::move(infra), std::move(block).value(), {});
}

auto Catalog::offers_of(const Machine& machine) const -> std::span<const Offer> {
  return offers_.subspan(machine.offer_begin, machine.offer_end - machine.offer_begin);
}

auto Catalog::zone_of(const Offer& offer) const -> std::string_view {
  return offer.zone == Offer::kNoZone ? std::string_view() : text(zones_[offer.zone]);
}

auto Catalog::find_machine(std::string_view instance_type) const -> const Machine* {
  const auto name = [this](std::uint32_t i) { return text(machines_[i].instance_type); };
  const auto at = std::ranges::lower_bound(by_name_, instance_type, {}, name);
  return at != by_name_.end() && name(*at) == instance_type ? &machines_[*at] : nullptr;
}

auto Catalog::with_accelerator(std::string_view accelerator) const -> std::vector<const Machine*> {
  const auto name = [this](std::uint32_t i) { return text(machines_[i].accelerator); };
  std::vector<const Machine*> found;
  for (const auto i : std::ranges::equal_range(by_accelerator_, accelerator, less_ignoring_case, name)) {
    found.push_back(&machines_[i]);
  }
  return found;
}

auto Catalog::accelerator_name(std::string_view any_case) const -> std::optional<std::string_view> {
  const auto name = [this](std::uint32_t i) { return text(machines_[i].accelerator); };
  const auto found = std::ranges::equal_range(by_accelerator_, any_case, less_ignoring_case, name);
  if (found.empty()) return std::nullopt;
  return name(found.front());
}

auto Catalog::accelerator_names() const -> std::vector<std::string_view> {
  std::vector<std::string_view> names;
  for (const auto i : by_accelerator_) {
    const auto name = text(machines_[i].accelerator);
    if (names.empty() || !equals_ignore_case(names.back(), name)) names.push_back(name);
  }
  return names;
}

auto Catalog::find_region(std::string_view any_case) const -> const Region* {
  for (const auto& region : regions_) {
    if (equals_ignore_case(text(region.name), any_case)) return &region;
  }
  return nullptr;
}

auto Catalog::zones_of(const Region& region) const -> std::span<const Text> {
  return zones_.subspan(region.zone_begin, region.zone_end - region.zone_begin);
}

}  // namespace sky::catalog
