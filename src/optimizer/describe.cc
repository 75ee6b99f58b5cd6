#include "optimizer/describe.h"

#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"
#include "catalog/infra_facts.h"
#include "config/infra_names.h"
#include "optimizer/rates.h"
#include "task/values.h"

namespace sky::optimizer {
namespace {

// Longest region or zone in a table. Source: infra_utils.py of 0.14.1.
constexpr size_t kPlaceSizeMax = 25;

auto image_text(const Resources& resources) -> std::string {
  std::vector<std::string> parts;
  if (!resources.images.empty()) parts.push_back(resources.images.front().id);
  if (resources.docker_image) parts.push_back("docker:" + *resources.docker_image);
  return join(parts, " | ");
}

auto ports_text(const std::vector<std::string>& ports) -> std::string {
  std::vector<std::string> quoted;
  for (const auto& port : ports) quoted.push_back("'" + port + "'");
  return "[" + join(quoted, ", ") + "]";
}

auto cut_in_the_middle(std::string text) -> std::string {
  if (text.size() <= kPlaceSizeMax) return text;
  const size_t kept = kPlaceSizeMax - 3;
  const size_t head = (kept + 1) / 2;
  return text.substr(0, head) + "..." + text.substr(text.size() - (kept - head));
}

}  // namespace

auto request_text(const Resources& resources) -> std::string {
  std::vector<std::string> parts;
  const std::string machine =
      resources.instance_type.value_or("") + (resources.use_spot.value_or(false) ? "[Spot]" : "");
  if (!machine.empty()) parts.push_back(machine);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) parts.push_back(fmt::format("{}={}", name, value));
  };
  if (resources.cpus) add("cpus", resources.cpus->text);
  if (resources.memory_gib) add("mem", resources.memory_gib->text);
  if (resources.accelerator) {
    parts.push_back(fmt::format("{{'{}': {}}}", resources.accelerator->name, count_text(resources.accelerator->count)));
  }
  add("image_id", image_text(resources));
  if (resources.disk_tier) add("disk_tier", std::string(to_string(*resources.disk_tier)));
  if (resources.network_tier) add("network_tier", std::string(to_string(*resources.network_tier)));
  if (resources.disk_size_gib) add("disk_size", fmt::to_string(*resources.disk_size_gib));
  add("local_disk", resources.local_disk.value_or(""));
  if (resources.max_hourly_cost_usd) add("max_cost", fmt::format("${}/hr", *resources.max_hourly_cost_usd));
  if (!resources.ports.empty()) add("ports", ports_text(resources.ports));
  add("region", resources.region.value_or(""));
  add("zone", resources.zone.value_or(""));
  const std::string_view infra = resources.infra ? infra_title(*resources.infra) : "<Cloud>";
  return fmt::format("{}({})", infra, join(parts, ", "));
}

auto wish_text(const Resources& resources) -> std::string {
  const auto quantity = [](const std::optional<Quantity>& one) { return one ? one->text : std::string(); };
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", resources.accelerator ? resources.accelerator->name : "",
                     resources.accelerator ? resources.accelerator->count : 0, quantity(resources.cpus),
                     quantity(resources.memory_gib), resources.local_disk.value_or(""), resources.region.value_or(""),
                     resources.zone.value_or(""), resources.use_spot.value_or(false),
                     resources.max_hourly_cost_usd.value_or(-1));
}

auto accelerator_text(const Candidate& candidate) -> std::string {
  if (candidate.accelerator.empty()) return "-";
  return fmt::format("{}:{}", candidate.accelerator, count_text(candidate.accelerator_count));
}

auto place_text(const Candidate& candidate) -> std::string {
  const std::string_view title = infra_title(candidate.infra);
  const std::string& place = candidate.zone.empty() ? candidate.region : candidate.zone;
  if (place.empty()) return std::string(title);
  return fmt::format("{} ({})", title, cut_in_the_middle(place));
}

auto amount_text(double value) -> std::string {
  if (catalog::is_missing(value) || value <= 0) return "-";
  return value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

}  // namespace sky::optimizer
