"""The result of parsing: names with their shapes, definitions in order, and the objective."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from matcalc.checked import checked
from matcalc.errors import UnknownNameError, nearest
from matcalc.expr import Node, Symbol, dims, replace
from matcalc.families import Family, stem_of
from matcalc.prose import Prose
from matcalc.shows import Shows
from matcalc.sigmas import TypedDefinition

_POINTS = ("0", "_0", "1", "_1", "star", "_star", "hat", "bar", "tilde", "_k", "_t", "_n", "_old")
"""How the name of a value of w may end: w_0, w_k, ŵ."""
_LONGEST = 12
"""Characters of a name that is looked for within another one: the search stays linear in the text."""


def joined(name: str, known: Collection[str], letters: bool = False) -> list[str]:
    """Capitals and known names, at least one of each, that make up a name: X, w of Xw; [] where there are none.

    With `letters` also other letters, and the name is of three parts at most.
    """
    begins: list[int | None] = [0]  # where the last part begins of the text up to each place, if it is made of parts
    for at in range(1, len(name) + 1):
        starts = (start for start in range(max(0, at - _LONGEST), at) if begins[start] is not None)
        begins.append(next((start for start in starts if _is_part(name, name[start:at], known, letters)), None))
    parts: list[str] = []
    at = len(name)
    while at and (start := begins[at]) is not None:
        parts.append(name[start:at])
        at = start
    named = not at and any(part in known for part in parts) and any(part[0].isupper() for part in parts)
    return parts[::-1] if named and not (letters and len(parts) > 3) else []


def _is_part(name: str, part: str, known: Collection[str], letters: bool) -> bool:
    capital = part[0].isupper() and (len(part) == 1 or part[1:].isdecimal())
    return part != name and (capital or part in known or (letters and len(part) == 1 and part.isalpha()))


def replaced(symbol: Symbol, known: Mapping[Node, Node]) -> Symbol:
    """The placeholder for a symbol."""
    found = known.get(symbol, symbol)
    assert isinstance(found, Symbol)
    return found


@dataclass(frozen=True)
class Program(Shows):
    """A program whose shapes are settled.

    `inputs`: the names without a definition that occur, in order of appearance. `definitions`: the names with one
    (`Symbol.definition`), each after those it uses; the last statement's is the objective. `objective`: a symbol with a
    definition (a bare expression gets a free name, J where it can), or, where only `given` gradients are known, the
    scalar whose gradients they are, without a definition. `inferred`: names whose shape no declaration gave.
    `functions`: the unknown functions of the entries. `notes`: how the text was read where a reader might have read it
    otherwise (a call or a product, a scalar spread over an array, brackets put in), each a sentence.
    `given`: pairs (name, gradient of the objective with respect to it). `source`: the text. `language`: the one that it
    was said to be in, or the code that it was found to be, else "". `family`: what every layer does, where there are L
    of them, L a letter; the names of layer l then stand among inputs and definitions as z[l].
    `indexed`: those definitions that were typed with indices, which are in matrix form here.
    `asked`: the names that the text says to differentiate by: min_w, ∂J/∂W. `goal`: "max" or "min", where it says that.
    """

    inputs: tuple[Symbol, ...]
    definitions: tuple[Symbol, ...]
    objective: Symbol
    inferred: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()
    notes: tuple[Prose, ...] = ()
    given: tuple[tuple[Symbol, Node], ...] = ()
    source: str = field(default="", compare=False)
    language: str = field(default="", compare=False)
    family: Family | None = None
    indexed: tuple[tuple[Symbol, TypedDefinition], ...] = ()
    asked: tuple[str, ...] = field(default=(), compare=False)
    goal: str = field(default="", compare=False)

    @cached_property
    def typed(self) -> tuple[Symbol, tuple[tuple[Symbol, Node], ...]]:
        """The objective, and what is given, as they were typed: with sums over indices where there are any."""
        known, memo = dict(self.indexed), dict[Node, Node]()
        for symbol in (*self.definitions, self.objective) if known else ():
            if symbol.definition is not None and symbol not in memo:
                node = known[symbol].node if symbol in known else symbol.definition
                node = replace(node, memo)
                memo[symbol] = Symbol(symbol.name, symbol.shape, symbol.attributes, node)
        given = tuple((replaced(s, memo), replace(node, memo)) for s, node in self.given)
        return replaced(self.objective, memo), given

    @property
    def names(self) -> Mapping[str, Symbol]:
        """Every name of the program."""
        return {s.name: s for s in (*self.inputs, *self.definitions, self.objective)}

    @property
    def taken(self) -> tuple[str, ...]:
        """Every name that means something in the program: of a symbol, a function or a dimension."""
        names = self.names
        return (*names, *self.functions, *dims(*names.values()))

    @checked
    def numbered(self, stem: str) -> tuple[Symbol, ...]:
        """The inputs with this stem and an index: W[1], W[2], … for W."""
        return tuple(s for s in self.inputs if s.name != stem and stem_of(s.name) == stem)

    @checked
    def asked_for(self, name: str) -> str:
        """The name that is asked for: of the rows u_i in the text, u is the matrix U."""
        matrix = name.title()
        rows = name not in self.names and name.islower() and matrix in self.names and bool(self.indexed)
        return matrix if rows and re.search(rf"(?<![A-Za-z])(?:{name}|[α-ω])}}*_", self.source) else name

    @checked
    def symbol(self, name: str) -> Symbol:
        """The symbol called `name`. Raises UnknownNameError, with the most similar names."""
        names, name = self.names, self.asked_for(name)
        if name in names:
            return names[name]
        if name in self.functions:
            hint = f"write {name} * (…) or declare {name}: scalar"
            raise UnknownNameError(f"{name} is read as a function here", hint=hint, text=name)
        for other in names:
            if other != name and name in (parts := joined(other, {name}, letters=True)):
                message = f"{name} does not occur in the program: {other} is one name"
                raise UnknownNameError(message, hint=f"write {' '.join(parts)} for the product", text=name)
        if name == "I":
            raise UnknownNameError("I is the identity matrix", hint="declare `I: scalar` for a number", text=name)
        for other in names if len(name) == 1 else ():
            if name in other and other.isalpha() and 1 < len(other) < 4 and other.islower():
                message = f"{name} does not occur in the program: {other} is one name"
                raise UnknownNameError(message, hint=f"write {' '.join(other)} for the product", text=name)
        asks = re.search(rf"(?:nabla|∇|partial|∂)[ _{{]*{re.escape(name)}\b", self.source) is not None
        point = next((n for n in names if asks and n in {f"{name}{end}" for end in _POINTS}), "")
        if point:
            message = f"{name} does not occur in the program, and {point} does"
            hint = (
                f"write {name} in the place of {point}: the gradient is a formula in {name}, and at {point} it is that "
            )
            raise UnknownNameError(message, hint=f"{hint}with {point} in the place of {name}", text=name)
        hint = nearest(name, names, f"the names are {', '.join(names)}")
        raise UnknownNameError(f"{name} does not occur in the program", hint=hint, text=name)
