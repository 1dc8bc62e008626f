#!/usr/bin/env bash
# CONTRIBUTING.md's way to add a chip, line by line, in an empty folder.
#
#   tests/cli/tree/contributing.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" && mkdir -p chips here && ln -s "$spiketwin" here/spiketwin || exit 2
PATH=$tmp/here:$PATH
sed -n '/^<!-- run by .*contributing.sh -->/,/^$/p' "$root/CONTRIBUTING.md" | grep '^spiketwin ' >steps.sh
expect "steps of the page" 3 "$(wc -l <steps.sh)"
bash -eo pipefail steps.sh >out.txt 2>err.txt
expect "they run" 0 $?
expect "RTL and model agree on the new chip" "check: 4000 words, 0 differ; 4000 spike bits, 0 differ (4 clips)" "$(grep "^check:" out.txt)"
expect "the net is the new chip's" 1 "$(spiketwin info net.nir | grep -c '^chip  *"mine"$')"
finish
