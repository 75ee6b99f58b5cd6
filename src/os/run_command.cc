#include <csignal>

#include <fmt/format.h>

#include "async/group.h"
#include "os/process.h"

namespace sky::os {
namespace {

constexpr size_t kReadStepBytes = 16U << 10U;

auto feed(async::ByteStream* stream, std::string input) -> async::Task<Result<size_t>> {
  const Result<> written = co_await stream->write_all(input);
  stream->close_write();
  // A command may end without reading all of its input: `head -1` is no failure.
  if (!written.ok() && written.error().code != ErrorCode::kUnavailable) co_return written.error();
  co_return input.size();
}

auto drain(async::ByteStream* stream, std::string* into) -> async::Task<Result<size_t>> {
  for (;;) {
    const size_t old_size = into->size();
    into->resize(old_size + kReadStepBytes);
    const Result<size_t> count = co_await stream->read_some({into->data() + old_size, kReadStepBytes});
    into->resize(old_size + (count.ok() ? *count : 0));
    if (!count.ok()) co_return count.error();
    if (*count == 0) co_return into->size();
    if (into->size() > kOutputMaxBytes) {
      co_return make_error(ErrorCode::kIo, fmt::format("it wrote more than {} bytes", kOutputMaxBytes));
    }
  }
}

auto cancel_on_error(async::Task<Result<size_t>> task, async::CancelScope* scope) -> async::Task<Result<size_t>> {
  Result<size_t> result = co_await std::move(task);
  if (!result.ok()) scope->cancel(result.error());
  co_return result;
}

auto talk(Child* child, std::string input, CommandOutput* output) -> async::Task<Result<>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope inner(outer);
  std::vector<async::Task<Result<size_t>>> tasks;
  tasks.push_back(cancel_on_error(feed(&child->stream(), std::move(input)), &inner));
  tasks.push_back(cancel_on_error(drain(&child->stream(), &output->out), &inner));
  tasks.push_back(cancel_on_error(drain(&child->stderr_stream(), &output->err), &inner));
  co_await async::all(std::move(tasks)).in(inner);
  if (inner.cancelled()) co_return inner.reason();
  SKY_CO_TRY(output->status, co_await child->wait());
  co_return Result<>();
}

}  // namespace

auto run_command(async::IoLoop& loop, SpawnOptions options, std::string input, Deadline deadline)
    -> async::Task<Result<CommandOutput>> {
  const std::string name = options.argv.empty() ? std::string() : options.argv[0];
  options.in = Stdio::pipe();
  options.out = Stdio::pipe();
  options.err = Stdio::pipe();
  if (options.group == ProcessGroup::kSame) options.group = ProcessGroup::kNewGroup;
  SKY_CO_TRY(const auto child, spawn(loop, std::move(options)));
  CommandOutput output;
  async::Task<Result<>> talking = talk(child.get(), std::move(input), &output);
  Result<> done = co_await async::with_deadline(deadline, fmt::format("'{}'", name), std::move(talking));
  if (done.ok()) co_return output;
  static_cast<void>(child->signal_group(SIGKILL));
  if (done.error().code == ErrorCode::kIo) co_return std::move(done.error()).with_context(fmt::format("'{}'", name));
  co_return done.error();
}

}  // namespace sky::os
