#include "base/result.h"

#include <array>

#include <fmt/format.h>

namespace sky {
namespace {

// Exception classes: sky/exceptions.py of skypilot 0.14.1, read 2026-11.
constexpr std::array kTraits = {
    ErrorTraits{ErrorCode::kInvalidArgument, "INVALID_ARGUMENT", 400, false, "ValueError"},
    ErrorTraits{ErrorCode::kInvalidTask, "INVALID_TASK", 400, false, "InvalidSkyPilotConfigError"},
    ErrorTraits{ErrorCode::kNotFound, "NOT_FOUND", 404, false, "ValueError"},
    ErrorTraits{ErrorCode::kClusterNotFound, "CLUSTER_NOT_FOUND", 404, false, "ClusterDoesNotExist"},
    ErrorTraits{ErrorCode::kClusterNotUp, "CLUSTER_NOT_UP", 409, false, "ClusterNotUpError"},
    ErrorTraits{ErrorCode::kJobNotFound, "JOB_NOT_FOUND", 404, false, "ValueError"},
    ErrorTraits{ErrorCode::kRequestNotFound, "REQUEST_NOT_FOUND", 404, false, "ValueError"},
    ErrorTraits{ErrorCode::kAlreadyExists, "ALREADY_EXISTS", 409, false, "RequestAlreadyExistsError"},
    ErrorTraits{ErrorCode::kConflict, "CONFLICT", 409, false, "ValueError"},
    ErrorTraits{ErrorCode::kResourcesMismatch, "RESOURCES_MISMATCH", 400, false, "ResourcesMismatchError"},
    ErrorTraits{ErrorCode::kResourcesUnavailable, "RESOURCES_UNAVAILABLE", 503, false, "ResourcesUnavailableError"},
    ErrorTraits{ErrorCode::kNotSupported, "NOT_SUPPORTED", 501, false, "NotSupportedError"},
    ErrorTraits{ErrorCode::kCommandFailed, "COMMAND_FAILED", 500, false, "CommandError"},
    ErrorTraits{ErrorCode::kPermissionDenied, "PERMISSION_DENIED", 403, false, "PermissionDeniedError"},
    ErrorTraits{ErrorCode::kUnauthenticated, "UNAUTHENTICATED", 401, false, "PermissionDeniedError"},
    ErrorTraits{ErrorCode::kVersionMismatch, "VERSION_MISMATCH", 400, false, "APIVersionMismatchError"},
    ErrorTraits{ErrorCode::kCancelled, "CANCELLED", 499, false, "RequestCancelled"},
    ErrorTraits{ErrorCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504, true, "TimeoutError"},
    ErrorTraits{ErrorCode::kUnavailable, "UNAVAILABLE", 503, true, "ServerTemporarilyUnavailableError"},
    ErrorTraits{ErrorCode::kStorageFull, "STORAGE_FULL", 507, true, "OSError"},
    ErrorTraits{ErrorCode::kDataCorrupt, "DATA_CORRUPT", 500, false, "RuntimeError"},
    ErrorTraits{ErrorCode::kIo, "IO", 500, false, "OSError"},
    ErrorTraits{ErrorCode::kInternal, "INTERNAL", 500, false, "RuntimeError"},
};

}  // namespace

auto traits_of(ErrorCode code) -> const ErrorTraits& {
  return kTraits[static_cast<size_t>(code)];
}

auto error_code_from_name(std::string_view name) -> std::optional<ErrorCode> {
  for (const auto& traits : kTraits) {
    if (traits.name == name) return traits.code;
  }
  return std::nullopt;
}

auto Error::with_context(std::string_view context) && -> Error {
  message = fmt::format("{}: {}", context, message);
  return std::move(*this);
}

auto Error::with_hint(std::string_view text) && -> Error {
  hint = text;
  return std::move(*this);
}

auto to_string(const Error& error) -> std::string {
  if (error.hint.empty()) return error.message;
  return fmt::format("{} ({})", error.message, error.hint);
}

}  // namespace sky
