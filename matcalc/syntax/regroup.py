"""Products that conform only when they are read from left to right, as in `(a - y) ⊙ a ⊙ (1 - a) b'`.

By the ladder a Hadamard product takes chains as its factors: A ⊙ B C is A ⊙ (B C). Where that does not conform, and
the other reading does, the other is taken, and a note shows its brackets.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.syntax.parser import Tree, walk
from matcalc.syntax.solve import SCALAR, Solver, Var


def regroup(solver: Solver, trees: Sequence[Tree], again: bool = False) -> bool:
    """Change the reading of every mixed product that does not conform; with `again`, change back what does not either.

    Returns whether anything changed: then shapes must be solved for anew.
    """
    changed = False
    for root in trees:
        for tree in walk(root):
            if tree.kind == "product" and tree.regrouped == again and is_mixed(tree) and not conforms(solver, tree):
                tree.regrouped = not again
                changed = True
    return changed


def is_mixed(tree: Tree) -> bool:
    """Whether a product has both readings."""
    return "HADAMARD" in tree.ops and any(arg.kind == "chain" for arg in tree.args[1:])


def conforms(solver: Solver, tree: Tree) -> bool:
    """Whether the factors of a product conform, and those of the chains in it."""
    ops, factors = tree.factors()
    chains = [factor for factor in factors if factor.kind == "chain"]
    return _conform(solver, ops, factors) and all(_conform(solver, c.ops, c.args) for c in chains)


def _conform(solver: Solver, ops: Sequence[str], factors: Sequence[Tree]) -> bool:
    whole = _shape(solver, factors[0].var)
    for op, factor in zip(ops[1:], factors[1:], strict=True):
        other = _shape(solver, factor.var)
        if op == "OVER":
            if other is not None:
                return False
        elif other is None:
            continue
        elif whole is None:
            whole = other
        elif op == "TIMES":
            if whole[1] != other[0]:
                return False
            one = solver.root(solver.one)
            whole = None if (whole[0], other[1]) == (one, one) else (whole[0], other[1])
        elif whole != other:
            return False
    return True


def _shape(solver: Solver, var: Var) -> tuple[int, int] | None:
    # Classes of rows and columns; None for a scalar.
    return None if solver.state(var) == SCALAR else (solver.root(var.rows), solver.root(var.columns))
