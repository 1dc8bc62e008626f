#!/usr/bin/env bash
# A law that is a row and no more, from the chip file to the RTL: Izhikevich's neuron through every verb that names no law,
# and what the others refuse it for.
#
#   tests/cli/chip/cli_izhikevich.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/waves.sh
. "$root/tests/lib/waves.sh"
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips || exit 2

field() { # FILE EXPRESSION of the JSON j
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

says() { # NAME EXIT TEXT VERB...: exits so, and TEXT stands in what it said
    local name=$1 exit=$2 text=$3
    shift 3
    "$spiketwin" "$@" >out.txt 2>err.txt
    local rc=$?
    if [ $rc = "$exit" ] && grep -qF -- "$text" out.txt err.txt; then
        ok "$name"
    else
        bad "$name" "exit $rc, wanted $exit" "wanted: $text" "got:    $(cat out.txt err.txt | head -n 4)"
    fi
}

says "make" 0 "16 (one to one) -> 8 (recurrent) -> 2 for izhikevich" \
    make izhikevich --layer 16x16o --layer 16x8r --layer 8x2 --labels high,low --random 1 -o net.nir
says "info: the chip's values" 0 "peak               30" info izhikevich
"$spiketwin" info net.nir -k 1 --json >info.json 2>err.txt || bad "info" "$(<err.txt)"
expect "info: state words" 52 "$(field info.json 'j["state_words"]')" # v and u of 26 neurons
says "drc" 0 passes drc net.nir

# Vectors and memories: the model against itself, against its memories in the golden library's reader, against the RTL.
"$spiketwin" gen net.nir --random 1 -n 2 --ticks 200 --rate 0..0.3 --expect -q -k 3 -m mem >full.vec 2>err.txt || bad "gen" "$(<err.txt)"
says "check" 0 "20800 words, 0 differ" check net.nir full.vec -k 3
says "another chip's vectors" 2 "the vectors were made for another image" check net.nir full.vec -k 4
"$spiketwin" dut net.nir full.vec -q -k 3 >rtl.vec 2>err.txt || bad "dut" "$(<err.txt)"
says "the RTL's vectors" 0 "20800 words, 0 differ" check net.nir rtl.vec -k 3
expect "a word that is wrong" 1 "$(sed '0,/^V 100 1 ./s/^\(V 100 1 ....\)./\1f/' rtl.vec | "$spiketwin" check net.nir - -k 3 >out.txt 2>&1; echo $?)"
python3 - "$root/build/release/libstw_golden.so" mem >out.txt 2>&1 <<'PY' && ok "golden library" || bad "golden library" "$(<out.txt)"
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
lib.stw_open.restype = ctypes.c_void_p
for name, kind in (("stw_error", ctypes.c_char_p), ("stw_state", ctypes.c_int64), ("stw_stage", ctypes.c_int64)):
    getattr(lib, name).restype = kind
h = ctypes.c_void_p(lib.stw_open(sys.argv[2].encode()))
assert lib.stw_error(h) == b"", lib.stw_error(h)
v = lib.stw_state(h, 0, 0, b"v")
assert -70 * 256 < v < -45 * 256, v  # c: -65 mV to -50 mV, and what varies of it
lib.stw_event(h, 0, 255)
assert lib.stw_tick(h, 0) == 0
assert lib.stw_stage(h, 0, 0, b"reset") == lib.stw_state(h, 0, 0, b"v")
assert lib.stw_stage(h, 0, 0, b"adapt") == lib.stw_state(h, 0, 0, b"u")
PY

# Recordings: prediction with what it brings, the same chips in lockstep, one of them alone.
"$spiketwin" predict net.nir -d clips -n 4 -q --attribution --sweep peak.local=0.1,0.2 --json >predict.json 2>err.txt ||
    bad "predict" "$(<err.txt)"
expect "predict: chips differ" True "$(field predict.json 'len({c["hash"] for c in j["chips"]}) == 5')"
expect "predict: knobs are the law's" True "$(field predict.json '{"a.local", "peak.local", "weight_gain.local"} <= {k["knob"] for k in j["attribution"]["knobs"]}')"
"$spiketwin" predict net.nir -d clips -n 4 -q -t 3 --attribution --sweep peak.local=0.1,0.2 --json >again.json 2>err.txt
expect "predict: one and three threads" "$(field predict.json '[(c["hash"], c["accuracy"]) for c in j["chips"]]')" \
    "$(field again.json '[(c["hash"], c["accuracy"]) for c in j["chips"]]')"
"$spiketwin" cosim net.nir -d clips -k 0..1 -n 3 -T -q --json >cosim.json 2>err.txt || bad "cosim" "$(<err.txt)"
expect "cosim: state words" $((52 * 1000 * 3 * 2)) "$(field cosim.json 'j["words"]')"
expect "cosim: words that differ" 0 "$(field cosim.json 'j["differ"]')"
expect "cosim: the RTL decides as predicted" 0 "$(field cosim.json 'j["decisions"]["differ"]')"
# A wave of RTL whose membrane moves by one too much: save files name the ports that its words are packed in.
mkdir tree && cp -r "$root"/{rtl,cosim,model,base} tree/
sed -i "s/sum = SumW'(v) + SumW'(moved)/& + SumW'(1)/" tree/rtl/stw_izhikevich_neuron.sv
"$spiketwin" cosim net.nir -d clips -k 1 -n 1 -T -q --source tree -W wave.fst >out.txt 2>err.txt
expect "cosim of a faulty RTL" 1 $?
save_files "cosim" wave wave.fst 3
printf 'dead 1 3\nflip 100 1 4 v 3\nflip 200 1 4 u 2\nstuck 1 2 5 3 1\n' >faults.txt
says "faults in lockstep" 0 " 0 differ" cosim net.nir -d clips -k 1 -n 2 --faults faults.txt
says "replay" 0 "izhikevich" replay net.nir -d clips -k 2
says "report" 0 "" report predict.json -o report
if grep -q "peak.local" report/report.html; then ok "report: the law's knobs"; else bad "report: the law's knobs"; fi

# Each word alone, and what adjusting chips wins: a chip's currents, as the law's row says.
"$spiketwin" sensitivity net.nir -d clips -n 4 -q --json >sensitivity.json 2>err.txt || bad "sensitivity" "$(<err.txt)"
expect "sensitivity: what varies of the law" "['a', 'b', 'c', 'd', 'peak']" \
    "$(field sensitivity.json 'sorted({v["name"] for l in j["layers"] for v in l["values"]})')"
printf 'dead 1 3\n' >dead.txt
"$spiketwin" predict net.nir -d clips -n 1 -q -F dead.txt --json >dead.json 2>err.txt || bad "a dead neuron" "$(<err.txt)"
"$spiketwin" sensitivity net.nir -d clips -n 1000 -q --json >all.json 2>err.txt || bad "sensitivity" "$(<err.txt)"
expect "sensitivity: a dead neuron costs what predict says" \
    "$(field dead.json '"%.9f" % (sum(c["nominal_right"] for c in j["clip_list"]) / len(j["clip_list"]))')" \
    "$(field all.json '"%.9f" % (j["accuracy"] - j["layers"][1]["dead"]["accuracy_lost"][3])')"
"$root/tests/lib/clips.py" corpus many 24 || exit 2 # of enough speakers for some to be listened to
calibrate() { "$spiketwin" calibrate net.nir -d many -q -n 12 --clips 2 --range 0.03 -l 0.5 --json "$@"; }
calibrate >calibrate.json 2>err.txt || bad "calibrate" "$(<err.txt)"
expect "calibrate: chips as they come are predict's" "$("$spiketwin" predict net.nir -d many -n 4 -q --json >many.json 2>err.txt; field many.json '[c["accuracy"] for c in j["chips"][1:5]]')" \
    "$(field calibrate.json '[c["before"] for c in j["chips"][:4]]')"
expect "calibrate: trims move" True "$(field calibrate.json 'len({t for c in j["chips"] for t in c["trims"]}) > 5')"
same=$(sed 's/local: {value: [0-9.]*/local: {value: 0/' "$root/chips/izhikevich.yaml" | sed 's/sigma:      {value: [0-9.]*/sigma:      {value: 0/' >none.yaml
    calibrate -c none.yaml -n 3 2>/dev/null | python3 -c 'import json, sys; print({t for c in json.load(sys.stdin)["chips"] for t in c["trims"]})')
expect "calibrate: chips like the nominal one stay" "{0}" "$same"

# What takes LIF alone.
says "train" 2 "izhikevich: law izhikevich, allowed lif: no other law of such nets has a backward pass" \
    train -c izhikevich -d clips -w high,low -o trained
says "equations" 2 "--equations are those of family lif" info izhikevich --equations
says "on a chip of another law" 2 "fpga-q8.8: a chip of the law lif, the net is of the law izhikevich" drc net.nir -c fpga-q8.8

# The chip file.
says "a tick that is none of the law's" 2 "tick, allowed 2^-halvings ms" info izhikevich --set tick=2
says "half steps" 0 "halvings           1" info izhikevich --set law.halvings=1 --set tick=0.5
says "a value beyond its word" 2 "neuron.c, -300, allowed -256..255.9960938 (its word)" info izhikevich --set neuron.c=-300
says "jitter moves nothing" 2 "allowed false: no word of this law moves with a tick" info izhikevich --set jitter.acts_leak=true
says "a field of LIF" 2 "a chip of family izhikevich has no such field" info izhikevich --set threshold=3
sed 's/^family: .*/family: lapicque/' "$root/chips/izhikevich.yaml" >lapicque.yaml
says "a family that is none" 2 "lapicque.yaml:5: family, lapicque, allowed lif, izhikevich here" info lapicque.yaml

finish
