#!/usr/bin/env bash
# The committed vectors: recomputed by the golden model, by the RTL, and noticed when a digit changes.
#
#   tests/cli/cosim/vectors_golden.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$root" || exit 2
net=vectors/tiny.nir

# Files of version 1: nothing in them says what was sent.
for k in 0 3; do
    file=vectors/tiny_chip$k.vec
    same="check: 3750 words, 0 differ; 3750 spike bits, 0 differ (1 clips)"
    unseen="no stimulus hash: what was dropped cannot be seen"
    expect "chip $k: model" "$same"$'\n'"spiketwin check: warning: $file: $unseen" \
        "$("$spiketwin" check "$net" -k $k -q "$file" 2>&1)"
    expect "chip $k: RTL" "$same"$'\n'"spiketwin check: warning: -: $unseen" \
        "$("$spiketwin" dut "$net" -k $k -q "$file" 2>&1 | "$spiketwin" check "$net" -k $k -q 2>&1)"
    expect "chip $k: stages of the RTL" "${same/ (1/; 30000 words of stages, 0 differ (1}"$'\n'"spiketwin check: warning: -: $unseen" \
        "$("$spiketwin" dut "$net" -k $k -q --stages "$file" 2>&1 | "$spiketwin" check "$net" -k $k -q 2>&1)"
done

# One digit of the last membrane word: exit 1, and the place.
awk '/^V 124 2/ { sub(/.$/, ($0 ~ /0$/) ? "1" : "0") } { print }' vectors/tiny_chip3.vec >"$tmp/changed.vec"
cmp -s "$tmp/changed.vec" vectors/tiny_chip3.vec && bad "a changed digit" "nothing was changed"
"$spiketwin" check "$net" -k 3 "$tmp/changed.vec" >"$tmp/out" 2>"$tmp/err"
expect "a changed digit: exit" 1 $?
expect "a changed digit: place" "tick 124, layer 2, neuron 1, word V" \
    "$(grep -o 'tick 124, layer 2, neuron 1, word V' "$tmp/err")"
"$spiketwin" check "$net" -k 2 vectors/tiny_chip3.vec >"$tmp/out" 2>"$tmp/err"
expect "another chip: exit" 2 $?
head -n 100 vectors/tiny_chip3.vec | "$spiketwin" check "$net" -k 3 >"$tmp/out" 2>"$tmp/err"
expect "a short file: exit" 2 $?
grep -v '^[VZ] ' vectors/tiny_chip3.vec | "$spiketwin" check "$net" -k 3 >"$tmp/out" 2>"$tmp/err"
expect "no results: exit" 2 $?
PATH="$tmp" "$spiketwin" dut "$net" -k 3 --build "$tmp/none" -q vectors/tiny_chip3.vec >"$tmp/out" 2>"$tmp/err"
expect "no Verilator: exit" 2 $?
expect "no Verilator: named" verilator "$(grep -o verilator "$tmp/err" | head -n 1)"
finish
