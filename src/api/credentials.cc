#include <algorithm>
#include <array>

#include "api/bodies.h"
#include "base/secret.h"

namespace sky::api {
namespace {

// Words that mark a SKYPILOT_* variable as a secret: SKYPILOT_SERVICE_ACCOUNT_TOKEN, SKYPILOT_INITIAL_BASIC_AUTH,
// SKYPILOT_DB_CONNECTION_URI and what future clients may send.
constexpr std::array<std::string_view, 8> kSecretWords = {"TOKEN",      "PASSWORD",   "SECRET", "AUTH",
                                                          "CONNECTION", "CREDENTIAL", "COOKIE", "PRIVATE_KEY"};

auto may_be_kept(std::string_view name) -> bool {
  if (!name.starts_with("SKYPILOT_")) return false;
  return std::ranges::none_of(kSecretWords, [&](std::string_view word) { return name.contains(word); });
}

// `https://user:pw@host/x` -> `https://host/x`.
auto without_user_info(std::string_view url) -> std::string {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const size_t host = scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(at + 1));
}

}  // namespace

void strip_credentials(RequestBody& body) {
  std::erase_if(body.env_vars, [](const auto& entry) { return !may_be_kept(entry.first); });
  for (auto& [name, value] : body.env_vars) value = without_user_info(value);
}

}  // namespace sky::api
