"""The lemmas: what is stated of which law or stage, for all words; and how one is decided."""
import re
import threading
import time

import smt
from llvm_smt import Function, Unsupported

ROUNDS = ("floor", "nearest_even", "toward_zero", "ceiling", "away_from_zero")
CLANG = ("-std=c11", "-O2", "-S", "-emit-llvm", "-fno-vectorize", "-fno-slp-vectorize",
         "-Wno-initializer-overrides", "-mllvm", "-inline-threshold=1000000", "-mllvm",
         "-unroll-threshold=1000000", "-mllvm", "-unroll-peel-count=63")
SECONDS = 120
# More spikes than this a tick are beyond the solvers at 16 bits: repeated subtraction against a
# division that restores. These outputs are exhausted instead, and with 8 bits proven.
MOST_SPIKES, NARROW = 7, 8


class Lemma:
    """One question: does C's function differ from the RTL's output for any words?"""

    def __init__(self, name, what, rtl, function, arguments, output, given=(), most=0, replay=(),
                 earlier=(), associates=False):
        self.name, self.what, self.rtl, self.function = name, what, rtl, function
        self.arguments, self.output, self.given = arguments, output, given
        self.most, self.replay, self.earlier, self.associates = most, replay, earlier, associates
        self.result, self.how, self.seconds, self.words, self.values = None, "", 0.0, [], None

    def c_side(self, multiply, prefix="c"):
        return self.function.smt(prefix, [t for _, t in self.arguments], multiply)

    def exact(self, given=()):
        differ = f"(distinct |c.%ret| {self.output})".replace("%", "")
        return [*self.rtl.declared(), *self.c_side(lambda a, b, _: f"(bvmul {a} {b})"),
                *(f"(assert {g})" for g in (*self.given, *given))], f"(assert {differ})"

    def symbolic(self):
        instances = []

        def multiply(a, b, bits):
            a, b = smt.extended(a, bits, True), smt.extended(b, bits, True)
            instances.append((a, b))
            return smt.low(f"(product {a} {b})", bits)
        rtl, _, axioms = self.rtl.symbolic()
        c = self.c_side(multiply)
        # What the lemmas of the stages before say for the same words. They hold for all words if they
        # are proven, and a law counts as proven only with all of its lemmas.
        facts = []
        for k, one in enumerate(self.earlier):
            c += one.c_side(multiply, f"c{k}")
            facts.append(f"(= |c{k}.ret| {one.output})")
        axioms += [f"(= (product {a} {b}) (product {b} {a}))" for a, b in instances]
        axioms += smt.small_products(instances, self.most) if self.most else []
        axioms += smt.associated(instances) if self.associates else []
        return [*rtl, *c, *(f"(assert {t})" for t in (*self.given, *axioms, *facts)),
                f"(assert (distinct |c.ret| {self.output}))"]

    def prove(self, solver, folder):
        start = time.time()
        path = folder / (re.sub(r"\W+", "_", f"{self.name} {self.what} {threading.get_ident()}")
                         + ".smt2")
        self.result, _ = solver.ask(self.symbolic(), path, SECONDS)
        self.how = "product as a symbol" if "(bvmul " in self.rtl.text else "exact"
        if self.result == "sat" or (self.result == "unknown" and "(bvmul " in self.rtl.text):
            # For some function, which may not be multiplication: asked again with the true product.
            self.how = "true product"
            lines, differ = self.exact()
            self.result, words = solver.ask([*lines, differ], path, SECONDS,
                                            [t for _, t in self.arguments])
            if self.result == "sat":
                self.words = [signed(w) for w in words]
                self.values = self.at(self.words, solver, path)
        self.seconds = round(time.time() - start, 2)
        if self.result == "unsat":
            path.unlink()
        return self

    def at(self, words, solver, path):
        """(C's, RTL's) value for words that are fixed."""
        fixed = [f"(= {t} (_ bv{w % (1 << 64)} 64))"
                 for (_, t), w in zip(self.arguments, words, strict=True)]
        lines, _ = self.exact(fixed)
        result, values = solver.ask(lines, path, SECONDS, ["|c.ret|", self.output])
        if result != "sat":
            raise smt.CouldNotRun(f"{self.name} {self.what}: no case for words {words}")
        return [signed(v) for v in values]


class Operands:
    """That the words which the RTL multiplies are as narrow as the axiom of their product says."""

    def __init__(self, name, rtl):
        self.name, self.what, self.rtl = name, "operands of products", rtl
        self.result, self.how, self.seconds, self.words, self.values = None, "exact", 0.0, [], None
        self.lines, self.operands, _ = rtl.symbolic()

    def prove(self, solver, folder):
        start = time.time()
        path = folder / (re.sub(r"\W+", "_", f"{self.name} {self.what}") + ".smt2")
        claim = "(and true " + " ".join(self.operands) + ")"
        self.result, _ = solver.ask([*self.lines, f"(assert (not {claim}))"], path, SECONDS)
        self.seconds = round(time.time() - start, 2)
        return self


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def compile_c(root, number, path):
    smt.run("clang", *CLANG, f"-DCONFIGURATION={number}", "-I", root, "-x", "c", "-o", path,
            root / "tests/proof/functions.h")
    return path.read_text()


