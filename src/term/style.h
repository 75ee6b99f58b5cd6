// Colours and weights of the command line, in one place. The words that get a colour are the callers' business.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sky::term {

enum class Style {
  kPlain,
  kBold,
  kDim,
  kBlue,
  kGreen,
  kYellow,
  kRed,
  kCyan,
  kMagenta,
  kWhite,
  kBrightYellow,
  kBrightRed,
  kBoldCyan,  // titles
  kBoldBlue,  // ports
  kUnderline,
};

// What decides about colours. Absent variables are nullopt; an empty one counts as set, except NO_COLOR, which by its
// convention counts only when not empty.
struct ColorFacts {
  bool is_terminal = false;
  std::optional<std::string> no_color = {};     // NO_COLOR
  std::optional<std::string> force_color = {};  // FORCE_COLOR
  std::optional<std::string> term = {};         // TERM
};

// NO_COLOR and TERM=dumb switch colours off, FORCE_COLOR on, in this order; else a terminal has them.
auto wants_color(const ColorFacts& facts) -> bool;

// Puts text in colour, or leaves it alone. A value to pass along; nothing here is global.
class Paint {
 public:
  explicit Paint(bool enabled = false) : enabled_(enabled) {}
  auto enabled() const -> bool { return enabled_; }
  // Whole text in one style; an empty text stays empty.
  auto operator()(Style style, std::string_view text) const -> std::string;

 private:
  bool enabled_;
};

// `text` without SGR sequences: what a coloured line is in a file.
auto strip_colors(std::string_view text) -> std::string;

}  // namespace sky::term
