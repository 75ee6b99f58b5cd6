// A stand-in for sky-server in the tests of this folder: same lock, same server.json, same health route, and one launch
// that dies after its first bytes.
//   FAKE_STATE_DIR   where lock and server.json lie
//   FAKE_MODE        "" | "refuse" (ends at once with a reason)
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "api/dialect.h"
#include "api/native_stream.h"
#include "api/results.h"
#include "async/asio_loop.h"
#include "base/strings.h"
#include "net/http_server.h"
#include "os/file.h"
#include "os/lock.h"

namespace sky {
namespace {

auto headers(std::string_view type) -> net::Headers {
  return {{std::string(api::kHeaderApiVersion), "62"}, {"Content-Type", std::string(type)}};
}

auto serve(net::Exchange* exchange) -> async::Task<> {
  const std::string path = exchange->request().path;
  std::string bytes;
  if (path == "/api/health") {
    const api::HealthInfo health{.api_version = "62", .version = "fake", .pid = ::getpid()};
    bytes = to_json_text(api::encode(health, api::kNativeDialect));
    (void)co_await exchange->respond(200, headers("application/json"), bytes);
  } else if (path == "/launch") {
    (void)co_await exchange->read_body(1U << 20U);
    api::append_request(bytes, "5c4bb8fe-9a0a-4a6e-8d2c-2f2a5c3f7a10");
    api::append_record(bytes, api::StreamRecordType::kOutput, "before ");
    (void)co_await exchange->start_stream(200, headers(api::kNativeStreamContentType));
    (void)co_await exchange->write_chunk(bytes);
    ::_exit(9);
  } else if (path == "/sky/v1/follow") {
    const std::string offset(exchange->request().query_value("output_offset").value_or(""));
    api::append_record(bytes, api::StreamRecordType::kOutput, "after " + offset);
    api::append_end(bytes, {.exit_code = 0});
    (void)co_await exchange->start_stream(200, headers(api::kNativeStreamContentType));
    (void)co_await exchange->write_chunk(bytes);
    (void)co_await exchange->finish();
  } else {
    (void)co_await exchange->respond(404, headers("application/json"), net::error_body("Not Found"));
  }
}

auto fail(const Error& error) -> int {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

auto run(const std::string& state_dir, std::uint16_t port) -> int {
  async::AsioLoop loop;
  auto lock = os::FileLock::acquire(state_dir + "/lock", {{"pid", std::to_string(::getpid())}});
  if (!lock.ok()) return fail(lock.error());
  auto listener = net::listen_tcp(loop, "127.0.0.1", port);
  if (!listener.ok()) return fail(listener.error());
  net::HttpServer server(loop, std::move(listener).value(), [](net::Exchange& exchange) { return serve(&exchange); });
  server.start();
  const JsonObject info{{"pid", ::getpid()}, {"port", port}, {"start_time", 1.5}};
  const auto announced = os::write_file_atomic(state_dir + "/server.json", to_json_text(info));
  if (!announced.ok()) return fail(announced.error());
  loop.watch_signals([&](int) {
    (void)os::remove_file(state_dir + "/server.json");
    ::_exit(0);
  });
  loop.run();
  return 0;
}

}  // namespace
}  // namespace sky

auto main() -> int {
  const char* mode = std::getenv("FAKE_MODE");
  if (mode != nullptr && std::string_view(mode) == "refuse") {
    std::fputs("earlier line\nthe disk is on fire\n", stderr);
    return 1;
  }
  const auto port = sky::parse_int(std::getenv("SKYPILOT_API_SERVER_LOCAL_PORT"));
  return sky::run(std::getenv("FAKE_STATE_DIR"), static_cast<std::uint16_t>(port.value_or(0)));
}
