#!/usr/bin/env bash
# `run`: reals against a second simulation in Python, integers against the vectors of gen, stimuli in every form.
#
#   tests/cli/nir/cli_run.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"

# A net of tables, and a stimulus of numbers between the words of the chip.
python3 - <<'PY'
import random
random.seed(3)
n_in, n, m, ticks = 4, 6, 3, 200
table = lambda name, rows: open(name, "w").write("".join(",".join(repr(x) for x in row) + "\n" for row in rows))
table("w0.csv", [[round(random.gauss(1, 3), 3) for _ in range(n)] for _ in range(n_in + n)])
table("w1.csv", [[round(random.gauss(1, 3), 3) for _ in range(m)] for _ in range(n)])
for name, k in (("n0.csv", n), ("n1.csv", m)): # threshold, leak, bias
    table(name, [[round(random.uniform(4, 12), 3), round(random.uniform(0.01, 0.3), 4), round(random.gauss(0, 0.3), 3)] for _ in range(k)])
table("x.csv", [[random.choice([0, 0, 0.5, 0.81, 1.6]) for _ in range(n_in)] for _ in range(ticks)])
PY
cat >second.py <<'PY'
# The law in reals, from docs/numerics.md: argument 1 is what run printed, 2 ge or gt, 3 subtract or zero, 4 "late" or not.
import csv, struct, sys
single = lambda x: struct.unpack("f", struct.pack("f", x))[0]
read = lambda name: [[single(float(v)) for v in row] for row in csv.reader(open(name))]
gt, zero, late = sys.argv[2] == "gt", sys.argv[3] == "zero", sys.argv[4:] == ["late"]
x = [[float(v) for v in row] for row in csv.reader(open("x.csv"))]
w, neurons = [read("w0.csv"), read("w1.csv")], [read("n0.csv"), read("n1.csv")]
v, z = [[0.0] * 6, [0.0] * 3], [[0] * 6, [0] * 3]
rows = csv.DictReader(open(sys.argv[1]))
wrong = seen = spikes = 0
for t, row_x in enumerate(x):
    for layer in range(2):
        sources = row_x + z[0] if layer == 0 else z[0]
        now = []
        for i, (theta, leak, bias) in enumerate(neurons[layer]):
            c = v[layer][i] * (1 - leak) + bias + sum(w[layer][s][i] * y for s, y in enumerate(sources))
            fired = c > theta if gt else c >= theta
            v[layer][i] = (0 if zero else c - theta) if fired else c
            now.append(int(fired))
            row = next(rows)
            seen += 1
            spikes += fired
            wrong += (int(row["tick"]), int(row["layer"]), int(row["neuron"])) != (t, layer, i)
            wrong += int(row["real_spikes"]) != fired or abs(float(row["real_v"]) - v[layer][i]) > 1e-9
        z[layer] = now
print(seen, wrong, spikes > 50)
PY
run make fpga-q8.8 --layer 4x6r --layer 6x3 --weights w0.csv --weights w1.csv --neurons n0.csv --neurons n1.csv -q -o net.nir || bad "make" "$(<err.txt)"
run run net.nir x.csv -o chip.csv
expect "reals: every v and spike of 200 ticks" "1800 0 True" "$(python3 second.py chip.csv ge subtract)"
grep -qE '^spiketwin run: part at tick [0-9]+, layer [01], neuron [0-9]: [01] spikes in reals at v = ' err.txt && ok "where they part" ||
    bad "where they part" "$(<err.txt)"
run run net.nir x.csv --as nir -o nir.csv
expect "reals as NIR: > and a reset to v_reset" "1800 0 True" "$(python3 second.py nir.csv gt zero)"

# Integers: the words of gen's own vectors, of a virtual chip, a current and several words of input.
run make loihi --layer 5x9r --layer 9x4d --random 4 -q -o loihi.nir || bad "make loihi" "$(<err.txt)"
for net in net loihi; do
    run gen $net.nir --random 2 -k 3 -n 2 --ticks 60 --expect -q || bad "gen" "$(<err.txt)"
    mv out.txt $net.vec
    run run $net.nir $net.vec -k 3 --clip 1 -o $net.csv
    expect "integers of $net: every word of v, every spike" "same" "$(python3 - $net.vec $net.csv <<'PY'
import csv, sys
of, want, bits = -1, {}, 0
for line in open(sys.argv[1]):
    field = line.split()
    if field[0] == "S": bits, neurons = int(field[2]), [int(n) for n in field[7:]]
    if field[0] == "C": of = int(field[1])
    if of == 1 and field[0] == "V":
        for n, word in enumerate(field[3:]):
            x = int(word, 16)
            want[field[1], field[2], str(n), "word_v"] = x - (1 << bits) if x >> (bits - 1) else x
    if of == 1 and field[0] == "Z":
        for n in range(neurons[int(field[2])]):
            want[field[1], field[2], str(n), "chip_spikes"] = int(field[3], 16) >> n & 1
