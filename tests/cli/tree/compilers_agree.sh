#!/usr/bin/env bash
# gcc -O3 with the widest instruction set, clang -O0: the same bits of training and of every chip.
#
#   tests/cli/tree/compilers_agree.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
other=$root/build/clang-debug
if ! command -v clang >/dev/null; then
    left_out "clang -O0 against gcc -O3" "no clang"
    bad "clang is there" "scripts/install installs it"
    finish
fi
if make -s -C "$root" -j2 MODE=debug CC=clang CXX=clang++ BUILD=build/clang-debug all >"$tmp/log" 2>&1; then
    ok "clang -O0 builds without a warning"
else
    bad "clang -O0 builds without a warning" "$(tail -n 5 "$tmp/log")"
    finish
fi
cd "$tmp" || exit 2
python3 "$root/tests/lib/clips.py" corpus clips >/dev/null || exit 2
for build in gcc clang; do
    program=$spiketwin
    [ $build = clang ] && program=$other/spiketwin
    "$program" train -d clips --held-percent 40 -R -e 2 -q -o $build >/dev/null || exit 2
    "$program" predict gcc/net.nir -d clips -n 20 -L -q >$build.chips
done
expect "training: the same net file" "$(md5sum <gcc/net.nir)" "$(md5sum <clang/net.nir)"
expect "20 virtual chips: the same hashes and accuracies" "$(cat gcc.chips)" "$(cat clang.chips)"
finish
