// hook_logs: the output of the autostop hook, which lies on the head node.
#include "agent/client/command.h"
#include "server/handlers/handlers.h"

namespace sky::server {
namespace {

constexpr Duration kReadLimit = std::chrono::seconds(20);
constexpr Duration kPollInterval = std::chrono::seconds(1);
constexpr std::string_view kHookLog = "/.sky/autostop_hook.log";

// What the file holds from byte `offset` on. A missing file holds nothing.
auto read_hook_log(App& app, cluster::ClusterRecord record, std::vector<std::string> selection)
    -> async::Task<Result<std::string>> {
  infra::Infra* infra = app.planner.find(record.placement.infra);
  if (infra == nullptr || record.nodes.empty()) {
    co_return make_error(ErrorCode::kClusterNotUp, fmt::format("Cluster '{}' has no nodes.", record.name));
  }
  const std::string path = record.nodes.front().home + std::string(kHookLog);
  std::vector<std::string> argv{"tail"};
  argv.insert(argv.end(), selection.begin(), selection.end());
  argv.insert(argv.end(), {"--", path});
  Result<std::string> text = co_await agent::run_command(*infra, cluster::ref_of(record, app.state.server_id()), 0,
                                                         std::move(argv), app.deadline(kReadLimit));
  if (!text.ok() && text.error().message.contains("No such file")) co_return std::string();
  co_return text;
}

// The one hook that runs here is that of autostop.
auto check_event(const std::optional<std::string>& event) -> Result<> {
  if (!event || *event == "stop" || *event == "down") return {};
  return make_error(ErrorCode::kNotSupported,
                    fmt::format("hooks of event '{}' are not available in this version of sky (expected 'stop' or "
                                "'down')",
                                *event));
}

auto handle_hook_logs(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::HookLogsBody>(*context));
  SKY_CO_CHECK(check_event(body.event));
  const ClusterName name(body.cluster_name);
  auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
  std::vector<std::string> all{"-c", "+1"};
  std::vector<std::string> last{"-n", fmt::format("{}", body.tail)};
  SKY_CO_TRY(std::string text, co_await read_hook_log(app, *record, body.tail > 0 ? last : all));
  context->output().print(text.empty() ? std::string_view("No autostop hook has run on this cluster.\n") : text);
  // While the hook runs there may be more.
  SKY_CO_TRY(std::string seen, co_await read_hook_log(app, *record, all));
  size_t offset = seen.size();
  while (body.follow && record != nullptr && record->status == ClusterStatus::kAutostopping) {
    SKY_CO_CHECK(co_await async::sleep_for(kPollInterval));
    std::vector<std::string> rest{"-c", fmt::format("+{}", offset + 1)};
    SKY_CO_TRY(const std::string more, co_await read_hook_log(app, *record, std::move(rest)));
    context->output().print(more);
    offset += more.size();
    record = app.clusters.find(name);
  }
  co_return Json(kExitSucceeded);
}

}  // namespace

void register_hook_handlers(App& app) {
  for (const char* name : {"sky.hook_logs", "sky.autostop_logs"}) {
    app.requests.handle(name, [&app](ContextPtr context) { return handle_hook_logs(app, std::move(context)); });
  }
}

}  // namespace sky::server
