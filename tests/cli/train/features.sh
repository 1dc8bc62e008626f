#!/usr/bin/env bash
# --features FILE: what was heard before is taken from it, bit for bit, and what was not is added; another front
# end, another length and a damaged file are refused in one line, and nothing is left behind.
#
#   tests/cli/train/features.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
net=$root/vectors/tiny.nir
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips 6 1 && mv clips/low clips/no && mv clips/high clips/yes && rm -f clips/*.txt || exit 2

# hear NAME OPTION...: NAME.vec, and what was said of the file of features
hear() {
    local name=$1
    shift
    "$spiketwin" gen "$net" -S train -n 99 "$@" >"$name.vec" 2>err.txt
    echo "$? $(grep -v warning err.txt | grep -o 'features: .*\|spiketwin gen: .*')"
}
same() { cmp -s "$2" "$3" && ok "$1" || bad "$1" "$2 and $3 differ"; }
all=$(find clips -name '*.wav' | wc -l)

expect "without it" "0 " "$(hear plain -d clips)"
expect "at first nothing is there" "0 features: 0 of $all clips from f.bin" "$(hear first -d clips --features f.bin)"
expect "then all is" "0 features: $all of $all clips from f.bin" "$(hear second -d clips --features f.bin)"
same "the same bits as they are added" plain.vec first.vec
same "the same bits as they are taken" plain.vec second.vec
cp f.bin whole.bin
hear again -d clips --features f.bin -t 1 >/dev/null
same "nothing new: the file stays" f.bin whole.bin
rm f.bin && hear again -d clips --features f.bin -t 1 >/dev/null
same "the same file of one thread" f.bin whole.bin
mv clips elsewhere
expect "a folder that was moved" "0 features: $all of $all clips from f.bin" "$(hear moved -d elsewhere --features f.bin)"
mv elsewhere clips

# --- other recordings ------------------------------------------------------------------------------------------
cp -r clips other
mapfile -t wav < <(find other -name '*.wav' | sort)
cp "${wav[0]}" "${wav[1]%.wav}_copy.wav" # the same sound under another name
python3 - "${wav[2]}" <<'P'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[5000] ^= 16  # one bit of a sample
open(sys.argv[1], "wb").write(b)
P
expect "one changed, one copied" "0 features: $all of $((all + 1)) clips from f.bin" "$(hear other -d other --features f.bin)"
hear plain_other -d other >/dev/null
same "what changed is heard" other.vec plain_other.vec
expect "and the old ones are still there" "0 features: $all of $all clips from f.bin" "$(hear back -d clips --features f.bin)"
same "as they were" plain.vec back.vec
expect "one entry more" $(($(stat -c %s whole.bin) + 96 + 2 * 4000 * 16)) "$(stat -c %s f.bin)"

# --- what is said of recordings is said again; windows; other rates ----------------------------------------------
mkdir -p odd/no odd/yes
python3 - <<'P'
import random, struct, wave
random.seed(5)
def put(name, seconds, rate, channels, loud):
    with wave.open(name, "wb") as w:
        w.setparams((channels, 2, rate, 0, "NONE", ""))
        n = int(seconds * rate) * channels
        w.writeframes(struct.pack(f"<{n}h", *(int(random.uniform(-loud, loud)) for _ in range(n))))
put("odd/no/a_nohash_0.wav", 2.6, 16000, 1, 9000)
put("odd/no/b_nohash_0.wav", 1, 8000, 1, 9000)
put("odd/yes/c_nohash_0.wav", 1.2, 44100, 2, 32000)
put("odd/yes/d_nohash_0.wav", 0.5, 16000, 1, 0)
P
for windows in "" --windows; do
    rm -f odd.bin
    # shellcheck disable=SC2086
    {
        hear odd0 -d odd $windows >/dev/null
        sed 's/^features.*//' err.txt >err0.txt
        hear odd1 -d odd $windows --features odd.bin >/dev/null
        n=$(hear odd2 -d odd $windows --features odd.bin)
    }
    grep -v '^features' err.txt >err2.txt
    same "odd recordings $windows: added" odd0.vec odd1.vec
    same "odd recordings $windows: taken" odd0.vec odd2.vec
    expect "odd recordings $windows: the same warnings" "$(grep . err0.txt)" "$(grep . err2.txt)"
    expect "odd recordings $windows: all of them" "$([ -n "$windows" ] && echo "0 features: 6 of 6 clips from odd.bin" || echo "0 features: 4 of 4 clips from odd.bin")" "$n"
