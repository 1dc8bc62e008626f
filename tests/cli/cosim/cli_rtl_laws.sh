#!/usr/bin/env bash
# `rtl` of every top with layers, words as memories and as constants, and with registers between stages: benches, cycles, lint, Yosys.
#
#   tests/cli/cosim/cli_rtl_laws.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/rtl_folder.sh
. "$root/tests/lib/rtl_folder.sh"
cd "$tmp" || exit 2

make_net lif fpga-q8.8 8x6r 6x2
make_net taps fpga-q8.8 6x6o 6x5t3x2 5x1r
make_net spikes xylo-v2 5x6r 6x3d
make_net signed sc-neurocore 6x8r 8x3
make_net grid h1v2 16x8r 8x2
make_net izhikevich izhikevich 8x6r 6x2
for net in lif taps spikes signed grid izhikevich; do
    for form in "" --rom --staged; do
        [ $net$form = izhikevich--staged ] && continue # refused: cli_rtl.sh
        rm -rf "$net$form"
        take "$net.nir" -n 3 --ticks 20 $form --out "$net$form"
        if have iverilog; then
            sim "$net $form" "$net$form" SIM=icarus
            expect "$net $form: cycles as docs/rtl.md has them" "$(python3 "$root/tests/lib/rtl_cycles.py" "$net$form")" \
                "$(sed -nE 's/^PASS plain.* ([0-9]+) of them in ticks.*/\1/p' sim.txt)"
        fi
        if have verilator; then
            make -s -C "$net$form" lint >lint.txt 2>&1 && [ "$(grep -vc '^verilator' lint.txt)" = 0 ] &&
                ok "$net $form: lint" || bad "$net $form: lint" "$(head -n 3 lint.txt)"
        fi
        if have yosys; then
            (cd "$net$form" && yosys -q -p "$(sed -n 's/$/;/; /^read/p' synth/synth.ys | tr '\n' ' ') hierarchy -check -top stw_up5k; proc; check -assert" \
                >../yosys.txt 2>&1) && ok "$net $form: Yosys" || bad "$net $form: Yosys" "$(tail -n 3 yosys.txt)"
        fi
    done
done
have verilator || left_out "lint" "no verilator"
have yosys || left_out "reading by Yosys" "no yosys"
have iverilog || left_out "benches of the other laws" "no iverilog"
expect "constants need fewer bits than words" yes \
    "$([ "$(cat lif--rom/mem/*.hex | wc -c)" -lt "$(cat lif/mem/*.hex | wc -c)" ] && echo yes)"
finish
