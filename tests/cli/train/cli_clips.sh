#!/usr/bin/env bash
# Recordings of any length: what is heard of one, windows, and a net that knows what it was trained on.
#
#   tests/cli/train/cli_clips.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 8 3 || exit 2
python3 - <<'EOF' || exit 2
# A recording of three takes, one behind the other, of each label and speaker.
import glob, os, wave
for first in sorted(glob.glob("clips/*/*_nohash_0.wav")):
    out = first.replace("clips/", "long/").replace("_0.wav", "_9.wav")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with wave.open(out, "wb") as to:
        for take in range(3):
            with wave.open(first.replace("_0.wav", f"_{take}.wav")) as f:
                if not take: to.setparams(f.getparams())
                to.writeframes(f.readframes(f.getnframes()))
with open("long/validation_list.txt", "w") as f:
    f.writelines(f"{l}/speaker{s}_nohash_9.wav\n" for l in ("high", "low") for s in (6, 7))
EOF

"$spiketwin" train -d clips --held-percent 40 -e 2 --hidden 8 -o second -q >/dev/null 2>&1
"$spiketwin" train -d clips --held-percent 40 -e 2 --hidden 8 --clip-ms 500 -o half -q >/dev/null 2>err.txt
expect "half a second: exit" 0 $?
grep -q "warning: 24 of 24 clips\|warning: [0-9]* of [0-9]* clips are longer than 500 ms: the rest is not heard" err.txt &&
    ok "half a second: what is not heard is said" || bad "half a second: what is not heard is said" "$(<err.txt)"
ticks() { "$spiketwin" gen "$@" -n 1 2>err.txt | grep -c '^T'; }
expect "a net of before hears a second" 125 "$(ticks second/net.nir -d clips)"
expect "a net knows what it was trained on" 62 "$(ticks half/net.nir -d clips)"
expect "another length is told: ticks" 125 "$(ticks half/net.nir -d clips --clip-ms 1000)"
grep -q "warning: clips of 1000 ms, the net was trained on 500 ms" err.txt && ok "another length is told: warning" ||
    bad "another length is told: warning" "$(<err.txt)"
expect "the longest" 375 "$(ticks second/net.nir -d long --clip-ms longest)"
grep -q "warning: clips of 3000 ms, the net was trained on 1000 ms" err.txt && ok "the longest: warning" ||
    bad "the longest: warning" "$(<err.txt)"
"$spiketwin" train -d clips --held-percent 40 -e 2 --hidden 8 --clip-ms 500 -o half --resume -q >/dev/null 2>err.txt
expect "a run goes on with its length: exit" 0 $?
"$spiketwin" train -d clips --held-percent 40 -e 3 --hidden 8 --clip-ms 496 -o half --resume -q >/dev/null 2>err.txt
expect "and with no other: exit" 2 $?

# Windows are the clips that they were made of: same words, same decisions.
words() { "$spiketwin" gen second/net.nir "$@" -n 1000 2>err.txt | grep '^T' | md5sum; }
expect "windows are their clips" "$(words -d clips)" "$(words -d long --windows)"
grep -q "warning: 4 recordings are cut in windows of 1000 ms" err.txt && ok "windows: said" || bad "windows: said" "$(<err.txt)"
"$spiketwin" predict second/net.nir -d clips -n 3 -q 2>/dev/null | sed -n 2,5p >clips.txt
"$spiketwin" predict second/net.nir -d long --windows -n 3 -q 2>/dev/null | sed -n 2,3p >long.txt
expect "windows: nominal and quantised accuracy" "$(head -n 2 clips.txt)" "$(<long.txt)"
"$spiketwin" predict second/net.nir -d long --windows -n 1 --decisions said.txt -q >/dev/null 2>&1
grep -q "high/speaker6_nohash_9.wav#2" said.txt && ok "a window has a name" || bad "a window has a name" "$(head -n 3 said.txt)"
"$spiketwin" cosim second/net.nir -d long --windows -n 3 -k 0 -q 2>err.txt | tail -n 1 | grep -q " 0 differ" &&
    ok "windows in lockstep" || bad "windows in lockstep" "$(<err.txt)"

for bad in "--clip-ms 9:--clip-ms: 9, allowed 10..600000" "--clip-ms x:--clip-ms: x, allowed 10..600000" \
    "--clip-ms 600001:--clip-ms: 600001, allowed 10..600000"; do
    # shellcheck disable=SC2086
    "$spiketwin" train -d clips -o no ${bad%%:*} >/dev/null 2>err.txt
    expect "${bad%%:*}" "spiketwin train: ${bad#*:}" "$(<err.txt)"
done
finish
