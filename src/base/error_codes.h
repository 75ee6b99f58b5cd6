// The closed set of error codes and what each means at the borders of the program. A code exists only because a caller
// branches on it; everything else about a failure is in the message.
#pragma once

#include <optional>
#include <string_view>

namespace sky {

enum class ErrorCode {
  kInvalidArgument,       // a value that the user or a client sent is wrong
  kInvalidTask,           // a task file does not match the specification
  kNotFound,              // a thing named by the caller does not exist
  kClusterNotFound,       // no cluster of that name
  kClusterNotUp,          // the cluster exists, but is not UP
  kJobNotFound,           // no job of that id on the cluster
  kRequestNotFound,       // no API request of that id
  kAlreadyExists,         // a create met an existing thing
  kConflict,              // the state does not allow this now
  kResourcesMismatch,     // the task does not fit the existing cluster
  kResourcesUnavailable,  // no infra can give what was asked
  kNotSupported,          // this infra, version or platform lacks the feature
  kCommandFailed,         // a command on a node or machine exited non-zero
  kPermissionDenied,      // not allowed, here or by the peer
  kUnauthenticated,       // no or wrong credentials
  kVersionMismatch,       // the peer speaks another protocol version
  kCancelled,             // somebody asked for it to end
  kDeadlineExceeded,      // it took longer than allowed
  kUnavailable,           // try again: the peer is away or overloaded
  kStorageFull,           // no space left for durable state
  kDataCorrupt,           // stored or received bytes are not what they must be
  kIo,                    // the operating system refused
  kInternal,              // a bug
};

struct ErrorTraits {
  ErrorCode code;
  std::string_view name;             // stable text used in JSON ("CLUSTER_NOT_FOUND")
  int http_status;                   // status of a direct reply
  bool retryable;                    // the same call may succeed later
  std::string_view stock_exception;  // class of sky.exceptions or builtins that the stock Python client raises
};

auto traits_of(ErrorCode code) -> const ErrorTraits&;
auto error_code_from_name(std::string_view name) -> std::optional<ErrorCode>;

}  // namespace sky
