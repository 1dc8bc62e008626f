#!/usr/bin/env bash
# spiketwin formal on the cores of examples/formal: what is right is proven, and planted faults are refuted, with a trace that the
# simulator confirms.
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
PATH=$PATH:$root/build/python/bin
examples=$root/examples/formal
cd "$tmp" || exit 2

# array N ONLY: array.v with planted fault N; its verdicts
array() {
    sed "s/define FAULT 0/define FAULT $1/" "$examples/array.v" >"array$1.v"
    "$spiketwin" formal fpga-q8.8 --wrapper "$examples/array_wrapper.v" "array$1.v" --neurons 2 --lanes 3 -o "out$1" \
        --only "$2" --depth 6 -q >"array$1.txt" 2>"array$1.err"
}

"$spiketwin" formal fpga-q8.8 >out.txt 2>err.txt
expect "a wrapper is needed: exit code" 2 $?
command -v yices-smt2 >/dev/null || {
    left_out "proofs of the cores of examples/formal" "no yices-smt2 here, and z3 takes minutes"
    finish
}

array 0 fire,cover
expect "exit code of what holds" 0 $?
expect "the law's fire is proven" "fire       proven" "$(grep -o '^fire  *proven' array0.txt)"
expect "all is reached" "cover      reached" "$(grep -o '^cover  *reached' array0.txt)"

refuted() { # N CHECK WHAT
    array "$1" "$2"
    expect "exit code: $3" 1 $?
    expect "refuted: $3" "$2: out$1/$2.vcd, gtkwave out$1/$2.gtkw, replayed by iverilog" "$(grep "^$2:" "array$1.txt")"
    if [ -s "out$1/$2.vcd" ] && [ -s "out$1/$2.gtkw" ]; then ok "waves: $3"; else bad "waves: $3" "$(ls "out$1")"; fi
}
refuted 6 fire "fires above the threshold, not at it"
refuted 2 clamp "no saturation"
finish
