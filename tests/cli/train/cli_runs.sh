#!/usr/bin/env bash
# Run folders, files and the end of a run: what is there is never destroyed unasked, two processes never write into
# one folder, names are no way to a terminal, and what could not be printed is no success.
#
#   tests/cli/train/cli_runs.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1
"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2
train="train -d clips --held-percent 40 --hidden 8 -q"

run() { timeout 60 "$spiketwin" "$@" >out.txt 2>err.txt </dev/null; }
refuse() { # NAME MESSAGE ARGUMENTS...: exit 2 and this line, behind warnings
    local name=$1 message=$2
    shift 2
    run "$@"
    expect "$name" "2 spiketwin $message" "$? $(tail -n 1 err.txt)"
}
litter() { find . -name '.spiketwin-*'; }
sums() { (cd "$1" && cksum -- *); }

# --- a run that is there ------------------------------------------------------------------------
# shellcheck disable=SC2086 # $train is words
{
    run $train -e 2 -o run || bad "a run" "$(<err.txt)"
    before=$(sums run)
    asks="--resume goes on with it, --force removes it and begins anew, or name another --out"
    refuse "over a run" "train: run: holds a run (checkpoint.h5): $asks" $train -e 2 -o run
    expect "it is as it was" "$before" "$(sums run)"
    refuse "goes on and begins anew" "train: --resume and --force: one goes on, the other begins anew" \
        $train -e 2 -o run --resume --force
    for file in log.jsonl train.json curves.svg ablation.json; do
        rm -rf half && mkdir half && : >half/$file
        refuse "over part of a run: $file" "train: half: holds part of a run ($file): $asks" $train -e 2 -o half
    done
    rm -rf half && mkdir half && cp run/log.jsonl half
    run $train -e 2 -o half --resume
    expect "a run without checkpoint begins again" "0 2" "$? $(wc -l <half/log.jsonl)"
    cmp -s run/net.nir half/net.nir && ok "to the same net" || bad "to the same net" "another"
    mkdir other && : >other/net.h5
    refuse "over another verb's run" "train: other: holds a run (net.h5): $asks" $train -e 2 -o other
    mkdir mine && echo mine >mine/notes.txt
    run $train -e 1 -o mine
    expect "a folder with other files" "0 mine" "$? $(<mine/notes.txt)"
    echo '{}' >run/predict.json
    run $train -e 2 -o run --force
    expect "--force: the old run and what was found of it are gone" \
        "0 checkpoint.h5 curves.svg log.jsonl net.nir train.json" "$? $(cd run && echo *)"
    cmp -s run/net.nir half/net.nir && ok "--force: the same net" || bad "--force: the same net" "another"
    refuse "--force: bad input removes nothing" "train: nowhere.yaml: no such file" \
        $train -c nowhere.yaml -o run --force
    [ -s run/net.nir ] && ok "it is there" || bad "it is there" "gone"
    refuse "to -" "train: -: a folder is needed, not standard output" $train -e 1 -o -
}
se2="train -c dynapse2 -q -b 16 --steps 10 -o se2"
# shellcheck disable=SC2086
{
    "$spiketwin" $se2 >out.txt 2>err.txt || bad "train -c dynapse2" "$(<err.txt)"
    refuse "train -c dynapse2 over a run" "train: se2: holds a run (checkpoint.h5): $asks" $se2
    run $se2 --force
    expect "train -c dynapse2 --force" 0 $?
}

# --- two into one folder; signals ---------------------------------------------------------------
# begin FOLDER ARGUMENTS...: in the background, until its log has two rows; $pid
begin() {
    local folder=$1
    shift
    "$spiketwin" "$@" >long.txt 2>long.err </dev/null &
    pid=$!
    for _ in $(seq 3000); do
        [ -s "$folder/log.jsonl" ] && [ "$(wc -l <"$folder/log.jsonl")" -ge 2 ] && return
        sleep 0.01
    done
}
# shellcheck disable=SC2086
for name in INT TERM HUP; do
    rm -rf long
    begin long $train -e 5000 -o long
    if [ $name = INT ]; then
        refuse "the second into a folder" \
            "train: long: in use by process $pid on $(hostname): wait for it, or name another folder" $train -e 9 -o long
        refuse "the second, --force" \
            "train: long: in use by process $pid on $(hostname): wait for it, or name another folder" \
            $train -e 9 -o long --force
        refuse "another verb into it" \
            "gen: long: in use by process $pid on $(hostname): wait for it, or name another folder" \
            gen run/net.nir -d clips -m long -q
    fi
    kill -$name $pid
    wait $pid
    rc=$?
    expect "SIG$name: exit" $((128 + $(kill -l $name))) $rc
    if [[ $(grep -v ": warning: " long.err) =~ ^"spiketwin train: stopped by SIG$name after epoch "[0-9]+" of 5000; go on with: "(.*)$ ]]; then
        ok "SIG$name: one line"
        again=${BASH_REMATCH[1]}
    else
        bad "SIG$name: one line" "$(<long.err)"
        again=false
    fi
    expect "SIG$name: what is there" "checkpoint.h5 log.jsonl" "$(cd long && echo *)"
    expect "SIG$name: nothing is left" "" "$(litter)"
