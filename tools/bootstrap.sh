#!/usr/bin/env bash
# Installs, by package name, what building (`build`) and testing (`test`) need: tools/bootstrap.sh [build|test]
#
# Does nothing, in a fraction of a second, when all of it is there. Without the right to install it names what is missing
# and exits 1. Knows Debian 12 and 13 and Ubuntu 24.04.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source tools/common.sh

build_packages=(
  clang-19 lld-19 cmake ninja-build ccache
  libarchive-dev libfmt-dev libsodium-dev libsqlite3-dev libssh-dev libssl-dev libutf8proc-dev libyaml-dev libzstd-dev zlib1g-dev
)
test_packages=(
  clang-format-19 clang-tidy-19 llvm-19 libclang-rt-19-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  git iproute2 openssh-client openssh-server openssl python3 python3-yaml rsync strace tini
)

[[ -r /etc/os-release ]] && source /etc/os-release
if [[ ${VERSION_CODENAME:-} == bookworm ]]; then
  # The default Boost of Debian 12 is 1.74, which has no Boost.JSON; elsewhere it is new enough, and clang-19 brings the
  # standard library that fits.
  build_packages+=(libboost1.81-dev libstdc++-12-dev)
else
  build_packages+=(libboost-dev)
fi

wanted=("${build_packages[@]}")
case ${1:-test} in
  build) ;;
  test) wanted+=("${test_packages[@]}") ;;
  *) die "usage: tools/bootstrap.sh [build|test]" ;;
esac

if ! command -v dpkg-query apt-get >/dev/null; then
  die "this machine has no apt. Install what these packages of Debian 12 hold, then build by hand with
  'cmake --preset release && cmake --build --preset release':
  ${wanted[*]}"
fi

missing=()
declare -A present=()
while read -r state name; do
  [[ $state == installed ]] && present[$name]=1
done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null)
for name in "${wanted[@]}"; do
  [[ -n ${present[$name]:-} ]] || missing+=("$name")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
  as_root=(sudo -n)
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    die "these packages are missing, and installing them needs root. Nothing was changed. Install them, then run this again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
fi

mkdir -p build
log=build/bootstrap.log
: >"$log"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" 2>&1 | tee -a "$log" |
    { grep --line-buffered '^Setting up' || true; } | sed -u 's/^Setting up \([^ ]*\).*/    installed \1/'
}

say "installing ${#missing[@]} packages: ${missing[*]}"
# Package lists may be absent (a fresh machine) or old: fetch them only when the first try shows it.
if ! apt install -y --no-install-recommends "${missing[@]}"; then
  say "refreshing the package lists"
  apt update || die "apt-get update failed; its output is in $log"
  if ! apt install -y --no-install-recommends "${missing[@]}"; then
    tail -n 15 "$log" >&2
    die "apt-get install failed; its output is in $log"
  fi
fi
