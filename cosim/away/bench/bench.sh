# What `run` does in each way of this bench, sourced by it: its files, its tools, what it says of a failure.
# shellcheck shell=bash disable=SC2034

die() {
    echo "bench: $*" >&2
    exit 2
}
wave=
[ "${1-}" != --wave ] || { wave=yes && shift; }
[ $# -gt 0 ] || die "which files is your device? ./run core.v ..., or make DUT='core.v ...'"
files=()
for file; do
    [ -r "$file" ] || die "$file: cannot be read"
    files+=("$(realpath -- "$file")")
done
cd "$(dirname "$0")" && mkdir -p build || exit 2
spiketwin=${SPIKETWIN:-@PROGRAM@}
command -v "$spiketwin" >/dev/null || spiketwin=spiketwin
command -v "$spiketwin" >/dev/null || die "spiketwin is not in PATH: set SPIKETWIN to the program"
needs() { command -v "$1" >/dev/null || die "$1 is not installed"; }
needs timeout
limit() { # that says what hung
    timeout -k 5 "${TIMEOUT:-60}" "$@"
    local rc=$?
    case $rc in
    124 | 137) die "no end within ${TIMEOUT:-60} s (TIMEOUT): does the device hang?$(last)" ;;
    esac
    return $rc
}
last() { sed -n 's/^\(C [0-9]*\|T [0-9]*\) .*/\1/p' build/out.vec 2>/dev/null | tail -n 1 | sed 's/^C/ last: clip/; s/^T/ last: tick/'; }
failed() { # the first line of a log that says what is wrong
    die "$1: $(grep -aE -m 1 '[Ee]rror|cannot|not found' "build/build.log" || tail -n 1 build/build.log) (all of it: build/build.log)"
}
rm -f build/out.vec build/bench.log

find_golden() { # into golden: the library beside the program, in PREFIX/lib or Debian's folder there of PREFIX/bin, or STW_GOLDEN
    local program at
    golden=${STW_GOLDEN:-}
    program=$(realpath -- "$(command -v "$spiketwin")")
    for at in "${program%/*}/libstw_golden.so" "${program%/*}"/../lib/{,*/}libstw_golden.so; do
        [ -n "$golden" ] || [ ! -f "$at" ] || golden=$(realpath -- "$at")
    done
    [ -f "$golden" ] || die "libstw_golden.so is not beside $program: set STW_GOLDEN to it"
}
