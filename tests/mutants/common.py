"""What the parts of the mutation runner share: places, processes, progress."""
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KILL = HERE / "kill"
BUILD = ROOT / "build" / "mutants"
CFLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-D_GNU_SOURCE",
          f"-I{ROOT}"]


class CannotRun(Exception):
    """Not a verdict: a tool is missing, a build failed, the original does not pass."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(argv, cwd=ROOT, stdin=None, limit=600):
    """Standard output of a program; CannotRun with its last lines if it fails."""
    argv = [str(a) for a in argv]
    try:
        done = subprocess.run(argv, cwd=cwd, input=stdin, capture_output=True, text=True,
                              timeout=limit, check=False)
    except FileNotFoundError as error:
        raise CannotRun(f"{argv[0]}: not installed (scripts/install)") from error
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"{argv[0]}: not done after {limit} s") from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        raise CannotRun(f"{' '.join(argv[:6])} ...: exit {done.returncode}\n{tail}")
    return done.stdout


def parallel(function, items, jobs):
    """Results in the order of the items; the work itself is in child processes."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(function, items))


class Group:
    """A row of the table."""

    def __init__(self, name):
        self.name = name
        self.total = self.killed = self.equivalent = 0
        self.survived = []

    def add(self, name, verdict):
        self.total += 1
        if verdict == "killed":
            self.killed += 1
        elif verdict == "equivalent":
            self.equivalent += 1
        else:
            self.survived.append(name)

    def json(self):
        return {"name": self.name, "total": self.total, "equivalent": self.equivalent,
                "killed": self.killed, "survived": self.survived}


def unique(names):
    """The names, those that come again with their number."""
    seen, out = {}, []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out
