#include "base/status.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/named.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/prompt.h"
#include "cli/session.h"

namespace sky::cli {
namespace {

// -o on `storage ls` is ours.
constexpr auto kLsOptions = concat(kConfigOption, kVerboseOption, kOutputOption);

constexpr std::array kAllOption = std::to_array<Option>({
    {.names = "--all, -a", .help = "Delete all storage objects."},
});

constexpr auto kDeleteOptions = concat(kConfigOption, kAllOption, kYesOption, kAsyncOption);

constexpr std::array kDeleteArguments = std::to_array<Argument>({
    {.name = "names", .arity = Arity::kAny, .completion = Completion::kStorage},
});

auto run_ls(Invocation& invocation) -> int {
  return with_session(invocation, [](Session& session) -> Result<int> {
    const Invocation& given = session.invocation();
    SKY_TRY(const Json storages, session.wait(session.calls().storage_ls()));
    SKY_TRY(const std::vector<std::string> names, names_in(storages));
    if (given.text("output") == "json") {
      given.print(to_json_text(storages, JsonStyle::kIndented));
    } else {
      given.print(names.empty() ? "No existing storage." : join(names, "\n"));
    }
    return kExitSucceeded;
  });
}

auto delete_storages(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const Json storages, session.wait(session.calls().storage_ls()));
  SKY_TRY(std::vector<std::string> names, names_in(storages));
  if (given.flag("all") && names.empty()) {
    given.print("No storage(s) to delete.");
    return kExitSucceeded;
  }
  if (!given.flag("all")) names = matching_names(given, "Storage", names);
  if (names.empty()) return kExitSucceeded;
  const std::string question =
      fmt::format("Deleting {} storage{}: {}. Proceed?", names.size(), names.size() == 1 ? "" : "s", join(names, ", "));
  if (!given.flag("yes") && confirm(session.env(), question, true) != Answer::kYes) return aborted();
  for (const std::string& name : names) {
    auto body = session.body<api::StorageBody>();
    body.name = name;
    const Result<> deleted = session.wait(session.calls().storage_delete(std::move(body)));
    if (!deleted.ok()) given.print_error(fmt::format("Error deleting storage {}: {}", name, deleted.error().message));
  }
  return kExitSucceeded;
}

auto run_delete(Invocation& invocation) -> int {
  if (invocation.flag("all") == !invocation.arguments("names").empty()) {
    return invocation.fail_usage("Either --all or a name must be specified.");
  }
  return with_session(invocation, delete_storages);
}

constinit const Command kLs = {.name = "ls", .page = pages::storage_ls, .options = kLsOptions, .run = run_ls};
constinit const Command kDelete = {.name = "delete",
                                   .page = pages::storage_delete,
                                   .options = kDeleteOptions,
                                   .arguments = kDeleteArguments,
                                   .run = run_delete};

constexpr const Command* kCommands[] = {&kLs, &kDelete};

}  // namespace

constinit const Command kStorageCommand = {.name = "storage", .page = pages::storage, .commands = kCommands};

}  // namespace sky::cli