rows = list(csv.DictReader(open(sys.argv[2])))
got = {(r["tick"], r["layer"], r["neuron"], k): int(r[k]) for r in rows for k in ("word_v", "chip_spikes")}
fired = sum(v for k, v in got.items() if k[3] == "chip_spikes")
print("same" if got == want and fired > 20 else (len(got), len(want), fired))
PY
)"
done

# The same stimulus as a table, as events by tick and by time, in disorder, with and without a byte order mark.
printf '0,0,1,0\n0,0,0,0\n1,0,0,0\n0,2,0,1\n' >table.csv
printf 'tick,unit,value\n3,1,2\n0,2,1\n3,3,1\n2,0,1\n' >ticks.csv
printf 'value,time_us,unit\n1,0,2\n2,24000,1\n1,31999,3\n1,16000.5,0\n' >micro.csv
printf '\xEF\xBB\xBFtime,unit\r\n0.0241,1\r\n0.031,1\r\n0.0259,3\r\n0.016,0\r\n0.007,2\r\n' >time.csv
for form in table ticks time micro; do
    run run net.nir $form.csv -q && mv out.txt $form.out || bad "$form" "$(<err.txt)"
done
expect "events by tick: the table" "" "$(cmp table.out ticks.out 2>&1)"
expect "events by time: the table" "" "$(cmp table.out time.out 2>&1)"
expect "events by microseconds, columns in another order: the table" "" "$(cmp table.out micro.out 2>&1)"
run run net.nir table.csv --ticks 2 -q
expect "--ticks" $((2 * 9 + 1)) "$(wc -l <out.txt)"
expect "vectors by standard input" "" "$(cmp net.csv <("$spiketwin" gen net.nir --random 2 -k 3 -n 2 --ticks 60 -q | "$spiketwin" run net.nir - -k 3 --clip 1 -q) 2>&1)"
refuse "a table by standard input" "run: -: vectors or events are read from standard input, a table from a file" run net.nir -
run run net.nir x.csv --json
expect "--json: no rows, and where they part" "200 1800 True" "$(python3 -c '
import json
j = json.load(open("out.txt"))
print(j["ticks"], j["compared"], j["first"]["tick"] >= 0)')"

# A law without reals here says so.
run make izhikevich --layer 3x2 --random 1 -q -o iz.nir && run run iz.nir table.csv -o iz.csv
run gen iz.nir --random 1 --ticks 20 -q && mv out.txt iz.vec && run run iz.nir iz.vec && grep -q "left out: real numbers: the law izhikevich" err.txt &&
    ok "no reals of another law: said" || bad "another law" "$(<err.txt)"

printf 'tick,unit\n0,4\n' >bad.csv
refuse "a unit beyond the inputs" "run: bad.csv:2: unit 4, allowed whole numbers 0..3" run net.nir bad.csv
printf 'tick,unit\n-1,0\n' >bad.csv
refuse "a tick before the first" "run: bad.csv:2: tick -1, allowed whole numbers 0..9999999" run net.nir bad.csv
printf 'time,unit\n1e9,0\n' >bad.csv
refuse "a time beyond all ticks" "~run: bad.csv:2: time 1e\+09, allowed 0\.\.80000" run net.nir bad.csv
printf 'tick,unit\n1,x\n' >bad.csv
refuse "an event that is none" "run: bad.csv:2: unit \`x\`, allowed numbers" run net.nir bad.csv
printf 'tick,unit\n5,1\n' >bad.csv
refuse "an event beyond --ticks" "run: bad.csv:2: tick 5, allowed whole numbers 0..4 (--ticks)" run net.nir bad.csv --ticks 5
printf '1,2\n' >bad.csv
refuse "too few columns" "run: bad.csv: 2 columns, the net has 4 inputs (events begin with a line of names: tick or time, unit)" run net.nir bad.csv
printf '0,0,-1,0\n' >bad.csv
refuse "no input word" "run: bad.csv: tick 0, input 2: -1, allowed 0..15.9375 (the input words of fpga-q8.8)" run net.nir bad.csv
printf '0,0,nan,0\n' >bad.csv
refuse "not a number" "run: bad.csv:1: column 3, nan, allowed finite numbers" run net.nir bad.csv
printf 'tick,neuron\n1,1\n' >bad.csv
refuse "events without units" "run: bad.csv:1: no column \`unit\`, allowed tick or time (time_s, time_ms, time_us, time_ns), unit, and value" run net.nir bad.csv
refuse "a clip that is not there" "run: net.vec: no clip 9 in it" run net.nir net.vec --clip 9
refuse "no stimulus" "run: none.csv: no such file" run net.nir none.csv
refuse "an order of nobody" "run: --as: brian, allowed nir, norse, snntorch, snntorch-delay, sinabs, rockpool, spyx" run net.nir x.csv --as brian
finish
