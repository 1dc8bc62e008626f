#!/usr/bin/env python3
"""NIR files for tests of `spiketwin import`, written by Python's nir and, where nir cannot, by h5py.

    nir_graphs.py KIND FILE
"""
import sys

import h5py
import nir
import numpy as np

rng = np.random.default_rng(7)
W1, B1 = rng.normal(0, 2, (12, 16)).astype(np.float32), rng.normal(0, 0.2, 12).astype(np.float32)
R1 = rng.normal(0, 1, (12, 12)).astype(np.float32)
W2 = rng.normal(0, 3, (2, 12)).astype(np.float32)
TAU1 = np.linspace(0.02, 0.1, 12).astype(np.float32)
PATH = [("input", "a1"), ("a1", "n1"), ("n1", "r1"), ("r1", "n1"), ("n1", "w2"), ("w2", "n2"), ("n2", "output")]


def lif(tau, threshold, n):
    one = np.ones(n, tau.dtype)
    return nir.LIF(tau=tau, r=one * 2, v_leak=one * 0, v_threshold=one * threshold, v_reset=one * 0)


def nodes(kind=np.float32):
    return {"input": nir.Input({"input": np.array([16])}),
            "a1": nir.Affine(W1.astype(kind), B1.astype(kind)),
            "n1": lif(TAU1.astype(kind), kind(0.75), 12),
            "r1": nir.Linear(R1.astype(kind)),
            "w2": nir.Linear(W2.astype(kind)),
            "n2": lif(np.full(2, 0.064, kind), kind(1), 2),
            "output": nir.Output({"output": np.array([2])})}


def graph(nodes, edges=PATH, **more):
    return nir.NIRGraph(nodes, edges, type_check=False, **more)


def subgraph():
    n = nodes()
    inner = graph({"in": nir.Input({"input": np.array([12])}), "n1": n["n1"], "r1": n["r1"],
                   "out": nir.Output({"output": np.array([12])})},
                  [("in", "n1"), ("n1", "r1"), ("r1", "n1"), ("n1", "out")])
    return graph({"input": n["input"], "a1": n["a1"], "layer": inner, "w2": n["w2"], "n2": n["n2"], "output": n["output"]},
                 [("input", "a1"), ("a1", "layer"), ("layer", "w2"), ("w2", "n2"), ("n2", "output")])


def names():
    new = {"input": "9. in put", "a1": "zwölf", "n1": "nodes", "r1": "type", "w2": "edges", "n2": "日本", "output": "a.b"}
    return graph({new[k]: v for k, v in nodes().items()}, [(new[a], new[b]) for a, b in PATH])


def repacked(path, **how):
    """A file of nir with other storage."""
    nir.write(path, graph(nodes()), compression=None)
    with h5py.File(path, "a") as f:
        found = []
        f.visititems(lambda name, x: found.append(name) if isinstance(x, h5py.Dataset) and x.shape and x.dtype.kind == "f" else None)
        for name in found:
            x = f[name][()]
            del f[name]
            f.create_dataset(name, data=x, **how)


kind, path = sys.argv[1:]
if kind in ("speech", "float32"):
    nir.write(path, graph(nodes()), compression=None)
elif kind == "float64":
    nir.write(path, graph(nodes(np.float64)), compression=None)
elif kind == "gzip":
    nir.write(path, graph(nodes()))
elif kind == "chunked":
    repacked(path, chunks=True, compression="gzip", compression_opts=9, shuffle=True, fletcher32=True)
elif kind == "lzf":
    repacked(path, chunks=True, compression="lzf")
elif kind == "subgraph":
    nir.write(path, subgraph())
elif kind == "names":
    nir.write(path, names())
elif kind == "metadata":
    g = graph(nodes(), metadata={"chip": "mine", "deep": {"x": np.arange(3), "bool": True}, "dt": 3.0})
    g.nodes["n1"].metadata = {"gain": np.full(12, 5.0), "rest": np.ones(12)}
    nir.write(path, g)
elif kind == "rewritten":
    nir.write(path, graph(nodes()))
    nir.write(path, nir.read(path, type_check=False))
elif kind == "wide":
    n = nodes()
    n["a1"].weight[0, :3] = [3000, -2500, 2000]
    n["a1"].bias[4] = 1e5
    nir.write(path, graph(n))
else:
    sys.exit(f"nir_graphs.py: {kind}: no such kind")
