#include "server/state_dir.h"

#include <unistd.h>

#include "base/log.h"
#include "base/strings.h"
#include "format/json.h"
#include "os/file.h"

namespace sky::server {
namespace {

constexpr std::string_view kFolders[] = {"requests", "clusters", "keys", "local"};

auto load_server_id(const std::string& path, std::uint64_t random) -> Result<ServerId> {
  if (!os::file_exists(path)) {
    SKY_CHECK(os::write_file_atomic(path, fmt::format("{:08x}\n", static_cast<std::uint32_t>(random))));
  }
  SKY_TRY(const std::string text, os::read_file(path, 4096));
  const std::string_view id = trim(text);
  if (id.size() != 8 || id.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return make_error(ErrorCode::kDataCorrupt, fmt::format("'{}' does not hold 8 hex digits", path),
                      "Restore it from a backup: clusters that exist are tagged with it.");
  }
  return ServerId(std::string(id));
}

}  // namespace

auto StateDir::open(const std::string& path, std::uint64_t random) -> Result<StateDir> {
  SKY_CHECK(os::make_dirs(path));
  for (const auto folder : kFolders) SKY_CHECK(os::make_dirs(fmt::format("{}/{}", path, folder)));
  auto lock = os::FileLock::acquire(path + "/lock", {{"pid", fmt::format("{}", getpid())}});
  if (!lock.ok()) {
    if (lock.error().code != ErrorCode::kConflict) return std::move(lock).error();
    return std::move(lock)
        .error()
        .with_context(fmt::format("another API server uses '{}'", path))
        .with_hint("`sky api stop` ends it.");
  }
  StateDir dir(path, std::move(lock).value());
  SKY_TRY(dir.server_id_, load_server_id(dir.file("server_id"), random));
  return dir;
}

auto StateDir::announce(const Announcement& announcement) const -> Result<> {
  JsonObject object{{"pid", announcement.pid},
                    {"port", announcement.port},
                    {"start_time", announcement.start_time},
                    {"server_id", std::string_view(server_id_.str())}};
  if (!announcement.socket.empty()) object["socket"] = announcement.socket;
  if (!announcement.arguments.empty()) {
    object["arguments"] = JsonArray(announcement.arguments.begin(), announcement.arguments.end());
  }
  return os::write_file_atomic(file("server.json"), to_json_text(object) + "\n");
}

void StateDir::withdraw() const {
  const Result<> removed = os::remove_file(file("server.json"));
  if (!removed.ok()) log_warning("server", "{}", to_string(removed.error()));
}

}  // namespace sky::server
