#!/usr/bin/env bash
# 110 predicted chips on the RTL, decision for decision, and every chip's hash on threads and ranks.
#
#   tests/cli/predict/predict_rtl.sh [PROGRAM]       the long form: make believe
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
command -v verilator >/dev/null || { bad "verilator is there" "scripts/install installs it"; finish; }
"$root/tests/believe" --short --only rtl,identity --program "$spiketwin" --out "$tmp/report.json" >"$tmp/log" 2>&1
expect "believe: exit" 0 $?
while read -r word what; do
    case $word in
    ok) ok "$what" ;;
    FAILED) bad "$what" ;;
    left) echo "$word $what" ;;
    esac
done <"$tmp/log"
expect "110 chips were compared" 1 "$(grep -c '^ok *rtl *110 of 130 chips' "$tmp/log")"
[ $failed -eq 0 ] || tail -n 3 "$tmp/log"
finish
