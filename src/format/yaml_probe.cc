// Answers testdata/differential.py: reads inputs that end in NUL, writes one answer for each, NUL after it.
//   read   a YAML document, a list of one scalar  ->  `type:value`, `other` or `error`
//   write  a JSON value                           ->  the YAML text
#include <cstdio>

#include "base/strings.h"
#include "format/yaml.h"

namespace {

auto describe(const sky::YamlNode& node) -> std::string {
  switch (node.kind) {
    case sky::YamlKind::kNull:
      return "null";
    case sky::YamlKind::kBool:
      return "bool:" + sky::python_repr(node);
    case sky::YamlKind::kInt:
      return "int:" + node.text;
    case sky::YamlKind::kFloat:
      return "float:" + sky::python_repr(node);
    case sky::YamlKind::kString:
      return "str:" + sky::python_repr(node);
    case sky::YamlKind::kTimestamp:
      return "timestamp:" + node.text;
    default:
      return "other";
  }
}

auto answer_read(std::string_view text) -> std::string {
  const auto stream = sky::parse_yaml(text, "t");
  if (!stream.ok() || stream->documents().size() != 1 || stream->documents()[0]->items.empty()) return "error";
  return describe(*stream->documents()[0]->items[0]);
}

auto answer_write(std::string_view text) -> std::string {
  const auto json = sky::parse_json(text);
  return json.ok() ? sky::to_yaml_text(*json) : json.error().message;
}

}  // namespace

auto main(int argc, char** argv) -> int {
  if (argc != 2) return 2;
  std::string input;
  std::array<char, 65536> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), stdin)) input.append(buffer.data(), size);
  const auto answer = std::string_view(argv[1]) == "read" ? answer_read : answer_write;
  auto parts = sky::split(input, '\0');
  parts.pop_back();  // what follows the last NUL
  for (const auto part : parts) {
    const std::string text = answer(part);
    std::fwrite(text.c_str(), 1, text.size() + 1, stdout);
  }
  return 0;
}
