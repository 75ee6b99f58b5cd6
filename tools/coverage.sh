#!/usr/bin/env bash
# Builds the coverage preset, runs the unit tests and shows line coverage per folder: tools/coverage.sh
# The page per source line is build/coverage/html/index.html.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source tools/common.sh

tools/bootstrap.sh test
build_preset coverage
profiles=$PWD/build/coverage/profiles
rm -rf "$profiles"
say "unit tests"
LLVM_PROFILE_FILE="$profiles/%p-%m.profraw" ctest --test-dir build/coverage -j "$(nproc)" --output-on-failure

say "coverage"
llvm-profdata-19 merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata"
binaries=()
for binary in build/coverage/tests/*_test; do binaries+=(-object "$binary"); done
report=("${binaries[@]}" -instr-profile "$profiles/all.profdata" -ignore-filename-regex '_test\.cc$|/testing/|^/usr/')
llvm-cov-19 show "${report[@]}" -format html -output-dir build/coverage/html >/dev/null
llvm-cov-19 export "${report[@]}" -summary-only | python3 -c '
import collections, json, sys
folders = collections.defaultdict(lambda: [0, 0])
for file in json.load(sys.stdin)["data"][0]["files"]:
    lines = file["summary"]["lines"]
    folder = file["filename"].rpartition("/src/")[2].rpartition("/")[0]
    folders[folder][0] += lines["covered"]
    folders[folder][1] += lines["count"]
for folder, (covered, count) in sorted(folders.items()):
    print(f"{100 * covered / max(count, 1):6.1f} %  {covered:6d} of {count:6d}  {folder}")
'
