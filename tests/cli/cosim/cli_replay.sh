#!/usr/bin/env bash
# spiketwin replay: chip k made again from its number, against the memories and spikes that `gen` writes
# and the decisions that `predict` made; then into the RTL.
#
#   tests/cli/cosim/cli_replay.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 24 >/dev/null || exit 2
cp "$root/chips/fpga-q8.8.yaml" hard.yaml
sed -i '/^  threshold:/,/die:/ s/local: {value: [0-9.]*/local: {value: 0.15/' hard.yaml
"$spiketwin" train -d clips --held-percent 40 -e 16 --hidden 12 -b 16 --lr 5e-3 -R -q -o run >/dev/null || exit 2
chip="-d clips -c hard.yaml -q"
# shellcheck disable=SC2086
"$spiketwin" predict run/net.nir $chip -n 40 -l 0.9 -j >all.json || exit 2
k=$(python3 -c 'import json; print(json.load(open("all.json"))["accuracy"]["chips"]["worst_chip"])')
# shellcheck disable=SC2086
{
    "$spiketwin" predict run/net.nir $chip -n "$k..$k" -l 0.9 -j >one.json || exit 2
    "$spiketwin" replay run/net.nir $chip --virtual-chip "$k" -j --svg r.svg >replay.json
    expect "replay: exit" 0 $?
    "$spiketwin" replay run/net.nir $chip --virtual-chip "$k" --raster >replay.txt
    "$spiketwin" replay run/net.nir clips -c hard.yaml -q -i 2 --virtual-chip "$k" -j >second.json
    "$spiketwin" gen run/net.nir $chip --expect -n 3 -m m0 >v0.txt
    "$spiketwin" gen run/net.nir $chip --expect -n 3 -k "$k" -m mk >vk.txt
}
expect "the chip that predict saw" "$(python3 -c '
import json; r = json.load(open("one.json")); c = r["chips"][1]
print(c["k"], c["hash"], round(c["accuracy"] * r["clips"]))')" "$(python3 -c '
import json; r = json.load(open("replay.json")); print(r["chip"], r["hash"], r["correct"])')"
cat >same.py <<'P'
import glob, json, os, re
replay, one, second = (json.load(open(f)) for f in ("replay.json", "one.json", "second.json"))
bad = []
# Words: the lines of the memories that differ.
differ = {}
for path in sorted(glob.glob("m0/*.hex")):
    a = [x for x in open(path).read().split() if not x.startswith(("//", "@"))]
    b = [x for x in open(path.replace("m0/", "mk/")).read().split() if not x.startswith(("//", "@"))]
    differ[os.path.basename(path)] = sum(x != y for x, y in zip(a, b))
total, told = sum(differ.values()), sum(w["differ"] for w in replay["words"])
if not total or total != told:
    bad.append(f"{told} words differ, the memories say {total}: {differ}")
# Clips: what predict's decisions say.
names = [c["clip"] for c in one["clip_list"]]
lost = [c["clip"] for c in one["clip_list"] if c["nominal_right"] and not c["chips_right"]]
won = [c["clip"] for c in one["clip_list"] if not c["nominal_right"] and c["chips_right"]]
if [c["clip"] for c in replay["lost"]] != lost or not lost:
    bad.append(f"lost {replay['lost']}, predict says {lost}")
if [c["clip"] for c in replay["won"]] != won:
    bad.append(f"won {replay['won']}, predict says {won}")
if replay["shown"]["clip"] != lost[0] or names[replay["shown"]["index"]] != lost[0]:
    bad.append("the shown clip is not the first that was lost")
