#include "task/substitute.h"

#include "base/strings.h"

namespace sky {

auto substitute_text(std::string_view text, const VariableValue& value_of) -> std::string {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    size_t begin = at + 1;
    if (begin < text.size() && text[begin] == '{') ++begin;
    size_t end = begin;
    while (end < text.size() && (is_alnum(text[end]) || text[end] == '_')) ++end;
    const std::string_view name = text.substr(begin, end - begin);
    const auto value = name.empty() || is_digit(name[0]) ? std::nullopt : value_of(name);
    if (!value) {
      out += text[at++];
      continue;
    }
    out += *value;
    at = end < text.size() && text[end] == '}' ? end + 1 : end;
  }
  return out;
}

auto substitute(const YamlNode& node, const VariableValue& value_of, YamlStream& stream) -> const YamlNode* {
  if (node.is_string()) {
    std::string text = substitute_text(node.text, value_of);
    if (text == node.text) return &node;
    YamlNode* copy = stream.add(node);
    copy->text = std::move(text);
    return copy;
  }
  if (!node.is_sequence() && !node.is_mapping()) return &node;
  YamlNode changed = node;
  for (auto& item : changed.items) item = substitute(*item, value_of, stream);
  for (auto& entry : changed.entries) {
    entry.key = substitute(*entry.key, value_of, stream);
    entry.value = substitute(*entry.value, value_of, stream);
  }
  return stream.add(std::move(changed));
}

}  // namespace sky
