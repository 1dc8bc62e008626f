# train, drc, check, replay and quantise beside the program's: python verbs.py PROGRAM FOLDER.
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import spiketwin as st
from checks import expect, message, quietly, run

program, folder = sys.argv[1:3]
os.chdir(folder)
rng = np.random.default_rng(5)


def says(*args, code=0):
    return json.loads(run(*args, "--json", "-q", code=code))


def refusal(*args):
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True)
    return done.stderr.strip().split("\n")[-1].split(": ", 1)[1]


def apart(wanted, got):
    """Keys of a dict of the program that are other here."""
    return {k: (v, got.get(k)) for k, v in wanted.items() if got.get(k) != v}


# --- train: arrays and a file of them, options of each kind
N, T = 240, 20
labels = np.arange(N) % 2
words = ((rng.random((N, T, 8)) < np.where((np.arange(8) < 4) == (labels[:, None] == 0), 0.35, 0.1)[:, None, :]) * 16).astype(np.uint8)
speakers = [f"s{i // 6}" for i in range(N)]
np.savez("arrays.npz", x=words.astype(np.float32) / 16, labels=np.array(["no", "yes"])[labels], speakers=np.array(speakers))
for chip_name, told in ("fpga-q8.8", {"recurrent": True, "clips_per_chip": 8, "tau_out": 12.5}), \
        ("xylo-v2", {"rate_kind": "toward", "rate_weight": 2, "rate_target": 0.08, "held_chips": 2}), ("loihi", {"init": "fluctuation", "average": 2, "lr_leak": 1e-3}):
    bits, frac, _ = st.Chip(chip_name).input
    shown = words // 16 * (2**frac if frac < bits else 2**bits - 1)  # the word of 1.0
    options = {"epochs": 3, **told}
    args = sum(([f"--{k.replace('_', '-')}"] + ([] if v is True else [v]) for k, v in options.items()), [])
    run("train", "-c", chip_name, "-d", "arrays.npz", "--hidden", "12", "-s", 4, "-o", f"run-{chip_name}", "-q", *args)
    wanted = st.Net.load(f"run-{chip_name}")
    rows = [json.loads(line) for line in open(f"run-{chip_name}/log.jsonl")]
    told = json.load(open(f"run-{chip_name}/train.json"))
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net, said = st.train(st.Chip(chip_name), shown, np.array(["no", "yes"])[labels], hidden=[12], speakers=speakers, seed=4,
                             progress=lambda row: seen.append(row["epoch"]), **options)
        from_file, _ = st.train(st.Chip(chip_name), "arrays.npz", hidden=[12], seed=4, **options)
        st.set_threads(1)
        alone, _ = st.train(st.Chip(chip_name), "arrays.npz", hidden=[12], seed=4, **options)
        st.set_threads(2)
    expect(f"train {chip_name}: the net of the program, bit for bit", wanted.values.tobytes(), from_file.values.tobytes())
    expect(f"train {chip_name}: of arrays too", wanted.values.tobytes(), net.values.tobytes())
    expect(f"train {chip_name}: with any number of threads", wanted.values.tobytes(), alone.values.tobytes())
    expect(f"train {chip_name}: its log", [{k: v for k, v in r.items() if k not in ("seconds", "clips_per_s")} for r in rows],
           [{k: float(f"{v:.9g}") if isinstance(v, float) else v for k, v in r.items() if k not in ("seconds", "clips_per_s")} for r in said["log"]])
    expect(f"train {chip_name}: it learns", True, rows[-1]["loss"] < rows[0]["loss"])
    expect(f"train {chip_name}: best epoch", {k: told[k] for k in ("best_epoch", "held", "epochs", "bad_steps")},
           {k: said[k] for k in ("best_epoch", "held", "epochs", "bad_steps")})
    expect(f"train {chip_name}: each epoch is told", [1, 2, 3], seen)
    from_file.save("kept.nir")
    expect(f"train {chip_name}: saved and read by the program", says("info", f"run-{chip_name}/net.nir")["image_hash"], says("info", "kept.nir")["image_hash"])
