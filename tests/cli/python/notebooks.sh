#!/usr/bin/env bash
# The notebooks of examples/python, executed in build/package.
#
#   tests/cli/python/notebooks.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
python=$root/build/package/bin/python
cd "$tmp" || exit 2
run() { # NOTEBOOK NEEDS
    if ! "$python" -c "import spiketwin, nbclient, ipykernel, matplotlib, $2" 2>err.txt; then
        left_out "$1" "build/package lacks a module: $(tail -n 1 err.txt) (tests/python/setup --stacks)"
        ok "what is left out is said"
        return
    fi
    OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive MPLCONFIGDIR=$tmp IPYTHONDIR=$tmp "$python" "$root/tests/cli/python/notebooks.py" \
        "$tmp" "$root/examples/python/$1" >out.txt 2>err.txt || bad "$1" "$(tail -n 3 err.txt)"
    relay out.txt
}
run train_predict_cosim.ipynb numpy
run bring_your_nir_net.ipynb "nir, torch"
finish
