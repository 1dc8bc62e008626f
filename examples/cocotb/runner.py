"""Builds lif_chip with Icarus in the present folder and runs test_lif_chip.py on it.

    runner.py PARAMETER=VALUE ... [-DNAME] FILE.v ...
"""

import os
import sys

from cocotb_tools.runner import get_runner

arguments = sys.argv[1:]
files = [a for a in arguments if a.endswith(".v")]
defines = {a[2:]: 1 for a in arguments if a.startswith("-D")}
parameters = dict(a.split("=", 1) for a in arguments if "=" in a)
work = os.getcwd()

runner = get_runner("icarus")
runner.build(sources=files, hdl_toplevel="lif_chip", defines=defines, build_dir="sim",
             parameters={name: int(value) for name, value in parameters.items()},
             timescale=("1ns", "1ns"))
runner.test(hdl_toplevel="lif_chip", test_module="test_lif_chip", build_dir="sim", test_dir=work)
