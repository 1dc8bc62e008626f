#!/usr/bin/env bash
# Chip files, nets and checkpoints that must be refused.
#
#   tests/cli/bad/cli_bad_files.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"

# --- chip files ---------------------------------------------------------------------------------
base=$root/chips/fpga-q8.8.yaml
chip() { # NAME MESSAGE SED...: the chip file after an edit that must change it; refused by info
    local name=$1 message=$2
    sed -E "$3" "$base" >bad.yaml
    cmp -s "$base" bad.yaml && { bad "chip: $name" "the edit changes nothing: $3"; return; }
    refuse "chip: $name" "~info: bad.yaml:$message" info bad.yaml
}
value() { # FIELD VALUE ALLOWED: of a field that stands on a line of its own
    local key=${1##*.} line
    line=$(grep -nE "^ *$key: +\{value" "$base" | head -n 1 | cut -d: -f1)
    chip "$1 = $2" "$line: $1, $2, allowed $3" "${line}s/value: [^,}]+/value: $2/"
}
value law.input UQ5.4 "UQm\.n with m \+ n = 1\.\.8, or Qm\.n with 1\.\.32"
value law.input Q17.16 "UQm\.n with m \+ n = 1\.\.8, or Qm\.n with 1\.\.32"
value law.weight Q9.8 "Qm\.n with m \+ n = 2\.\.16"
value law.weight Q1.0 "Qm\.n with m \+ n = 2\.\.16"
value law.weight Q8 "Qm\.n with m \+ n = 2\.\.16"
value law.weight Q-8.8 "Qm\.n with m \+ n = 2\.\.16"
value law.membrane Q17.16 "Qm\.n with m \+ n = 4\.\.32"
value law.leak UQ1.16 "UQm\.n with m \+ n = 1\.\.16, or Qm\.n with 1\.\.32"
value law.round_current nearest "floor\|nearest_even\|toward_zero\|ceiling\|away_from_zero"
value law.leak_kind leaky "none\|exponential\|shift\|linear\|shift_moves\|two_shifts"
value law.clamp clip "saturate\|wrap"
value law.fire GE "ge\|gt"
value law.reset hard "zero\|subtract"
value law.refractory_ticks 256 "whole numbers 0\.\.255 ticks"
value law.refractory_ticks 1.5 "whole numbers 0\.\.255 ticks"
value law.refractory_ticks -1 "whole numbers 0\.\.255 ticks"
value tick 0 "0\.001\.\.1000 ms"
value tick nan "0\.001\.\.1000 ms"
value tick inf "0\.001\.\.1000 ms"
value tick 8ms "0\.001\.\.1000 ms"
value threshold -8 "1e-06\.\.8388607 membrane units"
value threshold 200 "up to 127\.996.*"
value tau 0 "0\.001\.\.1000000 ms"
value jitter.sigma 0.3 "0\.\.0\.2 of a tick"
value jitter.acts_leak maybe "false\|true"
value mismatch.front_end 2 "false\|true"
value frontend.rate 100 "whole numbers 1000\.\.768000 Hz"
value frontend.filters 0 "whole numbers 1\.\.[0-9]+"
value frontend.hop 0 "whole numbers 1\.\.16 samples"
chip "weights beyond their format" "[0-9]+: weight, -129\.\.127\.996, allowed -128\.\.127\.99609[0-9]* \(the weight's format\)" \
    's/^  min: \{value: -128/  min: {value: -129/'
chip "weight.max below 0" "[0-9]+: weight.max, -1, allowed 0\.\.32767 membrane units" \
    's/^  max: \{value: [0-9.]+/  max: {value: -1/'
chip "mismatch above 1" "[0-9]+: mismatch.weight_gain.local, 3, allowed 0\.\.1 of the weight" \
    's/value: 0.03,/value: 3,/'
chip "band above Nyquist" "[0-9]+: .*" 's/f_high: +\{value: 7600/f_high: {value: 9000/'
chip "band upside down" "[0-9]+: .*" 's/f_low: +\{value: 100/f_low: {value: 7700/'
chip "another unit" "[0-9]+: tick, unit s, allowed ms" '/^tick/s/unit: ms/unit: s/'
chip "no unit" "[0-9]+: tick, unit missing, allowed ms" '/^tick/s/unit: ms, //'
chip "no source" "[0-9]+: .*source.*" '/^tick/s/, source: .*\}/}/'
chip "no value" "[0-9]+: .*value.*" '/^tick/s/value: 8, //'
chip "a field is missing" "[0-9]+: .*threshold.*" '/^threshold/d'
chip "a section is missing" "[0-9]+: .*jitter.*" '/^jitter/,/^$/d'
chip "an unknown field" "[0-9]+: .*colour.*" 's/^tick:/colour: {value: 8, source: me}\ntick:/'
chip "a field twice" "[0-9]+: tick, stands twice" 's/^(tick:.*)/\1\n\1/'
chip "a bracket is open" "[0-9]+: .*" '/^tick/s/\}//'
chip "a quote is open" "[0-9]+: .*" '/^tick/s/"$//; /^tick/s/"\}$/}/'
chip "a tab" "[0-9]+: .*" 's/^  rate: /\trate: /'
chip "no name" "[0-9]+: .*name.*" '/^name/d'
chip "a list for a value" "[0-9]+: .*" 's/^tick:.*/tick: [1, 2]/'
chip "a name for a section" "[0-9]+: .*" 's/^jitter:/jitter: none\nx:/'
chip "not UTF-8" "[0-9]+: .*" "s/^description: .*/description: $(printf '\377\376')/"
python3 - "$base" >bad.yaml <<'END'
import sys
lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
print("\n".join(lines) + "\n" + open(sys.argv[1]).read())
END
refuse "chip: a billion laughs" "~info: bad.yaml:[0-9]+: .*" info bad.yaml
for open in '[' '{a: ' '- ' '? ' 'law: {input: [' '&a [*a, ['; do
    name="chip: deep: $open"
    python3 -c 'import sys; sys.stdout.write(sys.argv[1] * 100000)' "$open" >bad.yaml
    refuse "$name" "~info: bad.yaml(:1: deeper than 16 mappings and lists|: [0-9]+ bytes, allowed up to 1048576)" info bad.yaml
done
python3 -c 'print("".join(" " * i + "a:\n" for i in range(900)))' >bad.yaml
refuse "chip: deep, line for line" "info: bad.yaml:17: deeper than 16 mappings and lists" info bad.yaml
{ cat "$base"; head -c 1048576 /dev/zero | tr '\0' '\n'; } >bad.yaml
refuse "chip: large" "info: bad.yaml: $(wc -c <bad.yaml) bytes, allowed up to 1048576" info bad.yaml
mkfifo pipe.yaml
refuse "chip: a pipe" "info: pipe.yaml: not a file" info pipe.yaml
escape=$(printf 'a\033[2J\nb.yaml')
refuse "chip: a name that would move the terminal" "info: a\\x1b[2J b.yaml: no such file" info "$escape"
: >bad.yaml
refuse "chip: empty" "info: bad.yaml:1: empty, allowed one mapping" info bad.yaml
echo "# nothing" >bad.yaml
refuse "chip: comments only" "~info: bad.yaml(:[0-9]+)?: .*" info bad.yaml
head -c 4096 /dev/urandom >bad.yaml
refuse "chip: noise" "~info: bad.yaml:[0-9]+: .*" info bad.yaml
refuse "chip: a folder" "info: ./: a folder without net.nir or net.h5: no run that ended" info ./
refuse "chip: no such file" "info: nowhere.yaml: no such file" info nowhere.yaml
refuse "chip: no such name" "~info: .*nowhere.*: no such file" info nowhere
train "train: no such chip" "~train: .*nowhere.*: no such file" -c nowhere

# --- nets ---------------------------------------------------------------------------------------
net() { # NAME MESSAGE: bad.nir
    refuse "net: $1" "~info: bad.nir: $2" info bad.nir
    refuse "net: $1 (predict)" "~predict: bad.nir: $2" predict bad.nir -d clips -q
}
refuse "net: missing" "info: nowhere.nir: no such file" info nowhere.nir
refuse "net: missing (predict)" "predict: nowhere.nir: no such file" predict nowhere.nir -d clips
: >bad.nir && net "empty" "not an HDF5 file, or damaged"
echo text >bad.nir && net "text" "not an HDF5 file, or damaged"
head -c 3000 good/net.nir >bad.nir && net "cut off" "not an HDF5 file, or damaged"
cp good/checkpoint.h5 bad.nir && net "HDF5, but no net" "no group /spiketwin: not written by spiketwin"
rm bad.nir && mkdir bad.nir && net "a folder" ".*"
rmdir bad.nir
python3 - <<'END'
# Every threshold of the master weights (float 8.0, in a row) becomes NaN.
data = open("good/net.nir", "rb").read()
row = bytes.fromhex("00000041") * 8
assert data.count(row) >= 1
open("bad.nir", "wb").write(data.replace(row, bytes.fromhex("0000c07f") * 8))
END
net "NaN inside" "not an HDF5 file, or damaged"

sed 's/^name: .*/name: another/' "$base" >another.yaml
run train -o other -c another.yaml -d clips --held-percent 40 -e 1 --hidden 8 -q || bad "another chip" "$(<err.txt)"
run predict other/net.nir -d clips -n 3 -q
expect "a net has its chip with it" "0 another on" "$? $(head -n 1 out.txt | cut -d' ' -f1,2)"
# Older nets have only their chip's name; its bytes stand once in the file.
LC_ALL=C sed 's/fpga-q8\.8/fpga-q8.9/' "$root/vectors/older.nir" >bad.nir
refuse "older net of a chip that has no file" "~predict: .*fpga-q8.9.yaml: no such file" predict bad.nir -d clips -q
LC_ALL=C sed 's/fpga-q8\.8/..\/chip\/8/' "$root/vectors/older.nir" >bad.nir
refuse "older net of a chip that is a path" "~predict: bad.nir: /spiketwin/chip is .* without /" predict bad.nir -d clips -q
sed 's/^name: .*/name: some\/where/' "$base" >slash.yaml
refuse "chip: a name that is a path" "info: slash.yaml:$(grep -n '^name' slash.yaml | cut -d: -f1): name, some/where, allowed without /" info slash.yaml
sed -E 's/filters: +\{value: 16/filters: {value: 8/' "$base" >eight.yaml
refuse "net of a chip with another front end" "predict: good/net.nir: network: 16 inputs, the front end of fpga-q8.8 has 8 filters" \
    predict good/net.nir -d clips -c eight.yaml -q

# Damage anywhere: refused in one line, or not noticed; never a crash.
crashes='' n=0
size=$(wc -c <good/net.nir)
for ((at = 0; at < size; at += size / 150 + 1)); do
    cp good/net.nir bad.nir
    printf '\377\377\377\377\377\377\377\377' | dd of=bad.nir bs=1 seek=$at conv=notrunc status=none
    run info bad.nir
    rc=$?
    n=$((n + 1))
    { [ $rc -eq 0 ] && [ ! -s err.txt ]; } ||
        { [ $rc -eq 2 ] && [ "$(wc -l <err.txt)" -eq 1 ] && [ ! -s out.txt ]; } || crashes+=" $at:$rc"
done
expect "net: eight bytes of 0xff at one of $n places" "" "$crashes"

# --- resuming what is not there, or is another run --------------------------------------------
train "resume nothing" "train: run/checkpoint.h5: no checkpoint to resume from" --resume
resume() { # NAME MESSAGE OPTIONS...: with the checkpoint ck
    local name=$1 message=$2 before rc
    shift 2
    rm -rf again && mkdir again && cp ck again/checkpoint.h5
    before=$(cksum <again/checkpoint.h5)
    run train -o again --resume -d clips --held-percent 40 -e 1 --hidden 8 -q "$@"
    rc=$?
    expect "$name: exit" 2 $rc
    if [[ "$(<err.txt)" =~ ^spiketwin\ train:\ again/checkpoint.h5:\ $message$ ]]; then
        ok "$name: message"
    else
        bad "$name: message" "stderr: $(<err.txt)" "wanted: $message"
    fi
    expect "$name: the checkpoint is as it was, and alone" "$before checkpoint.h5" \
        "$(cksum <again/checkpoint.h5) $(ls again)"
}
: >ck && resume "resume: empty" "not an HDF5 file, or damaged"
head -c 3000 good/checkpoint.h5 >ck && resume "resume: cut off" "not an HDF5 file, or damaged"
cp good/net.nir ck && resume "resume: a net" "damaged, or of another shape"
cp good/checkpoint.h5 ck
resume "resume: another seed" "of another run: it has seed=1, asked for is seed=2" -s 2
resume "resume: another hidden layer" "of another run: it has hidden=8, asked for is hidden=9" --hidden 9
resume "resume: other words" "of another run: .*" -w low,high
resume "resume: another chip" "of another run: it has chip=fpga-q8.8, asked for is chip=another" -c another.yaml
sed -E '/threshold:$/,/die/s/local: \{value: 0.05/local: {value: 0.06/' "$base" >edited.yaml
cmp -s edited.yaml "$base" && bad "resume: an edited chip" "the edit changes nothing"
resume "resume: an edited chip of the same name" "of another run: .*" -c edited.yaml
resume "resume: other speakers held back" "of another run: .*" --held-percent 80
rm -rf fewer && cp -r clips fewer && rm fewer/low/speaker0_nohash_0.wav
resume "resume: other data" "of another run: .*" -d fewer
finish
