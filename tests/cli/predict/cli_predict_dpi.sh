#!/usr/bin/env bash
# spiketwin predict on DYNAP-SE2 nets from outside: yields against figures that another code found, what a knob
# does, threads, ranks, what a kill leaves, and what is refused by name.
#
#   tests/cli/predict/cli_predict_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cd "$tmp" || exit 2
"$spiketwin" train -c dynapse2 -q -b 32 --steps 1500 -o run >/dev/null || exit 2
predict() { "$spiketwin" predict run/net.h5 -q "$@" 2>err.txt; }

# --- the numbers ----------------------------------------------------------------------------------
# Right, impossible, mean, worst chip, as `dynapse2 yield` of version 62da5b9 found them by code of its own.
line() { predict -n 300 -l 1 -j "$@" | python3 -c 'import json, sys
r = json.load(sys.stdin); a = r["accuracy"]["chips"]
print(r["yield"]["pass"], r["virtual_chips"]["impossible"], "%.9f" % a["mean"], a["worst_chip"])'; }
circuits=(--set mismatch.weight=0)
expect "circuits, as in the file" "300 0 1.000000000 1" "$(line "${circuits[@]}")"
expect "circuits and weights, as in the file" "300 0 1.000000000 1" "$(line)"
expect "circuits, three times" "293 6 0.978333333 6" "$(line "${circuits[@]}" --mismatch 3)"
expect "circuits and weights, three times" "287 6 0.968333333 6" "$(line --mismatch 3)"
expect "in double: circuits" "297 0 0.995000000 144" "$(line --law double "${circuits[@]}" --mismatch 3)"
expect "in double: circuits and weights" "291 0 0.985000000 20" "$(line --law double --mismatch 3)"
expect "general: circuits" "0 0 0.483333333 251" "$(line --task general --draws 3 "${circuits[@]}")"
expect "general: circuits and weights" "0 6 0.376666667 6" "$(line --task general --draws 3 --mismatch 3)"
expect "chips that can exist: circuits" "299 0 0.998333333 144" "$(line --truncate 3 "${circuits[@]}" --mismatch 3)"
expect "chips that can exist: both" "293 0 0.988333333 20" "$(line --truncate 3 --mismatch 3)"
predict -n 300 -l 1 -j --mismatch 3 --decisions said.txt >out.json
expect "the decisions are the numbers" same "$(python3 - <<'P'
import json
r, right, impossible = json.load(open("out.json")), {}, set()
for line in open("said.txt"):
    k, shown, said = line.split()
    right.setdefault(int(k), []).append(shown == said)
    if said == "impossible": impossible.add(k)
good = {
    "right": sum(all(v) for v in right.values()) == 287 == r["yield"]["pass"],
    "impossible": len(impossible) == 6,
    "chips": [(c["k"], c["accuracy"]) for c in r["chips"][1:]] == [(k, sum(v) / 2) for k, v in right.items()],
    "identities": len({c["hash"] for c in r["chips"]}) == 301,
    "labels": r["words"] == ["pattern0", "pattern1", "another", "none", "impossible"],
    "confusion": abs(sum(r["virtual_chips"]["confusion"][0]) - 1) < 1e-12,
    "no speakers": "speakers" not in r and list(r["intervals"]["yield"]) == ["chips"],
    "nominal": r["accuracy"]["nominal"] == 1 and r["accuracy"]["quantised"] == 1,
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"
expect "silicon: real arithmetic is left out by name" "the arithmetic of silicon" "$(predict -n 3 --law silicon -j | python3 -c 'import json, sys
print(json.load(sys.stdin)["accuracy"]["nominal_left_out"])')"

# --- what costs most, and how much may be -----------------------------------------------------------
pass() { predict -n 200 -l 1 -j "$@" | python3 -c 'import json, sys
r = json.load(sys.stdin); print("%.12f %d" % (r["accuracy"]["chips"]["mean"], r["yield"]["pass"]))'; }
predict -n 200 -l 1 -a --mismatch 3 --sweep mismatch=1,3,4 --sweep Itau_mem=0,0.1 -j >found.json
read -r all _ < <(pass --mismatch 3)
read -r but _ < <(pass --mismatch 3 --set mismatch.weight=0)
read -r _ far < <(pass --mismatch 4)
read -r _ none < <(pass --mismatch 3 --set mismatch.circuit.Itau_mem=0)
expect "attribution and sweep are the same chips with those values" same "$(python3 - "$all" "$but" "$far" "$none" <<'P'
import json, sys
r = json.load(open("found.json"))
all_, but, far, none = map(float, sys.argv[1:])
a = {k["knob"]: k for k in r["attribution"]["knobs"]}
yields = [{p["size"]: p["yield"] for p in s["points"]} for s in r["sweeps"]]
good = {
    "knobs": len(a) == 25 and "mismatch" not in a,
    "on top": abs(a["weight"]["on_top"]["loss"] - (but - all_)) < 1e-9,
    "all": abs(r["attribution"]["all"]["loss"] - (1 - all_)) < 1e-9,
    "mismatch": yields[0][3] == r["yield"]["value"] and abs(yields[0][4] - far / 200) < 1e-9,
    "it falls": yields[0][1] == 1 and yields[0][4] < yields[0][3],
    "a parameter": abs(yields[1][0] - none / 200) < 1e-9,
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"
expect "sweep all: every knob, but not the one that multiplies all" 25 \
    "$(predict -n 1 --sweep all | grep -c ' all else as in the chip file')"

# --- what each word is worth --------------------------------------------------------------------------
for t in 1 3; do
    "$spiketwin" sensitivity run/net.h5 -q -j -t $t 2>err.txt >s$t.json || bad "sensitivity" "$(<err.txt)"
done
expect "sensitivity: as many values as words, 1 and 3 threads" same "$(python3 - <<'P'
import json
a, b = (json.load(open(f"s{t}.json")) for t in (1, 3))
layer = a["layers"][0]
good = {
    "threads": a["layers"] == b["layers"] and a["largest"] == b["largest"],
    "one layer": len(a["layers"]) == 1 and (layer["inputs"], layer["neurons"], layer["recurrent"]) == (60, 2, True),
    "weights": all([len(r) for r in layer[k]["moved"]] == [2] * 62 for k in ("weight", "cut")),
    "neurons": all(len(k["moved"]) == 2 for k in (*layer["values"], layer["dead"])),
    "values": [v["name"] for v in layer["values"]] == ["threshold", "leak"],
    "sigma": layer["weight"]["gain_sigma"] == layer["values"][1]["sigma"] == 0.1,
    "a dead neuron loses its pattern": layer["dead"]["accuracy_lost"] == [0.5, 0.5],
    "accuracy": a["accuracy"] == 1 and a["margin"] > 0,
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"

# --- one chip again -------------------------------------------------------------------------------------
"$spiketwin" replay run/net.h5 -k 20 --mismatch 3 -q -j 2>err.txt >replay.json || bad "replay" "$(<err.txt)"
"$spiketwin" replay run/net.h5 -k 20 --mismatch 3 -q --raster 2>err.txt >replay.txt || bad "replay --raster" "$(<err.txt)"
"$spiketwin" replay run/net.h5 -k 20 --mismatch 3 -q -j --membrane 0:0,0:1 2>err.txt >membrane.json || bad "--membrane" "$(<err.txt)"
expect "membranes reach the threshold where they spike, and nowhere else" "True True" "$(python3 -c '
import json
s, same, any = json.load(open("membrane.json"))["shown"], True, False
for m in s["membranes"]:
    for side in ("nominal", "chip"):
        fired = {t for t, n in s[side][0] if n == m["neuron"]}
        same &= fired == {t for t, v in enumerate(m[side]["membrane"]) if v > m[side]["threshold"]}
        any |= len(fired) > 0
print(same, any)')"
"$spiketwin" replay run/net.h5 -k 20 --law double -q -j --membrane 0:0 >out.txt 2>err.txt
expect "--membrane in doubles" "2 spiketwin replay: --membrane: --law double has no words: compat or silicon" "$? $(<err.txt)"
predict -n 20..20 -l 1 -j --mismatch 3 >one.json
expect "replay: the chip that predict saw" same "$(python3 - <<'P'
import json
r, p = json.load(open("replay.json")), json.load(open("one.json"))
chip, shown = p["chips"][1], r["shown"]
lost = [c["clip"] for c in p["clip_list"] if c["nominal_right"] and not c["chips_right"]]
raster = [line.split() for line in open("replay.txt") if set(line.split()[-1]) <= set(".nk#") and line.startswith("  ")]
spikes = {s: [x for layer in shown[s] for x in layer] for s in ("nominal", "chip")}
drawn = {(t, int(n)): c for n, row in raster for t, c in enumerate(row) if c != "."}
good = {
    "chip": (r["chip"], r["hash"], r["correct"]) == (20, chip["hash"], round(2 * chip["accuracy"])),
    "nominal": r["nominal_correct"] == 2,
    "lost": [c["clip"] for c in r["lost"]] == lost == ["pattern0"] and r["won"] == [] and shown["clip"] == "pattern0",
    "words": len(r["words"]) == 18 and r["words"][0]["kind"] == "weight" and r["words"][0]["words"] == 124,
    "spikes": [len([x for x in spikes["nominal"] if x[1] == n]) for n in (0, 1)] == shown["nominal_spikes"],
    "of the chip": [len([x for x in spikes["chip"] if x[1] == n]) for n in (0, 1)] == shown["chip_spikes"],
    "raster": drawn == {(t, n): "#" if [t, n] in spikes["nominal"] and [t, n] in spikes["chip"] else
                        "n" if [t, n] in spikes["nominal"] else "k" for s in spikes for t, n in spikes[s]},
    "it spikes": shown["nominal_spikes"][0] > 5 and shown["chip_spikes"][0] < shown["nominal_spikes"][0],
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"

# --- threads, ranks, kills --------------------------------------------------------------------------
plain() { python3 -c 'import json, sys
r = json.load(open(sys.argv[1])); del r["provenance"]
print(json.dumps(r))' "$1" | md5sum; }
many=(-n 48 -l 0.8 -a --task general --draws 3 --mismatch 2)
for t in 1 3; do
    predict "${many[@]}" -t $t -o t$t.json >/dev/null
done
expect "3 threads: the same" "$(plain t1.json)" "$(plain t3.json)"
expect "no state is left behind a result" "" "$(ls ./*.state 2>/dev/null)"
exec 3>&2 2>/dev/null # bash tells of each that was killed
runs=0 none=yes
while [ ! -e killed.json ] && [ $runs -lt 60 ]; do
    runs=$((runs + 1))
    timeout -s KILL "0.$((RANDOM % 4 + 4))" "$spiketwin" predict run/net.h5 -q "${many[@]}" -t 1 \
        -o killed.json --state killed.state >/dev/null 2>killed.log && break
    [ -n "$(ls killed.json* 2>/dev/null)" ] && none=no
done
[ -e killed.json ] || predict "${many[@]}" -t 1 -o killed.json --state killed.state >/dev/null 2>&1
exec 2>&3
expect "killed $runs times: the same result" "$(plain t1.json)" "$(plain killed.json)"
expect "killed: no part of a report before the end" yes $none
[ $runs -gt 1 ] && ok "it was killed at all" || bad "it was killed at all" "it ended in its first run"
expect "a finished state: nothing is run again" "0 chips run, 2449 found in killed.state" \
    "$("$spiketwin" predict run/net.h5 "${many[@]}" --state killed.state 2>&1 >/dev/null | tail -n 1)"
expect "another law is another prediction" "spiketwin predict: killed.state: of another prediction: it has law=compat, asked for is law=silicon" \
    "$("$spiketwin" predict run/net.h5 -q "${many[@]}" --law silicon --state killed.state 2>&1)"
if command -v mpirun >/dev/null && [[ $(ldd "$spiketwin") == *libmpi* ]]; then
    for n in 1 2; do
        mpirun --oversubscribe --bind-to none -n $n "$spiketwin" predict run/net.h5 -q "${many[@]}" -t 1 \
            -o r$n.json >/dev/null 2>r.log
        expect "$n ranks: the same" "$(plain t1.json)" "$(plain r$n.json)"
    done
else
    left_out "many ranks" "no Open MPI, or built without it"
fi

# --- what is refused ----------------------------------------------------------------------------------
refuse() { # MESSAGE OPTIONS...
    local wanted=$1
    shift
    "$spiketwin" "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "spiketwin $wanted" "$(<err.txt)"
    [ ! -s out.txt ] || bad "refused: $*" "something on stdout"
}
bare="run/net.h5: a net without labels: --labels A,B says what its neurons 0, 1, .. stand for"
refuse "predict: $bare" predict run/net.h5 -d clips
refuse "predict: --split: of --data; without it run/net.h5 is shown event patterns" predict run/net.h5 -S test
refuse "predict: --draws: without --task general every showing is the same" predict run/net.h5 --draws 2
refuse "sensitivity: --clips: run/net.h5 is shown event patterns: all that it is shown counts" sensitivity run/net.h5 -n 5
refuse "sensitivity: $bare" sensitivity run/net.h5 -d clips
refuse "sensitivity: words are of integers, law double has none" sensitivity run/net.h5 -q --law double
refuse "replay: $bare" replay run/net.h5 clips -k 1
refuse "replay: --clip: 2, allowed 0..1" replay run/net.h5 -k 1 -q -i 2
refuse "predict: --law: fast, allowed compat|silicon|double" predict run/net.h5 --law fast
refuse "predict: --mismatch: 11, allowed 0..10" predict run/net.h5 --mismatch 11
still=(--set mismatch.weight=0)
for x in $(predict -n 1 --sweep all | sed -n 's/, of its value; .*//p'); do still+=(--set "mismatch.circuit.$x=0"); done
expect "all knobs are set" 50 ${#still[@]}
refuse "predict: --attribution: the chip has no non-ideality" predict run/net.h5 -q -a "${still[@]}"
mkdir events
printf 'tick,channel,count\n3,61,1\n' >events/b_frozen_noise_trained_sample0.events.csv
refuse "predict: events/b_frozen_noise_trained_sample0.events.csv:2: channel, 61, allowed 0..59" \
    predict run/net.h5 -q -E events
# A net without labels takes no data unasked; verbs of LIF nets alone say what this one is.
refuse "cosim: $bare" cosim run/net.h5 -d clips
refuse "gen: $bare" gen run/net.h5 -d clips
refuse "drc: run/net.h5: a DYNAP-SE2 net (dpi-2): a net of LIF neurons is needed here" drc run/net.h5
finish
