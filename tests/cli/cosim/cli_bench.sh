#!/usr/bin/env bash
# `spiketwin bench`: a device with ports of its own (examples/dut/serial_core.v) goes into the three places, and 0 words differ;
# places that are left, wrong ports, missing tools and a device that hangs are one line each.
#
#   tests/cli/cosim/cli_bench.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/waves.sh
. "$root/tests/lib/waves.sh"
cd "$tmp" || exit 2
core=$root/examples/dut/serial_core.v
export SPIKETWIN=$spiketwin
export STW_GOLDEN=${STW_GOLDEN:-$(dirname "$spiketwin")/libstw_golden.so}
fill() { python3 -B "$root/tests/lib/fill_bench.py" "$@"; }
# says NAME EXIT LINE COMMAND...: exit code, and standard error is this line alone.
says() {
    local name=$1 exit=$2 line=$3
    shift 3
    "$@" >out.txt 2>err.txt
    expect "$name: exit" "$exit" $?
    expect "$name: line" "$line" "$(<err.txt)"
}

"$spiketwin" bench fpga-q8.8 --layer 6x5r --pipe -o pipe 2>err.txt || bad "bench" "$(<err.txt)"
same='check: [0-9]* words, 0 differ; [0-9]* spike bits, 0 differ ([0-9]* clips)'

# The places, one after another.
says "no place" 2 "bench: wrapper.svh: the place REST is not filled in" pipe/run "$core"
fill pipe REST
says "one place" 2 "bench: wrapper.svh: the place TICK is not filled in" pipe/run "$core"
fill pipe TICK
says "two places" 2 "bench: wrapper.svh: the place WORDS is not filled in" pipe/run "$core"
fill pipe WORDS
pipe/run "$core" >out.txt 2>err.txt
expect "three places: exit" 0 $?
head -n 1 out.txt | grep -qx "$same" && ok "three places" || bad "three places" "$(head -n 3 out.txt err.txt)"
[ "$(grep -c '^V ' pipe/build/records.vec)" -gt 50 ] && ok "ticks" || bad "ticks" "$(grep -c '^V ' pipe/build/records.vec)"
cp pipe/build/records.vec good.vec
make -s -C pipe wave DUT="$core" >out.txt 2>&1 && [ -s pipe/build/bench.fst ] && ok "make wave" || bad "make wave" "$(tail -n 3 out.txt)"
grep -q '^\[dumpfile\] "build/bench.fst"$' pipe/bench.gtkw && grep -q '^load_file build/bench.fst$' pipe/bench.sucl &&
    ok "save files" || bad "save files" "$(head pipe/bench.gtkw pipe/bench.sucl)"
if command -v verilator >/dev/null; then
    save_files "make wave" pipe/bench pipe/build/bench.fst 1
else
    left_out "names in save files" "no verilator, whose reader of FST is used"
fi

# The page's ten minutes, typed by the clock.
"$root/scripts/foreign" "$spiketwin" --only ports >typed.txt 2>err.txt
expect "ten minutes: exit" 0 $?
grep -q '^| all | [1-9][0-9]* |$' typed.txt && grep -q "^    $same" typed.txt && ok "ten minutes: $(grep '^| all' typed.txt)" ||
    bad "ten minutes" "$(<typed.txt)" "$(<err.txt)"

# A fault of the device, and what is no device.
sed 's/if (rest > middle || /if (rest >= middle || /' "$core" >wrong.v
cmp -s wrong.v "$core" && bad "planted" "the line is not in the device"
pipe/run wrong.v >out.txt 2>err.txt
expect "rounds half up: exit" 1 $?
grep -q '^first difference: clip ' err.txt && ok "rounds half up: place" || bad "rounds half up: place" "$(<err.txt)"
sed "s/busy <= 1'b0;/busy <= 1'b1;/" "$core" >hangs.v
says "hangs" 2 "bench: clip 0, tick 0: no answer in 5000 time units (PATIENCE): does the device hang?" env PATIENCE=5000 pipe/run hangs.v
sed 's/if (step \&\& !busy) begin/while (step) k = 0; if (0) begin/' "$core" >loops.v
TIMEOUT=2 pipe/run loops.v >out.txt 2>err.txt
expect "loops without time: exit" 2 $?
grep -q '^bench: no end within 2 s (TIMEOUT): does the device hang?' err.txt && expect "loops: lines" 1 "$(wc -l <err.txt)" ||
    bad "loops" "$(<err.txt)"
sed 's/aer_charge/aer_dose/' "$core" >port.v
# shellcheck disable=SC2016
says "a port that is not there" 2 'bench: iverilog: ./wrapper.svh:13: error: port ``aer_charge'"''"' is not a port of u_dut. (all of it: build/build.log)' \
    pipe/run port.v
says "no such file" 2 "bench: none.v: cannot be read" pipe/run none.v
says "no file" 2 "bench: which files is your device? ./run core.v ..., or make DUT='core.v ...'" pipe/run
mkdir few
for tool in bash env dirname realpath timeout mkdir rm; do ln -s "$(command -v $tool)" few/; done
says "no Icarus" 2 "bench: iverilog is not installed" env PATH="$tmp/few" pipe/run "$core"
says "no spiketwin" 2 "bench: spiketwin is not in PATH: set SPIKETWIN to the program" env PATH="$tmp/few" SPIKETWIN=/none/spiketwin pipe/run "$core"

