#!/usr/bin/env bash
# Checks that every C++ file under src, tests and bench is formatted as .clang-format says; `--fix` formats them.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source tools/common.sh

case ${1:-} in
  '') mode=(--dry-run -Werror) ;;
  --fix) mode=(-i) ;;
  *) die "usage: tools/check_format.sh [--fix]" ;;
esac
git ls-files -z -- 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.h' 'bench/*.cc' cmake/pch.h |
  xargs -0 -P "$(nproc)" -n 20 clang-format-19 "${mode[@]}"
