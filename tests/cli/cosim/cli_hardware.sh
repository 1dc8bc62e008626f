#!/usr/bin/env bash
# Training for a chip with a grid, sign blocks and cores: what spiketwin train offers for it, and that it is the same bits.
#
#   tests/cli/cosim/cli_hardware.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2

train() { # OUT OPTIONS...
    "$spiketwin" train -q -d clips -w high,low -b 4 --held-percent 40 -c h1v2 -o "$@" >out.txt 2>err.txt ||
        bad "train $*" "$(<err.txt)"
}
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
epochs() { wc -l <"$1/log.jsonl"; }

# shellcheck disable=SC2054 # commas inside of values
# The same bits for any number of threads, with everything on that sums over weights, rates or clips.
all=(--hidden 20,12 --recurrent --population 2 --init fluctuation --front-start 0.2 --signs anneal --rate-kind toward
    --rate-weight 0.1 --topology-weight 0.01 --magnitude-weight 0.01 --magnitude-limit 1 -e 3)
train one "${all[@]}" -t 1
train five "${all[@]}" -t 5
for file in net.nir checkpoint.h5; do
    if cmp "one/$file" "five/$file" >cmp.txt 2>&1; then ok "1 and 5 threads: $file"; else bad "1 and 5 threads: $file" "$(<cmp.txt)"; fi
done
for option in "--signs project" "--topology-weight 1" "--magnitude-weight 1" "--front-start 0.1" "--init gaussian" \
    "--rate-weight 1" "--lr-front 0"; do
    # shellcheck disable=SC2086
    train other --force "${all[@]}" $option
    if cmp -s one/net.nir other/net.nir; then bad "$option acts" "the same net"; else ok "$option acts"; fi
done
"$spiketwin" drc one/net.nir >out.txt 2>err.txt
expect "what was trained for a chip keeps its rules" 0 $?
"$spiketwin" predict one/net.nir -q -d clips -n 2 --json >predict.json || bad "predict" "exit $?"
python3 - <<'PYTHON' && ok "the energy of a clip is that of its spikes" || bad "the energy of a clip is that of its spikes" "$(<predict.json)"
import json
import sys
p = json.load(open("predict.json"))
rate, power = p["virtual_chips"]["spike_rate"], p["power"]
spikes = 125 * sum(r * n for r, n in zip(rate[1:], (20, 12, 4)))
sys.exit(not (abs(power["core_j"] - 4.21e-12 * spikes) < 1e-15 and abs(power["front_spikes_j"] - 4.21e-12 * 125 * 16 * rate[0]) < 1e-15
              and abs(power["filters_j"] - 320e-9) < 1e-12))
PYTHON

# A digital chip: events at synapses, input words among them, and updates.
"$spiketwin" train -q -d clips --held-percent 40 -c loihi --hidden 12 -R -e 2 -o digital >out.txt 2>err.txt || bad "digital" "$(<err.txt)"
"$spiketwin" predict digital/net.nir -q -d clips -n 3 --json >digital.json 2>err.txt || bad "digital: predict" "$(<err.txt)"
"$spiketwin" gen digital/net.nir -q -d clips -n 999 >digital.vec 2>err.txt
expect "digital: energy by counting" "True True True" "$(python3 - <<'P'
import json
p = json.load(open("digital.json"))
rate, power, clips = p["virtual_chips"]["spike_rate"], p["power"], p["clips"]
inputs = sum(int(line.split()[3]) for line in open("digital.vec") if line[0] == "T") / clips
spikes = [125 * r * n for r, n in zip(rate, (16, 12, 2))]
synapses = 23.6e-12 * (inputs + 12 * spikes[0] + (12 + 2) * spikes[1])
print(abs(power["synapses_j"] / synapses - 1) < 1e-9, abs(power["updates_j"] / (52e-12 * 125 * 30) - 1) < 1e-9, inputs > 100)
P
)"
expect "digital: the table" 1 "$("$spiketwin" predict digital/net.nir -q -d clips -n 3 2>err.txt | grep -c 'nJ synapses, .* nJ updates')"

# Patience.
train patient -e 40 --patience 2
last=$(epochs patient) best=$(field patient/train.json best_epoch)
if [ "$last" -lt 40 ]; then
    expect "patience: two epochs after the best" $((best + 2)) "$last"
else
    bad "patience: it ended the run" "best epoch $best of $last"
fi
train patient -e 40 --patience 2 --resume
expect "patience: a run that it ended stays ended" "$last" "$(epochs patient)"

