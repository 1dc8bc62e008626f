#!/usr/bin/env bash
# spiketwin calibrate on DYNAP-SE2 nets: nothing to do on a chip like the nominal one; before is what predict says; a
# core for each neuron wins, one for all cannot part them; codes are those of the chip file's bias generators.
#
#   tests/cli/predict/cli_calibrate_dpi.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
cd "$tmp" || exit 2
"$spiketwin" train -c dynapse2 -q -b 16 --steps 400 --mismatch 0 --weight-mismatch 0 -o run >/dev/null 2>&1 || exit 2
calibrate() { "$spiketwin" calibrate run/net.h5 -q -l 1 "$@" 2>err.txt; }

calibrate --mismatch 0 -n 5 -j >none.json
expect "chips like the nominal one: left as they are" "[-1] 0" "$(python3 -c '
import json; r = json.load(open("none.json"))
print(sorted({t for c in r["chips"] for t in c["trims"]}), sum(c["after"] != c["before"] for c in r["chips"]))')"
calibrate --mismatch 3 -n 120 --per-core 1 -j >one.json
calibrate --mismatch 3 -n 120 -j >all.json
"$spiketwin" predict run/net.h5 -q -l 1 --mismatch 3 -n 120 -j >predict.json 2>err.txt
cat >check.py <<'P'
import json, re
one, every, p = (json.load(open(f + ".json")) for f in ("one", "all", "predict"))
codes = [t for c in one["chips"] for t in c["trims"]]
# The currents of the codes by the chip file alone, as shares of the nominal ones of Itau_mem, Igain_syn, Igain_mem.
text, Ut_kappa = open("dynapse2.yaml").read(), 0.025 / ((0.75 + 0.66) / 2)
full = [float(x) * 1e-12 for t in "NP" for x in re.findall(r"coarse_\d: *\{value: ([0-9.e+]+)", text.split(f"    {t}:")[1].split("P:" if t == "N" else "scale:")[0])]
scale = {b: float(re.search(b + r": *\{value: ([0-9.e+-]+)", text).group(1)) for b in ("SOIF_LEAK_N", "DEAM_EGAIN_P", "SOIF_GAIN_N")}
leak, syn = Ut_kappa * 3e-12 / 20e-3, Ut_kappa * 24.5e-12 / 10e-3
gain = {x: float(re.search(r"^gain:(.*?)^\S", text, re.S | re.M).group(1).split(f"  {x}:")[1].split("value: ")[1].split(",")[0]) for x in ("mem", "syn")}
nominal = {"SOIF_LEAK_N": leak, "DEAM_EGAIN_P": gain["syn"] * syn, "SOIF_GAIN_N": gain["mem"] * leak}
ok = True
for i, name in enumerate(one["trim_names"]):
    bias = name.split()[0]
    for c in one["chips"]:
        code = c["trims"][i]
        coarse, fine = divmod(code, 256)
        current = full[coarse + (6 if bias.endswith("P") else 0)] * fine / 256 * scale[bias] if code >= 0 else nominal[bias]
        ok &= 0.5 <= current / nominal[bias] <= 1.5 and (code < 0 or coarse == 0 or fine >= 16)
good = {
    "before is what predict says": [c["before"] for c in one["chips"]] == [c["accuracy"] for c in p["chips"][1:]],
    "before is that of all": [c["before"] for c in every["chips"]] == [c["before"] for c in one["chips"]],
    "trims": {len(c["trims"]) for c in one["chips"]} == {6} and {len(c["trims"]) for c in every["chips"]} == {3},
    "names": one["trim_names"] == [f"{b} of core {c}" for c in (0, 1) for b in ("SOIF_LEAK_N", "DEAM_EGAIN_P", "SOIF_GAIN_N")],
    "many codes": len(set(codes)) > 20,
    "codes are the chip file's, within reach": ok,
    "yield": abs(one["after"]["yield"] - sum(c["after"] == 1 for c in one["chips"]) / 120) < 1e-12,
    "mended": one["mended"] == sum(c["after"] == 1 > c["before"] for c in one["chips"]),
    "gain": abs(one["gain"] - (one["after"]["mean"] - one["before"]["mean"])) < 1e-12,
    "a core a neuron wins": one["gain_low"] > 0 and one["after"]["yield"] > one["before"]["yield"] + 0.1,
    "and more than one for all": one["after"]["mean"] > every["after"]["mean"],
    "chips that cannot exist stay": sum(c["after"] == 0 for c in one["chips"]) >= p["virtual_chips"]["impossible"] > 0,
}
print(" ".join(k for k, v in good.items() if not v) or "all")
P
cp "$root/chips/dynapse2.yaml" .
expect "what it says, and that it wins" all "$(python3 check.py)"
for law in silicon double; do
    expect "$law: 1 and 3 threads" "$(calibrate --law $law --mismatch 2 -n 20 --per-core 1 -t 1)" \
        "$(calibrate --law $law --mismatch 2 -n 20 --per-core 1 -t 3)"
done
expect "the general task" 1 "$(calibrate --task general --draws 2 -n 20 --clips 4 | grep -c 'calibrated on 4 variations')"

refuse() { # NAME MESSAGE OPTIONS...
    local name=$1 message=$2
    shift 2
    calibrate "$@" >out.txt
    expect "$name" "2 spiketwin calibrate: $message " "$? $(<err.txt) $(<out.txt)"
}
refuse "bits" "--bits: run/net.h5 is a DYNAP-SE2 net: the chip file has its codes" --bits 4
refuse "recordings" "run/net.h5: a net without labels: --labels A,B says what its neurons 0, 1, .. stand for" -d .
refuse "no neuron a core" "--per-core: 0, allowed 1..65536" --per-core 0
refuse "more than a core has" "run/net.h5: a core has fewer neurons than are to share one" --per-core 257
refuse "too few cores" "run/net.h5: the board has fewer cores than the net needs with so few neurons on each" \
    --per-core 1 --set limits.chips=1 --set limits.cores=1
refuse "no reach" "--range: 0, allowed 0.001..1" --range 0
"$spiketwin" calibrate "$root/vectors/tiny.nir" -d . -p 1 >out.txt 2>err.txt
expect "cores of a LIF net" "2 spiketwin calibrate: --per-core: of DYNAP-SE2 nets (net.h5); $root/vectors/tiny.nir is none" "$? $(<err.txt)"
finish
