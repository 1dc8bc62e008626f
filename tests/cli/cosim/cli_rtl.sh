#!/usr/bin/env bash
# `rtl`: the folder stands alone. It is moved, its benches pass there, a flipped bit makes them fail, all three tools
# read it; two runs write the same bytes; what is in the way is not overwritten; what has no RTL is refused by name.
#
#   tests/cli/cosim/cli_rtl.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/rtl_folder.sh
. "$root/tests/lib/rtl_folder.sh"
cd "$tmp" || exit 2

make_net lif fpga-q8.8 8x6r 6x2
take lif.nir -n 4 --ticks 30 --out core
take lif.nir -n 4 --ticks 30 --out again
diff -r core again >/dev/null && ok "two runs write the same bytes" || bad "two runs write the same bytes"
found=$(grep -rlF -e "$root" -e "$tmp" -e "$HOME/" core)
expect "no path of this machine is in it" "" "$found"
expect "links or other files than regular ones" "" "$(find core ! -type f ! -type d)"
mkdir elsewhere && mv core elsewhere/taken && core=elsewhere/taken
mv lif.nir away.nir

# --- its benches ----------------------------------------------------------------------------------------------
have verilator && sim "benches, Verilator" "$core" || left_out "benches in Verilator" "no verilator"
have iverilog && sim "benches, Icarus" "$core" SIM=icarus || left_out "benches in Icarus" "no iverilog"
if have iverilog; then
    for seed in 2 3 4; do sim "valid and ready at random, seed $seed" "$core" SIM=icarus SEED=$seed; done

    sed -e '/^[ZVURW] /d' -e '$s/[0-9]*$/0/' "$core/bench/vectors.vec" >stimulus.vec
    expect "the model has the same signatures" "0 check: 120 signatures, 0 differ (4 clips)" \
        "$("$spiketwin" check away.nir stimulus.vec -q --signature "$core/build/icarus_signatures.txt" >out.txt 2>err.txt; echo "$? $(cat out.txt)")"
    sed 's/^\(.*\)0/\11/' "$core/bench/signatures.txt" >lines.txt && cp lines.txt "$core/bench/signatures.txt"
    env -i PATH="$PATH" HOME="$tmp" make -s -C "$core" sim SIM=icarus >sim.txt 2>&1
    expect "a signature that differs makes benches fail" "2 2 1" "$? $(grep -c '^FAIL signature' sim.txt) $(grep -c '^PASS plain' sim.txt)"
    cp again/bench/signatures.txt "$core/bench/signatures.txt"

    # A bit of a weight: its first, its last, one in the middle; low and high.
    flips=0 caught=0
    for file in layer0_weight layer1_weight; do
        lines=$(wc -l <"$core/mem/$file.hex")
        for line in 1 $((lines / 2)) "$lines"; do
            for digit in 1 4; do
                cp "$core/mem/$file.hex" whole.hex
                awk -v line="$line" -v digit="$digit" 'NR == line {
                    x = index("0123456789abcdef", substr($0, digit, 1)) - 1
                    $0 = substr($0, 1, digit - 1) sprintf("%x", x % 2 ? x - 1 : x + 1) substr($0, digit + 1) } { print }' \
                    whole.hex >"$core/mem/$file.hex"
                cmp -s whole.hex "$core/mem/$file.hex" && bad "a bit is flipped"
                flips=$((flips + 1))
                env -i PATH="$PATH" HOME="$tmp" make -s -C "$core" sim SIM=icarus >sim.txt 2>&1 ||
                    { grep -q '^FAIL plain: .* [1-9][0-9]* differ' sim.txt && caught=$((caught + 1)); }
                cp whole.hex "$core/mem/$file.hex"
            done
        done
    done
    expect "a flipped bit of a weight makes the bench fail" "12 of 12" "$caught of $flips"
    sim "and all is well again without it" "$core" SIM=icarus
    sed -i '0,/^V 3 0 ./s//&f/' "$core/bench/vectors.vec"
    env -i PATH="$PATH" HOME="$tmp" make -s -C "$core" sim SIM=icarus >sim.txt 2>&1 &&
        bad "a vector that is changed is seen" "$(cat sim.txt)" || ok "a vector that is changed is seen"
    head -n 60 again/bench/vectors.vec >"$core/bench/vectors.vec"
    env -i PATH="$PATH" HOME="$tmp" make -s -C "$core" sim SIM=icarus >sim.txt 2>&1 &&
        bad "short vectors are no pass" "$(cat sim.txt)" || ok "short vectors are no pass"
