#include "term/markup.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/strings.h"

namespace sky::term {
namespace {

struct NamedSgr {
  std::string_view name;
  std::string_view sgr;
};

constexpr std::array<NamedSgr, 11> kStyles = {{
    {"bold", "\033[1m"},
    {"dim", "\033[2m"},
    {"italic", "\033[3m"},
    {"underline", "\033[4m"},
    {"red", "\033[31m"},
    {"green", "\033[32m"},
    {"yellow", "\033[33m"},
    {"blue", "\033[34m"},
    {"magenta", "\033[35m"},
    {"cyan", "\033[36m"},
    {"white", "\033[37m"},
}};

// `bold cyan` as SGR sequences; nullopt when a word is no style.
auto sgr_of(std::string_view styles) -> std::optional<std::string> {
  std::string out;
  for (const auto word : split(styles, ' ')) {
    const auto* found = std::ranges::find(kStyles, word, &NamedSgr::name);
    if (found == kStyles.end()) return std::nullopt;
    out += found->sgr;
  }
  return out;
}

auto is_closing(std::string_view tag) -> bool {
  return tag == "/" || (tag.starts_with('/') && sgr_of(tag.substr(1)).has_value());
}

// Builds the text with the styles that are open.
class MarkupWriter {
 public:
  explicit MarkupWriter(bool enabled) : enabled_(enabled) {}

  void text(std::string_view plain) { out_ += plain; }
  void open(std::string sgr) {
    if (enabled_) out_ += sgr;
    open_.push_back(std::move(sgr));
  }
  void close() {
    if (open_.empty()) return;
    open_.pop_back();
    if (!enabled_) return;
    out_ += "\033[0m";
    for (const std::string& sgr : open_) out_ += sgr;
  }
  auto finish() -> std::string {
    if (enabled_ && !open_.empty()) out_ += "\033[0m";
    return std::move(out_);
  }

 private:
  bool enabled_;
  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace

auto render_markup(std::string_view text, const Paint& paint) -> std::string {
  MarkupWriter writer(paint.enabled());
  while (!text.empty()) {
    const size_t bracket = std::min(text.find('['), text.size());
    const bool escaped = bracket > 0 && bracket < text.size() && text[bracket - 1] == '\\';
    writer.text(text.substr(0, escaped ? bracket - 1 : bracket));
    text.remove_prefix(bracket);
    if (text.empty()) break;
    const size_t end = text.find(']');
    const std::string_view tag = end == std::string_view::npos ? "" : text.substr(1, end - 1);
    auto sgr = escaped || tag.empty() ? std::nullopt : sgr_of(tag);
    if (sgr) {
      writer.open(*std::move(sgr));
    } else if (!escaped && is_closing(tag)) {
      writer.close();
    } else {
      writer.text("[");
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(end + 1);
  }
  return writer.finish();
}

}  // namespace sky::term
