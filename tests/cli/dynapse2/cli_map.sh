#!/usr/bin/env bash
# spiketwin map, unmap and info on DYNAP-SE2: nets there and back, and inputs that must be refused: exit 2,
# one line that names the neuron and the limit, no file left behind.
#
#   tests/cli/dynapse2/cli_map.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0 # a refusal ends the process with all that it holds
cd "$tmp" || exit 2

run() { timeout 60 "$spiketwin" "$@" >out.txt 2>err.txt </dev/null; }

# refuse NAME MESSAGE ARGUMENTS...: the line after "spiketwin "; out.* must not be left behind
refuse() {
    local name=$1 message=$2 rc wrong=()
    shift 2
    run "$@"
    rc=$?
    [ $rc -eq 2 ] || wrong+=("exit $rc, wanted 2")
    [ -s out.txt ] && wrong+=("stdout: $(head -c 200 out.txt)")
    [ "$(<err.txt)" = "spiketwin $message" ] || wrong+=("stderr: $(<err.txt)" "wanted: spiketwin $message")
    compgen -G 'never*' >/dev/null && wrong+=("left behind: $(compgen -G 'never*')")
    if [ ${#wrong[@]} -eq 0 ]; then ok "$name"; else bad "$name" "spiketwin $*" "${wrong[@]}"; fi
}

# A net as the JSON of a trace: net FILE N_IN N_NEURONS PYTHON-EXPRESSIONS of w_in[c][i], w_rec[j][i], then
# statements on the parameters p (name: list of a value a neuron).
net() {
    python3 - "$@" <<'PY'
import json, sys
file, n_in, n, w_in, w_rec, change = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:7]
nominal = {'Idc': 5e-13, 'If_nmda': 5e-13, 'Igain_ahp': 2.8368794326241126e-11, 'Igain_mem': 2.1276595744680848e-11,
           'Igain_syn': 8.687943262411346e-09, 'Ipulse_ahp': 3.5e-07, 'Ipulse': 3.4999999999999996e-08,
           'Iref': 1.0499999999999999e-09, 'Ispkthr': 1e-07, 'Itau_ahp': 2.8368794326241126e-11,
           'Itau_mem': 5.319148936170212e-12, 'Itau_syn': 8.687943262411346e-11, 'Iw_ahp': 5e-13, 'C_ahp': 4e-11,
           'C_syn': 2.45e-11, 'C_pulse_ahp': 5e-13, 'C_pulse': 5e-13, 'C_ref': 1.5e-12, 'C_mem': 3e-12, 'Io': 5e-13,
           'kappa_n': 0.75, 'kappa_p': 0.66, 'Ut': 0.025, 'Vth': 0.7}
p = {k: [v] * n for k, v in nominal.items()} | {'Iscale': 1e-08, 'dt': 0.001}
exec(change)
json.dump({'n_inputs': n_in, 'n_neurons': n, 'parameters': p,
           'w_in': [[eval('lambda c, i: ' + w_in)(c, i) for i in range(n)] for c in range(n_in)],
           'w_rec': [[eval('lambda j, i: ' + w_rec)(j, i) for i in range(n)] for j in range(n)]}, open(file, 'w'))
PY
}

# --- there and back ----------------------------------------------------------------------------
net good.json 4 3 '[4, -1, 2, 0][(c + i) % 4]' '0.5 if j + 1 == i else 0' ''
run map good.json --chip dynapse2 --out good-board.json || bad "a good net" "$(<err.txt)"
expect "the map in words" \
    "core    neurons weights       rms   1 entry     worst  several largest error of a bias" "$(head -n 1 out.txt)"
expect "the core: 3 neurons, 9 + 2 weights" "0.0 3 11 0 +0.033 of SOAD_W_N" \
    "$(sed -n 2p out.txt | awk '{print $1, $2, $3, $7, $8, $9, $10}')"
expect "the map of inputs and outputs" \
    "input 0 -> chip 0 core 0 tag 0: neurons 0-2
input 1 -> chip 0 core 0 tag 1: neurons 0-1
input 2 -> chip 0 core 0 tag 2: neurons 0,2
input 3 -> chip 0 core 0 tag 3: neurons 1-2
neuron 0 at chip 0 core 0 slot 0, fan-in 3 of 64, seen as tag 0 -> chip 0 core 0 tag 4: neurons 1
neuron 1 at chip 0 core 0 slot 1, fan-in 4 of 64, seen as tag 1 -> chip 0 core 0 tag 5: neurons 2
neuron 2 at chip 0 core 0 slot 2, fan-in 4 of 64, seen as tag 2" "$(tail -n +3 out.txt)"
run unmap good-board.json -o back.h5
expect "unmap says what it found" "4 inputs, 3 neurons" "$(<out.txt)"
run map back.h5 -o again-board.json
run unmap again-board.json -o again.h5
if cmp -s back.h5 again.h5; then ok "what is unmapped maps to itself"; else bad "what is unmapped maps to itself"; fi
run map good.json --json
expect "--json is the configuration, with a report" "True True 1 0" "$(python3 -c '
import json
a, b = json.load(open("out.txt")), json.load(open("good-board.json"))
print(a["cores"] == b["cores"], a["inputs"] == b["inputs"], len(a["report"]), len(a["silent"]))')"
run map good.json -o same-board.json --threads 1
if cmp -s good-board.json same-board.json; then ok "the same file again"; else bad "the same file again"; fi
run info dynapse2
expect "info knows the family" "family             \"dpi\"" "$(grep family out.txt)"

# --- silence -----------------------------------------------------------------------------------
net silent.json 2 4 '[[4, -4, 0, 1e-9], [0, 0, 0, 0]][c][i]' '1 if (j, i) == (1, 2) else 0' ''
run map silent.json
expect "only inhibition" "neuron 1 is silent: only inhibition: 1 inhibitory weights and no excitatory one" \
    "$(grep '^neuron 1 is' out.txt)"
expect "silent sources" "neuron 2 is silent: its excitatory sources, 1, are silent neurons themselves" \
    "$(grep '^neuron 2 is' out.txt)"
expect "rounded away" "neuron 3 is silent: no input: no weight is set, and Idc of 4.97117e-13 A alone drives Imem to 5e-13 A, Ispkthr is 1.00109e-07 A" \
    "$(grep '^neuron 3 is' out.txt)"

# --- nets that do not fit ----------------------------------------------------------------------
net fan.json 65 2 'i' 0 ''
refuse "fan-in" "map: fan.json: neuron 1: fan-in of 65, allowed up to 64 CAM entries" map fan.json -o never.json
net tags.json 2049 64 '1 if c % 64 == i else 0' 0 ''
refuse "tags" "map: tags.json: input 2048: no tag is free on chip 0: all 2048 are taken in the cores that it reaches" \
    map tags.json -o never.json
net five.json 1 5 '[1, 1.9, 4.3, 8.8, 5.7][i]' 0 ''
run map five.json --exact 0.001
expect "five base currents" 2 $?
expect "five base currents: the line" 1 "$(grep -cE 'neuron [0-4]: weight from input 0, .*: its core needs more than 4 base currents$' err.txt)"
net C.json 1 2 1 0 'p["C_mem"] = [3e-12, 0]'
refuse "zero capacitance" "map: C.json: neuron 1: C_mem, 0, allowed above 0" map C.json -o never.json
net I.json 1 2 1 0 'p["Itau_syn"] = [-1e-12, 1e-12]'
refuse "negative current" "map: I.json: neuron 0: Itau_syn, -1e-12, allowed 0 or more" map I.json -o never.json
net nan.json 1 2 '[1, float("nan")][i]' 0 ''
refuse "NaN" "map: nan.json:1: not JSON" map nan.json -o never.json
net huge.json 1 2 '[1, 1e13][i]' 0 ''
refuse "huge" "map: huge.json: neuron 1: weight from input 0, 1e+13, allowed -1e12..1e12" map huge.json -o never.json
net groups.json 1 17 1 0 'p["Idc"] = [1e-12 * (k + 1) for k in range(17)]'
refuse "more circuits than cores" \
    "map: groups.json: neuron 16: does not fit: all 16 cores (256 neurons of one circuit each) are taken by those before it" \
    map groups.json -o never.json
refuse "no net" "map: a DPI net is needed" map
refuse "no such net" "map: nothing.h5: no such file" map nothing.h5
refuse "not a net" "map: out.txt: not an HDF5 file, or damaged" map out.txt
refuse "a LIF chip" "map: $root/chips/loihi.yaml:7: family, lif (none stated), allowed dpi here" map good.json --chip "$root/chips/loihi.yaml"

# --- configurations that no chip can hold ------------------------------------------------------
edit() { python3 -c 'import json, sys
g = json.load(open("good-board.json"))
core = g["cores"][0]; n = core["neurons"][1]
exec(sys.argv[1])
json.dump(g, open("bad-board.json", "w"))' "$1"; }
refuse_board() { # NAME CHANGE MESSAGE
    edit "$2"
    refuse "$1" "unmap: bad-board.json: $3" unmap bad-board.json -o never.h5
}
refuse_board "a fifth base current" 'core["biases"]["SYAM_W4_P"] = [3, 20]' \
    "core 0: SYAM_W4_P, more than 4 base currents, allowed SYAM_W0_P..SYAM_W3_P"
refuse_board "a mask of five" 'n["synapses"][2][1] = 16' "neuron 1: synapse 2 with mask 16, allowed 1..15 (4 base currents)"
refuse_board "65 synapses" 'n["synapses"] = [[k, 1, "AMPA"] for k in range(65)]' \
    "neuron 1: fan-in of 65, allowed up to 64 CAM entries"
refuse_board "four destinations" 'n["destinations"] = [{"chip": k, "cores": [0], "tag": 9} for k in range(4)]' \
    "neuron 1: 4 destinations, allowed up to 3 of 4 SRAM entries (1 for the monitor)"
refuse_board "a tag too high" 'n["synapses"][0][0] = 2048' "neuron 1: synapse 0 with tag 2048, allowed 0..2047"
refuse_board "a slot twice" 'n["slot"] = 0' "neuron 1: core 0 slot 0 is taken by neuron 0"
refuse_board "a chip too many" 'n["destinations"][0]["chip"] = 4' "neuron 1: destination on chip 4, allowed 0..3"
refuse_board "a bias code too high" 'core["biases"]["SOIF_LEAK_N"] = [0, 256]' \
    "core 0: SOIF_LEAK_N, code 0,256, allowed 0..5,0..255"
refuse_board "a bias missing" 'del core["biases"]["SOIF_LEAK_N"]' "core 0: bias SOIF_LEAK_N, missing"
refuse_board "dendrites that differ" 'core["biases"]["DEGA_ITAU_P"] = [1, 100]' \
    "neuron 0: DEGA_ITAU_P, 4.19219e-11 A, allowed that of DEAM_ETAU_P, 8.67783e-11 A (a net has one synapse)"
refuse_board "both dendrites" 'n["synapses"].append(n["synapses"][0][:2] + ["GABA" if n["synapses"][0][2] == "AMPA" else "AMPA"])' \
    "neuron 1: input 0 comes by AMPA and by GABA, allowed one dendrite"
refuse_board "no dendrite of that name" 'n["synapses"][0][2] = "NMDA"' "neuron 1: synapse 0, dendrite NMDA, allowed AMPA, GABA"
refuse_board "a core twice" 'g["cores"].append(core)' "core 0: stands twice"
refuse_board "no refractory current" 'core["biases"]["SOIF_REFR_N"] = [0, 0]' "neuron 0: Iref, 0, allowed above 0"
refuse_board "another chip" 'g["chip"] = "dynapse1"' "chip, dynapse1, allowed dynapse2 here"
refuse_board "another format" 'g["format"] = "x"' "format, x, allowed dynapse2-config-1"
refuse "no JSON" "unmap: out.txt:1: not JSON" unmap out.txt -o never.h5

# --- matrices ----------------------------------------------------------------------------------
printf '# four levels\n1, -2\n3 6\n0,0\n' >four.csv
printf '0,0\n0,0\n' >zeros.csv
echo -7 >one.csv
printf '1e300,-2e300,5e299\n3e298,1e299,7e299\n' >huge.csv
run quantise four.csv zeros.csv one.csv huge.csv
expect "four matrices: weights and proof" "four.csv 4 yes
zeros.csv 0 yes
one.csv 1 yes
huge.csv 6 yes" "$(awk 'NR > 1 {print $9, $1, $4}' out.txt)"
expect "exact where four currents do" "yes yes yes" "$(awk 'NR > 1 && NR < 5 {print ($2 < 1e-6 ? "yes" : $2)}' out.txt | paste -sd' ')"
run quantise four.csv --json
expect "masks compose the weights" good "$(python3 -c '
import json
m = json.load(open("out.txt"))["matrices"][0]
b = m["base_currents"]
level = lambda k: (1 if k > 0 else -1) * sum(b[i] for i in range(4) if abs(k) >> i & 1)
want = [[1, -2], [3, 6], [0, 0]]
good = all(abs(level(k) - w) < 1e-6 for r, v in zip(m["masks"], want) for k, w in zip(r, v))
print("good" if good else m["masks"])')"
printf '1,2\n3,nan\n' >nan.csv
refuse "NaN in a matrix" "quantise: nan.csv:2: column 2, nan, allowed finite numbers" quantise nan.csv
printf '1,2\n3\n' >ragged.csv
refuse "a short row" "quantise: ragged.csv:2: 1 columns, allowed 2 as in the rows before" quantise ragged.csv
printf '1,x\n' >letter.csv
refuse "a letter" "quantise: letter.csv:1: column 2, x, allowed finite numbers" quantise letter.csv
: >empty.csv
refuse "an empty matrix" "quantise: empty.csv: no numbers" quantise empty.csv
refuse "negative importance" "quantise: one.csv: importance 0, -7, allowed 0 or more, finite" quantise one.csv --importance one.csv
finish
