#!/usr/bin/env bash
# Verbs keep their result in the run folder of their net, and say so; report tells what is missing, as the command
# that makes it, and that command does.
#
#   tests/cli/report/run_files.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
small_run
there() { (cd "${1:-run}" && echo *.json); }

"$spiketwin" report -o page run >out.txt 2>err.txt
expect "nothing was predicted: the command that does" \
    "2 spiketwin report: run/predict.json: No such file or directory (made by spiketwin predict run -d clips)" "$? $(<err.txt)"
"$spiketwin" predict run -d clips -n 3 --bootstrap 40 --json -q >out.txt 2>err.txt
expect "--json: on stdout, and not in the folder" "train.json" "$(there)"
"$spiketwin" predict run -d clips -n 3 --bootstrap 40 -o elsewhere.json -q >out.txt 2>err.txt
expect "--out: there, and not in the folder" "train.json" "$(there)"
cp run/net.nir own.nir && cp run/net.nir . && "$spiketwin" predict own.nir -d clips -n 3 --bootstrap 40 >out.txt 2>err.txt
expect "a net that is in no run folder: nothing" "elsewhere.json " "$(there .) $(grep written err.txt)"
"$spiketwin" predict run -d clips -n 3 --bootstrap 40 >out.txt 2>err.txt
expect "a run folder: kept, and said" "train.json predict.json spiketwin predict: run/predict.json is written" \
    "$(there | tr ' ' '\n' | sort -r | xargs) $(grep written err.txt)"
expect "the file is what --json prints" "same" "$(python3 - elsewhere.json run/predict.json <<'PY'
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
for r in a, b:
    del r["provenance"], r["net"]
print("same" if a == b else "other")
PY
)"
"$spiketwin" predict run -d clips -n 3 --bootstrap 40 >out.txt 2>err.txt
expect "the same command again takes no one's place" "spiketwin predict: run/predict.json is written" "$(grep written err.txt)"
"$spiketwin" predict run/net.nir -d clips -n 4 --bootstrap 40 >out.txt 2>err.txt
expect "in place of another command's" "spiketwin predict: run/predict.json is written, in place of that of spiketwin predict run -d clips -n 3 --bootstrap 40" \
    "$(grep written err.txt)"
(cd run && "$spiketwin" predict net.nir -d ../clips -n 5 --bootstrap 40 -q >../out.txt 2>../err.txt)
expect "inside of the folder; -q: nothing said" "5 0" "$(python3 -c 'import json; print(json.load(open("run/predict.json"))["accuracy"]["chips"]["n"])') $(wc -c <err.txt)"

"$spiketwin" report -o page run >table.txt 2>err.txt
expect "a page of what is there" 0 $?
expect "no RTL: not run, in the table" "cosim: not run" "$(grep cosim: table.txt)"
expect "what is missing, as commands" "spiketwin cosim run -d clips
spiketwin sensitivity run -d clips
spiketwin replay run -d clips --virtual-chip K --clip right
spiketwin replay run -d clips --virtual-chip K --clip wrong
spiketwin faults run -d clips --exhaustive --tests
spiketwin adequacy run VECTORS" "$(sed -n 's/^spiketwin report: not run: //p' err.txt)"
"$spiketwin" gen run --random 1 -n 1 --ticks 40 -q >in.vec 2>err2.txt
sed -n 's/^spiketwin report: not run: //p' err.txt | grep -v cosim | while read -r command; do
    command=${command/#spiketwin/\"$spiketwin\"}
    command=${command/chip K/chip 2}
    case $command in *faults* | *sensitivity*) command="$command -n 2" ;; esac
    bash -c "${command/VECTORS/in.vec}" >>out.txt 2>&1 || echo "$command" >>failed.txt
done
expect "these commands run" "" "$(cat failed.txt 2>/dev/null)"
expect "and leave it there" "adequacy.json faults.json predict.json replay-right.json replay-wrong.json sensitivity.json train.json" "$(there)"
"$spiketwin" report -o page run >out.txt 2>err.txt
expect "what is missing now" "spiketwin cosim run -d clips" "$(sed -n 's/^spiketwin report: not run: //p' err.txt)"
expect "the page is its JSON" "True" "$(python3 "$root/tests/lib/look.py" page/report.html page/report.json | cut -d' ' -f1)"
"$spiketwin" report -o page run -q >out.txt 2>err.txt
expect "-q: nothing is said" "" "$(<err.txt)"

mkdir run/faults.json.d && rm run/faults.json && mkdir run/faults.json
"$spiketwin" faults run -d clips -x -n 1 >out.txt 2>err.txt
expect "what cannot be kept is a warning, and the result is told" "0 1 1" "$? $(grep -c 'warning: the result is not kept in the run folder: run/faults.json' err.txt) $(
    grep -c '^layer 0 stuck' out.txt)"
rmdir run/faults.json run/faults.json.d
"$spiketwin" train -d clips --held-percent 40 -e 1 -b 8 -s 3 --hidden 6 -q -o run --force >out.txt 2>err.txt
expect "train --force: results of the old net are gone" "train.json" "$(there)"
finish
