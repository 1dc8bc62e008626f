"""Whether a mutant that no word killed can be told from the original at all: SAT, by Yosys alone.

A neuron is combinational: original and mutant get the same inputs, what both compute alike is merged,
and the rest is asked for inputs that make an output differ. First with the merged part cut out and
its words free (then no multiplier is left; a proof holds all the more), then whole.

Of a network every register's and memory's next word is proven, one by one.

Where the original leaves a bit undefined (x: the input of a register that is not loaded), Yosys has
found that nobody reads it, and a mutant of that bit alone is equivalent."""
import functools
import json
import re
import tempfile

from common import CannotRun, run

LOCAL = """
read_rtlil {orig}
rename {top} gold
copy gold gate
{mutate}
cd gate
rename {cell} mutated
{others}
cd ..
equiv_make -inames -blacklist {blacklist} gold gate equiv
hierarchy -top equiv
opt_clean
equiv_simple
equiv_status
"""
WHOLE = """
read_rtlil {orig}
rename {top} gold
copy gold gate
{mutate}
miter -equiv -flatten -make_outputs gold gate miter
hierarchy -top miter
flatten
opt -full
opt_clean
sat -prove trigger 0 -show-inputs -timeout {seconds} miter
"""
@functools.cache
def cells_of(path):
    """{cell: {port: bits}} of a netlist of one module."""
    module, = json.loads(path.read_text())["modules"].values()
    return {name: cell["connections"] for name, cell in module["cells"].items()}


def undefined(folder, line):
    """Whether the bit that a line of `mutate -list` changes is x in the original."""
    cell, port, bit = (re.search(rf"-{key} (\S+)", line).group(1) for key in ("cell", "port", "portbit"))
    bits = cells_of(folder / "orig.json").get(cell, {}).get(port, [])
    return int(bit) < len(bits) and bits[int(bit)] == "x"


def on_gate(line):
    """The line of `mutate -list` that acts on the copy, without its selector."""
    line = re.sub(r" -module \S+", " -module gate", line)
    return re.sub(r" -ctrl \S+ \d+ \d+", "", line)


def local(values, outputs, others):
    """A proof word by word: every word of the mutant equals the original's as a function of words that
    were proven before it. Cells but those named `others` are taken as the same where their inputs are. A word that does not is the mutant's own; it is left out and what follows
    it proven without it, until nothing is left to prove or an output differs."""
    left_out = []
    for _ in range(12):
        with tempfile.NamedTemporaryFile("w", suffix=".blacklist") as f:
            f.write("\n".join(left_out) + "\n")
            f.flush()
            out = run(["yosys", "-s", "/dev/stdin"], stdin=LOCAL.format(blacklist=f.name, others=others,
                                                                     **values))
        if "Equivalence successfully proven!" in out:
            return True
        unproven = set(re.findall(r"Unproven \$equiv \S+ (\S+)", out))
        unproven = {re.sub(r"_gold$", "", name) for name in unproven}
        if not unproven - set(left_out) or any(n.lstrip("\\") in outputs for n in unproven):
            return False
        left_out += sorted(unproven)
    return False


def neuron(folder, top, outputs, line, seconds):
    """equivalent, or different with the inputs that show it, or undecided."""
    values = {"orig": folder / "orig.il", "top": top, "mutate": on_gate(line),
              "cell": re.search(r"-cell (\S+)", line).group(1)}
    if undefined(folder, line):
        return "equivalent", ""
    if local(values, outputs, ""):
        return "equivalent", ""
    for limit, others in ((5, "rename -enumerate -pattern other_% c:* t:$mul %d"), (seconds, "")):
        out = run(["yosys", "-s", "/dev/stdin"], stdin=WHOLE.format(seconds=limit, **values))
        if "SUCCESS!" in out:
            return "equivalent", ""
        if "model found: FAIL!" in out:
            inputs = re.findall(r"^\s+\\in_(\w+)\s+(-?\d+)", out, re.M)
            return "different", " ".join(f"{n} {v}" for n, v in inputs)
        if others and local(values, outputs, others):  # SAT cannot compare two multipliers
            return "equivalent", ""
    return "undecided", ""


def net(folder, top, outputs, line):
    """equivalent if every register, every memory's ports and every output is the same function of
    registers and inputs; else undecided, for such a state may be one that is never reached."""
    values = {"orig": folder / "orig.il", "top": top, "mutate": on_gate(line),
              "cell": re.search(r"-cell (\S+)", line).group(1)}
    if undefined(folder, line):
        return "equivalent", ""
    try:
        return ("equivalent" if local(values, outputs, "") else "undecided"), ""
    except CannotRun:  # Yosys 0.23 ends with an assertion where a memory's own ports were changed
        return "undecided", ""
