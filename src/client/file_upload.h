// Files of a task onto an API server that runs on another machine, before the task is sent.
//
// Each source goes to a place of its own below the user's upload id, which is this machine's: the next upload of the
// same source sends only what changed, and one that broke off goes on where it was. Ignore rules apply here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/transport.h"
#include "format/json.h"

namespace sky::client {

struct FileUpload {
  std::string user_id;
  std::string upload_id;             // see upload_id_of
  std::vector<std::string> sources;  // absolute paths
  // One clause for each thing that was left out.
  std::function<void(const std::string&)> on_note;
};

// The same for every upload of this user from this machine: "tree-" and 16 hex digits. Pure.
auto upload_id_of(std::string_view user_id, std::string_view host_name) -> std::string;
// Where the server finds each source: the task's `file_mounts_mapping`. Pure.
auto upload_mapping(const std::vector<std::string>& sources) -> JsonObject;

// Repeats what the connection interrupts. kNotFound for a source that is not there, the server's errors (kStorageFull),
// kUnavailable when it stayed away.
auto upload_files(Transport& transport, FileUpload upload) -> async::Task<Result<>>;

}  // namespace sky::client
