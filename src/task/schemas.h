// What a task file may say, apart from its resources (config/shared_schemas.h). Built once; any thread may call.
#pragma once

#include "config/shared_schemas.h"

namespace sky {

auto task_schema(PluginKeys keys = PluginKeys::kRefused) -> const Schema&;
auto storage_schema() -> const Schema&;       // a bucket under file_mounts
auto service_schema() -> const Schema&;       // `service:`, and a pool as {pool: …}
auto volume_mount_schema() -> const Schema&;  // resolved volumes, between server and controllers

}  // namespace sky
