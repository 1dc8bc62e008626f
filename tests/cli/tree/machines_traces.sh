#!/usr/bin/env bash
# Other people's machines: traces made here by Python at widths that no published trace has, and where
# they are at hand the published ones, through model and RTL. A wrong word, no trace, and a file that
# cannot be run each end as they must.
#
#   tests/cli/tree/machines_traces.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$root" || exit 2
make --no-print-directory -s "MODE=${MODE:-release}" build/release/tests/traces/traces >/dev/null || exit 2
traces=build/release/tests/traces/traces
python3 tests/traces/make.py "$tmp/made" || exit 2

"$traces" "$tmp/made" --json "$tmp/made.json" >"$tmp/out" 2>"$tmp/err"
expect "made here: exit" 0 $?
expect "made here: sum" "traces: 16 files, 12240 ticks and 107600 words compared in model and RTL, 0 runs differ" \
    "$(grep -o '^traces: .* runs differ' "$tmp/out")"

# Xylo's versions part where the increment leaves 16 bits: the law of one fails the trace of the other,
# in model and RTL. A name without a version is no guess.
swap() { # OF TO: the strong trace of one version under the other's name
    mkdir -p "$tmp/swap$1/xylo"
    for end in csv json; do cp "$tmp/made/xylo/strong_$1.$end" "$tmp/swap$1/xylo/strong_$2.$end"; done
    "$traces" "$tmp/swap$1" >"$tmp/out" 2>"$tmp/err"
}
swap v2 v1
expect "Xylo v2's trace by v1's law: exit" 1 $?
expect "Xylo v2's trace by v1's law: place" 2 "$(grep -c 'first difference: tick [0-9]*, layer [01], neuron [0-9]*, v: ' "$tmp/out")"
swap v1 v2
expect "Xylo v1's trace by v2's law: exit" 1 $?
expect "Xylo v1's trace by v2's law: place" 2 "$(grep -c 'first difference: tick [0-9]*, layer [01], neuron [0-9]*, v: ' "$tmp/out")"
mkdir -p "$tmp/unnamed/xylo"
for end in csv json; do cp "$tmp/made/xylo/strong_v1.$end" "$tmp/unnamed/xylo/strong.$end"; done
"$traces" "$tmp/unnamed" >"$tmp/out" 2>"$tmp/err"
expect "a Xylo trace of no version: exit" 2 $?
expect "a Xylo trace of no version: told" 1 "$(grep -c 'strong.csv: could not be run: no version at the end of its name' "$tmp/out")"

# DynapSim: a current a part in a thousand off, a spike that was not, no parameters, a capacitance of 0.
dynapsim() { # NAME SED FILE: the made trace "no_events" with one edit
    mkdir -p "$tmp/$1/dynapsim"
    cp "$tmp/made/dynapsim/no_events".* "$tmp/$1/dynapsim"
    sed -i -E "$2" "$tmp/$1/dynapsim/$3"
    "$traces" "$tmp/$1" >"$tmp/out" 2>"$tmp/err"
}
dynapsim current '203s/^([0-9]+,[^,]*,[^,]*,[0-9]\.[0-9])[0-9]([^,]*)/\1\2/' no_events.csv
expect "a current off: exit" 1 $?
expect "a current off: place" 2 "$(grep -c 'first difference: tick 200, neuron 0, imem: ' "$tmp/out")"
expect "a current off: ticks" 2 "$(grep -c '400 ticks, 399 equal' "$tmp/out")"
dynapsim spike '103s/,0$/,1/' no_events.csv
expect "a spike off: exit" 1 $?
expect "a spike off: place" 2 "$(grep -c 'first difference: tick 100, neuron 0, spikes: 1 in the file, 0 here' "$tmp/out")"
dynapsim capacitance 's/"C_mem": \[[^]]*\]/"C_mem": [0]/' no_events.json
expect "no capacitance: exit" 2 $?
expect "no capacitance: told" 1 "$(grep -c 'neuron 0: C_mem: 0, allowed: more than 0 and finite' "$tmp/out")"
dynapsim huge 's/"Idc": \[[^]]*\]/"Idc": [50]/' no_events.json
expect "too large a current: exit" 2 $?
expect "too large a current: told" 1 "$(grep -c 'currents: up to 50 A, ' "$tmp/out")"
dynapsim events '1s/.*/tick,channel/' no_events.events.csv
expect "events of two columns: exit" 2 $?
rm "$tmp/events/dynapsim/no_events.json"
"$traces" "$tmp/events" >"$tmp/out" 2>"$tmp/err"
expect "a trace without parameters: exit" 2 $?
expect "a trace without parameters: told" 1 "$(grep -c 'no_events: could not be run: .*no_events.json' "$tmp/out")"

# One digit of one word; a file that params.json does not list; no parameters at all.
mkdir -p "$tmp/wrong/scneurocore" "$tmp/unlisted/scneurocore" "$tmp/bare/xylo"
cp "$tmp/made/scneurocore/"{params.json,w12.csv} "$tmp/wrong/scneurocore"
sed -i '300s/,\(-\{0,1\}[0-9]*\),\([0-9]*\)$/,1\1,\2/' "$tmp/wrong/scneurocore/w12.csv"
"$traces" "$tmp/wrong" >"$tmp/out" 2>"$tmp/err"
expect "a changed digit: exit" 1 $?
expect "a changed digit: place" 2 "$(grep -c 'first difference: tick 298, layer 0, neuron 0, v' "$tmp/out")"
cp "$tmp/made/scneurocore/"{params.json,w12.csv} "$tmp/unlisted/scneurocore"
mv "$tmp/unlisted/scneurocore/"{w12,other}.csv
"$traces" "$tmp/unlisted" >"$tmp/out" 2>"$tmp/err"
expect "not in params.json: told" 1 "$(grep -c 'other.csv: not in params.json' "$tmp/err")"
cp "$tmp/made/xylo/saturating_v2.csv" "$tmp/bare/xylo"
"$traces" "$tmp/bare" >"$tmp/out" 2>"$tmp/err"
expect "no parameters: exit" 2 $?
expect "no parameters: told" 1 "$(grep -c 'saturating_v2.csv: could not be run: .*saturating_v2.json' "$tmp/out")"
mkdir "$tmp/none"
"$traces" "$tmp/none" >"$tmp/out" 2>"$tmp/err"
expect "no trace: exit" 2 $?

data=${SPIKETWIN_DATA:-../shared/data}
if [ -d "$data/scneurocore" ]; then
    "$traces" "$data" >"$tmp/out" 2>"$tmp/err"
    expect "published: exit" 0 $?
    expect "published: Loihi's own chip" 2 \
        "$(grep -c '^nir/lif_lava_loihi_fixed.csv: 1000 ticks, 996 equal, 4 known' "$tmp/out")"
    expect "published: differ" "0 runs differ, 0 could not be run" \
        "$(grep -oE '[0-9]+ runs differ, [0-9]+ could not be run' "$tmp/out")"
else
    echo "left out: published traces: $data is not there (SPIKETWIN_DATA names it)"
fi
finish
