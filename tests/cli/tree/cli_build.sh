#!/usr/bin/env bash
# Where the RTL is built and what is loaded from there: private, whole, its own, in folders of any name.
#
#   tests/cli/tree/cli_build.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
net=$root/vectors/tiny.nir vectors=$root/vectors/tiny_chip3.vec
for tool in verilator g++; do
    if ! command -v $tool >/dev/null; then
        left_out "building the RTL" "$tool is not installed"
        bad "$tool" "is not installed"
        finish
    fi
done
# What the compiler spends on speed is not needed here: -O0. Each call leaves a line in $CALLS' place.
mkdir "$tmp/bin" && cd "$tmp" || exit 2
# Not ccache, which would find ours again.
timeout=$(command -v timeout)
real=$(type -ap g++ | while read -r one; do readlink -f "$one"; done | grep -v ccache | head -n 1)
cat >bin/g++ <<END
#!/bin/sh
[ "\$1" = --version ] || echo "\$*" >>'$tmp/calls'
[ -e '$tmp/slow' ] && [ "\$1" != --version ] && { echo \$\$ >'$tmp/pid'; sleep 20; }
exec '$real' "\$@" -O0
END
chmod +x bin/g++
unset XDG_CACHE_HOME
export PATH="$tmp/bin:$PATH" HOME="$tmp/home" TMPDIR="$tmp/tmp"
cache=$HOME/.cache/spiketwin
mkdir here home tmp && cd here || exit 2

calls() { # how often the compiler was called since the last time
    if [ -e "$tmp/calls" ]; then wc -l <"$tmp/calls"; else echo 0; fi
    rm -f "$tmp/calls"
}
dut() { # sets $rc
    rc=0
    "$timeout" 120 "$spiketwin" dut "$net" -k 3 -q "$@" "$vectors" >"$tmp/out" 2>"$tmp/err" || rc=$?
}
right() { # NAME: what `dut` said is what the golden model says
    expect "$1" "check: 3750 words, 0 differ; 3750 spike bits, 0 differ (1 clips)" \
        "$("$spiketwin" check -q "$net" -k 3 "$tmp/out" 2>"$tmp/why" || head -n 3 "$tmp/why" "$tmp/err")"
}
refused() { # NAME TEXT: exit 2 and one line that says so
    expect "$1: exit, lines" "2, 1" "$rc, $(wc -l <"$tmp/err")"
    grep -qF -- "$2" "$tmp/err" || bad "$1" "wanted: $2" "got:    $(head -n 2 "$tmp/err")"
}

