# shellcheck shell=bash
# Shared by ./quickstart, ./test, .ci/run and tools/*.sh. Sourced with the repository root as working directory.

# One line about what is being done now.
say() { printf '==> %s\n' "$*"; }

# What went wrong and what to do, then the end.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The revision that changes are counted from: the main branch where there is one, else the last 20 commits.
base_revision() {
  git merge-base HEAD origin/main 2>/dev/null ||
    git rev-parse --verify -q HEAD~20 ||
    git rev-list --max-parents=0 HEAD | tail -n 1
}

# Copies ninja's output to file $1 and shows a line every tenth of the way.
show_progress() {
  local log=$1 line at total tenth shown=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    at=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
    tenth=$((at * 10 / total))
    if ((tenth > shown)); then
      shown=$tenth
      printf '    %3d%%  %s of %s steps, %s s\n' $((tenth * 10)) "$at" "$total" "$SECONDS"
    fi
  done
}

# Configures and builds one CMake preset; the full output goes to build/<preset>.log. On failure shows the compiler's
# words and returns 1.
build_preset() {
  local preset=$1 log=build/$1.log
  mkdir -p build
  say "configuring build/$preset"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    tail -n 30 "$log"
    printf 'error: CMake could not configure preset %s; its output is in %s\n' "$preset" "$log" >&2
    return 1
  fi
  say "building build/$preset (output: $log)"
  if ! NINJA_STATUS='[%f/%t] ' cmake --build --preset "$preset" 2>&1 | show_progress "$log"; then
    grep -m 1 -A 40 '^FAILED' "$log" || tail -n 40 "$log"
    printf 'error: the build of preset %s failed; its output is in %s\n' "$preset" "$log" >&2
    return 1
  fi
}