chip = st.Chip("fpga-q8.8")
run("train", "-d", "arrays.npz", "--from", "run-fpga-q8.8/net.nir", "-e", 1, "-o", "on", "-q")
run("train", "-d", "arrays.npz", "--hidden", "6,5", "-e", 1, "-w", "yes,no", "-o", "two", "-q")
expect("train on from a net", st.Net.load("on").values.tobytes(),
       quietly(lambda: st.train(chip, "arrays.npz", from_net=st.Net.load("run-fpga-q8.8"), epochs=1))[0].values.tobytes())
tapped = quietly(lambda: st.train(chip, "arrays.npz", hidden=[6, 5], epochs=1, words=["yes", "no"]))[0]
expect("train with labels in an order", (st.Net.load("two").values.tobytes(), ["yes", "no"]), (tapped.values.tobytes(), tapped.labels))


def stop(row):
    raise KeyError("enough")


try:
    st.train(chip, "arrays.npz", epochs=5, progress=stop)
    print("FAILED what progress throws goes on up: nothing")
except KeyError as e:
    expect("what progress throws goes on up", "'enough'", str(e))
for name, args, call in [
    ("an option out of range", ("--lr", 99), {"lr": 99}), ("a whole number", ("--batch", 0), {"batch": 0}),
    ("a choice", ("--rate-kind", "below"), {"rate_kind": "below"}), ("taps", ("--taps", "1x1"), {"taps": "1x1"}),
    ("steps and epochs", ("-e", 1, "--steps", 5), {"epochs": 1, "steps": 5}), ("no such data", ("-d", "nowhere"), {"data": "nowhere"}),
    ("no clips of a label", ("-w", "yes,maybe"), {"words": ["yes", "maybe"]}),
]:
    given = {"data": "arrays.npz", **call}
    expect(f"train: {name}: the program's message", refusal("train", "-d", "arrays.npz", "-o", "no", *args).replace("--", ""),
           message(lambda: st.train(chip, **given)))
for name, wanted, call in [
    ("an option that there is none of", "learning_rate: no such option of train", {"learning_rate": 1}),
    ("hidden", "hidden: 0, allowed 1..1024", {"hidden": [0]}), ("no hidden", "hidden: 0 layers, allowed 1..6", {"hidden": []}),
    ("text for a number", "lr: fast, allowed 1e-09..10", {"lr": "fast"}), ("half a clip", "batch: 1.5, allowed 1..65536", {"batch": 1.5}),
]:
    expect(f"train: {name} is refused", wanted, message(lambda: st.train(chip, "arrays.npz", **call)))
expect("train: another law is refused", "izhikevich: law izhikevich, allowed lif", message(lambda: st.train(st.Chip("izhikevich"), "arrays.npz")))

# --- drc: of each rule something, and the nearest net that keeps them
for chip_name in "fpga-q8.8", "h1v1", "h1v2", "loihi":
    net = st.Net.random(st.Chip(chip_name), [{"weights": np.zeros((9, 40)), "own": np.zeros((40, 40))}, {"weights": np.zeros((40, 4))}], 2, ["a", "b"])
    net.layers[0].weights[3, 2] *= 1.37
    net.layers[1].values["threshold"][1] *= 1.5
    net.save("drc.nir")
    for masters in False, True:
        args = ["drc", "drc.nir", *(["--masters"] if masters else [])]
        code = subprocess.run([program, *args], capture_output=True).returncode
        wanted, got = says(*args, code=code), net.drc(masters=masters)
        wanted["placement"] = [{**p, "cores": {c["core"]: c["neurons"] for c in p["cores"]}} for p in wanted["placement"]]
        for unsaid in "provenance", "net", "chip", "shape":
            wanted.pop(unsaid)
        expect(f"drc {chip_name}, masters {masters}", {}, apart(wanted, got))
        expect(f"drc {chip_name}, masters {masters}: passes", code == 0, got["passes"])
    subprocess.run([program, "drc", "drc.nir", "--masters", "-f", "legal.nir"], capture_output=True)
    if os.path.exists("legal.nir"):
        expect(f"drc {chip_name}: the nearest net", st.Net.load("legal.nir").values.tobytes(), net.legal().values.tobytes())
        os.remove("legal.nir")
