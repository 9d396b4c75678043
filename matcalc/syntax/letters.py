"""Where the indices in trees are bound, and which names with one index are rows of a matrix.

A sum binds its letters for what is summed, a definition by entries its letters for the whole of it. `x_i` is row i of
X, as a column, where X is known, or where a transpose, a norm or a matrix beside it makes it a vector.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from matcalc.errors import Alternative, MatcalcError, ParseError, UnsupportedError
from matcalc.expr import SCALAR
from matcalc.prose import marked
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.looks import bare, is_bias
from matcalc.syntax.paired import written_out
from matcalc.syntax.reader import Reader
from matcalc.syntax.several import as_line, refuse_matrices
from matcalc.syntax.tokens import GREEK
from matcalc.syntax.tree import Bounds, Tree, walk
from matcalc.syntax.vocabulary import ENTRY

_NAMES = frozenset(GREEK.values())
_KINDS = frozenset(("entry", "over", "array"))


class Letter:
    """An index where it is bound: its name, and where it ends, if the program says so."""

    __slots__ = ("last", "name")

    def __init__(self, name: str, last: str | int | None = None) -> None:
        self.name = name
        self.last = last

    def __repr__(self) -> str:
        return self.name


Scope = Mapping[str, Letter]


def bind(reader: Reader, bare: Tree | None) -> None:
    """Give every index in the trees of a program the letter that binds it, and make rows of what is one.

    Raises AmbiguousError for an index that is free beside a sum over it, UnsupportedError for one used as a number.
    """
    roots = [*reader.definitions.values(), *(tree for _, _, tree in reader.given)]
    roots += [bare] if bare is not None else []
    if not any(tree.kind in _KINDS for root in roots for tree in walk(root)):
        return
    everything = [tree for root in roots for tree in walk(root)]
    stems = {id(tree.args[0]): str(tree.args[0].value) for tree in everything if tree.kind == "entry"}
    alone = {str(tree.value) for tree in everything if tree.kind == "name" and id(tree) not in stems}
    reader.take_for_names(set(stems.values()) - alone)  # of π_k, which is not the number
    for root in roots:
        _Scopes(reader, root).bind()
    refuse_matrices(reader, roots)
    for tree in everything:
        _ask_divisor(reader, tree)
    for root in roots:
        _ask_biases(reader, root)
    _count(reader, roots)
    rows = _Rows(reader, roots)
    for root in roots:
        rows.look(root)
    rows.settle()
    _refuse_layers(reader, roots)


def _ask_divisor(reader: Reader, tree: Tree) -> None:
    """Ask whether the last factor of a sum that divides is one of it: exp(z_i) / Σ_j exp(z_j) y_i."""
    over = tree.args[-1] if tree.kind == "chain" and tree.ops[-1] == "OVER" else tree
    body = over.args[0] if over is not tree and over.kind == "over" else tree
    if body is tree or body.kind != "chain" or body.ops[-1] != "TIMES":
        return
    letters = {letter for part in walk(body.args[-1]) if part.kind == "entry" for letter in part.value}
    if not letters or not letters.isdisjoint(over.value):
        return
    text, end = reader.source.text, body.args[-2].end
    last = text[body.args[-1].start : body.end]
    raise reader.source.asked(
        tree.start,
        tree.end,
        Alternative(f"{last} multiplies", f"({text[tree.start : over.start]}{text[over.start : end]}) {last}"),
        Alternative(f"{last} divides", f"{text[tree.start : over.start]}({text[over.start : over.end]})"),
    )


def _ask_biases(reader: Reader, root: Tree) -> None:
    """Ask whether b_u and b_i beside r_ui are entries of one vector b."""
    entries = [tree for tree in walk(root) if tree.kind == "entry"]
    pairs = [set(tree.value) for tree in entries if len(tree.value) == 2]
    biases = [t for t in entries if len(t.value) == 1 and is_bias(str(t.args[0].value)) and _is_term(root, t)]
    for one, other in itertools.combinations(biases, 2):
        name = str(one.args[0].value)
        if other.args[0].value != name or one.value == other.value or name in {*reader.declared, *reader.definitions}:
            continue
        if {*one.value, *other.value} in pairs:
            text = reader.source.text
            new = next(n for n in "abcdefg" if n not in {str(t.value) for t in walk(root) if t.kind == "name"})
            renamed = new + text[one.start + len(name) : one.end]
            rest = text[one.end : other.end]
            raise reader.source.asked(
                one.start,
                other.end,
                Alternative("these are two vectors", f"{renamed}{rest}"),
                Alternative(f"{name} is one vector, declared", f"{name}: n"),
            )


def _is_term(root: Tree, part: Tree) -> bool:
    return any(part in tree.args for tree in walk(root) if tree.kind == "sum")


def _count(reader: Reader, roots: list[Tree]) -> None:
    """The n of 1/n Σ_i, where nothing else says what it is, is how many i there are, and noted."""
    divisors: dict[str, list[tuple[Tree, Letter]]] = {}
    uses: dict[str, int] = {}
    for root in roots:
        for tree in walk(root):
            if tree.kind == "name":
                uses[str(tree.value)] = uses.get(str(tree.value), 0) + 1
            if tree.kind == "chain" and tree.args[-1].kind == "over" and len(tree.args[-1].value) == 1:
                (letter,) = tree.args[-1].value
                for op, arg in zip(tree.ops, tree.args, strict=True):
                    if op == "OVER" and letter.last is None:
                        for part in walk(arg):
                            if part.kind == "name":
                                divisors.setdefault(str(part.value), []).append((part, letter))
    for name, found in divisors.items():
        known = name in reader.declared or name in reader.definitions or name in reader.symbols
        if name in ("n", "N", "m", "M") and not known and name not in reader.dimensions and uses[name] == len(found):
            reader.dimensions.add(name)
            for _, letter in found:
                letter.last = name
            of = found[0][1].name
            note = f"`{name}` is taken to be the number that the index ${of}$ runs to"
            reader.notes[marked(f"{note}; declare `{name}: scalar` for another one")] = None


class _Scopes:
    def __init__(self, reader: Reader, root: Tree) -> None:
        self.reader = reader
        self.root = root
        self.bound = {letter for t in walk(root) if t.kind == "over" for letter in t.value.letters}

    def bind(self) -> None:
        """Letters for names, from the outside."""
        stack: list[tuple[Tree, Scope]] = [(self.root, {})]
        while stack:
            tree, scope = stack.pop()
            if tree.kind == "over" and isinstance(tree.value, Bounds) and self._is_paired(tree, scope):
                stack.append((tree, scope))
                continue
            if tree.kind == "over" and isinstance(tree.value, Bounds):
                letters = tuple(Letter(self._fresh(name, scope), tree.value.last) for name in tree.value.letters)
                scope = {**scope, **dict(zip(tree.value.letters, letters, strict=True))}
                tree.value = letters
                if isinstance(letters[0].last, str):
                    self.reader.dimensions.add(letters[0].last)
            elif tree.kind == "array":
                tree.value = tuple(Letter(name, last) for name, last in tree.value)
                self.reader.dimensions.update(x.last for x in tree.value if isinstance(x.last, str))
                scope = {letter.name: letter for letter in tree.value}
                if len(scope) < len(tree.value) or len(scope) > 2:
                    message = "an array is defined by an entry for one index or two, each another letter"
                    raise self.reader.source.error(UnsupportedError, message, tree.start, tree.end)
            elif tree.kind == "entry":
                for name in tree.value:
                    if name not in scope:
                        raise self._free(tree, name)
                if self.reader.is_constant(str(tree.args[0].value)):
                    raise self._number(tree)
                tree.value = tuple(scope[name] for name in tree.value)
                if tree.args[0].value == "delta" and len(tree.value) == 2 and not self._known("delta"):
                    tree.kind, tree.args = "delta", []
                elif len(tree.value) > 2:
                    raise self._tensor(tree)
            elif as_line(tree, scope):
                pass
            elif tree.kind == "name" and tree.value in scope and not self._known(tree.value):
                message = f"{tree.value} is an index here, and stands as a number"
                hint = "an entry is written y_i, row i of a matrix x_i; an array of such numbers gets a name: v_i"
                raise self.reader.source.error(UnsupportedError, message, tree.start, tree.end, hint=hint)
            stack.extend((arg, scope) for arg in tree.args if tree.kind not in ("entry", "delta"))

    def _is_paired(self, over: Tree, scope: Scope) -> bool:
        """Whether it was a sum over a part of all pairs, and is written out now."""
        body = over.args[0]
        nested = body.kind == "over" and isinstance(body.value, Bounds) and body.value.apart == "<"
        if nested and len(over.value.letters) == 1 and over.value.letters[0] in body.value.letters:
            over.value = body.value._replace(last=body.value.last or over.value.last)  # Σ_i Σ_{j<i} is Σ_{j<i}
            over.args = body.args
        if not over.value.apart:
            return False
        reader = self.reader
        reader.notes[marked(written_out(reader.source, over, scope, self._is_symmetric))] = None
        return True

    def _is_symmetric(self, name: str) -> bool:
        declared = self.reader.declared.get(name)
        return declared is not None and bool(declared.attributes & {"symmetric", "pd", "psd", "diagonal"})

    def _known(self, name: str) -> bool:
        reader = self.reader
        return name in reader.declared or name in reader.definitions or name in reader.symbols

    def _fresh(self, name: str, scope: Scope) -> str:
        """The name of a letter that a sum binds: another one inside a sum over the same, Σ_i a_i / Σ_i b_i."""
        if name not in scope:
            return name
        taken = {*self.bound, *(letter.name for letter in scope.values())}
        found = next((letter for letter in "jklmnpqrstuvwabcdefgh" if letter not in taken), None)
        if found is None:
            return name
        self.bound.add(found)
        return found

    def _number(self, tree: Tree) -> MatcalcError:
        shown, name = self.reader.source.quote(tree.start, tree.end), tree.args[0].value
        message = f"{shown} has an index, and {name} alone is a constant"
        hint = f"write another letter for the array, or declare `{name}: n`"
        return self.reader.source.error(UnsupportedError, message, tree.start, tree.end, hint=hint)

    def _tensor(self, tree: Tree) -> MatcalcError:
        shown = self.reader.source.quote(tree.start, tree.end)
        message = f"{shown} has {len(tree.value)} indices, and a matrix has two"
        return self.reader.source.error(UnsupportedError, message, tree.start, tree.end)

    def _free(self, tree: Tree, name: str) -> MatcalcError:
        """An index that is bound elsewhere in the statement, and free here: brackets are missing, perhaps."""
        source, text = self.reader.source, self.reader.source.text
        sums = [t for t in walk(self.root) if t.kind == "over" and name in _names(t) and t.start < tree.start]
        shown = source.quote(tree.start, tree.end)
        if not sums:
            message = f"{shown} has the index {name}, which nothing binds here"
            hint = f"sum over it, Σ_{name} …, or define an array by its entries"
            return source.error(ParseError, message, tree.start, tree.end, hint=hint)
        over = max(sums, key=lambda t: t.start)
        body, outer = over.args[0], self._around(over, tree)
        whole = text[body.start : outer.end]
        head = text[over.start : body.start].rstrip()
        left = text[over.end : outer.end]
        return source.asked(
            over.start,
            outer.end,
            Alternative("the sum is of all that has the index", f"{head} ({whole.strip()})"),
            Alternative("each is summed by itself", f"{text[over.start : over.end]}{_repeated(left, head)}"),
        )

    def _around(self, over: Tree, tree: Tree) -> Tree:
        # The smallest part of the statement that holds both.
        holds = [t for t in walk(self.root) if t.start <= over.start and t.end >= tree.end and t is not tree]
        return min(holds, key=lambda t: t.end - t.start)


def _repeated(left: str, head: str) -> str:
    # " + (1 - y_i) …" as " + Σ_i (1 - y_i) …"
    sign = left.lstrip()[:1]
    return f" {sign} {head} {left.lstrip()[1:].strip()}" if sign in "+-−–" else f" + {head} {left.strip()}"


def _names(over: Tree) -> tuple[str, ...]:
    value = over.value
    return value.letters if isinstance(value, Bounds) else tuple(letter.name for letter in value)


# ---------------------------------------------------------------------------------------------------------------- rows


class _Rows:
    def __init__(self, reader: Reader, roots: list[Tree]) -> None:
        self.reader = reader
        self.entries = [t for root in roots for t in walk(root) if t.kind == "entry"]
        self.names = {str(t.value) for root in roots for t in walk(root) if t.kind == "name"}
        self.indexed = [t for root in roots for t in walk(root) if t.kind == "call" and t.value[0] == ENTRY]
        inside = {id(t.args[0]) for t in self.entries}
        self.plain = {str(t.value) for root in roots for t in walk(root) if t.kind == "name" and id(t) not in inside}
        self.pairs = {str(t.args[0].value) for t in self.entries if len(t.value) == 2}
        self.stems: set[str] = set()
        self.marked: set[str] = set()  # the definitions that are vectors
        self.outer: list[tuple[Tree, Tree, Tree]] = []  # the products that end with u_i v_i', and these two

    def look(self, root: Tree) -> None:
        """What a root says of which names are rows."""
        for tree in walk(root):
            if tree.kind in ("transpose", "norm"):
                self.mark(tree.args[0])
            elif tree.kind == "inner":
                for arg in tree.args:
                    self.mark(arg)
            elif tree.kind == "chain":
                beside, last = tree.args[-2], tree.args[-1]
                if [beside.kind, last.kind, tree.ops[-1]] == ["entry", "transpose", "TIMES"]:
                    self.outer.append((tree, beside, last.args[0]))
                for before, factor, op in zip(tree.args, tree.args[1:], tree.ops[1:], strict=False):
                    if op != "TIMES":
                        continue
                    if self._is_matrix(before) or self._is_row(before):
                        self.mark(factor, sums=self._is_row(before))

    def mark(self, root: Tree, sums: bool = True) -> None:
        """What is a vector as a whole has vectors for its terms; a sum after a capital, C Σ_i …, may be a number."""
        stack = [root]
        while stack:
            tree = stack.pop()
            if tree.kind == "entry" and len(tree.value) == 1:
                name = str(tree.args[0].value)
                self.stems.add(name)
                definition = self.reader.definitions.get(name)
                if definition is not None and definition.kind == "array" and self._is_defined_vector(name):
                    self.marked.add(name)  # o_i = Σ_j A_ij v_j: then v_j are rows
                    stack.append(definition.args[0])
            elif tree.kind in ("sum", "group", "negative", "call") or (tree.kind == "over" and sums):
                stack.extend(tree.args)
            elif tree.kind in ("chain", "product"):
                stack.append(self._vector_of(tree))
            elif tree.kind == "name" and self._is_defined_vector(str(tree.value)):
                self.marked.add(str(tree.value))
                stack.append(self.reader.definitions[str(tree.value)])

    def _is_defined_vector(self, name: str) -> bool:
        declared = self.reader.declared.get(name)
        number = declared is not None and declared.shape == SCALAR
        return name in self.reader.definitions and name not in self.marked and not number

    def _vector_of(self, tree: Tree) -> Tree:
        # The factor that a product of numbers, matrices and one vector is a vector by.
        times = [arg for op, arg in zip(tree.ops, tree.args, strict=True) if op not in ("OVER", "OVER_ENTRIES")]
        arrays = [arg for arg in times if not self._is_number(arg)]
        return (arrays or times)[-1]

    def _is_number(self, tree: Tree) -> bool:
        """Whether a factor is a number by a row times a column in it: y_i - x_i'b."""
        terms = [bare(term) for term in bare(tree).args] if bare(tree).kind == "sum" else [bare(tree)]
        products = (term.args for term in terms if term.kind == "chain" and len(term.args) > 1)
        return any(self._is_row(args[0]) and not self._is_row(args[-1]) for args in products)

    def _is_column(self, root: Tree) -> bool:
        """Whether something is a vector as a whole: W x_i + b, f(h_i) where h_i is one."""
        stack = [root]
        while stack:
            tree = stack.pop()
            if tree.kind == "entry" and len(tree.value) == 1 and str(tree.args[0].value) in self.stems:
                return True
            if tree.kind in ("sum", "group", "negative", "call"):
                stack.extend(tree.args)
            elif tree.kind in ("chain", "product") and not any(map(self._is_row, tree.args)):
                stack.append(self._vector_of(tree))
        return False

    def _is_row(self, tree: Tree) -> bool:
        tree = bare(tree)  # -w' of -w'x_i
        return tree.kind == "transpose" and not self._is_matrix(tree.args[0])

    def _is_matrix(self, tree: Tree) -> bool:
        tree = _inside(tree)
        if tree.kind == "name":
            name = str(tree.value)
            declared = self.reader.declared.get(name)
            if declared is not None:
                return 1 not in declared.shape and declared.shape != (None, None)
            return name[0].isupper() and name not in ("I",) and not name[0].isdigit() and not self._counts(name)
        if tree.kind in ("transpose", "power", "inverse_transpose", "negative"):
            return self._is_matrix(tree.args[0])
        if tree.kind == "sum":
            return any(map(self._is_matrix, tree.args))
        return tree.kind == "chain" and self._is_matrix(tree.args[-1])

    def _counts(self, name: str) -> bool:
        return name in self.reader.dimensions

    def settle(self) -> None:
        """Make rows of entries: of the matrix as typed, or of the capital of a name that is not known itself."""
        reader = self.reader
        lines = {name for name, tree in reader.definitions.items() if tree.kind == "array" and len(tree.value) == 1}
        self.stems |= lines & self.pairs
        more = -1
        while more != len(self.stems):  # h_i = f(W x_i) are rows, and so are what is made of them
            more = len(self.stems)
            self.stems |= {name for name in lines if self._is_column(reader.definitions[name].args[0])}
        for name in {str(t.args[0].value) for t in self.entries}:
            if name in reader.declared or name in reader.symbols:
                shape = reader.declared[name].shape if name in reader.declared else reader.symbols[name].shape
                if 1 not in shape and None not in shape:
                    self.stems.add(name)
            elif not self._known(name) and (matrix := capital(name)) and self._is_known(matrix):
                self.stems.add(name)
        for product in self.outer:
            self._ask_outer(*product)
        for tree in self.indexed:
            name = str(tree.args[0].value)
            if name in self.stems and not self._known(name) and (matrix := capital(name)):
                index = reader.source.quote(tree.args[1].start, tree.args[1].end)
                own = f"{name}{index}" if index.isalnum() else f"{name}0"
                own = rf"\mathrm{{{own}}}" if "\\" in reader.source.text else own
                row = Alternative(f"it is a row of {matrix}, as a column", f"({matrix}[{index},:]')")
                raise reader.source.asked(tree.start, tree.end, row, Alternative("it is a vector of its own", own))
        for tree in self.entries:
            name = str(tree.args[0].value)
            if len(tree.value) == 1 and name in self.stems:
                tree.kind = "line"
                if not self._known(name) and name not in self.pairs:
                    tree.args[0].value = capital(name) or name
        for name in self.stems & lines:
            reader.definitions[name].kind = "lines"
        for name in self.marked:
            rows = [t for t in walk(reader.definitions[name]) if t.kind == "line"]
            if rows and reader.definitions[name].kind != "lines":
                shown, of = reader.source.quote(rows[0].start, rows[0].end), rows[0].args[0].value
                note = f"`{shown}` is read as a row of `{of}`, as `{name}` is transposed or stands in a norm"
                reader.notes[marked(f"{note}; for a number declare `{name}: scalar`")] = None

    def _ask_outer(self, tree: Tree, beside: Tree, row: Tree) -> None:
        """Ask whether u_i of u_i v_i' is a number or a vector, where nothing else says so."""
        name, matrix = str(beside.args[0].value), capital(str(beside.args[0].value))
        if name in self.stems or len(beside.value) > 1 or row.kind != "entry" or self._known(name) or not matrix:
            return
        sizes = fresh({*self.plain, *self.reader.dimensions})
        rows, columns = next(sizes), next(sizes)
        shown = self.reader.source.quote(beside.start, beside.end)
        raise self.reader.source.asked(
            tree.start,
            tree.end,
            Alternative(f"{shown} is a row of {matrix}, as a column, declared", f"{matrix}: {rows} x {columns}"),
            Alternative(f"{shown} is a number, declared", f"{name}: {rows}"),
        )

    def _known(self, name: str) -> bool:
        reader = self.reader
        return name in reader.declared or name in reader.definitions or name in reader.symbols

    def _is_known(self, name: str) -> bool:
        return self._known(name) or name in self.plain


