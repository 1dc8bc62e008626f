#!/usr/bin/env bash
# gen | dut | check, memories and adequacy of DYNAP-SE2 nets: virtual chips, laws, patterns, data, events at random and
# searched for. A word of the file that is wrong, a fault in the RTL and another chip are found; what does not
# fit is refused in one line.
#
#   tests/cli/cosim/vectors_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
net=run/net.h5
"$spiketwin" train -c dynapse2 -q -b 32 --steps 60 --lr 0.02 -o run >out.txt 2>err.txt || bad "a net to try" "$(<err.txt)"
says() { # NAME EXIT TEXT VERB...: exits so, and TEXT stands in what it said
    local name=$1 exit=$2 text=$3 rc
    shift 3
    "$spiketwin" "$@" >out.txt 2>err.txt
    rc=$?
    [ $rc = "$exit" ] && grep -qF -- "$text" out.txt err.txt && ok "$name" || bad "$name" "$*: exit $rc, wanted $exit" \
        "wanted: $text" "$(cat out.txt err.txt | head -n 3)"
}
refuse() { # MESSAGE VERB...: one line, exit 2, nothing on stdout
    local wanted=$1
    shift
    "$spiketwin" "$@" >out.txt 2>err.txt
    expect "refused: $*: exit" 2 $?
    expect "refused: $*: message" "spiketwin $1: $wanted" "$(<err.txt)"
    [ ! -s out.txt ] || bad "refused: $*" "something on stdout"
}

# --- the model's own results: 2 neurons, 6 state words, 7 with a GABA dendrite -----------------------------
"$spiketwin" gen $net -k 3 -n 2 --expect -q --task frozen-noise -m mem >patterns.vec
says "two patterns of 500 ticks" 0 "check: 12000 words, 0 differ; 2000 spike bits, 0 differ (2 clips)" check -q $net -k 3 patterns.vec
expect "what they are" "C 0 500 pattern0 C 1 500 pattern1" "$(grep '^C ' patterns.vec | tr '\n' ' ' | sed 's/ $//')"
expect "version 3, with what the chip hangs on" "law=compat mismatch=1 truncate=inf" \
    "$(sed -n '1s/^spiketwin-vectors 3$//;s/^H \(law\|mismatch\|truncate\)=/\1=/p' patterns.vec | tr '\n' ' ' | sed 's/ $//')"
expect "states by name" "isyn 32 0 iahp 32 0 imem 32 0 vmem 27 1 timer 16 0 z 6 0" "$(sed -n 's/^S 1 6 8 0 60 2 4 //p' patterns.vec)"
"$spiketwin" gen $net -k 3 --law silicon --random 1 -n 3 --ticks 40 --expect -q >silicon.vec
says "at random, silicon" 0 "check: 1680 words, 0 differ; 240 spike bits, 0 differ (3 clips)" check -q $net -k 3 --law silicon silicon.vec
expect "events at random: 1 to 3" "01 02 03" "$(grep -o ':[0-9a-f][0-9a-f]' silicon.vec | sort -u | tr -d : | tr '\n' ' ' | sed 's/ $//')"
expect "as many as are told" "ff" "$("$spiketwin" gen $net --random 1 --most 255 -q | grep -o ':[0-9a-f][0-9a-f]' | sort -u | tail -n 1 | tr -d :)"
says "the general task" 0 "(3 clips)" check -q $net --mismatch 0.5 \
    <("$spiketwin" gen $net --mismatch 0.5 --task general --draws 2 -n 3 --expect -q)
"$spiketwin" gen $net -k 3 --corners --ticks 300 --expect -q >corners.vec
says "corners" 0 " 0 differ" check $net -k 3 corners.vec
says "and what they reach" 0 "reached: " check $net -k 3 corners.vec
expect "distilled: no longer, and reaches as much" True "$("$spiketwin" gen $net -k 3 -n 2 --distil --expect -q >short.vec
for f in patterns short; do "$spiketwin" check $net -k 3 $f.vec -j 2>err.txt >$f.json; done
python3 -c '
import json
a, b = (json.load(open(f + ".json")) for f in ("patterns", "short"))
print(b["ticks"] < a["ticks"] / 2 and b["reached"]["reached"] == a["reached"]["reached"] and b["differ"] == 0)')"

# --- one wrong word of the file, of each kind of record ----------------------------------------------------
for of in isyn iahp imem vmem timer z; do # the first tick in which it has a digit that is not 0
    awk -v of=$of '!done && $1 == "W" && $4 == of && $5 ~ /[1-9a-f]/ {
        d = match($5, /[1-9a-f]/); $5 = substr($5, 1, d - 1) "0" substr($5, d + 1); done = 1 } 1' corners.vec >wrong.vec
    cmp -s wrong.vec corners.vec && bad "a wrong $of" "no word of it that is not 0"
    says "a wrong $of is found" 1 "neuron 0, word $of: expected" check -q $net -k 3 wrong.vec
