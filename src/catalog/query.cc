#include "catalog/query.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "catalog/attach.h"
#include "catalog/infra_facts.h"
#include "config/infra_names.h"

namespace sky::catalog {
namespace {

auto fits(const std::optional<Bound>& bound, double value, double vcpus) -> bool {
  if (!bound) return true;
  const double wanted = bound->per_cpu ? bound->value * vcpus : bound->value;
  return bound->at_least || bound->per_cpu ? value >= wanted : value == wanted;
}

auto fits(const std::optional<LocalDisk>& disk, const Machine& machine) -> bool {
  if (!disk) return true;
  if (is_missing(machine.local_disk_gib) || (disk->nvme && machine.local_disk_nvme == 0)) return false;
  return disk->at_least ? machine.local_disk_gib >= disk->size_gib
                        : std::abs(machine.local_disk_gib - disk->size_gib) < 1.0;
}

auto fits_size(const Want& want, const Machine& machine) -> bool {
  return fits(want.cpus, machine.vcpus, machine.vcpus) && fits(want.memory_gib, machine.memory_gib, machine.vcpus) &&
         fits(want.local_disk, machine);
}

auto at_place(const Want& want, const Place& place) -> bool {
  return (want.region.empty() || equals_ignore_case(want.region, place.region)) &&
         (want.zone.empty() || equals_ignore_case(want.zone, place.zone));
}

// What the infrastructure adds to a request for a plain machine.
auto with_defaults(const InfraFacts& facts, Want want) -> Want {
  if (facts.default_vcpus == 0) return want;
  const bool memory_said = want.memory_gib.has_value();
  if (!want.cpus && (!memory_said || facts.default_vcpus_always)) {
    want.cpus = Bound{.value = facts.default_vcpus, .at_least = !facts.default_vcpus_exact};
  }
  if (!memory_said && facts.default_memory_gib > 0) {
    want.memory_gib = Bound{.value = facts.default_memory_gib, .at_least = true};
  } else if (!memory_said) {
    want.memory_gib = Bound{.value = facts.default_memory_per_vcpu, .per_cpu = true};
  }
  return want;
}

// The host gets the vCPUs of the same device elsewhere and 4 GiB for each, unless the user says more.
auto with_host_defaults(const InfraFacts& facts, Want want) -> Want {
  const AttachedDevice* device = attached_device(facts, {want.accelerator, want.accelerator_count});
  if (device == nullptr) return want;
  if (!want.cpus && !want.memory_gib) want.cpus = Bound{.value = double(device->default_vcpus), .at_least = true};
  if (!want.memory_gib) {
    want.memory_gib = Bound{.value = want.cpus->value * facts.default_memory_per_vcpu, .at_least = true};
  }
  return want;
}

// The cheapest price at a place that fits; missing when there is none.
auto cheapest(const Catalog& catalog, const Choice& choice, const Want& want, Market market) -> double {
  double lowest = kMissing;
  for (const Place& place : places(catalog, choice, market)) {
    if (at_place(want, place) && (is_missing(lowest) || place.hourly_cost_usd < lowest)) lowest = place.hourly_cost_usd;
  }
  return lowest;
}

class Chooser {
 public:
  Chooser(const Catalog& catalog, Want want)
      : catalog_(catalog), facts_(infra_facts(catalog.infra())), want_(std::move(want)) {}

  auto run() -> std::vector<Choice> {
    if (want_.accelerator.empty()) {
      plain_machines();
    } else {
      with_accelerator();
    }
    std::ranges::sort(found_, {}, [](const Choice& choice) {
      return std::tuple(choice.hourly_cost_usd, choice.machine, choice.device);  // addresses are the file's order
    });
    return std::move(found_);
  }

  void consider(Choice choice) {
    choice.hourly_cost_usd = cheapest(catalog_, choice, want_, want_.market);
    if (is_missing(choice.hourly_cost_usd)) return;
    if (want_.hourly_cost_usd_max && choice.hourly_cost_usd > *want_.hourly_cost_usd_max) return;
    found_.push_back(choice);
  }

