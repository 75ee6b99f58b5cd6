// JSON to YAML text through libyaml's emitter, the one behind PyYAML's CDumper.
#include <yaml.h>

#include <cmath>

#include "base/assert.h"
#include "base/utf8.h"
#include "format/yaml.h"
#include "format/yaml_resolver.h"

namespace sky {
namespace {

auto append_output(void* out, unsigned char* bytes, size_t size) -> int {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
  return 1;
}

auto chars(std::string_view text) -> const yaml_char_t* {
  return reinterpret_cast<const yaml_char_t*>(text.data());
}

// PyYAML's representation of floats: its own resolver needs a dot in `1e+16`.
auto float_text(double value) -> std::string {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  std::string text = python_float_text(value);
  if (const size_t mark = text.find('e'); mark != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(mark, ".0");
  }
  return text;
}

auto valid_utf8(std::string_view text) -> std::string {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto decoded = decode_utf8(text, at);
    append_utf8(decoded.point, out);
    at += decoded.size;
  }
  return out;
}

// Every call below fails only when memory is gone, since the texts are UTF-8 and the events are in order.
class Emitter {
 public:
  Emitter() {
    SKY_ASSERT(yaml_emitter_initialize(&emitter_) != 0);
    yaml_emitter_set_output(&emitter_, append_output, &out_);
    yaml_emitter_set_unicode(&emitter_, 0);
  }
  Emitter(const Emitter&) = delete;
  auto operator=(const Emitter&) -> Emitter& = delete;
  ~Emitter() { yaml_emitter_delete(&emitter_); }

  auto document(const Json& value) -> std::string {
    yaml_event_t event;
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(event);
    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
    emit(event);
    node(value);
    yaml_document_end_event_initialize(&event, 1);
    emit(event);
    yaml_stream_end_event_initialize(&event);
    emit(event);
    return std::move(out_);
  }

 private:
  void emit(yaml_event_t& event) { SKY_ASSERT(yaml_emitter_emit(&emitter_, &event) != 0); }

  void node(const Json& value) {
    switch (value.kind()) {
      case boost::json::kind::null:
        plain("null");
        break;
      case boost::json::kind::bool_:
        plain(value.get_bool() ? "true" : "false");
        break;
      case boost::json::kind::int64:
        plain(fmt::format("{}", value.get_int64()));
        break;
      case boost::json::kind::uint64:
        plain(fmt::format("{}", value.get_uint64()));
        break;
      case boost::json::kind::double_:
        plain(float_text(value.get_double()));
        break;
      case boost::json::kind::string:
        text(value.get_string());
        break;
      case boost::json::kind::array:
        sequence(value.get_array());
        break;
      case boost::json::kind::object:
        mapping(value.get_object());
        break;
    }
  }

  void sequence(const JsonArray& array) {
    yaml_event_t event;
    yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE);
    emit(event);
    for (const auto& item : array) node(item);
    yaml_sequence_end_event_initialize(&event);
    emit(event);
  }

  void mapping(const JsonObject& object) {
    yaml_event_t event;
    yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE);
    emit(event);
    for (const auto& [key, member] : object) {
      text(key);
      node(member);
    }
    yaml_mapping_end_event_initialize(&event);
    emit(event);
  }

  void plain(const std::string& text) { scalar(text, true); }
  // A string may stand plain only where it would be read back as a string.
  void text(std::string_view text) { scalar(valid_utf8(text), resolve_plain(text) == YamlTag::kString); }

  void scalar(const std::string& text, bool plain_allowed) {
    yaml_event_t event;
    SKY_ASSERT(yaml_scalar_event_initialize(&event, nullptr, nullptr, chars(text), static_cast<int>(text.size()),
                                            plain_allowed ? 1 : 0, 1, YAML_ANY_SCALAR_STYLE) != 0);
    emit(event);
  }

  yaml_emitter_t emitter_ = {};
  std::string out_;
};

}  // namespace

auto to_yaml_text(const Json& value) -> std::string {
  return Emitter().document(value);
}

}  // namespace sky
