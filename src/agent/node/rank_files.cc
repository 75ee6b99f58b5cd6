#include "agent/node/rank_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace sky::agent {

namespace {

constexpr off_t kReserveBytes = 4096;  // one block: more than a record has

// What others may have read: the rest is a line that its writer did not live to finish.
auto whole_lines(std::string_view text) -> std::string_view {
  return text.substr(0, text.rfind('\n') + 1);
}

auto start_from_json(const Json& json) -> Result<StartRecord> {
  SKY_TRY(const JsonObject* object, as_object(json, "/start"));
  SKY_TRY(const std::int64_t pid, get_int(*object, "pid", "/start"));
  SKY_TRY(const std::int64_t start_time, get_int(*object, "start_time", "/start"));
  StartRecord start{.supervisor = {static_cast<pid_t>(pid), static_cast<std::uint64_t>(start_time)}, .boot_id = {}};
  SKY_TRY(start.boot_id, get_string(*object, "boot_id", "/start"));
  return start;
}

auto add_line(std::string_view line, RankRecord& record) -> Result<> {
  SKY_TRY(const Json json, parse_json(line));
  SKY_TRY(const JsonObject* object, as_object(json));
  if (const Json* start = object->if_contains("start")) {
    SKY_TRY(record.start, start_from_json(*start));
  }
  if (const Json* exit = object->if_contains("exit")) {
    SKY_TRY(record.exit, rank_exit_from_json(*exit));
  }
  if (const Json* script = object->if_contains("script")) {
    SKY_TRY(const JsonObject* members, as_object(*script, "/script"));
    SKY_TRY(const std::int64_t pid, get_int(*members, "pid", "/script"));
    record.pid = static_cast<int>(pid);
  }
  return {};
}

}  // namespace

auto RankFiles::lock() const -> Result<os::UniqueFd> {
  SKY_TRY(os::UniqueFd fd, os::open_file(record_path(), O_RDWR | O_CREAT, 0600));
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return make_error(ErrorCode::kConflict, fmt::format("'{}' is locked", record_path()));
    if (errno != EINTR) return os::errno_error(errno, "lock", record_path());
  }
  return fd;
}

// Written over a line that was never finished; the file is not cut first, which would give the reserved space away.
auto RankFiles::append(std::string_view kind, Json value) const -> Result<> {
  const std::string path = record_path();
  SKY_TRY(const os::UniqueFd fd, os::open_file(path, O_RDWR | O_CREAT, 0600));
  SKY_TRY(const std::string before, os::read_file(path));
  const std::string line = to_json_text(JsonObject{{"format", 1}, {kind, std::move(value)}}) + "\n";
  const auto end = static_cast<off_t>(whole_lines(before).size());
  const ssize_t count = pwrite(fd.get(), line.data(), line.size(), end);
  if (count == static_cast<ssize_t>(line.size())) return {};
  return os::errno_error(count < 0 ? errno : ENOSPC, "write", path);
}

auto RankFiles::write_start(const StartRecord& start) const -> Result<> {
  return append("start", JsonObject{{"pid", start.supervisor.pid},
                                    {"start_time", start.supervisor.start_time},
                                    {"boot_id", start.boot_id}});
}

auto RankFiles::write_pid(int pid) const -> Result<> {
  return append("script", JsonObject{{"pid", pid}});
}

auto RankFiles::write_exit(const RankExit& exit) const -> Result<> {
  return append("exit", to_json(exit));
}

auto RankFiles::sync() const -> Result<> {
  SKY_TRY(const os::UniqueFd fd, os::open_file(record_path(), O_RDONLY));
  return os::sync_fd(fd.get(), record_path());
}

auto RankFiles::reserve() const -> Result<> {
  SKY_TRY(const os::UniqueFd fd, os::open_file(record_path(), O_WRONLY | O_CREAT, 0600));
  // Where the file system has no such call, write_exit() takes its chance.
  if (fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, kReserveBytes) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    return os::errno_error(errno, "write", record_path());
  }
  return {};
}

auto RankFiles::read() const -> Result<RankRecord> {
  RankRecord record;
  const Result<std::string> text = os::read_file(record_path());
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return record;
  if (!text.ok()) return text.error();
  std::string_view rest = whole_lines(*text);
  while (!rest.empty()) {
    const size_t newline = rest.find('\n');
    if (Result<> added = add_line(rest.substr(0, newline), record); !added.ok()) {
      return make_error(ErrorCode::kDataCorrupt, fmt::format("{}: {}", record_path(), added.error().message));
    }
    rest.remove_prefix(newline + 1);
  }
  return record;
}

}  // namespace sky::agent
