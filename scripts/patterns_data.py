"""Tasks with targets over time (docs/data.md, "Targets over time"), made from a seed.

    sinusoids(folder, ..)     four sinusoids a quarter of a period apart, from a start and a clock
    mackey_glass(folder, ..)  the next point of a chaotic series, by NeuroBench's definition
"""
import math
import pathlib
import random


def write(folder, task, items, outputs):
    """items: name -> (events, targets); events: (tick, unit, how many) each, targets: a row a tick."""
    folder = pathlib.Path(folder)
    for part in ("events", "targets"):
        (folder / part).mkdir(parents=True)
    (folder / "task.yaml").write_text("".join(f"{key}: {value}\n" for key, value in task.items()))
    for name, (events, targets) in items.items():
        rows = "".join(f"{tick},{unit}\n" * n for tick, unit, n in sorted(events))
        (folder / "events" / f"{name}.csv").write_text("tick,unit\n" + rows)
        rows = "".join(",".join(f"{x:.6f}" for x in row) + "\n" for row in targets)
        (folder / "targets" / f"{name}.csv").write_text(",".join(outputs) + "\n" + rows)


def names(train, validation):
    return [f"train_{i:03d}" for i in range(train)] + [f"validation_{i:03d}" for i in range(validation)]


# loud: events at once, an input word of 6.0; through the largest weight of H1v2 2.7 thresholds
SINUSOIDS = dict(loud=6, ticks=250, period=50, start_units=4, clock_units=12, clock=10, jitter=0.5, lost=0.02, free=False)


def sinusoids(folder, train=128, validation=32, seed=1, **changed):
    """Four sinusoids of one period, a quarter of it apart.

    Units 0..3 fire in the first three ticks: the start. The others are a clock: each fires once every `clock` ticks, one
    after the other, so that the clock has the beat and the net has to count five of it. Its events are moved by a Gaussian of
    `jitter` ticks, and so many are lost. free: each item's clock begins anywhere in its beat.
    """
    o = dict(SINUSOIDS, **changed)
    draw = random.Random(seed)
    targets = [[math.sin(2 * math.pi * (t / o["period"] + k / 4)) for k in range(4)] for t in range(o["ticks"])]
    items = {}
    for name in names(train, validation):
        events = {(t, u, o["loud"]) for t in range(3) for u in range(o["start_units"])}
        offset = draw.uniform(0, o["clock"]) if o["free"] else 0
        for u in range(o["clock_units"]):
            at = offset + u * o["clock"] / o["clock_units"]
            while at < o["ticks"]:
                tick = round(at + draw.gauss(0, o["jitter"]))
                if draw.random() >= o["lost"] and 0 <= tick < o["ticks"]:
                    events.add((tick, o["start_units"] + u, o["loud"]))
                at += o["clock"]
        items[name] = events, targets
    write(folder, dict(readout="filter", tau=5, low=-1.5, high=2.5, figure="correlation"), items,
          [f"phase_{90 * k}" for k in range(4)])


# tau of the equation, Lyapunov time and constant past of each of NeuroBench's series (its mackey_glass_parameters.csv).
MACKEY_GLASS = {17: (197, 0.7206597), 18: (138, 0.7744313), 19: (315, 0.7783468), 20: (131, 0.9225991), 21: (191, 0.9479431),
                22: (119, 0.5455960), 23: (106, 0.8622247), 24: (97, 0.3259660), 25: (98, 0.8297825), 26: (104, 1.0033490),
                27: (112, 0.6491406), 28: (119, 1.0957495), 29: (131, 0.9256179), 30: (139, 0.2713639)}
POINTS = 75  # a Lyapunov time; NeuroBench trains on 10 of them and tests on the next 10
LOWEST, HIGHEST = 0.1, 1.5  # of all 14 series 0.21..1.39


def mackey_glass_series(tau, n, steps=64):
    """n points of y' = 0.2 y(t - tau) / (1 + y(t - tau)^10) - 0.1 y, 75 a Lyapunov time.

    Runge and Kutta's fourth-order method, so many steps a delay; between steps the past is read by Hermite's cubic.
    """
    lyapunov, past = MACKEY_GLASS[tau]
    h = tau / steps
    slope = lambda y, late: 0.2 * late / (1 + late**10) - 0.1 * y
    y, d = [past], [slope(past, past)]

    def at(i):  # of a step, or half of one
        if i <= 0:
            return past
        j = int(i)
        if j == i:
            return y[j]
        return (y[j] + y[j + 1]) / 2 + h * (d[j] - d[j + 1]) / 8

    points = []
    for k in range(n):
        t = k * lyapunov / POINTS
        while (len(y) - 1) * h < t:
            i, now = len(y) - 1, y[-1]
            before, middle, after = at(i - steps), at(i - steps + 0.5), at(i - steps + 1)
            k1 = slope(now, before)
            k2 = slope(now + h / 2 * k1, middle)
            k3 = slope(now + h / 2 * k2, middle)
            k4 = slope(now + h * k3, after)
            y.append(now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
            d.append(slope(y[-1], after))
        i = len(y) - 1
        part = (t - (i - 1) * h) / h if i else 1
        if i == 0:
            points.append(past)
            continue
        a, b, p = y[i - 1], y[i], part
        points.append((1 + 2 * p) * (1 - p)**2 * a + p * (1 - p)**2 * h * d[i - 1] + p * p * (3 - 2 * p) * b + p * p * (p - 1) * h * d[i])
    return points


def bumps(value, units=16, most=12, width=1.0):
    """A number as events: unit i is loud where the number is near its own, and there are so many events at its peak."""
    at = (value - LOWEST) / (HIGHEST - LOWEST) * (units - 1)
    return [round(most * math.exp(-((at - i) / width)**2 / 2)) for i in range(units)]


def mackey_glass(folder, ticks=150, skip=30, every=15, taus=tuple(MACKEY_GLASS)):
    """One step ahead, as NeuroBench's targets: a point a tick in, the next one out.

    Of each series the first 10 Lyapunov times are for training, in windows of `ticks` points, one each `every` points; the
    next 10 are for validation, in windows that follow one another.
    """
    folder, items = pathlib.Path(folder), {}
    for tau in taus:
        y = mackey_glass_series(tau, 20 * POINTS + 1)
        half = 10 * POINTS
        starts = [("train", s) for s in range(0, half - ticks, every)] + [("validation", s) for s in range(half, 2 * half - ticks + 1, ticks - skip)]
        for split, s in starts:
            events = [(t, u, n) for t in range(ticks) for u, n in enumerate(bumps(y[s + t])) if n]
            items[f"{split}_{tau}_{s:04d}"] = events, [[y[s + t + 1]] for t in range(ticks)]
    write(folder, dict(readout="filter", tau=2, low=0, high=1.6, figure="sMAPE", skip=skip), items, ["y"])
