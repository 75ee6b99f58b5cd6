// MD5 of RFC 1321, because the original marks the files that it downloaded with it. No defence against an enemy.
#pragma once

#include <string>
#include <string_view>

namespace sky::catalog {

// 32 hexadecimal digits.
auto md5_hex(std::string_view bytes) -> std::string;

}  // namespace sky::catalog
