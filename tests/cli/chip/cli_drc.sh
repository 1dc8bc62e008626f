#!/usr/bin/env bash
# spiketwin drc: each rule alone, by a chip file that differs in one line from the one that the net
# keeps; JSON; --fix and its price; a net larger than the chip.
#
#   tests/cli/chip/cli_drc.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2

train() { # CHIP OUT OPTIONS...
    local chip=$1 out=$2
    shift 2
    "$spiketwin" train -c "$chip" -d clips --held-percent 40 -e 2 -q -o "$out" "$@" >out.txt 2>err.txt
}
train h1v2 h1 --hidden 60 -R || bad "train on h1v2" "$(<err.txt)"
train fpga-q8.8 fpga --hidden 12 || bad "train on fpga-q8.8" "$(<err.txt)"

# drc ARGUMENTS...: the exit code and the rules that are broken, with how many values each
drc() {
    "$spiketwin" drc "$@" --json -q >drc.json 2>err.txt
    local rc=$?
    [ $rc -eq 2 ] && { echo "2 $(<err.txt)"; return; }
    python3 -c '
import json
r = json.load(open("drc.json"))
assert r["passes"] == (not any(r["broken"].values()))
assert len(r["offences"]) <= sum(r["broken"].values())
print('$rc', *[f"{k}={v}" for k, v in r["broken"].items() if v])'
}
rules() { drc "$@" | sed -E 's/=[0-9]+//g'; }

expect "a trained net passes" "0" "$(drc h1/net.nir)"
expect "a trained net without a grid passes" "0" "$(drc fpga/net.nir)"
expect "real weights of a trained net are no levels" "1 grid sign" "$(rules --masters h1/net.nir)"
expect "real weights without a grid are no words" "1 grid" "$(rules --masters fpga/net.nir)"
expect "a net of another chip" "1 grid neuron" "$(rules -c h1v2 fpga/net.nir | sed 's/range //; s/sign //')"

# --fix: the same net, with the levels as real weights.
expect "fix: done" "0 grid sign" "$(rules --masters h1/net.nir --fix legal.nir)"
expect "fix: passes" "0" "$(drc legal.nir)"
expect "fix: its real weights pass too" "0" "$(drc --masters legal.nir)"
hashes() { # of chips 0..3
    "$spiketwin" predict "$1" -d clips -n 3 --json -q |
        python3 -c 'import json, sys; print(*[c["hash"] for c in json.load(sys.stdin)["chips"]])'
}
expect "fix: what is programmed stays the same" "$(hashes h1/net.nir)" "$(hashes legal.nir)"
expect "fix: of another chip" "0" "$(rules -c h1v2 fpga/net.nir --fix moved.nir | cut -c1)"
expect "fix: of another chip passes" "0" "$(drc moved.nir)"
expect "fix: it is of the new chip" '"h1v2"' \
    "$("$spiketwin" info moved.nir --json | sed -nE 's/^\t"chip":\t(.*),$/\1/p')"

# chip NAME FROM TO: the chip file with the first FROM replaced, in NAME.yaml
chip() {
    local text
    text=$(<"$root/chips/$4.yaml")
    [[ $text == *"$2"* ]] || { bad "chip $1" "no $2 in $4.yaml"; return; }
    printf '%s\n' "${text/"$2"/"$3"}" >"$1.yaml"
}
# alone RULE NET FROM TO [OPTIONS...]: that rule and no other is broken on the chip of the one change
alone() {
    local rule=$1 net=$2 from=$3 to=$4 of=h1v2
    [ "$net" = fpga/net.nir ] && of=fpga-q8.8
    shift 4
    chip changed "$from" "$to" $of
    expect "$rule alone: $from -> $to" "1 $rule" "$(rules -c changed.yaml "$net" "$@")"
}
alone range fpga/net.nir "max: {value: 127.99609375" "max: {value: 0.5"
alone grid legal.nir "bits:       {value: 6" "bits:       {value: 5" --masters
alone sign legal.nir "sign_axis:  {value: sources" "sign_axis:  {value: neurons" --masters
alone code h1/net.nir "bits:       {value: 6" "bits:       {value: 7"
alone neuron h1/net.nir "threshold: {value: 3.684" "threshold: {value: 3.7"
alone cores h1/net.nir "50 50 100" "50 50 59"
alone cores h1/net.nir "50 50 100" "61"
alone fan-in h1/net.nir "fan_in:  {value: 256" "fan_in:  {value: 75"
alone filters h1/net.nir "filters:     {value: 16" "filters:     {value: 15"
alone filters h1/net.nir "bandwidth:   {value: 0.7" "bandwidth:   {value: 3.9"
for same in "50 50 100/50 50 62" "fan_in:  {value: 256/fan_in:  {value: 76" \
    "filters:     {value: 16/filters:     {value: 17"; do
    chip changed "${same%/*}" "${same#*/}" h1v2
    expect "just fits: ${same#*/}" "0" "$(drc -c changed.yaml h1/net.nir)"
