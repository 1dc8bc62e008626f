#!/usr/bin/env python3
"""Random nets of each framework, simulated there, and the same nets as `spiketwin import` and `run` make of the NIR
that the framework writes: spikes of every neuron and tick in real arithmetic, compared.

    stacks.py PROGRAM [--nets N] [--stacks A,B] [--json FILE] [--doc FILE]

A stack that cannot be imported is left out, and said. Each difference is printed with its tick and cause: the first
ones of a net, whose v lies within 1e-4 of theta from theta, are rounding (frameworks compute in single precision);
those that follow in the same net after it are counted with it; any other is not explained. --doc writes the table
into docs/nir.md. Exit codes: 0 all stacks at 99.99 % or more (of fewer than
50 nets 99.9 %) and all differences explained; 1 not; 2 could not run.
"""
import argparse
import csv
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small nets: threads only wait for one another
os.environ["PIP_NO_INDEX"] = "1"  # one of them would install what it misses, from elsewhere, when it is imported
TICKS = 200
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOIHI = ["--chip", "loihi", "--set", "threshold=512", "--set", "weight.step=1"]
FPGA = ["--chip", "fpga-q8.8"]


class Case:
    """A net that a stack simulated: its NIR file, what it heard, the spikes of each layer, and how to read it."""

    def __init__(self, kind, graph, x, spikes, dt_ms, read_as="nir", order=None, chip=FPGA):
        self.kind, self.graph, self.x, self.spikes = kind, graph, x, spikes
        self.dt_ms, self.read_as, self.order, self.chip = dt_ms, read_as, order, chip


def sizes(rng):
    return [int(n) for n in (rng.integers(4, 12), rng.integers(5, 30), rng.integers(2, 7))]


def events(rng, n):
    return (rng.random((TICKS, n)) < rng.uniform(0.1, 0.5)).astype(np.float32)


def weights(rng, n_out, n_in, scale=1.0):
    return (rng.normal(0.25, 1, (n_out, n_in)) * scale * 1.5 / np.sqrt(n_in)).astype(np.float32)


# --- by hand: NIR's equations, in NumPy, in double ------------------------------------------------------------------

def hand(rng):
    import nir
    n_in, n, m = sizes(rng)
    dt = 1e-3
    cuba, recurrent, late = rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.3
    f = lambda lo, hi, k: rng.uniform(lo, hi, k)
    w1, w2, wr = weights(rng, n, n_in, 3), weights(rng, m, n, 3), weights(rng, n, n)
    b1 = rng.normal(0, 0.2, n) * (not cuba)
    tau, tau2, r, r2 = f(3, 40, n) * dt, f(3, 40, m) * dt, f(2, 6, n), f(2, 6, m)
    leak, theta, reset = rng.normal(0, 0.05, n), f(0.5, 2, n), -f(0, 0.2, n)
    tau_syn, w_in = f(1.5, 10, n) * dt, f(1, 4, n)
    theta2 = f(0.5, 2, m)
    x = events(rng, n_in)
    v, i, z, v2 = np.array(reset), np.zeros(n), np.zeros(n), np.zeros(m)
    z1, z2, before = [], [], np.zeros(n)
    for t in range(TICKS):
        a = w1.astype(float) @ x[t] + b1 + (wr.astype(float) @ z if recurrent else 0)
        if cuba:
            i += dt / tau_syn * (w_in * a - i)
            a = i
        v = v + dt / tau * (leak - v + r * a)
        z = (v > theta).astype(float)
        v = np.where(z > 0, reset, v)
        v2 = v2 + dt / tau2 * (0 - v2 + r2 * (w2.astype(float) @ (before if late else z)))
        before = z
        y = (v2 > theta2).astype(float)
        v2 = np.where(y > 0, 0, v2)
        z1.append(z), z2.append(y)
    one = lambda k, value=0.0: np.full(k, value)
    nodes = {"in": nir.Input({"input": np.array([n_in])}), "w1": nir.Affine(w1, b1),
             "n1": nir.CubaLIF(tau_mem=tau, tau_syn=tau_syn, r=r, v_leak=leak, v_threshold=theta, v_reset=reset, w_in=w_in)
             if cuba else nir.LIF(tau=tau, r=r, v_leak=leak, v_threshold=theta, v_reset=reset),
             "w2": nir.Linear(w2), "n2": nir.LIF(tau=tau2, r=r2, v_leak=one(m), v_threshold=theta2, v_reset=one(m)),
             "out": nir.Output({"output": np.array([m])})}
    edges = [("in", "w1"), ("w1", "n1"), ("n1", "w2"), ("w2", "n2"), ("n2", "out")]
    if recurrent:
        nodes["wr"] = nir.Linear(wr)
        edges += [("n1", "wr"), ("wr", "n1")]
    if late:
        nodes["late"] = nir.Delay(one(n, dt))
        edges[2:3] = [("n1", "late"), ("late", "w2")]
    kind = ("CubaLIF" if cuba else "LIF") + (" recurrent" if recurrent else "") + (" Delay" if late else "")
    # A chip with currents hears the second layer, a LIF, through a current without memory.
    return Case(kind, nir.NIRGraph(nodes, edges, type_check=False), x, [z1, z2], 1.0, "nir", "nir", LOIHI if cuba else FPGA)


