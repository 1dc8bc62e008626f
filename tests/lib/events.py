#!/usr/bin/env python3
"""Writes events of made-up words for the tests, in every layout that docs/data.md names.

    tests/lib/events.py FORMAT PATH KEY=VALUE ...

FORMAT: shd (HDF5 in the layout of SHD, needs h5py), npz, npz_each, arrays (.npz), npy (with labels beside it),
csv, folders. Keys: units=700 labels=4 speakers=6 takes=3 seed=1 seconds=0.5 events=400; keys=1 names labels;
splits=1 tells sides; chunks=1 packs (shd). Needs NumPy but for csv and folders.

A word is a band of units that rises or falls: label l begins at its own unit and moves at its own pace. A
speaker moves all of it by a few units.
"""

import os
import random
import sys

NAMES = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")


def make(units=700, labels=4, speakers=6, takes=3, seed=1, seconds=0.5, events=400, **_):
    """[(label, speaker, [(time in s, unit)])], by speaker, label, take."""
    items = []
    for s in range(int(speakers)):
        for l in range(int(labels)):
            for take in range(int(takes)):
                r = random.Random(f"{seed} {s} {l} {take}")
                at, pace = units * (l + 0.5) / labels, (1 if l % 2 else -1) * units / (3 + l)
                told = []
                for _ in range(int(events)):
                    t = r.uniform(0, seconds)
                    u = at + pace * (t / seconds - 0.5) + 2 * s + r.gauss(0, units / 60)
                    told.append((round(t, 5), min(int(units) - 1, max(0, int(u)))))
                items.append((l, s, sorted(told)))
    return items


def split_of(speaker, speakers):
    return ("train", "train", "validation", "test")[4 * speaker // int(speakers)]


def shd(path, items, how):
    import h5py
    import numpy as np
    kind = {"half": np.float16, "single": np.float32, "double": np.float64}[how.get("real", "half")]
    pack = {"chunks": (8,), "compression": "gzip", "shuffle": True} if how.get("chunks") else {}
    with h5py.File(path, "w") as f:
        n = len(items)
        times = f.create_dataset("spikes/times", (n,), dtype=h5py.vlen_dtype(kind), **pack)
        units = f.create_dataset("spikes/units", (n,), dtype=h5py.vlen_dtype(np.uint16), **pack)
        for i, (_, _, events) in enumerate(items):
            times[i] = np.sort(np.array([t for t, _ in events], kind))
            units[i] = np.array([u for _, u in events], np.uint16)
        f["labels"] = np.array([l for l, _, _ in items], np.uint16)
        f["extra/speaker"] = np.array([s for _, s, _ in items], np.uint16)
        if how.get("keys"):
            f["extra/keys"] = np.array([NAMES[l].encode() for l in range(int(how["labels"]))])


def about(items, how):
    import numpy as np
    told = {"labels": np.array([l for l, _, _ in items]),
            "speakers": np.array([f"s{s}" for _, s, _ in items])}
    if how.get("keys"):
        told["keys"] = np.array(NAMES[:int(how["labels"])])
    if how.get("splits"):
        told["splits"] = np.array([split_of(s, how["speakers"]) for _, s, _ in items])
    return told


def npz(path, items, how):
    import numpy as np
    told = about(items, how)
    told["times"] = np.concatenate([[t for t, _ in e] for _, _, e in items])
    told["units"] = np.concatenate([[u for _, u in e] for _, _, e in items]).astype(np.int32)
    told["offsets"] = np.cumsum([0] + [len(e) for _, _, e in items])
    (np.savez_compressed if how.get("chunks") else np.savez)(path, **told)


def npz_each(path, items, how):
    import numpy as np
    told = about(items, how)
    for i, (_, _, events) in enumerate(items):
        told[f"times_{i}"] = np.array([round(1e6 * t) for t, _ in events], np.int64)
        told[f"units_{i}"] = np.array([u for _, u in events], np.uint16)
    np.savez_compressed(path, **told)


def dense(items, how):
    import numpy as np
    ticks = int(how.get("ticks", 62))
    x = np.zeros((len(items), ticks, int(how["units"])), np.uint8)
    for i, (_, _, events) in enumerate(items):
        for t, u in events:
            x[i, min(ticks - 1, int(t / how["seconds"] * ticks)), u] += 1
    return x


def arrays(path, items, how):
    import numpy as np
    np.savez_compressed(path, x=dense(items, how), **about(items, how))


def npy(path, items, how):
    import numpy as np
    np.save(path, dense(items, how).astype(how.get("type", "u1")))
    np.save(path[:-4] + "_labels.npy", about(items, how)["labels"])


def csv(path, items, how):
    with open(path, "w") as f:
        f.write("item,time,unit,label,speaker" + (",split\n" if how.get("splits") else "\n"))
        for i, (l, s, events) in enumerate(items):
            side = "," + split_of(s, how["speakers"]) if how.get("splits") else ""
            f.writelines(f"take{i},{t},{u},{NAMES[l]},s{s}{side}\n" for t, u in events)


def folders(path, items, how):
    for i, (l, s, events) in enumerate(items):
        os.makedirs(f"{path}/{NAMES[l]}", exist_ok=True)
        with open(f"{path}/{NAMES[l]}/s{s}_nohash_{i}.csv", "w") as f:
            f.write("time_us,unit\n")
            f.writelines(f"{round(1e6 * t)},{u}\n" for t, u in events)
    with open(f"{path}/validation_list.txt", "w") as f:
        f.writelines(f"{NAMES[l]}/s{s}_nohash_{i}.csv\n" for i, (l, s, _) in enumerate(items)
                     if split_of(s, how["speakers"]) == "validation")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in globals():
        sys.exit(__doc__)
    told = {"units": 700, "labels": 4, "speakers": 6, "takes": 3, "seconds": 0.5}
    for pair in sys.argv[3:]:
        key, _, value = pair.partition("=")
        told[key] = float(value) if "." in value else int(value) if value.isdigit() else value
    globals()[sys.argv[1]](sys.argv[2], make(**told), told)