 private:
  auto name(const Machine& machine) const -> std::string_view { return catalog_.text(machine.instance_type); }

  void plain_machines() {
    want_ = with_defaults(facts_, want_);
    for (const Machine& machine : catalog_.machines()) {
      if (machine.is_device() || !in_default_family(facts_, name(machine)) || !fits_size(want_, machine)) continue;
      consider({.machine = &machine, .instance_type = name(machine)});
    }
  }

  void with_accelerator() {
    for (const Machine* machine : catalog_.with_accelerator(want_.accelerator)) {
      if (!same_count(machine->accelerator_count, want_.accelerator_count)) continue;
      if (machine->is_device()) {
        with_device(*machine);
      } else if (fits_size(want_, *machine)) {
        consider({.machine = machine, .instance_type = name(*machine)});
      }
    }
  }

  void with_device(const Machine& device) {
    if (const PodHost* pod = pod_host(facts_, want_.accelerator)) {
      if (fits(want_.cpus, pod->vcpus, pod->vcpus) && fits(want_.memory_gib, pod->memory_gib, pod->vcpus)) {
        consider({.device = &device, .instance_type = pod->instance_type});
      }
      return;
    }
    const Want want = with_host_defaults(facts_, want_);
    for (const Machine& host : catalog_.machines()) {
      if (host.is_device() || !fits_size(want, host)) continue;
      if (!may_attach(facts_, host, name(host), {want.accelerator, want.accelerator_count})) continue;
      consider({.machine = &host, .device = &device, .instance_type = name(host)});
    }
  }

