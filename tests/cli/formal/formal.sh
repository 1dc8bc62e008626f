#!/usr/bin/env bash
# spiketwin formal on the cores of examples/formal: what is right is proven, and planted faults are refuted, with a trace that the
# simulator confirms.
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
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
# The verb says whether the solver is where it looks.
"$spiketwin" formal fpga-q8.8 --wrapper "$examples/array_wrapper.v" none.v --solver yices >out.txt 2>err.txt
! grep -q 'yices-smt2: not found' err.txt || {
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
# Bounds that say nothing: the depth ends before a second tick, or a first commit.
short() { # DEPTH CHECK
    "$spiketwin" formal fpga-q8.8 --wrapper "$examples/array_wrapper.v" "$examples/array.v" --neurons 2 --lanes 3 \
        -o short --only "$2" --depth "$1" -q --json >short.json 2>short.err
}
touch_old() { mkdir -p short && touch short/state.vcd short/state.gtkw short/state_tb.v; }
touch_old
short 3 state
expect "a depth without a second tick: exit code" 1 $?
expect "a depth without a second tick: not reached" '"not reached"' "$(jq -c '.checks[0].verdict' short.json)"
expect "the depth that is needed is said" '"nothing to ask before cycle 3: --depth 4 or more"' "$(jq -c '.checks[0].text' short.json)"
expect "waves of an earlier run are removed" "" "$(cd short && ls state.vcd state.gtkw state_tb.v 2>/dev/null)"
short 4 state
expect "a depth with a second tick: exit code" 0 $?
expect "a depth with a second tick" '["state","bounded",4,"yices"]' \
    "$(jq -c '[.checks[0].check, .checks[0].verdict, .checks[0].cycles, .solver]' short.json)"

refuted 6 fire "fires above the threshold, not at it"
refuted 2 clamp "no saturation"
finish
