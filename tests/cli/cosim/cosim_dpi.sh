#!/usr/bin/env bash
# spiketwin cosim on a DYNAP-SE2 net: as many words as there are, none differ; the same for any number of
# threads; a fault in the RTL is found, where it is, and its command shows it again; bad input.
#
#   tests/cli/cosim/cosim_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/waves.sh
. "$root/tests/lib/waves.sh"
cd "$tmp" || exit 2
"$spiketwin" train -c dynapse2 -q -b 32 --steps 60 --lr 0.02 -o run >out.txt 2>err.txt || bad "a net to try" "$(<err.txt)"
cosim() { "$spiketwin" cosim -q run/net.h5 "$@" >out.txt 2>err.txt; }

# Bad input: one line, exit 2, nothing on stdout. None of it builds RTL.
refuse() { # MESSAGE OPTIONS...
    local wanted=$1
    shift
    "$spiketwin" cosim -q "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "spiketwin cosim: $wanted" "$(<err.txt)"
    [ ! -s out.txt ] || bad "refused: $*" "something on stdout"
}
refuse "run/net.h5: a net without labels: --labels A,B says what its neurons 0, 1, .. stand for" run/net.h5 -d .
refuse "--split: of --data; without it run/net.h5 is shown event patterns" run/net.h5 -S test
refuse "x: No such file or directory" -F x run/net.h5
refuse "--law: double: the RTL computes in integers: compat or silicon" run/net.h5 --law double
refuse "--mismatch: -1, allowed 0..10" run/net.h5 --mismatch -1
refuse "--clip: 2, allowed 0..1" run/net.h5 -i 2
refuse "--clip: 30, allowed 0..29" run/net.h5 --task general -i 30
refuse "--source: nowhere: no such folder" run/net.h5 --source nowhere
refuse "--law: of DYNAP-SE2 nets (net.h5); $root/vectors/tiny.nir is none" "$root/vectors/tiny.nir" -d . --law silicon
mkdir events && printf 'tick,channel,count\n3,61,1\n' >events/b_frozen_noise_trained_sample0.events.csv
refuse "events/b_frozen_noise_trained_sample0.events.csv:2: channel, 61, allowed 0..59" run/net.h5 -E events
head -c 2000 run/net.h5 >cut.h5
"$spiketwin" cosim -q cut.h5 >out.txt 2>err.txt
expect "a net that is cut: exit" 2 $?
expect "a net that is cut: one line" 1 "$(wc -l <err.txt)"

if ! command -v verilator >/dev/null; then
    left_out "the RTL" "no verilator"
    finish
fi

# 4 chips, 2 patterns of 500 ticks, 2 neurons; 6 state words, and 7 with a GABA dendrite.
words() { python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
print(d["words"], d["differ"], d["clips"], [c["k"] for c in d["chips"]], d["decisions"]["differ"], d["law"],
      d["stages"], all(c["twin_correct"] == c["rtl_correct"] for c in d["chips"]))' "$1"; }
for t in 1 3; do
    cosim -k 0..3 -t $t -j
    expect "compat, $t threads: exit" 0 $?
    cp out.txt compat$t.json
    expect "compat, $t threads: words" "48000 0 2 [0, 1, 2, 3] 0 compat 0 True" "$(words out.txt)"
done
chips() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["chips"])' "$1"; }
expect "1 and 3 threads" "$(chips compat1.json)" "$(chips compat3.json)"
cosim -k 0,5 -T -j --law silicon
expect "silicon, every stage: exit" 0 $?
expect "silicon, every stage: words" "28000 0 2 [0, 5] 0 silicon 64000 True" "$(words out.txt)"
cosim -k 7 --task general -n 5 --law silicon
expect "general: exit" 0 $?
expect "general: 5 of what is shown" 1 "$(grep -c '^chip 7 .* 35,*000 words, 0 differ; .* of 5 patterns, 0 decided otherwise$' out.txt)"
cosim -k 1 -i 1
expect "one pattern" 1 "$(grep -c '^chip 1 .* of 1 patterns, 0 decided' out.txt)"

# The same chips as those of predict, each as often right.
"$spiketwin" predict run/net.h5 -q -n 8 -j >predict.json 2>err.txt
cosim -k 1..8 -j
expect "accuracy is that of predict" True "$(python3 -c '
import json
p, d = json.load(open("predict.json")), json.load(open("out.txt"))
print(abs(sum(c["rtl_correct"] for c in d["chips"]) / 16 - p["accuracy"]["chips"]["mean"]) < 1e-9)')"

# One chip beside the nominal one, what sets them apart into the RTL: 2 neurons of 6 state words, 500 ticks.
replay() { "$spiketwin" replay -q run/net.h5 --virtual-chip 2 --mismatch 3 --clip 1 --rtl -j "$@" >out.txt 2>err.txt; }
replay --build dut
expect "replay into the RTL: exit, words, differ" "0 6000 0 0" "$? $(python3 -c '
import json; r = json.load(open("out.txt"))["rtl"]; print(r["words"], r["differ"], r["decisions_differ"])')"

# Faults in the RTL alone: ties that go down; a threshold one e-fold off by a bit; a weight's address.
fault() { # NAME FILE EXPRESSION STAGE
    rm -rf tree && mkdir tree && cp -r "$root"/{rtl,cosim,model,base} tree/
    sed -i "$3" "tree/rtl/$2"
    cmp -s "tree/rtl/$2" "$root/rtl/$2" && bad "$1: the fault is in the RTL" "the line is another now"
    "$spiketwin" cosim -q run/net.h5 --source tree --build dut -k 2..3 --mismatch 0.5 -j -T >out.txt 2>err.txt
    expect "$1: exit" 1 $?
    expect "$1: differs in JSON" True "$(python3 -c 'import json; print(json.load(open("out.txt"))["differ"] > 0)')"
    expect "$1: where it began" 1 "$(grep -cE "^first divergence: tick [0-9]+, layer 0, neuron [01], stage $4 \(root\)$" err.txt)"
    expect "$1: which chip" 1 "$(grep -cE '^first divergence: chip 2, seed 1, item [01]$' err.txt)"
}
fault "ties go down" stw_dpi_round.sv 's/half && (rest || floored\[0\])/half \&\& rest/' "[a-z]+"
fault "an event of the wrong source" stw_dpi_net.sv 's/assign push_x      = event_valid_i ? event_x_i :/assign push_x      = event_valid_i ? event_x_i ^ 8'"'"'d2 :/' gather
replay --build dut --source tree --mismatch 0.5
expect "replay into that RTL: exit, which chip" "1 first divergence: chip 2, seed 1, item 1" "$? $(grep -o '^first divergence: chip.*' err.txt)"
"$spiketwin" cosim -q run/net.h5 --source tree --build dut -k 2..3 --mismatch 0.5 -j -T >out.txt 2>err.txt
mkdir bin && ln -s "$spiketwin" bin/spiketwin
command=$(sed -n 's/^replay: //p' err.txt)
PATH=$tmp/bin:$PATH bash -c "$command" >again.txt 2>again.err
expect "its command: exit" 1 $?
expect "its command: the same divergence" "$(grep -v '^replay: \|^waves: ' err.txt)" \
    "$(grep -v '^replay: \|^waves: \|^Verilator: \|^no --events' again.err)"
[ -s wave.fst ] && ok "its command: waves" || bad "its command: waves" "no wave.fst: $(tail -n 1 again.err)"
save_files "its command" wave
finish
