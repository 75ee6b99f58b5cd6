// List prices that no catalog holds: moving data out of an infra, and disks. Data; where nothing is known it is free or
// missing.
#pragma once

#include <string_view>

#include "task/task.h"

namespace sky::optimizer {

// USD for moving `size_gb` out of an infra; marginal tiers. 0 where it is free or not known.
auto egress_cost_usd(std::string_view infra, double size_gb) -> double;

// Seconds to move it between infras, at 10 Gbit/s.
auto transfer_seconds(double size_gb) -> double;

// USD per hour of a boot disk; kMissing where no price is known.
auto disk_hourly_cost_usd(std::string_view infra, std::optional<DiskTier> tier, std::int64_t size_gib) -> double;

// The infra that a URL of data lives in ("s3://…": aws); empty when it is on none.
auto infra_of_url(std::string_view url) -> std::string_view;

inline constexpr std::int64_t kDefaultDiskGib = 256;

}  // namespace sky::optimizer
