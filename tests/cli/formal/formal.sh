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

for wrapper in "$examples"/*_wrapper.v; do
    lines=$(wc -l <"$wrapper")
    if [ "$lines" -le 40 ]; then ok "${wrapper##*/}: $lines lines"; else bad "${wrapper##*/}: 40 lines" "$lines"; fi
done
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
    if "$root/tests/lib/save_names.py" "out$1/$2.gtkw" "out$1/$2.sucl" "out$1/$2.vcd" >saved.txt; then
        ok "save files name what is in the wave: $3: $(head -n 1 saved.txt)"
    else
        bad "save files name what is in the wave: $3" "$(<saved.txt)"
    fi
    expect "in groups, words with their fractions: $3" "8 groups, 12 with a fraction" "$(grep -o '[0-9]* groups, .*' saved.txt)"
}
# Bounds that say nothing: the depth ends before a second tick, or a first commit.
short() { # DEPTH CHECK
    "$spiketwin" formal fpga-q8.8 --wrapper "$examples/array_wrapper.v" "$examples/array.v" --neurons 2 --lanes 3 \
        -o short --only "$2" --depth "$1" -q --json >short.json 2>short.err
}
touch_old() { mkdir -p short && touch short/state.{vcd,gtkw,sucl} short/state_tb.v; }
touch_old
short 3 state
expect "a depth without a second tick: exit code" 1 $?
expect "a depth without a second tick: not reached" '"not reached"' "$(jq -c '.checks[0].verdict' short.json)"
expect "the depth that is needed is said" '"nothing to ask before cycle 3: --depth 4 or more"' "$(jq -c '.checks[0].text' short.json)"
expect "waves of an earlier run are removed" "" "$(cd short && ls state.{vcd,gtkw,sucl} state_tb.v 2>/dev/null)"
short 4 state
expect "a depth with a second tick: exit code" 0 $?
expect "a depth with a second tick" '["state","bounded",4,"yices"]' \
    "$(jq -c '[.checks[0].check, .checks[0].verdict, .checks[0].cycles, .solver]' short.json)"

refuted 6 fire "fires above the threshold, not at it"
refuted 2 clamp "no saturation"
refuted 7 clear "a clear that leaves a membrane"

# neuron NAME FILE ONLY: our own neuron on words of the input, FILE in place of rtl/stw_clamp.sv; its verdicts
neuron() {
    local sources=()
    for module in neuron current leak shr fire cut; do sources+=("$root/rtl/stw_$module.sv"); done
    "$spiketwin" formal fpga-q8.8 --words --wrapper "$examples/neuron_wrapper.v" "${sources[@]}" "$2" -o "$1" --only "$3" --depth 5 \
        -q --json >"$1.json" 2>"$1.err"
}
neuron right "$root/rtl/stw_clamp.sv" clamp,cover
expect "our neuron: exit code" 0 $?
expect "our neuron: its clamp is proven, all is reached" '["proven","reached"]' "$(jq -c '[.checks[].verdict]' right.json)"
sed 's/? Hi : x;/? Hi - W'"'"'(1) : x;/' "$root/rtl/stw_clamp.sv" >clamp.sv
cmp -s clamp.sv "$root/rtl/stw_clamp.sv" && bad "our neuron: the fault" "the line is another now"
neuron wrong clamp.sv clamp
expect "our neuron: one below the top: exit code" 1 $?
expect "our neuron: one below the top" '["refuted",true]' "$(jq -c '[.checks[0].verdict, .checks[0].confirmed]' wrong.json)"
# The sum of words: without --words the events of the same wrapper are spikes, of 1 bit, and the sum is another.
# shellcheck disable=SC2016 # a backtick of Verilog
expect "words have the law's bits" "input_bits 8, x_bits 8" \
    "$(sed -nE 's/^`define STWF_INPUT_BITS (.*)/input_bits \1/p; s/^`define STWF_X_BITS (.*)/x_bits \1/p' right/stwf.vh | paste -sd, | sed 's/,/, /')"

# A law with a gain, a rest and a signed leak, whose products are wider than the membrane's and the leak's words.
"$spiketwin" formal sc-neurocore --words --wrapper "$examples/neuron_rest_wrapper.v" "$root"/rtl/stw_{neuron,current,leak,shr,clamp,fire,cut}.sv \
    --only current,leak --depth 5 -o rest -q --json >rest.json 2>rest.err
expect "gain, rest and a signed leak: exit code" 0 $?
expect "gain, rest and a signed leak" '["proven","proven"]' "$(jq -c '[.checks[].verdict]' rest.json)"

# A core whose neurons take turns.
sed 's/define FAULT 0/define FAULT 4/' "$examples/serial.v" >serial4.v
"$spiketwin" formal fpga-q8.8 --set law.leak_kind=shift --set law.round_leak=toward_zero --set law.reset=zero --set law.refractory_ticks=2 \
    --wrapper "$examples/serial_wrapper.v" serial4.v --neurons 2 --depth 12 --only refract,reset -o turns -q --json >turns.json 2>turns.err
expect "neurons that take turns: exit code" 1 $?
expect "neurons that take turns: the period that never ends" '[["reset","proven"],["refract","refuted"]]' "$(jq -c '[.checks[] | [.check, .verdict]]' turns.json)"
finish
