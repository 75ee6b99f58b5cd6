// SKY_ASSERT is for bugs of ours, never for input: it prints the condition with its place and aborts, in every build.
#pragma once

namespace sky {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace sky

#define SKY_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::sky::assert_failed(#condition, __FILE__, __LINE__))
