#!/usr/bin/env bash
# `import` of NIR files that frameworks wrote, and every verb on what it makes.
#
#   tests/cli/nir/cli_import.sh [PROGRAM]     data: SPIKETWIN_DATA, or ../shared/data beside the tree
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
data=${SPIKETWIN_DATA:-$root/../shared/data}/nir
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}

differ() { grep -qE '^(check|cosim): .*[1-9][0-9]* words, 0 differ' out.txt; }

if [ -d "$data" ]; then
    # Every file of the collection, and what of it only a larger chip holds.
    for graph in lif_norse lif_rockpool; do
        run import "$data/$graph.nir" -c fpga-q8.8 --dt 0.1 -o "$graph.nir" && ok "$graph" || bad "$graph" "$(cat out.txt err.txt)"
    done
    run import "$data/braille_noDelay_bias_zero.nir" -c loihi --dt 0.1 -o braille.nir
    rc=$?
    expect "braille, threshold of the chip: exit" 1 $rc
    [ ! -e braille.nir ] && grep -q "node lif2, source 37, neuron 3: weight -10281.9, allowed -8192..8128, nearest -8192" \
        <(sed 's/-10281.8965/-10281.9/' out.txt) && ok "braille: what does not fit is told, nothing written" ||
        bad "braille: what does not fit" "$(tail -n 5 out.txt)"
    for graph in braille_noDelay_bias_zero braille_noDelay_bias_zero_subgraph; do
        run import "$data/$graph.nir" -c loihi --set threshold=512 --set weight.step=1 --dt 0.1 --labels a,b,c,d,e,f,g -o "$graph.nir" &&
            ok "$graph" || bad "$graph" "$(cat out.txt err.txt)"
    done
    grep -q "lif1: edges name lif, which is no node; node lif1 is taken for it" out.txt &&
        ok "a subgraph whose edges misname its neurons: said" || bad "a misnamed node" "$(head -n 3 out.txt)"
    expect "with and without a subgraph: the same words" \
        "$("$spiketwin" info braille_noDelay_bias_zero.nir --json | grep image_hash)" \
        "$("$spiketwin" info braille_noDelay_bias_zero_subgraph.nir --json | grep image_hash)"

    # The verbs, on a recurrent net of synaptic currents.
    net=braille_noDelay_bias_zero.nir
    run info $net && grep -q '"38 (recurrent) -> 7"' out.txt && ok "info" || bad "info" "$(cat out.txt err.txt)"
    run gen $net --random 1 -n 3 --rate 0..0.3 --expect -q || bad "gen" "$(<err.txt)"
    mv out.txt net.vec
    run check $net net.vec && differ && ok "gen, check" || bad "check" "$(cat out.txt err.txt)"
    "$spiketwin" gen $net --random 1 -n 3 -q 2>err.txt | "$spiketwin" dut $net --build "$root/build/dut" -q 2>>err.txt |
        "$spiketwin" check $net >out.txt 2>>err.txt
    differ && ok "our RTL" || bad "our RTL" "$(cat out.txt err.txt)"
    # lif_norse in Q.12 and Q.15: the spikes of its own trace.
    for q in "Q4.12 Q4.12 -8 7.9 1" "Q1.15 Q2.15 -0.9 0.9 0.5"; do
        read -r weight membrane lo hi theta <<<"$q"
        run import "$data/lif_norse.nir" -c fpga-q8.8 --dt 0.1 --set law.reset=zero --set law.weight="$weight" \
            --set law.membrane="$membrane" --set weight.min="$lo" --set weight.max="$hi" --set threshold="$theta" -o lif.nir
        run run lif.nir "$data/lif_norse.csv" --spikes
        expect "lif_norse in $membrane: spikes" "460 510 710 760 460 510 710 760" \
            "$(awk -F, 'NR > 1 && $4 { printf "%s ", $1 } ' out.txt; awk -F, 'NR > 1 && $6 { print $1 }' out.txt | paste -sd' ')"
        grep -q "never part: 1000 (neuron, tick) alike" err.txt && ok "lif_norse in $membrane: reals and integers" ||
            bad "lif_norse in $membrane" "$(<err.txt)"
    done
    # A chip that is a law and nothing else says no theta and no tick.
    sed '/^tick:/,$d; s/^name: .*/name: law-only/; s/\(reset: *{value: \)subtract/\1zero/' "$root/chips/fpga-q8.8.yaml" >law-only.yaml
    refuse "a chip without a tick" "import: law-only: has no tick: --dt is needed" import "$data/lif_norse.nir" -c law-only.yaml -o law.nir
    run import "$data/lif_norse.nir" -c law-only.yaml --dt 0.1 -o law.nir && run run law.nir "$data/lif_norse.csv" --spikes
    expect "a chip that is a law and nothing else: spikes" "460 510 710 760" "$(awk -F, 'NR > 1 && $4 && $6 { print $1 }' out.txt | paste -sd' ')"
    # One without a front end has none whose hops would have to fit.
    sed '/^frontend:/,$d; s/^name: .*/name: events-only/' "$root/chips/fpga-q8.8.yaml" >events-only.yaml
    run import "$data/lif_norse.nir" -c events-only.yaml --dt 0.1 -o events.nir && [ ! -s err.txt ] &&
        ok "a chip without a front end" || bad "a chip without a front end" "$(cat out.txt err.txt)"
    # Its voltages, tick by tick, in reals: those of the trace, times theta of the chip over that of the graph.
    run run lif_norse.nir "$data/lif_norse.csv" --as norse -o norse.csv
    expect "lif_norse: v of 1000 ticks" "1000 0" "$(paste -d, "$data/lif_norse.csv" <(tail -n +2 norse.csv) | awk -F, '
        { off = $2 - $8 / 80; if (off < 0) off = -off; n++; wrong += off > 1e-6 || $3 != $7 } END { print n, wrong + 0 }')"
    run import "$data/lif_rockpool.nir" -c fpga-q8.8 --dt 0.1 --as rockpool -o rockpool.nir
    run run rockpool.nir "$data/lif_rockpool.csv" --as rockpool -o rockpool.csv
    expect "lif_rockpool: v of 1000 ticks" "1000 0" "$(paste -d, "$data/lif_rockpool.csv" <(tail -n +2 rockpool.csv) | awk -F, '
        { off = $2 - $8 / 80; if (off < 0) off = -off; n++; wrong += off > 1e-6 || $3 != $7 } END { print n, wrong + 0 }')"
