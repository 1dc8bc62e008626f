#!/usr/bin/env bash
# AEDAT4 in: files that the format's own library writes, through scripts/aedat4, are the events that were written; train and
# predict hear them; what is no recording is refused in one line.
#
#   tests/cli/train/cli_aedat4.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
aedat4=$root/scripts/aedat4
printf '#!AER-DAT4.0\r\n' >tape.aedat4
"$spiketwin" train -d tape.aedat4 -o no >out.txt 2>err.txt
expect "the program names the command: exit" 2 $?
expect "the program names the command" \
    "spiketwin train: tape.aedat4: AEDAT4 is not read: scripts/aedat4 -o OUT.npz FILE... makes .npz of it (docs/data.md)" "$(<err.txt)"
if ! "$aedat4" --setup 2>err.txt; then
    left_out "AEDAT4 by its library" "$(sed 's/^aedat4: left out: //' err.txt)"
    finish
fi
python=$root/build/aedat4/bin/python

# Two labels, a wave of events each way over 8 x 6 pixels, in rows of its own for the most part, 20 recordings each; told.txt has what was written.
cat >write.py <<'PYTHON'
import os, random
import dv_processing as dv

draw = random.Random(5)
told = open("told.txt", "w")


def tape(path, size, events, packet=False):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    w = dv.io.MonoCameraWriter(path, dv.io.MonoCameraWriter.EventOnlyConfig("DVX", size))
    if packet:  # as they are, whatever they are
        w.writeEventPacket(dv.EventPacket(dv.EventPacket.EventVector([dv.Event(*e) for e in events])))
    elif events:
        s = dv.EventStore()
        for e in events:
            s.push_back(*e)
        w.writeEvents(s)
    del w


T0 = 1_700_000_000_000_000
for label in ("left", "right"):
    for take in range(20):
        events, t = [], T0 + draw.randrange(10**9)
        for i in range(120):
            x = i * 8 // 120
            x = min(7, max(0, x + draw.randrange(-1, 2)))
            events.append((t, x if label == "right" else 7 - x, draw.randrange(4) + 2 * (label == "left"), draw.random() < 0.5))
            t += draw.choice((0, 700, 1300, 2001))
        path = f"waves/{label}/{take:02d}.aedat4"
        tape(path, (8, 6), events)
        for e in events:
            told.write(f"{path} {e[0] - events[0][0]} {e[1]} {e[2]} {int(e[3])}\n")
tape("bad/falls.aedat4", (8, 6), [(T0 + 9, 1, 1, True), (T0 + 5, 2, 1, True), (T0 + 11, 3, 1, True)], packet=True)
tape("bad/beyond.aedat4", (8, 6), [(T0, 1, 1, True), (T0 + 5, 8, 1, True)])
tape("bad/negative.aedat4", (8, 6), [(-7, 1, 1, True), (5, 2, 1, True)], packet=True)
tape("bad/none.aedat4", (8, 6), [])
tape("bad/large.aedat4", (346, 260), [(T0, 345, 259, True)])
tape("bad/other.aedat4", (8, 5), [(T0, 1, 1, True)])
PYTHON
"$python" write.py >out.txt 2>err.txt || bad "files by the library" "$(tail -n 2 err.txt)"

# What is in a .npz, by the written list: times to a microsecond, and units by a formula of the test's own.
cat >hold.py <<'PYTHON'
import sys
import numpy as np

z, pool, polarity = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
told = {}
for line in open("told.txt"):
    f = line.split()
    told.setdefault(f[0], []).append(tuple(map(int, f[1:])))
