"""LLVM IR to SMT-LIB bit-vectors: functions on integers without memory and without loops.

`Function(text, name)` reads one `define` of clang's -S output; `smt(prefix, arguments)` returns
define-fun lines, the last of which is PREFIX.ret. What is not in the list below is refused by name,
never guessed: a proof must not rest on an instruction that was left out. Flags that make overflow
undefined (nsw, nuw, exact) are dropped: SMT sees wrapped words where C has undefined behaviour, and
tests/proof/replay.c runs the same C under UBSan for that.

Multiplication goes through `multiply`, so that the caller can choose how it is stated.
"""
import re

BINARY = {"add": "bvadd", "sub": "bvsub", "and": "bvand", "or": "bvor", "xor": "bvxor",
          "shl": "bvshl", "lshr": "bvlshr", "ashr": "bvashr", "sdiv": "bvsdiv", "udiv": "bvudiv",
          "srem": "bvsrem", "urem": "bvurem"}
COMPARE = {"eq": "(= {} {})", "ne": "(distinct {} {})"}
COMPARE.update({p: "(bv" + p + " {} {})" for p in
                ("ult", "ugt", "ule", "uge", "slt", "sgt", "sle", "sge")})
EXTREME = {"smax": "bvsgt", "smin": "bvslt", "umax": "bvugt", "umin": "bvult"}
FLAGS = {"nsw", "nuw", "exact", "noundef", "tail", "zeroext", "signext"}
WORD = re.compile(r"i(\d+)$")


class Unsupported(Exception):
    pass


def literal(value, bits):
    return f"(_ bv{value % (1 << bits)} {bits})"


def exactly(multiplier, multiplicand, bits):
    return f"(bvmul {multiplier} {multiplicand})"


def saturated(op, a, b, bits):
    """The sum or difference with one bit more, held to what a signed word can be."""
    wide = bits + 1
    x, y = (f"((_ sign_extend 1) {t})" for t in (a, b))
    exact = f"({'bvsub' if op.startswith('ssub') else 'bvadd'} {x} {y})"
    top = (1 << bits - 1) - 1
    held = f"(ite (bvsgt {exact} {literal(top, wide)}) {literal(top, bits)} ((_ extract {bits - 1} 0) {exact}))"
    return f"(ite (bvslt {exact} {literal(-top - 1, wide)}) {literal(-top - 1, bits)} {held})"


def bits_of(kind):
    m = WORD.match(kind)
    if not m:
        raise Unsupported(f"type {kind}")
    return int(m[1])


class Function:
    def __init__(self, text, name):
        m = re.search(r"^define [^\n@]*@" + re.escape(name) + r"\(([^)]*)\)[^{\n]*\{\n(.*?)^\}", text,
                      re.S | re.M)
        if not m:
            raise Unsupported(f"no function {name}")
        self.name, self.bits, self.arguments = name, {}, []
        for argument in filter(None, m[1].split(",")):
            kind, *_, value = argument.split()
            self.bits[value] = bits_of(kind)
            self.arguments.append(value)
        self.lines = [line.split(", !")[0].strip() for line in m[2].splitlines()]

    def smt(self, prefix, arguments, multiply=exactly):
        return Writer(self, prefix, arguments, multiply).text()


