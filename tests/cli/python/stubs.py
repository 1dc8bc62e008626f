# The type stub beside the module: the same names, parameters and defaults; with mypy (tests/python/setup --stacks) what it
# makes of right and wrong programs. python stubs.py FOLDER.
import ast
import importlib.util
import os
import re
import subprocess
import sys

import spiketwin as st
from checks import expect
from spiketwin import _core

os.chdir(sys.argv[1])
place = os.path.dirname(st.__file__)
expect("py.typed is there", True, os.path.exists(f"{place}/py.typed"))
stub = ast.parse(open(f"{place}/_core.pyi").read())


def parameters(function):
    """Names, and which have a default, of a function in the stub."""
    a = function.args
    named = [x.arg for x in a.args]
    return named, named[len(named) - len(a.defaults):], a.kwarg.arg if a.kwarg else None


def of_signature(text):
    head = text[text.index("("):text.rindex("->")] if "->" in text else text
    return parameters(ast.parse(f"def f{head}: ...").body[0])


def members(body):
    """Name to what it is; of a function with overloads the last."""
    return {x.name: x for x in body if isinstance(x, (ast.FunctionDef, ast.ClassDef))}


def beside(name, node, there):
    """A function of the stub and of the module."""
    signature = re.sub(r"ndarray\[[^\]]*\]", "object", re.sub(r"\\(\d+|=)", "...", there.__nb_signature__[-1][0]))
    expect(f"{name}: parameters", of_signature(signature), parameters(node))
    expect(f"{name}: is told what it does", True, bool((there.__doc__ or "").strip()) or name.endswith("__repr__"))


of_stub = members(stub.body)
public = {n for n in dir(_core) if not n.startswith("_")} - {"TRAINING"}
expect("names of the module", sorted(public), sorted(n for n in of_stub if not n.startswith("_")))
expect("names of the package", sorted(st.__all__), sorted(public | {"TRAINING"}))
for name, node in of_stub.items():
    there = getattr(_core, name)
    if isinstance(node, ast.FunctionDef):
        beside(name, node, there)
        continue
    here = {n for n in vars(there) if not n.startswith("_")}
    inside = members(node.body)
    expect(f"{name}: its names", sorted(here), sorted(n for n in inside if not n.startswith("_")))
    for member, of in inside.items():
        what = vars(there).get(member)
        if hasattr(getattr(there, member, None), "__nb_signature__") and member != "__init__" and not isinstance(what, property):
            beside(f"{name}.{member}", of, getattr(there, member))

if importlib.util.find_spec("mypy") is None:
    print("ok left out: mypy: build/package has none (tests/python/setup --stacks)")
    sys.exit()
right = """import numpy as np
import spiketwin as st
net: st.Net = st.Net.load("run", set={"jitter.sigma": 0.02})
spikes, states = net.virtual(k=7).run(np.zeros((3, 4), np.uint8))
trained, said = st.train(st.Chip("fpga-q8.8"), "data.npz", hidden=[8], epochs=2)
report: dict = net.drc(masters=True)
dpi: st.DpiNet = st.DpiNet.load("run/net.h5", chip=st.DpiChip(set={"mismatch.weight": 0.2}))
found: dict = st.predict(dpi, n=10, task="general") | st.predict(net, "data.npz", n=10)
yes: np.ndarray = dpi.virtual(3, law="silicon").counts(np.zeros((3, 4), np.uint8)) + dpi.w_in[0]
weights: np.ndarray = net.layers[0].weights
"""
wrong = {"net.nothing()": "has no attribute", "net.virtual(k='7')": "incompatible type", "st.Chip()": "Missing positional",
         "net.drc(fix='x')": "Unexpected keyword", "name: int = net.chip.name": "Incompatible types", "dpi.drc()": "has no attribute",
         "st.predict(dpi, mismatch='x')": "No overload"}
open("right.py", "w").write(right)
open("wrong.py", "w").write(right + "\n".join(wrong) + "\n")
done = [subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", "cache", f], capture_output=True, text=True) for f in ("right.py", "wrong.py")]
expect("mypy: a right program", "Success: no issues found in 1 source file", done[0].stdout.strip())
told = [line for line in done[1].stdout.split("\n") if ": error: " in line]
for i, (program, what) in enumerate(wrong.items()):
    line = right.count("\n") + 1 + i
    expect(f"mypy: {program}", True, any(f"wrong.py:{line}:" in x and what in x for x in told) or told)
