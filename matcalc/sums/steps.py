"""The steps that lead from a formula with indices to matrix form, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Size, Term, postorder, replace
from matcalc.operators import hadamard, power
from matcalc.sigmas import Conversion, at, is_sum_over, row_of, sum_over
from matcalc.sums.contraction import HIDDEN, Contraction, TooWide, wide
from matcalc.sums.form import NoMatrixForm, RowEntries, factors, free


class Converted(NamedTuple):
    """The array that a formula with indices is, and the steps that led to it."""

    node: Node
    steps: tuple[Conversion, ...]


MOST = 400
"""Steps after which no more are made."""


def in_matrices(body: Node, letters: tuple[str, ...], sizes: tuple[Dim, ...]) -> Converted:
    """The array over `letters`, none for a number, of a formula; of one that is a column, a row for each letter.

    Raises NoMatrixForm.
    """
    return _Turning(body, dict(zip(letters, sizes, strict=True))).result(letters)


class _Turning:
    def __init__(self, body: Node, sizes: dict[str, Dim]) -> None:
        self.line = body
        self.memo: dict[Node, tuple[str, ...]] = {}
        self.sizes = sizes
        self.steps: list[Conversion] = []
        self.count = 0
        self.contraction = Contraction(self.sizes, self.memo)
        self.entries = RowEntries(self._letter, self.memo)

    def _letter(self, size: Dim) -> str:
        # One that nothing else has; it is never shown.
        self.count += 1
        name = f"{HIDDEN}{self.count}"
        self.sizes[name] = size
        return name

    def _look(self, part: Node) -> None:
        """Learn what the letters in a part run over; in another sum the same letter may run over something else."""
        found: dict[str, Dim] = {}
        for node in postorder(part):
            if not isinstance(node, Term) or not node.op.letters:
                continue
            runs = [_size(node.args[1])] if is_sum_over(node.op) else node.args[0].shape
            for letter, size in zip(node.op.letters, runs, strict=False):
                if found.setdefault(letter, size) != size:
                    raise NoMatrixForm(
                        part, f"the index {letter} runs over two sizes in it, {found[letter]} and {size}"
                    )
        self.sizes.update(found)

    def result(self, letters: tuple[str, ...]) -> Converted:
        while (found := self._next()) is not None:
            self._turn(*found)
            if len(self.steps) > MOST:
                raise NoMatrixForm(self.line, "it has too many sums")
        body = self.line
        if not free(body, self.memo) and not letters:
            return Converted(body, tuple(self.steps))
        out = letters
        self._look(body)
        if not body.is_scalar:
            if len(letters) != 1 or body.shape[1] != 1:
                raise NoMatrixForm(body, "what has an entry for each index must be a number, or a column for one index")
            out = (letters[0], self._letter(body.shape[0]))
            body = self.entries.entry(body, out[1], None)
        try:
            node = self.contraction.contracted(body, [], out)
        except TooWide as found_:
            raise NoMatrixForm(found_.part, wide(found_.letters)) from None
        shown = at(node, *letters) if self.line.is_scalar else row_of(node, letters[0])
        if shown is not self.line:
            reason = f"the same holds for every {' and '.join(letters)}"
            self._step("entry by entry" if self.line.is_scalar else "row by row", reason, self.line, shown)
        return Converted(node, tuple(self.steps))

    def _step(self, name: str, reason: str, piece: Node, result: Node) -> None:
        before = self.line
        self.line = replace(before, {piece: result})
        self.steps.append(Conversion(name, reason, piece, result, before, self.line))

    # ------------------------------------------------------------------------------------------ what is next

    def _next(self) -> tuple[Node, Node] | None:
        """The first part, from the inside, that can be turned, and the number or array that it is."""
        last: NoMatrixForm | None = None
        for part in self._candidates():
            try:
                result = self._turned(part)
            except NoMatrixForm as error:
                last = last or error  # perhaps with what is around it
                continue
            if result is not part:
                return part, result
        if last is not None:
            raise last
        return None

    def _candidates(self) -> Iterator[Term]:
        squared = {part.args[0] for part in postorder(self.line) if isinstance(part, Term) and _even_norm(part)}
        nested = {p.args[0] for p in postorder(self.line) if isinstance(p, Term) and is_sum_over(p.op)}
        for part in postorder(self.line):
            if not isinstance(part, Term):
                continue
            if is_sum_over(part.op):
                if part not in nested:
                    yield part
            elif part.op is ops.POWER and _is_norm(part.args[0]) and _even(part.args[1]):
                if free(part, self.memo):
                    yield part
            elif part.op in _BY_ROW and part.shape[1] == 1:
                if len(free(part, self.memo)) == 1:
                    yield part
            elif part.is_scalar and part not in squared and self._of_arrays(part):
                yield part

    def _of_arrays(self, part: Term) -> bool:
        # A number made of rows: w'x_i.
        if part.op.letters:
            return False
        return any(not a.is_scalar and free(a, self.memo) for a in part.args)

    def _turned(self, part: Term) -> Node:
        left = free(part, self.memo)
        self._look(part)
        if is_sum_over(part.op):
            return self._sum(part, left)
        if len(left) > 2:
            raise NoMatrixForm(part, wide(left))
        if part.op in _BY_ROW:
            along = self._letter(part.shape[0])
            rows = self._contracted(self.entries.entry(part.args[0], along, None), [], (left[0], along))
            return row_of(ops.term(_BY_ROW[part.op], rows, *part.args[1:]), left[0])
        number = self.entries.entry(part, None, None) if not _even_norm(part) else self._square(part)
        return at(self._contracted(number, [], left), *left)

    def _square(self, part: Term) -> Node:
        norm, exponent = part.args
        assert isinstance(exponent, Number)
        a = norm.args[0]
        squares = self.entries.all(a, lambda *p: power(self.entries.entry(a, *p), 2))
        half = Number(exponent.value / 2)
        return squares if half == ops.ONE else power(squares, half)

    def _contracted(self, number: Node, bound: list[str], out: tuple[str, ...]) -> Node:
        try:
            return self.contraction.contracted(number, bound, out)
        except TooWide as found:
            raise NoMatrixForm(found.part, wide(found.letters)) from None

    def _sum(self, part: Term, left: tuple[str, ...]) -> Node:
        nest: list[tuple[str, Node]] = []
        body: Node = part
        while isinstance(body, Term) and is_sum_over(body.op):
            nest.append((body.op.letters[0], body.args[1]))
            body = body.args[0]
        bound = [letter for letter, _ in nest]
        if not body.is_scalar:
            place = [None if dim == 1 else self._letter(dim) for dim in body.shape]
            out = tuple(letter for letter in place if letter is not None)
            number = self.entries.entry(body, place[0], place[1])
            if left and len(out) == 1 and len(left) == 1 and place[1] is None:
                return row_of(self._contracted(number, bound, (left[0], out[0])), left[0])
            if left:
                raise NoMatrixForm(part, wide((*left, *out)))
            found = self._contracted(number, bound, out)
            return found if place[0] is not None else ops.T(found)
        if len(bound) == 2 and not left and all(set(bound) == set(free(f, self.memo)) for f in factors(body)):
            return self._contracted(body, bound, ())
        for n in reversed(range(len(nest))):
            with suppress(NoMatrixForm):
                result = self._one_letter(body, nest[n][0])
                for k in reversed(range(len(nest))):
                    if k != n:
                        result = sum_over(nest[k][0], _size(nest[k][1]), result)
                return result
        if len(left) > 2:
            raise NoMatrixForm(part, wide(left))
        return at(self._contracted(body, bound, left), *left)

    def _one_letter(self, body: Node, letter: str) -> Node:
        # The sum over a letter; what does not have it stands before the sum.
        outside = [f for f in factors(body) if letter not in free(f, self.memo) and f != ops.ONE]
        inside = [f for f in factors(body) if letter in free(f, self.memo)]
        product = hadamard(*inside) if inside else ops.ONE
        stays = tuple(x for x in free(product, self.memo) if x != letter)
        if len(stays) > 2:
            raise NoMatrixForm(product, wide((*stays, letter)))
        result = at(self._contracted(product, [letter], stays), *stays)
        return hadamard(*outside, result) if outside else result

    def _turn(self, part: Node, result: Node) -> None:
        assert isinstance(part, Term)
        self._step(*reason(part, result, self.memo), part, result)


def reason(part: Term, result: Node, memo: dict[Node, tuple[str, ...]]) -> tuple[str, str]:
    """What the step is called, and why it holds."""
    letters = free(part, memo)
    if not is_sum_over(part.op):
        return "rows of a matrix", f"the same for every {' and '.join(letters)}: all of them at once are one array"
    letter = part.op.letters[0]
    known = set(postorder(part))
    found = {n.op for n in postorder(result) if isinstance(n, Term) and n not in known}
    why = next((words for op, words in _WHY.items() if op in found), f"the index {letter} is summed")
    if letter not in free(part.args[0], memo):
        why = f"nothing in it has the index {letter}, so that it is added once for each"
    return f"the sum over {letter}", why


_BY_ROW = {
    ops.SOFTMAX_COLUMNS: ops.SOFTMAX_ROWS,
    ops.LOG_SOFTMAX_COLUMNS: ops.LOG_SOFTMAX_ROWS,
    ops.BATCH_NORM: ops.LAYER_NORM,
}
"""What of one sample, a column, is by row of all samples."""
_WHY = {
    ops.NORM: "a sum of squares is a squared norm",
    ops.TRACE: "the sum of the entries of a product whose row and column are the same",
    ops.INNER: "the sum of the products of all entries",
    ops.MATMUL: "the summed index is shared by the factors, which is a matrix product",
    ops.ROWSUM: "the entries of each row are added",
    ops.COLSUM: "the entries of each column are added",
    ops.SUM: "all entries are added",
}


def _size(node: Node) -> Dim:
    if isinstance(node, Size):
        return node.dim
    return int(node.value) if isinstance(node, Number) else 1


def _even(node: Node) -> bool:
    return isinstance(node, Number) and node.value > 0 and node.value % 2 == 0


def _is_norm(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.NORM


def _even_norm(node: Term) -> bool:
    return node.op is ops.POWER and _is_norm(node.args[0]) and _even(node.args[1])
