"""The gate-level netlist: synthesis, the tree that cosim/dut/dut_build.c can build, what it holds, faults.

The netlist becomes a tree with the layout of the repository: TREE/rtl/stw_net.sv is a wrapper with
the parameter list of the real one around the cells, so that everything that builds RTL (dut_build,
`spiketwin cosim --source TREE`) builds the netlist without knowing. The wrapper refuses other
parameters than those that were synthesised.
"""
import itertools
import json
import pathlib
import random
import re
import shutil
import subprocess

CELLS = pathlib.Path("/usr/share/yosys/ice40/cells_sim.v")
MEMORY = re.compile(r"(.*\.gen_memory\.mem)")


class CouldNotRun(Exception):
    """A tool is missing or failed: exit code 2."""


def synthesise(root, parameters, out):
    """Yosys: rtl/ to iCE40 cells without DSP blocks (Verilator 5.006 simulates SB_MAC16 wrongly)."""
    out.mkdir(parents=True, exist_ok=True)
    chparam = "\n".join(f"chparam -set {name} {value} stw_net" for name, value in parameters)
    # Names of registers are read from cells.json, before -purge takes the aliases away; splitnets
    # lets Verilator see single bits, or it takes carry chains for combinational loops.
    (out / "synth.ys").write_text(f"""read_verilog -sv {root}/rtl/*.sv
{chparam}
hierarchy -check -top stw_net
proc
flatten
opt_clean
memory_collect
write_json {out}/memories.json
synth_ice40 -top stw_net
check -assert
write_json {out}/cells.json
opt_clean -purge
splitnets
opt_clean -purge
rename -top stw_net_gates
write_verilog -noattr {out}/netlist.v
""")
    with open(out / "yosys.out", "w", encoding="utf-8") as log:
        done = subprocess.run(["yosys", "-q", "-l", out / "yosys.log", out / "synth.ys"],
                              stdout=log, stderr=log, check=False)
    if done.returncode:
        raise CouldNotRun(f"yosys failed, see {out}/yosys.out")


def _top(path):
    return json.loads(path.read_text())["modules"]["stw_net"]


def _number(text):
    return int(text, 2) if isinstance(text, str) else text


def held(out):
    """What the RTL declares and what the cells hold, in bits: {memory: (declared, held)}, counts.

    A block RAM holds as many words as its address wires that are not constant can say, of as many
    bits as are read. A memory that became flip-flops holds those that drive its words' nets.
    """
    memories, cells = _top(out / "memories.json"), _top(out / "cells.json")
    declared = {name: _number(c["parameters"]["WIDTH"]) * _number(c["parameters"]["SIZE"])
                for name, c in memories["cells"].items() if c["type"] in ("$mem", "$mem_v2")}
    if not declared:
        raise CouldNotRun(f"{out}/memories.json: no memory was found in the RTL")
    counts = {}
    for cell in cells["cells"].values():
        counts[cell["type"]] = counts.get(cell["type"], 0) + 1
    used = {bit for c in cells["cells"].values() for port, bits in c["connections"].items()
            if c["port_directions"][port] == "input" for bit in bits}
    used |= {bit for p in cells["ports"].values() if p["direction"] == "output" for bit in p["bits"]}
    driven = {c["connections"]["Q"][0] for c in cells["cells"].values()
              if c["type"].startswith("SB_DFF")}
    bits = {name: 0 for name in declared}
    registers = {name: set() for name in declared}
    for name, cell in cells["cells"].items():
        if cell["type"].startswith("SB_RAM40"):
            of = MEMORY.match(name)
            if not of or of[1] not in bits:
                raise CouldNotRun(f"{name}: a block RAM of no memory of the RTL")
            wires = cell["connections"]
            address = sum(not isinstance(bit, str) for bit in wires["RADDR"])
            read = sum(not isinstance(bit, str) and bit in used for bit in wires["RDATA"])
            bits[of[1]] += (1 << address) * read
    for name, net in cells["netnames"].items():
        of = re.match(r"(.*\.gen_memory\.mem)\[\d+\]$", name)
        if of and of[1] in registers:
            registers[of[1]] |= driven & {bit for bit in net["bits"] if not isinstance(bit, str)}
    # All flip-flops and all that block RAM holds; by memory, what carries its name.
    total = sum(bits.values()) + sum(n for kind, n in counts.items() if kind.startswith("SB_DFF"))
    return {name: (declared[name], bits[name] + len(registers[name])) for name in declared}, \
        counts, total


