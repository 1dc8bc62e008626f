#!/usr/bin/env bash
# Chips whose law is more than leaky integrate-and-fire, from the chip file to the RTL: train, info, drc, predict, cosim,
# gen and check; and what a net of one law is refused for on a chip of another.
#
#   tests/cli/chip/cli_laws.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
"$root/tests/lib/clips.py" corpus clips || exit 2

field() { # FILE EXPRESSION of the JSON j
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

train() { # CHIP OPTIONS...
    "$spiketwin" train -c "$1" -d clips -w high,low --hidden 12 -b 4 -e 30 --lr 2e-2 --lr-front 0 --surrogate 4 --held-percent 40 -q "${@:2}"
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

# Chip; state words of a neuron (v, and u, u2, r).
# The last: refractory periods, and gain, rest and reset that are neither 0 nor 1.
sed 's/^name: .*/name: held/; /refractory_ticks:/s/value: 0/value: 2/; s/^gain:      {value: 1.0/gain:      {value: 1.25/
     s/^rest:      {value: 0/rest:      {value: 0.5/; s/^reset:     {value: 0/reset:     {value: -1/' "$root/chips/sc-neurocore.yaml" >held.yaml
laws=("xylo-v1|3" "xylo-v2|3" "loihi|2" "sc-neurocore|1" "held.yaml|2")
for row in "${laws[@]}"; do
    IFS='|' read -r chip words <<<"$row"
    train "$chip" -o "${chip%.yaml}" --json >train.json 2>err.txt ||
        bad "$chip: train" "$(<err.txt)"
    net=${chip%.yaml}/net.nir
    # Tones are told apart, by neurons that fire.
    expect "$chip: learns" True "$(field train.json 'j["held"] >= 0.75 and j["bad_steps"] == 0')"
    expect "$chip: fires" True "$(tail -n 1 "${chip%.yaml}/log.jsonl" | python3 -c 'import json; print(0.005 < json.loads(input())["rate"] < 0.5)')"
    says "$chip: drc" 0 passes drc "$net"
    says "$chip: info" 0 "image_hash" info "$net"
    "$spiketwin" predict "$net" -d clips -n 3 -q --json >predict.json 2>err.txt || bad "$chip: predict" "$(<err.txt)"
    "$spiketwin" cosim "$net" -d clips -k 0..1 -n 6 -T -q --json >cosim.json 2>err.txt || bad "$chip: cosim" "$(<err.txt)"
    # 16 + 12 + 2 neurons, 125 ticks, 6 clips, 2 chips
    expect "$chip: state words compared" $((30 * 125 * 6 * 2 * words)) "$(field cosim.json 'j["words"]')"
    expect "$chip: words that differ" 0 "$(field cosim.json 'j["differ"]')"
    expect "$chip: the RTL decides as predicted" 0 "$(field cosim.json 'j["decisions"]["differ"]')"
    "$spiketwin" gen "$net" -d clips -n 2 --expect -q >full.vec 2>err.txt || bad "$chip: gen" "$(<err.txt)"
    says "$chip: vectors" 0 " 0 differ" check "$net" full.vec
    train "$chip" -o "${chip%.yaml}-t" -t 3 >out.txt 2>err.txt
    if cmp "$net" "${chip%.yaml}-t/net.nir" >cmp.txt 2>&1; then ok "$chip: one and three threads, every byte"; else bad "$chip: threads" "$(<cmp.txt)"; fi
done

# Nets on chips of another law.
"$spiketwin" train -d clips -w high,low --hidden 12 -e 1 --held-percent 40 -o plain -q >out.txt 2>err.txt || bad "plain" "$(<err.txt)"
current="law.currents, the decay of a synaptic current"
for verb in drc "predict -d clips -n 2 -q" "cosim -d clips -n 1 -q"; do
    # shellcheck disable=SC2086
    says "a plain net on Loihi: ${verb%% *}" 2 "loihi: $current: the net has no value for it" $verb plain/net.nir -c loihi
    # shellcheck disable=SC2086
    says "a net of Loihi on a plain chip: ${verb%% *}" 2 "fpga-q8.8: $current: the net has values for it, the chip has no such word" \
        $verb loihi/net.nir -c fpga-q8.8
done
says "training goes on from another law" 2 "the net to go on from was made for a chip of another law" \
    train -c loihi -d clips -w high,low --held-percent 40 --from plain/net.nir -o on -e 1
says "a shift's learning rate" 2 "a leak's learning rate of 0.01, allowed 0: xylo-v1 counts bits" \
    train -c xylo-v1 -d clips -w high,low --held-percent 40 --lr-leak 0.01 -o leaks -e 1

finish
