// From a vms.csv to a Catalog, through the cache that lies beside it (`vms.csv.cache`).
//
// The cache is used while the CSV has the size and modification time that it had, or failing that the same content. It
// is written beside and renamed; where that fails (a read-only directory) everything works without one. A damaged cache
// is made again. Blocking; some 50 ms for 100,000 rows without a cache, well under a millisecond with one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/row.h"

namespace sky::catalog {

inline constexpr std::uint64_t kCsvSizeMaxBytes = std::uint64_t{256} << 20U;

// One row per line. The columns are found by their names, in any order; unknown ones are ignored.
//   all: InstanceType AcceleratorName AcceleratorCount vCPUs MemoryGiB GpuInfo Price SpotPrice Region AvailabilityZone
//   aws: Arch LocalDiskType LocalDiskSize LocalDiskCount NVMeSupported MaximumEfaInterfaces
//   azure: Generation      vast: HostingType
// InstanceType, Price and Region must be there. A row may be short, but not longer than the header. Errors are
// kInvalidArgument `FILE:LINE: …`: what CsvReader refuses, a number that is none, a negative price.
class CsvRows {
 public:
  // The rows point into `csv` and into this.
  static auto parse(std::string_view csv, const std::string& file) -> Result<CsvRows>;
  auto rows() const -> const std::vector<Row>& { return rows_; }

 private:
  std::vector<Row> rows_;
  std::vector<std::unique_ptr<std::string>> copies_;  // of the quoted fields
};

// `snapshot_date` is that of a snapshot's prices, empty for the user's own file.
// Errors: kNotFound, kInvalidArgument as above and for a file above kCsvSizeMaxBytes, and what reading says.
auto load_catalog(const std::string& infra, const std::string& csv_path, const std::string& snapshot_date = {})
    -> Result<Catalog>;

// `vms.csv.cache` of `vms.csv`.
auto cache_path(const std::string& csv_path) -> std::string;

}  // namespace sky::catalog
