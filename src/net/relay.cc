#include "net/relay.h"

#include "async/group.h"

namespace sky::net {
namespace {

constexpr size_t kPumpBytes = size_t{64} << 10U;

auto pump(async::ByteStream* from, async::ByteStream* to) -> async::Task<Result<>> {
  std::string buffer(kPumpBytes, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await from->read_some(buffer));
    if (count == 0) co_return Result<>();
    SKY_CO_CHECK(co_await to->write_all(std::string_view(buffer).substr(0, count)));
  }
}

}  // namespace

auto relay(async::ByteStream* a, async::ByteStream* b) -> async::Task<Result<>> {
  return async::race(pump(a, b), pump(b, a));
}

}  // namespace sky::net
