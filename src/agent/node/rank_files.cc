#include "agent/node/rank_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/strings.h"
#include "os/file.h"

namespace sky::agent {

namespace {

constexpr off_t kExitReserveBytes = 4096;  // one block: more than a record has

}  // namespace

auto RankFiles::replace(std::string_view name, std::string_view text) const -> Result<> {
  const std::string fresh = file(name) + ".new";
  SKY_TRY(os::UniqueFd fd, os::open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  SKY_CHECK(os::write_all(fd.get(), text, fresh));
  fd.reset();
  return os::rename_file(fresh, file(name));
}

auto RankFiles::read_json(std::string_view name) const -> Result<std::optional<Json>> {
  const Result<std::string> text = os::read_file(file(name));
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::optional<Json>();
  if (!text.ok()) return text.error();
  Result<Json> json = parse_json(*text);
  if (!json.ok()) return make_error(ErrorCode::kDataCorrupt, fmt::format("{}: {}", file(name), json.error().message));
  return std::optional<Json>(std::move(*json));
}

auto RankFiles::write_spec(const RankSpec& spec) const -> Result<> {
  SKY_CHECK(os::make_dirs(dir_));
  return replace("spec.json", to_json_text(to_json(spec)));
}

auto RankFiles::take_spec() const -> Result<RankSpec> {
  SKY_TRY(const std::optional<Json> json, read_json("spec.json"));
  if (!json) return make_error(ErrorCode::kNotFound, fmt::format("expected '{}'", file("spec.json")));
  SKY_TRY(RankSpec spec, rank_spec_from_json(*json));
  SKY_CHECK(os::remove_file(file("spec.json")));
  return spec;
}

auto RankFiles::write_start(const StartRecord& record) const -> Result<> {
  return replace("start.json", to_json_text(JsonObject{{"format", 1},
                                                       {"pid", record.supervisor.pid},
                                                       {"start_time", record.supervisor.start_time},
                                                       {"boot_id", record.boot_id}}));
}

auto RankFiles::write_script(std::string_view text) const -> Result<> {
  return replace("script.sh", text);
}

auto RankFiles::write_pid(int pid) const -> Result<> {
  return replace("pid", fmt::format("{}", pid));
}

auto RankFiles::remove_inputs() const -> Result<> {
  for (const std::string_view name : {"spec.json", "spec.json.new", "script.sh", "script.sh.new"}) {
    SKY_CHECK(os::remove_file(file(name)));
  }
  return {};
}

auto RankFiles::reserve_exit() const -> Result<> {
  const std::string fresh = file("exit.json.new");
  SKY_TRY(const os::UniqueFd fd, os::open_file(fresh, O_WRONLY | O_CREAT, 0600));
  // Where the file system has no such call, write_exit() takes its chance.
  if (fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, kExitReserveBytes) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    return os::errno_error(errno, "write", fresh);
  }
  return {};
}

auto RankFiles::write_exit(const RankExit& exit) const -> Result<> {
  Json json = to_json(exit);
  json.as_object()["format"] = 1;
  const std::string text = to_json_text(json);
  const std::string fresh = file("exit.json.new");
  // Not truncated before it is written: that would give the reserved space away.
  SKY_TRY(os::UniqueFd fd, os::open_file(fresh, O_WRONLY | O_CREAT, 0600));
  SKY_CHECK(os::write_all(fd.get(), text, fresh));
  if (ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) return os::errno_error(errno, "write", fresh);
  fd.reset();
  return os::rename_file(fresh, file("exit.json"));
}

auto RankFiles::sync_exit() const -> Result<> {
  SKY_TRY(const os::UniqueFd fd, os::open_file(file("exit.json"), O_RDONLY));
  return os::sync_fd(fd.get(), file("exit.json"));
}

auto RankFiles::read_start() const -> Result<std::optional<StartRecord>> {
  SKY_TRY(const std::optional<Json> json, read_json("start.json"));
  if (!json) return std::optional<StartRecord>();
  SKY_TRY(const JsonObject* object, as_object(*json));
  SKY_TRY(const std::int64_t pid, get_int(*object, "pid"));
  SKY_TRY(const std::int64_t start_time, get_int(*object, "start_time"));
  StartRecord record{.supervisor = {static_cast<pid_t>(pid), static_cast<std::uint64_t>(start_time)}, .boot_id = {}};
  SKY_TRY(record.boot_id, get_string(*object, "boot_id"));
  return std::optional<StartRecord>(std::move(record));
}

auto RankFiles::read_pid() const -> std::optional<int> {
  const Result<std::string> text = os::read_file(file("pid"));
  if (!text.ok()) return std::nullopt;
  const std::optional<std::int64_t> pid = parse_int(*text);
  return pid ? std::optional<int>(static_cast<int>(*pid)) : std::nullopt;
}

auto RankFiles::read_exit() const -> Result<std::optional<RankExit>> {
  SKY_TRY(const std::optional<Json> json, read_json("exit.json"));
  if (!json) return std::optional<RankExit>();
  SKY_TRY(RankExit exit, rank_exit_from_json(*json));
  return std::optional<RankExit>(std::move(exit));
}

}  // namespace sky::agent