def of_law(root, sources, module, number, name, folder):
    """One lemma an output of the whole step; and the RTL, whose log says what it is made of."""
    ir = compile_c(root, number, folder / f"{name}.ll")
    top = folder / f"{name}.sv"
    top.write_text(smt.run(module, "free", number))
    rtl = smt.Rtl([*sources, top], "free", {}, folder / f"{name}.rtl.smt2")
    ports = [line.split() for line in smt.run(module, "ports", number).splitlines()]
    arguments = [(port, smt.extended(*rtl.port(f"{port}_i"), is_signed == "1"))
                 for way, port, _, is_signed in ports if way == "in"]
    top_text = top.read_text()
    has = int(re.search(r"\.Currents\((\d+)\)", top_text)[1])
    most = int(re.search(r"\.MaxSpikes\((\d+)\)", top_text)[1])
    lemmas, earlier = [Operands(name, rtl)] if "(bvmul " in rtl.text else [], []
    outputs = [row for row in ports if row[0] == "out"]
    # The next u and u2 first: the current is their sum.
    in_order = sorted(enumerate(outputs), key=lambda row: row[1][1] not in ("u", "u2"))
    for place, (_, port, _, is_signed) in in_order:
        # A word that the law has not stays what it was in C and is 0 in the RTL.
        if port in ("u", "u2")[has:] or (port in ("fire", "reset") and most > MOST_SPIKES):
            continue
        output = smt.extended(*rtl.port(f"{port}_o"), is_signed == "1")
        lemmas.append(Lemma(name, port, rtl, Function(ir, f"step_{port}"), arguments, output,
                            most=most if port == "reset" and most > 1 else 0,
                            replay=("step", number, place), earlier=tuple(earlier)))
        earlier += lemmas[-1:] if port in ("u", "u2", "leak", "integrate", "clamp", "fire") else []
    return lemmas, rtl


def used(rtl, module):
    """The parameters with which a module of rtl/ is elaborated in a law's neuron."""
    found = set()
    for text in re.findall(rf"AST for module `\\{module}'\.\n((?:Parameter .*\n)+)", rtl.log):
        found.add(tuple(sorted((k, int(v)) for k, v in
                               re.findall(r"Parameter \\(\w+) = (-?\d+)", text))))
    return found


def stage(root, sources, module, parameters, ir, folder, lemma):
    label = " ".join(f"{k}={v}" for k, v in parameters.items())
    path = folder / (re.sub(r"\W+", "_", f"{module} {label}") + ".smt2")
    return lemma(label, smt.Rtl(sources, module, parameters, path))


def of_stages(root, sources, laws, folder, full):
    """stw_shr, stw_clamp and stw_fire with every parameter that the laws use, each alone."""
    ir = compile_c(root, 0, folder / "stages.ll")

    def port(rtl, name, is_signed):
        return name, smt.extended(*rtl.port(name), is_signed)

    def word(value):
        return "bits", f"(_ bv{value} 64)"
    found = {m: sorted(set().union(*(used(rtl, m) for rtl in laws)))
             for m in ("stw_shr", "stw_clamp", "stw_fire")}
    found["stw_fire"] = [p for p in found["stw_fire"] if dict(p)["MaxSpikes"] <= MOST_SPIKES]
    # As many spikes as there can be, with either comparison.
    found["stw_fire"] += [] if not full else [(("FireGt", gt), ("MaxSpikes", most), ("MembraneBits", NARROW))
                                              for gt in (0, 1) for most in (15, 31, 63)]
    lemmas = []
    shr = {(dict(p)["InW"], dict(p)["MaxN"], dict(p)["Round"]) for p in found["stw_shr"]}
    for in_w, most, how in sorted(shr):
        # One bit more than x: nothing that a caller could cut off stays unproven.
        p = {"InW": in_w, "OutW": in_w + 1, "MaxN": most, "Round": how}
        lemmas.append(stage(root, sources, "stw_shr", p, ir, folder, lambda label, rtl: Lemma(
            f"stw_shr {label}", ROUNDS[how], rtl, Function(ir, f"shr_{how}"),
            [port(rtl, "x_i", True), port(rtl, "n_i", False)],
            smt.extended(*rtl.port("y_o"), True),
            [f"(bvule {port(rtl, 'n_i', False)[1]} (_ bv{most} 64))"],
            replay=(f"shr_{how}",))))
    for p in map(dict, found["stw_clamp"]):
        p.setdefault("Symmetric", 0)  # laws that have no such choice do not tell it
        how = (("unsigned" if p["FloorZero"] else "wrap") if p["Wrap"] else
               "floor" if p["FloorZero"] else "symmetric" if p["Symmetric"] else "sat")
        lemmas.append(stage(root, sources, "stw_clamp", p, ir, folder, lambda label, rtl: Lemma(
            f"stw_clamp {label}", how, rtl, Function(ir, f"clamp_{how}"),
            [port(rtl, "x_i", True), word(p["OutW"])], smt.extended(*rtl.port("y_o"), True),
            replay=(f"clamp_{how}",))))
    for p in map(dict, found["stw_fire"]):
        which = f"{p['MaxSpikes']}_{p['FireGt']}"

        def fire(label, rtl, which=which, p=p):
            both = [port(rtl, "c_i", True), port(rtl, "theta_i", True)]
            on, z = f"(= {rtl.port('enable_i')[0]} #b1)", rtl.port("z_o")[0]
            times = Lemma(f"stw_fire {label}", "z", rtl, Function(ir, f"fire_{which}"), both,
                          smt.extended(z, 6, False), [on], replay=(f"fire_{which}",))
            # Only where it fires is anything taken from what is left.
            if p["MaxSpikes"] > 31:  # what is left was not decided within minutes
                return [times]
            return [times,
                    Lemma(f"stw_fire {label}", "c - zθ", rtl, Function(ir, f"less_{which}"), both,
                          smt.extended(*rtl.port("less_o"), True),
                          [on, f"(distinct {z} #b000000)"], most=p["MaxSpikes"],
                          replay=(f"less_{which}",), earlier=(times,))]
        lemmas += stage(root, sources, "stw_fire", p, ir, folder, fire)
    return lemmas


__all__ = ["Lemma", "Unsupported", "of_law", "of_stages"]
