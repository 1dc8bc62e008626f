#!/usr/bin/env bash
# spiketwin faults: the costliest fault of the map costs what `predict --faults` says of it; the map is the same for
# any number of threads; wrong calls.
#
#   tests/cli/predict/cli_faults.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

small_run
for threads in 1 2; do
    "$spiketwin" faults run/net.nir -d clips -x -n 8 --threads $threads -o map$threads.csv --json -q >all.json ||
        bad "faults" "exit $?"
done
expect "the map is the same for 1 and 2 threads" "" "$(cmp map1.csv map2.csv 2>&1)"
expect "as many lines as faults" "$(python3 -c 'import json; print(sum(g["number"] for g in json.load(open("all.json"))["groups"]) + 1)')" \
    "$(wc -l <map1.csv)"
python3 >out.txt <<'PY'
import csv, json
report, rows = json.load(open("all.json")), list(csv.DictReader(open("map2.csv")))
of = {}
for r in rows:
    if r["fault"] == "stuck":
        of.setdefault((int(r["layer"]), int(r["bit"])), []).append(r)
print(len(report["bits"]) == len(of) and all(
    b["number"] == len(of[b["layer"], b["bit"]])
    and b["most_lost"] == max(0, *(int(r["clips_lost"]) for r in of[b["layer"], b["bit"]]))
    and b["critical"] == sum(r["class"] == "critical" for r in of[b["layer"], b["bit"]]) for b in report["bits"]))
worst = sorted((int(r["clips_lost"]) for r in rows if int(r["clips_lost"]) > 0), reverse=True)
print([c["clips_lost"] for c in report["costliest"]] == worst[:6])
PY
expect "--json: bits, and the costliest, of the map" "True True" "$(xargs <out.txt)"
expect "which faults has to be said" "spiketwin faults: --exhaustive is needed: which faults" \
    "$("$spiketwin" faults run/net.nir -d clips 2>&1)"
expect "no net" "spiketwin faults: NET is needed: the net.nir of a run folder" "$("$spiketwin" faults -x 2>&1)"
expect "two things for stdout" "spiketwin faults: --map -: --json writes there too; give --map a file" \
    "$("$spiketwin" faults run/net.nir -d clips -x -o - --json 2>&1)"
expect "a map that cannot be written is told before the run" "spiketwin faults: /nowhere/map.csv: No such file or directory 0" \
    "$("$spiketwin" faults run/net.nir -d clips -x -o /nowhere/map.csv 2>&1 >out.txt) $(stat -c %s out.txt)"

# A run that is killed, again and again, goes on to the same map; a map leaves no state behind.
expect "no state is left behind a map" "" "$(ls ./*.state 2>/dev/null)"
for tries in {1..200}; do
    timeout -s KILL 0.15 "$spiketwin" faults run/net.nir -d clips -x -n 8 --threads 1 -o killed.csv --state killed.state -q >/dev/null 2>&1 && break
done 2>/dev/null # the shell tells of each that is killed
[ "$tries" -gt 1 ] && ok "killed" || bad "killed" "it was never killed"
[ -e killed.csv ] || "$spiketwin" faults run/net.nir -d clips -x -n 8 -o killed.csv --state killed.state -q >/dev/null 2>&1
expect "killed: the same map" "" "$(cmp map1.csv killed.csv 2>&1)"
expect "a finished state: nothing is run again" "0 faults run, $(($(wc -l <map1.csv) - 1)) found in killed.state" \
    "$("$spiketwin" faults run/net.nir -d clips -x -n 8 -o again.csv --state killed.state 2>&1 >/dev/null | grep "^[0-9]")"
expect "and the map is the same" "" "$(cmp map1.csv again.csv 2>&1)"
expect "other clips are refused" "spiketwin faults: killed.state: of another campaign: it has clips=8, asked for is clips=7 2" \
    "$("$spiketwin" faults run/net.nir -d clips -x -n 7 --state killed.state -q 2>&1 >out.txt) $?"
expect "a stream is no state" "spiketwin faults: -: a state is a file that is read again, not a stream" \
    "$("$spiketwin" faults run/net.nir -d clips -x -n 8 --state - -q 2>&1 >out.txt)"

# All clips of the split now: what the nominal chip tells with the costliest fault.
"$spiketwin" faults run/net.nir -d clips -x -n 1000 -o map.csv --json -q >all.json || bad "faults" "exit $?"
python3 >want.txt <<'PY'
import csv, json
report = json.load(open("all.json"))
row = max(csv.DictReader(open("map.csv")), key=lambda r: int(r["clips_lost"]))
places = "layer neuron" if row["fault"] == "dead" else "layer neuron row bit value"
print(row["fault"], *[row[k] for k in places.split()], file=open("worst", "w"))
print(f'{(report["correct"] - int(row["clips_lost"])) / report["clips"]:.9f}')
PY
"$spiketwin" predict run/net.nir -d clips -n 1 --bootstrap 40 -F worst --json -q >one.json || bad "predict" "exit $?"
expect "the costliest fault costs the same in predict" "$(<want.txt)" "$(python3 -c '
import json
clips = json.load(open("one.json"))["clip_list"]
print("%.9f" % (sum(c["nominal_right"] for c in clips) / len(clips)))')"
finish