done
last=$(wc -l <long/log.jsonl)
timeout 60 bash -c "${again/-e 5000/-e $((last + 3))}" >out.txt 2>err.txt
expect "the printed command runs, for as many epochs as were asked for" 2 $?
grep -q "of another run: it has epochs=5000" err.txt && ok "and is the same run's" || bad "and is the same run's" "$(<err.txt)"
rm -rf "a b'c"
# shellcheck disable=SC2086
begin "a b'c" $train -e 12 --patience 0 -o "a b'c"
kill -TERM $pid 2>/dev/null
wait $pid
again=$(sed -n 's/.*go on with: //p' long.err)
if [ -n "$again" ]; then
    timeout 120 bash -c "$again" >out.txt 2>err.txt
    expect "the printed command goes on" "0 12" "$? $(wc -l <"a b'c/log.jsonl")"
else
    expect "a run that was done before the signal" "12" "$(wc -l <"a b'c/log.jsonl")"
fi
# shellcheck disable=SC2086
(
    trap '' HUP
    exec "$spiketwin" $train -e 60 -o nohup
) >out.txt 2>err.txt &
pid=$!
for _ in $(seq 1000); do [ -s nohup/checkpoint.h5 ] && break || sleep 0.01; done
kill -HUP $pid
wait $pid
expect "SIGHUP under nohup is not heard" "0 " "$? $(grep stopped err.txt)"

# Children end with us: by a signal at once, by SIGKILL through the kernel.
mkdir bin && printf '#!/bin/sh\necho $$ >child\nexec sleep 100\n' >bin/gnuplot && chmod +x bin/gnuplot
for name in TERM KILL; do
    rm -rf kid child
    # shellcheck disable=SC2086
    PATH=$PWD/bin:$PATH "$spiketwin" $train -e 1 -o kid >out.txt 2>err.txt </dev/null &
    pid=$!
    for _ in $(seq 3000); do [ -s child ] && break || sleep 0.01; done
    kill -$name $pid
    wait $pid 2>/dev/null
    for _ in $(seq 200); do kill -0 "$(<child)" 2>/dev/null && sleep 0.01; done
    kill -0 "$(<child)" 2>/dev/null && bad "SIG$name: the child is gone" "it runs" || ok "SIG$name: the child is gone"
done
# shellcheck disable=SC2086
run $train -e 1 -o kid --resume
expect "and the lock of the killed one is none" "0 " "$? $(litter)"

# --- descriptors --------------------------------------------------------------------------------
# shellcheck disable=SC2086
timeout 60 "$spiketwin" $train -e 1 -o closed >&- 2>err.txt
expect "stdout closed" "2 spiketwin: standard output is closed" "$? $(<err.txt)"
[ -e closed ] && bad "stdout closed: nothing is begun" "$(ls closed)" || ok "stdout closed: nothing is begun"
# shellcheck disable=SC2086
timeout 60 "$spiketwin" $train -e 1 -o closed <&- >out.txt 2>&-
expect "stdin and stderr closed" "0 5" "$? $(find closed -type f | wc -l)"
"$spiketwin" gen run/net.nir -d clips -n 1 --expect >good.vec 2>err.txt || bad gen "$(<err.txt)"
"$spiketwin" check run/net.nir <&- >out.txt 2>err.txt
expect "check: stdin closed" 2 $?
full() { # NAME ARGUMENTS...
    local name=$1
    shift
    timeout 60 "$spiketwin" "$@" >/dev/full 2>err.txt
    expect "$name to a full device" "2 No space left on device" "$? $(sed -n '$s/.*: //p' err.txt)"
}
if [ -c /dev/full ]; then
    full --help --help
    full --version --version
    full "train --help" train --help
    full gen gen run/net.nir -d clips -n 1
    full "check" check run/net.nir good.vec
    full "check --json" check run/net.nir good.vec --json
    full drc drc run/net.nir
    full "drc --json" drc run/net.nir --json
    full replay replay run/net.nir clips --virtual-chip 2 -q
    full sensitivity sensitivity run/net.nir -d clips -q
    full "predict of event patterns" predict se2/net.h5 -n 16 -q
    full "predict of event patterns --json" predict se2/net.h5 -n 16 -q --json
    echo "1,2,3" >w.csv
    full quantise quantise w.csv
    full "quantise --json" quantise w.csv --json
    full "predict -o -" predict run/net.nir -d clips -n 2 -q -o -
else
    left_out "a full device" "no /dev/full"
fi
{ sleep 0.3 && exec "$spiketwin" gen run/net.nir -d clips --expect 2>err.txt; } | true
expect "a reader that goes: quiet, but no success" "141 " "${PIPESTATUS[0]} $(<err.txt)"
(
    trap '' PIPE
    sleep 0.3
    "$spiketwin" gen run/net.nir -d clips --expect 2>err.txt
    echo $? >rc.txt
) | true
expect "a reader that goes, SIGPIPE ignored" "2 Broken pipe" "$(<rc.txt) $(sed 's/.*: //' err.txt)"

