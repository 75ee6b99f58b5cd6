// An API request: accepted once, durable from then on, run until it has an outcome.
//
//   (accepted) ─► PENDING ─► RUNNING ─► SUCCEEDED | FAILED | CANCELLED
//
// A request that was not terminal when the server ended is run again from its start: handlers are "ensure, then wait",
// so running one twice does the work once. Terminal states never change.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/status.h"

namespace sky::requests {

struct RequestRecord {
  RequestId id;
  std::string name;     // "sky.launch": the name of the REST shapes
  std::string body;     // the decoded JSON body as text, without credentials of the environment. Stored sealed
  std::string user_id;  // 8 hex digits
  std::string user_name;
  std::string cluster_name;  // "" when it is about no one cluster
  std::string command;       // the client's command line
  RequestStatus status = RequestStatus::kPending;
  bool cancel_requested = false;
  std::string memo;       // what a handler decided and a later run of it must find again; "" until then
  double created_at = 0;  // epoch seconds
  std::optional<double> finished_at;
  std::string return_value;    // JSON text; "" until SUCCEEDED
  std::optional<Error> error;  // FAILED and CANCELLED
};

struct NewRequest {
  RequestId id = {};  // chosen by the client so that it can repeat the call; empty: the server chooses
  std::string name;
  std::string body;
  std::string user_id;
  std::string user_name;
  std::string cluster_name;
  std::string command;
};

}  // namespace sky::requests
