# What the shell tests share. Sourced; sets $spiketwin, $root and an empty $tmp that goes away at the end.
#
# A test file calls `ok NAME` or `bad NAME WHY` once a check, `left_out WHAT WHY` for what it could
# not check, and ends with `finish`, which prints "N passed, N failed" and exits with 1 if any failed.
# tests/run counts these lines.
# shellcheck shell=bash
set -uo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # used by those that source this
spiketwin=$(realpath -- "${1:-$root/build/release/spiketwin}")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/spiketwin-test.XXXXXX")
trap 'cd / && { declare -F cleanup >/dev/null && cleanup; rm -rf "$tmp"; }' EXIT
passed=0 failed=0

ok() {
    passed=$((passed + 1))
    echo "ok $1"
}

bad() { # NAME WHY...
    failed=$((failed + 1))
    echo "FAILED $1"
    shift
    printf '    %s\n' "$@"
}

# expect NAME WANTED GOT: the two texts are the same
expect() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    elif [[ $2$3 == *$'\n'* ]]; then
        bad "$1" "$(diff <(echo "$2") <(echo "$3") | head -n 7)"
    else
        bad "$1" "wanted: $2" "got:    $3"
    fi
}

# relay FILE: lines "ok NAME", "FAILED NAME: WHY" and "left out: WHAT: WHY" of another program as this file's own
relay() {
    local word rest
    while read -r word rest; do
        case $word in
        ok) ok "$rest" ;;
        FAILED) bad "$rest" ;;
        left) echo "$word $rest" ;;
        *) echo "    $word $rest" ;;
        esac
    done <"$1"
}

# small_run: goes into $tmp; there clips/, two takes of two labels by 16 speakers, and run/, a small recurrent net trained on them
small_run() {
    "$root/tests/lib/clips.py" corpus "$tmp/clips" 16 2 || exit 2
    cd "$tmp" || exit 2
    "$spiketwin" train -d clips --held-percent 40 -e 6 -b 8 -s 3 --hidden 6 -R -q -o run >out.txt 2>err.txt || {
        bad "train" "$(<err.txt)"
        finish
    }
}

left_out() { echo "left out: $1: $2"; }

finish() {
    # The line is its own check: a file that stopped before it has no count.
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
    exit
}
