#include "net/ssh_work_dir.h"

#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "os/machine.h"

namespace sky::net {
namespace {

constexpr std::array kDefaultIdentities{"id_ed25519", "id_ecdsa", "id_rsa"};  // in ssh's own order of use

auto short_dir(const std::string& wanted) -> Result<std::string> {
  std::string dir = fmt::format("/tmp/sky-ssh-{}-{:08x}", getuid(), fnv1a(wanted) & 0xffffffffU);
  SKY_CHECK(os::make_dirs(dir));
  SKY_TRY(const os::FileInfo info, os::stat_file(dir, os::Follow::kNo));
  if (info.type == os::FileType::kDirectory && info.uid == getuid() && info.mode == 0700) return dir;
  return make_error(ErrorCode::kPermissionDenied, fmt::format("'{}' is not a private directory of ours", dir),
                    "Remove it.");
}

}  // namespace

auto find_ssh_files(const std::string& home) -> SshFiles {
  SshFiles files{.home = home, .includes = {}, .identity_files = {}};
  for (const std::string& file : {home + "/.ssh/config", std::string("/etc/ssh/ssh_config")}) {
    if (os::file_exists(file)) files.includes.push_back(file);
  }
  // Where both homes are one, ssh finds these by itself, together with kinds of keys that are not listed here.
  if (home == os::passwd_home_dir()) return files;
  for (const char* name : kDefaultIdentities) {
    std::string file = fmt::format("{}/.ssh/{}", home, name);
    if (os::file_exists(file)) files.identity_files.push_back(std::move(file));
  }
  return files;
}

auto prepare_ssh_work_dir(const std::string& wanted) -> Result<std::string> {
  std::string dir = wanted;
  if (dir.size() > kSshDirMaxBytes) {
    SKY_TRY(dir, short_dir(wanted));
  }
  SKY_CHECK(os::make_dirs(dir));
  SKY_TRY(const std::vector<os::DirEntry> left, os::list_dir(dir));
  for (const os::DirEntry& entry : left) SKY_CHECK(os::remove_file(dir + "/" + entry.name));
  SKY_CHECK(os::write_file_atomic(dir + "/askpass", askpass_script(), 0700));
  return dir;
}

auto LoginFiles::make(std::string socket, const SshFiles& ssh_files, const SshTarget& target) -> Result<LoginFiles> {
  LoginFiles files;
  files.socket_ = std::move(socket);
  SKY_CHECK(os::make_dirs(ssh_files.home + "/.ssh"));
  SKY_CHECK(os::append_file(files.config_path(), ssh_config_text(ssh_files, target), 0600));
  if (!target.password.empty()) {
    SKY_CHECK(os::append_file(files.answer_path(), target.password.reveal() + "\n", 0600));
  }
  return files;
}

LoginFiles::~LoginFiles() {
  if (socket_.empty()) return;
  forget_answer();
  static_cast<void>(os::remove_file(asked_path()));
  static_cast<void>(os::remove_file(config_path()));
  static_cast<void>(os::remove_file(socket_));
}

auto LoginFiles::asked() const -> std::string {
  return os::read_file(asked_path()).value_or(std::string());
}

void LoginFiles::forget_answer() {
  static_cast<void>(os::remove_file(answer_path()));
}

}  // namespace sky::net
