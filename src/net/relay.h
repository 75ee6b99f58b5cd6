// Two streams made into one: what one end says, the other hears.
#pragma once

#include "async/stream.h"

namespace sky::net {

// Until either stream has ended or broken; what had come from the one that ended was written before. Closes neither.
auto relay(async::ByteStream* a, async::ByteStream* b) -> async::Task<Result<>>;

}  // namespace sky::net
