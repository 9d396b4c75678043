"""What is guessed of names that nothing declares: biases, columns, scalars; and what is asked rather than guessed.

A guess that cannot change the answer is silent. One that could is a note, which names the other reading and how to get
it; one without a clear winner is an AmbiguousError with the readings. Here is looked at how things are written: what
product a term is, which names are beside it. What shapes follow is told to the solver (relations.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from matcalc.errors import Alternative, MatcalcError
from matcalc.expr import Shape
from matcalc.prose import Prose, marked
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.looks import (
    INDEX,
    Core,
    begins_with_weights,
    crosses,
    is_bias,
    is_greek,
    is_scalar,
    named,
    single,
    summands,
)
from matcalc.syntax.placed import matrices, of_entries, scalars
from matcalc.syntax.reader import Reader
from matcalc.syntax.regroup import DOTS
from matcalc.syntax.solve import ARRAY, SCALAR, Solver, Var
from matcalc.syntax.supposed import Biased, Narrow, Operands
from matcalc.syntax.tree import Tree, walk
from matcalc.syntax.vocabulary import ENTRIES, FUNCTIONS

_WEIGHTS = re.compile(rf"(?:w|beta|theta){INDEX}")
"""Names of weights whose product with data is a prediction for each sample."""
_SAMPLE = re.compile(r"[xhaz]\d*")
"""Names of a sample, which stands before its weights where samples are rows."""
_DATA = re.compile(r"(?:[ptuvwxyz]|yhat|labels?|targets?)\d*(?:_\w+)?")
"""Names of vectors of data, and of what is predicted for them."""
_LOGARITHMS = frozenset({"log", "log1p", "log_softmax", "log_sigmoid"})
_BY_ROWS = frozenset(name for name, row in FUNCTIONS.items() if row.options)
_WHOLE = frozenset({"chain", "product", "call", "sum", "name", "negative", "group", "total"})
"""Kinds of trees that may be a product, or a name, a function or a sum of one."""
_LOOSE = 8
"""More names in one sum are not looked at."""


class Guesses:
    """The guesses of one program, made while its shapes are stated.

    `biases`: those that are terms of sums.
    """

    def __init__(self, reader: Reader, trees: Sequence[Tree]) -> None:
        self.reader = reader
        self.trees = trees
        self.biases: dict[Tree, Biased] = {}
        self.narrows: list[tuple[str, Tree, Tree, Narrow]] = []
        self.operands: list[Operands] = []
        self.scalars = scalars(trees, self.is_free)
        self.matrices = matrices(trees, self.is_free)
        self.slopes: set[str] = set()  # beside an intercept: numbers
        self.of_entries = of_entries(trees, self.is_free) if ".^" in reader.source.text else set[str]()
        self._looked: list[Tree] = []  # the products and the calls
        self._beside_matrices: set[Tree] = set()  # terms of sums with an undeclared capital
        self._cores: dict[Tree, Core] = {}
        self._loose: dict[Tree, list[tuple[Tree, int]]] = {}

    def again(self) -> None:
        """Forget what was found: shapes are solved for anew."""
        self.biases, self.narrows, self.operands = {}, [], []
        self._cores, self._loose, self._looked, self._beside_matrices = {}, {}, [], set()

    def is_free(self, name: str) -> bool:
        """Whether nothing declares or defines a name."""
        reader = self.reader
        known = name in reader.declared or name in reader.definitions or name in reader.symbols
        return not (known or reader.is_constant(name))

    def is_free_matrix(self, name: str | None) -> bool:
        """Whether a name is an upper-case one that nothing declares or defines."""
        return name is not None and name[0].isupper() and self.is_free(name) and name not in self.scalars

    # ---------------------------------------------------------------------------------------------------- products

    def look(self, tree: Tree) -> None:
        """Keep which product a part is. Its own parts have been looked at."""
        if tree.kind not in _WHOLE:
            return
        if tree.kind in ("chain", "product", "call"):
            self._looked.append(tree)
        elif tree.kind == "sum" and any(self.is_free_matrix(named(arg)) for arg in tree.args):
            self._beside_matrices.update(tree.args)
        if (core := self._core(tree)) is not None:
            self._cores[tree] = core

    def core(self, tree: Tree) -> Core | None:
        """The product that a part is, if any."""
        return self._cores.get(tree)

    def _core(self, tree: Tree) -> Core | None:
        kind, args = tree.kind, tree.args
        if kind in ("group", "total"):
            return self.core(args[0])
        if kind == "negative":
            found = self.core(args[0])
            return found and found._replace(sign=found.sign * (-1) ** tree.value)
        if kind == "name":
            definition = self.reader.definitions.get(str(tree.value))
            return None if definition is None else self.core(definition)
        if kind == "sum":
            signed = zip(tree.ops, map(self.core, args), strict=True)
            return next((c._replace(sign=-c.sign if op == "MINUS" else c.sign) for op, c in signed if c), None)
        if kind == "call":
            return self._of_call(tree)
        if kind in ("chain", "product"):
            return self._of_product(tree)
        return None

    def _of_call(self, tree: Tree) -> Core | None:
        name = tree.value[0]
        row = FUNCTIONS.get(name)
        found = next((core for core in map(self.core, tree.args) if core), None)
        if found is None or name in _BY_ROWS:
            return found and found._replace(sign=1, through="rows")
        entries = row is None or name in ENTRIES or name in ("max", "min")
        return found._replace(sign=1) if entries and (name not in ("max", "min") or len(tree.args) > 1) else None

    def _of_product(self, tree: Tree) -> Core | None:
        factors = [arg for op, arg in zip(tree.ops, tree.args, strict=True) if op in ("", "TIMES")]
        factors = [arg for arg in factors if arg.kind != "number"]
        if any(op in ("HADAMARD", "OVER_ENTRIES", "KRONECKER") for op in tree.ops):
            found = next((core for core in map(self.core, tree.args) if core), None)
            return found and found._replace(through="entries")
        if len(factors) == 1:
            return self.core(factors[0])
        if not factors:
            return None
        first, last = factors[0], factors[-1]
        inner = self.core(last)
        end = inner.end if inner is not None else last
        return Core(named(first) or "", named(last) or named(end) or "", end)

    # ------------------------------------------------------------------------------------------------------- sums

    def bias(self, tree: Tree) -> str | None:
        """The bias that a term is: a name, a multiple or a function of the entries of it, that nothing defines."""
        while True:
            if tree.kind in ("group", "negative") or (
                tree.kind == "call"
                and len(tree.args) == 1
                and (tree.value[0] in ENTRIES or tree.value[0] not in FUNCTIONS)
            ):
                tree = tree.args[0]
            elif tree.kind == "chain":
                factors = [arg for arg in tree.args if arg.kind != "number"]
                if len(factors) != 1 or tree.ops[tree.args.index(factors[0])] not in ("", "TIMES"):
                    return None
                tree = factors[0]
            else:
                break
        name = str(tree.value) if tree.kind == "name" else ""
        reader = self.reader
        return name if is_bias(name) and name not in (*reader.definitions, *reader.symbols) else None

    def is_by_row(self, core: Core | None) -> bool:
        """Whether a bias beside a product has an entry for each row: W X + b."""
        return core is not None and begins_with_weights(core.first) and not begins_with_weights(core.last)

    def is_scalar(self, core: Core | None, alone: bool) -> Callable[[], bool]:
        """Whether a bias beside a column is a number, which is known later. `alone`: A w - b."""

        def found() -> bool:
            if core is None or alone:
                return False
            end = named(core.end)
            narrowed = any(name == end and narrow.narrowed for name, _, _, narrow in self.narrows)
            return narrowed or any(_WEIGHTS.fullmatch(name) for name in (core.last, end or ""))

        return found

    def narrowing(self, tree: Tree) -> Iterator[Narrow]:
        """The relations of what is subtracted from a product in a sum with the last factor of it."""
        loose: list[tuple[Tree, int]] = []
        cores: list[tuple[Core, Tree]] = []
        for op, arg in zip(tree.ops, tree.args, strict=True):
            sign = -1 if op == "MINUS" else 1
            while arg.kind == "group" or (arg.kind == "negative" and arg.args[0].kind == "name"):
                sign, arg = -sign if arg.kind == "negative" else sign, arg.args[0]
            core = self.core(arg)
            if core is not None and not core.through:
                cores.append((core._replace(sign=core.sign * sign), arg))
            if arg.kind == "sum":
                loose += [(name, sign * of) for name, of in self._loose.get(arg, ())]
            elif arg.kind == "name" and self._may_narrow(str(arg.value)):
                loose.append((arg, sign))
        self._loose[tree] = loose[:_LOOSE]
        for core, term in cores:
            last = named(core.end)
            for name, sign in loose[:_LOOSE]:
                if sign == -core.sign and self.is_free_matrix(last) and name is not term:
                    found = Narrow(name.var, core.end.var, term.var)
                    self.narrows.append((str(last), name, term, found))
                    yield found

    def intercepts(self, tree: Tree) -> Iterator[Tree]:
        """The terms of a sum that are undeclared names of intercepts, beside a slope times a vector: a + b x."""
        signed = [(-1 if op == "MINUS" else 1, arg) for op, arg in zip(tree.ops, tree.args, strict=True)]
        signed = [
            (-sign, arg.args[0]) if arg.kind == "negative" and arg.value == 1 else (sign, arg) for sign, arg in signed
        ]
        slopes = {(sign, slope) for sign, arg in signed if (slope := self._slope(arg))}
        for sign, arg in signed if slopes else ():
            name = str(arg.value) if arg.kind == "name" else ""
            crossed = {slope for of, slope in slopes if of == sign and crosses(name, slope)}
            if name and self.is_free(name) and crossed:
                self.slopes |= crossed
                yield arg

    def _slope(self, tree: Tree) -> str:
        """The undeclared name that a term multiplies a lower-case name by, "" where it is none: b of b x."""
        if tree.kind not in ("chain", "product") or tree.ops[-1] not in ("TIMES", "HADAMARD"):
            return ""
        names = [str(arg.value) for arg in tree.args if arg.kind == "name"]
        plain = len(names) == 2 and len(tree.args) == 2 and "".join(names).isascii()
        return names[0] if plain and names[0][0].islower() and names[1][0].islower() and self.is_free(names[0]) else ""

    def _may_narrow(self, name: str) -> bool:
        return not (name[0].isupper() or is_bias(name) or is_greek(name) or self.reader.is_constant(name))

    # ------------------------------------------------------------------------------------------------------- asking

    def ask(self, solver: Solver) -> None:
        """Raise AmbiguousError where nothing says which of several readings is meant."""
        for tree in self._looked:
            if tree.kind == "call":
                found = [(term, at) for term, at in self._by_entries(solver, tree) if not self._is_plain(term)]
                if found:
                    self._ask_entries(tree.args[0], found)
                if not self.reader.declared:
                    self._ask_columns(solver, tree)
            else:
                self._ask_dot(solver, tree)
                if tree.kind == "chain":
                    self._ask_sample(solver, tree)
        for tree in self._looked:
            at = None if tree.kind == "call" else self._meant_by_entries(solver, tree)
            if at is not None and self._is_of_data(tree, at):
                self._ask_entries(tree, [(tree, at)])
        for operands in self.operands:
            if operands.relation.open is not None:
                self._ask_spreading(solver, operands)

    def _ask_sample(self, solver: Solver, tree: Tree) -> None:
        for i, (left, right) in enumerate(zip(tree.args, tree.args[1:], strict=False)):
            name = str(left.value) if left.kind == "name" else ""
            if not (_SAMPLE.fullmatch(name) and self.is_free(name) and tree.ops[i + 1] == "TIMES"):
                continue
            if tree.ops[i] in ("", "TIMES") and self.is_free_matrix(named(right)) and right.kind != "group":
                matrix = self._text(right)
                readings = [Alternative(f"{name} is a row, declared `{name}: 1 x d`", f"{name}' {matrix}")]
                if i + 2 == len(tree.args) and tree not in self._beside_matrices:  # beside which a column is asked
                    readings.append(Alternative(f"{name} is a column", f"{matrix} {name}"))
                readings.append(Alternative(f"{name} is a scalar", f"{name} * {matrix}"))
                raise self._asked(left.start, right.end, readings)

    def _ask_dot(self, solver: Solver, tree: Tree) -> None:
        """Ask what w·x is where nothing says that the names are vectors, or numbers."""
        for op, left, right in zip(tree.ops[1:], tree.args, tree.args[1:], strict=False):
            while left.kind in ("chain", "negative"):
                left = left.args[-1]
            sign = self.reader.source.text[left.end : right.start].strip()
            numbers = [self._may_be_dotted(solver, arg) for arg in (left, right)]
            if op != "TIMES" or sign not in DOTS or not (all(numbers) or (sign == "@" and any(numbers))):
                continue
            same = left.kind == right.kind == "entry" and left.value == right.value
            if same or SCALAR not in (solver.state(left.var), solver.state(right.var)):
                continue
            a, b = self._text(left), self._text(right)
            readings = ("the product of vectors", f"{a}' {b}"), ("a product of numbers", f"{a} {b}")
            raise self._asked(left.start, right.end, [Alternative(*reading) for reading in readings])

    def _may_be_dotted(self, solver: Solver, tree: Tree) -> bool:
        stem = tree.args[0] if tree.kind == "entry" and len(tree.value) == 1 else tree
        name = str(stem.value) if stem.kind == "name" else ""
        return name[:1].islower() and self.is_free(name) and not is_greek(name) and not solver.is_matrix(tree.var)

    def _ask_entries(self, inner: Tree, found: Sequence[tuple[Tree, int]]) -> None:
        """Ask what products in a part are that make a name a scalar, or are of a matrix and a logarithm: y*log(p)."""
        names = list(dict.fromkeys(str(single(term.args[at])) for term, at in found))
        if any(name in self._certain() for name in names):
            return
        text, instead, start = self.reader.source.text, "", inner.start
        times = r"\odot" if "\\" in text else ".*"
        for term, at in found:
            left, right = term.args[at : at + 2] if at + 1 < len(term.args) else term.args[at - 1 : at + 1]
            instead += f"{text[start : left.end]} {times} "
            start = right.start
        instead = " ".join(f"{instead}{text[start : inner.end]}".split())
        shown = ", ".join(names)
        if names[0][0].isupper():
            letters = fresh({*self.reader.dimensions, *self.reader.declared, *self.reader.definitions})
            rows, columns = next(letters), next(letters)
            square = any(self._is_squared(*term.args[at : at + 2]) for term, at in found if at + 1 < len(term.args))
            shape = f"{shown}: {rows} x {rows if square else columns}"
            other = Alternative("it is the matrix product", shape)
        else:
            other = Alternative(f"{shown} is a scalar", f"{shown}: scalar")
        raise self._asked(inner.start, inner.end, [Alternative("entries are multiplied", instead), other])

    def _by_entries(self, solver: Solver, tree: Tree) -> list[tuple[Tree, int]]:
        """The products under a sum or a mean with a factor that may well be an array, and where that is."""
        if tree.value[0] not in ("sum", "mean") or len(tree.args) != 1:
            return []
        terms = summands(tree.args[0])
        return [(term, at) for term in terms if (at := self._meant_by_entries(solver, term)) is not None]

    def _is_of_data(self, term: Tree, at: int) -> bool:
        """Whether a product, which nothing adds, is one by * or of a logarithm, of a name that data have: y*log(p)."""
        factors = term.args[at : at + 2] if at + 1 < len(term.args) else term.args[at - 1 :]
        name = str(single(term.args[at]))
        if not _DATA.fullmatch(name) or name in self.slopes or any(self.is_free_matrix(named(f)) for f in factors):
            return False
        left, right = factors[0], factors[1]
        starred = "*" in self.reader.source.text[left.end : right.start]
        starred |= left.kind == "group" and any(arg.kind == "number" for arg in left.args[0].args)  # (1 - a) y
        return starred or (right.kind == "call" and right.value[0] in _LOGARITHMS)

    def _is_plain(self, term: Tree) -> bool:
        """Whether a product is one of names side by side, a x, in which the first is a number as on paper."""
        names = all(arg.kind in ("name", "number") for arg in term.args)
        return names and "*" not in self.reader.source.text[term.start : term.end]

    def _meant_by_entries(self, solver: Solver, term: Tree) -> int | None:
        """Which factor of a product is an undeclared name that may well be an array like the factor beside it."""
        if term.kind not in ("chain", "product") or not set(term.ops) <= {"", "TIMES", "OVER"}:
            return None
        arrays = [arg.var for arg in term.args if solver.state(arg.var) == ARRAY]
        beside_columns = bool(arrays) and all(solver.is_one(var.columns) for var in arrays)
        for at, factor in enumerate(term.args):
            name = single(factor)
            following = term.args[at + 1] if term.ops[at + 1 : at + 2] == ["TIMES"] else None
            joined = following is not None or (at > 0 and term.ops[at] == "TIMES")
            if name is None or not joined or is_greek(name) or not self.is_free(name):
                continue
            if name[0].isupper():
                logarithm = following is not None and following.kind == "call" and following.value[0] in _LOGARITHMS
                logarithm = logarithm or self._is_squared(factor, following)
                if logarithm and following is not None and solver.is_matrix(following.var):
                    return at
            elif beside_columns and solver.state(factor.var) == SCALAR:
                return at
        return None

    def _is_squared(self, factor: Tree, following: Tree | None) -> bool:
        """Whether it is X of X*X."""
        alike = following is not None and named(factor) == named(following) and factor.kind == following.kind == "name"
        return alike and following is not None and "*" in self.reader.source.text[factor.end : following.start]

    def _certain(self) -> set[str]:
        """The names that are scalars for sure: they divide, are exponents, or multiply what is a scalar as written."""
        found: set[str] = set()
        for tree in (tree for root in self.trees for tree in walk(root)):
            if tree.kind == "power":
                found.add(str(single(tree.args[1])))
            elif tree.kind in ("chain", "product"):
                scalar = any(map(is_scalar, tree.args))
                factors = zip(tree.ops, tree.args, strict=True)
                found.update(str(single(arg)) for op, arg in factors if scalar or op == "OVER")
        return found

    def _ask_columns(self, solver: Solver, tree: Tree) -> None:
        name = tree.value[0]
        if self._normalizes_samples(solver, tree):
            inner = self._text(tree.args[0])
            columns = Alternative("samples are columns", f"{name}({inner}, columns)")
            raise self._asked(
                tree.start, tree.end, [columns, Alternative("samples are rows", f"{name}({inner}, rows)")]
            )

    def _normalizes_samples(self, solver: Solver, tree: Tree) -> bool:
        """Whether a function of rows is of a product whose samples may be columns: softmax(W X + b)."""
        if tree.kind != "call" or tree.value[0] not in _BY_ROWS or len(tree.args) > 1:
            return False
        return self.is_by_row(self.core(tree.args[0])) and solver.is_matrix(tree.args[0].var)

    def _ask_spreading(self, solver: Solver, operands: Operands) -> None:
        left, right, relation = operands
        vector, op = relation.open, relation.op
        small, large = (left, right) if vector is relation.left else (right, left)
        if solver.state(small.var) == SCALAR:
            name = named(small)
            if name is None or not self.is_free(name):
                return
        elif not (solver.is_one(small.var.columns) and solver.is_matrix(large.var)):
            return
        text = self._text(small)
        short = text if small.kind in ("name", "call", "group", "transpose") else f"({text})"
        spellings = [f"{short} 1'", f"1 {short}'"]
        start, end = min(left.start, right.start), max(left.end, right.end)
        readings = []
        for said, spelled in zip(("every column", "every row"), spellings, strict=True):
            bracketed = spelled if op in ("PLUS", "MINUS", "COMMA") else f"({spelled})"
            readings.append(Alternative(f"{text} stands in {said}", self._with(start, end, small, bracketed)))
        column = solver.is_column(small.var) and solver.state(small.var) != SCALAR
        if (
            column and small.kind != "name" and large.kind == "name" and self.is_free_matrix(named(large))
        ):  # a vector in capitals: Y - X β
            size = next(fresh({*self.reader.dimensions, *self.reader.declared, *self.reader.definitions}))
            readings.insert(0, Alternative(f"{named(large)} is a column, too", f"{named(large)}: {size}"))
        if solver.state(small.var) == SCALAR:
            other = self._text(large)
            product = f"{text} * {other}" if op == "HADAMARD" else f"{other} / {text}"
            if op == "HADAMARD" or small is right:
                readings.append(Alternative(f"{text} is a scalar", product))
        raise self._asked(start, end, readings)

    def _with(self, start: int, end: int, part: Tree, instead: str) -> str:
        text = self.reader.source.text
        return " ".join((text[start : part.start] + instead + text[part.end : end]).split())

    def _text(self, tree: Tree) -> str:
        return " ".join(self.reader.source.text[tree.start : tree.end].split())

    def _asked(self, start: int, end: int, readings: Sequence[Alternative]) -> MatcalcError:
        return self.reader.source.asked(start, end, *readings)

    # -------------------------------------------------------------------------------------------------------- notes

    def notes(self, solver: Solver) -> Iterator[Prose]:
        """What is said of biases, of scalars before matrices, of samples, once all shapes are known."""
        for name, function in self.matrices.items():
            yield marked(
                f"`{name}` is taken to be a matrix, as `{function}` is of one; for a number declare `{name}: scalar`"
            )
        for name in sorted(self.of_entries):
            yield marked(
                f"`{name}` may be a vector, as `{name}.^` is of its entries; for a number declare `{name}: scalar`"
            )
        for tree, found in self.biases.items():
            yield from self._of_bias(solver, tree, found.whole)
        for tree in self._looked:
            if tree.kind == "call":
                for term, at in self._by_entries(solver, tree):
                    if self._is_plain(term):
                        name, whole = self._text(term.args[at]), self._text(term)
                        yield marked(
                            f"`{name}` is taken to be a scalar in `{whole}`; entry by entry it is `{name} .* …`"
                        )
            if tree.kind in ("chain", "product"):
                yield from self._of_scalars(solver, tree)
            elif self._normalizes_samples(solver, tree):
                shown, inner = self._text(tree), self._text(tree.args[0])
                yield marked(
                    f"`{shown}` goes along rows; if samples are columns write `{tree.value[0]}({inner}, columns)`"
                )

    def _of_bias(self, solver: Solver, tree: Tree, whole: Var) -> Iterator[Prose]:
        # Beside a matrix, or where it is a number, it is noted when it is spread.
        name = self.bias(tree)
        alike = solver.are_one(tree.var.rows, whole.rows) and solver.are_one(tree.var.columns, whole.columns)
        if name is not None and self.is_free(name) and alike and solver.state(tree.var) != SCALAR:
            kind = "column" if solver.is_one(whole.columns) else "row"
            yield marked(
                f"`{name}` is taken to be a {kind}, as it stands beside one; for a number declare `{name}: scalar`"
            )

    def _of_scalars(self, solver: Solver, tree: Tree) -> Iterator[Prose]:
        for left, op, right in zip(tree.args, tree.ops[1:], tree.args[1:], strict=False):
            name = str(left.value) if (left.kind, op) == ("name", "TIMES") else ""
            scalar = name[:1].islower() and self.is_free(name) and solver.state(left.var) == SCALAR
            if scalar and right is tree.args[-1] and solver.is_row(right.var):  # a x', perhaps an outer product
                letter = next(fresh({*self.reader.dimensions, *self.reader.declared}))
                yield marked(f"`{name}` is taken to be a scalar; for a column declare `{name}: {letter}`")
            elif scalar and not is_greek(name) and right.value != "I" and solver.is_matrix(right.var):
                size = solver.known(right.var.rows)
                yield marked(f"`{name}` is taken to be a scalar; for a row declare `{name}: 1 x {size}`")

    def narrowed(self, shape: Callable[[str], Shape], letter: str) -> Iterator[Prose]:
        """What is said of the capitals that became columns. `shape` of a name; `letter`: a size that is free."""
        said: set[str] = set()
        for last, name, term, narrow in self.narrows:
            vector = str(name.value)
            if narrow.row and vector not in said and self.is_free(vector):
                said.add(vector)
                shown = self.reader.source.quote(term.start, term.end)
                yield marked(
                    f"`{vector}` is taken to be a row, as `{shown}` is one; for a number declare `{vector}: scalar`"
                )
            if narrow.narrowed and last not in said:
                said.add(last)
                shown = self.reader.source.quote(term.start, term.end)
                sizes = "×".join(map(str, shape(last)))
                yield marked(
                    f"`{vector}` is taken to be a column, so `{shown}` is one and `{last}` is {sizes}; for matrices "
                    f"declare `{vector}: {shape(vector)[0]} x {letter}`"
                )
