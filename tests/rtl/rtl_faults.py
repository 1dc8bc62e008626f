#!/usr/bin/env python3
"""Faults planted in a copy of rtl/, each at one neuron and one tick only, and what the lockstep says.

    rtl_faults.py PROGRAM RUN CLIPS WORK [--json FILE]

RUN/net.nir is a net with a recurrent layer 1, CLIPS its data; trees and builds go to WORK. A fault acts
in layer 1, neuron N, tick T of every clip: the report has to name exactly this place, the stage and
`root`. The copy without a fault has to compare equal. Exit codes: 0 all so, 1 not, 2 could not run.
"""
import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEURON, LAYER = "stw_neuron.sv", "stw_layer.sv"

# name, chip, tick, neuron, stage, file, text, what stands there instead; in LAYER `HERE(n)` is true at
# the faulty neuron and tick, for the pipeline stage whose neuron is n.
FAULTS = [
    ("rounding off by one LSB", "demo", 33, 6, "leak", NEURON, ".Round(RoundLeak)", ".Round(3)"),
    ("wrong compare: turned round", "demo", 41, 2, "fire", "stw_fire.sv", "(once && enable_i) ? 6'(bits) : 6'd0",
     "(c_i < theta_i && enable_i) ? 6'd1 : 6'd0"),
    ("missing clamp", "other", 38, 5, "clamp", NEURON, ".Wrap(Wrap), .FloorZero(FloorZero)) u_clamp",
     ".Wrap(Wrap), .FloorZero(0)) u_clamp"),
    ("stale refractory counter", "other", 33, 4, "refract", NEURON, "refractory ? r_i - 8'd1 :",
     "refractory ? r_i :"),
    ("swapped reset", "demo", 27, 3, "reset", NEURON, "(fire_o != 6'd0) ? after : clamp_o;",
     "(fire_o != 6'd0) ? clamp_o : after;"),
    ("one weight bit", "demo", 50, 12, "gather", LAYER, "$signed(weight2)",
     "$signed(weight2 ^ (HERE(n2_q) ? WeightBits'(64) : WeightBits'(0)))"),
    ("one memory address bit", "demo", 27, 4, "gather", LAYER, "WeightAddrW'(source1)",
     "(WeightAddrW'(source1) ^ (HERE(n1_q) ? WeightAddrW'(1) : WeightAddrW'(0)))"),
    ("missing sign extension", "demo", 36, 7, "gather", LAYER, "ExactW'($signed(weight2)) : '0",
     "(HERE(n2_q) ? ExactW'(weight2) : ExactW'($signed(weight2))) : '0"),
    ("jitter ignored", "demo", 47, 1, "leak", NEURON, ".slope_i(lambda_slope_i), .jitter_i(jitter_i)",
     ".slope_i(lambda_slope_i), .jitter_i(16'sd0)"),
    ("order of leak and integrate", "demo", 31, 8, "leak", NEURON, "assign leaking_s = v_i;",
     "assign leaking_s = v_i + LeakingW'(in);"),
    ("lost state write", "demo", 34, 10, "v before", LAYER, ".we_i(state_we[0]),",
     ".we_i(state_we[0] && !(LOST(n3_q) && valid3_q)),"),
]
OUTPUTS = {"gather_o": "logic signed [63:0]", "current_o": "logic signed [63:0]", "leak_o": "logic signed [63:0]",
           "integrate_o": "logic signed [63:0]", "clamp_o": "logic signed [MembraneBits-1:0]", "fire_o": "logic [5:0]",
           "reset_o": "logic signed [MembraneBits-1:0]", "refract_o": "logic [7:0]"}


class CouldNotRun(Exception):
    """The fault cannot be planted, or a program failed."""


def replaced(text, old, new, what, everywhere=False):
    if text.count(old) < 1 or (text.count(old) > 1 and not everywhere):
        raise CouldNotRun(f"{what}: {text.count(old)} places with: {old}")
    return text.replace(old, new)


def counter(tick, neuron):
    """Ticks since rest, and where the fault acts; for the end of stw_layer."""
    return f"""
  int unsigned ticks_q;
  always_ff @(posedge clk_i) begin
    if (sweep) ticks_q <= 0;
    else if (done_o) ticks_q <= ticks_q + 1;
  end
  function automatic logic here(input logic [OutW-1:0] n, input int unsigned t);
    here = Recurrent != 0 && t == {tick} && n == OutW'({neuron});
  endfunction
"""


def unlinted(path, text):
    """Writes RTL that is wrong on purpose."""
    off = "".join(f"// verilator lint_off {rule}\n" for rule in ("PINCONNECTEMPTY", "WIDTH", "UNUSED"))
    path.write_text(off + text)


