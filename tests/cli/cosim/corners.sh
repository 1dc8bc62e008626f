#!/usr/bin/env bash
# Vectors that reach: what `gen --corners` reaches and how short it is, and that three faults of a foreign device
# which recordings let pass are found by it at the first try.
#
#   tests/cli/cosim/corners.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$(dirname "$0")/../../lib/refuse.sh"
tiny=$root/vectors/tiny.nir
cd "$tmp" || exit 2

# sums FILE: reached, of all, ticks, as gen says them on stderr
sums() { sed -nE 's/^[0-9]+ clips, ([0-9]+) ticks: ([0-9]+) of ([0-9]+) corners reached, ([0-9]+) out of reach, ([0-9]+) not.*/\2 \3 \4 \5 \1/p' "$1"; }

# --- what it reaches, and in how many ticks ---------------------------------------------------------------------
for row in "fpga-q8.8 --layer 16x64r --layer 64x2" "fpga-q8.8 --layer 16x16o --layer 16x64r --layer 64x2" "loihi --layer 8x16r --layer 16x2" "xylo-v2 --layer 8x16r --layer 16x2" \
    "sc-neurocore --layer 8x16r --layer 16x2" "izhikevich --layer 8x16r --layer 16x2" "h1v2 --layer 16x16 --layer 16x2"; do
    # shellcheck disable=SC2086
    set -- $row
    "$spiketwin" make "$@" --random 1 --corners -o net.nir -q 2>err.txt || bad "$row: make" "$(<err.txt)"
    "$spiketwin" gen net.nir --corners >corners.vec 2>err.txt || bad "$row: gen" "$(<err.txt)"
    read -r reached all out open ticks <<<"$(sums err.txt)"
    "$spiketwin" gen net.nir --random 1 --ticks "$ticks" --expect -q | "$spiketwin" check net.nir --json >random.json 2>/dev/null
    random=$(python3 -c 'import json; print(json.load(open("random.json"))["reached"]["reached"])')
    [ "$((reached + out + open))" = "$all" ] && [ "$ticks" -le 2000 ] && [ "$reached" -gt "$random" ] && [ $((2 * (reached + out))) -gt "$all" ] &&
        ok "$row: $reached of $all in $ticks ticks, $out out of reach; as many ticks at random reach $random" ||
        bad "$row" "$(sums err.txt)" "at random: $random"
    # check counts what gen said.
    "$spiketwin" gen net.nir --corners --expect -q | "$spiketwin" check net.nir >out.txt 2>/dev/null
    expect "$row: check counts the same" "reached: $reached of $all corners, $out out of reach, $open not reached" "$(sed -n 2p out.txt)"
    case $row in "fpga-q8.8 --layer 16x64r"*) expect "$row: all but sums over own spikes" "1" "$((open <= 3))" ;; esac
done
"$spiketwin" make fpga-q8.8 --layer 16x24r --layer 24x2 --random 1 --corners -o net.nir -q
"$spiketwin" gen net.nir --corners -q >a.vec && "$spiketwin" gen net.nir --corners -q | cmp -s - a.vec && ok "the same each time" || bad "the same each time"
"$spiketwin" gen net.nir --corners -s 2 -q | cmp -s - a.vec && bad "another seed, another search" || ok "another seed, another search"
expect "the seed stands in the head" 1 "$(grep -c '^H corners=1$' a.vec)"
"$spiketwin" gen net.nir --corners --ticks 7 >short.vec 2>err.txt
expect "no more ticks than asked for" 1 "$(($(sums err.txt | cut -d' ' -f5) <= 7))"
"$spiketwin" dut net.nir -q a.vec | "$spiketwin" check net.nir -q >out.txt 2>err.txt
expect "our RTL" 1 "$(grep -c ' words, 0 differ; [0-9]* spike bits, 0 differ' out.txt)"

# --- of other stimuli the shortest parts ------------------------------------------------------------------------
"$spiketwin" gen net.nir --random 4 -n 30 --ticks 60 --expect -q | "$spiketwin" check net.nir --json >all.json 2>/dev/null
"$spiketwin" gen net.nir --random 4 -n 30 --ticks 60 --distil >few.vec 2>err.txt
read -r reached _ _ _ ticks <<<"$(sums err.txt)"
expect "distil: reaches what all of it reaches" "$(python3 -c 'import json; print(json.load(open("all.json"))["reached"]["reached"])')" "$reached"
[ "$ticks" -lt 900 ] && ok "distil: $ticks of 1800 ticks" || bad "distil" "$ticks of 1800 ticks"
"$spiketwin" dut net.nir -q few.vec | "$spiketwin" check net.nir -q >out.txt 2>err.txt
expect "distil: vectors like any" "0 1" "$? $(grep -c ' words, 0 differ' out.txt)"

