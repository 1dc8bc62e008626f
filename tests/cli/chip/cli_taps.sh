#!/usr/bin/env bash
# Taps from outside: a net by hand, a second simulation in Python, vectors, rules of the chip, faults, training.
#
#   tests/cli/chip/cli_taps.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"

# Two inputs, one neuron that hears the second of them 8 ticks late and nothing else.
printf '8,8\n' >w0.csv
printf '0\n0\n0\n0\n0\n8\n' >w1.csv # row tap * 2 + source
printf '8,0,0\n8,0,0\n' >n0.csv
printf '8,0,0\n' >n1.csv
printf 'tick,unit\n3,1\n5,0\n20,1\n' >x.csv
hand() { # NET LAYER [w1]
    run make fpga-q8.8 --layer 2x2o --layer "$2" --weights w0.csv --weights "${3:-w1.csv}" --neurons n0.csv --neurons n1.csv -q -o "$1" ||
        bad "make $2" "$(<err.txt)"
    run run "$1" x.csv --ticks 40 --spikes -o rows.csv
    awk -F, '$2 == 1 {print $1 ":" $4 $6}' rows.csv | xargs
}
expect "8 ticks late, in reals and on the chip" "11:11 28:11" "$(hand hand.nir 2x1t3x4)"
expect "and one more, of a delayed layer" "12:11 29:11" "$(hand delayed.nir 2x1dt3x4)"
expect "other spacing" "13:11 30:11" "$(hand spaced.nir 2x1t3x5)"
printf '0\n0\n0\n8\n0\n0\n' >w1b.csv
expect "another tap" "7:11 24:11" "$(hand tap.nir 2x1t3x4 w1b.csv)"
expect "nothing was heard before the clip" "" "$(printf 'tick,unit\n39,1\n' >x.csv; hand late.nir 2x1t3x4)"
run info hand.nir --json
expect "info: taps, spacing, sources" "3 4 6" "$(python3 -c '
import json
print(*[json.load(open("out.txt"))["layers"][1][k] for k in ("taps", "spacing", "sources")])')"
run info hand.nir
grep -q '2 (one to one) -> 1 (3 taps, 4 ticks apart)' out.txt && ok "info: the shape in words" || bad "info: the shape in words" "$(<out.txt)"

# Own spikes come after all taps; a delayed layer hears all of them a tick later.
python3 - <<'PY'
import random
random.seed(5)
table = lambda name, rows: open(name, "w").write("".join(",".join(repr(x) for x in row) + "\n" for row in rows))
weights = lambda rows, n: [[round(random.gauss(1, 2.5), 3) for _ in range(n)] for _ in range(rows)]
table("w0.csv", [[4.0] * 5])
table("w1.csv", weights(5 * 4 + 6, 6))
table("w2.csv", weights(6 * 3, 3))
for name, k in (("n0.csv", 5), ("n1.csv", 6), ("n2.csv", 3)): # threshold, leak, bias
    table(name, [[round(random.uniform(4, 12), 3), round(random.uniform(0.01, 0.3), 4), round(random.gauss(0, 0.3), 3)] for _ in range(k)])
table("x.csv", [[random.choice([0, 0, 0.5, 0.81, 1.6]) for _ in range(5)] for _ in range(200)])
PY
cat >second.py <<'PY'
import csv, struct
single = lambda x: struct.unpack("f", struct.pack("f", x))[0]
read = lambda name: [[single(float(v)) for v in row] for row in csv.reader(open(name))]
x = [[float(v) for v in row] for row in csv.reader(open("x.csv"))]
sizes, taps, spacing, late = (5, 6, 3), (1, 4, 3), (0, 5, 7), (0, 0, 1)
w, neurons = [read("w%d.csv" % l) for l in range(3)], [read("n%d.csv" % l) for l in range(3)]
v, fired = [[0.0] * n for n in sizes], [[], [], []] # fired: of each tick so far
rows = csv.DictReader(open("rows.csv"))
wrong = seen = spikes = 0
for t, row_x in enumerate(x):
    for l in range(3):
        if l == 0:
            sums = [w[0][0][n] * row_x[n] for n in range(5)]
        else:
            sources = []
            for k in range(taps[l]):
                then = t - late[l] - k * spacing[l]
                sources += fired[l - 1][then] if then >= 0 else [0] * sizes[l - 1]
            if l == 1:
                sources += fired[1][t - 1] if t else [0] * 6
            sums = [sum(row[n] * y for row, y in zip(w[l], sources)) for n in range(sizes[l])]
        fired[l].append([])
        for n, (theta, leak, bias) in enumerate(neurons[l]):
            c = v[l][n] * (1 - leak) + bias + sums[n]
            z = int(c >= theta)
            v[l][n] = c - theta * z
            fired[l][t].append(z)
            row = next(rows)
            seen += 1
            spikes += z
            wrong += (int(row["tick"]), int(row["layer"]), int(row["neuron"])) != (t, l, n)
            wrong += int(row["real_spikes"]) != z or abs(float(row["real_v"]) - v[l][n]) > 1e-9
