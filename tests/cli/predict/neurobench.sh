#!/usr/bin/env bash
# NeuroBench's metrics in `predict --json`: of a small net by hand, and of random nets those of the package itself.
#
#   tests/cli/predict/neurobench.sh [PROGRAM]   the package: SPIKETWIN_NEUROBENCH_PYTHON, or build/neurobench (tests/nir/setup --neurobench)
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

# Two inputs, two hidden neurons that hear themselves, two outputs; no leak (IF), theta 1 everywhere.
printf '1,0\n0,1\n0,0\n0,0\n' >w0.csv # rows: inputs, own spikes
printf '1,0\n0,1\n' >w1.csv
printf '1,0,0\n1,0,0\n' >neurons.csv
"$spiketwin" make fpga-q8.8 --set law.leak_kind=none --layer 2x2r --layer 2x2 --weights w0.csv --weights w1.csv \
    --neurons neurons.csv --neurons neurons.csv --labels a,b -o net.nir -q 2>err.txt || { bad make "$(<err.txt)"; finish; }
# Item 0: input 0 in ticks 0, 1, 3: hidden and output neuron 0 fire in each. Item 1: input 1 in tick 0, and twice at once in tick
# 2: hidden and output neuron 1 fire in 0, 2 and, of what was left, 3; that is "b" and counts as wrong.
cat >events.csv <<'CSV'
item,tick,unit,label,split
0,0,0,a,validation
0,1,0,a,validation
0,3,0,a,validation
1,0,1,a,validation
1,2,1,a,validation
1,2,1,a,validation
CSV
"$spiketwin" predict net.nir -d events.csv -n 1 --json -q --ticks 4 >predict.json 2>err.txt || { bad predict "$(<err.txt)"; finish; }
of() { python3 -c 'import json, sys
x = json.load(open("predict.json"))["neurobench"]
for name in sys.argv[1].split("/"):
    x = x[name]
print(x)' "$1"; }
expect "accuracy: one of two" 0.5 "$(of classification_accuracy)"
expect "activation sparsity: 12 spikes of 4 neurons, 4 ticks, 2 items" 0.625 "$(of activation_sparsity)"
expect "connection sparsity: 8 of 12, four decimals" 0.6667 "$(of connection_sparsity)"
expect "accumulations: 3 + 1 events and 6 hidden spikes, of 2 items" 5 "$(of synaptic_operations/Effective_ACs)"
expect "multiplications: the input of 2" 0.5 "$(of synaptic_operations/Effective_MACs)"
expect "dense: 12 weights in 4 ticks" 48 "$(of synaptic_operations/Dense)"
expect "parameters: 12 weights, 4 thresholds, 4 biases" 20 "$(of parameter_count)"
expect "footprint: these and 4 membranes, 2 bytes each" 48 "$(of footprint)"
expect "rate: a tick in 8 ms" 125 "$(of model_execution_rate)"

# The same for any number of threads.
"$spiketwin" predict net.nir -d events.csv -n 1 --json -q --ticks 4 -t 1 >one.json 2>err.txt
expect "one thread" "same" "$(python3 -c 'import json
a, b = (json.load(open(f))["neurobench"] for f in ("predict.json", "one.json"))
print("same" if a == b else (a, b))')"

python=${SPIKETWIN_NEUROBENCH_PYTHON:-$root/build/neurobench/bin/python}
if PIP_NO_INDEX=1 "$python" -c 'import neurobench, torch, snntorch' 2>/dev/null; then
    "$python" "$root/tests/nir/metrics.py" "$spiketwin" >out 2>err
    rc=$?
    relay out
    expect "tests/nir/metrics.py: exit" 0 $rc
    [ $rc -eq 0 ] || tail -n 5 err
else
    left_out "the package neurobench" "build/neurobench has it not (tests/nir/setup --neurobench; SPIKETWIN_NEUROBENCH_PYTHON)"
fi
finish
