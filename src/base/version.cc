#include "base/version.h"

#ifndef SKY_COMMIT
#define SKY_COMMIT "unknown"
#endif

namespace sky {

auto build_commit() -> std::string_view {
  return SKY_COMMIT;
}

}  // namespace sky
