#include "catalog/accelerators.h"

#include <algorithm>
#include <array>

#include "base/close_matches.h"
#include "base/strings.h"
#include "config/infra_names.h"
#include "format/csv.h"

namespace sky::catalog {
namespace {

// The fields of `wanted` columns, line by line.
auto read_columns(std::string_view csv, const std::string& file, const std::vector<std::string_view>& wanted)
    -> Result<std::vector<std::vector<std::string>>> {
  CsvReader reader(csv, file);
  std::vector<std::string_view> fields;
  SKY_TRY(const bool any, reader.next(fields));
  std::vector<size_t> columns;
  for (const auto name : wanted) {
    const auto found = std::ranges::find(fields, name);
    if (!any || found == fields.end()) return reader.error(fmt::format("expected a column \"{}\" in the header", name));
    columns.push_back(static_cast<size_t>(found - fields.begin()));
  }
  std::vector<std::vector<std::string>> lines;
  for (;;) {
    SKY_TRY(const bool more, reader.next(fields));
    if (!more) return lines;
    auto& line = lines.emplace_back();
    for (const size_t column : columns) line.emplace_back(column < fields.size() ? fields[column] : "");
  }
}

// Canonical names of the infrastructures in `['AWS', 'GCP']`; unknown ones are left out.
auto infras_in(std::string_view list) -> std::vector<std::string> {
  std::vector<std::string> infras;
  const auto parts = split(list, '\'');
  for (size_t i = 1; i < parts.size(); i += 2) {
    if (const auto infra = canonical_infra_name(parts[i])) infras.emplace_back(*infra);
  }
  return infras;
}

auto contains_ignoring_case(std::string_view text, std::string_view part) -> bool {
  return !std::ranges::search(text, part, {}, ascii_lower, ascii_lower).empty() || part.empty();
}

}  // namespace

AcceleratorTable::AcceleratorTable(std::vector<AcceleratorName> names, std::vector<DeviceFacts> devices)
    : names_(std::move(names)), devices_(std::move(devices)) {}

auto AcceleratorTable::canonical(std::string_view name, std::string_view infra) const -> Result<std::string> {
  std::string lower = to_lower(name);
  if (lower.starts_with("tpu-")) return lower;
  std::vector<std::string> candidates;
  for (const auto& entry : names_) {
    if (!contains_ignoring_case(entry.name, name)) continue;
    if (equals_ignore_case(entry.name, name)) return entry.name;
    if (infra.empty() || std::ranges::find(entry.infras, infra) != entry.infras.end()) candidates.push_back(entry.name);
  }
  if (candidates.empty()) return std::string(name);
  if (candidates.size() == 1) return candidates.front();
  return make_error(
      ErrorCode::kInvalidArgument,
      fmt::format("Accelerator name '{}' is ambiguous. Please choose one of ['{}'].", name, join(candidates, "', '")));
}

auto AcceleratorTable::similar(std::string_view name) const -> std::vector<std::string> {
  std::vector<std::string> upper;
  for (const auto& entry : names_) upper.push_back(to_upper(entry.name));
  std::vector<std::string> found;
  for (const auto match : close_matches(to_upper(name), {upper.begin(), upper.end()})) {
    found.push_back(names_[static_cast<size_t>(std::ranges::find(upper, match) - upper.begin())].name);
  }
  return found;
}

auto AcceleratorTable::by_memory(double memory_gib, bool at_least, std::string_view manufacturer) const
    -> std::vector<std::string> {
  std::vector<std::string> found;
  for (const auto& device : devices_) {
    const bool size = at_least ? device.memory_gib >= memory_gib : device.memory_gib == memory_gib;
    if (size && (manufacturer.empty() || equals_ignore_case(manufacturer, device.manufacturer))) {
      found.push_back(device.name);
    }
  }
  return found;
}

auto AcceleratorTable::memory_gib(std::string_view name) const -> double {
  const auto found = std::ranges::find(devices_, name, &DeviceFacts::name);
  return found == devices_.end() ? 0 : found->memory_gib;
}

auto parse_accelerator_names(std::string_view csv, const std::string& file) -> Result<std::vector<AcceleratorName>> {
  SKY_TRY(const auto lines, read_columns(csv, file, {"AcceleratorName", "Clouds"}));
  std::vector<AcceleratorName> names;
  for (const auto& line : lines) {
    if (!is_csv_missing(line[0])) names.push_back({line[0], infras_in(line[1])});
  }
  return names;
}

auto parse_device_facts(std::string_view csv, const std::string& file) -> Result<std::vector<DeviceFacts>> {
  SKY_TRY(const auto lines, read_columns(csv, file, {"GPU", "MemoryGB", "Manufacturer"}));
  std::vector<DeviceFacts> devices;
  for (const auto& line : lines) {
    if (const auto memory = parse_double(trim(line[1]))) devices.push_back({line[0], line[2], *memory});
  }
  return devices;
}

auto common_gpus() -> const std::vector<std::string_view>& {
  static const std::vector<std::string_view> kGpus = {"A10",        "A10G", "A100", "A100-80GB", "B200",
                                                      "H100",       "H200", "L4",   "L40S",      "RTX5090",
                                                      "RTXPRO6000", "T4",   "V100", "V100-32GB"};
  return kGpus;
}

auto common_tpus() -> const std::vector<std::string_view>& {
  static const std::vector<std::string_view> kTpus = {
      "tpu-v2-8",        "tpu-v3-8",  "tpu-v4-8",   "tpu-v4-16",  "tpu-v4-32", "tpu-v5litepod-1", "tpu-v5litepod-4",
      "tpu-v5litepod-8", "tpu-v5p-8", "tpu-v5p-16", "tpu-v5p-32", "tpu-v6e-1", "tpu-v6e-4",       "tpu-v6e-8"};
  return kTpus;
}

}  // namespace sky::catalog
