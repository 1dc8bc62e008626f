#!/usr/bin/env bash
# That the lockstep can fail: faults planted in a copy of rtl/, one at a time. Each must end with exit
# 1 and be named as root at the right stage; the copy without a fault must compare equal.
#
#   tests/rtl_faults.sh [PROGRAM]
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
export OMP_NUM_THREADS=1

# name | file | text | what stands there instead | stage that must be named as root
faults='
no fault | stw_neuron.sv | nothing | nothing | none
greater instead of greater or equal | stw_neuron.sv | clamp_o >= theta_i | clamp_o > theta_i | fire
ties round down | stw_shr.sv | (below >>> 1) + odd | (below >>> 1) + (odd \& W'"'"'(0)) | current
leak rounds by floor | stw_neuron.sv | .Round(RoundLeak) | .Round(0 * RoundLeak) | leak
jitter ignored by the leak | stw_neuron.sv | slope_i(lambda_slope_i), .jitter_i(jitter_i) | slope_i(lambda_slope_i), .jitter_i(jitter_i \& 16'"'"'sd0) | leak
leak after integration | stw_neuron.sv | assign leaking = v_i; | assign leaking = v_i + LeakingW'"'"'(in); | leak
input subtracted | stw_neuron.sv | SumW'"'"'(leak) + SumW'"'"'(in) | SumW'"'"'(leak) - SumW'"'"'(in) | integrate
reset swapped | stw_neuron.sv | fire_o ? after : clamp_o | fire_o ? clamp_o : after | reset
one weight address bit | stw_layer.sv | WeightAddrW'"'"'(source1)) | (WeightAddrW'"'"'(source1) ^ WeightAddrW'"'"'(1))) | gather
first event added to the last sum | stw_layer.sv | first2_q ? product2 : | (first2_q \&\& acc_q[0]) ? product2 : | gather
'
"$root/tests/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2
"$spiketwin" train -d clips --held-percent 40 -n 16 -R -e 2 -q -o run >/dev/null || exit 2

one() { # number, name, file, text, instead
    local tree=$tmp/tree$1
    mkdir "$tree" && cp -r "$root"/{rtl,cosim,model} "$tree" || return
    python3 - "$tree/rtl/$3" "$4" "${5//\\/}" <<'PYTHON' || return
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if old != "nothing":
    if text.count(old) != 1:
        sys.exit(f"{path}: {text.count(old)} places with: {old}")
    open(path, "w").write(text.replace(old, new))
PYTHON
    "$spiketwin" cosim run/net.nir -d clips -S train -k 0..1 -T -q --source "$tree" --build "$tree/dut" \
        >"$tree/out" 2>"$tree/err"
    echo $? >"$tree/exit"
}

n=0 stages=() names=()
while IFS='|' read -r name file text instead stage; do
    [ -n "$name" ] || continue
    trim() { local t=${1# }; printf '%s' "${t% }"; }
    names+=("$(trim "$name")") stages+=("$(trim "$stage")")
    one $n "$(trim "$name")" "$(trim "$file")" "$(trim "$text")" "$(trim "$instead")" &
    n=$((n + 1))
    [ $((n % 2)) -ne 0 ] || wait
done <<<"$faults"
wait

for ((i = 0; i < n; i++)); do
    tree=$tmp/tree$i
    told=$(sed -nE 's/^first divergence: tick.* stage ([a-z]+) \((root|inherited)\)$/\1 \2/p' "$tree/err")
    if [ "${stages[i]}" = none ]; then
        expect "${names[i]}: exit and words" "0 0 differ" \
            "$(cat "$tree/exit") $(sed -nE 's/^cosim: .*, (0 differ).*/\1/p' "$tree/out")"
    else
        expect "${names[i]}: exit, stage" "1 ${stages[i]} root" "$(cat "$tree/exit" 2>&1) $told"
        [ -n "$told" ] || head -n 3 "$tree/err" 2>/dev/null
    fi
done
finish
