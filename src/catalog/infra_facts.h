// What is known of each infrastructure without asking it: abilities, places, the machines that it prefers.
//
// Data, not behaviour: code elsewhere reads these tables and never compares an infrastructure's name. Names, aliases
// and titles are in config/infra_names.h, what an infrastructure cannot do in missing_features.cc. Source: clouds/*.py
// and catalog/*.py of skypilot 0.14.1, read 2026-11.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sky::catalog {

enum class Feature : std::uint8_t {
  kStop,
  kMultiNode,
  kCloneDisk,
  kImageId,
  kDockerImage,
  kSpotInstance,
  kCustomDiskTier,
  kCustomNetworkTier,
  kOpenPorts,
  kStorageMounting,
  kHostControllers,
  kHighAvailabilityControllers,
  kAutoTerminate,
  kAutostop,
  kAutodown,
  kCustomMultiNetwork,
  kLocalDisk,
};
// `multi-node`, as messages and the original's code say it.
auto to_string(Feature feature) -> std::string_view;

// How a family's name stands in an instance type.
enum class FamilyForm : std::uint8_t {
  kPrefix,        // `n2-standard-` in `n2-standard-8`
  kAzureLetters,  // `Ds_v5` in `Standard_D8s_v5`: the letters around the number
};

// A device that sits on machines made for it: `A100:8` is `a2-highgpu-8g`.
struct BoundDevice {
  std::string_view accelerator;
  int count = 0;
  std::string_view instance_type;
};

// A device that is attached to general machines: the vCPUs that its host gets when nothing is asked for, and the most
// that the host may have.
struct AttachedDevice {
  std::string_view accelerator;
  int count = 0;
  int default_vcpus = 0;
  int vcpus_max = 0;  // 0: no limit known
  int memory_gib_max = 0;
};

// An accelerator that brings its own host: the host has no price of its own, and this many vCPUs and GiB.
struct PodHost {
  std::string_view accelerator_prefix;  // `tpu-`; the first that fits counts
  std::string_view instance_type;       // `TPU-VM`
  double vcpus = 0;
  double memory_gib = 0;
};

struct InfraFacts {
  std::string_view name;
  bool plans_by_zone = false;     // a zone is chosen also for on-demand machines
  bool us_regions_first = false;  // failover order
  double default_vcpus = 0;       // 0: no default, the cheapest machine
  bool default_vcpus_exact = false;
  bool default_vcpus_always = false;  // also when memory alone is asked for
  double default_memory_per_vcpu = 0;
  double default_memory_gib = 0;  // instead of a ratio
  FamilyForm family_form = FamilyForm::kPrefix;
  std::span<const std::string_view> default_families = {};  // empty: all machines
  std::span<const std::string_view> host_families = {};     // machines that devices may be attached to
  std::span<const BoundDevice> bound_devices = {};
  std::span<const AttachedDevice> attached_devices = {};
  std::span<const PodHost> pod_hosts = {};
  int cluster_name_size_max = 0;            // on the infrastructure; 0: no limit known
  std::string_view no_zones_sentence = {};  // what is said when a zone is named: "Azure does not support zones."
};

// Facts of an infrastructure by its canonical name. One that nobody knows (a directory of catalogs that the user made)
// has no default families and no limits.
auto infra_facts(std::string_view name) -> const InfraFacts&;

// Why a plain on-demand request cannot have the feature there, in the original's words: `Multi-node not supported yet.`
// Empty when nothing is known against it. What depends on more of the request is the adapter's to say.
auto missing_feature_reason(std::string_view infra, Feature feature) -> std::string_view;

// Whether an instance type belongs to one of the families that are used when the user names none.
auto in_default_family(const InfraFacts& facts, std::string_view instance_type) -> bool;
// The host of an accelerator that brings one, or null.
auto pod_host(const InfraFacts& facts, std::string_view accelerator) -> const PodHost*;

}  // namespace sky::catalog
