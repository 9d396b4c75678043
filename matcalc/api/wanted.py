"""What a user asks a derivative by: names, and parts such as W[i,j], W[i,:], W[:,j], w[i]; and proofs of index forms.

The matrix gradient is proved as any other. In addition, its index form and the chain rule by entries are compared with
its entries: their normal forms at every size; and all sums written out at fixed sizes, passed to the judge.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.api.formula import canonical
from matcalc.derive import Record
from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.expr import Node, Symbol, Term, dims, postorder
from matcalc.indices.array_slopes import ArraySlope
from matcalc.indices.entry import FreshIndices, Position, names_in, place, position, tidy, written
from matcalc.indices.part import Part, part, split
from matcalc.indices.terms import Index_term
from matcalc.operators import ONES, SCALE, ZEROS
from matcalc.syntax.program import Program
from matcalc.syntax.reader import OBJECTIVE

if TYPE_CHECKING:
    from matcalc.verify import Verification

MOST = 400
"""The number of entries of a Jacobian, at the sizes of the proof, that are compared."""
LARGEST = 40
"""The number of entries of a gradient, at the sizes of the proof, that are compared."""


def wanted(program: Program, wrt: Sequence[str]) -> tuple[list[str], tuple[Part, ...]]:
    """The variables and the requested parts; a part also requests its variable.

    In a program of layers W[l] is the name for layer l. Raises ParseError or ShapeError for a malformed part.
    """
    names: list[str] = []
    parts: list[Part] = []
    for text in map(program.asked_for, wrt):
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
    for name in names:
        _refuse_lost(program, name)
    return list(dict.fromkeys(names)), tuple(dict.fromkeys(parts))


def _refuse_lost(program: Program, name: str) -> None:
    """Refuse a name that is defined as a constant, w = 0, or that stands only in formulas beside the objective."""
    symbol = program.names.get(name)
    if symbol is None or program.family is not None or program.given or symbol is program.objective:
        return
    known = symbol.definition
    if known is None and program.language and symbol not in _within(program.objective):  # which the code assigns anew
        known = next((s.definition for s in program.definitions if re.fullmatch(rf"{name}\d+", s.name)), None)
    if known is not None and _is_number(known):
        message = f"{name} is defined by a constant here, and what is differentiated by is free"
        raise UnknownNameError(message, hint=f"leave out the definition of {name}", text=name)
    if OBJECTIVE.fullmatch(program.objective.name):  # it is meant, and the gradient is zero
        return
    others = [s for s in program.definitions if s is not program.objective and s not in _within(program.objective)]
    if symbol not in _within(program.objective) and (beside := [s for s in others if symbol in _within(s)]):
        message = f"{name} does not occur in {program.objective.name}, the objective, and in {beside[0].name} it does"
        hint = f"leave out {program.objective.name}, or name the objective alone in the last line"
        raise UnknownNameError(message, hint=hint, text=name)


def _is_number(node: Node) -> bool:
    # 0, zeros(d), 2 ones(d)
    parts = postorder(node)
    return all(not isinstance(n, Symbol) and (not isinstance(n, Term) or n.op in (ZEROS, ONES, SCALE)) for n in parts)


def _within(of: Symbol) -> set[Symbol]:
    """The names that the value of something is made of."""
    found: set[Symbol] = set()
    stack = [of]
    while stack:
        parts = postorder(definition) if (definition := stack.pop().definition) is not None else ()
        new = {part for part in parts if isinstance(part, Symbol)} - found
        found |= new
        stack.extend(new)
    return found


def proved(record: Record, time_limit: float) -> Mapping[str, Verification]:
    """For each variable, whether its gradient's index form and the chain rule by entries equal the matrix form.

    Variables for which the time was not enough are left out, and programs of layers.
    """
    from matcalc.indices.concrete import Concrete
    from matcalc.verify import equal
    from matcalc.verify.every_size import is_entry

    found: dict[str, Verification] = {}
    if record.program.family is not None:
        return found
    names = dims(*record.program.inputs, *(node for _, node in record.program.given))
    concrete = Concrete({name: 2 + n % 2 for n, name in enumerate(names)})
    adjoints = dict(record.adjoints)
    end = time.monotonic() + time_limit
    for symbol, gradient in record.gradients:
        if not _is_small(concrete.resized(symbol)):
            continue
        for formula, matrix in ((gradient, gradient), (None, adjoints.get(symbol))):
            left = end - time.monotonic()
            known = found.get(symbol.name)
            if left <= 0 or matrix is None or (known is not None and not known.ok):
                continue
            try:
                sums = _sums(record, symbol, formula)
                if sums is not None:
                    array = concrete.array(sums[0], *(() if i is None else (i,) for i in sums[1]))
                    said = equal(array, concrete.resized(matrix), time_limit=left)
                    every = said.ok and (known is None or known.every_size) and is_entry(*sums, matrix)
                    said = said if known is None or said.status != "proved" else known
                    found[symbol.name] = replace(said, dimensions=tuple(concrete.sizes.items()), every_size=every)
            except UnsupportedError:
                continue
    return found


def slopes_proved(slope: ArraySlope, matrix: Node, time_limit: float) -> Verification | None:
    """Whether the entries of a Jacobian in index notation are those of its matrix; None if it is too large to tell."""
    from matcalc.indices.concrete import Concrete
    from matcalc.verify import equal
    from matcalc.verify.every_size import is_entry

    names = dims(slope.of.of, slope.by.of, matrix)
    concrete = Concrete({name: 2 + n % 2 for n, name in enumerate(names)})
    wide = concrete.resized(matrix)
    rows, columns = wide.shape
    assert isinstance(rows, int) and isinstance(columns, int)
    if rows * columns > MOST:
        return None
    try:
        said = equal(concrete.array(slope.slope, slope.of.at, slope.by.at), wide, time_limit=time_limit)
    except UnsupportedError:
        return None
    formula, weighed = slope.weighed(matrix)
    every = said.ok and is_entry(formula, (None, None), weighed)
    return replace(said, dimensions=tuple(concrete.sizes.items()), every_size=every)


def _is_small(symbol: Node) -> bool:
    rows, columns = symbol.shape
    assert isinstance(rows, int) and isinstance(columns, int)
    return rows * columns <= LARGEST


def _sums(record: Record, symbol: Symbol, formula: Node | None) -> tuple[Index_term, Position] | None:
    # The index form of `formula`, or of the chain rule, and its indices; None if there is no chain.
    from matcalc.indices.chain_rule import link, users

    if formula is not None:
        taken = names_in(formula)
        letters = FreshIndices(taken)
        at = letters.position(formula)
        return tidy(written(formula, at, letters), place(at), taken), at
    adjoints = dict(record.adjoints)
    active = [s for s in (record.objective, *reversed(record.where)) if s in adjoints and s.definition is not None]
    uses = users(active).get(symbol, [])
    if not uses or symbol.name in {s.name for s, _ in record.given}:
        return None
    chained = link([(z, adjoints[z]) for z in uses], symbol)
    return chained.gradient, position(symbol, chained.by.at)
