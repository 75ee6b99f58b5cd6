// TokenStore: who may use this server from another machine. `sky_…` tokens, each with a name, of which only a digest is
// kept, in one file (mode 0600) of the server's state directory.
//
// A file and not the journal, because tokens are made and revoked by a program on the server's machine, whether or not
// a server runs: a server that other machines reach refuses to start without one. A running server sees a change with
// the next request. Writers exclude each other by a lock beside the file.
//
// Concurrency: one owner. lookup() looks at the file's time and reads a few KB when that changed; it does not wait for
// writers, who replace the file as a whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace sky::access {

inline constexpr std::string_view kTokenPrefix = "sky_";

struct TokenRecord {
  std::string name;     // as given when it was made; the user's name
  std::string user_id;  // 8 hex digits; stays when a token of this name is made anew
  std::string digest;   // of the whole token
  double created_at = 0;
};

class TokenStore {
 public:
  explicit TokenStore(std::string path) : path_(std::move(path)) {}

  // Makes a token for `name` and returns it: the only time that it can be seen. kInvalidArgument for a name that is not
  // 1 to 64 letters, digits, '-', '_', '.' or '@'; kAlreadyExists; kConflict while another program changes the file.
  auto create(const std::string& name, double now) -> Result<Secret>;
  // kNotFound when there is none of that name.
  auto revoke(const std::string& name) -> Result<>;

  // By name. kDataCorrupt when the file is none of ours.
  auto list() const -> Result<std::vector<TokenRecord>>;
  // Whose `token` it is; nullopt when it is nobody's. Takes as long for a wrong one as for a right one. An unreadable
  // file is nobody's, with a warning in the log.
  auto lookup(std::string_view token) -> std::optional<TokenRecord>;

 private:
  auto save(const std::vector<TokenRecord>& records) const -> Result<>;

  std::string path_;
  WallTime read_at_{};  // the file's time of `known_`
  std::vector<TokenRecord> known_;
};

}  // namespace sky::access
