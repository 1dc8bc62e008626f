#!/usr/bin/env bash
# gen | DUT | check with a DUT that does not give back what it was sent, with names of any kind, with
# a simulator that prints, and with files that are damaged or hostile: never exit 0, and never without a reason.
#
#   tests/cli/cosim/vectors_pipe.sh [PROGRAM]      libstw_golden.so is beside the program
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
net=$root/vectors/tiny.nir
golden=$(dirname "$spiketwin")/libstw_golden.so
cd "$tmp" || exit 2

"$root/tests/lib/clips.py" corpus clips 4 1 && mv clips/low clips/no && mv clips/high clips/yes && rm -f clips/*.txt || exit 2
"$spiketwin" gen "$net" -d clips -S train -k 3 -n 4 --expect -m mem -q >right.vec || bad "gen" "exit $?"
clips=$(grep -c '^C ' right.vec)
expect "four clips" 4 "$clips"

# check_is NAME EXIT TEXT: check of stdin exits so; TEXT stands in what it said
check_is() {
    "$spiketwin" check "$net" -k 3 -q >out.txt 2>err.txt
    local rc=$?
    if [ $rc = "$2" ] && grep -qF -- "$3" out.txt err.txt && ! grep -q 'nan' out.txt err.txt; then
        ok "$1"
    else
        bad "$1" "exit $rc, wanted $2" "wanted: $3" "got:    $(cat out.txt err.txt | head -n 4)"
    fi
}

check_is "what was sent came back" 0 "check: 15000 words, 0 differ; 15000 spike bits, 0 differ (4 clips)" <right.vec
expect "nothing is left open by it" "" "$(cat err.txt)"

# What the head says of each clip, computed as docs/vectors.md tells it.
cat >head.py <<'PYTHON'
def words(h, *values):
    for value in values:
        for byte in (value % 2**64).to_bytes(8, "little"):
            h = (h ^ byte) * 1099511628211 % 2**64
    return h


clips, number = [], -1
for line in open("right.vec"):
    f = line.split()
    if f[0] == "C":
        number += 1
        clips.append([number, 0, 0, words(14695981039346656037), words(14695981039346656037)])
    if f[0] == "T":
        clip, jitter = clips[-1], int(f[2], 16)
        for source, word in (e.split(":") for e in f[4:]):
            clip[3] = words(clip[3], clip[1], int(source), int(word, 16))
            clip[2] += 1
        clip[4] = words(clip[4], jitter - (jitter >> 15 << 16))
        clip[1] += 1
for c in clips:
    print("H clip=%d %d %d %016x %016x" % tuple(c))
print("H stimulus=%d %d %d %016x" % (len(clips), sum(c[1] for c in clips), sum(c[2] for c in clips),
                                     words(14695981039346656037, *(v for c in clips for v in c))))
PYTHON
expect "the head is what the documentation says" "$(python3 head.py)" "$(grep '^H clip=\|^H stimulus=' right.vec)"

# --- a DUT that drops or changes what it was sent ------------------------------------------------------------
while IFS='|' read -r how text; do
    "$root/tests/lib/wrong_dut.py" "$how" <right.vec >wrong.vec || bad "$how" "no such DUT"
    cmp -s right.vec wrong.vec && bad "$how" "nothing was changed"
    check_is "$how" 2 "$text" <wrong.vec
done <<'TEXT'
drop-clip-0|clip 1 where clip 0 is due: dropped, or out of order
drop-clip-1|clip 2 where clip 1 is due: dropped, or out of order
drop-clip-3|3 clips came back, 4 were sent: clip 3 is the first that did not
swap-clips|clip 1 where clip 0 is due: dropped, or out of order
repeat-clip|clip 0 came back already: repeated, or out of order
renumber|clip 0 came back already: repeated, or out of order
one-clip-more|clip 77 was not sent
contents-swapped|clip 0 came back with
no-events|clip 0 came back with 0 events,
no-events-in-the-last-clip|clip 3 came back with 0 events,
drop-event|clip 1 came back with
other-word|events, but others than were sent
one-tick-later|clip 2 came back with
no-jitter|clip 0 came back with jitter 0 in every tick, which is not what was sent
other-jitter|clip 2 came back with other jitter words than were sent
one-tick|clip 0 has 1 ticks, 125 were sent
no-last-tick|clip 0 has 124 ticks, 125 were sent
head-without-stimulus|no H record "stimulus" before it: what was sent is not known
head-without-clip|the H records of 3 before it are not those that were written
head-of-version-1|no H record "stimulus" before it: what was sent is not known
TEXT

# The same to the golden library, which reads the stimulus of a file.
"$root/tests/lib/wrong_dut.py" no-jitter <right.vec >wrong.vec
read_all() {
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden
golden = stw_golden.Golden(*sys.argv[1:3])
golden.vectors(sys.argv[3])
while golden.read() > 0: pass' "$golden" mem "$1" 2>&1 | tail -n 1
}
expect "the library: right" "" "$(read_all right.vec)"
expect "the library: no jitter" 1 "$(read_all wrong.vec | grep -c 'clip 0 came back with jitter 0')"

# Files from before: what was dropped cannot be seen, and that is said.
sed 's/^spiketwin-vectors 2/spiketwin-vectors 1/; /^H clip=/d; /^H stimulus=/d' right.vec >old.vec
check_is "version 1" 0 "check: 15000 words, 0 differ" <old.vec
expect "version 1: said" "spiketwin check: warning: -: no stimulus hash: what was dropped cannot be seen" "$(cat err.txt)"
"$spiketwin" check "$net" -k 3 --json old.vec 2>/dev/null >old.json
"$spiketwin" check "$net" -k 3 --json right.vec 2>/dev/null >right.json
expect "JSON" "False 1 True 0 True" "$(python3 -c 'import json
old, new = json.load(open("old.json")), json.load(open("right.json"))
print(old["stimulus_as_sent"], len(old["warnings"]), new["stimulus_as_sent"], len(new["warnings"]),
      new["not_at_rest"] > 1000 and new["fired"] > 0 and new["ticks"] == 500 and new["events"] > 5000)')"

# --- what other programs write ------------------------------------------------------------------------------
check_is "carriage returns" 0 "15000 words, 0 differ" < <(sed 's/$/\r/' right.vec)
check_is "byte order mark" 0 "15000 words, 0 differ" < <(printf '\357\273\277'; cat right.vec)
expect "byte order mark: said" 1 "$(grep -c 'line 1: a byte order mark, passed over' err.txt)"
check_is "UTF-16" 2 "-:1: a byte order mark of UTF-16" < <(iconv -f UTF-8 -t UTF-16 right.vec 2>/dev/null)
check_is "carriage returns alone" 2 "column 20: a carriage return inside of the line" < <(tr '\n' '\r' <right.vec)
check_is "no newline at the end" 0 "15000 words, 0 differ" < <(head -c -1 right.vec)
check_is "cut in the last line" 2 "end: " < <(head -c -3 right.vec)
check_is "no end" 2 "the file ends without an E record" < <(head -n -1 right.vec)
check_is "cut in a line" 2 "the file ends in the middle of this line" < <(sed '/^V /q' right.vec | head -c -3)
check_is "capital digits" 0 "15000 words, 0 differ" < <(awk '/^V / { $0 = "V" toupper(substr($0, 2)) } { print }' right.vec)
check_is "a banner" 2 '-:1: not a "spiketwin-vectors 2": it begins with "VCD info: dumpfile tb.vcd opened for output."' < <(echo "VCD info: dumpfile tb.vcd opened for output."; cat right.vec)
grep -qF "grep -aE '^(spiketwin-vectors |[HSCTZVURWGE] )'" err.txt && ok "a banner: the filter is named" || bad "a banner: the filter is named" "$(<err.txt)"
check_is "a banner: the filter helps" 0 "15000 words, 0 differ" < <( (echo "VCD info: dumpfile tb.vcd opened for output."; echo "Elaborating"; cat right.vec; echo "tb.v:96: \$finish called at 10 (1ns)") | grep -aE '^(spiketwin-vectors |[HSCTZVURWGE] )')
check_is "text behind" 2 'text after the end record: "tb.v:96: $finish called at 10 (1ns)"' < <(cat right.vec; echo "tb.v:96: \$finish called at 10 (1ns)")
check_is "text between" 2 ':200: unexpected record "WARNING: tb.v:9: $readmemh"' < <(sed '200i WARNING: tb.v:9: $readmemh' right.vec)
check_is "tabs" 2 "a tab, fields are parted by one blank" < <(sed '40s/^V 0/V\t0/; 40s/^Z 0/Z\t0/; 40s/ /\t/' right.vec)
check_is "nothing at all" 2 "-:1: the file is empty" < <(:)
check_is "X" 2 "word 0 of 16: \"16'hxxxx\" is unknown, is the device reset?" < <(sed '0,/^V 0 0 .*/s//V 0 0 16'"'"'hxxxx/' right.vec)
check_is "Z" 2 '"zzzz" is unknown, is the device reset and its output driven?' < <(sed '0,/^V 0 0 .*/s//V 0 0 zzzz/' right.vec)
check_is "a first tick without results" 2 "tick 0 of clip 0 (line 15) has no results, tick 1 of clip 0 has" < <(grep -v '^[ZV] 0 [0-2]' right.vec)
check_is "a later tick without results" 2 "tick 7 of clip 2 (line" < <(awk '/^C 2 /{c = 1} !(c && /^[ZV] 7 [0-2]/)' right.vec)
grep -v '^[ZV] ' right.vec | sed 's/^E .*//' | grep . >none.vec
check_is "no results" 2 "no result in it: 0 words compared" < <(cat none.vec; awk '/^T /{ t++; e += $4 } END { print "E 4", t, e, 0 }' right.vec)

