"""How many axes each name of a piece of Python has: by its declaration, its definition, its uses, or its letter.

An undeclared name with a capital has two. Any other is a vector where a matrix multiplies it or it stands beside a
vector, and a number otherwise. The guesses become declarations, so that shapes are solved for with them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from matcalc.syntax.python import words
from matcalc.syntax.vocabulary import GREEK_SCALARS

_LETTERS = "alpha beta gamma delta epsilon eta theta kappa mu nu rho sigma tau omega lamb lambda_ lmbda lambd"
_GREEK = frozenset(_LETTERS.split())
_WEIGHTS = re.compile(r"w_?1?|beta|theta")
_VECTOR = re.compile(r"([uvwxyzpqgt]|labels?|targets?|mask|weights|[a-z]_?hat)_?\d*")
_BIAS = re.compile(r"(b|c|bias)_?\d*")
_EINSUM = re.compile(r"([A-Za-z]{1,2}(?:,[A-Za-z]{1,2}){0,2})(?:->([A-Za-z]{0,2}))?")
_SAMPLE = re.compile(r"[xhaz]_?\d*")


class Ranks:
    """The axes of names: `known`; `unsure` are names that were taken for vectors though a number would do."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self.known = dict(known)
        self.unsure: set[str] = set()
        self.beside: set[str] = set()
        """Names beside an array, which are numbers if nothing says otherwise, and biases."""
        self.in_matrices: set[str] = set()
        """Those of them that stand beside a matrix."""
        self.spread: set[str] = set()
        """Names that were taken for matrices by their capital, and stand beside a vector."""
        self.capitals: set[str] = set()
        self.line: set[str] = set()
        """Names of an intercept and a slope, w0 + w1 * x, which are numbers."""
        self.samples: set[str] = set()
        """Names of samples before a matrix, x @ W, which are vectors: one sample."""
        self.products = False
        self._found: dict[ast.expr, tuple[int, int | None]] = {}

    def guess(self, roots: list[tuple[str, ast.expr]]) -> None:
        """Find what every name of some assignments has. Each name is assigned once."""
        assigned = {name for name, _ in roots}
        for name in (node.id for node in self._scalars(roots)):
            if name not in assigned and name[:1].isupper() and name not in self.known:
                self.known[name] = 0
                self.beside.add(name)
        for node in (node for _, root in roots for node in ast.walk(root)):
            self.line |= _line(node) - assigned - self.known.keys()
        self.known |= dict.fromkeys(self.line, 0)
        for root in (root for _, root in roots):
            for node in ast.walk(root):
                if isinstance(node, ast.Name) and node.id not in assigned and node.id[:1].isupper():
                    self.capitals |= {node.id} - self.known.keys()
                    self.known.setdefault(node.id, 2)
        for self.products in (False, True):  # what is certain comes first
            self._found.clear()
            self._settle(roots)
            for node in (node for _, root in roots for node in ast.walk(root)):
                if isinstance(node, ast.Call) and self.reduces(node) and (of := operand(node)):
                    self.vector(of, certain=True)
            self._settle(roots)

    def _scalars(self, roots: list[tuple[str, ast.expr]]) -> Iterator[ast.Name]:
        # The names that the objective is a multiple of, which is a number: C in C * np.sum(…) + …, N in 1/N * ….
        values = dict(roots)
        ahead, seen = [roots[-1][1]], set[str]()
        while ahead:
            node = ahead.pop()
            if isinstance(node, ast.Name) and node.id in values and node.id not in seen:
                seen.add(node.id)
                ahead.append(values[node.id])
            elif isinstance(node, ast.UnaryOp):
                ahead.append(node.operand)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
                ahead += [node.left, node.right]
            elif isinstance(node, ast.BinOp) and len(factors := self.factors(node)) > 1:
                yield from (factor for factor in factors if isinstance(factor, ast.Name))

    def factors(self, node: ast.expr) -> list[ast.expr]:
        """The factors and divisors of a product of numbers."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            return [*self.factors(node.left), *self.factors(node.right)]
        return [node]

    def reduces(self, node: ast.Call) -> bool:
        """Whether a call is one of an array alone: not max(a, b)."""
        return isinstance(node.func, ast.Attribute) and called(node) in words.REDUCED

    def axes(self, node: ast.expr) -> int | None:
        """How many axes an expression has."""
        return self.of(node)

    def together(self, a: int, b: int) -> int:
        """What an elementwise operation makes."""
        return max(a, b)

    def _settle(self, roots: list[tuple[str, ast.expr]]) -> None:
        before = -1
        while before != len(self.known):
            before = len(self.known)
            self._pass(roots)

    def _pass(self, roots: list[tuple[str, ast.expr]]) -> None:
        for name, root in roots:
            rank = self.of(root)
            if rank is not None:
                self.known.setdefault(name, rank)
            elif self.known.get(name) == 1:  # by its uses
                self.vector(root, certain=True)

    def vector(self, node: ast.expr, certain: bool, product: bool = False) -> None:
        """The names that `node` is made of, entry by entry, are vectors unless something else is known of them."""
        if isinstance(node, ast.Name):
            name = node.id
            if name in self.known or (not certain and (name in _GREEK or name in GREEK_SCALARS)):
                return
            if product and not self.products:
                return
            self.known[name] = 1
            if product:
                self.unsure.add(name)
        elif isinstance(node, ast.UnaryOp):
            self.vector(node.operand, certain, product)
        elif isinstance(node, ast.Attribute) and node.attr == "T":
            self.vector(node.value, certain, product)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            self.vector(node.left, certain, product)
        elif isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            if self.of(node) is None:
                multiplied = product or isinstance(node.op, (ast.Mult, ast.Div))
                one = certain and 0 in (self.of(node.left), self.of(node.right))  # the other one is all there is
                self.vector(node.left, one, multiplied and not one)
                self.vector(node.right, one, multiplied and not one)
        elif isinstance(node, ast.Compare):
            self.vector(node.left, certain, product)
        elif isinstance(node, ast.Call) and called(node) in ("where", "maximum", "minimum") and self.of(node) is None:
            open_ = [part for part in node.args if self.of(part) is None]
            for part in open_:
                self.vector(part, certain and len(open_) == 1, product or len(open_) > 1)
        elif isinstance(node, ast.Call):
            entrywise = called(node) in words.ENTRIES or called(node) in ("square", "clip")
            if entrywise and (of := operand(node)):
                self.vector(of, certain, product)

    def measured(self, node: ast.expr) -> None:
        """What a matrix or another vector multiplies, or a norm measures, is a vector; of x - mu both are."""
        names = isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name) and isinstance(node.right, ast.Name)
        if isinstance(node, ast.BinOp) and names and isinstance(node.op, ast.Sub):
            if 2 not in (self.of(node.left), self.of(node.right)):
                self.vector(node.left, certain=True)
                self.vector(node.right, certain=True)
        else:
            self.vector(node, certain=True)

    def of(self, node: ast.expr) -> int | None:
        """The axes of an expression, None where they are not known yet; learns from it what it tells."""
        kept = self._found.get(node)
        if kept is None or kept[0] != len(self.known):  # every name that becomes known may say more
            rank = self._of(node)
            kept = self._found[node] = len(self.known), rank
        return kept[1]

    def _of(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Constant):
            return 0
        if isinstance(node, ast.Name):
            return self.known.get(node.id)
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, ast.Attribute):
            if node.attr in ("pi", "e", "inf", "shape", "size"):
                return 0
            return self.of(node.value)
        if isinstance(node, ast.BinOp):
            return self._binary(type(node.op).__name__, node.left, node.right)
        if isinstance(node, ast.Subscript):
            return self._indexed(node)
        if isinstance(node, ast.Compare):
            return self._binary("Add", node.left, node.comparators[0])
        if isinstance(node, ast.Call):
            return self._call(node)
        return None

    def _indexed(self, node: ast.Subscript) -> int | None:
        size = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if size or (isinstance(node.value, ast.Call) and called(node.value) == "slogdet"):
            self.of(node.value)
            return 0
        if new_axis(node) is not None:
            self.vector(node.value, certain=True)
            return 2
        if len(indices) == 2 and isinstance(node.value, ast.Name):
            self.known.setdefault(node.value.id, 2)
        elif isinstance(node.value, ast.Name) and not node.value.id[:1].isupper():
            self.known.setdefault(node.value.id, 1)
        rank = self.of(node.value)
        return None if rank is None else rank - sum(not isinstance(index, ast.Slice) for index in indices)

    def _binary(self, op: str, left: ast.expr, right: ast.expr) -> int | None:
        a, b = self.of(left), self.of(right)
        if op == "MatMult":
            for node, rank in ((left, a), (right, b)):
                if rank is None or rank == 1:
                    self.measured(node)
            if isinstance(left, ast.Name) and a is None and b == 2 and _SAMPLE.fullmatch(left.id):
                self.samples.add(left.id)
            a, b = self.of(left), self.of(right)
            if isinstance(left, ast.BinOp) and isinstance(left.left, ast.Name) and b == 1:  # x @ A @ y
                self.samples.discard(left.left.id)
            return None if a is None or b is None else max(a + b - 2, 0)
        if op == "Pow" and b is None:
            return a
        for node, other in ((left, b), (right, a)):
            if isinstance(node, ast.Name) and node.id in self.capitals and other == 1:
                self.spread.add(node.id)
        for node, rank, beside, other in ((left, a, right, b), (right, b, left, a)):
            if rank is not None or not other:
                continue
            bias = isinstance(node, ast.Name) and _BIAS.fullmatch(node.id) is not None
            if isinstance(node, ast.Name) and (bias or other == 2) and node.id not in _GREEK | GREEK_SCALARS:
                self.beside.add(node.id)
                self.in_matrices |= {node.id} if other == 2 else set()
            if other == 1 and not (bias and op == "Add" and _weighted(beside)):
                self.vector(node, certain=False, product=op in ("Mult", "Div"))
            elif other == 2 and bias and op in ("Add", "Sub"):
                self.vector(node, certain=False)
        a, b = self.of(left), self.of(right)
        if a is None or b is None:
            return (a or b) or None
        return self.together(a, b)

    def along(self, node: ast.Call) -> tuple[int | None, bool] | None:
        """The axis of a reduction, from the end, or None for all entries, and whether it is kept; None if not clear."""
        of = operand(node)
        rank = None if of is None else self.of(of)
        given = [k.value for k in node.keywords if k.arg in words.AXIS] + node.args[not is_method(node) :]
        kept = any(k.arg in words.KEEP and getattr(k.value, "value", 0) is True for k in node.keywords)
        if not rank or len(given) > 1:
            return None
        axis = whole(given[0]) if given else None
        if axis is None:
            return None if given and getattr(given[0], "value", 0) is not None else (None if rank == 2 else -1, kept)
        return (axis if axis < 0 else axis - rank, kept) if -rank <= axis < rank else None

    def _call(self, node: ast.Call) -> int | None:
        name, of = called(node), operand(node)
        for argument in node.args:
            self.of(argument)
        if name == "einsum":
            letters, out = subscripts(node) or ([], "")
            for argument, have in zip(node.args[1:], letters, strict=False):
                if isinstance(argument, ast.Name):
                    self.known.setdefault(argument.id, len(have))
            return len(out)
        if name in words.MADE and not is_method(node) and node.args:
            shape = node.args[0]
            if isinstance(shape, ast.Attribute) and shape.attr == "shape":
                return self.of(shape.value)
            count = sum(len(getattr(size, "elts", [size])) for size in node.args)
            return 2 if name in ("eye", "identity") else count
        if name == "where" and len(node.args) == 3:
            self._binary("Add", node.args[1], node.args[2])
            self._binary("Mult", node.args[0], node.args[1])
            ranks = list(map(self.of, node.args))
            most = max((rank for rank in ranks if rank is not None), default=0)
            return most if most or None not in ranks else None
        if of is None or (name in ("len", *words.SQUARE) and words.SQUARE.get(name, "tr") in words.TO_SCALAR):
            return 0
        rank = self.of(of)
        rest = node.args if is_method(node) else node.args[1:]
        if name in ("dot", "vdot", "inner", *words.BINARY, "maximum", "minimum", "outer", "cross") and rest:
            if name in ("vdot", "inner", "outer", "cross"):
                for each in (of, rest[0]):
                    self.vector(each, certain=True)
                return {"outer": 2, "cross": 1}.get(name, 0)
            for each in (of, rest[0]) if name == "mm" else ():
                if isinstance(each, ast.Name):
                    self.known.setdefault(each.id, 2)
            op = words.BINARY.get(name, "MatMult" if name == "dot" else "Add")
            return self._binary(op, of, rest[0])
        if name in ("norm", "matrix_norm", "vector_norm"):
            if rank is None or rank == 1:
                self.measured(of)
            keep = any(k.arg in words.KEEP for k in node.keywords)
            return int(rank == 2) * (1 + keep) if any(k.arg in words.AXIS for k in node.keywords) else 0
        if name in words.BY_AXIS or name == "cumsum":
            self.vector(of, certain=True)
            rank = self.of(of)
        if name in words.FLAT:
            if rank is None and (rest or name != "reshape") and isinstance(of, ast.Name) and not of.id[:1].isupper():
                self.vector(of, certain=True)
            sizes = [whole(n) for a in rest for n in getattr(a, "elts", [a])]
            return 2 if len(sizes) == 2 or name in ("expand_dims", "unsqueeze") else 1
        if name == "item":
            return 0
        if name in words.REDUCED or name == "logsumexp":
            given = [k.value for k in node.keywords if k.arg in words.AXIS] + rest
            axis = bool(given) and not isinstance(given[0], ast.Tuple) and getattr(given[0], "value", 0) is not None
            keep = any(k.arg in words.KEEP for k in node.keywords)
            return 0 if not axis else rank if keep else None if rank is None else max(rank - 1, 0)
        if name in ("diag", "diagonal"):
            if rank is None:
                self.vector(of, certain=True)
            return 3 - (self.of(of) or 1)
        if name == "solve" and rest:
            self.vector(rest[0], certain=True)
            return self.of(rest[0])
        return 2 if name == "kron" else rank


def new_axis(node: ast.Subscript) -> int | None:
    """Where an index makes a new axis of an array with one: x[:, None] the last, x[None] and x[None, :] the first."""
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    new = [
        (isinstance(i, ast.Constant) and i.value is None) or (isinstance(i, ast.Attribute) and i.attr == "newaxis")
        for i in indices
    ]
    every = all(
        n or (isinstance(i, ast.Slice) and i.lower is i.upper is None) for n, i in zip(new, indices, strict=True)
    )
    return new.index(True) if sum(new) == 1 and every and len(new) <= 2 else None


def subscripts(node: ast.Call) -> tuple[list[str], str] | None:
    """The letters of each array of an einsum and those of the result; None where they are not read."""
    first = node.args[0] if node.args else None
    said = first.value.replace(" ", "") if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    match = _EINSUM.fullmatch(said)
    if match is None:
        return None
    letters = match[1].split(",")
    once = sorted(x for x in {*match[1]} - {","} if match[1].count(x) == 1)
    out = match[2] if match[2] is not None else "".join(once)
    fits = len(node.args) == len(letters) + 1 and not node.keywords and len({*out}) == len(out) <= 2
    return (letters, out) if fits and {*out} <= {*match[1]} else None


def whole(node: ast.expr) -> int | None:
    """The whole number that an expression is, such as 0 or -1."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found = whole(node.operand)
        return None if found is None else -found
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _weighted(node: ast.expr) -> bool:
    # X @ w, w.T @ X: what is added to it is one number.
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        ends = [node.left, node.right]
    elif isinstance(node, ast.Call) and called(node) == "dot":
        ends = [n for n in (operand(node), node.args[-1] if node.args else None) if n is not None]
    else:
        return False
    names = [end.value if isinstance(end, ast.Attribute) and end.attr == "T" else end for end in ends]
    return any(isinstance(n, ast.Name) and _WEIGHTS.fullmatch(n.id) is not None for n in names)


