#!/usr/bin/env bash
# examples/: a foreign DUT against the golden model through vectors in Icarus, through DPI-C in
# Verilator and through cocotb. The right DUT compares equal; with a planted fault each way exits with
# 1 and names the place. cocotb is left out, aloud, where COCOTB_PYTHON (or python3) has it not.
#
#   tests/cli/tree/examples_run.sh [PROGRAM]      libstw_golden.so is beside the program
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export SPIKETWIN=$spiketwin PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
golden=$(dirname "$spiketwin")/libstw_golden.so
cd "$tmp" || exit 2

example() { # ARGUMENT...: its output in out and err; prints its exit code
    "$root/examples/$1/run" "${@:2}" >out 2>err
    echo $?
}

# The way of gen and check
expect "icarus: exit" 0 "$(example icarus)"
expect "icarus: words" "check: 7500 words, 0 differ; 7500 spike bits, 0 differ (2 clips)" "$(head -n 1 out)"
expect "icarus: what was reached" "reached: 73" "$(sed -n "2s/:.*/:/p" out) $(($(wc -l <out) - 1))"
expect "icarus, fault: exit" 1 "$(example icarus --fault)"
expect "icarus, fault: place" "tick 1, layer 0, neuron 0, word V: expected 429, got 430" \
    "$(grep -o 'tick 1, layer 0, neuron 0, word V: .*' err)"
expect "icarus, fault: stage" "first difference: stage reset or before it (the membrane that it leaves)" "$(tail -n 1 err)"

# A net of one's own, of another shape, as docs/foreign.md tells it
"$root/tests/lib/clips.py" corpus clips 8 2 &&
    "$spiketwin" train -d clips --held-percent 40 --hidden 21 -e 1 -q -o run >/dev/null || bad "a net" "not trained"
expect "icarus, own net: exit" 0 "$(example icarus run/net.nir clips 5)"
expect "icarus, own net: words" "check: 9750 words, 0 differ; 9750 spike bits, 0 differ (2 clips)" "$(head -n 1 out)"

# A DUT of another shape stops and says why, and nothing passes as equal
"$spiketwin" gen run/net.nir -d clips -k 5 --memories mem -q >in.vec
iverilog -g2012 -s tb_pipe -o other.vvp "$root"/examples/dut/lif_*.v "$root/examples/icarus/tb_pipe.sv" 2>err
expect "icarus, another shape: exits" "2 2" \
    "$(vvp -n other.vvp <in.vec 2>err | "$spiketwin" check run/net.nir -k 5 >out 2>&1; echo "${PIPESTATUS[@]:0:2}")"
expect "icarus, another shape: told" 1 "$(grep -c 'another shape than this DUT: 16-12-2' err)"

# The library from SystemVerilog
expect "dpi: exit" 0 "$(example dpi)"
expect "dpi: words" "dpi: 73500 words, 0 differ" "$(head -n 1 out)"
expect "dpi, fault: exit" 1 "$(example dpi --fault)"
expect "dpi, fault: place" "clip 0, tick 1, layer 0, neuron 0, stage leak: expected 23, got 22" \
    "$(grep -o 'clip 0, tick 1, .*' out)"

# The library from Python alone: chip 5's memories are not chip 3's
"$spiketwin" info run/net.nir -k 3 --json >mem/chip.json
PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden; stw_golden.Golden(*sys.argv[1:])' \
    "$golden" mem 2>err
expect "another chip's memories: exit" 1 $?
expect "another chip's memories: told" 1 "$(grep -c "RuntimeError: mem/chip.json: .*another chip's memories" err)"
expect "no library: exit" 2 "$(STW_GOLDEN=nowhere.so example dpi)"

# cocotb
python=${COCOTB_PYTHON:-python3}
expect "cocotb is not there: exit" 3 "$(COCOTB_PYTHON=/bin/false example cocotb)"
expect "cocotb is not there: told" "left out: cocotb" "$(cut -c 1-16 out)"
if "$python" -c 'import cocotb_tools.runner' 2>/dev/null; then
    expect "cocotb: exit" 0 "$(example cocotb)"
    expect "cocotb: words" "cocotb: 18000 words, 0 differ" "$(head -n 1 out)"
    expect "cocotb, fault: exit" 1 "$(example cocotb --fault)"
    expect "cocotb, fault: place" "tick 1, layer 0, neuron 0, stage reset, word v: expected 429, got 430" \
        "$(grep -o 'tick 1, .*' out)"
else
    left_out "cocotb" "$python cannot import cocotb 2; COCOTB_PYTHON names one that can (examples/cocotb/README.md)"
fi
finish
