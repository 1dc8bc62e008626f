#!/usr/bin/env python3
"""Training steps of Rockpool's DynapSim, jitted by JAX: the peer of bench/dpi_speed.c.

    PYTHON bench/dynapsim.py [--seconds S]      PYTHON has rockpool 3.1.0 and jax

One JSON line a net: clips/s of value_and_grad + Adam (MSE against one-hot rates), and of the forward
pass alone, median of the steps of S seconds each, after compilation; and of training clips a second of
processor time, all threads together.
"""
import argparse
import json
import logging
import os
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers
from rockpool.devices.dynapse import DynapSim
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LinearJax

NETS = {  # name: (layers, ticks, batch, events a channel and tick)
    "60-2": ([(60, 2, True)], 500, 2, 0.05),
    "16-64-2": ([(16, 64, False), (64, 2, False)], 125, 16, 0.1),
}


def median_rate(step, batch, seconds):
    rates, end, start = [], time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < end or len(rates) < 5:
        t = time.perf_counter()
        step()
        rates.append(batch / (time.perf_counter() - t))
    return float(np.median(rates)), batch * len(rates) / (time.process_time() - start)


def measure(name, seconds):
    layers, ticks, batch, rate = NETS[name]
    rng = np.random.RandomState(1)
    modules = []
    for n_in, n_out, rec in layers:
        weight = rng.randn(n_in, n_out) * 2
        modules.append(LinearJax((n_in, n_out), has_bias=False, weight=weight))
        modules.append(DynapSim((n_out, n_out), has_rec=rec, dt=1e-3,
                                w_rec=rng.randn(n_out, n_out) if rec else None))
    net = Sequential(*modules)
    x = jnp.array(rng.poisson(rate, (batch, ticks, layers[0][0])), dtype=jnp.float32)
    n_out = layers[-1][1]
    y = jnp.array(np.eye(n_out)[np.arange(batch) % n_out][:, None, :] * np.ones((1, ticks, 1)))
    start, update, get = optimizers.adam(1e-2)
    # Only weights are trained: LinearJax's, and DynapSim's w_rec.
    everything = net.parameters()

    def with_weights(w):
        return {k: {**v, **w.get(k, {})} for k, v in everything.items()}

    weights = {k: {p: v for p, v in d.items() if p in ("weight", "w_rec")}
               for k, d in net.parameters("weights").items()}

    def loss(w):
        out, _, _ = net.set_attributes(with_weights(w)).evolve(x)
        return jnp.mean((out - y) ** 2)

    @jax.jit
    def train(i, s):
        value, g = jax.value_and_grad(loss)(get(s))
        return value, update(i, g, s)

    forward = jax.jit(lambda w: net.set_attributes(with_weights(w)).evolve(x)[0])
    state = start(weights)

    def one():
        nonlocal state
        value, state = train(0, state)
        value.block_until_ready()

    one()
    forward(weights).block_until_ready()
    trained, of_cpu = median_rate(one, batch, seconds)
    ran, _ = median_rate(lambda: forward(weights).block_until_ready(), batch, seconds)
    print(json.dumps({"net": name, "batch": batch, "ticks": ticks, "train": trained, "forward": ran,
                      "train_cpu": of_cpu}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    for name in NETS:
        measure(name, args.seconds)


main()
