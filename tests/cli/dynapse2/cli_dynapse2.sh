#!/usr/bin/env bash
# spiketwin train -c dynapse2: the same bits for any number of threads and any interruption; JSON; --help; what a
# net that learns nothing makes it say; bad input.
#
#   tests/cli/dynapse2/cli_dynapse2.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

train() { # OUT OPTIONS...
    "$spiketwin" train -c dynapse2 -q -b 32 -o "$@"
}

same_run() { # NAME A B
    for file in net.h5 log.jsonl checkpoint.h5; do
        if cmp "$2/$file" "$3/$file" >cmp.txt 2>&1; then
            ok "$1: $file, every byte"
        else
            bad "$1: $file, every byte" "$(<cmp.txt)"
        fi
    done
}

# Threads.
for law in compat silicon; do
    for t in 1 3; do
        train "$law$t" --steps 12 -t $t --law $law >out.txt 2>err.txt || bad "train $law, $t threads" "$(<err.txt)"
    done
    same_run "$law: 1 and 3 threads" ${law}1 ${law}3
done
if cmp -s compat1/net.h5 silicon1/net.h5; then
    bad "the comparison can fail" "two laws give the same net"
else
    ok "the comparison can fail: another law is another net"
fi

# kill -9 in the middle, resume, compare with a run that nothing happened to.
steps=1500
train whole --steps $steps >out.txt || bad "the whole run" "exit $?"
"$spiketwin" train -c dynapse2 -q -b 32 --steps $steps -o killed >out.txt 2>err.txt & # no function: its pid is wanted
pid=$!
for _ in $(seq 3000); do
    [ -s killed/log.jsonl ] && [ "$(wc -l <killed/log.jsonl)" -ge 3 ] && break
    sleep 0.01
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
rc=$?
rows=$(wc -l <killed/log.jsonl)
if [ $rc -eq 137 ] && [ "$rows" -lt $((steps / 100)) ] && [ ! -e killed/net.h5 ]; then
    ok "killed after $rows of $((steps / 100)) rows"
else
    bad "killed in mid-training" "exit $rc, $rows rows"
fi
train killed --steps $steps --resume -t 1 >out.txt 2>err.txt || bad "resumed" "$(<err.txt)"
same_run "killed and resumed" whole killed
train killed --steps $steps --resume --lr 0.06 >out.txt 2>err.txt
expect "resuming another run: exit" 2 $?
expect "resuming another run: why" 1 "$(grep -c 'of another run: it has lr=' err.txt)"

# Yield (tests/cli/predict/cli_predict_dpi.sh has more of it): the trained net is better than the first weights; 4 bits,
# mapped and back, lose little.
right() { # NET: chips of 300 with both patterns right: once and three times the mismatch, without and with the weights
    for x in 1 3; do
        for weight in 0 0.1; do
            "$spiketwin" predict "$1" -q -n 300 -l 1 --mismatch $x --set mismatch.weight=$weight -j 2>err.txt |
                python3 -c 'import json,sys; print(json.load(sys.stdin)["yield"]["pass"])'
        done
    done
}
right whole/net.h5 >whole.txt
train first --steps 1 >out.txt
right first/net.h5 >first.txt
expect "training helps" "yes yes yes yes" "$(paste -d' ' first.txt whole.txt | while read -r a b; do
    [ $((a + 100)) -lt "$b" ] && echo yes || echo "$a $b"; done | xargs)"
train quantised --steps 60 --lr 0.02 --from whole/net.h5 --quantise >out.txt 2>err.txt || bad "train --quantise" "$(<err.txt)"
"$spiketwin" map quantised/net.h5 -q -o board.json >out.txt 2>err.txt || bad "map" "$(<err.txt)"
"$spiketwin" unmap board.json -q -o mapped.h5 >out.txt 2>err.txt || bad "unmap" "$(<err.txt)"
right mapped.h5 >mapped.txt
expect "4 bits, mapped and back, loses no more than 12 of 300 chips" "yes yes yes yes" \
    "$(paste -d' ' whole.txt mapped.txt | while read -r a b; do [ $((a - 12)) -le "$b" ] && echo yes || echo "$a $b"; done | xargs)"

