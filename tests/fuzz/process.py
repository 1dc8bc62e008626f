#!/usr/bin/env python3
"""Fuzzes what only the whole program reads: a run folder's files, and the numbers of its command line.

    tests/fuzz/process.py KIND --seconds N --program SPIKETWIN --found FOLDER [--seed N]
    tests/fuzz/process.py --list

Right is: exit 0, 1 or 2; at 2 one line on stderr and nothing in the place of the result; at 0 JSON that is
JSON and a page without markup of an input's; no sanitizer's word, over within 20 s. The last line of stdout
is JSON: {"executions": n, "found": [what]}; the input of each find lies under FOLDER.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENOUGH = 5  # finds, then it stops
COSIM = {"provenance": {"version": "v", "command": "spiketwin cosim", "seed": 1, "threads": 1, "compiler": "c",
                        "machine": "m"},
         "words": 1234567, "spikes": 89, "differ": 0, "decisions": {"compared": 8, "differ": 0},
         "chips": [{"k": k, "words": 617000, "differ": 0, "clips": 4, "twin_correct": 3, "rtl_correct": 3,
                    "decisions_differ": 0} for k in (0, 3)]}
MARKUP = "<script>fuzz</script>"
ODD = [None, True, -1, 0, 1, 0.5, 1e308, -1e308, 2**31, -2**31 - 1, 2**53, 10**400, float("nan"), float("inf"), "",
       "x" * 3000, MARKUP, "\x1b[2J", "a\nb", "\ud800", "'\"`$(id)", [], {}, [1, 2], [[[[]]]], {"k": 1}, [None] * 40]
NUMBERS = ["", " ", "-", "+", ".", "-0", "00", "1 ", " 1", "1x", "0x10", "1e3", "1e999", "-1e999", "nan", "inf", "-nan",
           "2147483648", "-2147483649", "4294967295", "4294967296", "18446744073709551616", "9" * 500, "1.", ".5", "1,",
           ",", "1,,2", "0..", "..3", "3..1", "0..99999999999", "1..2..3", "1-2", "\u0663", "\x1b[2J", "%s%n", "1\n2"]


def change_json(random_, json_):
    """One place of a document: another value, gone, or a member more."""
    at, places = [json_], []
    while at:
        node = at.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            places.append((node, key))
            if isinstance(value, (dict, list)):
                at.append(value)
    if not places:
        return
    node, key = random_.choice(places)
    how = random_.randrange(10)
    if how == 0:
        del node[key]
    elif how == 1 and isinstance(node, list):
        node[:] = node * random_.choice([2, 50]) if len(node) < 100 else []
    elif how == 2 and isinstance(node, dict):
        node[random_.choice(["", MARKUP, "k", "x" * 300])] = node.pop(key)
    else:
        node[key] = random_.choice(ODD)


def change_bytes(random_, data):
    data = bytearray(data)
    for _ in range(random_.choice([1, 1, 2, 8])):
        if not data:
            break
        i, how = random_.randrange(len(data)), random_.randrange(6)
        if how == 0:
            del data[i:]
        elif how == 1:
            data[i] = random_.randrange(256)
        elif how == 2:
            data[i:i] = random_.choice([b"\0", b"[" * 20000, b"{\"a\":" * 3000, b"\xff\xfe", b"1e9999", b"\n", b"-"])
        elif how == 3:
            del data[i:i + random_.randrange(1, 60)]
        elif how == 4:
            k = random_.randrange(len(data))
            data[i:i] = data[k:k + random_.randrange(1, 200)]
        else:
            data[i] ^= 1 << random_.randrange(8)
    return bytes(data)


def change_file(random_, path):
    text = path.read_bytes()
    if random_.random() < 0.3:
        path.write_bytes(change_bytes(random_, text))
    elif path.suffix == ".jsonl":
        lines = text.splitlines()
        i = random_.randrange(len(lines))
        row = json.loads(lines[i])
        change_json(random_, row)
        lines[i] = json.dumps(row).encode()
        path.write_bytes(b"\n".join(lines) + b"\n")
    else:
        document = json.loads(text)
        for _ in range(random_.choice([1, 1, 1, 3])):
            change_json(random_, document)
        path.write_bytes(json.dumps(document, ensure_ascii=random_.random() < 0.8).encode(errors="replace"))


class Kind:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *command, **more):
        return subprocess.run([self.program, *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                              cwd=self.folder, **more)

    def must(self, *command):
        done = subprocess.run([self.program, *command], capture_output=True, cwd=self.folder)
        if done.returncode:
            sys.exit(f"{command}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def wrong(self, done):
        """What is wrong with how the program ended, or None."""
        said = done.stderr.decode(errors="replace")
        for mark in ("ERROR: AddressSanitizer", "runtime error:", "ERROR: LeakSanitizer"):
            if mark in said:
                return next(line for line in said.splitlines() if mark in line)[:200]
        if done.returncode not in (0, 1, 2):
            return f"exit {done.returncode}: {said[-200:]}"
        if done.returncode == 2 and (said.count("\n") != 1 or any(ord(c) < 32 and c != "\t" for c in said[:-1])):
            return f"a refusal that is not one line: {said[:200]!r}"
        return None


class Report(Kind):
    """The folder of a run, read by `report`."""

    def prepare(self):
        clips = self.folder / "clips"
        subprocess.run([sys.executable, ROOT / "tests/lib/clips.py", "corpus", clips, "16", "1"], check=True)
        self.must("train", "-d", "clips", "--held-percent", "40", "-e", "2", "-b", "8", "--hidden", "4", "-q", "-o", "run")
        for name, command in {
                "predict": ["predict", "run/net.nir", "-d", "clips", "-n", "3", "-l", "0.4", "--attribution", "--sweep",
                            "jitter=0,0.1"],
                "sensitivity": ["sensitivity", "run/net.nir", "-d", "clips", "-n", "2"],
                "replay-right": ["replay", "run/net.nir", "-d", "clips", "--virtual-chip", "2", "--clip", "right"],
                "replay-wrong": ["replay", "run/net.nir", "-d", "clips", "--virtual-chip", "2", "--clip", "wrong"]}.items():
            (self.folder / f"run/{name}.json").write_bytes(self.must(*command, "-q", "--json"))
        (self.folder / "run/cosim.json").write_text(json.dumps(COSIM))
        self.files = [p.name for p in (self.folder / "run").iterdir() if p.suffix in (".json", ".jsonl")]

    def once(self, random_):
        changed, out = self.folder / "changed", self.folder / "out"
        for folder in (changed, out):
            shutil.rmtree(folder, ignore_errors=True)
        changed.mkdir()
        for name in self.files:
            shutil.copy(self.folder / "run" / name, changed)
        change_file(random_, changed / random_.choice(self.files))
        self.input = changed
        done = self.run("report", "-o", "out", "changed", "-q")
        wrong = self.wrong(done)
        if wrong:
            return wrong
        if done.returncode == 2:
            return "a page beside exit 2" if any(out.glob("*.html")) else None
        for file in out.iterdir():
            text = file.read_bytes().decode()  # UTF-8, or it ends here
            if file.suffix == ".json":
                json.loads(text)
            elif MARKUP in text:
                return f"{file.name} has markup of the input"
        return None


class Resume(Kind):
    """The log of a run that goes on."""

    def prepare(self):
        clips = self.folder / "clips"
        subprocess.run([sys.executable, ROOT / "tests/lib/clips.py", "corpus", clips, "8", "1"], check=True)
        self.options = ["train", "-d", "clips", "--held-percent", "40", "-b", "8", "--hidden", "4", "-q", "-e", "2", "-o"]
        self.must(*self.options, "run")

    def once(self, random_):
        changed = self.folder / "changed"
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(self.folder / "run", changed)
        change_file(random_, changed / "log.jsonl")
        self.input = changed
        done = self.run(*self.options, "changed", "--resume")
        return self.wrong(done)


class Numbers(Kind):
    """Numbers of the command line, where no data are: each ends with 2. Not of cosim, which builds RTL first."""

    def prepare(self):
        pass

    def once(self, random_):
        net = str(ROOT / "vectors/tiny.nir")
        options = {"predict": ["-n", "-l", "-s", "-k", "--width", "--bootstrap", "--sweep", "-j", "--held-percent"],
                   "train": ["-e", "-b", "-s", "--lr", "-j", "--held-percent", "--hidden", "--patience"],
                   "gen": ["-n", "-k", "-s"], "check": ["-k", "-s"], "info": ["-k", "-s"], "replay": ["--virtual-chip", "--clip", "-s"],
                   "sensitivity": ["-n", "-s"], "calibrate": ["-n", "-s"]}
        verb = random_.choice(list(options))
        value = random_.choice(NUMBERS) if random_.random() < 0.7 else "".join(
            random_.choice("0123456789.-+eExX,=: nani\u00e9\x7f") for _ in range(random_.randrange(1, 12)))
        command = [verb] + ([net] if verb != "train" else []) + [random_.choice(options[verb]), value, "-q"]
        if verb not in ("check", "info"):
            command += ["-d", "none"]
        self.input = command
        done = self.run(*command)
        if verb != "info" and done.returncode not in (2,) and b"Sanitizer" not in done.stderr:
            return f"exit {done.returncode}, wanted 2: {command}"
        return self.wrong(done)


KINDS = {"report": Report, "resume": Resume, "numbers": Numbers}


def keep(kind, found, n):
    to = found / str(n)
    shutil.rmtree(to, ignore_errors=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(kind.input, list):
        to.write_text(json.dumps(kind.input))
    else:
        shutil.copytree(kind.input, to)


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--list", action="store_true")
    parse.add_argument("kind", nargs="?", choices=KINDS)
    parse.add_argument("--seconds", type=float, default=10)
    parse.add_argument("--program", type=pathlib.Path)
    parse.add_argument("--found", type=pathlib.Path)
    parse.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    o = parse.parse_args()
    if o.list:
        print(*KINDS)
        return
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99:allocator_may_return_null=1"  # a refusal ends the process with all it holds
    random_, executions, found = random.Random(o.seed), 0, []
    with tempfile.TemporaryDirectory(prefix="spiketwin-fuzz.") as folder:
        kind = KINDS[o.kind](o.program.resolve(), pathlib.Path(folder))
        kind.prepare()
        end = time.time() + o.seconds
        while time.time() < end and len(found) < ENOUGH:
            try:
                wrong = kind.once(random_)
            except subprocess.TimeoutExpired:
                wrong = "over 20 s"
            except ValueError as bad:  # no UTF-8, or no JSON
                wrong = f"a result that cannot be read: {bad}"[:200]
            executions += 1
            if wrong:
                keep(kind, o.found, len(found))
                found.append(wrong)
    print(json.dumps({"executions": executions, "found": found}))


main()
