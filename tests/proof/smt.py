"""The RTL side of a lemma, how products are stated, and the solvers.

Two different multipliers are beyond every solver here, so products are a symbol in the first try:
`product` is a function of two 64-bit words of which the solver knows only instances of what is true of
multiplication: it commutes (and associates, where that is asked for), a product of words of n and m bits fits n + m bits, and by a small
constant it is that multiple. What is unsatisfiable for every such function is so for the true one.
Otherwise the question is asked again with the true product.
"""
import os
import pathlib
import re
import shutil
import subprocess

WIDE = 64


class CouldNotRun(Exception):
    pass


def run(*command, accept=(0,), **options):
    try:
        done = subprocess.run([*map(str, command)], text=True, capture_output=True, check=False,
                              **options)
    except FileNotFoundError as e:
        raise CouldNotRun(f"{e.filename}: not installed") from e
    except OSError as e:
        raise CouldNotRun(f"{command[0]}: {e.strerror}") from e
    if done.returncode not in accept:
        raise CouldNotRun(f"{' '.join(map(str, command))}\n{(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def extended(term, bits, signed, to=WIDE):
    if bits == to:
        return term
    return f"((_ {'sign' if signed else 'zero'}_extend {to - bits}) {term})"


def low(term, bits):
    return term if bits == WIDE else f"((_ extract {bits - 1} 0) {term})"


class Rtl:
    """A module through Yosys: its SMT text, and terms of its ports over the state `s`."""

    def __init__(self, sources, top, parameters, path):
        set_all = "".join(f"chparam -set {k} {v} {top}; " for k, v in parameters.items())
        self.log = run("yosys", "-p", f"read_verilog -sv {' '.join(map(str, sources))}; {set_all}"
                       f"hierarchy -check -top {top}; proc; flatten; opt -full; clean; "
                       f"write_smt2 -stbv {path}")
        text = path.read_text()
        if re.search(r"yosys-smt2-(register|memory)", text):
            raise CouldNotRun(f"{top}: not combinational")
        # Functions of the state become constants of the one state `s`: z3 expands a function at each
        # of its uses, and a sign extension by Yosys uses a word once a bit.
        lines = [line for line in text.splitlines()
                 if line.startswith(("(define-sort", "(define-fun")) and "next_state" not in line]
        text = "\n".join(lines).replace(f"((state |{top}_s|))", "()")
        text = re.sub(r"\((\|[^|]+\|) state\)", r"\1", text).replace(" state)", " s)")
        sort, _, text = text.partition("\n")
        self.top, self.text = top, f"{sort}\n(declare-const s |{top}_s|)\n{text}"

    def port(self, name):
        m = re.search(rf"\|{self.top}_n {name}\| \(\) (\S+?)( \d+\))? ",
                      self.text.replace("(_ BitVec", "BitVec"))
        if not m:
            raise CouldNotRun(f"{self.top}: no port {name}")
        term = f"|{self.top}_n {name}|"
        if m[1] == "Bool":
            return f"(ite {term} #b1 #b0)", 1
        return term, int(m[2].strip(" )"))

    def declared(self):
        return [self.text]

    def symbolic(self):
        """The same with products as a symbol; what has to hold of their operands; the axioms."""
        lines, operands, axioms = [], [], []
        for line in self.text.splitlines():
            n = line.count("(bvmul ")
            m = re.match(r"(\(define-fun (\|\S+?\|) \(\) \(_ BitVec (\d+)\)) \(bvmul (.*)\)"
                         r"\) ; ", line)
            if n == 0:
                lines.append(line)
                continue
            if n > 1 or not m or int(m[3]) > WIDE:
                raise CouldNotRun(f"{self.top}: a product that is not understood: {line[:120]}")
            bits, (a, b) = int(m[3]), split(m[4])
            product = " ".join(extended(x, bits, True) for x in (a, b))
            lines.append(f"{m[1]} {low(f'(product {product})', bits)})")
            axioms.append(f"(= (product {product}) {extended(low(f'(product {product})', bits), bits, True)})")
            used = [meant(a, bits), meant(b, bits)]
            if sum(used) > bits:
                raise CouldNotRun(f"{self.top}: a product of {used} bits does not fit {bits}")
            operands += [f"(= {x} {extended(f'((_ extract {k - 1} 0) {x})', k, True, bits)})"
                         for x, k in zip((a, b), used) if k < bits]
        symbol = f"(declare-fun product ((_ BitVec {WIDE}) (_ BitVec {WIDE})) (_ BitVec {WIDE}))"
        return [symbol, *lines], operands, axioms


def split(text):
    """The two terms of a text."""
    depth = 0
    for i, c in enumerate(text):
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == " " and depth == 0:
            return text[:i], text[i + 1:]
    raise CouldNotRun(f"two terms expected: {text[:80]}")


def meant(term, bits):
    """A guess of how many bits the signed word needs of which Yosys prints the copies of the sign;
    a lemma of its own has to prove it."""
    copies = 0
    while True:
        zeros = re.match(r"\(concat #b(0+) ", term)
        if zeros:
            return bits - copies - len(zeros[1]) + 1
        sign = re.match(r"\(concat (\(\(_ extract (\d+) \2\) \S+\)|#b0) ", term)
        if not sign:
            return bits - copies
        copies, term = copies + 1, term[sign.end():]


def small_products(instances, most):
    """Products by -most..most, as multiples; negative ones because clang adds where C subtracts."""
    def multiple(a, b, x, y, k):
        by = f"(_ bv{k % (1 << WIDE)} {WIDE})"
        return f"(=> (= {x} {by}) (= (product {a} {b}) (bvmul {by} {y})))"
    return [multiple(a, b, x, y, k) for a, b in instances for x, y in ((a, b), (b, a))
            for k in range(-most, most + 1)]


def associated(instances):
    """(a·b)·y = (a·y)·b wherever a product is multiplied again: clang orders the factors anew."""
    return [f"(=> (= {x} (product {a} {b})) (= (product {x} {y}) (product (product {c} {y}) {d})))"
            for p, q in instances for x, y in ((p, q), (q, p))
            for a, b in instances if (a, b) != (p, q) for c, d in ((a, b), (b, a))]


class Solver:
    def __init__(self, name):
        names = [name] if name else ["yices-smt2", "z3"]
        # scripts/install puts PyPI's into build/python.
        path = f"{os.environ.get('PATH', os.defpath)}:{pathlib.Path(__file__).resolve().parents[2]}/build/python/bin"
        found = [p for n in names if (p := shutil.which(n, path=path))]
        if not found:
            raise CouldNotRun(f"no solver: none of {', '.join(names)} is installed")
        self.path, self.name = found[0], found[0].rsplit("/", 1)[-1]

    def ask(self, lines, path, seconds, values=()):
        """"unsat"; "sat" and the values of terms; or "unknown"."""
        text = ["(set-option :produce-models true)", "(set-logic QF_UFBV)", *lines, "(check-sat)"]
        if values:  # by name: a term may have literals in it
            names = [f"|value {k}|" for k in range(len(values))]
            text[-1:-1] = [f"(define-fun {n} () (_ BitVec {WIDE}) {v})"
                           for n, v in zip(names, values)]
            text.append(f"(get-value ({' '.join(names)}))")
        path.write_text("\n".join(text) + "\n")
        limit = [f"-T:{seconds}"] if self.name == "z3" else [f"--timeout={seconds}"]
        # Both end with 1 where get-value follows unsat.
        out = run(self.path, *limit, path, accept=(0, 1))
        answer = out.split("\n", 1)[0].strip()
        if answer in ("unknown", "timeout"):
            return "unknown", []
        if answer not in ("sat", "unsat"):
            raise CouldNotRun(f"{self.name} {path}: {out[:300]}")
        if answer == "unsat":
            return answer, []
        got = re.findall(r"(#b[01]+|#x[0-9a-f]+|\(_ bv\d+ \d+\))\s*\)", out.split("\n", 1)[1])
        if values and len(got) != len(values):
            raise CouldNotRun(f"{self.name} {path}: {len(got)} of {len(values)} values")
        return answer, [word(x) for x in got]


def word(text):
    if text.startswith("#"):
        return int(text[2:], 2 if text[1] == "b" else 16)
    return int(text.split()[1][2:])