# What is printed.
"$spiketwin" predict whole/net.h5 -n 16 >out.txt 2>err.txt
expect "events of our own are said" 1 "$(grep -c 'Poisson events of our own' err.txt)"
"$spiketwin" train -c dynapse2 --steps 2 -o loud -j >json.txt 2>loud.txt
if python3 -m json.tool json.txt >/dev/null 2>err.txt; then ok "train --json"; else bad "train --json" "$(<err.txt)"; fi
expect "a command stands once in its provenance" "spiketwin train -c dynapse2 --steps 2 -o loud -j" "$(python3 -c '
import json; print(json.load(open("loud/train.json"))["provenance"]["command"])')"
expect "a line a row on stderr" 1 "$(grep -c '^step      2 of 2  loss ' loud.txt)"
expect "curves" 1 "$(grep -c '>step<' loud/curves.svg)"
expect "the net that is kept is judged on 64 fresh chips" True "$(python3 -c '
import json
t, log = json.load(open("whole/train.json")), [json.loads(x) for x in open("whole/log.jsonl")]
print(t["held"] > 0.95 and t["held"] * 128 == round(t["held"] * 128) and t["steps"] == log[-1]["step"] == 1500
      and t["loss_stands_since"] is None and log[-1]["train"] > 0.9 and t["task"] == "frozen-noise")')"

# A net that never fires: said while it trains, and of what is kept; a run that goes on knows of before.
"$spiketwin" train -c dynapse2 -q -b 16 --steps 200 --init-sd 0 --weight-max 0.001 -o dead >out.txt 2>err.txt
expect "dead: exit" 0 $?
expect "dead: no output fires" 1 "$(grep -c 'step 100: the output (layer 0, 2 neurons) fires in none of 2 showings on any of 1600 chips' err.txt)"
expect "dead: the loss stands" 1 "$(grep -c 'step 200: the loss stands at 2.6265 since step 100: what a net that never fires costs' err.txt)"
expect "dead: of what is kept" 1 "$(grep -c '64 of 64 chips of the net that is kept (step 200) never decide' err.txt)"
expect "dead: in JSON" "100 1" "$(python3 -c '
import json; t = json.load(open("dead/train.json")); print(t["loss_stands_since"], t["undecided"]["silent"])')"

# Bad input: one line, exit 2, nothing written.
refuse() { # MESSAGE OPTIONS...
    local wanted=$1
    shift
    "$spiketwin" "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "$wanted" "$(<err.txt)"
    [ ! -s out.txt ] || bad "refused: $*" "something on stdout"
}
mkdir events
printf 'tick,channel,count\n3,61,1\n' >events/b_frozen_noise_trained_sample0.events.csv
se2="train -c dynapse2"
# shellcheck disable=SC2086 # words
{
    refuse "spiketwin train: --out DIR is needed" $se2
    refuse "spiketwin train: --law: fast, allowed compat|silicon|double" $se2 --law fast -o x
    refuse "spiketwin train: --mismatch: -1, allowed 0..10" $se2 --mismatch -1 -o x
    refuse "spiketwin train: --batch: 8, allowed 16..16384" $se2 -b 8 -o x
    refuse "spiketwin train: --batch: 40, allowed 16..16384 in sixteens: so many chips run side by side" $se2 -b 40 -o x
    refuse "spiketwin train: --quantise: needs a net to go on from, whose weights are fitted" $se2 -q --quantise -o x
    refuse "spiketwin train: --task: sums, allowed frozen-noise|general, and of LIF nets speech" $se2 --task sums -o x
    refuse "spiketwin train: --task: speech: of LIF nets; DYNAP-SE2 nets are shown frozen-noise or general" $se2 --task speech -o x
    refuse "spiketwin train: --condition: dynapse2 is a chip of DPI neurons, which has no such option" $se2 --condition full -o x
    refuse "spiketwin train: --hidden: of --data; event patterns have nets of their own" $se2 --hidden 8 -o x
    refuse "spiketwin train: --epochs: of --data; event patterns have nets of their own" $se2 --epochs 8 -o x
    refuse "spiketwin train: --labels: of --data; without it dynapse2 is shown event patterns" $se2 -w a,b -o x
    refuse "spiketwin train: --jitter: of event patterns, --data shows something else" $se2 -d . --jitter 1 -o x
    refuse "spiketwin train: nowhere: No such file or directory" $se2 -d nowhere -o x
    refuse "spiketwin train: events/b_frozen_noise_trained_sample0.events.csv:2: channel, 61, allowed 0..59" $se2 -E events -o x
}
refuse "spiketwin train: --margin: fpga-q8.8 is a chip of LIF neurons, which has no such option" train --margin 8 -o x
refuse "spiketwin train: --task: of DYNAP-SE2 nets (net.h5); fpga-q8.8 is none" train -d . --task general -o x
refuse "spiketwin: dynapse2: no such verb (see spiketwin --help)" dynapse2 train -o x
[ ! -e x ] && ok "nothing was written" || bad "nothing was written" "there is x"
finish
