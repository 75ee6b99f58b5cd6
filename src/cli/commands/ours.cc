// Commands that the original lacks. None is shown by `sky --help`: those with two underscores are for programs.
#include "cli/commands/commands.h"
#include "cli/complete.h"
#include "cli/man.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kSimulateOptions = std::to_array<Option>({
    {.names = "--seed",
     .type = ValueType::kInteger,
     .help = "Seed of the world. Default: a new one, which is printed."},
});

constexpr std::array kCompleteOptions = std::to_array<Option>({
    {.names = "--shell",
     .type = ValueType::kChoice,
     .help = "Shell that asks.",
     .fallback = "bash",
     .choices = "bash|zsh|fish"},
    {.names = "--script", .help = "Print the script that makes the shell ask."},
});

constexpr std::array kCompleteArguments = std::to_array<Argument>({
    {.name = "words", .arity = Arity::kAny},
});

}  // namespace

constinit const Command kSimulateCommand = {
    .name = "simulate", .page = pages::simulate, .options = kSimulateOptions, .hidden = true};

constinit const Command kCompleteCommand = {.name = "__complete",
                                            .page = pages::complete,
                                            .options = kCompleteOptions,
                                            .arguments = kCompleteArguments,
                                            .hidden = true,
                                            .run = run_complete};

constinit const Command kManCommand = {.name = "__man", .page = pages::man, .hidden = true, .run = run_man};

}  // namespace sky::cli
