#!/usr/bin/env bash
# --set changes values of a chip file, wherever a verb takes one.
#
#   tests/cli/chip/cli_set.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
chip=$root/chips/fpga-q8.8.yaml

run info "$chip" --set jitter.sigma=0.02 --set law.clamp=wrap -o other.yaml
expect "a value" "sigma: {value: 0.02, unit: of a tick, source: --set}" "$(grep -o 'sigma: .*' other.yaml)"
expect "a choice" "clamp: {value: wrap, source: --set}" "$(grep -o 'clamp: .*' other.yaml)"
run info other.yaml --json && mv out.txt written.json
run info "$chip" --set jitter.sigma=0.02 --set law.clamp=wrap --json
facts() { grep -v '"command"\|"version"' "$1"; }
expect "what is written is what is used" "$(facts written.json)" "$(facts out.txt)"

# A value that the file has not is added with its unit, in a section that it has not, too.
run info "$chip" --set faults.stuck_bits=0.01 --set faults.dead_neurons=0 --set faults.bit_flips=0 -o -
expect "a section" "  stuck_bits: {value: 0.01, unit: of the weight bits, source: --set}" \
    "$(sed -n '/stuck_bits:/,/source/p' out.txt | tr -d '\n' | sed 's/: *value:/: {value:/; s/ *unit:/, unit:/; s/ *source: --set/, source: --set}/; s/  *,/,/g; s/{ */{/')"
run info "$chip" -o same.yaml
run info same.yaml -o again.yaml
expect "the text of an unchanged file" "$(<"$chip")" "$(<again.yaml)"
run info dynapse2 --set process.Io=0.7 -o - && expect "the other family" "0.7" "$(sed -n '/^process:/,/Io:/s/.* Io: *{value: \([0-9.]*\).*/\1/p' out.txt)"

# A net's own chip, and the words that follow.
words() { run info good/net.nir -k 1 "$@" --json && grep -o '"image_hash":.*[0-9a-f]*"' out.txt; }
first=$(words)
run info good/net.nir --set mismatch.threshold.local=0.3 -o wide.yaml
expect "the words of the net's own chip" "$(words -c wide.yaml)" "$(words --set mismatch.threshold.local=0.3)"
[ "$first" != "$(words --set mismatch.threshold.local=0.3)" ] && ok "other words" || bad "other words" "$first"
expect "the last of two counts" "$(words --set mismatch.threshold.local=0.3)" "$(words --set mismatch.threshold.local=0.2 --set mismatch.threshold.local=0.3)"

bad_set() { refuse "$1" "info: $2" info "$chip" --set "${@:3}"; }
bad_set "out of range, by its line" "$chip:48: jitter.sigma, 0.5, allowed 0..0.2 of a tick" jitter.sigma=0.5
bad_set "no such field" "--set jitter.sig: a chip of family lif has no such field; alike: weight.sign_block, weight.sign_axis, jitter.sigma" jitter.sig=1
bad_set "a section" "--set jitter: a chip of family lif has no such field; alike: jitter.sigma, jitter.acts_leak, jitter.acts_edges" jitter=1
bad_set "no value" "--set jitter.sigma: allowed FIELD=VALUE, such as jitter.sigma=0.02" jitter.sigma
bad_set "an empty value" "--set jitter.sigma=: allowed FIELD=VALUE, such as jitter.sigma=0.02" jitter.sigma=
bad_set "two lines" "$chip:21: tick.value, a control character, allowed one line of text" $'tick=8\n9'
bad_set "another choice" "$chip:14: law.clamp, wraps, allowed saturate|wrap" law.clamp=wraps
bad_set "half a section" "$chip:1: faults.stuck_bits, missing, needed in faults" faults.bit_flips=0.1
bad_set "a name with a slash" "$chip:3: name, ../x, allowed without /" name=../x
bad_set "rules between values" "$chip:26: weight.min, -128, allowed -127.996 with weight.bits (a grid around 0)" weight.bits=3
finish
