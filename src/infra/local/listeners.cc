#include "infra/local/listeners.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "base/strings.h"
#include "os/file.h"

namespace sky::infra {
namespace {

constexpr std::string_view kListen = "0A";
constexpr size_t kAddressDigits = 8;

// The four bytes of the address as the machine holds them, read as one number in its byte order.
auto dotted(std::string_view digits) -> std::optional<std::string> {
  std::uint32_t number = 0;
  const auto end = digits.data() + kAddressDigits;
  if (digits.size() < kAddressDigits || std::from_chars(digits.data(), end, number, 16).ptr != end) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &number, sizeof number);
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

}  // namespace

auto parse_listening_addresses(std::string_view proc_net_tcp) -> std::set<std::string> {
  std::set<std::string> addresses;
  for (const std::string_view line : split(proc_net_tcp, '\n')) {
    std::vector<std::string_view> fields;
    for (const std::string_view field : split(line, ' ')) {
      if (!field.empty()) fields.push_back(field);
    }
    if (fields.size() < 4 || fields[3] != kListen) continue;
    const auto address = dotted(fields[1]);
    if (address && *address != "0.0.0.0") addresses.insert(*address);
  }
  return addresses;
}

auto listening_addresses() -> std::set<std::string> {
  return parse_listening_addresses(os::read_file("/proc/net/tcp").value_or(std::string()));
}

}  // namespace sky::infra
