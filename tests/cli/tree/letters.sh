#!/usr/bin/env bash
# One letter, one meaning in all verbs: over the option tables themselves (`spiketwin VERB --letters`). What a letter
# had meant before is refused with what it is called now; a long option that there is not, with the nearest one.
#
#   tests/cli/tree/letters.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

cat >letters.py <<'PY'
# The letters that stand for several names, or several that stand for one; verbs are read from the program.
import subprocess, sys
# Names of one meaning: which virtual chips, one or several; how many of what the verb counts over, chips that it
# draws or clips that it plays; where what it finds is written; labels, by their two names.
ONE_MEANING = [{"virtual-chip", "chips"}, {"chips", "clips"}, {"out", "map"}, {"labels", "words"}]
tell = lambda *words: subprocess.run([sys.argv[1], *words], capture_output=True, text=True, check=True).stdout
table = {verb: [tuple(row.split("\t")) for row in tell(verb, "--letters").splitlines()]
         for verb in (line.split("\t")[0] for line in tell("--complete").splitlines())}
if len(sys.argv) > 2:  # what would be seen
    table["predict"].append(tuple(sys.argv[2].split("=")))
names, letters = {}, {}
for verb, rows in table.items():
    for letter, name in rows:
        names.setdefault(letter, set()).add(name)
for letter, of in sorted(names.items()):
    if len(of) > 1 and not any(of <= same for same in ONE_MEANING):
        print(f"-{letter}: " + ", ".join(f"--{name} ({' '.join(sorted(v for v in table if (letter, name) in table[v]))})" for name in sorted(of)))
print(sum(len(rows) for rows in table.values()) > 100 and len(table) > 20, file=sys.stderr)
PY
expect "each letter means one thing" "" "$(python3 letters.py "$spiketwin" 2>many.txt)"
expect "letters of all verbs were read" True "$(<many.txt)"
expect "a second meaning is seen" "-S: --silicon (predict), --split (calibrate cosim drc faults gen predict replay sensitivity train)" \
    "$(python3 letters.py "$spiketwin" S=silicon 2>/dev/null)"

refused() { # MESSAGE ARGUMENTS...
    "$spiketwin" "${@:2}" >out.txt 2>err.txt </dev/null
    expect "refused: ${*:2}" "2 spiketwin $2: $1 (see spiketwin $2 --help)" "$? $(cat out.txt err.txt)"
}
while read -r verb letter name; do
    refused "-$letter: here it is $name; a letter means one thing in all verbs" "$verb" "-$letter"
done <<'LIST'
train n --hidden
train l --lr
make l --layer
info w --out (-o)
info E --equations
map L --silicon
unmap l --like
quantise n --starts
calibrate m --clips
cosim R --source
dut o --build
faults T --tests
gen e --expect
round w --wrap
replay r --raster
formal w --wrapper
LIST
refused "-n: here it is --hidden; a letter means one thing in all verbs" train -n5 -d clips
refused "--chip-file: it is --chip (-c) now" replay --chip-file c.yaml
refused "--chps: no such option; did you mean --chips?" predict --chps 3
refused "--sweeps: no such option; did you mean --sweep?" predict net.nir --sweeps=all
refused "--limit: unknown option, or one without its value" predict --limit
refused "--nothing-like-it: unknown option, or one without its value" predict --nothing-like-it
"$spiketwin" replay --chip 13 >out.txt 2>err.txt
expect "a number is no chip file" "2 spiketwin replay: --chip: 13, a chip file; virtual chip 13 is --virtual-chip 13 (-k)" "$? $(<err.txt)"
finish
