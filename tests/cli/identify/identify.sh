#!/usr/bin/env bash
# spiketwin identify: laws found from tables of words alone, what a recording leaves open, and tables that are refused.
#
#   tests/cli/identify/identify.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
source "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

# A neuron in awk, apart from the model: keep v·(4096 - 163)/4096 toward zero, one tick late, θ 1600, reset to 0.
awk 'BEGIN { print "x,v,z"; srand(7); w = 640
    for (t = 0; t < 1000; t++) {
        x = rand() < 0.2 ? 1 : 0; c = int(v * (4096 - 163) / 4096) + w * was; was = x
        z = c > 1600; v = z ? 0 : c; print x "," v "," z } }' >late.csv
"$spiketwin" identify late.csv --seconds 0 -o late.yaml --ask ask.csv >out.txt 2>err.txt
expect "a law with an input a tick late: exit code and stderr" "0 " "$? $(cat err.txt)"
for line in "rows: an input acts in the row after its own" "leak_kind: exponential" "order: leak_first" "  weight of x: 640" \
    "open: fire: ge, gt (whether it fires at the threshold or above it)"; do
    grep -qxF -- "$line" out.txt && ok "says: $line" || bad "says: $line" "$(cat out.txt)"
done
grep -qE '^  leak: 163 / 2\^12' out.txt && ok "its leak" || bad "its leak" "$(cat out.txt)"
"$spiketwin" info late.yaml >/dev/null 2>err.txt && ok "its chip file is one" || bad "its chip file is one" "$(cat err.txt)"
expect "asks within what the recording has" "0 1" "$(awk -F, 'NR > 1 { print $2 }' ask.csv | sort -nu | tr '\n' ' ' | sed 's/ $//')"
"$spiketwin" identify late.csv --seconds 0 --json 2>/dev/null | python3 -c '
import json, sys
x = json.load(sys.stdin)
print(x["explained"], x["laws"] > 1, x["law"]["order"], x["words"][0]["leak"], x["words"][0]["weights"])' >got.txt
expect "the same in JSON" "True True leak_first 163 {'x': 640}" "$(cat got.txt)"

# What the recording never touches is open: no spike, and no end of a word.
awk 'BEGIN { print "x,v,z"; for (t = 0; t < 300; t++) { x = (t * 7) % 5; v = v - int(v / 8) + 3 * x; print x "," v ",0" } }' >quiet.csv
"$spiketwin" identify quiet.csv --seconds 0 >out.txt 2>err.txt
for f in fire reset refractory_ticks refractory; do
    grep -q "^open: $f: any (.*no spike is in the recording)$" out.txt && ok "no spike: $f is open" || bad "no spike: $f is open" "$(cat out.txt err.txt)"
    grep -q "^$f:" out.txt && bad "no spike: $f is not told" "$(cat out.txt)" || ok "no spike: $f is not told"
done
grep -q "^open: clamp: saturate, wrap" out.txt && ok "no end: the clamp is open" || bad "no end: the clamp is open" "$(cat out.txt)"
grep -q "^  threshold: open, " out.txt && ok "no spike: the threshold is open" || bad "no spike: the threshold is open" "$(cat out.txt)"

# No law: exit code 1, the nearest and its first row.
awk 'BEGIN { print "x,v,z"; for (t = 0; t < 300; t++) { x = (t * 7) % 5; v = v - int(v / 8) + 3 * x; print x "," (t == 200 ? v + 1 : v) ",0" } }' >odd.csv
"$spiketwin" identify odd.csv --seconds 0 -o odd.yaml >out.txt 2>err.txt
expect "one wrong word: exit code" "1" "$?"
grep -q "^  it fails first at line 202: v is " out.txt && ok "one wrong word: its row" || bad "one wrong word: its row" "$(cat out.txt)"
[ ! -e odd.yaml ] && grep -q "no law is found, nothing written" err.txt && ok "no chip file of no law" || bad "no chip file of no law" "$(cat err.txt)"
"$spiketwin" identify late.csv --seconds 0.000001 >out.txt 2>err.txt
expect "no time: exit code" "1" "$?"
grep -q "^cut: the search ended by --seconds" out.txt && ok "no time: it says so" || bad "no time: it says so" "$(cat out.txt)"