else
    left_out "files of frameworks" "$data is not there (set SPIKETWIN_DATA)"
    ok "what is left out is said"
fi

if "$python" -c 'import nir, h5py' 2>/dev/null; then
    # A net for speech, written by hand in nir: 16 inputs, 12 neurons, 2 outputs.
    "$python" "$root/tests/lib/nir_graphs.py" speech good.graph.nir || bad "nir_graphs.py" "exit $?"
    run import good.graph.nir -c fpga-q8.8 --labels low,high -o speech.nir && ok "speech: import" || bad "speech: import" "$(cat out.txt err.txt)"
    run drc speech.nir && ok "speech: drc" || bad "speech: drc" "$(cat out.txt err.txt)"
    run predict speech.nir -d clips -n 3 -q && grep -q 'virtual chips' out.txt && ok "speech: predict" || bad "speech: predict" "$(cat out.txt err.txt)"
    run cosim speech.nir -d clips -k 0..1 -q --build "$root/build/dut" && grep -q ' 0 differ' out.txt && ok "speech: cosim" ||
        bad "speech: cosim" "$(cat out.txt err.txt)"
    run replay speech.nir -d clips --virtual-chip 2 -q && ok "speech: replay" || bad "speech: replay" "$(cat out.txt err.txt)"
    run train --from speech.nir -d clips --held-percent 40 -e 1 -q -o tuned && [ -s tuned/net.nir ] && ok "speech: train --from" ||
        bad "speech: train --from" "$(cat out.txt err.txt)"
    run predict tuned/net.nir -d clips -n 3 -q --json && cp out.txt tuned/predict.json
    run cosim tuned/net.nir -d clips -k 0 -q --json --build "$root/build/dut" && cp out.txt tuned/cosim.json
    run report -o report.out tuned && ok "speech: report" || bad "speech: report" "$(cat out.txt err.txt)"

    # The same graph in every dress: float64 and integers, chunks and every filter of the library, scalars,
    # a subgraph, metadata, other names, and nir.read and nir.write in between.
    wanted=$("$spiketwin" info speech.nir --json | grep image_hash)
    for dress in float32 float64 gzip chunked subgraph names metadata rewritten; do
        "$python" "$root/tests/lib/nir_graphs.py" "$dress" "$dress.graph.nir" || bad "nir_graphs.py $dress" "exit $?"
        run import "$dress.graph.nir" -c fpga-q8.8 --labels low,high -o "$dress.nir" || bad "$dress" "$(cat out.txt err.txt)"
        expect "$dress: the same words" "$wanted" "$("$spiketwin" info "$dress.nir" --json | grep image_hash)"
    done
    "$python" "$root/tests/lib/nir_graphs.py" lzf lzf.graph.nir
    refuse "a filter that the library has not" \
        "import: lzf.graph.nir: node/nodes/a1/bias: packed by the filter 32000, which this HDF5 has not" import lzf.graph.nir -c fpga-q8.8 -o lzf.nir
    # --json says the same.
    run import good.graph.nir -c fpga-q8.8 --labels low,high --json -o speech.nir
    expect "--json" "True 2 [] []" "$(python3 -c '
import json
j = json.load(open("out.txt"))
print(j["written"], len(j["layers"]), j["offences"], j["rules"])')"
    # Everything that does not fit, with consent, and the nearest stays.
    "$python" "$root/tests/lib/nir_graphs.py" wide wide.graph.nir
    run import wide.graph.nir -c fpga-q8.8 -o wide.nir
    expect "three weights and a bias that do not fit: exit 1, all told, nothing written" "1 4 no" \
        "$? $(grep -c 'allowed' out.txt) $([ -e wide.nir ] && echo yes || echo no)"
    run import wide.graph.nir -c fpga-q8.8 --round -o wide.nir && [ -e wide.nir ] && ok "--round writes the nearest" || bad "--round" "$(cat out.txt err.txt)"
else
    left_out "graphs written by Python's nir" "SPIKETWIN_NIR_PYTHON names no python that has nir and h5py"
fi
finish
