// Which devices go on which machines where a device is priced apart (gcp). Internal to catalog.
#pragma once

#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/infra_facts.h"

namespace sky::catalog {

struct DeviceDemand {
  std::string_view accelerator;
  double count = 0;
};

auto same_count(double a, double b) -> bool;

// The row of the host's sizes for that device, or null.
auto attached_device(const InfraFacts& facts, const DeviceDemand& device) -> const AttachedDevice*;

// kResourcesMismatch, in the original's words, when the device cannot sit on the machine.
auto check_attachable(const Catalog& catalog, const Machine& machine, const DeviceDemand& device) -> Result<>;
// The same question without the sentence.
auto may_attach(const InfraFacts& facts, const Machine& machine, std::string_view instance_type,
                const DeviceDemand& device) -> bool;

}  // namespace sky::catalog
