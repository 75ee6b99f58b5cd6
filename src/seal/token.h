// What tokens are made of and compared with (libsodium).
#pragma once

#include <string>
#include <string_view>

namespace sky::seal {

// 32 random bytes as 43 letters, digits, '-' and '_'.
auto random_token() -> std::string;
// What is kept of a token: 64 hex digits from which it cannot be found (BLAKE2b; random tokens need no salt).
auto token_digest(std::string_view token) -> std::string;
// Takes as long for unequal texts of one length as for equal ones.
auto equal_in_constant_time(std::string_view a, std::string_view b) -> bool;

}  // namespace sky::seal
