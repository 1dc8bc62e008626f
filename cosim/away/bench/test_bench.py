"""The golden model beside your device (wrapper.py): the clips of in.vec. Nothing in here is yours to change."""

import os

import cocotb
import wrapper
from cocotb.triggers import SimTimeoutError, with_timeout
from words import N_IN, N_OUT, WORDS

from stw_golden import CLIP, Golden


def signed(value, bits, is_signed):
    value &= (1 << bits) - 1
    return value - (1 << bits) if is_signed and value >> (bits - 1) else value


def check(dut, golden):
    for layer, n_out in enumerate(N_OUT):
        for neuron in range(n_out):
            got = wrapper.words(dut, layer, neuron)
            if set(got) != set(WORDS):
                raise ValueError(f"words() gave {', '.join(got)}; needed are {', '.join(WORDS)}")
            for name, (bits, is_signed) in WORDS.items():
                golden.check(layer, neuron, name, signed(int(got[name]), bits, is_signed))


async def run(dut, golden):
    patience, place, tick = int(os.environ["PATIENCE"]), "before the first clip", 0
    await wrapper.begin(dut)
    golden.vectors("in.vec")
    clip = -1
    try:
        while (what := golden.read()) > 0:
            if what == CLIP:
                clip, tick, place = clip + 1, 0, f"clip {clip + 1}, rest"
                await with_timeout(wrapper.rest(dut), patience, "ns")
                continue
            place = f"clip {clip}, tick {tick}"
            x = [golden.x(i) for i in range(N_IN)]
            await with_timeout(wrapper.tick(dut, x, golden.jitter()), patience, "ns")
            check(dut, golden)
            tick += 1
    except SimTimeoutError:
        return f"{place}: no answer in {patience} ns (PATIENCE): does the device hang?"
    except NotImplementedError as e:
        return f"wrapper.py: {e} is not filled in"
    except (AttributeError, ValueError, RuntimeError, TypeError) as e:
        return f"{place}: {e}"
    return ""


@cocotb.test()
async def bench(dut):
    golden = Golden(os.environ["STW_GOLDEN"], "mem")
    why = await run(dut, golden)
    with open("build/bench.log", "w") as f:
        if why:
            f.write(f"bench: stopped: {why.splitlines()[0]}\n")
        else:
            f.write(f"bench: {golden.report()}\n{golden.reached()}bench: verdict {golden.verdict()}\n")
    golden.close()
