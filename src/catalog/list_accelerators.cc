#include "catalog/list_accelerators.h"

#include <algorithm>
#include <tuple>

#include "catalog/infra_facts.h"
#include "catalog/name_pattern.h"
#include "catalog/query.h"
#include "config/infra_names.h"

namespace sky::catalog {
namespace {

// A price on which two rows can be compared: missing ones come last.
auto sortable(double price) -> double {
  return is_missing(price) ? HUGE_VAL : price;
}

struct Filter {
  std::optional<NamePattern> name;
  std::optional<NamePattern> region;
  const AcceleratorFilter& wanted;

  static auto of(const AcceleratorFilter& wanted) -> Result<Filter> {
    Filter filter{{}, {}, wanted};
    if (!wanted.name.empty()) {
      SKY_TRY(filter.name, NamePattern::compile(wanted.name, wanted.case_sensitive));
    }
    if (!wanted.region.empty()) {
      SKY_TRY(filter.region, NamePattern::compile(wanted.region, wanted.case_sensitive));
    }
    return filter;
  }

  auto takes(const Catalog& catalog, const Machine& machine) const -> bool {
    if (machine.accelerator.empty() || (wanted.gpus_only && machine.has_gpu_info == 0)) return false;
    if (wanted.quantity && machine.accelerator_count != *wanted.quantity) return false;
    return !name || name->found_in(catalog.text(machine.accelerator));
  }
};

class Lister {
 public:
  Lister(const Catalog& catalog, const Filter& filter)
      : catalog_(catalog), filter_(filter), facts_(infra_facts(catalog.infra())) {
    for (const Region& region : catalog.regions()) {
      takes_region_.push_back(!filter.region || filter.region->found_in(catalog.text(region.name)));
    }
  }

  auto run() -> AcceleratorList {
    for (const Machine& machine : catalog_.machines()) {
      if (!filter_.takes(catalog_, machine)) continue;
      const bool priced_apart = machine.is_device() && filter_.wanted.require_price &&
                                pod_host(facts_, catalog_.text(machine.accelerator)) == nullptr;
      if (priced_apart) {
        with_hosts(machine);
      } else {
        for (const Offer& offer : catalog_.offers_of(machine))
          add(machine, machine, offer, offer.price, offer.spot_price);
      }
    }
    AcceleratorList list;
    for (auto& [name, rows] : rows_) list[name] = finish(std::move(rows));
    if (filter_.wanted.require_price) group_pods(list);
    return list;
  }

 private:
  // The device with its cheapest host, zone by zone.
  void with_hosts(const Machine& device) {
    Want want{.accelerator = catalog_.text(device.accelerator), .accelerator_count = device.accelerator_count};
    std::map<std::pair<std::uint32_t, std::uint32_t>, const Offer*> cheapest;
    for (const Choice& choice : choices(catalog_, want)) {
      if (choice.machine == nullptr) continue;
      for (const Offer& offer : catalog_.offers_of(*choice.machine)) {
        const Offer*& best = cheapest[{offer.region, offer.zone}];
        if (!is_missing(offer.price) && (best == nullptr || offer.price < best->price)) best = &offer;
      }
    }
    for (const Offer& offer : catalog_.offers_of(device)) {
      const auto host = cheapest.find({offer.region, offer.zone});
      if (host == cheapest.end() || host->second == nullptr || is_missing(offer.price)) continue;
      add(device, catalog_.machine_of(*host->second), offer, offer.price + host->second->price,
          offer.spot_price + host->second->spot_price);
    }
  }

  void add(const Machine& device, const Machine& host, const Offer& offer, double price, double spot_price) {
    if (!takes_region_[offer.region]) return;
    InstanceTypeInfo info;
    info.cloud = infra_title(catalog_.infra());
    if (!host.instance_type.empty()) info.instance_type = std::string(catalog_.text(host.instance_type));
    info.accelerator_name = catalog_.text(device.accelerator);
    info.accelerator_count = device.accelerator_count;
    info.cpu_count = host.vcpus;
    info.device_memory_gib = device.device_memory_gib;
    info.memory_gib = host.memory_gib;
    info.price = price;
    info.spot_price = spot_price;
    info.region = catalog_.region_of(offer);
    rows_[info.accelerator_name].push_back(std::move(info));
  }

  // The cheapest row of each size (and region), in the original's order.
  auto finish(std::vector<InstanceTypeInfo> rows) const -> std::vector<InstanceTypeInfo> {
    const bool by_region = filter_.wanted.all_regions;
    const auto same_size = [by_region](const InstanceTypeInfo& row) {
      return std::tuple(row.accelerator_count, row.instance_type.value_or(""), sortable(row.cpu_count),
                        sortable(row.memory_gib), by_region ? row.region : std::string());
    };
    std::ranges::sort(rows, {}, [&](const InstanceTypeInfo& row) {
      return std::tuple(same_size(row), sortable(row.price), sortable(row.spot_price), row.region);
    });
    const auto repeats = std::ranges::unique(rows, {}, same_size);
    rows.erase(repeats.begin(), repeats.end());
    std::ranges::sort(rows, {}, [](const InstanceTypeInfo& row) {
      return std::tuple(row.accelerator_count, row.instance_type.value_or(""),
                        is_missing(row.cpu_count) ? 0 : row.cpu_count, sortable(row.price), sortable(row.spot_price),
                        row.region);
    });
    return rows;
  }

  // `tpu-v5p-8`, `tpu-v5p-16` … become one list, `tpu-v5p`, cheapest first.
  void group_pods(AcceleratorList& list) const {
    AcceleratorList grouped;
    for (auto& [name, rows] : list) {
      const bool pod = pod_host(facts_, name) != nullptr;
      auto& group = grouped[pod ? name.substr(0, name.find('-', name.find('-') + 1)) : name];
      std::ranges::move(rows, std::back_inserter(group));
      if (!pod) continue;
      std::ranges::sort(group, {}, [](const InstanceTypeInfo& row) {
        return std::tuple(sortable(row.price), sortable(row.spot_price), row.region, row.accelerator_name);
      });
    }
    list = std::move(grouped);
  }

  const Catalog& catalog_;
  const Filter& filter_;
  const InfraFacts& facts_;
  std::vector<bool> takes_region_;
  AcceleratorList rows_;
};

}  // namespace

auto list_accelerators(const Catalog& catalog, const AcceleratorFilter& filter) -> Result<AcceleratorList> {
  SKY_TRY(const Filter compiled, Filter::of(filter));
  return Lister(catalog, compiled).run();
}

void merge_into(AcceleratorList& list, AcceleratorList more) {
  for (auto& [name, rows] : more) std::ranges::move(rows, std::back_inserter(list[name]));
}

auto accelerator_counts(const AcceleratorList& list) -> std::map<std::string, std::vector<double>> {
  std::map<std::string, std::vector<double>> counts;
  for (const auto& [name, rows] : list) {
    auto& of_name = counts[name];
    for (const auto& row : rows) of_name.push_back(row.accelerator_count);
    std::ranges::sort(of_name);
    const auto repeats = std::ranges::unique(of_name);
    of_name.erase(repeats.begin(), repeats.end());
  }
  return counts;
}

}  // namespace sky::catalog
