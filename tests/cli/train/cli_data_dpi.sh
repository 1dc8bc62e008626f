#!/usr/bin/env bash
# DYNAP-SE2 nets on events, arrays and sound: the same verbs and options as of other chips, with hidden layers, the
# chip's fan-in, speakers held out, a kill and a resume; RTL in lockstep, the mapped net, and what is refused.
#
#   tests/cli/train/cli_data_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0 XDG_CACHE_HOME=${XDG_CACHE_HOME:-$tmp/cache}
events=$root/tests/lib/events.py
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}
cd "$tmp" || exit 2
has=
"$python" -c 'import numpy, h5py' 2>/dev/null && has=1
[ "$has" ] || left_out "HDF5 and NumPy files" "no Python with h5py and numpy (scripts/install)"
[ "$has" ] || python=python3
run() { # NAME VERB...: has to end well
    local name=$1
    shift
    "$spiketwin" "$@" -q >out.txt 2>err.txt && ok "$name" || bad "$name" "$*" "$(<err.txt)"
}
look() { python3 -c 'import json, sys
x = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."): x = x[int(key)] if isinstance(x, list) else x[key]
print(x)' "$@"; }
plain() { python3 -c 'import json, sys
r = json.load(open(sys.argv[1])); del r["provenance"]
print(json.dumps(r))' "$1" | md5sum; }

# --- events: 160 inputs, three labels, speakers of their own on each side -------------------------------
"$python" "$events" csv few.csv units=160 labels=3 events=100 keys=1 speakers=8 takes=4 splits=1
law="--law silicon"
# shellcheck disable=SC2086 # words
{
    run "events train" train -c dynapse2 -d few.csv --hidden 16 $law -e 60 -b 32 --held-percent 30 -o run
    run "and are predicted" predict run -d few.csv $law -n 40 -l 0.8 -a --sweep mismatch=1,2 -o predict.json --decisions said.txt
    run "by one thread too" predict run -d few.csv $law -n 40 -l 0.8 -a --sweep mismatch=1,2 -o one.json -t 1
}
expect "the same for any number of threads" "$(plain predict.json)" "$(plain one.json)"
expect "the prediction is that of clips" same "$(python3 - <<'P'
import json
r, t = json.load(open("predict.json")), json.load(open("run/train.json"))
right, said = {}, {}
for line in open("said.txt", encoding="utf-8"):
    k, clip, what = line.split()
    right.setdefault(int(k), []).append(clip.split("/")[0] == what)
mean = sum(sum(v) / len(v) for v in right.values()) / len(right)
good = {
    "validation": r["split"] == "validation" and r["data"] == "few.csv",
    "labels": sorted(r["words"][:3]) == ["eins", "null", "zwei"] and r["words"][3:] == ["(none)", "(impossible)"],
    "decisions": len(right) == 40 and abs(mean - r["accuracy"]["chips"]["mean"]) < 1e-9,
    "learned": mean > 0.6 and t["held"] > 0.6,
    "intervals over people": sorted(r["intervals"]["yield"]) == ["chips", "chips_and_speakers", "speakers"],
    "law": r["law"] == "silicon" and "task" not in r,
}
print(" ".join(k for k, v in good.items() if not v) or "same")
P
)"
run "the net maps onto a board" map run/net.h5 -o board.json
run "and comes back" unmap board.json -o mapped.h5
# shellcheck disable=SC2086
run "the mapped net is predicted by labels that are told" predict mapped.h5 -d few.csv $law -n 8 \
    --labels "$(look predict.json words.0),$(look predict.json words.1),$(look predict.json words.2)" -o mapped.json
expect "it hears as the net does, but for 4 bits" yes \
    "$(python3 -c 'import json
a, b = (json.load(open(x))["accuracy"]["quantised"] for x in ("predict.json", "mapped.json"))
print("yes" if abs(a - b) < 0.2 else (a, b))')"

run "and comes back with its labels" unmap board.json --like run -o like.h5
# shellcheck disable=SC2086
run "which predict knows, and its law" predict like.h5 -d few.csv -n 8 -o like.json
expect "as those that were told" "$(look mapped.json chips | md5sum)" "$(look like.json chips | md5sum)"

"$spiketwin" predict like.h5 -d few.csv --law compat -n 2 -q >out.txt 2>err.txt
expect "another law is said" "spiketwin predict: warning: like.h5: trained in the arithmetic of law silicon, --law is compat" \
    "$(grep 'arithmetic of law' err.txt)"

# --- kill and resume -------------------------------------------------------------------------------------
few="train -c dynapse2 -d few.csv --hidden 10,6 -R $law --steps 200 -b 16 --clips-per-chip 2 --held-percent 30"
# shellcheck disable=SC2086
run "a run that is left alone" $few -o whole
# shellcheck disable=SC2086
"$spiketwin" $few -o part -q >out.txt 2>err.txt &
pid=$!
for _ in $(seq 200); do
    [ -e part/checkpoint.h5 ] && break
    sleep 0.05
done
kill -KILL $pid 2>/dev/null
wait $pid 2>/dev/null
# shellcheck disable=SC2086
run "a run that was killed goes on" $few -o part --resume
cmp -s whole/net.h5 part/net.h5 && ok "to the same bits" || bad "to the same bits"
# shellcheck disable=SC2086
"$spiketwin" $few -o part --resume --set mismatch.weight=0.2 -q >out.txt 2>err.txt
expect "of another chip it does not" 2 $?

# --- the other verbs --------------------------------------------------------------------------------------
# shellcheck disable=SC2086
{
    run "calibrate" calibrate run -d few.csv $law -n 16 --clips 4 -j
    run "sensitivity, of some clips" sensitivity run -d few.csv $law --clips 5 -j
}
expect "sensitivity: its clips" 5 "$(look out.txt clips)"
expect "sensitivity: a weight each" "179 19" "$(python3 -c 'import json
w = json.load(open("out.txt"))["layers"][0]["cut"]["moved"]; print(len(w), len(w[0]))')"
# shellcheck disable=SC2086
run "replay" replay run few.csv -k 3 $law -j
expect "replay: the chip that predict saw" "$(look predict.json chips.3.hash)" "$(look out.txt hash)"
if command -v verilator >/dev/null; then
    # shellcheck disable=SC2086
    "$spiketwin" cosim run -d few.csv $law -k 0,3 -n 3 -D rtl.txt --stages --reached 0 -q >cosim.txt 2>err.txt
    expect "RTL in lockstep: exit" 0 $?
    # 3 clips of as many ticks as there are, 19 neurons of 7 words
    ticks=$(look predict.json provenance.data.ticks)
    expect "RTL in lockstep: as many words as there are" \
        "cosim: $((2 * 3 * ticks * 19 * 7)) words, 0 differ" "$(tail -n 1 cosim.txt | cut -d'(' -f1 | sed 's/ $//')"
    expect "what the RTL says is what predict says" "$(grep '^3 ' said.txt | head -n 3)" "$(grep '^3 ' rtl.txt)"
    cp predict.json run
    # shellcheck disable=SC2086
    "$spiketwin" cosim run -d few.csv $law -k 0 -n 2 --reached 0 -j -q >run/cosim.json 2>err.txt
    run "report" report run -o page
    grep -q "few.csv" page/report.html && ok "report: of its data" || bad "report: of its data"
else
    left_out "the RTL" "no verilator"
fi

# --- 700 inputs -------------------------------------------------------------------------------------------
big="units=700 labels=10 speakers=8 takes=4 events=500 keys=1 splits=1"
# shellcheck disable=SC2086
if [ "$has" ]; then
    "$python" "$events" shd big_train.h5 $big
    "$python" "$events" shd big_test.h5 $big seed=2
    train=big_train.h5 test=big_test.h5
else
    "$python" "$events" csv big.csv $big
    train=big.csv test=big.csv
fi
run "700 inputs, 10 labels train" train -c dynapse2 -d $train --hidden 48 --steps 250 -b 32 -o big
run "and are predicted" predict big -d $test -n 16 -o big.json
python3 - <<'P' && ok "16 chips tell ten labels apart" || bad "16 chips tell ten labels apart"
import json
chips = json.load(open("big.json"))["accuracy"]["chips"]
assert chips["mean"] > 0.5, chips["mean"]
P
run "they map onto a board" map big/net.h5 -o big_board.json
# 4 bits make some of the weights 0; more than 64 would be refused.
grep -o 'fan-in [0-9]* of 64' out.txt | awk '$2 > 50 {n++} END {exit !(n >= 48)}' && ok "by nearly as many sources as there is room for" ||
    bad "by nearly as many sources as there is room for" "$(grep -o 'fan-in [0-9]* of 64' out.txt | sort | uniq -c)"

# --- arrays, sound -----------------------------------------------------------------------------------------
if [ "$has" ]; then
    "$python" "$events" arrays x.npz units=40 labels=3 events=60 keys=1
    run "arrays train" train -c dynapse2 -d x.npz --hidden 0 -R --steps 20 -b 16 --held-percent 40 -o arrays
    run "arrays are predicted" predict arrays -d x.npz -S train -n 3
fi
"$root/tests/lib/clips.py" corpus clips 8 3
run "sound trains" train -c dynapse2 -d clips --hidden 8 --steps 20 -b 32 --held-percent 30 -o sound
run "sound is predicted" predict sound -d clips -n 8 -o sound.json
expect "of speakers that the net has not heard" validation "$(look sound.json split)"
mkdir -p elsewhere/chips && echo "name: nonsense" >elsewhere/chips/fpga-q8.8.yaml
(cd elsewhere && "$spiketwin" predict ../sound -d ../clips -n 8 -q -o x.json >out.txt 2>err.txt) || cat elsewhere/err.txt
expect "the front end lies in the net: its chip file is not looked for" "$(look sound.json chips | md5sum)" \
    "$(look elsewhere/x.json chips | md5sum)"

# --- what is refused ------------------------------------------------------------------------------------------
refuse() { # MESSAGE OPTIONS...
    local wanted=$1
    shift
    "$spiketwin" "$@" -q >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "spiketwin $wanted" "$(<err.txt)"
}
labels=$(look predict.json words.0),$(look predict.json words.1),$(look predict.json words.2)
refuse "predict: --data DIR is needed: run/net.h5 was trained for $labels" predict run
refuse "predict: --jitter: of event patterns, --data shows something else" predict run -d few.csv --jitter 1
refuse "predict: clips: recordings; run/net.h5 was trained on events or arrays, and keeps no front end to hear them by" \
    predict run -d clips
refuse "predict: --labels: 20 labels, allowed up to 19, the neurons of mapped.h5" predict mapped.h5 -d few.csv \
    --labels "$(seq -s, 20)"
refuse "unmap: --like: sound/net.h5: 16 inputs and 10 neurons, the board has 160 and 19" unmap board.json --like sound -o x
# Somebody whom the net was trained on does not judge it.
mkdir known && cp -r clips/*/ known && find clips -name '*.wav' | grep -vFf clips/validation_list.txt | cut -d/ -f2- | sort >known/validation_list.txt
"$spiketwin" predict sound -d known -q >out.txt 2>err.txt
expect "speakers of training are known: exit" 2 $?
grep -q "clips of split validation are of speakers whom the net was trained on" err.txt && ok "speakers of training are known" ||
    bad "speakers of training are known" "$(<err.txt)"
dpi="train -c dynapse2"
# shellcheck disable=SC2086
{
    refuse "train: clips: no speaker is held back to judge the net (held-percent 1)" $dpi -d clips --held-percent 1 -o x
    refuse "train: --front: of recordings, these are events or arrays" $dpi -d few.csv --front xylo -o x
    refuse "train: --hidden: 9999, allowed 0..1024" $dpi -d few.csv --hidden 9999 -o x
    refuse "train: --hidden: 0,4, allowed 0 alone" $dpi -d few.csv --hidden 0,4 -o x
    refuse "train: --hidden: 1024,1024,1024,1024 and 3 labels are 4099 neurons, allowed up to 4096: all of dynapse2" \
        $dpi -d few.csv --hidden 1024,1024,1024,1024 -o x
    refuse "train: --steps and --epochs: each says how long to train; give one of them" $dpi -d few.csv -e 2 --steps 3 -o x
    refuse "train: run/net.h5: 160 inputs and 19 neurons, hidden layers of 64 and the data are 160 and 67" \
        $dpi -d few.csv --from run -o x
    refuse "train: 1e+06 events a second for an input word of 1.0, allowed 1.6e-05..16000" \
        $dpi -d clips --held-percent 30 --front-rate 1e6 -o x
}
sed '/^frontend:/,$d' "$root/chips/fpga-q8.8.yaml" >bare.yaml
refuse "train: bare.yaml: a chip without a front end: it hears no sound" train -c dynapse2 -d clips --front bare.yaml -o x
[ ! -e x ] && ok "nothing was written" || bad "nothing was written" "there is x"
finish
