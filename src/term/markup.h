// The style tags in progress messages of API servers: `[bold cyan]Launching[/]  [dim]View logs: …[/dim]`. They come
// from the rich library, with which the original's client shows them; ours must understand them, whoever the server is.
#pragma once

#include <string>
#include <string_view>

#include "term/style.h"

namespace sky::term {

// Tags become colours, or vanish when colours are off. What is no tag of known styles (`1x[H100:8]`, `[spot]`) stays,
// and
// `\[` is a plain bracket. A closing tag without an open one vanishes; what is open at the end is closed.
auto render_markup(std::string_view text, const Paint& paint) -> std::string;

}  // namespace sky::term
