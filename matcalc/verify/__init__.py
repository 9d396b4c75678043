"""The judge: is a formula the gradient? Decided on plain entries in small sizes, never by matrix calculus.

`verify` compares claimed gradients with SymPy's scalar derivatives of the objective's entries. It says "proved" only
if every difference is identically zero by exact arithmetic (zero.py); a long program is proved definition by definition
(proof.py). A formula without a proof is compared at random points with 50 digits (points.py), and said to agree. A
wrong one is shown at one entry of one point, with both values (judge.py).

This room imports neither the rules nor the derivation, neither the notation nor the printer, so that it cannot share
their mistakes. SymPy and mpmath are imported when something is verified.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.errors import ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, postorder
from matcalc.options import CONVENTIONS
from matcalc.verify.result import Counterexample, Verification

__all__ = ["Counterexample", "Verification", "equal", "verify", "verify_jacobians"]

"""How the gradient of a structured variable is meant: see `verify`."""


def verify(
    objective: Node,
    gradients: Mapping[Symbol, Node],
    adjoints: Mapping[Symbol, Node] | None = None,
    *,
    given: Mapping[Symbol, Node] | None = None,
    rewritten: tuple[Node, Mapping[Symbol, Node]] | None = None,
    time_limit: float = 20.0,
    seed: int = 0,
    convention: str = "projected",
) -> dict[str, Verification]:
    """Is each of `gradients` the gradient of the scalar `objective`? By the variable's name, a Verification.

    `gradients` maps variables to formulas of their shape. A variable with a definition is a named intermediate; the
    objective then counts as a function of that name. `adjoints` maps every intermediate of a derivation to the gradient
    claimed for it, so that long programs can be proved definition by definition. `rewritten` is the objective and what
    is given, in the names of the derivation; the proof includes that they mean the same. `given`: for an objective
    without a formula, its known gradients by name. Each is the whole gradient, and one that follows from the others is
    left out. `convention`: "projected" (G : dX is the slope along X's structure, and G lies in it; for an orthogonal X,
    in its tangent space), "entries" (G_ij is the slope in the independent entry X_ij; an orthogonal X has none) or
    "free" (the structure is ignored).

    After `time_limit` seconds the answer is what was found out by then. Raises ShapeError for an objective that is not
    a scalar, UnsupportedError for an unknown convention or an operator without a meaning.
    """
    from matcalc.verify.judge import Case

    if convention not in CONVENTIONS:
        raise UnsupportedError(
            f"there is no convention {convention!r}", hint=f"the conventions are {', '.join(CONVENTIONS)}"
        )
    if not objective.is_scalar:
        rows, columns = objective.shape
        raise ShapeError(f"the objective is {rows}×{columns}, not a scalar")
    seeds = _seeds(objective, given or {})
    name = objective.name if isinstance(objective, Symbol) else "J"
    other = None if rewritten is None or rewritten[0] is objective else _seeds(*rewritten)
    return Case(seeds, gradients, adjoints or {}, time_limit, seed, convention, name, other).judge()


def _seeds(objective: Node, given: Mapping[Symbol, Node]) -> list[tuple[Node, Node]]:
    if not given or (isinstance(objective, Symbol) and objective.definition is not None):
        return [(Number(1), objective)]
    below = postorder(*(s.definition for s in given if s.definition is not None), through_definitions=True)
    inner = {node for node in below if node in given}
    return [(gradient, symbol) for symbol, gradient in given.items() if symbol not in inner]


def verify_jacobians(
    output: Node,
    jacobians: Mapping[Symbol, Node],
    adjoints: Mapping[Symbol, Node] | None = None,
    *,
    rewritten: Node | None = None,
    time_limit: float = 20.0,
    seed: int = 0,
    structure: str = "free",
) -> dict[str, Verification]:
    """Is each of `jacobians` dvec(Y)/dvec(X)' of the output Y? By the variable's name, a Verification.

    Every entry of the output is differentiated by every entry of the variable, and both are stacked by columns.
    `structure`: "free" ignores the structure of a variable, "projected" is for changes that keep it, "half" has a
    column for each of its independent entries. `adjoints`: the Jacobians claimed for intermediates, which help with
    long programs; `rewritten`: the output as it was written in their names. Raises UnsupportedError for an operator
    without a meaning.
    """
    from matcalc.verify.every_entry import judged

    return judged(
        output, jacobians, adjoints or {}, output if rewritten is None else rewritten, time_limit, seed, structure
    )


def equal(a: Node, b: Node, *, time_limit: float = 20.0, seed: int = 0) -> Verification:
    """Are two expressions of one shape the same function of their symbols?

    They are compared where both are real, at values that have the declared attributes. Raises ShapeError if the shapes
    differ, UnsupportedError for an operator without a meaning.
    """
    from matcalc.verify.equality import Pair

    if a.shape != b.shape:
        raise ShapeError(f"the shapes {a.shape[0]}×{a.shape[1]} and {b.shape[0]}×{b.shape[1]} differ")
    return Pair(a, b, time_limit, seed).judge()
