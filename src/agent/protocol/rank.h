// What the head and its workers say to one another about ranks. A rank is one script of one job on one node: the setup
// script on every node of the cluster, then the run script on the job's nodes.
//
// `rank` starts the rank or joins it: the worker's files decide, so asking again after a lost connection never runs a
// script twice. Files that a power cut may have taken are not trusted: after a reboot nothing is started any more. The
// channel lives as long as the rank: DATA carries one line {"pid": N} once the script runs, END its exit. `output`
// streams what the rank wrote. `kill` asks for its end.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "format/json.h"

namespace sky::agent {

enum class Phase { kSetup, kRun };
auto to_string(Phase phase) -> std::string_view;  // "setup", "run"

struct RankKey {
  JobId job;
  int attempt = 1;
  Phase phase = Phase::kRun;
  int rank = 0;  // within the job; for setup the node's number

  auto operator<=>(const RankKey&) const = default;
};
auto to_string(const RankKey& key) -> std::string;  // "3/1/run-0"
auto to_json(const RankKey& key) -> Json;
auto rank_key_from_json(const Json& json) -> Result<RankKey>;

struct RankSpec {
  RankKey key;
  std::string boot_id;      // of the node when the job was dispatched; empty: not known
  std::string output_base;  // of its stream of bytes (logs/stream_reader.h), relative to the node's home
  std::string script;       // bash
  std::map<std::string, Secret> environment;  // added to the node's
  auto operator==(const RankSpec&) const -> bool = default;
};
auto to_json(const RankSpec& spec) -> Json;  // with "op": "rank"
auto rank_spec_from_json(const Json& json) -> Result<RankSpec>;

struct RankExit {
  // Of the script, 128 + n after signal n; nothing when what watched it is gone without a record.
  std::optional<int> code;
  bool killed = false;        // ended by `kill`
  bool left_running = false;  // of a setup: some of its processes live on; a later `kill` ends them
  std::string detail;         // why there is no code, for the user
  int pid = 0;                // of the script; 0: not known
  auto lost() const -> bool { return !code.has_value(); }
  auto operator==(const RankExit&) const -> bool = default;
};
auto to_json(const RankExit& exit) -> Json;
auto rank_exit_from_json(const Json& json) -> Result<RankExit>;

struct OutputRequest {
  RankKey key;
  std::string output_base;
  std::uint64_t offset = 0;
};
auto to_json(const OutputRequest& request) -> Json;  // with "op": "output"
auto output_from_json(const Json& json) -> Result<OutputRequest>;

auto kill_to_json(const RankKey& key) -> Json;  // with "op": "kill"

}  // namespace sky::agent
