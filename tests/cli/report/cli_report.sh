#!/usr/bin/env bash
# spiketwin report: every number of the page is at its place in report.json, every figure has its
# command, nothing comes from elsewhere; what was not run is said; bad inputs leave no page.
#
#   tests/cli/report/cli_report.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"

"$root/tests/lib/clips.py" corpus "$tmp/clips" 16 2 || exit 2
cd "$tmp" || exit 2

# One run folder with everything in it. The RTL's part is by hand: tests/cosim are others'.
make_run() { # OUT OPTIONS OF PREDICT, then of train: words
    local out=$1 more=$2
    shift 2
    # shellcheck disable=SC2086 # words
    "$spiketwin" train -d clips --held-percent 40 -e 6 -b 8 -s 3 --hidden 6 -q -o "$out" "$@" >out.txt 2>err.txt &&
        "$spiketwin" predict "$out/net.nir" -d clips -n 6 -l 0.4 --attribution --bootstrap 40 \
            --sweep jitter=0,0.05,0.5 --sweep threshold.local=0,0.05 $more -q --json >"$out/predict.json" &&
        "$spiketwin" sensitivity "$out/net.nir" -d clips -n 3 -q --json >"$out/sensitivity.json" &&
        "$spiketwin" replay "$out/net.nir" -d clips --virtual-chip 2 --clip right -q --json >"$out/replay-right.json" &&
        "$spiketwin" replay "$out/net.nir" -d clips --virtual-chip 2 --clip wrong -q --json >"$out/replay-wrong.json" &&
        cat >"$out/cosim.json" <<'JSON'
{"provenance": {"version": "v", "command": "spiketwin cosim by hand", "seed": 1, "threads": 1,
 "compiler": "c", "machine": "m"}, "words": 1234567, "spikes": 89, "differ": 0,
 "decisions": {"compared": 8, "differ": 0},
 "chips": [{"k": 0, "words": 1234000, "differ": 0, "clips": 4, "twin_correct": 3, "rtl_correct": 3,
            "decisions_differ": 0},
           {"k": 3, "words": 567, "differ": 0, "clips": 4, "twin_correct": 2, "rtl_correct": 2,
            "decisions_differ": 0}]}
JSON
}
make_run whole "" --recurrent && make_run power "--width 0.9" -c h1v2 &&
    "$spiketwin" faults whole/net.nir -d clips -x --tests -n 3 -q --json >whole/faults.json &&
    "$spiketwin" gen whole/net.nir --random 1 -n 2 --ticks 60 -q >whole/in.vec &&
    "$spiketwin" adequacy whole/net.nir whole/in.vec -q --json >whole/adequacy.json || {
    bad "make the runs" "$(<err.txt)"
    finish
}
expect "replay: the clips that were asked for" "same same " "$(python3 - <<'PY'
import json
for which, run in (("right", "whole"), ("wrong", "whole")):
    r = json.load(open(f"{run}/replay-{which}.json"))
    s, all_right = r["shown"], r["correct"] == r["clips"]
    told = (s["nominal_said"] == s["word"], s["chip_said"] == s["word"])
    wanted = told == (True, True) if which == "right" else told == (True, False) if r["lost"] else told[1] == all_right
    print("same" if wanted and len(s["neurons"]) == len(s["chip"]) else f"other: {which} {told}", end=" ")
PY
)"
mkdir bare
cp whole/train.json whole/log.jsonl whole/predict.json whole/cosim.json bare
python3 - <<'PY' # as a program that knew less would have left it
import json
r = json.load(open("bare/predict.json"))
for part in ("attribution", "sweeps", "intervals", "virtual_chips", "nominal_chip"):
    del r[part]
json.dump(r, open("bare/predict.json", "w"))
PY

expect "report of three runs" "0 0" "$("$spiketwin" report -o out whole power bare/ -q >table.txt 2>err.txt; echo $? "$(wc -c <err.txt)")"
expect "what was compared is in the table" "cosim: 3703701 words, 0 differ (6 chips)" "$(grep cosim: table.txt)"

cp "$root/tests/lib/look.py" .
expect "the page is its JSON, whole and by itself" "True 38" "$(python3 look.py out/report.html out/report.json)"

# That the look can fail: a number that was changed, one without a place, a picture from elsewhere.
look_at() { # SED
    sed -E "$1" out/report.html >changed.html
    python3 look.py changed.html out/report.json | sed -n '1s/:.*//p'
}
expect "look: a changed number" "/nets/whole/accuracy/chips/n" "$(look_at '0,/(<data value=")6"/s//\17"/')"
expect "look: a changed text" "/nets/whole/accuracy/chips/n" "$(look_at '0,/>6<\/data>/s//>7<\/data>/')"
expect "look: a number of its own" "a number that is not in the JSON" "$(look_at 's,What costs most,& 42,')"
expect "look: from elsewhere" "from elsewhere" "$(look_at 's,<nav ,<img src="a.png"><nav ,')"
expect "look: a command that is not the part's" "a figure without its command" \
    "$(look_at 's,spiketwin replay whole,spiketwin replay other,')"

