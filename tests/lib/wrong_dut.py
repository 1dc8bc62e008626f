#!/usr/bin/env python3
"""A device that does not give back what it was sent: reads vectors with results on stdin, spoils the
stimulus in one way, keeps the counts of its E record right, and writes them on stdout.

    wrong_dut.py HOW
"""

import sys


def clips_of(lines):
    head, clips = [], []
    for line in lines:
        if line.startswith("C "):
            clips.append([line])
        elif clips:
            clips[-1].append(line)
        else:
            head.append(line)
    clips[-1] = [line for line in clips[-1] if not line.startswith("E ")]
    return head, clips


def ticks_of(clip):
    """The clip's ticks, each its T record with its results."""
    ticks = []
    for line in clip[1:]:
        if line.startswith("T "):
            ticks.append([])
        ticks[-1].append(line)
    return ticks


def with_ticks(clip, ticks):
    kind, number, _, name = clip[0].split(" ", 3)
    return [f"{kind} {number} {len(ticks)} {name}"] + [line for tick in ticks for line in tick]


def each_tick(clip, change):
    return [change(line.split(" ")) if line.startswith("T ") else line for line in clip]


def spoil(how, head, clips):
    events = lambda f: " ".join([*f[:3], "0"])
    if how.startswith("drop-clip-"):
        del clips[int(how[-1])]
    elif how == "swap-clips":
        clips[0], clips[1] = clips[1], clips[0]
    elif how == "repeat-clip":
        clips.insert(1, clips[0])
    elif how == "one-clip-more":
        clips.append([clips[0][0].replace("C 0 ", "C 77 "), *clips[0][1:]])
    elif how == "renumber":
        clips[1] = [clips[1][0].replace("C 1 ", "C 0 "), *clips[1][1:]]
    elif how == "contents-swapped":
        clips[0][1:], clips[1][1:] = clips[1][1:], clips[0][1:]
    elif how == "no-events":
        clips[:] = [each_tick(c, events) for c in clips]
    elif how == "no-events-in-the-last-clip":
        clips[-1] = each_tick(clips[-1], events)
    elif how == "drop-event":
        clips[1] = each_tick(clips[1], lambda f: " ".join(
            [*f[:3], str(int(f[3]) - 1), *f[4:-1]] if f[1] == "70" and int(f[3]) else f))
    elif how == "other-word":
        clips[1] = each_tick(clips[1], lambda f: " ".join(
            [*f[:-1], f[-1].split(":")[0] + (":02" if f[-1].endswith(":01") else ":01")] if f[1] == "70" else f))
    elif how == "one-tick-later":
        ticks = [t[0].split(" ")[2:] for t in ticks_of(clips[2])]
        moved = [ticks[-1], *ticks[:-1]]
        clips[2] = each_tick(clips[2], lambda f: " ".join([*f[:2], ticks[int(f[1])][0], *moved[int(f[1])][1:]]))
    elif how == "no-jitter":
        clips[:] = [each_tick(c, lambda f: " ".join([*f[:2], "0000", *f[3:]])) for c in clips]
    elif how == "other-jitter":
        clips[2] = each_tick(clips[2], lambda f: " ".join([*f[:2], "7fff" if f[1] == "3" else f[2], *f[3:]]))
    elif how == "one-tick":
        clips[:] = [with_ticks(c, ticks_of(c)[:1]) for c in clips]
    elif how == "no-last-tick":
        clips[0] = with_ticks(clips[0], ticks_of(clips[0])[:-1])
    elif how == "head-without-stimulus":
        head[:] = [line for line in head if not line.startswith("H stimulus=")]
    elif how == "head-without-clip":
        del clips[1]
        head[:] = [line for line in head if not line.startswith("H clip=1 ")]
    elif how == "head-of-version-1":
        head[:] = [line for line in head if not line.startswith(("H clip=", "H stimulus="))]
    else:
        sys.exit(f"wrong_dut.py: {how}?")


def main():
    head, clips = clips_of(sys.stdin.read().splitlines())
    spoil(sys.argv[1], head, clips)
    lines = [line for clip in clips for line in clip]
    ticks = [line for line in lines if line.startswith("T ")]
    results = sum(line[0] in "ZVUR" for line in lines)
    lines.append(f"E {len(clips)} {len(ticks)} {sum(int(t.split(' ')[3]) for t in ticks)} {results}")
    print("\n".join(head + lines))


main()
