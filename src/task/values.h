// The small languages inside resources fields: quantities, ports, durations, infra.
//
// All functions are pure and take text as Python's str() gives it. Errors are kInvalidArgument with the sentences of
// the Python tool; callers add the place. Source: resources.py, resources_utils.py, infra_utils.py of 0.14.1, 2026-11.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "task/task.h"

namespace sky {

// A number as Python's float() reads it, without nan and inf: blanks around, `1_000`, `1e3`.
auto parse_python_number(std::string_view text) -> std::optional<double>;

auto parse_cpus(std::string_view text) -> Result<Quantity>;

// `16`, `16+`, `4x`, `64GB`, `512MB+`; in GiB. Zero is for infrastructures that do not track memory.
auto parse_memory(std::string_view text, bool zero_allowed = false) -> Result<Quantity>;

// Whole GiB: `256`, `2048MB`, `1TB`. `field` names it in the message.
auto parse_size_gib(std::string_view text, std::string_view field) -> Result<std::int64_t>;

// "80,443" and "8000-8010" entries, merged and sorted into ranges.
auto parse_ports(const std::vector<std::string>& entries) -> Result<std::vector<std::string>>;

// `90`, `90m`, `2h`, `1d`, `1w` in minutes.
auto parse_minutes(std::string_view text) -> Result<std::int64_t>;

// `nvme:1000+`, `ssd`, `500` to `mode:size[+]`.
auto normalize_local_disk(std::string_view text) -> Result<std::string>;

struct InfraSpec {
  std::optional<std::string> infra = {};
  std::optional<std::string> region = {};
  std::optional<std::string> zone = {};
};
// `aws/us-east-1/us-east-1a`, `k8s/any/context`, `*` for anything.
auto parse_infra(std::string_view text) -> Result<InfraSpec>;
// Back to the text; empty when all three are absent.
auto infra_text(const Resources& resources) -> std::string;
// The canonical name, or the sentence that lists the known ones.
auto parse_infra_name(std::string_view name) -> Result<std::string>;

// One accelerator: `H100`, `H100:8`, `V100:0.5`, `80GB+`, `80GB:4`, `nvidia:80GB+:2`.
auto parse_accelerator(std::string_view text) -> Result<Accelerator>;
// `8` for 8.0, `0.5` for 0.5.
auto count_text(double count) -> std::string;

}  // namespace sky
