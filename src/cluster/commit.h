// The one way a cluster's record changes in the journal: the update's own check and application, its history row, and
// its event, in one change.
#pragma once

#include "cluster/tables.h"
#include "cluster/update.h"
#include "journal/journal.h"

namespace sky::cluster {

// `hash`: the incarnation that is meant; "" = whichever there is (for WantUp, also none). kClusterNotFound when it is
// another one. Other errors: the update's refusal, the journal's.
auto commit_update(journal::Journal& journal, Tables& tables, ClusterName name, std::string hash, Update update,
                   journal::Urgency urgency = journal::Urgency::kNormal) -> async::Task<Result<>>;

}  // namespace sky::cluster
