"""Mutants of the C model as schemata: every mutant is a copy of one function with one change, and the
function itself becomes a switch on `mutant_selected`. One compilation holds all of them.

A mutant's name is FILE:FUNCTION:the text around it{old => new}: stable as long as that text is."""
import re

from common import unique

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|'
                   r'0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|'
                   r'&&|\|\||[-+*/%&|^]=|\s+|.', re.S)
BINARY = {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="],
          "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"],
          "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "^": ["|"], "+=": ["-="],
          "-=": ["+="], "&=": ["|="], "|=": ["&="], "^=": ["|="], "*=": ["+="]}
# Names that stand for each other: what a tired programmer takes for the other.
SWAPS = [("fx_shr_floor", "fx_shr_rne", "fx_shr_tz"), ("fx_max", "fx_min"), ("true", "false"),
         ("FX_FLOOR", "FX_NEAREST_EVEN", "FX_TOWARD_ZERO"), ("lambda", "mu"),
         ("round_current", "round_leak", "round_decay"), ("leak_kind", "decay_kind"),
         ("lambda_slope", "mu_slope"), ("int_bits", "frac_bits"), ("n_in", "n_out"),
         ("LAW_LEAK_EXPONENTIAL", "LAW_LEAK_SHIFT", "LAW_LEAK_LINEAR"), ("theta", "bias"),
         ("fxl_larger", "fxl_smaller"), ("fxl_widen_low", "fxl_widen_high"), ("continue", "break")]
SWAP = {name: [other for other in group if other != name][:1] + [o for o in group if o != name][1:]
        for group in SWAPS for name in group}


class Source:
    """Tokens of a file: code that is compiled has `live` true; the rest is copied as it is."""

    def __init__(self, text, defined=()):
        self.tokens = TOKEN.findall(text)
        self.live, on, stack, line_start = [], True, [], True
        skipping = False
        for i, token in enumerate(self.tokens):
            if token == "#" and line_start:
                skipping = True
                rest = "".join(self.tokens[i + 1:i + 12]).split("\n")[0]
                word = re.match(r"\s*(ifdef|ifndef|if|else|endif|elif)\b\s*(?:defined\s*)?(\w*)", rest)
                if word and word.group(1) in ("ifdef", "ifndef", "if"):
                    stack.append(on)
                    on = on and ((word.group(2) in defined) != (word.group(1) == "ifndef"))
                elif word and word.group(1) == "else":
                    on = stack[-1] and not on
                elif word and word.group(1) == "endif":
                    on = stack.pop()
            if "\n" in token:
                line_start = True
                if i and self.tokens[i - 1] != "\\":
                    skipping = False
            elif token.strip():
                line_start = False
            blank = token.isspace() or token.startswith(("//", "/*"))
            self.live.append(on and not skipping and not blank)
        self.code = [i for i, live in enumerate(self.live) if live]


def functions(source):
    """(name, first token, body's first token, last token, parameters, is void) of each function."""
    code, tokens, depth, start, out = source.code, source.tokens, 0, 0, []
    for at, i in enumerate(code):
        token = tokens[i]
        if token == "{":
            if depth == 0:
                opened = at
            depth += 1
        elif token == "}":
            depth -= 1
            head = [tokens[k] for k in code[start:opened]]
            if depth == 0 and head and head[-1] == ")":
                level, k = 0, len(head) - 1
                while True:
                    level += (head[k] == ")") - (head[k] == "(")
                    if level == 0:
                        break
                    k -= 1
                parameters, level, last = [], 0, None
                for token_k in head[k + 1:-1] + [","]:
                    level += (token_k in "([") - (token_k in ")]")
                    if token_k == "," and level == 0:
                        parameters.append(last)
                        last = None
                    elif level == 0 and re.match(r"[A-Za-z_]\w*$", token_k):
                        last = token_k
                parameters = [p for p in parameters if p and p != "void"]
                void = "void" in head[:k - 1] and "*" not in head[:k - 1]
                out.append((head[k - 1], code[start], i_open(code, opened), i, parameters, void))
            if depth == 0 and not (at + 1 < len(code) and tokens[code[at + 1]] in (";", ",", "=")):
                start = at + 1
        elif token == ";" and depth == 0:
            start = at + 1
    return out


def i_open(code, opened):
    return code[opened]


def is_binary(tokens, previous):
    """Whether an operator after this token has a left operand; casts end in a type's name and `)`."""
    if re.match(r"[A-Za-z_]\w*$", previous):
        return previous not in ("return", "case")
    return previous in (")", "]") or re.match(r"\d", previous) is not None


def ternary_arms(code, tokens, at):
    """Tokens of the two arms of the `?` at code[at], as ranges of positions in `code`."""
    depth, k = 0, at + 1
    while depth or tokens[code[k]] != ":":
        t = tokens[code[k]]
        depth += (t in ("(", "[", "{", "?")) - (t in (")", "]", "}", ":"))
        k += 1
    colon, depth, k = k, 0, k + 1
    while True:
        t = tokens[code[k]]
        if depth == 0 and t in (")", "]", "}", ",", ";", ":"):
            return (at + 1, colon), (colon + 1, k)
        depth += (t in ("(", "[", "{", "?")) - (t in (")", "]", "}", ":"))
        k += 1


