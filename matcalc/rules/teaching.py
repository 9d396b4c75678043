"""What a step does, and why that helps, in a sentence for a beginner: by the name of its rule, or by its kind."""

from __future__ import annotations

from collections.abc import Mapping

from matcalc import operators as ops
from matcalc.expr import Term
from matcalc.rewrite import RewriteRule

SENTENCES: Mapping[str, str] = {
    "name": "A part gets a name, so that the lines stay short and it is differentiated once.",
    "linearity of d": "A sum is differentiated term by term, and constant factors stay in front; each is "
    "then treated by itself.",
    "product rule": "Each factor is differentiated in turn while the others stay; a constant one gives no term.",
    "quotient rule": "Numerator and denominator are differentiated; the quotient comes back, so it keeps its name.",
    "written out": "What names stand for is put in where the whole is shorter without them.",
    "the map on stacked columns": "The change of the gradient along a direction is linear in it; as a matrix times the "
    "stacked direction it is shorter.",
    "collect": "Terms with the same differential are added: what stands before it is then the gradient so far.",
    "common factor": "What all terms have in common is written once, in front of a bracket or behind it.",
    "product crosses": "The factors around the differential move to the left of the colon, transposed, and the "
    "differential is left alone on its right.",
    "Hadamard product crosses": "A factor that multiplies it entry by entry moves to the left of the "
    "colon; entry by entry nothing changes.",
    "transpose crosses": "A transpose on the right of the colon becomes one on the left, so the differential stands "
    "upright.",
    "a number is its own transpose": "A product that is a number may be read backwards; so the differential "
    "comes to stand last.",
    "trace as a Frobenius product": "A trace is written with a colon, because everything is to end as G : dX.",
    "sum as a Frobenius product": "A sum of entries is written with a colon, because everything is to end as G : dX.",
    "mean as a Frobenius product": "A mean is written with a colon, because everything is to end as G : dX.",
    "function of the entries": "A function of an entry changes by its derivative times the change of that entry: the "
    "chain rule.",
    "differential of a square": "A square changes by twice itself times its change, as x^2 does.",
    "differential of a squared norm": "A squared norm changes by twice its argument, as x^2 does.",
    "differential of a quadratic form": "The two terms of the product rule are equal here, so there is one, twice.",
    "sum of squares": "The sum of squares is a product of a thing with itself, which is easy to differentiate.",
    "sum of a Hadamard product": "A sum of products of entries is what the colon stands for.",
    "sums by ones": "A product with a column of ones adds up the rows; the sum is shorter to write.",
    "definition": "A formula is replaced by its name.",
}
"""Sentences by the name of the rule."""
_CROSSES = "What stands around the differential moves to the left of the colon, so that the differential stands alone."
_DERIVATIVE = "The derivative f' of this function is written out."
_DIFFERENTIAL = "The differential of this operator is put in; the next step differentiates its argument."
_ADJOINT = "The gradient passes the whole function in one step, which the rule book derives once and for all."
_STRUCTURE = "The variable can only change within its structure, so the gradient is given the same structure."
_ALGEBRA = "Nothing is differentiated here: a law of algebra makes the line shorter."


def sentence(rule: RewriteRule) -> str:
    """What a step by this rule does, and why."""
    known = SENTENCES.get(rule.name)
    if known is not None:
        return known
    if rule.name.startswith("adjoint of"):
        return _ADJOINT
    if not isinstance(rule.lhs, Term):
        return _STRUCTURE
    if rule.lhs.op is ops.D:
        return _DIFFERENTIAL
    if rule.lhs.op.order:
        return _DERIVATIVE
    return _CROSSES if rule.lhs.varies else _ALGEBRA
