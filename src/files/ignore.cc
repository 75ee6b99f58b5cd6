#include "files/ignore.h"

#include <algorithm>

#include "base/strings.h"

namespace sky::files {

namespace {

// nullopt when there is no such class.
auto in_named_class(std::string_view name, char c) -> std::optional<bool> {
  const auto u = static_cast<unsigned char>(c);
  if (name == "alpha") return is_alpha(c);
  if (name == "digit") return is_digit(c);
  if (name == "alnum") return is_alnum(c);
  if (name == "lower") return c >= 'a' && c <= 'z';
  if (name == "upper") return c >= 'A' && c <= 'Z';
  if (name == "space") return is_space(c);
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return u < 0x20 || u == 0x7f;
  if (name == "print") return u >= 0x20 && u < 0x7f;
  if (name == "graph") return u > 0x20 && u < 0x7f;
  if (name == "punct") return u > 0x20 && u < 0x7f && !is_alnum(c);
  if (name == "xdigit") return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  return std::nullopt;
}

struct ClassMatch {
  bool matches = false;
  size_t length = 0;  // of the bracket expression; 0 when it is malformed, which matches nothing
};

// `glob` begins with '['.
auto match_class(std::string_view glob, char c) -> ClassMatch {
  size_t i = 1;
  const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < glob.size() && (glob[i] != ']' || first); first = false) {
    const size_t close = glob.substr(i, 2) == "[:" ? glob.find(']', i + 2) : std::string_view::npos;
    if (close != std::string_view::npos && close > i + 2 && glob[close - 1] == ':') {
      const std::optional<bool> in_class = in_named_class(glob.substr(i + 2, close - i - 3), c);
      if (!in_class) return {};
      found |= *in_class;
      i = close + 1;
      continue;
    }
    const auto take = [&]() -> char {
      if (glob[i] == '\\' && i + 1 < glob.size()) ++i;
      return glob[i++];
    };
    const auto low = static_cast<unsigned char>(take());
    auto high = low;
    if (i + 1 < glob.size() && glob[i] == '-' && glob[i + 1] != ']') {
      ++i;
      high = static_cast<unsigned char>(take());
    }
    found |= low <= static_cast<unsigned char>(c) && static_cast<unsigned char>(c) <= high;
  }
  if (i >= glob.size()) return {};
  return {found != negated, i + 1};
}

// Matches one path character against the glob's next element; the element's length, or 0.
auto match_one(std::string_view glob, char c) -> size_t {
  switch (glob.front()) {
    case '?':
      return c != '/' ? 1 : 0;
    case '[': {
      const ClassMatch match = match_class(glob, c);
      return match.matches && c != '/' ? match.length : 0;
    }
    case '\\':
      return glob.size() > 1 && glob[1] == c ? 2 : 0;
    default:
      return glob.front() == c ? 1 : 0;
  }
}

// Where to go on when a match fails: the last '*', which may take one more character, or the last "**/", which may take
// one more directory. Earlier ones need not be tried again: the later one can take whatever they would.
struct Retry {
  size_t glob = std::string_view::npos;
  size_t path = 0;
  auto set() const -> bool { return glob != std::string_view::npos; }
};

// Takes one more for the innermost wildcard. False when all have taken what they can.
auto take_more(std::string_view path, Retry& star, Retry& deep, size_t& g, size_t& p) -> bool {
  if (star.set() && star.path < path.size() && path[star.path] != '/') {
    g = star.glob;
    p = ++star.path;
    return true;
  }
  star = {};
  if (!deep.set()) return false;
  const size_t slash = path.find('/', deep.path);
  if (slash == std::string_view::npos) return false;
  g = deep.glob;
  p = deep.path = slash + 1;
  return true;
}

}  // namespace

auto wild_match(std::string_view glob, std::string_view path) -> bool {
  Retry star;
  Retry deep;
  size_t g = 0;
  size_t p = 0;
  for (;;) {
    if (g < glob.size() && glob[g] == '*') {
      const size_t after = std::min(glob.find_first_not_of('*', g), glob.size());
      const bool at_start = g == 0 || glob[g - 1] == '/';
      if (after - g > 1 && at_start && after == glob.size()) return true;
      if (after - g > 1 && at_start && glob[after] == '/') {
        g = after + 1;
        star = {};
        deep = {g, p};
      } else {
        g = after;
        star = {g, p};
      }
      continue;
    }
    if (g == glob.size() && p == path.size()) return true;
    const size_t taken = g < glob.size() && p < path.size() ? match_one(glob.substr(g), path[p]) : 0;
    if (taken > 0) {
      g += taken;
      ++p;
    } else if (!take_more(path, star, deep, g, p)) {
      return false;
    }
  }
}

namespace {

// Trailing blanks do not count unless a backslash stands before them.
auto trim_trailing_spaces(std::string_view line) -> std::string_view {
  size_t end = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') continue;
    if (line[i] == '\\') ++i;
    end = i + 1;
  }
  return line.substr(0, end);
}

}  // namespace

auto IgnoreList::parse(std::string_view text, IgnoreSyntax syntax) -> IgnoreList {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  IgnoreList list;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    line = syntax == IgnoreSyntax::kGit ? trim_trailing_spaces(line) : trim(line);
    if (line.empty()) continue;
    Pattern pattern = syntax == IgnoreSyntax::kGit ? parse_git(line) : parse_sky(line);
    pattern.literal_size = std::min(pattern.glob.find_first_of("*?[\\"), pattern.glob.size());
    list.patterns_.push_back(std::move(pattern));
  }
  return list;
}

auto IgnoreList::parse_git(std::string_view line) -> Pattern {
  Pattern pattern;
  if (line.starts_with('!')) {
    pattern.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    pattern.directory_only = true;
    line.remove_suffix(1);
  }
  pattern.name_only = !line.contains('/');
  if (line.starts_with('/')) line.remove_prefix(1);
  pattern.glob = line;
  return pattern;
}

auto IgnoreList::parse_sky(std::string_view line) -> Pattern {
  Pattern pattern;
  if (line.starts_with("./")) line.remove_prefix(1);
  if (line.ends_with('/')) {
    pattern.directory_only = true;
    line.remove_suffix(1);
  }
  pattern.name_only = !line.contains('/');
  if (line.starts_with('/')) {
    pattern.glob = line.substr(1);
  } else {
    pattern.glob = pattern.name_only ? std::string(line) : "**/" + std::string(line);
  }
  return pattern;
}

// Git compares the literal start by itself and gives the matcher the rest. It shows: in `a**/b` the stars then stand at
// the start of a glob and span directories.
auto IgnoreList::ignores(std::string_view path, bool is_directory) const -> std::optional<bool> {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->directory_only && !is_directory) continue;
    const std::string_view glob = pattern->glob;
    const std::string_view literal = glob.substr(0, pattern->literal_size);
    const std::string_view text = pattern->name_only ? name : path;
    if (!text.starts_with(literal)) continue;
    if (wild_match(glob.substr(literal.size()), text.substr(literal.size()))) return !pattern->negated;
  }
  return std::nullopt;
}

}  // namespace sky::files
