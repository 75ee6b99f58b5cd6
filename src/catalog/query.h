// Questions that the optimizer, validation and lists ask a catalog, answered as the original answers them.
//
// Pure. A Choice is a machine, or a machine with a device that is attached to it and priced apart (gcp's GPUs and
// TPUs); callers need not know which. How an infrastructure prefers machines is data in infra_facts.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace sky::catalog {

// `4`, `4+`, and for memory `4x` (times the vCPUs).
struct Bound {
  double value = 0;
  bool at_least = false;
  bool per_cpu = false;
};

struct LocalDisk {
  bool nvme = false;
  double size_gib = 0;
  bool at_least = false;
};

// What one node must have. Regions and zones are compared without case.
struct Want {
  std::string_view accelerator = {};  // canonical name; empty: none is asked for
  double accelerator_count = 0;
  std::optional<Bound> cpus = {};
  std::optional<Bound> memory_gib = {};
  std::optional<LocalDisk> local_disk = {};
  std::string_view region = {};
  std::string_view zone = {};
  Market market = Market::kOnDemand;
  std::optional<double> hourly_cost_usd_max = {};
};

struct Choice {
  const Machine* machine = nullptr;  // null for a TPU VM, which has no price of its own
  const Machine* device = nullptr;   // null unless the accelerator is priced apart
  std::string_view instance_type = {};
  double hourly_cost_usd = kMissing;  // at its cheapest place that fits the Want
};

struct Place {
  std::string_view region = {};
  std::string_view zone = {};  // empty where the infrastructure has no zones
  double hourly_cost_usd = 0;
};

// Every machine that satisfies `want`, cheapest first, equal prices in the order of the file. Without an accelerator
// and an instance type that is the infrastructure's default families with its default cpus and memory; with an
// accelerator all machines that have exactly that many, or hosts that may carry them.
auto choices(const Catalog& catalog, const Want& want) -> std::vector<Choice>;

// A machine named by the user, with the device of `want` where one is attached; region, zone, market and cost of `want`
// apply. kNotFound when the catalog lacks the type; kResourcesMismatch when the accelerator cannot be attached to it.
auto named_choice(const Catalog& catalog, std::string_view instance_type, const Want& want) -> Result<Choice>;

// `V100:8`, offered by this infrastructure, of which `want` is a part: what to type instead. Cheapest first.
auto similar_accelerators(const Catalog& catalog, const Want& want) -> std::vector<std::string>;

// Where a choice is offered in `market`, cheapest first, then by region and zone; of an infrastructure that says so
// (aws) all US regions come first. Places without a price are left out.
auto places(const Catalog& catalog, const Choice& choice, Market market) -> std::vector<Place>;

// What the machine itself brings: the catalog's accelerator, or that of a type which is bound to one (a2-highgpu-8g).
struct Accelerators {
  std::string_view name = {};
  double count = 0;
};
auto accelerators_of(const Catalog& catalog, const Machine& machine) -> std::optional<Accelerators>;

// The catalog's spelling of a place. kInvalidArgument with the original's sentences, `Invalid region 'x'` and
// `Invalid zone 'x' for region 'y'`, with suggestions or the list of regions.
struct PlaceName {
  std::optional<std::string> region = {};
  std::optional<std::string> zone = {};
};
auto validate_place(const Catalog& catalog, PlaceName place) -> Result<PlaceName>;

}  // namespace sky::catalog
