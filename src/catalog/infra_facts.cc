#include "catalog/infra_facts.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace sky::catalog {
namespace {

constexpr auto kAwsFamilies =
    std::to_array<std::string_view>({"m6i.", "m6id.", "m7i.", "r6i.", "r6id.", "r7i.", "c6i.", "c6id.", "c7i."});
constexpr auto kAzureFamilies = std::to_array<std::string_view>({"Ds_v5", "Es_v5", "Fs_v2"});
constexpr auto kGcpFamilies = std::to_array<std::string_view>(
    {"n2-standard-", "n2-highmem-", "n2-highcpu-", "n4-standard-", "n4-highcpu-", "n4-highmem-"});
constexpr auto kIbmFamilies = std::to_array<std::string_view>({"bx2-"});
constexpr auto kOciFamilies = std::to_array<std::string_view>({"VM.Standard.E", "VM.Standard3"});

constexpr auto kGcpHosts = std::to_array<std::string_view>({"n1-standard", "n1-highmem", "n1-highcpu"});
constexpr auto kGcpBound = std::to_array<BoundDevice>({
    {"A100", 1, "a2-highgpu-1g"},         {"A100", 2, "a2-highgpu-2g"},         {"A100", 4, "a2-highgpu-4g"},
    {"A100", 8, "a2-highgpu-8g"},         {"A100", 16, "a2-megagpu-16g"},       {"A100-80GB", 1, "a2-ultragpu-1g"},
    {"A100-80GB", 2, "a2-ultragpu-2g"},   {"A100-80GB", 4, "a2-ultragpu-4g"},   {"A100-80GB", 8, "a2-ultragpu-8g"},
    {"L4", 1, "g2-standard-4"},           {"L4", 1, "g2-standard-8"},           {"L4", 1, "g2-standard-12"},
    {"L4", 1, "g2-standard-16"},          {"L4", 1, "g2-standard-32"},          {"L4", 2, "g2-standard-24"},
    {"L4", 4, "g2-standard-48"},          {"L4", 8, "g2-standard-96"},          {"H100", 1, "a3-highgpu-1g"},
    {"H100", 2, "a3-highgpu-2g"},         {"H100", 4, "a3-highgpu-4g"},         {"H100", 8, "a3-highgpu-8g"},
    {"H100-MEGA", 8, "a3-megagpu-8g"},    {"H200", 8, "a3-ultragpu-8g"},        {"B200", 8, "a4-highgpu-8g"},
    {"GB200", 4, "a4x-highgpu-4g"},       {"RTXPRO6000", 1, "g4-standard-48"},  {"RTXPRO6000", 2, "g4-standard-96"},
    {"RTXPRO6000", 4, "g4-standard-192"}, {"RTXPRO6000", 8, "g4-standard-384"},
});
// The default is the host of the same device elsewhere; the limits are cloud.google.com/compute/docs/gpus, 2026-11.
// K80:8 has 416 GiB in two zones and P100:4 half as much in three; the smaller limits hold everywhere here.
constexpr auto kGcpAttached = std::to_array<AttachedDevice>({
    {"K80", 1, 4, 8, 52},
    {"K80", 2, 8, 16, 104},
    {"K80", 4, 16, 32, 208},
    {"K80", 8, 32, 64, 208},
    {"V100", 1, 8, 12, 78},
    {"V100", 2, 16, 24, 156},
    {"V100", 4, 32, 48, 312},
    {"V100", 8, 64, 96, 624},
    {"T4", 1, 4, 48, 312},
    {"T4", 2, 8, 48, 312},
    {"T4", 4, 48, 96, 624},
    {"P4", 1, 8, 24, 156},
    {"P4", 2, 16, 48, 312},
    {"P4", 4, 32, 96, 624},
    {"P100", 1, 8, 16, 104},
    {"P100", 2, 16, 32, 208},
    {"P100", 4, 32, 64, 208},
});
constexpr auto kGcpPods = std::to_array<PodHost>({{"tpu-v4", "TPU-VM", 240, 400}, {"tpu-", "TPU-VM", 96, 334}});

// In the order of kInfraNames; those without a row have only a name.
constexpr std::array<InfraFacts, 25> kFacts = {{
    {.name = "aws",
     .us_regions_first = true,
     .default_vcpus = 8,
     .default_memory_per_vcpu = 4,
     .default_families = kAwsFamilies,
     .cluster_name_size_max = 248},
    {.name = "azure",
     .default_vcpus = 8,
     .default_memory_per_vcpu = 4,
     .family_form = FamilyForm::kAzureLetters,
     .default_families = kAzureFamilies,
     .cluster_name_size_max = 42,
     .no_zones_sentence = "Azure does not support zones."},
    {.name = "gcp",
     .plans_by_zone = true,
     .default_vcpus = 8,
     .default_memory_per_vcpu = 4,
     .default_families = kGcpFamilies,
     .host_families = kGcpHosts,
     .bound_devices = kGcpBound,
     .attached_devices = kGcpAttached,
     .pod_hosts = kGcpPods,
     .cluster_name_size_max = 35},
    {.name = "ibm",
     .default_vcpus = 8,
     .default_memory_gib = 32,
     .default_families = kIbmFamilies,
     .cluster_name_size_max = 47},
    {.name = "lambda",
     .default_vcpus = 30,
     .default_memory_per_vcpu = 4,
     .cluster_name_size_max = 57,
     .no_zones_sentence = "Lambda Cloud does not support zones."},
    {.name = "scp",
     .default_vcpus = 8,
     .default_vcpus_exact = true,
     .default_memory_per_vcpu = 2,
     .cluster_name_size_max = 28,
     .no_zones_sentence = "SCP Cloud does not support zones."},
    {.name = "oci",
     .default_vcpus = 8,
     .default_vcpus_always = true,
     .default_memory_per_vcpu = 4,
     .default_families = kOciFamilies,
     .cluster_name_size_max = 200},
    {.name = "kubernetes", .cluster_name_size_max = 42},
    {.name = "runpod", .cluster_name_size_max = 120},
    {.name = "vast", .cluster_name_size_max = 120, .no_zones_sentence = "Vast does not support zones."},
    {.name = "vsphere", .default_vcpus = 2, .default_memory_per_vcpu = 4, .cluster_name_size_max = 80},
    {.name = "cudo",
     .default_vcpus = 8,
     .default_memory_per_vcpu = 2,
     .cluster_name_size_max = 60,
     .no_zones_sentence = "Cudo does not support zones."},
    {.name = "fluidstack",
     .default_vcpus = 6,
     .default_memory_per_vcpu = 4,
     .cluster_name_size_max = 57,
     .no_zones_sentence = "FluidStack Cloud does not support zones."},
    {.name = "paperspace", .cluster_name_size_max = 120, .no_zones_sentence = "Paperspace does not support zones."},
    {.name = "primeintellect", .cluster_name_size_max = 120},
    {.name = "do", .cluster_name_size_max = 247, .no_zones_sentence = "DO does not support zones."},
    {.name = "nebius", .cluster_name_size_max = 50, .no_zones_sentence = "Nebius does not support zones."},
    {.name = "ssh", .cluster_name_size_max = 42},
    {.name = "slurm", .plans_by_zone = true, .cluster_name_size_max = 120},
    {.name = "hyperbolic",
     .cluster_name_size_max = 120,
     .no_zones_sentence = "Hyperbolic Cloud does not support zones."},
    {.name = "seeweb", .cluster_name_size_max = 120, .no_zones_sentence = "Seeweb does not support zones."},
    {.name = "shadeform", .cluster_name_size_max = 120},
    {.name = "yotta", .cluster_name_size_max = 255, .no_zones_sentence = "Yotta does not support zones."},
    {.name = "mithril", .cluster_name_size_max = 60, .no_zones_sentence = "Mithril Cloud does not support zones."},
    {.name = "verda", .cluster_name_size_max = 120},
}};

// `Standard_D8s_v5` -> `Ds_v5`, `Standard_E8-4s_v5` -> `E_s_v5` (constrained cores: a family of its own).
auto azure_family(std::string_view instance_type) -> std::string {
  constexpr std::string_view kStandard = "Standard_";
  if (!instance_type.starts_with(kStandard)) return "";
  std::string_view rest = instance_type.substr(kStandard.size());
  size_t digits = 0;
  while (digits < rest.size() && is_alpha(rest[digits])) ++digits;
  size_t end = digits;
  while (end < rest.size() && is_digit(rest[end])) ++end;
  std::string family(rest.substr(0, digits));
  if (end < rest.size() && rest[end] == '-') {
    ++end;
    while (end < rest.size() && is_digit(rest[end])) ++end;
    family += '_';
  }
  return replace_all(family.append(rest.substr(end)), "_Promo", "");
}

}  // namespace

