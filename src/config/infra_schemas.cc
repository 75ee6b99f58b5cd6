#include "config/infra_schemas.h"

#include "config/infra_names.h"
#include "config/patterns.h"
#include "config/shared_schemas.h"

namespace sky {
namespace {

using namespace schema;
using Members = std::vector<Schema::Member>;

auto operator+(Members members, const Members& more) -> Members {
  members.insert(members.end(), more.begin(), more.end());
  return members;
}

auto strings() -> Schema {
  return array_of(string());
}
auto nullable_string() -> Schema {
  return one_of({string(), null()});
}
auto nullable_strings() -> Schema {
  return one_of({string(), null(), strings()});
}

auto network() -> Members {
  return {{"use_internal_ips", boolean()},
          {"ssh_proxy_command", one_of({string(), null(), map_of(any_of({string(), null()}))})}};
}
auto labels() -> Members {
  return {{"labels", map_of(string())}};
}
auto capabilities() -> Members {
  return {{"capabilities", array_of(any_case_word_of({"compute", "storage"}))}};
}
auto remote_identity() -> Members {
  return {{"remote_identity", any_case_word_of({"LOCAL_CREDENTIALS", "SERVICE_ACCOUNT", "NO_UPLOAD"})}};
}
auto kubernetes_remote_identity() -> Members {
  return {{"remote_identity", any_of({string(), map_of(string())})}};
}
// One text, or a list of single entries from cluster name patterns to texts.
auto text_or_by_cluster() -> Schema {
  return one_of({sized(string(), 1), array_of(sized(map_of(sized(string(), 1)), 1, 1))});
}
auto contexts() -> Schema {
  return one_of({strings(), matching(patterns::kAll)});
}
auto reservations() -> Members {
  return {{"prioritize_reservations", boolean()}, {"specific_reservations", strings()}};
}
auto non_negative() -> Schema {
  return at_least(number(), 0);
}
auto pricing() -> Schema {
  return object({{"cpu", non_negative()}, {"memory", non_negative()}, {"accelerators", map_of(non_negative())}});
}

auto aws() -> Schema {
  Schema tags = array_of(word_of({"instance", "volume"}));
  tags.unique_items = true;
  return object(reservations() +
                Members{{"disk_encrypted", boolean()},
                        {"ssh_user", string()},
                        {"security_group_name", text_or_by_cluster()},
                        {"vpc_name", nullable_string()},
                        {"vpc_names", nullable_strings()},
                        {"subnet_names", nullable_strings()},
                        {"use_ssm", boolean()},
                        {"post_provision_runcmd", array_of(one_of({string(), strings()}))},
                        {"enforce_tags", std::move(tags)}} +
                capabilities() + labels() + network() + Members{{"remote_identity", text_or_by_cluster()}});
}

auto gcp() -> Schema {
  return object(
      reservations() +
      Members{{"managed_instance_group",
               require(object({{"run_duration", integer()}, {"provision_timeout", integer()}}), {"run_duration"})},
              {"force_enable_external_ips", boolean()},
              {"enable_gvnic", boolean()},
              {"enable_gpu_direct", boolean()},
              {"placement_policy", string()},
              {"vpc_name", one_of({matching(patterns::kGcpVpcName), null()})},
              {"subnet_names", nullable_strings()}} +
      capabilities() + labels() + network() + remote_identity());
}

auto azure() -> Schema {
  return object(
      Members{{"storage_account", string()}, {"resource_group_vm", string()}, {"vpc_name", nullable_string()}} +
      labels() + capabilities() + network() + Members{{"remote_identity", text_or_by_cluster()}});
}

auto pod_members() -> Members {
  Schema metadata = open_object({});
  metadata.forbidden = {"name", "namespace"};
  return {{"pod_config", open_object({})},
          {"provision_timeout", integer()},
          {"max_inline_command_length", at_least(integer(), 1024)},
          {"custom_metadata", std::move(metadata)}};
}

auto quota() -> Schema {
  return open_object({{"queue", string()}});
}
auto kueue() -> Schema {
  return object({{"local_queue_name", string()}, {"admission_timeout", integer()}});
}

auto auto_mounts() -> Schema {
  return array_of(require(object({{"volume_name", string()},
                                  {"mount_paths", sized(array_of(matching(patterns::kMountPath)), 1)},
                                  {"scope", word_of({"personal", "workspace", "global"})}}),
                          {"volume_name", "mount_paths"}));
}

auto enable_docker() -> Schema {
  const Schema mode = word_of({"ALL", "BUILD"});
  return one_of({boolean(), mode, require(object({{"mode", mode}, {"cache_volume", string()}}), {"mode"})});
}

auto kubernetes_members() -> Members {
  return Members{
             {"allowed_nodes",
              object({{"label_selector", map_of(string())}, {"names", strings()}, {"ips", strings()}})},
             {"rdma", object({{"mode", any_case_word_of({"sriov"})}, {"resource", string()}, {"networks", string()}})},
             {"networking", any_case_word_of({"nodeport", "portforward"})},
             {"ports", any_case_word_of({"ingress", "loadbalancer", "podip"})}} +
         pod_members() +
         Members{{"namespace", string()},
                 {"autoscaler", any_case_word_of({"gke", "karpenter", "coreweave", "nebius", "generic"})},
                 {"high_availability", object({{"storage_class_name", string()}})},
                 {"kueue", kueue()},
                 {"quota", quota()},
                 {"dws", object({{"enabled", boolean()},
                                 {"max_run_duration", any_of({matching(patterns::kMinutes), integer()})}})},
                 {"post_provision_runcmd", strings()},
                 {"apt_mirrors", array_of(matching(patterns::kHostName))},
                 {"set_pod_resource_limits", one_of({boolean(), at_least(number(), 1)})},
                 {"pricing", pricing()},
                 {"auto_mounts", auto_mounts()},
                 {"enable_docker", enable_docker()}};
}

auto kubernetes() -> Schema {
  const Members context = kubernetes_members() + Members{{"remote_identity", string()}};
  return object(Members{{"allowed_contexts", contexts()}, {"context_configs", map_of(object(context))}} +
                kubernetes_members() + kubernetes_remote_identity());
}

auto ssh() -> Schema {
  return object(Members{{"allowed_node_pools", strings()}, {"context_configs", map_of(object(pod_members()))}} +
                pod_members() + remote_identity());
}

auto sbatch_options() -> Schema {
  return map_of(one_of({matching(patterns::kOneLine), number(), boolean(), null()}));
}
auto slurm_quota() -> Schema {
  return open_object({{"queue", sized(string(), 1)}, {"account", sized(string(), 1)}});
}
auto container_mounts() -> Schema {
  return map_of(
      any_of({string(), require(object({{"host_path", string()}, {"mode", word_of({"ro", "rw"})}}), {"host_path"})}));
}
auto slurm_cluster_members() -> Members {
  return {{"submit_as_user", boolean()}, {"username_map", map_of(matching(patterns::kUserName))},
          {"pricing", pricing()},        {"sbatch_options", sbatch_options()},
          {"quota", slurm_quota()},      {"gpu_partition_map", map_of(any_of({string(), strings()}))},
          {"cpu_partition", string()},   {"container_mounts", container_mounts()}};
}

auto slurm() -> Schema {
  const Schema partition =
      object({{"pricing", pricing()}, {"sbatch_options", sbatch_options()}, {"quota", slurm_quota()}});
  const Schema cluster =
      object(Members{{"workdir", string()},
                     {"tmpdir", string()},
                     {"prometheus", object({{"url", string()}, {"filter", map_of(string())}, {"via", string()}})},
                     {"prometheus_url", string()},
                     {"partition_configs", map_of(partition)}} +
             slurm_cluster_members());
  return object(Members{{"allowed_clusters", contexts()},
                        {"provision_timeout", integer()},
                        {"prometheus", object({{"url", string()}, {"via", string()}})},
                        {"cluster_configs", map_of(cluster)}} +
                slurm_cluster_members() + remote_identity());
}

auto oci() -> Schema {
  return open_object(Members{{"region_configs", map_of(object({{"compartment_ocid", string()},
                                                               {"image_tag_general", string()},
                                                               {"image_tag_gpu", string()},
                                                               {"vcn_ocid", string()},
                                                               {"vcn_subnet", string()}}))}} +
                     remote_identity());
}

auto vast() -> Schema {
  return object(Members{{"datacenter_only", boolean()}, {"create_instance_kwargs", open_object({})}} +
                remote_identity());
}

auto nebius() -> Schema {
  const Schema filesystem = object(
      {{"filesystem_id", string()}, {"attach_mode", word_of({"READ_WRITE", "READ_ONLY"})}, {"mount_path", string()}});
  const Schema region = object({{"project_id", string()},
                                {"subnet_id", string()},
                                {"fabric", string()},
                                {"disk_encrypted", boolean()},
                                {"filesystems", array_of(filesystem)}});
  return open_object(network() +
                     Members{{"use_static_ip_address", boolean()},
                             {"disk_encrypted", boolean()},
                             {"tenant_id", string()},
                             {"domain", string()},
                             {"use_personal_pricing", boolean()},
                             {"security_group_name", text_or_by_cluster()},
                             {"region_configs", map_of(region)}} +
                     remote_identity());
}

// This machine as an infrastructure, which only we have.
auto local() -> Schema {
  return object({{"link_from_home", strings()}});
}

auto workspace_kubernetes() -> Schema {
  const Members common =
      Members{{"namespace", string()}, {"kueue", kueue()}, {"quota", quota()}} + kubernetes_remote_identity();
  return object(Members{{"allowed_contexts", contexts()}, {"disabled", boolean()}} + common +
                Members{{"context_configs", map_of(object(common))}});
}

auto workspace_slurm() -> Schema {
  const Members common = {{"sbatch_options", sbatch_options()}, {"quota", slurm_quota()}};
  const Schema cluster = object(common + Members{{"partition_configs", map_of(object(common))}});
  return object(Members{{"disabled", boolean()}, {"allowed_clusters", contexts()}} + common +
                Members{{"cluster_configs", map_of(cluster)}});
}

}  // namespace

auto infra_section_members() -> std::vector<Schema::Member> {
  return {{"aws", aws()},     {"gcp", gcp()}, {"azure", azure()}, {"kubernetes", kubernetes()}, {"ssh", ssh()},
          {"slurm", slurm()}, {"oci", oci()}, {"vast", vast()},   {"nebius", nebius()},         {"local", local()}};
}

auto workspace_schema() -> Schema {
  const Schema::Member disabled = {"disabled", boolean()};
  Members members = {
      {"private", boolean()},
      {"allowed_users", strings()},
      {"read_access", word_of({"allowed_users", "all"})},
      {"gcp", object(Members{{"project_id", string()}, disabled} + capabilities() + remote_identity())},
      {"aws", object(Members{{"profile", string()}, disabled} + capabilities() +
                     Members{{"remote_identity", text_or_by_cluster()}})},
      {"ssh", object({{"allowed_node_pools", strings()}, disabled})},
      {"kubernetes", workspace_kubernetes()},
      {"slurm", workspace_slurm()},
      {"nebius",
       object({{"credentials_file_path", string()}, {"tenant_id", string()}, {"domain", string()}, disabled})}};
  // Every other infrastructure can only be switched off.
  for (const auto name : all_infra_words()) {
    const bool known =
        std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
    if (!known) members.emplace_back(name, object({disabled}));
  }
  return object(std::move(members));
}

}  // namespace sky