# Spikes of clip 2: the Z records of the vectors.
for side, path in (("nominal", "v0.txt"), ("chip", "vk.txt")):
    clip, wanted = -1, [set(), set(), set()]
    for line in open(path):
        part = line.split()
        if part[0] == "C":
            clip += 1
        if part[0] == "Z" and clip == 2:
            bits = int(part[3], 16)
            wanted[int(part[2])] |= {(int(part[1]), n) for n in range(64) if bits & 2**n}
    got = [set(map(tuple, layer)) for layer in second["shown"][side]]
    if got != wanted or not all(wanted):
        bad.append(f"spikes of the {side} chip")
if second["shown"]["nominal"] == second["shown"]["chip"]:
    bad.append("chip and nominal spike alike")
# The raster is the same as text: # both, n nominal, k chip.
rows = re.findall(r"^ +\d+ ([.nk#]+)$", open("replay.txt").read(), re.M)
layers = [0, 0, 0]
sizes = [16, 12, 2]
if len(rows) != sum(sizes):
    bad.append(f"{len(rows)} rows")
else:
    for side, marks in (("nominal", "n#"), ("chip", "k#")):
        for l in range(3):
            drawn = {(t, n) for n in range(sizes[l]) for t, x in enumerate(rows[sum(sizes[:l]) + n]) if x in marks}
            if drawn != set(map(tuple, replay["shown"][side][l])):
                bad.append(f"raster of layer {l}, {side}")
print("; ".join(bad) or "all")
P
expect "words, clips and spikes are those of gen and predict" all "$(python3 same.py)"
expect "the picture is SVG with all points" "svg" "$(python3 -c '
import xml.etree.ElementTree as e; t = e.parse("r.svg").getroot(); print(t.tag.split("}")[1] if len(list(t.iter())) > 50 else "empty")')"
# Membranes: the stages that gen writes, and the thresholds of the memories, of both sides.
# shellcheck disable=SC2086
{
    "$spiketwin" replay run/net.nir $chip -i 2 --virtual-chip "$k" --membrane 1:3,2:0 -j --svg m.svg >membrane.json
    expect "membranes: exit" 0 $?
    "$spiketwin" gen run/net.nir $chip -n 3 --stages >s0.txt
    "$spiketwin" gen run/net.nir $chip -n 3 -k "$k" --stages >sk.txt
}
expect "membranes, thresholds and currents" "all 2" "$(python3 - <<'P'
import json
signed = lambda x, bits: int(x, 16) - (int(x, 16) >> bits - 1 << bits)
traces, bad = json.load(open("membrane.json"))["shown"]["membranes"], []
for side, path, memory in (("nominal", "s0.txt", "m0"), ("chip", "sk.txt", "mk")):
    clip, stage = -1, {}
    for line in open(path):
        f = line.split()
        clip += f[0] == "C"
        if f[0] == "G" and clip == 2:
            stage.setdefault((int(f[2]), f[3]), []).append([signed(x, 64) for x in f[4:]])
    for t in traces:
        l, n = t["layer"], t["neuron"]
        for name, of in (("clamp", "membrane"), ("current", "current")):
            if t[side][of] != [row[n] for row in stage[l, name]]:
                bad.append(f"{side} {l}:{n} {of}")
        if t[side]["threshold"] != signed(open(f"{memory}/layer{l}_theta.hex").read().split()[n], 16):
            bad.append(f"{side} {l}:{n} threshold")
if traces[0]["nominal"] == traces[0]["chip"]:
    bad.append("both sides are the same")
