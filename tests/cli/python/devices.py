# gen, adequacy, faults and identify beside the program's: python devices.py PROGRAM FOLDER.
import csv
import json
import os
import subprocess
import sys

import numpy as np
import spiketwin as st
from checks import expect, message, quietly, run

program, folder = sys.argv[1:3]
folder = f"{folder}/devices"
os.makedirs(folder)
os.chdir(folder)
rng = np.random.default_rng(12)


def within(whole, part):
    """Of what the program tells what `part` has a place for: names of files and shares are its own."""
    if isinstance(part, dict):
        return {k: within(whole[k], v) for k, v in part.items()}
    if isinstance(part, list) and len(part) == len(whole):
        return [within(w, p) for w, p in zip(whole, part)]
    return whole


def vectors(text):
    """All lines but who wrote them."""
    return [line for line in text.split("\n") if not line.startswith("H generator=")]


# --- gen: at random, searched for, of arrays; LIF with jitter, another law, DYNAP-SE2
lif = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((5, 6)), "own": np.zeros((6, 6))}, {"weights": np.zeros((6, 3))}], 2)
izhikevich = st.Net.random(st.Chip("izhikevich"), [{"weights": np.zeros((5, 4))}, {"weights": np.zeros((4, 3))}], 2)
se2 = st.DpiNet.from_arrays(st.DpiChip(), rng.normal(6, 6, (5, 4)), rng.normal(0, 2, (4, 4)), labels=["a", "b"], law="silicon")
for name, net, file in ("lif", lif, "lif.nir"), ("izhikevich", izhikevich, "izhikevich.nir"), ("se2", se2, "se2.h5"):
    net.save(file)
    twin = net.virtual(3)
    for kept, args in ({"random": 7, "clips": 3, "ticks": 30}, ["--random", 7, "-n", 3, "--ticks", 30]), \
            ({"random": 7, "expect": True, "ticks": 20}, ["--random", 7, "--expect", "--ticks", 20]), \
            ({"random": 8, "stages": True, "ticks": 9}, ["--random", 8, "--stages", "--ticks", 9]), \
            ({"corners": True, "ticks": 60}, ["--corners", "--ticks", 60]):
        if name == "se2" and ("corners" in kept or "stages" in kept):
            continue
        wanted = run("gen", file, "-k", 3, "-q", *args)
        twin.gen("here.vec", net=file, **kept)
        expect(f"{name}: gen {kept}", vectors(wanted), vectors(open("here.vec").read()))
    words = rng.integers(0, 3, (2, 12, 5)).astype(np.uint8)
    twin.gen("arrays.vec", words, expect=True)
    expect(f"{name}: of arrays: what the model says of it", (True, 2, 24), tuple(quietly(lambda: net.check("arrays.vec", k=3))[k] for k in ("same", "clips", "ticks")))
    spikes = twin.run(words)[0]
    expect(f"{name}: the same as run", True, f"spikes {sum(int(z.sum()) for z in spikes)}" == f"spikes {net.check('arrays.vec', k=3)['fired']}" or name != "lif")
    # --- adequacy
    if name != "se2":
        run_text = run("gen", file, "-k", 3, "-q", "--random", 7, "-n", 2, "--ticks", 15)
        open("in.vec", "w").write(run_text)
        wanted = json.loads(run("adequacy", file, "in.vec", "-k", 3, "--json", "-q"))
        got = quietly(lambda: twin.adequacy("in.vec"))
        expect(f"{name}: adequacy", within(wanted, got), got)
        expect(f"{name}: some pass, some are found", True, 0 < got["found"] < got["devices"])
twin = lif.virtual(3)
jitter = rng.integers(-3000, 3000, 12).astype(np.int16)
twin.gen("jitter.vec", words, jitter=jitter, expect=True)
expect("jitter goes along", True, lif.check("jitter.vec", k=3)["same"])
for name, wanted, call in [
    ("nothing to show", "events, random, corners: allowed one of them", lambda: twin.gen("no.vec")),
    ("two things to show", "events, random, corners: allowed one of them", lambda: twin.gen("no.vec", words, random=1)),
    ("inputs", "events: 4 inputs, the net has 5", lambda: twin.gen("no.vec", words[:, :, 1:])),
    ("ticks", "ticks: 0, allowed 1..1000000", lambda: twin.gen("no.vec", random=1, ticks=0)),
    ("no such vectors", "nowhere.vec: No such file or directory", lambda: twin.adequacy("nowhere.vec")),
]:
    expect(f"{name} is refused", wanted, message(call))