print(seen, wrong, spikes > 200)
PY
run make fpga-q8.8 --layer 5x5o --layer 5x6rt4x5 --layer 6x3dt3x7 --weights w0.csv --weights w1.csv --weights w2.csv \
    --neurons n0.csv --neurons n1.csv --neurons n2.csv -q -o net.nir || bad "make" "$(<err.txt)"
run run net.nir x.csv -o rows.csv
expect "reals: every v and spike of 200 ticks" "2800 0 True" "$(python3 second.py)"

# Vectors: the net's own pass, those of another spacing or number do not.
run make fpga-q8.8 --layer 16x16o --layer 16x24rt7x5 --layer 24x4 --random 3 -q -o a.nir
run make fpga-q8.8 --layer 16x16o --layer 16x24rt7x4 --layer 24x4 --random 3 -q -o b.nir
"$spiketwin" gen a.nir --random 1 -n 4 --expect -q -m mem >a.vec || bad "gen" "exit $?"
"$spiketwin" check a.nir -q <a.vec >out.txt 2>err.txt
expect "the vectors of a net with taps pass" "0 check: " "$? $(cut -c1-7 out.txt)"
"$spiketwin" gen b.nir --random 1 -n 4 --expect -q >b.vec
grep -v '^[HS]' b.vec | sed -n '/^C/,$p' >b.body
(grep '^spiketwin\|^[HS]' a.vec; cat b.body) >mixed.vec
"$spiketwin" check a.nir -q <mixed.vec >out.txt 2>err.txt
expect "those of another spacing do not" 1 $?
expect "the memories say so" "7 5" "$(python3 -c '
import json
layer = json.load(open("mem/chip.json"))["layers"][1]
print(layer["taps"], layer["spacing"])' 2>&1)"

# The graph alone says it all: read back, the net is the same image.
hash_of() { "$spiketwin" info "$1" --json | grep image_hash; }
run import net.nir -c fpga-q8.8 -o back.nir
expect "import of its own graph" "0 $(hash_of net.nir)" "$? $(hash_of back.nir)"
run import net.nir -c fpga-q8.8 --set delay.max=14 -o never.nir
expect "import for a chip that hears less late" "1 no" "$? $([ -e never.nir ] && echo yes || echo no)"
grep -q '^layer 1: 4 taps, the last 15 ticks late, allowed 0..14 (delay.max of fpga-q8.8)$' out.txt &&
    ok "import: which layer, how late, allowed" || bad "import: which layer, how late, allowed" "$(<out.txt)"

# Rules of the chip.
run drc a.nir
expect "drc: what the chip allows" 0 $?
run drc a.nir --set delay.max=20
expect "drc: a chip that hears 20 ticks late breaks" 1 $?
grep -q '^delay: layer 1: 7 taps, the last 30 ticks late, allowed 0..20 (delay.max of fpga-q8.8)$' out.txt &&
    ok "drc: which layer, how late, allowed" || bad "drc: which layer, how late, allowed" "$(<out.txt)"
refuse "a chip that hears later than any" "info: $root/chips/fpga-q8.8.yaml:64: delay.max, 64, allowed whole numbers 0..63 ticks" \
    info fpga-q8.8 --set delay.max=64

# Faults: rows of all taps are there to be stuck.
printf 'stuck 1 0 111 3 1\nflip 2 1 0 weight 3 100\n' >faults.txt
train() { "$spiketwin" train -d clips -w high,low --hidden 16 -b 4 --held-percent 40 "$@" -q >out.txt 2>err.txt; }
train --taps 7x5 -e 3 -o tapped || bad "train --taps" "$(<err.txt)"
"$spiketwin" predict tapped/net.nir -d clips -n 3 --faults faults.txt -q >out.txt 2>err.txt || bad "faults in rows of taps" "$(<err.txt)"
grep -q fault out.txt err.txt && ok "faults in rows of taps" || bad "faults in rows of taps" "$(<out.txt)"
printf 'stuck 1 0 112 3 1\n' >faults.txt
refuse "a row behind the last tap" "predict: faults.txt:1: row, 112, allowed whole numbers 0..111" predict tapped/net.nir -d clips -n 3 --faults faults.txt

# Training: what cannot be is said before anything is done.
bad_taps() { refuse "--taps $1" "train: --taps: $1, allowed 1, or NxTICKS of 2..64 taps, the last one 1..63 ticks late" train -d clips --taps "$1" -o never; }
for text in 7 x5 7x 7x0 1x5 65x1 14x5 2x64 7x5x2 " " -7x5 7x-5; do bad_taps "$text"; done
refuse "a chip without taps" "train: network: layer 1: 7 taps, the last 30 ticks late, allowed 0..0 (delay.max of h1v1)" \
    train -d clips --held-percent 40 -c h1v1 --taps 7x5 -o never -q
train --taps 1 -e 3 -o one && train -e 3 -o none
cmp one/net.nir none/net.nir >cmp.txt && ok "--taps 1 is none" || bad "--taps 1 is none" "$(<cmp.txt)"
if train --taps 7x4 -e 3 -o tapped --resume; then
    bad "resumed with other taps" "accepted"
else
    expect "resumed with other taps" "spiketwin train: tapped/checkpoint.h5: of another run: it has taps=7,5, asked for is taps=7,4" "$(<err.txt)"
fi
finish