# Results that would match elsewhere. The first shifted tick repeats.
python3 - <<'PYTHON' >late.vec
ticks, tick = {}, []
for line in open("right.vec"):
    if line[0] in "ZV":
        key = line.split()[0], line.split()[2]
        words = line.split(" ", 3)[3]
        print(line[0], line.split()[1], line.split()[2], ticks.get(key, words), end="")
        ticks[key] = words
    else:
        print(line, end="")
PYTHON
check_is "one tick late" 1 "hint: tick t + 1 would match tick t: the device is one tick late" <late.vec
python3 - <<'PYTHON' >reversed.vec
for line in open("right.vec"):
    f = line.split()
    print(" ".join([*f[:3], *f[:2:-1]]) if f[0] == "V" else line.rstrip("\n"))
PYTHON
check_is "neurons reversed" 1 "hint: neuron N - 1 - n would match neuron n: the order of neurons is reversed" <reversed.vec

# --- stages --------------------------------------------------------------------------------------------------
"$spiketwin" gen "$net" -d clips -S train -k 3 --stages -q >stages.vec || bad "gen --stages" "exit $?"
check_is "all stages" 0 "check: 3750 words, 0 differ; 3750 spike bits, 0 differ; 30000 words of stages, 0 differ (1 clips)" <stages.vec
expect "the other records are those without stages" "" \
    "$(diff <("$spiketwin" gen "$net" -d clips -S train -k 3 --expect -q | grep -v '^E ') <(grep -v '^[GE] ' stages.vec))"
