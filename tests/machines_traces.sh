#!/usr/bin/env bash
# Other people's machines: traces made here by Python at widths that no published trace has, and where
# they are at hand the published ones, through model and RTL. A wrong word, no trace, and a file that
# cannot be run each end as they must.
#
#   tests/machines_traces.sh [PROGRAM]
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
cd "$root" || exit 2
make --no-print-directory -s "MODE=${MODE:-release}" build/release/tests/traces/traces >/dev/null || exit 2
traces=build/release/tests/traces/traces
python3 tests/traces/make.py "$tmp/made" || exit 2

"$traces" "$tmp/made" --json "$tmp/made.json" >"$tmp/out" 2>"$tmp/err"
expect "made here: exit" 0 $?
expect "made here: sum" "traces: 10 files, 9120 ticks and 54000 words compared in model and RTL, 0 runs differ" \
    "$(grep -o '^traces: .* runs differ' "$tmp/out")"

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
cp "$tmp/made/xylo/saturating.csv" "$tmp/bare/xylo"
"$traces" "$tmp/bare" >"$tmp/out" 2>"$tmp/err"
expect "no parameters: exit" 2 $?
expect "no parameters: told" 1 "$(grep -c 'saturating.csv: could not be run: .*saturating.json' "$tmp/out")"
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
