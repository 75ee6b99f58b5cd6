#include "net/socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "os/temp_dir.h"

namespace sky::net {
namespace {

using async::AsioLoop;
using async::Task;

class SocketTest : public testing::Test {
 protected:
  auto soon() const -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(30)); }
  AsioLoop loop_;
};

// Connects, sends a word through, and returns it with the peer's name.
auto talk(AsioLoop* loop, Listener* listener, Deadline deadline) -> Task<Result<std::string>> {
  SKY_CO_TRY(const auto client, co_await connect(*loop, listener->endpoint(), deadline));
  SKY_CO_TRY(const auto server, co_await listener->accept());
  SKY_CO_CHECK(co_await client->write_all("word"));
  client->close_write();
  std::string buffer(16, '\0');
  SKY_CO_TRY(const size_t count, co_await server->read_some(buffer));
  SKY_CO_TRY(const size_t end, co_await server->read_some(buffer));
  SKY_ASSERT(end == 0 && server->peer_closed());
  co_return buffer.substr(0, count) + " from " + server->peer();
}

TEST_F(SocketTest, Tcp_CarriesBytesBothFamilies) {
  auto listener = listen_tcp(loop_, "127.0.0.1", 0);
  ASSERT_TRUE(listener.ok());
  EXPECT_NE((*listener)->endpoint().port, 0);
  EXPECT_TRUE(loop_.run_until_done(talk(&loop_, listener->get(), soon()))->starts_with("word from 127.0.0.1:"));
  auto v6 = listen_tcp(loop_, "::1", 0);
  if (!v6.ok()) GTEST_SKIP() << "no IPv6 here";
  EXPECT_TRUE(loop_.run_until_done(talk(&loop_, v6->get(), soon()))->starts_with("word from [::1]:"));
}

TEST_F(SocketTest, PortInUse_IsAlreadyExists) {
  auto first = listen_tcp(loop_, "127.0.0.1", 0);
  const std::uint16_t port = (*first)->endpoint().port;
  const auto second = listen_tcp(loop_, "127.0.0.1", port);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(second.error().message, fmt::format("cannot listen on 127.0.0.1:{}: Address already in use", port));
  EXPECT_NE(second.error().hint.find("ss -ltnp"), std::string::npos);
  EXPECT_EQ(listen_tcp(loop_, "no.address", 0).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(SocketTest, NobodyThere_IsUnavailable) {
  const Endpoint gone = listen_tcp(loop_, "127.0.0.1", 0).value()->endpoint();
  const auto refused = loop_.run_until_done(connect(loop_, gone, soon()));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  const auto named = loop_.run_until_done(connect_tcp(loop_, "localhost", gone.port, soon()));
  EXPECT_EQ(named.error().message, fmt::format("cannot connect to localhost:{}: Connection refused", gone.port));
  const auto missing = loop_.run_until_done(connect_unix(loop_, "/no/such/socket", soon()));
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST_F(SocketTest, UnixPathLongerThanAnAddress_Works) {
  const auto dir = os::TempDir::make();
  const std::string deep = dir->path() + "/" + std::string(100, 'd') + "/" + std::string(100, 'e');
  ASSERT_TRUE(os::make_dirs(deep).ok());
  auto listener = listen_unix(loop_, deep + "/socket");
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  EXPECT_EQ(os::stat_file(deep + "/socket")->mode, 0600U);
  EXPECT_EQ(loop_.run_until_done(talk(&loop_, listener->get(), soon())).value(), "word from unix");
  listener->reset();
  EXPECT_FALSE(os::file_exists(deep + "/socket"));
  EXPECT_EQ(listen_unix(loop_, deep + "/" + std::string(110, 's')).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(SocketTest, StaleUnixSocket_IsReplacedAndALiveOneIsNot) {
  const auto dir = os::TempDir::make();
  const std::string path = dir->file("socket");
  {
    const os::UniqueFd raw(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(bind(raw.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  auto listener = listen_unix(loop_, path);
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  EXPECT_EQ(listen_unix(loop_, path).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(os::append_file(dir->file("file"), "precious").ok());
  EXPECT_EQ(listen_unix(loop_, dir->file("file")).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(os::read_file(dir->file("file")).value(), "precious");
}

auto accept_once(Listener* listener) -> Task<Result<>> {
  const auto accepted = co_await listener->accept();
  if (!accepted.ok()) co_return accepted.error();
  co_return Result<>();
}

auto keep_result(Task<Result<>> task, std::optional<Result<>>* slot) -> Task<> {
  slot->emplace(co_await std::move(task));
}

auto close_under_accept(Listener* listener) -> Task<Result<>> {
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup group(scope);
  std::optional<Result<>> slot;
  group.spawn("accept", keep_result(accept_once(listener), &slot));
  SKY_CO_CHECK(co_await async::yield_turn());
  SKY_CO_CHECK(co_await async::yield_turn());
  listener->close();
  co_await group.join();
  co_return *slot;
}

TEST_F(SocketTest, CloseUnderAccept_EndsIt) {
  auto listener = listen_tcp(loop_, "127.0.0.1", 0);
  EXPECT_EQ(loop_.run_until_done(close_under_accept(listener->get())).error().code, ErrorCode::kUnavailable);
}

TEST_F(SocketTest, PassedDeadline_EndsConnecting) {
  auto listener = listen_tcp(loop_, "127.0.0.1", 0);
  const Deadline passed = Deadline::after(MonoTime{}, Duration::zero());
  // A port of the discard prefix 100::/64 (RFC 6666) never answers; where it is unreachable that is said at once.
  const auto result = loop_.run_until_done(connect_tcp(loop_, "100::1", 9, passed));
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().code == ErrorCode::kDeadlineExceeded || result.error().code == ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sky::net
