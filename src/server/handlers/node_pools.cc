// `sky ssh up` and `sky ssh down`: a line per host, in the order in which they end.
#include <fmt/format.h>

#include "server/handlers/handlers.h"

namespace sky::server {
namespace {

constexpr Duration kPoolsLimit = std::chrono::minutes(5);

auto pools_of(App& app) -> Result<infra::NodePools*> {
  for (infra::Infra* infra : app.planner.infras()) {
    if (infra->node_pools() != nullptr) return infra->node_pools();
  }
  return make_error(ErrorCode::kNotSupported, "no infra of this server has node pools");
}

auto handle_up(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::SshPoolsBody>(*context));
  SKY_CO_TRY(infra::NodePools * pools, pools_of(app));
  if (body.pools) SKY_CO_CHECK(pools->add_pools(*body.pools));
  const auto report = [context](std::string_view line) { context->output().print(fmt::format("{}\n", line)); };
  SKY_CO_CHECK(co_await pools->set_up(body.infra.value_or(""), report, app.deadline(kPoolsLimit)));
  co_return Json(nullptr);
}

auto handle_down(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::SshPoolsBody>(*context));
  SKY_CO_TRY(infra::NodePools * pools, pools_of(app));
  const auto report = [context](std::string_view line) { context->output().print(fmt::format("{}\n", line)); };
  SKY_CO_CHECK(co_await pools->clear(body.infra.value_or(""), report, app.deadline(kPoolsLimit)));
  co_return Json(nullptr);
}

}  // namespace

void register_node_pool_handlers(App& app) {
  app.requests.handle("sky.ssh_node_pools.up",
                      [&app](ContextPtr context) { return handle_up(app, std::move(context)); });
  app.requests.handle("sky.ssh_node_pools.down",
                      [&app](ContextPtr context) { return handle_down(app, std::move(context)); });
}

}  // namespace sky::server
