"""Mutants of RTL: Yosys puts all of them into one netlist behind an input `mutsel`, Verilator builds
it once, a killer in C runs mutant after mutant. Mutant 0 is the RTL as it is.

Ports, parameters and names come from the sources: rtl/*.sv, model/lif/law.h, cosim/dut/dut_parameters_lif.c."""
import json
import re
import shutil

from common import BUILD, CFLAGS, KILL, ROOT, CannotRun, parallel, run, say, unique

TABLES = [f"model/{name}.c" for name in ("fields", "lif/law", "lif/lif_kind", "lif/law_fields", "lif/image", "dpi/dpi",
                                         "dpi/dpi_kind", "dpi/dpi_image", "dpi/dpi_network", "laws/law_image",
                                         "izhikevich/izhikevich", "laws/registry", "laws/reference")]
MODEL = TABLES + ["model/lif/network.c", "model/lif/kernel.c"]
LOCKSTEP = sorted(str(f.relative_to(ROOT)) for f in (ROOT / "cosim/lockstep").glob("*.c")) + ["cosim/dut/dut.c"]
CXXFLAGS = ["-std=gnu++17", "-O1", "-w", f"-I{ROOT}"]
# The sampled cells of a network: those of its layers, without the neurons, which have mutants of
# their own.
NET_CELLS = "c:*u_layer* c:*u_taps* %u c:*u_neuron* %d"
NOT_A_MUTANT = re.compile(r"-port RD_[AS]RST\b")  # of a memory: Yosys cannot write it
SEED, ALL = 1, 1000000


def fields(struct):
    """Names of the fields of a struct of model/lif/law.h."""
    text = (ROOT / "model/lif/law.h").read_text()
    body = re.search(r"struct %s \{(.*?)\n\};" % struct, text, re.S)
    if not body:
        raise CannotRun(f"model/lif/law.h: no struct {struct}")
    code = re.sub(r"//.*", "", body.group(1))
    return {n for line in code.split(";") for n in re.findall(r"(\w+)\s*(?:,|$)", line.strip())}


def describe():
    """The laws and networks of laws.h with their elaboration parameters."""
    program = BUILD / "describe"
    run(["gcc", *CFLAGS, "-o", program, KILL / "describe.c", *[f"cosim/dut/{name}.c" for name in (
        "dut_rtl", "dut_parameters_lif", "dut_parameters_dpi", "dut_parameters_any", "dut_config")], *TABLES])
    return json.loads(run([program]))


def parameters_of(rtl, top):
    """Names of the parameters that a module declares."""
    head = (rtl / f"{top}.sv").read_text().split(") (")[0]
    return set(re.findall(r"^\s*parameter\s+.*?(\w+)\s*=", head, re.M))


def constant(value):
    """A parameter's value as chparam reads it: no minus sign."""
    return f"32'sh{int(value) & 0xffffffff:08x}" if value.startswith("-") else value


def elaborate(what, top, out, rtl=ROOT / "rtl"):
    """RTLIL of a module, flat, with processes turned into cells."""
    known = parameters_of(rtl, top)
    # A seed draws by Yosys' numbers of cells: files of another top would move the draws.
    files = "*.sv" if top.startswith("stw_dpi") else "stw_[!adi]*.sv"
    sets = " ".join(f"-set {k} {constant(v)}" for k, v in what["parameters"].items() if k in known)
    run(["yosys", "-q", "-p", f"read_verilog -sv {files}; chparam {sets} {top}; hierarchy -top {top}; "
         f"proc; flatten; opt; wreduce; opt; memory_collect; write_rtlil {out}; "
         f"write_json {out.with_suffix('.json')}"], cwd=rtl)


