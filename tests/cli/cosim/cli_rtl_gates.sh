#!/usr/bin/env bash
# `make gates` of folders of `rtl`: the cells that Yosys makes have every state word of the vectors.
#
#   tests/cli/cosim/cli_rtl_gates.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/rtl_folder.sh
. "$root/tests/lib/rtl_folder.sh"
cd "$tmp" || exit 2

if have yosys && have iverilog; then
    # One with a product of each kind, and block RAMs that begin with words.
    make_net cells fpga-q8.8 8x16r 16x2
    take cells.nir -n 2 --ticks 12 --rom --staged --out cells-staged
    timeout 300 make -s -C cells-staged gates >sim.txt 2>&1 && grep -q '^PASS plain: [1-9][0-9]* words, 0 differ' sim.txt &&
        ok "with registers between stages: the cells that Yosys makes: every state word" ||
        bad "with registers between stages: the cells that Yosys makes" "$(tail -n 3 sim.txt)"
    take cells.nir -n 2 --ticks 12 --rom --out cells
    timeout 300 make -s -C cells gates >sim.txt 2>&1 && grep -q '^PASS plain: [1-9][0-9]* words, 0 differ' sim.txt &&
        ok "the cells that Yosys makes: every state word" || bad "the cells that Yosys makes" "$(tail -n 3 sim.txt)"
    expect "with DSP and block RAM among them" "SB_MAC16 SB_RAM40_4K" \
        "$(grep -oE 'SB_MAC16|SB_RAM40_4K' cells/build/gates.v | sort -u | tr '\n' ' ' | sed 's/ $//')"
    line=$(awk '/^T/ {n++} /^V/ && n == 5 {print NR; exit}' cells/bench/vectors.vec)
    awk -v at="$line" 'NR == at {$NF = ($NF == "0001") ? "0002" : "0001"} {print}' cells/bench/vectors.vec >vectors.new
    cp vectors.new cells/bench/vectors.vec
    make -s -C cells gates >sim.txt 2>&1 && bad "and a word that differs is seen" "$(cat sim.txt)" || ok "and a word that differs is seen"
else
    left_out "the cells that Yosys makes" "no yosys or iverilog"
fi
finish
