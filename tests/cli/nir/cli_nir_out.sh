#!/usr/bin/env bash
# NIR out: the graph of our own nets says all of them. Imported again, by way of Python's nir too, it is the same
# chip word for word; and a graph that says something else than /spiketwin is refused by the node.
#
#   tests/cli/nir/cli_nir_out.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}
hash_of() { "$spiketwin" info "$1" --json | grep -o '"image_hash":.*"'; }
has_nir=yes
"$python" -c 'import nir, h5py' 2>/dev/null || { has_nir=no; left_out "by way of Python's nir" "SPIKETWIN_NIR_PYTHON names no python that has it"; }

sed -E 's/^name: .*/name: leak-last/; s/(order: *\{value: )leak_first/\1integrate_first/' "$root/chips/fpga-q8.8.yaml" >leak-last.yaml
sed -E 's/^name: .*/name: leak-linear/; s/(leak_kind: *\{value: )exponential/\1linear/' "$root/chips/fpga-q8.8.yaml" >leak-linear.yaml
for chip in fpga-q8.8 loihi xylo-v1 xylo-v2 sc-neurocore h1v1 h1v2 leak-last.yaml leak-linear.yaml; do
    run make "$chip" --layer 6x6o --layer 6x9r --layer 9x4d --layer 4x2 --labels "no,yes \\, please" --random 3 -q -o own.nir || bad "make $chip" "$(<err.txt)"
    run import own.nir -c "$chip" -o again.nir || bad "$chip: import" "$(cat out.txt err.txt)"
    expect "$chip: the same chip" "$(hash_of own.nir)" "$(hash_of again.nir)"
    [ $has_nir = yes ] || continue
    "$python" -c 'import nir; nir.write("read.nir", nir.read("own.nir"))' 2>python.txt || bad "$chip: nir.read, nir.write" "$(tail -n 3 python.txt)"
    run import read.nir -c "$chip" -o again.nir || bad "$chip: import of what nir wrote" "$(cat out.txt err.txt)"
    expect "$chip: the same chip after nir.read and nir.write" "$(hash_of own.nir)" "$(hash_of again.nir)"
done
expect "labels stay" '["no","yes , please"]' "$("$spiketwin" info again.nir | sed -n 's/^words *//p')"

# A delayed layer is kept in the file, as it is in the graph.
run make fpga-q8.8 --layer 3x4 --layer 4x2d --random 1 -q -o late.nir
run gen late.nir --random 5 --ticks 30 --expect -q && mv out.txt late.vec
expect "a delayed layer is kept" True "$("$spiketwin" info late.nir --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["layers"][1]["delayed"])')"

# What was written before, with other weights in the graph, is read and imported: older.nir by its name alone.
run import "$root/vectors/tiny.nir" -c fpga-q8.8 -o tiny.nir && ok "a graph of version 2 is imported" || bad "version 2" "$(cat out.txt err.txt)"

if [ $has_nir = yes ]; then
    cat >edit.py <<'PY'
# The good net after an edit of n, its nodes, and of f, the file; sealed again, as whoever writes a file can.
import shutil, sys
import h5py, numpy as np
exec(open(sys.argv[2]).read()) if len(sys.argv) > 2 else None
body = open("late.nir", "rb").read()
open("bare.h5", "wb").write(body[512:]) if False else None
shutil.copy("late.nir", "bad.nir")
with h5py.File("bad.nir", "a") as f:
    n = f["node/nodes"]
    exec(sys.argv[1])
data = bytearray(open("bad.nir", "rb").read())
h = 0xcbf29ce484222325
for b in data[512:]:
    h = (h ^ b) * 0x100000001b3 % (1 << 64)
data[:512] = f"spiketwin-sealed 1\nbytes {len(data)}\nfnv1a64 {h:016x}\n".encode().ljust(512, b"\0")
open("bad.nir", "wb").write(data)
PY
    sed -i '/exec(open/d; /^body/d; /bare.h5/d' edit.py
    disagree() { # NAME MESSAGE PYTHON
        "$python" edit.py "$3" || { bad "$1" "the edit fails"; return; }
        refuse "$1" "~info: bad.nir: $2" info bad.nir
    }
    disagree "nothing changed" "/node/nodes/w0/weight differs from /spiketwin: value 0 is .*" 'n["w0/weight"][0, 0] += 1'
    disagree "a time constant" "/node/nodes/n1/tau differs from /spiketwin: value 1 is .*" 'n["n1/tau"][1] *= 2'
    disagree "an r that is not 1" "/node/nodes/n0/r differs from /spiketwin: value 3 is 2, not 1" 'n["n0/r"][3] = 2'
    disagree "a delay" "/node/nodes/d1/delay differs from /spiketwin: value 2 is 0, not 0.008" 'n["d1/delay"][2] = 0'
    disagree "an edge" "/node/edges: edge 2 is from node w0, /spiketwin has n0" 'e = f["node/edges"]; x = e[()]; x[2, 0] = b"w0"; e[...] = x'
    disagree "a node more" "/node/nodes/n9: /spiketwin has no such node" 'f.copy(n["n1"], n, "n9")'
    disagree "a node less" "/node/nodes/d1/type is missing, /spiketwin has Delay" 'del n["d1"]'
    "$python" - <<'PY' >meta.txt
import nir
g = nir.read("late.nir")
m = g.metadata
print(m["writer"], m["chip"], m["dt"], m["order"], m["fire"], m["reset"], m["layers"], g.nodes["n0"].r.tolist(),
      type(g.nodes["w1"]).__name__, g.nodes["d1"].delay.tolist())
PY
    expect "what NIR leaves open is in the metadata, r is 1" \
        "spiketwin fpga-q8.8 0.008 leak_first ge subtract dd [1.0, 1.0, 1.0, 1.0] Linear [0.008, 0.008, 0.008, 0.008]" "$(<meta.txt)"
fi
finish
