#!/usr/bin/env bash
# A core without a net: `make | gen | DUT | check` without recordings, on every chip of the tree and on one that
# is a law and nothing else; tables that are not those of the layers are refused.
#
#   tests/cli/chip/cli_make.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
sed '/^tick:/,$d; s/^name: .*/name: law-only/' "$root/chips/fpga-q8.8.yaml" >law-only.yaml

# Spikes of a vector file's results, in percent of those that could be.
spikes() {
    awk '$1 == "Z" { n = split($4, hex, ""); for (i = 1; i <= n; i++) { x = index("0123456789abcdef", hex[i]) - 1
         for (b = 8; b >= 1; b /= 2) if (x >= b) { fired++; x -= b } } could += $3 == 0 ? 24 : 3 }
         END { printf "%d\n", could ? 100 * fired / could : 0 }' "$1"
}

for chip in fpga-q8.8 h1v1 h1v2 loihi law-only.yaml; do
    run make "$chip" --layer 20x24r --layer 24x3 --random 5 -o net.nir -q || bad "make $chip" "$(<err.txt)"
    run gen net.nir --random 2 -n 6 --ticks 50 --rate 0..0.5 --expect -q || bad "gen $chip" "$(<err.txt)"
    mv out.txt net.vec
    share=$(spikes net.vec)
    [ "$share" -ge 5 ] && [ "$share" -le 95 ] && ok "$chip: $share % of neurons and ticks fire" || bad "$chip: fires" "$share %"
    run check net.nir net.vec && grep -q '^check: [1-9][0-9]* words, 0 differ' out.txt && ok "$chip: check" ||
        bad "$chip: check" "$(cat out.txt err.txt)"
done
# The RTL of a law that nothing was trained for.
"$spiketwin" make law-only.yaml --layer 20x24r --layer 24x3d --random 7 -o net.nir -q
"$spiketwin" gen net.nir --random 2 -n 6 -q 2>err.txt | "$spiketwin" dut net.nir -q 2>>err.txt | "$spiketwin" check net.nir -q >out.txt 2>>err.txt
expect "our RTL" "check: 16200 words, 0 differ; 16200 spike bits, 0 differ (6 clips)" "$(cat out.txt err.txt)"
for chip in xylo-v1 xylo-v2 sc-neurocore; do # whose vectors have no place for their words
    run make "$chip" --layer 20x24r --layer 24x3 --random 5 -o net.nir -q && run gen net.nir -m "$chip" -q &&
        [ -s "$chip/layer1_weight.hex" ] && ok "$chip: memories" || bad "$chip: memories" "$(<err.txt)"
done

run make fpga-q8.8 --layer 4x3r --random 1 -o one.nir -q
run make fpga-q8.8 --layer 4x3r --random 1 -o two.nir -q
hash_of() { "$spiketwin" info "$1" --json | grep -o '"image_hash":.*"'; }
expect "the same seed, the same words" "$(hash_of one.nir)" "$(hash_of two.nir)"
run make fpga-q8.8 --layer 4x3r --random 2 -o two.nir -q
[ "$(hash_of one.nir)" != "$(hash_of two.nir)" ] && ok "another seed, other words" || bad "another seed"

# Tables: words of Q8.8 and UQ0.16 as they were given.
printf '1,-2,0.5\n0,0.25,3\n' >w.csv
printf '8,0.5,0\n4,0.25,-1\n127.99609375,0.0625,0.00390625\n' >n.csv
run make fpga-q8.8 --layer 2x3 --weights w.csv --neurons n.csv -o table.nir -q || bad "tables" "$(<err.txt)"
run gen table.nir -m table -q
expect "weights" "0100 0000 fe00 0040 0080 0300" "$(cat table/layer0_weight.hex | xargs)"
expect "theta" "0800 0400 7fff" "$(xargs <table/layer0_theta.hex)"
expect "lambda" "8000 4000 1000" "$(xargs <table/layer0_lambda.hex)"
expect "bias" "0000 ff00 0001" "$(xargs <table/layer0_bias.hex)"

