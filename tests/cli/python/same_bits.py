# What the module and the program say of the same net: python same_bits.py PROGRAM FOLDER. "ok NAME" or "FAILED NAME" a line.
import json
import os
import subprocess
import sys

import numpy as np
import spiketwin as st
from checks import expect, message

program, folder = sys.argv[1:3]
os.chdir(folder)


def run(*args):
    return subprocess.run([program, *map(str, args)], check=True, capture_output=True, text=True, cwd=folder).stdout


def table(path):
    """Rows of `spiketwin run`: (tick, layer, neuron) -> spikes and word of v, and of u where there is one."""
    with open(path) as f:
        names = f.readline().strip().split(",")
        rows = [dict(zip(names, line.strip().split(","))) for line in f]
    return {(int(r["tick"]), int(r["layer"]), int(r["neuron"])):
            tuple(int(r[n]) for n in ("chip_spikes", "word_v", "word_u") if n in r) for r in rows}


# --- every chip, recurrent, delayed and one to one: words and every state of every tick
for chip in "fpga-q8.8", "loihi", "xylo-v1", "xylo-v2", "sc-neurocore", "h1v2", "izhikevich":
    layers = ["6x6o", "6x9r", "9x4"] if chip != "izhikevich" else ["6x9r", "9x4"]
    net_file = f"{folder}/{chip}.nir"
    args = sum((["--layer", x] for x in layers), [])
    run("make", chip, *args, "--labels", "yes,no", "--random", 3, "-q", "-o", net_file)
    net = st.Net.load(net_file)
    bits, frac, signed = net.chip.input
    most = 2 ** (bits - signed) - 1
    rng = np.random.default_rng(7)
    words = rng.integers(-most if signed else 0, most + 1, (40, 6)) * (rng.random((40, 6)) < 0.5)
    words = words.astype(np.int32 if signed else np.uint8)
    with open(f"{folder}/x.csv", "w") as f:
        f.write("\n".join(",".join(repr(int(v) / 2**frac) for v in row) for row in words) + "\n")
    for k in 0, 5:
        twin = net.virtual(k, seed=2)
        run("run", net_file, f"{folder}/x.csv", "-k", k, "-s", 2, "-o", f"{folder}/rows.csv", "-q")
        spikes, states = twin.run(words)
        wanted, got = table(f"{folder}/rows.csv"), {}
        for l, z in enumerate(spikes):
            for t, n in np.ndindex(z.shape):
                got[t, l, n] = (int(z[t, n]), int(states[l]["v"][t, n]))
                if "word_u" in open(f"{folder}/rows.csv").readline():
                    got[t, l, n] += (int(states[l]["u"][t, n]) if "u" in states[l] else 0,)
        expect(f"{chip}, chip {k}: {len(wanted)} rows of the program", wanted, got)
        expect(f"{chip}, chip {k}: something fired", True, bool(sum(z.sum() for z in spikes)))
        both = twin.run(np.stack([words, 0 * words, words]))
        expect(f"{chip}, chip {k}: clip by clip", True,
               all((a[2] == b).all() and (a[0] == b).all() for a, b in zip(both[0], spikes)))
        expect(f"{chip}, chip {k}: the fast kernel counts the same", spikes[-1].sum(0).tolist(),
               twin.counts(words).tolist())
    info = json.loads(run("info", net_file, "--json"))
    expect(f"{chip}: image hash", info["image_hash"], net.virtual(0).hash)
    expect(f"{chip}: chip hash", info["provenance"]["chip_hash"], net.chip.hash)

# --- nets in and out
chip = st.Chip("fpga-q8.8")
net = st.Net.load(f"{folder}/fpga-q8.8.nir")
net.save(f"{folder}/again.nir")
expect("saved again", net.virtual(3).hash, st.Net.load(f"{folder}/again.nir").virtual(3).hash)
expect("seen by the program", net.virtual(0).hash,
       json.loads(run("info", f"{folder}/again.nir", "--json"))["image_hash"])
layers = [{"weights": y.weights[0] if y.one_to_one else y.weights[:y.n_in],
           **({"own": y.weights[y.n_in:]} if y.recurrent else {}), **y.values} for y in net.layers]