refused() { # NAME MESSAGE ARGUMENT...
    "$spiketwin" identify "${@:3}" >out.txt 2>err.txt </dev/null
    expect "$1" "2 spiketwin identify: $2" "$? $(cat out.txt err.txt)"
}
: >empty.csv
refused "empty" "empty.csv: empty: no line of names" empty.csv
printf 'x,v,z\n' >names.csv
refused "names alone" "names.csv: 0 ticks in it, allowed 2 or more" names.csv
printf 'x,v,z\n1,2,0\n' >one.csv
refused "one row" "one.csv: 1 ticks in it, allowed 2 or more" one.csv
printf 'x,v,z\n1,2,0\n1,nan,0\n' >nan.csv
refused "NaN" "nan.csv:3: v, \`nan\`, allowed a number of at most 2^53 in size" nan.csv
printf 'x,v,z\n1,2,0\n1,123456789012345678901,0\n' >wide.csv
refused "beyond 64 bits" "wide.csv:3: v, \`123456789012345678901\`, allowed a number of at most 2^53 in size" wide.csv
printf 'x,v,z\n1,2,0\n1,5000000000,0\n' >long.csv
refused "beyond a word" "long.csv:3: v, 5000000000, allowed as membrane -2147483648..2147483647" long.csv
printf 'x,v,z\n1,2,0\n1,3,2.5\n' >half.csv
refused "half a spike" "half.csv:3: z, 2.5, allowed as spike whole numbers 0..63" half.csv
printf 'x,v,z\n1,2,0\n1,3,-1\n' >minus.csv
refused "a negative spike" "minus.csv:3: z, -1, allowed as spike 0..63" minus.csv
printf 'x,v,z\n1,2,0\n1,3,64\n' >many.csv
refused "64 spikes" "many.csv:3: z, 64, allowed as spike 0..63" many.csv
printf 't,x,v\n0,1,2\n1,1,3\n5,1,4\n' >gap.csv
refused "a row that is missing" "gap.csv:4: t, 5, allowed 2, a tick later, or 0, another run" gap.csv
printf 't,x,v\n0,1,2\n3,1,3\n1,1,4\n' >unsorted.csv
refused "rows out of order" "unsorted.csv:4: t, 1, allowed 6, a tick later, or 0, another run" unsorted.csv
printf 'x,z\n1,0\n1,0\n' >none.csv
refused "no membrane" "none.csv: no column is a membrane by its name, such as v, vmem or membrane; say which: --column NAME=membrane" none.csv
printf 'x,v,z\n1,2\n1,2\n' >short.csv
refused "a cell that is missing" "short.csv:2: 2 cells, allowed 3, as in the line of names" short.csv
refused "no file" "there.csv: no such file" there.csv
refused "a column that is not there" "late.csv: no column \`w\`" late.csv --column w=input
refused "a role that is none" "v=thing: allowed NAME=ROLE, with a role of none, time, run, input, leak, gain, bias, membrane, spike, current, current2, refractory" late.csv --column v=thing
refused "seconds below 0" "--seconds: -1, allowed 0..1e+06" late.csv --seconds -1

# Machines of others, without a chip file.
data=${SPIKETWIN_DATA:-$root/../shared/data}
law() { # FILE: exit code, and processor time where it is more than 10 s
    local TIMEFORMAT=%U code used
    { time "$spiketwin" identify "$1" --seconds 0 >out.txt 2>err.txt; } 2>time.txt
    code=$?
    used=$(tail -n 1 time.txt)
    [ "${used%.*}" -lt 10 ] && echo "$code" || echo "$code after $used s of a processor"
}
tells() { grep -qxE -- "$2" out.txt && ok "$1: $2" || bad "$1: $2" "$(cat out.txt err.txt)"; }
if [ -d "$data/nir" ]; then
    for f in lif_lava_cpu_fixed lif_lava_loihi_fixed; do
        expect "$f" 0 "$(law "$data/nir/$f.csv")"
        tells "$f" 'rows: an input acts in the row after its own.*'
        tells "$f" '  weight of c1: 640'
        tells "$f" '  leak: (163 / 2\^12|[0-9]+ / 2\^[0-9]+), any factor from 0\.0397[0-9]* to 0\.0398[0-9]*'
    done
    expect "a float simulator" 1 "$(law "$data/nir/lif_norse.csv")"
    tells "a float simulator" 'no law fits: the numbers of column c2 have no step of 2\^-24 or more.*'
else
    left_out "Loihi's traces" "no $data/nir"
fi
if [ -d "$data/scneurocore" ]; then
    sets=0
    for f in "$data"/scneurocore/*.csv; do
        expect "$(basename "$f")" 0 "$(law "$f")"
        tells "$(basename "$f")" 'leak_kind: exponential'
        sets=$((sets + 1))
    done
    expect "sets of SC-NeuroCore" 15 "$sets"
else
    left_out "SC-NeuroCore's sets" "no $data/scneurocore"
fi
if [ -d "$data/xylo" ]; then
    for f in x1_plain_v1 x1_plain_v2; do
        expect "$f" 0 "$(law "$data/xylo/$f.csv")"
        for line in 'leak_kind: shift_moves' 'decay_kind: shift_moves' 'decay_order: gather_first' 'reset: subtract' 'fire: ge' \
            'open: saturate_sum: end, increment .*'; do tells "$f" "$line"; done
    done
    expect "x4_decay0_v2" 0 "$(law "$data/xylo/x4_decay0_v2.csv")"
else
    left_out "Xylo's traces" "no $data/xylo"
fi
if [ -d "$data/dynapsim" ]; then
    expect "DynapSim's real numbers" 1 "$(law "$data/dynapsim/a_single_neuron.csv")"
    tells "DynapSim's real numbers" 'no law fits: the numbers of column isyn_0 have no step of .*'
else
    left_out "DynapSim's trace" "no $data/dynapsim"
fi
finish
