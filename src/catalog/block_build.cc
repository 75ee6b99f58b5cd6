#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "catalog/block.h"

namespace sky::catalog {
namespace {

auto same_number(double a, double b) -> bool {
  return a == b || (is_missing(a) && is_missing(b));
}

// Everything of a machine but its offers.
auto same_machine(const Machine& a, const Machine& b) -> bool {
  return a.instance_type == b.instance_type && a.accelerator == b.accelerator && a.arch == b.arch &&
         a.generation == b.generation && same_number(a.accelerator_count, b.accelerator_count) &&
         same_number(a.vcpus, b.vcpus) && same_number(a.memory_gib, b.memory_gib) &&
         same_number(a.device_memory_gib, b.device_memory_gib) && same_number(a.local_disk_gib, b.local_disk_gib) &&
         a.efa_interfaces == b.efa_interfaces && a.hosting == b.hosting && a.has_gpu_info == b.has_gpu_info &&
         a.local_disk_nvme == b.local_disk_nvme;
}

// NaN sorts last.
auto number_less(double a, double b) -> bool {
  return is_missing(b) ? !is_missing(a) : a < b;
}

class Builder {
 public:
  void add(const Row& row) {
    const Machine machine = describe(row);
    Offer offer;
    offer.price = row.price;
    offer.spot_price = row.spot_price;
    offer.machine = machine_index(machine);
    offer.region = intern_region(row.region);
    offer.zone = row.zone.empty() ? Offer::kNoZone : intern_zone(offer.region, row.zone);
    offers_.push_back(offer);
  }

  auto finish(const SourceStamp& source) -> std::string {
    sort_places();
    group_offers();
    index_machines();
    return with_source(write(), source);
  }

 private:
  auto view(Text text) const -> std::string_view { return std::string_view(texts_).substr(text.offset, text.size); }

  auto intern(std::string_view text) -> Text {
    if (text.empty()) return {};
    if (const auto found = interned_.find(std::string(text)); found != interned_.end()) return found->second;
    const Text made{static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(text.size())};
    texts_.append(text);
    interned_.emplace(text, made);
    return made;
  }

  auto describe(const Row& row) -> Machine {
    Machine machine;
    machine.instance_type = intern(row.instance_type);
    machine.accelerator = intern(row.accelerator);
    machine.arch = intern(row.arch);
    machine.generation = intern(row.generation);
    machine.accelerator_count = row.accelerator_count;
    machine.vcpus = row.vcpus;
    machine.memory_gib = row.memory_gib;
    machine.device_memory_gib = row.device_memory_gib;
    machine.local_disk_gib = row.local_disk_gib;
    machine.efa_interfaces = row.efa_interfaces;
    machine.hosting = row.hosting;
    machine.has_gpu_info = row.has_gpu_info ? 1 : 0;
    machine.local_disk_nvme = row.local_disk_nvme ? 1 : 0;
    return machine;
  }

  auto machine_index(const Machine& machine) -> std::uint32_t {
    if (!machines_.empty() && same_machine(machines_[last_machine_], machine)) return last_machine_;
    const std::uint64_t key = (std::uint64_t{machine.instance_type.offset} << 32U) ^ machine.accelerator.offset ^
                              (std::bit_cast<std::uint64_t>(machine.accelerator_count) * 31);
    const auto [begin, end] = machine_ids_.equal_range(key);
    for (auto at = begin; at != end; ++at) {
      if (same_machine(machines_[at->second], machine)) return last_machine_ = at->second;
    }
    last_machine_ = static_cast<std::uint32_t>(machines_.size());
    machines_.push_back(machine);
    machine_ids_.emplace(key, last_machine_);
    return last_machine_;
  }

  auto intern_region(std::string_view name) -> std::uint32_t {
    if (!region_names_.empty() && region_names_[last_region_] == name) return last_region_;
    const auto [at, is_new] =
        region_ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(region_ids_.size()));
    if (is_new) {
      region_names_.emplace_back(name);
      zones_.emplace_back();
    }
    return last_region_ = at->second;
  }

  // Zones are numbered within their region until sort_places() numbers them all.
  auto intern_zone(std::uint32_t region, std::string_view name) -> std::uint32_t {
    auto& zones = zones_[region];
    const auto found = std::find(zones.rbegin(), zones.rend(), name);
    if (found != zones.rend()) return static_cast<std::uint32_t>(zones.rend() - found - 1);
    zones.emplace_back(name);
    return static_cast<std::uint32_t>(zones.size() - 1);
  }