printf '0.1,-2,0.5\n0,0.25,3\n' >between.csv
run make fpga-q8.8 --layer 2x3 --weights between.csv --neurons n.csv -o between.nir -q
expect "a weight between two words is said" \
    "spiketwin make: warning: between.csv: 1 of 6 weights lie between the words of fpga-q8.8 and are rounded" "$(<err.txt)"

printf '1,-200,0.5\n0,0.25,3\n' >far.csv
printf '8,2,0\n4,0.25,-1\n8,0.0625,0\n' >leaks.csv
bad_make() { refuse "$1" "make: $2" make "${@:3}"; }
bad_make "no chip" "a chip is needed: a name in chips/ or a file" --layer 2x3
bad_make "no layer" "--layer is needed, such as --layer 32x64r --layer 64x2" fpga-q8.8 --random 1 -o x.nir
bad_make "no layer of that form" "--layer 2by3: allowed INxOUT, with r (recurrent), d (delayed), o (one to one) or tTAPSxTICKS (taps) behind it" fpga-q8.8 --layer 2by3
bad_make "taps without spacing" "--layer 3x2t4: allowed INxOUT, with r (recurrent), d (delayed), o (one to one) or tTAPSxTICKS (taps) behind it" fpga-q8.8 --layer 2x3 --layer 3x2t4
taps() { # what, message, layer
    bad_make "$1" "$2" fpga-q8.8 --layer 2x3 --layer "$3" --random 1 -o x.nir
}
taps "more taps than 64" "--layer: taps: 1..64" 3x2t65x1
taps "no tap" "--layer: taps: 1..64" 3x2t-1x1
taps "one tap with spacing" "--layer: spacing: only with taps" 3x2t1x5
taps "taps at the same tick" "--layer: spacing of taps: 1..63 ticks" 3x2t2x0
taps "a tap too late" "--layer: taps: the last one 1..63 ticks late" 3x2t14x5
taps "taps one to one" "--layer: one-to-one: no taps" 3x3ot2x5
bad_make "taps of the inputs" "--layer: taps: not the first layer, whose inputs are words" fpga-q8.8 --layer 3x2t2x5 --random 1 -o x.nir
bad_make "more sources than there may be" "--layer: taps: sources of a layer, each tap counted, 1..4096" fpga-q8.8 --layer 2x1025 --layer 1025x2t4x1 --random 1 -o x.nir
bad_make "a chip without taps" "--layer: layer 1: 2 taps, the last 1 ticks late, allowed 0..0 (delay.max of h1v1)" h1v1 --layer 16x16o --layer 16x8t2x1 --random 1 -o x.nir
bad_make "layers that do not meet" "--layer 4x2: 4 inputs, the layer before it has 3 neurons" fpga-q8.8 --layer 2x3 --layer 4x2
bad_make "an empty layer" "--layer 0x3: allowed 1..4096 inputs and neurons" fpga-q8.8 --layer 0x3
bad_make "no values" "--random SEED, or --weights FILE for each of 1 layers, is needed" fpga-q8.8 --layer 2x3 -o x.nir
bad_make "weights alone" "--neurons FILE for each layer, or --random, is needed" fpga-q8.8 --layer 2x3 --weights w.csv -o x.nir
bad_make "a table of another size" "w.csv: 2 x 3, allowed 3 x 3 (sources x neurons)" fpga-q8.8 --layer 3x3 --random 1 --weights w.csv -o x.nir
bad_make "neurons of another law" "n.csv: 3 x 3, allowed 3 x 4 (neurons x threshold, leak, bias, decay)" loihi --layer 2x3 --random 1 --neurons n.csv -o x.nir
bad_make "one table for two layers" "--weights: 1 files, allowed one a layer, 2" fpga-q8.8 --layer 2x3 --layer 3x2 --random 1 --weights w.csv -o x.nir
bad_make "a weight that is not stored" "far.csv: source 0, neuron 1: weight, -200, allowed -128..127.9960938 (what fpga-q8.8 stores)" \
    fpga-q8.8 --layer 2x3 --weights far.csv --neurons n.csv -o x.nir
bad_make "a leak that has no word" "x.nir: layer 0, neuron 0: leak, 2, allowed 0..0.999984741 (the word of fpga-q8.8)" \
    fpga-q8.8 --layer 2x3 --weights w.csv --neurons leaks.csv -o x.nir
finish
