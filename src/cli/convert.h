// Checks one value of the command line against its type, in the original's words.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command.h"
#include "cli/environment.h"

namespace sky::cli {

struct ValueSpec {
  ValueType type = ValueType::kText;
  std::string_view choices = {};
  std::string_view quoted_names = {};  // whose value it is, for the message: "'--num-nodes'"
};

// The value in its normal form: numbers without blanks and underscores, choices as declared, KEY as KEY=VALUE. The
// error is kInvalidArgument with the sentence that follows `Error: `.
auto convert_value(const ValueSpec& spec, std::string_view text, const CliEnvironment& env) -> Result<std::string>;

}  // namespace sky::cli
