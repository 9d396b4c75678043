"""The edits that undo mistakes: each takes a part of a reader's formula and gives what may have to stand there.

An edit looks at one part, and knows the gradient only by what `Truth` says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from matcalc import operators as ops
from matcalc.check.repairs import (
    Parts,
    Repair,
    arrays,
    bare,
    entry_factors,
    is_inverse,
    like,
    made,
    matrix_factors,
    turned,
)
from matcalc.expr import Node, Number, Symbol, Term, postorder, replace
from matcalc.syntax.tree import Tree


@dataclass(frozen=True)
class Truth:
    """What edits may take from the gradient: its `factors` and `summands`, the `names` of the program, and more.

    `bias`: the variable is a bias. `softmaxes`: the values of softmax in the program.
    """

    gradient: Node
    factors: tuple[Node, ...] = ()
    summands: tuple[Node, ...] = ()
    names: tuple[Node, ...] = ()
    softmaxes: tuple[Node, ...] = ()
    bias: bool = False


Edits = Callable[[Parts, Tree, Truth], Iterator[Node]]


MATRICES = ("name", "group", "transpose", "inverse_transpose", "call", "power", "chain", "product", "sum")


def _array(tree: Tree) -> bool:
    return not tree.node.is_scalar


# ------------------------------------------------------------------------------------------------- transposes, sides


def transposed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    above = parts.above(tree)
    doubled = above is not None and (above.kind == "transpose" or (above.kind == "group" and tree.kind != "name"))
    if tree.kind in MATRICES and _array(tree) and above is not None and not doubled and not is_inverse(tree.node):
        yield turned(tree.node)


def all_transposed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """Every factor of a product transposed, in the same order."""
    factors = matrix_factors(tree)
    if len(arrays(factors)) > 1 and not any(1 in factors[i].shape for i in arrays(factors)):
        yield from made(ops.MATMUL, *(f if f.is_scalar else turned(f) for f in factors))


def inverse_transposed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    if is_inverse(tree.node) and tree.kind != "group":
        yield turned(tree.node)


def inverted(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    if not _array(tree) or node.shape[0] != node.shape[1] or tree.kind == "sum":
        return
    base = node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node
    if isinstance(base, Term) and base.op is ops.INV:
        yield base.args[0]
        yield turned(base.args[0])
    elif isinstance(base, Term) and base.op is ops.POWER and base.args[1] == ops.MINUS_ONE:
        yield ops.inv(base.args[0])
        yield ops.T(ops.inv(base.args[0]))
    elif tree.kind in MATRICES:
        yield ops.inv(base)
        yield ops.T(ops.inv(base))


def moved(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """Two factors exchanged, one factor moved, all in the other order; what is moved may be transposed."""
    factors = matrix_factors(tree)
    at = arrays(factors)
    if not 2 <= len(at) <= 8:
        return
    above = parts.above(tree)
    if above is not None and bare(above) is bare(tree):
        return
    scalars = [f for f in factors if f.is_scalar]
    matrices = [factors[i] for i in at]

    def product(order: Sequence[Node]) -> Iterator[Node]:
        yield from made(ops.MATMUL, *scalars, *order)

    seen: set[tuple[Node, ...]] = {tuple(matrices)}
    for turn in (False, True):
        for i in range(len(matrices)):
            rest = matrices[:i] + matrices[i + 1 :]
            moving = turned(matrices[i]) if turn else matrices[i]
            for j in range(len(matrices)):
                order = (*rest[:j], moving, *rest[j:])
                if order not in seen and j != i:
                    seen.add(order)
                    yield from product(order)
    for i in range(len(matrices) - 1):
        one, two = matrices[i : i + 2]
        for swapped in ((turned(two), turned(one)), (turned(two), one), (two, turned(one))):
            yield from product((*matrices[:i], *swapped, *matrices[i + 2 :]))
    yield from product(matrices[::-1])
    yield from product([turned(m) for m in matrices[::-1]])


def bracketed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """A matrix moved into, or out of, a product entry by entry: (d .* s) W' and (d W') .* s."""
    factors = matrix_factors(tree)
    for i, factor in enumerate(factors):
        if isinstance(factor, Term) and factor.op is ops.HADAMARD and not factor.is_scalar:
            for k, one in enumerate(factor.args):
                others = factor.args[:k] + factor.args[k + 1 :]
                for product in made(ops.MATMUL, *factors[:i], one, *factors[i + 1 :]):
                    yield from made(ops.HADAMARD, product, *others)
    entries = entry_factors(tree)
    for i, factor in enumerate(entries):
        scalar, inner = _coefficient(factor)
        if isinstance(inner, Term) and inner.op is ops.MATMUL:
            rest_ = [*scalar, *entries[:i], *entries[i + 1 :]]
            first, last = inner.args[0], inner.args[-1]
            for rest, outer in ((inner.args[:-1], (None, last)), (inner.args[1:], (first, None))):
                for whole in made(ops.HADAMARD, ops.matmul(*rest), *rest_):
                    yield from made(ops.MATMUL, *(x for x in (outer[0], whole, outer[1]) if x is not None))


def _coefficient(node: Node) -> tuple[list[Node], Node]:
    if isinstance(node, Term) and node.op is ops.SCALE:
        return [node.args[0]], node.args[1]
    return [], node


# ------------------------------------------------------------------------------------------- products of other kinds


def other_product(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    factors = matrix_factors(tree)
    at = arrays(factors)
    for i in at[1:]:
        for left in made(ops.MATMUL, *factors[:i]):
            for right in made(ops.MATMUL, *factors[i:]):
                for a, b in ((left, right), (turned(left), right), (left, turned(right))):
                    if a.shape == b.shape:
                        yield from made(ops.HADAMARD, a, b)
        before = max(k for k in at if k < i)
        if factors[before].shape == factors[i].shape:
            both = ops.hadamard(factors[before], factors[i])
            yield from made(ops.MATMUL, *factors[:before], both, *factors[i + 1 :])
    entries = entry_factors(tree)
    if len(arrays(entries)) < 2:
        return
    for i in range(1, len(entries)):
        left, right = ops.hadamard(*entries[:i]), ops.hadamard(*entries[i:])
        for a, b in ((left, right), (turned(left), right), (left, turned(right)), (right, left)):
            yield from made(ops.MATMUL, a, b)
        one, two = entries[i - 1 : i + 1]
        for a, b in ((one, two), (two, one)):
            for both in made(ops.MATMUL, a, b):
                yield from made(ops.HADAMARD, *entries[: i - 1], both, *entries[i + 1 :])


def outer(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    factors = matrix_factors(tree)
    for i in range(len(factors) - 1):
        one, two = factors[i : i + 2]
        if not (one.is_scalar or two.is_scalar) and (1 in one.shape or 1 in two.shape):
            yield from made(ops.MATMUL, *factors[:i], turned(one), turned(two), *factors[i + 2 :])
            yield from made(ops.MATMUL, *factors[:i], turned(two), turned(one), *factors[i + 2 :])
    node = tree.node
    if isinstance(node, Term) and node.op is ops.INNER:
        one, two = node.args
        for a, b in ((one, turned(two)), (turned(one), two), (two, turned(one)), (turned(two), one)):
            yield from made(ops.MATMUL, a, b)
        yield ops.hadamard(one, two)


# ---------------------------------------------------------------------------------------------------------- functions

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softplus", "exp", "log", "sin", "cos", "sqrt", "elu", "gelu", "silu", "step")


def _of_entries(node: Node) -> bool:
    return isinstance(node, Term) and node.op.function is not None


def other_function(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    value = node.definition if isinstance(node, Symbol) and node.definition is not None else node
    if isinstance(value, Term) and value.op.function is not None:
        name, order, argument = value.op.function, value.op.order, value.args[0]
        if node is value and order:
            yield ops.fn(name, argument, order - 1)
        yield ops.fn(name, argument, order + 1)
        if node is value:
            if (above := parts.above(tree)) is None or above.kind != "call":  # f'(f(z)) is f' at another point
                yield argument
            yield from (ops.fn(other, argument, order) for other in ACTIVATIONS if other != name)
            yield from (ops.fn(other, argument, 1) for other in ACTIVATIONS if not order)
    if isinstance(value, Term) and value.op in _OF_LINES:
        yield from (ops.term(op, value.args[0]) for op in _OF_LINES if op is not value.op)
    square = _array(tree) and node.shape[0] == node.shape[1] and tree.kind in ("name", "transpose")
    if square and not is_inverse(node):
        yield ops.matmul(node, node)
    if not node.is_scalar:
        yield from _other_exponents(value)


_OF_LINES = (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS, ops.LOG_SOFTMAX_ROWS, ops.LOG_SOFTMAX_COLUMNS)


def other_sign(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """The negative of the argument of a function, in which no factor shows its sign."""
    above = parts.above(tree)
    if above is not None and above.kind == "call" and tree.kind != "number":
        yield ops.scale(ops.MINUS_ONE, tree.node)


def divided_by_the_sum(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """The softmax of what has its exponentials."""
    if isinstance(tree.node, Term) and tree.node.op.function == "exp" and _array(tree):
        yield from (ops.term(op, tree.node.args[0]) for op in (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS))


def other_power(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """Another power of a number."""
    if tree.node.is_scalar:
        yield from _other_exponents(tree.node)


def _other_exponents(node: Node) -> Iterator[Node]:
    if isinstance(node, Term) and node.op in (ops.POWER, ops.MATPOW) and isinstance(node.args[1], Number):
        exponent = node.args[1].value
        for other in (exponent + 1, exponent - 1, -exponent):
            if other:
                yield node.args[0] if other == 1 else ops.term(node.op, node.args[0], Number(other))


def by_the_derivative(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """A factor that is the derivative of a function of the entries, in the place of one or two others."""
    node = tree.node
    if not _array(tree) or _is_ones(node):
        return
    slopes = [f for f in truth.factors if f.shape == node.shape and derives_entries(f)]
    yield from (f for f in slopes if f != node)
    factors = entry_factors(tree)
    for i in range(len(factors) - 1):
        yield from (hadamard for f in slopes for hadamard in made(ops.HADAMARD, *factors[:i], f, *factors[i + 2 :]))


def derives_entries(node: Node) -> bool:
    """Whether it is the derivative of a function of the entries, as it is written: f'(z), s .* (1 - s), 1 - t^2."""
    atoms: set[Node] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, Symbol) or _of_entries(part):
            atoms.add(part)
        elif isinstance(part, Term) and part.op in (ops.HADAMARD, ops.PLUS, ops.SCALE, ops.POWER):
            stack += part.args
        elif not isinstance(part, Number) and not _is_ones(part):
            return False
    (atom, *others) = atoms or (node,)
    derived = isinstance(atom, Term) and atom.op.order > 0
    return bool(atoms) and not others and (derived or atom is not node)


