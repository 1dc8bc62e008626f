#!/usr/bin/env bash
# The same faults in twin and RTL: a list and the chip file's rates, through predict and cosim. The RTL
# equals the model word for word, and each chip has the accuracy that was predicted for it.
#
#   tests/cli/bad/faults_same.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2
"$spiketwin" train -d clips --held-percent 40 --hidden 16 -R -e 2 -b 128 --lr 4e-3 --surrogate 10 --reset-grad 0 --front-start 0 --clips-per-chip 16 --mask 0 --mask-inputs 0 \
    -q -o run >/dev/null || exit 2
net=run/net.nir

{
    for n in 0 3 5 9; do echo "dead 1 $n"; done
    for row in 0 4 7; do echo "stuck 1 1 $row 14 1"; done
    for tick in 3 40 41 90; do
        echo "flip $tick 1 2 v 14"
        echo "flip $tick 2 0 v 15"
        echo "flip $tick 1 6 weight 13 $((tick % 16))"
    done
} >list.txt
mkdir chips && cp "$root/chips/fpga-q8.8.yaml" chips/rates.yaml
cat >>chips/rates.yaml <<'YAML'

faults:
  stuck_bits:   {value: 0.002, unit: of the weight bits, source: test}
  dead_neurons: {value: 0.1, unit: of the neurons, source: test}
  bit_flips:    {value: 0.01, unit: a neuron and tick, source: test}
YAML

accuracy() { # of the chips in predict's or cosim's JSON
    python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
chips = [c for c in j["chips"] if c["k"] < 4]
print([round(c.get("accuracy", c.get("rtl_correct", 0) / max(1, j["clips"])), 9) for c in chips])' "$1"
}
for how in "list -F list.txt" "rates -c chips/rates.yaml" "both -F list.txt -c chips/rates.yaml"; do
    read -r name options <<<"$how"
    # shellcheck disable=SC2086
    "$spiketwin" predict $net -d clips -S train -n 3 $options -q --json >"$name.predict" 2>err
    expect "$name: predict" 0 $?
    # shellcheck disable=SC2086
    "$spiketwin" cosim $net -d clips -S train -k 0..3 $options -T -q --json >"$name.cosim" 2>err
    expect "$name: cosim" 0 $?
    expect "$name: words that differ" 0 "$(sed -nE 's/^\t"differ":\t([0-9]+),$/\1/p' "$name.cosim" | head -n 1)"
    expect "$name: accuracy of each chip" "$(accuracy "$name.predict")" "$(accuracy "$name.cosim")"
done
"$spiketwin" predict $net -d clips -S train -n 3 -q --json >sound.predict 2>err
[ "$(accuracy sound.predict)" != "$(accuracy both.predict)" ]
expect "faults change something" 0 $?
hashes() { grep -o '"hash":.*' "$1"; }
[ "$(hashes sound.predict)" != "$(hashes rates.predict)" ]
expect "rates change the chips" 0 $?

echo "flip 3 9 0 v 1" >bad.txt
"$spiketwin" cosim $net -d clips -F bad.txt -q >out 2>err
expect "bad list: exit" 2 $?
expect "bad list: told" "spiketwin cosim: bad.txt:1: layer, 9, allowed whole numbers 0..2" "$(cat err)"
finish
