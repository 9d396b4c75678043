"""Builds expressions from trees whose shapes are known.

What is written has one representation each: a - b is a + (-1) b, a / s is s^(-1) a, A ./ B is A ⊙ B^(-1), the scalars
of a product are gathered in front (factors.py), a call is what its function stands for (functions.py). Brackets keep
what is in them together. Every operand is built before what it is part of, and a shape that does not conform is
reported with both operands as they were written (clash.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnsupportedError
from matcalc.expr import SCALAR, Node, Number, Shape, Term
from matcalc.prose import Prose, Typed, marked
from matcalc.sigmas import array_over, at, row_of, sum_over
from matcalc.signatures import Nonconforming
from matcalc.syntax import clash, functions
from matcalc.syntax.context import Context
from matcalc.syntax.factors import Factors
from matcalc.syntax.functions import filled
from matcalc.syntax.letters import Letter
from matcalc.syntax.looks import is_greek, named
from matcalc.syntax.regroup import brackets
from matcalc.syntax.tree import COLUMN, Tree, below, walk

WORK = 5_000_000
"""The most operands of all sums and products of a program; an operand of nested brackets counts for each level."""


class Builder(Context):
    """Builds the expressions of one program, in which names stand for `names`."""

    names: Mapping[str, Node] = {}
    runs: Callable[[Letter], Dim | None]
    work = 0

    def build(self, root: Tree) -> Node:
        """The expression for a tree. Raises ShapeError, ParseError, UnsupportedError."""
        for tree in walk(root):
            node = tree.node = getattr(self, f"_{tree.kind}")(tree)  # a method for each kind
            if isinstance(node, Term) and node.op.flat and tree.kind != "group":
                self.work += len(node.args) * (10 if "OVER" in tree.ops else 1)  # a divisor is turned factor by factor
                if self.work > WORK:
                    message = "sums or products stand in brackets within each other too deep"
                    raise self.error(UnsupportedError, message, tree, "give parts of it names")
        return root.node

    def _unlike(self, left: Tree, right: Tree, op: str) -> MatcalcError:
        return clash.unlike(self.source, (left, left.node.shape), (right, right.node.shape), op)

    # ------------------------------------------------------------------------------------------------------ atoms

    def _number(self, tree: Tree) -> Node:
        return Number(tree.value)

    def _name(self, tree: Tree) -> Node:
        node = self.names.get(tree.value)
        return self._sized(tree, ops.eye, "eye(n)") if node is None else node

    def _ones(self, tree: Tree) -> Node:
        if tree.value in (None, COLUMN):
            return self._sized(tree, ops.ones, "ones(n)")
        written, size = str(tree.value), self.shape_of(tree)[0]
        if size == 1:
            return ops.ONE
        if size is not None:
            shown = written.replace("ones(n)", f"ones({size})")
            short = written.replace("ones(n)", "𝟏")
            self.notes[Prose("1 is read as the vector of ones: ", Typed(f"{short} = {shown}", shown))] = None
        return self._sized(tree, ops.ones, written)

    def _sized(self, tree: Tree, constant: Callable[..., Node], instead: str) -> Node:
        rows, columns = self.shape_of(tree)
        if rows is None or columns is None:
            message = f"nothing in the program says what size {self.text(tree)} has"
            raise self.error(ShapeError, message, tree, f"write {instead}")
        return constant(rows) if constant is ops.eye else constant(rows, columns)

    def _group(self, tree: Tree) -> Node:
        return tree.args[0].node

    def _total(self, tree: Tree) -> Node:
        letter, first, last = tree.value[:3]
        return ops.term(ops.indexed_sum(letter, str(first), str(last)), tree.args[0].node)

    # ---------------------------------------------------------------------------------------------------- indices

    def _runs(self, tree: Tree) -> tuple[Dim, ...]:
        sizes = tuple(map(self.runs, tree.value))
        for letter, size in zip(tree.value, sizes, strict=True):
            if size is None:
                message = f"nothing in the program says what the index {letter} runs over"
                raise self.error(ShapeError, message, tree, f"write where it ends: Σ_{{{letter}=1}}^n")
        return tuple(size for size in sizes if size is not None)

    def _indexed(self, tree: Tree, make: Callable[..., Node], *args: object) -> Node:
        try:
            return make(*args)
        except Nonconforming:
            array = tree.args[0]
            letters = " ".join(map(str, tree.value))
            message = f"{self.text(array)} is {clash.shown(array.node.shape)}, and has no entry or row {letters}"
            hint = "y_i is of a column y, A_ij of a matrix A"
            raise self.error(ShapeError, message, tree, hint) from None

    def _check_runs(self, tree: Tree) -> None:
        # An index runs over one dimension.
        array = tree.args[0]
        for letter, dim in zip(tree.value, array.node.shape, strict=False):
            size = self.runs(letter)
            if size is not None and size != dim:
                message = f"the index {letter} runs over {size}, and {self.text(array)} has it where its size is {dim}"
                raise self.error(ShapeError, message, tree, "another index takes another letter")

    def _entry(self, tree: Tree) -> Node:
        self._check_runs(tree)
        return self._indexed(tree, at, tree.args[0].node, *(letter.name for letter in tree.value))

    def _line(self, tree: Tree) -> Node:
        self._check_runs(tree)
        return self._indexed(tree, row_of, tree.args[0].node, tree.value[0].name)

    def _delta(self, tree: Tree) -> Node:
        return at(ops.eye(self._runs(tree)[0]), *(letter.name for letter in tree.value))

    def _over(self, tree: Tree) -> Node:
        node = tree.args[0].node
        for letter, size in reversed(list(zip(tree.value, self._runs(tree), strict=True))):
            node = sum_over(letter.name, size, node)
        return node

    def _array(self, tree: Tree) -> Node:
        names = tuple(letter.name for letter in tree.value)
        return self._indexed(tree, array_over, names, self._runs(tree), tree.args[0].node)

    _lines = _array

    def _extent(self, tree: Tree) -> Node:
        return ops.size_node(tree.args[0].node.shape[tree.value])

    def _option(self, tree: Tree) -> Node:
        return ops.ONE

    # ------------------------------------------------------------------------------------------------------- sums

    def _sum(self, tree: Tree) -> Node:
        terms = []
        for op, arg in zip(tree.ops, tree.args, strict=True):
            terms.append(self._negated(arg) if op == "MINUS" else arg.node)
        shapes = {t.shape for t in terms}
        if len(shapes) > 1:
            terms = self._spread(tree, terms)
        return ops.term(ops.PLUS, *terms)

    def _negated(self, tree: Tree) -> Node:
        # a - 2 b is a + (-2) b: the sign joins a coefficient that is written in front.
        if tree.kind in ("chain", "product"):
            return Factors(self).read(tree).node(negative=True)
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
                    vector = self._as_vector(arg, shape)
                    self.notes[marked(f"`{scalar}` is a scalar, added to every entry of `{array}`{vector}")] = None
                terms[i] = filled(terms[i], shape)
            elif terms[i].shape != shape:
                other = tree.args[full]
                spread = self.spread(arg.node, shape, (arg.start, arg.end), (other.start, other.end), "is added to")
                if spread is None:
                    left, right = sorted((i, full))
                    raise self._unlike(tree.args[left], tree.args[right], "+-")
                terms[i] = negated(spread) if tree.ops[i] == "MINUS" else spread
        return terms

    def _as_vector(self, tree: Tree, shape: Shape) -> str:
        # What to write for X + v where v has an entry for each column.
        name = named(tree)
        if name is None or name in self.said or not name[0].islower() or is_greek(name):
            return ""
        if 1 in shape:
            return f"; for a vector declare `{name}: {shape[0]}`" if shape[1] == 1 else ""
        return f"; for a vector with an entry for each column declare `{name}: {shape[1]}`"

    def _negative(self, tree: Tree) -> Node:
        node = tree.args[0].node
        if node.is_scalar:
            return ops.term(ops.HADAMARD, *[ops.MINUS_ONE] * tree.value, node)
        for _ in range(tree.value):
            node = ops.scale(ops.MINUS_ONE, node)
        return node

    def _inner(self, tree: Tree) -> Node:
        left, right = tree.args
        if left.node.shape != right.node.shape:
            raise self._unlike(left, right, ":")
        if left.node.is_scalar and self._is_heading(left, right):
            message = f"{self.text(left)} and {self.text(right)} are numbers, and : multiplies arrays"
            hint = "a name for what follows stands before =; words before a formula are a remark after #"
            raise self.error(ParseError, message, tree, hint)
        return ops.term(ops.INNER, left.node, right.node)

    def _is_heading(self, tree: Tree, formula: Tree) -> bool:
        """Whether it is made of numbers, and of names that nothing explains and the formula has not."""
        names = set()
        for part in below(tree):
            if part.kind not in ("name", "number", "chain", "sum") or (part.kind == "name" and part.value in self.said):
                return False
            names |= {part.value} if part.kind == "name" else set()
        return not any(part.kind == "name" and part.value in names for part in below(formula))

    def _product(self, tree: Tree) -> Node:
        if tree.regrouped:
            short = tree.end - tree.start < 300
            shown = f"is read as `{brackets(self.source, tree)}`" if short else "is read with other brackets"
            self.notes[marked(f"`{self.text(tree)}` {shown}, which conforms")] = None
        found = Factors(self).read(tree).node()
        functions.note_factors(self, tree)
        return found

    _chain = _product

    # ----------------------------------------------------------------------------------------------------- powers

    def _power(self, tree: Tree) -> Node:
        base, exponent = tree.args
        node, power = base.node, exponent.node
        if not power.is_scalar and tree.value == "POWER_ENTRIES" and node.shape in (power.shape, SCALAR):
            # A .^ B has no operator of its own.
            text = f"exp({self.text(exponent)} .* log({self.text(base)}))"
            self.notes[marked(f"`{self.text(tree)}` is `{text}`, for a positive base")] = None
            log = ops.term(ops.function("log"), node)
            return ops.term(
                ops.function("exp"), ops.scale(log, power) if node.is_scalar else ops.term(ops.HADAMARD, power, log)
            )
        if not power.is_scalar:
            above = self.text(exponent.args[0] if exponent.kind == "group" else exponent)
            if base.kind == "name" and node == ops.term(ops.E) and power.shape[0] != power.shape[1]:
                said = f"`{self.text(tree)}` is taken entry by entry: `exp({above})`"
                self.notes[marked(said)] = None
                return ops.term(ops.function("exp"), power)
            hint = f"write exp({above}) for the function of the entries, expm({above}) for that of a matrix"
            hint = hint if base.value == "e" else "exp(A) and log(A) are taken entry by entry"
            alone = exponent.args[0] if exponent.kind == "group" else exponent
            if alone.kind == "name" and alone.value not in self.said:
                hint = f"declare `{alone.value}: scalar` if it is one"
                if base.kind in ("entry", "line") or (base.kind == "name" and exponent is not alone):
                    stem = named(base) or named(base.args[0])
                    hint += f"; the number of a layer stands in brackets: {stem}^{{({alone.value})}}"
                if alone.value == "H":
                    hint += f"; numbers are real, and the transpose is {self.text(base)}'"
            raise clash.not_scalar(self.source, exponent, "the exponent", hint)
        self._note_layer(tree, base, exponent)
        rows, columns = node.shape
        if tree.value == "POWER_ENTRIES" or node.is_scalar:
            if isinstance(node, Number) and isinstance(power, Number):
                if node.value == 0 and power.value < 0:
                    raise self.error(ParseError, "division by zero", tree)
                if node.value == 0 and power.value == 0:
                    raise self.error(ParseError, "0^0 has no value", tree, "write 1, or 0, whichever is meant")
                if abs(power.value) == 1:
                    return Number(node.value if power.value == 1 else 1 / node.value)
            return ops.term(ops.POWER, node, power)
        if rows != columns:
            said = f"`{self.text(tree)}` is taken entry by entry: `{self.text(base)}` {self._not_square(base)}"
            self.notes[marked(said)] = None
            return ops.term(ops.POWER, node, power)
        if isinstance(power, Number) and power.value.denominator != 1:
            return self._root(tree, node, power)
        return ops.term(ops.INV, node) if power == ops.MINUS_ONE else ops.term(ops.MATPOW, node, power)

    def _note_layer(self, tree: Tree, base: Tree, exponent: Tree) -> None:
        # W^(2) is W2 to many.
        number = exponent.args[0] if exponent.kind == "group" else exponent
        layer = number is not exponent and number.kind == "number" and number.value > 0 and base.kind == "name"
        if layer and self.text(tree).endswith(")") and number.value.denominator == 1:
            name = f"a name of layer {number.value} is written `{base.value}{number.value}`"
            self.notes[marked(f"`{self.text(tree)}` is a power; {name}")] = None

    def _root(self, tree: Tree, node: Node, power: Number) -> Node:
        if abs(power.value) != Fraction(1, 2):
            message = f"a fractional power of a matrix must be 1/2 or -1/2, not {power.value}"
            hint = f"{self.text(tree.args[0])}.^({power.value}) takes every entry to that power"
            raise self.error(UnsupportedError, message, tree, hint)
        root = ops.term(ops.SQRTM, node)
        return root if power.value > 0 else ops.inv(root)

    def _not_square(self, tree: Tree) -> str:
        shape = tree.node.shape
        if 1 in shape:
            return "is a vector"
        if all(isinstance(dim, int) or dim in self.sizes for dim in shape):
            return "is not square"
        while tree.kind == "group":
            tree = tree.args[0]
        declare = f"; declare `{tree.value}: n x n` for the matrix power" if tree.kind == "name" else ""
        return f"is not known to be square{declare}"

    def _transpose(self, tree: Tree) -> Node:
        if tree.value is not None and tree.args[0].kind == "power":
            self.notes[marked(f"`{self.text(tree)}` is read as `({self.text(tree.args[0])})'`")] = None
        node = tree.args[0].node
        return node if isinstance(node, Number) else ops.T(node)  # so that 1 / (-1)' folds as 1 / -1 does

    def _inverse_transpose(self, tree: Tree) -> Node:
        try:
            return ops.T(ops.inv(tree.args[0].node))
        except Nonconforming as error:
            raise clash.refused(self.source, tree, tree.args[0], str(error)) from None

    # ----------------------------------------------------------------------------------------------------- blocks

    def _row(self, tree: Tree) -> Node:
        return self._blocks(tree, ops.HCAT)

    def _stack(self, tree: Tree) -> Node:
        self._note_products(tree)
        return self._blocks(tree, ops.VCAT)

    def _blocks(self, tree: Tree, op: ops.Operator) -> Node:
        try:
            return ops.term(op, *(arg.node for arg in tree.args))
        except Nonconforming as error:
            left, right = (tree.args[i] for i in error.operands)
            raise clash.blocks(self.source, left, right, beside=op is ops.HCAT) from None

    def _note_products(self, tree: Tree) -> None:
        # [A B; C D], which in MATLAB has four blocks.
        if all(arg.kind == "chain" and set(arg.ops[1:]) == {"TIMES"} for arg in tree.args):
            products = " and ".join(f"`{self.text(arg)}`" for arg in tree.args[:2])
            note = f"in `{self.text(tree)}` {products} are products; blocks side by side are separated by commas"
            self.notes[marked(note)] = None

    def _zero(self, tree: Tree) -> Node:
        rows, columns = self.shape_of(tree)
        if rows is None or columns is None:
            message = "nothing in the program says what size this block of zeros has"
            raise self.error(ShapeError, message, tree, "write zeros(n, m)")
        if (rows, columns) != SCALAR:
            self.notes[Prose(f"0 is read as a block of zeros, {clash.shown((rows, columns))}")] = None
        return ops.zeros(rows, columns)

    def _call(self, tree: Tree) -> Node:
        return functions.call(self, tree)

    def _norm(self, tree: Tree) -> Node:
        return functions.norm(self, tree)


def negated(node: Node) -> Node:
    """-A, of a number the number."""
    return ops.scale(ops.MINUS_ONE, node)
