#!/usr/bin/env bash
# Which wrong devices vectors would let through: the three that the documented run lets pass are named, corners
# leave fewer, and --kill makes vectors for what is left.
#
#   tests/cli/cosim/adequacy.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
tiny=$root/vectors/tiny.nir
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 2 1 && mv clips/low clips/no && mv clips/high clips/yes && rm -f clips/*.txt || exit 2

# shares FILE: found, of all, of the first line
shares() { sed -nE '1s/^adequacy: ([0-9]+) of ([0-9]+) wrong devices are found \([0-9.]+ %\), ([0-9]+) pass; of ([0-9]+) single bits that are stuck ([0-9.]+) % \(([0-9]+) clips, ([0-9]+) ticks\)$/\1 \2 \3 \4 \5 \6 \7/p' "$1"; }

# The documented run: two recordings.
"$spiketwin" gen "$tiny" -d clips -S train -k 3 -n 2 -q >two.vec 2>/dev/null || bad "gen"
"$spiketwin" adequacy "$tiny" -k 3 two.vec >two.txt 2>err.txt
expect "recordings: exit, and nothing beside it" "0 " "$? $(<err.txt)"
read -r found all pass _ _ clips ticks <<<"$(shares two.txt)"
expect "recordings: clips and ticks" "2 250" "$clips $ticks"
expect "recordings: all are found or pass" "$all $pass" "$((found + pass)) $(grep -c '^passes: ' two.txt)"
for name in "leak: rounds half up" "law: clamp wrap instead of saturate" "v: one bit narrower, wraps"; do
    expect "recordings let pass, by name: $name" 1 "$(grep -cx "passes: $name" two.txt)"
done
for name in "law: round_leak floor instead of nearest_even" "law: fire above instead of reached" "own spikes are not heard" "jitter is ignored"; do
    expect "recordings find: $name" 0 "$(grep -cx "passes: $name" two.txt)"
done
"$spiketwin" adequacy "$tiny" -k 3 --json <two.vec >two.json 2>/dev/null
expect "JSON" "$found $all $pass" "$(python3 -c 'import json; j = json.load(open("two.json")); print(j["found"], j["devices"], len(j["pass"]))')"
"$spiketwin" gen "$tiny" -d clips -S train -k 3 -n 2 --expect -q 2>/dev/null | "$spiketwin" adequacy "$tiny" -k 3 | cmp -s - two.txt &&
    ok "results in the file change nothing" || bad "results in the file change nothing"
OMP_NUM_THREADS=1 "$spiketwin" adequacy "$tiny" -k 3 two.vec | cmp -s - two.txt && ok "one thread, the same" || bad "one thread, the same"

# Corners of the same net.
"$spiketwin" gen "$tiny" -k 3 --corners -q >corners.vec
"$spiketwin" adequacy "$tiny" -k 3 corners.vec >corners.txt
for name in "leak: rounds half up" "law: clamp wrap instead of saturate" "v: one bit narrower, wraps"; do
    expect "corners find: $name" 0 "$(grep -cx "passes: $name" corners.txt)"
done
expect "corners leave fewer" 1 "$(($(shares corners.txt | cut -d' ' -f3) < pass))"

# Vectors for what is left.
"$spiketwin" adequacy "$tiny" -k 3 two.vec --kill more.vec >out.txt 2>err.txt
more=$(sed -nE 's/^more.vec: [0-9]+ clips that find ([0-9]+) of the '"$pass"' that pass$/\1/p' err.txt)
[ "${more:-0}" -ge 16 ] && ok "--kill finds $more of $pass" || bad "--kill" "$(<err.txt)"
expect "--kill: what still passes is named" "$((pass - more))" "$(grep -c '^still passes: ' err.txt)"
"$spiketwin" adequacy "$tiny" -k 3 more.vec >more.txt 2>err.txt
missed=$(comm -13 <(sed -n 's/^still passes: //p' <("$spiketwin" adequacy "$tiny" -k 3 two.vec --kill again.vec 2>&1 >/dev/null) | sort) \
    <(comm -12 <(sed -n 's/^passes: //p' two.txt | sort) <(sed -n 's/^passes: //p' more.txt | sort)))
expect "--kill: its vectors find what it says" "" "$missed"
cmp -s more.vec again.vec && ok "--kill: the same each time" || bad "--kill: the same each time"
"$spiketwin" dut "$tiny" -k 3 -q more.vec | "$spiketwin" check "$tiny" -k 3 -q >out.txt 2>err.txt
expect "--kill: vectors like any, and our RTL is right on them" 1 "$(grep -c ' words, 0 differ; [0-9]* spike bits, 0 differ' out.txt)"

# Every law, and how long it takes.
for chip in loihi xylo-v2 sc-neurocore izhikevich; do
    "$spiketwin" make $chip --layer 6x8r --layer 8x3 --random 2 --corners -o law.nir -q 2>/dev/null
    "$spiketwin" gen law.nir --random 1 -n 3 --ticks 40 -q >law.vec
    "$spiketwin" adequacy law.nir law.vec >out.txt 2>err.txt
    read -r found all _ <<<"$(shares out.txt)"
    [ "${found:-0}" -gt $((all / 2)) ] && ok "$chip: $found of $all" || bad "$chip" "$(cat out.txt err.txt)"
done
"$spiketwin" make fpga-q8.8 --layer 16x64r --layer 64x2 --random 1 -o big.nir -q
"$spiketwin" gen big.nir --random 1 -n 16 --ticks 125 -q >big.vec
start=$(date +%s%N)
"$spiketwin" adequacy big.nir big.vec >big.txt 2>err.txt
took=$((($(date +%s%N) - start) / 1000000))
[ $took -lt 30000 ] && ok "16-64-2, 2000 ticks: under 30 s ($took ms)" || bad "16-64-2" "$took ms"

# --- bad input --------------------------------------------------------------------------------------------------
refused() { # NAME MESSAGE ARGUMENTS...
    "$spiketwin" adequacy "${@:3}" >out.txt 2>err.txt </dev/null
    expect "$1" "2 spiketwin adequacy: $2" "$? $(cat out.txt err.txt)"
}
refused "another chip's vectors" "two.vec:11: the vectors were made for another image" "$tiny" -k 2 two.vec
refused "another net's vectors" "two.vec:11: the vectors were made for another image" big.nir two.vec
refused "nothing" "-:1: the file is empty: was anything written into it?" "$tiny" -k 3
refused "no file" "none.vec: No such file or directory" "$tiny" -k 3 none.vec
head -n 100 two.vec >short.vec
refused "a short file" "short.vec:101: the file ends without an E record" "$tiny" -k 3 short.vec
refused "ticks of nothing" "--ticks goes with --kill" "$tiny" -k 3 two.vec --ticks 9
refused "a folder that is not there" "no/more.vec: No such file or directory" "$tiny" -k 3 two.vec --kill no/more.vec
finish