expect("what is refused is not written", False, os.path.exists("no.vec"))
expect("vectors of another chip are refused", True, "image" in message(lambda: lif.virtual(4).adequacy("jitter.vec")))

# --- faults
N, T = 40, 15
net = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((4, 5))}, {"weights": np.zeros((5, 2))}], 4, ["no", "yes"])
net.save("faults.nir")
words = (rng.integers(0, 256, (N, T, 4)) * (rng.random((N, T, 4)) < 0.4)).astype(np.uint8)
labels = net.virtual(9).decide(net.virtual(9).counts(words))
labels[:4] = np.arange(4) % 2
np.savez("faults.npz", x=words.astype(np.float32) / 16, labels=np.array(net.labels)[labels], splits=np.array(["test"] * N))
said = json.loads(run("faults", "faults.nir", "-d", "faults.npz", "-x", "--tests", "-n", 25, "--critical", 4, "-o", "map.csv", "--json", "-q"))
rows = list(csv.DictReader(open("map.csv")))
for name, got in ("a path", quietly(lambda: st.faults(net, "faults.npz", n=25, critical=4, tests=True))), \
        ("arrays", quietly(lambda: st.faults(net, words, labels, n=25, critical=4, tests=True))):
    expect(f"faults, {name}: their number", len(rows), len(got["dead"]))
    expect(f"faults, {name}: each", [[r["fault"] == "dead", r["class"]] + [int(r[k] or -1) for k in
           ("layer", "neuron", "row", "bit", "value", "clips_exposed", "clips_decided_otherwise", "clips_lost")] for r in rows],
           [[bool(d), got["classes"][c], *map(int, more)] for d, c, *more in zip(*(got[k] for k in
            ("dead", "class", "layer", "neuron", "row", "bit", "value", "exposed", "decided", "lost")))])
    expect(f"faults, {name}: correct", (said["correct"], said["clips"]), (got["correct"], got["n_items"]))
    expect(f"faults, {name}: tests", [said["tests"][k] for k in ("exposed", "same", "masked", "least")] + [c["exposes"] for c in said["tests"]["clips"]],
           [got["tests"][k] for k in ("exposed", "same", "masked", "least")] + got["tests"]["exposes"].tolist())
    expect(f"faults, {name}: the items of the test", [int(c["clip"].split("/")[-1].split(".")[0].split("#")[-1]) for c in said["tests"]["clips"]], got["tests"]["item"].tolist())
expect("faults: of each kind some", True, len(set(got["class"])) >= 3)
expect("faults: critical is refused", "critical: 101, allowed 0..100", message(lambda: st.faults(net, words, labels, critical=101)))

# --- identify: a neuron apart from the model, input a tick late
v, was, rows = 0, 0, ["x,v,z"]
for x in (rng.random(600) < 0.2).astype(int):
    c = v * (4096 - 163) // 4096 + 640 * was
    was, z = x, c > 1600
    v = 0 if z else c
    rows.append(f"{x},{v},{int(z)}")
open("trace.csv", "w").write("\n".join(rows) + "\n")
said = json.loads(run("identify", "trace.csv", "--seconds", 0, "-o", "found.yaml", "--json", "-q"))
found, chip = st.identify("trace.csv", seconds=0)
expect("identify: what the program prints", {k: v for k, v in said.items() if k != "provenance"}, found)
expect("identify: its chip file", open("found.yaml").read(), chip.file)
expect("identify: the weight", (True, {"x": 640}), (found["explained"], found["words"][0]["weights"]))
rows[300] = rows[300].split(",")[0] + ",7,0"
open("odd.csv", "w").write("\n".join(rows) + "\n")
odd, none = st.identify("odd.csv")
expect("identify: one wrong word", (False, None), (odd["explained"], none))
open("roles.csv", "w").write("\n".join(["a,b,c"] + rows[1:299]) + "\n")
expect("identify: roles of columns", True, st.identify("roles.csv", {"a": "input", "b": "membrane", "c": "spike"}, seconds=0)[0]["explained"])
for name, call in ("a role", lambda: st.identify("roles.csv", {"a": "nothing"})), ("no file", lambda: st.identify("nowhere.csv")):
    done = subprocess.run([program, "identify", *(["roles.csv", "--column", "a=nothing"] if name == "a role" else ["nowhere.csv"])], capture_output=True, text=True)
    expect(f"identify: {name}: the program's message", done.stderr.strip().split(": ", 1)[1], message(call))
