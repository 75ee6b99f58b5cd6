#!/usr/bin/env bash
# The long run, for a night or before a release: tools/long_run.sh [SECONDS_PER_FUZZ_TARGET]
#
# Everything of .ci/run without its time limits, the tests under ThreadSanitizer, and each fuzz target for a while (60 s)
# from its seeds; an input that breaks one is left in build/fuzz/found. The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source tools/common.sh

fuzz_s=${1:-60}
passed=0 failed=0
step() {
  local what=$1
  shift
  say "$what"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    say "FAILED: $what"
  fi
}

tsan() { build_preset tsan && ctest --preset tsan -j "$(nproc)"; }

# Seeds of src/x/y_fuzz.cc, built as x_y_fuzz, lie in src/x/testdata/fuzz_y/, or in src/x/seeds/ if x has one target.
shopt -s globstar nullglob
fuzz() {
  local name=${1##*/} folder target inputs=("build/fuzz/corpus/${1##*/}")
  mkdir -p "${inputs[0]}" build/fuzz/found
  for folder in src/**/testdata/fuzz_* src/**/seeds; do
    target=${folder#src/}
    target=${target/\/testdata\/fuzz_/_}
    target=${target/%\/seeds/_*}
    # shellcheck disable=SC2053 # the right side is a pattern
    [[ $name != ${target//\//_}_fuzz ]] || inputs+=("$folder")
  done
  "$1" -max_total_time="$fuzz_s" -artifact_prefix="build/fuzz/found/$name-" "${inputs[@]}" 2>&1 | tail -n 3
}

tools/bootstrap.sh test
step "the tests and checks of every change" .ci/run
step "all headers" tools/check_headers.py
step "clang-tidy on every file" tools/tidy.sh --all --seconds 7200
step "the tests under ThreadSanitizer" tsan
fault_rounds() { SKY_BIN_DIR=$PWD/build/dev/bin SKY_FAULT_ROUNDS=200 tini -s -- python3 tests/system/run.py test_ssh_faults.Rounds; }
step "200 rounds of kills on hosts behind ssh" fault_rounds
step "building the fuzz targets" build_preset fuzz
for target in build/fuzz/fuzz/*; do
  [[ -x $target ]] && step "fuzzing ${target##*/} for $fuzz_s s" fuzz "$target"
done

echo "$passed passed, $failed failed"
((failed == 0))
