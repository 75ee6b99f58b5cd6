#include "api/codec.h"

namespace sky::api {
namespace {

auto wrong_type(const std::string& where, std::string_view expected, const Json& found) -> Error {
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: expected {}, found {}", where, expected, to_json_text(found)));
}

}  // namespace

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
