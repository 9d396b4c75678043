"""The array whose entries a formula with indices is: sums eliminated one letter at a time.

A product is a graph: its letters are the vertices, a factor with one letter is a vector on a vertex, one with two an
edge, a matrix. A letter that is summed goes by a product: Σ_k A_ik v_k B_kj is entry ij of A diag(v) B. One with three
neighbours has none. A letter that stays is a Hadamard product, or a diagonal beside a matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Term
from matcalc.operators import E, fn, hadamard, inner, matmul, ones, plus, power, scale, term
from matcalc.sigmas import is_entry, is_sum_over
from matcalc.sums.form import DEEPEST, NoMatrixForm, factors, free, opened, renamed, transposed

NORM_SQUARED = Number(2)
HIDDEN = "·"
"""What letters begin with that nobody typed."""


class TooWide(Exception):
    """A factor has more than two letters; opened into terms, it may still have a form."""

    def __init__(self, part: Node, letters: Sequence[str]) -> None:
        super().__init__()
        self.part = part
        self.letters = letters


class Contraction:
    """Turns formulas into arrays. `sizes` says what each letter runs over, `memo` keeps what is free in them."""

    def __init__(self, sizes: Mapping[str, Dim], memo: dict[Node, tuple[str, ...]]) -> None:
        self.sizes = sizes
        self.memo = memo

    def free(self, node: Node) -> tuple[str, ...]:
        """The letters that are free in a formula."""
        return free(node, self.memo)

    # ---------------------------------------------------------------------------------------------- sums

    def contracted(self, body: Node, bound: Sequence[str], out: tuple[str, ...]) -> Node:
        """The array of Σ over `bound` of a number, over the letters that stay: none, one (a column) or two.

        Raises NoMatrixForm with the part that has none.
        """
        if body.depth > DEEPEST:
            raise NoMatrixForm(body, "the formula is nested too deep")
        body, bound = self._merged(body, list(bound))
        try:
            return _Product(self, list(factors(body)), bound, out).array()
        except TooWide as found:
            terms = opened(body)
            if terms is None:
                raise NoMatrixForm(found.part, wide(found.letters)) from None
            # Σ (a + b) is Σ a + Σ b, each with a form of its own.
            return plus(*(self.contracted(t, bound, out) for t in terms))

    def _merged(self, body: Node, bound: list[str]) -> tuple[Node, list[str]]:
        # Sums inside a product are sums around it, if their letters are others.
        while True:
            inside = [f for f in factors(body) if isinstance(f, Term) and is_sum_over(f.op)]
            taken = {*bound, *self.free(body)}
            found = next((f for f in inside if f.op.letters[0] not in taken and self._narrow(f)), None)
            if found is None:
                return body, bound
            bound.append(found.op.letters[0])
            others = list(factors(body))
            others.remove(found)
            body = hadamard(*others, found.args[0])

    def _narrow(self, sum_: Node) -> bool:
        while isinstance(sum_, Term) and is_sum_over(sum_.op):
            sum_ = sum_.args[0]
        return all(len(self.free(f)) <= 2 for f in factors(sum_))

    # ---------------------------------------------------------------------------------------------- arrays

    def array(self, node: Node, out: tuple[str, ...]) -> Node:
        """The array of a number's values over `out`: its row and its column; one letter makes a column."""
        letters = self.free(node)
        if not set(letters) <= set(out):
            raise TooWide(node, letters)
        if len(set(out)) < len(out):  # both the same: a diagonal is meant
            out = out[:1]
        if not letters:
            return self._filled(node, out)
        own = tuple(letter for letter in out if letter in letters)
        found = self._own(node, own)
        if own == out:
            return found
        if isinstance(found, Term) and found.op is ops.SCALE:
            return scale(found.args[0], self._beside(found.args[1], own, out))
        return self._beside(found, own, out)

    def _beside(self, vector: Node, own: tuple[str, ...], out: tuple[str, ...]) -> Node:
        # The vector in every column, or in every row.
        if own == out[:1]:
            return matmul(vector, ops.T(ones(self.sizes[out[1]])))
        return matmul(ones(self.sizes[out[0]]), transposed(vector))

    def _filled(self, node: Node, out: tuple[str, ...]) -> Node:
        if not out:
            return node
        shape = tuple(self.sizes[letter] for letter in out)
        if node in (ops.ONE, Number(0)):
            return ones(*shape) if node == ops.ONE else ops.zeros(*shape)
        return scale(node, ones(*shape))

    def _own(self, node: Node, out: tuple[str, ...]) -> Node:
        # The array over just the letters that the number has.
        assert isinstance(node, Term)
        op, args = node.op, node.args
        if is_entry(op):
            return _entry(node, out)
        if is_sum_over(op):
            return self.contracted(args[0], [op.letters[0]], out)
        if len(parts := list(factors(node))) > 1:
            return _Product(self, parts, [], out).array()
        if op is ops.POWER:
            if self.free(args[1]):
                log = args[1] if args[0] is term(E) else hadamard(args[1], fn("log", args[0]))
                return self.array(fn("exp", log), out)
            return power(self.array(args[0], out), args[1])
        if op is ops.PLUS:
            return plus(*(self.array(a, out) for a in args))
        if op.elementwise:
            numbers = {i for i in op.signature.scalars if not self.free(args[i])}
            return term(op, *(self.array(a, () if i in numbers else out) for i, a in enumerate(args)))
        raise NoMatrixForm(node, f"{op.words[0] if op.words else op.name} of what has an index has no form here")


