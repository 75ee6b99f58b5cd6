// Sealer: secrets at rest. What users mark as secret, and request bodies that may hold such values, are stored
// encrypted and authenticated (XChaCha20-Poly1305, libsodium) under a random key that lies beside the store, mode 0600.
// It keeps secrets out of backups, copies and `strings`; it does not protect against whoever can read the key file.
//
// Thread-safe after open(): seal and unseal only read the key.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sky::seal {

class Sealer {
 public:
  static constexpr size_t kKeyBytes = 32;

  // Reads the key file, or makes it (0600, fsynced). kDataCorrupt when it has another size; kPermissionDenied and kIo
  // as the system says.
  static auto open(const std::string& path) -> Result<Sealer>;

  // Printable text; the same input seals differently each time.
  auto seal(std::string_view clear) const -> std::string;
  // kDataCorrupt when `sealed` was not made with this key or was changed.
  auto unseal(std::string_view sealed) const -> Result<std::string>;

 private:
  std::array<unsigned char, kKeyBytes> key_{};
};

}  // namespace sky::seal
