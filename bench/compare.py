#!/usr/bin/env python3
"""Our training step and our prediction beside the peers', in one sitting:

    python3 bench/compare.py build/release/bench/train build/release/bench/forward

The peers are programs of their own (../shared/peers, or PEERS=DIR) in environments of their own:
JAX_PYTHON and TORCH_PYTHON name a python that has them. What is not at hand is said, not skipped in
silence. Prints a table; ratios are ours over the peer's, medians of one run on this machine. Prediction is
compared twice: by the clock, and by the processor time that the work took, which others on the machine
disturb less.
"""
import json
import os
import subprocess
import sys

PEERS = os.environ.get("PEERS", os.path.join(os.path.dirname(__file__), "../../shared/peers"))
# (name, environment, script and flags, what it is compared with)
RUNS = [
    ("JAX, hand-written backward", "JAX_PYTHON",
     "bench_jax.py --variant bptt --unroll 5 --micro 64 --batches 256,1024 --mode train"),
    ("torch, hand-written backward, compiled", "TORCH_PYTHON",
     "bench_torch.py --lib compile_chunk"),
]
# Many chips, each with its own words, times many clips.
CHIPS = ("JAX, chips x clips", "JAX_PYTHON", "bench_jax.py --variant single --unroll 1 --mode mm")


def lines(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    rows = [json.loads(x) for x in done.stdout.splitlines() if x.startswith("{")]
    if done.returncode or not rows:
        sys.stderr.write(done.stderr[-2000:])
        sys.exit(f"compare: {' '.join(command)} failed with {done.returncode}")
    return rows


def best(rows, **wanted):
    return max((r for r in rows if all(r.get(k) == v for k, v in wanted.items())),
               key=lambda r: r["per_s_med"])


def python_of(name, env):
    """The peer's python, or None, which is said."""
    python = os.environ.get(env)
    if python and os.path.isdir(PEERS):
        return python
    print(f"left out: {name} ({env} is not set or {PEERS} is not there)")
    return None


def peer(python, flags, net):
    return lines([python] + flags.split() + ["--net", net, "--threads", "2"], cwd=PEERS,
                 env={**os.environ, "RES": "/dev/null"})


def predictions(program):
    """Chips x clips of our forward pass and of the peer's, one right after the other."""
    name, env, flags = CHIPS
    python = python_of(name, env)
    for net in ("ff", "rec"):
        ours = [r for r in lines([program, "--chips"]) if r["bench"] == "chips" and r["net"] == net]
        theirs = each = 0
        if python:
            rows = peer(python, flags, net)
            theirs = max(r["per_s_med"] for r in rows)
            each = max(r["B"] / r["cpu_ms_med"] * 1e3 for r in rows)
            print(f"predict {net}: {theirs:>9,.0f} chip-clips/s, 2 threads; {each:,.0f} a second of processor time: {name}")
        for r in ours:
            print(f"predict {net}: {r['per_s_med']:>9,} chip-clips/s, 2 threads; {r['per_cpu_s_med']:,} a second of"
                  f" processor time: ours, {r['N']} chips{' made anew' if r['chips_made'] else ''} x {r['M']} clips"
                  + (", leak jitter" if r["jitter"] else "")
                  + (f": {r['per_s_med'] / theirs:.1f} times as fast by the clock,"
                     f" {r['per_cpu_s_med'] / each:.1f} by processor time" if theirs else ""))


def main():
    predictions(sys.argv[2])
    ours = lines([sys.argv[1]])
    for r in ours:
        if r["bench"] == "peak":
            print(f"peak: {r['products_per_s'] / 1e9:.0f} G fused products/s a core (measured)")
        if r["bench"] == "phases":
            clip, chip, step = r["clip_us"], r["chip_us"], r["step_us"]
            print(f"phases {r['net']}, us of one thread: a clip forward {clip['forward']:.2f} and back"
                  f" {clip['backward']:.2f} (alone {clip['forward_alone']:.2f}, {clip['backward_alone']:.2f});"
                  f" a chip {sum(chip.values()):.2f}; a step {sum(step.values()):.2f}; products of the way back:"
                  f" {100 * r['backward_products_share_of_peak']:.0f} % of peak")
    for net in ("ff", "rec"):
        mine = {t: best(ours, bench="train", net=net, threads=t) for t in (1, 2)}
        for r in (x for x in ours if x["bench"] == "train" and x["net"] == net):
            print(f"train {net}: {r['per_s_med']:>8,} clips/s, {r['per_cpu_s_med']:,} a second of processor time,"
                  f" {r['threads']} threads, batch {r['B']}, a fresh chip every {r['clips_per_chip']} clips")
        for name, env, flags in RUNS:
            python = python_of(name, env)
            if not python:
                continue
            rows = peer(python, flags, net)
            theirs = max(rows, key=lambda r: r["per_s_med"])
            print(f"train {net}: {theirs['per_s_med']:>8,.0f} clips/s, 2 threads, batch {theirs['B']}: {name};"
                  f" ours is {mine[2]['per_s_med'] / theirs['per_s_med']:.1f} times as fast")


if __name__ == "__main__":
    main()
