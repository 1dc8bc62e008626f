#!/usr/bin/env python3
"""Whether the save files of a wave name what is in it.

    tests/lib/save_names.py NAME.gtkw NAME.sucl NAMES

NAMES has the wave's signals, a line each, "a.b.c[15:0]"; or it is a VCD. Prints "N signals, N in the wave, G groups, F with a fraction" of
the .gtkw and "N signals, N in the wave, G groups" of the .sucl, and what is missing. Exit code 0, or 1 where something is missing.
"""
import re
import sys


def names_of(path):
    text = open(path, encoding="utf-8").read()
    if "$enddefinitions" not in text:
        return set(text.split())
    scope, out = [], set()
    for kind, rest in re.findall(r"\$(scope|upscope|var)\s(.*?)\s*\$end", text.split("$enddefinitions")[0], re.S):
        if kind == "scope":
            scope.append(rest.split()[-1])
        elif kind == "upscope":
            scope.pop()
        else:
            out.add(".".join(scope + ["".join(rest.split()[3:])]))
    return out


def main():
    gtkw, surfer, wave = sys.argv[1:]
    there = names_of(wave)
    lines = open(gtkw, encoding="utf-8").read().splitlines()
    told = [x for x in lines if x[:1] not in "[@-*"]
    missing = [x for x in told if x not in there]
    groups = sum(x == "@800200" for x in lines)
    fractions = sum(x.startswith("[fpshift_count]") for x in lines)
    print(f"{len(told)} signals, {len(told) - len(missing)} in the wave, {groups} groups, {fractions} with a fraction")
    bare = {re.sub(r"\[.*", "", x) for x in there}
    commands = [x.split(" ", 1) for x in open(surfer, encoding="utf-8").read().splitlines()]
    added = [x[1] for x in commands if x[0] == "variable_add"]
    missing += [x for x in added if x not in bare]
    print(f"{len(added)} signals, {sum(x in bare for x in added)} in the wave, {sum(x[0] == 'divider_add' for x in commands)} groups")
    for x in missing:
        print(f"missing: {x}")
    return 1 if missing or not told or not added else 0


if __name__ == "__main__":
    sys.exit(main())
