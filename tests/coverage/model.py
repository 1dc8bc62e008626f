"""Lines and branches of model/ that ran, from gcov's JSON.

A file that is compiled several times, a kernel for each instruction set or a header in each source,
counts once: a line or branch is hit if it was in any object. So do the copies of a function that is
always inlined, one for each law that the kernel is made for: gcov gives them no name, and of their
branches only the outcome, the first or the second way, is told apart.
"""
import json
import subprocess


def read(objects, folder):
    """{(file, line, kind, what): hits}; kind line or branch, what the function and branch number."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *objects],
                          capture_output=True, text=True, check=True)
    points = {}

    def add(key, hits):
        points[key] = points.get(key, 0) + hits

    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            if not file["file"].startswith(folder + "/"):
                continue
            name = file["file"][len(folder) + 1:]
            for line in file["lines"]:
                number, function = line["line_number"], line.get("function_name", "")
                add((name, number, "line", ""), line["count"])
                for i, branch in enumerate(line["branches"]):
                    what = f"{function} {i + 1} of {len(line['branches'])}" if function else \
                        f"way {i % 2 + 1}"
                    add((name, number, "branch", what), branch["count"])
    return points