# Layers of each kind, of each law: what the program makes at random, and its arrays out and in.
for name in "fpga-q8.8", "loihi", "xylo-v2", "sc-neurocore", "h1v2", "izhikevich", "fpga-q8.8 taps":
    args = ["--layer", "5x5o", "--layer", "5x6t4x3", "--layer", "6x7rt2x5", "--layer", "7x4d"] if "taps" in name else ["--layer", "6x9r", "--layer", "9x4"]
    name = name.split()[0]
    run("make", name, *args, "--random", 6, "-q", "-o", "kinds.nir")
    of = st.Net.load("kinds.nir")
    same = st.Net.from_arrays(of.chip, of.arrays())
    expect(f"{name}, {args[1]}: from its arrays", of.virtual(4).hash, same.virtual(4).hash)
    expect(f"{name}, {args[1]}: at random", of.virtual(4).hash, st.Net.random(of.chip, of.arrays(), 6).virtual(4).hash)
    before = same.virtual(4).hash
    same.arrays()[0]["weights"][...] *= 0.5
    expect(f"{name}, {args[1]}: arrays are the net's own memory", True, before != same.virtual(4).hash)
    shown = np.random.default_rng(3).integers(0, 2, (25, of.layers[0].n_in)).astype(np.uint8) * (1 if name in ("xylo-v2", "h1v2", "loihi") else 15)
    spikes, _ = of.virtual(4).run(shown)
    expect(f"{name}, {args[1]}: the fast kernel counts the same", spikes[-1].sum(0).tolist(), of.virtual(4).counts(shown).tolist())
expect("taps", [(1, 0), (4, 3), (2, 5), (1, 0)], [y.taps for y in st.Net.random(chip, [
    {"weights": np.zeros(5)}, {"weights": np.zeros((4, 5, 6)), "spacing": 3}, {"weights": np.zeros((2, 6, 7)), "spacing": 5, "own": np.zeros((7, 7))},
    {"weights": np.zeros((7, 4)), "delayed": True}], 6).layers])
expect("from arrays", net.virtual(3).hash, st.Net.from_arrays(chip, layers, net.labels).virtual(3).hash)
expect("from NIR", net.virtual(3).hash, st.Net.from_nir(f"{folder}/again.nir", chip).virtual(3).hash)
expect("at random", net.virtual(3).hash, st.Net.random(chip, layers, 3).virtual(3).hash)
expect("labels", ["yes", "no"], net.labels)
view = net.layers[1].weights
view += 0.5
expect("weights are the net's own memory", True, net.virtual(3).hash != st.Net.load(f"{folder}/again.nir").virtual(3).hash)
expect("and stay when the net is gone", True, bool((net.layers[1].weights == view).all()))
words = np.zeros((30, 6), np.uint8)
del net
expect("views outlive their net", (15, 9), view.shape)
expect("set", st.Net.load(f"{folder}/again.nir", set={"mismatch.threshold.local": 0.2, "name": "x"}).chip.hash,
       json.loads(run("info", f"{folder}/again.nir", "--json", "--set", "mismatch.threshold.local=0.2", "--set", "name=x"))["provenance"]["chip_hash"])

# --- refusals are the program's, and nothing is taken that is not understood
twin = st.Net.load(f"{folder}/again.nir").virtual(1)


def program_says(*args):
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True, cwd=folder)
    return done.stderr.strip().split(": ", 1)[1]


for name, args, call in [
    ("no such net", ("info", "nowhere.nir"), lambda: st.Net.load("nowhere.nir")),
    ("no net", ("drc", "x.csv"), lambda: st.Net.load("x.csv")),
    ("no such value", ("info", "fpga-q8.8", "--set", "mismatch.nothing=1"), lambda: st.Chip("fpga-q8.8", {"mismatch.nothing": 1})),
    ("a value out of range", ("info", "fpga-q8.8", "--set", "jitter.sigma=2"), lambda: st.Chip("fpga-q8.8", {"jitter.sigma": 2})),
]:
    wanted, got = program_says(*args), message(call)
    # Where the chip file lies is the package's own place.
    expect(f"{name}: the program's message", wanted.split("chips/")[-1], got.split("chips/")[-1])