# Sums by weights and events alone, of layer 0 one weight a neuron, of layer 1 of all spikes and its own last ones;
# what fires and stays is what Z and V say.
cat >sums.py <<'PYTHON'
signed = lambda text, bits: int(text, 16) - (int(text, 16) >> bits - 1 << bits)
one, all = ([signed(x, 16) for x in open(f"mem/layer{l}_weight.hex")] for l in (0, 1))
wrong = seen = 0
for line in open("stages.vec"):
    f = line.split()
    if f[0] == "C":
        z = last = {0: [0] * 16, 1: [0] * 12}
    if f[0] == "T":
        x, last, z, v = [0] * 16, z, {}, {}
        for e in f[4:]:
            x[int(e.split(":")[0])] = int(e.split(":")[1], 16)
    l = int(f[2]) if f[0] in "ZVG" else 2
    if l == 2:
        continue
    if f[0] == "Z":
        z[l] = [int(f[3], 16) >> i & 1 for i in range(len(last[l]))]
    if f[0] == "V":
        v[l] = [signed(word, 16) for word in f[3:]]
    if f[0] == "G":
        heard, n = (z[0] + last[1])[:len(all) // 12], len(last[l])
        sums = [one[j] * x[j] for j in range(16)] if l == 0 else [
            sum(all[j * len(heard) + i] * heard[i] for i in range(len(heard))) for j in range(12)]
        want = {"gather": sums, "fire": z[l], "reset": v[l]}.get(f[3])
        seen += want is not None
        wrong += want is not None and want != [signed(word, 64) for word in f[4:]]
print(seen, wrong)
PYTHON
expect "sums, spikes and membranes are what they should be" "750 0" "$(python3 sums.py)"
grep -v '^G [0-9]* [0-9]* leak\|^E ' stages.vec >some.vec
records() { grep -c "^[ZVG] " "$1"; }
end() { awk -v r="$(records "$1")" '/^T /{ t++; e += $4 } END { print "E 1", t, e, r }' "$1"; }
check_is "some stages" 0 "26250 words of stages, 0 differ" < <(cat some.vec; end some.vec)
sed '0,/^\(G 60 1 integrate\) ............\(....\)/s//\1 000000000123\2/' stages.vec >wrong.vec
check_is "a wrong stage" 1 "30000 words of stages, 1 differ" <wrong.vec
expect "a wrong stage: where" "tick 60, layer 1, neuron 0, stage integrate: expected" "$(grep -o 'tick.*expected' err.txt)"
expect "JSON of stages" "30000 1" "$("$spiketwin" check "$net" -k 3 -j -q wrong.vec 2>err.txt | python3 -c 'import json, sys
c = json.load(sys.stdin)
print(c["stages"], c["differ"])')"
check_is "a stage of one layer is missing" 2 "stage leak of layer 1 is due: the file's first layer has it" < <(sed '/^G 3 1 leak/,/^G 3 1 refract/d' stages.vec)
check_is "a stage in the middle is missing" 2 "words of \"integrate\", leak is due" < <(sed '/^G 3 1 leak/d' stages.vec)
check_is "stages that come later" 2 "unexpected G record: layer 0 has its 0 stages" < <(sed '/^G 0 /d' stages.vec)
check_is "a stage that the law has not" 2 "stage square: allowed gather, current, leak, integrate, clamp, fire, reset, refract" < <(sed 's/^\(G .*\) leak/\1 square/' stages.vec)
check_is "a stage twice" 2 'stage "gather" again' < <(sed 's/^\(G 0 0\) leak/\1 gather/' stages.vec)
check_is "a stage before the membrane" 2 "unexpected G record: stages follow all other results of their layer" < <(sed '/^V 0 0/d' stages.vec)
check_is "a stage with 15 digits" 2 "has 15 hexadecimal digits, 64 bits have 16" < <(sed '0,/^\(G 0 0 gather [0-9a-f]*\) 0/s//\1 /' stages.vec)
check_is "a stage with a word less" 2 "word 15 of 16 is missing" < <(sed '0,/^\(G 0 0 gather .*\) [0-9a-f]*$/s//\1/' stages.vec)
check_is "a stage that is unknown" 2 "is unknown, is the device reset?" < <(sed '0,/^G 0 0 gather 0*/s//G 0 0 gather xxxxxxxxxxxxxxxx/' stages.vec)
check_is "a stage of another tick" 2 "stage of tick 4 is due" < <(sed 's/^G 4 0 gather/G 5 0 gather/' stages.vec)
check_is "a stage without a name" 2 "a stage's name, 1..15 characters" < <(sed 's/^G 0 0 gather .*/G 0 0/' stages.vec)

# --- damaged and hostile -------------------------------------------------------------------------------------
check_is "a NUL byte" 2 "a NUL byte" < <(sed '300s/ /\x00/' right.vec)
check_is "an endless line" 2 "the line is longer than any record" < <(cat right.vec | head -n 30; head -c 100000 /dev/zero | tr '\0' 'a')
check_is "a folder" 2 "Is a directory" <.
printf 'spiketwin-vectors 1\nH image=%s\nS 3 16 0 0 8 16 16 12 2\nC 0 2147483647 c\nT 0 0000 0\nE 1 1 0 0\n' \
    "$(sed -n 's/^H image=//p' right.vec)" >bomb.vec
(ulimit -v 400000 && exec "$spiketwin" check "$net" -k 3 bomb.vec >out.txt 2>err.txt)
expect "declared ticks take no memory" "2 spiketwin check: bomb.vec:6: 1 ticks in a clip of 2147483647: tick 1 of clip 0 is missing" "$? $(<err.txt)"
check_is "counts that overflow" 2 "end: 4 clips were read" < <(sed 's/^E .*/E 99999999999999999999 1 1 1/' right.vec)
check_is "counts of the head that overflow" 2 "stimulus: CLIPS TICKS EVENTS" < <(sed 's/^H stimulus=4 /H stimulus=99999999999999999999 /' right.vec)
check_is "ticks of the head that overflow" 2 "clip: CLIP TICKS EVENTS" < <(sed 's/^H clip=0 125/H clip=0 99999999999/' right.vec)

# --- names ---------------------------------------------------------------------------------------------------
odd=$'o dd "%20"\\ \'$(x) caf\303\251 E 1 2 3' # control characters are refused with the folder
mv clips "$odd"
i=0
for wav in "$odd"/*/*.wav; do
    names=('a b' 'two  blanks ' 'line E 0 0 0 0' '%' '"quoted"' "it's" 'back\slash' $'\303\251\344\275\240')
    mv "$wav" "${wav%/*}/${names[i % 8]} speaker${i}_nohash_0.wav"
    i=$((i + 1))
done
cp "$net" "$odd/a net.nir"
"$spiketwin" gen "$odd/a net.nir" -d "$odd" -S train -k 3 -n 8 --expect -q >odd.vec
expect "odd names: gen" 0 $?
expect "odd names: one field each, of plain ASCII" 8 "$(LC_ALL=C grep -cE '^C [0-9]+ 125 (no|yes)/[-._~/+,=@:%a-zA-Z0-9]+$' odd.vec)"
check_is "odd names" 0 "check: 30000 words, 0 differ; 30000 spike bits, 0 differ (8 clips)" <odd.vec
if command -v iverilog >/dev/null; then
    iverilog -g2012 -s tb_pipe -o dut.vvp "$root"/examples/dut/lif_*.v "$root/examples/icarus/tb_pipe.sv"
    check_is "odd names: through Icarus" 0 "check: 30000 words, 0 differ; 30000 spike bits, 0 differ (8 clips)" \
        < <(grep -v '^[ZV] ' odd.vec | vvp -n dut.vvp)
else
    left_out "odd names through Icarus" "iverilog is not installed"
fi

# --- a device that does nothing, on a net that does nothing ---------------------------------------------------
"$spiketwin" gen "$net" -c sc-neurocore -m sc -q >out.txt 2>err.txt
expect "memories of a chip with gain, rest and reset" "0 " "$? $(cat out.txt)$(grep -v "made for chip" err.txt)"
[ -s sc/chip.json ] && [ -s sc/layer0_gain.hex ] && [ -s sc/layer2_reset.hex ] && ok "its words, gain and reset too" ||
    bad "its words, gain and reset too" "$(ls sc)"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden
g = stw_golden.Golden(*sys.argv[1:])
g.event(0, -300); g.tick(0)
w = int(open("sc/layer0_weight.hex").readline(), 16)
assert g.stage(0, 0, "gather") == -300 * (w - 65536 * (w >> 15)), g.stage(0, 0, "gather")' "$golden" sc 2>err.txt
expect "the library runs it, on signed input" "0 " "$? $(tail -n 1 err.txt)"

# --- any law: two currents, signed inputs of 16 bits (version 3) --------
for law in "xylo-v1 S 2 3 4 0 6 8 1 3 1 v 16 1 u 16 1 u2 16 1" "sc-neurocore S 2 1 16 1 6 8 1 3 1 v 16 1" \
    "izhikevich S 2 17 17 0 8 6 8 3" "loihi S 2 24 24 0 4 6 8 3"; do
    set -- $law
    "$spiketwin" make "$1" --layer 6x8r --layer 8x3 --random 2 -o law.nir -q 2>/dev/null || bad "$1" "make"
    "$spiketwin" gen law.nir --random 1 -n 2 --ticks 25 -q -m law >law.vec
    expect "$1: what its vectors say of themselves" "${*:2}" "$(grep '^S ' law.vec)"
    "$spiketwin" dut law.nir -q law.vec >law.out || bad "$1" "dut"
    "$spiketwin" check law.nir -q law.out >out.txt 2>err.txt
    expect "$1: our RTL" "0 ; 550 spike bits, 0 differ (2 clips)" "$? $(sed 's/^check: [0-9]* words, 0 differ//' out.txt)"
    "$spiketwin" gen law.nir --random 1 -n 2 --ticks 25 -q --expect | cmp -s - law.out && ok "$1: gen --expect is the same file" ||
        bad "$1: gen --expect is the same file"
    last=$(awk '/^[WV] 24 1 /{ at = NR } END { print at }' law.out)
    sed "${last}s/.\$/x/" law.out | tr x "$(sed -n "${last}s/.*\(.\)\$/\1/p" law.out | tr 0-9a-f 1-9a-f0)" >wrong.out
    "$spiketwin" check law.nir -q wrong.out >out.txt 2>err.txt
    expect "$1: a changed digit of its last state is found" "1 tick 24, layer 1, neuron 2" "$? $(grep -o 'tick 24, layer 1, neuron 2' err.txt)"
    read_law() { PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden
golden, ticks = stw_golden.Golden(*sys.argv[1:3]), 0
golden.vectors("law.vec")
while (what := golden.read()) > 0: ticks += what == 2
print(ticks, *(golden.word_name(i) for i in range(golden.words_of() + 1)))' "$golden" law 2>&1 | tail -n 1; }
    words=$(case $1 in xylo*) echo "v u u2" ;; sc*) echo "v" ;; *) echo "v u" ;; esac)
    expect "$1: the library reads it, and names its words" "50 $words " "$(read_law)"
done
"$spiketwin" check law.nir -q <(sed '0,/^T 2 /s/^T 2 \([0-9a-f]*\) [0-9]*.*/T 2 \1 1 6:01/' law.out) >out.txt 2>err.txt
expect "an event of no source" 1 "$(grep -c 'source 0..5, ascending' err.txt)"

# --- what was reached -----------------------------------------------------------------------------------------
"$spiketwin" check "$net" -k 3 right.vec >out.txt 2>err.txt
expect "reached: the second line sums it up" 1 "$(sed -n 2p out.txt | grep -cE '^reached: [0-9]+ of [0-9]+ corners, [0-9]+ out of reach, [0-9]+ not reached$')"
read -r all out left <<<"$(sed -nE '2s/^reached: ([0-9]+) of ([0-9]+) corners, ([0-9]+) out of reach, ([0-9]+) not.*/\2 \3 \4/p' out.txt)"
expect "reached: a line a corner" "$all" "$(($(wc -l <out.txt) - 2))"
expect "reached: a warning for each that is not" "$left" "$(grep -c '^spiketwin check: warning: .*: not reached' err.txt)"
expect "reached: what is out of reach says why" "$out" "$(grep -c 'out of reach: [a-z]' <(grep -v 'not reached' out.txt))"
"$spiketwin" check "$net" -k 3 --json right.vec >right.json 2>/dev/null
expect "reached: JSON" "$all $out $left" "$(python3 -c 'import json
r = json.load(open("right.json"))["reached"]
print(len(r["corners"]), r["out_of_reach"], r["not_reached"])')"
expect "reached: the library says the same" "$(sed -n '2,$p' out.txt)" "$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden
golden = stw_golden.Golden(*sys.argv[1:3])
golden.vectors("right.vec")
while golden.read() > 0: pass
print(golden.reached(), end="")
assert golden.corner(0) == "v: at its lower end" and golden.corner(golden.corners()) == ""' "$golden" mem 2>&1)"

# --- events at random: no recordings --------------------------------------------------------------------------
"$spiketwin" gen "$net" --random 3 -n 5 --ticks 40 -q | tee random.vec | "$spiketwin" dut "$net" -q | "$spiketwin" check "$net" -q >out.txt 2>err.txt
expect "our RTL on events at random" "check: 6000 words, 0 differ; 6000 spike bits, 0 differ (5 clips)" "$(cat out.txt)"
"$spiketwin" gen "$net" --random 3 -n 5 --ticks 40 -q | cmp -s - random.vec && ok "the same each time" || bad "the same each time"
expect "the seed stands in the head" 1 "$(grep -c '^H random=3$' random.vec)"
"$spiketwin" gen "$net" --random 3 --ticks 300 --rate 0.5 --one-event -q >one.vec
expect "one event a tick" "0 1 " "$(sed -n 's/^T [0-9]* [0-9a-f]* \([0-9]*\).*/\1/p' one.vec | sort -nu | tr '\n' ' ')"
refused_gen() { "$spiketwin" gen "$net" "${@:2}" >out.txt 2>err.txt; expect "refused: $1" "2 spiketwin gen: $1" "$? $(cat out.txt err.txt)"; }
refused_gen "--ticks, --rate, --most and --one-event go with --random" --ticks 5
refused_gen "--random and --data: allowed one of them" --random 1 -d "$tmp"
refused_gen "--rate: 0.1, allowed 0.9..1" --random 1 --rate 0.9..0.1
refused_gen "--ticks: 0, allowed 1..1000000" --random 1 --ticks 0

# --- the cases ------------------------------------------------------------------------------------------------
cases=${SPIKETWIN_CASES:-$root/../shared/cases}
if [ -d "$cases/vectors" ]; then
    case_is() { # FILE EXIT TEXT
        "$spiketwin" check "$net" "$cases/vectors/$1" "${@:4}" >out.txt 2>err.txt
        local rc=$?
        [ $rc = "$2" ] && grep -qF -- "$3" out.txt err.txt && ok "$1" || bad "$1" "exit $rc" "$(cat out.txt err.txt)"
    }
    case_is good.vec 0 "check: 90 words, 0 differ"
    case_is crlf.vec 0 "check: 90 words, 0 differ"
    case_is x_state.vec 2 'word 0 of 16: "xxxx" is unknown, is the device reset?'
    case_is first_tick_without_results.vec 2 "tick 0 of clip 0 (line 10) has no results, tick 1 of clip 0 has"
    case_is one_tick_late.vec 1 "tick t + 1 would match"
    "$spiketwin" check "$net" "$cases/vectors/dead.vec" -c loihi >out.txt 2>err.txt
    rc=$?
    [ $rc != 0 ] && ! grep -q '0 differ$' out.txt && ok "dead.vec: exit $rc" || bad "dead.vec" "exit $rc" "$(cat out.txt err.txt)"
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/examples/cocotb python3 -c 'import sys, stw_golden; stw_golden.Golden(*sys.argv[1:])' \
        "$golden" "$cases/files/golden_nan" 2>err.txt
    expect "golden_nan" 1 "$(grep -c 'RuntimeError: .*/golden_nan/chip.json: layers, 0' err.txt)"
else
    left_out "cases of vectors" "no folder $cases/vectors (SPIKETWIN_CASES)"
fi
finish