columns, rows = -(-8 // pool), -(-6 // pool)
files = sorted(told)
good = len(z["labels"]) == len(files) == 40 and z["offsets"][-1] == len(z["times"]) == 40 * 120
for i, name in enumerate(files):
    part = slice(z["offsets"][i], z["offsets"][i + 1])
    units = [(y // pool) * columns + x // pool + polarity * p * columns * rows for _, x, y, p in told[name]]
    good &= z["labels"][i] == name.split("/")[1] and units == z["units"][part].tolist()
    good &= [t for t, *_ in told[name]] == np.rint(z["times"][part] * 1e6).astype(int).tolist()
print("same" if good else "differs")
PYTHON
expect "said" "waves.npz: 40 items of 2 labels, 4800 events of 48 inputs (0 without any), up to SECONDS s; --units 48" \
    "$("$aedat4" -o waves.npz waves/left/*.aedat4 waves/right/*.aedat4 2>&1 | sed 's/up to [0-9.]* s/up to SECONDS s/')"
expect "the events that were written" same "$("$python" hold.py waves.npz 1 0)"
"$aedat4" -o pooled.npz --pool 4 --polarity waves/left/*.aedat4 waves/right/*.aedat4 >out.txt 2>err.txt
expect "joined, with their polarity" same "$("$python" hold.py pooled.npz 4 1)"
grep -q ' of 8 inputs ' out.txt && ok "fewer inputs" || bad "fewer inputs" "$(<out.txt)"

# The program hears them, as it does the same events in CSV.
"$spiketwin" train -d waves.npz --units 48 --set tick=4 --hidden 12 --steps 150 -b 16 --held-percent 30 -o run -q >out.txt 2>err.txt &&
    ok "train" || bad "train" "$(<err.txt)"
expect "the net says whose data" "$(sha256sum <waves.npz | cut -d' ' -f1)" \
    "$(python3 -c 'import json; print(json.load(open("run/train.json"))["provenance"]["data"]["files"][0]["sha256"])')"
"$spiketwin" predict run -d waves.npz -n 8 -q -o predict.json >out.txt 2>err.txt && ok "predict" || bad "predict" "$(<err.txt)"
expect "it learned the waves" True "$(python3 -c 'import json; print(json.load(open("predict.json"))["accuracy"]["chips"]["mean"] > 0.8)')"
{
    echo item,time_us,unit,label
    awk '{ print $1 "," $2 "," $4 * 8 + $3 "," ($1 ~ /left/ ? "left" : "right") }' told.txt
} >same.csv
all() {
    local split
    for split in train validation; do "$spiketwin" gen run -d "$1" -S $split -n 100 -q 2>/dev/null | grep '^T'; done
}
expect "the same words as of CSV" "$(all same.csv | sort | md5sum)" "$(all waves.npz | sort | md5sum)"
expect "and there are some" True "$([ "$(all waves.npz | grep -c ':')" -gt 1000 ] && echo True)"

refuse() { # MESSAGE OPTIONS...: one line, exit 2, no file
    local wanted=$1
    shift
    rm -f no.npz
    "$aedat4" -o no.npz "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    if [[ $(<err.txt) =~ ^aedat4:\ $wanted$ ]]; then ok "refused: $*"; else bad "refused: $*" "wanted: aedat4: $wanted" "got:    $(<err.txt)"; fi
    [ ! -e no.npz ] && [ ! -e no.npz.part ] || bad "refused: $*" "a file is left"
}
refuse "bad/falls.aedat4: event 1: time [0-9]+5 us, allowed [0-9]+9 and above: times that fall" bad/falls.aedat4
refuse "bad/beyond.aedat4: event 1: x 8, allowed 0\.\.7" bad/beyond.aedat4
refuse "bad/negative.aedat4: .*" bad/negative.aedat4
refuse "bad/none.aedat4: .*" bad/none.aedat4
refuse "bad/large.aedat4: 89960 inputs of 346 x 260 pixels, allowed 1\.\.4096: --pool 5 joins as many" bad/large.aedat4
refuse "bad/other.aedat4: 8 x 5 pixels, the files before have 8 x 6" waves/left/00.aedat4 bad/other.aedat4
refuse "nowhere.aedat4: No such file or directory" nowhere.aedat4
refuse "tape.aedat4: damaged: .*" tape.aedat4
refuse "told.txt: no AEDAT4: it begins with b'waves/left', allowed b'#!AER-DAT4'" told.txt
head -c 900 waves/left/00.aedat4 >cut.aedat4
refuse "cut.aedat4: .*" cut.aedat4
refuse "--pool: 0, allowed 1\.\.4096" --pool 0 waves/left/00.aedat4
refuse "waves/left/00.aedat4: no stream other, allowed events" --stream other waves/left/00.aedat4
"$aedat4" -o nowhere/no.npz waves/left/00.aedat4 >out.txt 2>err.txt
expect "no such folder: exit" 2 $?
expect "no such folder" "aedat4: nowhere/no.npz: No such file or directory" "$(<err.txt)"
expect "without PyPI it is said" "aedat4: left out: SPIKETWIN_NO_PYPI is set" \
    "$(mkdir -p bare/scripts && cp "$aedat4" bare/scripts/ && SPIKETWIN_NO_PYPI=1 bare/scripts/aedat4 -o no.npz tape.aedat4 2>&1)"
finish