# --- the frameworks -------------------------------------------------------------------------------------------------

def layers_of_torch(torch, modules, x, step):
    """Spikes of each neuron module of a list of modules, tick by tick."""
    out, states = [[] for _ in modules], [None] * len(modules)
    with torch.no_grad():
        for t in range(TICKS):
            a = torch.from_numpy(x[t:t + 1])
            for k, module in enumerate(modules):
                a, states[k] = step(module, a, states[k])
                out[k].append(a[0].numpy().copy())
    return [np.array(o) for o in out]


def linear(torch, rng, n_out, n_in, scale=1.0, bias=True):
    module = torch.nn.Linear(n_in, n_out, bias=bias)
    module.weight.data = torch.from_numpy(weights(rng, n_out, n_in, scale))
    if bias:
        module.bias.data = torch.from_numpy(rng.normal(0, 0.05, n_out).astype(np.float32))
    return module


def norse(rng):
    import torch
    import norse.torch as nt
    from norse.torch.functional.lif import LIFParameters
    from norse.torch.functional.lif_box import LIFBoxFeedForwardState, LIFBoxParameters
    n_in, n, m = sizes(rng)
    cuba = rng.random() < 0.5
    single = lambda lo, hi, k: torch.from_numpy(rng.uniform(lo, hi, k).astype(np.float32))

    def neurons(k):
        common = dict(tau_mem_inv=1 / single(0.004, 0.04, k), v_th=single(0.5, 1.5, k), v_leak=single(0, 0.1 * (not cuba), k),
                      v_reset=torch.zeros(k))
        if cuba:
            return nt.LIFCell(LIFParameters(tau_syn_inv=1 / single(0.002, 0.01, k), **common), dt=1e-3)
        return nt.LIFBoxCell(LIFBoxParameters(**common), dt=1e-3)
    modules = [linear(torch, rng, n, n_in, 4, not cuba), neurons(n), linear(torch, rng, m, n, 4, not cuba), neurons(m)]

    def step(module, a, state):
        if isinstance(module, torch.nn.Linear):
            return module(a), None
        if state is None and not cuba:  # Norse would begin at v_leak
            state = LIFBoxFeedForwardState(v=torch.zeros(1, module.p.v_th.shape[0]))
        z, state = module(a, state)
        return z.to_dense() if z.is_sparse else z, state
    x = events(rng, n_in)
    out = layers_of_torch(torch, modules, x, step)
    # Its to_nir multiplies time constants by its dt: with dt=1 they are seconds.
    graph = nt.to_nir(nt.SequentialState(*modules), torch.zeros(n_in), dt=1)
    return Case("LIFCell" if cuba else "LIFBoxCell", graph, x, [out[1], out[3]], 1.0, "norse", "norse", LOIHI if cuba else FPGA)


