#include "catalog/fetch/md5.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/strings.h"

namespace sky::catalog {
namespace {

constexpr size_t kBlockSize = 64;
constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

using State = std::array<std::uint32_t, 4>;

auto sines() -> const std::array<std::uint32_t, 64>& {
  static const auto kSines = [] {
    std::array<std::uint32_t, 64> table{};
    for (size_t i = 0; i < table.size(); ++i) {
      table[i] = static_cast<std::uint32_t>(std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
    }
    return table;
  }();
  return kSines;
}

void add_block(State& state, const char* block) {
  std::array<std::uint32_t, 16> words{};
  std::memcpy(words.data(), block, kBlockSize);
  auto [a, b, c, d] = state;
  for (std::uint32_t i = 0; i < kBlockSize; ++i) {
    const std::uint32_t round = i / 16;
    const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                : round == 1 ? (d & b) | (~d & c)
                                : round == 2 ? b ^ c ^ d
                                             : c ^ (b | ~d);
    constexpr std::array<std::uint32_t, 4> kStep = {1, 5, 3, 7};
    constexpr std::array<std::uint32_t, 4> kStart = {0, 1, 5, 0};
    const std::uint32_t word = words[(kStep[round] * i + kStart[round]) % 16];
    const std::uint32_t sum = a + mixed + sines()[i] + word;
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[round * 4 + i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

static_assert(std::endian::native == std::endian::little);

}  // namespace

auto md5_hex(std::string_view bytes) -> std::string {
  State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  size_t at = 0;
  for (; at + kBlockSize <= bytes.size(); at += kBlockSize) add_block(state, bytes.data() + at);
  std::string tail(bytes.substr(at));
  tail += '\x80';
  tail.resize((tail.size() + 8 + kBlockSize - 1) / kBlockSize * kBlockSize - 8, '\0');
  const std::uint64_t bit_count = std::uint64_t{bytes.size()} * 8;
  tail.append(reinterpret_cast<const char*>(&bit_count), sizeof bit_count);
  for (at = 0; at < tail.size(); at += kBlockSize) add_block(state, tail.data() + at);
  return to_hex({reinterpret_cast<const char*>(state.data()), sizeof state});
}

}  // namespace sky::catalog