def mutant_name(line, sources):
    """file: text of the line [operator port[bit] how], from a line of `mutate -list`."""
    words = line.split()
    option = dict(zip(words[1::2], words[2::2]))
    cell = option["-cell"]
    at = re.search(r"\$(\w+)\$([^$\s]*\.sv):(\d+)\$\d+$", cell)
    if at:
        kind, file, number = at.group(1), at.group(2), int(at.group(3))
    else:
        places = re.findall(r"-src (\S*\.sv):(\d+)", line)
        file, number = (places[-1][0], int(places[-1][1])) if places else ("", 0)
        kind = re.sub(r".*?([A-Za-z]\w*)\$\d+(\$\w*)?$", r"\1", cell)
    file = file.rsplit("/", 1)[-1]
    text = sources.get(file, {}).get(number, cell)
    inside = re.match(r"\$flatten((?:\\?[\w\[\]]+\.)+)", cell)
    path = inside.group(1).replace("\\", "")[:-1] if inside else ""
    control = f" of {option['-ctrlbit']}" if "-ctrlbit" in option else ""
    return (f"{file}: {text} [{path + ' ' if path else ''}{kind} "
            f"{option['-port'].lstrip(chr(92))}[{option['-portbit']}] {option['-mode']}{control}]")


def source_lines():
    return {f.name: {i: " ".join(t.split()) for i, t in enumerate(f.read_text().splitlines(), 1)}
            for f in (ROOT / "rtl").glob("*.sv")}


def universe(folder, seed, cells):
    """{line without selector: name} of every mutant that there is with this seed."""
    run(["yosys", "-q", "-p", f"read_rtlil orig.il; mutate -list {ALL} -seed {seed} -o all-{seed}.txt "
         f"{cells}"], cwd=folder)
    lines = (folder / f"all-{seed}.txt").read_text().splitlines()
    sources = source_lines()
    return dict(zip(lines, unique([mutant_name(line, sources) for line in lines])))


def mutate(folder, top, count, seed, cells=""):
    """Lists `count` mutants of orig.il and writes mutants.v with all of them; the list's lines."""
    bits = count.bit_length()
    run(["yosys", "-q", "-p", f"read_rtlil orig.il; "
         f"mutate -list {count} -seed {seed} -ctrl mutsel {bits} 1 -o drawn.txt {cells}"], cwd=folder)
    lines = [line for line in (folder / "drawn.txt").read_text().splitlines() if not NOT_A_MUTANT.search(line)]
    lines = [re.sub(r"(-ctrl mutsel \d+) \d+", rf"\1 {i}", line) for i, line in enumerate(lines, 1)]
    (folder / "list.txt").write_text("".join(f"{line}\n" for line in lines))
    run(["yosys", "-q", "-p", f"read_rtlil orig.il; "
         f"script list.txt; opt_clean; write_json ports.json; splitnets -driver -ports; "
         f"rename {top} inner; write_verilog -noattr mutants.v; write_json mutants.json"], cwd=folder)
    with open(folder / "mutants.v", "a") as f:
        f.write(wrapper(top, ports(folder, top, "ports.json"), ports(folder, "inner", "mutants.json")))
    if not lines:
        raise CannotRun(f"{folder}: no mutants of {top}")
    return lines


def wrapper(top, words, bits, inner="inner"):
    """A module with whole words as ports around one whose words are split. A mutant that sits inside a
    word makes loops of words that are none of bits, and Verilator 5.006 computes those wrongly."""
    def vector(width):
        return f"[{width - 1}:0] " if width > 1 else ""
    head = ",\n  ".join(f"{way} {vector(width)}{name}" for name, (way, width, _) in words.items())
    pins = ",\n    ".join(f".\\{name} ({name})" for name in bits)
    return f"module {top} (\n  {head});\n  {inner} u_inner (\n    {pins});\nendmodule\n"


def ports(folder, top, file="ports.json"):
    found = json.loads((folder / file).read_text())["modules"][top]["ports"]
    return {n: (p["direction"], len(p["bits"]), p.get("signed", 0)) for n, p in found.items()}


