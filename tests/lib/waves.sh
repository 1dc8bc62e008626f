# shellcheck shell=bash
# shellcheck disable=SC2154 # root and tmp are of shell.sh
# For tests of waves; sourced after tests/lib/shell.sh, by tests that have Verilator.

# save_files NAME STEM [WAVE GROUPS]: STEM.gtkw and STEM.sucl name signals that the wave (STEM.fst) has, all of them, in so many groups
# (a pattern)
save_files() {
    local include wave=${3-$2.fst} groups=${4-[4-9]}
    include=$(verilator --getenv VERILATOR_ROOT)/include
    [ -x "$tmp/fst_read" ] ||
        gcc -w -DFST_CONFIG_INCLUDE='"fst_config.h"' -I"$include" -I"$include/gtkwave" -o "$tmp/fst_read" \
            "$root/tests/fst/fst_read.c" "$include"/gtkwave/{fstapi,lz4,fastlz}.c -lz -lpthread || bad "fst_read" "not built"
    "$tmp/fst_read" --names "$wave" >"$tmp/names"
    if "$root/tests/lib/save_names.py" "$2.gtkw" "$2.sucl" "$tmp/names" >"$tmp/saved" &&
        [ "$(grep -c " [1-9][0-9]* in the wave, $groups groups" "$tmp/saved")" = 2 ]; then
        ok "$1: save files name what is in the wave: $(head -n 1 "$tmp/saved")"
    else
        bad "$1: save files name what is in the wave" "$(<"$tmp/saved")"
    fi
}
