"""Kinks: places where a formula changes into another one, and on which sides of them points have been.

A formula may be right on one side of a kink and wrong on the other, so a point tells only about its own side. A switch
is a number whose sign says which formula holds. Where no switch changes its sign, everything is one smooth formula.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term
from matcalc.meaning import Entry, Rows, TooLarge, entries, order, over_all
from matcalc.named_functions import ENTRYWISE
from matcalc.verify.points import Point, Trial, inputs
from matcalc.verify.ranges import Ranges, span
from matcalc.verify.traits import trait


def kinked(nodes: Sequence[Node]) -> list[Term]:
    """The terms with a kink in the nodes, and abs(u) for each u whose sign a root or a norm takes away."""
    lost = dict.fromkeys(chain.from_iterable(_unsigned(node) for node in order(nodes) if isinstance(node, Term)))
    walk = order([*nodes, *(Term(ops.function("abs"), (u,)) for u in lost)])
    return [over_all(node, walk) for node in walk if isinstance(node, Term) and trait(node).kink]


def changes_over(nodes: Sequence[Node]) -> bool:
    """Whether the nodes may be other formulas far from zero or near to it: they have kinks, or roots.

    A root has a kink if a square is written out under it.
    """
    return bool(kinked(nodes)) or any(isinstance(node, Term) and _is_root(node) for node in order(nodes))


NORMS = frozenset((ops.NORM, ops.NORM_SPEC, ops.NORM_NUC))
_THROUGH = frozenset((ops.TRANSPOSE, ops.SUM, ops.TRACE))
"""Operators that do not change a scalar."""


def _unsigned(term: Term) -> list[Node]:
    # Each u whose sign the term takes away: in sqrt(u^2), in (s u'u)^(1/4) for a scalar u, in the norm of u x.
    a = term.args[0] if term.args else None
    if term.op in NORMS and a is not None:
        return [u for u in _factors(a) if u.is_scalar and not isinstance(u, Number)]
    if a is None or not _is_root(term):
        return []
    return [u for u, e in _factors(a).items() if e % 2 == 0 and not isinstance(u, Number)]


def _is_root(term: Term) -> bool:
    return term.op.function == "sqrt" or (term.op is ops.POWER and _whole(term.args[1]) is None)


def _factors(node: Node) -> Counter[Node]:
    # The factors of every entry, with their exponents.
    found = Counter[Node]()
    stack = [(node, 1)]
    while stack:
        a, times = stack.pop()
        if isinstance(a, Symbol) and a.definition is not None:
            stack.append((a.definition, times))
        elif isinstance(a, Term) and a.op in (ops.HADAMARD, ops.SCALE):
            stack += ((b, times) for b in a.args)
        elif isinstance(a, Term) and a.op is ops.POWER and (exponent := _whole(a.args[1])) is not None:
            stack.append((a.args[0], times * exponent))
        elif isinstance(a, Term) and a.op in _THROUGH and a.args[0].is_scalar:
            stack.append((a.args[0], times))
        else:
            found[a] += times
    return found


def _whole(node: Node) -> int | None:
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else None


EXTREMES = frozenset(
    (
        *(ops.LARGEST, ops.SMALLEST, ops.ROWMAX, ops.SUM_LARGEST),
        *(ops.INDICATOR_MAX, ops.INDICATOR_MIN, ops.INDICATOR_ROWMAX, ops.INDICATOR_LARGEST),
    )
)
"""Operators whose formula depends on the order of the entries."""
_BY_ROW = frozenset((ops.ROWMAX, ops.INDICATOR_ROWMAX))
"""Those of the extremes that compare the entries of each row only."""
ENDS: Mapping[ops.Operator, Callable[..., tuple[Entry, ...]]] = {
    ops.CLIP: lambda x, least, most: (x - least, x - most),
    ops.HUBER: lambda x, bound: (x - bound, x + bound),
}
"""Operators whose kinks lie where an entry equals another argument, and the distances of an entry from there."""

SHOWN = {
    "step_ge": "max",
    "largest": "max",
    "indicator_max": "max",
    "indicator_rowmax": "rowmax",
    "indicator_largest": "sum_largest",
    "smallest": "min",
    "indicator_min": "min",
}
"""How a kink is called, if not by its operator's name."""

