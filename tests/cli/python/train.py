# Trainings beside the program's: DYNAP-SE2 nets, run folders gone on with on either side, conditions, ablation.
# python train.py PROGRAM FOLDER.
import json
import os
import subprocess
import sys

import numpy as np
import spiketwin as st
from checks import expect, message, quietly, run

program, folder = sys.argv[1:3]
folder = f"{folder}/train"
os.makedirs(folder)
os.chdir(folder)
rng = np.random.default_rng(8)


def refusal(*args):
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True)
    return done.stderr.strip().split("\n")[-1].split(": ", 1)[1].replace("--", "")


def options_of(kept):
    return sum(([f"--{k.replace('_', '-')}"] + ([] if v is True else [v]) for k, v in kept.items()), [])


def same_file(a, b):
    return open(a, "rb").read() == open(b, "rb").read()


def told(where, *keys):
    said = json.load(open(f"{where}/train.json"))
    return {k: said[k] for k in keys}


# --- DYNAP-SE2: a path and arrays, options of each kind, any number of threads
N, T, IN = 60, 25, 6
labels = np.arange(N) % 2
words = rng.poisson(np.where((np.arange(IN) < 3) == (labels[:, None] == 0), 0.4, 0.05)[:, None, :], (N, T, IN)).astype(np.uint8)
speakers = [f"s{i // 4}" for i in range(N)]
np.savez("few.npz", x=words.astype(np.float32), labels=np.array(["no", "yes"])[labels], speakers=np.array(speakers))
se2 = st.DpiChip()
base = {"batch": 16, "held_percent": 30}
for name, law, hidden, kept in ("all", "silicon", [5, 4], {"recurrent": True, "epochs": 3, "clips_per_chip": 2, "lr": 0.3, "surrogate": 2, "weigh": True}), \
        ("real", "double", [0], {"steps": 12, "mismatch": 2, "weight_mismatch": 0.5, "logit_scale": 0.3}):
    kept = {**base, **kept}
    run("train", "-c", "dynapse2", "-d", "few.npz", "--law", law, "--hidden", ",".join(map(str, hidden)), "-s", 3, "-q", "-o", f"run-{name}", *options_of(kept))
    net, said = quietly(lambda: st.train(se2, "few.npz", law=law, hidden=hidden, seed=3, **kept))
    net.save("kept.h5")
    expect(f"{name}: net.h5 of the program, bit for bit", True, same_file(f"run-{name}/net.h5", "kept.h5"))
    expect(f"{name}: what came of it", told(f"run-{name}", "steps", "held", "bad_chips", "options"), {k: v for k, v in said.items() if k != "log"})
    expect(f"{name}: its log", [json.loads(line) for line in open(f"run-{name}/log.jsonl")], said["log"])
    st.set_threads(1)
    alone, _ = quietly(lambda: st.train(se2, words, np.array(["no", "yes"])[labels], speakers=speakers, law=law, hidden=hidden, seed=3, **kept))
    st.set_threads(2)
    expect(f"{name}: of arrays too, with any number of threads", (net.w_in.tobytes(), net.w_rec.tobytes()), (alone.w_in.tobytes(), alone.w_rec.tobytes()))
expect("it is a net of its labels and law", (["no", "yes"], "double", IN, 2), (net.labels, net.law, net.n_in, net.n_neurons))
on = {**base, "steps": 4, "quantise": True}
run("train", "-c", "dynapse2", "-d", "few.npz", "--hidden", "5,4", "-R", "--from", "run-all", "-q", "-o", "on", *options_of(on))
on_net, _ = quietly(lambda: st.train(se2, "few.npz", hidden=[5, 4], recurrent=True, from_net=st.DpiNet.load("run-all"), **on))
on_net.save("kept.h5")
expect("on from a net, quantised", True, same_file("on/net.h5", "kept.h5"))

# --- event patterns
pattern = {"batch": 16, "steps": 20, "task": "general", "jitter": 2, "lr": 0.2}
run("train", "-c", "dynapse2", "-q", "-o", "patterns", *options_of(pattern))
pair, said = quietly(lambda: st.train(se2, **pattern))
pair.save("kept.h5")
expect("event patterns", (True, told("patterns", "steps", "held", "options")), (same_file("patterns/net.h5", "kept.h5"), {k: said[k] for k in ("steps", "held", "options")}))

# --- run folders: one that ends is as the program's, one that was stopped goes on here and there
class Enough(Exception):
    pass


def stop_at(key, last):
    def hear(row):
        if row[key] == last:
            raise Enough
    return hear


def stopped(call):
    try:
        quietly(call)
        print("FAILED what progress throws ends it: nothing")
    except Enough:
        pass


