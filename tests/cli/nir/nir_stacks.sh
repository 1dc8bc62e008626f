#!/usr/bin/env bash
# A few random nets of each framework, as `make nir` has them by the hundred (tests/nir/stacks.py), and public files
# (tests/nir/files.py): the spikes of the framework's own simulation, or of the trace, and those of `run` in real numbers.
#
#   tests/cli/nir/nir_stacks.sh [PROGRAM]     frameworks: SPIKETWIN_STACKS_PYTHON, or build/stacks (tests/nir/setup)
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
python=${SPIKETWIN_STACKS_PYTHON:-$root/build/stacks/bin/python}
stacks=nir,norse,snntorch,sinabs,rockpool,spyx
if ! "$python" -c 'import nir, h5py, numpy' 2>/dev/null; then
    left_out "Norse, snnTorch, Sinabs, Rockpool, Spyx" "build/stacks has them not (tests/nir/setup; SPIKETWIN_STACKS_PYTHON)"
    python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python} stacks=nir
    if ! "$python" -c 'import nir, h5py, numpy' 2>/dev/null; then
        left_out "NIR's equations in NumPy" "SPIKETWIN_NIR_PYTHON names no python that has nir, h5py and numpy"
        ok "what is left out is said"
        finish
    fi
fi
"$python" "$root/tests/nir/stacks.py" "$spiketwin" --nets 4 --stacks $stacks >"$tmp/out" 2>"$tmp/err"
rc=$?
relay "$tmp/out"
expect "tests/nir/stacks.py: exit" 0 $rc
[ $rc -eq 0 ] || tail -n 5 "$tmp/err"

# Public files, against their traces and, where it is there, snnTorch.
data=${SPIKETWIN_DATA:-$root/../shared/data}
if [ -d "$data/nir" ]; then
    "$python" "$root/tests/nir/files.py" "$spiketwin" "$data" --shown 2 >"$tmp/out" 2>"$tmp/err"
    rc=$?
    relay "$tmp/out"
    expect "tests/nir/files.py: exit" 0 $rc
    [ $rc -eq 0 ] || tail -n 5 "$tmp/err"
else
    left_out "public NIR files" "$data/nir is not there (scripts/data, SPIKETWIN_DATA)"
fi
finish