def _line(node: ast.AST) -> set[str]:
    """The coefficients of w0 + w1 * x, b + m * x, a + b * x + c * x**2, which are numbers."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
        return set()
    terms: list[ast.expr] = [node]
    while isinstance(first := terms[0], ast.BinOp) and isinstance(first.op, ast.Add):
        terms[:1] = [first.left, first.right]
    free = [term.id for term in terms if isinstance(term, ast.Name)]
    slopes, variables = list[str](), set[str]()
    for term in (term for term in terms if not isinstance(term, ast.Name)):
        if not (isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult) and isinstance(term.left, ast.Name)):
            return set()
        power = term.right
        x = power.left if isinstance(power, ast.BinOp) and isinstance(power.op, ast.Pow) else power
        if not isinstance(x, ast.Name):
            return set()
        slopes.append(term.left.id)
        variables.add(x.id)
    if len(free) != 1 or len(variables) != 1 or not "".join((*free, *slopes, *variables)).islower():
        return set()
    name, slope = free[0], slopes[0]
    crosses = name == "a" or _BIAS.fullmatch(name) or re.sub("0$", "1", name) == slope or len(slopes) > 1
    return {name, *slopes} if crosses else set()


def called(node: ast.Call) -> str:
    """The last name of what is called: sum in np.sum, x.sum and sum."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def module(node: ast.expr, attribute: str = "") -> str:
    """Which language the module is that an expression names, np or torch.nn.functional; "" if it names none."""
    if isinstance(node, ast.Name) and node.id == "F" and attribute not in words.FUNCTIONAL:
        return ""
    while isinstance(node, ast.Attribute) and node.attr in words.PARTS:
        node = node.value
    return words.MODULES.get(node.id, "") if isinstance(node, ast.Name) else ""


def is_method(node: ast.Call) -> bool:
    """Whether a call is one on an array."""
    return isinstance(node.func, ast.Attribute) and not module(node.func.value, node.func.attr)


def operand(node: ast.Call) -> ast.expr | None:
    """The first array of a call: of x.sum() it is x."""
    if isinstance(node.func, ast.Attribute) and is_method(node):
        return node.func.value
    return node.args[0] if node.args else None


def is_likely_vector(name: str) -> bool:
    """Whether a name that multiplies a vector is rather a vector than a number."""
    return _VECTOR.fullmatch(name) is not None
