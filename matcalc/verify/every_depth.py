"""Verifies gradients of a program about layers l = 1 … L on the program written out for L = 1, 2, 3.

The claimed recursion is written out from the last layer to the first. The gradients that it gives are then verified as
any others, against SymPy's derivatives of the entries of the objective. Beside that stands the proof by induction on
the layer, for every L and every size (every_layer.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from matcalc.expr import Node, Number, Size, Symbol, postorder
from matcalc.families import Family, Place, Recursion, Unrolled, indexed, moved
from matcalc.prose import marked
from matcalc.verify.every_layer import EveryLayer
from matcalc.verify.result import Status, Verification

Pairs = tuple[tuple[Symbol, Node], ...]

LENGTHS = 3
"""Numbers of layers that are tried."""
_WORST: tuple[Status, ...] = ("failed", "skipped", "agrees", "proved")


def verify_layers(
    objective: Symbol,
    gradients: Pairs,
    recursion: Recursion,
    given: Mapping[Symbol, Node],
    time_limit: float,
    convention: str,
) -> dict[str, Verification]:
    """For each of `gradients`, by its variable's name, one verdict for L = 1, 2 and 3 layers together.

    They are written in names of layers l - 1, l, l + 1, and in the named gradients of the recursion. If the first layer
    is not layer 1, L counts from it. Raises what `matcalc.verify.verify` raises.
    """
    family = recursion.family
    found: dict[str, list[tuple[int, Verification]]] = {symbol.name: [] for symbol, _ in gradients}
    end = time.monotonic() + time_limit
    lengths = [family.first + n for n in range(LENGTHS)]
    for left, length in zip(range(len(lengths), 0, -1), lengths, strict=True):
        share = max((end - time.monotonic()) / left, 0.1)
        for name, verification in _at_length(objective, gradients, recursion, given, length, share, convention):
            found[name].append((length, verification))
    together = {name: _together(seen, family) for name, seen in found.items()}
    asked = [s for s, _ in gradients if together[s.name].method and together[s.name].status != "failed"]
    every = EveryLayer(objective, gradients, recursion, given, convention) if asked else None
    for symbol in asked:
        if every is not None and every.holds(symbol):
            together[symbol.name] = replace(together[symbol.name], status="proved", every_size=True)
    return together


def _at_length(
    objective: Symbol,
    claimed: Pairs,
    recursion: Recursion,
    given: Mapping[Symbol, Node],
    length: int,
    share: float,
    convention: str,
) -> Iterable[tuple[str, Verification]]:
    from matcalc.verify import verify

    family = recursion.family
    whole = Unrolled(family, recursion.outside, length)
    for symbol in recursion.start:
        whole.add(symbol)
    until = moved_to(recursion.until, whole)
    for k in range(until, family.first - 1, -1):
        for symbol in recursion.step:
            whole.add(symbol, k)
    gradients: dict[Symbol, Node] = {}
    names: dict[str, str] = {}
    for symbol, node in claimed:
        for number in _numbers(recursion, symbol, whole):
            variable, formula = whole.node(symbol, number), whole.node(node, number)
            # With few layers, delta[1] may not exist, or W[1] be the last; the formula does not apply then.
            meant = _in_layer(symbol, family) or (whole.last >= family.first and indexed(symbol.name) is None)
            if isinstance(variable, Symbol) and (meant or not _open(formula)):
                gradients[variable] = formula
                names[variable.name] = symbol.name
    adjoints: dict[Symbol, Node] = {}
    for symbol, node in recursion.adjoints:
        places: Iterable[int | None] = range(family.first, until + 1) if _in_layer(symbol, family) else (None,)
        for place in places:
            named = whole.node(symbol, place)
            if isinstance(named, Symbol) and named.definition is not None:
                adjoints[named] = whole.node(node, place)
    of = whole.node(objective)
    seeds = {whole.node(s): whole.node(node) for s, node in given.items()}
    pairs = {s: node for s, node in seeds.items() if isinstance(s, Symbol)}
    if gradients:
        judged = verify(of, gradients, adjoints, given=pairs, time_limit=share, convention=convention)
        for name, verification in judged.items():
            yield names[name], verification


def _open(formula: Node) -> bool:
    """Whether it contains a named gradient that has no formula."""
    walk = postorder(formula, through_definitions=True)
    return any(isinstance(n, Symbol) and n.definition is None and "adjoint" in n.attributes for n in walk)


def moved_to(place: Place, whole: Unrolled) -> int:
    """The number that a place is."""
    return place.offset + (whole.length if place.letter else 0)


def _in_layer(symbol: Symbol, family: Family) -> bool:
    found = indexed(symbol.name)
    return found is not None and found.place.letter == family.letter


def _numbers(recursion: Recursion, symbol: Symbol, whole: Unrolled) -> Iterable[int | None]:
    if not _in_layer(symbol, recursion.family):
        found = indexed(symbol.name)
        if found is None or not found.place.letter:
            exists = found is None or found.place.offset <= whole.length
        else:
            exists = moved_to(found.place, whole) >= recursion.family.first
        return (None,) if exists else ()
    ranges = dict(recursion.ranges)
    ends = [_number(node, whole) for node in ranges.get(f"d{symbol.name}", ranges[symbol.name])]
    return range(min(ends), max(ends) + 1) if ends[0] <= ends[1] else ()


def _number(node: Node, whole: Unrolled) -> int:
    value = moved(node, whole.ends) if isinstance(node, Size) else node
    assert isinstance(value, Number)
    return int(value.value)


def _together(seen: Sequence[tuple[int, Verification]], family: Family) -> Verification:
    if not seen:
        return Verification("skipped", detail=f"none of the first {family.word} has it")
    length, worst = min(seen, key=lambda found: _WORST.index(found[1].status))
    if worst.status == "failed":
        return replace(worst, detail=f"for {family.length} = {length}: {worst.detail}")
    sizes = max((found for _, found in seen), key=lambda found: len(found.dimensions)).dimensions
    lengths = ", ".join(map(str, dict.fromkeys(length for length, _ in seen)))
    method = worst.method.partition(", definition by definition")[0]
    return replace(
        worst, method=marked(f"{method}, for `{family.length}` = {lengths}"), dimensions=sizes, every_size=False
    )
