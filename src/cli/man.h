// The man page sky(1), made from the command table: one page for the program and all shown commands.
#pragma once

#include <string>

#include "cli/command.h"

namespace sky::cli {

// roff with the man macros.
auto render_man_page(const Command& root) -> std::string;

// Handler of `sky __man`.
auto run_man(Invocation& invocation) -> int;

}  // namespace sky::cli