Switch: TypeAlias = tuple[Term, int, int, int, int, int]
"""A term; an entry of its argument; for extremes the other entry that it is compared with, else itself; the place of
the kink."""
SwitchSide: TypeAlias = tuple[Switch, bool]
"""A switch, and whether it is positive."""


def switches(term: Term, args: Sequence[Rows]) -> Iterable[tuple[Switch, Entry]]:
    """The switches of `term`, and their values."""
    a, *rest = args
    if term.op in EXTREMES:
        places = [(i, j) for i, row in enumerate(a) for j in range(len(row))]
        for n, (i, j) in enumerate(places):
            for k, m in (p for p in places[:n] if p[0] == i or term.op not in _BY_ROW):
                yield (term, i, j, k, m, 0), a[i][j] - a[k][m]
        return
    if term.op in ENDS:
        for i, row in enumerate(a):
            for j, x in enumerate(row):
                for number, u in enumerate(ENDS[term.op](x, *(b[0][0] for b in rest))):
                    yield (term, i, j, i, j, number), u
        return
    at = ENTRYWISE[term.op.function].kinks if term.op.function else (0,)
    for i, row in enumerate(a):
        for j, x in enumerate(row):
            for place in at:
                yield (term, i, j, i, j, place), x - rest[0][i][j] if rest else x - place if place else x


class Kinks:
    """The kinks of some formulas, at concrete sizes."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.terms = kinked(nodes)
        self.arguments = list(dict.fromkeys(chain.from_iterable(term.args for term in self.terms)))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def inputs(self) -> list[Symbol]:
        """The symbols that the kinks depend on."""
        return inputs(self.arguments)

    def rank(self, switch: Switch) -> tuple[int, ...]:
        """The place of a switch among all."""
        return self.terms.index(switch[0]), *switch[1:]

    def values(self, arrays: Mapping[Node, Rows]) -> dict[Switch, Entry]:
        """The value of every switch; `arrays`: the values of the kinks' arguments."""
        return dict(chain.from_iterable(switches(term, [arrays[a] for a in term.args]) for term in self.terms))

    def sides(self, trial: Trial, point: Point) -> frozenset[SwitchSide]:
        """On which side of every kink a point lies; without the kinks that it lies exactly on."""
        values = self.values(dict(zip(self.arguments, trial.at(self.arguments, point), strict=True)))
        return frozenset((switch, bool(u > 0)) for switch, u in values.items() if u > 0 or u < 0)


def named(sides: Iterable[SwitchSide]) -> str:
    """The names of the kinks of these sides."""
    names = dict.fromkeys(term.op.function or term.op.name for (term, *_), _ in sides)
    return ", ".join(dict.fromkeys(SHOWN.get(name, name) for name in names))


def impossible(sides: Sequence[SwitchSide], kinks: Kinks, trial: Trial) -> list[SwitchSide]:
    """Those of `sides` that no point can be on, by the ranges of the kinks' arguments."""
    if not sides:
        return []
    field = Ranges()
    env = {s: _spans(s, *trial.shape(s)) for s in kinks.inputs()}
    env |= {s: [[field.number(n)]] for s, n in trial.fixed.items()}
    try:
        arrays = entries(kinks.arguments, env, field, trial.sizes)
    except (TooLarge, UnsupportedError):
        return []
    values = kinks.values(dict(zip(kinks.arguments, arrays, strict=True)))
    return [(switch, above) for switch, above in sides if (values[switch].hi <= 0 if above else values[switch].lo >= 0)]


def _spans(symbol: Symbol, rows: int, columns: int) -> Rows:
    # Every entry has an interval object of its own: the same object twice means the same number.
    return [[span(symbol.attributes) for _ in range(columns)] for _ in range(rows)]


def one_sided(seen: Set[SwitchSide], kinks: Kinks, trial: Trial) -> tuple[bool, str]:
    """Whether a possible side of a kink had no point, and a sentence about kinks with points on one side only."""
    missing = [(switch, not above) for switch, above in seen if (switch, not above) not in seen]
    unseen = [side for side in missing if side not in set(impossible(missing, kinks, trial))]
    if not missing:
        return False, ""
    said = f"one side only of the kink of {named(unseen or missing)} was seen"
    return bool(unseen), said if unseen else f"{said}, and there is no other"
