#!/usr/bin/env bash
# Nets that say nothing are told of: by train, predict, calibrate, sensitivity, replay and report, on
# stderr and in JSON; nets that do are not. And what a prediction's state says is held against the job.
#
#   tests/cli/predict/cli_dead.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
cd "$tmp" || exit 2
cases=${SPIKETWIN_CASES:-$root/../shared/cases}
"$root/tests/lib/clips.py" corpus clips 24 >/dev/null || exit 2
train() { "$spiketwin" train -d clips --held-percent 40 --hidden 12 -b 16 -q "$@"; }
has() { grep -c -- "$2" "$1"; }

# --- train ----------------------------------------------------------------------------------------
# Weights that bring no neuron to its threshold: no layer fires.
train -e 8 --set weight.max=0.02 --set weight.min=-0.02 -o dead >out.txt 2>dead.log
expect "a dead net trains to its end" 0 $?
expect "train says so as soon as it is seen: a layer" 1 \
    "$(has dead.log 'epoch [1-4]: a layer (layer 1, 12 neurons) fires in none of 32 held-back clips on any of 4 chips')"
expect "train says so as soon as it is seen: the output" 1 \
    "$(has dead.log 'epoch [1-4]: the output (layer 2, 2 neurons) fires in none')"
expect "train says so as soon as it is seen: the loss" 1 \
    "$(has dead.log 'epoch [1-4]: the loss stands at ln(2) = 0.6931 since epoch [12]:')"
expect "train says so again of the net that is kept: a layer" 1 \
    "$(has dead.log '4 of 4 chips of the net that is kept (epoch [78]): layer 1')"
expect "train says so again of the net that is kept: the output" 1 \
    "$(has dead.log '4 of 4 chips of the net that is kept (epoch [78]) never decide')"
expect "train says so again: the loss" 1 "$(has dead.log 'warning: the loss stands at ln(2) = 0.6931 since epoch')"
expect "train.json" "1 0 4 4 True" "$(python3 -c 'import json; r = json.load(open("dead/train.json")); u = r["undecided"]
print(u["silent"], u["tied"], u["chips_never"], u["layers_never"][1], r["loss_stands_since"] < 3)')"
train -e 16 --lr 5e-3 -o run >out.txt 2>run.log
expect "a living net: the kept one is not warned of" "0 null" "$(has run.log 'kept') $(
    python3 -c 'import json; print(json.dumps(json.load(open("run/train.json"))["loss_stands_since"]))')"

# --- predict and its kin ---------------------------------------------------------------------------
verbs=(predict "-n 50 -l 0.4" calibrate "-n 10 -l 0.4 --clips 4" sensitivity "-n 8" replay "-k 3")
for ((i = 0; i < 8; i += 2)); do
    for net in dead run; do
        for json in "" --json; do
            # shellcheck disable=SC2086 # options
            "$spiketwin" "${verbs[i]}" $net/net.nir -d clips -q ${verbs[i + 1]} $json >"${verbs[i]}-$net$json" 2>err.txt
            expect "${verbs[i]} $json of the $net net: exit" 0 $?
            n=$(has err.txt ': warning: ')
            if [ $net = run ]; then
                expect "${verbs[i]} $json of the living net: no warning" 0 "$n"
            else
                expect "${verbs[i]} $json of the dead net: warned of" "yes 1" "$([ "$n" -ge 2 ] && echo yes) $(
                    has err.txt 'the nominal chip never decides: no output fires in any of [0-9]* clips, so that each is taken for "high"')"
            fi
        done
    done
done
expect "predict: chips that never decide do not pass in silence" 2 "$("$spiketwin" predict dead/net.nir -d clips \
    -q -n 10 -l 0.4 2>&1 >/dev/null | grep -c 'the limit of 40.00 % all the same')"
expect "predict: nor in the table" "1 1" "$(has predict-dead 'yield at 40.00 % *100.0 %  of which 100.0 points never decide') $(
    has predict-dead 'undecided: no output spike 100.00 %, a tie 0.00 % of the chips')"
cat >counts.py <<'P'
import json
p, c, s, r = (json.load(open(f"{v}-dead--json")) for v in ("predict", "calibrate", "sensitivity", "replay"))
u = p["virtual_chips"]["undecided"]
print(p["nominal_chip"]["undecided"]["chips_never"], u["chips_never"], u["chips_never_that_pass"], u["layers_never"][1],
      p["chips"][0]["silent"], p["chips"][10]["silent"], end="|")
print(c["nominal_chip"]["undecided"]["chips_never"], c["before"]["undecided"]["chips_never"],
      c["after"]["undecided"]["chips_never_that_pass"], end="|")
