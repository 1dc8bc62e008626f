# Folders that `spiketwin rtl` writes, for the tests of them; sourced after shell.sh.
# shellcheck shell=bash disable=SC2154

have() { command -v "$1" >/dev/null; }
make_net() { # NAME CHIP LAYER...
    local name=$1 chip=$2 layers=() layer
    shift 2
    for layer in "$@"; do layers+=(--layer "$layer"); done
    "$spiketwin" make "$chip" "${layers[@]}" --random 3 -o "$name.nir" -q >/dev/null 2>err.txt ||
        bad "make $name" "$(cat err.txt)"
}
take() { "$spiketwin" rtl "$@" 2>err.txt || bad "rtl $*" "$(cat err.txt)"; }

# sim NAME FOLDER ARGUMENT...: all benches pass, words and signatures were compared, none differ. Nothing of ours is known
# there.
sim() {
    local name=$1 folder=$2
    shift 2
    env -i PATH="$PATH" HOME="$tmp" timeout 500 make -s -C "$folder" sim "$@" >sim.txt 2>&1
    local rc=$?
    if [ $rc = 0 ] && [ "$(grep -cE '^PASS (plain|axis|signature): [1-9][0-9]* words, 0 differ' sim.txt)" = 3 ] &&
        grep -qE '^PASS signatures: [1-9][0-9]* ticks, 0 differ' sim.txt; then
        ok "$name"
    else
        bad "$name" "exit $rc" "$(tail -n 5 sim.txt)"
    fi
}
