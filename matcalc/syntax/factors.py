"""A product, read factor by factor from left to right.

Its scalars are gathered in front, in the order in which they are written; what is left are arrays, joined by one kind
of product at a time. A matrix product that becomes 1×1 is one more scalar: x' a b' x is (x'a)(b'x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.errors import Alternative, ParseError
from matcalc.expr import SCALAR, Node, Number, Shape, Term
from matcalc.operators import HADAMARD, KRON, MATMUL, MINUS_ONE, ONE, POWER, SCALE, Operator, reciprocal, term
from matcalc.prose import marked
from matcalc.syntax import clash
from matcalc.syntax.infer import is_of_functions
from matcalc.syntax.tree import Tree, walk

if TYPE_CHECKING:
    from matcalc.syntax.context import Context
    from matcalc.syntax.source import Source


class Factors:
    """The product so far: scalar coefficients, and arrays of which the product has `shape`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.source = context.source
        self.coefficients: list[Node] = []
        self.arrays: list[Node] = []
        self.joined: Operator = MATMUL  # how the arrays are
        self.shape: Shape = SCALAR
        self.number = False  # the last factor is a number, written without brackets
        self.leading = False  # the first coefficient is

    def read(self, tree: Tree) -> Factors:
        """All factors of a chain or a product. Raises ShapeError if they do not conform."""
        start = tree.args[0].start
        for i, (op, factor) in enumerate(zip(tree.ops, tree.args, strict=True)):
            number = factor.kind == "number"
            if op in ("OVER", "OVER_ENTRIES"):
                if op == "OVER" and not factor.node.is_scalar and is_of_functions(factor):
                    shown = self.source.quote(*self.source.around(start, factor.end))
                    self.context.notes[marked(f"`{shown}` is taken entry by entry")] = None
                    op = "OVER_ENTRIES"
                if op == "OVER" and not factor.node.is_scalar:
                    raise clash.divided(self.source, start, factor, _below(tree, i))
                if op == "OVER" and _is_row_of_ones(tree, i):
                    raise clash.divided_by_ones(self.source, start, factor, _last_factor(tree, i))
                if op == "OVER" and (number or factor.kind in ("norm", "name", "call")):
                    _ask(self.source, tree, i)
                self._divide(op, factor, start)
                number = number and self.number
            elif op:
                self._multiply(op, factor, start)
            else:
                self._begin(factor, start)
                number = number or self.number
            self.number = number
            if not op and factor.kind != "chain":
                self.leading = number
        return self

    def node(self, negative: bool = False) -> Node:
        """The product, or its negative: the sign joins a leading number."""
        coefficients = self.coefficients
        first = coefficients[0] if coefficients else None
        divisor = first.args[0] if isinstance(first, Term) and first.op is POWER else None
        if len(coefficients) > 1 and isinstance(divisor, Number) and first is reciprocal(divisor):
            coefficients = [Number(1 / divisor.value), *coefficients[1:]]  # A / 2 s reads 1/2 s A
        if negative:
            first = coefficients[0] if coefficients else None
            if self.leading and isinstance(first, Number) and first.value > 0:
                coefficients = [Number(-first.value), *coefficients[1:]]
            else:
                coefficients = [MINUS_ONE, *coefficients]
        array = self._array()
        if array is None:
            return term(HADAMARD, *coefficients)
        return term(SCALE, term(HADAMARD, *coefficients), array) if coefficients else array

    def _array(self) -> Node | None:
        return term(self.joined, *self.arrays) if self.arrays else None

    def _begin(self, factor: Tree, start: int) -> None:
        if factor.kind == "chain":
            self.read(factor)
        elif factor.kind == "negative":
            self.coefficients += [MINUS_ONE] * factor.value
            self._join("", factor.args[0].node, factor, start)
        else:
            self._join("", factor.node, factor, start)

    def _multiply(self, op: str, factor: Tree, start: int) -> None:
        if factor.kind != "chain":
            self._join(op, factor.node, factor, start)
            return
        chain = Factors(self.context).read(factor)
        self.coefficients += chain.coefficients
        array = chain._array()
        if array is not None:
            self._join(op, array, factor, start)

    def _join(self, op: str, node: Node, factor: Tree, start: int) -> None:
        if node.is_scalar:
            self.coefficients.append(node)
        elif not self.arrays:
            self.arrays, self.joined, self.shape = [node], MATMUL, node.shape
        elif op == "HADAMARD":
            self._append(self._alike(node, factor, start, ".*"), HADAMARD)
        elif op == "KRONECKER":
            rows, columns = self.shape
            self.shape = (
                clash.multiplied(self.source, factor, rows, node.shape[0]),
                clash.multiplied(self.source, factor, columns, node.shape[1]),
            )
            self._append(node, KRON)
        else:
            if self.shape[1] != node.shape[0]:
                raise clash.product(self.source, (start, self.shape), (factor, node.shape))
            self._append(node, MATMUL)
            self.shape = (self.shape[0], node.shape[1])
            if self.shape == SCALAR:
                self.coefficients.append(term(MATMUL, *self.arrays))
                self.arrays = []

    def _alike(self, node: Node, factor: Tree, start: int, op: str) -> Node:
        """The next factor in the shape of the arrays so far, or they in its shape, where one is a vector."""
        if node.shape == self.shape:
            return node
        array = self._array()
        assert array is not None
        before, place = (start, clash.before(self.source, start, factor)), (factor.start, factor.end)
        said = "multiplies" if op == ".*" else "divides"
        found = self.context.spread(node, self.shape, place, before, said)
        if found is not None:
            return found
        found = self.context.spread(array, node.shape, before, place, said if op == ".*" else "is divided by")
        if found is None:
            raise clash.unlike(self.source, (start, self.shape), (factor, node.shape), op)
        self.arrays, self.joined, self.shape = [found], MATMUL, node.shape
        return node

    def _append(self, node: Node, op: Operator) -> None:
        # The arrays so far become one where another kind of product goes on.
        if len(self.arrays) > 1 and self.joined is not op:
            self.arrays = [term(self.joined, *self.arrays)]
        self.joined = op
        self.arrays.append(node)

    def _divide(self, op: str, factor: Tree, start: int) -> None:
        node = factor.node
        if node.is_scalar:
            self._divide_by_scalar(node, factor)
        elif self.arrays:
            self._append(reciprocal(self._alike(node, factor, start, "./")), HADAMARD)
        else:
            if self.coefficients == [ONE]:  # 1 ./ A
                self.coefficients = []
            self.arrays, self.joined, self.shape = [reciprocal(node)], MATMUL, node.shape

    def _divide_by_scalar(self, node: Node, factor: Tree) -> None:
        base = node.args[0] if isinstance(node, Term) and node.op is POWER else node
        if isinstance(base, Number) and base.value == 0:
            raise self.source.error(ParseError, "division by zero", factor.start, factor.end)
        coefficients = self.coefficients
        # A number directly before the stroke, or the only coefficient: 1/2 is one number, 1/s one reciprocal.
        above = coefficients[-1] if coefficients and (self.number or len(coefficients) == 1) else None
        if isinstance(above, Number) and isinstance(node, Number):
            coefficients[-1] = Number(above.value / node.value)
        elif above is ONE:
            coefficients[-1] = reciprocal(node)
        else:
            coefficients.append(reciprocal(node))


