#include "term/duration.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace sky::term {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// The distance of two moments in the units of the calendar.
struct CalendarSpan {
  int years = 0;
  int months = 0;
  int weeks = 0;
  int days = 0;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
};

auto days_in_month(std::chrono::year_month month) -> int {
  return static_cast<int>(unsigned{(month / std::chrono::last).day()});
}

// Moves a negative day difference into months: a full month counts although it has fewer days than the earlier one had.
void borrow_month(CalendarSpan& span, const year_month_day& from, const year_month_day& to) {
  const std::chrono::year_month here = to.year() / to.month();
  const int last_month = days_in_month(here - std::chrono::months{1});
  const int shortage = days_in_month(here) - last_month;
  if (span.days == shortage) {
    span.days = 0;
    return;
  }
  const int first_day = static_cast<int>(unsigned{from.day()});
  span.days += (span.days < shortage && last_month < first_day) ? first_day : last_month;
  --span.months;
}

// REQUIRES: from <= to.
auto calendar_span(WallTime from, WallTime to) -> CalendarSpan {
  const auto from_day = floor<days>(from);
  const auto to_day = floor<days>(to);
  auto rest = (to - to_day) - (from - from_day);
  const year_month_day first{from_day};
  const year_month_day last{to_day};
  CalendarSpan span;
  span.years = static_cast<int>(last.year()) - static_cast<int>(first.year());
  span.months = static_cast<int>(unsigned{last.month()}) - static_cast<int>(unsigned{first.month()});
  span.days = static_cast<int>(unsigned{last.day()}) - static_cast<int>(unsigned{first.day()});
  if (rest < Duration::zero()) {
    rest += days{1};
    --span.days;
  }
  if (span.days < 0) borrow_month(span, first, last);
  if (span.months < 0) {
    span.months += 12;
    --span.years;
  }
  span.weeks = span.days / 7;
  span.days %= 7;
  const std::int64_t seconds = floor<std::chrono::seconds>(rest).count();
  span.hours = static_cast<int>(seconds / 3600);
  span.minutes = static_cast<int>(seconds / 60 % 60);
  span.seconds = static_cast<int>(seconds % 60);
  return span;
}

auto counted(int count, std::string_view unit) -> std::string {
  return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
}

// The largest unit, rounded up only when the next one is nearly full.
auto rounded(const CalendarSpan& span) -> std::string {
  const int month_days = span.weeks * 7 + span.days;
  if (span.years > 0) return counted(span.years + (span.months > 6 ? 1 : 0), "year");
  if (span.months == 11 && month_days > 15) return counted(1, "year");
  if (span.months > 0) return counted(span.months + (month_days >= 27 ? 1 : 0), "month");
  if (span.weeks > 0) return counted(span.weeks + (span.days > 3 ? 1 : 0), "week");
  if (span.days > 0) return counted(span.days + (span.hours >= 22 ? 1 : 0), "day");
  if (span.hours > 0) return counted(span.hours, "hr");
  if (span.minutes > 0) return counted(span.minutes, "min");
  if (span.seconds > 10) return counted(span.seconds, "sec");
  return "a few secs";
}

}  // namespace

auto format_ago(std::optional<WallTime> start, WallTime now) -> std::string {
  if (!start) return "-";
  const bool future = *start > now;
  const WallTime from = future ? now : *start;
  const WallTime to = future ? *start : now;
  if (to - from < std::chrono::seconds{1}) return "< 1 sec";
  const std::string words = rounded(calendar_span(from, to));
  return future ? "in " + words : words + " ago";
}

auto format_span(std::optional<WallTime> start, WallTime end) -> std::string {
  if (!start) return "-";
  const WallTime from = std::min(*start, end);
  const WallTime to = std::max(*start, end);
  if (to - from < std::chrono::seconds{1}) return "< 1s";
  const CalendarSpan span = calendar_span(from, to);
  std::string out = span.years > 0 ? counted(span.years, "year") : "";
  const auto append = [&out](int count, std::string_view unit) {
    if (count > 0) fmt::format_to(std::back_inserter(out), "{}{}{}", out.empty() ? "" : " ", count, unit);
  };
  append(span.months, "mo");
  append(span.weeks, "w");
  append(span.days, "d");
  append(span.hours, "h");
  append(span.minutes, "m");
  append(span.seconds, "s");
  return out;
}

auto format_span(Duration duration) -> std::string {
  if (duration == Duration::zero()) return "-";
  return format_span(WallTime{}, WallTime{duration});
}

}  // namespace sky::term
