#!/usr/bin/env bash
# NIR graphs that are no nets for a chip, and files that only look like NIR: each refused in one line.
#
#   tests/cli/bad/cli_bad_nir.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}

import() { # NAME MESSAGE FILE OPTIONS...: nothing is left behind
    local name=$1 message=$2
    shift 2
    rm -f got.nir
    refuse "$name" "$message" import "$@" -c fpga-q8.8 -o got.nir
    [ ! -e got.nir ] || bad "$name: left behind" "got.nir"
}

# Of our own files: /node is NIR.
run make fpga-q8.8 --layer 6x4r --layer 4x3 --random 1 -q -o own.nir
import "a tick longer than tau" "~import: own.nir: node n[01], neuron [0-9]: tau, [0-9.]+ ms, allowed from 900 ms, a tick \(--dt\)" own.nir --dt 900
import "more labels than outputs" "import: --labels: 4 of them, allowed as many as divide the 3 outputs" own.nir --labels a,b,c,d
import "labels that do not share the outputs" "import: --labels: 2 of them, allowed as many as divide the 3 outputs" own.nir --labels a,b
import "an empty label" "~import: --labels: .*" own.nir --labels a,,b
import "a framework that is none" "import: --as: brian, allowed nir, norse, snntorch, snntorch-delay, sinabs, rockpool, spyx" own.nir --as brian
import "a dt of nothing" "import: --dt: 0, allowed 0.001..1000" own.nir --dt 0
refuse "no chip" "import: --chip is needed: a name in chips/ or a file" import own.nir -o got.nir
refuse "no output" "import: --out is needed: the net.nir that is written" import own.nir -c fpga-q8.8
refuse "a chip of another law" "import: izhikevich: law izhikevich, allowed lif: NIR has no node for such neurons" \
    import own.nir -c izhikevich -o got.nir
import "no such file" "import: none.nir: no such file" none.nir
head -c 3000 own.nir >cut.nir
import "a file cut off" "import: cut.nir: not an HDF5 file, or damaged" cut.nir
echo '{"nodes": {}}' >json.nir
import "JSON" "import: json.nir: not an HDF5 file, or damaged" json.nir
cases=${SPIKETWIN_CASES:-$root/../shared/cases}/files
if [ -d "$cases" ]; then
    import "libhdf5 brought down" "~import: .*/hdf5_segv_1.h5: damaged: .*" "$cases/hdf5_segv_1.h5"
    import "libhdf5 without end" "~import: .*/net_onebyte_hang.nir: (damaged: |not an HDF5 file).*" "$cases/net_onebyte_hang.nir"
    import "a small file that takes gigabytes" "~import: .*/bomb.nir: .*" "$cases/bomb.nir"
else
    left_out "files that bring libhdf5 down" "$cases is not there (SPIKETWIN_CASES)"
fi

if ! "$python" -c 'import nir, h5py' 2>/dev/null; then
    left_out "graphs made by h5py" "SPIKETWIN_NIR_PYTHON names no python that has it"
    finish
fi
"$python" "$root/tests/lib/nir_graphs.py" gzip good.graph.nir || exit 2
made() { # NAME MESSAGE PYTHON: the good graph after an edit of n, its nodes in the file, and e, its edges
    "$python" - "$3" <<'PY' || { bad "$1" "the edit fails"; return; }
import shutil, sys
import h5py, numpy as np
shutil.copy("good.graph.nir", "bad.graph.nir")
with h5py.File("bad.graph.nir", "a") as f:
    n = f["node/nodes"]
    e = [(a.decode(), b.decode()) for a, b in f["node/edges"][()]]
    def put(where, value):
        if where in n: del n[where]
        n.create_dataset(where, data=value)
    def node(name, kind, **values):
        g = n.create_group(name)
        g.create_dataset("type", data=kind, dtype=h5py.string_dtype())
        for k, v in values.items(): g.create_dataset(k, data=v)
    exec(sys.argv[1])
    if "edges" in f["node"]:
        del f["node/edges"]
        if e is not None: f["node"].create_dataset("edges", data=np.array(e, dtype=object), dtype=h5py.string_dtype())
PY
    import "$1" "~import: bad.graph.nir: $2" bad.graph.nir
}
made "a cycle of Delay 0" "node n1: a cycle of Delay 0: own spikes come back after a tick" \
    'node("d", "Delay", delay=np.zeros(12)); e.remove(("r1", "n1")); e += [("r1", "d"), ("d", "n1")]'
made "a cycle without neurons" "node (d|w2) lies in a cycle without neurons \(d, w2\)" \
    'node("d", "Delay", delay=np.zeros(2)); e += [("w2", "d"), ("d", "w2")]; put("w2/weight", np.ones((12, 12)))'
