#!/usr/bin/env bash
# Events and arrays in every layout: the same words from each, and all verbs on 700 inputs.
#
#   tests/cli/train/cli_events.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
events=$root/tests/lib/events.py
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$tmp/cache}
cd "$tmp" || exit 2

has=
"$python" -c 'import numpy, h5py' 2>/dev/null && has=1
[ "$has" ] || left_out "HDF5 and NumPy files" "no Python with h5py and numpy (scripts/install)"
[ "$has" ] || python=python3
make_events() { "$python" "$events" "$@"; }

# --- the same events are the same words --------------------------------------------------------
few="units=40 labels=3 events=60 keys=1"
mkdir same
# shellcheck disable=SC2086
{
    make_events csv same/a.csv $few
    make_events folders same/folders $few
    [ "$has" ] && for how in "shd one.h5 real=double" "shd packed.h5 real=double chunks=1" "npz flat.npz" \
        "npz packed.npz chunks=1" "npz_each each.npz"; do
        read -r kind name more <<<"$how"
        make_events "$kind" "same/$name" $few $more
    done
}
"$spiketwin" make fpga-q8.8 --layer 40x16r --layer 16x3 --labels null,eins,zwei --random 1 -o net.nir -q
# What is shown of all items, whose order and sides hang on their names.
shown() {
    local split more=()
    [[ $1 == *each* ]] && more=(--time-unit us)
    for split in train validation; do
        "$spiketwin" gen net.nir -d "same/$1" "${more[@]}" -S $split -n 1000 2>err.txt | grep '^T' ||
            grep -q "no clips in split" err.txt || cat err.txt
    done | sort | md5sum
}
for data in same/*; do
    expect "the words of ${data#same/} are those of a.csv" "$(shown a.csv)" "$(shown "${data#same/}")"
done

# --- 700 inputs, 20 labels: train, predict, lockstep, vectors, replay, report -------------------
big="units=700 labels=10 speakers=8 takes=4 events=500 keys=1 splits=1"
# shellcheck disable=SC2086
if [ "$has" ]; then
    make_events shd big_train.h5 $big
    make_events shd big_test.h5 $big seed=2
    train=big_train.h5 test=big_test.h5
else
    make_events csv big.csv $big
    train=big.csv test=big.csv
fi
"$spiketwin" train -d $train --hidden 64 -e 6 -b 16 -o run --json -q >train.json 2>err.txt || cat err.txt
"$spiketwin" predict run/net.nir -d $test -n 20 --json -q >predict.json 2>err.txt || cat err.txt
look() { python3 - "$@" <<'EOF'
import json, sys
x = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    x = x[int(key)] if isinstance(x, list) else x[key]
print(x)
EOF
}
expect "its inputs" 700 "$(look predict.json provenance.data.inputs)"
expect "its events" 160000 "$(look predict.json provenance.data.events)"
expect "nothing is late" 0 "$(look predict.json provenance.data.dropped.behind_the_last_tick)"
expect "what was read is told by its hash" "$(sha256sum $test | cut -d' ' -f1)" \
    "$(look predict.json provenance.data.files.0.sha256)"
python3 - <<'EOF' && ok "20 chips tell ten labels apart" || bad "20 chips tell ten labels apart"
import json
chips = json.load(open("predict.json"))["accuracy"]["chips"]
assert chips["mean"] > 0.8, chips["mean"]
EOF
# A recurrent net of so many inputs does not drive itself until nothing is told apart any more.
"$spiketwin" train -d $train -R --hidden 64 -e 25 -b 16 -o recurrent -q >/dev/null 2>err.txt || cat err.txt
python3 - <<'EOF' && ok "a recurrent net learns them too" || bad "a recurrent net learns them too"
import json
last = [json.loads(line) for line in open("recurrent/log.jsonl")][-1]
assert last["train"] > 0.8 and last["rate"] < 0.1, last
EOF
"$spiketwin" predict run/net.nir -d $test -n 20 --json -q -t 1 2>/dev/null | grep -v '"threads"\|"command"' >one.json
expect "any number of threads" "$(grep -v '"threads"\|"command"' predict.json)" "$(<one.json)"
"$spiketwin" cosim run/net.nir -d $test -n 6 -k 0..1 --stages -q >cosim.txt 2>err.txt
expect "RTL in lockstep: exit" 0 $?
[[ $(tail -n 1 cosim.txt) =~ ^cosim:\ [0-9]+\ words,\ 0\ differ ]] && ok "RTL in lockstep: 0 differ" ||
    bad "RTL in lockstep: 0 differ" "$(<cosim.txt)" "$(<err.txt)"
"$spiketwin" gen run/net.nir -d $test -n 3 -k 1 2>/dev/null | "$spiketwin" dut run/net.nir -k 1 2>/dev/null |
    "$spiketwin" check run/net.nir -k 1 >check.txt 2>&1
[[ $(head -n 1 check.txt) =~ ,\ 0\ differ\;.*,\ 0\ differ\ \(3\ clips\)$ ]] && ok "gen, dut, check" ||
    bad "gen, dut, check" "$(<check.txt)"
"$spiketwin" replay run/net.nir $test -k 3 --rtl -q >replay.txt 2>&1
expect "replay with RTL: exit" 0 $?
"$spiketwin" sensitivity run/net.nir -d $test -n 10 -q >sensitivity.txt 2>&1
expect "sensitivity: exit" 0 $?
"$spiketwin" predict run/net.nir -d $test -n 10 -o run/predict.json -q >/dev/null 2>&1
"$spiketwin" cosim run/net.nir -d $test -n 2 -k 0..1 --json -q >run/cosim.json 2>err.txt
"$spiketwin" report run -o page >report.txt 2>&1
expect "report: exit" 0 $?
"$spiketwin" info run/net.nir >info.txt 2>&1
expect "info: exit" 0 $?
grep -q "inputs  *700" info.txt && ok "info: its shape" || bad "info: its shape" "$(<info.txt)"

# --- a run that is resumed, and one that goes on -----------------------------------------------
"$spiketwin" train -d $train --hidden 16 -e 4 -o whole -q >/dev/null 2>&1
"$spiketwin" train -d $train --hidden 16 -e 2 -o part -q >/dev/null 2>&1
"$spiketwin" train -d $train -e 2 --from part/net.nir -o more -q >/dev/null 2>err.txt
expect "training goes on from a net without a front layer: exit" 0 $?
"$spiketwin" train -d $train --hidden 16 --init fluctuation -e 2 -o fluctuation -q >/dev/null 2>err.txt
expect "first weights by the events' rates: exit" 0 $?

# --- fewer labels, fewer ticks -------------------------------------------------------------------
"$spiketwin" train -d $train --labels zwei,eins --hidden 16 -e 6 -o two -q >/dev/null 2>err.txt
expect "two of the labels: exit" 0 $?
grep -q "warning: [0-9]* items of other labels are passed over" err.txt && ok "two of the labels: said" ||
    bad "two of the labels: said" "$(<err.txt)"
"$spiketwin" predict two/net.nir -d $test -n 4 -q >/dev/null 2>err.txt
expect "labels beyond the net's are refused: exit" 2 $?
grep -q "label \`[a-zü]*\`, allowed the 2 of the net (--labels" err.txt &&
    ok "labels beyond the net's are refused" || bad "labels beyond the net's are refused" "$(<err.txt)"
"$spiketwin" predict two/net.nir -d $test --labels zwei,eins -n 4 -q >/dev/null 2>err.txt
expect "or passed over where they are named: exit" 0 $?
"$spiketwin" predict run/net.nir -d $test --ticks 40 -n 4 -q >/dev/null 2>err.txt
expect "fewer ticks: exit" 0 $?
grep -Eq "warning: [0-9]+ events behind the last of 40 ticks are not heard \(up to tick 6[0-9]" err.txt &&
    ok "fewer ticks: said" || bad "fewer ticks: said" "$(<err.txt)"

expect "gen takes fewer ticks too" 40 "$("$spiketwin" gen run/net.nir -d $test --ticks 40 -n 1 2>/dev/null | grep -c ^T)"
both=$test
if [ "$has" ]; then
    mkdir both && cp big_train.h5 big_test.h5 both
    both=both
fi
"$spiketwin" calibrate run/net.nir -d $both -S test -n 4 -q >calibrate.txt 2>&1
expect "calibrate, of a folder with both sides: exit" 0 $?

# --- a chip without a front end ---------------------------------------------------------------------
sed '/^frontend:/,$d' "$root/chips/fpga-q8.8.yaml" >bare.yaml
"$spiketwin" train -c bare.yaml -d $train --hidden 16 -e 3 -o bare >/dev/null 2>err.txt
expect "a chip without a front end trains: exit" 0 $?
grep -q "past the front end" err.txt && bad "it has none to go past" "$(grep data: err.txt)" || ok "it has none to go past"
"$spiketwin" predict bare/net.nir -d $test -n 5 -q >bare.txt 2>err.txt
expect "a chip without a front end is predicted: exit" 0 $?
"$spiketwin" train -d $train --hidden 16 -e 3 -o front >/dev/null 2>err.txt
grep -q "past the front end of fpga-q8.8" err.txt && ok "a front end that is passed by is said" ||
    bad "a front end that is passed by is said" "$(<err.txt)"
"$spiketwin" predict front/net.nir -d $test -n 5 -q >front.txt 2>err.txt
expect "the front end changes nothing" "$(<front.txt)" "$(<bare.txt)"
"$root/tests/lib/clips.py" corpus clips 4 1
"$spiketwin" train -c bare.yaml -d clips -o none >/dev/null 2>err.txt
expect "and hears no sound" \
    "spiketwin train: chip fpga-q8.8 has no front end: it is run on events, arrays and vectors only" "$(<err.txt)"
"$spiketwin" train -d $train --hidden 16 --lr-front 0.1 -o none >/dev/null 2>err.txt
expect "options of a layer that is not there: exit" 2 $?
grep -q "^spiketwin train: --lr-front: of the layer behind a front end; $train goes past it$" err.txt &&
    ok "options of a layer that is not there" || bad "options of a layer that is not there" "$(<err.txt)"

# --- arrays ---------------------------------------------------------------------------------------
if [ "$has" ]; then
    # shellcheck disable=SC2086
    make_events arrays same/../x.npz $few
    mkdir reals
    make_events npy x.npy units=40 labels=3 events=60
    make_events npy reals/x.npy units=40 labels=3 events=60 "type=>f4"
    "$spiketwin" train -d x.npz --hidden 16 -e 3 --held-percent 40 -o arrays -q >/dev/null 2>err.txt
    expect "arrays train: exit" 0 $?
    "$spiketwin" predict arrays/net.nir -d x.npz -S train -n 3 -q >/dev/null 2>err.txt
    expect "arrays predict: exit" 0 $?
    "$spiketwin" make fpga-q8.8 --layer 40x3 --labels 0,1,2 --random 1 -o a.nir -q
    expect "bytes and reals of the other order are the same words" \
        "$("$spiketwin" gen a.nir -d x.npy -S train -n 99 2>/dev/null | grep '^[TC]' | md5sum)" \
        "$("$spiketwin" gen a.nir -d reals/x.npy -S train -n 99 2>/dev/null | grep '^[TC]' | md5sum)"
    expect "and they are words" 1 \
        "$("$spiketwin" gen a.nir -d x.npy -S train -n 99 2>/dev/null | grep -c "^T [0-9]* 0000 [1-9]" | sed "s,[1-9][0-9]*,1,")"
fi
finish
