// A Schema as JSON Schema (draft 7), for editors and other programs.
#pragma once

#include "format/json.h"
#include "format/schema.h"

namespace sky {

enum class SchemaTexts {
  kPlain,
  kWithVariables,  // texts with a form may also be `$NAME`, replaced before they are checked
};

// Accepts whatever check_schema() accepts. Words that may be written in any case are offered as they are listed.
auto to_json_schema(const Schema& schema, SchemaTexts texts = SchemaTexts::kPlain) -> JsonObject;

// `schema`, or null: an empty field of a file.
auto or_null(JsonObject schema) -> JsonObject;

}  // namespace sky