def snntorch(rng):
    import torch
    import snntorch as snn
    from snntorch.export_nir import export_to_nir
    n_in, n, m = sizes(rng)
    which = rng.choice(["Leaky (zero)", "Leaky (subtract, delayed)", "Synaptic (zero)", "RLeaky (zero)"])
    mode = dict(reset_mechanism="subtract", reset_delay=True) if "delayed" in which else dict(reset_mechanism="zero", reset_delay=False)
    single = lambda lo, hi, k: torch.from_numpy(rng.uniform(lo, hi, k).astype(np.float32))

    def neurons(k):
        common = dict(threshold=single(0.5, 1.5, k), init_hidden=True, **mode)
        if which.startswith("Synaptic"):
            return snn.Synaptic(alpha=single(0.3, 0.8, k), beta=single(0.7, 0.95, k), **common)
        if which.startswith("RLeaky"):
            module = snn.RLeaky(beta=single(0.7, 0.97, k), all_to_all=True, linear_features=k, **common)
            module.recurrent.weight.data = torch.from_numpy(weights(rng, k, k, 0.7))
            module.recurrent.bias.data = torch.zeros(k)
            return module
        return snn.Leaky(beta=single(0.7, 0.97, k), **common)
    current = which.startswith("Synaptic")
    modules = [linear(torch, rng, n, n_in, 0.4 if current else 1, not current), neurons(n),
               linear(torch, rng, m, n, 0.4 if current else 1, not current), neurons(m)]
    graph = export_to_nir(torch.nn.Sequential(*modules), torch.zeros(n_in))
    for module in modules[1::2]:
        module.reset_mem()
    x = events(rng, n_in)
    out = layers_of_torch(torch, modules, x, lambda module, a, state: (module(a), None))
    order = "snntorch-delay" if "delayed" in which else "snntorch"
    return Case(which, graph, x, [out[1], out[3]], 0.1, order, order, LOIHI if current else FPGA)


def sinabs(rng):
    import torch
    import sinabs.layers as sl
    from sinabs.activation import SingleSpike
    from sinabs.nir import to_nir
    n_in, n, m = sizes(rng)
    leaky = rng.random() < 0.6
    single = lambda lo, hi, k: torch.from_numpy(rng.uniform(lo, hi, k).astype(np.float32))

    def neurons(k):
        if leaky:
            return sl.LIFSqueeze(batch_size=1, tau_mem=single(3, 40, k), spike_threshold=single(0.5, 1.5, k), spike_fn=SingleSpike)
        return sl.IAFSqueeze(batch_size=1, spike_threshold=torch.tensor(float(rng.uniform(1, 3))), spike_fn=SingleSpike)
    scale = 6 if leaky else 1
    modules = torch.nn.Sequential(linear(torch, rng, n, n_in, scale), neurons(n), linear(torch, rng, m, n, scale), neurons(m))
    graph = to_nir(modules, torch.zeros(1, n_in))
    x = events(rng, n_in)
    for module in modules[1::2]:
        module.reset_states()
    a, out = torch.from_numpy(x), []
    with torch.no_grad():
        for module in modules:
            a = module(a)
            out.append(a.numpy())
    # Its time constants are counts of time steps.
    return Case("LIF" if leaky else "IAF", graph, x, [out[1], out[3]], 1000.0, "sinabs", "sinabs")


def rockpool(rng):
    import nir
    import torch
    from rockpool.nn.combinators import Sequential
    from rockpool.nn.modules import LIFTorch, LinearTorch
    from rockpool.nn.modules.torch.lif_neuron_torch import LIFNeuronTorch
    from rockpool.nn.modules.torch.nir import to_nir
    n_in, n, m = sizes(rng)
    cuba, dt = rng.random() < 0.5, 1e-3
    single = lambda lo, hi, k: torch.from_numpy(rng.uniform(lo, hi, k).astype(np.float32))

    def neurons(k):
        one = dict(tau_mem=single(0.004, 0.04, k), threshold=single(0.5, 1.5, k), bias=torch.zeros(k), dt=dt)
        if cuba:
            return LIFTorch(k, tau_syn=single(0.002, 0.01, k)[:, None], max_spikes_per_dt=1, **one)
        return LIFNeuronTorch(k, max_spikes_per_dt=torch.tensor(1.0), **one)

    def synapses(n_out, k):
        return LinearTorch((k, n_out), weight=torch.from_numpy(weights(rng, n_out, k, 0.4 if cuba else 1).T.copy()), has_bias=False)
    modules = Sequential(synapses(n, n_in), neurons(n), synapses(m, n), neurons(m))
    # It leaves batch and time in the shapes, which nir of today refuses.
    nir.NIRGraph.infer_types = nir.NIRGraph.check_types = lambda graph: None
    graph = to_nir(modules, torch.zeros(1, 1, n_in))
    x = events(rng, n_in)
    a, out = torch.from_numpy(x)[None], []
    with torch.no_grad():
        for module in (modules[0], modules[1], modules[2], modules[3]):
            a, _, _ = module(a)
            out.append(a[0].numpy())
    return Case("LIFTorch" if cuba else "LIFNeuronTorch", graph, x, [out[1], out[3]], 1.0, "rockpool", "rockpool", LOIHI if cuba else FPGA)


