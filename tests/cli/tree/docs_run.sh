#!/usr/bin/env bash
# The commands of README.md, CONTRIBUTING.md, docs/*.md and of every --help run as printed: each page's blocks in their order, in a folder
# of the page's own that holds what the page speaks of, made small. A block of commands that nothing runs fails the test; one that is
# marked (tests/lib/commands.py says how) is counted aloud.
#
#   tests/cli/tree/docs_run.sh [PROGRAM]       SPIKETWIN_DOCS=full runs the long ones too
#
# SPIKETWIN_PAGES="docs/nir.md train ..." runs those pages, and --help of those verbs, alone: scripts/bare types pages so beside an installed program.
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export OMP_WAIT_POLICY=passive OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} PYTHONDONTWRITEBYTECODE=1 HOME=$tmp/home
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$tmp/cache}
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}
data=$(realpath -m -- "${SPIKETWIN_DATA:-$root/../shared/data}")
mode=${SPIKETWIN_DOCS:-short} limit=500 # s, a block
[ "$mode" = short ] || limit=5000
mkdir "$tmp/home" "$tmp/bin" "$tmp/made" "$tmp/blocks"
ln -s "$spiketwin" "$tmp/bin/spiketwin"
PATH=$tmp/bin:$PATH
# A device of someone's, between gen and check: the RTL of that net and chip of its folder whose words the vectors are of.
cat >"$tmp/bin/DUT" <<'SH'
#!/bin/sh
in=$(mktemp) && trap 'rm -f "$in" "$in.out"' EXIT && cat >"$in"
for net in NET net.nir run/net.nir run/net.h5; do
    for chip in "" "-k 3" "--law silicon -k 3"; do
        [ -e $net ] && spiketwin dut -q $net $chip "$in" >"$in.out" 2>/dev/null && cat "$in.out" && exit
    done
done
exit 2
SH
chmod +x "$tmp/bin/DUT" && ln -s DUT "$tmp/bin/YOUR_DUT"
printf '#!/bin/sh\ntest -s "$1"\n' >"$tmp/bin/xdg-open" && chmod +x "$tmp/bin/xdg-open" # what is shown is there

# What a page's folder holds: the things below, made small.
declare -A holds=(
    [README.md]='' [CONTRIBUTING.md]=''
    [docs/data.md]='DIR shd'
    [docs/dynapse2-mapping.md]=''
    [docs/dynapse2-training.md]='shd'
    [docs/faults.md]='DIR NET LIST'
    [docs/foreign.md]='tree DIR NET CHIP'
    [docs/identify.md]='trace.csv'
    [docs/nir.md]='braille.nir x.csv'
    [docs/patterns.md]='tree'
    [docs/prediction.md]='DIR NET net.h5 EVENTS'
    [docs/report.md]='run predicted predict.json'
    [docs/robustness.md]='tree'
    [docs/rtl.md]='run'
    [docs/vectors.md]='NET run dpi-run'
)
declare -A verb_holds=(
    [train]='speech_commands shd EVENTS' [predict]='DIR speech_commands yes-no net.nir net.h5 EVENTS shd shd-run' [drc]='speech_commands yes-no foreign.nir'
    [replay]='speech_commands yes-no' [calibrate]='speech_commands yes-no net.h5 EVENTS' [cosim]='speech_commands yes-no se2'
    [gen]='DIR run dpi-run' [dut]='DIR NET' [check]='NET stimulus.vec' [adequacy]='net.nir' [identify]='trace.csv' [rtl]='run'
    [faults]='speech_commands words-run' [report]='run predicted' [info]='yes-no' [map]='dpi-run' [unmap]='dpi-run board.json' [quantise]='weights.csv'
    [sensitivity]='speech_commands yes-no' [mismatch]='yes-no' [import]='braille.nir stimulus.csv' [run]='net.nir stimulus.csv'
)

# In --help no comment can say it: what takes minutes, or builds RTL that no other line has.
long_help='spiketwin demo|--sweep all|make -C |shd_|EVENTS|net\.h5 --law|-n 10000'

# And what takes a device of one's own: its verb's tests have ours.
own_help='BOARD|my\.v|core\.v'

