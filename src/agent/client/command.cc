#include "agent/client/command.h"

#include "async/group.h"
#include "async/sync.h"
#include "base/strings.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr std::string_view kErrorMark = "Error: ";

auto read_output(async::ByteStream* stream) -> Task<Result<std::string>> {
  std::string output;
  std::string buffer(size_t{16} << 10U, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return output;
    output.append(buffer, 0, count);
    if (output.size() > kCommandOutputMaxBytes) {
      co_return make_error(ErrorCode::kDataCorrupt,
                           fmt::format("expected at most {} bytes of output, found more", kCommandOutputMaxBytes));
    }
  }
}

auto run_to_end(infra::Infra* infra, infra::ClusterRef cluster, int node, std::vector<std::string> argv,
                std::string input, Deadline deadline) -> Task<Result<std::string>> {
  SKY_CO_TRY(const auto process, co_await infra->run(cluster, node, argv, deadline));
  // A program that ends without reading says why on its own.
  if (!input.empty()) static_cast<void>(co_await process->stream().write_all(input));
  process->stream().close_write();
  SKY_CO_TRY(std::string output, co_await read_output(&process->stream()));
  SKY_CO_TRY(const int exit_code, co_await process->wait());
  if (exit_code == 0) co_return std::move(output);
  co_return command_error(cluster, node, argv, exit_code, process->error_tail());
}

auto with_permit(async::Semaphore* places, Task<Result<>> work) -> Task<Result<int>> {
  SKY_CO_TRY(const auto permit, co_await places->acquire());
  SKY_CO_CHECK(co_await std::move(work));
  co_return 0;
}

}  // namespace

auto reason_in(std::string_view error_tail) -> Reason {
  Reason reason;
  bool after_error = false;
  for (const std::string_view line : split(trim(error_tail), '\n')) {
    if (line.starts_with(kErrorMark)) {
      reason = {.message = std::string(trim(line.substr(kErrorMark.size()))), .hint = {}};
      after_error = true;
    } else if (after_error) {
      if (reason.hint.empty()) reason.hint = trim(line);
    } else {
      reason.message = trim(line);
    }
  }
  return reason;
}

auto command_error(const infra::ClusterRef& cluster, int node, const std::vector<std::string>& argv, int exit_code,
                   const std::string& error_tail) -> Error {
  const std::string name = argv.size() > 1 && !argv[1].starts_with("-") ? argv[0] + " " + argv[1] : argv[0];
  std::string message =
      fmt::format("`{}` failed on node {} of cluster '{}' with exit code {}", name, node, cluster.cluster, exit_code);
  Reason reason = reason_in(error_tail);
  if (!reason.message.empty()) message += ": " + reason.message;
  return make_error(ErrorCode::kCommandFailed, std::move(message), std::move(reason.hint));
}

auto run_command(infra::Infra& infra, infra::ClusterRef cluster, int node, std::vector<std::string> argv,
                 Deadline deadline, std::string input) -> Task<Result<std::string>> {
  std::string what = fmt::format("`{}` on node {} of cluster '{}'", argv.front(), node, cluster.cluster);
  return async::with_deadline(
      deadline, std::move(what),
      run_to_end(&infra, std::move(cluster), node, std::move(argv), std::move(input), deadline));
}

auto for_all_nodes(infra::ClusterRef cluster, std::function<Task<Result<>>(infra::NodeRecord)> work) -> Task<Result<>> {
  async::Semaphore places(kNodesAtOnceMax);
  std::vector<Task<Result<int>>> tasks;
  for (const infra::NodeRecord& node : cluster.nodes) tasks.push_back(with_permit(&places, work(node)));
  std::vector<Result<int>> results = co_await async::all(std::move(tasks));
  for (Result<int>& result : results) {
    if (!result.ok()) co_return std::move(result).error();
  }
  co_return Result<>();
}

}  // namespace sky::agent
