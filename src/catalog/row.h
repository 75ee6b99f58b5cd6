// What a catalog holds: machines and where they are offered at what price.
//
// A Row is one line of a vms.csv, or one live offer of an infrastructure. A Catalog stores rows split in two: what is
// the same wherever a type is offered (Machine, about 100 bytes, a few thousand of them) and the offers (Offer, 32
// bytes, up to hundreds of thousands). Both are plain bytes, as they lie in the cache file.
//
// Missing cells are NaN or an empty text. Prices are USD per hour. Memory is GiB.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace sky::catalog {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
inline auto is_missing(double value) -> bool {
  return std::isnan(value);
}

struct Row {
  std::string_view instance_type = {};  // empty: a device that is attached to a machine and priced apart (gcp)
  std::string_view accelerator = {};
  std::string_view region = {};
  std::string_view zone = {};
  std::string_view arch = {};        // "x86_64", "arm64"
  std::string_view generation = {};  // azure: "V1", "V2"
  double accelerator_count = kMissing;
  double vcpus = kMissing;
  double memory_gib = kMissing;
  double device_memory_gib = kMissing;  // of one device
  double price = kMissing;
  double spot_price = kMissing;
  double local_disk_gib = kMissing;  // SSDs of the machine together
  bool has_gpu_info = false;         // the catalog describes the device: it counts as a GPU in lists
  bool local_disk_nvme = false;
  std::uint16_t efa_interfaces = 0;  // aws
  std::int16_t hosting = -1;         // vast: 0 a private person's machine, 1 a data centre's, -1 not said
};

// A text of the catalog; Catalog::text() gives it.
struct Text {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  auto empty() const -> bool { return size == 0; }
  auto operator==(const Text&) const -> bool = default;
};

struct Machine {
  Text instance_type;
  Text accelerator;
  Text arch;
  Text generation;
  double accelerator_count = kMissing;
  double vcpus = kMissing;
  double memory_gib = kMissing;
  double device_memory_gib = kMissing;
  double local_disk_gib = kMissing;
  std::uint32_t offer_begin = 0;  // its offers are the range [offer_begin, offer_end) of Catalog::offers()
  std::uint32_t offer_end = 0;
  std::uint16_t efa_interfaces = 0;
  std::int16_t hosting = -1;
  std::uint8_t has_gpu_info = 0;
  std::uint8_t local_disk_nvme = 0;
  std::uint16_t reserved = 0;

  // Priced apart from the machine that it is attached to.
  auto is_device() const -> bool { return instance_type.empty(); }
};

// A machine at a place. The offers of a machine are sorted by price, region, zone, as the original sorts them; those
// without a price come last.
struct Offer {
  double price = kMissing;
  double spot_price = kMissing;
  std::uint32_t machine = 0;  // index in Catalog::machines()
  std::uint32_t region = 0;   // index in Catalog::regions()
  std::uint32_t zone = kNoZone;
  std::uint32_t reserved = 0;

  static constexpr std::uint32_t kNoZone = 0xFFFFFFFF;
};

enum class Market : std::uint8_t { kOnDemand, kSpot };

inline auto price_of(const Offer& offer, Market market) -> double {
  return market == Market::kSpot ? offer.spot_price : offer.price;
}

static_assert(std::is_trivially_copyable_v<Machine> && sizeof(Machine) == 88);
static_assert(std::is_trivially_copyable_v<Offer> && sizeof(Offer) == 32);

}  // namespace sky::catalog
