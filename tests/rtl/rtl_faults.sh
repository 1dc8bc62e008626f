#!/usr/bin/env bash
# That the lockstep can fail: faults of different kinds planted in a copy of rtl/, one at a time, each at
# one neuron and tick. The report must name that tick, neuron and stage as root; the copy without a fault
# must compare equal.
#
#   tests/rtl/rtl_faults.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../lib/shell.sh"
export OMP_NUM_THREADS=1
"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2
"$spiketwin" train -d clips --held-percent 40 --hidden 16 -R -e 2 -b 128 --lr 4e-3 --surrogate 10 --reset-grad 0 --front-start 0 --clips-per-chip 16 --mask 0 --mask-inputs 0 \
    -q -o run >/dev/null || exit 2
mkdir -p "$root/build/verify/parts"
"$root/tests/rtl/rtl_faults.py" "$spiketwin" run clips "$tmp/work" --json "$root/build/verify/parts/faults.json" | tee "$tmp/out"
expect "exit" 0 "${PIPESTATUS[0]}"
expect "faults named at their place" 11 "$(grep -c '^ok ' "$tmp/out")"
expect "no fault" "no fault: exit 0, 0 differ" "$(head -n 1 "$tmp/out")"

# The wave around the first fault has the twin's signals beside the RTL's, and they differ there.
"$spiketwin" cosim run/net.nir -d clips -S train -k 1 -T -q --source work/tree1 --build work/dut \
    -c work/demo.yaml -W wave.fst 2>err >out
expect "wave: exit" 1 $?
include=$(verilator --getenv VERILATOR_ROOT)/include
gcc -w -DFST_CONFIG_INCLUDE='"fst_config.h"' -I"$include" -I"$include/gtkwave" -o fst_read \
    "$root/tests/fst/fst_read.c" "$include"/gtkwave/{fstapi,lz4,fastlz}.c -lz -lpthread || bad "fst_read" "not built"
./fst_read wave.fst >wave
expect "wave: both sides" "12 of 12 wanted" "$(grep -o '[0-9]* of 12 wanted' wave)"
leak=$(sed -nE 's/^  leak +(-?[0-9]+) \/ (-?[0-9]+) +<-- differs.*/\2\/\1/p' err | head -n 1)
expect "wave: RTL/twin of the root" "layer 1 neuron 6: leak $leak" \
    "$(head -n 1 wave | grep -o 'layer 1 neuron 6: leak [-0-9]*/[-0-9]*')"
finish
