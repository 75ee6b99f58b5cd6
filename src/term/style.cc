#include "term/style.h"

#include <algorithm>

#include "base/assert.h"

namespace sky::term {
namespace {

constexpr std::string_view kReset = "\033[0m";

auto sgr_of(Style style) -> std::string_view {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\033[1m";
    case Style::kDim:
      return "\033[2m";
    case Style::kUnderline:
      return "\033[4m";
    case Style::kBlue:
      return "\033[34m";
    case Style::kGreen:
      return "\033[32m";
    case Style::kYellow:
      return "\033[33m";
    case Style::kRed:
      return "\033[31m";
    case Style::kCyan:
      return "\033[36m";
    case Style::kMagenta:
      return "\033[35m";
    case Style::kWhite:
      return "\033[37m";
    case Style::kBrightYellow:
      return "\033[93m";
    case Style::kBrightRed:
      return "\033[91m";
    case Style::kBoldCyan:
      return "\033[36m\033[1m";
    case Style::kBoldBlue:
      return "\033[34m\033[1m";
  }
  SKY_ASSERT(false);
  return "";
}

}  // namespace

auto wants_color(const ColorFacts& facts) -> bool {
  if (facts.no_color && !facts.no_color->empty()) return false;
  if (facts.term == "dumb") return false;
  if (facts.force_color && *facts.force_color != "0") return true;
  return facts.is_terminal;
}

auto Paint::operator()(Style style, std::string_view text) const -> std::string {
  const std::string_view sgr = enabled_ && !text.empty() ? sgr_of(style) : "";
  if (sgr.empty()) return std::string(text);
  std::string out;
  out.reserve(sgr.size() + text.size() + kReset.size());
  return out.append(sgr).append(text).append(kReset);
}

auto strip_colors(std::string_view text) -> std::string {
  std::string out;
  while (!text.empty()) {
    const size_t escape = std::min(text.find("\033["), text.size());
    out += text.substr(0, escape);
    text.remove_prefix(escape);
    if (text.empty()) break;
    const size_t end = text.find_first_not_of("0123456789;", 2);
    const bool is_sgr = end != std::string_view::npos && text[end] == 'm';
    if (!is_sgr) out += text.substr(0, 2);
    text.remove_prefix(is_sgr ? end + 1 : 2);
  }
  return out;
}

}  // namespace sky::term