done
sed '0,/^Z \(.*\) 0\(.\)$/s//Z \1 1\2/; 0,/^Z [0-9]* 0 [0-9a-f] /s/^\(Z [0-9]* 0\) 0 /\1 5 /' patterns.vec >wrong.vec
says "a wrong spike is found" 1 "neuron 0, word Z: expected 0, got 5" check -q $net -k 3 wrong.vec
sed '0,/^T 9 .*/s//T 9 0000 0/' patterns.vec >wrong.vec
says "events that were lost" 2 "clip 0 came back with" check -q $net -k 3 wrong.vec

# --- another chip than the vectors' ------------------------------------------------------------------------
for other in "-k 4" "-k 3 --law silicon" "-k 3 --mismatch 2" "-k 3 -s 2" "-k 3 --set mismatch.weight=0"; do
    # shellcheck disable=SC2086 # words
    says "another chip: $other" 2 "the vectors were made for another image" check -q $net $other patterns.vec
done
says "a LIF net's vectors" 2 "the vectors were made for another image" check -q $net -k 3 "$root/vectors/tiny_chip3.vec"
refuse "--law: double: words of a chip are integers: compat or silicon" info $net --law double
refuse "--law: of DYNAP-SE2 nets (net.h5); dynapse2 is none" info dynapse2 --law silicon
refuse "--law: double: words of a chip are integers: compat or silicon" check -q $net --law double patterns.vec
refuse "--law: of DYNAP-SE2 nets (net.h5); $root/vectors/tiny.nir is none" check "$root/vectors/tiny.nir" --law silicon patterns.vec
refuse "--mismatch: of DYNAP-SE2 nets (net.h5); $root/vectors/tiny.nir is none" gen "$root/vectors/tiny.nir" --mismatch 2 --random 1
refuse "--random and --task: allowed one of them" gen $net --random 1 --task general
refuse "--corners and --draws: allowed one of them" gen $net --corners --draws 3
refuse "--most: 256, allowed 1..255" gen $net --random 1 --most 256
refuse "--ticks, --rate, --most and --one-event go with --random" gen $net --most 2
refuse "--split: of --data; without it $net is shown event patterns" gen $net -S test

# --- memories ----------------------------------------------------------------------------------------------
expect "a file a kind of word, tables too" "257 257 1 124 2 2" \
    "$(for f in chip_log2 chip_exp2 chip_efold layer0_weight layer0_decay_of_GABA layer0_theta; do wc -l <mem/$f.hex; done | tr '\n' ' ' | sed 's/ $//')"
expect "their hash is the vectors'" "$(sed -n 's/^H image=//p' patterns.vec)" "$(python3 -c 'import json; print(json.load(open("mem/chip.json"))["image_hash"])')"
expect "and info's" "$(sed -n 's/^H image=//p' patterns.vec)" "$("$spiketwin" info run -k 3 | sed -n 's/^image_hash *"\(.*\)"$/\1/p')"
"$spiketwin" gen $net -k 3 -m only -q >out.txt
expect "memories alone: no vectors" 0 "$(wc -c <out.txt)"
diff -r mem only >out.txt && ok "and the same" || bad "memories alone" "$(<out.txt)"
library=$(dirname "$spiketwin")/libstw_golden.so
cat >golden.py <<'PYTHON'
import ctypes, sys
g = ctypes.CDLL(sys.argv[1])
g.stw_open.restype = ctypes.c_void_p
for f in (g.stw_report, g.stw_error): f.restype = ctypes.c_char_p
h = ctypes.c_void_p(g.stw_open(b"mem"))
g.stw_vectors(h, sys.argv[2].encode())
expected = {}
for line in open(sys.argv[2]):
    f = line.split()
    if f[0] == "C": clip = int(f[1])
    if f[0] == "W": expected.setdefault((clip, int(f[1])), []).append(f)
signed = {"vmem": 27}
clip, tick, what = -1, 0, g.stw_read(h)
while what > 0:
    if what == 1: clip, tick = clip + 1, 0
    else:
        for f in expected[clip, tick]:
            for n, word in enumerate(f[4:]):
                x = int(word, 16)
                if f[3] in signed and x >> signed[f[3]] - 1: x -= 1 << signed[f[3]]
                g.stw_check(h, int(f[2]), n, f[3].encode(), ctypes.c_int64(x))
        tick += 1
    what = g.stw_read(h)