  const Catalog& catalog_;
  const InfraFacts& facts_;
  Want want_;
  std::vector<Choice> found_;
};

auto places_of(const Catalog& catalog, const Machine& machine, Market market) -> std::vector<Place> {
  std::vector<Place> found;
  for (const Offer& offer : catalog.offers_of(machine)) {
    const double price = price_of(offer, market);
    const auto region = catalog.region_of(offer);
    if (!is_missing(price) && !region.empty()) found.push_back({region, catalog.zone_of(offer), price});
  }
  return found;
}

// The device at the places where there is also a host.
auto join(std::vector<Place> devices, const std::vector<Place>& hosts) -> std::vector<Place> {
  std::erase_if(devices, [&](Place& device) {
    const auto host = std::ranges::find_if(
        hosts, [&](const Place& place) { return place.region == device.region && place.zone == device.zone; });
    if (host == hosts.end()) return true;
    device.hourly_cost_usd += host->hourly_cost_usd;
    return false;
  });
  return devices;
}

auto find_device(const Catalog& catalog, const DeviceDemand& device) -> const Machine* {
  for (const Machine* machine : catalog.with_accelerator(device.accelerator)) {
    if (machine->is_device() && same_count(machine->accelerator_count, device.count)) return machine;
  }
  return nullptr;
}

auto no_such_device(const Catalog& catalog, const DeviceDemand& device) -> Error {
  const auto title = infra_title(catalog.infra());
  return make_error(ErrorCode::kResourcesMismatch,
                    fmt::format("{} is not available in {}. See 'sky gpus list --cloud {}'", device.accelerator, title,
                                catalog.infra()));
}

// `V100:8`, `V100:0.50`.
auto count_label(std::string_view name, double count) -> std::string {
  return count == std::floor(count) ? fmt::format("{}:{:.0f}", name, count) : fmt::format("{}:{:.2f}", name, count);
}

}  // namespace

auto choices(const Catalog& catalog, const Want& want) -> std::vector<Choice> {
  return Chooser(catalog, want).run();
}

auto places(const Catalog& catalog, const Choice& choice, Market market) -> std::vector<Place> {
  std::vector<Place> found;
  if (choice.device == nullptr) {
    found = places_of(catalog, *choice.machine, market);
  } else {
    found = places_of(catalog, *choice.device, market);
    if (choice.machine != nullptr) found = join(std::move(found), places_of(catalog, *choice.machine, market));
  }
  const bool us_first = infra_facts(catalog.infra()).us_regions_first;
  std::ranges::sort(found, [us_first](const Place& a, const Place& b) {
    if (us_first && a.region.starts_with("us-") != b.region.starts_with("us-")) return a.region.starts_with("us-");
    if (a.hourly_cost_usd != b.hourly_cost_usd) return a.hourly_cost_usd < b.hourly_cost_usd;
    return std::tie(a.region, a.zone) < std::tie(b.region, b.zone);
  });
  return found;
}

auto accelerators_of(const Catalog& catalog, const Machine& machine) -> std::optional<Accelerators> {
  const auto name = catalog.text(machine.instance_type);
  for (const BoundDevice& device : infra_facts(catalog.infra()).bound_devices) {
    if (device.instance_type == name) return Accelerators{device.accelerator, double(device.count)};
  }
  if (machine.accelerator.empty()) return std::nullopt;
  return Accelerators{catalog.text(machine.accelerator), machine.accelerator_count};
}

auto named_choice(const Catalog& catalog, std::string_view instance_type, const Want& want) -> Result<Choice> {
  const InfraFacts& facts = infra_facts(catalog.infra());
  Choice choice{.instance_type = instance_type};
  const auto pod = std::ranges::find(facts.pod_hosts, instance_type, &PodHost::instance_type);
  if (pod == facts.pod_hosts.end()) {
    choice.machine = catalog.find_machine(instance_type);
    if (choice.machine == nullptr) {
      return make_error(ErrorCode::kNotFound, fmt::format("No instance type {} found.", instance_type));
    }
    choice.instance_type = catalog.text(choice.machine->instance_type);
  }
  const auto own = choice.machine == nullptr ? std::nullopt : accelerators_of(catalog, *choice.machine);
  DeviceDemand device{want.accelerator, want.accelerator_count};
  if (device.accelerator.empty() && own) device = {own->name, own->count};
  const bool is_own = own && equals_ignore_case(own->name, device.accelerator) && same_count(own->count, device.count);
  if (!device.accelerator.empty() && (choice.machine == nullptr || choice.machine->accelerator.empty() || !is_own)) {
    if (choice.machine != nullptr) SKY_CHECK(check_attachable(catalog, *choice.machine, device));
    choice.device = find_device(catalog, device);
    if (choice.device == nullptr) return no_such_device(catalog, device);
  }
  if (choice.machine == nullptr && choice.device == nullptr) {
    return make_error(ErrorCode::kResourcesMismatch,
                      fmt::format("expected an accelerator with instance type {}, found none", instance_type));
  }
  choice.hourly_cost_usd = cheapest(catalog, choice, want, want.market);
  return choice;
}

auto similar_accelerators(const Catalog& catalog, const Want& want) -> std::vector<std::string> {
  struct Similar {
    double price;
    std::string text;
  };
  std::vector<Similar> found;
  for (const Machine& machine : catalog.machines()) {
    const auto name = catalog.text(machine.accelerator);
    if (machine.accelerator.empty() || !(machine.accelerator_count >= want.accelerator_count)) continue;
    if (to_lower(name).find(to_lower(want.accelerator)) == std::string::npos) continue;
    for (const Offer& offer : catalog.offers_of(machine)) {
      if (!at_place(want, {catalog.region_of(offer), catalog.zone_of(offer)})) continue;
      found.push_back({is_missing(offer.price) ? HUGE_VAL : offer.price, count_label(name, machine.accelerator_count)});
      break;
    }
  }
  std::ranges::sort(found, {}, [](const Similar& entry) { return std::tie(entry.price, entry.text); });
  std::vector<std::string> texts;
  for (auto& entry : found) {
    if (std::ranges::find(texts, entry.text) == texts.end()) texts.push_back(std::move(entry.text));
  }
  return texts;
}

}  // namespace sky::catalog