class Writer:
    def __init__(self, function, prefix, arguments, multiply):
        self.f, self.prefix, self.multiply = function, prefix, multiply
        self.bits, self.out = dict(function.bits), []
        # Whether a block is reached, and along which edge.
        self.block, self.reached, self.edges, self.returns = None, {}, {}, []
        for name, term in zip(function.arguments, arguments, strict=True):
            self.define(name, self.bits[name], term)

    def symbol(self, name):
        return f"|{self.prefix}.{name[1:]}|"

    def define(self, name, bits, term):
        self.bits[name] = bits
        self.out.append(f"(define-fun {self.symbol(name)} () (_ BitVec {bits}) {term})")

    def term(self, value, bits):
        if value.startswith("%"):
            if self.bits.get(value) != bits:
                raise Unsupported(f"{value} used before it is defined, or in other width")
            return self.symbol(value)
        if value in ("true", "false"):
            return literal(int(value == "true"), bits)
        if re.fullmatch(r"-?\d+", value):
            return literal(int(value), bits)
        raise Unsupported(f"value {value}")

    def holds(self, value):
        return f"(= {self.term(value, 1)} #b1)"

    def condition(self, key, term):
        name = f"|{self.prefix}.{key}|"
        self.out.append(f"(define-fun {name} () Bool {term})")
        return name

    def enter(self, block):
        # A loop's header is entered by an edge that comes later: refused, as that edge is unknown.
        into = [edge for (_, to), edge in self.edges.items() if to == block]
        if self.block is None:
            self.reached[block] = "true"
        elif not into:
            raise Unsupported(f"block {block} is entered only from below: a loop")
        else:
            self.reached[block] = self.condition(f"at {block}", "(or false " + " ".join(into) + ")")
        self.block = block

    def leave(self, to, condition="true"):
        if to in self.reached:
            raise Unsupported(f"a loop to {to}")
        reached = self.reached[self.block]
        edge = self.condition(f"{self.block} to {to} {len(self.out)}", f"(and {reached} {condition})")
        before = self.edges.get((self.block, to))
        self.edges[self.block, to] = f"(or {before} {edge})" if before else edge

    def text(self):
        lines, n = self.f.lines, 0
        while n < len(lines):
            line = lines[n]
            n += 1
            if line.startswith("switch"):
                while not line.endswith("]"):
                    line += " " + lines[n]
                    n += 1
            label = re.match(r"([\w.$-]+):", line)
            if label:
                self.enter(label[1])
                continue
            if not line or line.startswith(";"):
                continue
            if self.block is None:
                self.enter(str(len(self.f.arguments)))  # the number that clang gives it
            self.instruction(line)
        if not self.returns:
            raise Unsupported("no return")
        value, bits = self.returns[-1][1], self.returns[-1][2]
        for reached, other, _ in self.returns[:-1]:
            value = f"(ite {reached} {other} {value})"
        self.define("%ret", bits, value)
        return self.out

    def instruction(self, line):
        if line.startswith("ret "):
            _, kind, value = line.split()
            bits = bits_of(kind)
            self.returns.append((self.reached[self.block], self.term(value, bits), bits))
        elif line.startswith("br "):
            self.branch(line)
        elif line.startswith("switch "):
            self.switch(line)
        elif re.match(r"%\S+ = ", line):
            name, right = line.split(" = ", 1)
            self.value(name, right, [w for w in right.replace(",", " ").split() if w not in FLAGS])
        else:
            raise Unsupported(line)

    def branch(self, line):
        m = re.match(r"br i1 (\S+), label %(\S+), label %(\S+)$", line)
        if m:
            self.leave(m[2], self.holds(m[1]))
            self.leave(m[3], f"(not {self.holds(m[1])})")
            return
        m = re.match(r"br label %(\S+)$", line)
        if not m:
            raise Unsupported(line)
        self.leave(m[1])

    def switch(self, line):
        m = re.match(r"switch i(\d+) (\S+), label %(\S+) \[(.*)\]$", line)
        bits = int(m[1])
        value, none = self.term(m[2], bits), []
        for case, to in re.findall(r"i\d+ (-?\d+), label %(\S+)", m[4]):
            equal = f"(= {value} {literal(int(case), bits)})"
            none.append(f"(not {equal})")
            self.leave(to, equal)
        self.leave(m[3], "(and true " + " ".join(none) + ")")

    def value(self, name, right, word):
        op = word[0]
        if op in BINARY or op == "mul":
            bits = bits_of(word[1])
            a, b = self.term(word[2], bits), self.term(word[3], bits)
            self.define(name, bits, self.multiply(a, b, bits) if op == "mul"
                        else f"({BINARY[op]} {a} {b})")
        elif op in ("sext", "zext", "trunc"):
            a, b = bits_of(word[1]), bits_of(word[4])
            extend = f"_ {'sign' if op == 'sext' else 'zero'}_extend {b - a}"
            how = f"_ extract {b - 1} 0" if op == "trunc" else extend
            self.define(name, b, f"(({how}) {self.term(word[2], a)})")
        elif op == "icmp":
            bits = bits_of(word[2])
            holds = COMPARE[word[1]].format(self.term(word[3], bits), self.term(word[4], bits))
            self.define(name, 1, f"(ite {holds} #b1 #b0)")
        elif op == "select":
            bits = bits_of(word[3])
            self.define(name, bits, f"(ite {self.holds(word[2])} {self.term(word[4], bits)} "
                                    f"{self.term(word[6], bits)})")
        elif op == "freeze":
            self.define(name, bits_of(word[1]), self.term(word[2], bits_of(word[1])))
        elif op == "phi":
            self.phi(name, right, bits_of(word[1]))
        elif op == "call":
            self.call(name, right)
        else:
            raise Unsupported(right)

    def phi(self, name, right, bits):
        term = None
        for value, block in re.findall(r"\[ (\S+), %(\S+) \]", right):
            edge = self.edges.get((block, self.block))
            if edge is None:
                raise Unsupported(f"phi {name} takes from {block}, which is below: a loop")
            value = self.term(value, bits)
            term = value if term is None else f"(ite {edge} {value} {term})"
        self.define(name, bits, term)

    def call(self, name, right):
        m = re.search(r"call i(\d+) @llvm\.(smax|smin|umax|umin|ssub\.sat|sadd\.sat)\.i\d+"
                      r"\(i\d+ (\S+), i\d+ (\S+)\)",
                      " ".join(w for w in right.split() if w not in FLAGS))
        if not m:
            raise Unsupported(right)
        a, b = (self.term(x, int(m[1])) for x in (m[3], m[4]))
        if m[2].endswith(".sat"):
            self.define(name, int(m[1]), saturated(m[2], a, b, int(m[1])))
            return
        self.define(name, int(m[1]), f"(ite ({EXTREME[m[2]]} {a} {b}) {a} {b})")