def changes(source, first, last):
    """(position in code, end, replacement tokens) of every mutation of a function's body."""
    code, tokens = source.code, source.tokens
    lo, hi = code.index(first) + 1, code.index(last)
    out, depth, statement = [], 0, lo
    for at in range(lo, hi):
        token, before = tokens[code[at]], tokens[code[at - 1]]
        after = tokens[code[at + 1]]
        cast = before == ")" and tokens[code[at - 2]] in ("*", "int64_t", "int32_t", "uint64_t", "size_t",
                                                          "uint32_t", "int", "int16_t", "fx_lanes16")
        if token in BINARY and is_binary(tokens, before) and not cast:
            pointer = token == "*" and (after in ("const", ")", ",") or re.match(
                r"(int\d*_t|uint\d*_t|fx_lanes\w*|law_\w+|image_\w+|network\w*|trace\w*|char|void|struct|"
                r"stimulus|events)$", before))
            if not pointer:
                out += [(at, at + 1, [r]) for r in BINARY[token]]
        elif token in ("!", "~") or (token == "-" and not is_binary(tokens, before)):
            out.append((at, at + 1, [" "]))
        elif re.match(r"\d", token) and before not in ("case",):
            value = int(re.sub(r"[uUlL]+$", "", token), 0)
            out.append((at, at + 1, [str(value + 1)]))
            if value > 0:
                out.append((at, at + 1, [str(value - 1)]))
        elif token in SWAP and after != ":" and before != "case":
            out += [(at, at + 1, [r]) for r in SWAP[token]]
        elif token == "?":
            a, b = ternary_arms(code, tokens, at)
            text = [[tokens[k] for k in range(code[r[0]], code[r[1] - 1] + 1)] for r in (a, b)]
            out.append((a[0], b[1], ["(", *text[1], ")", " : ", "(", *text[0], ")"]))
        elif token == "if" and after == "(":
            out.append((at + 1, at + 2, ["(!"]))
        depth += (token in ("(", "[")) - (token in (")", "]"))
        if depth == 0 and token in (";", "{", "}", ":"):
            words = [tokens[code[k]] for k in range(statement, at)]
            if token == ";" and words and droppable(words):
                begin = statement
                if words[0] in ("if", "else", "for", "while"):
                    begin = statement + guard(words)
                if begin < at and tokens[code[begin]] not in ("for", "if", "while", "return"):
                    out.append((begin, at, [" "]))
            statement = at + 1
        elif depth == 0 and token == "else":
            statement = at
    return out


def guard(words):
    """How many of a statement's words are its `if (...)`, `else` and `for (...)`."""
    n = 0
    while n < len(words) and words[n] in ("if", "else", "for", "while"):
        n += 1
        if words[n - 1] != "else":
            level = 0
            while True:
                level += (words[n] == "(") - (words[n] == ")")
                n += 1
                if level == 0:
                    break
    return n


def droppable(words):
    """Assignments and calls, not declarations."""
    rest = words[guard(words):]
    if not rest or not re.match(r"[A-Za-z_*(]", rest[0]) or rest[0] in ("return", "break", "const",
                                                                        "struct", "static", "goto"):
        return False
    declared = len(rest) > 1 and re.match(r"[A-Za-z_]\w*$", rest[0]) and re.match(r"[A-Za-z_*]", rest[1])
    return not declared


def text_of(source, begin, end):
    return "".join(source.tokens[begin:end])


def name_of(source, file, function, at, end, new):
    code, tokens = source.code, source.tokens
    join = " ".join
    before = join(tokens[k] for k in code[max(at - 4, 0):at])
    after = join(tokens[k] for k in code[end:end + 3])
    old = join(tokens[k] for k in code[at:end])
    new = " ".join("".join(new).split())
    return f"{file}:{function}:{before} {{{old} => {new or 'nothing'}}} {after}"


def schemata(file, text, first_number, skip=(), extra=(), untouched=()):
    """The file with all mutants in it, and their names in the order of their numbers. `extra`: (name,
    old text, new text) of mutants written by hand; `skip`: names that do not compile; `untouched`:
    functions that are left as they are."""
    source = Source(text)
    every = []  # names before those of `skip` are left out, so that numbering of equals is stable
    names, pieces, at_token, left = [], [], 0, list(extra)
    for function, begin, body, last, parameters, void in functions(source):
        if function in untouched:
            continue
        head, inside = text_of(source, begin, body), text_of(source, body, last + 1)
        bodies = []
        for at, end, new in changes(source, body, last):
            a, b = source.code[at], source.code[end - 1] + 1 if end > at else source.code[at]
            every.append(name_of(source, file, function, at, end, new))
            if unique(every)[-1] in skip:
                continue
            bodies.append("".join(source.tokens[body:a]) + "".join(new) +
                          "".join(source.tokens[b:last + 1]))
            names.append(unique(every)[-1])
        for item in list(left):
            if inside.count(item[1]) == 1:
                bodies.append(inside.replace(item[1], item[2]))
                names.append(item[0])
                left.remove(item)
        if not bodies:
            continue
        pieces.append(text_of(source, at_token, begin))
        number = first_number + len(names) - len(bodies)
        plain = re.sub(r"\b%s(?=\s*\()" % function, f"{function}__0", head)
        plain = plain if re.search(r"\bstatic\b|FX_LANES_INLINE", plain) else "static " + plain
        call = ", ".join(parameters)
        cases = []
        pieces.append(plain + inside + "\n")
        for k, one in enumerate(bodies):
            pieces.append(plain.replace(f"{function}__0", f"{function}__{number + k}") + one + "\n")
            cases.append(f"    case {number + k}: {'' if void else 'return '}{function}__{number + k}"
                         f"({call});{' return;' if void else ''}")
        cases.append(f"    default: {'' if void else 'return '}{function}__0({call});")
        pieces.append(head + "{\n    switch (mutant_selected) {\n" + "\n".join(cases) + "\n    }\n}\n")
        at_token = last + 1
    pieces.append(text_of(source, at_token, len(source.tokens)))
    return "".join(pieces), names, left
