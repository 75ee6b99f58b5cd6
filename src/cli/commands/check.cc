#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--verbose, -v", .help = "Show the activated account for each cloud."},
    {.names = "--workspace, -w",
     .type = ValueType::kText,
     .help = "The workspace to check. If None, all workspaces will be checked."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "infra_list", .arity = Arity::kAny},
});

auto check(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  const bool json = given.text("output") == "json";
  auto body = session.body<api::CheckBody>();
  const std::vector<std::string> infras = given.arguments("infra_list");
  if (!infras.empty()) body.clouds = infras;
  body.verbose = given.flag("verbose");
  body.workspace = given.text("workspace");
  Printer printer(session, JobEnd::kHidden, json ? Shown::kNothing : Shown::kAll);
  SKY_TRY(const client::End end, wait_stream(session, printer, session.calls().check(std::move(body), &printer)));
  if (json) given.print(to_json_text(end.return_value, JsonStyle::kIndented));
  return kExitSucceeded;
}

auto run_check(Invocation& invocation) -> int {
  return with_session(invocation, check);
}

}  // namespace

constinit const Command kCheckCommand = {
    .name = "check", .page = pages::check, .options = kOptions, .arguments = kArguments, .run = run_check};

}  // namespace sky::cli