print(s["undecided"]["silent"], s["undecided"]["chips_never"], end="|")
print(r["nominal_chip"]["undecided"]["chips_never"], r["undecided"]["chips_never"])
P
expect "JSON of all: every chip and clip" "1 50 50 50 24 24|1 10 10|1 1|1 1" "$(python3 counts.py)"

# Ties and silence, counted anew from the output spikes of each clip as replay tells them; of a net that has learned nothing,
# so that there are some.
train -e 1 --lr 1e-6 --lr-front 0 -o weak >out.txt 2>weak.log
sed -E "/^  threshold:/,/die:/ s/local: \{value: [0-9.]*/local: {value: 0.3/" "$root/chips/fpga-q8.8.yaml" >wide.yaml
"$spiketwin" predict weak/net.nir -d clips -c wide.yaml -q -n 7..8 -j >wide.json 2>err.txt
for k in 7 8; do
    for clip in $(seq 0 23); do
        "$spiketwin" replay weak/net.nir -d clips -c wide.yaml -q -k $k -i "$clip" -j 2>/dev/null |
            python3 -c 'import json, sys; s = json.load(sys.stdin)["shown"]["chip_spikes"]
print("silent" if max(s) == 0 else "tied" if s[0] == s[1] else "clear")'
    done >"said$k"
done
cat >same.py <<'P'
import json
bad, undecided = [], 0
for c in json.load(open("wide.json"))["chips"][1:]:
    said = open(f"said{c['k']}").read().split()
    if len(said) != 24 or (c["silent"], c["tied"]) != (said.count("silent"), said.count("tied")):
        bad.append(f"chip {c['k']}: {c['silent']} silent, {c['tied']} tied, replay says {said}")
    undecided += c["silent"] + c["tied"]
print("; ".join(bad) or ("same" if undecided else "every clip was decided"))
P
expect "silent and tied clips are those without output spikes, and with as many" same "$(python3 same.py)"

# --- report ----------------------------------------------------------------------------------------
for net in dead run; do
    cp predict-$net--json $net/predict.json
    cat >$net/cosim.json <<'JSON'
{"words": 5, "spikes": 1, "differ": 0, "decisions": {"compared": 1, "differ": 0}, "chips": [{"k": 0, "words": 5,
 "differ": 0, "clips": 1, "twin_correct": 1, "rtl_correct": 1, "decisions_differ": 0}]}
JSON
done
"$spiketwin" report -o page dead run -q >page.txt 2>err.txt
expect "report: exit" 0 $?
expect "report: of the dead net, not of the other" "3 0" "$(has err.txt 'warning: dead: ') $(has err.txt 'warning: run: ')"
expect "report: at the head of the page, before any accuracy" "alarm accuracy 1" "$(
    grep -o 'class="alarm"\|title="/nets/dead/verdict[^"]*"' page/report.html | sed 's/class="alarm"/alarm/;s/title.*/accuracy/' |
        head -n 2 | paste -sd' ') $(has page/report.html 'class="alarm"')"
expect "report: in the table" " 50 0" "$(sed -n 's/^chips that never decide//p' page.txt | tr -s ' ')"

# --- a state that has been forged -------------------------------------------------------------------
"$spiketwin" predict run/net.nir -d clips -q -n 4 --state good.bin >good.txt 2>err.txt
cat >forge.py <<'P'
# By docs/prediction.md: one field of the record of chip 2 is another, and its crc right again.
import struct, sys, zlib
data, clips, what = bytearray(open("good.bin", "rb").read()), 24, sys.argv[1]
at, size = 12 + struct.unpack_from("<I", data, 8)[0] + 4, 8 * 11 + 8 + clips + 4
while struct.unpack_from("<I", data, at + 88)[0] != 2:
    at += size
field = {"clamped": ("<q", 16, -1), "spikes": ("<q", 24, 2**63 - 1), "layer": ("<q", 24 + 56, 1), "twice": ("<I", 88, 1),
         "more": ("<i", 92, 2**31 - 1), "less": ("<i", 92, -2**31), "class": ("<B", 96, 2), "none": ("<B", 96, 255)}
if what == "all":
    struct.pack_into("<i", data, at + 92, clips)
    data[at + 96:at + 96 + clips] = bytes(clips)
else:
    form, offset, value = field[what]
    struct.pack_into(form, data, at + offset, value)
struct.pack_into("<I", data, at + size - 4, zlib.crc32(bytes(data[at:at + size - 4])))
open(f"{what}.bin", "wb").write(data)
P
for what in clamped spikes layer twice more less class none all; do
    python3 forge.py $what || bad "forge $what" "it could not be"
    cp $what.bin before.bin
    "$spiketwin" predict run/net.nir -d clips -q -n 4 --state $what.bin >out.txt 2>err.txt
    rc=$?
    expect "forged state, $what: one line" "2 1 0" "$rc $(wc -l <err.txt) $(wc -c <out.txt)"
    expect "forged state, $what: names file and chip" 1 "$(grep -c "^spiketwin predict: $what.bin: chip [12]: " err.txt)"
    if cmp -s before.bin $what.bin; then
        ok "forged state, $what: the file stays"
    else
        bad "forged state, $what: the file stays" "changed"
    fi
