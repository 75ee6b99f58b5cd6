// start, stop, down, autostop.
#include "server/handlers/handlers.h"
#include "server/views.h"

namespace sky::server {
namespace {

auto handle_stop(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StopOrDownBody>(*context));
  const ClusterName name(body.cluster_name);
  const auto record = app.clusters.find(name);
  if (record != nullptr && !record->placement.infra.empty()) {
    infra::Infra* infra = app.planner.find(record->placement.infra);
    if (infra != nullptr && infra->stop_start() == nullptr) {
      co_return make_error(ErrorCode::kNotSupported,
                           fmt::format("infra '{}' does not support stopping clusters", infra->name()),
                           fmt::format("To terminate the cluster: sky down {}", name));
    }
  }
  SKY_CO_CHECK(co_await app.clusters.ensure_stopped(
      name, {.request = context->id().str(), .now = app.now(), .use = context->record().command}));
  co_return Json(nullptr);
}

auto handle_down(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StopOrDownBody>(*context));
  Result<> gone = co_await app.clusters.ensure_gone(ClusterName(body.cluster_name),
                                                    {.request = context->id().str(), .now = app.now()});
  if (!gone.ok()) co_return std::move(gone).error();
  co_return Json(nullptr);
}

auto handle_start(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StartBody>(*context));
  const ClusterName name(body.cluster_name);
  const auto record = app.clusters.find(name);
  if (record == nullptr) {
    co_return make_error(ErrorCode::kClusterNotFound, fmt::format("Cluster '{}' does not exist.", name));
  }
  cluster::WantUp want{.request = context->id().str(),
                       .name = name,
                       .hash = record->hash,
                       .spec = record->spec,
                       .actor = record->owner,
                       .creation_yaml = record->last_creation_yaml,
                       .config_hash = record->config_hash,
                       .now = context->record().created_at};
  want.actor.command = context->record().command;
  context->output().status(fmt::format("Starting cluster '{}'", name));
  SKY_CO_TRY(const cluster::ClusterRecord up, co_await app.clusters.ensure_up(std::move(want), nullptr));
  context->output().status("");
  if (body.idle_minutes_to_autostop) {
    cluster::AutostopSetting setting{.idle_minutes = static_cast<int>(*body.idle_minutes_to_autostop),
                                     .down = body.down};
    if (body.wait_for) setting.wait_for = api::to_string(*body.wait_for);
    SKY_CO_CHECK(co_await app.clusters.set_autostop(name, std::move(setting)));
  }
  co_return Json(api::encode(handle_of(up), api::kNativeDialect));
}

auto handle_autostop(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::AutostopBody>(*context));
  const ClusterName name(body.cluster_name);
  const auto record = app.clusters.find(name);
  if (record == nullptr) {
    co_return make_error(ErrorCode::kClusterNotFound, fmt::format("Cluster '{}' does not exist.", name));
  }
  cluster::AutostopSetting setting;
  if (body.idle_minutes >= 0) {
    setting.idle_minutes = static_cast<int>(body.idle_minutes);
    setting.down = body.down;
    setting.hook = body.hook.value_or("");
    setting.hook_timeout_seconds = static_cast<int>(body.hook_timeout_seconds.value_or(3600));
  }
  if (body.wait_for) setting.wait_for = api::to_string(*body.wait_for);
  SKY_CO_CHECK(co_await app.clusters.set_autostop(name, std::move(setting)));
  co_return Json(nullptr);
}

}  // namespace

void register_lifecycle_handlers(App& app) {
  app.requests.handle("sky.stop", [&app](ContextPtr context) { return handle_stop(app, std::move(context)); });
  app.requests.handle("sky.down", [&app](ContextPtr context) { return handle_down(app, std::move(context)); });
  app.requests.handle("sky.start", [&app](ContextPtr context) { return handle_start(app, std::move(context)); });
  app.requests.handle("sky.autostop", [&app](ContextPtr context) { return handle_autostop(app, std::move(context)); });
}

}  // namespace sky::server
