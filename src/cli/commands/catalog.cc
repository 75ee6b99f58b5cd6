// sky catalog: what the catalogs of this machine hold, and newer ones. Needs no server.
#include <map>
#include <set>

#include "async/asio_loop.h"
#include "base/status.h"
#include "base/strings.h"
#include "catalog/catalogs.h"
#include "catalog/fetch/fetch.h"
#include "catalog/list_accelerators.h"
#include "cli/client_config.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "config/infra_names.h"
#include "format/json.h"
#include "os/file.h"
#include "term/progress_bar.h"
#include "term/spinner.h"
#include "term/table.h"

namespace sky::cli {
namespace {

using catalog::Catalog;

constexpr Duration kFileTimeMax = std::chrono::minutes(10);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "infra_list", .arity = Arity::kAny},
});

constexpr std::array kUpdateOptions = std::to_array<Option>({
    {.names = "--url",
     .type = ValueType::kText,
     .help = "Address of the catalogs. Default: $SKYPILOT_CATALOG_URL, else where the original hosts them."},
});

auto dirs_of(const CliEnvironment& env) -> catalog::CatalogDirs {
  const std::string own = os::read_symlink("/proc/self/exe").value_or(std::string("sky"));
  return catalog::CatalogDirs::of(home_of(env), own);
}

// Canonical names of the infrastructures that were named.
auto named_infras(const Invocation& given) -> std::vector<std::string> {
  std::vector<std::string> names;
  for (const auto& name : given.arguments("infra_list")) {
    names.emplace_back(canonical_infra_name(name).value_or(name));
  }
  return names;
}

// ---- show ---------------------------------------------------------------------------------------------------------

struct Summary {
  std::string infra;
  std::string source;
  std::string prices_of;
  size_t machine_count = 0;
  size_t accelerator_count = 0;
  size_t region_count = 0;
  size_t offer_count = 0;
};

auto source_of(const Catalog& catalog, const catalog::Downloads& downloads) -> std::string {
  if (catalog.origin().is_snapshot) return "built-in";
  const auto download = downloads.look(fmt::format("{}/vms.csv", catalog.infra()));
  return download.ok() && download->state == catalog::DownloadState::kDownloaded ? "downloaded" : "edited";
}

auto summarize(const Catalog& catalog, const catalog::Downloads& downloads) -> Summary {
  std::set<std::string_view> types;
  for (const auto& machine : catalog.machines()) {
    if (!machine.is_device()) types.insert(catalog.text(machine.instance_type));
  }
  return {.infra = catalog.infra(),
          .source = source_of(catalog, downloads),
          .prices_of = catalog.origin().date,
          .machine_count = types.size(),
          .accelerator_count = catalog.accelerator_names().size(),
          .region_count = catalog.regions().size(),
          .offer_count = catalog.offers().size()};
}

auto to_json(const Summary& row, const Catalog& catalog) -> JsonObject {
  return {{"infra", row.infra},
          {"source", row.source},
          {"path", catalog.origin().path},
          {"prices_of", row.prices_of},
          {"instance_types", row.machine_count},
          {"accelerators", row.accelerator_count},
          {"regions", row.region_count},
          {"offers", row.offer_count}};
}

struct AcceleratorRow {
  std::set<double> counts;
  double price = catalog::kMissing;
  double spot_price = catalog::kMissing;
};

void take_lower(double price, double& lowest) {
  if (!catalog::is_missing(price) && !(lowest <= price)) lowest = price;
}

// The lowest price of one machine, whatever its count.
auto accelerator_rows(const Catalog& catalog) -> Result<std::map<std::string, AcceleratorRow>> {
  SKY_TRY(const auto list, catalog::list_accelerators(catalog, {.gpus_only = false}));
  std::map<std::string, AcceleratorRow> rows;
  for (const auto& [name, infos] : list) {
    AcceleratorRow& row = rows[name];
    for (const auto& info : infos) {
      row.counts.insert(info.accelerator_count);
      take_lower(info.price, row.price);
      take_lower(info.spot_price, row.spot_price);
    }
  }
  return rows;
}

auto price_cell(double price) -> std::string {
  return catalog::is_missing(price) ? "-" : fmt::format("$ {:.3f}", price);
}

auto accelerator_table(const std::map<std::string, AcceleratorRow>& rows) -> std::string {
  term::Table table({"ACCELERATOR", "COUNTS", "FROM ($/h)", "SPOT FROM ($/h)"});
  for (const auto& [name, row] : rows) {
    std::vector<std::string> counts;
    for (const double count : row.counts) counts.push_back(fmt::format("{}", count));
    table.add({name, join(counts, ", "), price_cell(row.price), price_cell(row.spot_price)});
  }
  return table.render();
}

auto accelerators_json(const std::map<std::string, AcceleratorRow>& rows) -> JsonArray {
  const auto price = [](double value) { return catalog::is_missing(value) ? Json() : Json(value); };
  JsonArray array;
  for (const auto& [name, row] : rows) {
    array.push_back({{"name", name},
                     {"counts", JsonArray(row.counts.begin(), row.counts.end())},
                     {"price_from", price(row.price)},
                     {"spot_price_from", price(row.spot_price)}});
  }
  return array;
}

