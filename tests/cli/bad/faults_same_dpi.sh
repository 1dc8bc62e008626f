#!/usr/bin/env bash
# The same faults of a DYNAP-SE2 net in the lanes of prediction, in the model and in the RTL: every word, every
# stage, and each chip has the accuracy that was predicted for it. What makes no sense is refused by its line.
#
#   tests/cli/bad/faults_same_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
for law in compat silicon; do
    "$spiketwin" train -c dynapse2 -q -b 16 --steps 300 --law $law -o $law >/dev/null 2>&1 || exit 2
done

python3 - <<'P'
import random
r, bits = random.Random(3), {"isyn": 32, "iahp": 32, "imem": 32, "vmem": 27, "timer": 3, "weight": 32, "gaba": 32}
def some(words, low):  # flips of bits below `low`: a net that still says something
    lines = ["stuck 0 1 7 9 1", "stuck 0 0 33 10 0"]
    for tick in range(0, 520, 9):  # the last are behind the end
        word = r.choice(words)
        row = f" {r.randrange(62)}" if word == "weight" else ""
        lines.append(f"flip {tick} 0 {r.randrange(2)} {word} {r.randrange(min(bits[word], low))}{row}")
    return "\n".join(lines) + "\n"
words = [w for w in bits if w != "gaba"]
open("compat-mild", "w").write(some(words, 12))
open("compat-wild", "w").write(some(words, 32))
open("silicon-mild", "w").write(some(list(bits), 12))
open("silicon-wild", "w").write(some(list(bits), 32))
open("dead", "w").write("dead 0 1  # says nothing\n")
P
accuracy() { python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
print([1.0 * c.get("accuracy", c.get("rtl_correct", 0) / max(1, c.get("clips", 1))) for c in j["chips"]])' "$1"; }
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }

for law in compat silicon; do
    "$spiketwin" predict $law/net.h5 -q -n 7 -l 1 --law $law --mismatch 2 -j >sound.$law 2>err.txt
    for list in $law-mild $law-wild dead; do
        "$spiketwin" predict $law/net.h5 -q -n 7 -l 1 --law $law --mismatch 2 -F $list -j >$law.$list 2>err.txt
        expect "$law, $list: predict" 0 $?
        expect "$law, $list: 1 thread" "$(accuracy $law.$list)" "$("$spiketwin" predict $law/net.h5 -q -n 7 -l 1 --law $law \
            --mismatch 2 -F $list -t 1 -j >one.json 2>err.txt; accuracy one.json)"
        command -v verilator >/dev/null || continue
        "$spiketwin" cosim $law/net.h5 -q -k 0..7 --law $law --mismatch 2 -F $list -T -j >cosim.json 2>err.txt
        expect "$law, $list: cosim" "0 0" "$? $(field cosim.json differ)"
        expect "$law, $list: accuracy of each chip" "$(accuracy $law.$list)" "$(accuracy cosim.json)"
    done
    [ "$(grep -o '"hash":.*' sound.$law)" != "$(grep -o '"hash":.*' $law.$law-mild)" ]
    expect "$law: what is stuck is in the hash" 0 $?
    expect "$law: a dead neuron never says its pattern" "0.5" "$(python3 -c '
import json, sys; print(json.load(open(sys.argv[1]))["accuracy"]["chips"]["mean"])' $law.dead)"
    expect "$law: sound, it does" "1.0" "$(python3 -c '
import json, sys; print(1.0 * json.load(open(sys.argv[1]))["accuracy"]["quantised"])' sound.$law)"
done
command -v verilator >/dev/null || left_out "the RTL" "no verilator"
expect "both figures are told, without and with" 1 "$("$spiketwin" predict compat/net.h5 -q -n 2 -F dead 2>err.txt |
    grep -cE 'the same with +1 faults +50.00 %')"
"$spiketwin" replay compat/net.h5 -q -k 2 -F dead -j >replay.json 2>err.txt
expect "replay: the neuron is silent" "0 0" "$? $(python3 -c '
import json; print(len([x for x in json.load(open("replay.json"))["shown"]["chip"][0] if x[1] == 1]))')"
"$spiketwin" predict compat/net.h5 -q -n 2 -F dead --state kept -j >/dev/null 2>err.txt
"$spiketwin" predict compat/net.h5 -q -n 2 -F compat-mild --state kept -j >out.txt 2>err.txt
expect "another list is another prediction" "2 1" "$? $(grep -c 'of another prediction: it has faults=' err.txt)"

refuse() { # MESSAGE LIST OPTIONS...
    local wanted=$1 list=$2
    shift 2
    printf '%s\n' "$list" >bad.txt
    for verb in predict cosim replay; do
        more=
        [ $verb = replay ] && more="-k 1"
        # shellcheck disable=SC2086
        "$spiketwin" $verb compat/net.h5 -q $more -F bad.txt "$@" >out.txt 2>err.txt
        expect "$verb: $list $*" "2 spiketwin $verb: $wanted " "$? $(<err.txt) $(<out.txt)"
    done
}
refuse "bad.txt:1: word, gaba, allowed weight, isyn, iahp, imem, vmem, timer" "flip 1 0 0 gaba 3"
refuse "bad.txt:1: word, z, allowed weight, isyn, iahp, imem, vmem, timer" "flip 1 0 0 z 0"
refuse "bad.txt:1: word, v, allowed weight, isyn, gaba, iahp, imem, vmem, timer" "flip 1 0 0 v 0" --law silicon
refuse "bad.txt:1: bit, 32, allowed whole numbers 0..31" "flip 1 0 0 imem 32"
refuse "bad.txt:1: layer, 1, allowed whole numbers 0..0" "dead 1 0"
refuse "bad.txt:1: neuron, 2, allowed whole numbers 0..1" "dead 0 2"
refuse "bad.txt:1: row, 62, allowed whole numbers 0..61" "stuck 0 0 62 0 1"
"$spiketwin" predict compat/net.h5 -q -F dead --law double >out.txt 2>err.txt
expect "in double" "2 spiketwin predict: --faults: bits are of integers, law double has none" "$? $(<err.txt)"
finish
