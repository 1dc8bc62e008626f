#!/usr/bin/env bash
# spiketwin train: the same bits for any number of threads and any interruption; JSON; --help; --quiet.
#
#   tests/cli/train/cli_train.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2

command=("$spiketwin" train -d clips -w "high,low" --hidden 16 -b 4 --held-percent 40)

train() { # OUT OPTIONS...
    "${command[@]}" -o "$@"
}

# The log without what depends on the machine.
log_of() { sed -E 's/,"seconds":[^,]*,"clips_per_s":[^}]*//' "$1/log.jsonl"; }

hashes_of() { # of chips 0..3
    "$spiketwin" predict "$1/net.nir" -d clips -n 3 --json -q >hashes.json &&
        python3 -c 'import json; print(*[c["hash"] for c in json.load(open("hashes.json"))["chips"]])'
}

same_run() { # NAME A B
    local wanted
    wanted=$(hashes_of "$2")
    expect "$1: chips 0..3" "$wanted" "$(hashes_of "$3")"
    [ "$(wc -w <<<"$wanted")" -eq 4 ] || bad "$1: chips 0..3" "not four hashes: $wanted"
    expect "$1: log" "$(log_of "$2")" "$(log_of "$3")"
    for file in net.nir checkpoint.h5; do
        if cmp "$2/$file" "$3/$file" >cmp.txt 2>&1; then
            ok "$1: $file, every byte"
        else
            bad "$1: $file, every byte" "$(<cmp.txt)"
        fi
    done
}

# Threads. Each kind of net, so that all ways of the backward pass are run.
for kind in "" --recurrent --taps=4x3; do
    for t in 1 2 5; do
        # shellcheck disable=SC2086
        train "threads$kind$t" -e 3 -t $t $kind >out.txt 2>err.txt ||
            bad "train $kind with $t threads" "$(<err.txt)"
    done
    for t in 2 5; do same_run "1 and $t threads $kind" "threads${kind}1" "threads$kind$t"; done
    expect "3 epochs are 3 lines in the log $kind" 3 "$(log_of "threads${kind}1" | wc -l)"
done
if cmp -s threads1/net.nir threads--recurrent1/net.nir; then
    bad "the comparison can fail" "a recurrent and a feed-forward net are the same file"
else
    ok "the comparison can fail: a recurrent net differs"
fi
train seed2 -e 3 -s 2 -q >out.txt
if [ "$(hashes_of seed2)" = "$(hashes_of threads1)" ]; then
    bad "another seed is another net" "the same hashes"
else
    ok "another seed is another net"
fi

# kill -9 in the middle, resume, compare with a run that nothing happened to.
epochs=100
command+=(--average 4) # of the state that a checkpoint has to keep, the average too
train whole -e $epochs -q >out.txt || bad "the whole run" "exit $?"
"${command[@]}" -o killed -e $epochs -q >out.txt 2>err.txt & # no function: its pid is wanted
pid=$!
for _ in $(seq 2000); do
    [ -s killed/log.jsonl ] && [ "$(wc -l <killed/log.jsonl)" -ge 10 ] && break
    sleep 0.01
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
rc=$?
lines=$(wc -l <killed/log.jsonl)
if [ $rc -eq 137 ] && [ "$lines" -lt $epochs ] && [ ! -e killed/net.nir ]; then
    ok "killed after $lines of $epochs epochs"
else
    bad "killed in mid-training" "exit $rc, $lines of $epochs epochs"
fi
train killed -e $epochs -q --resume -t 1 >out.txt 2>err.txt || bad "resumed" "$(<err.txt)"
same_run "killed and resumed" whole killed

# The worst moments: the log is ahead of the checkpoint by an epoch, or its last line is torn.
train early -e $epochs -q >out.txt 2>err.txt &
pid=$!
for _ in $(seq 2000); do
    [ -s early/checkpoint.h5 ] && cp early/checkpoint.h5 early.h5 && break
    sleep 0.001
done
wait $pid
cp early.h5 early/checkpoint.h5
printf '{"epoch":9999,"lo' >>early/log.jsonl
train early -e $epochs -q --resume >out.txt 2>err.txt || bad "resumed behind the log" "$(<err.txt)"
same_run "resumed behind the log, torn line" whole early

train whole -e $epochs --resume -q >out.txt 2>err.txt
expect "a finished run resumed is done: exit" 0 $?
expect "a finished run resumed: log" "$(log_of killed)" "$(log_of whole)"

# The average looks on: the same steps, and another net is judged and kept. (Masks begin by what is judged.)
command+=(--mask 0 --mask-inputs 0)
plain=("${command[@]}" --average 0 -o plain -e "$epochs" -q)
"${plain[@]}" >out.txt || bad "the run without an average" "exit $?"
train averaged -e $epochs -q >out.txt || bad "the run with an average" "exit $?"
expect "with and without an average: the steps" "$(log_of plain | sed 's/"held":[^,]*,//')" \
    "$(log_of averaged | sed 's/"held":[^,]*,//')"
