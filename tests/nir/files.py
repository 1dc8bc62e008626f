#!/usr/bin/env python3
"""Public NIR files of others (DIR/nir), as `spiketwin import` and `run` make nets of them, against what wrote them: the
traces that lie beside them, and snnTorch itself, whose modules are given the parameters of the file.

    files.py PROGRAM DIR [--shown N] [--doc FILE]

Spikes of every neuron and tick in real arithmetic are compared; differences are printed with tick and cause, as
stacks.py does. --doc writes the table into docs/nir.md. Exit codes: 0 all at 99.99 % or more and all differences explained;
1 not; 2 could not run.
"""
import argparse
import csv
import pathlib
import sys
import tempfile

import numpy as np

import stacks

DT = 1e-4  # s, of all of these files


class Shown:
    """What a file was shown, and the spikes of each layer that it should have."""

    def __init__(self, name, graph, by, x, spikes, read_as, chip, theta):
        self.name, self.graph, self.by, self.x, self.spikes = name, graph, by, x, spikes
        self.read_as, self.chip, self.theta, self.kind = read_as, chip, theta, name


# --- one neuron, and its published traces ---------------------------------------------------------------------------

def trace(folder, graph, table, by, read_as):
    rows = np.loadtxt(folder / table, delimiter=",")
    chip = ["--chip", "fpga-q8.8", "--set", "law.membrane=Q8.15", "--set", "law.weight=Q1.15", "--set", "weight.min=-1",
            "--set", "weight.max=0.9999", "--set", "threshold=0.1"]
    return Shown(graph, folder / graph, f"trace of {by} (`{table}`)", rows[:, :1], [rows[:, 2:3]], read_as, chip, 0.1)


# --- the braille readers: snnTorch's RSynaptic and Synaptic ---------------------------------------------------------

def braille(folder, name, shown):
    import nir
    import snntorch as snn
    import torch
    # Both files are one net (tests/cli/nir/cli_import.sh holds their images against each other); nir refuses the edges of the second.
    node = nir.read(folder / "braille_noDelay_bias_zero.nir").nodes
    single = lambda a: torch.from_numpy(np.array(a, dtype=np.float32))

    def linear(n):
        module = torch.nn.Linear(n.weight.shape[1], n.weight.shape[0])
        module.weight.data, module.bias.data = single(n.weight), single(n.bias)
        return module

    def neurons(n, own=None):
        how = dict(alpha=single(1 - DT / n.tau_syn), beta=single(1 - DT / n.tau_mem), threshold=single(n.v_threshold),
                   init_hidden=True)
        if own is None:
            return snn.Synaptic(reset_mechanism="zero", reset_delay=False, **how)
        # Its own reset_delay=False is a TypeError in snnTorch 1.0 (it asks for spk, which is None): v goes to 0 beside it.
        module = snn.RSynaptic(all_to_all=True, linear_features=own.weight.shape[0], reset_mechanism="none", **how)
        module.register_forward_hook(lambda m, _, z: setattr(m, "mem", m.mem * (1 - z)))
        module.recurrent.weight.data, module.recurrent.bias.data = single(own.weight), single(own.bias)
        return module
    # What it writes is w_in = tau_syn / dt and r = tau_mem / dt: a weight moves the current, and the current v, by itself.
    for n in (node["lif1.lif"], node["lif2"]):
        assert np.allclose(n.w_in * DT / n.tau_syn, 1, atol=1e-6) and np.allclose(n.r * DT / n.tau_mem, 1, atol=1e-6)
    modules = [linear(node["fc1"]), neurons(node["lif1.lif"], node["lif1.w_rec"]), linear(node["fc2"]), neurons(node["lif2"])]
    for module, n, bias in ((modules[1], node["lif1.lif"], node["fc1"].bias + node["lif1.w_rec"].bias), (modules[3], node["lif2"], node["fc2"].bias)):
        module.reset_mem()
        module.syn = single(bias / (DT / n.tau_syn))[None]  # where import has a current begin: where the bias holds it
    x = stacks.events(np.random.default_rng(shown), node["fc1"].weight.shape[1])
    out = stacks.layers_of_torch(torch, modules, x, lambda module, a, state: (module(a), None))
    return Shown(name, folder / name, f"snntorch {stacks.versions('snntorch')}, RSynaptic and Synaptic", x, [out[1], out[3]],
                 "snntorch", stacks.LOIHI, 512.0)


