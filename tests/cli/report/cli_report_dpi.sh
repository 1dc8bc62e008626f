#!/usr/bin/env bash
# spiketwin report on DYNAP-SE2 nets: the same page, each number at its place in report.json; what such nets have
# not is left out by name; a prediction alone; fields that are missing.
#
#   tests/cli/report/cli_report_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

net=whole/net.h5
"$spiketwin" train -c dynapse2 -q -b 32 --steps 600 -o whole >out.txt 2>err.txt &&
    "$spiketwin" predict $net -q -n 60 -l 1 --mismatch 3 -a --sweep mismatch=1,3 --sweep weight=0,0.1 -j >whole/predict.json 2>err.txt &&
    "$spiketwin" sensitivity $net -q -j >whole/sensitivity.json 2>err.txt &&
    "$spiketwin" replay $net -q -k 20 --mismatch 3 --clip right -j >whole/replay-right.json 2>err.txt &&
    "$spiketwin" replay $net -q -k 20 --mismatch 3 --clip wrong -j >whole/replay-wrong.json 2>err.txt &&
    "$spiketwin" map $net -q -j >whole/map.json 2>err.txt &&
    python3 -c 'import random
random.seed(1)
for name, spread in ("near.csv", 0.1), ("far.csv", 3):
    open(name, "w").write("".join(",".join(f"{random.gauss(0, spread):.4f}" for _ in range(6)) + "\n" for _ in range(6)))' &&
    "$spiketwin" quantise near.csv far.csv -q -j >whole/quantise.json 2>err.txt || {
    bad "make the run" "$(<err.txt)"
    finish
}
cat >whole/cosim.json <<'JSON'
{"provenance": {"version": "v", "command": "spiketwin cosim by hand", "seed": 1, "threads": 1, "compiler": "c",
 "machine": "m"}, "words": 24000, "spikes": 89, "differ": 0, "decisions": {"compared": 4, "differ": 0},
 "chips": [{"k": 0, "words": 12000, "differ": 0, "clips": 2, "twin_correct": 2, "rtl_correct": 2, "decisions_differ": 0},
           {"k": 3, "words": 12000, "differ": 0, "clips": 2, "twin_correct": 1, "rtl_correct": 1, "decisions_differ": 0}]}
JSON
look() { python3 "$root/tests/lib/look.py" "$1/report.html" "$1/report.json"; }
says() { # PAGE TEXT
    tr '\n' ' ' <"$1/report.html" | grep -c "$2"
}

"$spiketwin" report -o out whole -q >table.txt 2>err.txt
expect "report: exit" 0 $?
expect "the page is its JSON, whole and by itself" "True 14" "$(look out)"
expect "in the table: chips that cannot exist" 1 "$(grep -cE '^chips that cannot exist +[1-9]' table.txt)"
expect "what it tells apart, and how" "1 1 1 1" "$(says out 'labels</dt><dd>“pattern0”, “pattern1”</dd>') $(says out \
    'showings task <code>frozen-noise') $(says out 'arithmetic <code>compat') $(says out 'each has circuits and weights')"
expect "no speakers, no other patterns" "0 1" "$(says out '[^a-z]speakers') $(says out 'Over other patterns there is none')"
expect "no labels that can only be said, in rows" "4 2" "$(grep -c '<tr><td>pattern[01]</td><td style' out/report.html) $(
    grep -c '<th>impossible</th>' out/report.html)"
expect "power is not known" 1 "$(says out 'Not known: the chip file has no power figures')"
expect "learning by steps, judged on chips of its own" "1 1 1" "$(says out 'Step <data[^>]*>600</data>, the last, was kept') $(says out \
    'title="/nets/whole/training/held"') $(says out '>step</t')"
expect "effects by chips alone" "1 0" "$(says out 'attribution/all/chips/0\|attribution/knobs/0/alone/chips/0') $(says out chips_and_speakers)"
expect "the same again" "$(cksum <out/report.html)" "$("$spiketwin" report -o out whole -q >out.txt 2>err.txt; cksum <out/report.html)"

