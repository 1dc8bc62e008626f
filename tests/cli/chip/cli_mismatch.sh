#!/usr/bin/env bash
# spiketwin mismatch: its sums against those of the words that `gen --memories` writes, added up here; for any
# number of threads; what it refuses.
#
#   tests/cli/chip/cli_mismatch.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

cat >second.py <<'PY'
import json, math, os, sys

told, chips = json.load(open(sys.argv[1])), [int(k) for k in sys.argv[2:]]


def words(k, layer, word):
    lines = open(f"m{k}/layer{layer}_{word}.hex").read().split()
    bits = 4 * len(lines[0])
    values = [int(x, 16) for x in lines]
    return [x - (1 << bits) if word in ("weight", "theta", "bias") and x >> (bits - 1) else x for x in values]


wrong = words_seen = changed_rows = 0
for row in told["rows"]:
    nominal = words(0, row["layer"], row["word"])
    of = [words(k, row["layer"], row["word"]) for k in chips]
    change = [b - a for chip in of for a, b in zip(nominal, chip)]
    n, mean = len(change), sum(change) / len(change)
    square = sum(x * x for x in change) / n
    size = math.sqrt(sum(a * a for a in nominal) / len(nominal))
    sd = math.sqrt(max(0, square - mean * mean))
    words_seen += n
    near = lambda a, b: abs(a - b) <= 1e-9 * (1 + abs(b))
    wrong += row["words"] != len(nominal) or not near(row["changed"], sum(x != 0 for x in change) / n)
    wrong += not near(row["mean"], mean) or not near(row["sd"], sd)
    wrong += not near(row["mean_size"], sum(map(abs, change)) / n)
    wrong += not near(row["sd_of_nominal"], sd / size) if size else "sd_of_nominal" in row
    if any(change):
        changed_rows += 1
        at, most = row["largest"], max(map(abs, change))
        here = of[chips.index(at["chip"])]
        rows = len(nominal) // told["sizes"][row["layer"]]  # a neuron's weights lie behind one another
        place = at["neuron"] * rows + at.get("row", 0)
        wrong += abs(at["change"]) != most or at["word"] - at["nominal"] != at["change"]
        wrong += (nominal[place], here[place]) != (at["nominal"], at["word"])
    else:
        wrong += "largest" in row
    everything = nominal + [w for chip in of for w in chip]
    bins, lo, hi = row["distribution"], min(everything), max(everything)
    wrong += (bins["lo"], bins["hi"]) != (lo, hi)
    for name, list_of in (("nominal", [nominal]), ("chips", of)):
        counted = [0] * 64
        for chip in list_of:
            for w in chip:
                counted[(w - lo) * 64 // (hi - lo + 1)] += 1
        wrong += bins[name] != counted
print(wrong, words_seen == told["words"], changed_rows)
PY

# What the words of chips are, from the memories that RTL is loaded with.
look() { # NAME NET CHANGED-ROWS SIZES CHIPS-ARGUMENTS... -- CHIP...
    local name=$1 net=$2 changed=$3 sizes=$4 arguments=() k
    shift 4
    while [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    shift
    rm -rf m[0-9]*
    for k in 0 "$@"; do "$spiketwin" gen "$net" -k "$k" -m "m$k" -q || bad "$name: memories" "exit $?"; done
    "$spiketwin" mismatch "$net" "${arguments[@]}" -q --json >told.json 2>err.txt || bad "$name" "$(<err.txt)"
    python3 - "$sizes" <<'PY'
import json, sys
told = json.load(open("told.json"))
told["sizes"] = [int(x) for x in sys.argv[1].split(",")]
json.dump(told, open("told.json", "w"))
PY
    expect "$name: every sum, the largest, each bin" "0 True $changed" "$(python3 second.py told.json "$@")"
}

"$spiketwin" make fpga-q8.8 --layer 6x6o --layer 6x9r --layer 9x2 --labels yes,no --random 1 -q -o net.nir 2>err.txt || bad make "$(<err.txt)"
look "one chip" net.nir 6 6,9,2 -k 7 -- 7
look "70 chips: more than are added up at a time" net.nir 6 6,9,2 -n 70 -- $(seq 70)
"$spiketwin" make fpga-q8.8 --layer 6x6o --layer 6x9r --layer 9x2 --labels yes,no --random 1 --set mismatch.leak.local=0.1 \
    --set mismatch.weight_gain.local=0 -q -o leaks.nir 2>err.txt || bad make "$(<err.txt)"
look "leaks vary, weights do not" leaks.nir 9 6,9,2 -n 5 -- 1 2 3 4 5
"$spiketwin" make izhikevich --layer 6x9r --layer 9x2 --labels yes,no --random 1 -q -o iz.nir 2>err.txt || bad make "$(<err.txt)"
"$spiketwin" mismatch iz.nir -n 20 -q >out.txt 2>err.txt
expect "another law" "0 2" "$? $(grep -c '^layer . weight' out.txt)"

one=$("$spiketwin" mismatch net.nir -n 200 -q --json -t 1 | grep -v '"threads"\|"command"' | sha256sum)
for threads in 2 3; do
    expect "the same for $threads threads" "$one" \
        "$("$spiketwin" mismatch net.nir -n 200 -q --json -t $threads | grep -v '"threads"\|"command"' | sha256sum)"
done

# Words at the end of their format: what is clamped is counted.
"$spiketwin" make fpga-q8.8 --layer 4x3 --labels a,b,c --random 1 --corners -q -o ends.nir 2>err.txt || bad make "$(<err.txt)"
"$spiketwin" mismatch ends.nir -n 50 -q --json >told.json
expect "clamped words are counted" True "$(python3 -c '
import json
told = json.load(open("told.json"))
print(0 < told["clamped"] < told["words"])')"

"$spiketwin" mismatch net.nir -n 50 -q --svg words.svg >/dev/null 2>err.txt
expect "a picture with a panel for each kind of word that changes" "0 6" "$? $(grep -c 'layer . ' words.svg)"

refuse() { # NAME WANTED ARGUMENTS..
    local name=$1 wanted=$2
    shift 2
    "$spiketwin" mismatch "$@" >out.txt 2>err.txt
    expect "refused: $name" "2 0 spiketwin mismatch: $wanted" "$? $(stat -c %s out.txt) $(<err.txt)"
}
refuse "no net" "NET is needed: the net.nir of a run folder"
refuse "no chip" "--chips: 0, allowed 1..1000000" net.nir -n 0
refuse "the nominal one" "--virtual-chip: 0, allowed 1..2147483647" net.nir -k 0
refuse "one chip of many" "--virtual-chip is one chip: --chips has no place beside it" net.nir -k 3 -n 5
refuse "nothing to draw" "--svg: no word of these chips differs from the nominal one's" net.nir -n 5 --svg never.svg \
    --set mismatch.weight_gain.local=0 --set mismatch.threshold.local=0
expect "and nothing is written" "" "$(ls never.svg 2>/dev/null)"
finish