done

# What is said of each value, and where the layers lie.
"$spiketwin" drc --masters h1/net.nir >out.txt 2>err.txt
expect "text: exit" 1 $?
expect "text: a line for each offence" "$(drc --masters h1/net.nir >/dev/null; python3 -c '
import json
print(len(json.load(open("drc.json"))["offences"]))')" "$(grep -cE \
    '^layer [0-2], source [0-9]+, neuron [0-9]+: weight -?[0-9.e-]+, legal -?[0-9.]+: (grid|sign|grid, sign)$' out.txt)"
expect "text: the last line" "breaks rules" "$(tail -n 1 out.txt)"
"$spiketwin" drc h1/net.nir >out.txt 2>err.txt
expect "text: placement" "  layer 0  16 in the front end
  layer 1  60 in core 2
  layer 2  2 in core 2
passes" "$(tail -n 4 out.txt)"

# --fix cannot make room: nothing is written.
chip changed "50 50 100" "50 50 59" h1v2
expect "unfixable" "1 cores" "$(drc -c changed.yaml h1/net.nir --fix no.nir | sed 's/=1//')"
expect "unfixable: nothing is written" "" "$(find . -name 'no.nir*')"

# The price: both nets on the same chips and clips, and the fixed one as predict says.
"$spiketwin" drc -c h1v2 fpga/net.nir --fix moved.nir -d clips -n 5 --json -q >drc.json 2>err.txt ||
    bad "fix with data" "$(<err.txt)"
"$spiketwin" predict moved.nir -d clips -n 5 --json -q >predict.json 2>err.txt
expect "the price: after is what predict says" "$(python3 -c '
import json
print(json.load(open("predict.json"))["accuracy"]["chips"]["mean"])')" "$(python3 -c '
import json
print(json.load(open("drc.json"))["fix"]["after"])')"
"$spiketwin" drc --masters legal.nir --fix again.nir -d clips -n 5 --json -q >drc.json 2>err.txt
expect "the price of a legal net is nothing" "0 0.0" "$(python3 -c '
import json
r = json.load(open("drc.json"))["fix"]
print(r["sd_of_difference"], float(r["after"] - r["before"]))')"
"$spiketwin" drc --masters h1/net.nir --fix again.nir -d clips -n 5 --json -q >drc.json 2>err.txt
expect "the price of an illegal one is not" "True" "$(python3 -c '
import json
print(json.load(open("drc.json"))["fix"]["sd_of_difference"] > 0)')"

# What cannot be run.
refuse() { # NAME MESSAGE ARGUMENTS...
    local name=$1 message=$2
    shift 2
    "$spiketwin" "$@" >out.txt 2>err.txt
    expect "$name: exit" 2 $?
    expect "$name" "spiketwin $message" "$(<err.txt)"
    expect "$name: nothing on stdout" "" "$(<out.txt)"
}
refuse "no net" "drc: NET is needed: the net.nir of a run folder" drc
refuse "data without fix" "drc: --data is for --fix: to say what accuracy it costs" \
    drc h1/net.nir -d clips
sed '/^tick:/,$d; s/^name: .*/name: law-only/' "$root/chips/fpga-q8.8.yaml" >law.yaml
refuse "a chip of vectors only" \
    "drc: law-only: its file ends after the law: there is nothing to check a net against" \
    drc h1/net.nir -c law.yaml
refuse "nowhere to write" "drc: nowhere/x.nir: No such file or directory" \
    drc h1/net.nir --fix nowhere/x.nir
refuse "a net larger than the chip" \
    "train: network: 201 neurons behind the front end, h1v2 has room for 200 (50 + 50 + 100)" \
    train -c h1v2 -d clips --held-percent 40 -e 1 -q -o large --hidden 199
refuse "a recurrent layer larger than a core" "train: network: recurrent layers of 101 neurons, \
each of which lies in one core, do not fit the cores of h1v2 (50 + 50 + 100)" \
    train -c h1v2 -d clips --held-percent 40 -e 1 -q -o large --hidden 101 -R
expect "a net larger than the chip: nothing is left" "" "$(find large -type f)"
finish
