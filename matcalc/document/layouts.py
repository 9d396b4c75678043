"""Sentences about layouts: how derivatives by vectors and matrices are arranged; a Jacobian and its adjoint.

The names are those of the literature: numerator layout (a row for each entry of the output) and denominator layout (a
row for each entry of the variable).
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.document.blocks import Stated, Words, equation, listed, shape_of
from matcalc.document.report import Report
from matcalc.document.sentences import Phrases, filled, independent, partial, structured
from matcalc.expr import Node, Symbol, Term, tree_size
from matcalc.operators import MATMUL, T, d, inner, matmul, stacked

LONG = 30
"""A Jacobian with more symbols than this gets no further explanation."""
_LAYOUTS = {
    "numerator": "Numerator layout: {ratio} has a row for each entry of {y} and a column for each entry of {x}, so "
    "{partial} is the transpose of the gradient {total}, and the factors of a chain stand in the order from the "
    "objective to the variable",
    "denominator": "Denominator layout: {ratio} has a row for each entry of {x} and a column for each entry of {y}, so "
    "{partial} has the shape of {by}, as the gradient {total} has, and the factors of a chain stand in the order from "
    "the variable to the objective",
}


def heading(report: Report) -> str:
    """The heading of the results."""
    if report.kind == "jacobian":
        return "Jacobian"
    return "Gradients" if report.layout == "gradient" else f"Derivatives in {report.layout} layout"


def sentences(say: Phrases) -> Iterator[Words]:
    """The meaning of the layout and, for a Jacobian, how it differs from the gradient."""
    report = say.report
    if report.kind == "jacobian":
        yield from _of_jacobians(report)
        yield from _adjoints(report)
    elif report.layout != "gradient":
        by = report.gradients[0][0]
        y, x = Symbol("y", (1, 1)), Symbol("x", (1, 1))
        of = report.objective
        ratio, own, total = partial(y, x), partial(of, by), say.derivative(of, by)
        yield filled(_LAYOUTS[report.layout], ratio=ratio, y=y, x=x, partial=own, total=total, by=by)
        yield ("The derivation is by differentials and does not depend on the layout; nor do the deltas in it",)


def _of_jacobians(report: Report) -> Iterator[Words]:
    y: Words = (report.objective,)
    x = listed([(report.halves[s][0] if s in report.halves else s,) for s, _ in report.gradients])
    rows, columns = (y, x) if report.layout == "numerator" else (x, y)
    matrices = any(s.shape[1] != 1 for s in (report.objective, *(s for s, _ in report.gradients)))
    order = "; the entries of a matrix are taken column by column (vec)" if matrices else ""
    layout = report.layout.capitalize()
    yield filled(
        f"{layout} layout: a row for each entry of {{rows}}, a column for each entry of {{columns}}{order}",
        rows=rows,
        columns=columns,
    )
    for s, _ in report.gradients:
        known = structured(s)
        if s in report.halves:
            yield independent(s, *report.halves[s], report.record.parts)
        elif known is not None and report.convention == "projected":
            yield filled(f"{{s}} is {known[1]}, and so is {{change}}", s=s, change=d(s))
        elif s.attributes - {"constant", "positive"}:
            yield filled("The entries of {s} count as independent, whatever is declared of {s}", s=s)


def _adjoints(report: Report) -> Iterator[Words]:
    if report.adjoint is None or report.layout != "numerator":
        return
    letter, maps = report.adjoint
    known = dict(report.gradients)
    for x, adjoint in maps:
        m = known[x]
        if tree_size(m) <= LONG and 1 not in (*x.shape, *report.objective.shape):
            yield from _adjoint(report.objective, x, m, letter, adjoint)


def _adjoint(y: Symbol, x: Symbol, m: Node, g: Symbol, adjoint: Node) -> Iterator[Words]:
    yield filled(
        "This is the matrix of the map from {dx} to {dy} on stacked columns, {applied}: {shape}, an entry for each "
        "entry of {y} by each entry of {x}",
        dx=d(x),
        dy=d(y),
        applied=equation(stacked(d(y)), matmul(m, stacked(d(x)))),
        shape=shape_of(m.shape),
        y=y,
        x=x,
    )
    yield filled(
        "It is not what a gradient is multiplied by: a scalar objective whose gradient with respect to {y} is {g}, "
        "{of_g}, has the gradient {adjoint} with respect to {x}, {of_x}, because the same map crosses the colon as its "
        "adjoint, {colon}; on stacked columns the adjoint is the transposed Jacobian, {turned}",
        y=y,
        g=g,
        of_g=shape_of(g.shape),
        adjoint=adjoint,
        x=x,
        of_x=shape_of(x.shape),
        colon=equation(inner(g, d(y)), inner(adjoint, d(x))),
        turned=equation(stacked(adjoint), matmul(T(m), stacked(g))),
    )
    factors = _beside(adjoint, g)
    if factors:
        names = listed([(f, " (", shape_of(f.shape), ")") for f in factors])
        verb = "belong" if len(factors) > 1 else "belongs"
        yield filled(f"So {{names}} {verb} to the adjoint, and the Jacobian is {{m}}", names=names, m=Stated(m))


def _beside(adjoint: Node, g: Symbol) -> list[Node]:
    # The factor of G, if the adjoint is a product with G.
    if isinstance(adjoint, Term) and adjoint.op is MATMUL and adjoint.args.count(g) == 1:
        at = adjoint.args.index(g)
        parts = adjoint.args[:at], adjoint.args[at + 1 :]
        return [matmul(*part) for part in parts if part]
    return []
