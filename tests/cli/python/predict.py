# spiketwin.predict beside `spiketwin predict`: python predict.py PROGRAM FOLDER.
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import spiketwin as st
from checks import expect, message

program, folder = sys.argv[1:3]
os.chdir(folder)


def equal(a, b):
    return a is b is None or bool(np.array_equal(np.array(a, float), np.array(b, float), equal_nan=True))


def program_says(*args):
    done = subprocess.run([program, *map(str, args), "--json", "-q"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


rng = np.random.default_rng(3)
N, T = 90, 30
for chip_name, spread in ("fpga-q8.8", "threshold"), ("xylo-v2", "threshold"), ("izhikevich", None):
    chip = st.Chip(chip_name, {f"mismatch.{spread}.local": 0.2} if spread else {})
    net = st.Net.random(chip, [{"weights": np.zeros((8, 12)), "own": np.zeros((12, 12))}, {"weights": np.zeros((12, 4))}], 5, ["yes", "no"])
    net.save(f"{chip_name}.nir")
    bits, frac, _ = chip.input
    most = 2 ** min(bits, 8) - 1
    words = (rng.integers(0, most + 1, (N, T, 8)) * (rng.random((N, T, 8)) < 0.4)).astype(np.uint8)
    twin = net.virtual(1000)
    labels = twin.decide(twin.counts(words))  # what some other chip says is right
    labels[:9] = np.arange(9) % 2
    speakers = rng.integers(0, 7, N)
    x = words.astype(np.float32) / np.float32(2**frac if 2**frac <= most else most)
    np.savez("arrays.npz", x=x, labels=np.array(["yes", "no"])[labels], speakers=speakers, splits=np.array(["test"] * N))
    # What one label or no output says is warned of: here it is compared.
    warnings.simplefilter("ignore")
    said = program_says("predict", f"{chip_name}.nir", "-d", "arrays.npz", "-n", 40, "-l", 0.9)
    got = st.predict(net, words, labels, n=40, limit=0.9, speakers=speakers)
    same = st.predict(net, "arrays.npz", n=40, limit=0.9)
    real = st.predict(net, x, [["yes", "no"][i] for i in labels], n=40, limit=0.9, speakers=list(map(str, speakers)))
    warnings.simplefilter("error")
    between = said["intervals"]
    for key, wanted in {
        "nominal": said["accuracy"]["quantised"], "ideal": said["accuracy"].get("nominal"), "limit": 0.9,
        "mean": said["accuracy"]["chips"]["mean"], "sd": said["accuracy"]["chips"]["sd"], "p5": said["accuracy"]["chips"]["p5"],
        "worst": said["accuracy"]["chips"]["worst"], "worst_chip": said["accuracy"]["chips"]["worst_chip"],
        "yield": said["yield"]["value"], "yield_interval": tuple(between["yield"]["chips"]),
        "yield_speakers": tuple(between["yield"]["speakers"]), "yield_both": tuple(between["yield"]["chips_and_speakers"]),
        "mean_interval": tuple(between["mean"]["chips"]), "mean_speakers": tuple(between["mean"]["speakers"]),
        "mean_both": tuple(between["mean"]["chips_and_speakers"]), "p5_interval": tuple(between["p5"]),
        "n_items": said["clips"], "n_speakers": said["speakers"], "split": said["split"],
    }.items():
        if isinstance(wanted, str):
            expect(f"{chip_name}: {key}", wanted, got[key])
        else:
            expect(f"{chip_name}: {key}" + ("" if equal(wanted, got[key]) else f": {wanted}, {got[key]}"), True, equal(wanted, got[key]))
    for key in "k", "accuracy", "silent", "tied", "clamped":
        expect(f"{chip_name}: {key} of each chip", True, equal([c[key] for c in said["chips"][1:]], got[key]))
    expect(f"{chip_name}: words of each chip", [c["hash"] for c in said["chips"][1:]], [f"{h:016x}" for h in got["hash"]])
    expect(f"{chip_name}: chips differ", True, len(set(got["accuracy"])) > 1 or chip_name == "xylo-v2")
    expect(f"{chip_name}: accuracy is what was decided", got["accuracy"].tolist(), (got["decision"] == got["label"]).mean(1).tolist())
    for name, other in ("a path", same), ("real values, names of labels", real):
        expect(f"{chip_name}: {name}: the same", True,
               all(np.array_equal(got[k], other[k]) for k in got) if name == "a path" else bool((got["decision"] == other["decision"]).all()))

st.set_threads(1)
warnings.simplefilter("ignore")
alone = st.predict(net, words, labels, n=40, limit=0.9, speakers=speakers)
expect("threads change nothing", True, all(np.array_equal(got[k], alone[k]) for k in got))
warnings.simplefilter("error")

for name, wanted, call in [
    ("no labels", "labels: of arrays they are needed, one a clip", lambda: st.predict(net, words)),
    ("a label that is not the net's", "labels: clip 2: 2, allowed 0..1, or their names", lambda: st.predict(net, words[:3], [0, 1, 2])),
    ("fewer labels", "labels, speakers: 2, 0, allowed 3, one a clip", lambda: st.predict(net, words[:3], [0, 1])),
    ("inputs", "arrays.npz: item 0: 7 inputs, allowed 8", lambda: st.predict(net, words[:, :, 1:], labels)),
    ("kind", "data: allowed uint8 or bool, input words (Chip.input), or float32, real values", lambda: st.predict(net, words.astype(float), labels)),
    ("n", "n: 0, allowed 1..10000000", lambda: st.predict(net, words, labels, n=0)),
    ("limit", "limit: 95, allowed 0..1", lambda: st.predict(net, words, labels, limit=95)),
    ("split", "split: dev, allowed train, held, validation, test", lambda: st.predict(net, "arrays.npz", split="dev")),
    ("a path that is not there", "nowhere: No such file or directory", lambda: st.predict(net, "nowhere")),
    ("a net without labels", "the net has no labels: it is run on vectors only", lambda: st.predict(st.Net.random(chip, [{"weights": np.zeros((8, 4))}], 1), words, labels)),
]:
    expect(f"{name} is refused", wanted, message(call))
try:
    st.predict(net, x * 1.01, labels, n=2)
    print("FAILED values between words are warned of: nothing")
except UserWarning as e:
    expect("values between words are warned of", True, "are rounded to the nearest" in str(e))
