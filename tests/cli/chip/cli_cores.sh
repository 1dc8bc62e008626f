#!/usr/bin/env bash
# Laws of cores elsewhere (ODIN, tinyODIN, SYNtzulu, QUANTISENC) from the chip file to the RTL: vectors of one event a tick or of
# many, every word compared; the choices that these chip files make, told and refused.
#
#   tests/cli/chip/cli_cores.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

refuse() { # NAME MESSAGE ARGUMENTS...
    local name=$1 message=$2
    shift 2
    "$spiketwin" "$@" >out.txt 2>err.txt
    expect "$name: exit" 2 $?
    expect "$name" "spiketwin $message" "$(<err.txt)"
}

# core NAME WORDS GEN...: a recurrent layer and one behind it, through vectors and RTL
core() {
    local chip=$1 words=$2
    shift 2
    "$spiketwin" make "$chip" --layer 6x5r --layer 5x3 --random 1 -o "$chip.nir" -q 2>err.txt &&
        "$spiketwin" gen "$chip.nir" "$@" -q >"$chip.vec" 2>err.txt || { bad "$chip: make, gen" "$(<err.txt)"; return; }
    "$spiketwin" dut "$chip.nir" -q "$chip.vec" >rtl.vec 2>err.txt || { bad "$chip: dut" "$(<err.txt)"; return; }
    expect "$chip: RTL" "check: $words words, 0 differ" "$("$spiketwin" check "$chip.nir" rtl.vec -q 2>&1 | head -n 1 | cut -d ';' -f 1)"
}
core tinyodin 3200 --random 1 --one-event --ticks 100 -n 4
core odin 3200 --random 2 --one-event --ticks 100 -n 4
core syntzulu 3200 --random 3 --ticks 100 -n 4
core quantisenc 3200 --random 4 --ticks 100 -n 4

# Each choice on the chip that has the rest by default, in RTL of its own; several together share one.
for choices in "law.leak_when=event law.leak_kind=two_shifts law.ends=symmetric law.fire_on=before" "law.clamp=wrap law.floor=zero law.leak_when=no_input"; do
    sets=()
    for choice in $choices; do sets+=(--set "$choice"); done
    "$spiketwin" make fpga-q8.8 "${sets[@]}" --layer 6x5r --random 5 -o net.nir -q 2>err.txt || { bad "$choices" "$(<err.txt)"; continue; }
    "$spiketwin" gen net.nir --random 6 -n 3 --ticks 80 --rate 0..0.3 -q 2>err.txt | "$spiketwin" dut net.nir -q 2>err.txt |
        "$spiketwin" check net.nir -q >out.txt 2>&1
    expect "$choices" "check: 1200 words, 0 differ" "$(head -n 1 out.txt | cut -d ';' -f 1)"
done

# Told: a chip file keeps them, and a net of it has an image of its own; what is the default adds nothing to it.
"$spiketwin" info quantisenc -o q.yaml >/dev/null 2>err.txt || bad "info -o" "$(<err.txt)"
expect "a chip file has the choices" "  ends:             {value: symmetric,  fire_on:          {value: before," \
    "$(grep -E '^  (ends|fire_on):' q.yaml | cut -d , -f 1 | tr '\n' ',' | sed 's/, *$/,/')"
image() { "$spiketwin" gen "$root/vectors/tiny.nir" "$@" --random 1 -q | grep -o 'H image=[^ ]*'; }
expect "defaults told" "$(image)" "$(image --set law.leak_when=every_tick --set law.ends=format --set law.fire_on=membrane)"
for choice in leak_when=event leak_when=no_input ends=symmetric fire_on=before; do
    [ "$(image)" != "$(image --set law.$choice)" ] && ok "its own image: $choice" || bad "its own image: $choice" "$(image)"
done

# Refused.
refuse "leak_when" "info: $root/chips/fpga-q8.8.yaml:1: law.leak_when, sometimes, allowed every_tick|event|no_input" \
    info fpga-q8.8 --set law.leak_when=sometimes
refuse "ends" "info: $root/chips/fpga-q8.8.yaml:6: law, symmetric ends need saturation, and of whole sums" \
    info fpga-q8.8 --set law.clamp=wrap --set law.ends=symmetric
"$root/tests/lib/clips.py" corpus clips 16 2 || exit 2
for choice in "law.leak_when=event law.leak_when" "law.fire_on=before law.fire_on"; do
    refuse "train: ${choice%% *}" "train: training: no backward pass for ${choice#* } as fpga-q8.8 has it" \
        train -c fpga-q8.8 --set "${choice%% *}" -d clips --held-percent 40 -e 1 -q -o run
done
"$spiketwin" train -c fpga-q8.8 --set law.ends=symmetric --set law.leak_kind=two_shifts -d clips --held-percent 40 -e 1 --hidden 4 -q -o run >out.txt 2>err.txt
expect "train: symmetric ends, two shifts" 0 $?
finish