auto to_string(Feature feature) -> std::string_view {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"stop", "multi-node", "clone_disk_from_cluster", "image_id", "docker_image", "spot_instance", "custom_disk_tier",
       "custom_network_tier", "open_ports", "storage_mounting", "host_controllers", "high_availability_controllers",
       "auto_terminate", "autostop", "autodown", "custom_multi_network", "local_disk"});
  return kNames[static_cast<size_t>(feature)];
}

auto infra_facts(std::string_view name) -> const InfraFacts& {
  static constexpr InfraFacts kUnknown = {};
  const auto found = std::ranges::find(kFacts, name, &InfraFacts::name);
  return found == kFacts.end() ? kUnknown : *found;
}

auto in_default_family(const InfraFacts& facts, std::string_view instance_type) -> bool {
  if (facts.default_families.empty()) return true;
  if (facts.family_form == FamilyForm::kAzureLetters) {
    return std::ranges::find(facts.default_families, azure_family(instance_type)) != facts.default_families.end();
  }
  return std::ranges::any_of(facts.default_families, [&](auto family) { return instance_type.starts_with(family); });
}

auto pod_host(const InfraFacts& facts, std::string_view accelerator) -> const PodHost* {
  for (const PodHost& host : facts.pod_hosts) {
    if (accelerator.starts_with(host.accelerator_prefix)) return &host;
  }
  return nullptr;
}

}  // namespace sky::catalog