def _entry(node: Term, out: tuple[str, ...]) -> Node:
    letters, array = node.op.letters, node.args[0]
    if len(letters) == 1:
        return array
    if letters[0] == letters[1]:
        return term(ops.DIAGONAL, array)
    return array if letters == out else transposed(array)


def wide(letters: Sequence[str]) -> str:
    """Why what has so many letters is no array."""
    shown = ", ".join(letters[:-1]) + f" and {letters[-1]}"
    return f"it has {len(letters)} indices, {shown}, and a matrix has two"


class _Product:
    """A product of numbers that is summed: vectors on letters and matrices between them."""

    def __init__(self, of: Contraction, parts: list[Node], bound: list[str], out: tuple[str, ...]) -> None:
        self.of = of
        self.out = out
        parts, self.bound = self._without_deltas(parts, bound)
        self.parts = parts
        self.scalars: list[Node] = []
        self.vectors: dict[str, list[Node]] = {}
        self.edges: dict[tuple[str, str], list[Node]] = {}
        for part in parts:
            # Those of rows, which are shown nowhere, are the columns: X W', not (W X')'.
            letters = tuple(sorted(of.free(part), key=lambda letter: letter.startswith(HIDDEN)))
            if not letters:
                self.scalars += [part] if part != ops.ONE else []
            elif len(letters) == 1:
                self.vectors.setdefault(letters[0], []).append(of.array(part, letters))
            elif len(letters) == 2:
                self._edge(letters[0], letters[1], of.array(part, (letters[0], letters[1])))
            else:
                raise TooWide(part, letters)

    def _without_deltas(self, parts: list[Node], bound: list[str]) -> tuple[list[Node], list[str]]:
        # Σ_j δ_ij x_j is x_i.
        for n, part in enumerate(parts):
            if not (isinstance(part, Term) and is_entry(part.op) and _is_eye(part.args[0])):
                continue
            i, j = part.op.letters
            gone = next((letter for letter in (j, i) if letter in bound and i != j), None)
            if i == j or gone is not None:
                rest = [*parts[:n], *parts[n + 1 :]]
                if gone is not None:
                    other = i if gone == j else j
                    rest = [renamed(f, {gone: other}, self.of.memo) for f in rest]
                    bound = [letter for letter in bound if letter != gone]
                return self._without_deltas(rest, bound)
        return parts, bound

    def _edge(self, a: str, b: str, matrix: Node) -> None:
        if (b, a) in self.edges:
            self.edges[b, a].append(transposed(matrix))
        else:
            self.edges.setdefault((a, b), []).append(matrix)

    def _neighbours(self, letter: str) -> list[str]:
        return [b if a == letter else a for a, b in self.edges if letter in (a, b)]

    def _take(self, a: str, b: str) -> list[Node]:
        # The matrices between two letters, each with a for its rows.
        if (a, b) in self.edges:
            return self.edges.pop((a, b))
        return [transposed(m) for m in self.edges.pop((b, a))]

    def array(self) -> Node:
        left = list(self.bound)
        while left:
            group = self._island(left)
            if group is not None:
                self.scalars.append(self._closed(group))
                left = [letter for letter in left if letter not in group]
                continue
            letter = min(reversed(left), key=lambda k: (len(self._neighbours(k)), self._across(k)))
            near = self._neighbours(letter)
            if len(near) > 2:
                if all(opened(part) is None for part in self.parts):
                    raise NoMatrixForm(hadamard(*self.parts), _joined(letter, near))
                raise TooWide(hadamard(*self.parts), (letter, *near))
            self._eliminate(letter, near)
            left.remove(letter)
        return self._assembled()

    def _across(self, letter: str) -> int:
        # A_ij B_jk reads A B by j as it stands.
        return sum(1 for a, b in self.edges if letter == a) != 1

    def _island(self, left: Sequence[str]) -> tuple[str, ...] | None:
        # One letter alone, or two that have no other neighbours: a number.
        for letter in left:
            near = self._neighbours(letter)
            if not near:
                return (letter,)
            if len(near) == 1 and near[0] in left and self._neighbours(near[0]) == [letter]:
                return (letter, near[0])
        return None

    def _eliminate(self, k: str, near: Sequence[str]) -> None:
        weights = self.vectors.pop(k, [])
        if len(near) == 1:
            (p,) = near
            matrices = self._take(p, k)
            if len(weights) == 0:
                found = rowsum(_hadamard(matrices))
            else:
                found = matmul(_hadamard(matrices), _hadamard(weights))
            self.vectors.setdefault(p, []).append(found)
            return
        p, q = near
        if (q, k) in self.edges and (p, k) not in self.edges:
            p, q = q, p
        left, right = _hadamard(self._take(p, k)), _hadamard(self._take(k, q))
        middle = [term(ops.DIAG, _hadamard(weights))] if weights else []
        self._edge(p, q, matmul(left, *middle, right))

    def _closed(self, group: tuple[str, ...]) -> Node:
        if len(group) == 1:
            return self._over_one(self.vectors.pop(group[0], []), self.of.sizes[group[0]])
        a, b = group
        if (b, a) in self.edges:
            a, b = b, a
        matrices, left, right = self._take(a, b), self.vectors.pop(a, []), self.vectors.pop(b, [])
        if not left and not right:
            return _total(matrices)
        whole = _hadamard(matrices)
        if left and right:
            return matmul(ops.T(_hadamard(left)), whole, _hadamard(right))
        return _total([matmul(whole, _hadamard(right)) if right else matmul(transposed(whole), _hadamard(left))])

    def _over_one(self, vectors: list[Node], size: Dim) -> Node:
        if not vectors:
            return ops.size_value(size)
        if len(vectors) == 1:
            return _total(vectors)
        first, *rest = vectors
        other = _hadamard(rest)
        return _total([first, other]) if first is other else matmul(ops.T(first), other)

    # ------------------------------------------------------------------------------------------ what stays

    def _assembled(self) -> Node:
        number = hadamard(*self.scalars) if self.scalars else None
        if not self.out:
            return ops.ONE if number is None else number
        if len(self.out) == 1:
            vectors = self.vectors.get(self.out[0], [])
            found = _hadamard(vectors) if vectors else ones(self.of.sizes[self.out[0]])
        else:
            found = self._matrix(*self.out)
        return found if number is None or number == ops.ONE else scale(number, found)

    def _matrix(self, p: str, q: str) -> Node:
        left, right = self.vectors.get(p, []), self.vectors.get(q, [])
        rows, columns = self.of.sizes[p], self.of.sizes[q]
        if not self.edges:
            row = _hadamard(left) if left else ones(rows)
            return matmul(row, ops.T(_hadamard(right) if right else ones(columns)))
        found = self._take(p, q)
        # A matrix over a vector: every row divided by its entry, as it is written.
        under = [v for v in left if _reciprocal(v)], [v for v in right if _reciprocal(v)]
        for v in under[0]:
            left.remove(v)
            found.append(power(matmul(v.args[0], ops.T(ones(columns))), v.args[1]))
        for v in under[1]:
            right.remove(v)
            found.append(power(matmul(ones(rows), transposed(v.args[0])), v.args[1]))
        whole = _hadamard(found)
        before = [term(ops.DIAG, _hadamard(left))] if left else []
        after = [term(ops.DIAG, _hadamard(right))] if right else []
        return matmul(*before, whole, *after) if before or after else whole


