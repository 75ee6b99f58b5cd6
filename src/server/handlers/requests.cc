// api_cancel: requests about requests.
#include "server/handlers/handlers.h"

namespace sky::server {
namespace {

// Ids or prefixes; without any, all that run: the caller's own, or everybody's when no user is named.
auto requests_meant(const App& app, const api::ApiCancelBody& body) -> Result<std::vector<RequestId>> {
  std::vector<RequestId> ids;
  if (body.request_ids && !body.request_ids->empty()) {
    for (const auto& prefix : *body.request_ids) {
      SKY_TRY(RequestId id, app.requests.resolve(prefix));
      ids.push_back(std::move(id));
    }
    return ids;
  }
  for (const auto& record : app.requests.list(true)) {
    if (!body.of_user_id || record->user_id == *body.of_user_id) ids.push_back(record->id);
  }
  return ids;
}

auto handle_api_cancel(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::ApiCancelBody>(*context));
  SKY_CO_TRY(std::vector<RequestId> ids, requests_meant(app, body));
  std::erase(ids, context->id());
  SKY_CO_TRY(const std::vector<RequestId> cancelled, co_await app.requests.cancel(std::move(ids)));
  JsonArray list;
  for (const auto& id : cancelled) list.emplace_back(id.str());
  co_return Json(std::move(list));
}

}  // namespace

void register_request_handlers(App& app) {
  app.requests.handle("sky.api_cancel",
                      [&app](ContextPtr context) { return handle_api_cancel(app, std::move(context)); });
}

}  // namespace sky::server
