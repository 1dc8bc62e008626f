#!/usr/bin/env bash
# spiketwin predict from outside: its numbers against what its own decisions say, attribution and
# sweeps against chip files with those values, threads and ranks, and what a kill leaves.
#
#   tests/cli/predict/cli_predict.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 24 >/dev/null || exit 2
"$spiketwin" train -d clips --held-percent 40 -e 16 --hidden 12 -b 16 --lr 5e-3 -q -o run >/dev/null || exit 2
predict() { "$spiketwin" predict run/net.nir -d clips -q "$@"; }
# Makes the chip hard, so that chips differ: wide thresholds.
cp "$root/chips/fpga-q8.8.yaml" hard.yaml
sed -i '/^  threshold:/,/die:/ s/local: {value: [0-9.]*/local: {value: 0.3/' hard.yaml
grep -q 'local: {value: 0.3, unit: of the threshold' hard.yaml || exit 2

# --- ranges and the numbers ---------------------------------------------------------------------
predict -c hard.yaml -n 60 -L -l 0.9 >all.txt
predict -c hard.yaml -n 17..40 -L -l 0.9 >some.txt
expect "chips 17..40 are those of 1..60" "$(sed -n 18,41p all.txt)" "$(sed -n 2,25p some.txt)"
predict -c hard.yaml -n 60 -l 0.9 -o out.json --decisions said.txt >/dev/null
cat >recount.py <<'P'
# From the lines "chip clip word" alone.
import json, math
from fractions import Fraction
right, clips = {}, {}
for line in open("said.txt"):
    k, clip, word = line.split()
    right.setdefault(int(k), []).append(clip.split("/")[0] == word)
r = json.load(open("out.json"))
share = {k: Fraction(sum(v), len(v)) for k, v in right.items()}
n, mean = len(share), sum(share.values()) / len(share)
sd = math.sqrt(sum((x - mean) ** 2 for x in share.values()) / (n - 1))
worst = min(share, key=lambda k: (share[k], k))
a, y = r["accuracy"]["chips"], r["yield"]
ranked = sorted(share.values())
passed = sum(x >= Fraction(9, 10) for x in share.values())
# Wilson: p with |p - passed/n|^2 = z^2 p (1 - p) / n
z2 = 1.959963984540054 ** 2
b, c = 2 * passed + z2, passed * passed / n
root = math.sqrt(b * b - 4 * (n + z2) * c)
t = 2.0009953780882668  # Student, 59 degrees of freedom, 97.5 %
checks = {
    "n": a["n"] == n == 60,
    "mean": abs(a["mean"] - mean) < 1e-12,
    "sd": abs(a["sd"] - sd) < 1e-12,
    "5th percentile": abs(a["p5"] - ranked[math.floor(59 * 0.05)]) < 1e-12,
    "worst": abs(a["worst"] - share[worst]) < 1e-12 and a["worst_chip"] == worst,
    "yield": y["pass"] == passed and abs(y["value"] - passed / n) < 1e-12,
    "Wilson": abs(y["low"] - (b - root) / (2 * (n + z2))) < 1e-9 and
              abs(y["high"] - (b + root) / (2 * (n + z2))) < 1e-9,
    "Student": all(abs(x - (float(mean) + s * t * sd / math.sqrt(n))) < 1e-6
                   for x, s in zip(r["intervals"]["mean"]["chips"], (-1, 1))),
    "chips": [(c["k"], c["accuracy"]) for c in r["chips"][1:]] ==
             [(k, float(x)) for k, x in sorted(share.items())],
    "they differ": len(set(share.values())) > 5,
    "confusion": all(abs(sum(row) - 1) < 1e-12 for row in r["virtual_chips"]["confusion"]),
    "clips": len(r["clip_list"]) == r["clips"] == len(right[1]),
    "speakers": r["speakers"] == 6 == len({c["speaker"] for c in r["clip_list"]}),
}
print(" ".join(k for k, v in checks.items() if not v) or "all")
P
expect "the numbers are those of the decisions" all "$(python3 recount.py)"