made "a type that NIR has not" "node w2: type Dense, allowed Input, .*, NIRGraph" 'put("w2/type", "Dense")'
made "a type that is a number" "node w2: type none, allowed Input, .*, NIRGraph" 'put("w2/type", 3)'
made "NaN weights" "node a1: weight, value 19 is -?nan, must be finite" 'x = n["a1/weight"][()]; x[1, 3] = np.nan; put("a1/weight", x)'
made "infinite bias" "node a1: bias, value 2 is inf, must be finite" 'x = n["a1/bias"][()]; x[2] = np.inf; put("a1/bias", x)'
made "tau of nothing" "node n1, neuron 5: tau, 0 ms, allowed from 8 ms, a tick \(--dt\)" 'x = n["n1/tau"][()]; x[5] = 0; put("n1/tau", x)'
made "negative tau" "node n1, neuron 0: tau, -(20|19\.9).* ms, allowed from 8 ms, a tick \(--dt\)" 'put("n1/tau", -n["n1/tau"][()])'
made "NaN tau" "node n1: tau, value 0 is -?nan, must be finite" 'put("n1/tau", n["n1/tau"][()] * np.nan)'
made "a threshold below the reset" "node n2, neuron 0: threshold, 1, allowed above 2 \(v_reset\)" 'put("n2/v_reset", np.full(2, 2.0))'
made "a parameter that is missing" "node n1: LIF has no tau of numbers" 'del n["n1/tau"]'
made "a parameter that is text" "node n1: tau is text, allowed numbers" 'put("n1/tau", "long")'
made "a parameter of another size" "node n1: r has 5 values, allowed 1 or 12, one a neuron" 'put("n1/r", np.ones(5))'
made "a weight of three dimensions" "node w2: Linear: weight is no matrix \(to, from\)" 'put("w2/weight", np.ones((1, 2, 12)))'
made "a weight that does not fit" "node w2: gets 12 values, its Linear takes 11" 'put("w2/weight", np.ones((2, 11)))'
made "an edge to nothing" "the graph: an edge names ghost, which is no node" 'e += [("n2", "ghost"), ("n2", "ghast")]'
made "no edges" "the graph: no edges" 'del f["node/edges"]'
made "edges of three" "the graph: edges are no list of pairs of names" 'e = [("a", "b", "c")]'
made "no Input" "no Input, allowed one" 'del n["input"]; e = e[1:]'
made "two Outputs" "more than one Output, allowed one" 'node("o2", "Output", shape=np.array([2])); e += [("n2", "o2")]'
made "an Input of a negative size" "node input: shape, -3, allowed 1\.\.1048576" 'put("input/shape", np.array([-3]))'
made "an Input of 2^40" "node input: shape, 1\.09951e\+12, allowed 1\.\.1048576" 'put("input/shape", np.array([2**40]))'
made "too many inputs" "node input: 8192 inputs, allowed 1\.\.4096" 'put("input/shape", np.array([8192]))'
made "a layer that hears two before it" "node n2: hears .* and .*: a layer hears the one before it, and itself after one delay" \
    'node("skip", "Linear", weight=np.ones((2, 16))); e += [("input", "skip"), ("skip", "n2")]'
made "feedback over two layers" "node n1: hears .* and .*: a layer hears the one before it.*" \
    'node("back", "Linear", weight=np.ones((12, 2))); e += [("n2", "back"), ("back", "n1")]'
made "a delay of 65 ticks" "node n2: hears n1 after a delay of 0.52 s, 65 ticks, allowed whole ticks 0\.\.64 .*" \
    'node("d", "Delay", delay=np.full(12, 0.52)); e.remove(("n1", "w2")); e += [("n1", "d"), ("d", "w2")]'
made "a negative delay" "node d: delay, value 0 is -1 s, allowed from 0" \
    'node("d", "Delay", delay=np.full(12, -1.0)); e.remove(("n1", "w2")); e += [("n1", "d"), ("d", "w2")]'
made "an integrator without spikes" "node n2: LI has no spikes, and a chip.s neurons answer with nothing else; --li-threshold V makes them fire at V" \
    'del n["n2"]; node("n2", "LI", tau=np.ones(2), r=np.ones(2), v_leak=np.zeros(2))'
made "no neurons" "no neurons in the graph" 'e = [("input", "output")]; [n.pop(k) for k in ("n1", "n2")]; put("output/shape", np.array([16]))'
made "a soft link" "node/nodes/link: a soft link, allowed is what lies in the file itself" 'n["link"] = h5py.SoftLink("/node/nodes/n1")'
made "a link out of the file" "node/nodes/link: an external link, allowed is what lies in the file itself" 'n["link"] = h5py.ExternalLink("good.graph.nir", "/node")'
made "a graph in itself" ".*groups in groups, allowed 40 deep" 'n["again"] = f["node"]'
made "a packed bomb" "node/nodes/a1/weight: more than 8388608 values, packed" \
    'del n["a1/weight"]; n.create_dataset("a1/weight", shape=(1 << 15, 1 << 15), dtype="f4", chunks=(1 << 10, 1 << 10), compression="gzip", fillvalue=1)'
made "pieces that are not stored" "node/nodes/a1/weight: 1 pieces, 0 are stored" \
    'del n["a1/weight"]; n.create_dataset("a1/weight", shape=(12, 16), dtype="f4", chunks=(12, 16), compression="gzip")'
made "external storage" "node/nodes/a1/weight: external storage: its values lie in other files" \
    'del n["a1/weight"]; n.create_dataset("a1/weight", shape=(12, 16), dtype="f4", external=[("good.graph.nir", 0, 768)])'
finish
