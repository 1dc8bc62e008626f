#!/usr/bin/env bash
# Devices of our own that keep the laws of ODIN, tinyODIN, SYNtzulu and QUANTISENC, through the places of `bench`: 0 words differ,
# and a fault of each that makes some.
#
#   tests/cli/cosim/cores.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
export SPIKETWIN=$spiketwin
command -v iverilog >/dev/null || { left_out "devices" "iverilog is not installed"; finish; }

# device CHIP DEVICE FLAGS WORDS FROM TO GEN...: threshold, leak and bias of each neuron on stdin
device() {
    local chip=$1 file=$root/examples/dut/$2 flags=$3 words=$4 from=$5 to=$6
    shift 6
    cat >n.csv
    "$spiketwin" make "$chip" --layer 6x5 --random 1 --neurons n.csv -o "$chip.nir" -q 2>err.txt &&
        "$spiketwin" bench "$chip.nir" --random 1 --pipe -o "$chip" -q 2>err.txt || { bad "$chip: make, bench" "$(<err.txt)"; return; }
    "$spiketwin" gen "$chip.nir" -q "$@" >"$chip/in.vec" 2>err.txt || bad "$chip: gen" "$(<err.txt)"
    cp "$file.svh" "$chip/wrapper.svh"
    FLAGS=$flags "$chip/run" "$file.v" >out.txt 2>err.txt
    expect "$chip" "0 check: $words words, 0 differ" "$? $(head -n 1 out.txt | cut -d ';' -f 1)"
    sed "s/$from/$to/" "$file.v" >wrong.v
    cmp -s wrong.v "$file.v" && bad "$chip: planted" "the line is not in the device"
    FLAGS=$flags "$chip/run" wrong.v >out.txt 2>err.txt
    expect "$chip: a fault" 1 $?
}
# A leak that lifts; inhibition below 0; what stays rounded down; a threshold that is met.
device tinyodin event_core "" 2000 'old <= -step' 'old <= step' --random 3 --one-event --ticks 100 -n 4 < <(printf '%s\n' 30,2,0 12,1,0 60,7,0 5,0,0 25,3,0)
device odin event_core -DUNSIGNED=1 2000 '(summed < LOW)' '(summed < -1)' --random 3 --one-event --ticks 100 -n 4 < <(printf '%s\n' 30,2,0 12,1,0 60,7,0 5,0,0 25,3,0)
device syntzulu tick_core "" 2000 'v < 0 ? -size : size' 'v < 0 ? -size - 1 : size' --random 3 --ticks 100 -n 4 < <(printf '%s\n' 300,0.1013,0 120,0.25,0 600,0.5,0 50,1,0 250,0.05,0)
device quantisenc tick_core -DHOLDS=1 2000 'pot\[n\] > mem_level' 'pot[n] >= mem_level' --random 3 --ticks 100 -n 4 < <(printf '%s\n' 1,0.25,0 0.5,0.125,0 2,0.5,0 0.25,1,0 1.5,0.0625,0)
finish
