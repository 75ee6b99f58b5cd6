// What a task file may say, apart from its resources (config/shared_schemas.h). Built once; any thread may call.
#pragma once

#include "format/schema.h"

namespace sky {

auto task_schema() -> const Schema&;
auto storage_schema() -> const Schema&;       // a bucket under file_mounts
auto service_schema() -> const Schema&;       // `service:`, and a pool as {pool: …}
auto volume_mount_schema() -> const Schema&;  // resolved volumes, between server and controllers

}  // namespace sky