done

# --- another front end, another length, other data -------------------------------------------------------------
expect "another front end" "2 spiketwin gen: whole.bin: features of another front end: remove it, or name another file" \
    "$(hear x -d clips --features whole.bin --set frontend.bandwidth=1.1)"
expect "more filters" 2 "$("$spiketwin" train -d clips -q --hidden 4 --steps 5 --held-percent 40 --features whole.bin --set frontend.filters=8 -o eight >out.txt 2>err.txt; echo $?)"
expect "more filters: why" "spiketwin train: whole.bin: features of another front end: remove it, or name another file" "$(<err.txt)"
expect "another length" "2 spiketwin gen: whole.bin: features of clips of 1000 ms, these are of 900 ms: name another file" \
    "$(hear x -d clips --features whole.bin --clip-ms 900)"
printf 'item,time,unit,label\n0,0.1,1,no\n1,0.1,2,yes\n' >events.csv
expect "events" "2 spiketwin gen: --features: allowed of recordings, events.csv are events or arrays" "$(hear x -d events.csv --features whole.bin)"

# --- damaged: any byte of head and table, bytes of an envelope, any length ---------------------------------------
cat >damage.py <<'P'
import subprocess, sys
program, net, whole = sys.argv[1], sys.argv[2], open("whole.bin", "rb").read()
wrong = []
def refused(name, data):
    open("damaged.bin", "wb").write(data)
    r = subprocess.run([program, "gen", net, "-q", "-d", "clips", "-S", "train", "--features", "damaged.bin"], capture_output=True, text=True)
    said = [x for x in r.stderr.splitlines() if "warning" not in x]
    if r.returncode != 2 or len(said) != 1 or not said[0].startswith("spiketwin gen: damaged.bin: ") or r.stdout:
        wrong.append(f"{name}: exit {r.returncode} {said[:2]}")
    if open("damaged.bin", "rb").read() != data:
        wrong.append(f"{name}: the file was changed")
for at in [0, 20, 21, 28, 29, 33, 37, 41, 45, 46, 52, 53, 60, 117, 121, 125, 135, 141, 145, 148, 149, len(whole) - 128000, len(whole) - 1]:
    for bit in (1, 128):
        b = bytearray(whole)
        b[at] ^= bit
        refused(f"byte {at} bit {bit}", bytes(b))
for n in (0, 1, 21, 52, 53, 60, 200, len(whole) // 2, len(whole) - 1):
    refused(f"{n} bytes", whole[:n])
refused("a byte more", whole + b"x")
huge = bytearray(whole)
huge[45:53] = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
refused("a huge count", bytes(huge))
print("; ".join(wrong) or "all are refused")
P
expect "damaged files" "all are refused" "$(python3 damage.py "$spiketwin" "$net")"
mkdir folder
expect "a folder" "2 spiketwin gen: folder: not a file" "$(hear x -d clips --features folder)"
expect "no folder to write into" "2 spiketwin gen: none/f.bin: No such file or directory" "$(hear x -d clips --features none/f.bin)"
(ulimit -f 200 && trap '' XFSZ && hear x -d clips --features full.bin) >full.txt 2>/dev/null
expect "a full disk" "2 spiketwin gen: full.bin: File too large" "$(<full.txt)"
expect "nothing is left of it" "" "$(find . -name 'full.bin' -o -name '.spiketwin-*')"

# --- training and prediction -----------------------------------------------------------------------------------
export OMP_NUM_THREADS=2
train() { "$spiketwin" train -d clips -q --hidden 6 --steps 20 --held-percent 40 "$@" >out.txt 2>err.txt || bad "train $*" "$(<err.txt)"; }
train -o a
train -o b --features b.bin
train -o c --features b.bin
same "the same net" a/net.nir b/net.nir
same "the same net of saved features" a/net.nir c/net.nir
finish
