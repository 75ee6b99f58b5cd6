#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"
#include "cli/task_input.h"
#include "cli/upload.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--cluster, -c",
     .type = ValueType::kText,
     .help = "The cluster to run on. Use the argument instead.",
     .hidden = true,
     .completion = Completion::kCluster},
    {.names = "--detach-run, -d",
     .help = "If True, as soon as a job is submitted, return from this call and do not stream execution logs."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kNameOption, kTaskOptions, kAsyncOption, kGitOptions);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .completion = Completion::kCluster},
    {.name = "entrypoint", .arity = Arity::kAny, .completion = Completion::kFile},
});

// The words of the task: with the hidden -c the first argument is one of them too.
struct Target {
  std::string cluster;
  std::vector<std::string> entrypoint;
};

auto target_of(const Invocation& invocation) -> Target {
  Target target{.cluster = invocation.argument("cluster").value_or(""),
                .entrypoint = invocation.arguments("entrypoint")};
  if (const auto option = invocation.text("cluster")) {
    if (!target.cluster.empty()) target.entrypoint.insert(target.entrypoint.begin(), target.cluster);
    target.cluster = *option;
  }
  return target;
}

auto exec(Session& session, const Target& target) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const Task task, load_task(session, target.entrypoint, TaskUse::kExec));
  given.print(
      fmt::format("{}{}", given.out_paint()(term::Style::kCyan, "Submitting job to cluster: "), target.cluster));
  auto body = session.body<api::ExecBody>();
  SKY_TRY(SentTask sent, send_task(session, task, TaskUse::kExec));
  body.task = std::move(sent.text);
  body.file_mounts_blob_id = std::move(sent.upload_id);
  body.cluster_name = target.cluster;
  body.detach_run = given.flag("detach-run");
  if (given.flag("async")) {
    SKY_TRY(const std::string id, session.wait(session.calls().submit("/exec", std::move(body))));
    return print_submitted(session, "sky.exec", id);
  }
  Printer printer(session, JobEnd::kShown);
  SKY_TRY(const client::End end, wait_stream(session, printer, session.calls().exec(std::move(body), &printer)));
  return end.exit_code;
}

auto run_exec(Invocation& invocation) -> int {
  const Target target = target_of(invocation);
  if (target.cluster.empty()) {
    return invocation.fail_usage("Missing argument '[CLUSTER]' and '[ENTRYPOINT]...'");
  }
  if (target.entrypoint.empty()) return invocation.fail_usage("Missing argument '[ENTRYPOINT]...'");
  return with_session(invocation, [&](Session& session) { return exec(session, target); });
}

}  // namespace

constinit const Command kExecCommand = {
    .name = "exec", .page = pages::exec, .options = kOptions, .arguments = kArguments, .run = run_exec};

}  // namespace sky::cli
