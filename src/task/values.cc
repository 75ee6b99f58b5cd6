#include "task/values.h"

#include <cmath>
#include <set>

#include "base/close_matches.h"
#include "base/strings.h"
#include "config/infra_names.h"
#include "format/yaml.h"

namespace sky {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 10> kMemoryUnits = {{{"kb", 0x1p10},
                                                                               {"ki", 0x1p10},
                                                                               {"mb", 0x1p20},
                                                                               {"mi", 0x1p20},
                                                                               {"gb", 0x1p30},
                                                                               {"gi", 0x1p30},
                                                                               {"tb", 0x1p40},
                                                                               {"ti", 0x1p40},
                                                                               {"pb", 0x1p50},
                                                                               {"pi", 0x1p50}}};
constexpr double kGib = 0x1p30;
constexpr std::int64_t kPortMax = 65535;
constexpr std::string_view kLocalDiskDefault = "100+";

auto invalid(std::string message) -> Error {
  return make_error(ErrorCode::kInvalidArgument, std::move(message));
}

auto all_digits(std::string_view text) -> bool {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

auto take_suffix(std::string_view& text, char suffix) -> bool {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(1);
  return true;
}

// A number with a memory unit, in GiB; nullopt without unit.
auto with_unit(std::string_view text) -> std::optional<double> {
  const std::string lower = to_lower(text);
  for (const auto& [unit, bytes] : kMemoryUnits) {
    if (!lower.ends_with(unit)) continue;
    const auto number = parse_python_number(std::string_view(lower).substr(0, lower.size() - unit.size()));
    if (number) return *number * bytes / kGib;
  }
  return std::nullopt;
}

auto memory_sentence(std::string_view field, std::string_view text, bool allow_plus) -> std::string {
  return fmt::format(
      "\"{}\" field should be a number (e.g. \"16\") or \"<number><unit>\" where unit is one of KB/MB/GB/TB/PB (e.g. "
      "\"16GB\"){}. Got: {}",
      field, allow_plus ? " or \"<number>+\" for \"at least\"" : "", python_repr(text));
}

auto parse_port(std::string_view text) -> Result<std::int64_t> {
  const auto port = all_digits(text) ? parse_int(text) : std::nullopt;
  if (port && *port >= 1 && *port <= kPortMax) return *port;
  return invalid(fmt::format("Invalid port {}. Please use a port number between 1 and 65535.", text));
}

auto add_ports(std::string_view token, std::set<std::int64_t>& ports) -> Result<> {
  if (all_digits(token)) {
    SKY_TRY(const auto port, parse_port(token));
    ports.insert(port);
    return {};
  }
  const auto ends = split(token, '-');
  const auto refuse = [&] {
    return invalid(fmt::format(
        "Invalid port range {}. Please use the format \"from-to\", in which from <= to. e.g. \"1-3\".", token));
  };
  if (ends.size() != 2) return refuse();
  SKY_TRY(const auto first, parse_port(ends[0]));
  SKY_TRY(const auto last, parse_port(ends[1]));
  if (first > last) return refuse();
  for (auto port = first; port <= last; ++port) ports.insert(port);
  return {};
}

auto is_device_memory(std::string_view text) -> bool {
  take_suffix(text, '+');
  if (text.size() < 3) return false;
  const std::string unit = to_lower(text.substr(text.size() - 2));
  return (unit == "gb" || unit == "mb" || unit == "tb") && all_digits(text.substr(0, text.size() - 2));
}

auto accelerator_sentence(std::string_view text) -> Error {
  return invalid(fmt::format("The \"accelerators\" field as a str should be <name> or <name>:<cnt>. Found: {}",
                             python_repr(text)));
}

auto by_memory(std::string_view manufacturer, std::string_view memory, std::string_view count) -> Result<Accelerator> {
  Accelerator out;
  DeviceMemory device;
  device.manufacturer = manufacturer;
  device.at_least = take_suffix(memory, '+');
  SKY_TRY(device.memory_gib, parse_size_gib(memory, "accelerators"));
  const auto number = parse_int(count);
  if (!number || *number <= 0) return accelerator_sentence(count);
  out.count = static_cast<double>(*number);
  out.by_memory = std::move(device);
  return out;
}

}  // namespace

auto parse_python_number(std::string_view text) -> std::optional<double> {
  text = trim(text);
  if (text.starts_with("+-")) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    // An underscore may stand between two digits only.
    const bool between = i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (text[i] == '_' && !between) return std::nullopt;
    if (text[i] != '_') digits += text[i];
  }
  const auto value = parse_double(digits);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

auto parse_cpus(std::string_view text) -> Result<Quantity> {
  Quantity out = {.text = std::string(text)};
  std::string_view number = text;
  out.at_least = take_suffix(number, '+');
  const auto value = parse_python_number(number);
  if (!value) {
    return invalid(fmt::format("The \"cpus\" field should be either a number or a string \"<number>+\". Found: {}",
                               python_repr(text)));
  }
  if (*value <= 0) return invalid(fmt::format("The \"cpus\" field should be positive. Found: {}", python_repr(text)));
  out.value = *value;
  return out;
}

auto parse_memory(std::string_view text, bool zero_allowed) -> Result<Quantity> {
  Quantity out;
  std::string_view number = text;
  out.at_least = take_suffix(number, '+');
  out.per_cpu = take_suffix(number, 'x');
  if (const auto plain = parse_python_number(number)) {
    out.value = *plain;
    out.text = number;
  } else if (const auto gib = with_unit(number)) {
    out.value = *gib;
    out.text = python_float_text(*gib);
  } else {
    return invalid(memory_sentence("memory", text, true));
  }
  if (out.at_least) out.text += '+';
  if (out.per_cpu) out.text += 'x';
  if (out.at_least && out.per_cpu) {
    return invalid(fmt::format("The \"memory\" field should be either a number or a string \"<number>+\". Found: {}",
                               python_repr(out.text)));
  }
  if (out.value < 0 || (out.value == 0 && !zero_allowed)) {
    return invalid(fmt::format("The \"memory\" field should be positive. Found: {}", python_repr(out.text)));
  }
  return out;
}

auto parse_size_gib(std::string_view text, std::string_view field) -> Result<std::int64_t> {
  if (const auto plain = parse_int(trim(text))) return *plain;
  const auto gib = with_unit(text);
  if (!gib || std::trunc(*gib) != *gib || text.find('.') != std::string_view::npos) {
    return invalid(memory_sentence(field, text, false));
  }
  return static_cast<std::int64_t>(*gib);
}

auto parse_ports(const std::vector<std::string>& entries) -> Result<std::vector<std::string>> {
  std::set<std::int64_t> ports;
  for (const auto& entry : entries) {
    for (const auto token : split(entry, ',')) {
      if (!trim(token).empty()) SKY_CHECK(add_ports(trim(token), ports));
    }
  }
  std::vector<std::string> out;
  for (auto at = ports.begin(); at != ports.end();) {
    const std::int64_t first = *at;
    std::int64_t last = first;
    while (++at != ports.end() && *at == last + 1) last = *at;
    out.push_back(first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
  }
  return out;
}

auto parse_minutes(std::string_view text) -> Result<std::int64_t> {
  constexpr std::array<std::pair<char, double>, 4> kUnits = {{{'m', 1}, {'h', 60}, {'d', 1440}, {'w', 10080}}};
  constexpr double kMinutesMax = 1e12;
  if (const auto plain = all_digits(text) ? parse_int(text) : std::nullopt) return *plain;
  for (const auto& [unit, minutes] : kUnits) {
    if (text.empty() || ascii_lower(text.back()) != unit) continue;
    const auto number = parse_python_number(text.substr(0, text.size() - 1));
    if (number && *number >= 0 && *number < kMinutesMax) return static_cast<std::int64_t>(std::ceil(*number * minutes));
  }
  return invalid(fmt::format("Invalid time format: {}", text));
}

auto normalize_local_disk(std::string_view text) -> Result<std::string> {
  const std::string lower = to_lower(trim(text));
  const auto parts = split(lower, ':');
  const auto is_mode = [](std::string_view part) { return part == "nvme" || part == "ssd"; };
  if (parts.size() > 2) {
    return invalid(
        fmt::format("Invalid local_disk format: {}. Expected \"mode:size[+]\", \"mode\", or \"size[+]\". "
                    "Examples: \"nvme:1000+\", \"ssd:500\", \"nvme\", \"1000+\".",
                    python_repr(lower)));
  }
  if (parts.size() == 1 && is_mode(lower)) return fmt::format("{}:{}", lower, kLocalDiskDefault);
  const std::string_view mode = parts.size() == 2 ? parts[0] : "nvme";
  if (!is_mode(mode)) {
    return invalid(fmt::format("Invalid local_disk mode: {}. Must be \"nvme\" or \"ssd\".", python_repr(mode)));
  }
  std::string_view size = parts.back();
  take_suffix(size, '+');
  const auto number = parse_python_number(size);
  if (!number || *number <= 0) {
    return invalid(
        fmt::format("Invalid local_disk: {}. Expected \"mode:size[+]\", \"mode\", or \"size[+]\". Mode must be "
                    "\"nvme\" or \"ssd\", size must be positive (GB), optionally with \"+\".",
                    python_repr(lower)));
  }
  return fmt::format("{}:{}", mode, parts.back());
}

auto parse_infra_name(std::string_view name) -> Result<std::string> {
  if (const auto canonical = canonical_infra_name(name)) return std::string(*canonical);
  std::vector<std::string_view> known(kInfraNames.begin(), kInfraNames.end());
  known.insert(known.end(), {"k8s", "digitalocean"});
  std::string names;
  for (const auto one : known) names += (names.empty() ? "" : ", ") + python_repr(one);
  const auto similar = close_matches(to_lower(name), known);
  return invalid(fmt::format("Cloud {} is not a valid cloud among [{}].{}", python_repr(name), names,
                             similar.empty() ? "" : fmt::format(" Did you mean {}?", python_repr(similar.front()))));
}

auto parse_infra(std::string_view text) -> Result<InfraSpec> {
  text = trim(text);
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) return InfraSpec{};
  std::vector<std::string_view> parts;
  for (const auto part : split(text, '/')) parts.push_back(trim(part));
  if (std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); })) {
    return invalid(fmt::format(
        "Invalid infra format: {}. Format should not contain empty parts (e.g., double slashes \"//\").", text));
  }
  InfraSpec out;
  if (parts[0] != "*") {
    SKY_TRY(out.infra, parse_infra_name(parts[0]));
  }
  const auto unless_any = [](std::string_view part) {
    return part == "*" ? std::nullopt : std::optional(std::string(part));
  };
  // Names of contexts and pools may contain slashes.
  if (out.infra == "kubernetes" || out.infra == "ssh") {
    if (parts.size() > 1) out.region = unless_any(text.substr(text.find('/') + 1));
    return out;
  }
  if (parts.size() > 3) {
    return invalid(
        fmt::format("Invalid infra format: {}. Expected format is \"cloud\", \"cloud/region\", or "
                    "\"cloud/region/zone\".",
                    text));
  }
  if (parts.size() > 1) out.region = unless_any(parts[1]);
  if (parts.size() > 2) out.zone = unless_any(parts[2]);
  return out;
}

