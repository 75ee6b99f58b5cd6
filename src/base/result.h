// The one error channel. Every function that can fail returns Result<T>; nothing throws above an adapter.
//
// An Error is made where the failure is understood: the message is one clause that says what was expected and what was
// found, with ids quoted; the hint is what to type next. A code exists only because some caller branches on it
// (base/error_codes.h has the table).
//
// Control flow is written out with four macros (this library's std::expected has no and_then):
//   SKY_TRY(const auto text, read_file(path));   // assigns, or returns the error
//   SKY_CHECK(write_file(path, text));           // continues, or returns the error
//   SKY_CO_TRY / SKY_CO_CHECK                    // the same in a coroutine
#pragma once

#include <expected>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error_codes.h"

namespace sky {

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string hint = {};
  // Attributes of the stock client's exception class, and machine-readable context. Values are plain text.
  std::map<std::string, std::string> details = {};

  // Puts `context: ` in front of the message; keeps code, hint and details.
  auto with_context(std::string_view context) && -> Error;
  auto with_hint(std::string_view text) && -> Error;
};

// `message (hint)` on one line, for logs. Users see message and hint on lines of their own.
auto to_string(const Error& error) -> std::string;

inline auto make_error(ErrorCode code, std::string message, std::string hint = {}) -> Error {
  return Error{code, std::move(message), std::move(hint), {}};
}

template <class T = void>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(Error error) : value_(std::unexpect, std::move(error)) {}
  template <class U = T>
    requires(!std::is_void_v<T> && std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result>)
  Result(U&& value) : value_(std::forward<U>(value)) {}
  Result()
    requires std::is_void_v<T>
  = default;

  auto ok() const -> bool { return value_.has_value(); }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto value() & -> U& {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto value() const& -> const U& {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto value() && -> U&& {
    return *std::move(value_);
  }
  void value() const
    requires std::is_void_v<T>
  {}
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto operator*() const -> const U& {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto operator*() -> U& {
    return *value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto operator->() const -> const U* {
    return &*value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto operator->() -> U* {
    return &*value_;
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  auto value_or(U fallback) && -> U {
    return ok() ? *std::move(value_) : std::move(fallback);
  }

  // REQUIRES: !ok().
  auto error() & -> Error& { return value_.error(); }
  auto error() const& -> const Error& { return value_.error(); }
  auto error() && -> Error&& { return std::move(value_).error(); }

 private:
  std::expected<T, Error> value_;
};

#define SKY_CONCAT_INNER(a, b) a##b
#define SKY_CONCAT(a, b) SKY_CONCAT_INNER(a, b)

#define SKY_TRY_IMPL(tmp, ret, declaration, ...) \
  auto tmp = (__VA_ARGS__);                      \
  if (!tmp.ok()) ret std::move(tmp).error();     \
  declaration = std::move(tmp).value()

#define SKY_CHECK_IMPL(tmp, ret, ...)                                    \
  do {                                                                   \
    if (auto tmp = (__VA_ARGS__); !tmp.ok()) ret std::move(tmp).error(); \
  } while (false)

#define SKY_TRY(declaration, ...) SKY_TRY_IMPL(SKY_CONCAT(sky_try_, __COUNTER__), return, declaration, __VA_ARGS__)
#define SKY_CHECK(...) SKY_CHECK_IMPL(SKY_CONCAT(sky_check_, __COUNTER__), return, __VA_ARGS__)
#define SKY_CO_TRY(declaration, ...) \
  SKY_TRY_IMPL(SKY_CONCAT(sky_try_, __COUNTER__), co_return, declaration, __VA_ARGS__)
#define SKY_CO_CHECK(...) SKY_CHECK_IMPL(SKY_CONCAT(sky_check_, __COUNTER__), co_return, __VA_ARGS__)

}  // namespace sky