# --- three faults of somebody else's device ---------------------------------------------------------------------
if command -v iverilog >/dev/null; then
    dut() { iverilog -g2012 -s tb_pipe -o "$1.vvp" "$2" "$root/examples/dut/lif_chip.v" "$root/examples/icarus/tb_pipe.sv" || bad "$1" "iverilog"; }
    plant() { # NAME SED
        sed "$2" "$root/examples/dut/lif_layer.v" >"$1.v"
        cmp -s "$1.v" "$root/examples/dut/lif_layer.v" && bad "$1" "nothing was planted"
        dut "$1" "$1.v"
    }
    dut right "$root/examples/dut/lif_layer.v"
    plant half_up "s/leak = nearest(old \\* factor, 16);/leak = (old * factor + 48'sd32768) >>> 16;/"
    plant no_saturation 's/saturated = y > .*/saturated = y[15:0];/'
    plant one_bit_narrow 's/reg signed \[15:0\] v      \[/reg signed [14:0] v      [/'
    # through NAME VECTORS NET OPTION...: what check says of the device, and its exit code
    through() {
        vvp -n "$1.vvp" <"$2" | "$spiketwin" check "${@:3}" -q >out.txt 2>err.txt
        echo "$? $(sed -E 's/check: ([0-9]+) words, ([0-9]+) differ.*/\2 of \1/' out.txt)"
    }
    # The documented run (examples/icarus/run): recordings, chip 3.
    rm -rf clips
    "$root/tests/lib/clips.py" corpus clips 2 1 && mv clips/low clips/no && mv clips/high clips/yes && rm -f clips/*.txt || exit 2
    "$spiketwin" gen "$tiny" -d clips -S train -k 3 -n 2 -m mem -q >recordings.vec 2>/dev/null || bad "recordings" "gen"
    for fault in right half_up no_saturation one_bit_narrow; do
        expect "$fault: passes the documented run" "0 0 of 7500" "$(through $fault recordings.vec "$tiny" -k 3)"
    done
    "$spiketwin" gen "$tiny" -k 3 --corners -q >corners.vec || bad "corners" "gen"
    expect "right: on corners of the same net" "0 0" "$(through right corners.vec "$tiny" -k 3 | cut -d' ' -f1,2)"
    for fault in half_up no_saturation one_bit_narrow; do
        expect "$fault: found by --corners on the same net" 1 "$(through $fault corners.vec "$tiny" -k 3 | cut -d' ' -f1)"
    done
    # And on a net whose words are made for it, by any seed.
    for seed in 1 2 3; do
        "$spiketwin" make fpga-q8.8 --layer 16x16o --layer 16x12r --layer 12x2 --random $seed --corners -o made.nir -q || bad "make" "$seed"
        "$spiketwin" gen made.nir --corners -s $seed -q -m mem >corners.vec || bad "gen" "$seed"
        expect "seed $seed: right" "0 0" "$(through right corners.vec made.nir -s $seed | cut -d' ' -f1,2)"
        for fault in half_up no_saturation one_bit_narrow; do
            expect "seed $seed: $fault is found" 1 "$(through $fault corners.vec made.nir -s $seed | cut -d' ' -f1)"
        done
    done
else
    left_out "three faults in a foreign device" "iverilog is not installed"
fi

# --- bad input --------------------------------------------------------------------------------------------------
refuse "corners and random" "gen: --corners and --random: allowed one of them" gen "$tiny" --corners --random 1
refuse "corners and recordings" "gen: --corners and --data: allowed one of them" gen "$tiny" --corners -d "$tmp"
refuse "a rate of what is searched for" "gen: --ticks, --rate, --most and --one-event go with --random" gen "$tiny" --corners --rate 0.5
refuse "a number of clips of what is searched for" "gen: --corners and --clips: allowed one of them" gen "$tiny" --corners -n 3
refuse "distil nothing" "gen: --distil goes with --data, --random or --corners" gen "$tiny" --distil
refuse "corners of given words" "make: --corners goes with --random" make fpga-q8.8 --layer 2x2 --corners -o o.nir --weights w --neurons n
finish