auto infra_text(const Resources& resources) -> std::string {
  if (resources.zone) {
    return fmt::format("{}/{}/{}", resources.infra.value_or("*"), resources.region.value_or("*"), *resources.zone);
  }
  if (resources.region) return fmt::format("{}/{}", resources.infra.value_or("*"), *resources.region);
  return resources.infra.value_or("");
}

auto parse_accelerator(std::string_view text) -> Result<Accelerator> {
  const auto parts = split(text, ':');
  if (parts.size() == 3 && is_device_memory(parts[1])) return by_memory(parts[0], parts[1], parts[2]);
  if (parts.size() == 2 && is_device_memory(parts[0])) return by_memory("", parts[0], parts[1]);
  if (parts.size() == 2 && is_device_memory(parts[1])) return by_memory(parts[0], parts[1], "1");
  if (parts.size() == 1 && is_device_memory(parts[0])) return by_memory("", parts[0], "1");
  if (parts.size() > 2 || parts[0].empty()) return accelerator_sentence(text);
  Accelerator out = {.name = std::string(parts[0])};
  if (parts.size() == 1) return out;
  const auto count = parse_python_number(parts[1]);
  if (!count) return accelerator_sentence(text);
  out.count = *count;
  if (out.count > 0) return out;
  return invalid(fmt::format("Accelerator count must be a positive number. Got: {}: {}.", python_repr(out.name),
                             count_text(out.count)));
}

auto count_text(double count) -> std::string {
  constexpr double kWholeMax = 1e15;
  if (std::trunc(count) == count && std::abs(count) < kWholeMax) {
    return fmt::format("{}", static_cast<std::int64_t>(count));
  }
  return python_float_text(count);
}

}  // namespace sky
