#!/usr/bin/env bash
# Faults of a map of `spiketwin faults`, drawn at random of every class, each alone in the RTL: every state word
# against the model, and decided as the map says.
#
#   SPIKETWIN_FAULTS=200 tests/cli/predict/faults_rtl.sh [PROGRAM]      how many (default 8)
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
number=${SPIKETWIN_FAULTS:-8}

small_run
"$spiketwin" faults run/net.nir -d clips -x --tests -n 1000 -o map.csv --json -q >all.json || bad "faults" "exit $?"
python3 - "$number" >lists.txt <<'PY'
import csv, random, sys

rows = list(csv.DictReader(open("map.csv")))
random.seed(1)
classes = ["same", "masked", "exposed", "critical"]
for i in range(int(sys.argv[1])):
    of = [r for r in rows if r["class"] == classes[i % 4]] or rows
    row = random.choice(of)
    places = "layer neuron" if row["fault"] == "dead" else "layer neuron row bit value"
    with open(f"fault{i}", "w") as file:
        print(row["fault"], *[row[k] for k in places.split()], file=file)
    print(i, row["class"], row["clips_decided_otherwise"])
PY
run() { # DECISIONS OPTION.. : chip 0, all clips, on the RTL
    local decisions=$1
    shift
    "$spiketwin" cosim run/net.nir -d clips -k 0 -n 1000 -q --json -D "$decisions" "$@" >cosim.json 2>err.txt
}
run sound.txt || bad "without a fault" "$(<err.txt)"
same=0 decided=0
while read -r i class otherwise; do
    run faulty.txt -F "fault$i" || bad "fault $i, $class" "$(<err.txt)"
    same=$((same + $(python3 -c '
import json
r = json.load(open("cosim.json"))
print(int(r["differ"] == 0 < r["words"]))')))
    decided=$((decided + ($(diff sound.txt faulty.txt | grep -c '^>') == otherwise)))
done <lists.txt
expect "$number faults in the RTL: every state word is the model's" "$number" "$same"
expect "$number faults in the RTL: as many clips are decided otherwise as the map says" "$number" "$decided"
expect "tests: clips that expose what is exposed" True "$(python3 -c '
import json
t = json.load(open("all.json"))["tests"]
print(1 <= t["least"] <= len(t["clips"]) and sum(c["exposes"] for c in t["clips"]) == t["exposed"])')"
finish
