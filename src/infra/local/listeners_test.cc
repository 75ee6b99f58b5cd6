#include "infra/local/listeners.h"

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

TEST(Listeners, ProcNetTcp_GivesListeningAddressesOnly) {
  const auto found = parse_listening_addresses(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:B5F4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1\n"
      "   2: 0302417F:1234 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1\n"
      "   3: 0502417F:1234 0100007F:B5F4 01 00000000:00000000 00:00000000 00000000     0        0 4 1\n"
      "   4: garbage\n");
  EXPECT_EQ(found, (std::set<std::string>{"127.0.0.1", "127.65.2.3"}));
}

}  // namespace
}  // namespace sky::infra
