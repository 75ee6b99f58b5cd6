#include "seal/token.h"

#include <sodium.h>

#include <array>

#include "base/assert.h"
#include "base/strings.h"
#include "seal/digest.h"

namespace sky::seal {

auto random_token() -> std::string {
  SKY_ASSERT(sodium_init() >= 0);
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.resize(text.size() - 1);  // the terminating zero
  return text;
}

auto token_digest(std::string_view token) -> std::string {
  const DigestBytes digest = digest_of(token);
  return to_hex({digest.data(), digest.size()});
}

auto equal_in_constant_time(std::string_view a, std::string_view b) -> bool {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sky::seal