def _header(root):
    text = (root / "rtl/stw_net.sv").read_text()
    found = re.search(r"^module stw_net #\(.*?^\);$", text, re.M | re.S)
    if not found:
        raise CouldNotRun("rtl/stw_net.sv: no module header `module stw_net #( ... );`")
    return found[0]


# Named so that it is read before the others. Lint is for people's RTL. Output ports are read back
# bit by bit in the netlist: loops for Verilator, which sees the port as one word.
WAIVERS = """`verilator_config
lint_off -file "*/stw_net_gates.sv"
lint_off -file "*/ice40_cells.sv"
lint_off -file "*/gates_fault.sv"
lint_off -rule UNOPTFLAT
lint_off -rule TIMESCALEMOD
lint_off -rule UNUSEDPARAM
"""


LUT = re.compile(r"  SB_LUT4 #\(\n(.*?)\n  \) (\S+ +\(\n.*?\n  \);)", re.S)


def plant_faults(text, n):
    """Gives n LUTs of the netlist, drawn evenly, one bit each that can be flipped in simulation.

    The bit is one that the LUT's constant inputs do not rule out.
    """
    draw = random.Random(5)
    chosen = set(draw.sample(range(len(LUT.findall(text))), n))
    serial, number = itertools.count(), itertools.count()

    def replace(found):
        if next(serial) not in chosen:
            return found[0]
        inputs = [re.search(rf"\.I{i}\((.*?)\)[,\n]", found[2])[1] for i in range(4)]
        bit = sum((int(wire[-1]) if re.fullmatch("1'h[01]", wire) else draw.randint(0, 1)) << i
                  for i, wire in enumerate(inputs))
        return f"  gates_lut #(.Number({next(number)}), .Bit({bit}),\n{found[1]}\n  ) {found[2]}"

    return LUT.sub(replace, text)


def make_tree(root, parameters, out, tree, fault_file=None, n_faults=0):
    """The tree. With fault_file the number in it says which of n_faults the netlist has, if any."""
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "rtl").mkdir(parents=True)
    for folder in ("cosim", "model"):
        (tree / folder).symlink_to(root / folder)
    checks = "\n".join(f"  if ({name} != {value}) begin : gen_{name}\n"
                       f"    stw_parameter_error u_netlist_of_another_{name} ();\n  end"
                       for name, value in parameters)
    text = (out / "netlist.v").read_text()
    start = ""
    if fault_file:
        text = plant_faults(text, n_faults)
        (tree / "rtl/gates_fault.sv").write_text(FAULT)
        start = f'\n  initial $readmemh("{fault_file}", gates_fault::at);'
    (tree / "rtl/stw_net_gates.sv").write_text(text)
    (tree / "rtl/ice40_cells.sv").write_text("`define ICE40_U\n`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"
                                             + CELLS.read_text())
    (tree / "rtl/a_waivers.sv").write_text(WAIVERS)
    (tree / "rtl/stw_net.sv").write_text(f"""// Written by tests/gates/netlist.py.
`default_nettype none
{_header(root)}
{checks}
  stw_net_gates u_gates (.*);{start}
endmodule
`default_nettype wire
""")


# A LUT as the vendor's cell has it, but for bit Bit of LUT_INIT when its number is the one in the file.
FAULT = """package gates_fault;
  logic [31:0] at [0:0];
endpackage
module gates_lut #(parameter int Number = 0, parameter int Bit = 0, parameter logic [15:0] LUT_INIT = 0)
  (output O, input I0, input I1, input I2, input I3);
  wire whole;
  SB_LUT4 #(.LUT_INIT(LUT_INIT)) u_lut (.O(whole), .I0, .I1, .I2, .I3);
  assign O = whole ^ (gates_fault::at[0] == Number && {I3, I2, I1, I0} == 4'(Bit));
endmodule
"""