print(g.stw_report(h).decode(), g.stw_error(h).decode(), g.stw_verdict(h))
PYTHON
if [ -f "$library" ]; then
    expect "the golden library on the memories alone" "12000 words, 0 differ  0" "$(python3 golden.py "$library" patterns.vec)"
    mkdir told && cp mem/*.hex told/ && "$spiketwin" info $net -k 3 -j >told/chip.json
    expect "what info says is a chip.json" "12000 words, 0 differ  0" "$(mv mem kept && mv told mem && python3 golden.py "$library" patterns.vec; rm -r mem && mv kept mem)"
    printf '%06x\n' 3 >mem/chip_efold.hex
    python3 golden.py "$library" patterns.vec >out.txt 2>&1
    grep -q 'chip_efold.hex: word 0 of 1: "000003", allowed are 7 hexadecimal digits of 27 bits' out.txt && ok "a table that is spoilt" || bad "a table that is spoilt" "$(<out.txt)"
else
    left_out "the golden library" "no $library"
fi

# --- wrong devices -----------------------------------------------------------------------------------------
"$spiketwin" adequacy $net -k 3 corners.vec --kill more.vec -j >out.txt 2>err.txt
expect "wrong devices" True "$(python3 -c '
import json
d = json.load(open("out.txt"))
print(d["devices"] > 1000 and d["found"] > 0.7 * d["devices"] and any(p.startswith("imem") for p in d["pass"])
      and not any("table_bits" in p or "log_frac" in p for p in d["pass"]))')"
says "vectors that find more of them" 0 "(" check -q $net -k 3 <("$spiketwin" gen $net -k 3 --corners --expect -q)
grep -q '^E ' more.vec && ok "--kill writes vectors" || bad "--kill" "$(<err.txt)"

# --- data --------------------------------------------------------------------------------------------------
python3 "$root/tests/lib/events.py" csv few.csv units=40 labels=2 events=60 keys=1 speakers=8 takes=4 splits=1 &&
    "$spiketwin" train -c dynapse2 -d few.csv --hidden 4 --law silicon --steps 40 -b 16 --held-percent 30 -o data -q >out.txt 2>err.txt ||
    bad "a net of events" "$(<err.txt)"
"$spiketwin" gen data -d few.csv -k 2 -n 3 --expect -q >data.vec 2>err.txt || bad "gen of events" "$(<err.txt)"
says "events, in the law that the net says" 0 "(3 clips)" check -q data -k 2 data.vec
expect "law of the net" "H law=silicon" "$(grep '^H law' data.vec)"
refuse "--data DIR is needed: data/net.h5 was trained for eins,null" gen data -k 2 -q

# --- RTL ---------------------------------------------------------------------------------------------------
if ! command -v verilator >/dev/null; then
    left_out "the RTL" "no verilator"
    finish
fi
dut() { "$spiketwin" dut -q "$@" --build dut >through.vec 2>err.txt || bad "dut $*" "$(<err.txt)"; }
grep -v '^[ZW] ' corners.vec | sed 's/^\(E.*\) [0-9]*$/\1 0/' >stimulus.vec
dut $net -k 3 stimulus.vec
cmp -s through.vec corners.vec && ok "RTL: the file that the model wrote, byte for byte" || bad "RTL" "$(diff through.vec corners.vec | head -n 3)"
"$spiketwin" gen $net -k 3 --law silicon -n 2 -q 2>err.txt | "$spiketwin" dut -q $net -k 3 --law silicon --build dut >through.vec
says "RTL: silicon, clip after clip from rest" 0 "check: 14000 words, 0 differ" check -q $net -k 3 --law silicon through.vec
"$spiketwin" gen $net -k 3 -q --stages >stages.vec 2>err.txt
dut $net -k 3 --stages <stages.vec
cmp -s through.vec stages.vec && ok "RTL: all stages, byte for byte" || bad "RTL: stages" "$(diff through.vec stages.vec | head -n 3)"
says "RTL: stages" 0 " words of stages, 0 differ" check -q $net -k 3 through.vec
"$spiketwin" dut -q $net -k 4 --build dut stimulus.vec >out.txt 2>err.txt
expect "RTL of another chip: exit" 2 $?
expect "RTL of another chip" 1 "$(grep -c 'the vectors were made for another image$' err.txt)"
mkdir tree && cp -r "$root"/{rtl,cosim,model,base} tree/
sed -i 's/half && (rest || floored\[0\])/half \&\& rest/' tree/rtl/stw_dpi_round.sv
cmp -s {tree,"$root"}/rtl/stw_dpi_round.sv && bad "a fault in the RTL" "the line is another now"
dut $net -k 3 --source tree patterns.vec
says "a fault in the RTL is found" 1 "first difference: clip 0 (line " check -q $net -k 3 through.vec
dut $net -k 3 --source tree --stages patterns.vec
says "a fault in the RTL is found at its stage" 1 "neuron 0, stage " check -q $net -k 3 through.vec
finish
