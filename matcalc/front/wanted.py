"""What a user asks a derivative by: names, and parts such as W[i,j], W[i,:], W[:,j], w[i]; and proofs of index forms.

The matrix gradient is proved as any other. In addition, its index form and the chain rule by entries are compared with
its entries: all sums are written out at fixed sizes and passed to the judge.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.derive import Record
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, dims
from matcalc.front.formula import canonical
from matcalc.indices.entry import FreshIndices, names_in, place, position, tidy, written
from matcalc.indices.part import Part, part, split
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.indices.concrete import Concrete
    from matcalc.verify import Verification

LARGEST = 40
"""The number of entries of a gradient, at the sizes of the proof, that are compared."""


def wanted(program: Program, wrt: Sequence[str]) -> tuple[list[str], tuple[Part, ...]]:
    """The variables and the requested parts; a part also requests its variable.

    In a program of layers W[l] is the name for layer l. Raises ParseError or ShapeError for a malformed part.
    """
    names: list[str] = []
    parts: list[Part] = []
    for text in wrt:
        found = None if text in program.names else split(text)
        name, subscripts = found or (text, ())
        layers = program.numbered(name) if name not in program.names and program.family is None else ()
        if layers:
            names += [s.name for s in layers if not subscripts or not subscripts[0].isdigit()] or [text]
            continue
        if found is None or (program.family is not None and len(subscripts) == 1 and ":" not in subscripts):
            names.append(text)
            continue
        symbol = program.symbol(canonical(name))
        defined = [s.definition for s in program.definitions if s.definition is not None]
        taken = names_in(*program.inputs, *program.definitions, *defined) | set(program.functions)
        parts.append(part(symbol, subscripts, text, taken))
        names.append(symbol.name)
    return list(dict.fromkeys(names)), tuple(dict.fromkeys(parts))


def proved(record: Record, time_limit: float) -> Mapping[str, Verification]:
    """For each variable, whether its gradient's index form and the chain rule by entries equal the matrix form.

    Variables for which the time was not enough are left out, and programs of layers.
    """
    from matcalc.indices.concrete import Concrete
    from matcalc.verify import equal

    found: dict[str, Verification] = {}
    if record.program.family is not None:
        return found
    names = dims(*record.program.inputs, *(node for _, node in record.program.given))
    concrete = Concrete({name: 2 + n % 2 for n, name in enumerate(names)})
    adjoints = dict(record.adjoints)
    end = time.monotonic() + time_limit
    for symbol, gradient in record.gradients:
        for formula, matrix in ((gradient, gradient), (None, adjoints.get(symbol))):
            left = end - time.monotonic()
            known = found.get(symbol.name)
            if left <= 0 or matrix is None or (known is not None and not known.ok):
                continue
            try:
                sums = _sums(record, concrete, symbol, formula)
                if sums is not None:
                    said = equal(sums, concrete.resized(matrix), time_limit=left)
                    said = replace(said, dimensions=tuple(concrete.sizes.items()), every_size=False)
                    if known is None or said.status != "proved":
                        found[symbol.name] = said
            except UnsupportedError:
                continue
    return found


def _sums(record: Record, concrete: Concrete, symbol: Symbol, formula: Node | None) -> Node | None:
    # The array of the index form of `formula`, or of the chain rule; None if there is no chain.
    from matcalc.indices.chain_rule import link, users

    rows, columns = concrete.resized(symbol).shape
    assert isinstance(rows, int) and isinstance(columns, int)
    if rows * columns > LARGEST:
        raise UnsupportedError("this array is too large to write out")
    if formula is not None:
        taken = names_in(formula)
        letters = FreshIndices(taken)
        at = letters.position(formula)
        return concrete.array(tidy(written(formula, at, letters), place(at), taken), at, symbol)
    adjoints = dict(record.adjoints)
    active = [s for s in (record.objective, *reversed(record.where)) if s in adjoints and s.definition is not None]
    uses = users(active).get(symbol, [])
    if not uses or symbol.name in {s.name for s, _ in record.given}:
        return None
    chained = link([(z, adjoints[z]) for z in uses], symbol)
    return concrete.array(chained.gradient, position(symbol, chained.by.at), symbol)
