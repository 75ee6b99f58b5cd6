#include "task/resources_parse.h"

#include "config/shared_schemas.h"
#include "task/candidate_parse.h"

namespace sky {
namespace {

constexpr std::string_view kAlias = "gpus";
constexpr std::string_view kAliased = "accelerators";

// `gpus` becomes `accelerators`.
auto without_alias(const YamlNode& mapping, const ParseScope& scope) -> Result<const YamlNode*> {
  const YamlNode* alias = mapping.find(kAlias);
  if (alias == nullptr) return &mapping;
  if (mapping.find(kAliased) != nullptr) {
    Error error = scope.error(*alias, "Cannot specify both gpus and accelerators in config.");
    error.code = ErrorCode::kInvalidTask;
    return error;
  }
  YamlNode* renamed = scope.stream.add(mapping);
  for (auto& entry : renamed->entries) {
    if (!entry.key->is_string() || entry.key->text != kAlias) continue;
    YamlNode* key = scope.stream.add(*entry.key);
    key->text = kAliased;
    entry.key = key;
  }
  return renamed;
}

auto without_aliases(const YamlNode& mapping, const ParseScope& scope) -> Result<const YamlNode*> {
  SKY_TRY(const YamlNode* top, without_alias(mapping, scope));
  for (const std::string_view list : {"any_of", "ordered"}) {
    const YamlNode* candidates = top->find(list);
    if (candidates == nullptr || !candidates->is_sequence()) continue;
    YamlNode* rewritten = scope.stream.add(*candidates);
    for (auto& item : rewritten->items) {
      SKY_TRY(item, without_alias(*item, scope));
    }
    YamlNode* copy = scope.stream.add(*top);
    for (auto& entry : copy->entries) {
      if (entry.value == candidates) entry.value = rewritten;
    }
    top = copy;
  }
  return top;
}

void set_entry(YamlNode& mapping, const YamlEntry& entry) {
  for (auto& own : mapping.entries) {
    if (own.key->is_string() && own.key->text == entry.key->text) {
      own.value = entry.value;
      return;
    }
  }
  mapping.entries.push_back(entry);
}

auto without(const YamlNode& mapping, std::initializer_list<std::string_view> names, const ParseScope& scope)
    -> YamlNode* {
  YamlNode* copy = scope.stream.add(mapping);
  std::erase_if(copy->entries, [&](const YamlEntry& entry) {
    return std::find(names.begin(), names.end(), entry.key->text) != names.end();
  });
  return copy;
}

// The outer fields with the labels that all candidates share: when there are outer labels, those of a candidate join
// them for every one, as the Python tool has it.
auto with_shared_labels(const YamlNode& base, const YamlNode& list, const ParseScope& scope) -> const YamlNode& {
  const YamlNode* outer = base.find("labels");
  if (outer == nullptr || outer->is_null()) return base;
  YamlNode* labels = scope.stream.add(*outer);
  for (const auto* candidate : list.items) {
    const YamlNode* own = candidate->find("labels");
    if (own == nullptr) continue;
    for (const auto& label : own->entries) set_entry(*labels, label);
  }
  YamlNode* out = scope.stream.add(base);
  for (auto& entry : out->entries) {
    if (entry.value == outer) entry.value = labels;
  }
  return *out;
}

// A candidate of any_of or ordered: the outer fields are defaults.
auto merged(const YamlNode& base, const YamlNode& candidate, const ParseScope& scope) -> const YamlNode& {
  const YamlNode* labels = base.find("labels");
  const bool shared = labels != nullptr && !labels->is_null();
  YamlNode* out = scope.stream.add(base);
  for (const auto& entry : candidate.entries) {
    if (!shared || entry.key->text != "labels") set_entry(*out, entry);
  }
  return *out;
}

struct AcceleratorList {
  std::vector<std::string> texts;  // one accelerator each, distinct
  bool ordered = false;
};

auto list_accelerators(const YamlNode* node) -> AcceleratorList {
  AcceleratorList out;
  if (node == nullptr || node->is_null()) return out;
  const auto add = [&](std::string text) {
    if (std::find(out.texts.begin(), out.texts.end(), text) == out.texts.end()) out.texts.push_back(std::move(text));
  };
  if (node->is_string()) add(node->text);
  for (const auto* item : node->items) add(python_str(*item));
  for (const auto& entry : node->entries) {
    const std::string name = python_str(*entry.key);
    add(entry.value->is_null() ? name : fmt::format("{}:{}", name, python_str(*entry.value)));
  }
  out.ordered = node->is_sequence();
  return out;
}

auto parse_choices(const YamlNode& mapping, const ParseScope& scope) -> Result<ParsedResources>;

void append(ParsedResources from, ParsedResources& to) {
  for (auto& candidate : from.choices.candidates) to.choices.candidates.push_back(std::move(candidate));
  if (!to.autostop_hook) to.autostop_hook = std::move(from.autostop_hook);
}

auto parse_list(const YamlNode& outer, const YamlNode& list, const ParseScope& scope) -> Result<ParsedResources> {
  const YamlNode& base = with_shared_labels(outer, list, scope);
  ParsedResources out;
  out.choices.candidates.clear();
  for (const auto* item : list.items) {
    SKY_TRY(auto parsed, parse_choices(merged(base, *item, scope), scope));
    append(std::move(parsed), out);
  }
  return out;
}

auto parse_accelerator_list(const YamlNode& base, const AcceleratorList& list, const ParseScope& scope)
    -> Result<ParsedResources> {
  ParsedResources out;
  out.choices.candidates.clear();
  for (const auto& text : list.texts) {
    SKY_TRY(auto candidate, parse_candidate(base, text, scope));
    append({.choices = {.candidates = {std::move(candidate.resources)}}, .autostop_hook = candidate.autostop_hook},
           out);
  }
  out.choices.ordered = list.ordered && out.choices.candidates.size() > 1;
  return out;
}

auto is_filled(const YamlNode* list) -> bool {
  return list != nullptr && !list->items.empty();
}

auto parse_choices(const YamlNode& given, const ParseScope& scope) -> Result<ParsedResources> {
  SKY_TRY(const YamlNode* named, without_aliases(given, scope));
  SKY_TRY(const YamlNode* mapping,
          scope.checked(*named, resources_schema(scope.plugin_keys), "Invalid resources YAML: "));
  const YamlNode* any_of = mapping->find("any_of");
  const YamlNode* ordered = mapping->find("ordered");
  const bool both = any_of != nullptr && !any_of->is_null() && ordered != nullptr && !ordered->is_null();
  if (both) return scope.error(*ordered, "Cannot specify both \"any_of\" and \"ordered\" in resources.");

  const YamlNode* node = mapping->find("accelerators");
  const AcceleratorList accelerators = list_accelerators(node);
  if (accelerators.texts.size() > 1 && is_filled(ordered)) {
    return scope.error(*node, "Cannot specify multiple \"accelerators\" with \"ordered\" in resources.");
  }
  if (accelerators.texts.size() > 1 && accelerators.ordered && is_filled(any_of)) {
    return scope.error(
        *node,
        "Cannot specify multiple \"accelerators\" with preferred order (i.e., list of accelerators) with "
        "\"any_of\" in resources.");
  }
  const YamlNode& base = *without(*mapping, {"any_of", "ordered"}, scope);
  if (is_filled(any_of)) return parse_list(base, *any_of, scope);
  if (is_filled(ordered)) {
    SKY_TRY(auto parsed, parse_list(base, *ordered, scope));
    parsed.choices.ordered = parsed.choices.candidates.size() > 1;
    return parsed;
  }
  if (!accelerators.texts.empty()) return parse_accelerator_list(base, accelerators, scope);
  if (node != nullptr && !node->is_null()) {
    return scope.error(*node, fmt::format("\"accelerators\" names no accelerator. Found: {}", python_repr(*node)));
  }
  SKY_TRY(auto candidate, parse_candidate(base, std::nullopt, scope));
  ParsedResources out;
  out.choices.candidates = {std::move(candidate.resources)};
  out.autostop_hook = std::move(candidate.autostop_hook);
  return out;
}

}  // namespace

auto parse_resources(const YamlNode& mapping, const ParseScope& scope) -> Result<ParsedResources> {
  return parse_choices(mapping, scope);
}

}  // namespace sky
