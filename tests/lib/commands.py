#!/usr/bin/env python3
"""The commands that a page or `spiketwin VERB --help` prints, as scripts.

    tests/lib/commands.py page PAGE OUT          fenced blocks of language sh (or python) of a Markdown file
    tests/lib/commands.py help PROGRAM OUT       what stands behind "Example:" in the --help of each verb

Writes OUT/LINE.sh (.py), with as many empty lines above as the block has in its page, or OUT/VERB-N.sh for a line of an example, and tells of each block: KIND, tab, name
of the script, tab, place, tab, reason. KIND says what an HTML comment above the block says of it:

    run        nothing: it is run as it stands
    long       <!-- long: REASON -->        run by make verify-full alone
    left_out   <!-- left out: REASON -->    not run
    other      <!-- run by TEST, or <!-- open: .. -->    another test of ours runs it
    none       a verb has no example
    stray      a block of commands that nothing runs: it is not sh
"""
import os
import pathlib
import re
import subprocess
import sys

COMMAND = re.compile(r"(\$ |[A-Z_]+=\S+ )?(spiketwin|make|mpirun|python3?|pip|pkg-config|iverilog|verilator|vvp|cc|gcc|sudo|apt|git|cd|mkdir|tar|"
                     r"\S*/bin/\S+|\.?(scripts|tests|examples|build|ci)/\S+) ")
SAYS = re.compile(r"<!-- (long|left out|run by|open):? (.*?) ?-->$")


def blocks(text):
    """(number of the first line, language or "" of an indented block, lines, what the comment above says)"""
    lines = text.split("\n")
    at, above = 0, ""
    while at < len(lines):
        line = lines[at]
        fence = re.match(r"( *)(```+)(\w*)", line)
        indented = line.startswith("    ") and (at == 0 or not lines[at - 1].strip()) and not re.match(r" +([-*]|\d+\.) ", line)
        if fence:
            end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[2]), len(lines))
            yield at + 2, fence[3], lines[at + 1:end], above
            at = end
        elif indented:
            end = next((i for i in range(at, len(lines)) if lines[i].strip() and not lines[i].startswith("    ")), len(lines))
            yield at + 1, "", lines[at:end], above
            at = end - 1
        if line.strip():
            above = line.strip()
        at += 1


def page(path, out):
    for first, language, lines, above in blocks(pathlib.Path(path).read_text()):
        place = f"{os.path.relpath(path, pathlib.Path(__file__).parents[2])}:{first}"
        said = SAYS.match(above)
        if language in ("sh", "python"):
            name = f"{first}.{'sh' if language == 'sh' else 'py'}"
            (out / name).write_text("\n" * (first - 1) + "\n".join(lines) + "\n")
            kind = {"long": "long", "left out": "left_out", "run by": "other", "open": "other"}[said[1]] if said else "run"
            yield kind, name, place, said[2] if said else ""
        elif any(COMMAND.match(line.strip() + " ") for line in lines):
            yield "stray", "-", place, "commands in a block that is not ```sh"


def examples(program, out):
    environment = dict(os.environ, ARGP_HELP_FMT="rmargin=4000")
    ask = lambda *words: subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=True).stdout
    for verb in [line.split("\t")[0] for line in ask("--complete").splitlines()]:
        found = re.search(r"^Examples?: +(.*(?:\n +.*)*)", ask(verb, "--help"), re.M)
        if found:
            for at, line in enumerate(found[1].split("\n")):
                name = f"{verb}-{at}.sh"
                (out / name).write_text("\n" + line.strip() + "\n")
                yield "run", name, f"spiketwin {verb} --help: {' '.join(line.split())}", ""
        else:
            yield "none", "-", f"spiketwin {verb} --help", "no example"


def main():
    what, source, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    for row in (page if what == "page" else examples)(source, out):
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