expect("drc: something was broken", True, bool(sum(got["broken"].values())))

# --- check: what a device said, right, wrong, dead, short
net = st.Net.random(chip, [{"weights": np.zeros((6, 9)), "own": np.zeros((9, 9))}, {"weights": np.zeros((9, 4))}], 3, ["yes", "no"])
net.save("net.nir")
vectors = run("gen", "net.nir", "-k", 3, "--random", 1, "-n", 5, "--expect")
open("right.vec", "w").write(vectors)
line = next(i for i, x in enumerate(vectors.split("\n")) if x.startswith("V ") and not set(x.split()[3:]) <= {"0"})
lines = vectors.split("\n")
parts = lines[line].split(" ")
parts[-1] = parts[-1][:-1] + ("0" if parts[-1][-1] != "0" else "1")
open("wrong.vec", "w").write("\n".join(lines[:line] + [" ".join(parts)] + lines[line + 1:]))
open("short.vec", "w").write("\n".join(lines[:line]))
still = st.Net.from_arrays(chip, [{"weights": np.ones((6, 4)), "leak": 0.1, "threshold": 5.0, "bias": 0.0}], ["yes", "no"])
still.save("still.nir")
open("dead.vec", "w").write(run("gen", "still.nir", "-k", 3, "--random", 1, "-n", 5, "--rate", 0, "--expect"))
for file, code in ("right.vec", 0), ("wrong.vec", 1):
    wanted, got = says("check", "net.nir", file, "-k", 3, code=code), net.check(file, k=3)
    wanted.pop("provenance")
    corners = {c["name"]: c["count"] for c in wanted["reached"].pop("corners")}
    wanted["reached"]["corners"] = corners
    expect(f"check {file}", {}, apart(wanted, got))
    expect(f"check {file}: same", code == 0, got["same"])
    expect(f"check {file}: words", True, got["words"] > 0)
first = net.check("wrong.vec", k=3)["first"]
said = subprocess.run([program, "check", "net.nir", "wrong.vec", "-k", "3"], capture_output=True, text=True).stderr
expect("check: the first difference", True, "first difference: clip {clip} (line {line}), tick {tick}, layer {layer}, neuron {neuron}, word "
       "{word}: expected {expected}, got {got}".format(**first) in said)
for file, of, k in ("short.vec", "net", 3), ("dead.vec", "still", 3), ("right.vec", "net", 2), ("nowhere.vec", "net", 3), ("net.nir", "net", 3):
    expect(f"check {file}, chip {k}: the program's message", refusal("check", f"{of}.nir", file, "-k", k), message(lambda: st.Net.load(f"{of}.nir").check(file, k=k)))

# --- replay: words that differ, clips lost and won, spikes of one
net = st.Net.load("run-fpga-q8.8", set={"mismatch.threshold.local": 0.6, "mismatch.weight_gain.local": 0.6})
net.save("replay.nir")
words = ((rng.random((N, T, 8)) < np.where((np.arange(8) < 4) == (labels[:, None] == 0), 0.2, 0.15)[:, None, :]) * 16).astype(np.uint8)
right = labels
np.savez("shown.npz", x=words.astype(np.float32) / 16, labels=np.array(net.labels)[right], splits=np.array(["test"] * N))
for clip in "wrong", "right", 17:
    wanted = says("replay", "replay.nir", "-d", "shown.npz", "-k", 13, "-i", clip)
    for name, got in ("a path", st.replay(net, 13, "shown.npz", clip=clip)), ("arrays", st.replay(net, 13, words, right, clip=clip)):
        expect(f"replay {clip}, {name}: words", wanted["words"], got["words"])
        expect(f"replay {clip}, {name}: lost, won", [[c["index"] for c in wanted[k]] for k in ("lost", "won")], [got["lost"].tolist(), got["won"].tolist()])
        expect(f"replay {clip}, {name}: numbers", [wanted["hash"], wanted["correct"], wanted["nominal_correct"], wanted["clips"], wanted["shown"]["index"]],
               [got["hash"], got["chip"]["correct"], got["nominal"]["correct"], got["n_items"], got["item"]])
        for side in "nominal", "chip":
            expect(f"replay {clip}, {name}: spikes of {side}", wanted["shown"][side],
                   [[[int(t), int(n)] for t, n in np.argwhere(z) for _ in range(z[t, n])] for z in got[side]["spikes"]])
            expect(f"replay {clip}, {name}: outputs of {side}", wanted["shown"][f"{side}_spikes"], got[side]["heard"].tolist())
