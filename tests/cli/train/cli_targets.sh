#!/usr/bin/env bash
# Targets over time from data to lockstep: training, resume, prediction by the task's own figure, RTL, and what is refused.
#
#   tests/cli/train/cli_targets.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$tmp/cache}
cd "$tmp" || exit 2

make_data() { # DIR SERIES ARGUMENTS: a small one of scripts/patterns_data.py
    python3 -c "import sys; sys.path.insert(0, '$root/scripts'); import patterns_data as p; p.$2('$1', $3)" || exit 2
}
make_data sin sinusoids "train=24, validation=6, ticks=60, period=20"

train=(train -c h1v2 -d sin --hidden 20 -R --population 3 -b 8 --held-percent 30 -s 2 -q)
"$spiketwin" "${train[@]}" -e 40 -o run >out.txt 2>err.txt || cat err.txt
grep -qE '^best epoch [0-9]+ of 40: correlation [0-9.]+ on held-back items' out.txt && ok "training says its figure" ||
    bad "training says its figure" "$(<out.txt)"
look() { python3 -c "import json, sys; x = json.load(open('$1')); print($2)"; }
rows() { python3 -c "import json; x = [json.loads(l) for l in open('run/log.jsonl')]; print($1)"; }
expect "the loss falls, and held-back items correlate" True "$(rows "x[-1]['loss'] < x[0]['loss'] / 2 and x[-1]['held'] > 0.52")"
"$spiketwin" info run/net.nir >info.txt 2>/dev/null
grep -q '"phase_0","phase_90","phase_180","phase_270"' info.txt && ok "labels of the net are the outputs" ||
    bad "labels of the net are the outputs" "$(<info.txt)"

# --- the same bits: threads, and after a stop ----------------------------------------------------
"$spiketwin" "${train[@]}" -e 40 -t 1 -o again >/dev/null 2>err.txt || cat err.txt
cmp -s run/net.nir again/net.nir && ok "same net by one thread" || bad "same net by one thread"
rm -rf again
timeout -s INT 600 "$spiketwin" "${train[@]}" -e 40 -o again >/dev/null 2>&1 &
pid=$!
until [ -s again/log.jsonl ] && [ "$(wc -l <again/log.jsonl)" -ge 3 ]; do sleep 0.02; done
kill -INT $pid
wait $pid
expect "it was stopped" True "$(python3 -c "print(3 <= sum(1 for _ in open('again/log.jsonl')) < 40)")"
"$spiketwin" "${train[@]}" -e 40 -o again --resume >/dev/null 2>err.txt || cat err.txt
cmp -s run/net.nir again/net.nir && ok "same net after a stop" || bad "same net after a stop"
sed -i 's/tau: 5/tau: 6/' sin/task.yaml
"$spiketwin" "${train[@]}" -e 50 -o again --resume >/dev/null 2>err.txt
grep -q "of another run: it has data=" err.txt && ok "another readout is another run" || bad "another readout" "$(<err.txt)"
sed -i 's/tau: 6/tau: 5/' sin/task.yaml

# --- prediction: figure, limit, state, attribution -----------------------------------------------
"$spiketwin" predict run -d sin -n 20 -l 0.2 -q --state st >table.txt 2>err.txt || cat err.txt
grep -q "on 6 items (validation), correlation" table.txt && ok "the figure is told" || bad "the figure is told" "$(<table.txt)"
"$spiketwin" predict run -d sin -n 20 -l 0.2 --json --state st >p.json 2>err.txt || cat err.txt
grep -q "0 chips run, 21 found in st" err.txt && ok "all chips are in the state" || bad "state" "$(<err.txt)"
"$spiketwin" predict run -d sin -n 20 -l 0.2 --json -q -t 1 >one.json 2>err.txt || cat err.txt
same='[{k: v for k, v in json.load(open(f)).items() if k not in ("provenance",)} for f in ("p.json", "one.json")]'
expect "the same by one thread" True "$(look p.json "(lambda y: y[0] == y[1])($same)")"
expect "the mean of the chips is that of its items" True "$(look p.json \
    "abs(x['figure']['mean'] - sum(2 * i['chips_share'] - 1 for i in x['clip_list']) / 6) < 1e-9")"
expect "the yield counts chips from the limit on" True "$(look p.json \
    "x['yield']['pass'] == sum(2 * c['accuracy'] - 1 >= 0.2 - 1e-12 for c in x['chips'][1:])")"
"$spiketwin" predict run -d sin -n 4 -q --attribution --sweep threshold.local >a.txt 2>err.txt || cat err.txt
grep -q "^what costs correlation (95 %: chips)" a.txt && ok "attribution by the figure" || bad "attribution" "$(<a.txt)"

# A verb that decides by labels does not take them.
"$spiketwin" gen run/net.nir -d sin -S validation -n 6 >v.txt 2>err.txt
grep -q "targets over time, allowed of this verb: items with labels" err.txt && ok "gen refuses targets" ||
    bad "gen refuses targets" "$(<err.txt)"

