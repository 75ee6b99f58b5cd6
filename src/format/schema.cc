#include "format/schema.h"

#include <cmath>

#include "base/close_matches.h"
#include "base/strings.h"

namespace sky {
namespace {

struct Step {
  std::string key;
  std::optional<size_t> index;
  auto operator<=>(const Step&) const = default;
};

struct Violation {
  std::string_view keyword;  // jsonschema's name of the rule
  std::string message;
  const YamlNode* node = nullptr;   // the value
  const YamlNode* place = nullptr;  // where to point: the value or one of its keys
  const Schema* schema = nullptr;
  std::vector<Step> path;               // from the value that was checked
  std::vector<Violation> context = {};  // of all branches of a union; their paths start at the union's value
};

auto has_type(const YamlNode& node, SchemaType type) -> bool {
  switch (type) {
    case SchemaType::kNull:
      return node.is_null();
    case SchemaType::kBoolean:
      return node.is(YamlKind::kBool);
    case SchemaType::kInteger:
      return node.is(YamlKind::kInt) || (node.is(YamlKind::kFloat) && std::isfinite(node.float_value) &&
                                         std::trunc(node.float_value) == node.float_value);
    case SchemaType::kNumber:
      return node.is(YamlKind::kInt) || node.is(YamlKind::kFloat);
    case SchemaType::kString:
      return node.is_string();
    case SchemaType::kArray:
      return node.is_sequence();
    case SchemaType::kObject:
      return node.is_mapping();
  }
  return false;
}

auto type_name(SchemaType type) -> std::string_view {
  constexpr std::array<std::string_view, 7> kNames = {"null",   "boolean", "integer", "number",
                                                      "string", "array",   "object"};
  return kNames[static_cast<size_t>(type)];
}

auto has_any_type(const YamlNode& node, const Schema& schema) -> bool {
  return std::any_of(schema.types.begin(), schema.types.end(), [&](SchemaType type) { return has_type(node, type); });
}

auto number_of(const YamlNode& node) -> double {
  if (node.is(YamlKind::kFloat)) return node.float_value;
  return node.int_fits ? static_cast<double>(node.int_value) : parse_double(node.text).value_or(0);
}

// Python's repr of a bound, which was written as an integer.
auto bound_text(double bound) -> std::string {
  return fmt::format("{}", static_cast<std::int64_t>(bound));
}

auto quoted_list(const std::vector<std::string_view>& words) -> std::string {
  std::string out;
  for (const auto word : words) out += (out.empty() ? "" : ", ") + python_repr(word);
  return out;
}

auto member_schema(const Schema& schema, std::string_view name) -> const Schema* {
  for (const auto& [member, value] : schema.members) {
    if (member == name) return &value;
  }
  return nullptr;
}

// Walks value and schema together; `found` gets every violation, or only the first one when `first_only`.
class Checker {
 public:
  Checker(bool first_only, std::vector<Violation>& found) : first_only_(first_only), found_(found) {}

  void check(const YamlNode& node, const Schema& schema) {
    if (done()) return;
    if (!schema.types.empty() && !has_any_type(node, schema)) {
      std::string names;
      for (const auto type : schema.types) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", type_name(type));
      add("type", fmt::format("{} is not of type {}", python_repr(node), names), node, schema);
    }
    if (node.is_string()) check_string(node, schema);
    if (has_type(node, SchemaType::kNumber)) check_number(node, schema);
    if (node.is_mapping()) check_mapping(node, schema);
    if (node.is_sequence()) check_sequence(node, schema);
    if (!schema.any_of.empty()) check_union("anyOf", schema.any_of, node, schema);
    if (!schema.one_of.empty()) check_union("oneOf", schema.one_of, node, schema);
  }

 private:
  auto done() const -> bool { return first_only_ && !found_.empty(); }

  void add(std::string_view keyword, std::string message, const YamlNode& node, const Schema& schema,
           std::vector<Violation> context = {}) {
    if (done()) return;
    found_.push_back({keyword, std::move(message), &node, &node, &schema, path_, std::move(context)});
  }

  void check_string(const YamlNode& node, const Schema& schema) {
    if (!schema.words.empty()) {
      const auto same = [&](std::string_view word) {
        return schema.words_ignore_case ? equals_ignore_case(word, node.text) : word == node.text;
      };
      if (std::none_of(schema.words.begin(), schema.words.end(), same)) {
        add("enum", fmt::format("{} is not one of [{}]", python_repr(node), quoted_list(schema.words)), node, schema);
      }
    }
    if (schema.pattern && !schema.pattern->matches(node.text)) {
      add("pattern", fmt::format("{} does not match {}", python_repr(node), python_repr(schema.pattern->text)), node,
          schema);
    }
    check_size(node.text.size(), "Length", node, schema);
  }