auto run_show(Invocation& given) -> int {
  const catalog::CatalogDirs dirs = dirs_of(given.env());
  const catalog::Catalogs catalogs = catalog::Catalogs::open(dirs);
  const catalog::Downloads downloads(dirs.user);
  const bool json = given.text("output") == "json";
  std::vector<std::string> infras = named_infras(given);
  const bool in_detail = !infras.empty();
  if (!in_detail) infras = catalogs.infras();
  term::Table table({"INFRA", "SOURCE", "PRICES OF", "INSTANCE TYPES", "ACCELERATORS", "REGIONS", "OFFERS"});
  JsonArray array;
  std::string details;
  int exit_code = kExitSucceeded;
  for (const auto& infra : infras) {
    const auto found = catalogs.find(infra);
    if (!found.ok()) {
      exit_code = given.fail(found.error());
      continue;
    }
    const Summary row = summarize(**found, downloads);
    table.add({row.infra, row.source, row.prices_of, fmt::format("{}", row.machine_count),
               fmt::format("{}", row.accelerator_count), fmt::format("{}", row.region_count),
               fmt::format("{}", row.offer_count)});
    JsonObject object = to_json(row, **found);
    if (in_detail) {
      const auto rows = accelerator_rows(**found);
      if (!rows.ok()) return given.fail(rows.error());
      details += fmt::format("\n\n{}\n{}", row.infra, accelerator_table(*rows));
      object["by_accelerator"] = accelerators_json(*rows);
    }
    array.push_back(std::move(object));
  }
  if (json) {
    given.print(to_json_text(array, JsonStyle::kIndented));
  } else if (!table.empty()) {
    given.print(table.render() + details);
  } else if (exit_code == kExitSucceeded) {
    given.print("No catalogs. To download them: sky catalog update");
  }
  return exit_code;
}

// ---- update -------------------------------------------------------------------------------------------------------

// The files that an update without names, or with these, is about. kInvalidArgument for one that nobody hosts.
auto files_to_update(const std::vector<std::string>& infras) -> Result<std::vector<std::string>> {
  std::vector<std::string> files = catalog::hosted_files("common");
  std::vector<std::string> names = infras;
  if (names.empty()) names.assign(catalog::hosted_infras().begin(), catalog::hosted_infras().end());
  for (const auto& infra : names) {
    const auto of_infra = catalog::hosted_files(infra);
    if (of_infra.empty()) {
      const std::vector<std::string> known(catalog::hosted_infras().begin(), catalog::hosted_infras().end());
      return make_error(ErrorCode::kInvalidArgument, fmt::format("no catalog of '{}' is hosted", infra),
                        "expected: " + join(known, ", "));
    }
    files.insert(files.end(), of_infra.begin(), of_infra.end());
  }
  return files;
}

auto outcome_line(const catalog::FetchedFile& fetched) -> std::string {
  switch (fetched.outcome) {
    case catalog::FetchOutcome::kUpdated:
      return fmt::format("{}: updated ({:.1f} MiB)", fetched.file, static_cast<double>(fetched.size_bytes) / (1 << 20));
    case catalog::FetchOutcome::kUnchanged:
      return fetched.file + ": is current";
    case catalog::FetchOutcome::kKeptEdited:
      return fetched.file + ": kept, because you edited it (delete it to get the hosted one)";
    case catalog::FetchOutcome::kNotOffered:
      break;
  }
  return fetched.file + ": not hosted";
}

class Updater {
 public:
  Updater(const Invocation& given, catalog::CatalogAddress address, std::string dir)
      : given_(given),
        fetcher_(loop_, std::move(address), std::move(dir)),
        spinner_([this](std::string_view bytes) { given_.env().write_err(bytes); },
                 {.animated = given.env().terminal().err_is_terminal,
                  .paint = given.err_paint(),
                  .columns = given.env().terminal().columns}) {}

  // False when the file could not be had.
  auto update(const std::string& file) -> Result<bool> {
    const bool animated = given_.env().terminal().err_is_terminal;
    if (animated) spinner_.show(file, loop_.now());
    auto show_progress = [this, animated](const catalog::FetchProgress& progress) {
      if (!animated) return;
      const term::ByteProgress bytes{progress.received_bytes, progress.total_bytes};
      spinner_.show(fmt::format("{} {}", progress.file, term::progress_bar(bytes)), loop_.now());
    };
    const auto fetched = loop_.run_until_done(
        fetcher_.fetch(file, Deadline::after(loop_.now(), kFileTimeMax), std::move(show_progress)));
    spinner_.stop();
    if (fetched.ok()) {
      given_.print(outcome_line(*fetched));
      return true;
    }
    if (fetched.error().code == ErrorCode::kNotSupported) return fetched.error();  // the other files will not do better
    given_.fail(fetched.error());
    return false;
  }

 private:
  const Invocation& given_;
  async::AsioLoop loop_{1};
  catalog::CatalogFetcher fetcher_;
  term::Spinner spinner_;
};

auto run_update(Invocation& given) -> int {
  const auto files = files_to_update(named_infras(given));
  if (!files.ok()) return given.fail(files.error());
  const std::string url = given.text("url").value_or(given.env().variable("SKYPILOT_CATALOG_URL").value_or(""));
  Updater updater(given, catalog::catalog_address(url), dirs_of(given.env()).user);
  int exit_code = kExitSucceeded;
  for (const auto& file : *files) {
    const auto updated = updater.update(file);
    if (!updated.ok()) return given.fail(updated.error());
    if (!*updated) exit_code = kExitError;
  }
  return exit_code;
}

constinit const Command kShow = {
    .name = "show", .page = pages::catalog_show, .options = kOutputOption, .arguments = kArguments, .run = run_show};
constinit const Command kUpdate = {.name = "update",
                                   .page = pages::catalog_update,
                                   .options = kUpdateOptions,
                                   .arguments = kArguments,
                                   .run = run_update};

constexpr const Command* kCommands[] = {&kShow, &kUpdate};

}  // namespace

constinit const Command kCatalogCommand = {.name = "catalog", .page = pages::catalog, .commands = kCommands};

}  // namespace sky::cli
