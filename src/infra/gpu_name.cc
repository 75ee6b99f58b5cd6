#include "infra/gpu_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/strings.h"

namespace sky::infra {
namespace {

constexpr std::array<std::string_view, 4> kVendorWords{"NVIDIA", "Tesla", "GeForce", "Quadro"};

auto words_of(std::string_view text) -> std::vector<std::string> {
  std::vector<std::string> words;
  for (const std::string_view piece : split(replace_all(text, "-", " "), ' ')) {
    const bool vendor = std::ranges::any_of(kVendorWords, [&](auto word) { return equals_ignore_case(word, piece); });
    if (!piece.empty() && !vendor) words.emplace_back(piece);
  }
  return words;
}

}  // namespace

auto gpu_name_of_device(std::string_view device_name) -> std::string {
  const std::vector<std::string> words = words_of(device_name);
  if (words.empty()) return {};
  const std::string& model = words.front();
  const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
  if (model == "A100" && has("80GB")) return "A100-80GB";
  if (model == "RTX" && words.size() > 1) return "RTX" + words[1] + (has("Ada") ? "-Ada" : "");
  return model;
}

}  // namespace sky::infra
