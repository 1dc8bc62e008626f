#!/usr/bin/env bash
# spiketwin report on run folders of which one field is of another kind, out of its range, too long,
# too short or gone: one line that names file and field, or a page as before. Never a signal. And on
# folders that are empty, half there, or of names that mean something to HTML, a terminal or JSON.
#
#   tests/cli/report/cli_report_bad.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
export ASAN_OPTIONS=detect_leaks=0
cd "$tmp" || exit 2
cases=${SPIKETWIN_CASES:-$root/../shared/cases}

# Plots are not what is looked at here.
mkdir bin
printf '#!/bin/sh\necho "<svg></svg>"\n' >bin/gnuplot
chmod +x bin/gnuplot
PATH=$tmp/bin:$PATH

"$root/tests/lib/clips.py" corpus clips 16 2 >/dev/null || exit 2
"$spiketwin" train -d clips --held-percent 40 -e 6 -b 8 -s 3 --hidden 6 -R -q -o run >out.txt 2>err.txt &&
    "$spiketwin" predict run/net.nir -d clips -n 4 -l 0.4 -a --bootstrap 40 --sweep jitter=0,0.5 --width 0.9 -q -j \
        >run/predict.json 2>err.txt &&
    "$spiketwin" sensitivity run/net.nir -d clips -n 2 -q -j >run/sensitivity.json 2>err.txt &&
    "$spiketwin" replay run/net.nir -d clips -k 2 -i right -q -j >run/replay-right.json 2>err.txt &&
    "$spiketwin" replay run/net.nir -d clips -k 2 -i wrong -q -j >run/replay-wrong.json 2>err.txt &&
    "$spiketwin" faults run/net.nir -d clips -x --tests -n 2 -q -j >run/faults.json 2>err.txt &&
    "$spiketwin" gen run/net.nir --random 1 -n 1 --ticks 40 -q >in.vec 2>err.txt &&
    "$spiketwin" adequacy run/net.nir in.vec -q -j >run/adequacy.json 2>err.txt || {
    bad "make the run" "$(<err.txt)"
    finish
}
cat >run/cosim.json <<'JSON'
{"provenance": {"command": "by hand"}, "words": 1234567, "spikes": 89, "differ": 0,
 "decisions": {"compared": 8, "differ": 0},
 "chips": [{"k": 0, "words": 1234000, "differ": 0, "clips": 4, "twin_correct": 3, "rtl_correct": 3,
            "decisions_differ": 0}]}
JSON
"$spiketwin" report -o out run -q >out.txt 2>err.txt
expect "the run that is not bad" 0 $?

cat >fields.py <<'PY'
# Every field of every file, once for each pattern of its place, as something else: two of the list each,
# all with FULL=1. A folder for each worker.
import concurrent.futures, copy, json, os, re, shutil, subprocess, sys, threading
program, files = sys.argv[1], ["train", "predict", "cosim", "sensitivity", "replay-right", "replay-wrong",
                          "faults", "adequacy", "map", "quantise"]
OTHER = ["gone", None, -1, 0, 0.5, 2, 1e9, 1e308, "<b>\x01", True, [], [0], [[]], [[0, 0], [1]], {}, {"0": [1]}]
mine, folders = threading.local(), iter(range(1000))

def places(x, at=()):
    yield at
    if isinstance(x, dict):
        for k in x:
            yield from places(x[k], at + (k,))
    if isinstance(x, list):
        for i in {0, len(x) - 1} if x else ():
            yield from places(x[i], at + (i,))

def put(x, at, value):
    for k in at[:-1]:
        x = x[k]
    if value == "gone":
        del x[at[-1]]
    else:
        x[at[-1]] = value

def attempt(name, good, at, value):
    """Whether it was refused, and what is wrong with that."""
    if not hasattr(mine, "folder"):
        mine.folder = f"bent{next(folders)}"
        shutil.copytree("run", mine.folder)
    bad, path, out = copy.deepcopy(good), f"{mine.folder}/{name}.json", mine.folder + "-out"
    put(bad, at, value)
    with open(path, "w") as f:
        json.dump(bad, f)
    r = subprocess.run([program, "report", "-o", out, mine.folder, "-q"], capture_output=True, timeout=120)
    shutil.copy(f"run/{name}.json", path)
    said, what = r.stderr.decode(errors="replace"), f"{name} {at} {value!r}: "
    if r.returncode == 2:
        fine = said.count("\n") == 1 and f"{path}: /" in said
        return True, "" if fine else what + repr(said)
    if r.returncode not in (0, 1):
        return False, what + f"exit {r.returncode}"
    page = open(out + "/report.html", encoding="utf-8").read()
    json.load(open(out + "/report.json", encoding="utf-8"))
    return False, what + "nan, inf or a tag on the page" if re.search(r"[^\w+/.-]-?(nan|inf)[^\w+/]|<b>\x01", page) else ""

jobs = []
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for name in files:
        good, seen = json.load(open(f"run/{name}.json")), set()
        for at in places(good):
            pattern = tuple("*" if isinstance(k, int) else k for k in at)
            if not at or pattern in seen or pattern[0] in ("clip_list", "provenance") and len(at) > 2:
                continue
            seen.add(pattern)
            for value in OTHER if os.environ.get("FULL") else [OTHER[(5 * len(seen) + i) % len(OTHER)] for i in (0, 7)]:
                jobs.append(pool.submit(attempt, name, good, at, value))
    found = [job.result() for job in jobs]
