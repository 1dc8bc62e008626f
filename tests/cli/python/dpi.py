# DYNAP-SE2 nets beside the program: words, every tick, predict, replay, check, cosim. python dpi.py PROGRAM FOLDER.
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import spiketwin as st
from checks import expect, message, run

program, folder = sys.argv[1:3]
os.chdir(folder)
rng = np.random.default_rng(11)


def says(*args):
    return json.loads(run(*args, "--json", "-q"))


# --- chip and net, in and out
chip = st.Chip("dynapse2")
expect("Chip of family dpi", ("DpiChip", "dpi", st.DpiChip().hash), (type(chip).__name__, chip.law, chip.hash))
expect("its hash is the program's", says("info", "dynapse2")["provenance"]["chip_hash"], chip.hash)
expect("set", True, st.Chip("dynapse2", {"mismatch.weight": 0.2}).hash != chip.hash)
n_in, n = 12, 9
w_in, w_rec = rng.normal(4, 8, (n_in, n)), rng.normal(0, 2, (n, n))
net = st.DpiNet.from_arrays(chip, w_in, w_rec, {"Itau_syn": chip.circuit["Itau_syn"] * (1 + 0.1 * rng.random(n))}, ["a", "b", "c"], "silicon")
net.save("net.h5")
again = st.Net.load("net.h5")
expect("read as a DpiNet", ("DpiNet", "silicon", ["a", "b", "c"], n_in, n), (type(again).__name__, again.law, again.labels, again.n_in, again.n_neurons))
expect("weights, bit for bit", (w_in.tobytes(), w_rec.tobytes()), (again.w_in.tobytes(), again.w_rec.tobytes()))
expect("circuits too", net.circuit["Itau_syn"].tolist(), again.circuit["Itau_syn"].tolist())
expect("all parameters", list(chip.circuit), list(again.circuit))
before = net.virtual(3).hash
expect("the same chip", before, again.virtual(3).hash)
expect("a copy", before, net.copy().virtual(3).hash)
view = again.w_in
view *= 0.5
expect("weights are the net's own memory", True, again.virtual(3).hash != before)
del again
expect("and outlive it", (n_in, n), view.shape)

# --- every tick: the reference, the lanes, vectors of the program
T = 60
words = rng.poisson(0.15, (40, T, n_in)).astype(np.uint8)
for law in "compat", "silicon":
    for k in 0, 5:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            twin = net.virtual(k, law=law)
        spikes, states = twin.run(words)
        expect(f"{law}, chip {k}: the lanes count the same", spikes[0].sum(1).tolist(), twin.counts(words).tolist())
        expect(f"{law}, chip {k}: something fired, not everything", True, 0 < spikes[0].sum() < spikes[0].size)
        expect(f"{law}, chip {k}: one clip", spikes[0][7].tolist(), twin.run(words[7])[0][0].tolist())
        expect(f"{law}, chip {k}: z after the tick is its spikes", spikes[0].tolist(), states[0]["z"].tolist())
        vectors = run("gen", "net.h5", "--law", law, "-k", k, "--random", 1, "-n", 3, "--ticks", T, "--expect", "-q")
        open("right.vec", "w").write(vectors)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = net.check("right.vec", k=k, law=law)
        expect(f"{law}, chip {k}: the program's vectors", (True, 0), (got["same"], got["differ"]))
        expect(f"{law}, chip {k}: were compared", True, got["words"] > 1000)
expect("chips differ", True, net.virtual(1).hash != net.virtual(2).hash)
expect("without mismatch they do not", net.virtual(0, mismatch=0).words[0]["weight"].tolist(), net.virtual(2, mismatch=0).words[0]["weight"].tolist())
expect("formats", True, all(twin.formats[name][0] > 0 for name in ("weight", "itau", "isyn")))
counts = net.virtual(2).counts(words)
st.set_threads(1)
expect("threads change nothing", counts.tolist(), net.virtual(2).counts(words).tolist())
st.set_threads(2)

