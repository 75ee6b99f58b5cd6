#include "base/status.h"
#include "cli/api_rows.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/render/table.h"
#include "cli/session.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Show all cluster information."},
    {.names = "--days",
     .type = ValueType::kInteger,
     .help = "Show clusters from the last N days. Default is 30 days. If set to 0, show all clusters.",
     .fallback = "30"},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

auto cost_report(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::CostReportBody>();
  body.days = given.integer("days");
  if (body.days == 0) body.days = std::nullopt;
  const std::optional<std::int64_t> days = body.days;
  SKY_TRY(const std::vector<api::CostRow> rows, session.wait(session.calls().cost_report(std::move(body))));
  if (given.text("output") == "json") {
    given.print(to_json_text(to_cli_json(rows), JsonStyle::kIndented));
    return kExitSucceeded;
  }
  given.print(render_cost_report(to_rows(rows), {.all = given.flag("all"), .days = days},
                                 {.now = session.env().now(), .paint = given.out_paint()}));
  return kExitSucceeded;
}

auto run_cost_report(Invocation& invocation) -> int {
  return with_session(invocation, cost_report);
}

}  // namespace

constinit const Command kCostReportCommand = {
    .name = "cost-report", .page = pages::cost_report, .options = kOptions, .run = run_cost_report};

}  // namespace sky::cli
