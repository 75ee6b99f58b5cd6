#include "format/schema_json.h"

#include "base/strings.h"

namespace sky {
namespace {

auto type_word(SchemaType type) -> std::string_view {
  constexpr std::array<std::string_view, 7> kWords = {"null",   "boolean", "integer", "number",
                                                      "string", "array",   "object"};
  return kWords[static_cast<size_t>(type)];
}

auto words_json(const std::vector<std::string_view>& words) -> JsonArray {
  JsonArray out;
  for (const auto word : words) out.emplace_back(word);
  return out;
}

// `^([Mm][Oo][Uu][Nn][Tt]|…)$`: editors' regular expressions have no flag for the case.
auto any_case_pattern(const std::vector<std::string_view>& words) -> std::string {
  std::string out;
  for (const auto word : words) {
    out += out.empty() ? "^(" : "|";
    for (const char c : word) {
      out += is_alpha(c) ? fmt::format("[{}{}]", to_upper(std::string_view(&c, 1)), ascii_lower(c)) : std::string(1, c);
    }
  }
  return out + ")$";
}

auto bound(double value) -> Json {
  return static_cast<std::int64_t>(value);
}

class Writer {
 public:
  explicit Writer(SchemaTexts texts) : texts_(texts) {}

  auto write(const Schema& schema) const -> JsonObject {
    JsonObject out;
    if (schema.types.size() == 1) out["type"] = type_word(schema.types[0]);
    if (schema.types.size() > 1) {
      JsonArray types;
      for (const auto type : schema.types) types.emplace_back(type_word(type));
      out["type"] = std::move(types);
    }
    put_text_rules(schema, out);
    if (schema.minimum) out["minimum"] = bound(*schema.minimum);
    if (schema.maximum) out["maximum"] = bound(*schema.maximum);
    if (schema.above) out["exclusiveMinimum"] = bound(*schema.above);
    put_sizes(schema, out);
    put_members(schema, out);
    if (schema.items != nullptr) out["items"] = write(*schema.items);
    if (schema.unique_items) out["uniqueItems"] = true;
    put_union("anyOf", schema.any_of, out);
    put_union("oneOf", schema.one_of, out);
    return out;
  }

 private:
  void put_text_rules(const Schema& schema, JsonObject& out) const {
    JsonArray rules;
    if (!schema.words.empty()) rules.push_back(JsonObject{{"enum", words_json(schema.words)}});
    if (!schema.words.empty() && schema.words_ignore_case) {
      rules.push_back(JsonObject{{"pattern", any_case_pattern(schema.words)}});
    }
    if (schema.pattern) rules.push_back(JsonObject{{"pattern", schema.pattern->text}});
    if (rules.empty()) return;
    if (texts_ == SchemaTexts::kWithVariables) rules.push_back(JsonObject{{"pattern", "\\$"}});
    if (rules.size() > 1) {
      out["anyOf"] = std::move(rules);
      return;
    }
    for (auto& [key, value] : rules[0].get_object()) out[key] = std::move(value);
  }

  static void put_sizes(const Schema& schema, JsonObject& out) {
    if (!schema.size_min && !schema.size_max) return;
    const std::string_view what = schema.types == std::vector{SchemaType::kString}  ? "Length"
                                  : schema.types == std::vector{SchemaType::kArray} ? "Items"
                                                                                    : "Properties";
    if (schema.size_min) out[fmt::format("min{}", what)] = *schema.size_min;
    if (schema.size_max) out[fmt::format("max{}", what)] = *schema.size_max;
  }

  void put_members(const Schema& schema, JsonObject& out) const {
    if (!schema.required.empty()) out["required"] = words_json(schema.required);
    JsonObject members;
    for (const auto& [name, member] : schema.members) members[name] = write(member);
    for (const auto name : schema.forbidden) members[name] = false;
    if (!members.empty()) out["properties"] = std::move(members);
    if (schema.key_pattern) {
      out["patternProperties"] = JsonObject{{schema.key_pattern->text, write(*schema.key_value)}};
    }
    if (schema.closed) out["additionalProperties"] = false;
    if (schema.others != nullptr) out["additionalProperties"] = write(*schema.others);
  }

  void put_union(std::string_view keyword, const std::vector<Schema>& choices, JsonObject& out) const {
    if (choices.empty()) return;
    JsonArray list;
    for (const auto& choice : choices) list.push_back(write(choice));
    out[keyword] = std::move(list);
  }

  SchemaTexts texts_;
};

}  // namespace

auto to_json_schema(const Schema& schema, SchemaTexts texts) -> JsonObject {
  return Writer(texts).write(schema);
}

auto or_null(JsonObject schema) -> JsonObject {
  return {{"anyOf", JsonArray{std::move(schema), JsonObject{{"type", "null"}}}}};
}

}  // namespace sky