def _reciprocal(node: Node) -> bool:
    exponent = node.args[1] if isinstance(node, Term) and node.op is ops.POWER else None
    return isinstance(exponent, Number) and exponent.value < 0


def _is_eye(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.EYE


def _hadamard(nodes: Sequence[Node]) -> Node:
    # x x is x^2, entry by entry.
    count: dict[Node, int] = {}
    for node in nodes:
        count[node] = count.get(node, 0) + 1
    made = [node if n == 1 else power(node, n) for node, n in count.items()]
    made = [node for node in made if not (isinstance(node, Term) and node.op is ops.ONES)] or made[:1]
    return hadamard(*made)


def _total(nodes: Sequence[Node]) -> Node:
    """The sum of the entries of a Hadamard product: of a square the squared norm, of two arrays A : B."""
    if len(nodes) == 1 and isinstance(nodes[0], Term) and nodes[0].op is ops.ROWSUM:
        inside = nodes[0].args[0]  # all rows of it are added
        return _total(inside.args if isinstance(inside, Term) and inside.op is ops.HADAMARD else [inside])
    count: dict[Node, int] = {}
    for node in nodes:
        if isinstance(node, Term) and node.op is ops.POWER and node.args[1] == NORM_SQUARED:
            count[node.args[0]] = count.get(node.args[0], 0) + 2
        else:
            count[node] = count.get(node, 0) + 1
    if list(count.values()) == [2]:
        (array,) = count
        turned = isinstance(array, Term) and array.op is ops.TRANSPOSE
        return power(term(ops.NORM, array.args[0] if turned else array), 2)
    *most, last = nodes
    if not most:
        return _summed(last)
    first = _hadamard(most)
    if len(nodes) == 2 and _turned(last) and not _entrywise(first):
        return term(ops.TRACE, matmul(first, transposed(last)))
    return inner(first, last)


def _entrywise(node: Node) -> bool:
    return isinstance(node, Term) and node.op.elementwise


def _turned(node: Node) -> bool:
    # A transpose, or a product of transposes.
    if isinstance(node, Term) and node.op is ops.MATMUL:
        return all(map(_turned, node.args))
    return isinstance(node, Term) and node.op is ops.TRANSPOSE and not _entrywise(node.args[0])


def _summed(node: Node) -> Node:
    # The sum of a multiple is the multiple of the sum.
    if isinstance(node, Term) and node.op is ops.SCALE:
        return hadamard(node.args[0], _summed(node.args[1]))
    return term(ops.SUM, node)


def rowsum(matrix: Node) -> Node:
    """The sums of the rows; those of a transpose are the sums of columns."""
    if isinstance(matrix, Term) and matrix.op is ops.TRANSPOSE:
        return transposed(term(ops.COLSUM, matrix.args[0]))
    return term(ops.ROWSUM, matrix)


def _joined(letter: str, near: Sequence[str]) -> str:
    others = ", ".join(near[:-1]) + f" and {near[-1]}"
    return f"{letter} joins more than two arrays, with {others}, and a matrix product joins two"
