"""Bounds of the entries of an expression, for all values of its names: what is shown by its form alone.

Interval arithmetic (Moore 1966), with the signs that the attributes of the names imply (rules/structure.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import inf, isinf
from typing import NamedTuple
from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.expr import Node, Number, Size, Symbol, Term, remembered
from matcalc.rewrite import Condition
from matcalc.rewrite.arithmetic import coefficient, whole
from matcalc.rules.structure import attributes

End = Fraction | float


class Span(NamedTuple):
    """Every entry lies from `low` to `high`; an end that is `open` is not reached."""

    low: End = -inf
    high: End = inf
    open_low: bool = True
    open_high: bool = True

    @property
    def nonnegative(self) -> bool:
        """Whether no entry is negative."""
        return self.low >= 0

    @property
    def positive(self) -> bool:
        """Whether every entry is positive."""
        return self.low > 0 or (self.low == 0 and self.open_low)

    @property
    def negated(self) -> Span:
        """The interval of the negative."""
        return Span(-self.high, -self.low, self.open_high, self.open_low)

    def __and__(self, other: Span) -> Span:
        """The part that both have."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Span(
            low,
            high,
            any(one.open_low for one in (self, other) if one.low == low),
            any(one.open_high for one in (self, other) if one.high == high),
        )

    def __or__(self, other: Span) -> Span:
        """The smallest interval around both."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Span(
            low,
            high,
            all(one.open_low for one in (self, other) if one.low == low),
            all(one.open_high for one in (self, other) if one.high == high),
        )


ANY = Span()
NONNEGATIVE = Span(0, inf, False)
POSITIVE = Span(0)
UNIT = Span(0, 1, False, False)
_FUNCTIONS: Mapping[str, Span] = {
    "exp": POSITIVE,
    "sigmoid": Span(0, 1),
    "normcdf": Span(0, 1),
    "normpdf": POSITIVE,
    "erfc": Span(0, 2),
    "softplus": POSITIVE,
    "cosh": Span(1, inf, False),
    "abs": NONNEGATIVE,
    "relu": NONNEGATIVE,
    "sqrt": NONNEGATIVE,
    "step": UNIT,
    "tanh": Span(-1, 1),
    "erf": Span(-1, 1),
    "sin": Span(-1, 1, False, False),
    "cos": Span(-1, 1, False, False),
    "sign": Span(-1, 1, False, False),
    "log_sigmoid": Span(-inf, 0),
    "expm1": Span(-1, inf),
}
"""The values of the functions of the entries."""
_OWN: Mapping[ops.Operator, Span] = {
    ops.ONES: Span(1, 1, False, False),
    ops.ZEROS: Span(0, 0, False, False),
    **dict.fromkeys((ops.EYE, ops.COMMUTATION, ops.INDICATOR_MAX, ops.INDICATOR_MIN, ops.INDICATOR_ROWMAX), UNIT),
    **dict.fromkeys((ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS), Span(0, 1, True, False)),
    **dict.fromkeys((ops.LOG_SOFTMAX_ROWS, ops.LOG_SOFTMAX_COLUMNS), Span(-inf, 0, True, False)),
}
_SAME = frozenset(
    [ops.TRANSPOSE, ops.VEC, ops.UNVEC, ops.ROWRANGE, ops.COLRANGE, ops.DIAGONAL, ops.MEAN, ops.ROWMEAN, ops.COLMEAN,
     ops.LARGEST, ops.SMALLEST, ops.ROWMAX, ops.HCAT, ops.VCAT]
)  # fmt: skip
"""Each entry is one of those of the arguments, or a mean of them."""
_SUMS = frozenset([ops.SUM, ops.ROWSUM, ops.COLSUM, ops.CUMSUM, ops.TRACE])
_PRODUCTS = frozenset([ops.HADAMARD, ops.SCALE, ops.KRON])

_known: WeakKeyDictionary[Node, Span] = WeakKeyDictionary()


def bounds(node: Node) -> Span:
    """Where all entries of an expression lie, wherever it is defined."""
    return remembered(node, _known, _of, through_definitions=True)


def _of(node: Node) -> Span:
    if isinstance(node, Number):
        return Span(node.value, node.value, False, False)
    if isinstance(node, Size):
        return Span(1, inf, False)
    found = ANY
    if isinstance(node, Symbol) and node.definition is not None:
        found = _known[node.definition]
    elif isinstance(node, Term):
        found = _of_term(node)
    has = attributes(node)
    if "positive" in has:
        found &= POSITIVE
    elif "nonnegative" in has:
        found &= NONNEGATIVE
    return found & UNIT if has & {"binary", "onehot"} else found


def _of_term(node: Term) -> Span:
    op, args = node.op, node.args
    if op.function is not None:
        return _FUNCTIONS.get(op.function, ANY) if op.order == 0 else ANY
    if op in _OWN:
        return _OWN[op]
    known = [_known[a] for a in args[: len(args) - op.parameters]]
    if op is ops.PLUS:
        return Span(
            sum(i.low for i in known),
            sum(i.high for i in known),
            any(i.open_low for i in known),
            any(i.open_high for i in known),
        )
    if op in _PRODUCTS:
        return _product(args, together=op is ops.HADAMARD)
    if op in (ops.MATMUL, ops.INNER):
        return _sum(_product(args, together=op is ops.INNER))
    if op in _SUMS:
        return _sum(known[0])
    if op in _SAME:
        return _around(known)
    if op is ops.DIAG:
        return known[0] | Span(0, 0, False, False)
    if op is ops.MAX:
        return _larger(known)
    if op is ops.MIN:
        return _larger([i.negated for i in known]).negated
    return _power(known[0], args[1]) if op is ops.POWER else ANY


def _larger(known: list[Span]) -> Span:
    low, high = max(i.low for i in known), max(i.high for i in known)
    open_low = any(i.open_low for i in known if i.low == low)
    return Span(low, high, open_low, all(i.open_high for i in known if i.high == high))


def _around(known: list[Span]) -> Span:
    found = known[0]
    for one in known[1:]:
        found |= one
    return found


def _sum(one: Span) -> Span:
    """Of a sum of any number of such entries."""
    low, high = one.low if one.low == 0 else -inf, one.high if one.high == 0 else inf
    if one.low > 0:
        low = one.low  # there is at least one
    if one.high < 0:
        high = one.high
    return Span(low, high, one.open_low or isinf(low), one.open_high or isinf(high))


def _product(args: tuple[Node, ...], together: bool) -> Span:
    """`together`: the same entry of each is multiplied, so that equal factors make a power."""
    found = Span(1, 1, False, False)
    for base in dict.fromkeys(args):
        times = args.count(base)
        for _ in range(1 if together else times):
            found = _times(found, _power(_known[base], Number(times)) if together and times > 1 else _known[base])
    return found & (UNIT._replace(open_high=True) if _is_share(args) else ANY)


def _is_share(args: tuple[Node, ...]) -> bool:
    """Whether a product is a / (c + a) with a not negative and c positive."""
    for at, below in enumerate(args):
        if isinstance(below, Term) and below.op is ops.POWER and below.args[1] is ops.MINUS_ONE:
            whole_, rest = below.args[0], (*args[:at], *args[at + 1 :])
            if not (isinstance(whole_, Term) and whole_.op is ops.PLUS and len(rest) == 1 and rest[0] in whole_.args):
                continue
            others = [bounds(a) for a in whole_.args if a is not rest[0]]
            if bounds(rest[0]).nonnegative and all(i.nonnegative for i in others) and any(i.positive for i in others):
                return True
    return False


def _times(one: Span, other: Span) -> Span:
    ends: list[tuple[End, bool]] = []
    for a, open_a in ((one.low, one.open_low), (one.high, one.open_high)):
        for b, open_b in ((other.low, other.open_low), (other.high, other.open_high)):
            value = a * b if a and b else 0
            # 0 is reached where one factor reaches it
            reached = (not open_a and a == 0) or (not open_b and b == 0) or not (open_a or open_b)
            ends.append((value, not reached))
    low, high = min(e[0] for e in ends), max(e[0] for e in ends)
    return Span(low, high, all(o for v, o in ends if v == low), all(o for v, o in ends if v == high))


def _power(base: Span, exponent: Node) -> Span:
    k = whole(exponent)
    if k is not None and k > 0:
        if k % 2 and not base.nonnegative:
            return Span(-inf, inf) if base.high > 0 else NONNEGATIVE.negated
        found = Span(base.low**k, _raised(base.high, k), base.open_low, base.open_high)
        if base.nonnegative:
            return found
        other = Span((-base.high) ** k, _raised(-base.low, k), base.open_high, base.open_low)
        if base.high <= 0:
            return other
        return Span(0, max(found.high, other.high), False, (found | other).open_high)
    if k is not None and k < 0:  # wherever it is defined
        if base.nonnegative or k % 2 == 0:
            return POSITIVE
        return POSITIVE.negated if base.high <= 0 else ANY
    if base.positive:
        return POSITIVE
    if isinstance(exponent, Number):  # a fractional power of what must not be negative
        return NONNEGATIVE if exponent.value > 0 else POSITIVE
    return NONNEGATIVE if base.nonnegative else ANY


def _raised(high: End, k: int) -> End:
    return inf if isinf(high) else high**k


def sign(node: Node) -> int:
    """1 where no entry is negative, -1 where none is positive, otherwise 0."""
    found = bounds(node)
    return 1 if found.low >= 0 else -1 if found.high <= 0 else 0


def signed(node: Node) -> tuple[int, tuple[Condition, ...]]:
    """The sign of all entries, and which factors must not be negative for it, as no declaration tells their sign."""
    if turn := sign(node):
        return turn, ()
    number, rest = coefficient(node)
    turn = 1 if number > 0 else -1
    asked: list[Condition] = []
    for factor in rest.args if isinstance(rest, Term) and rest.op in (ops.HADAMARD, ops.SCALE) else (rest,):
        below = False
        if isinstance(factor, Term) and factor.op is ops.POWER and (power := whole(factor.args[1]) or 0) % 2:
            factor, below = factor.args[0], power < 0  # 1/n has the sign of n
        if known := sign(factor):
            turn *= known
        else:
            asked.append(Condition("{t} > 0" if below else "{t} ≥ 0", (("t", factor),)))
    return turn, tuple(asked)
