#!/usr/bin/env bash
# spiketwin sensitivity: a dead neuron and a cut weight cost what `predict` says of a chip with that
# very fault; as many values as the net has words; wrong inputs.
#
#   tests/cli/predict/cli_sensitivity.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

small_run
"$spiketwin" sensitivity run/net.nir -d clips -n 1000 --json -q >all.json || bad "sensitivity" "exit $?"

expect "options of event patterns are refused" "spiketwin sensitivity: --task: of DYNAP-SE2 nets (net.h5); run/net.nir is none" \
    "$("$spiketwin" sensitivity run/net.nir --task general 2>&1)"

# The two most telling words of each kind, as faults; then the nominal chip's accuracy with each.
cat >faults.py <<'PY'
import json
report, n = json.load(open("all.json")), 0
for one in report["layers"]:
    l, rows = one["layer"], one["cut"]["accuracy_lost"]
    dead = one["dead"]["accuracy_lost"]
    cells = sorted(((x, r, i) for r, row in enumerate(rows) for i, x in enumerate(row)), reverse=True)[:2]
    for x, r, i in cells:
        print(f"{l} {x:.9f}", *[f"stuck {l} {i} {r} {bit} 0" for bit in range(16)], sep="\n", file=open(f"f{n}", "w"))
        n += 1
    for i, x in sorted(enumerate(dead), key=lambda y: -y[1])[:2]:
        print(f"{l} {x:.9f}", f"dead {l} {i}", sep="\n", file=open(f"f{n}", "w"))
        n += 1
    assert len(rows) == (1 if one["one_to_one"] else one["inputs"] + one["neurons"] * one["recurrent"])
    assert all(len(row) == one["neurons"] for row in rows) and len(dead) == one["neurons"]
PY
python3 faults.py || bad "as many values as words" "see above"
accuracy() { # FILE OF DECISIONS' JSON: share of the clips that the nominal chip tells
    python3 -c '
import json, sys
clips = json.load(open(sys.argv[1]))["clip_list"]
print("%.9f" % (float(sys.argv[2]) - sum(c["nominal_right"] for c in clips) / len(clips)))' "$@"
}
nominal=$(python3 -c 'import json; print(json.load(open("all.json"))["accuracy"])')
same=0 costly=0
for f in f?*; do
    [ -f "$f" ] && [ "$f" != faults.py ] || continue
    said=$(head -n 1 "$f" | cut -d' ' -f2)
    tail -n +2 "$f" >list.txt
    "$spiketwin" predict run/net.nir -d clips -n 1 --bootstrap 40 -F list.txt --json -q >p.json || bad "predict" "$f"
    lost=$(accuracy p.json "$nominal")
    [ "$lost" = "$said" ] && same=$((same + 1)) || bad "$(tail -n 1 list.txt)" "sensitivity $said, predict $lost"
    [ "${lost#-}" != 0.000000000 ] && costly=$((costly + 1))
done
expect "a fault costs what predict says" "12" "$same"
[ "$costly" -ge 3 ] && ok "faults that cost something" || bad "faults that cost something" "$costly"

expect "clips are spread over the split" "3 16" \
    "$("$spiketwin" sensitivity run/net.nir -d clips -n 3 --json -q | sed -nE 's/^\t"clips(_of_split)?":\t([0-9]+),/\2/p' | paste -sd' ')"
expect "a kind without sigma in the chip file is not there" "threshold" "$(sed -nE 's/.*"name":\t"(.*)",/\1/p' all.json | sort -u)"
expect "a table" "3 of 16 clips" "$("$spiketwin" sensitivity run/net.nir -d clips -n 3 -q | head -n 1 | cut -d, -f1)"

refuse() { # NAME MESSAGE ARGUMENTS...
    local name=$1 message=$2
    shift 2
    "$spiketwin" sensitivity "$@" -q >out.txt 2>err.txt
    expect "$name" "2 0 spiketwin sensitivity: $message" "$? $(wc -c <out.txt) $(<err.txt)"
}
refuse "no net" "NET is needed: the net.nir of a run folder"
refuse "no data" "--data DIR is needed" run/net.nir
refuse "no clips" "--clips: 0, allowed 1..1000000" run/net.nir -d clips -n 0
refuse "an empty split" "clips: no clips in split test" run/net.nir -d clips -S test
finish
