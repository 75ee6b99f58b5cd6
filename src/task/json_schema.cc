#include "task/json_schema.h"

#include "config/patterns.h"
#include "config/shared_schemas.h"
#include "format/schema_json.h"
#include "task/schemas.h"

namespace sky {
namespace {

// Null counts as absent for the fields of a task and of resources.
void make_nullable(JsonObject& object) {
  for (auto& [name, member] : object["properties"].get_object()) member = or_null(std::move(member.get_object()));
}

void add_alias(JsonObject& resources) {
  JsonObject& members = resources["properties"].get_object();
  members["gpus"] = members["accelerators"];
}

auto resources() -> JsonObject {
  JsonObject out = to_json_schema(resources_schema());
  JsonObject& members = out["properties"].get_object();
  for (const std::string_view list : {"any_of", "ordered"}) {
    JsonObject& candidate = members[list].get_object()["items"].get_object();
    add_alias(candidate);
    make_nullable(candidate);
  }
  add_alias(out);
  make_nullable(out);
  return out;
}

// A path or URL, a bucket, or a disk, which says so by `store: volume`.
auto file_mount() -> JsonObject {
  JsonObject bucket = to_json_schema(storage_schema(), SchemaTexts::kWithVariables);
  make_nullable(bucket);
  JsonObject disk = {{"type", "object"},
                     {"properties", JsonObject{{"store", JsonObject{{"const", "volume"}}}}},
                     {"required", JsonArray{"store"}}};
  return {{"anyOf", JsonArray{JsonObject{{"type", "string"}}, std::move(bucket), std::move(disk)}}};
}

auto task() -> JsonObject {
  JsonObject out = to_json_schema(task_schema());
  JsonObject& members = out["properties"].get_object();
  members["resources"] = resources();
  members["file_mounts"] = JsonObject{{"type", "object"}, {"additionalProperties", file_mount()}};
  JsonObject service = to_json_schema(service_schema(), SchemaTexts::kWithVariables);
  make_nullable(service);
  members["pool"] = service["properties"].at("pool").at("anyOf").at(0);
  members["service"] = std::move(service);
  // Names and values become texts whatever they are.
  members["envs"] =
      JsonObject{{"type", "object"}, {"propertyNames", JsonObject{{"pattern", patterns::kVariableName.text}}}};
  members["secrets"] = JsonObject{{"type", JsonArray{"object", "array"}}};
  members["_user_specified_yaml"] = JsonObject{{"type", "string"}};
  make_nullable(out);
  return out;
}

auto header() -> JsonObject {
  const JsonObject text = {{"type", "string"}};
  return {{"type", "object"},
          {"properties", JsonObject{{"name", text},
                                    {"execution", JsonObject{{"enum", JsonArray{"serial", "parallel"}}}},
                                    {"primary_tasks", or_null({{"type", "array"}, {"items", text}})},
                                    {"termination_delay", JsonObject()},
                                    {"inter_connection", or_null({{"type", "boolean"}})}}},
          {"required", JsonArray{"name", "execution"}}};
}

}  // namespace

auto task_json_schema() -> JsonObject {
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "Task"},
          {"anyOf", JsonArray{or_null(task()), header()}}};
}

}  // namespace sky
