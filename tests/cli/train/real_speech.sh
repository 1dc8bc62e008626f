#!/usr/bin/env bash
# The main job in miniature on real recordings: trained, predicted, and the RTL clip for clip.
#
#   tests/cli/train/real_speech.sh [PROGRAM]     data: SPIKETWIN_DATA, or ../shared/data beside the tree
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
data=${SPIKETWIN_DATA:-$root/../shared/data}/speech_commands
if [ ! -d "$data" ]; then
    left_out "real speech" "$data is not there (set SPIKETWIN_DATA)"
    ok "absent data is said"
    finish
fi
cd "$tmp" || exit 2
"$spiketwin" train -d "$data" -w yes,no -R -e 4 -q -o run >train.txt 2>&1
expect "train: exit" 0 $?
"$spiketwin" predict run/net.nir -d "$data" -n 12 -q --json >predict.json
expect "predict: exit" 0 $?
# Four epochs: far from the report's figure, and far from chance.
expect "12 virtual chips: mean above 90 %" True "$(python3 -c '
import json
print(json.load(open("predict.json"))["accuracy"]["chips"]["mean"] > 0.90)')"
"$spiketwin" cosim run/net.nir -d "$data" -k 0..3 -q --json --build "$root/build/dut" >cosim.json
expect "cosim: exit" 0 $?
expect "RTL of chips 0..3: over 10^7 words, 0 differ, all clips decided alike" "True 0 0" "$(python3 -c '
import json
c = json.load(open("cosim.json"))
print(c["words"] > 1e7, c["differ"], c["decisions"]["differ"])')"
expect "predicted accuracy of chips 0..3 is the RTL's" "" "$(python3 -c '
import json
chips = {c["k"]: c["accuracy"] for c in json.load(open("predict.json"))["chips"]}
for c in json.load(open("cosim.json"))["chips"]:
    if c["rtl_correct"] != round(chips[c["k"]] * c["clips"]):
        print(c, chips[c["k"]])')"
"$spiketwin" cosim run/net.nir -d "$data" -k 1 -n 2 -q --stages --build "$root/build/dut" >stages.txt
expect "all eight stages: exit" 0 $?
finish
