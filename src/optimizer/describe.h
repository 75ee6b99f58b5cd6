// Requests and candidates in words, as the original prints them.
#pragma once

#include <string>

#include "optimizer/plan.h"
#include "task/task.h"

namespace sky::optimizer {

// `AWS({'V100': 1})`, `<Cloud>(cpus=4+, mem=16, disk_tier=high)`: one entry of `resources`, with its region and zone at
// the end. Source: Resources.repr_with_region_zone of 0.14.1.
auto request_text(const Resources& resources) -> std::string;

// What decides which machines fit, and nothing else: equal for entries that have the same machines.
auto wish_text(const Resources& resources) -> std::string;

// "V100:8", "-": the GPUS cell.
auto accelerator_text(const Candidate& candidate) -> std::string;
// "AWS (us-east-1)"; long places are cut in the middle.
auto place_text(const Candidate& candidate) -> std::string;
// "4", "7.5", "-"
auto amount_text(double value) -> std::string;

}  // namespace sky::optimizer
