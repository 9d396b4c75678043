"""Chains of Jacobians for display: factor by factor, each with its shape below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.document.blocks import (
    AsFactor,
    ChainLine,
    ChainPath,
    ChainShown,
    Displayed,
    Math,
    Stated,
    Words,
    equation,
    listed,
)
from matcalc.document.report import Report
from matcalc.document.sentences import definition, partial, statement, words
from matcalc.expr import Node, postorder
from matcalc.operators import stacked
from matcalc.rewrite import Path, PathSum


def chains(report: Report) -> Iterator[ChainShown]:
    """The chains of a report."""
    for chain in report.chains:
        paths = tuple(
            ChainPath(
                partial(report.objective, stacked(chain.by)) if chain.ways == 1 else None,
                _before(chain, path, i),
                tuple(_lines(path)),
            )
            for i, path in enumerate(chain.paths)
        )
        result = equation(partial(report.objective, chain.by), Displayed(chain.result))
        note: Words = (", before the structure of ", chain.by, " is taken into account") if chain.free else ()
        yield ChainShown(paths, _why(report, chain), result, chain.result.shape, note, chain)


def _why(report: Report, chain: PathSum) -> Words:
    # The reason why there are no paths, or a sentence about them.
    met = {n for path in chain.paths for f in path.factors for n in postorder(f.primed)}
    units = [s for s in chain.units if s in met]
    if units:
        are = "are columns" if len(units) > 1 else "is a column"
        return (*listed([(s,) for s in units]), f" {are} of the identity, with a 1 in the place that the index says")
    if not chain.why:
        return ()
    of = ("the chain from ", chain.by, " to ", report.objective, " is not written out: ")
    return (*of, *words(chain.why))


def _before(chain: PathSum, path: Path, i: int) -> Words:
    if chain.ways == 1:
        return ()
    ends = {f.of for f in path.factors} - {f.by for f in path.factors}
    forward = path.factors if path.factors[-1].of in ends else path.factors[::-1]
    found: list[str | Math] = [f"path {i + 1} of {chain.ways}: ", forward[0].by]
    for f in forward:
        found += [" → ", f.of]
    return tuple(found)


def _lines(path: Path) -> Iterator[ChainLine]:
    # With one factor, the product shows only its name.
    alone = len(path.factors) == 1
    symbols = () if alone else tuple(partial(stacked(f.of), stacked(f.by)) for f in path.factors)
    yield _line([f.primed for f in path.factors], symbols)
    for line in path.lines:
        yield _line(line.factors, (), (*((statement(r),) for r in line.rules), *((definition(s),) for s in line.named)))


def _line(factors: Sequence[Node], symbols: tuple[Math, ...], why: tuple[Words, ...] = ()) -> ChainLine:
    shown = Stated if len(factors) == 1 else AsFactor
    return ChainLine(symbols, tuple(map(shown, factors)), tuple(f.shape for f in factors), why)