"$spiketwin" predict run -d sin -n 20 -l 0.2 -q --attribution -o predict.json >/dev/null 2>err.txt || cat err.txt
"$spiketwin" report predict.json -o page >r.txt 2>err.txt || cat err.txt
expect "the report tells the figure" "$(grep -oE 'virtual chips +[-0-9.]+' table.txt | grep -oE '[-0-9.]+$')" \
    "$(sed -n 's/^  mean *//p' r.txt)"
grep -q 'limit: correlation that a chip must reach' page/report.html && ! grep -qi 'accuracy lost' page/report.html &&
    ok "the page too" || bad "the page too" "no correlation in it, or accuracy"
"$spiketwin" report predict.json -l 0.9 -o page 2>err.txt | grep -qE '^yield limit +0.9000$' && ok "a limit of the report" ||
    bad "a limit of the report" "$(<err.txt)"

# --- lockstep ------------------------------------------------------------------------------------
if command -v verilator >/dev/null; then
    "$spiketwin" cosim run/net.nir -d sin -k 0..1 -n 2 -q >c.txt 2>err.txt || cat err.txt
    grep -qE "cosim: [0-9]+ words, 0 differ \(2 chips" c.txt && ok "RTL in lockstep" || bad "RTL in lockstep" "$(<c.txt)"
    grep -q "2 items, of which 0 with other output counts" c.txt && ok "output counts" || bad "output counts" "$(<c.txt)"
else
    left_out "RTL in lockstep" "no Verilator"
fi

# --- refused: one line, exit 2 -------------------------------------------------------------------
refused() { # NAME WANTED COMMAND...
    local name=$1 wanted=$2 code=0
    shift 2
    "$spiketwin" "$@" >out.txt 2>err.txt || code=$?
    expect "$name: exit" 2 "$code"
    expect "$name: what is wrong" "$wanted" "$(tail -n 1 err.txt)"
}
damaged() { # NAME WANTED CHANGE: training on a copy of the data after a change to it
    rm -rf d && cp -r sin d && (cd d && eval "$3")
    refused "$1" "spiketwin train: $2" train -c h1v2 -d d --hidden 4 -e 1 -o no -q
}
damaged "no targets" "d/events/train_003.csv: without targets: d/targets/train_003.csv is not there" "rm targets/train_003.csv"
damaged "no events" "d/targets/train_004.csv: without events: d/events/train_004.csv is not there" "rm events/train_004.csv"
damaged "no task" "d/task.yaml: no such file" "rm task.yaml"
damaged "a figure" "d/task.yaml:5: figure: \`luck\`, allowed correlation, sMAPE" "sed -i 's/correlation/luck/' task.yaml"
damaged "too few ticks" "d/targets/train_001.csv: 59 rows, allowed 60: a row a tick, as many in each item" "sed -i '\$d' targets/train_001.csv"
damaged "other outputs" "d/targets/train_001.csv:1: output 0 is \`x\`, allowed \`phase_0\`" "sed -i '1s/phase_0/x/' targets/train_001.csv"
damaged "not a number" "d/targets/train_002.csv:2: output \`phase_0\` is \`nan\`, allowed finite numbers" "sed -i '2s/^[^,]*/nan/' targets/train_002.csv"
damaged "more than spikes can say" \
    "d/targets/train_002.csv:2: output \`phase_0\` is 3, allowed -1.5..2.5: what its spikes can say, by low and high of task.yaml" \
    "sed -i '2s/^[^,]*/3/' targets/train_002.csv"
damaged "an event behind the targets" "d/events/train_005.csv: an event in tick 60, allowed below 60, the rows of its targets" \
    "echo 60,1 >>events/train_005.csv"
refused "ticks" "spiketwin train: sin/targets/train_000.csv: 60 rows, allowed 50, --ticks" train -c h1v2 -d sin --ticks 50 -o no -q
refused "labels" "spiketwin train: --labels: allowed of labelled items, sin has targets" train -c h1v2 -d sin -w phase_0 -o no -q
refused "a shift" "spiketwin train: --shift: 10, allowed 0: the targets of sin stay where they are" train -c h1v2 -d sin --shift 10 -o no -q
refused "a limit" "spiketwin predict: --limit: 1.5, allowed -1..1" predict run -d sin -l 1.5 -q
refused "decisions" "spiketwin predict: --decisions: of labels; sin holds targets" predict run -d sin --decisions x -q
refused "DYNAP-SE2" "spiketwin train: sin: targets over time, allowed of this verb: items with labels (targets: train, predict and cosim of LIF nets)" \
    train -c dynapse2 -d sin -o no -q
refused "sensitivity" "spiketwin sensitivity: sin: targets over time, allowed of this verb: items with labels (targets: train, predict and cosim of LIF nets)" \
    sensitivity run/net.nir -d sin -q
finish