# --- predict: arrays, and the file of them
other = net.virtual(1000)
labels = np.minimum(other.decide(other.counts(words)), 2)
labels[:6] = np.arange(6) % 3
speakers = rng.integers(0, 6, len(words))
np.savez("arrays.npz", x=words.astype(np.float32), labels=np.array(net.labels)[labels], speakers=speakers, splits=np.array(["test"] * len(words)))
warnings.simplefilter("ignore")
for law, mismatch in ("silicon", 1), ("compat", 2), ("double", 1):
    said = says("predict", "net.h5", "-d", "arrays.npz", "-n", 40, "-l", 0.6, "--law", law, "--mismatch", mismatch)
    for name, got in ("arrays", st.predict(net, words, labels, n=40, limit=0.6, speakers=speakers, law=law, mismatch=mismatch)), \
            ("a path", st.predict(net, "arrays.npz", n=40, limit=0.6, law=law, mismatch=mismatch)):
        expect(f"predict {law}, {name}: words of each chip", [c["hash"] for c in said["chips"][1:]], [f"{h:016x}" for h in got["hash"]])
        for key in "k", "accuracy", "silent", "tied", "clamped":
            expect(f"predict {law}, {name}: {key} of each chip", [c[key] for c in said["chips"][1:]], got[key].tolist())
        expect(f"predict {law}, {name}: yield, intervals", [said["yield"]["value"], said["accuracy"]["quantised"]] + said["intervals"]["yield"]["chips"] +
               said["intervals"]["yield"]["speakers"] + said["intervals"]["mean"]["chips_and_speakers"],
               [got["yield"], got["nominal"], *got["yield_interval"], *got["yield_speakers"], *got["mean_both"]])
        expect(f"predict {law}, {name}: what it is of", (said["clips"], said["split"]), (got["n_items"], got["split"]))
    expect(f"predict {law}: chips differ", True, len(set(got["accuracy"])) > 1)
got = st.predict(net, words, labels, n=8, limit=0.6)
expect("a decision is the chip's own", net.virtual(3).decide(net.virtual(3).counts(words)).tolist(), got["decision"][2].tolist())

# --- replay
for clip in "wrong", 7:
    wanted = says("replay", "net.h5", "-d", "arrays.npz", "-k", 13, "-i", clip)
    got = st.replay(net, 13, words, labels, clip=clip, speakers=speakers)
    expect(f"replay {clip}: words", [[w[k] for k in ("layer", "kind", "words", "differ", "largest_lsb", "neuron", "nominal", "chip")] for w in wanted["words"]],
           [[w[k] for k in ("layer", "kind", "words", "differ", "largest_lsb", "neuron", "nominal", "chip")] for w in got["words"]])
    expect(f"replay {clip}: lost, won", [[c["index"] for c in wanted[k]] for k in ("lost", "won")], [got["lost"].tolist(), got["won"].tolist()])
    expect(f"replay {clip}: numbers", [wanted["hash"], wanted["correct"], wanted["nominal_correct"], wanted["shown"]["index"]],
           [got["hash"], got["chip"]["correct"], got["nominal"]["correct"], got["item"]])
    for side in "nominal", "chip":
        expect(f"replay {clip}: spikes of {side}", wanted["shown"][side],
               [[[int(t), int(i)] for t, i in np.argwhere(z) for _ in range(z[t, i])] for z in got[side]["spikes"]])

# --- event patterns
pair = st.DpiNet.from_arrays(chip, rng.normal(0, 2, (60, 2)), rng.normal(0, 2, (2, 2)))
pair.save("pair.h5")
for options, kept in ([], {}), (["--task", "general", "--draws", 3, "--jitter", 2], {"task": "general", "draws": 3, "jitter": 2}):
    said, got = says("predict", "pair.h5", "-n", 20, "-l", 0.5, *options), st.predict(pair, n=20, limit=0.5, **kept)
    expect(f"patterns {options}: chips", [[c["hash"], c["accuracy"]] for c in said["chips"][1:]], [[f"{h:016x}", a] for h, a in zip(got["hash"], got["accuracy"])])
