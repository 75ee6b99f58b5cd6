// The name by which tasks ask for a GPU, from the name that the device gives itself. Pure.
//
// Rules seen in device names of NVIDIA's driver (nvidia-smi --query-gpu=name): a vendor word or several, then the
// model, then form and memory. Only the A100 has its memory in the name that tasks use.
#pragma once

#include <string>
#include <string_view>

namespace sky::infra {

// "NVIDIA H100 80GB HBM3" -> "H100", "NVIDIA A100-SXM4-80GB" -> "A100-80GB", "NVIDIA GeForce RTX 4090" -> "RTX4090";
// "" for "".
auto gpu_name_of_device(std::string_view device_name) -> std::string;

}  // namespace sky::infra
