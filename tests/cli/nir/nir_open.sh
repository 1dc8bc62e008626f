#!/usr/bin/env bash
# The page docs/nir.md, "Open it elsewhere": its code runs as it stands, on trained nets and recordings, and the
# spikes of the outputs, and so the decisions, are those of `run` in real numbers.
#
#   tests/cli/nir/nir_open.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
nir_python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}
stacks_python=${SPIKETWIN_STACKS_PYTHON:-$root/build/stacks/bin/python}
export PIP_NO_INDEX=1 OMP_NUM_THREADS=1
cd "$tmp" || exit 2

code_of() { awk -v name="<!-- open: $1 -->" '$0 == name { on = 1; next } on && /^```python/ { code = 1; next } code && /^```/ { exit } code' "$root/docs/nir.md"; }

"$root/tests/lib/clips.py" corpus clips || exit 2
for kind in feed recurrent; do
    more=()
    [ $kind = recurrent ] && more=(-R)
    "$spiketwin" train -o $kind -d clips --held-percent 40 -e 60 --hidden 12 "${more[@]}" -q >train.txt 2>&1 || bad "train" "$(<train.txt)"
    "$spiketwin" gen $kind/net.nir -d clips -S train -n 8 -q >$kind.vec
    # Each clip as a table, in real numbers.
    python3 - $kind <<'PY'
import sys
kind, out = sys.argv[1], None
for line in open(kind + ".vec"):
    f = line.split()
    if f[0] == "S": n_in = int(f[6])
    if f[0] == "C": out = open(f"{kind}{f[1]}.csv", "w")
    if f[0] == "T":
        row = ["0"] * n_in
        for event in f[4:]:
            source, word = event.split(":")
            row[int(source)] = repr(int(word, 16) / 16)
        out.write(",".join(row) + "\n")
PY
done

# open_in NAME PYTHON CLIPS KINDS...: spikes of so many clips each (torch takes seconds to begin).
open_in() {
    local name=$1 python=$2 clips=$3 kind clip
    shift 3
    code_of "$name" >"$name.code.py"
    [ -s "$name.code.py" ] || { bad "$name: code in docs/nir.md" "none"; return; }
    if ! "$python" -c "import nir, $name" 2>/dev/null; then
        left_out "$name" "no python has it (docs/nir.md: make nir installs it)"
        return
    fi
    for kind in "$@"; do
        cp $kind/net.nir net.nir
        for ((clip = 0; clip < clips; clip++)); do
            cp $kind$clip.csv x.csv
            rm -f spikes.csv
            "$python" "$name.code.py" >out.txt 2>&1 || { bad "$name: runs" "$(tail -n 3 out.txt)"; return; }
            "$spiketwin" run net.nir x.csv -q >rows.csv
            python3 - <<'PY' >>$name.$kind.txt
import csv
theirs = [[int(x) for x in row] for row in csv.reader(open("spikes.csv"))]
rows = list(csv.DictReader(open("rows.csv")))
last = max(int(r["layer"]) for r in rows)
ours = [[0] * len(theirs[0]) for _ in theirs]
for r in rows:
    if int(r["layer"]) == last: ours[int(r["tick"])][int(r["neuron"])] = int(r["real_spikes"])
counts = lambda z: [sum(column) for column in zip(*z)]
print(sum(a != b for x, y in zip(ours, theirs) for a, b in zip(x, y)), sum(map(sum, ours)),
      int(counts(ours).index(max(counts(ours))) == counts(theirs).index(max(counts(theirs)))))
PY
        done
        # In single precision a spike may come a tick early or late; decisions are the same.
        expect "$name, $kind: $clips clips, decided alike, at most 1 in 50 spikes differ" "$clips $clips 1 1" \
            "$(awk '{ n++; differ += $1; spikes += $2; same += $3 } END { print n, same, (50 * differ <= spikes), (spikes > 5) }' "$name.$kind.txt")"
        echo "   $name, $kind: $(awk '{ d += $1; s += $2 } END { print d, "of", s, "output spikes differ" }' $name.$kind.txt)"
    done
}
open_in numpy "$nir_python" 8 feed recurrent
open_in norse "$stacks_python" 1 recurrent
open_in snntorch "$stacks_python" 1 feed
[ $passed -gt 0 ] || ok "what is left out is said"
finish
