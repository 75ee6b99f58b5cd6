#include "catalog/attach.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace sky::catalog {
namespace {

constexpr double kCountTolerance = 0.01;  // catalogs store a half as 0.5 or 0.501

auto is_bound(const InfraFacts& facts, std::string_view accelerator) -> bool {
  return std::ranges::find(facts.bound_devices, accelerator, &BoundDevice::accelerator) != facts.bound_devices.end();
}

auto is_host(const InfraFacts& facts, std::string_view instance_type) -> bool {
  return std::ranges::any_of(facts.host_families, [&](auto family) { return instance_type.starts_with(family); });
}

auto mismatch(std::string message) -> Error {
  return make_error(ErrorCode::kResourcesMismatch, std::move(message));
}

// Counts in which the device is sold, as Python prints a list: `1, 2, 4`.
auto counts_text(const InfraFacts& facts, std::string_view accelerator) -> std::string {
  std::vector<std::string> counts;
  const auto add = [&](int count) {
    std::string text = fmt::format("{}", count);
    if (std::ranges::find(counts, text) == counts.end()) counts.push_back(std::move(text));
  };
  for (const auto& device : facts.bound_devices) {
    if (device.accelerator == accelerator) add(device.count);
  }
  for (const auto& device : facts.attached_devices) {
    if (device.accelerator == accelerator) add(device.count);
  }
  return join(counts, ", ");
}

auto check_bound(const InfraFacts& facts, std::string_view instance_type, const DeviceDemand& device) -> Result<> {
  std::vector<std::string> types;
  for (const auto& bound : facts.bound_devices) {
    if (bound.accelerator != device.accelerator || !same_count(bound.count, device.count)) continue;
    if (bound.instance_type == instance_type) return {};
    types.emplace_back(bound.instance_type);
  }
  return mismatch(
      fmt::format("{} GPUs cannot be attached to {}. Use one of ['{}'] instead. Please refer to "
                  "https://cloud.google.com/compute/docs/gpus",
                  device.accelerator, instance_type, join(types, "', '")));
}

}  // namespace

auto same_count(double a, double b) -> bool {
  return std::abs(a - b) <= kCountTolerance;
}

auto attached_device(const InfraFacts& facts, const DeviceDemand& device) -> const AttachedDevice* {
  for (const auto& attached : facts.attached_devices) {
    if (attached.accelerator == device.accelerator && same_count(attached.count, device.count)) return &attached;
  }
  return nullptr;
}

auto may_attach(const InfraFacts& facts, const Machine& machine, std::string_view instance_type,
                const DeviceDemand& device) -> bool {
  if (is_bound(facts, device.accelerator)) {
    return std::ranges::any_of(facts.bound_devices, [&](const BoundDevice& bound) {
      return bound.accelerator == device.accelerator && same_count(bound.count, device.count) &&
             bound.instance_type == instance_type;
    });
  }
  const AttachedDevice* attached = attached_device(facts, device);
  return attached != nullptr && is_host(facts, instance_type) && machine.vcpus <= attached->vcpus_max &&
         machine.memory_gib <= attached->memory_gib_max;
}

auto check_attachable(const Catalog& catalog, const Machine& machine, const DeviceDemand& device) -> Result<> {
  const InfraFacts& facts = infra_facts(catalog.infra());
  const auto instance_type = catalog.text(machine.instance_type);
  const auto counts = counts_text(facts, device.accelerator);
  const AttachedDevice* attached = attached_device(facts, device);
  const bool bound = is_bound(facts, device.accelerator);
  const bool known_count = attached != nullptr || std::ranges::any_of(facts.bound_devices, [&](const BoundDevice& row) {
                             return row.accelerator == device.accelerator && same_count(row.count, device.count);
                           });
  if (!known_count && !counts.empty()) {
    return mismatch(fmt::format("{}:{} is not launchable on GCP. The valid {} counts are [{}].", device.accelerator,
                                device.count, device.accelerator, counts));
  }
  if (bound) return check_bound(facts, instance_type, device);
  if (!is_host(facts, instance_type)) {
    return mismatch(
        fmt::format("{} GPUs cannot be attached to {}. Use N1 instance types instead. Please refer to: "
                    "https://cloud.google.com/compute/docs/machine-types#gpus",
                    device.accelerator, instance_type));
  }
  if (attached != nullptr && machine.vcpus > attached->vcpus_max) {
    return mismatch(
        fmt::format("{}:{} cannot be attached to {}. The maximum number of vCPUs is {}. "
                    "Please refer to: https://cloud.google.com/compute/docs/gpus",
                    device.accelerator, device.count, instance_type, attached->vcpus_max));
  }
  if (attached != nullptr && machine.memory_gib > attached->memory_gib_max) {
    return mismatch(
        fmt::format("{}:{} cannot be attached to {}. The maximum CPU memory is {} GB. "
                    "Please refer to: https://cloud.google.com/compute/docs/gpus",
                    device.accelerator, device.count, instance_type, attached->memory_gib_max));
  }
  return {};
}

}  // namespace sky::catalog
