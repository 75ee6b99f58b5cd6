#include "journal/testing/memory_store.h"

#include "journal/testing/store_contract.h"

namespace sky::journal {
namespace {

auto fresh_disk() -> StoreOpener {
  return [disk = std::make_shared<MemoryDisk>()] { return std::make_unique<MemoryStore>(disk); };
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(StoreFactory(fresh_disk)));

}  // namespace
}  // namespace sky::journal
