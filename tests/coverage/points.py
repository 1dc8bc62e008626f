"""Coverage points of Verilator's .dat files, and exclusions that people write down with a reason.

Points are counted one by one: verilator_coverage prints percentages that do not count points. A
point is a place of the source: file, line, column, kind and, for toggles, signal and bit. It is hit
if it was in any elaboration, any instance.
"""
import os
import re


def read(paths, folder):
    """{(file, line, column, kind, what): hits} of the files in `folder`; kind is line or toggle.

    Branches of if and case (page v_branch) are lines of code that run or do not: kind line.
    """
    points = {}
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for record in file:
                if not record.startswith("C '"):
                    continue
                end = record.rindex("'")
                keys = dict(part.split("\x02", 1) for part in record[3:end].split("\x01")[1:])
                if os.path.basename(os.path.dirname(keys["f"])) != folder:
                    continue
                page = keys["page"].split("/")[0]
                kind = {"v_line": "line", "v_branch": "line", "v_toggle": "toggle"}[page]
                key = (os.path.basename(keys["f"]), int(keys["l"]), int(keys["n"]), kind, keys["o"])
                points[key] = points.get(key, 0) + int(record[end + 1:])
    return points


def exclusions(path):
    """[[kind, file, regex, reason, matches]]: lines `kind | file | regex | reason`."""
    rules = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            # Bars without blanks around them are the regexes' own.
            kind, name, regex, reason = (part.strip() for part in line.split(" | ", 3))
            if not reason:
                raise ValueError(f"{path}:{number}: an exclusion without a reason")
            try:
                rules.append([kind, name, re.compile(regex), reason, 0])
            except re.error as why:
                raise ValueError(f"{path}:{number}: {why}") from why
    return rules


def excluded(rules, kind, file, what):
    """Whether a rule takes this point out; counts the match. Only points that were not hit are asked
    for, so that a rule for what has become reachable matches nothing and is told."""
    for rule in rules:
        if rule[0] == kind and re.fullmatch(rule[1], file.rsplit("/", 1)[-1]) and rule[2].fullmatch(what):
            rule[4] += 1
            return True
    return False