warnings.simplefilter("error")

# --- cosim: the RTL of the package beside the program's
small = st.DpiNet.from_arrays(chip, rng.normal(6, 6, (4, 3)), rng.normal(0, 2, (3, 3)), labels=["a", "b"], law="silicon")
small.save("small.h5")
few = rng.poisson(0.3, (3, 25, 4)).astype(np.uint8)
np.savez("few.npz", x=few.astype(np.float32), labels=np.array(["a", "b", "a"]), splits=np.array(["test"] * 3))
done = subprocess.run([program, "cosim", "small.h5", "-d", "few.npz", "-k", "3", "-n", "3", "--json", "-q", "--build", "duts"], capture_output=True, text=True)
wanted, got = json.loads(done.stdout or "{}"), small.virtual(3).cosim(few, build="duts")
expect("cosim: counted as the program counts", [wanted.get(k) for k in ("words", "spikes", "differ", "clips")], [got[k] for k in ("words", "spikes", "differ", "clips")])
expect("cosim: all the same", (True, 0, True), (got["same"], got["differ"], got["words"] > 100))

# --- refusals
for name, wanted, call in [
    ("law", "law: fast, allowed compat|silicon|double", lambda: net.virtual(1, law="fast")),
    ("words of double", "law: double: words of a chip are integers: compat or silicon", lambda: st.DpiNet.from_arrays(chip, w_in, law="double").virtual(1)),
    ("mismatch", "mismatch: 11, allowed 0..10", lambda: net.virtual(1, mismatch=11)),
    ("inputs", "events: 11 inputs, the net has 12", lambda: net.virtual(1).run(words[:, :, 1:])),
    ("events", "events: clip 0, tick 0, input 0: -1, allowed 0..255 (input words of dynapse2)", lambda: net.virtual(1).counts(np.full((3, 12), -1, np.int32))),
    ("a weight that is no number", "the net: neuron 0: weight from input 0, nan, allowed -1e12..1e12", lambda: st.DpiNet.from_arrays(chip, w_in * np.nan)),
    ("w_rec", "w_rec: (8, 9), allowed (9, 9)", lambda: st.DpiNet.from_arrays(chip, w_in, w_rec[1:])),
    ("a parameter", "circuit: Itau: no such parameter", lambda: st.DpiNet.from_arrays(chip, w_in, circuit={"Itau": 1})),
    ("its shape", "circuit: Idc: of shape (2,), allowed one number, or (9)", lambda: st.DpiNet.from_arrays(chip, w_in, circuit={"Idc": [1, 2]})),
    ("its value", "the net: neuron 0: Iref, 0, allowed above 0", lambda: st.DpiNet.from_arrays(chip, w_in, circuit={"Iref": 0})),
    ("another kind of chip", "net.h5: chip: allowed a DpiChip, which the net is for", lambda: st.Net.load("net.h5", st.Chip("fpga-q8.8"))),
    ("no data", "data is needed: the net was trained for labels", lambda: st.predict(net)),
    ("patterns and data", "draws: of event patterns, data shows something else", lambda: st.predict(net, words, labels, draws=2)),
    ("a pattern's option", "drwas: no such option of event patterns, allowed events, task, jitter, drop, reject, draws", lambda: st.predict(pair, drwas=2)),
    ("patterns of other inputs", "the net: 4 inputs and 3 neurons, the task needs 60 and at least 2", lambda: st.predict(small, task="frozen-noise")),
]:
    expect(f"{name} is refused", wanted, message(call))
try:
    net.virtual(1, law="compat")
    print("FAILED another law is warned of: nothing")
except UserWarning as e:
    expect("another law is warned of", True, "trained in the arithmetic of law silicon" in str(e))
