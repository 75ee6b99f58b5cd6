#include "catalog/load.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "catalog/block.h"
#include "format/csv.h"
#include "os/file.h"

namespace sky::catalog {
namespace {

// A file changed in the same moment as the cache was made may change again without another time stamp.
constexpr std::int64_t kTimestampGrainNs = 2'000'000'000;

enum Column : size_t {
  kInstanceType,
  kAcceleratorName,
  kAcceleratorCount,
  kVcpus,
  kMemoryGib,
  kGpuInfo,
  kPrice,
  kSpotPrice,
  kRegion,
  kZone,
  kArch,
  kLocalDiskType,
  kLocalDiskSize,
  kLocalDiskCount,
  kNvme,
  kEfa,
  kGeneration,
  kHosting,
  kColumnCount
};
constexpr std::array<std::string_view, kColumnCount> kColumnNames = {"InstanceType",
                                                                     "AcceleratorName",
                                                                     "AcceleratorCount",
                                                                     "vCPUs",
                                                                     "MemoryGiB",
                                                                     "GpuInfo",
                                                                     "Price",
                                                                     "SpotPrice",
                                                                     "Region",
                                                                     "AvailabilityZone",
                                                                     "Arch",
                                                                     "LocalDiskType",
                                                                     "LocalDiskSize",
                                                                     "LocalDiskCount",
                                                                     "NVMeSupported",
                                                                     "MaximumEfaInterfaces",
                                                                     "Generation",
                                                                     "HostingType"};

// The memory of the first device of `{'Gpus': [{…, 'MemoryInfo': {'SizeInMiB': 81920}}], …}`; missing for other texts.
auto device_memory_gib(std::string_view gpu_info) -> double {
  constexpr std::string_view kKey = "'SizeInMiB':";
  const size_t at = gpu_info.find(kKey);
  if (at == std::string_view::npos) return kMissing;
  std::string_view rest = trim(gpu_info.substr(at + kKey.size()));
  const auto mib = parse_double(rest.substr(0, rest.find_first_not_of("0123456789.")));
  return mib ? *mib / 1024 : kMissing;
}

class RowReader {
 public:
  RowReader(std::string_view csv, const std::string& file) : reader_(csv, file), csv_(csv) { columns_.fill(kAbsent); }

  auto read_header() -> Result<> {
    SKY_TRY(const bool any, reader_.next(fields_));
    if (!any) return reader_.error("expected a header line, found an empty file");
    width_ = fields_.size();
    for (size_t i = width_; i-- > 0;) {
      const auto found = std::ranges::find(kColumnNames, fields_[i]);
      if (found != kColumnNames.end()) columns_[static_cast<size_t>(found - kColumnNames.begin())] = i;
    }
    for (const Column needed : {kInstanceType, kPrice, kRegion}) {
      if (columns_[needed] != kAbsent) continue;
      return reader_.error(fmt::format("expected a column \"{}\" in the header", kColumnNames[needed]));
    }
    return {};
  }

  auto next(Row& row) -> Result<bool> {
    SKY_TRY(const bool any, reader_.next(fields_));
    if (!any) return false;
    if (fields_.size() > width_) {
      return reader_.error(fmt::format("expected {} fields as in the header, found {}", width_, fields_.size()));
    }
    row.instance_type = text(kInstanceType);
    row.accelerator = text(kAcceleratorName);
    row.region = text(kRegion);
    row.zone = text(kZone);
    row.arch = text(kArch);
    row.generation = text(kGeneration);
    const std::string_view gpu_info = text(kGpuInfo);
    row.has_gpu_info = !gpu_info.empty();
    row.device_memory_gib = device_memory_gib(gpu_info);
    SKY_TRY(row.accelerator_count, number(kAcceleratorCount));
    SKY_TRY(row.vcpus, number(kVcpus));
    SKY_TRY(row.memory_gib, number(kMemoryGib));
    SKY_TRY(row.price, number(kPrice));
    SKY_TRY(row.spot_price, number(kSpotPrice));
    if (row.price < 0 || row.spot_price < 0) return reader_.error("expected a price of at least 0");
    SKY_CHECK(read_extras(row));
    return true;
  }

  auto copies() && -> std::vector<std::unique_ptr<std::string>> { return std::move(copies_); }

 private:
  static constexpr size_t kAbsent = static_cast<size_t>(-1);

