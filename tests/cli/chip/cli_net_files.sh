#!/usr/bin/env bash
# What a net carries with it: any labels, its chip; and nets that are damaged or hostile, refused by every verb.
#
#   tests/cli/chip/cli_net_files.sh [PROGRAM]     cases: SPIKETWIN_CASES, or ../shared/cases beside the tree
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
cases=$(realpath -m "${SPIKETWIN_CASES:-$root/../shared/cases}")

json() { # EXPRESSION: of the JSON document j in out.txt
    python3 -c "import json, sys; j = json.load(open('out.txt', encoding='utf-8')); print($1)"
}

# --- labels: any UTF-8 name, as many as output neurons ----------------------------------------------------
learn() { # FOLDER OUT: trains an epoch on every clip folder in FOLDER
    run train -o "$2" -d "$1" --held-percent 40 --hidden 4 -e 1 -q
}
long=$(printf 'w%.0s' {1..255})
mkdir named && cp -r clips/* named/
mv named/high "named/$long" && mv named/low 'named/zwölf – two words'
sed -i "s|^high/|$long/|; s|^low/|zwölf – two words/|" named/*.txt 2>/dev/null
learn named named.out
expect "labels of 255 bytes, of blanks and letters of two and three bytes: train" 0 $?
run info named.out/net.nir --json
expect "labels: in the net as they are" "['$long', 'zwölf – two words']" "$(json "j['words']")"
run predict named.out/net.nir -d named -n 2 --json -q
expect "labels: the net finds its clips again" 0 $?
run train -o named.out --resume -d named --held-percent 40 --hidden 4 -e 1 -q
expect "labels: the run goes on" 0 $?
if [ -d "$cases" ]; then
    learn "$cases/words17" seventeen
    expect "17 labels: train" 0 $?
    run info seventeen/net.nir --json
    expect "17 labels: all in the net" 17 "$(json "len(set(j['words']))")"
    learn "$cases/name32" name32
    expect "a label of 32 letters: train" 0 $?
    run predict name32/net.nir -d "$cases/name32" -S train -n 1 -q
    expect "a label of 32 letters: predict" 0 $?
else
    left_out "17 labels, a label of 32 letters" "$cases is not there (SPIKETWIN_CASES names it)"
fi

# --- the chip in the net ----------------------------------------------------------------------------------
chip=$root/chips/fpga-q8.8.yaml
edit() { # TO SED...: a chip file of the same name that says something else
    sed -E "$2" "$chip" >"$1"
    cmp -s "$chip" "$1" && bad "edit of $1" "changes nothing"
}
image() { run info "$@" --json && json "(j['chip'], j['chip_hash'], j['image_hash'])"; }
edit other.yaml 's/^(threshold: +\{value: )8/\14/'
sed '1i # a comment' "$chip" >commented.yaml
run train -o mine -c other.yaml -d clips --held-percent 40 -e 12 -b 4 --hidden 8 -q
before=$(image mine/net.nir)
expect "no -c: nothing is said" "" "$(<err.txt)"
mkdir -p chips && cp "$chip" chips/fpga-q8.8.yaml
expect "another file of the chip's name: the chip in the net is used" "$before" "$(image mine/net.nir)"
rm -r chips other.yaml
expect "no such file any more: the chip in the net is used" "$before" "$(image mine/net.nir)"
edit other.yaml 's/^(threshold: +\{value: )8/\14/'
expect "-c with the same chip: the same" "$before" "$(image mine/net.nir -c other.yaml)"
expect "-c with the same chip: nothing is said" "" "$(<err.txt)"
run info good/net.nir -c commented.yaml
expect "-c with another comment: nothing is said" "" "$(<err.txt)"
run info mine/net.nir --json
hash=$(json "j['provenance']['chip_hash']")
run info good/net.nir --json
theirs=$(json "j['provenance']['chip_hash']")
expect "name and hash in the provenance" "fpga-q8.8 16" "$(json "j['provenance']['chip']") ${#hash}"
for verb in info "predict -d clips -n 1 -q" drc "gen -d clips -n 1 -m mem"; do
    # shellcheck disable=SC2086
    run ${verb%% *} mine/net.nir -c fpga-q8.8 ${verb#"${verb%% *}"}
    expect "-c with another chip: ${verb%% *} says it" \
        "spiketwin ${verb%% *}: warning: mine/net.nir: made for chip fpga-q8.8 ($hash), -c is another: fpga-q8.8 ($theirs), and is used" \
        "$(grep -v "never decide" err.txt)"
done
run predict mine/net.nir -c fpga-q8.8 -d clips -n 1 -q --json
expect "-c with another chip: the provenance has the one used" "$theirs" "$(json "j['provenance']['chip_hash']")"
run drc good/net.nir -c h1v2 --fix fixed.nir
run info fixed.nir --json
expect "drc --fix: the fixed net has the chip it was fixed for" "h1v2 " "$(json "j['provenance']['chip']") $(<err.txt)"
run info "$root/vectors/older.nir" --json
expect "an older net: chip by its name, and that is said" 1 "$(grep -c 'warning: .*/older.nir: an older net, with no more of its chip than the name fpga-q8.8: .*/chips/fpga-q8.8.yaml is taken$' err.txt)"
older=$(json "j['image_hash']")
run info "$root/vectors/tiny.nir" -c fpga-q8.8 --json
expect "an older net: the same words as sealed; chips/fpga-q8.8.yaml is the golden vectors' chip" "$older " "$(json "j['image_hash']") $(<err.txt)"

