#!/usr/bin/env bash
# spiketwin info CHIP: every value of the chip file, in text and in JSON, read here by a few lines of
# Python that share nothing with the schema.
#
#   tests/cli/chip/cli_info.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

cat >compare.py <<'END'
import json, re, sys

SCALE = {"ms": 1e-3, "pJ": 1e-12, "nW": 1e-9, "1/16": 1 / 16}


def values(path):
    """(path of keys, text, unit) of each value of a chip file."""
    keys, text = [], open(path).read()
    text = re.sub(r"\n +(value|unit|source):", r" \1:", text)  # a value over several lines
    for line in text.splitlines():
        m = re.match(r"^( *)([a-z_]+):(.*)$", line)
        if not m or m[2] in ("name", "description"):
            continue
        keys = keys[:len(m[1]) // 2] + [m[2]]
        v = re.search(r'\bvalue: (?:"([^"]*)"|([^,}]+))', m[3])
        u = re.search(r"\bunit: ([^,}]+?)(?:,| source)", m[3])
        if v:
            yield keys, v[1] or v[2], u[1] if u else ""


def find(told, key):
    for name in (key, key + "_s", key + "_j", key + "_w", key + "_hz", key + "_samples"):
        if name in told:
            return told[name]
    raise KeyError(key)


told, n = json.load(open(sys.argv[2])), 0
for keys, text, unit in values(sys.argv[1]):
    at = told
    try:
        for key in keys:
            at = find(at, key)
    except KeyError:
        print("not told:", ".".join(keys))
        continue
    if isinstance(at, bool) or isinstance(at, str):
        same = str(at).lower() == text.lower()
    elif isinstance(at, list):
        same = at == [float(x) for x in text.split()]
    else:
        wanted = float(text) * SCALE.get(unit, 1)
        same = abs(at - wanted) <= 1e-12 * abs(wanted)
    if not same:
        print(".".join(keys), "told", at, "wanted", text, unit)
    n += 1
print(n, "values")
END
for chip in h1v1 h1v2 fpga-q8.8; do
    "$spiketwin" info $chip --json >info.json 2>err.txt || bad "info $chip" "$(<err.txt)"
    # As many as there are values in the file.
    expect "info $chip tells all that is in its file" \
        "$(grep -cE '^[^#]*\bvalue:' "$root/chips/$chip.yaml") values" \
        "$(python3 compare.py "$root/chips/$chip.yaml" info.json)"
    "$spiketwin" info $chip >info.txt 2>err.txt
    expect "info $chip: the table has what the JSON has" "" "$(python3 -c '
import json
told, text = json.load(open("info.json")), open("info.txt").read()
def keys(at):
    for k, v in at.items():
        yield k
        if isinstance(v, dict):
            yield from keys(v)
del told["provenance"]
print(*[k for k in keys(told) if k not in text.split()])')"
done
expect "h1v2's step" 0.0526984 "$("$spiketwin" info h1v2 --json |
    python3 -c 'import json, sys; print(round(json.load(sys.stdin)["weight"]["step"], 7))')"
# By hand: 16 + (7 · 16 + 24) · 24 + 24 · 2 weights, and lambda, theta and bias of 42 neurons.
"$spiketwin" make fpga-q8.8 --layer 16x16o --layer 16x24rt7x5 --layer 24x2 --random 1 -q -o net.nir 2>err.txt || bad "make" "$(<err.txt)"
expect "neurons, synapses, parameters of a net" "42 3328 3454 16 3264 48" "$("$spiketwin" info net.nir --json | python3 -c '
import json, sys
told = json.load(sys.stdin)
print(told["neurons"], told["synapses"], told["parameters"], *[layer["synapses"] for layer in told["layers"]])')"
finish