def twice(layer):
    """The layer with a second, faulty neuron (modules *_bad) whose outputs are taken where HERE."""
    found = re.search(r"  stw_neuron #\(.*?\n  \);\n", layer, re.S)
    if not found:
        raise CouldNotRun("no stw_neuron in " + LAYER)
    good = bad = found.group(0)
    wires = ""
    for name, kind in OUTPUTS.items():
        wires += f"  {kind} good_{name}, bad_{name};\n  assign {name} = HERE(n3_q) ? bad_{name} : good_{name};\n"
        good = re.sub(rf"\.{name}\b(?!\()", f".{name}(good_{name})", good)
        bad = re.sub(rf"\.{name}\b(?!\()", f".{name}(bad_{name})", bad)
    bad = bad.replace("stw_neuron", "stw_neuron_bad").replace("u_neuron", "u_neuron_bad")
    bad = bad.replace(".u_o(after_u_o)", ".u_o()").replace(".u2_o(after_u2_o)", ".u2_o()")
    return layer.replace(found.group(0), wires + good + bad)


def plant(tree, fault):
    name, _, tick, neuron, _, file, old, new = fault
    rtl = tree / "rtl"
    layer = (rtl / LAYER).read_text()
    if file == LAYER:
        layer = replaced(layer, old, new, name, everywhere=True)
    else:
        bad = replaced((rtl / file).read_text(), old, new, name)
        module = file[:-3]
        unlinted(rtl / f"{module}_bad.sv", bad.replace(f"module {module} ", f"module {module}_bad "))
        if file != NEURON:  # the faulty part sits in a neuron of its own
            neuron_text = (rtl / NEURON).read_text().replace("module stw_neuron ", "module stw_neuron_bad ")
            unlinted(rtl / "stw_neuron_bad.sv", replaced(neuron_text, f"  {module} #", f"  {module}_bad #", name))
        layer = twice(layer)
    layer = re.sub(r"HERE\((\w+)\)", r"here(\1, ticks_q)", layer)
    layer = re.sub(r"LOST\((\w+)\)", r"here(\1, ticks_q + 1)", layer)  # told in the tick after
    unlinted(rtl / LAYER, replaced(layer, "\nendmodule", counter(tick, neuron) + "\nendmodule", name))


def run(program, net, clips, work, number, fault):
    """(exit code, place, kind, words, words that differ) of one tree."""
    tree = work / f"tree{number}"
    tree.mkdir()
    for folder in ("rtl", "cosim", "model"):
        shutil.copytree(ROOT / folder, tree / folder)
    chip = "demo"
    if fault:
        plant(tree, fault)
        chip = fault[1]
    done = subprocess.run([program, "cosim", net, "-d", clips, "-S", "train", "-k", "1", "-T", "-q", "--source", tree,
                           "--build", work / "dut", "-c", work / f"{chip}.yaml"], capture_output=True, text=True, check=False)
    told = re.search(r"^first divergence: tick (\d+), layer (\d+), neuron (\d+), stage ([a-z0-9 ]+) \((root|inherited)\)$",
                     done.stderr, re.M)
    words = re.search(r"([\d,]+) (?:state )?words, ([\d,]+) differ|0 differ", done.stdout)
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(told):
        raise CouldNotRun(f"tree {number}: exit {done.returncode}: {done.stderr[:600]}")
    return done.returncode, told.groups() if told else None, bool(words)


def chips(work):
    text = (ROOT / "chips/fpga-q8.8.yaml").read_text()
    (work / "demo.yaml").write_text(text)
    other = replaced(text, "floor:            {value: none", "floor:            {value: zero", "other chip")
    other = replaced(other, "refractory_ticks: {value: 0", "refractory_ticks: {value: 5", "other chip")
    (work / "other.yaml").write_text(other)


def main():
    program, run_folder, clips, work = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    chips(work)
    wrong, rows = 0, []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run, program, run_folder / "net.nir", clips, work, i, fault)
                for i, fault in enumerate([None] + FAULTS)]
        for fault, job in zip([None] + FAULTS, jobs):
            code, told, counted = job.result()
            if not fault:
                good = code == 0 and counted
                print(f"no fault: exit {code}, 0 differ" if good else f"no fault: exit {code}, {told}")
            else:
                name, _, tick, neuron, stage = fault[:5]
                good = told == (str(tick), "1", str(neuron), stage, "root")
                rows.append(dict(fault=name, tick=tick, layer=1, neuron=neuron, stage=stage, told=told, right=good))
                said = "nothing" if not told else "tick {}, layer {}, neuron {}, {}, {}".format(*told)
                print(f"{'ok   ' if good else 'WRONG'} {name:28} planted at tick {tick}, layer 1, neuron {neuron:2}, "
                      f"{stage:8}  told: {said}")
            sys.stdout.flush()
            wrong += not good
    if "--json" in sys.argv:
        pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(rows, indent=1))
    print(f"planted faults: {len(FAULTS)}, {len(FAULTS) - wrong if wrong <= len(FAULTS) else 0} named at their place")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CouldNotRun as error:
        print(f"rtl_faults: {error}", file=sys.stderr)
        sys.exit(2)
