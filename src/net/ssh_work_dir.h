// The files that ssh needs while it runs for us: its configuration, the askpass script, sockets, and per login what was
// asked and what to answer. All in one private directory.
#pragma once

#include <string>

#include "net/ssh_command.h"
#include "os/file.h"

namespace sky::net {

// ssh adds 17 bytes to a socket's path while it makes it, and a path has at most 107.
inline constexpr size_t kSshDirMaxBytes = 60;

// Makes the directory, or a short one in /tmp where its path is too long; writes `askpass`; removes what an earlier
// process left. Gives the directory's path. kPermissionDenied when the one in /tmp is somebody else's.
auto prepare_ssh_work_dir(const std::string& wanted) -> Result<std::string>;
// The user's files as they are now.
auto find_ssh_files(const std::string& home) -> SshFiles;

// The files of one login; removed with the object.
class LoginFiles {
 public:
  LoginFiles() = default;
  LoginFiles(LoginFiles&&) = default;
  auto operator=(LoginFiles&&) -> LoginFiles& = default;
  ~LoginFiles();

  // The password's file exists until forget_answer().
  static auto make(std::string socket, const SshFiles& files, const SshTarget& target) -> Result<LoginFiles>;

  auto socket() const -> const std::string& { return socket_; }
  auto config_path() const -> std::string { return socket_ + ".config"; }
  auto asked_path() const -> std::string { return socket_ + ".asked"; }
  auto answer_path() const -> std::string { return socket_ + ".answer"; }
  auto asked() const -> std::string;
  void forget_answer();

 private:
  std::string socket_;  // empty in a moved-from object
};

}  // namespace sky::net