def elsewhere(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """f' at another point, and s .* (1 - s) with the s of another layer."""
    node = tree.node
    if _of_entries(node):
        assert isinstance(node, Term)
        yield from (
            ops.term(node.op, other) for other in truth.names if other.shape == node.shape and other != node.args[0]
        )
        for part in postorder(truth.gradient, through_definitions=True) if node.op.order else ():
            if isinstance(part, Term) and part.op is node.op and part.shape == node.shape and part != node:
                yield part
    factors = entry_factors(tree) or [node]
    simple = [derives_entries(f) or isinstance(f, Symbol) for f in factors]
    if tree.kind in ("group", "product", "chain", "power", "call") and any(map(derives_entries, factors)):
        for symbol in dict.fromkeys(
            n for f, s in zip(factors, simple, strict=True) if s for n in postorder(f) if isinstance(n, Symbol)
        ):
            for other in truth.names:
                if other.shape == symbol.shape and other is not symbol:
                    changed = [replace(f, {symbol: other}) if s else f for f, s in zip(factors, simple, strict=True)]
                    yield from made(ops.HADAMARD, *changed)


def other_name(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    if tree.kind == "name":
        yield from (other for other in truth.names if other.shape == tree.node.shape and other is not tree.node)


# ------------------------------------------------------------------------------------------------- factors and terms


def inserted(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node, above = tree.node, parts.above(tree)
    if (
        node.is_scalar and tree.kind != "number" and above is not None and above.kind == "sum"
    ):  # added to every entry of an array
        yield from (
            ops.scale(node, factor) for factor in truth.factors if factor.shape == above.node.shape != node.shape
        )
    if node.is_scalar or tree.kind == "ones" or (tree.kind == "group" and tree.args[0].kind == "name"):
        return
    factors = matrix_factors(tree)
    inner = [(i, j) for i in range(len(factors)) for j in range(i + 2, len(factors) + 1) if j - i < len(factors)]
    for factor in truth.factors:
        if factor.is_scalar:
            continue
        if factor.shape == node.shape:
            yield ops.hadamard(node, factor)
        if node.shape[1] == factor.shape[0]:
            yield ops.matmul(node, factor)
        if factor.shape[1] == node.shape[0]:
            yield ops.matmul(factor, node)
        for i, j in inner if len(inner) < 20 else ():
            for part in made(ops.MATMUL, *factors[i:j]):
                if part.shape == factor.shape:
                    yield from made(ops.MATMUL, *factors[:i], ops.hadamard(part, factor), *factors[j:])


def left_out(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    for op, factors in ((ops.MATMUL, matrix_factors(tree)), (ops.HADAMARD, entry_factors(tree))):
        for i in arrays(factors) if len(arrays(factors)) > 1 else ():
            yield from made(op, *factors[:i], *factors[i + 1 :])


def lost_term(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    if tree.kind not in ("number", "ones"):
        yield from (ops.plus(tree.node, term) for term in truth.summands if term.shape == tree.node.shape)


def symmetrized(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """The second of the two terms of x' A x: A x becomes (A + A') x."""
    node = tree.node
    if isinstance(node, Symbol) and node.attributes & {"symmetric", "pd", "psd", "diagonal"}:
        return
    if _array(tree) and node.shape[0] == node.shape[1] and tree.kind in MATRICES and tree.kind != "group":
        yield ops.plus(node, turned(node))


# ------------------------------------------------------------------------------------------------------- sums, traces


def summed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    if tree.kind in ("number", "ones") or not _array(tree):
        return
    if 1 in node.shape:
        yield ops.term(ops.SUM, node)
    for total in (ops.term(ops.COLSUM, node), ops.term(ops.ROWSUM, node)):
        yield turned(total)
        yield total
    yield ops.term(ops.SUM, node)


def along_the_other(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    base = node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node
    others = {ops.ROWSUM: ops.COLSUM, ops.COLSUM: ops.ROWSUM, ops.ROWMEAN: ops.COLMEAN, ops.COLMEAN: ops.ROWMEAN}
    if isinstance(base, Term) and base.op in others:
        other = ops.term(others[base.op], base.args[0])
        yield other
        yield turned(other)
    elif isinstance(base, Term) and base.op in (ops.SUM, ops.MEAN):
        for row in (ops.ROWSUM, ops.COLSUM, ops.ROWMEAN, ops.COLMEAN):
            yield ops.term(row, base.args[0])
            yield turned(ops.term(row, base.args[0]))
    factors = matrix_factors(tree)
    if any(map(_is_ones, factors)):
        for inner in made(ops.MATMUL, *(f for f in factors if not _is_ones(f))):
            if not inner.is_scalar:
                for total in (ops.term(ops.ROWSUM, inner), ops.term(ops.COLSUM, inner)):
                    yield total
                    yield turned(total)


def _is_ones(node: Node) -> bool:
    base = node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node
    return isinstance(base, Term) and base.op is ops.ONES


def not_summed(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    base = node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node
    if isinstance(base, Term) and base.op in (ops.ROWSUM, ops.COLSUM, ops.SUM, ops.ROWMEAN, ops.COLMEAN, ops.MEAN):
        yield base.args[0]
        yield turned(base.args[0])


def traced(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    node = tree.node
    if _is_ones(node):
        return
    if isinstance(node, Term) and node.op in (ops.TRACE, ops.DIAG, ops.DIAGONAL):
        yield node.args[0]
        yield turned(node.args[0])
        if node.op is ops.TRACE:
            yield ops.term(ops.SUM, node.args[0])
            yield ops.term(ops.DIAGONAL, node.args[0])
    if tree.kind in ("number", "ones"):
        return
    if _array(tree) and node.shape[0] == node.shape[1]:
        trace = ops.term(ops.TRACE, node)
        yield trace
        yield ops.term(ops.DIAGONAL, node)
        yield ops.term(ops.DIAG, ops.term(ops.DIAGONAL, node))
        yield ops.scale(trace, ops.eye(node.shape[0]))
    if _array(tree) and node.shape[1] == 1:
        yield ops.term(ops.DIAG, node)
    if node.is_scalar and truth.gradient.shape[0] == truth.gradient.shape[1]:
        yield ops.scale(node, ops.eye(truth.gradient.shape[0]))
    if isinstance(node, Term) and node.op is ops.SUM and node.args[0].shape[0] == node.args[0].shape[1]:
        yield ops.term(ops.TRACE, node.args[0])


# ------------------------------------------------------------------------------------------------------------- indices


def index_repairs(parts: Parts) -> Iterator[Repair]:
    """The entries of a formula with their two indices exchanged, or one index in place of another."""
    letters = {letter.name: letter for tree in parts.all if tree.kind == "entry" for letter in tree.value}
    used = [letter for tree in parts.all if tree.kind == "entry" for letter in tree.value]
    for tree in parts.all:
        if tree.kind != "entry":
            continue
        choices = [tree.value[::-1]] if len(tree.value) == 2 else []
        choices += [
            (*tree.value[:k], other, *tree.value[k + 1 :])
            for k, letter in enumerate(tree.value)
            for other in letters.values()
            if other is not letter
        ]
        for value in choices:
            left = list(used)
            for letter in tree.value:
                left.remove(letter)
            if {*left, *value} != {*used}:
                continue  # a letter would be lost
            changed = like(tree, tree.args)
            changed.value = value
            node = parts.built(changed)
            if node is not None:
                yield Repair(tree, node)