for name, wanted, call in [
    ("inputs", "events: 5 inputs, the net has 6", lambda: twin.run(np.zeros((3, 5), np.uint8))),
    ("kind", "events: allowed uint8, bool or int32, the chip's input words (Chip.input)", lambda: twin.run(np.zeros((3, 6)))),
    ("dimensions", "events: 1 dimensions, allowed (ticks, inputs) or (clips, ticks, inputs)", lambda: twin.run(np.zeros(6, np.uint8))),
    ("range", "events: clip 0, tick 2, input 1: 256, allowed 0..255 (input words of fpga-q8.8)",
     lambda: twin.run(np.array([[0] * 6, [0] * 6, [0, 256, 0, 0, 0, 0]], np.int32))),
    ("range below", "events: clip 0, tick 0, input 0: -1, allowed 0..255 (input words of fpga-q8.8)", lambda: twin.run(np.full((1, 6), -1, np.int32))),
    ("no ticks", "events: 0 ticks, allowed 1 and more", lambda: twin.run(np.zeros((0, 6), np.uint8))),
    ("jitter", "jitter: allowed (ticks) or (clips, ticks), as events", lambda: twin.run(np.zeros((3, 6), np.uint8), np.zeros(2, np.int16))),
    ("k", "k: -1, allowed 0..4294967295", lambda: st.Net.load("again.nir").virtual(-1)),
    ("weight", "layer 0, source 1, neuron 0: weight, 200, allowed -128..127.9960938 (what fpga-q8.8 stores)",
     lambda: st.Net.from_arrays(chip, [{"weights": [[0.0], [200.0]]}])),
    ("not a number", "layer 0, source 0, neuron 0: weight, nan, allowed -128..127.9960938 (what fpga-q8.8 stores)",
     lambda: st.Net.from_arrays(chip, [{"weights": [[np.nan], [2.0]]}])),
    ("value", "layer 0: treshold, allowed weights, own, spacing, delayed, max_spikes, threshold, leak, bias", lambda: st.Net.from_arrays(chip, [{"weights": [[0.0]], "treshold": 1}])),
    ("chain", "layer 1: weights of 3 inputs, the layer before it has 2 neurons", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2))}, {"weights": np.zeros((3, 1))}])),
    ("taps without spacing", "layer 0: weights (taps, n_in, n_out) need a `spacing`, ticks from tap to tap",
     lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2, 2))}])),
    ("spacing without taps", "layer 0: spacing goes with weights (taps, n_in, n_out)", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2)), "spacing": 1}])),
    ("spacing", "layer 0: spacing: 0, allowed 1..63", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2, 2)), "spacing": 0}])),
    ("taps", "layer 0: taps: 65, allowed 1..64", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((65, 2, 2)), "spacing": 1}])),
    ("taps of the first layer", "layers: taps: not the first layer, whose inputs are words",
     lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2, 2)), "spacing": 1}])),
    ("taps of a chip that has none", "layer 1: 2 taps, the last 1 ticks late, allowed 0..0 (delay.max of xylo-v2)",
     lambda: st.Net.from_arrays(st.Chip("xylo-v2"), [{"weights": np.zeros(2)}, {"weights": np.zeros((2, 2, 2)), "spacing": 1}])),
    ("no inputs", "layer 0: inputs of weights: 0, allowed 1..4096", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((0, 2))}])),
    ("half a spike", "layer 0: max_spikes: 1.5, allowed 1..63", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2)), "max_spikes": 1.5}])),
    ("thresholds", "layer 0: threshold: of shape (3,), allowed one number, or (2)", lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2)), "threshold": [1, 2, 3]}])),
    ("dimensions of weights", "layer 0: weights of 4 dimensions, allowed (n_in, n_out), (taps, n_in, n_out), or (n) one to one",
     lambda: st.Net.from_arrays(chip, [{"weights": np.zeros((2, 2, 2, 2))}])),
    ("threads", "threads: 0, allowed 1..1024", lambda: st.set_threads(0)),
]:
    expect(f"{name} is refused", wanted, message(call))

# --- any number of threads, any layout
many = np.random.default_rng(1).integers(0, 2, (50, 30, 6)).astype(np.uint8) * 16
a = twin.counts(many)
st.set_threads(1)
expect("threads change nothing", a.tolist(), twin.counts(many).tolist())
expect("nor does the layout of memory", a.tolist(), twin.counts(np.asfortranarray(many)).tolist())
expect("nor another size of word", a.tolist(), twin.counts(many.astype(np.int32)).tolist())
expect("no clips, no counts", (0, 4), twin.counts(many[:0]).shape)