says() { grep -c "$1" out/report.html; }
expect "what was not run is said" "1 1 1 1 1" "$(says 'Not run: spiketwin predict --attribution') $(says \
    'Not run: spiketwin predict --sweep') $(says 'Not run: spiketwin sensitivity') $(says \
    'Not run: spiketwin replay --clip right') $(says 'Not run: spiketwin replay --clip wrong')"
expect "faults and adequacy: where they were run, and said where not" "1 1 2 2" \
    "$(says 'title="/nets/whole/faults/groups/0/accuracy_lost"') $(says 'title="/nets/whole/adequacy/passes"') $(
        says 'Not run: spiketwin faults') $(says 'Not run: spiketwin adequacy')"
for table in "Faults by layer:-1:falls" "The costliest faults:-1:falls" "Kinds of wrong devices:-1:rises" \
    "Words with one bit stuck:-1:rises" "Where it matters most:-2:falls"; do
    expect "rows by what the caption says: ${table%%:*}" sorted "$("$root/tests/lib/rows.py" out/report.html "$table")"
done
expect "rows that are not sorted are seen" "not sorted" "$("$root/tests/lib/rows.py" out/report.html "Kinds of wrong devices:-1:falls")"
expect "provenance once: version and compiler where they change" "1 0" \
    "$(grep -c 'id="by-0-predict".*<br>version' out/report.html) $(grep -c 'id="by-0-sensitivity".*<br>version' out/report.html)"
expect "power of a chip file without figures" "2" "$(says 'Not known: the chip file has no power figures')"
expect "power, and a run that looked after its interval" "1 1 1" \
    "$(says 'title="/nets/power/power/total_j"') $(says 'title="/nets/power/sequential/yield/0"') $(
        grep -c 'title="/nets/power/sensitivity/layers/1/leak/largest\|Margin moved by each leak' out/report.html)"
expect "NeuroBench's metrics, of each net" "3 3" "$(grep -o 'title="/nets/[a-z]*/neurobench/footprint"' out/report.html | sort -u | wc -l) $(
    grep -o 'title="/nets/[a-z]*/neurobench/synaptic_operations/Dense"' out/report.html | sort -u | wc -l)"
expect "the same again" "$(cksum <out/report.html)" \
    "$("$spiketwin" report -o out whole power bare/ -q >/dev/null; cksum <out/report.html)"

# The curve and the headline, by Python from predict.json alone.
expect "yield curve: Wilson's interval of the shares" "same" "$(python3 - <<'PY'
import json, math
chips = [c["accuracy"] for c in json.load(open("whole/predict.json"))["chips"] if c["k"] > 0]
z, n = 1.959963984540054, len(chips)
same = True
for point in json.load(open("out/report.json"))["nets"]["whole"]["yield_curve"]:
    p = sum(a >= point["limit"] for a in chips) / n
    mid, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (max(0, (mid - half) / (1 + z * z / n)), min(1, (mid + half) / (1 + z * z / n)))
    same &= abs(point["yield"] - p) < 1e-12 and max(abs(a - b) for a, b in zip(point["chips"], (low, high))) < 1e-9
print("same" if same else "other")
PY
)"

# One limit and one wanted yield for all nets: the first one's, or what is asked for.
cp -r whole lax
"$spiketwin" predict whole/net.nir -d clips -n 6 -l 0.9 --target-yield 0.5 --bootstrap 40 -q --json >lax/predict.json 2>err.txt
verdicts() { # OPTIONS: limit and target that each net is held against
    # shellcheck disable=SC2086 # words
    "$spiketwin" report -o limits $1 whole lax -q >table.txt 2>err.txt
    python3 -c 'import json
r = json.load(open("limits/report.json"))
print(r["limit"]["value"], r["limit"]["target"], *(n["verdict"][k] for n in r["nets"].values() for k in ("limit", "target")))'
}
expect "one limit for all nets: of the first" "0.4 0.9 0.4 0.9 0.4 0.9" "$(verdicts "")"
expect "one limit for all nets: as asked for" "0.77 0.8 0.77 0.8 0.77 0.8" "$(verdicts "-l 0.77 --target-yield 0.8")"
expect "a verdict in the table, of each net" 2 "$(sed -n 2p table.txt | grep -oE 'passes|fails|cannot tell' | wc -l)"
"$spiketwin" report -o limits -l 0 --target-yield 0.3 whole -q >table.txt 2>err.txt
expect "a limit that all chips reach passes" "passes" "$(sed -n 2p table.txt | xargs)"
python3 - <<'PY'
import json
r = json.load(open("whole/predict.json"))
del r["yield_curve"]
json.dump(r, open("lax/predict.json", "w"))
PY
"$spiketwin" report -o limits lax -q >table.txt 2>err.txt
expect "no curve: no verdict, and said" "no verdict 1" "$(sed -n 2p table.txt | xargs) $(grep -c 'No verdict: predict.json was made by' limits/report.html)"

