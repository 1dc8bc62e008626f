#!/usr/bin/env bash
# `check --signature`: signatures that zlib makes of a device's words are the model's; a bit that is flipped in any word
# is told by tick, layer, neuron, stage and word; files of signatures that are short, long or none are refused by line.
#
#   tests/cli/cosim/signature.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

# signatures.py FILE [SEED]: of the vectors' words, as docs/vectors.md has it; with SEED one bit of them is flipped, and
# told on stderr.
cat >signatures.py <<'PYTHON'
import random
import sys
import zlib

lines = [line.split() for line in open(sys.argv[1])][1:]
S = next(f for f in lines if f[0] == "S")
layers = int(S[1])
if len(S) == 7 + layers:  # version 2
    n_out = [int(n) for n in S[7:]]
    bits = {k: int(b) for k, b in zip("VUR", S[2:5]) if int(b)}
    spike_bits = [1] * layers
else:
    n_out = [int(n) for n in S[6 : 6 + 2 * layers : 2]]
    spike_bits = [int(n) for n in S[7 : 6 + 2 * layers : 2]]
    bits = dict(zip(S[6 + 2 * layers :: 3], map(int, S[7 + 2 * layers :: 3])))
ticks = []  # of each {(layer, kind): words}
clip = -1
for f in lines:
    if f[0] == "C":
        clip = int(f[1])
    if f[0] == "T":
        ticks.append((clip, int(f[1]), {}))
    elif f[0] in "ZVURW" and f[0] != "T":
        layer, words = int(f[2]), f[4:] if f[0] == "W" else f[3:]
        words = [int(w, 16) for w in words]
        if f[0] == "Z" and spike_bits[layer] == 1:
            words = [words[0] >> n & 1 for n in range(n_out[layer])]
        ticks[-1][2][layer, f[3] if f[0] == "W" else f[0]] = words
if len(sys.argv) > 2:
    r = random.Random(int(sys.argv[2]))
    clip, tick, words = r.choice(ticks)
    layer, kind = r.choice(sorted(words))
    n = r.randrange(n_out[layer])
    words[layer, kind][n] ^= 1 << r.randrange(spike_bits[layer] if kind == "Z" else bits[kind])
    print(f"clip {clip}, tick {tick} layer {layer}, neuron {n} {dict(Z='spikes', V='v', U='u', R='r').get(kind, kind)}", file=sys.stderr)
for _, _, words in ticks:
    crc = 0
    for layer in range(layers):
        for n in range(n_out[layer]):
            state = at = 0
            for kind, width in bits.items():
                state |= words[layer, kind][n] << at
                at += width
            crc = zlib.crc32((n + 4096 * layer).to_bytes(2, "little") + bytes([words[layer, "Z"][n]])
                             + state.to_bytes((at + 7) // 8, "little"), crc)
    print(f"{crc:08x}")
PYTHON

for made in "plain fpga-q8.8 8x6r 6x2" "spikes xylo-v2 5x6r 6x3" "izhikevich izhikevich 8x6r 6x2"; do
    read -r name chip layers <<<"$made"
    # shellcheck disable=SC2086,SC2046
    "$spiketwin" make "$chip" $(printf -- '--layer %s ' $layers) --random 5 -o "$name.nir" -q >/dev/null 2>err.txt || bad "make $name" "$(cat err.txt)"
    "$spiketwin" gen "$name.nir" --random 2 -n 3 --ticks 20 >"$name.vec"
    "$spiketwin" gen "$name.nir" --random 2 -n 3 --ticks 20 --expect >"$name.full"
    python3 signatures.py "$name.full" >"$name.txt" || bad "$name: signatures"
    got=$("$spiketwin" check "$name.nir" "$name.vec" --signature "$name.txt" -q 2>err.txt)
    expect "$name: those of zlib" "0 check: 60 signatures, 0 differ (3 clips)" "$? $got"
    got=$("$spiketwin" check "$name.nir" "$name.full" --signature - -q <"$name.txt" | head -n 1)
    expect "$name: beside full results" "check: 60 signatures, 0 differ (3 clips)" "$got"
    named=0
    for seed in {1..25}; do
        python3 signatures.py "$name.full" "$seed" >flipped.txt 2>where.txt
        "$spiketwin" check "$name.nir" "$name.vec" --signature flipped.txt -q >out.txt 2>err.txt
        [ $? = 1 ] && grep -q "^check: 60 signatures, 1 differ" out.txt || continue
        read -r _ clip _ tick _ layer _ neuron word <where.txt
        grep -q "^first signature that differs: clip $clip tick $tick: expected" err.txt &&
            grep -qE "^1 flipped bit of one word would give it: layer $layer neuron $neuron, stage [a-z]+, word $word: expected" err.txt &&
            named=$((named + 1))
    done
    expect "$name: a flipped bit is told by its place" 25 "$named"
done

"$spiketwin" check plain.nir plain.vec --signature flipped.txt --json -q >out.json 2>err.txt
expect "--json has them" "60 True" "$(python3 -c 'import json; j = json.load(open("out.json")); print(j["signatures"], j["signatures_differ"] > 0)')"
sed '7,$s/^......../00000000/' plain.txt >wrong.txt
"$spiketwin" check plain.nir plain.vec --signature wrong.txt -q >out.txt 2>err.txt
expect "more than a word" "1 54 1" "$? $(sed -nE 's/.* ([0-9]+) differ .*/\1/p' out.txt) $(grep -c '^more than one word' err.txt)"

refused() { # NAME TEXT FILE...
    local name=$1 text=$2
    shift 2
    "$spiketwin" check plain.nir "$@" >out.txt 2>err.txt </dev/null
    local rc=$?
    [ $rc = 2 ] && [ "$(wc -l <err.txt)" = 1 ] && grep -qF -- "$text" err.txt && ok "$name" ||
        bad "$name" "exit $rc, wanted 2" "wanted: $text" "got:    $(head -n 3 err.txt)"
}
head -n 59 plain.txt >short.txt
(cat plain.txt && echo 00000000) >long.txt
sed '5s/./x/' plain.txt >unknown.txt
sed '5s/$/0/' plain.txt >nine.txt
sed '5s/^/0x/' plain.txt >prefix.txt
sed '5s/.*//' plain.txt >blank.txt
printf '0000\0000\n' >nul.txt
: >empty.txt
refused "a tick is missing" "short.txt: short: 59 lines" plain.vec --signature short.txt
refused "a line too many" "long.txt: more than 60 lines" plain.vec --signature long.txt
refused "an unknown digit" "unknown.txt: line 5: " plain.vec --signature unknown.txt
refused "nine digits" "nine.txt: line 5: " plain.vec --signature nine.txt
refused "a prefix" "prefix.txt: line 5: " plain.vec --signature prefix.txt
refused "a blank line" "blank.txt: line 5: " plain.vec --signature blank.txt
refused "a NUL byte" "nul.txt: line 1: " plain.vec --signature nul.txt
refused "nothing" "empty.txt: short: 0 lines" plain.vec --signature empty.txt
refused "no such file" "none.txt: No such file" plain.vec --signature none.txt
refused "both from standard input" "--signature -: VECTORS has to be a file" --signature -
sed 's/$/\r/' plain.txt >dos.txt
tr a-f A-F <plain.txt | head -c -1 >large.txt
for file in dos large; do
    got=$("$spiketwin" check plain.nir plain.vec --signature $file.txt -q 2>err.txt)
    expect "$file.txt is read" "0 check: 60 signatures, 0 differ (3 clips)" "$? $got"
done
finish