def neuron_shim(all_ports):
    """C++ that sets each port from the field of its name and compares each output with its own."""
    words, state, stages = fields("law_neuron"), fields("law_state"), fields("law_stages")
    gathered = fields("law_gathered")
    lines = []
    for name, (way, bits, signed) in all_ports.items():
        field = re.sub(r"_[io]$", "", name)
        if name == "mutsel":
            lines.append("    top.mutsel = mutant;")
        elif name in ("clk_i", "early_i"):
            pass  # of registers that this neuron has not
        elif way == "input":
            value = (f"n->{field}" if field in words else f"before->{field}" if field in state
                     else f"acc.{field}" if field in gathered else field if field == "jitter" else None)
            if not value:
                raise CannotRun(f"stw_neuron.{name}: no field of that name in model/lif/law.h")
            lines.insert(0, f"    top.{name} = (uint64_t)(int64_t){value} & fx_umax({min(bits, 62)});")
        else:
            value = (f"e->{field}" if field in stages else f"after->{field}" if field in state
                     else None)
            if not value:
                raise CannotRun(f"stw_neuron.{name}: no field of that name in model/lif/law.h")
            got = f"top.{name}" if not signed or bits == 64 else f"fx_wrap(top.{name}, {bits})"
            lines.append(f"    if ((int64_t)({got}) != {value}) return true;")
    at = next(i for i, line in enumerate(lines) if "return" in line)
    lines.insert(at, "    top.eval();")
    lines.sort(key=lambda line: ("eval" in line) + 2 * ("return" in line))
    return """#define _Static_assert static_assert
extern "C" {
#include "model/lif/law.h"
}
#include "Vmutant.h"
#include "verilated.h"
extern "C" bool neuron_differs(int mutant, const law_neuron *n, const law_state *before,
                               law_gathered acc, int jitter, const law_stages *e,
                               const law_state *after)
{
    static VerilatedContext context;
    static Vmutant top{&context};
""" + "\n".join(lines) + "\n    return false;\n}\n"


def runtime():
    """Verilator's own part, compiled once for all."""
    out = BUILD / "verilated.o"
    root = run(["verilator", "--getenv", "VERILATOR_ROOT"]).strip()
    if not out.exists():
        run(["g++", *CXXFLAGS, f"-I{root}/include", f"-I{root}/include/vltstd", "-r", "-nostdlib", "-o",
             out, f"{root}/include/verilated.cpp", f"{root}/include/verilated_threads.cpp"])
    return root, out


def objects():
    """The model and the lockstep, as they are, compiled once for all killers."""
    folder = BUILD / "o"
    folder.mkdir(parents=True, exist_ok=True)
    for source in MODEL + LOCKSTEP:
        out = folder / (source.replace("/", "_") + ".o")
        newest = max(f.stat().st_mtime for d in ("base", "model", "cosim") for f in (ROOT / d).rglob("*.[ch]"))
        if not out.exists() or out.stat().st_mtime < newest:
            run(["gcc", *CFLAGS, "-Wno-psabi", "-c", "-o", out, source])
    return [folder / (s.replace("/", "_") + ".o") for s in MODEL], \
        [folder / (s.replace("/", "_") + ".o") for s in LOCKSTEP]


def build(folder, top, is_net, config="", found=None):
    """The killer of what is in mutants.v."""
    root, verilated = runtime()
    run(["verilator", "--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
         "-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-UNOPTFLAT", "--top-module", top, "--prefix",
         "Vmutant", "--Mdir", "v", "mutants.v"], cwd=folder)
    model, lockstep = objects()
    if is_net:
        (folder / "Vstw_net.h").write_text(f'#include "{KILL}/net_port.h"\n')
        (folder / "dut_config.h").write_text("#pragma once\n" + config)
        (folder / "shim.cpp").write_text('#include "cosim/dut/dut.cpp"\n')
    else:
        (folder / "shim.cpp").write_text(neuron_shim(found or ports(folder, top)))
    killer = "kill_net.c" if is_net else "kill_neuron.c"
    run(["gcc", *CFLAGS, "-c", "-o", folder / "killer.o", KILL / killer])
    run(["g++", *CXXFLAGS, f"-I{root}/include", f"-I{root}/include/vltstd", f"-I{folder}",
         f"-I{folder}/v", "-o", folder / "kill", folder / "shim.cpp",
         *sorted((folder / "v").glob("*.cpp")), folder / "killer.o", verilated, *model,
         *(lockstep if is_net else []), "-pthread"])


def verdicts(folder, index, count, effort):
    """Whether each mutant was killed; the original, number 0, must not be."""
    lines = run([folder / "kill", index, count, effort]).splitlines()
    killed = [line.split()[1] == "killed" for line in lines]
    if len(killed) != count + 1:
        raise CannotRun(f"{folder}: {len(killed)} verdicts of {count + 1}")
    if killed[0]:
        raise CannotRun(f"{folder.name}: the RTL as it is does not equal the model")
    return killed[1:]


