#include "cli/task_facts.h"

#include <algorithm>

#include "catalog/catalogs.h"
#include "cli/client_config.h"
#include "os/file.h"
#include "task/validate.h"

namespace sky::cli {
namespace {

auto asks_by_memory(const Resources& resources) -> bool {
  return resources.accelerator && resources.accelerator->by_memory;
}

auto lacks_memory(const Resources& resources) -> bool {
  return resources.infra && resources.instance_type && !resources.memory_gib;
}

auto needs_catalogs(const Dag& dag) -> bool {
  return std::any_of(dag.tasks.begin(), dag.tasks.end(), [](const Task& task) {
    const auto& candidates = task.resources.candidates;
    return std::any_of(candidates.begin(), candidates.end(),
                       [](const Resources& one) { return asks_by_memory(one) || lacks_memory(one); });
  });
}

auto set_memory(const catalog::Catalogs& catalogs, Resources& resources) -> Result<> {
  if (!lacks_memory(resources) || !catalogs.has(*resources.infra)) return {};
  SKY_TRY(const catalog::Catalog* catalog, catalogs.find(*resources.infra));
  const catalog::Machine* machine = catalog->find_machine(*resources.instance_type);
  if (machine == nullptr) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("No instance type {} found.", *resources.instance_type));
  }
  if (machine->memory_gib >= 0) {
    resources.memory_gib = Quantity{.value = machine->memory_gib, .text = python_float_text(machine->memory_gib)};
  }
  return {};
}

auto complete(const catalog::Catalogs& catalogs, Task& task) -> Result<> {
  auto& candidates = task.resources.candidates;
  if (std::any_of(candidates.begin(), candidates.end(), asks_by_memory)) {
    SKY_TRY(const catalog::AcceleratorTable* table, catalogs.accelerators());
    SKY_CHECK(expand_accelerators(task.resources, [&](const DeviceMemory& wanted) {
      return table->by_memory(static_cast<double>(wanted.memory_gib), wanted.at_least, wanted.manufacturer);
    }));
  }
  for (auto& candidate : candidates) SKY_CHECK(set_memory(catalogs, candidate));
  return {};
}

}  // namespace

auto complete_from_catalogs(const CliEnvironment& env, Dag& dag) -> Result<> {
  if (!needs_catalogs(dag)) return {};
  const std::string program = os::read_symlink("/proc/self/exe").value_or(std::string("sky"));
  const auto catalogs = catalog::Catalogs::open(catalog::CatalogDirs::of(home_of(env), program));
  for (auto& task : dag.tasks) SKY_CHECK(complete(catalogs, task));
  return {};
}

}  // namespace sky::cli
