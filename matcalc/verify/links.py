"""The proof of a long program, definition by definition: a question for each name between a variable and the objective.

The bodies of a name are the definitions that use it, each with the gradient claimed for it as its weight. By the chain
rule, the answers together prove the gradient.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from matcalc.expr import Node, Symbol
from matcalc.meaning import order

Body: TypeAlias = tuple[Node, Node]
"""(weight, node whose entries are differentiated), of one shape."""
Used: TypeAlias = "tuple[Body, Symbol | None]"
"""A body, and the name that it defines; None for the objective."""


class Links(ABC):
    """The definitions of a program, linked by the names in them.

    `adjoints`: the gradients claimed for names. A symbol that is such a gradient, or is defined as one, may stand for
    it in other claims. Names without an adjoint stand for their definitions.
    """

    def __init__(
        self, seeds: Sequence[Body], adjoints: Mapping[Symbol, Node], gradients: Mapping[Symbol, Node]
    ) -> None:
        self._claims = {**adjoints, **gradients}
        self.names = frozenset(s for s in self._claims if s.definition is not None)
        self.alias = _aliases(adjoints, gradients)
        self._settled: dict[Symbol, bool] = {}
        self._bodies: dict[Symbol, list[Used]] = {}
        nodes = [n for _, n in seeds]
        reached = [s for s in order(nodes) if isinstance(s, Symbol) and s in self.names]
        self.count = len(reached)
        for weight, node in seeds:
            for s in self._used([node]):
                self._bodies.setdefault(s, []).append(((weight, node), None))
        for v in reached:
            if v.definition is not None:
                weight = self._claims[v]
                weight = self.alias.get(weight, weight)
                for s in self._used([v.definition]):
                    self._bodies.setdefault(s, []).append(((weight, v.definition), v))

    def _used(self, nodes: Sequence[Node]) -> list[Symbol]:
        met = order(nodes, self.names)
        return [s for s in met if isinstance(s, Symbol) and (s.definition is None or s in self.names)]

    def holds(self, variable: Symbol) -> bool:
        """True only if the claim for `variable` is proved, and so are the claims that its proof uses."""
        stack = [variable]
        while stack:
            u = stack[-1]
            bodies = self._bodies.get(u, [])
            users = [v for _, v in bodies if v is not None]
            missing = [v for v in users if v not in self._settled]
            if u in self._settled:
                stack.pop()
            elif missing:
                stack.extend(missing)
            else:
                self._settled[u] = all(self._settled[v] for v in users) and self.ask(u, bodies, self._claims[u])
        return self._settled[variable]

    @abstractmethod
    def ask(self, u: Symbol, bodies: Sequence[Used], claim: Node) -> bool:
        """Whether the claim for one name follows from those for the definitions that use it."""


def _aliases(adjoints: Mapping[Symbol, Node], gradients: Mapping[Symbol, Node]) -> dict[Node, Symbol]:
    # The symbols that stand for an adjoint, by the symbol itself and by its definition.
    claims = set(adjoints.values())
    found: dict[Node, Symbol] = {}
    for s in order([*adjoints.values(), *gradients.values()]):
        if isinstance(s, Symbol) and s.definition is not None and s not in adjoints:
            if s in claims:
                found[s] = s
            if s in claims or s.definition in claims:
                found[s.definition] = s
    return found
