#include "format/yaml.h"

#include <yaml.h>

#include "base/strings.h"
#include "base/utf8.h"
#include "format/yaml_resolver.h"

namespace sky {
namespace {

// Mappings up to this size look for repeated keys by walking; larger ones build an index.
constexpr size_t kSmallMapping = 16;

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  auto operator=(const Event&) -> Event& = delete;
  ~Event() { yaml_event_delete(&event_); }
  auto get() -> yaml_event_t* { return &event_; }
  auto operator->() const -> const yaml_event_t* { return &event_; }

 private:
  yaml_event_t event_ = {};
};

auto view(const yaml_char_t* text) -> std::string_view {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// What two keys have in common when Python's dict takes them for one: 1, 1.0 and True are the same key.
auto key_identity(const YamlNode& key) -> std::string {
  switch (key.kind) {
    case YamlKind::kString:
      return "s" + key.text;
    case YamlKind::kInt:
      return "n" + key.text;
    case YamlKind::kBool:
      return key.bool_value ? "n1" : "n0";
    case YamlKind::kFloat: {
      std::string text = python_float_text(key.float_value);
      if (text.ends_with(".0")) text.resize(text.size() - 2);
      return "n" + text;
    }
    default:
      return fmt::format("{}{}", static_cast<int>(key.kind), key.text);
  }
}

// Puts entries into a mapping as Python's dict does: the first position and the last value of a key count.
class EntryList {
 public:
  explicit EntryList(size_t expected) : indexed_(expected > kSmallMapping) {}

  void put(YamlEntry entry) {
    std::string identity = key_identity(*entry.key);
    if (const auto at = position_of(identity)) {
      entries_[*at].value = entry.value;
      return;
    }
    if (indexed_) index_.emplace(identity, entries_.size());
    entries_.push_back(entry);
    if (!indexed_) identities_.push_back(std::move(identity));
  }
  auto take() -> std::vector<YamlEntry> { return std::move(entries_); }

 private:
  auto position_of(const std::string& identity) const -> std::optional<size_t> {
    if (indexed_) {
      const auto found = index_.find(identity);
      return found == index_.end() ? std::nullopt : std::optional(found->second);
    }
    const auto found = std::find(identities_.begin(), identities_.end(), identity);
    return found == identities_.end() ? std::nullopt : std::optional<size_t>(found - identities_.begin());
  }

  bool indexed_;
  std::vector<YamlEntry> entries_;
  std::vector<std::string> identities_;
  std::unordered_map<std::string, size_t> index_;
};

// Builds the trees of one stream. Recursion is bounded by YamlLimits::depth_max.
class Builder {
 public:
  Builder(std::string_view text, std::string_view file, const YamlLimits& limits)
      : text_(text), file_(file), limits_(limits) {
    if (yaml_parser_initialize(&parser_) == 0) std::abort();  // out of memory
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Builder(const Builder&) = delete;
  auto operator=(const Builder&) -> Builder& = delete;
  ~Builder() { yaml_parser_delete(&parser_); }

  auto build() -> Result<YamlStream> {
    while (true) {
      Event event;
      SKY_CHECK(next(event));
      if (event->type == YAML_STREAM_END_EVENT) return std::move(stream_);
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      weights_.clear();
      weight_sum_ = 0;
      Event first;
      SKY_CHECK(next(first));
      SKY_TRY(const YamlNode* root, node(first, 1));
      stream_.add_document(root);
    }
  }

 private:
  using Mark = yaml_mark_t;

  auto error_at(size_t line, size_t column, std::string_view what, std::string sentence) const -> Error {
    Error error = make_error(ErrorCode::kInvalidTask, fmt::format("{}:{}:{}: {}", file_, line, column, what));
    error.details = {{"location", fmt::format("{}:{}:{}", file_, line, column)}, {"sentence", std::move(sentence)}};
    return error;
  }
  auto error_at(const Mark& mark, std::string_view what) const -> Error {
    return error_at(mark, what, std::string(what));
  }
  auto error_at(const Mark& mark, std::string_view what, std::string sentence) const -> Error {
    return error_at(mark.line + 1, mark.column + 1, what, std::move(sentence));
  }

  // PyYAML's lines of an error, which calls every file `<file>`.
  static auto placed(std::string_view what, const Mark& mark) -> std::string {
    return fmt::format("{}\n  in \"<file>\", line {}, column {}", what, mark.line + 1, mark.column + 1);
  }

  auto next(Event& event) -> Result<> {
    if (yaml_parser_parse(&parser_, event.get()) != 0) return {};
    if (parser_.error == YAML_READER_ERROR) {
      const std::string_view before = text_.substr(0, parser_.problem_offset);
      const auto line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
      return error_at(line + 1, before.size() - (before.rfind('\n') + 1) + 1, view_or(parser_.problem),
                      fmt::format("unacceptable character #x{:04x}: {}\n  in \"<file>\", position {}",
                                  parser_.problem_value, view_or(parser_.problem), parser_.problem_offset));
    }
    const Mark& mark = parser_.problem_mark;
    std::string sentence = placed(view_or(parser_.problem), mark);
    if (parser_.context == nullptr) return error_at(mark, view_or(parser_.problem), std::move(sentence));
    const Mark& from = parser_.context_mark;
    const bool apart = from.line != mark.line || from.column != mark.column;
    return error_at(mark, fmt::format("{} {} (from line {})", view_or(parser_.problem), parser_.context, from.line + 1),
                    fmt::format("{}\n{}", apart ? placed(parser_.context, from) : parser_.context, sentence));
  }
  static auto view_or(const char* text) -> std::string_view { return text == nullptr ? "out of memory" : text; }

  auto add(const Mark& mark) -> YamlNode* {
    return stream_.add(
        {.line = static_cast<std::uint32_t>(mark.line + 1), .column = static_cast<std::uint32_t>(mark.column + 1)});
  }

  // The node that `event` starts.
  auto node(const Event& event, size_t depth) -> Result<const YamlNode*> {
    const Mark& mark = event->start_mark;
    if (depth > limits_.depth_max) {
      return error_at(mark, fmt::format("nested deeper than {} levels", limits_.depth_max));
    }
    if (event->type == YAML_ALIAS_EVENT) return alias(event);
    const bool scalar = event->type == YAML_SCALAR_EVENT;
    const bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
    const std::string anchor(view(scalar     ? event->data.scalar.anchor
                                  : sequence ? event->data.sequence_start.anchor
                                             : event->data.mapping_start.anchor));
    if (!anchor.empty() && !anchors_.emplace(anchor, nullptr).second) {
      return error_at(mark, fmt::format("found duplicate anchor '{}'", anchor));
    }
    const size_t weight_before = weight_sum_;
    SKY_CHECK(count(mark, 1));
    Result<const YamlNode*> built = scalar     ? this->scalar(event)
                                    : sequence ? this->sequence(event, depth)
                                               : mapping(event, depth);
    if (built.ok() && !anchor.empty()) {
      anchors_[anchor] = *built;
      weights_[*built] = weight_sum_ - weight_before;
    }
    return built;
  }

  auto count(const Mark& mark, size_t weight) -> Result<> {
    weight_sum_ += weight;
    if (weight_sum_ <= limits_.node_count_max) return {};
    return error_at(mark, fmt::format("more than {} values, aliases counted at every use", limits_.node_count_max));
  }

  auto alias(const Event& event) -> Result<const YamlNode*> {
    const std::string name(view(event->data.alias.anchor));
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      return error_at(event->start_mark, fmt::format("found undefined alias '{}'", name),
                      placed("found undefined alias", event->start_mark));
    }
    if (found->second == nullptr) return error_at(event->start_mark, fmt::format("found recursive alias '{}'", name));
    SKY_CHECK(count(event->start_mark, weights_[found->second]));
    return found->second;
  }

  auto scalar(const Event& event) -> Result<const YamlNode*> {
    const auto& data = event->data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    SKY_TRY(const YamlTag tag, scalar_tag(event, text));
    YamlNode* made = add(event->start_mark);
    if (auto constructed = construct_scalar(tag, text, *made); !constructed.ok()) {
      return error_at(event->start_mark, constructed.error().message);
    }
    return made;
  }

  auto scalar_tag(const Event& event, std::string_view text) -> Result<YamlTag> {
    const auto& data = event->data.scalar;
    const std::string_view tag = view(data.tag);
    if (tag.empty() || tag == "!") {
      return tag.empty() && data.plain_implicit != 0 ? resolve_plain(text) : YamlTag::kString;
    }
    constexpr std::array<std::pair<std::string_view, YamlTag>, 7> kTags = {{{"str", YamlTag::kString},
                                                                            {"int", YamlTag::kInt},
                                                                            {"float", YamlTag::kFloat},
                                                                            {"bool", YamlTag::kBool},
                                                                            {"null", YamlTag::kNull},
                                                                            {"timestamp", YamlTag::kTimestamp},
                                                                            {"binary", YamlTag::kBinary}}};
    for (const auto& [name, value] : kTags) {
      if (tag.starts_with(kYamlTagPrefix) && tag.substr(kYamlTagPrefix.size()) == name) return value;
    }
    return unknown_tag(event->start_mark, tag);
  }

  auto unknown_tag(const Mark& mark, std::string_view tag) const -> Error {
    const std::string what = fmt::format("could not determine a constructor for the tag '{}'", tag);
    return error_at(mark, what, placed(what, mark));
  }

  // Collections take their own tag only, and `!!set`, which reads as a mapping to null.
  auto check_tag(const Mark& mark, std::string_view tag, std::initializer_list<std::string_view> names) const
      -> Result<> {
    if (tag.empty() || tag == "!") return {};
    for (const auto name : names) {
      if (tag.starts_with(kYamlTagPrefix) && tag.substr(kYamlTagPrefix.size()) == name) return {};
    }
    return unknown_tag(mark, tag);
  }

  auto sequence(const Event& event, size_t depth) -> Result<const YamlNode*> {
    SKY_CHECK(check_tag(event->start_mark, view(event->data.sequence_start.tag), {"seq"}));
    YamlNode* made = add(event->start_mark);
    made->kind = YamlKind::kSequence;
    while (true) {
      Event item;
      SKY_CHECK(next(item));
      if (item->type == YAML_SEQUENCE_END_EVENT) return made;
      SKY_TRY(const YamlNode* child, node(item, depth + 1));
      made->items.push_back(child);
    }
  }

  auto mapping(const Event& event, size_t depth) -> Result<const YamlNode*> {
    SKY_CHECK(check_tag(event->start_mark, view(event->data.mapping_start.tag), {"map", "set"}));
    YamlNode* made = add(event->start_mark);
    made->kind = YamlKind::kMapping;
    std::vector<YamlEntry> own;
    std::vector<YamlEntry> merged;
    std::unordered_map<std::string, std::uint32_t> lines;  // of keys, by their text as written
    while (true) {
      Event key_event;
      SKY_CHECK(next(key_event));
      if (key_event->type == YAML_MAPPING_END_EVENT) break;
      SKY_TRY(const Key key, read_key(key_event, depth, lines));
      Event value_event;
      SKY_CHECK(next(value_event));
      SKY_TRY(const YamlNode* value, node(value_event, depth + 1));
      if (!key.merge) {
        own.push_back({key.node, value});
      } else {
        SKY_CHECK(merge(value_event->start_mark, *value, merged));
      }
    }
    EntryList entries(merged.size() + own.size());
    for (const auto& entry : merged) entries.put(entry);
    for (const auto& entry : own) entries.put(entry);
    made->entries = entries.take();
    return made;
  }

  struct Key {
    const YamlNode* node = nullptr;  // null when `merge`
    bool merge = false;
  };

  auto read_key(const Event& event, size_t depth, std::unordered_map<std::string, std::uint32_t>& lines)
      -> Result<Key> {
    const Mark& mark = event->start_mark;
    Key key;
    if (event->type == YAML_SCALAR_EVENT) {
      const std::string text(reinterpret_cast<const char*>(event->data.scalar.value), event->data.scalar.length);
      const auto [earlier, added] = lines.emplace(text, mark.line + 1);
      if (!added) {
        return error_at(mark,
                        fmt::format("Duplicate key {} in YAML at line {} (also defined at line {}). Remove one of "
                                    "the entries so the intended value is unambiguous.",
                                    python_repr(text), mark.line + 1, earlier->second));
      }
      SKY_TRY(const YamlTag tag, scalar_tag(event, text));
      key.merge = tag == YamlTag::kMerge;
      if (key.merge) return key;
      if (tag == YamlTag::kValue) {
        YamlNode* made = add(mark);
        made->kind = YamlKind::kString;
        made->text = text;
        key.node = made;
        return key;
      }
    }
    SKY_TRY(key.node, node(event, depth + 1));
    if (key.node->is_sequence() || key.node->is_mapping()) return error_at(mark, "found unhashable key");
    return key;
  }

  // Appends the entries of a `<<` value. Of several mappings the first one wins, so they are added from the last.
  auto merge(const Mark& mark, const YamlNode& value, std::vector<YamlEntry>& merged) -> Result<> {
    if (value.is_mapping()) {
      SKY_CHECK(count(mark, value.entries.size()));
      merged.insert(merged.end(), value.entries.begin(), value.entries.end());
      return {};
    }
    if (!value.is_sequence()) {
      return error_at(mark, "expected a mapping or list of mappings for merging, but found scalar");
    }
    for (auto item = value.items.rbegin(); item != value.items.rend(); ++item) {
      if (!(*item)->is_mapping()) return error_at(mark, "expected a mapping for merging, but found another value");
      SKY_CHECK(count(mark, (*item)->entries.size()));
      merged.insert(merged.end(), (*item)->entries.begin(), (*item)->entries.end());
    }
    return {};
  }

  std::string_view text_;
  std::string_view file_;
  const YamlLimits& limits_;
  yaml_parser_t parser_ = {};
  YamlStream stream_;
  std::unordered_map<std::string, const YamlNode*> anchors_;  // null while the node is being read
  std::unordered_map<const YamlNode*, size_t> weights_;       // of anchored nodes: values below, aliases expanded
  size_t weight_sum_ = 0;
};

}  // namespace

auto YamlNode::find(std::string_view key) const -> const YamlNode* {
  for (const auto& entry : entries) {
    if (entry.key->is_string() && entry.key->text == key) return entry.value;
  }
  return nullptr;
}

auto YamlStream::add(YamlNode node) -> YamlNode* {
  return &nodes_->emplace_back(std::move(node));
}

auto parse_yaml(std::string_view text, std::string_view file, const YamlLimits& limits) -> Result<YamlStream> {
  if (text.size() > limits.size_max_bytes) {
    return make_error(ErrorCode::kInvalidTask, fmt::format("{}: file has {} bytes, at most {} are read", file,
                                                           text.size(), limits.size_max_bytes));
  }
  return Builder(text, file, limits).build();
}

auto location_of(const YamlNode& node, std::string_view file) -> std::string {
  return fmt::format("{}:{}:{}", file, node.line, node.column);
}

}  // namespace sky
