#!/usr/bin/env python3
"""Runs what `spiketwin info CHIP --equations` prints against the golden library, every stage and state word.

    equations.py EQUATIONS LIBRARY MEMORIES     prints "N words, M differ"
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/cocotb"))
sys.dont_write_bytecode = True
import json  # noqa: E402

import stw_golden  # noqa: E402

TICKS, CLIPS = 60, 6


def shift(rounded):
    return lambda x, n: x << -n if n < 0 else rounded(x, 1 << n)


def toward_zero(x, d):
    return abs(x) // d * (1 if x >= 0 else -1)


def nearest_even(x, d):
    low, rest = divmod(x, d)
    return low + (2 * rest > d or (2 * rest == d and low % 2 == 1))


def limit(x, lo, hi):
    return max(lo, min(hi, x))


def wrap(x, bits):
    return (x + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


FUNCTIONS = {"floor": shift(lambda x, d: x // d), "ceiling": shift(lambda x, d: -(-x // d)), "toward_zero": shift(toward_zero),
             "away_from_zero": shift(lambda x, d: -(-x // d) if x > 0 else x // d), "nearest_even": shift(nearest_even),
             "limit": limit, "wrap": wrap, "sat": lambda x, bits: limit(x, -1 << bits - 1, (1 << bits - 1) - 1),
             "sym": lambda x, bits: limit(x, 1 - (1 << bits - 1), (1 << bits - 1) - 1),
             "moving": lambda y, x: 1 if x > 0 and y == 0 else y}
STAGES = {"gather": "acc", "current": "i", "leak": "leak", "integrate": "s", "clamp": "c", "fire": "z", "reset": "v", "refract": "r"}
SIGNED = ("weight", "theta", "bias", "rest", "reset", "gain")


def words(folder, name, law):
    """Words of a memory of layer 0, or None."""
    path = folder / f"layer0_{name}.hex"
    if not path.exists():
        return None
    lines = path.read_text().split()
    form = law["weight"] if name == "weight" else law["gain"] if name == "gain" else law["membrane"]
    bits = 4 * len(lines[0])
    if name in SIGNED:
        whole, _, fraction = form.lstrip("UQ").partition(".")
        bits = int(whole) + int(fraction)
    values = [int(line, 16) for line in lines]
    signed = name in SIGNED or (name == "lambda" and law["leak"].startswith("Q"))
    return [wrap(v, bits) if signed else v for v in values]


def main():
    code = compile(pathlib.Path(sys.argv[1]).read_text(), sys.argv[1], "exec")
    folder = pathlib.Path(sys.argv[3])
    facts = json.loads((folder / "chip.json").read_text())
    law = facts.get("law", facts)
    golden = stw_golden.Golden(sys.argv[2], str(folder))
    n_in, n = golden.sources(), golden.neurons(0)
    memory = {name: words(folder, name, law) for name in (
        "weight", "lambda", "lambda_slope", "mu", "mu_slope", "mu2", "mu2_slope", "theta", "bias", "gain", "rest", "reset")}
    rows = len(memory["weight"]) // n
    whole, _, fraction = law["input"].lstrip("UQ").partition(".")
    top = 2 ** (int(whole) + int(fraction) - law["input"].startswith("Q")) - 1
    draw = random.Random(1)
    compared = differ = 0
    for clip in range(CLIPS):
        golden.rest()
        resting = memory["rest"] or [0] * n
        state = [{"v": resting[k], "u": 0, "u2": 0, "r": 0} for k in range(n)]
        rate = draw.random()
        for _ in range(TICKS):
            x = [draw.randint(1, top) if draw.random() < rate else 0 for _ in range(n_in)]
            j = draw.choice([0, 0, draw.randint(-32768, 32767)])
            for source, value in enumerate(x):
                if value:
                    golden.event(source, value)
            golden.tick(j)
            for k in range(n):
                own = {name: m[k] for name, m in memory.items() if m and name != "weight"}
                own["lam"], own["lam_slope"] = own.pop("lambda"), own.pop("lambda_slope", 0)
                at = memory["weight"][k * rows:(k + 1) * rows]
                scope = {**FUNCTIONS, **own, **state[k], "weight": at[:n_in], "weight2": at[rows // 2:rows // 2 + n_in], "x": x, "j": j,
                         "first_layer": True, "max_spikes": 1}
                exec(code, scope)  # what the page of equations says
                state[k] = {name: scope[name] for name in ("v", "u", "u2", "r")}
                for stage, name in STAGES.items():
                    compared += 1
                    differ += golden.stage(0, k, stage) != scope[name]
    print(f"{compared} words, {differ} differ")


main()
