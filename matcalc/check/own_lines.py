"""The formulas of an answer that may hold its mistake: the last one, and those of the reader's own lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matcalc.check.claims import Claim
from matcalc.check.formulas import Answer, OwnLine
from matcalc.check.repairs import Parts, Repair
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, definitions
from matcalc.expr import replace as substituted
from matcalc.signatures import Nonconforming
from matcalc.syntax.expression import ReadExpression


@dataclass
class FormulaPiece:
    """A formula of the reader that may hold the mistake: the answer, or a line of theirs that it uses.

    `line`: it is one of those lines, with `after` lines from it on. `whole` makes the answer's formula of what stands
    in the place of this one; None where it does not conform.
    """

    parts: Parts
    claim: Claim
    whole: Callable[[Node | None], Node | None]
    line: bool = False
    after: int = 0

    @property
    def cost(self) -> int:
        """What one candidate costs, in parts that are built again; sums over indices take matrix form again."""
        return (len(self.parts.all) + 4 * self.after) * (10 if self.parts.lettered else 1)

    def replaced(self, repair: Repair) -> Node | None:
        """The answer's formula, a part of this one replaced."""
        return self.whole(self.parts.replaced(repair))


def formula_pieces(answer: Answer, read: ReadExpression) -> list[FormulaPiece]:
    """The answer's formula, and the lines that it uses, the last first."""
    found = [FormulaPiece(Parts(read), answer.claim, lambda node: node)]
    used = {*definitions(read.node)}
    for k in reversed(range(len(answer.lines))):
        line = answer.lines[k]
        if line.symbol in used:
            used.remove(line.symbol)
            found.append(
                FormulaPiece(Parts(line.read), line.claim, partial(_through, answer.lines[k:], read.node), True)
            )
    return found


def _through(lines: Sequence[OwnLine], whole: Node, node: Node | None) -> Node | None:
    # The whole with another definition for the first of the lines; the others may use it.
    if node is None:
        return None
    first, *others = (line.symbol for line in lines)
    known: dict[Node, Node] = {first: Symbol(first.name, node.shape, (), node)}
    try:
        for symbol in others:
            assert symbol.definition is not None
            inside = substituted(symbol.definition, known)
            if inside is not symbol.definition:
                known[symbol] = Symbol(symbol.name, inside.shape, (), inside)
        return substituted(whole, known)
    except (Nonconforming, MatcalcError):
        return None
