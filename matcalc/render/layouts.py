"""What is said of layouts: how derivatives by vectors and matrices are arranged; how a Jacobian and its adjoint differ.

The names are those of the literature: numerator layout (a row for each entry of what is differentiated) and denominator
layout (a row for each entry of what it is differentiated by).
"""

from __future__ import annotations

from matcalc.expr import Node, Symbol, Term, tree_size
from matcalc.operators import MATMUL, T, d, inner, matmul, stacked
from matcalc.render.phrases import Phrases
from matcalc.render.report import Report

LONG = 30
"""Symbols of a Jacobian of which nothing more is said."""


def heading(report: Report) -> str:
    """What stands above the results."""
    if report.kind == "jacobian":
        return "Jacobian"
    return "Gradients" if report.layout == "gradient" else f"Derivatives in {report.layout} layout"


def sentences(say: Phrases, report: Report) -> list[str]:
    """What the layout means, and of a Jacobian what it is beside the gradient."""
    if report.kind == "jacobian":
        return [*_of_jacobians(say, report), *_adjoints(say, report)]
    return [] if report.layout == "gradient" else _of_gradients(say, report)


def _of_gradients(say: Phrases, report: Report) -> list[str]:
    J = report.objective
    (x, _), *_ = report.gradients
    partial, total = say.math(say.partial(J, x)), say.math(say.derivative(J, x))
    y, z = say.math(say.partial(_letter("y"), _letter("x"))), (say.math(say.write(_letter(c))) for c in "yx")
    of, by = z
    if report.layout == "numerator":
        said = [
            f"Numerator layout: {y} has a row for each entry of {of} and a column for each entry of {by}, so {partial} "
            f"is the transpose of the gradient {total}, and the factors of a chain stand in the order from the "
            "objective to the variable"
        ]
    else:
        said = [
            f"Denominator layout: {y} has a row for each entry of {by} and a column for each entry of {of}, so "
            f"{partial} has the shape of {say.math(say.write(x))}, as the gradient {total} has, and the factors of a "
            "chain stand in the order from the variable to the objective"
        ]
    said.append("The derivation is by differentials and does not depend on the layout; nor do the deltas in it")
    return said


def _letter(name: str) -> Symbol:
    return Symbol(name, (1, 1))


def _of_jacobians(say: Phrases, report: Report) -> list[str]:
    y = say.math(say.write(report.objective))
    x = " and ".join(say.math(say.write(s)) for s, _ in report.gradients)
    rows, columns = (y, x) if report.layout == "numerator" else (x, y)
    matrices = any(s.shape[1] != 1 for s in (report.objective, *(s for s, _ in report.gradients)))
    order = "; the entries of a matrix are taken column by column (vec)" if matrices else ""
    found = [
        f"{report.layout.capitalize()} layout: a row for each entry of {rows}, a column for each entry of {columns}"
        f"{order}"
    ]
    for s, _ in report.gradients:
        if s.attributes - {"constant", "positive"}:
            name = say.math(say.write(s))
            found.append(f"The entries of {name} count as independent, whatever is declared of {name}")
    return found


def _adjoints(say: Phrases, report: Report) -> list[str]:
    if report.adjoint is None or report.layout != "numerator":
        return []
    letter, maps = report.adjoint
    known = dict(report.gradients)
    found: list[str] = []
    for x, adjoint in maps:
        m = known[x]
        if tree_size(m) <= LONG and 1 not in (*x.shape, *report.objective.shape):
            found += _adjoint(say, report.objective, x, m, letter, adjoint)
    return found


def _adjoint(say: Phrases, y: Symbol, x: Symbol, m: Node, g: Symbol, adjoint: Node) -> list[str]:
    def math(node: Node) -> str:
        return say.math(say.write(node))

    def shape(node: Node) -> str:
        return say.math(say.shape(node.shape))

    applied = say.math(say.equation(stacked(d(y)), matmul(m, stacked(d(x)))))
    turned = say.math(say.equation(stacked(adjoint), matmul(T(m), stacked(g))))
    found = [
        f"This is the matrix of the map from {math(d(x))} to {math(d(y))} on stacked columns, {applied}: {shape(m)}, "
        f"an entry for each entry of {math(y)} by each entry of {math(x)}",
        f"It is not what a gradient is multiplied by: a scalar objective whose gradient with respect to {math(y)} is "
        f"{math(g)}, {shape(g)}, has the gradient {math(adjoint)} with respect to {math(x)}, {shape(x)}, because the "
        f"same map crosses the colon as its adjoint, {say.math(_colon(say, y, x, g, adjoint))}; on stacked columns the "
        f"adjoint is the transposed Jacobian, {turned}",
    ]
    factors = _beside(adjoint, g)
    if factors:
        names = " and ".join(f"{math(f)} ({shape(f)})" for f in factors)
        verb = "belong" if len(factors) > 1 else "belongs"
        found.append(f"So {names} {verb} to the adjoint, and the Jacobian is {say.math(say.whole(m))}")
    return found


def _colon(say: Phrases, y: Symbol, x: Symbol, g: Symbol, adjoint: Node) -> str:
    return say.equation(inner(g, d(y)), inner(adjoint, d(x)))


def _beside(adjoint: Node, g: Symbol) -> list[Node]:
    # What G is multiplied by, where the adjoint is a product with it.
    if isinstance(adjoint, Term) and adjoint.op is MATMUL and adjoint.args.count(g) == 1:
        at = adjoint.args.index(g)
        parts = adjoint.args[:at], adjoint.args[at + 1 :]
        return [matmul(*part) for part in parts if part]
    return []
