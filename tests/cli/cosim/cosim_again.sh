#!/usr/bin/env bash
# The command that a divergence prints is run as it stands, and shows that divergence again: with a chip
# file, a source tree, a build folder and words of one's own, and with names that a shell would take apart.
#
#   tests/cli/cosim/cosim_again.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/waves.sh
. "$root/tests/lib/waves.sh"
if ! command -v verilator >/dev/null; then
    left_out "the printed command" "no verilator"
    expect "nothing else to do" 1 1
    finish
fi
cd "$tmp" || exit 2
data=$'it\'s "data" $(false)' net=$'a net\n;-x.nir' chip='other chip;.yaml'
"$root/tests/lib/clips.py" corpus "$data" 4 2 && rm -f "$data"/*.txt &&
    mv "$data/low" "$data/no" && mv "$data/high" "$data/yes" && cp "$root/vectors/tiny.nir" "$net" || exit 2
sed 's/^\( *\)\(rate\|sigma\):\( *\){value: 0.01/\1\2:\3{value: 0.02/' "$root/chips/fpga-q8.8.yaml" >"$chip"
cmp -s "$chip" "$root/chips/fpga-q8.8.yaml" && bad "another chip file" "it is the same"

# An RTL with a fault at every threshold.
mkdir tree && cp -r "$root"/{rtl,cosim,model,base} tree/
sed -i 's/\.theta_i, \.enable_i/.theta_i(theta_i ^ MembraneBits'"'"'(1)), .enable_i/' tree/rtl/stw_neuron.sv
cmp -s tree/rtl/stw_neuron.sv "$root/rtl/stw_neuron.sv" && bad "the fault is in the RTL" "the line is another now"
mkdir bin && ln -s "$spiketwin" bin/spiketwin
export PATH=$tmp/bin:$PATH

# again NAME: the command of err.txt, run as it stands, tells what err.txt tells
again() {
    local command
    command=$(sed -n 's/^replay: //p' err.txt)
    expect "$1: one line" 1 "$(grep -c '^replay: ' err.txt)"
    bash -c "$command" >again.txt 2>again.err
    expect "$1: exit" 1 $?
    expect "$1: the same divergence" "$(grep -v '^replay: \|^waves: \|^Verilator: \|^data: ' err.txt)" \
        "$(grep -v '^replay: \|^waves: \|^Verilator: \|^data: ' again.err)"
    grep -q '^first divergence: tick' err.txt && ok "$1: there is one" || bad "$1: there is one" "$(head -n 5 err.txt)"
    expect "$1: the command is its own" "$command" "$(sed -n 's/^replay: //p' again.err)"
    [ -s wave.fst ] && ok "$1: waves" || bad "$1: waves" "no wave.fst"
    save_files "$1" wave
    rm -f wave.*
}

# With -T, as the command has it: stages say the same place in both.
spiketwin cosim -T -q -c "$chip" --set mismatch.threshold.local=0.1 --set jitter.sigma=0 --source tree --build dut -s 7 -k 2..3 -S train -w no,yes -d "$data" -- "$net" >out.txt 2>err.txt
expect "cosim: exit" 1 $?
again cosim

# Events, whose unit and number of ticks are told, and recordings in windows.
python3 - <<'EOF' >events.csv
print("item,time,unit,label,split")
for item in range(4):
    for t in range(0, 300, 2):
        for unit in range(item, 16):
            print(f"i{item},{t},{unit},{('yes', 'no')[item % 2]},validation")
EOF
spiketwin cosim -T -q --source tree --build dut -c "$chip" -k 2..3 -d events.csv --time-unit ms --ticks 30 -- "$net" >out.txt 2>err.txt
expect "cosim on events: exit" 1 $?
again "cosim on events"
spiketwin cosim -T -q --source tree --build dut -c "$chip" -k 2 -S train -d "$data" --clip-ms 400 --windows -- "$net" >out.txt 2>err.txt
expect "cosim on windows: exit" 1 $?
again "cosim on windows"

# From the verb replay, which has a chip file too.
spiketwin replay -q --virtual-chip 2 --rtl -c "$chip" --build dut --source tree -s 7 -S train -d "$data" -- "$net" >out.txt 2>err.txt
expect "replay: exit" 1 $?
command=$(sed -n 's/^replay: //p' err.txt)
bash -c "$command" >again.txt 2>again.err
expect "replay: exit of its command" 1 $?
expect "replay: the same chip and clip" "$(grep -m 1 '^first divergence: chip' err.txt)" "$(grep -m 1 '^first divergence: chip' again.err)"

# A wave whose name a save file cannot hold is refused before anything is built.
spiketwin cosim -q --build none --source tree -c "$chip" -S train -d "$data" -W 'a"b.fst' -- "$net" >out.txt 2>err.txt
expect "a name of a wave that cannot be quoted" "2 spiketwin cosim: --wave: a\"b.fst: a name without \", \\ and line ends is needed" "$? $(<err.txt)"

# No clip, no share of clips.
spiketwin cosim -q --build dut --source tree -c "$chip" -S test -d "$data" -- "$net" >out.txt 2>err.txt
expect "no clips: exit" 2 $?
expect "no clips: told" "0 1" "$(grep -c nan out.txt) $(grep -c 'no clips in split test' err.txt)"
finish
