#include "config/patterns.h"

#include "base/strings.h"
#include "config/infra_names.h"

namespace sky {
namespace {

constexpr std::array<std::string_view, 10> kMemoryUnits = {"kb", "ki", "mb", "mi", "gb", "gi", "tb", "ti", "pb", "pi"};

template <class Predicate>
auto all_of(std::string_view text, Predicate accepts) -> bool {
  return std::all_of(text.begin(), text.end(), accepts);
}

auto digits_end(std::string_view text) -> size_t {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// Digits, then nothing or one of the unit letters in either case.
auto is_duration(std::string_view text, std::string_view units) -> bool {
  const size_t end = digits_end(text);
  if (end == 0 || text.size() > end + 1) return false;
  return end == text.size() || units.find(ascii_lower(text[end])) != std::string_view::npos;
}

auto is_minutes(std::string_view text) -> bool {
  return is_duration(text, "mhdw");
}

auto is_memory_size(std::string_view text) -> bool {
  const size_t end = digits_end(text);
  if (end == 0) return false;
  const std::string_view unit = text.substr(end);
  if (unit.empty()) return true;
  // kb, KB and Kb, but not kB.
  if (unit.size() == 2 && !is_alpha(unit[1])) return false;
  if (unit.size() == 2 && is_alpha(unit[0]) && ascii_lower(unit[0]) == unit[0] && ascii_lower(unit[1]) != unit[1]) {
    return false;
  }
  return std::find(kMemoryUnits.begin(), kMemoryUnits.end(), to_lower(unit)) != kMemoryUnits.end();
}

auto is_infra(std::string_view text) -> bool {
  const auto parts = split(text, '/');
  const std::string first = to_lower(parts[0]);
  if (first == "kubernetes" || first == "k8s")
    return text.size() == parts[0].size() || text.size() > parts[0].size() + 1;
  const bool known = first == "*" || std::find(kInfraNames.begin(), kInfraNames.end(), first) != kInfraNames.end();
  return known && parts.size() <= 3 && std::none_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
}

auto is_all(std::string_view text) -> bool {
  return text == "all";
}

auto has_scheme(std::string_view text, std::initializer_list<std::string_view> schemes, size_t rest_min) -> bool {
  return std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
    return text.starts_with(scheme) && text.substr(scheme.size()).starts_with("://") &&
           text.size() >= scheme.size() + 3 + rest_min;
  });
}
auto is_bucket_url(std::string_view text) -> bool {
  return has_scheme(text, {"https", "s3", "gs", "r2", "cos"}, 1);
}
auto is_http_url(std::string_view text) -> bool {
  return has_scheme(text, {"https", "http"}, 0);
}

auto is_name(std::string_view text) -> bool {
  return !text.empty() && !is_digit(text[0]) && all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}
auto is_python_path(std::string_view text) -> bool {
  const auto parts = split(text, '.');
  return parts.size() > 1 && std::all_of(parts.begin(), parts.end(), is_name);
}
auto is_token(std::string_view text) -> bool {
  return text.starts_with("sky_") && text.size() > 4;
}
auto is_vpc_name(std::string_view text) -> bool {
  const auto parts = split(text, '/');
  return parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return !part.empty() &&
                  all_of(part, [](char c) { return c == '-' || is_digit(c) || (c >= 'a' && c <= 'z'); });
         });
}
auto is_one_line(std::string_view text) -> bool {
  return text.find('\n') == std::string_view::npos;
}
auto is_host_name(std::string_view text) -> bool {
  return !text.empty() && all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}
auto is_mount_path(std::string_view text) -> bool {
  return text.starts_with('/') || text.starts_with("~/") || text == "~";
}
auto is_user_name(std::string_view text) -> bool {
  const auto lower_or = [](char c, std::string_view others) {
    return (c >= 'a' && c <= 'z') || others.find(c) != std::string_view::npos;
  };
  return !text.empty() && lower_or(text[0], "_") && all_of(text, [&](char c) { return lower_or(c, "_.-0123456789"); });
}
auto is_sub_path(std::string_view text) -> bool {
  return !text.empty() && text[0] != '/' &&
         all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '/'; });
}
auto is_accelerator_key(std::string_view text) -> bool {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto is_upper_or_digit = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || !all_of(name, is_upper_or_digit)) return false;
  return colon == std::string_view::npos || (colon + 1 < text.size() && all_of(text.substr(colon + 1), is_digit));
}

auto is_rclone_size(std::string_view text) -> bool {
  const size_t end = digits_end(text);
  if (end == 0 || text.size() > end + 1) return false;
  return end == text.size() || std::string_view("bkmgtp").find(ascii_lower(text[end])) != std::string_view::npos;
}

// A number with an optional sign and fraction; returns what is left, or nullopt.
auto skip_number(std::string_view text) -> std::optional<std::string_view> {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const size_t whole = digits_end(text);
  text.remove_prefix(whole);
  if (!text.starts_with('.')) return whole > 0 ? std::optional(text) : std::nullopt;
  const size_t fraction = digits_end(text.substr(1));
  if (fraction == 0) return whole > 0 ? std::optional(text) : std::nullopt;
  return text.substr(1 + fraction);
}