wrong = [what for _, what in found if what]
refused = sum(was for was, _ in found)
print("; ".join(wrong[:5]) or "right")
print(len(found), refused, len(found) > 400 and refused > 200, file=sys.stderr)
PY
cat >run/map.json <<'JSON'
{"provenance": {"command": "by hand"}, "chips": 1, "report": [{"chip": 0, "core": 1, "neurons": 2, "weights": 9, "rms": 0.1,
 "rms_of_one_entry": 0.2, "worst": 0.5, "of_several_entries": 1, "bias_error": -0.01, "bias_worst": "Idc"}],
 "silent": [{"neuron": 1, "why": "no input"}]}
JSON
cat >run/quantise.json <<'JSON'
{"provenance": {"command": "by hand"}, "matrices": [{"matrix": "w.csv", "weights": 9, "base_currents": [1, 2, 4, 8.5],
 "rms": 0.1, "worst": 0.3, "proved": true, "boxes": 5, "masks": [[1]]}]}
JSON
cp -r run bent
expect "every field as something else: refused by name, or a page" right "$(python3 fields.py "$spiketwin" 2>tried.txt)"
expect "they were tried, and many refused" True "$(sed 's/.* //' tried.txt)"

refuse() { # NAME MESSAGE FOLDER...
    local name=$1 message=$2
    shift 2
    rm -rf none
    "$spiketwin" report -o none "$@" -q >out.txt 2>err.txt
    expect "$name" "2 1 spiketwin report: $message no page" \
        "$? $(wc -l <err.txt) $(<err.txt) $([ -e none/report.html ] && echo page || echo no page)"
}
bend() { # FILE SED: of a fresh copy; it has to change something
    rm -rf bent && cp -r run bent && sed -i -E "$2" "bent/$1"
    cmp -s "run/$1" "bent/$1" && bad "bend $1" "the edit changes nothing: $2"
}
mkdir empty half
cp run/train.json half
refuse "an empty folder" "empty/train.json: No such file or directory (made by spiketwin train)" empty
refuse "no such folder" "nowhere/train.json: No such file or directory (made by spiketwin train)" nowhere
refuse "half a run" "half/predict.json: No such file or directory (made by spiketwin predict half -d clips)" half
bend cosim.json 's/"words": 1234567/"words": NaN/'
refuse "NaN" "bent/cosim.json:1: not JSON" bent
bend cosim.json 's/"words": 1234567/"words": 1e999/'
refuse "a number beyond all" "bent/cosim.json: /words is inf, allowed whole numbers 1 or more" bent
bend cosim.json 's/$/ x/'
refuse "something behind the JSON" "bent/cosim.json:1: not JSON" bent
bend train.json 's/^\{/[/;s/^\}/]/'
refuse "no object" "bent/train.json:2: not JSON" bent
bend predict.json '0,/"accuracy":/s//"accuracy": 7, "accuracy":/'
refuse "a field twice: the first counts" "bent/predict.json: /accuracy is missing or not an object" bent
bend predict.json '0,/"accuracy":/s//"right": {"chip": 3}, "accuracy":/'
refuse "a part of the report in predict.json" "bent/predict.json: /right is none of its fields" bent
bend predict.json 's/"n":\t4/"n":\t5/'
refuse "chips that are not listed" "bent/predict.json: /accuracy/chips/n is 5, /chips has 4 and the nominal one" bent
bend log.jsonl 's/"loss":[0-9.]+/"loss":nan/'
refuse "a loss that is no number" "bent/log.jsonl: line 1: not a JSON object, or torn" bent
bend log.jsonl '$s/"loss.*//'
refuse "a torn log" "bent/log.jsonl: line 6: not a JSON object, or torn" bent

# Names that mean something elsewhere.
nasty=$'r<script>alert("5\')&~0\e]0;x\a\xff\xc3(#'
mv bent "$nasty" && rm -rf "${nasty:?}"/* && cp run/* "$nasty"
"$spiketwin" report -o nasty "$nasty" -q >out.txt 2>err.txt
expect "a folder of a nasty name: exit" 0 $?
cat >nasty.py <<'PY'
import html.parser, json
page, report = open("nasty/report.html", encoding="utf-8").read(), json.load(open("nasty/report.json", encoding="utf-8", errors="replace"))
class Text(html.parser.HTMLParser):
    tags, text, titles = set(), "", set()
    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.titles |= {v for k, v in attrs if k == "title"}
    def handle_data(self, data):
        self.text += data
t = Text()
t.feed(page)
name = 'r<script>alert("5\')&~0\ufffd]0;x\ufffd\ufffd\ufffd(#'
print("script" in t.tags, list(report["nets"]) == [name], t.text.count(name) >= 4,
      f"/nets/{name.replace('~', '~0')}/accuracy/nominal" in t.titles, any(ord(c) < 32 and c not in "\n\t" for c in page))
PY
expect "a folder of a nasty name: text, in UTF-8" "False True True True False" "$(python3 nasty.py)"
expect "a folder of a nasty name: no control characters on the terminal" "" "$(tr -d '\n\40-\176\200-\377' <out.txt)"
mkdir a A && cp run/* a && cp run/* A
"$spiketwin" report -o both a A -q >out.txt 2>err.txt
expect "names apart by a capital are two nets" "0 A a" "$? $(python3 -c 'import json; print(*sorted(json.load(open("both/report.json"))["nets"]))')"

if [ -d "$cases/report" ]; then
    for folder in "$cases"/report/*/; do
        "$spiketwin" report -o none "$folder" -q >out.txt 2>err.txt
        rc=$?
        expect "$(basename "$folder"): refused in one line" "2 1" "$rc $(wc -l <err.txt)"
        expect "$(basename "$folder"): by file and field" 1 "$(grep -c '/[a-z-]*\.json: /' err.txt)"
    done
else
    left_out "reports that went wrong" "$cases is not there"
fi
finish
