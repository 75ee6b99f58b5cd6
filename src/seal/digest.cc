#include "seal/digest.h"

#include <sodium.h>

namespace sky::seal {

struct Digest::State {
  crypto_generichash_state hash;
};

// Without a key it needs no sodium_init(), which only picks the fastest code.
Digest::Digest() : state_(std::make_unique<State>()) {
  static const int initialized = sodium_init();
  static_cast<void>(initialized);
  crypto_generichash_init(&state_->hash, nullptr, 0, sizeof(DigestBytes));
}
Digest::Digest(Digest&&) noexcept = default;
auto Digest::operator=(Digest&&) noexcept -> Digest& = default;
Digest::~Digest() = default;

void Digest::update(std::string_view bytes) {
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

auto Digest::finish() -> DigestBytes {
  DigestBytes digest;
  crypto_generichash_final(&state_->hash, reinterpret_cast<unsigned char*>(digest.data()), digest.size());
  return digest;
}

auto digest_of(std::string_view bytes) -> DigestBytes {
  Digest digest;
  digest.update(bytes);
  return digest.finish();
}

}  // namespace sky::seal