# A device that hangs in a pipe of one's own.
"$spiketwin" dut pipe/net.nir -q pipe/in.vec >out.txt || bad "dut" "not built"
sed '/^T 3 /q' good.vec >begun.vec
clip=$(sed -n 's/^C \([0-9]*\) .*/\1/p' begun.vec | tail -n 1)
for verb in check dut; do
    says "$verb --timeout" 2 "spiketwin $verb: -: nothing for 1 s (--timeout) after clip $clip, tick 3: does the device hang?" \
        bash -c "{ cat begun.vec; sleep 5; } | \"$spiketwin\" $verb pipe/net.nir -q --timeout 1"
done
says "check --timeout, a file" 0 "" "$spiketwin" check pipe/net.nir -q --timeout 1 good.vec
says "--timeout 0" 2 "spiketwin check: --timeout: 0, allowed 1..1000000" "$spiketwin" check pipe/net.nir --timeout 0

# A net of one's own, one of its virtual chips, and vectors at random; another law, with records of version 3.
says "a net" 0 "" "$spiketwin" bench "$root/vectors/tiny.nir" -k 3 --random 2 -n 2 --ticks 20 --pipe -o tiny
expect "a net: its image" "$(grep -o 'H image=.*' tiny/in.vec)" \
    "$("$spiketwin" gen "$root/vectors/tiny.nir" -k 3 --random 2 -n 2 --ticks 20 | grep -o 'H image=.*')"
grep -q 'check net.nir -k 3 build' tiny/run && ok "a net: its chip" || bad "a net: its chip" "$(tail -n 1 tiny/run)"
for chip in loihi xylo-v2 izhikevich sc-neurocore; do
    for way in pipe dpi cocotb; do
        "$spiketwin" bench $chip --layer 4x3 --random 1 --$way -o "$chip-$way" 2>err.txt || bad "$chip: $way" "$(<err.txt)"
    done
    # A device that says nothing of its words: every width is right where the file is read to its end.
    sed -i -E '/todo\("/d; s/^(reg clk = 0;)/\1/' "$chip-pipe/wrapper.svh"
    sed -i -E "s|^    // (for .*\|end)$|    \1|; s|^    //   (.*)\[n\] = u_dut.;|      \1[n] = 0;|" "$chip-pipe/wrapper.svh"
    echo 'module none; endmodule' >none.sv
    "$chip-pipe/run" none.sv >out.txt 2>err.txt
    rc=$?
    grep -qE '^check: [1-9][0-9]* words, ' out.txt && [ $rc -ge 1 ] && ok "$chip: records" || bad "$chip: records" "$(head -n 3 out.txt err.txt)"
done

# What is refused.
says "no way" 2 "spiketwin bench: --pipe, --dpi or --cocotb: one of them is needed" "$spiketwin" bench fpga-q8.8 -o none
says "two ways" 2 "spiketwin bench: --pipe, --dpi or --cocotb: one of them is needed" "$spiketwin" bench fpga-q8.8 --pipe --dpi -o none
says "no --out" 2 "spiketwin bench: --out is needed: the folder" "$spiketwin" bench fpga-q8.8 --pipe
says "a folder that is there" 2 "spiketwin bench: pipe: is there; --force replaces a folder that bench wrote, or name another --out" \
    "$spiketwin" bench fpga-q8.8 --pipe -o pipe
mkdir mine
says "a folder of others" 2 "spiketwin bench: mine: is no folder that bench wrote: not replaced" "$spiketwin" bench fpga-q8.8 --pipe -o mine --force
says "--force" 0 "" "$spiketwin" bench fpga-q8.8 --pipe -o tiny --force
says "--layer of a net" 2 "spiketwin bench: --layer goes with a CHIP: pipe/net.nir is a net" "$spiketwin" bench pipe/net.nir --layer 2x2 --pipe -o none
expect "nothing is left" "" "$(ls -d none ./*spiketwin-part 2>/dev/null)"

# The golden library beside it, in Verilator and in cocotb.
"$spiketwin" bench fpga-q8.8 --layer 6x5r --dpi -o dpi || bad "dpi" "not written"
fill dpi
dpi/run "$core" >out.txt 2>err.txt
expect "dpi: exit" 0 $?
head -n 1 out.txt | grep -qx 'bench: [1-9][0-9]* words, 0 differ' && ok "dpi" || bad "dpi" "$(head -n 3 out.txt err.txt)"
dpi/run wrong.v >out.txt 2>err.txt
expect "dpi, rounds half up: exit" 1 $?
python=${COCOTB_PYTHON:-python3}
if "$python" -c 'from cocotb_tools.runner import get_runner' 2>/dev/null; then
    "$spiketwin" bench fpga-q8.8 --layer 6x5r --cocotb -o cocotb || bad "cocotb" "not written"
    says "cocotb, no place" 2 "bench: wrapper.py: the place REST is not filled in: TOP" cocotb/run "$core"
    fill cocotb
    cocotb/run "$core" >out.txt 2>err.txt
    expect "cocotb: exit" 0 $?
    head -n 1 out.txt | grep -qx 'bench: [1-9][0-9]* words, 0 differ' && ok "cocotb" || bad "cocotb" "$(head -n 3 out.txt err.txt)"
    cocotb/run wrong.v >out.txt 2>err.txt
    expect "cocotb, rounds half up: exit" 1 $?
    says "cocotb, hangs" 2 "bench: clip 0, tick 0: no answer in 5000 ns (PATIENCE): does the device hang?" env PATIENCE=5000 cocotb/run hangs.v
else
    echo "left out: bench --cocotb runs: $python has no cocotb 2"
fi
finish
