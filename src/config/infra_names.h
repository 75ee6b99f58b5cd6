// The names of infrastructures that files may say, as in `infra: aws/us-east-1`. Whether one is usable is not known
// here. Source: the cloud lists of skypilot 0.14.1 (2026-11), in its order; `local` is ours.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sky {

inline constexpr std::array<std::string_view, 26> kInfraNames = {
    "aws",     "azure",     "gcp",        "ibm",        "lambda",
    "scp",     "oci",       "kubernetes", "runpod",     "vast",
    "vsphere", "cudo",      "fluidstack", "paperspace", "primeintellect",
    "do",      "nebius",    "ssh",        "slurm",      "hyperbolic",
    "seeweb",  "shadeform", "yotta",      "mithril",    "verda",
    "local"};

// The one of them that the original does not have.
inline constexpr std::string_view kOwnInfraName = "local";

inline constexpr std::array<std::string_view, 4> kStorageOnlyNames = {"cloudflare", "coreweave", "vastdata",
                                                                      "huggingface"};

// How people write a name of either list ("Kubernetes"); an unknown one as it is.
auto infra_title(std::string_view name) -> std::string_view;

// The canonical name of a name or alias (`k8s`, `digitalocean`), case ignored; nullopt for an unknown one.
auto canonical_infra_name(std::string_view name) -> std::optional<std::string_view>;

}  // namespace sky
