#include "catalog/catalogs.h"

#include "base/strings.h"
#include "catalog/load.h"
#include "os/file.h"

namespace sky::catalog {
namespace {

constexpr std::string_view kMachinesFile = "vms.csv";
constexpr std::string_view kCommonDir = "common";

// `file` of the user's directory, else of the snapshot; empty when neither has it.
auto first_of(const CatalogDirs& dirs, std::string_view file) -> std::string {
  for (const auto& dir : {dirs.user, dirs.snapshot}) {
    std::string path = fmt::format("{}/{}", dir, file);
    if (!dir.empty() && os::file_exists(path)) return path;
  }
  return "";
}

auto read_table(const CatalogDirs& dirs) -> Result<AcceleratorTable> {
  std::vector<AcceleratorName> names;
  std::vector<DeviceFacts> devices;
  if (const auto path = first_of(dirs, "common/accelerators.csv"); !path.empty()) {
    SKY_TRY(const std::string csv, os::read_file(path));
    SKY_TRY(names, parse_accelerator_names(csv, path));
  }
  if (const auto path = first_of(dirs, "common/metadata.csv"); !path.empty()) {
    SKY_TRY(const std::string csv, os::read_file(path));
    SKY_TRY(devices, parse_device_facts(csv, path));
  }
  return AcceleratorTable(std::move(names), std::move(devices));
}

// A snapshot says how old its prices are in a file beside it.
auto prices_date(const std::string& csv_path) -> std::string {
  const auto text = os::read_file(os::parent_dir(csv_path) + "/prices_date.txt");
  return text.ok() ? std::string(trim(*text)) : "";
}

auto load(const std::string& infra, const std::string& path, bool is_snapshot) -> Result<Catalog> {
  return load_catalog(infra, path, is_snapshot ? prices_date(path) : "");
}

}  // namespace

auto CatalogDirs::of(std::string_view home, std::string_view program) -> CatalogDirs {
  CatalogDirs dirs;
  dirs.user = fmt::format("{}/.sky/catalogs/v8", home);
  // <prefix>/bin/sky, and <source>/build/<preset>/bin/sky.
  for (const std::string_view from : {"../share/sky/catalogs/v8", "../../../data/catalogs/v8"}) {
    std::string dir = fmt::format("{}/{}", os::parent_dir(program), from);
    if (!os::file_exists(dir)) continue;
    dirs.snapshot = std::move(dir);
    break;
  }
  return dirs;
}

auto Catalogs::open(CatalogDirs dirs) -> Catalogs {
  Catalogs catalogs;
  for (const bool is_snapshot : {false, true}) {
    const std::string& dir = is_snapshot ? dirs.snapshot : dirs.user;
    const auto entries = os::list_dir(dir);
    if (!entries.ok()) continue;  // there is none
    for (const auto& entry : *entries) {
      std::string path = fmt::format("{}/{}/{}", dir, entry.name, kMachinesFile);
      if (entry.name == kCommonDir || !os::file_exists(path)) continue;
      catalogs.entries_.try_emplace(entry.name, Entry{std::move(path), is_snapshot, {}});
    }
  }
  catalogs.dirs_ = std::move(dirs);
  return catalogs;
}

auto Catalogs::of(std::vector<Catalog> catalogs, AcceleratorTable accelerators) -> Catalogs {
  Catalogs result;
  for (auto& catalog : catalogs) {
    std::string infra = catalog.infra();
    result.entries_.try_emplace(std::move(infra),
                                Entry{{}, false, std::make_unique<Result<Catalog>>(std::move(catalog))});
  }
  result.accelerators_ = std::make_unique<Result<AcceleratorTable>>(std::move(accelerators));
  return result;
}

auto Catalogs::infras() const -> std::vector<std::string> {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

auto Catalogs::find(std::string_view infra) const -> Result<const Catalog*> {
  const auto found = entries_.find(infra);
  if (found == entries_.end()) {
    return make_error(ErrorCode::kNotFound, fmt::format("no catalog of '{}'", infra),
                      fmt::format("put one into {}/{}, or run: sky catalog update", dirs_.user, infra));
  }
  const Entry& entry = found->second;
  if (!entry.catalog) {
    entry.catalog = std::make_unique<Result<Catalog>>(load(found->first, entry.path, entry.is_snapshot));
  }
  if (!entry.catalog->ok()) return entry.catalog->error();
  return &**entry.catalog;
}

auto Catalogs::accelerators() const -> Result<const AcceleratorTable*> {
  if (!accelerators_) accelerators_ = std::make_unique<Result<AcceleratorTable>>(read_table(dirs_));
  if (!accelerators_->ok()) return accelerators_->error();
  return &**accelerators_;
}

void Catalogs::preload() const {
  for (const auto& [name, entry] : entries_) static_cast<void>(find(name));
  static_cast<void>(accelerators());
}

}  // namespace sky::catalog
