#include "format/yaml_resolver.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/strings.h"

namespace sky {
namespace {

// Python refuses to print longer integers (sys.get_int_max_str_digits).
constexpr size_t kIntegerDigitsMax = 4300;

// ---- A cursor over one scalar; each take_* consumes what it names or nothing.
class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  auto done() const -> bool { return rest_.empty(); }
  auto take(char c) -> bool {
    return take_if([c](char x) { return x == c; });
  }
  auto take_any(std::string_view set) -> bool {
    return take_if([set](char x) { return set.find(x) != std::string_view::npos; });
  }
  auto take_digit() -> bool { return take_if(is_digit); }
  template <class Predicate>
  auto take_if(Predicate accepts) -> bool {
    if (rest_.empty() || !accepts(rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <class Predicate>
  auto take_while(Predicate accepts) -> size_t {
    size_t count = 0;
    while (take_if(accepts)) ++count;
    return count;
  }
  auto take_word(std::string_view word) -> bool {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // Between `min` and `max` digits as a number; -1 when there are fewer.
  auto take_number(int min, int max) -> int {
    int value = 0;
    int count = 0;
    for (; count < max && !rest_.empty() && is_digit(rest_.front()); ++count) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return count < min ? -1 : value;
  }
  auto rest() const -> std::string_view { return rest_; }

 private:
  std::string_view rest_;
};

constexpr auto digit_or_underscore(char c) -> bool {
  return is_digit(c) || c == '_';
}

auto is_one_of(std::string_view text, std::initializer_list<std::string_view> words) -> bool {
  return std::find(words.begin(), words.end(), text) != words.end();
}

auto is_bool_text(std::string_view text) -> bool {
  return is_one_of(text, {"yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
                          "on", "On", "ON", "off", "Off", "OFF"});
}

auto is_null_text(std::string_view text) -> bool {
  return is_one_of(text, {"", "~", "null", "Null", "NULL"});
}

// One or more groups `:d` or `:dd` up to 59.
auto take_sexagesimal_groups(Scan& scan) -> bool {
  size_t groups = 0;
  while (scan.take(':')) {
    const std::string_view rest = scan.rest();
    if (rest.empty() || !is_digit(rest[0])) return false;
    const bool two = rest.size() > 1 && is_digit(rest[1]);
    if (two && rest[0] > '5') return false;
    scan.take_number(1, 2);
    ++groups;
  }
  return groups > 0;
}

auto is_int_text(std::string_view text) -> bool {
  Scan scan(text);
  scan.take_any("+-");
  const std::string_view digits = scan.rest();
  if (digits == "0") return true;
  if (scan.take_word("0b")) {
    return scan.take_while([](char c) { return c == '0' || c == '1' || c == '_'; }) > 0 && scan.done();
  }
  if (scan.take_word("0x")) {
    const auto is_hex = [](char c) {
      return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f') || c == '_';
    };
    return scan.take_while(is_hex) > 0 && scan.done();
  }
  if (scan.take('0')) {
    return scan.take_while([](char c) { return (c >= '0' && c <= '7') || c == '_'; }) > 0 && scan.done();
  }
  if (!scan.take_digit()) return false;
  scan.take_while(digit_or_underscore);
  return scan.done() || (take_sexagesimal_groups(scan) && scan.done());
}

auto take_exponent(Scan& scan) -> bool {
  if (scan.done()) return true;
  return scan.take_any("eE") && scan.take_any("+-") && scan.take_while(is_digit) > 0;
}

auto is_float_text(std::string_view text) -> bool {
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  Scan scan(text);
  const bool signed_text = scan.take_any("+-");
  if (is_one_of(scan.rest(), {".inf", ".Inf", ".INF"})) return true;
  if (scan.take('.')) {
    if (signed_text || !scan.take_digit()) return false;
    scan.take_while(digit_or_underscore);
    return take_exponent(scan) && scan.done();
  }
  if (!scan.take_digit()) return false;
  scan.take_while(digit_or_underscore);
  if (scan.rest().starts_with(':')) {
    if (!take_sexagesimal_groups(scan) || !scan.take('.')) return false;
    scan.take_while(digit_or_underscore);
    return scan.done();
  }
  if (!scan.take('.')) return false;
  scan.take_while(digit_or_underscore);
  return take_exponent(scan) && scan.done();
}

// ---- Timestamps -----------------------------------------------------------------------------------------------------

struct Timestamp {
  int year = 0, month = 0, day = 0;
  bool has_time = false;
  bool short_date = false;  // one-digit month or day: a timestamp only with a time after it
  int hour = 0, minute = 0, second = 0, microsecond = 0;
  bool has_zone = false;
  int zone_minutes = 0;
};

auto take_zone(Scan& scan, Timestamp& out) -> bool {
  scan.take_while([](char c) { return c == ' ' || c == '\t'; });
  if (scan.done()) return false;  // trailing blanks only
  out.has_zone = true;
  if (scan.take('Z')) return true;
  const int sign = scan.take('-') ? -1 : 1;
  if (sign == 1 && !scan.take('+')) return false;
  const int hours = scan.take_number(1, 2);
  if (hours < 0) return false;
  const int minutes = scan.take(':') ? scan.take_number(2, 2) : 0;
  out.zone_minutes = sign * (hours * 60 + minutes);
  return minutes >= 0;
}

auto parse_timestamp(std::string_view text) -> std::optional<Timestamp> {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  Timestamp out;
  Scan scan(text);
  if ((out.year = scan.take_number(4, 4)) < 0 || !scan.take('-')) return std::nullopt;
  const size_t month_at = scan.rest().size();
  if ((out.month = scan.take_number(1, 2)) < 0 || !scan.take('-')) return std::nullopt;
  if ((out.day = scan.take_number(1, 2)) < 0) return std::nullopt;
  out.short_date = month_at - scan.rest().size() != 5;
  if (scan.done()) return out;
  if (!scan.take_any("Tt") && scan.take_while(is_blank) == 0) return std::nullopt;
  out.has_time = true;
  if ((out.hour = scan.take_number(1, 2)) < 0 || !scan.take(':')) return std::nullopt;
  if ((out.minute = scan.take_number(2, 2)) < 0 || !scan.take(':')) return std::nullopt;
  if ((out.second = scan.take_number(2, 2)) < 0) return std::nullopt;
  if (scan.take('.')) {
    int scale = 100'000;
    for (; !scan.rest().empty() && is_digit(scan.rest().front()); scale /= 10) {
      out.microsecond += scan.take_number(1, 1) * scale;
    }
  }
  if (!scan.done() && (!take_zone(scan, out) || !scan.done())) return std::nullopt;
  return out;
}

auto invalid(std::string message) -> Error {
  return make_error(ErrorCode::kInvalidTask, std::move(message));
}

auto check_timestamp(const Timestamp& t) -> Result<> {
  if (t.year < 1) return invalid("year 0 is out of range");
  if (t.month < 1 || t.month > 12) return invalid("month must be in 1..12");
  const auto date = std::chrono::year(t.year) / t.month / t.day;
  if (!date.ok()) return invalid("day is out of range for month");
  if (t.hour > 23) return invalid("hour must be in 0..23");
  if (t.minute > 59) return invalid("minute must be in 0..59");
  if (t.second > 59) return invalid("second must be in 0..59");
  if (std::abs(t.zone_minutes) >= 24 * 60) return invalid("time zone offset must be less than 24 hours");
  return {};
}

auto timestamp_text(const Timestamp& t) -> std::string {
  std::string text = fmt::format("{:04}-{:02}-{:02}", t.year, t.month, t.day);
  if (!t.has_time) return text;
  text += fmt::format(" {:02}:{:02}:{:02}", t.hour, t.minute, t.second);
  if (t.microsecond != 0) text += fmt::format(".{:06}", t.microsecond);
  if (t.has_zone) {
    const int minutes = std::abs(t.zone_minutes);
    text += fmt::format("{}{:02}:{:02}", t.zone_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
  }
  return text;
}

// ---- Numbers --------------------------------------------------------------------------------------------------------

// An unsigned integer of any size; only what reading one number needs.
class BigNumber {
 public:
  void multiply_add(std::uint32_t factor, std::uint32_t summand) {
    std::uint64_t carry = summand;
    for (auto& limb : limbs_) {
      carry += std::uint64_t{limb} * factor;
      limb = static_cast<std::uint32_t>(carry % kBase);
      carry /= kBase;
    }
    if (carry != 0) limbs_.push_back(static_cast<std::uint32_t>(carry));
  }
  auto is_zero() const -> bool { return limbs_.empty(); }
  auto to_text() const -> std::string {
    if (limbs_.empty()) return "0";
    std::string text = fmt::format("{}", limbs_.back());
    for (size_t i = limbs_.size() - 1; i-- > 0;) text += fmt::format("{:09}", limbs_[i]);
    return text;
  }

 private:
  static constexpr std::uint64_t kBase = 1'000'000'000;
  std::vector<std::uint32_t> limbs_;  // least significant first
};

auto add_digits(std::string_view digits, unsigned base, BigNumber& number) -> bool {
  for (const char c : digits) {
    const char lower = ascii_lower(c);
    const unsigned value = is_digit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>(lower - 'a') + 10U;
    if (!is_alnum(c) || value >= base) return false;
    number.multiply_add(base, value);
  }
  return !digits.empty();
}

auto construct_int(std::string_view text, YamlNode& node) -> Result<> {
  std::string digits = replace_all(text, "_", "");
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  if (digits.size() > kIntegerDigitsMax) {
    return invalid(fmt::format("integer has more than {} digits", kIntegerDigitsMax));
  }
  BigNumber number;
  bool valid = false;
  const std::string_view view = digits;
  if (view.starts_with("0b")) {
    valid = add_digits(view.substr(2), 2, number);
  } else if (view.starts_with("0x")) {
    valid = add_digits(view.substr(2), 16, number);
  } else if (view.starts_with('0')) {
    valid = add_digits(view, 8, number);
  } else {
    const auto groups = split(view, ':');
    valid = add_digits(groups[0], 10, number);
    for (size_t i = 1; i < groups.size() && valid; ++i) {
      const auto group = parse_int(groups[i]);
      valid = group.has_value() && *group >= 0 && *group < 100;
      if (valid) number.multiply_add(60, static_cast<std::uint32_t>(*group));
    }
  }
  if (!valid) return invalid(fmt::format("invalid integer {}", python_repr(text)));
  node.kind = YamlKind::kInt;
  node.text = (negative && !number.is_zero() ? "-" : "") + number.to_text();
  if (const auto value = parse_int(node.text)) {
    node.int_fits = true;
    node.int_value = *value;
  }
  return {};
}

auto read_double(const std::string& text) -> std::optional<double> {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ptr != text.data() + text.size()) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return std::strtod(text.c_str(), nullptr);  // infinity or zero
  if (read.ec != std::errc()) return std::nullopt;
  return value;
}

auto construct_float(std::string_view text, YamlNode& node) -> Result<> {
  std::string digits = to_lower(replace_all(text, "_", ""));
  const double sign = digits.starts_with('-') ? -1 : 1;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.erase(0, 1);
  node.kind = YamlKind::kFloat;
  if (digits == ".inf") {
    node.float_value = sign * std::numeric_limits<double>::infinity();
    return {};
  }
  if (digits == ".nan") {
    node.float_value = std::numeric_limits<double>::quiet_NaN();
    return {};
  }
  // Groups of 60 are added from the last to the first, so that rounding is PyYAML's.
  const auto groups = split(digits, ':');
  double base = 1;
  double value = 0;
  for (size_t i = groups.size(); i-- > 0; base *= 60) {
    const auto group = read_double(std::string(groups[i]));
    if (!group) return invalid(fmt::format("invalid float {}", python_repr(text)));
    value = groups.size() == 1 ? *group : value + *group * base;
  }
  node.float_value = sign * value;
  return {};
}

auto construct_bool(std::string_view text, YamlNode& node) -> Result<> {
  const std::string lower = to_lower(text);
  node.kind = YamlKind::kBool;
  node.bool_value = is_one_of(lower, {"yes", "true", "on"});
  if (node.bool_value || is_one_of(lower, {"no", "false", "off"})) return {};
  return invalid(fmt::format("invalid boolean {}", python_repr(text)));
}

auto construct_timestamp(std::string_view text, YamlNode& node) -> Result<> {
  const auto timestamp = parse_timestamp(text);
  if (!timestamp) return invalid(fmt::format("invalid timestamp {}", python_repr(text)));
  SKY_CHECK(check_timestamp(*timestamp));
  node.kind = YamlKind::kTimestamp;
  node.text = timestamp_text(*timestamp);
  return {};
}

auto construct_binary(std::string_view text, YamlNode& node) -> Result<> {
  std::string packed;
  for (const char c : text) {
    if (!is_space(c)) packed += c;
  }
  auto bytes = base64_decode(packed);
  if (!bytes) return invalid("failed to decode base64 data");
  node.kind = YamlKind::kBinary;
  node.text = *std::move(bytes);
  return {};
}

}  // namespace

auto resolve_plain(std::string_view text) -> YamlTag {
  if (is_null_text(text)) return YamlTag::kNull;
  const char first = text.front();
  if (is_digit(first) || first == '-' || first == '+' || first == '.') {
    if (is_float_text(text)) return YamlTag::kFloat;
    if (is_int_text(text)) return YamlTag::kInt;
    const auto timestamp = parse_timestamp(text);
    return timestamp && (timestamp->has_time || !timestamp->short_date) ? YamlTag::kTimestamp : YamlTag::kString;
  }
  if (is_bool_text(text)) return YamlTag::kBool;
  if (text == "<<") return YamlTag::kMerge;
  if (text == "=") return YamlTag::kValue;
  return YamlTag::kString;
}

auto construct_scalar(YamlTag tag, std::string_view text, YamlNode& node) -> Result<> {
  switch (tag) {
    case YamlTag::kNull:
      node.kind = YamlKind::kNull;
      return {};
    case YamlTag::kBool:
      return construct_bool(text, node);
    case YamlTag::kInt:
      return construct_int(text, node);
    case YamlTag::kFloat:
      return construct_float(text, node);
    case YamlTag::kTimestamp:
      return construct_timestamp(text, node);
    case YamlTag::kBinary:
      return construct_binary(text, node);
    case YamlTag::kString:
      node.kind = YamlKind::kString;
      node.text = text;
      return {};
    case YamlTag::kMerge:
    case YamlTag::kValue:
      break;
  }
  return invalid(fmt::format("could not determine a constructor for the tag '{}{}'", kYamlTagPrefix,
                             tag == YamlTag::kMerge ? "merge" : "value"));
}

}  // namespace sky
