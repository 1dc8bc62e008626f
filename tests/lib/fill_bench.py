#!/usr/bin/env python3
"""Fills the three places of a bench folder for examples/dut/serial_core.v: fill_bench.py FOLDER [PLACE...]"""
import pathlib
import re
import sys

VERILOG = {
    "REST": """
reg clock = 0, nreset = 1, aer_req = 0, step = 0;
reg [11:0] aer_addr = 0, look_addr = 0;
reg [7:0] aer_charge = 0;
reg [15:0] drift = 0;
wire aer_ack, busy_o, look_fired;
wire [15:0] look_pot;
always #5 clock = !clock;
serial_core u_dut (.clock(clock), .nreset(nreset), .aer_req(aer_req), .aer_addr(aer_addr),
  .aer_charge(aer_charge), .aer_ack(aer_ack), .step(step), .drift(drift), .busy(busy_o),
  .look_addr(look_addr), .look_pot(look_pot), .look_fired(look_fired));
task rest;
  begin
    nreset = 0;
    @(negedge clock);
    nreset = 1;
    @(negedge clock);
  end
endtask
""",
    "TICK": """
task tick;
  integer s;
  begin
    for (s = 0; s < N_IN; s = s + 1)
      if (x[s] != 0) begin
        aer_addr = s;
        aer_charge = x[s];
        aer_req = 1;
        @(negedge clock);
        while (!aer_ack) @(negedge clock);
        aer_req = 0;
        @(negedge clock);
      end
    drift = jitter;
    step = 1;
    @(negedge clock);
    step = 0;
    while (busy_o) @(negedge clock);
  end
endtask
""",
    "WORDS": """
task words;
  integer n;
  begin
    for (n = 0; n < 5; n = n + 1) begin
      look_addr = n;
      @(negedge clock);
      spikes_0[n] = look_fired;
      v_0[n] = look_pot;
    end
  end
endtask
"""}
PYTHON = {
    "REST": """
TOP = "serial_core"


async def begin(dut):
    Clock(dut.clock, 10, "ns").start()
    for port in (dut.aer_req, dut.step, dut.aer_addr, dut.aer_charge, dut.drift, dut.look_addr):
        port.value = 0
    dut.nreset.value = 1
    await FallingEdge(dut.clock)


async def rest(dut):
    dut.nreset.value = 0
    await FallingEdge(dut.clock)
    dut.nreset.value = 1
    await FallingEdge(dut.clock)
""",
    "TICK": """
async def tick(dut, x, jitter):
    for source, word in enumerate(x):
        if not word:
            continue
        dut.aer_addr.value = source
        dut.aer_charge.value = word
        dut.aer_req.value = 1
        await FallingEdge(dut.clock)
        while not int(dut.aer_ack.value):
            await FallingEdge(dut.clock)
        dut.aer_req.value = 0
        await FallingEdge(dut.clock)
    dut.drift.value = jitter & 0xFFFF
    dut.step.value = 1
    await FallingEdge(dut.clock)
    dut.step.value = 0
    while int(dut.busy.value):
        await FallingEdge(dut.clock)
""",
    "WORDS": """
def words(dut, layer, neuron):
    return {"fire": int(dut.fired.value) >> neuron & 1, "v": int(dut.pot[neuron].value)}
"""}


def main():
    folder = pathlib.Path(sys.argv[1])
    verilog = (folder / "wrapper.svh").exists()
    path = folder / ("wrapper.svh" if verilog else "wrapper.py")
    text = path.read_text()
    for place, filled in (VERILOG if verilog else PYTHON).items():
        if len(sys.argv) > 2 and place not in sys.argv[2:]:
            continue
        text, n = re.subn(rf"(>>> {place}:[^\n]*\n).*?((?://|#) <<< {place}\n)", lambda m, f=filled: m[1] + f + m[2], text,
                          flags=re.S)
        if n != 1:
            sys.exit(f"{path}: {n} places {place}")
    path.write_text(text)


main()