# --- the default: the user's cache ------------------------------------------------------------------
# What lies in the working directory is nobody's to load.
mkdir -p build/dut
dut
right "the cache of a new home"
expect "built once: the model and Verilator's own C++" 2 "$(calls)"
expect "its mode" "700" "$(stat -c %a "$cache")"
expect "nothing in the working directory" "build build/dut" "$(find . -mindepth 1 | sed 's,^./,,' | sort | xargs)"
expect "nothing in TMPDIR" "" "$(ls "$TMPDIR")"
dut
right "again"
expect "kept" 0 "$(calls)"
so=$(ls "$cache"/*/dut.so)
entry=$(dirname "$so")
expect "what is kept" "build.log dut.so dut_config.h sum" "$(cd "$entry" && echo *)"
grep -qaF "$tmp" "$so" && bad "no path of ours in it" "$tmp is" || ok "no path of ours in it"

# --- what is not whole is built again, once ---------------------------------------------------------
sound=$(sha256sum <"$so")
for harm in torn flipped "without a sum"; do
    case $harm in
    torn) truncate -s 50000 "$so" ;;
    flipped) printf '\xff' | dd of="$so" bs=1 seek=40000 conv=notrunc status=none ;;
    *) rm "$entry/sum" ;;
    esac
    dut
    right "$harm"
    expect "$harm: built again" "1, $sound" "$(calls), $(sha256sum <"$so")"
    dut
    expect "$harm: once" 0 "$(calls)"
done

# --- who else may write there -----------------------------------------------------------------------
for mode in 777 770 755; do
    chmod $mode "$cache"
    dut
    refused "the cache has mode $mode" "mode 0$mode"
done
chmod 700 "$cache"
mkdir -m 777 open && dut --build open
refused "--build of mode 777" "open: owner $(id -u), mode 0777"
if [ "$(id -u)" = 0 ]; then
    mkdir -m 700 other && chown nobody other && dut --build other
    refused "--build of another user" "owner $(id -u nobody), mode 0700"
    chown nobody "$cache" && dut
    refused "the cache of another user" "owner $(id -u nobody), mode 0700"
    chown root "$cache"
else
    left_out "a cache of another user" "not root"
fi
touch file && dut --build file
refused "--build is a file" "file: not a folder"
dut --build ""
refused "--build is empty" "0 bytes"
dut --build "$(printf '%01000d' 0)"
refused "--build is long" "1000 bytes"

# --- no home ----------------------------------------------------------------------------------------
expect "nothing was built for these" 0 "$(calls)"
HOME=/proc dut
right "a home that cannot be written"
(unset HOME && dut)
right "no home"
expect "each built its own" 4 "$(calls)"
expect "nothing of them is left" "" "$(ls "$TMPDIR")"
(umask 0 && XDG_CACHE_HOME=$tmp/xdg dut)
right "XDG_CACHE_HOME"
expect "XDG_CACHE_HOME: there, its mode" "1 700" \
    "$(find "$tmp/xdg/spiketwin" -name dut.so | wc -l) $(stat -c %a "$tmp/xdg/spiketwin")"

# --- no shell ---------------------------------------------------------------------------------------
touched="$tmp/touched"
rm -f "$tmp/calls"
# The folder of the build, the sources, the temporary files, the home and the one we stand in.
odd=$'a b\'c"d$ORIGIN:e#f*g[h]?i\\j;touch k&l%m\n\xc3\xa9`touch n`$(touch o)'
mkdir -p "$odd/tmp" "$odd/home" "$odd/tree" && cp -r "$root"/{rtl,cosim,model} "$odd/tree/" && cd "$odd" || exit 2
"$root/tests/lib/clips.py" corpus clips 2 1 >/dev/null && mv clips/low clips/no && mv clips/high clips/yes &&
    rm -f clips/*.txt || exit 2
mkdir -p "$tmp/poison" && echo '#error poison' >"$tmp/poison/verilated.h"
echo "touch '$touched'" >"$tmp/poison/env"
(
    export TMPDIR=$PWD/tmp HOME=$PWD/home XDG_CACHE_HOME=$PWD/xdg
    # What must not reach the tools.
    export GNUMAKEFLAGS="--eval=\$(shell touch $touched)" MAKEFLAGS=-n MFLAGS=-n MAKEFILES=$tmp/poison/env
    export VERILATOR_ROOT=/nonexistent VERILATOR_TEST_FLAGS=--no-such VERILATOR_BIN=/nonexistent
    export CPATH=$tmp/poison CPLUS_INCLUDE_PATH=$tmp/poison GCC_EXEC_PREFIX=/nonexistent/ COMPILER_PATH=$tmp/poison
    export DEPENDENCIES_OUTPUT=$touched BASH_ENV=$tmp/poison/env ENV=$tmp/poison/env PERL5OPT=-Mno_such CXX=false
    for place in "b 'q;touch $touched" "$XDG_CACHE_HOME"; do
        given=(--build "$place")
        [ "$place" != "$XDG_CACHE_HOME" ] || given=()
        "$spiketwin" cosim "$net" -d clips -S train -k 1 -n 2 -q --source tree "${given[@]}" 2>&1
        echo "exit $?"
    done
) >"$tmp/out"
expect "folders of any name" "0 differ (1 chips exit 0 0 differ (1 chips exit 0" \
    "$(grep -oE '0 differ \(1 chips|^exit.*' "$tmp/out" | xargs)"
expect "nothing else was run or made" "b 'q;touch \\home\\tmp\\tree\\xdg\\clips" \
    "$(find . -mindepth 1 -maxdepth 1 -name 'b*' -printf '%f\\' | sed "s,touch .*,touch \\\\,")$(printf '%s\\' home tmp tree xdg)$(basename clips)"
expect "nothing was touched" "" "$(ls -d "$touched" k n o 2>/dev/null)"
expect "nothing in its TMPDIR" "" "$(ls tmp)"
cd "$tmp/here" || exit 2

# --- what goes wrong, each in one line, with its log ------------------------------------------------
fake() { # TOOL SCRIPT: another tool of that name, first in PATH
    mkdir -p "$tmp/fake" && rm -f "$tmp"/fake/* && printf '#!/bin/sh\n%s\n' "$2" >"$tmp/fake/$1" && chmod +x "$tmp/fake/$1"
}
fake verilator 'echo "Verilator 4.038 2020-07-11 rev v4.036"'
PATH="$tmp/fake:$PATH" dut --build old
refused "an old Verilator" 'verilator: version "Verilator 4.038 2020-07-11 rev v4.036", allowed Verilator 5.006'
fake verilator 'exit 3'
PATH="$tmp/fake:$PATH" dut --build old
refused "a Verilator that does not run" 'verilator failed (exit 3)'
PATH="$tmp/none" dut --build old
refused "no Verilator" "verilator: No such file or directory; it builds the RTL"
failing() { # NAME SCRIPT TEXT: a compiler that fails
    fake g++ "[ \"\$1\" = --version ] && exec '$real' --version; $2"
    PATH="$tmp/fake:$PATH" dut --build "bad $1"
    refused "$1" "$3"
    local log
    log=$(sed -n 's/.*; its output: //p' "$tmp/err")
    expect "$1: its log is there" yes "$([ -s "$log" ] && echo yes)"
    expect "$1: nothing else" "" "$(find "bad $1" -mindepth 1 ! -name '*.lock' ! -path "*${log##*/}")"
}
failing "an error of the compiler" 'echo "x.cpp:1:2: error: boom"; exit 1' 'g++ failed (exit 1): x.cpp:1:2: error: boom; its output: '
failing "a full disk" 'echo "as: dut.o: No space left on device"; exit 1' 'g++ failed (exit 1): as: dut.o: No space left on device'
failing "a compiler that is killed" 'kill -SEGV $$' 'g++ failed (signal 11)'
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=96k,mode=700 none full 2>/dev/null; then
    cleanup() { umount "$tmp/here/full" 2>/dev/null; }
    dut --build full
    refused "a disk of 96 kB" "o space left on device"
    umount full
