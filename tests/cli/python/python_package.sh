#!/usr/bin/env bash
# The Python package of this tree beside the program: the same bits, the same messages, views that outlive their nets.
#
#   tests/cli/python/python_package.sh [PROGRAM]     the package: build/package (tests/python/setup)
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
python=$root/build/package/bin/python
cd "$tmp" || exit 2
if ! "$python" -c 'import spiketwin' 2>err.txt; then
    "$root/tests/python/setup" 2>setup.txt
    case $? in
    0) ;;
    1) bad "the package builds" "$(<setup.txt)" ;;
    *) left_out "the Python package" "$(sed 's/.*left out: the Python package: //' setup.txt)"
       ok "what is left out is said"
       finish ;;
    esac
fi
# The checks of a Python program, and its end.
python_says() { # NAME PROGRAM ARGS...
    local name=$1 rc
    shift
    OMP_NUM_THREADS=2 "$python" -W error::UserWarning "$@" >out.txt 2>err.txt
    rc=$?
    relay out.txt
    expect "$name ends well" 0 $rc
    [ $rc -eq 0 ] || tail -n 5 err.txt
}
python_says same_bits.py "$root/tests/cli/python/same_bits.py" "$spiketwin" "$tmp"
python_says predict.py "$root/tests/cli/python/predict.py" "$spiketwin" "$tmp"
python_says verbs.py "$root/tests/cli/python/verbs.py" "$spiketwin" "$tmp"
python_says dpi.py "$root/tests/cli/python/dpi.py" "$spiketwin" "$tmp"
python_says train.py "$root/tests/cli/python/train.py" "$spiketwin" "$tmp"
python_says home.py "$root/tests/cli/python/home.py" "$spiketwin" "$tmp"
python_says devices.py "$root/tests/cli/python/devices.py" "$spiketwin" "$tmp"
python_says interrupt.py "$root/tests/cli/python/interrupt.py"
python_says stubs.py "$root/tests/cli/python/stubs.py" "$tmp"
if "$python" -c 'import jax' 2>err.txt; then
    python_says jax_layer.py "$root/tests/cli/python/jax_layer.py"
else
    left_out "the layer of JAX" "build/package has no jax (tests/python/setup --stacks)"
fi
if "$python" -c 'import torch' 2>err.txt; then
    python_says torch_layer.py "$root/tests/cli/python/torch_layer.py"
else
    left_out "the layer of torch" "build/package has no torch (tests/python/setup --stacks)"
fi
finish
