#!/usr/bin/env bash
# spiketwin round: words of formats against Python's fractions, every mode, held and wrapped; and the ways to ask for help.
#
#   tests/cli/chip/cli_round.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
cd "$tmp" || exit 2

cat >check.py <<'PY'
import json, math, random, subprocess, sys
from fractions import Fraction as F
program = sys.argv[1]
random.seed(5)

def away(x):
    return math.ceil(x) if x > 0 else math.floor(x)

modes = {"floor": math.floor, "nearest_even": round, "toward_zero": math.trunc, "ceiling": math.ceil, "away_from_zero": away}
bad = ties = outside = n = 0
for turn in range(60):
    sign, m, f = random.random() < 0.6, random.randrange(1, 12), random.randrange(0, 17)
    bits = m + f
    lo, hi = (-(1 << bits - 1), (1 << bits - 1) - 1) if sign else (0, (1 << bits) - 1)
    values = [random.uniform(1.3 * lo, 1.3 * hi) / 2**f for _ in range(20)]
    values += [(random.randint(lo, hi) + 0.5) / 2**f for _ in range(10)] # ties
    values += [random.randint(lo, hi) / 2**f + random.choice((-1, 1)) * 2.0**-40 for _ in range(10)]
    values += [random.randint(lo, hi) / 2**f + 0.5 / 2**f + random.choice((-1, 1)) * 2.0**-40 for _ in range(10)] # beside ties
    for mode, rounds in modes.items():
        for wrap in (False, True):
            command = [program, "round", "--json", "--mode", mode, *(["--wrap"] if wrap else []), f"{'' if sign else 'U'}Q{m}.{f}", "--"]
            rows = json.loads(subprocess.run(command + [repr(v) for v in values], stdout=subprocess.PIPE, check=True).stdout)["values"]
            for v, row in zip(values, rows):
                exact = rounds(F(v) * 2**f)
                word = (exact - lo) % (1 << bits) + lo if wrap else min(max(exact, lo), hi)
                ties += (F(v) * 2**f) % 1 == F(1, 2)
                outside += not lo <= exact <= hi
                n += 1
                if row["word"] != word or row["outside"] != (not lo <= exact <= hi) or F(row["is"]) != F(word, 2**f):
                    bad += 1
                    print(command, v, row, word)
print(f"{n} values, {bad} wrong; ties and values outside: {ties > 1000 and outside > 1000}")
PY
expect "words of 60 formats" "30000 values, 0 wrong; ties and values outside: True" "$(python3 check.py "$spiketwin" 2>&1 | tail -n 1)"
run round --wrap UQ0.0 0 3
expect "a format without bits, wrapped" "0 0" "$(awk 'NR > 1 { print $3 }' out.txt | xargs)"
run round Q8.8 0.123456789
expect "the table's row" "0.123456789           0.125         32  0x0020     0.00154321" "$(tail -n 1 out.txt)"

refuse "no format" "round: a format and a value are needed, such as Q8.8 0.1" round
refuse "no value" "round: a format and a value are needed, such as Q8.8 0.1" round Q8.8
for format in Q40.1 Q8 8.8 UQ Q0.0 Q-1.4 Q1.100; do
    refuse "format $format" "round: $format: allowed Qm.n or UQm.n of at most 32 bits, such as Q8.8" round $format 1
done
refuse "no number" "round: VALUE: one, allowed -1e+300..1e+300" round Q8.8 one
refuse "nan" "round: VALUE: nan, allowed -1e+300..1e+300" round Q8.8 nan
refuse "mode" "round: --mode: up, allowed floor, nearest_even, toward_zero, ceiling, away_from_zero" round --mode up Q8.8 1
refuse "wrap of a giant" "round: 1e+30, allowed with --wrap below 6.87195e+10 in magnitude" round --wrap Q8.8 1e30

for asked in "help round" "round -h" "round --help"; do
    # shellcheck disable=SC2086
    run $asked
    expect "$asked: exit" 0 $?
    expect "$asked" "Usage: spiketwin round [OPTION...] FORMAT VALUE..." "$(head -n 1 out.txt)"
done
for asked in -h --help help; do
    run $asked
    expect "$asked" "usage: spiketwin VERB [options]" "$(head -n 1 out.txt)"
done
finish
