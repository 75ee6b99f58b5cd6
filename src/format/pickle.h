// Writes Python pickles of plain values: what a stock client unpickles to re-create an exception.
//
// Protocol 4, one frame-less stream, no memo: values are trees. Written are None, bool, int (64 bits), float, str,
// tuple, list and dict; reading pickles is not offered, it would run code.
// Source: Lib/pickletools.py of CPython 3.11 (opcode table).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "format/json.h"

namespace sky {

// A value as Python sees it: JSON plus tuples. `PickleValue(Json)` maps arrays to lists and objects to dicts.
class PickleValue {
 public:
  using List = std::vector<PickleValue>;
  struct Tuple {
    List items;
  };
  using Dict = std::vector<std::pair<std::string, PickleValue>>;  // in order

  PickleValue() = default;  // None
  PickleValue(bool value) : value_(value) {}
  PickleValue(std::int64_t value) : value_(value) {}
  PickleValue(double value) : value_(value) {}
  PickleValue(std::string value) : value_(std::move(value)) {}
  PickleValue(std::string_view value) : value_(std::string(value)) {}
  PickleValue(const char* value) : value_(std::string(value)) {}
  PickleValue(Tuple value) : value_(std::move(value)) {}
  PickleValue(List value) : value_(std::move(value)) {}
  PickleValue(Dict value) : value_(std::move(value)) {}
  explicit PickleValue(const Json& json);

  // Tuples become arrays: the same value for readers of JSON.
  auto to_json() const -> Json;

 private:
  friend class PickleWriter;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Tuple, List, Dict> value_;
};

// The pickle's bytes. Never fails: bytes of a string that are not UTF-8 become U+FFFD.
auto to_pickle(const PickleValue& value) -> std::string;

}  // namespace sky