small_train() { spiketwin train -d "$1" --held-percent 60 --steps 300 --hidden 16 -R -q -o "$2" >/dev/null; }
# make_THING, once, into $tmp/made/THING
make_DIR() { "$root/tests/lib/clips.py" corpus DIR 24 3; }
make_speech_commands() { cp -r "$(made DIR)" speech_commands && mv speech_commands/low speech_commands/no && mv speech_commands/high speech_commands/yes &&
    sed -i 's|^low/|no/|; s|^high/|yes/|' speech_commands/*.txt; }
make_run() { small_train "$(made DIR)" run; }
make_NET() { cp "$(made run)/net.nir" NET; }
make_net.nir() { cp "$(made run)/net.nir" net.nir; }
make_LIST() { printf 'stuck 1 0 3 2 1\ndead 1 2\n' >LIST; }
make_CHIP() { mkdir CHIP && cp "$root/chips/fpga-q8.8.yaml" CHIP/CHIP.yaml; }
make_yes-no() { small_train "$(made speech_commands)" yes-no; }
make_words-run() { cp -r "$(made yes-no)" words-run; }
make_foreign.nir() { spiketwin train -c h1v2 -d "$(made speech_commands)" --held-percent 60 --steps 300 --hidden 16 -q -o h1 >/dev/null && cp h1/net.nir foreign.nir; }
make_braille.nir() { spiketwin make loihi --layer 16x12r --layer 12x7 --random 1 -q -o braille.nir; }
make_stimulus.csv() { awk 'BEGIN { srand(3); for (t = 0; t < 50; t++) for (i = 0; i < 16; i++) printf "%d%s", rand() < 0.3, i < 15 ? "," : "\n" }' >stimulus.csv; }
make_x.csv() { cp "$(made stimulus.csv)" x.csv; }
make_weights.csv() { awk 'BEGIN { srand(3); for (r = 0; r < 8; r++) for (i = 0; i < 4; i++) printf "%.4f%s", rand() - 0.5, i < 3 ? "," : "\n" }' >weights.csv; }
make_trace.csv() { awk 'BEGIN { print "x,v,z"; srand(7)
    for (t = 0; t < 600; t++) { x = rand() < 0.3; c = int(v * 3933 / 4096) + 640 * x; z = c > 1600; v = z ? 0 : c; print x "," v "," z } }' >trace.csv; }
make_stimulus.vec() { spiketwin gen "$(made NET)" --random 1 -k 3 -q >stimulus.vec; }
make_dpi-run() { spiketwin train -c dynapse2 -q -b 32 --steps 300 --law silicon -o dpi-run >/dev/null; }
make_net.h5() { cp "$(made dpi-run)/net.h5" net.h5; }
make_se2() { cp "$(made net.h5)" se2; }
make_board.json() { spiketwin map "$(made dpi-run)/net.h5" -o board.json >/dev/null; }
make_EVENTS() { [ -d "$data/dynapsim" ] || { echo "no $data/dynapsim"; return 3; }; ln -s "$data/dynapsim" EVENTS; }
make_shd() {
    "$python" -c 'import h5py, numpy' 2>/dev/null || { echo "no Python with h5py and numpy (scripts/install)"; return 3; }
    mkdir shd && "$python" "$root/tests/lib/events.py" shd shd/shd_train.h5 labels=2 units=60 events=60 speakers=8 &&
        "$python" "$root/tests/lib/events.py" shd shd/shd_test.h5 labels=2 units=60 events=60 speakers=8 seed=2
}
make_shd-run() { spiketwin train -c dynapse2 -d "$(made shd)/shd_train.h5" --steps 20 --hidden 8 -q -o shd-run >/dev/null; }
make_predicted() { mkdir predicted && cp "$(made predict.json)" predicted/ &&
    spiketwin cosim "$(made NET)" -d "$(made DIR)" -n 2 -q --json >predicted/cosim.json; }
make_predict.json() { spiketwin predict "$(made NET)" -d "$(made DIR)" -n 5 -q --json >predict.json; }
make_tree() { mkdir tree && ln -s "$root"/* tree/; }

# made THING: its path; made when it is first asked for. Why it is not to be had is in $tmp/made/THING.why then, and the status 3.
made() {
    local thing=$1 at=$tmp/made
    if [ ! -e "$at/$thing" ] && [ ! -e "$at/$thing.why" ]; then
        (cd "$at" && "make_$thing") >"$at/$thing.said" 2>&1
        case $? in
        0) ;;
        3) mv "$at/$thing.said" "$at/$thing.why" ;;
        *) sed "s/^/$thing: /" "$at/$thing.said" >&2; return 1 ;;
        esac
    fi
    [ ! -e "$at/$thing.why" ] || return 3
    echo "$at/$thing"
}

# place THING: into the folder that one is in, under the name that pages have for it
place() {
    local from
    from=$(made "$1") || return
    case $1 in
    shd | tree) cp -rP "$from"/. . ;;
    yes-no) mkdir -p build && cp -r "$from" build/ ;;
    words-run) cp -r "$from" run ;;
    dpi-run | shd-run | predicted) mkdir -p run && cp -r "$from"/. run/ ;;
    se2) mkdir -p build/se2 && cp "$from" build/se2/net.h5 ;;
    CHIP)
        rm -f chips && mkdir chips && ln -s "$root"/chips/* chips/ && cp "$from/CHIP.yaml" chips/
        ;;
    *) cp -rP "$from" "$1" ;;
    esac
}

# run_block NAME PLACE: one script of a page, where one is
commands=0
run_block() {
    local script=$1 place=$2 missing status
    missing=$(grep -oE '\.\./shared/data(/[a-z0-9_.]+)*' "$script" | while read -r p; do [ -e "$p" ] || echo "$p"; done | head -n 1)
    [ -z "$missing" ] || { left_out "$place" "no $missing here"; return; }
    { echo 'trap '\''echo "line $LINENO: $BASH_COMMAND" >../failed'\'' ERR' && tail -n +2 "$script"; } >../block.sh
    rm -f ../failed
    timeout "$limit" bash -eo pipefail ../block.sh >out.txt 2>err.txt </dev/null
    status=$?
    if [ $status = 0 ]; then
        commands=$((commands + $(grep -cE '^[^ #]' "$script")))
        ok "$place"
    else
        bad "$place" "exit $status: $(cat ../failed 2>/dev/null)" "$(tail -n 3 err.txt)"
    fi
}

# run_blocks PAGE THINGS: what commands.py told of a page, in a folder of its own
run_blocks() {
    local page=$1 kind name place why thing here=$tmp/pages/${1//\//-}
    mkdir -p "$here" && cd "$here" || exit 2
    for thing in $2; do
        place "$thing" && continue
        [ $? = 3 ] || { bad "$page: $thing" "could not be made"; continue; }
        left_out "$page" "$(<"$tmp/made/$thing.why")"
        return
    done
    while IFS=$'\t' read -r kind name place why; do
        case $kind in
        run) run_block "$tmp/blocks/$page/$name" "$place" ;;
        long) if [ "$mode" = full ]; then run_block "$tmp/blocks/$page/$name" "$place"; else left_out "$place" "long: $why"; fi ;;
        left_out) left_out "$place" "$why" ;;
        other) [[ $why != tests/* ]] || [ -x "$root/$why" ] || bad "$place" "$why is not there" ;;
        *) bad "$place" "$why" ;;
        esac
        [[ $name != *.sh ]] || bash -n "$tmp/blocks/$page/$name" 2>err.txt || bad "$place: syntax" "$(<err.txt)"
    done <"$tmp/blocks/$page.txt"
}

expect "docs/README.md lists every page" "$(cd "$root/docs" && ls -- *.md)" "$(cd "$root/docs" &&
    { grep -oE '\([a-z0-9-]+\.md\)' README.md | tr -d '()'; echo README.md; } | sort)"
mkdir -p "$tmp/pages/shared" && ln -s "$data" "$tmp/pages/shared/data"
asked() { [ -z "${SPIKETWIN_PAGES-}" ] || [[ " $SPIKETWIN_PAGES " == *" $1 "* ]]; }
for page in README.md CONTRIBUTING.md $(cd "$root" && ls docs/*.md); do
    asked "$page" || continue
    mkdir -p "$tmp/blocks/$page"
    "$root/tests/lib/commands.py" page "$root/$page" "$tmp/blocks/$page" >"$tmp/blocks/$page.txt" || bad "$page" "not read"
    grep -q '[^-]$' "$tmp/blocks/$page.txt" || continue
    [ -n "${holds[$page]+set}" ] || ! grep -qE '^(run|long)' "$tmp/blocks/$page.txt" || bad "$page" "its line in docs_run.sh says what it needs: none is there"
    run_blocks "$page" "${holds[$page]-}"
done

# The examples of --help, a folder a verb.
mkdir -p "$tmp/blocks/help"
"$root/tests/lib/commands.py" help "$spiketwin" "$tmp/blocks/help" >"$tmp/blocks/help.txt" || bad "--help" "not read"
while IFS=$'\t' read -r kind name place why; do
    [ "$kind" = run ] || { bad "$place" "$why"; continue; }
    verb=${name%-*}
    mkdir -p "$tmp/blocks/$verb" && mv "$tmp/blocks/help/$name" "$tmp/blocks/$verb/"
    ! grep -qE "$long_help" "$tmp/blocks/$verb/$name" || kind=long why="minutes, or RTL of its own"
    ! grep -qE "$own_help" "$tmp/blocks/$verb/$name" || kind=left_out why="a device of one's own"
    printf '%s\t%s\t%s\t%s\n' "$kind" "$name" "$place" "$why" >>"$tmp/blocks/$verb.txt"
done <"$tmp/blocks/help.txt"
for verb in $(cut -f2 "$tmp/blocks/help.txt" | sed -n 's/-[0-9]*\.sh$//p' | uniq); do
    asked "$verb" || continue
    run_blocks "$verb" "${verb_holds[$verb]-}"
done
echo "docs: $commands lines of commands ran"
finish
