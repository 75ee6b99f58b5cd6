// Identifiers as types, so that a job id is never taken for a node number. All are plain values: compare, hash, format.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"

namespace sky {

template <class Tag>
class TextId {
 public:
  TextId() = default;
  explicit TextId(std::string value) : value_(std::move(value)) {}
  auto str() const -> const std::string& { return value_; }
  auto empty() const -> bool { return value_.empty(); }
  auto operator<=>(const TextId&) const = default;

 private:
  std::string value_;
};

template <class Tag>
class NumberId {
 public:
  NumberId() = default;
  explicit NumberId(std::int64_t value) : value_(value) {}
  auto value() const -> std::int64_t { return value_; }
  auto operator<=>(const NumberId&) const = default;

 private:
  std::int64_t value_ = 0;
};

using ClusterName = TextId<struct ClusterNameTag>;  // as the user typed it; see parse_cluster_name
using RequestId = TextId<struct RequestIdTag>;      // a UUID, lower case with dashes
using ServerId = TextId<struct ServerIdTag>;        // 8 hex digits, made once per state directory
using JobId = NumberId<struct JobIdTag>;            // of a job on one cluster, from 1

// Checks a cluster name against the original's rule `[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?`, with its sentence.
auto parse_cluster_name(std::string_view text) -> Result<ClusterName>;

// A random (version 4) UUID out of 128 random bits.
auto format_uuid(std::uint64_t high, std::uint64_t low) -> std::string;

}  // namespace sky

template <class Tag>
struct fmt::formatter<sky::TextId<Tag>> : fmt::formatter<std::string_view> {
  auto format(const sky::TextId<Tag>& id, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(id.str(), context);
  }
};
template <class Tag>
struct fmt::formatter<sky::NumberId<Tag>> : fmt::formatter<std::int64_t> {
  auto format(const sky::NumberId<Tag>& id, fmt::format_context& context) const {
    return fmt::formatter<std::int64_t>::format(id.value(), context);
  }
};
template <class Tag>
struct std::hash<sky::TextId<Tag>> {
  auto operator()(const sky::TextId<Tag>& id) const noexcept -> size_t { return std::hash<std::string>{}(id.str()); }
};
template <class Tag>
struct std::hash<sky::NumberId<Tag>> {
  auto operator()(const sky::NumberId<Tag>& id) const noexcept -> size_t {
    return std::hash<std::int64_t>{}(id.value());
  }
};
