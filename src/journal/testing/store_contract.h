// What every Store must do. A store's own test instantiates it:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(StoreFactory{…}));
#pragma once

#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "journal/store.h"

namespace sky::journal {

// Each call opens another store on the same durable state; a new factory starts from nothing.
using StoreOpener = std::function<std::unique_ptr<Store>()>;
using StoreFactory = std::function<StoreOpener()>;

class StoreContract : public testing::TestWithParam<StoreFactory> {};

}  // namespace sky::journal