else
    left_out "a disk of 96 kB" "no tmpfs may be mounted here"
fi

# --- two at once, and a kill ------------------------------------------------------------------------
rm -f "$tmp/calls"
for i in 1 2 3; do
    "$spiketwin" dut "$net" -k 3 -q --build at-once "$vectors" >"$tmp/out$i" 2>&1 &
done
wait
expect "three at once build once" 2 "$(calls)"
expect "three at once say the same" 1 "$(sha256sum "$tmp"/out[123] | cut -d ' ' -f 1 | sort -u | wc -l)"
for signal in TERM INT KILL; do
    touch "$tmp/slow"
    rm -f "$tmp/pid"
    # A background job of a script ignores SIGINT; python3 gives it back.
    python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
        "$spiketwin" dut "$net" -k 3 -q --build killed "$vectors" >"$tmp/out" 2>"$tmp/err" &
    pid=$!
    for _ in $(seq 200); do [ -s "$tmp/pid" ] && break || sleep 0.1; done
    kill -s $signal $pid
    rc=0
    wait $pid 2>/dev/null || rc=$?
    expect "$signal: exit" $((128 + $(kill -l $signal))) $rc
    rm "$tmp/slow"
    if [ $signal = KILL ]; then
        kill "$(cat "$tmp/pid")"
        continue
    fi
    expect "$signal: the compiler ended too" no "$(kill -0 "$(cat "$tmp/pid")" 2>/dev/null && echo yes || echo no)"
    expect "$signal: nothing is left" "" "$(find killed -mindepth 1 ! -name '*.lock')"
done
dut --build killed
right "after a kill"
expect "after a kill: nothing of it is left" "" "$(find killed -maxdepth 1 -name '*.??????' -type d)"
finish