for name, chip, kept, unit, last, net_file in ("lif", st.Chip("fpga-q8.8"), {"epochs": 4, "clip_norm": 1, **{"hidden": [5]}}, "epoch", 2, "net.nir"), \
        ("dpi", se2, {"steps": 210, **base, "hidden": [3]}, "step", 100, "net.h5"):
    args = ["-d", "few.npz", "-q", "--hidden", kept["hidden"][0], *options_of({k: v for k, v in kept.items() if k != "hidden"})]
    args += ["-c", "dynapse2"] if name == "dpi" else []
    run("train", "-o", f"{name}-whole", *args)
    quietly(lambda: st.train(chip, "few.npz", out=f"{name}-here", **kept))
    expect(f"{name}: a run folder's net", True, same_file(f"{name}-whole/{net_file}", f"{name}-here/{net_file}"))
    expect(f"{name}: its log and checkpoint", (["checkpoint.h5", "log.jsonl", net_file], sum(1 for _ in open(f"{name}-whole/log.jsonl"))),
           (sorted(x for x in os.listdir(f"{name}-here") if not x.startswith(".")), sum(1 for _ in open(f"{name}-here/log.jsonl"))))
    for where in "here", "there":
        out = f"{name}-stopped-{where}"
        stopped(lambda: st.train(chip, "few.npz", out=out, progress=stop_at(unit, last), **kept))
        expect(f"{name}: stopped, it has no net", False, os.path.exists(f"{out}/{net_file}"))
        expect(f"{name}: and is never begun anew unasked", refusal("train", "-o", out, *args), message(lambda: st.train(chip, "few.npz", out=out, **kept)).replace("--", ""))
        if where == "here":
            _, said = quietly(lambda: st.train(chip, "few.npz", out=out, resume=True, **kept))
            expect(f"{name}: goes on behind the last row", last + (1 if name == "lif" else 100), said["log"][0][unit])
        else:
            run("train", "-o", out, "--resume", *args)
        expect(f"{name}: gone on with {where}, the same bits", True, same_file(f"{name}-whole/{net_file}", f"{out}/{net_file}"))
        expect(f"{name}: and all rows", [json.loads(x)["loss"] for x in open(f"{name}-whole/log.jsonl")], [json.loads(x)["loss"] for x in open(f"{out}/log.jsonl")])
    other = {**kept, "lr": 0.01}
    expect(f"{name}: of other options it is refused", True, "another run" in message(lambda: st.train(chip, "few.npz", out=f"{name}-here", resume=True, **other)))
    quietly(lambda: st.train(chip, "few.npz", out=f"{name}-here", force=True, **kept))
    expect(f"{name}: force begins anew", True, same_file(f"{name}-whole/{net_file}", f"{name}-here/{net_file}"))

# --- conditions, and what each costs
chip = st.Chip("fpga-q8.8", {"mismatch.threshold.local": 0.3, "weight.bits": 4, "weight.min": -8, "weight.max": 8})
asked = ["-d", "few.npz", "-q", "--hidden", 5, "-e", 2, "--set", "mismatch.threshold.local=0.3", "--set", "weight.bits=4", "--set", "weight.min=-8", "--set", "weight.max=8"]
for condition in "ideal", "quantised":
    run("train", "-o", f"under-{condition}", "--condition", condition, *asked)
    quietly(lambda: st.train(chip, "few.npz", hidden=[5], epochs=2, condition=condition, out=f"here-{condition}"))
    expect(f"condition {condition}: net.nir of the program", True, same_file(f"under-{condition}/net.nir", f"here-{condition}/net.nir"))
run("train", "-o", "ablated", "--ablate", *asked)
nets, held = quietly(lambda: st.ablate(chip, "few.npz", hidden=[5], epochs=2))
wanted = {row["trained"]: row["held_back_on"] for row in json.load(open("ablated/ablation.json"))["ablation"]}
expect("ablate: who is judged how", wanted, held)
expect("ablate: its nets", [st.Net.load(f"ablated/{k}").values.tobytes() for k in wanted], [nets[k].values.tobytes() for k in wanted])
expect("ablate: conditions differ", 3, len({nets[k].values.tobytes() for k in wanted}))

# --- refusals
d = ["-d", "few.npz", "-o", "no"]
for name, args, call in [
    ("a batch", ["-c", "dynapse2", *d, "-b", 40], lambda: st.train(se2, "few.npz", batch=40)),
    ("quantise", ["-c", "dynapse2", *d, "--quantise"], lambda: st.train(se2, "few.npz", quantise=True)),
    ("too many neurons", ["-c", "dynapse2", *d, "--hidden", "1024,1024,1024,1024"], lambda: st.train(se2, "few.npz", hidden=[1024] * 4)),
    ("steps and epochs", ["-c", "dynapse2", *d, "--steps", 1, "-e", 1], lambda: st.train(se2, "few.npz", steps=1, epochs=1)),
    ("nobody held back", ["-c", "dynapse2", *d, "--held-percent", 1], lambda: st.train(se2, "few.npz", held_percent=1)),
    ("an option out of range", ["-c", "dynapse2", *d, "--margin", 1e4], lambda: st.train(se2, "few.npz", margin=1e4)),
    ("resume and force", [*d, "--resume", "--force"], lambda: st.train(st.Chip("fpga-q8.8"), "few.npz", out="no", resume=True, force=True)),
    ("a condition", [*d, "--condition", "perfect"], lambda: st.train(st.Chip("fpga-q8.8"), "few.npz", condition="perfect")),
]:
    expect(f"{name}: the program's message", refusal("train", *args), message(call).replace("--", ""))
for name, wanted, call in [
    ("hidden of patterns", "hidden: of data; event patterns have nets of their own", lambda: st.train(se2, hidden=[3])),
    ("patterns of data", "jitter: of event patterns, data shows something else", lambda: st.train(se2, "few.npz", jitter=1)),
    ("a front of events", "front: of recordings, these are events or arrays", lambda: st.train(se2, "few.npz", front="fpga-q8.8")),
    ("an option that there is none of", "rate_weight: no such option of train", lambda: st.train(se2, "few.npz", rate_weight=1)),
    ("a front of no front end", "front-start: of the layer behind a front end; the data goes past it",
     lambda: st.train(st.Chip("fpga-q8.8"), "few.npz", front_start=0.1)),
    ("resume of nothing", "resume: needs out, the run folder", lambda: st.train(st.Chip("fpga-q8.8"), "few.npz", resume=True)),
]:
    expect(f"{name} is refused", wanted, message(call))
