// Names of accelerators: their canonical spelling, what was meant, and devices by memory.
//
// Pure; made of common/accelerators.csv (AcceleratorName, Clouds) and common/metadata.csv (GPU, MemoryGB, Manufacturer)
// or by hand in tests. The forms `80GB+` and `nvidia:40GB` are parsed by `task`; here they are looked up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sky::catalog {

struct AcceleratorName {
  std::string name;                 // "A100-80GB"
  std::vector<std::string> infras;  // canonical names of the infrastructures that offer it
};

struct DeviceFacts {
  std::string name;
  std::string manufacturer;  // "NVIDIA"
  double memory_gib = 0;
};

class AcceleratorTable {
 public:
  AcceleratorTable() = default;
  AcceleratorTable(std::vector<AcceleratorName> names, std::vector<DeviceFacts> devices);

  auto names() const -> const std::vector<AcceleratorName>& { return names_; }
  auto devices() const -> const std::vector<DeviceFacts>& { return devices_; }

  // The canonical spelling of a name in any case: of TPUs lower case; else an equal name; else the only one that
  // contains `name` and is offered by `infra` (empty: by any); else `name` itself, which may be known to a cluster.
  // kInvalidArgument `Accelerator name 'A10' is ambiguous. Please choose one of […].`
  auto canonical(std::string_view name, std::string_view infra = {}) const -> Result<std::string>;
  // Names that are most like a misspelt one, best first; at most three.
  auto similar(std::string_view name) const -> std::vector<std::string>;

  // Names of the devices with that memory (or more), in the order of the table. `manufacturer` empty: any; case
  // ignored.
  auto by_memory(double memory_gib, bool at_least, std::string_view manufacturer = {}) const
      -> std::vector<std::string>;
  // Memory of one device in GiB, 0 when not known.
  auto memory_gib(std::string_view name) const -> double;

 private:
  std::vector<AcceleratorName> names_;
  std::vector<DeviceFacts> devices_;
};

// Tables as the files hold them. `names` of rows like `H100,"['AWS', 'GCP']"`. Errors as CsvReader's.
auto parse_accelerator_names(std::string_view csv, const std::string& file) -> Result<std::vector<AcceleratorName>>;
auto parse_device_facts(std::string_view csv, const std::string& file) -> Result<std::vector<DeviceFacts>>;

// What `sky gpus list` without arguments shows. Source: get_common_gpus and get_tpus of 0.14.1, 2026-11.
auto common_gpus() -> const std::vector<std::string_view>&;
auto common_tpus() -> const std::vector<std::string_view>&;

}  // namespace sky::catalog
