#!/usr/bin/env bash
# Runs clang-tidy-19 with the checks of .clang-tidy: tools/tidy.sh [--all | --since REVISION] [--seconds N]
#
# Looks at the .cc files that changed since the main branch (or REVISION), and at those that sit beside a changed header.
# Files not reached in N seconds (600) are counted and left out. Needs a configured and built build/dev.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source tools/common.sh

all=0 seconds=600 since=
while (($# > 0)); do
  case $1 in
    --all) all=1 ;;
    --since) since=${2:?--since needs a revision} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    *) die "usage: tools/tidy.sh [--all | --since REVISION] [--seconds N]" ;;
  esac
  shift
done
[[ -e build/dev/compile_commands.json ]] || die "build/dev is not configured; run: cmake --preset dev"

if ((all)); then
  mapfile -t files < <(git ls-files -- 'src/*.cc')
else
  mapfile -t files < <(git diff --name-only --diff-filter=d "${since:-$(base_revision)}" -- 'src/*.cc' 'src/*.h' |
    sed 's/\.h$/.cc/' | sort -u | while read -r file; do if [[ -e $file ]]; then echo "$file"; fi; done)
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Leaves <file>.ok or <file>.bad in $results, or nothing when the time is over.
check_file() {
  local file=$1 left=$((deadline - EPOCHSECONDS)) report=$results/${1//\//_} code=0
  ((left > 0)) || return 0
  timeout "$left" clang-tidy-19 -p build/dev --quiet "$file" >"$report" 2>&1 || code=$?
  case $code in
    0) mv "$report" "$report.ok" ;;
    124) rm "$report" ;;
    *) mv "$report" "$report.bad" ;;
  esac
}
export -f check_file
export results deadline=$((EPOCHSECONDS + seconds))
# shellcheck disable=SC2016 # "$1" is for the inner shell
((${#files[@]} == 0)) || printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'check_file "$1"' _ {}

bad=$(find "$results" -name '*.bad' | wc -l)
clean=$(find "$results" -name '*.ok' | wc -l)
find "$results" -name '*.bad' -exec grep -hEv '^[0-9]+ warnings? (and|generated|treated)|^Suppressed|^Use -header-filter' {} +
((bad + clean == ${#files[@]})) || echo "$((${#files[@]} - bad - clean)) of ${#files[@]} files were not reached in $seconds s"
echo "$clean files clean, $bad with findings"
((bad == 0))
