#!/usr/bin/env bash
# The wheel, in an environment of its own without compiler, cmake or libraries of the system: it installs, runs, has its
# chips and RTL, and says the same bits as the program.
#
#   tests/cli/python/wheel.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
if [ -n "${SPIKETWIN_NO_PYPI-}" ]; then
    left_out "the wheel" "SPIKETWIN_NO_PYPI is set"
    ok "what is left out is said"
    finish
fi
wheel=$(TMPDIR=$tmp "$root/scripts/wheel" 2>err.txt)
case $? in
0) ok "the wheel is built" ;;
2) left_out "the wheel" "$(<err.txt)"
   ok "what is left out is said"
   finish ;;
*) bad "the wheel is built" "$(<err.txt)"
   finish ;;
esac
case $wheel in
*manylinux*) ok "it is for any Linux of its age" ;;
*) bad "it is for any Linux of its age" "$wheel" ;;
esac
expect "one wheel" 1 "$(find "$root/build/wheels" -name '*.whl' | wc -l)"
python3 -m venv clean
clean/bin/pip -q --disable-pip-version-check install numpy >/dev/null 2>err.txt || bad "numpy installs" "$(<err.txt)"
start=$(date +%s%N)
env -i PATH=/nowhere PIP_NO_INDEX=1 HOME="$tmp" clean/bin/python -m pip -q --disable-pip-version-check install "$root/$wheel" >out.txt 2>&1
expect "it installs without a compiler, and without the network" 0 $?
took=$((($(date +%s%N) - start) / 1000000))
echo "installed in $took ms"
cat >say.py <<'END'
import numpy as np
import spiketwin as st
chip = st.Chip("fpga-q8.8", {"jitter.sigma": 0.02})
net = st.Net.random(chip, [{"weights": np.zeros((6, 9)), "own": np.zeros((9, 9))}, {"weights": np.zeros((9, 4))}], 3, ["yes", "no"])
net.save("wheel.nir")
assert st.Net.load("wheel.nir").virtual(0).hash == net.virtual(0).hash
assert net.virtual(1).counts(np.full((50, 6), 200, np.uint8)).sum() > 0
libraries = [line.split()[-1] for line in open("/proc/self/maps") if ".so" in line]
assert not [x for x in libraries if any(n in x for n in ("libhdf5", "libgsl", "libsndfile", "libyaml")) and "spiketwin.libs" not in x], libraries
print(net.virtual(0).hash)
END
hash=$(env -i PATH=/nowhere HOME="$tmp" clean/bin/python say.py 2>err.txt)
expect "and runs, with libraries of its own" 0 $?
"$spiketwin" info wheel.nir --json >info.json 2>err.txt
expect "the program reads its net, the same bits" "$hash" "$(python3 -c 'import json; print(json.load(open("info.json"))["image_hash"])')"
site=$(clean/bin/python -c 'import spiketwin; print(spiketwin.folder())')
for each in chips rtl; do
    for file in "$root/$each"/*.*; do
        case $file in
        *.yaml | *.sv) cmp -s "$file" "$site/$each/${file##*/}" || bad "$each in it" "$file" ;;
        esac
    done
done
[ -n "$(ls "$site/rtl/stw_net.sv" "$site/chips/fpga-q8.8.yaml" 2>/dev/null)" ] && ok "chips and RTL are in it"
expect "py.typed and the stub too" 2 "$(find "$site" -name py.typed -o -name _core.pyi | wc -l)"
finish
