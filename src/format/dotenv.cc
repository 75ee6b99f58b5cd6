#include "format/dotenv.h"

#include <algorithm>

#include "base/strings.h"

namespace sky {
namespace {

constexpr auto is_line_end(char c) -> bool {
  return c == '\n' || c == '\r';
}
constexpr auto is_blank(char c) -> bool {
  return is_space(c) && !is_line_end(c);
}

auto unescape(std::string_view text, std::string_view escapes, std::string_view meanings) -> std::string {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t known = text[i] == '\\' && i + 1 < text.size() ? escapes.find(text[i + 1]) : std::string_view::npos;
    if (known == std::string_view::npos) {
      out += text[i];
    } else {
      out += meanings[known];
      ++i;
    }
  }
  return out;
}

auto trim_right(std::string_view text) -> std::string_view {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts ` # comment` off an unquoted value.
auto without_comment(std::string_view text) -> std::string_view {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && is_space(text[i - 1])) return trim_right(text.substr(0, i));
  }
  return trim_right(text);
}

struct Binding {
  std::string key;
  std::optional<std::string> value;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  auto done() const -> bool { return at_ >= text_.size(); }
  auto line() const -> size_t {
    size_t line = 1;
    for (size_t i = 0; i < at_; ++i) {
      const bool pair = text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
      if (is_line_end(text_[i]) && !pair) ++line;
    }
    return line;
  }

  void skip_space() { skip(is_space); }
  void skip_line() {
    skip([](char c) { return !is_line_end(c); });
    take_line_end();
  }

  // One statement up to its line end. False: it does not parse. A comment line gives an empty key.
  auto read(Binding& out) -> bool {
    take_export();
    if (peek() != '#' && !read_key(out.key)) return false;
    skip(is_blank);
    if (peek() == '=' && !read_value(out.value)) return false;
    take_comment();
    skip(is_blank);
    return done() || take_line_end();
  }

 private:
  auto peek() const -> char { return done() ? '\0' : text_[at_]; }
  auto rest() const -> std::string_view { return text_.substr(at_); }
  template <class Predicate>
  auto skip(Predicate accepts) -> std::string_view {
    const size_t start = at_;
    while (!done() && accepts(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  auto take_line_end() -> bool {
    if (rest().starts_with("\r\n")) {
      at_ += 2;
      return true;
    }
    if (!is_line_end(peek())) return false;
    ++at_;
    return true;
  }
  void take_export() {
    constexpr std::string_view kExport = "export";
    if (!rest().starts_with(kExport) || rest().size() == kExport.size() || !is_blank(rest()[kExport.size()])) return;
    at_ += kExport.size();
    skip(is_blank);
  }
  void take_comment() {
    const size_t start = at_;
    skip(is_blank);
    if (peek() == '#') {
      skip([](char c) { return !is_line_end(c); });
    } else {
      at_ = start;
    }
  }

  auto read_key(std::string& key) -> bool {
    if (peek() == '\'') {
      const size_t close = text_.find('\'', at_ + 1);
      if (close == std::string_view::npos || close == at_ + 1) return false;
      key = text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
      return true;
    }
    key = skip([](char c) { return c != '=' && c != '#' && !is_space(c); });
    return !key.empty();
  }

  auto read_value(std::optional<std::string>& value) -> bool {
    ++at_;
    const bool blank_before = !skip(is_blank).empty();
    const char first = peek();
    if (first == '\'' || first == '"') return read_quoted(first, value);
    if (blank_before && first == '#') {
      value = "";
    } else {
      value = without_comment(skip([](char c) { return !is_line_end(c); }));
    }
    return true;
  }

  auto read_quoted(char quote, std::optional<std::string>& value) -> bool {
    const size_t start = at_ + 1;
    size_t end = start;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return false;
    const std::string_view inner = text_.substr(start, end - start);
    value = quote == '\'' ? unescape(inner, "\\'", "\\'") : unescape(inner, "\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v");
    at_ = end + 1;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

auto find_value(const DotenvFile& file, std::string_view name) {
  return std::find_if(file.values.begin(), file.values.end(), [&](const auto& entry) { return entry.first == name; });
}

auto value_of(std::string_view name, const DotenvFile& file, const VariableLookup& lookup)
    -> std::optional<std::string> {
  if (const auto found = find_value(file, name); found != file.values.end()) return found->second.value_or("");
  return lookup ? lookup(name) : std::nullopt;
}

auto interpolate(std::string_view text, const DotenvFile& file, const VariableLookup& lookup) -> std::string {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find("${");
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view inner = text.substr(open + 2, close - open - 2);
    const size_t colon = inner.find(':');
    const bool has_default = colon != std::string_view::npos && inner.substr(colon).starts_with(":-");
    if (colon != std::string_view::npos && !has_default) {
      out += text.substr(0, open + 2);  // `${a:b}` is no variable
      text.remove_prefix(open + 2);
      continue;
    }
    const std::string fallback(has_default ? inner.substr(colon + 2) : "");
    out += text.substr(0, open);
    out += value_of(inner.substr(0, colon), file, lookup).value_or(fallback);
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

}  // namespace

auto parse_dotenv(std::string_view text, const VariableLookup& lookup) -> DotenvFile {
  DotenvFile file;
  Reader reader(text);
  while (true) {
    reader.skip_space();
    if (reader.done()) return file;
    const size_t line = reader.line();
    Binding binding;
    if (!reader.read(binding)) {
      file.bad_lines.push_back(line);
      reader.skip_line();
      continue;
    }
    if (binding.key.empty()) continue;
    if (binding.value) binding.value = interpolate(*binding.value, file, lookup);
    const auto found = find_value(file, binding.key);
    if (found == file.values.end()) {
      file.values.emplace_back(std::move(binding.key), std::move(binding.value));
    } else {
      file.values[static_cast<size_t>(found - file.values.begin())].second = std::move(binding.value);
    }
  }
}

}  // namespace sky
