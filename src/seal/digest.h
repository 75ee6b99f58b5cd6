// Digest: a fingerprint of bytes that nobody can forge, for content addressing: equal digests mean equal content.
// BLAKE2b with 256 bits (libsodium): about 1 GB/s on one core.
#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace sky::seal {

using DigestBytes = std::array<char, 32>;

class Digest {
 public:
  Digest();
  Digest(Digest&&) noexcept;
  auto operator=(Digest&&) noexcept -> Digest&;
  ~Digest();

  void update(std::string_view bytes);
  // Ends the digest: nothing may be called afterwards.
  auto finish() -> DigestBytes;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

auto digest_of(std::string_view bytes) -> DigestBytes;

}  // namespace sky::seal