if [ "$(log_of whole)" = "$(log_of averaged)" ]; then
    bad "masks change the steps" "the same log"
else
    ok "masks change the steps"
fi
if [ "$(log_of plain)" = "$(log_of averaged)" ] || cmp -s plain/net.nir averaged/net.nir; then
    bad "with and without an average: what is judged and kept" "the same"
else
    ok "with and without an average: what is judged and kept"
fi
if "${plain[@]}" --average 2 --resume >out.txt 2>err.txt; then
    bad "resumed with another average" "accepted"
else
    expect "resumed with another average" \
        "spiketwin train: plain/checkpoint.h5: of another run: it has average=0, asked for is average=2" \
        "$(<err.txt)"
fi

# What is printed.
train json -e 2 --json >json.txt 2>err.txt
if python3 -m json.tool json.txt >/dev/null 2>err.txt; then
    ok "train --json"
else
    bad "train --json" "$(<err.txt)"
fi
if python3 -m json.tool json/train.json >/dev/null 2>err.txt; then
    ok "train.json"
else
    bad "train.json" "$(<err.txt)"
fi
if python3 -c 'import json,sys; [json.loads(l) for l in sys.stdin]' <json/log.jsonl 2>err.txt; then
    ok "log.jsonl is JSON, line by line"
else
    bad "log.jsonl is JSON, line by line" "$(<err.txt)"
fi
for verb in predict info; do
    data=
    [ $verb = predict ] && data="-d clips -n 5"
    # shellcheck disable=SC2086
    "$spiketwin" $verb json/net.nir $data --json >json.txt 2>err.txt
    if [ -s json.txt ] && python3 -m json.tool json.txt >/dev/null 2>err.txt; then
        ok "$verb --json"
    else
        bad "$verb --json" "$(<err.txt)"
    fi
done
for verb in "predict -d clips -n 3 -q" "info" "drc" "replay -d clips -k 2 -q"; do
    # shellcheck disable=SC2086
    expect "${verb%% *}: a run folder does for NET" "$("$spiketwin" $verb json/net.nir 2>&1)" \
        "$("$spiketwin" $verb json 2>&1 | sed 's|json: |json/net.nir: |')"
done
"$spiketwin" gen json --random 1 -n 2 --ticks 20 -q >some.vec
for verb in adequacy check; do
    expect "$verb: a run folder does for NET" "$("$spiketwin" $verb json/net.nir some.vec -q 2>&1)" "$("$spiketwin" $verb json some.vec -q 2>&1)"
done
mkdir -p empty h1v1
expect "a folder without a net" "spiketwin predict: empty: a folder without net.nir or net.h5: no run that ended" \
    "$("$spiketwin" predict empty -d clips 2>&1)"
expect "info: a chip's name goes before a folder's" "$("$spiketwin" info ./h1v1 2>&1; cd empty && "$spiketwin" info h1v1 2>&1)" \
    "spiketwin info: ./h1v1: a folder without net.nir or net.h5: no run that ended
$("$spiketwin" info h1v1 2>&1)"
train quiet -e 16 --lr 5e-3 --quiet >out.txt 2>err.txt
expect "train --quiet: nothing on stderr" "" "$(<err.txt)"
"$spiketwin" predict quiet/net.nir -d clips -n 5 --quiet >out.txt 2>err.txt
expect "predict --quiet: nothing on stderr" "" "$(<err.txt)"
train loud -e 2 >out.txt 2>err.txt
expect "a line an epoch on stderr" 2 "$(grep -c '^epoch ' err.txt)"
expect "no control characters where stderr is no terminal" 0 "$(grep -c '[[:cntrl:]]' err.txt)"
expect "the result is on stdout" 2 "$(wc -l <out.txt)"

# --help: exit 0, and every option that the source defines.
"$spiketwin" --help >help.txt 2>err.txt
expect "--help: exit" 0 $?
for source in "$root"/cli/*/*.c; do
    verb=$(basename "$source" .c)
    grep -q "const struct verb verb_$verb\b" "$source" || continue
    expect "--help names $verb" 1 "$(grep -c "^  $verb " help.txt)"
    "$spiketwin" "$verb" --help >verb.txt 2>err.txt
    expect "$verb --help: exit" 0 $?
    missing=
    while read -r option; do
        grep -qE -- "--$option\b" verb.txt || missing+=" --$option"
    done < <(cat "$source" "${source%.c}_options.c" 2>/dev/null |
        sed -nE "s/^ *\{\"([a-z-]+)\", ('.'|KEY_).*/\1/p; s/^ *(OPT_[A-Z]+|MS)\(([A-Z0-9_]+, )+\"([a-z-]+)\".*/\3/p")
    expect "$verb --help names every option" "" "$missing"
done
finish
