// sky: argv and the real world; everything else is in cli/.
#include <csignal>

#include "base/log.h"
#include "cli/process_environment.h"
#include "cli/run.h"
#include "cli/session.h"

auto main(int argc, char** argv) -> int {
  // A server that goes away is an error of the call, not the end of this process.
  std::signal(SIGPIPE, SIG_IGN);
  sky::cli::install_abort_handler();
  sky::cli::ProcessEnvironment* self = nullptr;
  sky::cli::ProcessEnvironment env([&self](sky::cli::Completion kind, std::string_view prefix) {
    return sky::cli::names_from_server(*self, kind, prefix);
  });
  self = &env;
  const std::vector<std::string> args(argv + 1, argv + argc);
  return sky::cli::run_cli(args, env);
}
