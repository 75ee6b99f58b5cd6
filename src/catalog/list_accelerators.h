// The lists behind /list_accelerators, /list_accelerator_counts and `sky gpus list`.
//
// Pure. Orders and the removal of duplicates are those of list_accelerators of 0.14.1 (read 2026-11), so that the stock
// client shows the same.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace sky::catalog {

// One row of the list; the fields and their order are those of the original's InstanceTypeInfo.
struct InstanceTypeInfo {
  std::string cloud;  // "AWS"
  std::optional<std::string> instance_type = {};
  std::string accelerator_name;
  double accelerator_count = 0;
  double cpu_count = kMissing;
  double device_memory_gib = kMissing;
  double memory_gib = kMissing;
  double price = kMissing;  // per hour, with the host where the device is priced apart
  double spot_price = kMissing;
  std::string region;
};

struct AcceleratorFilter {
  bool gpus_only = true;
  // A part of the name, or a regular expression of the simple kind that `sky gpus list` sends: `^(A100|H100)$`,
  // `tpu-.*`.
  std::string name = {};
  std::string region = {};  // the same, for the region's name
  std::optional<double> quantity = {};
  bool case_sensitive = true;
  bool all_regions = false;
  bool require_price = true;
};

using AcceleratorList = std::map<std::string, std::vector<InstanceTypeInfo>>;

// Keyed by canonical name; of TPUs by generation ("tpu-v5p"), when prices are required. kInvalidArgument for a pattern
// that is none.
auto list_accelerators(const Catalog& catalog, const AcceleratorFilter& filter) -> Result<AcceleratorList>;
// Appends the rows of `more`.
void merge_into(AcceleratorList& list, AcceleratorList more);
// Counts that are offered, ascending.
auto accelerator_counts(const AcceleratorList& list) -> std::map<std::string, std::vector<double>>;

}  // namespace sky::catalog
