"""Decides where a constant may be written without its size: `I` and `𝟏`, if the neighbours determine the size.

Each reading records which dimensions its bare form leaves open: "R" rows, "C" columns, "RC" both, "B" both, where
either determines the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from matcalc.write.pieces import WrittenNode

_BOTH = frozenset("RC")
_BELOW = re.compile(r"[A-Za-z][A-Za-z0-9]*|[0-9]+")
_BELOW_I = re.compile(r"[A-Za-z][0-9]*|[0-9]+")


def stands_below(size: str, constant: str, names: AbstractSet[str]) -> bool:
    """Whether text may have a size as the index of a constant: 𝟏_n. I_n is a name like any other if n is a word."""
    if constant != "eye":
        return bool(_BELOW.fullmatch(size))
    return bool(_BELOW_I.fullmatch(size)) and not names & {"I", f"I_{size}"}


def _fixed(reading: WrittenNode) -> set[str]:
    if reading.bare is None:
        return set(_BOTH)
    return set() if reading.open == "B" else set(_BOTH) - set(reading.open)


def anchored(args: Sequence[WrittenNode]) -> tuple[Sequence[WrittenNode], Sequence[WrittenNode] | None, str]:
    """For operands of one shape: the readings to use, those to use where the context fixes the rest, and that rest."""
    if all(r.bare is None for r in args):
        return args, None, ""
    bare = [r.bare or r for r in args]
    fixed = {end for r in args for end in _fixed(r)}
    linked = [r.open == "B" for r in args]
    if fixed == _BOTH or (fixed and any(linked)):
        return bare, None, ""
    missing = "B" if all(linked) else "".join(sorted(_BOTH - fixed))
    anchor = next(i for i, r in enumerate(args) if r.bare is not r)
    return [r if i == anchor else bare[i] for i, r in enumerate(args)], bare, missing


def paired(args: Sequence[WrittenNode]) -> Sequence[WrittenNode]:
    """The readings to use for the operands of a Frobenius product: 𝟏 : V, where V says what shape 𝟏 has.

    Not for a formula in LaTeX, where 𝟏 is read as a column.
    """
    left, right = args
    known = right.bare is None and right.block is None
    return (left.block, right) if left.block is not None and known else anchored(args)[0]


def spread(args: Sequence[WrittenNode]) -> Sequence[WrittenNode]:
    """The scalars in place of arrays that are filled with them, where another operand says what shape they fill.

    Such a scalar fixes nothing itself: it is bare, with all dimensions open.
    """
    if all(r.spread for r in args):
        return args
    for r in args:
        if r.spread is not None:
            r.spread.bare, r.spread.open = r.spread, "RC"
    return [r.spread or r for r in args]


def chained(args: Sequence[WrittenNode]) -> tuple[Sequence[WrittenNode], Sequence[WrittenNode] | None, str]:
    """The same for the factors of a matrix product, each of which fixes a dimension of its neighbours."""
    if all(r.bare is None for r in args):
        return args, None, ""
    fixed = [_fixed(r) for r in args]
    _spread(args, fixed)
    missing = ("" if "R" in fixed[0] else "R") + ("" if "C" in fixed[-1] else "C")
    alone = _settle(args, [set(f) for f in fixed])
    if not missing:
        return alone, None, ""
    if "R" in missing:
        fixed[0].add("R")
    if "C" in missing:
        fixed[-1].add("C")
    return alone, _settle(args, fixed), missing


def _settle(args: Sequence[WrittenNode], fixed: list[set[str]]) -> list[WrittenNode]:
    # Bare wherever that leaves nothing open; where it would, the first such constant is written in full.
    chosen = [r.bare or r for r in args]
    while True:
        _spread(args, fixed)
        unsettled = next((i for i, f in enumerate(fixed) if f != _BOTH), None)
        if unsettled is None:
            return chosen
        chosen[unsettled] = args[unsettled]
        fixed[unsettled] = set(_BOTH)


def _spread(args: Sequence[WrittenNode], fixed: list[set[str]]) -> None:
    # What is fixed on one side of a boundary is fixed on the other: once to the right, once to the left.
    for i in (*range(len(args)), *reversed(range(len(args)))):
        if fixed[i] and args[i].open == "B":
            fixed[i] = set(_BOTH)
        if i + 1 < len(args) and "C" in fixed[i]:
            fixed[i + 1].add("R")
        if i and "R" in fixed[i]:
            fixed[i - 1].add("C")
