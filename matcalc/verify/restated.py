"""Is the objective, as a derivation rewrote it, still the stated objective?

The two graphs have most parts in common, and are compared from the leaves up. For a part of the rewritten one that is
not in the stated one, a part with the same value at a random point is looked for, and the two are proved equal entry by
entry, with a letter for every part that they share. So the work grows with the number of rewritten places and not with
the length of the program.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from itertools import islice

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, definitions, postorder, remembered
from matcalc.meaning import TooLarge, closed
from matcalc.verify import proof
from matcalc.verify.points import Point, Seeds, Trial, inputs

CANDIDATES = 4
"""The most parts of the same value that one part is compared with."""
WIDEST = 2_000
"""The most parts of a node that are searched for parts in common with another."""
SHOWN = 25
"""Values count as the same if they agree in so many digits."""


def same(stated: Seeds, rewritten: Seeds, variables: Sequence[Symbol], trial: Trial, setting: proof.Setting) -> bool:
    """True only if the stated objective (as seeds, see points.py) is proved equal to the rewritten one, in these sizes.

    `variables`: the defined names to differentiate by; they count as inputs in both.
    """
    if stated is rewritten:
        return True
    try:
        return _Pair(stated, rewritten, variables, setting).same(trial)
    except UnsupportedError:  # too long to write without the names that were put in
        return False


class _Pair:
    def __init__(self, stated: Seeds, rewritten: Seeds, variables: Sequence[Symbol], setting: proof.Setting) -> None:
        self._setting = setting
        self._letters = {s.name: Symbol(s.name, s.shape) for s in variables}
        self._kept = (_names(stated) & _names(rewritten)) - self._letters.keys()
        self._stated = self._roots(stated)
        self._rewritten = self._roots(rewritten)

    def _roots(self, seeds: Seeds) -> list[Node]:
        # The definitions of `variables` are compared as further roots.
        roots = [node for pair in seeds for node in pair]
        inner = {s.name: s.definition for s in definitions(*roots) if s.name in self._letters}
        return [*roots, *(node for _, node in sorted(inner.items()) if node is not None)]

    def same(self, trial: Trial) -> bool:
        """True only if the two are proved equal."""
        memo: dict[Node, Node] = {}
        other: dict[Node, Node] = {}
        ends = [remembered(root, memo, lambda n: self._rebuilt(n, memo), True) for root in self._stated]
        if ends == [remembered(root, other, lambda n: self._rebuilt(n, other), True) for root in self._rewritten]:
            return True
        point = next(iter(trial.points()), None)
        if point is None or not set(inputs(self._rewritten)) <= point.keys():
            return False
        return self._swept(trial, point, ends)

    def _rebuilt(self, node: Node, memo: Mapping[Node, Node]) -> Node:
        # The node with its operands from `memo`; a name that only one of the two has stands for its definition.
        if isinstance(node, Symbol) and node.name in self._letters:
            return self._letters[node.name]
        if isinstance(node, Symbol) and node.definition is not None:
            definition = memo[node.definition]
            return Symbol(node.name, node.shape, (), definition) if node.name in self._kept else definition
        return _with(node, memo)

    def _swept(self, trial: Trial, point: Point, ends: Sequence[Node]) -> bool:
        # Each part that is proved equal to a part of the stated objective is replaced by it, from the leaves up.
        own: dict[Node, Node] = {}
        for root in self._stated:
            remembered(root, own, lambda n: self._rebuilt(n, own), True)
        alike: dict[Hashable, list[Node]] = {}
        valued = closed(list(own))  # a part of a sum over an index has no value by itself
        for node, value in zip(valued, _keys(trial, valued, point), strict=True):
            if isinstance(own[node], Term) and value is not None:
                alike.setdefault(value, []).append(own[node])
        forms = dict.fromkeys(own.values())
        parts = list(postorder(*self._rewritten, through_definitions=True))
        values = dict(zip(parts, _keys(trial, parts, point), strict=True))
        memo: dict[Node, Node] = {}

        def found(node: Node) -> Node:
            form = self._rebuilt(node, memo)
            value = values[node]
            if form in forms or not isinstance(form, Term) or value is None:
                return form
            others = (a for a in dict.fromkeys(alike.get(value, ())) if a.shape == form.shape)
            return next((a for a in islice(others, CANDIDATES) if _proved(a, form, forms, self._setting)), form)

        others = [remembered(root, memo, found, True) for root in self._rewritten]
        pairs = zip(ends, others, strict=True)
        return all(a is b or (a.shape == b.shape and _proved(a, b, forms, self._setting)) for a, b in pairs)


def _names(seeds: Seeds) -> set[str]:
    nodes = postorder(*(node for pair in seeds for node in pair), through_definitions=True)
    return {n.name for n in nodes if isinstance(n, Symbol)}


def _with(node: Node, memo: Mapping[Node, Node]) -> Node:
    if not isinstance(node, Term):
        return node
    args = tuple(memo[a] for a in node.args)
    return node if args == node.args else Term(node.op, args)


def _keys(trial: Trial, nodes: Sequence[Node], point: Point) -> list[Hashable]:
    # The values of nodes as keys of a dict; None if a value is not real.
    nstr = trial.field.mp.nstr
    return [
        tuple(tuple(nstr(x, SHOWN) for x in row) for row in rows) if trial.finite(rows) else None
        for rows in trial.at(nodes, point)
    ]


def _proved(a: Node, b: Node, shared: Mapping[Node, object], setting: proof.Setting) -> bool:
    """True only if a and b are proved equal entry by entry; `shared`: the parts that they may have in common."""
    opened: set[Node] = {a, b}
    while True:
        ends, complete = _ends(b, shared, opened)
        below, _ = _ends(a, dict.fromkeys(ends), set())
        missing = [n for n in ends if n not in below and _inner(n)]
        if not complete or len(opened) > WIDEST:
            return False
        if not missing:
            break
        opened.update(missing)
    letters: dict[Node, Node] = {n: Symbol(f"part {k}", n.shape) for k, n in enumerate(ends) if _inner(n)}
    for cut in (letters, {}) if letters else ({},):
        one, two = (_cut(node, dict(cut)) for node in (a, b))
        with suppress(TooLarge, UnsupportedError):
            if proof.length([one, two], setting) <= proof.LONGEST and proof.identical(one, two, setting):
                return True
    return False


def _ends(root: Node, ends: Mapping[Node, object], opened: set[Node]) -> tuple[list[Node], bool]:
    # Where a walk down from the root ends: at leaves, and at `ends` that are not opened; and whether it got to its end.
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    stack = [root]
    while stack and len(seen) < WIDEST:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        inner = node.definition if isinstance(node, Symbol) else None
        if (node in ends and node not in opened) or (inner is None and not node.args):
            found[node] = None
        else:
            stack.extend(node.args if inner is None else (inner,))
    return list(found), not stack


def _inner(node: Node) -> bool:
    # Whether it is neither a leaf nor a constant.
    if isinstance(node, Symbol):
        return node.definition is not None
    return isinstance(node, Term) and any(isinstance(n, Symbol) for n in islice(postorder(node), WIDEST))


def _cut(root: Node, memo: MutableMapping[Node, Node]) -> Node:
    def opened(node: Node) -> Node:
        if isinstance(node, Symbol) and node.definition is not None:
            return memo[node.definition]
        return _with(node, memo)

    return remembered(root, memo, opened, True)