def _below(tree: Tree, i: int) -> Tree | None:
    """Where the factors from the one at i on may make a scalar, as in x' A x / x' x, the last of them."""
    last = _last_factor(tree, i)
    return last if last is not tree.args[i] and (tree.args[i].node.shape[0], last.node.shape[1]) == SCALAR else None


def _last_factor(tree: Tree, i: int) -> Tree:
    """The last of the factors that are juxtaposed from the one at i on."""
    end = i + 1
    while end < len(tree.ops) and tree.ops[end] == "TIMES":
        end += 1
    return tree.args[end - 1]


def _is_row_of_ones(tree: Tree, i: int) -> bool:
    """Whether factor i is 1' before a matrix or a column, as in `tr(A) / 1' A 1`."""
    factor = tree.args[i]
    literal = factor.kind == "transpose" and factor.args[0].kind == "number" and factor.args[0].value == 1
    return literal and tree.ops[i + 1 : i + 2] == ["TIMES"] and tree.args[i + 1].node.shape[0] != 1


def _ask(source: Source, tree: Tree, i: int) -> None:
    """Raise where a factor after a stroke may take what follows along: `1/2n`, `u'v/‖u‖ ‖v‖`, `1/σ sqrt(2 pi)`."""
    following = tree.args[i + 1] if tree.kind == "chain" and tree.ops[i + 1 : i + 2] == ["TIMES"] else None
    norm = tree.args[i].kind == "norm"
    name = following
    while name is not None and name.kind in ("power", "transpose", "inverse_transpose"):
        name = name.args[0]
    number, above = tree.args[i], tree.args[:i]
    if following is None or name is None:
        return
    density = (
        _is_root(number) != _is_root(following) and "name" in (name.kind, number.kind) and following.node.is_scalar
    )
    if not density and (number.kind in ("name", "call") or name.kind != ("norm" if norm else "name")):
        return
    if norm or density or number.end == name.start or not _is_plain(above):
        last = following if following.node.is_scalar else _last_factor(tree, i)  # 1/2x'x: all of x'x
        text, start, end = source.text, above[0].start, last.end
        left, right = text[start : number.end], text[following.start : end]
        raise source.asked(
            start,
            end,
            Alternative(f"{right} multiplies", f"({left}) {right}"),
            Alternative(f"{right} divides", f"{text[start : number.start]}({text[number.start : number.end]} {right})"),
        )


def _is_root(tree: Tree) -> bool:
    """Whether it is the root of a number, as in the density of the normal distribution: sqrt(2 pi)."""
    return (
        tree.kind == "call"
        and tree.value == ("sqrt", 0)
        and not any(
            part.kind in ("call", "norm", "entry") or (part.kind == "name" and part.value != "pi")
            for part in walk(tree.args[0])
        )
    )


def _is_plain(divided: list[Tree]) -> bool:
    """Whether what is divided is a number or the name of a scalar, perhaps with a sign."""
    tree = divided[0]
    while tree.kind == "negative":
        tree = tree.args[0]
    named = len(divided) == 1 and tree.kind == "name" and tree.node.is_scalar
    return named or all(part.kind in _OF_NUMBERS for factor in divided for part in walk(factor))


_OF_NUMBERS = frozenset({"number", "group", "negative", "power", "chain", "sum"})
