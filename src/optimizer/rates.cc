#include "optimizer/rates.h"

#include <array>
#include <span>

#include "catalog/row.h"

namespace sky::optimizer {
namespace {

constexpr double kHoursPerMonth = 730;
constexpr double kGbitPerSecond = 10;

// `usd_per_gb` holds up to `limit_gb` in all; the last tier has no limit.
struct EgressTier {
  double limit_gb;
  double usd_per_gb;
};
constexpr double kTb = 1024;
constexpr double kNoLimit = 1e18;

// Public price lists for traffic to the internet from the main US regions, 2026-11.
constexpr std::array kAwsEgress =
    std::to_array<EgressTier>({{1, 0}, {10 * kTb, 0.09}, {50 * kTb, 0.085}, {150 * kTb, 0.07}, {kNoLimit, 0.05}});
constexpr std::array kAzureEgress =
    std::to_array<EgressTier>({{1, 0}, {10 * kTb, 0.0875}, {50 * kTb, 0.083}, {150 * kTb, 0.07}, {kNoLimit, 0.05}});
constexpr std::array kGcpEgress = std::to_array<EgressTier>({{kTb, 0.12}, {10 * kTb, 0.11}, {kNoLimit, 0.08}});
constexpr std::array kIbmEgress = std::to_array<EgressTier>({{50 * kTb, 0.09}, {150 * kTb, 0.07}, {kNoLimit, 0.05}});

// USD per month; `medium` is what a task gets that names no tier.
struct DiskRate {
  double low_per_gib;
  double medium_per_gib;
  double high_per_gib;
  double high_fixed;  // provisioned operations
  double ultra_per_gib;
  double ultra_fixed;
};

struct Rates {
  std::string_view infra;
  std::span<const EgressTier> egress;
  std::string_view url_scheme;
  DiskRate disk;
};

// Disks: aws standard, gp3 (high: 4,000 operations above the free ones), io2 with 20,000; gcp pd-standard, pd-balanced,
// pd-ssd; azure Standard and Premium. Public list prices of the main US regions, 2026-11.
constexpr std::array kRates = std::to_array<Rates>({
    {"aws", kAwsEgress, "s3://", {0.05, 0.08, 0.08, 20, 0.125, 1300}},
    {"azure", kAzureEgress, "", {0.045, 0.12, 0.12, 0, catalog::kMissing, 0}},
    {"gcp", kGcpEgress, "gs://", {0.04, 0.10, 0.17, 0, 0.17, 0}},
    {"ibm", kIbmEgress, "cos://", {catalog::kMissing, catalog::kMissing, catalog::kMissing, 0, catalog::kMissing, 0}},
});

auto rates_of(std::string_view infra) -> const Rates* {
  for (const Rates& rates : kRates) {
    if (rates.infra == infra) return &rates;
  }
  return nullptr;
}

}  // namespace

auto egress_cost_usd(std::string_view infra, double size_gb) -> double {
  const Rates* rates = rates_of(infra);
  if (rates == nullptr) return 0;
  double cost = 0;
  double from = 0;
  for (const EgressTier& tier : rates->egress) {
    if (size_gb <= from) break;
    cost += (std::min(size_gb, tier.limit_gb) - from) * tier.usd_per_gb;
    from = tier.limit_gb;
  }
  return cost;
}

auto transfer_seconds(double size_gb) -> double {
  return size_gb * 8 / kGbitPerSecond;
}

auto disk_hourly_cost_usd(std::string_view infra, std::optional<DiskTier> tier, std::int64_t size_gib) -> double {
  const Rates* rates = rates_of(infra);
  if (rates == nullptr) return catalog::kMissing;
  const DiskRate& disk = rates->disk;
  const auto size = static_cast<double>(size_gib);
  const auto monthly = [&] {
    switch (tier.value_or(DiskTier::kMedium)) {
      case DiskTier::kLow:
        return size * disk.low_per_gib;
      case DiskTier::kMedium:
        return size * disk.medium_per_gib;
      case DiskTier::kUltra:
        return size * disk.ultra_per_gib + disk.ultra_fixed;
      case DiskTier::kHigh:
      case DiskTier::kBest:
        return size * disk.high_per_gib + disk.high_fixed;
    }
    return catalog::kMissing;
  };
  return monthly() / kHoursPerMonth;
}

auto infra_of_url(std::string_view url) -> std::string_view {
  for (const Rates& rates : kRates) {
    if (!rates.url_scheme.empty() && url.starts_with(rates.url_scheme)) return rates.infra;
  }
  return {};
}

}  // namespace sky::optimizer
