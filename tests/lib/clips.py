#!/usr/bin/env python3
"""Writes small corpora and broken sound files for the tests; needs nothing but Python.

    tests/lib/clips.py corpus DIR [SPEAKERS [TAKES]]    two "words", in the layout of Speech Commands
    tests/lib/clips.py wav FILE KEY=VALUE ...           one file: rate= seconds= channels= code= (the
                                                    format tag: 1 PCM, 3 float) value= (nan, inf,
                                                    or a number), promise= (extra bytes that the
                                                    header promises and the file does not have)

The words are not speech: `low` is a hum that rises, `high` a chirp that falls. A speaker is a
pitch and a length, a take a place in the second and a noise.
"""

import math
import os
import random
import struct
import sys

RATE_HZ = 16000


def wav_bytes(samples, rate=RATE_HZ, channels=1, code=1, promise=0):
    pack = {1: "<h", 3: "<f"}[code]
    width = struct.calcsize(pack)
    data = b"".join(struct.pack(pack, x) for x in samples)
    form = struct.pack("<HHIIHH", code, channels, rate, rate * channels * width % 2**32,
                       channels * width, 8 * width)
    size = len(data) + promise
    return (b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", len(form)) +
            form + b"data" + struct.pack("<I", size) + data)


def clip(word, speaker, take):
    draw = random.Random(f"{word} {speaker} {take}")
    voice = random.Random(f"voice {speaker}")
    pitch = voice.uniform(0.8, 1.25)
    length = voice.uniform(0.3, 0.5)
    start = draw.uniform(0.1, 0.9 - length)
    first, last = (300, 700) if word == "low" else (4500, 2000)
    samples, phase = [], 0.0
    for i in range(RATE_HZ):
        t = (i / RATE_HZ - start) / length
        x = draw.uniform(-300, 300)
        if 0 <= t < 1:
            phase += 2 * math.pi * pitch * (first + (last - first) * t) / RATE_HZ
            x += 9000 * math.sin(math.pi * t) * math.sin(phase)
        samples.append(round(x))
    return samples


def corpus(folder, speakers=8, takes=2):
    """The last quarter of the speakers is for validation."""
    listed = []
    for word in ("high", "low"):
        os.makedirs(os.path.join(folder, word))
        for s in range(speakers):
            for take in range(takes):
                entry = f"{word}/speaker{s}_nohash_{take}.wav"
                with open(os.path.join(folder, entry), "wb") as f:
                    f.write(wav_bytes(clip(word, s, take)))
                if s >= speakers - speakers // 4:
                    listed.append(entry + "\n")
    with open(os.path.join(folder, "validation_list.txt"), "w") as f:
        f.writelines(listed)


def wav(path, rate="16000", seconds="1", channels="1", code="1", value="0", promise="0"):
    n = int(float(seconds) * min(int(rate), 48000)) * int(channels)
    x = float(value) if code == "3" else int(value)
    with open(path, "wb") as f:
        f.write(wav_bytes([x] * n, int(rate), int(channels), int(code), int(promise)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["corpus"]:
        corpus(sys.argv[2], *map(int, sys.argv[3:]))
    elif sys.argv[1:2] == ["wav"]:
        wav(sys.argv[2], **dict(a.split("=") for a in sys.argv[3:]))
    else:
        sys.exit(__doc__)