expect "the fit: errors of the cores and of matrices, rows by what the captions say" "1 sorted sorted" \
    "$(says out 'title="/nets/whole/map/report/0/rms"') $("$root/tests/lib/rows.py" out/report.html "The net on the board:3:falls") $(
        "$root/tests/lib/rows.py" out/report.html "Weights as sums:2:falls")"
expect "the board itself is not in report.json" "report silent" "$(python3 -c 'import json
print(*sorted(json.load(open("out/report.json"))["nets"]["whole"]["map"]))')"
expect "faults of such nets are not to be had" 1 "$(says out 'spiketwin faults does not take DYNAP-SE2 nets')"

# A prediction alone; of silicon, which real arithmetic has not.
"$spiketwin" predict $net -q -n 20 -l 1 --law silicon --task general --draws 2 -j >alone.json 2>err.txt
"$spiketwin" report -o alone alone.json -q >out.txt 2>err.txt
expect "a prediction alone: exit" 0 $?
expect "a prediction alone: its page has nothing wrong, fewer than 100 numbers, three figures" "False 3" "$(look alone)"
for what in "cosim, into cosim.json of a run folder" "sensitivity" "predict --attribution" "predict --sweep" "replay --clip right"; do
    expect "a prediction alone: not run: $what" 1 "$(says alone "Not run: spiketwin $what")"
done
expect "a prediction alone: training is not known" 1 "$(says alone 'Not known of a prediction alone')"
expect "silicon: real arithmetic is left out by name" 1 "$(says alone 'left out: it has not the arithmetic of silicon')"
expect "the general task: noise is a label" 1 "$(says alone '“pattern1”, “noise”</dd>')"
expect "table of a prediction alone" "cosim: not run" "$(grep cosim: out.txt)"

# A net that says nothing: at the head.
"$spiketwin" train -c dynapse2 -q -b 16 --steps 200 --init-sd 0 --weight-max 0.001 -o dead >out.txt 2>err.txt
"$spiketwin" predict dead/net.h5 -q -n 16 -l 1 -j >dead/predict.json 2>err.txt
cp whole/cosim.json dead
"$spiketwin" report -o gone dead -q >out.txt 2>err.txt
expect "dead: at the head, in its own words" "1 1 1 0" "$(says gone 'does not decide. Its accuracies') $(says gone \
    'no output fires in any showing') $(says gone 'did not get past silence: its loss stands at what a net costs that never fires since step') $(says gone 'first label')"

# What is missing is named.
refuse() { # NAME MESSAGE CODE that changes r, of FILE
    rm -rf bent && cp -r whole bent
    python3 -c 'import json, sys
r = json.load(open("bent/" + sys.argv[1]))
exec(sys.argv[2])
json.dump(r, open("bent/" + sys.argv[1], "w"))' "$4" "$3"
    "$spiketwin" report -o none bent -q >out.txt 2>err.txt
    expect "$1" "2 1 spiketwin report: bent/$4: $2" "$? $(wc -l <err.txt) $(<err.txt)"
}
refuse "neither step nor epoch" "/best_epoch is missing or not a number" 'del r["steps"]' train.json
refuse "steps, not judged" "/held is missing or not a number" 'del r["held"]' train.json
refuse "speakers without intervals" "/intervals/mean/speakers is missing or not a list" 'r["speakers"] = 3' predict.json
refuse "a text for mismatch" "/mismatch is missing or not a number" 'r["mismatch"] = "3"' predict.json
refuse "chips that cannot exist below 0" "/virtual_chips/impossible is -1, allowed whole numbers 0 or more" \
    'r["virtual_chips"]["impossible"] = -1' predict.json
"$spiketwin" report -o none nowhere.json -q >out.txt 2>err.txt
expect "no such prediction" "2 spiketwin report: nowhere.json: No such file or directory (made by spiketwin predict)" "$? $(<err.txt)"
finish
