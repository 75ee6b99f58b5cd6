#include "seal/sealer.h"

#include <sodium.h>

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "os/file.h"

namespace sky::seal {
namespace {

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(Sealer::kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

auto bytes_of(const char* data) -> const unsigned char* {
  return reinterpret_cast<const unsigned char*>(data);
}
auto bytes_of(char* data) -> unsigned char* {
  return reinterpret_cast<unsigned char*>(data);
}

}  // namespace

auto Sealer::open(const std::string& path) -> Result<Sealer> {
  SKY_ASSERT(sodium_init() >= 0);
  Sealer sealer;
  if (!os::file_exists(path)) {
    std::string fresh(kKeyBytes, '\0');
    randombytes_buf(fresh.data(), fresh.size());
    SKY_CHECK(os::write_file_atomic(path, fresh, 0600));
  }
  SKY_TRY(const std::string key, os::read_file(path, 4096));
  if (key.size() != kKeyBytes) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("key file '{}' has {} bytes (expected {})", path, key.size(), kKeyBytes),
                      "Restore the file from a backup; without it the stored secrets cannot be read.");
  }
  std::copy_n(bytes_of(key.data()), kKeyBytes, sealer.key_.begin());
  return sealer;
}

auto Sealer::seal(std::string_view clear) const -> std::string {
  std::string out(kNonceBytes + clear.size() + kTagBytes, '\0');
  randombytes_buf(out.data(), kNonceBytes);
  unsigned long long written = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out.data()) + kNonceBytes, &written, bytes_of(clear.data()),
                                             clear.size(), nullptr, 0, nullptr, bytes_of(out.data()), key_.data());
  return base64_encode(out);
}

auto Sealer::unseal(std::string_view sealed) const -> Result<std::string> {
  const auto failed = [] {
    return make_error(ErrorCode::kDataCorrupt, "a sealed value does not open with the key of this state directory",
                      "The key file and the database must come from the same backup.");
  };
  const std::optional<std::string> bytes = base64_decode(sealed);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return failed();
  std::string clear(bytes->size() - kNonceBytes - kTagBytes, '\0');
  unsigned long long written = 0;
  const int status = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(clear.data()), &written, nullptr, bytes_of(bytes->data()) + kNonceBytes, bytes->size() - kNonceBytes,
      nullptr, 0, bytes_of(bytes->data()), key_.data());
  if (status != 0) return failed();
  return clear;
}

}  // namespace sky::seal