# --- what costs most ------------------------------------------------------------------------------
alter() { # FILE KNOB VALUE: the local part of a kind of mismatch
    sed -E "/^  $2:/,/die:/ s/local: \{value: [0-9.]*/local: {value: $3/" hard.yaml >"$1"
}
mean_of() { predict -c "$1" -n 40 -l 0.9 -j | python3 -c 'import json,sys; r=json.load(sys.stdin)
print("%.12f %.12f %.12f" % (r["accuracy"]["chips"]["mean"], r["accuracy"]["quantised"], r["yield"]["value"]))'; }
sed -i 's/sigma:      {value: [0-9.]*/sigma:      {value: 0.05/' hard.yaml
sed 's/sigma:      {value: [0-9.]*/sigma:      {value: 0/' hard.yaml >still.yaml
alter weight.yaml threshold 0
sed -i 's/sigma:      {value: [0-9.]*/sigma:      {value: 0/' weight.yaml
alter without.yaml weight_gain 0
predict -c hard.yaml -n 40 -l 0.9 -a --sweep threshold.local=0.1,0.3,0.5 -j >found.json
alter other.yaml threshold 0.5
read -r all quantised _ < <(mean_of hard.yaml)
read -r alone _ < <(mean_of weight.yaml)
read -r but _ < <(mean_of without.yaml)
read -r _ _ far < <(mean_of other.yaml)
expect "attribution and sweep are the same chips with those values" same "$(python3 - "$all" "$quantised" "$alone" "$but" "$far" <<'P'
import json, sys
r = json.load(open("found.json"))
all_, quantised, alone, but, far = map(float, sys.argv[1:])
a = {k["knob"]: k for k in r["attribution"]["knobs"]}
w = a["weight_gain.local"]
rest = sum(k["alone"]["loss"] for k in a.values())
point = {p["size"]: p["yield"] for p in r["sweeps"][0]["points"]}
good = {
    "knobs": sorted(a) == ["jitter", "threshold.local", "weight_gain.local"],
    "alone": abs(w["alone"]["loss"] - (quantised - alone)) < 1e-9,
    "on top": abs(w["on_top"]["loss"] - (but - all_)) < 1e-9,
    "all": abs(r["attribution"]["all"]["loss"] - (quantised - all_)) < 1e-9,
    "interaction": abs(r["attribution"]["interaction"]["loss"] - (quantised - all_ - rest)) < 1e-9,
    "it costs something": quantised - all_ > 0.01,
    "intervals": all(k["alone"]["chips"][0] <= k["alone"]["loss"] <= k["alone"]["chips"][1]
                     for k in a.values()),
    "swept": abs(point[0.5] - far) < 1e-9 and point[0.3] == r["yield"]["value"],
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"
expect "sweep all: every knob that the chip has" "jitter threshold.local weight_gain.local" \
    "$(predict -c hard.yaml -n 3 --sweep all -j | python3 -c 'import json, sys
print(*sorted(s["knob"] for s in json.load(sys.stdin)["sweeps"]))')"

expect "options of event patterns are refused" "spiketwin predict: --events: of DYNAP-SE2 nets (net.h5); run/net.nir is none" \
    "$(predict -E . 2>&1)"

# --- stopping -------------------------------------------------------------------------------------
stop() { predict -c hard.yaml -l 0.9 -j "$@" | python3 -c 'import json, sys
r = json.load(sys.stdin); s = r["sequential"]
print(s["chips"], s["reached"], s["yield"][1] - s["yield"][0] <= s["width"], len(r["chips"]) - 1)'; }
read -r n reached narrow listed < <(stop -n 2000 --width 0.15)
expect "stops at a look, as soon as it may" "0 True True $n" "$((n % 64)) $reached $narrow $listed"
expect "not at the look before" "$((n - 64)) False False $((n - 64))" "$(stop -n $((n - 64)) --width 0.15)"
expect "its chips are the first of all" "$(predict -c hard.yaml -l 0.9 -n "$n" -L | grep ^chip)" \
    "$(predict -c hard.yaml -l 0.9 -n 2000 --width 0.15 -L | grep ^chip)"

# --- threads, ranks, kills --------------------------------------------------------------------------
plain() { python3 -c 'import json, sys
r = json.load(open(sys.argv[1])); del r["provenance"]
print(json.dumps(r))' "$1" | md5sum; }
many=(-c hard.yaml -n 600 -l 0.9 -a)
for t in 1 2 5; do
    predict "${many[@]}" -t $t -o t$t.json >/dev/null
done
expect "2 threads: the same" "$(plain t1.json)" "$(plain t2.json)"
expect "5 threads: the same" "$(plain t1.json)" "$(plain t5.json)"
expect "no state is left behind a result" "" "$(ls ./*.state 2>/dev/null)"

# A run that is killed again and again, and ends. bash tells of each that was killed.
exec 3>&2 2>/dev/null
runs=0 none=yes
while [ ! -e killed.json ] && [ $runs -lt 60 ]; do
    runs=$((runs + 1))
    timeout -s KILL "0.$((RANDOM % 4 + 2))" "$spiketwin" predict run/net.nir -d clips -q "${many[@]}" -t 1 \
        -o killed.json --state killed.state >/dev/null 2>killed.log && break
    [ -n "$(ls killed.json* 2>/dev/null)" ] && none=no
done
[ -e killed.json ] || predict "${many[@]}" -t 1 -o killed.json --state killed.state >/dev/null 2>&1
exec 2>&3
expect "killed $runs times: the same result" "$(plain t1.json)" "$(plain killed.json)"
expect "killed: no part of a report before the end" yes $none
[ $runs -gt 1 ] && ok "it was killed at all" || bad "it was killed at all" "it ended in its first run"
cat >records.py <<'P'
# Parts and chips of a state file, by docs/prediction.md: each chip of each part once.
import struct, sys, zlib
data, clips = open(sys.argv[1], "rb").read(), int(sys.argv[2])
length, = struct.unpack("<I", data[8:12])
at, size, seen = 12 + length + 4, 8 * 11 + 8 + clips + 4, []
while at < len(data):
    record = data[at:at + size]
    assert zlib.crc32(record[:-4]) == struct.unpack("<I", record[-4:])[0]
    seen.append(struct.unpack("<Q", record[:8]) + struct.unpack("<I", record[88:92]))
    at += size
print(len(seen), len(set(seen)), len({p for p, k in seen}))
P
# All together, three alone, three all but one; chip 0 only of the first.
expect "killed: no chip lost, none twice" "4201 4201 7" "$(python3 records.py killed.state 24)"
expect "a finished state: nothing is run again" "0 chips run, 4201 found in killed.state" \
    "$("$spiketwin" predict run/net.nir -d clips -c hard.yaml -n 600 -l 0.9 -a --state killed.state 2>&1 >/dev/null | tail -n 1)"
expect "a longer run begins where it ended" "100 chips run, 601 found in killed.state" \
    "$("$spiketwin" predict run/net.nir -d clips -c hard.yaml -n 700 -l 0.9 --state killed.state 2>&1 >/dev/null | tail -n 1)"

if command -v mpirun >/dev/null && [[ $(ldd "$spiketwin") == *libmpi* ]]; then
    mpi() { mpirun --oversubscribe --bind-to none -n "$@"; }
    for n in 1 2 4; do
        mpi $n "$spiketwin" predict run/net.nir -d clips -q "${many[@]}" -t 1 -o r$n.json >/dev/null 2>r.log
        expect "$n ranks: the same" "$(plain t1.json)" "$(plain r$n.json)"
    done
    mpi 2 "$spiketwin" predict run/net.nir -d clips -q -c hard.yaml -l 0.9 -n 2000 --width 0.15 -L -t 1 >r.txt
    expect "2 ranks stop at the same chip" \
        "$(predict -c hard.yaml -l 0.9 -n 2000 --width 0.15 -L)" "$(<r.txt)"
    mpi 3 "$spiketwin" predict run/net.nir -d nowhere >r.txt 2>r.log
    expect "3 ranks, no data: exit" 2 $?
    expect "3 ranks, no data: one line" "spiketwin predict: nowhere: No such file or directory" \
        "$(grep spiketwin r.log)"
    # A rank that dies in the middle.
    mpirun --oversubscribe --bind-to none -n 3 "$spiketwin" predict run/net.nir -d clips -c hard.yaml -q \
        -n 200000 -t 1 -o dead.json >r.txt 2>r.log &
    mpirun_id=$!
    for _ in $(seq 100); do
        [ "$(stat -c %s dead.json.state 2>/dev/null || echo 0)" -gt 20000 ] && break
        sleep 0.1
    done
    kill -KILL "$(pgrep -P $mpirun_id | tail -n 1)"
    wait $mpirun_id
    expect "three ranks, another chip: one warning" 1 "$(grep -c 'spiketwin predict: warning: .* -c is another' r.log)"
    expect "a dead rank: one line" "spiketwin predict: stopped by SIGTERM (a rank died, or mpirun was ended): no result; the chips that are done are in dead.json.state, and the same command goes on from there" \
        "$(grep spiketwin r.log | grep -v ': warning: ')"
    expect "a dead rank: no report, the state stays" dead.json.state "$(ls dead.json*)"
    mpi 2 "$spiketwin" predict run/net.nir -d clips -q -c hard.yaml -n 150 -l 0.9 -t 1 -L --state dead.json.state >r.txt 2>r.log
    expect "what it left is good for other ranks" "$(predict -c hard.yaml -n 150 -l 0.9 -L)" "$(<r.txt)"
else
    left_out "many ranks" "no Open MPI, or built without it"
fi
finish