  auto read_extras(Row& row) -> Result<> {
    row.local_disk_gib = kMissing;
    row.local_disk_nvme = false;
    if (text(kLocalDiskType) == "ssd") {
      SKY_TRY(const double size, number(kLocalDiskSize));
      SKY_TRY(const double count, number(kLocalDiskCount));
      row.local_disk_gib = size * count;
      row.local_disk_nvme = equals_ignore_case(text(kNvme), "true");
    }
    SKY_TRY(const double efa, number(kEfa));
    SKY_TRY(const double hosting, number(kHosting));
    row.efa_interfaces = static_cast<std::uint16_t>(is_missing(efa) ? 0 : std::clamp(efa, 0.0, 65535.0));
    row.hosting = static_cast<std::int16_t>(is_missing(hosting) ? -1 : std::clamp(hosting, -1.0, 32767.0));
    return {};
  }

  // Empty for a missing cell. Fields that the reader had to copy are kept, once per run of equal ones.
  auto text(Column column) -> std::string_view {
    const size_t at = columns_[column];
    if (at >= fields_.size() || is_csv_missing(fields_[at])) return {};
    const std::string_view field = fields_[at];
    if (field.data() >= csv_.data() && field.data() < csv_.data() + csv_.size()) return field;
    if (column == kGpuInfo) return field;  // read at once
    if (copies_.empty() || *copies_.back() != field) copies_.push_back(std::make_unique<std::string>(field));
    return *copies_.back();
  }

  auto number(Column column) -> Result<double> {
    const size_t at = columns_[column];
    if (at >= fields_.size()) return kMissing;
    const std::string_view field = trim(fields_[at]);
    if (is_csv_missing(field)) return kMissing;
    const auto value = parse_double(field);
    if (value && std::isfinite(*value)) return *value;
    return reader_.error(fmt::format("{}: expected a number, found \"{}\"", kColumnNames[column], field.substr(0, 40)));
  }

  CsvReader reader_;
  std::string_view csv_;
  std::vector<std::string_view> fields_;
  std::array<size_t, kColumnCount> columns_{};
  size_t width_ = 0;
  std::vector<std::unique_ptr<std::string>> copies_;
};

auto date_of(WallTime time) -> std::string {
  return format_utc(to_epoch_seconds(time)).substr(0, 10);
}

// True when `source` cannot have changed since the cache was written, judged by size and time alone.
auto is_surely_current(const Block& cache, const SourceStamp& source, WallTime cache_written) -> bool {
  const SourceStamp& seen = cache.header().source;
  return seen.size_bytes == source.size_bytes && seen.modified_ns == source.modified_ns &&
         cache_written.time_since_epoch().count() - source.modified_ns > kTimestampGrainNs;
}

}  // namespace

auto CsvRows::parse(std::string_view csv, const std::string& file) -> Result<CsvRows> {
  RowReader reader(csv, file);
  SKY_CHECK(reader.read_header());
  CsvRows result;
  for (Row row;;) {
    SKY_TRY(const bool any, reader.next(row));
    if (!any) break;
    result.rows_.push_back(row);
  }
  result.copies_ = std::move(reader).copies();
  return result;
}

auto cache_path(const std::string& csv_path) -> std::string {
  return csv_path + ".cache";
}

auto load_catalog(const std::string& infra, const std::string& csv_path, const std::string& snapshot_date)
    -> Result<Catalog> {
  SKY_TRY(const os::FileInfo info, os::stat_file(csv_path));
  Origin origin{csv_path, !snapshot_date.empty(), snapshot_date.empty() ? date_of(info.modified) : snapshot_date};
  if (info.size_bytes > kCsvSizeMaxBytes) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{}:1: expected at most {} MiB, found {}", csv_path,
                                                               kCsvSizeMaxBytes >> 20U, info.size_bytes >> 20U));
  }
  SourceStamp source{info.size_bytes, info.modified.time_since_epoch().count(), 0};
  const std::string cache = cache_path(csv_path);
  auto cached = Block::map(cache);
  if (cached.ok()) {
    const auto cache_info = os::stat_file(cache);
    if (cache_info.ok() && is_surely_current(**cached, source, cache_info->modified)) {
      return Catalog(infra, std::move(cached).value(), std::move(origin));
    }
  }
  SKY_TRY(const std::string csv, os::read_file(csv_path, kCsvSizeMaxBytes));
  source.size_bytes = csv.size();
  source.hash = quick_hash(csv);
  std::string image;
  if (cached.ok() && (*cached)->header().source.hash == source.hash) {
    image = with_source(std::string((*cached)->bytes()), source);
  } else {
    SKY_TRY(const CsvRows rows, CsvRows::parse(csv, csv_path));
    image = build_block(rows.rows(), source);
  }
  // Without a cache the next start is slower, nothing else.
  static_cast<void>(os::write_file_atomic(cache, image, 0644));
  SKY_TRY(auto block, Block::of(std::move(image)));
  return Catalog(infra, std::move(block), std::move(origin));
}

}  // namespace sky::catalog
