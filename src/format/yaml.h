// YAML 1.1 as PyYAML's safe loader reads it: libyaml's events, resolved to a tree of typed nodes that know their place.
//
// Files of SkyPilot are read by PyYAML, so its oddities are kept on purpose: `yes` and `on` are booleans, `0644` is
// octal, `1:30` is 90, `1e3` is a string, dates are dates, `<<` merges. Unlike PyYAML, a repeated key is an error, and
// there are caps on depth, size and alias expansion, so that every walk over a tree is bounded and may recurse.
//
// Ownership: a YamlStream owns all nodes of its documents; nodes are immutable and live as long as the stream, also
// when it is moved. Aliases share nodes. Thread-compatible.
// Errors: kInvalidTask, `file:line:column: text` (line and column from 1, column in code points); details["location"]
// is the place alone, details["sentence"] what PyYAML says, which may be several lines.
// Source: PyYAML 6.0's resolver.py and constructor.py (SafeLoader), read 2026-11; testdata/differential.py compares.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"

namespace sky {

enum class YamlKind {
  kNull,
  kBool,
  kInt,  // `text` has the decimal digits; int_value only when int_fits
  kFloat,
  kString,
  kTimestamp,  // `text` is Python's str() of the date or datetime
  kBinary,     // `text` has the decoded bytes
  kSequence,
  kMapping,
};

struct YamlNode;

struct YamlEntry {
  const YamlNode* key = nullptr;
  const YamlNode* value = nullptr;
};

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  std::uint32_t line = 0;    // from 1; 0 for nodes that come from no text
  std::uint32_t column = 0;  // from 1
  bool bool_value = false;
  bool int_fits = false;  // the integer fits int_value
  std::int64_t int_value = 0;
  double float_value = 0;
  std::string text = {};                    // of scalars, see YamlKind
  std::vector<const YamlNode*> items = {};  // of a sequence
  std::vector<YamlEntry> entries = {};      // of a mapping, in order; keys are distinct scalars

  auto is(YamlKind k) const -> bool { return kind == k; }
  auto is_null() const -> bool { return kind == YamlKind::kNull; }
  auto is_string() const -> bool { return kind == YamlKind::kString; }
  auto is_sequence() const -> bool { return kind == YamlKind::kSequence; }
  auto is_mapping() const -> bool { return kind == YamlKind::kMapping; }
  // The value under a string key, or nullptr; also nullptr when this is no mapping. Linear in the number of entries.
  auto find(std::string_view key) const -> const YamlNode*;
};

struct YamlLimits {
  size_t size_max_bytes = size_t{64} << 20U;
  size_t depth_max = 200;
  size_t node_count_max = 2'000'000;  // nodes of a document, counting an aliased node at every use
};

class YamlStream {
 public:
  // One root per document; an empty document is a null node.
  auto documents() const -> const std::vector<const YamlNode*>& { return documents_; }
  // Adds a node that lives as long as the stream. For readers that rewrite a tree.
  auto add(YamlNode node) -> YamlNode*;
  void add_document(const YamlNode* root) { documents_.push_back(root); }

 private:
  std::unique_ptr<std::deque<YamlNode>> nodes_ = std::make_unique<std::deque<YamlNode>>();
  std::vector<const YamlNode*> documents_;
};

// All documents of a text. `file` names it in errors.
auto parse_yaml(std::string_view text, std::string_view file, const YamlLimits& limits = {}) -> Result<YamlStream>;

// `file:line:column` of a node.
auto location_of(const YamlNode& node, std::string_view file) -> std::string;

// What Python calls the type: `str`, `dict`, `list`, …
auto python_type(const YamlNode& node) -> std::string_view;

// The tree as JSON, the way Python's json.dumps sees it: keys become text, dates their str(). An integer beyond 64
// bits, a float that is not finite and binary data that is not UTF-8 are errors.
auto to_json(const YamlNode& node, std::string_view file = {}) -> Result<Json>;
// The other way; node and everything below are added to `stream`.
auto add_json(YamlStream& stream, const Json& value) -> const YamlNode*;

// Python's str() and repr() of what PyYAML would have loaded, for messages and for values that become text.
auto python_str(const YamlNode& node) -> std::string;
auto python_repr(const YamlNode& node) -> std::string;
auto python_repr(std::string_view text) -> std::string;

// Block style, keys in order, as yaml.dump(value, default_flow_style=False, sort_keys=False) writes it: a plain scalar
// that would be read back as another type is quoted, what is not ASCII is escaped. Ends with a newline.
auto to_yaml_text(const Json& value) -> std::string;

}  // namespace sky
