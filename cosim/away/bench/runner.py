"""Builds your device in build/ and runs test_bench.py on it: runner.py FILE..."""

import os
import sys

import wrapper
from cocotb_tools.runner import get_runner

if not wrapper.TOP:
    with open("build/bench.log", "w") as f:
        f.write("bench: stopped: wrapper.py: the place REST is not filled in: TOP\n")
    sys.exit(1)
waves = bool(os.environ["WAVE"])
runner = get_runner(os.environ.get("SIM", "icarus").replace("iverilog", "icarus"))
runner.build(sources=sys.argv[1:], hdl_toplevel=wrapper.TOP, build_dir="build/sim", waves=waves, always=True,
             build_args=os.environ["FLAGS"].split(), timescale=("1ns", "1ps"))
runner.test(hdl_toplevel=wrapper.TOP, test_module="test_bench", build_dir="build/sim", test_dir=".", waves=waves)