def spyx(rng):
    import jax.numpy as jnp
    from flax import nnx
    import spyx.nn as sn
    from spyx.nir import to_nir
    n_in, n, m = sizes(rng)
    which, dt = rng.choice(["LIF", "IF", "CuBaLIF"]), 1e-3
    rngs = nnx.Rngs(int(rng.integers(1 << 30)))

    def neurons(k):
        if which == "IF":
            return sn.IF((k,), threshold=float(rng.uniform(1, 3)))
        module = (sn.LIF if which == "LIF" else sn.CuBaLIF)((k,), threshold=float(rng.uniform(0.5, 1.5)), rngs=rngs)
        module.beta[...] = jnp.array(rng.uniform(0.7, 0.97, k).astype(np.float32))
        if which == "CuBaLIF":
            module.alpha[...] = jnp.array(rng.uniform(0.3, 0.8, k).astype(np.float32))
        return module

    def synapses(n_out, k):
        module = nnx.Linear(k, n_out, use_bias=False, rngs=rngs)
        module.kernel[...] = jnp.array(weights(rng, n_out, k, 0.4 if which == "CuBaLIF" else 1).T)
        return module
    modules = [synapses(n, n_in), neurons(n), synapses(m, n), neurons(m)]
    graph = to_nir(sn.Sequential(*modules), {"input": np.array([n_in])}, {"output": np.array([m])}, dt=dt)
    x = events(rng, n_in)
    states, out = [None, modules[1].initial_state(1), None, modules[3].initial_state(1)], [[], []]
    for t in range(TICKS):
        a = jnp.array(x[t:t + 1])
        for k, module in enumerate(modules):
            if k % 2 == 0:
                a = module(a)
            else:
                a, states[k] = module(a, states[k])
                out[k // 2].append(np.array(a[0]))
    return Case(which, graph, x, out, 1e3 * dt, "spyx", "spyx", LOIHI if which == "CuBaLIF" else FPGA)


STACKS = {"nir": hand, "norse": norse, "snntorch": snntorch, "sinabs": sinabs, "rockpool": rockpool, "spyx": spyx}


# --- compared -------------------------------------------------------------------------------------------------------

def call(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return done


def reals(program, case, folder):
    """Spikes (layer: ticks x neurons) and v before the reset, in units of theta, of the imported net."""
    import nir
    graph, net, stimulus, rows = (f"{folder}/{name}" for name in ("graph.nir", "net.nir", "x.csv", "rows.csv"))
    nir.write(graph, case.graph)
    np.savetxt(stimulus, case.x, delimiter=",", fmt="%g")
    call(program, "import", graph, *case.chip, "--dt", repr(case.dt_ms), "--as", case.read_as, "--round", "-o", net)
    call(program, "run", net, stimulus, "-o", rows, "-q", *(["--as", case.order] if case.order else []))
    table = list(csv.DictReader(open(rows)))
    theta = 512.0 if case.chip is LOIHI else 8.0
    spikes, before = [], []
    for layer, wanted in enumerate(case.spikes):
        n = np.array(wanted).shape[1]
        own = [r for r in table if r["layer"] == str(layer)]
        spikes.append(np.array([float(r["real_spikes"]) for r in own]).reshape(TICKS, n))
        before.append(np.array([float(r["real_c"]) for r in own]).reshape(TICKS, n) / theta)
    return spikes, before


def compare(name, number, case, spikes, before, late):
    """Prints each difference; returns (neuron, tick) pairs, differences, differences that nothing explains."""
    pairs = differ = unexplained = fired = 0
    wrong = []
    for layer, wanted in enumerate(case.spikes):
        wanted = np.array(wanted) > 0.5
        fired += int(wanted.sum())
        pairs += wanted.size
        for t, n in np.argwhere(wanted != (spikes[layer] > 0.5)):
            wrong.append((int(t), layer, int(n), bool(wanted[t, n])))
    first = min(wrong)[0] if wrong else None
    for t, layer, n, there in sorted(wrong):
        differ += 1
        margin = abs(before[layer][t - late if late and t else t, n] - 1)
        if margin < 1e-4:
            cause = f"rounding of single precision, v is {margin:.2g} of theta from theta"
        elif t > first or layer > 0:
            cause = f"follows from tick {first}"
        else:
            cause, unexplained = f"not explained, v is {margin:.2g} of theta from theta", unexplained + 1
        if differ <= 20:
            print(f"  {name} {number} ({case.kind}): tick {t}, layer {layer}, neuron {n}: {'it' if there else 'we'} fire: {cause}")
    return pairs, differ, unexplained, fired


def versions(name):
    package = {"nir": "nir"}.get(name, name)
    return importlib.metadata.version(package)


def run_stack(program, name, nets):
    total = dict(stack=name, version=versions(name), nets=0, pairs=0, differ=0, unexplained=0, spikes=0, kinds={})
    for number in range(nets):
        rng = np.random.default_rng([number, sorted(STACKS).index(name)])
        case = STACKS[name](rng)
        with tempfile.TemporaryDirectory() as folder:
            spikes, before = reals(program, case, folder)
        pairs, differ, unexplained, fired = compare(name, number, case, spikes, before, case.read_as == "spyx")
        total["nets"] += 1
        total["pairs"] += pairs
        total["differ"] += differ
        total["unexplained"] += unexplained
        total["spikes"] += fired
        total["kinds"][case.kind] = total["kinds"].get(case.kind, 0) + 1
    return total


def table(totals):
    lines = ["| written and simulated by | nets | kinds | (neuron, tick) | spikes | differ | equal |", "|---|---|---|---|---|---|---|"]
    for t in totals:
        who = "NIR's equations in NumPy, written by `nir`" if t["stack"] == "nir" else t["stack"]
        kinds = ", ".join(sorted(t["kinds"]))
        lines.append(f"| {who} {t['version']} | {t['nets']} | {kinds} | {t['pairs']:,} | {t['spikes']:,} | {t['differ']:,} | "
                     f"{100 * (1 - t['differ'] / t['pairs']):.4f} % |")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--nets", type=int, default=100)
    options.add_argument("--stacks", default=",".join(STACKS))
    options.add_argument("--json")
    options.add_argument("--doc")
    o = options.parse_args()
    program, totals, bad = pathlib.Path(o.program).resolve(), [], False
    os.chdir(ROOT)
    for name in o.stacks.split(","):
        try:
            __import__({"nir": "nir"}.get(name, name))
        except ImportError as why:
            print(f"left out: {name}: {why}")
            continue
        total = run_stack(program, name, o.nets)
        share = 1 - total["differ"] / total["pairs"]
        # One rounding near theta and what follows from it is a larger share of few nets.
        good = share >= (0.9999 if o.nets >= 50 else 0.999) and total["unexplained"] == 0 and total["spikes"] > 0.005 * total["pairs"]
        bad |= not good
        totals.append(total)
        print(f"{'ok' if good else 'FAILED'} {name} {total['version']}: {total['nets']} nets, {total['pairs']} (neuron, tick), "
              f"{total['spikes']} spikes, {total['differ']} differ, {total['unexplained']} not explained")
        sys.stdout.flush()
    if not totals:
        sys.exit(2)
    if o.json:
        pathlib.Path(o.json).write_text(json.dumps(totals, indent=1))
    if o.doc:
        doc = pathlib.Path(o.doc)
        head, rest = doc.read_text().split("<!-- stacks: written by tests/nir/stacks.py -->\n")
        tail = rest.split("<!-- end of stacks -->")[1]
        doc.write_text(head + "<!-- stacks: written by tests/nir/stacks.py -->\n" + table(totals) + "\n<!-- end of stacks -->" + tail)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