auto is_rclone_duration(std::string_view text) -> bool {
  if (const auto rest = skip_number(text); rest && rest->empty()) return true;
  while (!text.empty()) {
    const auto rest = skip_number(text);
    if (!rest || rest->empty()) return false;
    const size_t unit = rest->starts_with("ms") ? 2 : 1;
    if (unit == 1 && std::string_view("smhdwMy").find(rest->front()) == std::string_view::npos) return false;
    text = rest->substr(unit);
    if (text.empty()) return true;
  }
  return false;
}

auto infra_text() -> std::string {
  std::string names;
  for (const auto name : kInfraNames) {
    if (name != "kubernetes") names += fmt::format("{}{}", names.empty() ? "" : "|", name);
  }
  constexpr std::string_view kPlace = "(?:/[^/]+(?:/[^/]+)?)?";
  return fmt::format("^(?:(?i:({})){}|\\*{}|(?i:kubernetes|k8s)(?:/.+)?)$", names, kPlace, kPlace);
}

auto memory_size_text() -> std::string {
  std::string lower;
  std::string upper;
  std::string capital;
  for (const auto unit : kMemoryUnits) {
    lower += fmt::format("{}|", unit);
    upper += fmt::format("{}|", to_upper(unit));
    capital += fmt::format("{}{}{}", capital.empty() ? "" : "|", to_upper(unit.substr(0, 1)), unit.substr(1));
  }
  return fmt::format("^[0-9]+({}{}{})?$", lower, upper, capital);
}

}  // namespace

auto canonical_infra_name(std::string_view name) -> std::optional<std::string_view> {
  const std::string lower = to_lower(name);
  if (lower == "k8s") return "kubernetes";
  if (lower == "digitalocean") return "do";
  const auto* const found = std::find(kInfraNames.begin(), kInfraNames.end(), lower);
  return found == kInfraNames.end() ? std::nullopt : std::optional(*found);
}

auto infra_title(std::string_view name) -> std::string_view {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 30> kTitles = {{
      {"aws", "AWS"},
      {"azure", "Azure"},
      {"gcp", "GCP"},
      {"ibm", "IBM"},
      {"lambda", "Lambda"},
      {"scp", "SCP"},
      {"oci", "OCI"},
      {"kubernetes", "Kubernetes"},
      {"runpod", "RunPod"},
      {"vast", "Vast"},
      {"vsphere", "vSphere"},
      {"cudo", "Cudo"},
      {"fluidstack", "Fluidstack"},
      {"paperspace", "Paperspace"},
      {"primeintellect", "PrimeIntellect"},
      {"do", "DO"},
      {"nebius", "Nebius"},
      {"ssh", "SSH"},
      {"slurm", "Slurm"},
      {"hyperbolic", "Hyperbolic"},
      {"seeweb", "Seeweb"},
      {"shadeform", "Shadeform"},
      {"yotta", "Yotta"},
      {"mithril", "Mithril"},
      {"verda", "Verda"},
      {"local", "Local"},
      {"cloudflare", "Cloudflare"},
      {"coreweave", "CoreWeave"},
      {"vastdata", "VastData"},
      {"huggingface", "HuggingFace"},
  }};
  const auto* const found = std::ranges::find(kTitles, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kTitles.end() ? name : found->second;
}

namespace patterns {

auto infra() -> SchemaPattern {
  static const std::string kText = infra_text();
  return {kText, is_infra};
}
auto memory_size() -> SchemaPattern {
  static const std::string kText = memory_size_text();
  return {kText, is_memory_size};
}

constinit const SchemaPattern kMinutes = {"^[0-9]+(m|h|d|w|M|H|D|W)?$", is_minutes};
constinit const SchemaPattern kAll = {"^all$", is_all};
constinit const SchemaPattern kBucketUrl = {"^(https|s3|gs|r2|cos)://.+", is_bucket_url};
constinit const SchemaPattern kHttpUrl = {"^https?://.*$", is_http_url};
constinit const SchemaPattern kPythonPath = {R"(^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)+$)", is_python_path};
constinit const SchemaPattern kServiceAccountToken = {"^sky_.+$", is_token};
constinit const SchemaPattern kGcpVpcName = {"^(?:[-a-z0-9]+/)?[-a-z0-9]+$", is_vpc_name};
constinit const SchemaPattern kOneLine = {"^[^\\n]*$", is_one_line};
constinit const SchemaPattern kHostName = {"^[a-zA-Z0-9.-]+$", is_host_name};
constinit const SchemaPattern kMountPath = {"^(/|~/|~$)", is_mount_path};
constinit const SchemaPattern kUserName = {"^[a-z_][a-z0-9_.-]*$", is_user_name};
constinit const SchemaPattern kSubPath = {"^[a-zA-Z0-9._-][a-zA-Z0-9./_-]*$", is_sub_path};
constinit const SchemaPattern kVariableName = {"^[a-zA-Z_][a-zA-Z0-9_]*$", is_name};
constinit const SchemaPattern kAcceleratorKey = {"^[A-Z0-9]+(?::[0-9]+)?$", is_accelerator_key};
constinit const SchemaPattern kRcloneSize = {"^[0-9]+(b|k|m|g|t|p|B|K|M|G|T|P)?$", is_rclone_size};
constinit const SchemaPattern kRcloneDuration = {
    R"(^(?:(?:[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:ms|[smhdwMy]))+|([-+]?(?:\d+(?:\.\d+)?|\.\d+)))$)", is_rclone_duration};

}  // namespace patterns
}  // namespace sky