# Going on from a net: at no learning rate worth the name it is that net; and a net tells its own shape.
train more --from one/net.nir -e 1 --lr 1e-9 --lr-front 0
field more/train.json options | grep -q 'hidden=20,12 ' && ok "from: the shape is the net's" || bad "from: the shape is the net's" "$(field more/train.json options)"
"$spiketwin" predict more/net.nir -q -d clips -n 2 --json >more.json
expect "from: the same decisions" "$(python3 -c 'import json; print(json.load(open("predict.json"))["accuracy"]["chips"]["mean"])')" \
    "$(python3 -c 'import json; print(json.load(open("more.json"))["accuracy"]["chips"]["mean"])')"

# What neurons do with first weights: a row a neuron, the same in train.json, and the net is the same without.
"$spiketwin" train -d clips --held-percent 40 --hidden 16 -e 4 --moments -o told >out.txt 2>err.txt
"$spiketwin" train -d clips --held-percent 40 --hidden 16 -e 4 -q -o untold >out.txt 2>/dev/null
cmp -s told/net.nir untold/net.nir && ok "moments: the same net" || bad "moments" "another net"
expect "moments: a row a neuron, as in JSON" "[16, 16, 2] True" "$(python3 - <<'P'
import json, re
layers = json.load(open("told/train.json"))["first_weights"]
rows = [(float(m), float(s), float(r), dead == "  dead") for m, s, r, dead in
        re.findall(r"^ +\d+ +(-?[\d.]+) +([\d.]+) +([\d.]+)(  dead)?$", open("err.txt").read(), re.M)]
want = [(n["membrane_mean"], n["membrane_sd"], n["spike_rate"], n["dead"]) for layer in layers for n in layer]
same = len(rows) == len(want) and all(abs(a - b) < 1e-4 for x, y in zip(rows, want) for a, b in zip(x, y))
print([len(layer) for layer in layers], same and any(n["spike_rate"] > 0 for n in layers[1]))
P
)"

# A rate loss on the output layer: it speaks less, and at weight 0 its target is nothing.
train loud --hidden 16 -e 4 && train same --hidden 16 -e 4 --out-rate-target 0.3 && train quiet --hidden 16 -e 4 --out-rate-weight 1000 --out-rate-target 0.01
cmp -s loud/net.nir same/net.nir && ok "output rate: weight 0 is none" || bad "output rate: weight 0" "another net"
spoken() { "$spiketwin" predict "$1/net.nir" -q -d clips -n 1 --json 2>/dev/null | python3 -c 'import json, sys
print(json.load(sys.stdin)["nominal_chip"]["spike_rate"][-1])'; }
expect "output rate: fewer output spikes" True "$(python3 -c "print(0 < $(spoken quiet) < 0.7 * $(spoken loud))")"
expect "output rate: part of the identity of a run" 1 "$(field quiet/train.json options | grep -c 'out_rate=0,1000,0.0099')"

# Ablation: three nets, each judged three ways, and a condition alone gives the same net.
train ablated --hidden 16 -e 2 --ablate
expect "ablate: three rows of three" 9 "$(python3 -c 'import json; print(sum(len(r["held_back_on"]) for r in json.load(open("ablated/ablation.json"))["ablation"]))')"
expect "ablate: the table" 4 "$(wc -l <out.txt)"
for condition in ideal quantised full; do
    train alone --force --hidden 16 -e 2 --condition $condition
    if cmp -s "ablated/$condition/net.nir" alone/net.nir; then ok "ablate: $condition"; else bad "ablate: $condition" "another net than with --condition"; fi
done
cmp -s ablated/ideal/net.nir ablated/full/net.nir && bad "ablate: conditions differ" "the same net" || ok "ablate: conditions differ"

# A net that the chip has no room for.
"$spiketwin" train -q -d clips -c h1v1 --hidden 65 --recurrent -o large >out.txt 2>err.txt
expect "larger than a core: exit" 2 $?
expect "larger than a core: one line" 1 "$(wc -l <err.txt)"
[ -z "$(find large -type f)" ] && ok "larger than a core: nothing is written" || bad "larger than a core: nothing is written" "$(find large -type f)"

expect "ablate: one picture, a curve for each condition" "ideal quantised full" "$(python3 -c '
import xml.etree.ElementTree as e
text = ["".join(x.itertext()).strip() for x in e.parse("ablated/curves.svg").getroot().iter() if x.tag.endswith("}text")]
print(*[x for x in text if x in ("ideal", "quantised", "full")])')"
head -c 4 ablated/full/curves.svg | grep -q '<svg' && ok "learning curves are an SVG" || bad "learning curves are an SVG" "$(head -c 80 ablated/full/curves.svg)"
finish
