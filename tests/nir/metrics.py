#!/usr/bin/env python3
"""NeuroBench's metrics of random nets: those of `spiketwin predict --json`, and those that the package `neurobench` reads off
the same nets, built of torch modules, on the same clips.

    metrics.py PROGRAM [--nets N]

A torch net holds the words of the nominal chip (`gen -m`): connections are torch.nn.Linear without bias, one for the inputs of a
layer, one for its own spikes, each for every synapse (one to one: a grouped Conv1d); neurons are modules that spike as the golden
model does, and those of fpga-q8.8 by the law in Python. Batches are of one clip. Exit codes: 0 equal within 1e-9, 1 not, 2 could
not run.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["PIP_NO_INDEX"] = "1"
import torch  # noqa: E402
from neurobench.benchmarks import Benchmark  # noqa: E402
from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount  # noqa: E402
from neurobench.metrics.workload import ActivationSparsity, ClassificationAccuracy, SynapticOperations  # noqa: E402
from neurobench.models import SNNTorchModel  # noqa: E402
from neurobench.processors.postprocessors import ChooseMaxCount  # noqa: E402

CASES = [("fpga-q8.8", ["5x9r", "9x6"]), ("fpga-q8.8", ["7x7o", "7x8", "8x4dr"]), ("fpga-q8.8", ["4x10", "10x6t3x4"]),
         ("loihi", ["6x8r", "8x4"]), ("xylo-v2", ["5x7r", "7x4"]), ("h1v2", ["6x6o", "6x8r", "8x2"])]


def call(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr[-400:]}")
    return done.stdout


def bits_of(form):
    whole, _, fraction = form.lstrip("UQ").partition(".")
    return int(whole) + int(fraction)


def element(bits):
    return torch.int8 if bits <= 8 else torch.int16 if bits <= 16 else torch.int32


def memory(folder, layer, name, signed_bits=0):
    path = folder / f"layer{layer}_{name}.hex"
    if not path.exists():
        return None
    values = [int(line, 16) for line in path.read_text().split()]
    return [v - (1 << signed_bits) if signed_bits and v >> (signed_bits - 1) & 1 else v for v in values]


class Words(torch.nn.Linear):
    """Connections whose weights are integer words."""

    def __init__(self, rows, dtype):  # rows: (sources, neurons)
        super().__init__(len(rows), len(rows[0]), bias=False)
        self.weight = torch.nn.Parameter(torch.tensor(rows).T.contiguous().to(dtype), requires_grad=False)

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight.to(x.dtype))


class Alone(torch.nn.Conv1d):
    """The same, source n to neuron n."""

    def __init__(self, row, dtype):
        super().__init__(len(row), len(row), 1, groups=len(row), bias=False)
        self.weight = torch.nn.Parameter(torch.tensor(row).to(dtype)[:, None, None], requires_grad=False)

    def forward(self, x):
        return torch.nn.functional.conv1d(x, self.weight.to(x.dtype), groups=self.groups)


class Neurons(torch.nn.Module):
    """Spikes of a layer: the golden model's, which those of the law of fpga-q8.8, computed here, have to be."""

    def __init__(self, played, words, law, files):
        super().__init__()
        self.played, self.at, self.words, self.differ = played, 0, words, 0  # (clips * ticks, neurons)
        n = played.shape[1]
        for name, digits in files.items():
            self.register_parameter(name, torch.nn.Parameter(torch.zeros(n, dtype=element(4 * digits)), requires_grad=False))
        states = ["membrane"] + ["current"] * law.get("currents", 0)
        for k, form in enumerate(states):
            self.register_buffer(f"state{k}", torch.zeros(n, dtype=element(bits_of(law[form]))))
        if law["refractory_ticks"]:
            self.register_buffer("refractory", torch.zeros(n, dtype=torch.int8))

    def forward(self, acc):
        z = self.played[self.at][None]
        self.at += 1
        if self.words:
            lam, theta, bias = (torch.tensor(self.words[k], dtype=torch.float64) for k in ("lambda", "theta", "bias"))
            i = torch.round(acc[0].double())
            c = torch.clamp(self.v - torch.round(self.v * lam / 65536) + i + bias, -32768, 32767)
            fired = c >= theta
            self.v = torch.where(fired, torch.clamp(c - theta, -32768, 32767), c)
            self.differ += int((fired != (z[0] > 0)).sum())
        return z

    def rest(self):
        self.v = torch.zeros(self.played.shape[1], dtype=torch.float64)


