// The nouns' records in the shapes of the REST API. Pure.
#pragma once

#include "agent/protocol/messages.h"
#include "api/records.h"
#include "cluster/state.h"
#include "infra/infra.h"

namespace sky::server {

// `launching`: a launch is under way, which tells an INIT cluster that is coming from one that is broken.
auto cluster_view(const cluster::ClusterRecord& record, std::string_view infra_display_name) -> api::ClusterRecord;
// How users log in to the nodes; all nodes as to the head. nullopt while there are none.
auto credentials_of(const cluster::ClusterRecord& record) -> std::optional<api::SshCredentials>;
auto handle_of(const cluster::ClusterRecord& record) -> api::Handle;
auto job_view(const agent::JobView& job, std::string_view user_id) -> api::JobRecord;
// `now` closes the open span of a running cluster. Both cost `hourly_cost_usd` per hour of use.
auto cost_row(const cluster::ClusterRecord& record, double now) -> api::CostRow;
auto cost_row(const cluster::ClusterHistory& history) -> api::CostRow;

// "1x(cpus=1, mem=4, 1CPU--4GB, ...)"; `full`: everything, nothing shortened.
auto resources_text(const planner::Demand& spec, const infra::Placement& placement, bool full) -> std::string;

}  // namespace sky::server
