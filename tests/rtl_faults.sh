#!/usr/bin/env bash
# That the lockstep can fail: faults of different kinds planted in a copy of rtl/, one at a time, each at
# one neuron and tick. The report must name that tick, neuron and stage as root; the copy without a fault
# must compare equal.
#
#   tests/rtl_faults.sh [PROGRAM]
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
export OMP_NUM_THREADS=1
"$root/tests/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2
"$spiketwin" train -d clips --held-percent 40 -n 16 -R -e 2 -q -o run >/dev/null || exit 2
mkdir -p "$root/build/verify/parts"
"$root/tests/rtl_faults.py" "$spiketwin" run clips "$tmp/work" --json "$root/build/verify/parts/faults.json" | tee "$tmp/out"
expect "exit" 0 "${PIPESTATUS[0]}"
expect "faults named at their place" 11 "$(grep -c '^ok ' "$tmp/out")"
expect "no fault" "no fault: exit 0, 0 differ" "$(head -n 1 "$tmp/out")"
finish
