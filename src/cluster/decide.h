// What the controller of one cluster does next. Pure: record and observation in, one step out.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cluster/state.h"

namespace sky::cluster {

// What the controller knows besides the record.
struct Observation {
  bool session_up = false;   // the head's agent answers
  bool nodes_known = false;  // `node_states` was taken after the session was last seen up
  std::vector<infra::NodeObservation> node_states;
  bool refresh_wanted = false;  // somebody asks to look again, whatever is known
  bool autostop_seen = false;   // the head said that it fired, since the session came up
  bool workers_silent = false;  // the head misses a worker, and nobody has looked since
};

struct Rest {};           // nothing to do until something changes
struct Plan {};           // choose a placement, commit LaunchIntent
struct Launch {};         // infra.launch of the committed attempt, commit NodesMade
struct StartNodes {};     // infra.start, commit NodesMade
struct ConnectAgents {};  // start agents, attach to the head, commit AgentsReady
struct ObserveNodes {};   // the head is silent: ask the infra
struct LookAgain {};      // ask nodes and head afresh; a cluster at rest whose agents answer is UP again
struct CheckWorkers {};   // the head misses workers: ask the infra about them
struct MarkLost {         // commit NodesLost
  std::string reason;
};
struct MarkStopped {};   // the nodes were found stopped: commit NodesStopped
struct AskAutostop {};   // does the head know that it fired? If not, commit AutostopCleared
struct SendAutostop {};  // tell the head, commit AutostopConfirmed
struct StopNodes {};     // infra.stop, commit NodesStopped
struct Terminate {};     // infra.terminate, commit Terminated

using Step = std::variant<Rest, Plan, Launch, StartNodes, ConnectAgents, ObserveNodes, LookAgain, CheckWorkers,
                          MarkLost, MarkStopped, AskAutostop, SendAutostop, StopNodes, Terminate>;

auto decide(const ClusterRecord& record, const Observation& seen) -> Step;

}  // namespace sky::cluster
