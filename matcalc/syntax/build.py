"""Trees, their shapes settled, to expressions.

What is written has one representation each: a - b is a + (-1) b, a / s is s^(-1) a, A ./ B is A ⊙ B^(-1), the scalars
of a product are gathered in front (factors.py). Brackets keep what is in them together. Every operand is built before
what it is part of, and a shape that does not conform is reported with both operands as they were written (clash.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from matcalc.errors import MatcalcError, ParseError, ShapeError, UnsupportedError
from matcalc.expr import Dim, Node, Number, Shape, Term
from matcalc.operators import (
    DIAG,
    HADAMARD,
    INNER,
    INV,
    MATPOW,
    MINUS_ONE,
    NORM,
    ONE,
    PLUS,
    POWER,
    SCALE,
    SUM,
    Nonconforming,
    T,
    eye,
    function,
    matmul,
    ones,
    scale,
    term,
    zeros,
)
from matcalc.syntax import clash
from matcalc.syntax.calls import unknown_function
from matcalc.syntax.factors import Factors
from matcalc.syntax.infer import named
from matcalc.syntax.parser import Tree, walk
from matcalc.syntax.regroup import brackets
from matcalc.syntax.source import Source
from matcalc.syntax.vocabulary import FUNCTIONS, UNSUPPORTED, known_functions

WORK = 5_000_000
"""How many operands all sums and products of a program may have; one in brackets in another counts in both."""

Shaped = Callable[[Tree], "tuple[Dim | None, Dim | None]"]


class Builder:
    """Builds the expressions of one program.

    `names`: what each name stands for. `shape_of`: the shape that was inferred for a constant of any size, None where
    it is not known. `notes` collects readings that a reader might have taken otherwise.
    """

    def __init__(
        self, source: Source, names: Mapping[str, Node], shape_of: Shaped, size_of: Callable[[Tree], Dim | None]
    ) -> None:
        self.source = source
        self.names = names
        self.shape_of = shape_of
        self.size_of = size_of
        self.said: Collection[str] = ()
        self.sizes: Collection[str] = ()
        self.unknown: Collection[str] = ()
        self.notes: dict[str, None] = {}
        self.work = 0

    def build(self, root: Tree) -> Node:
        """The expression that a tree is. Raises ShapeError, ParseError, UnsupportedError."""
        for tree in walk(root):
            node = tree.node = _BUILDERS[tree.kind](self, tree)
            if isinstance(node, Term) and node.op.flat and tree.kind != "group":
                self.work += len(node.args) * (10 if "OVER" in tree.ops else 1)  # a divisor is turned factor by factor
                if self.work > WORK:
                    message = "sums or products stand in brackets within each other too deep"
                    raise self.error(UnsupportedError, message, tree, "give parts of it names")
        return root.node

    def text(self, tree: Tree) -> str:
        """A piece of the program, short enough for a message."""
        return self.source.quote(tree.start, tree.end)

    def error(self, kind: type[MatcalcError], message: str, tree: Tree, hint: str = "") -> MatcalcError:
        """An error at a piece of the program."""
        return self.source.error(kind, message, tree.start, tree.end, hint=hint)

    def _unlike(self, left: Tree, right: Tree, op: str) -> MatcalcError:
        return clash.unlike(self.source, (left, left.node.shape), (right, right.node.shape), op)

    # ------------------------------------------------------------------------------------------------------ atoms

    def _number(self, tree: Tree) -> Node:
        return Number(tree.value)

    def _name(self, tree: Tree) -> Node:
        node = self.names.get(tree.value)
        return self._sized(tree, eye, "eye(n)") if node is None else node

    def _ones(self, tree: Tree) -> Node:
        if tree.value is None:
            return self._sized(tree, ones, "ones(n)")
        written, size = str(tree.value), self.shape_of(tree)[0]
        if size == 1:
            return ONE
        if size is not None:
            shown = written.replace("ones(n)", f"ones({size})")
            short = written.replace("ones(n)", "𝟏")
            self.notes[f"1 is read as the vector of ones: {short} = {shown}"] = None
        return self._sized(tree, ones, written)

    def _sized(self, tree: Tree, constant: Callable[..., Node], instead: str) -> Node:
        rows, columns = self.shape_of(tree)
        if rows is None or columns is None:
            message = f"nothing in the program says what size {self.text(tree)} has"
            raise self.error(ShapeError, message, tree, f"write {instead}")
        return constant(rows) if constant is eye else constant(rows, columns)

    def _passed(self, tree: Tree) -> Node:
        return tree.args[0].node

    def _option(self, tree: Tree) -> Node:
        return ONE

    # ------------------------------------------------------------------------------------------------------- sums

    def _sum(self, tree: Tree) -> Node:
        terms = []
        for op, arg in zip(tree.ops, tree.args, strict=True):
            terms.append(self._negated(arg) if op == "MINUS" else arg.node)
        shapes = {t.shape for t in terms}
        if len(shapes) > 1:
            terms = self._spread(tree, terms)
        return term(PLUS, *terms)

    def _negated(self, tree: Tree) -> Node:
        # a - 2 b is a + (-2) b: the sign joins a coefficient that is written in front.
        if tree.kind in ("chain", "product"):
            return Factors(self.source).read(tree).node(negative=True)
        if tree.kind == "number":
            return Number(-tree.value)
        return negated(tree.node)

    def _spread(self, tree: Tree, terms: list[Node]) -> list[Node]:
        """Scalars spread over the arrays that they are added to, vectors over the rows or columns of a matrix."""
        arrays = [i for i, t in enumerate(terms) if not t.is_scalar]
        full = max(arrays, key=lambda i: sum(d != 1 for d in terms[i].shape))
        shape = terms[full].shape
        for i, arg in enumerate(tree.args):
            if terms[i].is_scalar:
                if not isinstance(arg.node, Number):
                    scalar, array = self.text(arg), self.text(tree.args[full])
                    self.notes[f"{scalar} is a scalar, added to every entry of {array}"] = None
                terms[i] = filled(terms[i], shape)
            elif terms[i].shape != shape:
                spread = self._bias(arg, shape, tree.args[full])
                if spread is None:
                    left, right = sorted((i, full))
                    raise self._unlike(tree.args[left], tree.args[right], "+-")
                terms[i] = negated(spread) if tree.ops[i] == "MINUS" else spread
        return terms

    def _bias(self, tree: Tree, shape: Shape, matrix: Tree) -> Node | None:
        rows, columns = shape
        vector, name = tree.node, named(tree)
        if 1 in shape or 1 not in vector.shape or name is None or name not in self.said:
            return None
        text, of = self.text(tree), self.text(matrix)
        if vector.shape == (1, columns):
            self._note_spread(f"the row {text} is added to every row of {of}", "𝟏 " + text, rows)
            return matmul(ones(rows), vector)
        if vector.shape == (rows, 1) and rows != columns:
            self._note_spread(f"the vector {text} is added to every column of {of}", text + " 𝟏'", columns)
            return matmul(vector, T(ones(columns)))
        if vector.shape == (columns, 1) and rows != columns:
            self._note_spread(f"the vector {text} is added to every row of {of}", f"𝟏 {clash.primed(text)}", rows)
            return matmul(ones(rows), T(vector))
        return None

    def _note_spread(self, said: str, product: str, size: Dim) -> None:
        self.notes[f"{said}: {product} = {product.replace('𝟏', f'ones({size})')}"] = None

    def _negative(self, tree: Tree) -> Node:
        node = tree.args[0].node
        if node.is_scalar:
            return term(HADAMARD, *[MINUS_ONE] * tree.value, node)
        for _ in range(tree.value):
            node = scale(MINUS_ONE, node)
        return node

    def _inner(self, tree: Tree) -> Node:
        left, right = tree.args
        if left.node.shape != right.node.shape:
            raise self._unlike(left, right, ":")
        return term(INNER, left.node, right.node)

    def _product(self, tree: Tree) -> Node:
        if any(op == "KRONECKER" for op in tree.ops):
            raise self.error(UnsupportedError, "the Kronecker product is not supported", tree)
        if tree.regrouped:
            short = tree.end - tree.start < 300
            shown = f"is read as {brackets(self.source, tree)}" if short else "is read with other brackets"
            self.notes[f"{self.text(tree)} {shown}, which conforms"] = None
        return Factors(self.source).read(tree).node()

    # ----------------------------------------------------------------------------------------------------- powers

    def _power(self, tree: Tree) -> Node:
        base, exponent = tree.args
        node, power = base.node, exponent.node
        if not power.is_scalar:
            hint = "exp(A) and log(A) are taken entry by entry"
            if exponent.kind == "name" and exponent.value not in self.said:
                hint = f"declare `{exponent.value}: scalar` if it is one"
            raise clash.not_scalar(self.source, exponent, "the exponent", hint)
        rows, columns = node.shape
        if tree.value == "POWER_ENTRIES" or node.is_scalar:
            if isinstance(node, Number) and isinstance(power, Number) and power.value == -1 and node.value:
                return Number(1 / node.value)
            return term(POWER, node, power)
        if rows != columns:
            self.notes[f"{self.text(tree)} is taken entry by entry: {self.text(base)} {self._not_square(base)}"] = None
            return term(POWER, node, power)
        return term(INV, node) if power == MINUS_ONE else term(MATPOW, node, power)

    def _not_square(self, tree: Tree) -> str:
        shape = tree.node.shape
        if 1 in shape:
            return "is a vector"
        if all(isinstance(dim, int) or dim in self.sizes for dim in shape):
            return "is not square"
        while tree.kind == "group":
            tree = tree.args[0]
        declare = f"; declare {tree.value}: n x n for the matrix power" if tree.kind == "name" else ""
        return f"is not known to be square{declare}"

    def _transpose(self, tree: Tree) -> Node:
        if tree.value is not None and tree.args[0].kind == "power":
            self.notes[f"{self.text(tree)} is read as ({self.text(tree.args[0])})'"] = None
        return T(tree.args[0].node)

    def _inverse_transpose(self, tree: Tree) -> Node:
        return T(self._applied(tree, lambda: term(INV, tree.args[0].node)))

    # ------------------------------------------------------------------------------------------------------ calls

    def _applied(self, tree: Tree, make: Callable[[], Node]) -> Node:
        # An operator that refuses its operand's shape.
        try:
            return make()
        except Nonconforming as error:
            raise clash.refused(self.source, tree, tree.args[0], str(error)) from None

    def _norm(self, tree: Tree) -> Node:
        arg = tree.args[0].node
        which = tree.value if tree.kind == "norm" else _NORM_NAMES[tree.value[0]]
        vector = 1 in arg.shape
        if which == "F" or (which == "2" and vector):
            return term(NORM, arg)
        if which == "1" and vector:
            return term(SUM, term(function("abs"), arg))
        name = {"1": "the 1-norm", "2": "the spectral norm", "inf": "the maximum norm", "nuc": "the nuclear norm"}[
            which
        ]
        of = "a vector" if vector else "a matrix"
        raise self.error(UnsupportedError, f"{name} of {of} is not supported", tree, "norm(A) is the Frobenius norm")

    def _call(self, tree: Tree) -> Node:
        name, order = tree.value
        if name in UNSUPPORTED:
            what = UNSUPPORTED[name]
            message = f"{name}(…) is not supported" if what == name else f"{what}, {name}(…), is not supported"
            raise self.error(UnsupportedError, message, tree)
        row = FUNCTIONS.get(name)
        count = len(tree.args)
        least, most = (1, 1) if row is None else (row.least, row.most)
        if not least <= count <= most:
            takes = f"{least} argument{'s'[: least > 1]}" if least == most else f"{least} or {most} arguments"
            hint = "only max and min take two" if row is None else ""
            if name in self.unknown:
                raise unknown_function(self.source, name, tree.start, tree.start + len(name), known_functions())
            raise self.error(ParseError, f"{name} takes {takes}, and here are {count}", tree, hint)
        if row is None:
            return term(function(name, order), tree.args[0].node)
        if order:
            raise self.error(ParseError, f"{name} is not a function of the entries, so there is no {name}'", tree)
        return _TAKES[row.takes](self, tree)

    def _operator(self, tree: Tree) -> Node:
        (op,) = FUNCTIONS[tree.value[0]].operators
        return self._applied(tree, lambda: term(op, tree.args[0].node))

    def _diag(self, tree: Tree) -> Node:
        arg = tree.args[0].node
        op = FUNCTIONS["diag"].operators[arg.shape[1] != 1]
        if op is DIAG and arg.is_scalar:
            return arg
        return self._applied(tree, lambda: term(op, arg))

    def _by_line(self, tree: Tree) -> Node:
        arg, (by_column, by_row) = tree.args[0].node, FUNCTIONS[tree.value[0]].operators
        if len(tree.args) > 1:
            if tree.args[1].kind != "option":
                hint = "softmax(Z) goes along rows, softmax(Z, columns) down columns"
                raise self.error(ParseError, "the second argument is `rows` or `columns`", tree.args[1], hint)
            return term(by_row if tree.args[1].value == "rows" else by_column, arg)
        return term(by_column if arg.shape[1] == 1 else by_row, arg)

    def _two_alike(self, tree: Tree) -> Node:
        (op,) = FUNCTIONS[tree.value[0]].operators
        left, right = (arg.node for arg in tree.args)
        if left.is_scalar != right.is_scalar:
            left, right = (
                filled(left, right.shape) if left.is_scalar else left,
                filled(right, left.shape) if right.is_scalar else right,
            )
        if left.shape != right.shape:
            raise self._unlike(tree.args[0], tree.args[1], ",")
        return term(op, left, right)

    def _sizes(self, tree: Tree) -> Node:
        dims: list[Dim] = []
        for arg in tree.args:
            dim = self.size_of(arg)
            if dim is None:
                message = f"a size must be a positive whole number or the name of a dimension, not {self.text(arg)}"
                raise self.error(ShapeError, message, arg)
            dims.append(dim)
        return _CONSTANTS[tree.value[0]](*dims)

    def _filled(self, tree: Tree) -> Node:
        if not tree.args[0].node.is_scalar:
            raise clash.not_scalar(self.source, tree.args[0], "what fills an array", "")
        rows, columns = self.shape_of(tree)
        if rows is None or columns is None:
            message = f"nothing in the program says what size {self.text(tree)} has"
            raise self.error(ShapeError, message, tree, "write c * ones(n), or c * ones(n, m)")
        return filled(tree.args[0].node, (rows, columns))


_CONSTANTS: Mapping[str, Callable[..., Node]] = {"eye": eye, "ones": ones, "zeros": zeros}
_NORM_NAMES = {"norm1": "1", "norm_1": "1", "norm2": "2", "norm_2": "2", "norm_inf": "inf", "norm_nuc": "nuc"}
_NORM_NAMES["norm_spec"] = "2"


def negated(node: Node) -> Node:
    """-A, of a number the number."""
    return scale(MINUS_ONE, node)


def filled(value: Node, shape: Shape) -> Node:
    """The array of a shape with every entry equal to a scalar."""
    if isinstance(value, Number) and value.value in (0, 1):
        return ones(*shape) if value.value else zeros(*shape)
    return term(SCALE, value, ones(*shape))


_BUILDERS: Mapping[str, Callable[[Builder, Tree], Node]] = {
    "number": Builder._number,
    "name": Builder._name,
    "ones": Builder._ones,
    "option": Builder._option,
    "group": Builder._passed,
    "negative": Builder._negative,
    "sum": Builder._sum,
    "chain": Builder._product,
    "product": Builder._product,
    "inner": Builder._inner,
    "power": Builder._power,
    "transpose": Builder._transpose,
    "inverse_transpose": Builder._inverse_transpose,
    "norm": Builder._norm,
    "call": Builder._call,
}
_TAKES: Mapping[str, Callable[[Builder, Tree], Node]] = {
    "array to scalar": Builder._operator,
    "square to scalar": Builder._operator,
    "square": Builder._operator,
    "rows": Builder._operator,
    "columns": Builder._operator,
    "norm": Builder._norm,
    "diag": Builder._diag,
    "entries": Builder._by_line,
    "by line": Builder._by_line,
    "two alike": Builder._two_alike,
    "sizes": Builder._sizes,
    "filled": Builder._filled,
}