def sampled(index, what, top, count, seed, effort):
    """(name, mutate line, killed) of each sampled mutant of one law or network, and the names of all
    mutants that the default seed knows."""
    is_net = top == "stw_net"
    folder = BUILD / f"{top}-{what['name']}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    elaborate(what, top, folder / "orig.il")
    lines = mutate(folder, top, count, seed, NET_CELLS if is_net else "")
    build(folder, top, is_net, what.get("config", ""))
    killed = verdicts(folder, index, len(lines), effort)
    say(f"mutants: {folder.name}: {sum(killed)} of {len(killed)} killed by words")
    cells = NET_CELLS if is_net else ""
    known = universe(folder, SEED, cells)
    mine = known if seed == SEED else universe(folder, seed, cells)
    names = [mine[re.sub(r" -ctrl \S+ \d+ \d+", "", line)] for line in lines]
    return list(zip(names, lines, killed)), set(known.values())


def planted(hand, laws, jobs, words, images):
    """(name, killed) of faults written by hand: each in a copy of rtl/, elaborated for the law or
    network that it names and put beside the others behind `mutsel`."""
    groups = {}
    for name, file, old, new, on in hand:
        groups.setdefault(on, []).append((name, file, old, new))

    def one(on):
        kind, _, law = on.partition(" ")
        index = next((i for i, w in enumerate(laws.get(kind, [])) if w["name"] == law), None)
        if index is None:
            raise CannotRun(f"{groups[on][0][0]}.mutant: on: {on}: no such law in laws.h")
        what, top = laws[kind][index], f"stw_{kind}"
        folder = BUILD / f"hand-{on.replace(' ', '-')}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        text = ""
        for k, (name, file, old, new) in enumerate([("the original", "", "", "")] + groups[on]):
            tree = folder / f"rtl{k}"
            shutil.copytree(ROOT / "rtl", tree)
            if file:
                path = tree / file.split("/")[-1]
                before = path.read_text()
                if before.count(old) != 1:
                    raise CannotRun(f"{name}.mutant: {before.count(old)} places with: {old}")
                path.write_text(before.replace(old, new))
            elaborate(what, top, folder / f"{k}.il", tree)
            run(["yosys", "-q", "-p", f"read_rtlil {k}.il; write_json ports.json; "
                 f"splitnets -driver -ports; rename {top} inner{k}; write_verilog -noattr {k}.v; "
                 f"write_json {k}.json"], cwd=folder)
            text += (folder / f"{k}.v").read_text()
            text += wrapper(f"variant{k}", ports(folder, top), ports(folder, f"inner{k}", f"{k}.json"),
                            f"inner{k}")
        found = {"mutsel": ("input", 8, 0), **ports(folder, top)}
        (folder / "mutants.v").write_text(text + selector(top, found, len(groups[on]) + 1))
        build(folder, top, kind == "net", what.get("config", ""), found)
        verdict = verdicts(folder, index, len(groups[on]), images if kind == "net" else words)
        return [(g[0], v) for g, v in zip(groups[on], verdict)]
    return [pair for part in parallel(one, sorted(groups), jobs) for pair in part]


def selector(top, all_ports, count):
    """A module of `count` variants side by side; their outputs are those of the one selected."""
    lines, pins = [], []
    for name, (way, width, _) in all_ports.items():
        if way == "output":
            lines.append(f"  wire [{count * width - 1}:0] all_{name};")
            lines.append(f"  assign {name} = all_{name}[mutsel * {width} +: {width}];")
        if name != "mutsel":
            pins.append((way, name, width))
    for k in range(count):
        to = ", ".join(f".{n}({n})" if way == "input" else f".{n}(all_{n}[{k * w} +: {w}])"
                       for way, n, w in pins)
        lines.append(f"  variant{k} u{k} ({to});")
    head = ", ".join(f"{way} [{width - 1}:0] {name}" for name, (way, width, _) in all_ports.items())
    return f"module {top} ({head});\n" + "\n".join(lines) + "\nendmodule\n"


def all_sampled(plan, jobs):
    """plan: (index, what, top, count, seed, effort) each."""
    objects(), runtime()
    return parallel(lambda p: sampled(*p), plan, jobs)
