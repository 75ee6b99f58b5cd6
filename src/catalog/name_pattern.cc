#include "catalog/name_pattern.h"

#include "base/strings.h"

namespace sky::catalog {

// Thompson's construction, from the end of the pattern to its start: each part is compiled with the step that follows.
class PatternCompiler {
 public:
  PatternCompiler(std::string_view pattern, bool case_sensitive, NamePattern& out)
      : pattern_(pattern), case_sensitive_(case_sensitive), out_(out) {}

  auto run() -> Result<> {
    const size_t match = add({.op = Op::kMatch});
    SKY_TRY(const Part whole, alternatives(0));
    if (at_ < pattern_.size()) return fail("unbalanced parenthesis");
    link(whole.open, match);
    out_.start_ = whole.start;
    return {};
  }

 private:
  using Op = NamePattern::Op;
  // A piece of the graph: where it starts, and the exits that are still open (step, 0 = next or 1 = other).
  struct Exit {
    size_t step;
    bool other;
  };
  struct Part {
    size_t start = 0;
    std::vector<Exit> open;
  };

  auto fail(std::string_view what) const -> Error {
    return make_error(
        ErrorCode::kInvalidArgument,
        fmt::format("expected a name or a regular expression, found '{}': {} at position {}", pattern_, what, at_));
  }
  auto add(NamePattern::Step step) -> size_t {
    out_.steps_.push_back(step);
    return out_.steps_.size() - 1;
  }
  void link(const std::vector<Exit>& exits, size_t target) {
    for (const Exit& exit : exits) {
      (exit.other ? out_.steps_[exit.step].other : out_.steps_[exit.step].next) = target;
    }
  }
  auto peek() const -> char { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
  auto is_end() const -> bool { return at_ == pattern_.size() || peek() == '|' || peek() == ')'; }

  auto alternatives(int depth) -> Result<Part> {
    SKY_TRY(Part part, sequence(depth));
    while (peek() == '|') {
      ++at_;
      SKY_TRY(Part other, sequence(depth));
      const size_t split = add({.op = Op::kSplit, .next = part.start, .other = other.start});
      part.start = split;
      part.open.insert(part.open.end(), other.open.begin(), other.open.end());
    }
    return part;
  }

  auto sequence(int depth) -> Result<Part> {
    // An empty sequence is a split whose two exits are the same.
    const size_t empty = add({.op = Op::kSplit});
    Part part{empty, {{empty, false}, {empty, true}}};
    while (!is_end()) {
      SKY_TRY(Part next, repeated(depth));
      link(part.open, next.start);
      part.open = std::move(next.open);
    }
    return part;
  }

  auto repeated(int depth) -> Result<Part> {
    SKY_TRY(Part part, atom(depth));
    const char c = peek();
    if (c != '*' && c != '+' && c != '?') return part;
    ++at_;
    if (peek() == '*' || peek() == '+') return fail("multiple repeat");
    if (peek() == '?') ++at_;  // lazy: the same when only a match counts
    const size_t split = add({.op = Op::kSplit, .next = part.start});
    if (c != '?') link(part.open, split);
    const size_t start = c == '+' ? part.start : split;
    Part result{start, {{split, true}}};
    if (c == '?') result.open.insert(result.open.end(), part.open.begin(), part.open.end());
    return result;
  }

  auto atom(int depth) -> Result<Part> {
    constexpr int kDepthMax = 20;
    const char c = pattern_[at_];
    if (c == '(') {
      if (depth == kDepthMax) return fail("too deep");
      ++at_;
      if (pattern_.substr(at_).starts_with("?:")) at_ += 2;
      if (peek() == '?') return fail("this kind of group is not supported");
      SKY_TRY(Part part, alternatives(depth + 1));
      if (peek() != ')') return fail("missing ), unterminated subpattern");
      ++at_;
      return part;
    }
    if (c == '*' || c == '+' || c == '?') return fail("nothing to repeat");
    if (c == '{') return fail("counted repeats are not supported");
    NamePattern::Step step{.op = c == '^' ? Op::kStart : c == '$' ? Op::kEnd : Op::kSet};
    if (step.op == Op::kSet) {
      SKY_TRY(step.set, set());
    } else {
      ++at_;
    }
    const size_t index = add(step);
    return Part{index, {{index, false}}};
  }

  auto set() -> Result<std::bitset<256>> {
    std::bitset<256> members;
    const char c = pattern_[at_++];
    if (c == '.') return members.set().reset('\n');
    if (c == '\\') return escape();
    if (c != '[') {
      insert(members, c);
      return members;
    }
    const bool negated = peek() == '^';
    if (negated) ++at_;
    for (bool first = true;; first = false) {
      if (at_ == pattern_.size()) return fail("unterminated character set");
      const char from = pattern_[at_++];
      if (from == ']' && !first) break;
      if (from == '\\') {
        SKY_TRY(const auto escaped, escape());
        members |= escaped;
        continue;
      }
      const bool range = peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']';
      const char to = range ? pattern_[at_ + 1] : from;
      if (range) at_ += 2;
      if (to < from) return fail("bad character range");
      for (int member = from; member <= to; ++member) insert(members, static_cast<char>(member));
    }
    return negated ? ~members : members;
  }

  // Behind the backslash.
  auto escape() -> Result<std::bitset<256>> {
    if (at_ == pattern_.size()) return fail("bad escape (end of pattern)");
    const char c = pattern_[at_++];
    std::bitset<256> members;
    for (int i = 0; i < 128; ++i) {
      const char member = static_cast<char>(i);
      const bool in = c == 'd'   ? is_digit(member)
                      : c == 'w' ? is_alnum(member) || member == '_'
                      : c == 's' ? is_space(member)
                                 : member == c;
      if (in) members.set(static_cast<size_t>(i));
    }
    if (is_alnum(c) && c != 'd' && c != 'w' && c != 's') return fail(fmt::format("bad escape \\{}", c));
    return members;
  }

  void insert(std::bitset<256>& members, char c) const {
    members.set(static_cast<unsigned char>(c));
    if (case_sensitive_) return;
    if (c >= 'a' && c <= 'z') members.set(static_cast<unsigned char>(c - 'a' + 'A'));
    members.set(static_cast<unsigned char>(ascii_lower(c)));
  }

  std::string_view pattern_;
  bool case_sensitive_;
  NamePattern& out_;
  size_t at_ = 0;
};

auto NamePattern::compile(std::string_view pattern, bool case_sensitive) -> Result<NamePattern> {
  if (pattern.size() > kPatternSizeMax) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("expected a pattern of at most {} characters, found {}",
                                                               kPatternSizeMax, pattern.size()));
  }
  NamePattern result;
  SKY_CHECK(PatternCompiler(pattern, case_sensitive, result).run());
  return result;
}

// Marks the steps that can be reached without a character.
void NamePattern::follow(size_t step, size_t at, size_t size, std::vector<bool>& active) const {
  std::vector<size_t> pending = {step};
  while (!pending.empty()) {
    const size_t index = pending.back();
    pending.pop_back();
    if (active[index]) continue;
    active[index] = true;
    const Step& here = steps_[index];
    if (here.op == Op::kSplit) pending.push_back(here.other);
    if (here.op == Op::kSplit || (here.op == Op::kStart && at == 0) || (here.op == Op::kEnd && at == size)) {
      pending.push_back(here.next);
    }
  }
}

auto NamePattern::found_in(std::string_view text) const -> bool {
  std::vector<bool> active(steps_.size());
  for (size_t at = 0;; ++at) {
    follow(start_, at, text.size(), active);
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (active[i] && steps_[i].op == Op::kMatch) return true;
    }
    if (at == text.size()) return false;
    std::vector<bool> next(steps_.size());
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (active[i] && steps_[i].op == Op::kSet && steps_[i].set.test(static_cast<unsigned char>(text[at]))) {
        follow(steps_[i].next, at + 1, text.size(), next);
      }
    }
    active = std::move(next);
  }
}

}  // namespace sky::catalog
