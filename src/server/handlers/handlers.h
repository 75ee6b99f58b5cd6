// The handlers behind request names: thin. Each decodes its body with api/, calls a noun, and encodes the value. They
// are "ensure, then wait" and may run again from their start after a restart (requests/manager.h).
//
// Values are encoded for the native dialect; /api/get translates where stock clients need another spelling.
#pragma once

#include "api/bodies.h"
#include "format/json.h"
#include "requests/manager.h"
#include "server/app.h"

namespace sky::server {

using ContextPtr = std::shared_ptr<requests::Context>;

// Registers all of them. `app` outlives the RequestManager's tasks.
void register_handlers(App& app);

void register_launch_handlers(App& app);     // launch, exec, optimize, validate
void register_lifecycle_handlers(App& app);  // start, stop, down, autostop
void register_query_handlers(App& app);      // status, cost_report, endpoints, check, enabled_clouds, …
void register_job_handlers(App& app);        // queue, job_status, cancel, logs, download_logs
void register_hook_handlers(App& app);       // hook_logs, autostop_logs
void register_node_pool_handlers(App& app);  // ssh_node_pools.up, ssh_node_pools.down
void register_request_handlers(App& app);    // api_cancel

// Waits until the cluster is up; `retry`: however often its resources are sold out (--retry-until-up).
auto bring_up(App& app, ContextPtr context, cluster::WantUp want, bool retry,
              cluster::ClusterManager::Progress progress) -> async::Task<Result<cluster::ClusterRecord>>;
// The files of a launch or exec as they are now, for the handler that may run much later: called before the request is
// accepted. A request that its handler will refuse holds nothing.
auto take_files(App& app, requests::RequestRecord record) -> async::Task<Result<>>;

template <class Body>
auto body_of(const requests::Context& context) -> Result<Body> {
  SKY_TRY(const Json json, parse_json(context.record().body));
  return api::decode_body<Body>(json);
}

}  // namespace sky::server
