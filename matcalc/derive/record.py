"""The result of a derivation: the gradients, and every rewriting that led to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from matcalc.expr import Node, Symbol
from matcalc.families import Recursion, renamed
from matcalc.prose import Prose
from matcalc.rewrite import Condition, Rewrite, RewriteRule, Section
from matcalc.syntax.program import Program


@dataclass(frozen=True)
class Record:
    """The result of a derivation, with every rewriting.

    `objective`: the objective with names put in. `wrt`: the variables, in the order asked for. `sections`: the record.
    `where`: the named intermediates in forward order. `deltas`: the named gradients of intermediates, in the order of
    backpropagation; each is a symbol with a definition. `gradients`: the gradient for each variable, in terms of
    inputs, intermediates and deltas. `adjoints`: the same for every intermediate and variable, without names for them.
    `given`: the gradients that the program states.
    `parts`: names in the gradients that were given last, to what is written repeatedly in them.
    `conditions`: what the rules that were used require. `notes`: remarks for the reader.
    `recursion`: for a program about layers, the recursion that computes the gradients.
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
    notes: tuple[Prose, ...] = ()
    recursion: Recursion | None = None
    parts: tuple[Symbol, ...] = ()

    def changed(self, change: Callable[[Node], Node]) -> Record:
        """The record with every expression changed, but for the program's own. A symbol stays if it became none."""

        def symbol(old: Symbol) -> Symbol:
            found = change(old)
            return found if isinstance(found, Symbol) else old

        def pairs(old: Iterable[tuple[Symbol, Node]]) -> tuple[tuple[Symbol, Node], ...]:
            return tuple((symbol(s), change(node)) for s, node in old)

        def section(old: Section) -> Section:
            steps = tuple(Rewrite(rule, change(before), change(after)) for rule, before, after in old.steps)
            return old._replace(subject=symbol(old.subject), steps=steps, results=pairs(old.results))

        return dataclasses.replace(
            self,
            objective=symbol(self.objective),
            wrt=tuple(map(symbol, self.wrt)),
            sections=tuple(map(section, self.sections)),
            where=tuple(map(symbol, self.where)),
            deltas=tuple(map(symbol, self.deltas)),
            parts=tuple(map(symbol, self.parts)),
            gradients=pairs(self.gradients),
            adjoints=pairs(self.adjoints),
            given=pairs(self.given),
            conditions=tuple(Condition(c.words, tuple((k, change(n)) for k, n in c.parts)) for c in self.conditions),
        )

    def renamed(self, known: Mapping[str, Node]) -> Record:
        """The record with names replaced in every line."""
        memo: dict[Node, Node] = {}
        return self.changed(lambda node: renamed(node, known, memo))

    def gradient(self, name: str) -> Node:
        """The gradient with respect to `name`."""
        for symbol, node in self.gradients:
            if symbol.name == name:
                return node
        raise KeyError(name)

    @property
    def rules(self) -> tuple[RewriteRule, ...]:
        """The rules that were used, in order, without repetition."""
        return tuple(dict.fromkeys(step.rule for section in self.sections for step in section.steps))