done
cp good.bin same.bin
expect "the state that was not forged" "$(<good.txt)" \
    "$("$spiketwin" predict run/net.nir -d clips -q -n 4 --state same.bin 2>/dev/null)"
cat >mix.py <<'P'
# The records of a case under our head, which is of this net and these clips.
import struct
ours, theirs = open("good.bin", "rb").read(), open("case.bin", "rb").read()
head = lambda b: 12 + struct.unpack_from("<I", b, 8)[0] + 4
open("mixed.bin", "wb").write(ours[:head(ours)] + theirs[head(theirs):])
P
if [ -d "$cases/files/predict_state" ]; then
    for file in "$cases"/files/predict_state/*.bin; do
        name=$(basename "$file")
        cp "$file" case.bin && chmod u+w case.bin
        "$spiketwin" predict run/net.nir -d clips -q -n 4 --state case.bin >out.txt 2>err.txt
        rc=$?
        expect "$name, of another prediction: refused" "2 1" "$rc $(wc -l <err.txt)"
        python3 mix.py
        "$spiketwin" predict run/net.nir -d clips -q -n 4 --state mixed.bin >out.txt 2>err.txt
        rc=$?
        expect "$name under our head: refused, or run again" yes "$({ [ $rc -eq 2 ] || cmp -s out.txt good.txt; } && echo yes)"
    done
else
    left_out "states that went wrong" "$cases is not there"
fi

# --- what there is not ------------------------------------------------------------------------------
refuse() { # NAME MESSAGE VERB OPTIONS...
    local name=$1 message=$2 rc
    shift 2
    "$spiketwin" "$@" >out.txt 2>err.txt
    rc=$?
    expect "$name" "2 spiketwin $1: $message " "$rc $(<err.txt) $(<out.txt)"
}
refuse "no chips" "--chips: 0, allowed 1..10000000" predict run/net.nir -d clips -n 0
refuse "no chips to calibrate" "--chips: 0, allowed 2..1000000" calibrate run/net.nir -d clips -n 0
refuse "no clips" "--clips: 0, allowed 1..1000000" sensitivity run/net.nir -d clips -n 0
for limit in 1.01 -0.01 nan; do
    refuse "a limit of $limit" "--limit: $limit, allowed 0..1" predict run/net.nir -d clips "--limit=$limit"
    refuse "a limit of $limit, calibrate" "--limit: $limit, allowed 0..1" calibrate run/net.nir -d clips "--limit=$limit"
done
"$spiketwin" predict run/net.nir -d clips -q -n 1 -l 0.5 -a --sweep all -j >one.json 2>err.txt
expect "one chip: every number is one" "0 True" "$? $(python3 -c 'print("null" not in open("one.json").read())')"
expect "one chip says nothing of others" "[0, 1] [0, 1] [-1, 1]" "$(python3 -c 'import json; r = json.load(open("one.json"))
print(r["intervals"]["mean"]["chips"], r["intervals"]["mean"]["chips_and_speakers"], r["attribution"]["all"]["chips_and_speakers"])')"
"$spiketwin" predict run/net.nir -d clips -q -n 1 -l 0.5 -a --sweep all >one.txt 2>err.txt
expect "one chip: no nan, no inf" 0 "$(grep -ciE '(^|[^a-z])(nan|inf)' one.txt)"
# One clip, and so one speaker.
cp -r clips single
clip=$(head -n 1 clips/validation_list.txt)
echo "$clip" >single/validation_list.txt
tail -n +2 clips/validation_list.txt | sed "s,^,single/," | tr "\n" "\0" | xargs -0 rm -f
find single -name "$(basename "${clip%_nohash*}")_nohash*" ! -path "single/$clip" -delete
for verb in "predict -n 3 -a --sweep jitter" "calibrate -n 3 --clips 4" "sensitivity -n 3" "replay -k 2"; do
    # shellcheck disable=SC2086 # words
    "$spiketwin" $verb run/net.nir -d single -q >out.txt 2>err.txt
    expect "one clip: $verb" "0 0" "$? $(grep -ciE '(^|[^a-z])(nan|inf)' out.txt)"
done
"$spiketwin" predict run/net.nir -d single -q -n 3 -j >single.json 2>err.txt
expect "one speaker says nothing of other people" "[0, 1] [0, 1]" "$(python3 -c 'import json; r = json.load(open("single.json"))
print(r["intervals"]["yield"]["speakers"], r["intervals"]["yield"]["chips_and_speakers"])')"
finish
