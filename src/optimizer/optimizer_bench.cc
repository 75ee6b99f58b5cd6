// Aims: one task <= 5 ms, a chain of 50 tasks over 10 infras <= 50 ms (2 cores, release build).
#include <benchmark/benchmark.h>

#include "optimizer/optimizer.h"

namespace sky::optimizer {
namespace {

using catalog::Catalog;
using catalog::Row;

// 10,000 rows: 400 types, a quarter of them with GPUs, in 25 regions.
auto big_catalog(const std::string& infra, double factor) -> Catalog {
  static std::vector<std::string> names;
  if (names.empty()) {
    for (int i = 0; i < 400; ++i) names.push_back(fmt::format("m6i.{}", i));
    for (int i = 0; i < 25; ++i) names.push_back(fmt::format("us-region-{}", i));
  }
  std::vector<Row> rows;
  for (size_t type = 0; type < 400; ++type) {
    for (size_t region = 0; region < 25; ++region) {
      const bool gpu = type % 4 == 0;
      const double vcpus = static_cast<double>(1 << (type % 8));
      Row row{.instance_type = names[type],
              .accelerator = gpu ? (type % 8 == 0 ? "H100" : "L4") : "",
              .region = names[400 + region],
              .vcpus = vcpus,
              .memory_gib = vcpus * 4,
              .price = factor * (vcpus * 0.05 + (gpu ? 3 : 0)) * (1 + 0.01 * static_cast<double>(region + type))};
      row.spot_price = row.price / 3;
      if (gpu) row.accelerator_count = static_cast<double>(1 << (type % 16 / 4));
      rows.push_back(row);
    }
  }
  return Catalog::from_rows(infra, rows);
}

auto ten_catalogs() -> const std::vector<Catalog>& {
  static const std::vector<Catalog> catalogs = [] {
    std::vector<Catalog> made;
    double factor = 1;
    for (const char* infra : {"aws", "gcp", "azure", "lambda", "nebius", "oci", "runpod", "vast", "do", "cudo"}) {
      made.push_back(big_catalog(infra, factor));
      factor += 0.01;
    }
    return made;
  }();
  return catalogs;
}

auto request(size_t task_count) -> Request {
  Request made;
  for (size_t i = 0; i < task_count; ++i) {
    TaskRequest task{.name = fmt::format("t{}", i)};
    Resources& wish = task.resources.candidates[0];
    if (i % 3 == 0) wish.accelerator = Accelerator{.name = i % 2 == 0 ? "H100" : "L4", .count = 1};
    if (i % 3 == 1) {
      const double cpus = static_cast<double>(2 + i % 16);
      wish.cpus = Quantity{.value = cpus, .at_least = true, .text = fmt::format("{}+", cpus)};
    }
    task.outputs = DataSize{.url = "s3://b", .size_gb = 10.0 * static_cast<double>(i % 7)};
    made.tasks.push_back(std::move(task));
  }
  made.edges = chain_edges(task_count);
  for (const Catalog& one : ten_catalogs()) made.markets.push_back({.infra = one.infra(), .catalog = &one});
  return made;
}

void one_task(benchmark::State& state) {
  const Request asked = request(1);
  for (auto _ : state) benchmark::DoNotOptimize(optimize(asked));
}
BENCHMARK(one_task)->Unit(benchmark::kMillisecond);

void one_task_explained(benchmark::State& state) {
  const Request asked = request(1);
  for (auto _ : state) benchmark::DoNotOptimize(optimize(asked, Detail::kExplained));
}
BENCHMARK(one_task_explained)->Unit(benchmark::kMillisecond);

void chain_of_fifty(benchmark::State& state) {
  const Request asked = request(50);
  for (auto _ : state) benchmark::DoNotOptimize(optimize(asked));
}
BENCHMARK(chain_of_fifty)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sky::optimizer

BENCHMARK_MAIN();
