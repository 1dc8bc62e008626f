#!/usr/bin/env bash
# spiketwin dynapse2: the same bits for any number of threads and any interruption; JSON; --help; bad input.
#
#   tests/cli/dynapse2/cli_dynapse2.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

train() { # OUT OPTIONS...
    "$spiketwin" dynapse2 train -q -g 2 -o "$@"
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
        train "$law$t" -n 12 -t $t -L $law >out.txt 2>err.txt || bad "train $law, $t threads" "$(<err.txt)"
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
train whole -n $steps >out.txt || bad "the whole run" "exit $?"
"$spiketwin" dynapse2 train -q -g 2 -n $steps -o killed >out.txt 2>err.txt & # no function: its pid is wanted
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
train killed -n $steps -r -t 1 >out.txt 2>err.txt || bad "resumed" "$(<err.txt)"
same_run "killed and resumed" whole killed
train killed -n $steps -r -l 0.06 >out.txt 2>err.txt
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
train first -n 1 >out.txt
right first/net.h5 >first.txt
expect "training helps" "yes yes yes yes" "$(paste -d' ' first.txt whole.txt | while read -r a b; do
    [ $((a + 100)) -lt "$b" ] && echo yes || echo "$a $b"; done | xargs)"
train quantised -n 60 -l 0.02 --from whole/net.h5 --quantise >out.txt 2>err.txt || bad "train --quantise" "$(<err.txt)"
"$spiketwin" map quantised/net.h5 -q -o board.json >out.txt 2>err.txt || bad "map" "$(<err.txt)"
"$spiketwin" unmap board.json -q -o mapped.h5 >out.txt 2>err.txt || bad "unmap" "$(<err.txt)"
right mapped.h5 >mapped.txt
expect "4 bits, mapped and back, loses no more than 12 of 300 chips" "yes yes yes yes" \
    "$(paste -d' ' whole.txt mapped.txt | while read -r a b; do [ $((a - 12)) -le "$b" ] && echo yes || echo "$a $b"; done | xargs)"

# What is printed.
"$spiketwin" predict whole/net.h5 -n 16 >out.txt 2>err.txt
expect "events of our own are said" 1 "$(grep -c 'Poisson events of our own' err.txt)"
"$spiketwin" dynapse2 train -n 2 -o loud -j >json.txt 2>err.txt
if python3 -m json.tool json.txt >/dev/null 2>err.txt; then ok "train --json"; else bad "train --json" "$(<err.txt)"; fi
"$spiketwin" dynapse2 train --help >help.txt 2>err.txt
expect "dynapse2 train --help: exit" 0 $?
missing=
while read -r option; do
    grep -qE -- "--$option\b" help.txt || missing+=" --$option"
done < <(for file in dynapse2_common patterns dynapse2_train; do
    sed -n '/argp_option options/,/{0}/p' "$root/cli/$file.c"
done | sed -nE "s/^ *\{\"([a-z-]+)\", ('.'|KEY_).*/\1/p")
expect "dynapse2 train --help names every option" "" "$missing"
expect "dynapse2 --help names its actions" 1 "$("$spiketwin" dynapse2 --help | grep -cE '^  train ')"

# Bad input: one line, exit 2, nothing written.
refuse() { # MESSAGE OPTIONS...
    local wanted=$1
    shift
    "$spiketwin" dynapse2 "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "$wanted" "$(<err.txt)"
    [ ! -s out.txt ] || bad "refused: $*" "something on stdout"
}
mkdir events
printf 'tick,channel,count\n3,61,1\n' >events/b_frozen_noise_trained_sample0.events.csv
refuse "spiketwin dynapse2 train: --out DIR is needed" train
refuse "spiketwin dynapse2 train: --law: fast, allowed compat|silicon|double" train -L fast -o x
refuse "spiketwin dynapse2 train: --mismatch: -1, allowed 0..10" train -m -1 -o x
refuse "spiketwin dynapse2 train: --quantise: needs --from NET, whose weights are fitted" train -q --quantise -o x
refuse "spiketwin: dynapse2 yield: no such action (see spiketwin dynapse2 --help)" yield whole/net.h5
refuse "spiketwin dynapse2 train: events/b_frozen_noise_trained_sample0.events.csv:2: channel, 61, allowed 0..59" \
    train -E events -o x
refuse "spiketwin: dynapse2 fly: no such action (see spiketwin dynapse2 --help)" fly
[ ! -e x ] && ok "nothing was written" || bad "nothing was written" "there is x"
finish
