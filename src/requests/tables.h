// The requests module's table: `requests`, keyed by request id. Bodies are sealed: they may hold the values of secrets.
#pragma once

#include "journal/table.h"
#include "requests/state.h"
#include "seal/sealer.h"

namespace sky::requests {

// `sealer` must outlive the table.
auto request_codec(const seal::Sealer& sealer) -> journal::Codec<RequestRecord>;

}  // namespace sky::requests