expect("replay: something was lost and won", True, bool(wanted["lost"]) and bool(wanted["won"]))
for name, wanted, call in [
    ("k", "k: 0, allowed 1..2147483647", lambda: st.replay(net, 0, "shown.npz")),
    ("clip", f"clip: {N}, allowed 0..{N - 1}", lambda: st.replay(net, 1, "shown.npz", clip=N)),
    ("clip's name", "clip: lost, allowed 0 and more, right, wrong", lambda: st.replay(net, 1, "shown.npz", clip="lost")),
]:
    expect(f"replay: {name} is refused", wanted, message(call))

# --- quantise
matrix = rng.normal(0, 2, (12, 7))
weigh = rng.random((12, 7))
for name, m in ("weights.csv", matrix), ("weigh.csv", weigh):
    np.savetxt(name, m, delimiter=",", fmt="%.17g")
for options, kept in ([], {}), (["--importance", "weigh.csv", "--starts", 50, "--boxes", 0, "-s", 3], {"importance": weigh, "starts": 50, "boxes": 0, "seed": 3}):
    wanted, got = says("quantise", "weights.csv", *options)["matrices"][0], st.quantise(matrix, **kept)
    expect(f"quantise {' '.join(kept)}", [wanted[k] for k in ("weights", "base_currents", "rms", "worst", "proved", "boxes", "masks")],
           [got[k].tolist() if hasattr(got[k], "tolist") else got[k] for k in ("weights", "base_currents", "rms", "worst", "proved", "boxes", "masks")])
matrix[2, 3] = np.nan
np.savetxt("weights.csv", matrix, delimiter=",", fmt="%.17g")
expect("quantise: what is no number is refused", True, message(lambda: st.quantise(matrix)) != "nothing")
expect("quantise: importance of another shape", "importance: allowed of the shape of the weights", message(lambda: st.quantise(matrix, weigh[1:])))

# --- cosim: the RTL of the package beside the program's, chip and clips the same
net = st.Net.random(st.Chip("fpga-q8.8", {"jitter.sigma": 0}), [{"weights": np.zeros((8, 6)), "own": np.zeros((6, 6))}, {"weights": np.zeros((6, 2))}], 4, ["no", "yes"])
net.save("cosim.nir")
shown = (rng.integers(0, 256, (6, T, 8)) * (rng.random((6, T, 8)) < 0.5)).astype(np.uint8)
np.savez("cosim.npz", x=shown.astype(np.float32) / 16, labels=np.array(["no", "yes"] * 3), splits=np.array(["test"] * 6))
done = subprocess.run([program, "cosim", "cosim.nir", "-d", "cosim.npz", "-k", "3", "-n", "6", "--json", "-q", "--build", "duts"], capture_output=True, text=True)
wanted, got = json.loads(done.stdout or "{}"), net.virtual(3).cosim(shown, build="duts")
expect("cosim: counted as the program counts", [wanted.get(k) for k in ("words", "spikes", "differ", "clips")] + [wanted.get("dut", {}).get("cycles")],
       [got[k] for k in ("words", "spikes", "differ", "clips", "cycles")])
expect("cosim: all the same, and something fired", (True, 0, True), (got["same"], got["differ"], got["fired"] > 0))
expect("cosim: inputs that are not the net's are refused", "events: 7 inputs, the net has 8", message(lambda: net.virtual(3).cosim(shown[:, :, 1:])))
