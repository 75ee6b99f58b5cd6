#include "api/codec.h"

#include <fmt/format.h>

namespace sky::api {
namespace {

auto wrong_type(const std::string& where, std::string_view expected, const Json& found) -> Error {
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: expected {}, found {}", where, expected, to_json_text(found)));
}

}  // namespace

auto Reader::missing(std::string_view where, std::string_view key) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: missing", json_path(where, key)));
}

auto Reader::not_a_pair(const std::string& where, size_t size) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: expected two elements, found {}", where, size));
}

auto Reader::unknown_word(std::string_view where, std::string_view key, const Json& found) -> Error {
  const std::string path = json_path(where, key);
  if (!found.is_string()) return wrong_type(path, "a word", found);
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: unknown word '{}'", path, std::string_view(found.get_string())));
}

auto Reader::read_scalar(const Json& value, const std::string& where, bool& field) -> Result<> {
  if (!value.is_bool()) return wrong_type(where, "true or false", value);
  field = value.get_bool();
  return {};
}

auto Reader::read_scalar(const Json& value, const std::string& where, double& field) -> Result<> {
  if (!value.is_number()) return wrong_type(where, "a number", value);
  field = value.to_number<double>();
  return {};
}

}  // namespace sky::api