class Layer(torch.nn.Module):
    def __init__(self, shape, weight, synapses, dtype, neurons, one):
        super().__init__()
        self.shape, self.neurons, self.spike = shape, neurons, 1 / one  # what an own spike is beside an event
        n, n_in = shape["neurons"], shape["inputs"]
        self.late = [k * shape.get("spacing", 0) + (1 if shape["delayed"] else 0) for k in range(shape.get("taps", 1))]
        self.one = shape["topology"] != "dense"
        heard = 1 if self.one else n_in * len(self.late)
        rows = [list(weight[r::len(weight) // n]) for r in range(len(weight) // n)]  # neuron by neuron
        each = heard + (n if shape["recurrent"] else 0)
        assert len(rows) == synapses * each, (len(rows), synapses, each)
        parts = [rows[s * each:(s + 1) * each] for s in range(synapses)]
        self.inputs = torch.nn.ModuleList(Alone(p[0], dtype) if self.one else Words(p[:heard], dtype) for p in parts)
        self.own = torch.nn.ModuleList(Words(p[heard:], dtype) for p in parts if shape["recurrent"])

    def rest(self):
        self.past, self.z = [], torch.zeros(1, self.shape["neurons"])
        self.neurons.rest()

    def forward(self, x):
        self.past.append(x)
        heard = torch.cat([self.past[-1 - k] if k < len(self.past) else torch.zeros_like(x) for k in self.late], 1)
        acc = sum(c(heard[:, :, None])[:, :, 0] if self.one else c(heard) for c in self.inputs)
        acc = acc + self.spike * sum(c(self.z) for c in self.own)
        self.z = self.neurons(acc)
        return self.z


class Net(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def reset(self):
        for layer in self.layers:
            layer.rest()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x, None


def vectors(text, layers, n_in, one):
    """(clips, ticks, inputs) words in units of an event, and (clips * ticks, neurons) spikes of each layer."""
    clips, spikes = [], [[] for _ in layers]
    for line in text.splitlines():
        kind, *rest = line.split()
        if kind == "C":
            clips.append([])
        elif kind == "T":
            x = [0.0] * n_in
            for event in rest[3:]:
                unit, word = event.split(":")
                x[int(unit)] = int(word, 16) / one
            clips[-1].append(x)
        elif kind == "Z":
            bits = int(rest[2], 16)
            spikes[int(rest[1])].append([float(bits >> n & 1) for n in range(layers[int(rest[1])]["neurons"])])
    return torch.tensor(clips), [torch.tensor(s) for s in spikes]


def weights_csv(path, layer, r):
    """Rows with zeros among them; a `make` layer such as 5x9r."""
    n_in, rest = layer.split("x", 1)
    n = int("".join(c for c in rest.split("t")[0] if c.isdigit()))
    taps = int(rest.split("t")[1].split("x")[0]) if "t" in rest else 1
    rows = 1 if "o" in rest else int(n_in) * taps + (n if "r" in rest else 0)
    with open(path, "w") as f:
        for _ in range(rows):
            print(",".join(str(0 if r.random() < 0.3 else round(r.gauss(12 if rows == 1 else 2, 3), 3)) for _ in range(n)), file=f)


def case(program, number, folder):
    chip, shape = CASES[number % len(CASES)]
    r = random.Random(number)
    folder = pathlib.Path(folder)
    net, data, mem = folder / "net.nir", folder / "events.csv", folder / "mem"
    words = []
    if chip == "fpga-q8.8":
        for k, layer in enumerate(shape):
            weights_csv(folder / f"{k}.csv", layer, r)
            words += ["--weights", folder / f"{k}.csv"]
    last = int("".join(c for c in shape[-1].split("x")[1].split("t")[0] if c.isdigit()))
    labels = list("ab") if last % 2 == 0 and r.random() < 0.3 else [chr(97 + i) for i in range(last)]
    call(program, "make", chip, *[w for layer in shape for w in ("--layer", layer)], *words, "--random", number + 1,
         "--labels", ",".join(labels), "-o", net, "-q")
    n_in, clips, most = int(shape[0].split("x")[0]), 8, 1 if number % 2 else 2
    with open(data, "w") as f:
        rows = csv.writer(f)
        rows.writerow(["item", "tick", "unit", "label", "split"])
        for i in range(clips):
            for t in range(30):
                for u in range(n_in):
                    for _ in range(r.choice([0, 1, 1, most])):
                        rows.writerow([i, t, u, labels[i % len(labels)], "validation"])
    said = json.loads(call(program, "predict", net, "-d", data, "-n", 1, "-j", "-q", "--ticks", 30))
    text = call(program, "gen", net, "-d", data, "-n", clips, "--expect", "-q", "-m", mem, "--ticks", 30)
    facts = json.loads((mem / "chip.json").read_text())
    law, layers = facts["law"], facts["layers"]
    input_one = 1 << int(law["input"].partition(".")[2])
    x, spikes = vectors(text, layers, n_in, input_one)
    bits = {"weight": bits_of(law["weight"])}
    synapses = max(1, law.get("currents", 0))
    built = []
    for k, layer in enumerate(layers):
        weight = memory(mem, k, "weight", bits["weight"])
        own = None
        if chip == "fpga-q8.8":
            own = {name: memory(mem, k, name, 16 if name != "lambda" else 0) for name in ("lambda", "theta", "bias")}
        files = {path.stem.partition("_")[2]: len(path.read_text().split()[0]) for path in mem.glob(f"layer{k}_*.hex")}
        for name in list(files):  # memories that are there all the same, of words that the law has not
            if name == "weight" or (name.startswith("mu") and not law.get("currents")) or \
                    (name == "lambda_slope" and "shift" in law["leak_kind"]) or \
                    (name.startswith("mu") and name.endswith("slope") and "shift" in law["decay_kind"]):
                del files[name]
            elif name in ("lambda", "mu", "mu2"):
                files[name] = bits_of(law["leak"]) / 4
        built.append(Layer(layer, weight, synapses, element(bits["weight"]), Neurons(spikes[k], own, law, files),
                           1 if k else input_one))
    model = SNNTorchModel(Net(built))
    model.add_activation_module(Neurons)
    labels_of = torch.tensor([said["words"].index(labels[i % len(labels)]) for i in range(clips)])
    each = last // len(labels)

    def decide(z):  # so many neurons a label, one behind the other
        return z.reshape(*z.shape[:-1], len(labels), each).sum(-1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, labels_of), batch_size=1)
    wanted = Benchmark(model, loader, [], [decide, ChooseMaxCount()],
                       [[Footprint, ParameterCount, ConnectionSparsity],
                        [ActivationSparsity, ClassificationAccuracy, SynapticOperations]]).run(quiet=True)
    spiked = sum(int((s > 0).sum()) for s in spikes)
    return f"{chip} {' '.join(shape)}", said["neurobench"], wanted, sum(b.neurons.differ for b in built), spiked


def pairs_of(got, wanted):
    operations = wanted["SynapticOperations"]
    return {"classification_accuracy": (got["classification_accuracy"], wanted["ClassificationAccuracy"]),
            "footprint": (got["footprint"], wanted["Footprint"]),
            "parameter_count": (got["parameter_count"], wanted["ParameterCount"]),
            "connection_sparsity": (got["connection_sparsity"], wanted["ConnectionSparsity"]),
            "activation_sparsity": (got["activation_sparsity"], wanted["ActivationSparsity"]),
            **{name: (got["synaptic_operations"][name], operations[name]) for name in operations}}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--nets", type=int, default=len(CASES))
    o = options.parse_args()
    program, bad, compared, macs = pathlib.Path(o.program).resolve(), False, 0, 0
    for number in range(o.nets):
        with tempfile.TemporaryDirectory() as folder:
            name, got, wanted, differ, spiked = case(program, number, folder)
        pairs = pairs_of(got, wanted)
        other = [f"{k} is {a!r}, the package's {b!r}" for k, (a, b) in pairs.items() if not abs(a - b) <= 1e-9]
        other += [f"{differ} spikes are not the law's"] * (differ > 0) + ["nothing spikes"] * (spiked == 0)
        bad |= bool(other)
        compared += len(pairs)
        macs += got["synaptic_operations"]["Effective_MACs"] > 0
        print(f"FAILED {number} {name}: {'; '.join(other)}" if other else f"ok {number} {name}: {len(pairs)} metrics, {spiked} spikes")
    if not macs and o.nets > 1:
        print("FAILED no net multiplies")
        bad = True
    sys.exit(1 if bad or not compared else 0)


if __name__ == "__main__":
    main()
