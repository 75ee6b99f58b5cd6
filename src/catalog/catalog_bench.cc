// Loading 100,000 rows and asking them, beside the floor: reading the file's bytes.
#include <fcntl.h>
#include <unistd.h>

#include <benchmark/benchmark.h>

#include "base/assert.h"
#include "catalog/list_accelerators.h"
#include "catalog/load.h"
#include "catalog/query.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::catalog {
namespace {

constexpr int kRowCount = 100'000;
constexpr int kTypeCount = 800;

// Rows as aws has them: types × zones, one in eight with a device.
struct Sample {
  os::TempDir dir = os::TempDir::make().value();
  std::string csv = dir.file("vms.csv");

  Sample() {
    std::string text =
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,"
        "AvailabilityZone\n";
    for (int i = 0; i < kRowCount; ++i) {
      const int type = i / (kRowCount / kTypeCount);
      const int zone = i % (kRowCount / kTypeCount);
      const std::string gpu = type % 8 != 0 ? ",," : fmt::format("A{},{}.0,", type / 64, 1 << (type % 4));
      const std::string info = type % 8 != 0 ? "" : "\"{'Gpus': [{'Name': 'A', 'MemoryInfo': {'SizeInMiB': 40960}}]}\"";
      text += fmt::format("m{}.{}xlarge,{}{}.0,{}.0,{},{:.5f},{:.5f},region-{},region-{}-{}\n", type / 8, type % 8, gpu,
                          1 << (type % 7), 4 << (type % 7), info, 0.1 * (type + 1), 0.03 * (type + 1), zone / 3,
                          zone / 3, zone % 3);
    }
    SKY_ASSERT(os::write_file_atomic(csv, text).ok());
    // Old enough that size and time alone tell that it is unchanged.
    const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    SKY_ASSERT(::utimensat(AT_FDCWD, csv.c_str(), times, 0) == 0);
  }
};

auto sample() -> const Sample& {
  static const Sample kSample;
  return kSample;
}

void read_bytes(benchmark::State& state) {
  const std::string& csv = sample().csv;
  for (auto _ : state) benchmark::DoNotOptimize(os::read_file(csv, kCsvSizeMaxBytes).ok());
}
BENCHMARK(read_bytes)->Unit(benchmark::kMillisecond);

void load_without_cache(benchmark::State& state) {
  const std::string& csv = sample().csv;
  for (auto _ : state) {
    ::unlink(cache_path(csv).c_str());
    SKY_ASSERT(load_catalog("aws", csv).ok());
  }
}
BENCHMARK(load_without_cache)->Unit(benchmark::kMillisecond);

void load_from_cache(benchmark::State& state) {
  const std::string& csv = sample().csv;
  SKY_ASSERT(load_catalog("aws", csv).ok());
  for (auto _ : state) SKY_ASSERT(load_catalog("aws", csv).ok());
}
BENCHMARK(load_from_cache)->Unit(benchmark::kMillisecond);

auto loaded() -> const Catalog& {
  static const Catalog kCatalog = load_catalog("aws", sample().csv).value();
  return kCatalog;
}

void find_machine(benchmark::State& state) {
  const Catalog& catalog = loaded();
  for (auto _ : state) benchmark::DoNotOptimize(catalog.find_machine("m42.3xlarge"));
}
BENCHMARK(find_machine);

void find_accelerator(benchmark::State& state) {
  const Catalog& catalog = loaded();
  for (auto _ : state) benchmark::DoNotOptimize(catalog.with_accelerator("a3"));
}
BENCHMARK(find_accelerator);

void choose_accelerator(benchmark::State& state) {
  const Catalog& catalog = loaded();
  for (auto _ : state) benchmark::DoNotOptimize(choices(catalog, {.accelerator = "A3", .accelerator_count = 1}));
}
BENCHMARK(choose_accelerator)->Unit(benchmark::kMicrosecond);

void list_all_accelerators(benchmark::State& state) {
  const Catalog& catalog = loaded();
  for (auto _ : state) benchmark::DoNotOptimize(list_accelerators(catalog, {}).ok());
}
BENCHMARK(list_all_accelerators)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sky::catalog

BENCHMARK_MAIN();