  void sort_places() {
    std::vector<std::uint32_t> order(region_names_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::uint32_t i) -> const std::string& { return region_names_[i]; });
    std::vector<std::uint32_t> new_region(order.size());
    std::vector<std::vector<std::uint32_t>> new_zone(order.size());
    for (const std::uint32_t old : order) {
      new_region[old] = static_cast<std::uint32_t>(regions_.size());
      std::vector<std::uint32_t> zone_order(zones_[old].size());
      for (std::uint32_t i = 0; i < zone_order.size(); ++i) zone_order[i] = i;
      std::ranges::sort(zone_order, {}, [&](std::uint32_t i) -> const std::string& { return zones_[old][i]; });
      Region region{intern(region_names_[old]), static_cast<std::uint32_t>(zone_texts_.size()), 0};
      new_zone[old].resize(zone_order.size());
      for (const std::uint32_t zone : zone_order) {
        new_zone[old][zone] = static_cast<std::uint32_t>(zone_texts_.size());
        zone_texts_.push_back(intern(zones_[old][zone]));
      }
      region.zone_end = static_cast<std::uint32_t>(zone_texts_.size());
      regions_.push_back(region);
    }
    for (auto& offer : offers_) {
      if (offer.zone != Offer::kNoZone) offer.zone = new_zone[offer.region][offer.zone];
      offer.region = new_region[offer.region];
    }
  }

  // Regions and zones are sorted, so their numbers compare as their names do; no zone comes last, as in pandas.
  void group_offers() {
    const auto less = [](const Offer& a, const Offer& b) {
      if (a.machine != b.machine) return a.machine < b.machine;
      if (!same_number(a.price, b.price)) return number_less(a.price, b.price);
      if (a.region != b.region) return a.region < b.region;
      if (a.zone != b.zone) return a.zone < b.zone;
      return number_less(a.spot_price, b.spot_price);
    };
    const auto same = [](const Offer& a, const Offer& b) {
      return a.machine == b.machine && a.region == b.region && a.zone == b.zone && same_number(a.price, b.price) &&
             same_number(a.spot_price, b.spot_price);
    };
    std::ranges::sort(offers_, less);
    offers_.erase(std::unique(offers_.begin(), offers_.end(), same), offers_.end());
    for (std::uint32_t i = 0; i < offers_.size(); ++i) {
      Machine& machine = machines_[offers_[i].machine];
      if (machine.offer_end == 0) machine.offer_begin = i;
      machine.offer_end = i + 1;
    }
  }

  void index_machines() {
    std::vector<std::string> lower(machines_.size());
    for (std::uint32_t i = 0; i < machines_.size(); ++i) {
      if (!machines_[i].instance_type.empty()) by_name_.push_back(i);
      if (machines_[i].accelerator.empty()) continue;
      by_accelerator_.push_back(i);
      lower[i] = to_lower(view(machines_[i].accelerator));
    }
    std::ranges::sort(by_name_, {}, [&](std::uint32_t i) { return std::pair(view(machines_[i].instance_type), i); });
    std::ranges::sort(by_accelerator_, {}, [&](std::uint32_t i) { return std::pair(std::string_view(lower[i]), i); });
  }

  template <class T>
  static auto append(std::string& image, std::span<const T> items) -> Section {
    image.resize((image.size() + 7) / 8 * 8);
    const Section section{image.size(), items.size()};
    if (!items.empty()) image.append(reinterpret_cast<const char*>(items.data()), items.size_bytes());
    return section;
  }

  auto write() const -> std::string {
    std::string image(sizeof(BlockHeader), '\0');
    BlockHeader header;
    std::memcpy(header.magic, "SKYCATLG", sizeof header.magic);
    header.version = kBlockVersion;
    header.header_size = sizeof(BlockHeader);
    header.machines = append<Machine>(image, machines_);
    header.offers = append<Offer>(image, offers_);
    header.regions = append<Region>(image, regions_);
    header.zones = append<Text>(image, zone_texts_);
    header.by_name = append<std::uint32_t>(image, by_name_);
    header.by_accelerator = append<std::uint32_t>(image, by_accelerator_);
    header.texts = append<char>(image, std::span(texts_.data(), texts_.size()));
    header.image_size = image.size();
    std::memcpy(image.data(), &header, sizeof header);
    return image;
  }

  std::string texts_;
  std::unordered_map<std::string, Text> interned_;
  std::vector<Machine> machines_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> machine_ids_;
  std::uint32_t last_machine_ = 0;
  std::vector<Offer> offers_;
  std::vector<std::string> region_names_;
  std::unordered_map<std::string, std::uint32_t> region_ids_;
  std::uint32_t last_region_ = 0;
  std::vector<std::vector<std::string>> zones_;  // of each region, in order of appearance
  std::vector<Region> regions_;
  std::vector<Text> zone_texts_;
  std::vector<std::uint32_t> by_name_;
  std::vector<std::uint32_t> by_accelerator_;
};

}  // namespace

auto build_block(std::span<const Row> rows, const SourceStamp& source) -> std::string {
  Builder builder;
  for (const Row& row : rows) builder.add(row);
  return builder.finish(source);
}

}  // namespace sky::catalog
