#!/usr/bin/env bash
# Words that leave a virtual chip are in their format, and what a chip file does not say is not taken
# for 0: each verb refuses by name, or works with the whole format.
#
#   tests/cli/train/cli_words.sh [PROGRAM]     cases: SPIKETWIN_CASES, or ../shared/cases beside the tree
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cases=$(realpath -m "${SPIKETWIN_CASES:-$root/../shared/cases}")
net=$root/vectors/tiny.nir
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 4 1 && cp -r clips pitches && mv clips/low clips/no && mv clips/high clips/yes && rm -f clips/*.txt || exit 2

# run NAME EXIT TEXT VERB...: exits so, and TEXT stands in what it said
run() {
    local name=$1 exit=$2 text=$3
    shift 3
    "$spiketwin" "$@" >out.txt 2>err.txt
    local rc=$?
    if [ $rc = "$exit" ] && grep -qF -- "$text" out.txt err.txt; then
        ok "$name"
    else
        bad "$name" "exit $rc, wanted $exit" "wanted: $text" "got:    $(cat out.txt err.txt | head -n 4)"
    fi
}

# A chip whose file ends after the law has every word of the weights' format: the words of one whose
# jitter does not act on the leak.
sed '/acts_leak/s/true/false/' "$root/chips/fpga-q8.8.yaml" >even.yaml
sed '/^tick:/,$d; s/^name: .*/name: law-only/' "$root/chips/fpga-q8.8.yaml" >law.yaml
hash_of() { "$spiketwin" info "$net" -c "$1" --json 2>/dev/null | grep -o '"image_hash": *"[0-9a-f]*"' | grep -o '[0-9a-f]\{16\}'; }
expect "law only: the same words" "$(hash_of even.yaml)" "$(hash_of law.yaml)"
"$spiketwin" gen "$net" -c even.yaml -d clips -S train -n 2 --expect -q >full.vec 2>err.txt || bad "gen" "exit $?"
run "law only: the same results" 0 " 0 differ" check "$net" -c law.yaml full.vec
awk '/^[ZV] /{for (i = 4; i <= NF; i++) gsub(/[1-9a-f]/, "0", $i)} {print}' full.vec >dead.vec
run "law only: a silent device differs" 1 " differ" check "$net" -c law.yaml dead.vec
run "Loihi: the net has no value for the current" 2 \
    "loihi: law.currents, the decay of a synaptic current: the net has no value for it" check "$net" -c loihi dead.vec
gain="sc-neurocore: law.gain, the gain of the input: the net has no value for it"
run "SC-NeuroCore: the net has no value for the gain" 2 "$gain" check "$net" -c sc-neurocore dead.vec
run "SC-NeuroCore: info says so" 0 "$gain" info "$net" -c sc-neurocore
run "SC-NeuroCore: memories for a host that writes it" 0 "$gain: its words as they are" gen "$net" -c sc-neurocore -m host
run "Xylo: drc: the net has no value for the current" 2 "xylo-v2: law.currents, the decay of a synaptic current" \
    drc "$net" -c xylo-v2
run "Xylo: predict: the net has no value for the current" 2 "xylo-v2: law.currents, the decay of a synaptic current" \
    predict "$net" -c xylo-v2 -d clips -n 2
for verb in "predict -n 2" "cosim -n 2" "sensitivity -n 2" "calibrate -n 2" "gen -n 1" "replay -k 1"; do
    # shellcheck disable=SC2086
    run "law only: ${verb%% *} needs a front end" 2 "law-only" ${verb%% *} "$net" -c law.yaml -d clips ${verb#* }
done
run "law only: drc" 2 "law-only: its file ends after the law" drc "$net" -c law.yaml
run "law only: train" 2 "law-only" train -c law.yaml -d clips -o never -e 1

# Nominal words that do not fit are refused by their neuron; a shift is a whole number.
for kind in shift shift_moves; do
    sed "s/value: exponential/value: $kind/; s/^name: .*/name: $kind/" "$root/chips/fpga-q8.8.yaml" >"$kind.yaml"
    run "a part of a shift: $kind" 2 "allowed whole numbers 0..31 (the word of $kind)" gen "$net" -c $kind.yaml -d clips -S train -n 1
    run "a part of a shift: $kind, drc" 1 "leak" drc "$net" -c $kind.yaml
    run "a part of a shift: $kind, mended" 0 "" drc "$net" -c $kind.yaml --fix $kind.nir
    run "a whole shift: $kind" 0 "" gen $kind.nir -c $kind.yaml -d clips -S train -n 1 --expect
    cp out.txt $kind.vec
    run "a whole shift: $kind, checked" 0 " 0 differ" check $kind.nir -c $kind.yaml $kind.vec
done
sed 's/value: Q8.8, source: "SC-NeuroCore Tutorial 48"/value: Q3.8, source: "x"/; s/value: 8.0, unit: membrane/value: 2.0, unit: membrane/;
     s/min: {value: -128/min: {value: -4/; s/max: {value: 127.99609375/max: {value: 3.99609375/; s/^name: .*/name: narrow/' \
    "$root/chips/fpga-q8.8.yaml" >narrow.yaml
run "a threshold beyond its word" 2 "layer 0, neuron 0: threshold, 8, allowed 0.00390625..3.99609375 (the word of narrow)" \
    predict "$net" -c narrow.yaml -d clips -S train -n 2

if [ -d "$cases" ]; then
    leak=$cases/files/signed_leak_411
    mkdir memories
    run "signed leak: made" 0 "" gen "$leak/net.nir" -c "$leak/chip.yaml" -d pitches -S train -n 1 -k 411 -m memories --expect
    cp out.txt signed.vec
    # 27 bits in 7 digits; no leak is negative
    expect "signed leak: three layers of words" 3 "$(grep -lE '^[0-9a-f]{7}$' memories/*_lambda.hex | wc -l)"
    expect "signed leak: words beyond their format" 0 "$(cat memories/*_lambda.hex | grep -cE '^[4-9a-f]')"
    run "signed leak: checked" 0 " 0 differ" check "$leak/net.nir" -c "$leak/chip.yaml" -k 411 signed.vec
    run "shift_moves: refused" 2 "lam1.nir: /node/nodes/n0/tau differs from /spiketwin" \
        gen "$cases/files/lam1.nir" -c "$cases/files/sm.yaml" -d pitches -S train -n 1 -m memories --expect
    run "a silent device on Loihi" 2 "loihi: law.currents" check "$net" -c loihi "$cases/vectors/dead.vec"
else
    left_out "words of a signed leak and of a shift that moves" "$cases is not there (SPIKETWIN_CASES names it)"
fi
finish
