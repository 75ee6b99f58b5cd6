// The scripts of the three shells, and their installation for one user.
#include <fmt/format.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/complete.h"
#include "cli/invocation.h"

namespace sky::cli {
namespace {

// A word `--option=value` counts as one here; bash has cut it at the equals sign, the others have not.
constexpr std::string_view kBashScript = R"sh(# Completion of sky for bash 4 and later.
_sky_completion() {
    local IFS=$'\n' line current="${COMP_WORDS[COMP_CWORD]}"
    if [[ $current == "=" ]]; then current=""; fi
    COMPREPLY=()
    while read -r line; do
        case "$line" in
            :file) COMPREPLY+=($(compgen -f -- "$current")); compopt -o filenames ;;
            :dir) COMPREPLY+=($(compgen -d -- "$current")); compopt -o filenames ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done < <("$1" __complete --shell bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _sky_completion sky
)sh";

constexpr std::string_view kZshScript = R"sh(#compdef sky
# Completion of sky for zsh.
_sky() {
    local line
    local -a candidates lines
    lines=("${(@f)$(sky __complete --shell zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ $words[CURRENT] == --*=* ]]; then compset -P 1 '*='; fi
    for line in "${lines[@]}"; do
        case "$line" in
            :file) _files ;;
            :dir) _files -/ ;;
            ?*) candidates+=("$line") ;;
        esac
    done
    if (( ${#candidates} )); then _describe -V sky candidates; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _sky "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _sky sky
fi
)sh";

constexpr std::string_view kFishScript = R"sh(# Completion of sky for fish.
function __sky_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l option (string match -r '^--[^=]*=' -- $words[-1])
    set -l value (string replace -r '^--[^=]*=' '' -- $words[-1])
    for line in (sky __complete --shell fish -- $words[2..-1] 2>/dev/null)
        switch $line
            case :file
                printf '%s\n' "$option"(__fish_complete_path $value)
            case :dir
                printf '%s\n' "$option"(__fish_complete_directories $value)
            case '*'
                printf '%s\n' "$option$line"
        end
    end
end
complete --no-files --command sky --arguments '(__sky_complete)'
)sh";

constexpr std::string_view kRcComment = "# For SkyPilot shell completion";

// Where one shell's script and its line live. Paths are absolute.
struct Places {
  Shell shell = Shell::kBash;
  std::string script_path;
  std::string rc_path;      // empty: the shell finds the script by itself
  std::string source_line;  // in the rc file
  std::string reload_command;
};

auto places_of(std::string_view shell, const std::string& home) -> std::optional<Places> {
  if (shell == "fish") return Places{.shell = Shell::kFish, .script_path = home + "/.config/fish/completions/sky.fish"};
  if (shell != "bash" && shell != "zsh") return std::nullopt;
  return Places{.shell = shell == "bash" ? Shell::kBash : Shell::kZsh,
                .script_path = fmt::format("{}/.sky/.sky-complete.{}", home, shell),
                .rc_path = fmt::format("{}/.{}rc", home, shell),
                .source_line = fmt::format(". ~/.sky/.sky-complete.{}", shell),
                .reload_command = fmt::format("source ~/.{}rc", shell)};
}

// The shell in $SHELL for `auto`, else the name itself.
auto resolve_shell(const Invocation& invocation, std::string_view name) -> std::optional<std::string> {
  if (name != "auto") return std::string(name);
  const auto path = invocation.env().variable("SHELL");
  if (!path || path->empty()) return std::nullopt;
  return path->substr(path->rfind('/') + 1);
}

auto find_places(const Invocation& invocation, std::string_view shell_name) -> Result<Places> {
  const auto shell = resolve_shell(invocation, shell_name);
  if (!shell) {
    return make_error(ErrorCode::kInvalidArgument, "Cannot auto-detect shell. Please specify shell explicitly.");
  }
  const auto home = invocation.env().variable("HOME");
  if (!home || home->empty()) return make_error(ErrorCode::kInvalidArgument, "HOME is not set.");
  auto places = places_of(*shell, *home);
  if (!places) return make_error(ErrorCode::kInvalidArgument, fmt::format("Unsupported shell: {}", *shell));
  return *std::move(places);
}

// A file that is not there yet is empty.
auto read_or_empty(const CliEnvironment& env, const std::string& path) -> Result<std::string> {
  auto text = env.read_file(path);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::string();
  return text;
}

auto install(CliEnvironment& env, const Places& places) -> Result<> {
  SKY_CHECK(env.write_file(places.script_path, completion_script(places.shell)));
  if (places.rc_path.empty()) return {};
  SKY_TRY(const std::string rc, read_or_empty(env, places.rc_path));
  if (rc.find(places.source_line) != std::string::npos) return {};
  return env.write_file(places.rc_path, fmt::format("{}\n{}\n{}\n", rc, kRcComment, places.source_line));
}

auto uninstall(CliEnvironment& env, const Places& places) -> Result<> {
  SKY_CHECK(env.remove_file(places.script_path));
  if (places.rc_path.empty()) return {};
  SKY_TRY(const std::string rc, read_or_empty(env, places.rc_path));
  const std::string own = fmt::format("{}\n{}\n", kRcComment, places.source_line);
  const std::string rest = replace_all(replace_all(rc, "\n" + own, ""), own, "");
  return rest == rc ? Result<>() : env.write_file(places.rc_path, rest);
}

auto report(const Invocation& invocation, const Places& places, std::string_view done, std::string_view effect) -> int {
  const term::Paint paint = invocation.out_paint();
  const std::string_view name = places.shell == Shell::kBash ? "bash" : places.shell == Shell::kZsh ? "zsh" : "fish";
  invocation.print(paint(term::Style::kGreen, fmt::format("Shell completion {} for {}", done, name)));
  if (!places.reload_command.empty()) {
    invocation.print(fmt::format("{} will take effect once you restart the terminal: {}", effect,
                                 paint(term::Style::kBold, places.reload_command)));
  }
  return kExitSucceeded;
}

}  // namespace

auto completion_script(Shell shell) -> std::string_view {
  switch (shell) {
    case Shell::kBash:
      return kBashScript;
    case Shell::kZsh:
      return kZshScript;
    case Shell::kFish:
      return kFishScript;
  }
  return {};
}

auto install_completion(const Invocation& invocation, std::string_view shell_name) -> int {
  const auto places = find_places(invocation, shell_name);
  if (!places.ok()) return invocation.fail(places.error());
  if (const auto done = install(invocation.env(), *places); !done.ok()) return invocation.fail(done.error());
  return report(invocation, *places, "installed", "Completion");
}

auto uninstall_completion(const Invocation& invocation, std::string_view shell_name) -> int {
  const auto places = find_places(invocation, shell_name);
  if (!places.ok()) return invocation.fail(places.error());
  if (const auto done = uninstall(invocation.env(), *places); !done.ok()) return invocation.fail(done.error());
  return report(invocation, *places, "uninstalled", "Changes");
}

}  // namespace sky::cli
