"""What a derivation leaves: the gradients, and every rewriting that led to them."""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.derive.forms import simplified
from matcalc.expr import Node, Symbol, expand
from matcalc.rewrite import Condition, Rule, Section
from matcalc.syntax.program import Program


@dataclass(frozen=True)
class Derivation:
    """What was derived, and every rewriting that led there.

    `objective`: the objective with names put in. `wrt`: the variables, in the order asked for. `sections`: the record.
    `where`: the named intermediates in forward order. `deltas`: the named gradients of intermediates, in the order of
    backpropagation; each is a symbol with a definition. `gradients`: for each variable its gradient, in terms of
    inputs, intermediates and deltas. `adjoints`: the same for every intermediate and variable, before a delta named it.
    `given`: the gradients that the program states.
    `conditions`: what the rules that were used need to be true. `notes`: what a reader should know besides.
    """

    program: Program
    objective: Symbol
    wrt: tuple[Symbol, ...]
    sections: tuple[Section, ...]
    where: tuple[Symbol, ...]
    deltas: tuple[Symbol, ...]
    gradients: tuple[tuple[Symbol, Node], ...]
    adjoints: tuple[tuple[Symbol, Node], ...]
    given: tuple[tuple[Symbol, Node], ...]
    convention: str
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()

    def gradient(self, name: str, expanded: bool = False) -> Node:
        """The gradient with respect to `name`; with every intermediate substituted if `expanded`."""
        for symbol, node in self.gradients:
            if symbol.name == name:
                return simplified(expand(node)) if expanded else node
        raise KeyError(name)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that were used, each once, in order."""
        return tuple(dict.fromkeys(step.rule for section in self.sections for step in section.steps))
