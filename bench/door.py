#!/usr/bin/env python3
"""What the door to torch costs: a training step's gradient through spiketwin.torch.Layer beside the same in C.

    bench/door.py [--batch 256] [--threads 1]     build/package/bin/python runs it (tests/python/setup --stacks)

Net and data of bench/bench.h's kind (16-64-2, 125 ticks, a chip every 16 clips), the same bits on both sides: that is
checked. Sides take turns; medians by the clock and their ratio, one JSON object a line; cpu: of processor time, the
fastest of all turns, which others on the machine disturb less. "step": with torch's cross-entropy and Adam
beside C's.
"""
import argparse
import json
import statistics
import time

import numpy as np
import torch

import spiketwin as st
import spiketwin.torch

TICKS, EACH, REPEATS = 125, 16, 41
options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--batch", type=int, default=256)
options.add_argument("--threads", type=int, default=1)
o = options.parse_args()
st.set_threads(o.threads)
torch.set_num_threads(o.threads)


def turns(*sides):
    """Of each (median seconds by the clock, fastest of processor time), taking turns."""
    took = [[] for _ in sides]
    for repeat in range(REPEATS + 3):
        for side, times in zip(sides, took):
            start, cpu = time.perf_counter(), time.process_time()
            side()
            if repeat >= 3:
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
    optimiser = torch.optim.Adam(layer.parameters(), 1e-9)
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

    for what, c, door in ("gradient", through_c, through_torch), ("step", step_c, step_torch):
        in_c, in_torch = turns(c, door)
        print(json.dumps({"bench": "door", "net": name, "what": what, "batch": o.batch, "threads": o.threads,
                          "c_us": round(1e6 * in_c[0]), "torch_us": round(1e6 * in_torch[0]), "ratio": round(in_torch[0] / in_c[0], 3),
                          "c_cpu_us": round(1e6 * in_c[1]), "torch_cpu_us": round(1e6 * in_torch[1]),
                          "cpu_ratio": round(in_torch[1] / in_c[1], 3), "apart": worst}), flush=True)
