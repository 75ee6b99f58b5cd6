// The files of one rank, `<state>/jobs/<job>/<attempt>/<phase>-<rank>/`: how supervisor and agent know of one another
// without talking, so that either may be replaced under a running job. Format 1, for ever.
//
//   lock        held by the supervisor while it lives
//   spec.json   RankSpec; removed once the supervisor has read it, because it holds secrets
//   start.json  {"format": 1, "pid", "start_time", "boot_id"} of the supervisor; before the script starts. Whoever
//   finds
//               it never starts the script again.
//   pid         of the script, in decimal
//   script.sh   what bash runs; removed at the end
//   exit.json   RankExit and "format": 1; once the script and what it left are over and all output is in its stream.
//               exit.json.new has its space from the start: a disk that the script fills does not cost its result
//
// After a power cut start.json may be missing: boot ids see to it that nothing is started then.
#pragma once

#include <optional>
#include <string>

#include "agent/protocol/rank.h"
#include "os/proc.h"

namespace sky::agent {

struct StartRecord {
  os::ProcessId supervisor;
  std::string boot_id;
};

class RankFiles {
 public:
  explicit RankFiles(std::string dir) : dir_(std::move(dir)) {}

  auto dir() const -> const std::string& { return dir_; }
  auto file(std::string_view name) const -> std::string { return dir_ + "/" + std::string(name); }

  auto write_spec(const RankSpec& spec) const -> Result<>;
  auto take_spec() const -> Result<RankSpec>;
  auto write_start(const StartRecord& record) const -> Result<>;
  auto write_script(std::string_view text) const -> Result<>;
  auto write_pid(int pid) const -> Result<>;
  // What may hold secrets, once nothing is to run.
  auto remove_inputs() const -> Result<>;
  // Takes the space that the exit record will need, as far as the file system can. To be called before the script runs.
  auto reserve_exit() const -> Result<>;
  // Complete for every reader at once; durable only after sync_exit(). kStorageFull: nothing changed, try again.
  auto write_exit(const RankExit& exit) const -> Result<>;
  auto sync_exit() const -> Result<>;

  // nullopt while there is none.
  auto read_start() const -> Result<std::optional<StartRecord>>;
  auto read_pid() const -> std::optional<int>;
  auto read_exit() const -> Result<std::optional<RankExit>>;

 private:
  // Readers see nothing or all of it.
  auto replace(std::string_view name, std::string_view text) const -> Result<>;
  auto read_json(std::string_view name) const -> Result<std::optional<Json>>;

  std::string dir_;
};

}  // namespace sky::agent
