"""What the parser hands on: names with their shapes, definitions in order, and the objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matcalc.errors import UnknownNameError
from matcalc.expr import Node, Symbol


@dataclass(frozen=True)
class Program:
    """A program whose shapes are settled.

    `inputs`: the names without a definition that occur, in order of appearance. `definitions`: the names with one
    (`Symbol.definition`), each after those it uses; the last statement's is the objective. `objective`: a symbol with a
    definition (a bare expression gets a free name, J where it can), or, where only `given` gradients are known, the
    scalar whose gradients they are, without a definition. `inferred`: names whose shape no declaration gave.
    `functions`: the unknown functions of the entries. `notes`: how the text was read where a reader might have read it
    otherwise (a call or a product, a scalar spread over an array, brackets put in), each a sentence.
    `given`: pairs (name, gradient of the objective with respect to it). `source`: the text.
    """

    inputs: tuple[Symbol, ...]
    definitions: tuple[Symbol, ...]
    objective: Symbol
    inferred: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    given: tuple[tuple[Symbol, Node], ...] = ()
    source: str = field(default="", compare=False)

    @property
    def names(self) -> Mapping[str, Symbol]:
        """Every name of the program."""
        return {s.name: s for s in (*self.inputs, *self.definitions, self.objective)}

    def symbol(self, name: str) -> Symbol:
        """The symbol called `name`. Raises UnknownNameError, with the nearest names that there are."""
        from difflib import get_close_matches

        names = self.names
        if name in names:
            return names[name]
        if name in self.functions:
            hint = f"write {name} * (…) or declare {name}: scalar"
            raise UnknownNameError(f"{name} is read as a function here", hint=hint, text=name)
        near = get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the names are {', '.join(names)}"
        raise UnknownNameError(f"{name} does not occur in the program", hint=hint, text=name)
