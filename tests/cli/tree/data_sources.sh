#!/usr/bin/env bash
# scripts/data: what is there is as told, what is not is found, and docs/data.md has its table.
#
#   tests/cli/tree/data_sources.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
shared=${SPIKETWIN_DATA:-$root/../shared/data}

"$root/scripts/data" >table.txt
expect "the table: exit" 0 $?
expect "docs/data.md has it" "$(<table.txt)" \
    "$(sed -n '/^<!-- sources: written by/,/^<!-- end of sources/p' "$root/docs/data.md" | sed '1d;$d')"
if [ -d "$shared/xylo" ]; then
    "$root/scripts/data" --check "$shared" >said.txt
    expect "what the tests read is as told: exit" 0 $?
    grep -q "^data: [1-9][0-9]* checked, 0 differ$" said.txt && ok "and counted" || bad "and counted" "$(<said.txt)"
    mkdir changed && cp -r "$shared/xylo" changed && chmod -R u+w changed
    echo >>changed/xylo/x1_plain_v1.csv
    rm changed/xylo/README.md
    "$root/scripts/data" --check changed >said.txt
    expect "a byte more: exit" 1 $?
    grep -q "^xylo: x1_plain_v1.csv: sha256 [0-9a-f]*, told " said.txt && ok "a byte more is named" ||
        bad "a byte more is named" "$(<said.txt)"
    grep -qx "xylo: README.md: not here" said.txt && ok "so is a file that is not there" ||
        bad "so is a file that is not there" "$(<said.txt)"
    grep -qx "left out: nir: not in changed" said.txt && ok "a set that is not there is left out aloud" ||
        bad "a set that is not there is left out aloud" "$(<said.txt)"
else
    left_out "sets of data" "none in $shared"
fi
mkdir archive && echo wrong >archive/shd_test.h5.zip
"$root/scripts/data" --check archive >said.txt
expect "a publisher's file that is another: exit" 1 $?
mkdir empty
"$root/scripts/data" --check empty >/dev/null 2>said.txt
expect "nothing to check is no success: exit" 2 $?
expect "and said" "data: empty: none of the sets or files" "$(<said.txt)"
finish
