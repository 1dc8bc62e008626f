"""Cycles of all ticks of FOLDER/bench/vectors.vec, by docs/rtl.md."""
import json
import pathlib
import sys

core = pathlib.Path(sys.argv[1])
chip = json.loads((core / "mem/chip.json").read_text())
layers = chip["layers"]
law = chip["law"]
synapses = 2 if law.get("currents", 0) > 1 else 1
registers = 0  # on the way from a neuron's sum to its next state
if ".Staged(1)" in (core / "rtl/stw_top.sv").read_text():
    current = 7 if law.get("currents", 0) else 1 + (law.get("input_gain") == "words")
    leaking = current + 2 if law["order"] == "integrate_first" else int(law.get("rest") == "words")
    registers = max(leaking + 2, 5, current + 1) + (3 if law.get("saturate_sum") == "increment" else 1) + 3
least = (registers + synapses) // synapses
cycles, ticks, clip = 0, [], None


def close(tick):
    """One tick: what each layer heard, from this clip's ticks up to it."""
    total, t = 1, len(clip) - 1
    for l, y in enumerate(layers):
        def into(k, l=l, y=y):  # events that reach the layer in tick k
            k -= y.get("delayed", False)
            if k < 0:
                return 0
            return clip[k]["events"] if l == 0 else clip[k]["fired"][l - 1]
        taps = y.get("taps", 1) or 1
        heard = sum(into(t - k * y.get("spacing", 0)) for k in range(taps))
        own = clip[t - 1]["fired"][l] if y["recurrent"] and t else 0
        events = 1 if y["topology"] == "one_to_one" else max(heard + own, 1)
        total += synapses * y["neurons"] * max(events, least) + 3 + registers
        if taps > 1:
            total += 2 * taps + heard + 1
    return total


for line in (core / "bench/vectors.vec").read_text().splitlines():
    f = line.split()
    if f[0] in "CE" and clip:
        cycles += close(clip)
    if f[0] == "C":
        clip = []
    elif f[0] == "T":
        if clip:
            cycles += close(clip)
        clip.append({"events": int(f[3]), "fired": []})
    elif f[0] == "Z":
        words = f[3:]
        clip[-1]["fired"].append(bin(int(words[0], 16)).count("1") if len(words) == 1
                                 else sum(int(w, 16) > 0 for w in words))
print(cycles)
