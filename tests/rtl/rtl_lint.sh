#!/bin/bash
# rtl/ through all three tools: Verilator -Wall without a waiver, Icarus -Wall without a message,
# Yosys to iCE40 cells with all architectural state in them. Any warning of the first two fails.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=build/lint
mkdir -p "$out"
fail() { echo "FAIL rtl_lint: $*" >&2; exit 1; }

modules=0
for file in "$root"/rtl/*.sv; do
    module=$(basename "$file" .sv)
    verilator --lint-only -Wall -y "$root/rtl" --top-module "$module" "$file" 2>"$out/$module.log" ||
        fail "verilator: $(head -1 "$out/$module.log")"
    test -s "$out/$module.log" && fail "verilator: $(head -1 "$out/$module.log")"
    grep -q lint_off "$file" && fail "$file has a waiver"
    modules=$((modules + 1))
done
test "$modules" -ge 10 || fail "only $modules modules"

# Every choice once: parameters that make other generate branches.
for choice in "-GCurrents=1 -GDecayKind=1 -GRoundDecay=2 -GRefractoryTicks=5" \
    "-GLeakKind=2 -GRoundLeak=0 -GCurrents=1 -GDecayKind=2" \
    "-GLeakKind=3 -GWrap=1 -GFireGt=1 -GCurrents=1 -GDecayKind=3 -GMembraneBits=24" \
    "-GLeakKind=0 -GFloorZero=1 -GResetSubtract=0 -GRefractoryTicks=255 -GCurrents=1" \
    "-GIntegrateFirst=1 -GMembraneBits=24 -GMembraneFrac=16 -GLeakFrac=0 -GLeakBits=1" \
    "-GMembraneFrac=12 -GWeightFrac=2 -GInputFrac=0 -GRoundCurrent=0 -GInputBits=1" \
    "-GNLayers=1 -GRecurrent=8'h1 -GOneToOne=8'h0 -GSizes=144'h00010001" \
    "-GTaps=64'h0101010101010701 -GSpacing=64'h0101010101010501" \
    "-GTaps=64'h0101010101024001 -GSpacing=64'h01010101013f0101 -GDelayed=8'h6 -GSaturateEach=1 -GCurrents=1" \
    "-GNLayers=2 -GSizes=144'h000200080004 -GRecurrent=8'h3 -GOneToOne=8'h0 -GDelayed=8'h2 -GMaxSpikes=64'h11f
        -GCurrents=2 -GDecayKind=4 -GLeakKind=4 -GDecayLast=1 -GSaturateEach=1 -GSaturateIncrement=1 -GRoundDecay=0 -GRoundLeak=0
        -GInputBits=4 -GInputFrac=0 -GWeightFrac=0 -GMembraneFrac=0" \
    "-GNLayers=1 -GSizes=144'h00010001 -GRecurrent=8'h0 -GOneToOne=8'h0 -GInputBits=24 -GInputSigned=1
        -GInputFrac=12 -GWeightBits=2 -GWeightFrac=0 -GMembraneBits=24 -GMembraneFrac=12 -GLeakBits=24
        -GLeakFrac=12 -GLeakSigned=1 -GRoundLeak=3 -GHasGain=1 -GGainBits=24 -GGainFrac=12 -GRoundCurrent=0
        -GHasRest=1 -GRefractoryHold=1 -GRefractoryTicks=2 -GWrap=1 -GResetSubtract=0" \
    "-GLeakKind=5 -GLeakWhen=1 -GSymmetric=1 -GFireBefore=1 -GCurrents=1 -GDecayKind=5 -GRoundLeak=2" \
    "-GLeakKind=3 -GLeakWhen=2 -GWrap=1 -GFloorZero=1 -GMaxSpikes=64'h0101010101010107" \
    "-GLeakWhen=2 -GSymmetric=1 -GFireBefore=1 -GStaged=1 -GSaturateIncrement=1" \
    "-GCurrents=1 -GDecayLast=1 -GDecayKind=1 -GRoundLeak=4 -GHasRest=1 -GIntegrateFirst=1"; do
    # shellcheck disable=SC2086
    verilator --lint-only -Wall -y "$root/rtl" --top-module stw_net $choice "$root/rtl/stw_net.sv" \
        2>"$out/choice.log" || fail "verilator $choice: $(head -1 "$out/choice.log")"
    test -s "$out/choice.log" && fail "verilator $choice: $(head -1 "$out/choice.log")"
done

# The DPI law: each mend alone, the widest and the narrowest formats.
for choice in "-GGaba=0 -GLeakOnce=0 -GFreshVmem=0" "-GGaba=1 -GLeakOnce=0 -GRecurrent=0" \
    "-GGaba=0 -GNIn=1 -GNOut=1 -GRecurrent=0" \
    "-GCurrentBits=48 -GCurrentFrac=20 -GWeightFrac=14 -GFactorFrac=31 -GLogFrac=24 -GTableBits=12
        -GGainBits=40 -GGainFrac=36 -GRateBits=56 -GRateFrac=30 -GMaxSpikes=63 -GNIn=1000 -GNOut=256" \
    "-GCurrentBits=12 -GCurrentFrac=4 -GWeightBits=8 -GWeightFrac=0 -GFactorFrac=8 -GLogFrac=8 -GTableBits=2
        -GGainBits=10 -GGainFrac=10 -GRateBits=10 -GRateFrac=4 -GMaxSpikes=1"; do
    # shellcheck disable=SC2086
    verilator --lint-only -Wall -y "$root/rtl" --top-module stw_dpi_net $choice "$root/rtl/stw_dpi_net.sv" \
        2>"$out/choice.log" || fail "verilator $choice: $(head -1 "$out/choice.log")"
    test -s "$out/choice.log" && fail "verilator $choice: $(head -1 "$out/choice.log")"
done
for wrong in -GCurrentBits=49 -GTableBits=13 -GWeightFrac=11 -GMaxSpikes=64; do
    verilator --lint-only -Wno-fatal -y "$root/rtl" --top-module stw_dpi_net $wrong "$root/rtl/stw_dpi_net.sv" \
        >"$out/wrong.log" 2>&1 && fail "stw_dpi_net $wrong was elaborated"
    grep -q "Cannot find.*stw_parameter_error" "$out/wrong.log" || fail "$wrong: $(head -1 "$out/wrong.log")"
done

# Izhikevich's law: ends of formats, every rounding, both signs of the alignment; a shape of its own.
izhikevich() { # bits and fraction of input, weight, membrane and factor; round; halvings
    local places="" at=0 word law=""
    for number in "$@"; do law=$(printf %04x "$number")$law; done
    for word in 0 "$7" "$7" "$5" "$5" "$7" "$7" "$5" "$5" "$5" "$5"; do
        places=$(printf %04x "$at")$places
        at=$((at + word))
    done
    echo "-GLaw=512'h$law -GPlaces=512'h$(printf %04x "$at")$places -GStageW=$((5 * 64 + 4 * $5 + 1))"
}
while read -r formats shape; do
    # shellcheck disable=SC2086
    choice="$(izhikevich ${formats//,/ }) $shape"
    # shellcheck disable=SC2086
    verilator --lint-only -Wall -y "$root/rtl" --top-module stw_any_net $choice "$root/rtl/stw_any_net.sv" \
        2>"$out/choice.log" || fail "verilator $choice: $(head -1 "$out/choice.log")"
    test -s "$out/choice.log" && fail "verilator $choice: $(head -1 "$out/choice.log")"
done <<'END'
8,0,16,0,20,0,18,0,3,0 -GNLayers=1 -GSizes=144'h00010001 -GRecurrent=8'h1 -GOneToOne=8'h0
1,0,2,0,4,0,4,0,0,4 -GNLayers=2 -GSizes=144'h000200080004 -GRecurrent=8'h3 -GOneToOne=8'h0 -GDelayed=8'h2
8,8,16,24,4,20,4,24,4,4 -GNLayers=1 -GSizes=144'h00010001 -GRecurrent=8'h0 -GOneToOne=8'h1
4,4,8,0,20,15,10,9,2,1
END
wrongs=0
for wrong in "$(izhikevich 8 4 16 8 21 7 16 12 1 1)" "$(izhikevich 8 4 16 8 16 7 16 25 1 1)" \
    "$(izhikevich 8 4 16 8 16 7 16 12 5 1)" "$(izhikevich 8 4 16 8 16 7 16 12 1 5)" \
    "$(izhikevich 9 4 16 8 16 7 16 12 1 1)" -GKind=1 "-GNWords=32 -GStageW=385"; do
    # shellcheck disable=SC2086
    verilator --lint-only -Wno-fatal -y "$root/rtl" --top-module stw_any_net $wrong "$root/rtl/stw_any_net.sv" \
        >"$out/wrong.log" 2>&1 && fail "stw_any_net $wrong was elaborated"
    grep -q "Cannot find.*stw_parameter_error" "$out/wrong.log" || fail "$wrong: $(head -1 "$out/wrong.log")"
    wrongs=$((wrongs + 1))
done
test "$wrongs" -eq 7 || fail "only $wrongs wrong laws"

# A parameter out of its range has to stop the elaboration.
for wrong in -GLeakKind=6 -GRoundLeak=5 -GRefractoryTicks=256 -GInputBits=9 \
    "-GWrap=1 -GSymmetric=1" -GWeightBits=17 "-GRecurrent=8'h3"; do
    # shellcheck disable=SC2086
    verilator --lint-only -Wno-fatal -y "$root/rtl" --top-module stw_net $wrong "$root/rtl/stw_net.sv" \
        >"$out/wrong.log" 2>&1 && fail "$wrong was elaborated"
    grep -q "Cannot find.*stw_parameter_error" "$out/wrong.log" || fail "$wrong: $(head -1 "$out/wrong.log")"
done

for top in stw_net stw_dpi_net stw_any_net; do
    iverilog -g2012 -Wall -s $top -o "$out/$top.vvp" "$root"/rtl/*.sv >"$out/iverilog.log" 2>&1 ||
        fail "iverilog: $(head -1 "$out/iverilog.log")"
    test -s "$out/iverilog.log" && fail "iverilog: $(head -1 "$out/iverilog.log")"
done

# Cells, as words of the `stat` report: cell NAME of TOP.
synthesise() { # top
    yosys -q -l "$out/$1.yosys.log" -p "read_verilog -sv $root/rtl/*.sv
        synth_ice40 -dsp -top $1
        check -assert
        tee -o $out/$1.stat stat" >/dev/null || fail "yosys $1: see $out/$1.yosys.log"
    grep -q "^Warning: .*[Ll]atch" "$out/$1.yosys.log" && fail "yosys $1: a latch"
    return 0
}
cells() { awk -v name="$2" '$1 ~ name {n += $2} END {print n + 0}' "$out/$1.stat"; }

# Architectural state of the default: weights, words and v; a net of 16, 64 recurrent, 2.
state_bits=$((16 * (16 + 80 * 64 + 64 * 2) + (16 + 64 + 2) * (4 * 16 + 16)))
synthesise stw_layer
synthesise stw_net
synthesise stw_dpi_neuron
synthesise stw_dpi_net
synthesise stw_izhikevich_neuron
synthesise stw_any_net
held=$(($(cells stw_net '^SB_RAM40') * 4096 + $(cells stw_net '^SB_DFF')))
test "$held" -ge "$state_bits" || fail "yosys: $held bits held, $state_bits in the architecture"
test "$(cells stw_layer '^SB_DFF')" -lt 600 || fail "yosys: a memory became flip-flops"
# Of 60 inputs and 2 recurrent neurons: weights, words, tables and state.
dpi_bits=$((62 * 2 * 32 + 2 * (7 * 32 + 4 * 24 + 2 * 30 + 3 * 27 + 16) + 2 * 257 * 22 + 27 +
    2 * (4 * 32 + 27 + 16 + 6)))
dpi_held=$(($(cells stw_dpi_net '^SB_RAM40') * 4096 + $(cells stw_dpi_net '^SB_DFF')))
test "$dpi_held" -ge "$dpi_bits" || fail "yosys: $dpi_held bits held, $dpi_bits in the DPI layer"
# Of the same net, ten words of 16 bits a neuron.
any_bits=$((16 * (16 + 80 * 64 + 64 * 2) + (16 + 64 + 2) * 10 * 16))
any_held=$(($(cells stw_any_net '^SB_RAM40') * 4096 + $(cells stw_any_net '^SB_DFF')))
test "$any_held" -ge "$any_bits" || fail "yosys: $any_held bits held, $any_bits in stw_any_net"
for top in stw_layer stw_net stw_dpi_neuron stw_dpi_net stw_izhikevich_neuron stw_any_net; do
    echo "$top: $(cells $top '^SB_LUT4') LUT4, $(cells $top '^SB_CARRY') carry," \
        "$(cells $top '^SB_DFF') flip-flops, $(cells $top '^SB_RAM40') block RAM," \
        "$(cells $top '^SB_MAC16') DSP"
done
echo "PASS rtl_lint: $modules modules, $held bits held for $state_bits of state"