print("; ".join(bad) or "all", len(traces))
P
)"
expect "the picture of membranes: a line for each side and kind" "4 layer 1, neuron 3 layer 2, neuron 0" "$(python3 -c '
import re, xml.etree.ElementTree as e
t = list(e.parse("m.svg").getroot().iter())
text = " ".join("".join(x.itertext()).strip() for x in t if x.tag.endswith("}text"))
print(text.count("membrane") + text.count("current"), *re.findall(r"layer \d, neuron \d", text))')"
for wrong in "3:0|: 3:0: layer 3, allowed 0..2" "1:12|: 1:12: neuron 12 of layer 1, allowed 0..11" "1| 1: allowed LAYER:NEURON,.. such as 1:0,1:5" \
    "1:0,| 1:0,: allowed LAYER:NEURON,.. such as 1:0,1:5" "1:-1| 1:-1: allowed LAYER:NEURON,.. such as 1:0,1:5" \
    "0:0,0:1,0:2,0:3,0:4,0:5,0:6,0:7,0:8| 0:0,0:1,0:2,0:3,0:4,0:5,0:6,0:7,0:8: allowed 1..8 neurons"; do
    "$spiketwin" replay run/net.nir -d clips -q --virtual-chip "$k" --membrane "${wrong%%|*}" --json >out.txt 2>err.txt
    expect "--membrane ${wrong%%|*}" "2 spiketwin replay: --membrane${wrong#*|}" "$? $(<err.txt)"
done
"$spiketwin" replay run/net.nir -d clips -q --virtual-chip "$k" --membrane 1:0 >out.txt 2>err.txt
expect "--membrane alone" "2 spiketwin replay: --membrane goes with --svg or --json" "$? $(<err.txt)"
# Three output neurons a label: spikes are told of labels, not of neurons.
"$spiketwin" train -d clips --held-percent 40 -e 4 --hidden 12 -b 16 --lr 5e-3 --population 3 -q -o many >/dev/null 2>&1 || exit 2
"$spiketwin" replay many/net.nir -d clips -q -i 2 --virtual-chip 3 -j >many.json 2>many.log
"$spiketwin" replay many/net.nir -d clips -q -i 2 --virtual-chip 3 >many.txt 2>many.log
expect "population: spikes of a label are those of its neurons" "all 6" "$(python3 - <<'P'
import json, re
r = json.load(open("many.json"))
s, bad = r["shown"], []
told = re.search(r"output spikes (.*)", open("many.txt").read())[1]
for side, name in enumerate(("nominal", "chip")):
    wanted = [sum(n // 3 == label for t, n in s[name][-1]) for label in range(2)]
    if s[f"{name}_spikes"] != wanted or sum(wanted) == 0:
        bad.append(f"{name}: JSON {s[f'{name}_spikes']}, its spikes {wanted}")
    if [int(x.split()[1 + 2 * side]) for x in told.split(", ")] != wanted:
        bad.append(f"{name}: table {told}, its spikes {wanted}")
print("; ".join(bad) or "all", s["neurons"][-1])
P
)"
if command -v verilator >/dev/null; then
    # shellcheck disable=SC2086
    "$spiketwin" replay run/net.nir $chip --virtual-chip "$k" --rtl --build "$root/build/dut" -j >rtl.json 2>rtl.log
    expect "into RTL: exit" 0 $?
    expect "into RTL: every word, none differs" "3750 0 0" "$(python3 -c '
import json; r = json.load(open("rtl.json"))["rtl"]; print(r["words"], r["differ"], r["decisions_differ"])')"
    # An RTL with a fault says so, by exit code and by place.
    mkdir -p tree && cp -r "$root"/{rtl,cosim,model} tree/
    sed -i 's/\.theta_i, \.enable_i/.theta_i(theta_i ^ MembraneBits'"'"'(1)), .enable_i/' tree/rtl/stw_neuron.sv
    cmp -s tree/rtl/stw_neuron.sv "$root/rtl/stw_neuron.sv" && bad "the fault is in the RTL" "the line is another now"
    # shellcheck disable=SC2086
    "$spiketwin" replay run/net.nir $chip --virtual-chip "$k" --rtl --build dut --source tree >rtl.txt 2>rtl.log
    expect "into RTL with a fault: exit" 1 $?
    expect "into RTL with a fault: which chip and clip" "first divergence: chip $k, seed 1, clip" \
        "$(grep -o '^first divergence: chip [0-9]*, seed 1, clip' rtl.log)"
else
    left_out "chip k in the RTL" "no verilator"
fi
finish
