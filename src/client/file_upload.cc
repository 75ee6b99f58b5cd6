#include "client/file_upload.h"

#include <fmt/format.h>

#include "api/routes.h"
#include "async/run_on.h"
#include "base/strings.h"
#include "files/sync.h"
#include "files/walk.h"

namespace sky::client {
namespace {

constexpr Duration kOpenLimit = std::chrono::seconds(30);
constexpr int kAttemptCountMax = 8;

auto name_of(std::string_view source) -> std::string {
  return fmt::format("{:016x}", fnv1a(source));
}

auto send_once(Transport* transport, const FileUpload* upload, std::string source) -> async::Task<Result<>> {
  SKY_CO_TRY(files::WalkResult found,
             co_await async::run_on([source] { return files::walk(source, files::Ignoring::kIgnoreFiles); }));
  for (const std::string& note : found.notes) upload->on_note(note);
  api::Query query{{"user_hash", upload->user_id}, {"upload_id", upload->upload_id}, {"name", name_of(source)}};
  SKY_CO_TRY(auto socket, co_await transport->open_websocket(std::string(api::kFilesPath), std::move(query),
                                                             Deadline::after(transport->loop().now(), kOpenLimit)));
  net::WebSocket* const raw = socket.get();
  const auto stream = net::websocket_stream(std::move(socket));
  files::Tree tree = files::tree_of(source, std::move(found.manifest));
  SKY_CO_TRY(const files::SendResult sent, co_await files::send_files(*stream, std::move(tree)));
  for (const std::string& note : sent.notes) upload->on_note(note);
  static_cast<void>(co_await raw->close(1000, ""));
  co_return Result<>();
}

auto send_source(Transport* transport, const FileUpload* upload, std::string source) -> async::Task<Result<>> {
  const MonoTime start = transport->loop().now();
  for (int attempt = 1;; ++attempt) {
    Result<> sent = co_await send_once(transport, upload, source);
    if (sent.ok() || sent.error().code != ErrorCode::kUnavailable || attempt == kAttemptCountMax) co_return sent;
    SKY_CO_CHECK(co_await transport->recover(attempt, start));
  }
}

}  // namespace

auto upload_id_of(std::string_view user_id, std::string_view host_name) -> std::string {
  return fmt::format("tree-{:016x}", fnv1a(fmt::format("{}@{}", user_id, host_name)));
}

auto upload_mapping(const std::vector<std::string>& sources) -> JsonObject {
  JsonObject mapping;
  for (const std::string& source : sources) mapping[source] = "/" + name_of(source);
  return mapping;
}

auto upload_files(Transport& transport, FileUpload upload) -> async::Task<Result<>> {
  for (const std::string& source : upload.sources) {
    Result<> sent = co_await send_source(&transport, &upload, source);
    if (!sent.ok()) co_return std::move(sent).error().with_context(fmt::format("cannot upload '{}'", source));
  }
  co_return Result<>();
}

}  // namespace sky::client
