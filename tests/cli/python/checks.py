"""What the Python tests share: a line a check, which relay of tests/lib/shell.sh counts."""
import subprocess
import sys
import warnings

import numpy as np

import spiketwin as st


def expect(name, wanted, got):
    print("ok" if wanted == got else "FAILED", name, "" if wanted == got else f": wanted {wanted}, got {got}")


def run(*args, code=0, text=None):
    """What the program, the first word of the command line, says on stdout; the check ends where it exits otherwise."""
    done = subprocess.run([sys.argv[1], *map(str, args)], capture_output=True, text=True, input=text)
    if done.returncode != code:
        raise SystemExit(f"{args}: {done.returncode}: {done.stderr}")
    return done.stdout


def message(call):
    """What a call is refused with; "nothing": it is not."""
    try:
        call()
        return "nothing"
    except st.Error as e:
        return str(e)


def quietly(call):
    """Without the warnings of what learned little: they are not what is compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def net_and_words(rng, clips, ticks, name):
    """A net 16-20r-4 at random on a chip, input words (clips, ticks, 16), and what they are in real values."""
    chip = st.Chip(name)
    net = st.Net.random(chip, [{"weights": np.zeros((16, 20)), "own": np.zeros((20, 20))}, {"weights": np.zeros((20, 4))}], 3)
    bits, frac, _ = chip.input
    words = (rng.integers(0, 2**bits, (clips, ticks, 16)) * (rng.random((clips, ticks, 16)) < 0.3)).astype(np.uint8)
    return net, words, words.astype(np.float32) / 2**frac
