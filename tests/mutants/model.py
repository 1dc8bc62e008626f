"""Mutants of the C model: schemata of every file, compiled once, run each in a process of its own."""
import re
import subprocess

import c_mutants
from common import BUILD, CFLAGS, KILL, ROOT, CannotRun, parallel, run, say

KILLERS = ["kill_model.c", "kill_words.c", "kill_images.c", "kill_networks.c", "kill_cases.c", "kill_many.c",
           "kill_dpi.c", "kill_dpi_rules.c", "oracle.c"]
FOLDER = BUILD / "c"
LANES = "no killer yet; evidence: equal to the reference, every instruction set, in tests/unit/"
# Not mutated, FILE or FILE:FUNCTION: the reason. A name that is not there is an error.
LEFT_OUT = {
    **dict.fromkeys(["fx_lanes16.h", "many.c", "many.h", "many_packed.h", "many_step.h",
                     "many_wide.h"], LANES + "model/lif/test_many.c"),
    **dict.fromkeys(["layers.c", "layers.h", "kernel_layers.c"], LANES + "model/lif/test_layers.c"),
    **dict.fromkeys(["kernel_many.c:same_plan", "kernel_many.c:run_layer_planned"],
                    "not run by this build, whose instruction set has no instances of its own"),
    **dict.fromkeys(["dpi_kernel.c", "dpi_lanes.c", "dpi_lanes.h", "dpi_gather.h", "fx_words.h",
                      "fx_products.h"],
                    LANES + "twin/dpi/test_dpi_lanes.c, test_dpi_layers.c and model/lif/test_network.c"),
    **dict.fromkeys([f"fx_lanes.h:{f}" for f in (
        "fxw_set", "fxw_select", "fxw_larger", "fxw_smaller", "fxw_sat")], "no killer yet: only fx_products.h calls it"),
    **dict.fromkeys(["fields.c", "fields.h", "law_fields.c", "law_fields.h"],
                    "tables for reading and writing: tests/unit/model/lif/test_fields.c holds them against image_hash"),
    **dict.fromkeys(["izhikevich.c", "izhikevich.h", "reference.c", "reference.h", "engine.c", "engine.h", "recorder.c"],
                    "no killer yet; evidence: RTL equal to the reference of any law, predictions equal to before"),
    **dict.fromkeys(["fx.h:fx_field", "fx_lanes.h:fxl_load16", "fx_lanes.h:fxl_load_bytes"],
                    "no killer yet: only many_packed.h and kernel_layers.c call it"),
    **dict.fromkeys(["fx_lanes.h:fxl_add", "fx_lanes.h:fxl_sub", "fx_lanes.h:fxl_log2"],
                    "no killer yet: only twin/chip/frontend_bin_isa.c calls it, tests/unit/twin/chip/test_frontend_bin.c checks it"),
}
MODEL = {f.name: f for f in (ROOT / "model").rglob("*.[ch]")}  # names are unique in the tree
INLINE = "static __attribute__((noinline, unused))"