  void check_number(const YamlNode& node, const Schema& schema) {
    const double value = number_of(node);
    const auto complain = [&](std::string_view keyword, std::string_view words, double bound) {
      add(keyword, fmt::format("{} is {} of {}", python_repr(node), words, bound_text(bound)), node, schema);
    };
    if (schema.minimum && value < *schema.minimum) complain("minimum", "less than the minimum", *schema.minimum);
    if (schema.maximum && value > *schema.maximum) complain("maximum", "greater than the maximum", *schema.maximum);
    if (schema.above && value <= *schema.above) {
      complain("exclusiveMinimum", "less than or equal to the minimum", *schema.above);
    }
  }

  void check_size(size_t size, std::string_view what, const YamlNode& node, const Schema& schema) {
    if (schema.size_min && size < *schema.size_min) {
      add(what, fmt::format("{} {}", python_repr(node), *schema.size_min == 1 ? "should be non-empty" : "is too short"),
          node, schema);
    }
    if (schema.size_max && size > *schema.size_max) {
      const bool members = what == "Properties";  // of an object
      const std::string_view words = *schema.size_max == 0 ? "is expected to be empty"
                                     : members             ? "has too many properties"
                                                           : "is too long";
      add(what, fmt::format("{} {}", python_repr(node), words), node, schema);
    }
  }

  void check_sequence(const YamlNode& node, const Schema& schema) {
    check_size(node.items.size(), "Items", node, schema);
    if (schema.unique_items) {
      std::vector<std::string> seen;
      for (const auto* item : node.items) seen.push_back(python_repr(*item));
      std::sort(seen.begin(), seen.end());
      if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) {
        add("uniqueItems", fmt::format("{} has non-unique elements", python_repr(node)), node, schema);
      }
    }
    if (schema.items == nullptr) return;
    for (size_t i = 0; i < node.items.size() && !done(); ++i) {
      descend({.key = {}, .index = i}, *node.items[i], *schema.items);
    }
  }

  void check_mapping(const YamlNode& node, const Schema& schema) {
    for (const auto name : schema.required) {
      if (node.find(name) == nullptr) {
        add("required", fmt::format("{} is a required property", python_repr(name)), node, schema);
      }
    }
    for (const auto name : schema.forbidden) {
      if (node.find(name) != nullptr) {
        add("not", fmt::format("{} may not have the field {}", python_repr(node), python_repr(name)), node, schema);
      }
    }
    check_size(node.entries.size(), "Properties", node, schema);
    if (schema.closed) check_closed(node, schema);
    for (const auto& entry : node.entries) {
      if (done()) return;
      const bool by_pattern = matches_key_pattern(*entry.key, schema);
      if (by_pattern) descend(step_of(*entry.key), *entry.value, *schema.key_value);
      if (schema.others != nullptr && !by_pattern && !is_member(*entry.key, schema)) {
        descend(step_of(*entry.key), *entry.value, *schema.others);
      }
    }
    for (const auto& [name, member] : schema.members) {
      if (done()) return;
      if (const auto* value = node.find(name)) descend({.key = std::string(name), .index = {}}, *value, member);
    }
  }

  static auto step_of(const YamlNode& key) -> Step { return {.key = python_str(key), .index = {}}; }
  static auto is_member(const YamlNode& key, const Schema& schema) -> bool {
    return key.is_string() && member_schema(schema, key.text) != nullptr;
  }
  static auto matches_key_pattern(const YamlNode& key, const Schema& schema) -> bool {
    return schema.key_pattern && key.is_string() && schema.key_pattern->matches(key.text);
  }

  void check_closed(const YamlNode& node, const Schema& schema) {
    std::vector<const YamlNode*> extra;
    for (const auto& entry : node.entries) {
      if (!is_member(*entry.key, schema) && !matches_key_pattern(*entry.key, schema)) extra.push_back(entry.key);
    }
    if (extra.empty() || done()) return;
    std::vector<std::string> names;
    for (const auto* key : extra) names.push_back(python_repr(*key));
    std::sort(names.begin(), names.end());
    const std::string joined = join(names, ", ");
    std::string message = schema.key_pattern
                              ? fmt::format("{} {} not match any of the regexes: {}", joined,
                                            extra.size() == 1 ? "does" : "do", python_repr(schema.key_pattern->text))
                              : fmt::format("Additional properties are not allowed ({} {} unexpected)", joined,
                                            extra.size() == 1 ? "was" : "were");
    add("additionalProperties", std::move(message), node, schema);
    found_.back().place = extra.front();
  }

  void descend(Step step, const YamlNode& node, const Schema& schema) {
    path_.push_back(std::move(step));
    check(node, schema);
    path_.pop_back();
  }

