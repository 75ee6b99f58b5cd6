// One infrastructure's machines, places and prices: immutable, indexed, memory-mapped when it comes from a cache.
//
// Everything is a span over one block of bytes that the Catalog owns; look-ups are binary searches in it and take no
// more than microseconds. Thread-safe: const after construction. Pointers, spans and texts live as long as the Catalog.
//
// Names of instance types and zones are case-sensitive, regions and accelerators are not, as in the original.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/row.h"

namespace sky::catalog {

class Block;

struct Region {
  Text name;
  std::uint32_t zone_begin = 0;  // its zones are the range [zone_begin, zone_end) of Catalog::zones()
  std::uint32_t zone_end = 0;
};

// Where the rows came from.
struct Origin {
  std::string path;          // of the CSV, empty for rows that came from elsewhere
  bool is_snapshot = false;  // shipped with the program; prices are as old as `date` says
  std::string date;          // "2026-11-20", of the snapshot; else when the file was last written
};

class Catalog {
 public:
  // Of rows in any order; a later copy of an equal row is dropped.
  static auto from_rows(std::string infra, std::span<const Row> rows) -> Catalog;
  Catalog(std::string infra, std::shared_ptr<const Block> block, Origin origin);

  auto infra() const -> const std::string& { return infra_; }  // "aws"
  auto origin() const -> const Origin& { return origin_; }

  auto machines() const -> std::span<const Machine> { return machines_; }  // in the order of the file
  auto offers() const -> std::span<const Offer> { return offers_; }        // grouped by machine
  auto regions() const -> std::span<const Region> { return regions_; }     // sorted by name
  auto zones() const -> std::span<const Text> { return zones_; }           // grouped by region, sorted
  auto text(Text text) const -> std::string_view { return {texts_ + text.offset, text.size}; }

  auto offers_of(const Machine& machine) const -> std::span<const Offer>;
  auto machine_of(const Offer& offer) const -> const Machine& { return machines_[offer.machine]; }
  auto region_of(const Offer& offer) const -> std::string_view { return text(regions_[offer.region].name); }
  // Empty where the infrastructure has no zones.
  auto zone_of(const Offer& offer) const -> std::string_view;

  // Null when there is none. A type that the file describes in several ways gives the first.
  auto find_machine(std::string_view instance_type) const -> const Machine*;
  // Machines and devices with the accelerator, any count; in the order of the file.
  auto with_accelerator(std::string_view accelerator) const -> std::vector<const Machine*>;
  // The file's spelling of an accelerator's name.
  auto accelerator_name(std::string_view any_case) const -> std::optional<std::string_view>;
  auto accelerator_names() const -> std::vector<std::string_view>;  // sorted, without case
  auto find_region(std::string_view any_case) const -> const Region*;
  auto zones_of(const Region& region) const -> std::span<const Text>;

 private:
  std::string infra_;
  std::shared_ptr<const Block> block_;
  Origin origin_;
  std::span<const Machine> machines_;
  std::span<const Offer> offers_;
  std::span<const Region> regions_;
  std::span<const Text> zones_;
  std::span<const std::uint32_t> by_name_;         // machines with a name, sorted by it
  std::span<const std::uint32_t> by_accelerator_;  // machines with an accelerator, sorted by its name without case
  const char* texts_ = nullptr;
};

}  // namespace sky::catalog
