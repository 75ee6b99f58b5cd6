// The table of REST routes: what is served, under which request name, and how it is scheduled. The server binds one
// handler to each row; the client takes its paths from here; a test compares the two.
//
// Paths and names: sky/server/server.py and sky/server/requests/request_names.py of skypilot 0.14.1. Rows under
// /sky/v1/ are this product's own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/query.h"
#include "base/result.h"

namespace sky::api {

enum class Schedule {
  kLong,    // a request that makes or changes nodes
  kShort,   // a request that ends within seconds
  kDirect,  // no request: answered from memory
};

// What a stock client finds in the reply of the call itself. A native client gets the typed stream (kRequest, kStream),
// the value without a request being recorded (kQuestion), or the same (kValue, kText).
enum class ReplyKind {
  kRequest,   // `null`, and the request id in a header; the value comes from /api/get
  kQuestion,  // the same; it only reads, or ends at once
  kStream,    // the request's log stream, and the request id in a header
  kValue,     // JSON
  kText,      // plain text, chunked
};

struct Route {
  std::string_view method;
  std::string_view path;
  std::string_view name;  // "sky.launch"; empty for kDirect
  Schedule schedule;
  ReplyKind reply;
};

auto routes() -> std::span<const Route>;

// `path` has no query. The dashboard's prefix /internal/dashboard is ignored. Null when nothing is served there.
auto find_route(std::string_view method, std::string_view path) -> const Route*;
// "lab" of /ssh_node_pools/lab/deploy, which is the route /ssh_node_pools/deploy with a pool's name; else "".
auto pool_in_path(std::string_view path) -> std::string_view;
// "sky.launch" -> POST /launch. Null for a name that has no route.
auto find_route_by_name(std::string_view name) -> const Route*;
// True when another method is served there (405 instead of 404).
auto path_exists(std::string_view path) -> bool;

// "long" or "short", the `schedule_type` of a request.
auto to_string(Schedule schedule) -> std::string_view;

inline constexpr std::string_view kFollowPath = "/sky/v1/follow";

// Websockets.
// GET /sky/v1/ssh?node=&key=: the bytes of an ssh connection to a node, CLUSTER or CLUSTER-workerN; `key` is the public
// key that may log in.
inline constexpr std::string_view kSshPath = "/sky/v1/ssh";
// GET /sky/v1/files?user_hash=&upload_id=&name=: the protocol of files/sync.h; the client sends.
inline constexpr std::string_view kFilesPath = "/sky/v1/files";

// GET /sky/v1/follow?request_id=&output_offset=[&cluster_hash=&job_id=&log_offset=]: goes on with a native stream after
// the bytes of 'O' records that the client has already had, and at an absolute position of the log of the job that the
// 'J' record named.
struct LogPosition {
  std::string cluster_hash;
  std::int64_t job_id = 0;
  std::uint64_t offset_bytes = 0;
  auto operator==(const LogPosition&) const -> bool = default;
};
struct FollowQuery {
  std::string request_id;
  std::uint64_t output_offset_bytes = 0;
  std::optional<LogPosition> log = {};  // absent: the log has not started
};
auto to_query(const FollowQuery& follow) -> Query;
// kInvalidArgument: no request id, an offset that is no byte count, or a log's position without its job. The cluster's
// hash becomes part of a path: only letters and digits are taken.
auto parse_follow_query(const Query& query) -> Result<FollowQuery>;

}  // namespace sky::api
