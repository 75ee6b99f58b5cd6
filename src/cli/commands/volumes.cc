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

constexpr std::array kApplyOwnOptions = std::to_array<Option>({
    {.names = "--name, -n", .type = ValueType::kText, .help = "Volume name. Override the name defined in the YAML."},
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Infrastructure to use. Format: cloud, cloud/region, cloud/region/zone, or k8s/context-name. Examples: "
             "k8s, k8s/my-context, runpod/US/US-CA-2. Override the infra defined in the YAML."},
    {.names = "--type",
     .type = ValueType::kChoice,
     .help = "Volume type. Override the type defined in the YAML.",
     .choices = "k8s-pvc|k8s-hostpath|runpod-network-volume"},
    {.names = "--size", .type = ValueType::kText, .help = "Volume size. Override the size defined in the YAML."},
    {.names = "--use-existing / --no-use-existing",
     .help = "Whether to use an existing volume. Override the use_existing defined in the YAML."},
});

constexpr auto kApplyOptions = concat(kConfigOption, kApplyOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kApplyArguments = std::to_array<Argument>({
    {.name = "entrypoint", .arity = Arity::kAny, .completion = Completion::kFile},
});

constexpr std::array kRefreshOption = std::to_array<Option>({
    {.names = "--refresh, -r",
     .help = "Refresh volume state from cloud APIs before listing. Without it, the state that the server last saw is "
             "shown."},
});

constexpr auto kLsOptions = concat(kConfigOption, kVerboseOption, kRefreshOption, kOutputOption);

constexpr std::array kDeleteOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Delete all volumes."},
    {.names = "--purge, -p",
     .help = "Forcibly delete the volume from the volumes table even if the deletion API fails."},
});

constexpr auto kDeleteOptions = concat(kConfigOption, kDeleteOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kNamesArguments = std::to_array<Argument>({
    {.name = "names", .arity = Arity::kAny, .completion = Completion::kVolume},
});

// Of the volumes that are named, or of all; says which do not exist.
auto chosen(const Invocation& given, const Json& volumes) -> Result<JsonArray> {
  const std::vector<std::string> names = given.arguments("names");
  SKY_TRY(const JsonArray* all, as_array(volumes));
  if (names.empty()) return *all;
  JsonArray kept;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    const auto found = std::ranges::find_if(*all, [&](const Json& one) {
      const auto text = find_string(one.get_object(), "name");
      return text.ok() && *text == name;
    });
    if (found == all->end()) {
      missing.push_back(name);
    } else {
      kept.push_back(*found);
    }
  }
  if (missing.empty() || given.text("output") == "json") return kept;
  given.print(missing.size() == 1 ? fmt::format("Volume {} not found.", missing.front())
                                  : fmt::format("Volumes not found: {}.", join(missing, ", ")));
  return kept;
}

auto run_ls(Invocation& invocation) -> int {
  return with_session(invocation, [](Session& session) -> Result<int> {
    const Invocation& given = session.invocation();
    SKY_TRY(const Json volumes, session.wait(session.calls().volumes(given.flag("refresh"))));
    SKY_TRY(const JsonArray shown, chosen(given, volumes));
    if (given.text("output") == "json") {
      given.print(to_json_text(shown, JsonStyle::kIndented));
      return kExitSucceeded;
    }
    SKY_TRY(const std::vector<std::string> names, names_in(shown));
    if (!names.empty()) {
      given.print(join(names, "\n"));
    } else if (given.arguments("names").empty()) {
      given.print("No existing volumes.");
    }
    return kExitSucceeded;
  });
}

auto delete_volumes(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const Json volumes, session.wait(session.calls().volumes(false)));
  SKY_TRY(std::vector<std::string> names, names_in(volumes));
  if (given.flag("all") && names.empty()) {
    given.print("No volumes to delete.");
    return kExitSucceeded;
  }
  if (!given.flag("all")) names = matching_names(given, "Volume", names);
  if (names.empty()) return kExitSucceeded;
  const std::string question =
      fmt::format("Deleting {} volume{}: {}. Proceed?", names.size(), names.size() == 1 ? "" : "s", join(names, ", "));
  if (!given.flag("yes") && confirm(session.env(), question, true) != Answer::kYes) return aborted();
  auto body = session.body<api::VolumeDeleteBody>();
  body.names = names;
  body.purge = given.flag("purge");
  const Result<> deleted = session.wait(session.calls().volumes_delete(std::move(body)));
  if (!deleted.ok()) {
    given.print_error(fmt::format("Error deleting volumes {}: {}", join(names, ", "), deleted.error().message));
  }
  return kExitSucceeded;
}

auto run_delete(Invocation& invocation) -> int {
  if (invocation.flag("all") == !invocation.arguments("names").empty()) {
    return invocation.fail_usage("Either --all or a name must be specified.");
  }
  return with_session(invocation, delete_volumes);
}

constinit const Command kApply = {
    .name = "apply", .page = pages::volumes_apply, .options = kApplyOptions, .arguments = kApplyArguments};
constinit const Command kLs = {
    .name = "ls", .page = pages::volumes_ls, .options = kLsOptions, .arguments = kNamesArguments, .run = run_ls};
constinit const Command kDelete = {.name = "delete",
                                   .page = pages::volumes_delete,
                                   .options = kDeleteOptions,
                                   .arguments = kNamesArguments,
                                   .run = run_delete};

constexpr const Command* kCommands[] = {&kApply, &kLs, &kDelete};

}  // namespace

constinit const Command kVolumesCommand = {.name = "volumes", .page = pages::volumes, .commands = kCommands};
constinit const Command kVolumeCommand = {
    .name = "volume", .page = pages::volumes, .commands = kCommands, .hidden = true};

}  // namespace sky::cli
