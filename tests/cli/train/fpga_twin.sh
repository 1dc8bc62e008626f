#!/usr/bin/env bash
# scripts/fpga-twin: the whole pipeline with a few chips, its sums over chips, and what it does not repeat.
#
#   tests/cli/train/fpga_twin.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

# The sums, on chips whose answers are counted by hand. Wilson's interval of 9 in 10 and of 0 in 6: Newcombe's
# formula, worked out with R's prop.test(correct = FALSE).
if PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$root/scripts" python3 - >sums.txt 2>&1 <<'PYTHON'; then
from fpga_twin_tables import goals, pooled, tables, wilson
assert [round(x, 4) for x in wilson(9, 10)] == [0.5958, 0.9821], wilson(9, 10)
assert [round(x, 4) for x in wilson(0, 6)] == [0, 0.3903], wilson(0, 6)

def result(seed, shift):
    def row(method, scale, accuracy, level="high"):
        return {"method": method, "level": level, "scale": scale, "quantised": 0.9, "clips": 8,
                "accuracy": [a - shift for a in accuracy]}
    rows = [row("qat", 1, [0.88, 0.92], level) for level in ("low", "mid", "high")]
    return {"data": "d", "seed": seed, "reference": 0.9, "grid": [],
            "rows": rows + [row("free", 3, [0.5, 0.7]), row("qat3", 3, [0.7, 0.8])]}

both = [result(1, 0), result(2, 0.01)]
p = pooled(both, lambda r: r["rows"], method="qat", level="mid", scale=1)
assert (p["chips"], p["nets"], round(p["mean"], 9)) == (4, 2, 89.5), p
assert round(p["sd"], 6) == round(100 * 0.02 * 2**0.5, 6), p  # within a net, not between the two
assert [round(x, 9) for x in p["net_losses"]] == [0, 1] and round(p["own_loss"], 9) == 0.5, p
assert (p["yield"], round(p["worst"], 9), round(p["p5"], 9)) == (50, 87, 87), p  # 92 and 91 pass 89
g = goals(both)["d"]
assert g["below_half_a_point"] is False and round(g["ratio"], 6) == round(15.5 / 30.5, 6), g
assert g["at_most_a_third"] is False, g
assert pooled(both, lambda r: r["grid"], method="qat") is None
PYTHON
    ok "sums over chips and nets"
else
    bad "sums over chips and nets" "$(<sums.txt)"
fi

"$root/scripts/fpga-twin" "$tmp/none" --quick --out out >out.txt 2>err.txt
expect "no program: exit" 2 $?

if ! command -v espeak-ng >/dev/null; then
    left_out "the pipeline" "espeak-ng is not installed"
    finish
fi
run() { "$root/scripts/fpga-twin" "$spiketwin" --quick --grids --seeds 1 --data "$tmp/none" --out "$tmp/out" >out.txt 2>err.txt; }
run
expect "quick run: exit" 0 $?
expect "without recordings it says so" 1 "$(grep -c 'left out: real yes/no' err.txt)"
expect "and in the tables" 1 "$(grep -c '^Left out: real yes/no' out.txt)"
python3 - >rows.txt 2>&1 <<'PYTHON' || bad "report.json" "$(<rows.txt)"
import json
report = json.load(open("out/report.json"))
assert report["complete"] and report["quick"] and len(report["results"]) == 1
result = report["results"][0]
rows = {(r["method"], r["level"], r["scale"]): r for r in result["rows"]}
assert len(rows) == len(result["rows"]) == 4 * 3 + 4 + 2, sorted(rows)
for (method, level, scale), row in rows.items():
    assert len(row["accuracy"]) == (6 if scale == 1 and method != "qat3" else 4), (method, level, scale)
assert result["verified"]["words"] == 4 * 2 * 125 * (16 + 128 + 2 * 4) and result["verified"]["differ"] == 0, result["verified"]
assert [(g["method"], g["bits"], len(g["accuracy"])) for g in result["grid"]] == [
    (m, 3, 4) for m in ("free", "ptq", "twin", "qat")], result["grid"]
print("rows right")
PYTHON
expect "report.json: every row, chips, words compared" "rows right" "$(<rows.txt)"

# A row is what spiketwin itself says of that net on that chip file.
seed=out/espeak-words/seed1
"$spiketwin" predict $seed/qat/net.nir -d out/corpus -c out/chips/Q8.8-mid.yaml -n 6 --json -q >again.json
same=$(python3 -c '
import json
rows = json.load(open("out/report.json"))["results"][0]["rows"]
row, = (r for r in rows if (r["method"], r["level"]) == ("qat", "mid"))
print(row["accuracy"] == [c["accuracy"] for c in json.load(open("again.json"))["chips"] if c["k"]])')
expect "a row is what spiketwin predict says" True "$same"
words=$(cat $seed/deploy/layer1_weight.hex | wc -w)
expect "deployed: a word for each of (16 + 128)·128 synapses" 18432 "$words"

run
expect "again: nothing is repeated" 1 "$(grep -c '0 steps run' err.txt)"
rm $seed/predict/qat-mid-x1.json
run
expect "an output that is gone is made again, alone" 1 "$(grep -c ' 1 steps run' err.txt)"
finish
