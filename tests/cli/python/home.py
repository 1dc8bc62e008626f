# $SPIKETWIN_HOME in the module, as in the program: python home.py PROGRAM FOLDER.
import os
import shutil
import subprocess
import sys

import numpy as np
import spiketwin as st
from checks import expect, message

program, folder = sys.argv[1:3]
folder = f"{folder}/home"
os.makedirs(folder)
os.chdir(folder)
package = st.folder()
expect("without it: the package's own", True, os.path.samefile(package, os.path.dirname(st.__file__)))
for part in "chips", "rtl", "cosim", "model", "base":
    shutil.copytree(f"{package}/{part}", f"home/{part}")
with open("home/chips/mine.yaml", "w") as f:
    f.write(open(f"{package}/chips/fpga-q8.8.yaml").read().replace("fpga-q8.8", "mine", 1))
expect("a chip that the package has not", True, "mine.yaml: no such file" in message(lambda: st.Chip("mine")))
net = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((3, 2))}], 1)
with open("home/rtl/stw_net.sv", "a") as f:
    f.write("this is no SystemVerilog\n")
os.environ["SPIKETWIN_HOME"] = "home"
expect("folder", os.path.realpath("home"), st.folder())
said = subprocess.run([program, "info", "mine", "--json"], capture_output=True, text=True)
expect("its chips, as the program", (0, True), (said.returncode, st.Chip("mine").hash in said.stdout))
expect("its RTL is what is built", True, "nothing" != message(lambda: net.virtual(1).cosim(np.ones((2, 5, 3), np.uint8), build="duts")))
os.environ["SPIKETWIN_HOME"] = folder
said = subprocess.run([program, "info", "mine"], capture_output=True, text=True).stderr.strip().split(": ", 1)[1]
expect("one that holds none of it: the program's message", said, message(lambda: st.Chip("mine")))
os.environ["SPIKETWIN_HOME"] = ""
expect("empty is not told", package, st.folder())