# --- compared -------------------------------------------------------------------------------------------------------

def reals(program, s, folder):
    net, stimulus, rows = (f"{folder}/{name}" for name in ("net.nir", "x.csv", "rows.csv"))
    np.savetxt(stimulus, s.x, delimiter=",", fmt="%.17g")
    stacks.call(program, "import", s.graph, *s.chip, "--dt", repr(1e3 * DT), "--as", s.read_as, "-o", net)
    stacks.call(program, "run", net, stimulus, "-o", rows, "-q", "--as", s.read_as)
    table = list(csv.DictReader(open(rows)))
    spikes, before = [], []
    for layer, wanted in enumerate(s.spikes):
        own = [r for r in table if r["layer"] == str(layer)]
        shape = np.array(wanted).shape
        spikes.append(np.array([float(r["real_spikes"]) for r in own]).reshape(shape))
        before.append(np.array([float(r["real_c"]) for r in own]).reshape(shape) / s.theta)
    return spikes, before


def run(program, all_shown):
    total = dict(name=None, by=None, runs=0, pairs=0, differ=0, unexplained=0, spikes=0)
    for number, s in enumerate(all_shown):
        with tempfile.TemporaryDirectory() as folder:
            spikes, before = reals(program, s, folder)
        pairs, differ, unexplained, fired = stacks.compare(s.name, number, s, spikes, before, False)
        total["name"], total["by"] = s.name, s.by
        for key, value in zip(("runs", "pairs", "differ", "unexplained", "spikes"), (1, pairs, differ, unexplained, fired)):
            total[key] += value
    return total


def table(totals):
    lines = ["| file | against | runs | (neuron, tick) | spikes | differ | equal |", "|---|---|---|---|---|---|---|"]
    for t in totals:
        lines.append(f"| `{t['name']}` | {t['by']} | {t['runs']} | {t['pairs']:,} | {t['spikes']:,} | {t['differ']:,} | "
                     f"{100 * (1 - t['differ'] / t['pairs']):.4f} % |")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("data")
    options.add_argument("--shown", type=int, default=100)
    options.add_argument("--doc")
    o = options.parse_args()
    program, folder, totals, bad = pathlib.Path(o.program).resolve(), pathlib.Path(o.data).resolve() / "nir", [], False
    if not folder.is_dir():
        print(f"left out: {folder}: no such folder")
        sys.exit(2)
    wanted = [[trace(folder, "lif_norse.nir", "lif_norse.csv", "Norse", "norse")],
              [trace(folder, "lif_norse.nir", "lif_exact.csv", "NIR's equation", "nir")],
              [trace(folder, "lif_norse.nir", "lif_snntorch.csv", "snnTorch", "snntorch")],
              [trace(folder, "lif_rockpool.nir", "lif_rockpool.csv", "Rockpool", "rockpool")]]
    for name in ("braille_noDelay_bias_zero.nir", "braille_noDelay_bias_zero_subgraph.nir"):
        try:
            wanted.append([braille(folder, name, shown) for shown in range(o.shown)])
        except ImportError as why:
            print(f"left out: {name}: {why}")
    for all_shown in wanted:
        t = run(program, all_shown)
        good = 1 - t["differ"] / t["pairs"] >= 0.9999 and t["unexplained"] == 0 and t["spikes"] > 0
        bad |= not good
        totals.append(t)
        print(f"{'ok' if good else 'FAILED'} {t['name']}, {t['by']}: {t['runs']} runs, {t['pairs']} (neuron, tick), {t['spikes']} spikes, "
              f"{t['differ']} differ, {t['unexplained']} not explained")
        sys.stdout.flush()
    if o.doc:
        doc = pathlib.Path(o.doc)
        begin, end = "<!-- files: written by tests/nir/files.py -->\n", "<!-- end of files -->"
        head, rest = doc.read_text().split(begin)
        doc.write_text(head + begin + table(totals) + "\n" + end + rest.split(end)[1])
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
