#include "cli/errors.h"

#include "cli/prompt.h"

namespace sky::cli {
namespace {

// Marks in Error::details; they never leave this folder.
constexpr const char* kUsage = "cli_usage";
constexpr const char* kAborted = "cli_aborted";

}  // namespace

auto usage_error(std::string message) -> Error {
  Error error = make_error(ErrorCode::kInvalidArgument, std::move(message));
  error.details.emplace(kUsage, "1");
  return error;
}

auto aborted() -> Error {
  Error error = make_error(ErrorCode::kCancelled, "Aborted!");
  error.details.emplace(kAborted, "1");
  return error;
}

auto is_aborted(const Error& error) -> bool {
  return error.details.contains(kAborted);
}

auto report(const Invocation& invocation, const Error& error) -> int {
  if (error.details.contains(kUsage)) return invocation.fail_usage(error.message);
  if (error.details.contains(kAborted)) return report_abort(invocation.env());
  return invocation.fail(error);
}

}  // namespace sky::cli