fi

# --- ports that are not asked for --------------------------------------------------------------------------------
if have yosys; then
    ports() { (cd again && yosys -q -p "read_verilog -sv $1 $(sed -n '/^rtl/p' files.f | tr '\n' ' '); hierarchy -top stw_top; select -write ../ports.txt stw_top/i:* stw_top/o:*")
        grep -oE '(commit|write)_[a-z]+' ports.txt | sort -u | tr '\n' ' '; }
    expect "no commit port and no write port" "" "$(ports "")"
    expect "the signature where it is asked for" "signature_o signature_valid" "$( (ports -DSTW_SIGNATURE >/dev/null; grep -oE 'signature_[a-z]+' ports.txt | sort -u | tr '\n' ' ' | sed 's/ $//') )"
    expect "the commit port where it is asked for" "commit_layer commit_neuron commit_spikes commit_state commit_valid " "$(ports -DSTW_COMMIT)"
    expect "the write port where it is asked for" "write_addr write_data write_layer write_select write_valid " "$(ports -DSTW_WRITE)"
fi

# --- what is refused ---------------------------------------------------------------------------------------------
refused() { # NAME TEXT ARGUMENT...
    local name=$1 text=$2
    shift 2
    "$spiketwin" rtl "$@" >out.txt 2>err.txt
    local rc=$?
    if [ $rc = 2 ] && [ "$(wc -l <err.txt)" = 1 ] && grep -qF -- "$text" err.txt && [ ! -s out.txt ]; then
        ok "$name"
    else
        bad "$name" "exit $rc, wanted 2" "wanted: $text" "got:    $(head -n 3 err.txt)"
    fi
}
mkdir mine && echo mine >mine/file
sum=$(cat again/files.f again/bench/vectors.vec | cksum)
refused "a folder that is there" "again: is there; --force" away.nir --out again
expect "and it is as it was" "$sum" "$(cat again/files.f again/bench/vectors.vec | cksum)"
refused "a folder of others, even so" "mine: is no folder that rtl wrote" away.nir --out mine --force
expect "and theirs is as it was" mine "$(cat mine/file)"
ln -s again link
refused "a link" "link: is no folder that rtl wrote" away.nir --out link --force
refused "a file" "mine/file: is there" away.nir --out mine/file
refused "no --out" "--out is needed" away.nir
refused "no net" "NET is needed" --out new
refused "a name that is none" "--name a b: allowed" away.nir --out new --name "a b"
refused "standard output" "a name of a folder is needed" away.nir --out -
refused "a tree without rtl/" "mine/rtl: No such file or directory" away.nir --out new --source mine
expect "nothing is left of it" "" "$(find . -maxdepth 1 -name 'new*')"
"$spiketwin" train -c dynapse2 -q -b 16 --steps 2 -o dpi >/dev/null 2>err.txt || bad "a DYNAP-SE2 net" "$(cat err.txt)"
refused "a DYNAP-SE2 net" "a DYNAP-SE2 net: its words and vectors are not carried by files" dpi --out new

make_net izhikevich izhikevich 8x6r 6x2
refused "registers between stages that the law's neuron has not" "izhikevich.nir: no RTL of it: registers between stages: of the law lif" izhikevich.nir --out new --staged

take away.nir --out again --force --rom
[ -f again/mem/layer0_weight.codes.hex ] && [ ! -f again/mem/layer0_weight.hex ] &&
    ok "--force replaces a folder of ours" || bad "--force replaces a folder of ours" "$(ls again/mem)"
mkdir left.spiketwin-part && touch left.spiketwin-part/torn
take away.nir --out left
[ ! -e left.spiketwin-part ] && [ ! -e left/torn ] && [ -f left/files.f ] &&
    ok "what a killed one left is removed" || bad "what a killed one left is removed" "$(ls -d left*)"
finish
