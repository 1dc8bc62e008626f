#!/usr/bin/env bash
# The harnesses of tests/fuzz without libFuzzer: each takes the seeds that it writes, and each input that
# once ended a reader (tests/fuzz/regressions/READER) is taken or refused now.
#
#   tests/cli/bad/fuzz_regressions.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export OMP_NUM_THREADS=1 TMPDIR=$tmp
harnesses=$(dirname "$spiketwin")/tests/fuzz/readers

for source in "$root"/tests/fuzz/readers/fuzz_*.c; do
    name=$(basename "$source" .c) reader=${source##*/fuzz_}
    reader=${reader%.c}
    mkdir "$tmp/$reader"
    "$harnesses/$name" --seeds "$tmp/$reader" >"$tmp/out" 2>&1 || { bad "$reader: seeds" "$(tail -n 5 "$tmp/out")"; continue; }
    n=$(find "$tmp/$reader" -type f | wc -l)
    timeout 120 "$harnesses/$name" "$tmp/$reader" >"$tmp/out" 2>&1
    expect "$reader: its seeds are taken" "$n inputs, $n taken" "$(tail -n 1 "$tmp/out")"
    for input in "$root/tests/fuzz/regressions/$reader"/*; do
        [ -e "$input" ] || continue
        timeout 20 "$harnesses/$name" "$input" >"$tmp/out" 2>&1
        rc=$?
        if [ $rc -eq 0 ]; then ok "$reader: ${input##*/}"; else bad "$reader: ${input##*/}" "exit $rc" "$(tail -n 5 "$tmp/out")"; fi
    done
done
for folder in "$root"/tests/fuzz/regressions/*/; do
    [ -e "$root/tests/fuzz/readers/fuzz_$(basename "$folder").c" ] || [ ! -d "$folder" ] || bad "$folder" "no such reader"
done
finish
