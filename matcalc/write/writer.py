"""How a term reads: differences, signs, coefficients, fractions, spread scalars, constants without their size.

An expression has one representation for each thing, but several readings: A + (-1) B reads A - B, s A with s = 1/n
reads A / n, and the ones that spread a scalar are not written at all. The parser turns these spellings into
expressions; this module does the reverse. Everything else is a row in a notation's table.

A node is read once, without its context; alternatives that a neighbour may need are kept with it (`WrittenNode`).
So the work is linear in the size of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Size, Slot, Symbol, Term
from matcalc.sigmas import is_row, is_sum_over
from matcalc.write.bare import anchored, chained, paired, spread, stands_below
from matcalc.write.extents import polynomial
from matcalc.write.fractions import Scaling
from matcalc.write.pieces import Level, Notation, Piece, WrittenNode, decimal


class _NameTaken(Exception):
    """A symbol has a name that the notation uses for something else."""


_INDICES = "rqpjil"
_LETTERS = (*_INDICES, *(f"r{i}" for i in range(100)))
_RESERVED = frozenset(("I", "K", "D", *_INDICES))
"""The identity, the commutation and duplication matrices, indices; avoided if a program uses the name."""


def has_form(notation: Notation, op: ops.Operator, suffix: str = "") -> bool:
    """Whether a notation has a form for an operator. An unknown function may be called as a form is: ratio(x)."""
    return op.name + suffix in notation.forms and ops.TABLE.get(op.name) is op


class Writer:
    """Writes nodes in one notation, each once; reuse it for lines that share parts."""

    def __init__(
        self, notation: Notation, names: Collection[str] = (), shown: Mapping[Node, Piece] | None = None
    ) -> None:
        """`names`: those of the program, whether they occur or not; `shown`: the pieces of nodes that are not read."""
        self.notation = notation.among(names)
        self._shown = {node: WrittenNode(piece, simple=True) for node, piece in (shown or {}).items()}
        self._known = dict(self._shown)
        self._names = set(names)
        self._normed: set[Node] = set()  # nodes that contain a norm in bars
        self._summed: dict[Node, int] = {}  # how many sums over an index of their own stand inside one another

    def piece(self, node: Node) -> Piece:
        """`node` as a piece."""
        return self.reading(node).piece

    def write(self, node: Node) -> str:
        """The text of `node`. Raises UnsupportedError if it is too large or a form is missing."""
        return str(self.reading(node).piece)

    def reading(self, node: Node) -> WrittenNode:
        """How `node` reads, its operands first. Iterative."""
        while True:
            try:
                return self._walk(node)
            except _NameTaken:
                self._known = dict(self._shown)

    def _walk(self, node: Node) -> WrittenNode:
        known = self._known
        stack = [node]
        while stack:
            top = stack[-1]
            missing = [a for a in top.args if a not in known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if top not in known:
                known[top] = self._read(top)
                if top.is_scalar and not self.notation.gathers:
                    known[top].bare = None  # a scalar stands beside any shape, which then says nothing of what is in it
        return known[node]

    def _read(self, node: Node) -> WrittenNode:
        if isinstance(node, Term):
            args = self._operands(node)
            if has_form(self.notation, node.op, "_bars") or not self._normed.isdisjoint(node.args):
                self._normed.add(node)
            sums = max((self._summed.get(a, 0) for a in node.args), default=0) + (node.op is ops.POWER_FRECHET)
            if sums:
                self._summed[node] = sums
            if node.op.letters:
                return self._lettered(node, args)
            if node.op.over is not None:
                return self._summed_over(node.op.over, args[0])
            return _SPECIAL.get(node.op, Writer._plain)(self, node, args)
        if isinstance(node, Number):
            return self._number(node.value)
        if isinstance(node, Size):
            return self._size(node.dim)
        assert isinstance(node, (Symbol, Slot))
        return self._name(node.name)

    def _operands(self, node: Term) -> Sequence[WrittenNode]:
        return [self._known[a] for a in node.args]

    def _take(self, name: str) -> None:
        if name in _RESERVED and name not in self._names:
            self._names.add(name)
            raise _NameTaken

    def _name(self, name: str) -> WrittenNode:
        self._take(name)
        spelled = self.notation.name(name)
        return WrittenNode(
            self.notation.atom(spelled, Level.ATOM if self.notation.indexed in spelled else Level.LETTER), simple=True
        )

    def _size(self, dim: Dim) -> WrittenNode:
        if isinstance(dim, int):
            return self._number(Fraction(dim))
        if isinstance(dim, str):
            return self._name(dim)
        return WrittenNode(polynomial(dim, self.notation, lambda part: self._size(part).piece))

    def _number(self, value: Fraction) -> WrittenNode:
        if value < 0:
            size = self._number(-value).piece
            return WrittenNode(self.notation.build("minus", size), negated=size)
        text = decimal(value)
        if text is not None:
            return WrittenNode(self.notation.number(text), simple=True)
        above, below = self.notation.number(str(value.numerator)), self.notation.number(str(value.denominator))
        return WrittenNode(self.notation.build("over_tight", above, below), simple=True)

    # ------------------------------------------------------------------------------------------ rows of the table

    def _plain(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """A term that reads as its operator's form says."""
        if len(args) == 1:
            return self._around(args[0], self._unary(node), node.op.signature in _KEEPING)
        build, name = self.notation.build, node.op.name
        if f"{name}_plain" in self.notation.forms and node.args[-1] is ZERO:
            return WrittenNode(build(f"{name}_plain", args[0].piece))
        if not node.op.elementwise:
            return WrittenNode(build(name, *(r.piece for r in args)))
        if any(a.shape != node.shape for a in node.args):  # huber(Z, s): numbers, which say no size
            numbers = [r.piece for r in args[1:]]
            return self._around(args[0], lambda piece: build(name, piece, *numbers), True)
        return _read_as(lambda chosen: build(name, *(r.piece for r in chosen)), *anchored(spread(args)))

    def _inner(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        left, right = paired(args) if node.varies or not self.notation.gathers else anchored(args)[0]
        reading = WrittenNode(self.notation.build("inner", left.piece, right.piece))
        if left.negated is not None and node.varies:
            # In a line of a derivation, which need not parse: … - G : V.
            reading.negated = self.notation.build("inner", left.negated, right.piece)
        return reading

    def _bracketed(self, reading: WrittenNode) -> WrittenNode:
        return WrittenNode(self.notation.bracket(reading.piece, Level.BRACKETED))

    def _lettered(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """An entry, a row, a sum over an index, an array by its entries: as they are typed."""
        op, build, notation = node.op, self.notation.build, self.notation
        letters = [notation.atom(notation.name(letter)) for letter in op.letters]
        below = build("indices", *letters) if len(letters) > 1 else letters[0]
        if is_sum_over(op):
            return WrittenNode(build("sigma", below, args[0].piece))
        array = args[0].piece
        child = node.args[0]
        if is_row(op) and isinstance(child, Symbol) and child.name.lower() not in self._names:
            array = self._name(child.name[0].lower() + child.name[1:]).piece  # x_i is row i of X
        return WrittenNode(build("entry", array, below))

    def _summed_over(self, over: tuple[str, str, str], body: WrittenNode) -> WrittenNode:
        """A sum over layers."""
        return WrittenNode(self.notation.build("sum_over", body.piece, *self.bounds(over)))

    def bounds(self, over: tuple[str, str, str]) -> list[Piece]:
        """The letter of a sum over layers, and its bounds."""
        return [self.notation.build("bound", self.notation.atom(text)) for text in over]

    def _unary(self, node: Term) -> Callable[[Piece], Piece]:
        op, notation = node.op, self.notation
        name = op.name
        if has_form(notation, op, "_bars") and node.args[0] not in self._normed:
            name += "_bars"  # bars inside bars would close them
        shape = node.args[0].shape
        if shape == (1, 1) and has_form(notation, op, "_scalar"):
            name += "_scalar"
        elif shape[1] == 1 and has_form(notation, op, "_vector"):
            name += "_vector"
        if op.function is None or name != op.name or has_form(notation, op):
            return lambda piece: notation.build(name, piece)
        self._take(op.function)
        spelled = self.function(op)
        return lambda piece: notation.build("call", spelled, piece)

    def function(self, op: ops.Operator) -> Piece:
        """The name of a function of the entries, with its primes."""
        assert op.function is not None
        return self.notation.atom(self.notation.function(op.function, op.order))

    def _around(self, inside: WrittenNode, build: Callable[[Piece], Piece], passes: bool) -> WrittenNode:
        # A form around one operand. If it keeps the shape (`passes`), the operand may stay bare.
        reading = WrittenNode(build(inside.piece))
        if passes and inside.bare is not None:
            reading.bare, reading.open = WrittenNode(build(inside.bare.piece)), inside.open
        return reading

    def _transpose(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        child = node.args[0]
        if child is ops.ONE or (isinstance(child, Term) and child.op is ops.TRACE):
            args = [self._bracketed(args[0])]  # 1' is a vector of ones, tr(A)'B the trace of the product
        if isinstance(child, Term) and child.op is ops.INV:
            return WrittenNode(self.notation.build("transpose_inv", self._known[child.args[0]].piece))
        reading = self._around(args[0], lambda piece: self.notation.build("transpose", piece), True)
        reading.open = reading.open.translate(_SWAP)
        return reading

    def _row(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """Blocks side by side."""
        (pieces,) = self._entries_of([node.args])
        return WrittenNode(self.notation.build("hcat", *pieces))

    def _blocks(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """Rows below one another: a row of blocks without its brackets, where that shows which blocks are in it."""
        build = self.notation.build
        grid = [a.args if isinstance(a, Term) and a.op is ops.HCAT else (a,) for a in node.args]
        if self.notation.gathers and len({len(row) for row in grid}) > 1:
            return WrittenNode(build("vcat", *(build("block_one", r.piece) for r in args)))
        rows = [build("block_row" if len(pieces) > 1 else "block_one", *pieces) for pieces in self._entries_of(grid)]
        return WrittenNode(build("vcat", *rows))

    def _entries_of(self, grid: Sequence[Sequence[Node]]) -> list[list[Piece]]:
        """The blocks of a grid. Zeros are 0 where their row and column show how many. In text a 0 beside arrays is one
        of any size, so the number 0 gets brackets unless row and column show that it is a number."""
        known, gathers = self._known, self.notation.gathers
        aligned = len({len(row) for row in grid}) == 1
        zeros = {b for row in grid for b in row if isinstance(b, Term) and b.op is ops.ZEROS}
        numbers = gathers or all(isinstance(block, Number) for row in grid for block in row)

        def is_one(i: int, j: int) -> bool:
            height = any(block is not ZERO for block in grid[i])
            return height and aligned and any(row[j] is not ZERO for row in grid)

        def shown(i: int, j: int, b: Node) -> Piece:
            if b in zeros and aligned and not zeros.issuperset(grid[i]) and not zeros.issuperset(r[j] for r in grid):
                return self.notation.number("0")
            return known[b].piece if numbers or b is not ZERO or is_one(i, j) else self._bracketed(known[b]).piece

        return [[shown(i, j, b) for j, b in enumerate(row)] for i, row in enumerate(grid)]

    def _part(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """An entry, a row or a column, or a block of a name: p[1], X[2,:], X[1:3,2]; and a unit vector, I_n[:,k]."""
        child, build, index = node.args[0], self.notation.build, self._range(node)
        if node.op is ops.COLRANGE:
            inner = child if isinstance(child, Term) and child.op is ops.ROWRANGE else None
            child = inner.args[0] if inner else child
            index = build("pair", self._range(inner) if inner else build("all"), index)
        elif child.shape[1] != 1:
            index = build("pair", index, build("all"))
        unit = "I" if isinstance(child, Term) and child.op is ops.EYE else ""
        name = child.name if isinstance(child, Symbol) else unit
        plain = not name or any("[" in other for other in (name, *self._names))  # p[1] is a layer
        return self._plain(node, args) if plain else WrittenNode(build("part", self._known[child].piece, index))

    def _range(self, node: Term) -> Piece:
        first, last = (self._known[arg].piece for arg in node.args[1:])
        return first if node.args[1] is node.args[2] else self.notation.build("through", first, last)

    def _power_sum(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """The sum over r of A^r E A^(k-1-r), if the notation writes it out."""
        base, direction, exponent = (r.piece for r in args)
        if not self.notation.gathers:
            return WrittenNode(self.notation.build("power_frechet", base, direction, exponent))
        free = [letter for letter in _LETTERS if letter not in self._names]
        index = self.notation.atom(self.notation.name(free[self._summed[node] % len(free) - 1]))
        count = node.args[2]
        if isinstance(count, Number):
            last = self._number(count.value - 1).piece
        else:
            last = self.notation.sum([(False, exponent), (True, self.notation.number("1"))])
        return WrittenNode(self.notation.build("power_frechet", base, direction, exponent, index, last))

    def _differential(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        if isinstance(node.args[0], (Symbol, Slot)):
            return WrittenNode(self.notation.build("d_name", args[0].piece), simple=True)
        return WrittenNode(self.notation.build("d", args[0].piece))

    # -------------------------------------------------------------------------------------------------- constants

    def _kron(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        name = node.op.name
        reading = WrittenNode(self.notation.build(name, *(r.piece for r in args)))
        squares = [i for i, r in enumerate(args) if r.bare is not None and r.open == "B"]
        if len(squares) == 1 and all(r.bare is None for i, r in enumerate(args) if i not in squares):
            # In I ⊗ A the size of I follows from the whole shape.
            pieces = [r.bare.piece if r.bare is not None else r.piece for r in args]
            reading.bare, reading.open = WrittenNode(self.notation.build(name, *pieces)), "B"
        return reading

    def _lettered_constant(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        # A letter with the sizes below it, K or D; a word where the program has such a name.
        letter, form = ("K" if node.op is ops.COMMUTATION else "D"), node.op.name
        known = any(name == letter or name.startswith(f"{letter}_") for name in self._names)
        word = "_word" if known and f"{form}_word" in self.notation.forms else ""
        return WrittenNode(self.notation.build(form + word, *(r.piece for r in args)))

    def _eye(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        return self._constant("eye", args, "B")

    def _filled(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        """An array of ones or zeros, which is a number where a sum spreads it."""
        name = node.op.name
        if node.shape[1] == 1:
            # Text must show that it is a column, unless a neighbour does; in LaTeX a reader assumes it.
            reading = self._constant(name + "_column", args[:1], "R" if self.notation.gathers else "RC")
        else:
            reading = self._constant(name, args, "RC")
            if node.op is ops.ONES and "ones_column_bare" in self.notation.forms:
                reading.block = WrittenNode(self.notation.build("ones_column_bare"))
        reading.spread = WrittenNode(self.notation.number("1" if node.op is ops.ONES else "0"), simple=True)
        return reading

    def _constant(self, name: str, sizes: Sequence[WrittenNode], open_: str) -> WrittenNode:
        forms, names = self.notation.forms, self._names
        below = name + "_below" in forms and stands_below(str(sizes[0].piece), name, names)
        reading = WrittenNode(self.notation.build(name + "_below" * below, *(s.piece for s in sizes)))
        if name + "_bare" in forms and not (name == "eye" and "I" in names):
            reading.bare, reading.open = WrittenNode(self.notation.build(name + "_bare")), open_
        return reading

    # ------------------------------------------------------------------------------------------ sums and products

    def _plus(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        return _read_as(self._sum, *anchored(spread(args)))

    def _sum(self, args: Sequence[WrittenNode]) -> Piece:
        terms = [(r.negated is not None, r.negated or r.piece) for r in args[1:]]
        return self.notation.sum([(False, args[0].piece), *terms])

    def _matmul(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        return _read_as(lambda readings: self._chain(node, readings), *chained(args))

    def _chain(self, node: Term, readings: Sequence[WrittenNode]) -> Piece:
        notation = self.notation
        pieces = [notation.bracket(r.piece, Level.POWER) for r in readings]
        if node.args[0].shape[0] == 1 and any(a.shape[1] == 1 for a in node.args[:-1]) and not notation.gathers:
            # x'(x y'): read from left to right, x' x is a scalar and y' its multiple.
            pieces = [pieces[0], notation.bracket(notation.chain(pieces[1:]), Level.POWER)]
        return notation.chain(pieces)

    def _hadamard(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        if node.is_scalar:
            return self._scaled(node.args, args, None)
        return _read_as(self._entries, *anchored(args))

    def _entries(self, args: Sequence[WrittenNode]) -> Piece:
        # A .* B ./ C: each reciprocal divides the factor before it.
        notation = self.notation
        factors: list[Piece] = []
        for r in args:
            if r.under is None:
                factors.append(notation.bracket(r.piece, Level.POWER))
            elif factors:
                factors.append(notation.build("over_entries", factors.pop(), r.under))
            else:
                factors.append(r.piece)
        return factors[0] if len(factors) == 1 else notation.build("hadamard", *factors)

    def _scale(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        coefficient = node.args[0]
        factors = (
            coefficient.args if isinstance(coefficient, Term) and coefficient.op is ops.HADAMARD else (coefficient,)
        )
        readings = [self._known[f] for f in factors]
        if factors[0] is ops.ONE and node.shape[0] == 1:
            readings[0] = self._bracketed(readings[0])  # 1 b' is a vector of ones times b'
        reading = self._scaled(factors, readings, args[1])
        if args[1].bare is not None:
            reading.bare, reading.open = self._scaled(factors, readings, args[1].bare), args[1].open
        array = node.args[1]
        if isinstance(array, Term) and array.op is ops.ONES and not (coefficient is ops.ONE or coefficient is ZERO):
            scalar = args[0]
            piece = self.notation.bracket(scalar.piece, Level.FROBENIUS)
            reading.spread = WrittenNode(piece, scalar.negated)
        return reading

    def _scaled(
        self, factors: Sequence[Node], readings: Sequence[WrittenNode], body: WrittenNode | None
    ) -> WrittenNode:
        return Scaling(self.notation, factors, readings, body, self._number).reading()

    # ----------------------------------------------------------------------------------------------------- powers

    def _power(self, node: Term, args: Sequence[WrittenNode]) -> WrittenNode:
        reading = self._powered(node, args[0], args[1])
        if args[0].bare is not None:
            reading.bare, reading.open = self._powered(node, args[0].bare, args[1]), args[0].open
        return reading

    def _powered(self, node: Term, base: WrittenNode, power_: WrittenNode) -> WrittenNode:
        exponent = node.args[1]
        build, scalar = self.notation.build, node.is_scalar
        name = "matpow" if node.op is ops.MATPOW else "power" if scalar else "power_entries"
        if not isinstance(exponent, Number):
            raised_by = power_.piece if power_.simple else self.notation.bracket(power_.piece, Level.BRACKETED)
            return WrittenNode(build(name, base.piece, power_.piece if self.notation.gathers else raised_by))
        raised = WrittenNode(self.raised(name, base.piece, exponent.value), simple=base.simple)
        if node.op is ops.POWER and exponent.value < 0:
            below = node.args[0] if exponent.value == -1 else ops.power(node.args[0], Number(-exponent.value))
            if not self.notation.gathers and ops.reciprocal(below) is not node:
                return raised
            raised.under = base.piece if exponent.value == -1 else self.raised(name, base.piece, -exponent.value)
            if scalar:
                raised.piece = build("reciprocal_tight" if base.simple else "reciprocal", raised.under)
            elif not self.notation.gathers:
                raised.piece = build("one_over_entries", raised.under)
        return raised

    def raised(self, name: str, base: Piece, exponent: Fraction) -> Piece:
        """A form for a power, with a number as its exponent."""
        number = self.notation.number
        raised = number(str(abs(exponent.numerator)))
        if exponent.denominator != 1:
            raised = self.notation.build("ratio", raised, number(str(exponent.denominator)))
        if exponent < 0:
            raised = self.notation.build("minus", raised)
        if exponent == 1 and not self.notation.gathers:  # a bare ^1 is refused in a program, as W^1 may number layers
            raised = self.notation.bracket(raised, Level.BRACKETED)
        raised.size = 1
        return self.notation.build(name, base, raised)


def _read_as(
    piece: Callable[[Sequence[WrittenNode]], Piece],
    args: Sequence[WrittenNode],
    bare: Sequence[WrittenNode] | None,
    missing: str,
) -> WrittenNode:
    """A term as a piece of its operands; and of `bare` ones, where the neighbours determine what is `missing`."""
    reading = WrittenNode(piece(args))
    if bare is not None:
        reading.bare, reading.open = WrittenNode(piece(bare)), missing
    return reading


ZERO = Number(0)
_KEEPING = frozenset((ops.INV.signature, ops.function("exp").signature))
"""The shape rules by which a term and its one operand have the same shape."""
_SWAP = str.maketrans("RC", "CR")
_SPECIAL: Mapping[ops.Operator, Callable[[Writer, Term, Sequence[WrittenNode]], WrittenNode]] = {
    ops.TRANSPOSE: Writer._transpose,
    ops.D: Writer._differential,
    ops.KRON: Writer._kron,
    **dict.fromkeys((ops.COMMUTATION, ops.DUPLICATIONS["symmetric"]), Writer._lettered_constant),
    ops.EYE: Writer._eye,
    ops.ONES: Writer._filled,
    ops.ZEROS: Writer._filled,
    ops.PLUS: Writer._plus,
    ops.INNER: Writer._inner,
    ops.MATMUL: Writer._matmul,
    ops.HADAMARD: Writer._hadamard,
    ops.SCALE: Writer._scale,
    ops.POWER: Writer._power,
    ops.MATPOW: Writer._power,
    ops.HCAT: Writer._row,
    ops.VCAT: Writer._blocks,
    ops.ROWRANGE: Writer._part,
    ops.COLRANGE: Writer._part,
    ops.POWER_FRECHET: Writer._power_sum,
}


def piece(node: Node, notation: Notation, names: Collection[str] = ()) -> Piece:
    """`node` in `notation`; `names`: those of the program. For several formulas keep one Writer."""
    return Writer(notation, names).piece(node)


def write(node: Node, notation: Notation, names: Collection[str] = ()) -> str:
    """`node` in `notation`; `names`: those of the program. Raises UnsupportedError for what is too large for a line."""
    return str(notation.build("formula", piece(node, notation, names)))


def stated(node: Node, notation: Notation, names: Collection[str] = ()) -> str:
    """A formula whose shape is known where it stands: I ⊗ A, where the size of I is what that shape leaves."""
    reading = Writer(notation, names).reading(node)
    return str(notation.build("formula", (reading.bare or reading).piece))
