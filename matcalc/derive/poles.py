"""What has no value whatever the values: a division by 0, the logarithm of 0, the inverse of a matrix of zeros."""

from __future__ import annotations

from matcalc import operators as ops
from matcalc.derive.line import SIMPLIFY
from matcalc.errors import NotDifferentiableError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, postorder, replace, symbols
from matcalc.rewrite import coefficient

LOG = ops.function("log")


class Poles:
    """Finds them in formulas that are given one after the other, each after the definitions of the names in it."""

    def __init__(self, objective: str) -> None:
        self.objective = objective
        self.zero: dict[Node, Node] = {}
        """The names of what is 0, each with 0 in its shape."""

    def refuse(self, root: Node, name: Symbol | None = None) -> None:
        """Raises NotDifferentiableError for a pole in `root`, which `name` stands for."""
        may_vanish = False
        for node in postorder(root):
            may_vanish = may_vanish or self._may_vanish(node)
            what = _does(node) if may_vanish else ""
            if what and self._is_zero(node.args[0]):
                raise NotDifferentiableError(
                    f"{self.objective} {what} what is 0 for all values, and so has no value",
                    hint="look for terms that cancel, or a factor 0, under a fraction line, log, logdet or inv",
                    text=self.objective,
                )
        if may_vanish and name is not None and self._is_zero(root):
            self.zero[name] = ops.zeros(*name.shape)

    def _may_vanish(self, node: Node) -> bool:
        # Without one of these nothing is 0 for all values.
        if isinstance(node, Symbol):
            return node in self.zero or "skew" in node.attributes
        if not isinstance(node, Term):
            return isinstance(node, Number) and node.value == 0
        if node.op is ops.PLUS:
            return any(coefficient(a)[0] < 0 for a in node.args)
        return node.op is ops.ZEROS or (node.op is LOG and not symbols(node))

    def _is_zero(self, node: Node) -> bool:
        try:
            short = SIMPLIFY.normal(replace(node, self.zero))[0]
        except UnsupportedError:  # too long to tell
            return False
        return short is ops.zeros(*node.shape)


def _does(node: Node) -> str:
    if not isinstance(node, Term):
        return ""
    if node.op in (ops.POWER, ops.MATPOW):
        exponent = node.args[1]
        return "divides by" if isinstance(exponent, Number) and exponent.value < 0 else ""
    return "takes the logarithm of" if node.op is LOG else _POLES.get(node.op, "")


_POLES = {ops.INV: "inverts", ops.LOGDET: "takes logdet of", ops.LOGABSDET: "takes logabsdet of"}