def copy_of(file):
    """Where the schemata of a file of the model are, before the file itself on the compiler's path."""
    copy = FOLDER / file.relative_to(ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    return copy


def write(files, skip, by_hand):
    """Writes the schemata; (name, file) of each mutant, the first having number 1."""
    names, left = [], list(by_hand)
    for file in files:
        mine = [(n, o, w) for n, f, o, w in left if ROOT / f == file]
        untouched = [n.split(":")[1] for n in LEFT_OUT if n.startswith(f"{file.name}:")]
        text, found, rest = c_mutants.schemata(file.name, file.read_text(), len(names) + 1, skip, mine,
                                               untouched)
        if rest:
            raise CannotRun(f"{rest[0][0]}: not one function of {file.name} with: {rest[0][1]}")
        text = text.replace("static inline __attribute__((always_inline))", INLINE)
        copy_of(file).write_text(text)
        names += found
    return names


def refused(errors):
    """Numbers of the mutants that a compiler did not take, from its messages."""
    found = set()
    for file, number in re.findall(r"^(\S+?):(\d+):\d+: error", errors, re.M):
        lines = open(file).read().split("\n")
        for line in reversed(lines[:int(number)]):
            at = re.search(r"\b\w+?__(\d+)\s*\(", line)
            if at and not line.startswith("    case"):
                found.add(int(at.group(1)))
                break
    return found - {0}


def check_left_out():
    """Every name of LEFT_OUT is there, and what an earlier run made of it is not."""
    for name in LEFT_OUT:
        file, _, function = name.partition(":")
        path = MODEL.get(file)
        if not path or (function and not re.search(rf"\b{function}\(", path.read_text())):
            raise CannotRun(f"LEFT_OUT of model.py: not in model/: {name}")
        if not function:
            copy_of(path).unlink(missing_ok=True)


def build(by_hand, jobs):
    """The killer with all mutants in it; their names."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "selected.h").write_text("extern int mutant_selected;\n")
    check_left_out()
    files = [MODEL[n] for end in (".h", ".c") for n in sorted(MODEL) if n.endswith(end) and n not in LEFT_OUT]
    flags = ["gcc", "-std=gnu11", "-w", "-Wno-psabi", "-O1", "-fwrapv", "-fno-strict-aliasing", "-ftrivial-auto-var-init=pattern",
             "-fmax-errors=0", "-fsanitize=bounds,shift-exponent",
             "-fsanitize-undefined-trap-on-error",
             "-D__builtin_memcpy(a,b,n)=__builtin___memcpy_chk(a,b,n,__builtin_object_size(a,0))", f"-I{FOLDER}", f"-I{ROOT}", "-include", FOLDER / "selected.h", "-c"]
    units = [copy_of(f) for f in files if f.suffix == ".c"] + [KILL / "probe.c"]
    units += [MODEL[name] for name in LEFT_OUT if name.endswith(".c")]
    skip = set()
    for _ in range(6):
        names = write(files, skip, by_hand)

        def compile_one(unit):
            done = subprocess.run([*map(str, flags), "-o", str(FOLDER / (unit.name + ".o")), str(unit)],
                                  capture_output=True, text=True, check=False)
            return done.stderr if done.returncode else ""
        errors = "\n".join(parallel(compile_one, units, jobs))
        bad = refused(errors)
        if not errors.strip():
            break
        if not bad:
            raise CannotRun("schemata do not compile:\n" + "\n".join(errors.splitlines()[:8]))
        skip |= {names[k - 1] for k in bad}
    else:
        raise CannotRun("schemata do not compile:\n" + "\n".join(errors.splitlines()[:8]))
    run(["gcc", *CFLAGS, "-Werror", "-o", FOLDER / "kill", *(KILL / k for k in KILLERS),
         *(FOLDER / (u.name + ".o") for u in units)])
    for why in dict.fromkeys(LEFT_OUT.values()):
        say(f"mutants: left out: {' '.join(n for n in LEFT_OUT if LEFT_OUT[n] == why)}: {why}")
    say(f"mutants: model: {len(names)} mutants, {len(skip)} more do not compile")
    return names


def verdicts(names, chosen, jobs):
    """{name: killed} of the chosen mutants (numbers); the original first."""
    if "survived" not in run([FOLDER / "kill", 0]):
        raise CannotRun("model: the original does not pass its own checks")
    first = {"image.c": "i", "lif_kind.c": "i", "law_kind.h": "i", "registry.c": "i", "dpi_kind.c": "d",
             "network.c": "n", "kernel.c": "n", "law_lanes.h": "n", "network.h": "n",
             "kernel_many.c": "m",
             "dpi.c": "d", "dpi.h": "d", "dpi_image.c": "d", "dpi_network.c": "d", "dpi_network.h": "d", "law_image.c": "i"}
    named = [f"{k}:{first.get(names[k - 1].split(':')[0], 'w')}" for k in chosen]
    parts = [named[i::8 * jobs] for i in range(8 * jobs)]
    lines = parallel(lambda part: run([FOLDER / "kill", *part], limit=3600) if part else "", parts, jobs)
    out = {}
    for line in "".join(lines).splitlines():
        number, verdict = line.split()[:2]
        out[names[int(number) - 1]] = verdict == "killed"
    if len(out) != len(chosen):
        raise CannotRun(f"model: {len(out)} verdicts of {len(chosen)}")
    return out
