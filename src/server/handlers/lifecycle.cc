// start, stop, down, autostop.
#include "server/handlers/handlers.h"
#include "server/views.h"

namespace sky::server {
namespace {

constexpr Duration kRetryUntilUpPause = std::chrono::seconds(30);

// The incarnation that this request is about, chosen once: a replay never touches a later cluster of the same name.
auto target_of(App& app, ContextPtr context, ClusterName name) -> async::Task<Result<std::string>> {
  if (!context->record().memo.empty()) co_return context->record().memo;
  const auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
  const std::string hash = record->hash;
  SKY_CO_CHECK(co_await app.requests.remember(context, hash));
  co_return hash;
}

auto refuse_graceful(const api::StopOrDownBody& body) -> Result<> {
  if (!body.graceful) return {};
  return make_error(ErrorCode::kNotSupported,
                    "--graceful is not available in this version of sky: there are no cached mounts to upload");
}

auto handle_stop(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StopOrDownBody>(*context));
  SKY_CO_CHECK(refuse_graceful(body));
  const ClusterName name(body.cluster_name);
  SKY_CO_TRY(const std::string hash, co_await target_of(app, context, name));
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
      name, hash, {.request = context->id().str(), .now = app.now(), .use = context->record().command}));
  co_return Json(nullptr);
}

// --purge forgets a cluster whose nodes cannot be removed, after trying.
auto handle_down(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StopOrDownBody>(*context));
  SKY_CO_CHECK(refuse_graceful(body));
  const ClusterName name(body.cluster_name);
  SKY_CO_TRY(const std::string hash, co_await target_of(app, context, name));
  const cluster::WantGone want{.request = context->id().str(), .now = app.now()};
  const Result<> gone = co_await app.clusters.ensure_gone(name, hash, want);
  if (gone.ok()) co_return Json(nullptr);
  if (!body.purge || gone.error().code == ErrorCode::kCancelled) co_return gone.error();
  context->output().print(fmt::format("Purged cluster '{}': {}\n", name, gone.error().message));
  SKY_CO_CHECK(co_await app.clusters.purge(name, hash));
  co_return Json(nullptr);
}

auto handle_start(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StartBody>(*context));
  const ClusterName name(body.cluster_name);
  const auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
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
  if (body.force && record->status == ClusterStatus::kUp) SKY_CO_CHECK(co_await app.clusters.restart_agents(name));
  Result<cluster::ClusterRecord> up = co_await bring_up(app, context, std::move(want), body.retry_until_up, nullptr);
  if (!up.ok()) {
    if (app.requests.cancel_requested(context->id())) {
      SKY_CO_CHECK(co_await async::shield(app.clusters.give_up(name, context->id().str())));
    }
    co_return std::move(up).error();
  }
  context->output().status("");
  if (body.idle_minutes_to_autostop) {
    cluster::AutostopSetting setting{.idle_minutes = static_cast<int>(*body.idle_minutes_to_autostop),
                                     .down = body.down};
    if (body.wait_for) setting.wait_for = api::to_string(*body.wait_for);
    SKY_CO_CHECK(co_await app.clusters.set_autostop(name, std::move(setting)));
  }
  co_return Json(api::encode(handle_of(*up), api::kNativeDialect));
}

auto handle_autostop(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::AutostopBody>(*context));
  const ClusterName name(body.cluster_name);
  const auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
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

auto bring_up(App& app, ContextPtr context, cluster::WantUp want, bool retry,
              cluster::ClusterManager::Progress progress) -> async::Task<Result<cluster::ClusterRecord>> {
  for (;;) {
    Result<cluster::ClusterRecord> up = co_await app.clusters.ensure_up(want, progress);
    if (up.ok() || !retry || up.error().code != ErrorCode::kResourcesUnavailable) co_return up;
    context->output().print(fmt::format("⨯ {}\n↺ Retrying in {} seconds.\n", up.error().message,
                                        static_cast<int>(to_seconds(kRetryUntilUpPause))));
    SKY_CO_CHECK(co_await async::sleep_for(kRetryUntilUpPause));
  }
}

void register_lifecycle_handlers(App& app) {
  app.requests.handle("sky.stop", [&app](ContextPtr context) { return handle_stop(app, std::move(context)); });
  app.requests.handle("sky.down", [&app](ContextPtr context) { return handle_down(app, std::move(context)); });
  app.requests.handle("sky.start", [&app](ContextPtr context) { return handle_start(app, std::move(context)); });
  app.requests.handle("sky.autostop", [&app](ContextPtr context) { return handle_autostop(app, std::move(context)); });
}

}  // namespace sky::server
