# What the three run scripts share. Sourced with the script's own arguments; a script sets $usage.
#
#   [--fault] [-n CLIPS] [NET DATA K]
#
# Sets $net, $k, $clips, $fault (empty or -DFAULT) and fills $work: in.vec (stimulus), mem/ (the words
# of chip K, mem/chip.json its law). Without NET: vectors/tiny.nir, chip 3, on clips that are made up.
# SPIKETWIN names the program. Exit codes: 0 same, 1 differs, 2 could not run, 3 left out.
# shellcheck shell=bash disable=SC2034,SC2154
set -uo pipefail
export LC_ALL=C
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$examples")
spiketwin=$(realpath -m -- "${SPIKETWIN:-$root/build/release/spiketwin}")
die() { echo "${0##*/}: $*" >&2; exit 2; }

fault='' clips=2
while [ $# -gt 0 ]; do
    case $1 in
    --fault) fault=-DFAULT; shift ;;
    -n) clips=${2:?}; shift 2 ;;
    -h | --help) echo "$usage"; exit 0 ;;
    -*) die "unknown option $1; usage: $usage" ;;
    *) break ;;
    esac
done
case $# in
0) net=$root/vectors/tiny.nir k=3 data='' ;;
3) net=$(realpath -- "$1") data=$(realpath -- "$2") k=$3 ;;
*) die "usage: $usage" ;;
esac
[ -x "$spiketwin" ] || die "$spiketwin is not there: run make, or set SPIKETWIN"
work=$(mktemp -d "${TMPDIR:-/tmp}/spiketwin-example.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

# Stimulus and words. Files first and not one pipe, because the DUT takes its shape from them.
prepare() {
    local split=validation
    if [ -z "$data" ]; then
        "$root/tests/lib/clips.py" corpus clips 2 1 && mv clips/low clips/no && mv clips/high clips/yes &&
            rm -f clips/*.txt || die "no clips"
        data=clips split=train
    fi
    "$spiketwin" gen "$net" -d "$data" -S $split -k "$k" -n "$clips" --memories mem -q >in.vec || exit 2
    # S layers v_bits u_bits r_bits x_bits n_in n_out...
    read -r _ layers _ _ _ _ n_in n_0 n_hidden n_out < <(grep -m 1 '^S ' in.vec)
    [ "$layers $n_in" = "3 $n_0" ] || die "$net: lif_chip has three layers, the first one to one"
    recurrent=0
    [ "$(wc -l <mem/layer1_weight.hex)" = $((n_hidden * n_in)) ] || recurrent=1
}
