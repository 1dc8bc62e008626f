"""AEDAT4 recordings as .npz of events: each file an item, each pixel an input."""

import argparse
import os
import sys

import numpy as np

MOST_INPUTS = 4096  # of a net
MOST_EVENTS = 500_000_000


class Refused(Exception):
    pass


def cells(size, pool):
    """Columns and rows of inputs, for pixels joined pool x pool."""
    return tuple(-(-n // pool) for n in size)


def check(name, first, events, last, size):
    """Refuses a batch with an event that is none. first: how many came before; last: the time of the last of them."""
    for what, most in (("x", size[0]), ("y", size[1])):
        wrong = np.flatnonzero((events[what] < 0) | (events[what] >= most))
        if wrong.size:
            i = wrong[0]
            raise Refused(f"{name}: event {first + i}: {what} {events[what][i]}, allowed 0..{most - 1}")
    times = events["timestamp"]
    wrong = np.flatnonzero(times < 0)
    if wrong.size:
        raise Refused(f"{name}: event {first + wrong[0]}: time {times[wrong[0]]} us, allowed 0 and above")
    before = np.concatenate([[times[0] if last is None else last], times[:-1]])
    wrong = np.flatnonzero(times < before)
    if wrong.size:
        i = wrong[0]
        raise Refused(
            f"{name}: event {first + i}: time {times[i]} us, allowed {before[i]} and above: times that fall"
        )


def read(name, stream):
    """Times in us, x, y, polarity of all events, and the sensor's columns and rows."""
    import dv_processing as dv

    try:
        with open(name, "rb") as f:
            magic = f.read(14)
    except OSError as why:
        raise Refused(f"{name}: {why.strerror}") from None
    if not magic.startswith(b"#!AER-DAT4"):
        raise Refused(f"{name}: no AEDAT4: it begins with {magic[:10]!r}, allowed b'#!AER-DAT4'")
    got, n, last = [], 0, None
    try:
        tape = dv.io.MonoCameraRecording(name)
        names = [s for s in tape.getStreamNames() if tape.isStreamOfEventType(s)]
        if not names:
            raise Refused(f"{name}: no stream of events in it")
        if stream is None and len(names) > 1:
            raise Refused(f"{name}: streams {', '.join(names)}: --stream says which")
        if stream not in (None, *names):
            raise Refused(f"{name}: no stream {stream}, allowed {', '.join(names)}")
        stream = stream or names[0]
        size = tape.getEventResolution(stream)
        if not size or min(size) < 1:
            raise Refused(f"{name}: stream {stream} does not say how many pixels the sensor has")
        while (batch := tape.getNextEventBatch(stream)) is not None:
            events = batch.numpy()
            if not len(events):
                continue
            check(name, n, events, last, size)
            n, last = n + len(events), events["timestamp"][-1]
            if n > MOST_EVENTS:
                raise Refused(f"{name}: over {MOST_EVENTS} events")
            got.append(np.array(events))
    except Refused:
        raise
    except Exception as why:  # whatever the library makes of a damaged file
        raise Refused(f"{name}: damaged: {(str(why).splitlines() or [type(why).__name__])[0]}") from None
    if not n:
        raise Refused(f"{name}: no event in it")
    return np.concatenate(got), size


def convert(o):
    times, units, offsets, labels, sensor = [], [], [0], [], None
    for name in o.files:
        events, size = read(name, o.stream)
        if sensor not in (None, size):
            raise Refused(f"{name}: {size[0]} x {size[1]} pixels, the files before have {sensor[0]} x {sensor[1]}")
        sensor = size
        columns, rows = cells(size, o.pool)
        inputs = columns * rows * (2 if o.polarity else 1)
        if inputs > MOST_INPUTS:
            pool = o.pool
            while np.prod(cells(size, pool)) * (2 if o.polarity else 1) > MOST_INPUTS:
                pool += 1
            raise Refused(
                f"{name}: {inputs} inputs of {size[0]} x {size[1]} pixels, allowed 1..{MOST_INPUTS}: --pool {pool} joins as many"
            )
        unit = events["y"].astype(np.int64) // o.pool * columns + events["x"] // o.pool
        if o.polarity:
            unit += (events["polarity"] != 0) * (columns * rows)
        times.append((events["timestamp"] - events["timestamp"][0]) / 1e6)
        units.append(unit.astype(np.int32))
        offsets.append(offsets[-1] + len(unit))
        labels.append(o.label or os.path.basename(os.path.dirname(os.path.abspath(name))))
    out = o.output + ".part"
    try:
        with open(out, "wb") as f:
            np.savez_compressed(
                f,
                times=np.concatenate(times),
                units=np.concatenate(units),
                offsets=np.array(offsets, np.int64),
                labels=np.array(labels),
            )
            f.flush()
            os.fsync(f.fileno())
        os.replace(out, o.output)
    except OSError as why:
        if os.path.exists(out):
            os.unlink(out)
        raise Refused(f"{o.output}: {why.strerror}") from None
    silent = inputs - len(np.unique(np.concatenate(units)))
    print(
        f"{o.output}: {len(labels)} items of {len(set(labels))} labels, {offsets[-1]} events of {inputs} inputs "
        f"({silent} without any), up to {max(t[-1] for t in times):.6f} s; --units {inputs}"
    )


def main():
    p = argparse.ArgumentParser(
        prog="aedat4",
        description="AEDAT4 recordings of one sensor as .npz for -d: each file is an item, labelled by the folder in "
        "which it lies; times count from its first event. Input y * columns + x is a pixel.",
    )
    p.add_argument("files", nargs="+", metavar="FILE.aedat4")
    p.add_argument("-o", dest="output", required=True, metavar="OUT.npz")
    p.add_argument("--label", help="of all files, in place of their folders' names")
    p.add_argument("--pool", type=int, default=1, metavar="N", help="join N x N pixels in an input (default 1)")
    p.add_argument("--polarity", action="store_true", help="inputs of their own for events that say brighter, behind all others")
    p.add_argument("--stream", help="of events, where a file has several")
    o = p.parse_args()
    if not 1 <= o.pool <= 4096:
        raise Refused(f"--pool: {o.pool}, allowed 1..4096")
    if not o.output.endswith(".npz"):
        raise Refused(f"-o: {o.output}, allowed a name that ends with .npz")
    convert(o)


if __name__ == "__main__":
    try:
        main()
    except Refused as why:
        print(f"aedat4: {why}", file=sys.stderr)
        sys.exit(2)
    except MemoryError:
        print("aedat4: out of memory", file=sys.stderr)
        sys.exit(2)
