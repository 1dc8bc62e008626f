#!/usr/bin/env bash
# spiketwin calibrate: nothing to do on a chip like the nominal one, something won on others.
#
#   tests/cli/predict/cli_calibrate.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 24 >/dev/null || exit 2
"$spiketwin" train -d clips --held-percent 40 -e 16 --hidden 12 -b 16 --lr 5e-3 -q -o run >/dev/null || exit 2
edit() { sed -E "/^  $2:/,/die:/ s/local: \{value: [0-9.]*/local: {value: $3/" "$1"; }
edit "$root/chips/fpga-q8.8.yaml" threshold 0.3 >wide.yaml
edit wide.yaml threshold 0 >a.yaml && edit a.yaml weight_gain 0 |
    sed 's/sigma:      {value: [0-9.]*/sigma:      {value: 0/' >none.yaml
calibrate() { "$spiketwin" calibrate run/net.nir -d clips -q -l 0.9 --clips 8 "$@"; }

calibrate -c none.yaml -n 5 -j >none.json
expect "chips like the nominal one: no trim, no gain" "0 0" "$(python3 -c '
import json; r = json.load(open("none.json"))
print(sum(map(abs, sum((c["trims"] for c in r["chips"]), []))), sum(c["after"] != c["before"] for c in r["chips"]))')"
calibrate -c wide.yaml -n 60 -j >wide.json
"$spiketwin" predict run/net.nir -d clips -q -l 0.9 -c wide.yaml -n 60 -j >predict.json
cat >check.py <<'P'
import json
r, p = json.load(open("wide.json")), json.load(open("predict.json"))
limit = r["limit"]
after = [c["after"] for c in r["chips"]]
trims = [t for c in r["chips"] for t in c["trims"]]
good = {
    "before is what predict says": [c["before"] for c in r["chips"]] == [c["accuracy"] for c in p["chips"][1:]],
    "yield": abs(r["after"]["yield"] - sum(a >= limit for a in after) / len(after)) < 1e-12,
    "mended": r["mended"] == sum(c["after"] >= limit > c["before"] for c in r["chips"]),
    "gain": abs(r["gain"] - (r["after"]["mean"] - r["before"]["mean"])) < 1e-12,
    "codes are 5 bits": min(trims) >= -16 and max(trims) <= 15 and len(set(trims)) > 10,
    "a trim a neuron": {len(c["trims"]) for c in r["chips"]} == {16 + 12 + 2},
    "it wins": r["gain_low"] > 0 and r["after"]["yield"] > r["before"]["yield"] and r["after"]["sd"] < r["before"]["sd"],
}
print(" ".join(k for k, v in good.items() if not v) or "all")
P
expect "wide thresholds: what it says, and that it wins" all "$(python3 check.py)"
expect "1 thread as many" "$(calibrate -c wide.yaml -n 20 -t 1)" "$(calibrate -c wide.yaml -n 20 -t 3)"
refuse() { # NAME MESSAGE OPTIONS...
    local name=$1 message=$2
    shift 2
    calibrate "$@" >out.txt 2>err.txt
    expect "$name" "2 spiketwin calibrate: $message " "$? $(<err.txt) $(<out.txt)"
}
expect "clips untold: all that there are, where 32 are not" 8 "$("$spiketwin" calibrate run/net.nir -d clips -q -l 0.9 -n 2 -j | sed -nE 's/.*"calibration_clips":[[:space:]]*([0-9]+).*/\1/p')"
refuse "more clips than there are" "--clips: 9, the held-back speakers have 8 clips" --clips 9
refuse "clips that are trained on" "--split: train, allowed validation or test: the calibration hears the others" -S train
refuse "no bits" "--bits: 0, allowed 1..12" --bits 0
refuse "no reach" "--range: 0, allowed 0.001..1" --range 0
refuse "one chip" "--chips: 1, allowed 2..1000000" -n 1
finish