  void check_union(std::string_view keyword, const std::vector<Schema>& choices, const YamlNode& node,
                   const Schema& schema) {
    std::vector<Violation> context;
    size_t suited = 0;
    for (const auto& choice : choices) {
      const size_t before = context.size();
      Checker(false, context).check(node, choice);
      if (context.size() == before) ++suited;
    }
    if (suited == 0) {
      add(keyword, fmt::format("{} is not valid under any of the given schemas", python_repr(node)), node, schema,
          std::move(context));
    } else if (suited > 1 && keyword == "oneOf") {
      add(keyword, fmt::format("{} is valid under more than one of the given schemas", python_repr(node)), node,
          schema);
    }
  }

  bool first_only_;
  std::vector<Violation>& found_;
  std::vector<Step> path_;
};

// jsonschema's relevance: deeper first, then earlier siblings, then no union, then what has the value's type.
auto relevance(const Violation& violation) {
  const bool is_union = violation.keyword == "anyOf" || violation.keyword == "oneOf";
  return std::make_tuple(-static_cast<std::int64_t>(violation.path.size()), violation.path, !is_union,
                         !has_any_type(*violation.node, *violation.schema));
}

// Goes down into unions as long as one violation inside stands out.
auto best_match(const Violation& top, std::vector<Step>& path) -> const Violation& {
  const Violation* best = &top;
  path = top.path;
  while (!best->context.empty()) {
    std::vector<const Violation*> order;
    for (const auto& inner : best->context) order.push_back(&inner);
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return relevance(*a) < relevance(*b); });
    if (order.size() > 1 && relevance(*order[0]) == relevance(*order[1])) return *best;
    best = order[0];
    path.insert(path.end(), best->path.begin(), best->path.end());
  }
  return *best;
}

auto json_path_text(const std::vector<Step>& path) -> std::string {
  std::string out = "$";
  for (const auto& step : path) {
    if (step.index) {
      out += fmt::format("[{}]", *step.index);
      continue;
    }
    const bool plain = !step.key.empty() && is_alpha(step.key[0]) &&
                       std::all_of(step.key.begin(), step.key.end(), [](char c) { return is_alnum(c) || c == '_'; });
    out += plain ? "." + step.key : fmt::format("['{}']", replace_all(replace_all(step.key, "\\", "\\\\"), "'", "\\'"));
  }
  return out;
}

auto suggestions(const Violation& violation) -> std::string {
  std::vector<std::string_view> known;
  for (const auto& member : violation.schema->members) known.push_back(member.first);
  std::string out;
  for (const auto& entry : violation.node->entries) {
    const std::string field = python_str(*entry.key);
    if (entry.key->is_string() && member_schema(*violation.schema, field) != nullptr) continue;
    if (!out.empty()) out += ' ';
    const auto similar = close_matches(field, known);
    out += similar.empty()
               ? fmt::format("Found unsupported field {}.", python_repr(*entry.key))
               : fmt::format("Instead of {}, did you mean {}?", python_repr(*entry.key), python_repr(similar.front()));
  }
  return out;
}

auto make_violation_error(std::string message, const YamlNode& place, const std::vector<Step>& path,
                          std::string_view file) -> Error {
  Error error = make_error(ErrorCode::kInvalidTask, std::move(message));
  if (place.line != 0) error.details["location"] = location_of(place, file);
  error.details["field"] = json_path_text(path);
  return error;
}

auto to_error(const Violation& violation, std::string_view prefix, std::string_view file) -> Error {
  if (violation.keyword == "additionalProperties") {
    const bool envs = violation.path.size() == 1 && violation.path[0].key == "envs";
    return make_violation_error(fmt::format("{}{}{}", prefix, envs ? "The `envs` field contains invalid keys:\n" : "",
                                            envs ? violation.message : suggestions(violation)),
                                *violation.place, violation.path, file);
  }
  std::vector<Step> path;
  const Violation& best = best_match(violation, path);
  return make_violation_error(
      fmt::format("{}{}. Check problematic field(s): {}", prefix,
                  replace_all(best.message, "type 'object'", "type 'dict'"), json_path_text(path)),
      *best.place, path, file);
}

}  // namespace

auto check_schema(const YamlNode& value, const Schema& schema, std::string_view prefix, std::string_view file,
                  bool keep_nulls) -> std::optional<Error> {
  YamlNode present = value;
  if (!keep_nulls) std::erase_if(present.entries, [](const YamlEntry& entry) { return entry.value->is_null(); });
  std::vector<Violation> found;
  Checker(true, found).check(present, schema);
  if (found.empty()) return std::nullopt;
  return to_error(found.front(), prefix, file);
}

auto find_violations(const YamlNode& value, const Schema& schema, std::string_view prefix, std::string_view file)
    -> std::vector<Error> {
  std::vector<Violation> found;
  Checker(false, found).check(value, schema);
  std::vector<Error> errors;
  for (const auto& violation : found) errors.push_back(to_error(violation, prefix, file));
  return errors;
}

}  // namespace sky