# --- files --------------------------------------------------------------------------------------
predict() { run predict run/net.nir -d clips -n 2 -q "$@"; }
predict -o p.json
wanted=$(sed 's/-o [^"]*//' p.json)
ln -s /dev/null null && mkfifo fifo
predict -o null
expect "to a link to a device" "0 symbolic link" "$? $(stat -c %F null)"
[ -c /dev/null ] && ok "the device stays" || bad "the device stays" "$(ls -l /dev/null)"
cat fifo >piped.json &
predict -o fifo
rc=$?
wait $!
expect "to a FIFO" "0 fifo" "$rc $(stat -c %F fifo)"
expect "to a FIFO: all of it" "$wanted" "$(sed 's/-o [^"]*//' piped.json)"
predict -o - --json
expect "to -: twice the document" "$(($(wc -l <p.json) * 2))" "$(wc -l <out.txt)"
predict -o /dev/stdout
expect "to /dev/stdout: the document, then the table" "0 {" "$? $(head -c 1 out.txt)"
grep -q "^ *virtual chips\|chips" out.txt && ok "to /dev/stdout: the table is there" || bad "to /dev/stdout" "$(<out.txt)"
[ -L /dev/stdout ] && ok "/dev/stdout is still a link" || bad "/dev/stdout is still a link" "$(ls -l /dev/stdout)"
echo precious >target && ln -s target link.json
predict -o link.json
expect "a link of that name is replaced, not followed" "0 regular file precious" "$? $(stat -c %F link.json) $(<target)"
for way in - /dev/stdout fifo; do
    refuse "a state to $way" "predict: $way: a state is a file that is read again, not a stream" \
        predict run/net.nir -d clips -n 2 -q --state $way
done
(umask 077 && predict -o secret.json)
expect "the mode is umask's" 600 "$(stat -c %a secret.json)"
(umask 022 && predict -o open.json)
expect "the mode is umask's, again" 644 "$(stat -c %a open.json)"
: >.spiketwin-0123456789abcdef
: >.spiketwin-0123456789abcdeX
mkdir .spiketwin-00000000000000ff && ln -s target .spiketwin-00000000000000aa
exec 9>.spiketwin-fedcba9876543210 && flock 9
predict -o clean.json
expect "what a killed process left goes, what is another's or in use stays" \
    ".spiketwin-00000000000000aa .spiketwin-00000000000000ff .spiketwin-0123456789abcdeX .spiketwin-fedcba9876543210" \
    "$(find . -maxdepth 1 -name '.spiketwin-*' -printf '%f\n' | sort | paste -sd' ')"
exec 9>&-
rm -rf .spiketwin-*
long=$(printf 'n%.0s' {1..250}).json
predict --decisions "$long"
expect "a name of 255 bytes" 0 $?
refuse "a name that is too long" "predict: x$long: File name too long" predict run/net.nir -d clips -n 2 -q --decisions "x$long"
"$spiketwin" predict run/net.nir -d clips -n 3000 -q -t 1 --state one.state >out.txt 2>err.txt &
pid=$!
for _ in $(seq 1000); do [ -s one.state ] && break || sleep 0.01; done
refuse "two with one state" "predict: one.state: in use by another process" \
    predict run/net.nir -d clips -n 3000 -q --state one.state
kill -INT $pid
wait $pid
expect "predict: SIGINT" "130 spiketwin predict: stopped by SIGINT: no result; the chips that are done are in one.state, and the same command goes on from there" \
    "$? $(<err.txt)"

# --- names --------------------------------------------------------------------------------------
evil=$'x\e]0;owned\a\xff\xc2\x9b\e[2J'
refuse "control characters of a name, in a message" \
    'predict: x\x1b]0;owned\x07\xff\xc2\x9b\x1b[2J/net.nir: no such file' predict "$evil/net.nir" -d clips
refuse "a newline of a name" "predict: a b: no such file" predict $'a\nb' -d clips
cp -r run "$evil" 2>/dev/null && run info "$evil/net.nir"
expect "control characters of a name, in a table" "" "$(LC_ALL=C tr -d '\11\12\40-\176' <out.txt | od -An -c)"
printf 'name\n' >"$evil.csv" && printf '1,2,3\n' >"$evil.csv"
run quantise "$evil.csv"
expect "control characters of a name, in another" "0 " "$? $(LC_ALL=C tr -d '\11\12\40-\176' <out.txt | od -An -c)"
run quantise "$evil.csv" --json
python3 -c 'import json, sys; json.load(open("out.txt", encoding="utf-8"))' 2>err.txt &&
    ok "JSON is UTF-8 whatever a file is called" || bad "JSON is UTF-8 whatever a file is called" "$(<err.txt)"
expect "nothing is left" "" "$(litter)"
finish
