"""cocotb: the foreign DUT against the golden model, every spike and membrane of every tick. The DUT
is seen from its ports only, as it would be with RTL that shows nothing of its stages."""

import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from stw_golden import CLIP, TICK, Golden

RANDOM_TICKS = 50


async def rest(dut):
    dut.reset.value = 1
    await FallingEdge(dut.clk)
    dut.reset.value = 0


async def run_tick(dut, golden):
    """The model has run the tick already and gives its stimulus."""
    dut.x.value = sum(golden.x(i) << 8 * i for i in range(golden.sources()))
    dut.jitter.value = golden.jitter()
    dut.start.value = 1
    await FallingEdge(dut.clk)
    dut.start.value = 0
    while not int(dut.done.value):
        await FallingEdge(dut.clk)
    outputs = ((dut.spike0, dut.v0), (dut.spike1, dut.v1), (dut.spike2, dut.v2))
    for layer, (spikes, membranes) in enumerate(outputs):
        z, v = int(spikes.value), int(membranes.value)
        for n in range(golden.neurons(layer)):
            word = v >> 16 * n & 0xFFFF
            golden.check(layer, n, "fire", z >> n & 1)
            golden.check(layer, n, "v", word - (word >> 15 << 16))


@cocotb.test()
async def equals_the_golden_model(dut):
    golden = Golden(os.environ["STW_GOLDEN"], "mem")
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    dut.start.value = 0
    dut.reset.value = 0
    await FallingEdge(dut.clk)

    golden.vectors("in.vec")
    while (what := golden.read()) > 0:
        if what == CLIP:
            await rest(dut)
        elif what == TICK:
            await run_tick(dut, golden)

    draw = random.Random(1)
    golden.rest()
    await rest(dut)
    for _ in range(RANDOM_TICKS):
        for source in range(golden.sources()):
            if draw.random() < 0.3:
                golden.event(source, draw.randrange(256))
        golden.tick(draw.randrange(-32768, 32768))
        await run_tick(dut, golden)

    report, reached, verdict = golden.report(), golden.reached(), golden.verdict()
    golden.close()
    with open("verdict", "w") as f:
        f.write(f"cocotb: {report}\n{reached}cocotb: verdict {verdict}\n")
    assert verdict == 0, report
