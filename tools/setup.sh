# shellcheck shell=bash
# What tools/zoo, tools/test and .ci/run share, to be sourced: packages, configuration, build. Everything it says goes
# to standard error, so that a program's own output can be piped.
#
# REEL_BUILD    folder to build in; when unset, build/ in the project, or one in the user's cache where that is read-only
# REEL_PRESET   CMake preset to configure it with; release when unset

set -euo pipefail

reel_root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
reel_build=$(realpath -m -- "${REEL_BUILD:-$reel_root/build}")
reel_cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/reel
reel_preset=${REEL_PRESET:-release}

# What building, testing and the zoo's data need on Debian 12.
reel_packages=(
  g++ cmake ninja-build pkg-config ccache ca-certificates
  libtbb-dev libhwy-dev libfmt-dev libboost-program-options-dev libcurl4-openssl-dev libssl-dev
  libzip-dev libhdf5-dev zlib1g-dev libpng-dev nlohmann-json3-dev catch2
  dataset-fashion-mnist
)

reel_say() { printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2; }

reel_fail() {
  reel_say "$*"
  exit 2
}

# Prints those of the given packages that are not installed, one a line.
reel_missing() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF -- "$package installed" <<<"$installed" || printf '%s\n' "$package"
  done
}

# Installs those of the given packages that are missing.
reel_install() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    reel_say "no Debian package tools here, so nothing is installed; the build needs: $*"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(reel_missing "$@")
  ((${#missing[@]})) || return 0
  reel_say "missing packages: ${missing[*]}"
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null ||
      reel_fail "they can only be installed by root, and there is no sudo; as root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  reel_say "installing them with apt-get"
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=120 update >&2 ||
    reel_say "apt-get update failed; trying with the package lists that are here"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends "${missing[@]}" >&2 ||
    reel_fail "apt-get could not install: ${missing[*]}"
}

reel_writable() { mkdir -p -- "$1" 2>/dev/null && [[ -w $1 ]]; }

# Settles where to build: another user's project can be read, but not built in.
reel_choose_build() {
  if ! reel_writable "$reel_build"; then
    local refused=$reel_build
    reel_build=$(realpath -m -- "$reel_cache/build-$(cksum <<<"$reel_root" | cut -d ' ' -f 1)")
    if [[ -n ${REEL_BUILD:-} ]] || ! reel_writable "$reel_build"; then
      reel_fail "cannot write to $refused; set REEL_BUILD to a folder that you can write to"
    fi
    reel_say "cannot write to $refused, so building in $reel_build"
  fi
  # ccache refuses to work without a folder of its own.
  if [[ -z ${CCACHE_DIR:-} ]] && [[ ! -w ${HOME:-/nonexistent} ]]; then
    export CCACHE_DIR=$reel_build/ccache
  fi
}

# True when the build folder is configured, for this source folder and at this place.
reel_configured() {
  [[ -f $reel_build/build.ninja && -f $reel_build/CMakeCache.txt ]] &&
    grep -qxF -- "CMAKE_HOME_DIRECTORY:INTERNAL=$reel_root" "$reel_build/CMakeCache.txt" &&
    grep -qxF -- "CMAKE_CACHEFILE_DIR:INTERNAL=$reel_build" "$reel_build/CMakeCache.txt"
}

reel_configure() {
  ! reel_configured || return 0
  # A folder that was moved or half configured is configured afresh: its cache holds paths of another place.
  reel_say "configuring $reel_build"
  (cd -- "$reel_root" && cmake --fresh --preset "$reel_preset" -B "$reel_build") >"$reel_build/configure.log" 2>&1 || {
    cat -- "$reel_build/configure.log" >&2
    reel_fail "CMake failed"
  }
}

# Builds the given target; says nothing where there is nothing to do.
reel_make() {
  cmake --build "$reel_build" --target "$1" |
    { grep --line-buffered -v -e 'Re-checking globbed directories' -e '^ninja: no work to do' >&2 || true; } ||
    reel_fail "the build failed"
}

# All of it: reel_setup TARGET [PACKAGE...]
reel_setup() {
  local target=$1
  shift
  reel_install "${reel_packages[@]}" "$@"
  reel_choose_build
  reel_configure
  reel_make "$target"
}