def _inside(tree: Tree) -> Tree:
    while tree.kind == "group":
        tree = tree.args[0]
    return tree


def capital(name: str) -> str | None:
    """The matrix whose rows are x_i, mu_k or yhat_n: X, Mu, Yhat; None for what is no letter."""
    stem = name.rstrip("0123456789")
    for accent in ("hat", "bar", "tilde", ""):
        core = stem.removesuffix(accent) if accent else stem
        if len(core) == 1 and core.islower():
            return core.upper() + name[len(core) :]
        if core in _NAMES and core.islower():
            return core.title() + name[len(core) :]
    return None


def _refuse_layers(reader: Reader, roots: list[Tree]) -> None:
    """Ask where two layers of weights are told apart only by their letters: w_jk and w_ij."""
    seen: dict[str, list[tuple[int, Tree, tuple[str, ...]]]] = {}
    for n, root in enumerate(roots):
        for tree in walk(root):
            if tree.kind == "entry" and len(tree.value) == 2:
                name = str(tree.args[0].value)
                if name not in reader.declared and name not in reader.definitions:
                    letters = tuple(letter.name for letter in tree.value)
                    seen.setdefault(name, []).append((n, tree, letters))
    for name, uses in seen.items():
        for n, _, (a, b) in uses:
            for m, _, (c, d) in uses:
                if m > n and {a, b} != {c, d} and (b == c or a == d):
                    source, root = reader.source, roots[m]
                    taken = {str(t.value) for other in roots for t in walk(other) if t.kind == "name"}
                    new = next(n for n in ("v", "u", *(f"{name}{k}" for k in range(2, 99))) if n not in taken)
                    new = new.upper() if name.isupper() else new
                    parts = [t for t in walk(root) if t.kind == "entry" and t.args[0].value == name]
                    text = source.text[root.start : root.end]
                    for part in sorted(parts, key=lambda t: -t.start):
                        at = part.start - root.start
                        text = text[:at] + new + text[at + len(name) :]
                    raise source.asked(
                        root.start,
                        root.end,
                        Alternative(f"the weights here are others than the {name} before", text),
                        Alternative(f"{name} is one square matrix, declared", f"{name}: n x n"),
                    )