# --- JSON is UTF-8, whatever a path is --------------------------------------------------------------------
odd=$(printf 'odd\377\300\257 \342\202')
if cp good/net.nir "$odd.nir" 2>err.txt; then
    run drc "$odd.nir" --json
    expect "a path that is no UTF-8: replaced byte by byte" "odd??? ??.nir" "$(json "j['net'].replace('\ufffd', '?')")"
else
    left_out "a path that is no UTF-8" "$(<err.txt)"
fi

# --- damaged and hostile ----------------------------------------------------------------------------------
everywhere() { # NAME MESSAGE NET: refused by every verb that reads a net
    refuse "$1: info" "~info: $2" info "$3"
    refuse "$1: drc" "~drc: $2" drc "$3"
    refuse "$1: predict" "~predict: $2" predict "$3" -d clips -q
    refuse "$1: gen" "~gen: $2" gen "$3" -d clips -m mem
    refuse "$1: train --from" "~train: $2" train -o run --from "$3" -d clips --held-percent 40 -e 1 -q
}
python3 - <<'END'
data = bytearray(open("good/net.nir", "rb").read())
for name, at in ("magic", 3), ("length", 26), ("hash", 50), ("block", 300), ("first", 512), ("last", len(data) - 1):
    wrong = bytearray(data)
    wrong[at] ^= 1
    open(f"{name}.nir", "wb").write(wrong)
open("unsealed.nir", "wb").write(data[512:])
END
for name in magic length hash block first last; do
    everywhere "one bit in $name" "$name.nir: not an HDF5 file, or damaged" $name.nir
done
refuse "without its seal" "info: unsealed.nir: damaged: a file of version 3 without its seal" info unsealed.nir
cp good/checkpoint.h5 ck && mkdir damaged && printf '\001' | dd of=ck bs=1 seek=900 conv=notrunc status=none
cp ck damaged/checkpoint.h5
run train -o damaged --resume -d clips --held-percent 40 -e 1 --hidden 8 -q
expect "a checkpoint with one wrong byte" "spiketwin train: damaged/checkpoint.h5: not an HDF5 file, or damaged" "$(<err.txt)"
if [ -d "$cases" ]; then
    cp "$cases"/files/*.nir "$cases"/files/*.h5 . && chmod u+w ./*.nir ./*.h5
    everywhere "flip.nir" "flip.nir: /node/nodes/n0/v_threshold differs from /spiketwin: value 8 is 8, not 12" flip.nir
    everywhere "net_onebyte_hang.nir" "net_onebyte_hang.nir: damaged: .*" net_onebyte_hang.nir
    everywhere "bomb.nir" "bomb.nir: spiketwin/master: more values than the file has bytes, 32400" bomb.nir
    refuse "hdf5_segv_1.h5" "~map: hdf5_segv_1.h5: damaged: .*" map hdf5_segv_1.h5
else
    left_out "nets that bring libhdf5 down" "$cases is not there (SPIKETWIN_CASES names it)"
fi
finish
