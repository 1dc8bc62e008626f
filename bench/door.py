#!/usr/bin/env python3
"""What the doors cost: a training step's gradient through spiketwin.torch.Layer and spiketwin.jax.Layer beside the same in C.

    bench/door.py [--batch 256] [--threads 1]     build/package/bin/python runs it (tests/python/setup --stacks)

Net and data of bench/bench.h's kind (16-64-2, 125 ticks, a chip every 16 clips), the same bits on both sides: that is
checked. Sides take turns of five calls; medians by the clock and their ratio, one JSON object a line; cpu: of processor time, the
fastest of all calls, which others on the machine disturb less. "step": with torch's cross-entropy and fused Adam
beside C's. JAX: under jit, in a thread of its own.
"""
import argparse
import gc
import json
import os
import statistics
import time

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import numpy as np
import torch

import spiketwin as st
import spiketwin.jax
import spiketwin.torch

TICKS, EACH, REPEATS, CALLS = 125, 16, 30, 5
options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--batch", type=int, default=256)
options.add_argument("--threads", type=int, default=1)
o = options.parse_args()
gc.disable()  # as timeit does
st.set_threads(o.threads)
torch.set_num_threads(o.threads)


def turns(*sides):
    """Of each (median seconds by the clock, fastest of processor time), taking turns."""
    took = [[] for _ in sides]
    for repeat in range(REPEATS + 1):
        for side, times in zip(sides, took):
            side()  # as in training, the call before was of the same kind
            for _ in range(CALLS if repeat else 0):
                start, cpu = time.perf_counter(), time.process_time()
                side()
                times.append((time.perf_counter() - start, time.process_time() - cpu))
    return [(statistics.median(t[0] for t in times), min(t[1] for t in times)) for times in took]


for name, own in ("feed-forward", {}), ("recurrent", {"own": np.zeros((64, 64))}):
    chip = st.Chip("fpga-q8.8", {"law.input": "UQ1.0"})
    net = st.Net.random(chip, [{"weights": np.zeros((16, 64)), **own}, {"weights": np.zeros((64, 2))}], 1)
    rng = np.random.default_rng(1)
    first, last = (y.weights for y in net.layers)
    first[:16] = chip.threshold * rng.normal(0.08, 0.35, (16, 64))  # the peers' weights, and clips at 10 %
    first[16:] = chip.threshold * rng.normal(0, 0.08, first[16:].shape)
    last[:] = chip.threshold * rng.normal(0.03, 0.15, last.shape)
    words = (rng.random((o.batch, TICKS, 16)) < 0.1).astype(np.uint8)
    labels = (np.arange(o.batch) % 2).astype(np.int32)
    events, wanted = torch.from_numpy(words), torch.from_numpy(labels).long()
    step = st.Step(net, TICKS, o.batch, lr=1e-9, clips_per_chip=EACH, reset_grad=0)
    layer = spiketwin.torch.Layer(net, TICKS, output="counts", clips_per_chip=EACH, jitter=False, reset_grad=0)
    optimiser = torch.optim.Adam(layer.parameters(), 1e-9, fused=True)
    layer.train()

    counts = layer(events)
    torch.nn.functional.cross_entropy(0.2 * counts, wanted).backward()
    gradient = counts.grad_fn and torch.full_like(counts, 0.01)
    ours = np.concatenate([p.grad.numpy().ravel() for p in layer.parameters()])
    _, in_c = step.gradient(words, labels, st.TRAINING)
    in_c = np.concatenate([in_c[at:at + p.numel()] for at, p in layer._places])
    worst = float(abs(ours - in_c).max() / abs(in_c).max())
    if not worst < 1e-5:
        raise SystemExit(f"door: the gradients differ: {worst} of the largest")

    def through_c():
        step.gradient(words, labels, st.TRAINING)

    def through_torch():
        layer(events).backward(gradient)

    def step_c():
        step(words, labels, st.TRAINING)

    def step_torch():
        optimiser.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(0.2 * layer(events), wanted).backward()
        optimiser.step()
        layer.hold()

    # The same in JAX, its gradient beside C's.
    jax_layer = spiketwin.jax.Layer(net, TICKS, output="counts", clips_per_chip=EACH, jitter=False, reset_grad=0)
    params, k, shown, right = jax_layer.parameters(), jax_layer.training(0, o.batch), jax.numpy.asarray(words), jax.numpy.asarray(labels)

    def cross_entropy(params, shown, k):
        logits = jax.nn.log_softmax(0.2 * jax_layer(params, shown, k))
        return -jax.numpy.take_along_axis(logits, right[:, None], 1).mean()

    by_jax = jax.jit(jax.grad(cross_entropy))
    of_jax = by_jax(params, shown, k)
    of_jax = np.concatenate([np.asarray(of_jax[name]).ravel() for name in jax_layer._places])
    apart = {"torch": worst, "jax": float(abs(of_jax - in_c).max() / abs(in_c).max())}
    if not apart["jax"] < 1e-5:
        raise SystemExit(f"door: the gradients of JAX differ: {apart['jax']} of the largest")

    def through_jax():
        jax.block_until_ready(by_jax(params, shown, k))

    for door, what, c, there in ("torch", "gradient", through_c, through_torch), ("torch", "step", step_c, step_torch), \
            ("jax", "gradient", through_c, through_jax):
        c_took, took = turns(c, there)
        print(json.dumps({"bench": "door", "door": door, "net": name, "what": what, "batch": o.batch, "threads": o.threads,
                          "c_us": round(1e6 * c_took[0]), "us": round(1e6 * took[0]), "ratio": round(took[0] / c_took[0], 3),
                          "c_cpu_us": round(1e6 * c_took[1]), "cpu_us": round(1e6 * took[1]),
                          "cpu_ratio": round(took[1] / c_took[1], 3), "apart": apart[door]}), flush=True)