# Bad inputs: one line, exit 2, and no page.
refuse() { # NAME MESSAGE: what the last change of `bent` does
    rm -rf none
    "$spiketwin" report -o none bent -q >out.txt 2>err.txt
    expect "$1" "2 1 spiketwin report: $2 no page" \
        "$? $(wc -l <err.txt) $(<err.txt) $([ -e none/report.html ] && echo page || echo no page)"
    rm -rf bent
    cp -r whole bent
}
rm -rf bent
cp -r whole bent
rm bent/predict.json
refuse "no predict.json" "bent/predict.json: No such file or directory (made by spiketwin predict bent -d clips)"
head -c 40 whole/predict.json >bent/predict.json
refuse "torn predict.json" "bent/predict.json:3: not JSON"
head -c 40 whole/sensitivity.json >bent/sensitivity.json
refuse "torn sensitivity.json" "bent/sensitivity.json:3: not JSON"
sed -i 's/"worst_chip":/"worst_ship":/' bent/predict.json
refuse "a number is missing" "bent/predict.json: /accuracy/chips/worst_chip is missing or not a number"
sed -i 's/"words": 1234567/"words": 0/' bent/cosim.json
refuse "nothing was compared" "bent/cosim.json: /words is 0, allowed whole numbers 1 or more"
sed -i 's/"rtl_correct": 2,//' bent/cosim.json
refuse "a chip of cosim.json" "bent/cosim.json: /chips/1/rtl_correct is missing or not a number"
sed -i 's/"loss"/"lost"/' bent/log.jsonl
refuse "log without losses" "bent/log.jsonl: line 1: /loss is missing or not a number"
: >bent/log.jsonl
refuse "empty log" "bent/log.jsonl: no epochs"
sed -i 's/"ticks":/"tocks":/' bent/replay-wrong.json
refuse "a replay without its length" "bent/replay-wrong.json: /shown/ticks is missing or not a number"

sed -i '0,/"loss":/s//"lass":/' bent/predict.json
refuse "an effect without its size" "bent/predict.json: /attribution/knobs/0/alone/loss is missing or not a number"

# Words are folder names: whatever is in them is text, to HTML and to gnuplot.
sed -i 's/"words":.*/"words": ["a'"'"'<b>`touch made`\\\\", "\\"c\&"],/' bent/predict.json
"$spiketwin" report -o nasty bent -q >out.txt 2>err.txt
expect "words are text" "0 0 no True 1" "$? $(wc -c <err.txt) $([ -e made ] && echo made || echo no) $(
    python3 look.py nasty/report.html nasty/report.json | sed 's/ .*//') $(grep -c '&lt;b&gt;`touch made`' nasty/report.html | sed 's/[1-9].*/1/')"

rm -rf bent
cp -r whole bent
"$spiketwin" report -o none bent ./whole/../bent -q >out.txt 2>err.txt
expect "two runs of one name" "2 spiketwin report: ./whole/../bent: a second run folder of the name bent" "$? $(<err.txt)"
"$spiketwin" report -o none -q >out.txt 2>err.txt
expect "no run" "2 spiketwin report: RUN is needed: a run folder" "$? $(<err.txt)"
sed -i 's/"differ": 0}/"differ": 1}/' bent/cosim.json
"$spiketwin" report -o none bent -q >out.txt 2>err.txt
expect "RTL that decides otherwise" "1" "$?"
# A law that real arithmetic has not all of: said, and the page has all else.
cp -r whole lacks
edit() { # CODE that changes r, the prediction
    python3 -c 'import json, sys
r = json.load(open("whole/predict.json"))
exec(sys.argv[1])
json.dump(r, open("lacks/predict.json", "w"))' "$1"
}
edit 'r["accuracy"]["nominal_left_out"] = "a synaptic current"; del r["accuracy"]["nominal"], r["attribution"]["quantisation"]'
"$spiketwin" report lacks -o lacking -q >out.txt 2>err.txt
expect "real arithmetic left out: exit, said in page and table" "0 1 1 0" "$? $(grep -c 'left out: it has not a synaptic current' \
    lacking/report.html) $(grep -c '^nominal (real arithmetic).*not counted' out.txt) $(grep -c '>quantisation<' lacking/report.html)"
edit 'r["accuracy"]["nominal_left_out"] = "a synaptic current"'
"$spiketwin" report lacks -o no >out.txt 2>err.txt
expect "left out and there" "2 spiketwin report: lacks/predict.json: /accuracy/nominal, and /accuracy/nominal_left_out: one of them is not true" "$? $(<err.txt)"
edit 'del r["attribution"]["quantisation"]'
"$spiketwin" report lacks -o no >out.txt 2>err.txt
expect "not left out and not there" "2 spiketwin report: lacks/predict.json: /attribution/quantisation is missing or not a number" "$? $(<err.txt)"
finish
