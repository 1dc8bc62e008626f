#!/usr/bin/env bash
# `info --equations` is the law: what it prints runs in Python, and every stage is the golden library's, on every
# chip of the tree and with each choice of the law turned over.
#
#   tests/cli/chip/cli_equations.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
library=$(dirname "$spiketwin")/libstw_golden.so
[ -e "$library" ] || make -s -C "$root" -j2 MODE="$(basename "$(dirname "$spiketwin")")" "${library#"$root"/}" >/dev/null 2>&1

# said CHIP [FIELD=VALUE...]: equations and memories of a net at random
said() {
    local chip=$1 sets=()
    shift
    for value in "$@"; do sets+=(--set "$value"); done
    rm -rf mem
    "$spiketwin" info "$chip" "${sets[@]}" --equations >equations.py &&
        "$spiketwin" make "$chip" "${sets[@]}" --layer 5x6 --random 3 -o net.nir -q &&
        "$spiketwin" gen net.nir -m mem -q 2>gen.txt
}
same() { # CHIP [FIELD=VALUE...]
    said "$@" 2>err.txt || { bad "$*" "$(cat err.txt)"; return; }
    expect "$*" "17280 words, 0 differ" "$("$root/tests/lib/equations.py" equations.py "$library" mem 2>&1 | tail -n 1)"
}
for chip in fpga-q8.8 h1v1 h1v2 loihi odin quantisenc sc-neurocore syntzulu tinyodin xylo-v1 xylo-v2; do same "$chip"; done
for rounding in floor toward_zero ceiling away_from_zero; do same fpga-q8.8 law.round_leak=$rounding law.round_current=$rounding; done
same fpga-q8.8 law.order=integrate_first
same fpga-q8.8 law.refractory_ticks=3
same fpga-q8.8 law.refractory_ticks=3 law.refractory=holds law.order=integrate_first
same fpga-q8.8 law.clamp=wrap law.fire=gt
same fpga-q8.8 law.floor=zero law.reset=zero
same fpga-q8.8 law.leak_kind=shift
same fpga-q8.8 law.leak_kind=shift_moves law.round_leak=floor
same fpga-q8.8 law.leak_kind=linear
same fpga-q8.8 law.leak_kind=none
same fpga-q8.8 law.leak_kind=two_shifts law.round_leak=toward_zero
same loihi law.decay_kind=two_shifts law.leak_kind=two_shifts
same fpga-q8.8 law.fire_on=before
same xylo-v1 law.fire_on=before
same fpga-q8.8 law.fire_on=before law.reset=zero law.refractory_ticks=2
same fpga-q8.8 law.clamp=wrap law.floor=zero
same fpga-q8.8 law.clamp=wrap law.floor=zero law.reset=zero law.leak_kind=none
same fpga-q8.8 law.leak_when=event
same fpga-q8.8 law.ends=symmetric
same xylo-v2 law.ends=symmetric law.saturation=of_the_sum
same loihi law.ends=symmetric
same loihi law.leak_when=no_input
same fpga-q8.8 law.leak_when=event law.order=integrate_first law.refractory_ticks=2 law.refractory=holds
same fpga-q8.8 law.saturate_sum=increment law.refractory_ticks=2
same sc-neurocore law.refractory_ticks=2 law.clamp=saturate
same loihi law.decay_order=gather_first law.decay_kind=linear
same loihi law.clamp=wrap law.refractory_ticks=1
same xylo-v1 law.leak_kind=none

# It can fail.
said fpga-q8.8
for wrong in 's/^s = v - leak/s = v - leak + 1/' 's/nearest_even(leaking/floor(leaking/' 's/c - z \* theta >= theta/c - z * theta > theta + 300/'; do
    sed "$wrong" equations.py >wrong.py
    "$root/tests/lib/equations.py" wrong.py "$library" mem | grep -q ' [1-9][0-9]* differ' && ok "found: $wrong" || bad "found: $wrong"
done
"$spiketwin" info dynapse2 --equations >out.txt 2>err.txt
expect "the other family" "2 spiketwin info: dynapse2: --equations are those of family lif (docs/dynapse2.md has the other's)" "$? $(cat out.txt err.txt)"
finish
