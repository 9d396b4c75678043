"""Losses that are negative log-likelihoods: the model, and the Hessian expected over data that follow it.

A loss is one if its slope by r vanishes where the data y are their mean under the model, as the expected score is 0.
Its Hessian is affine in y then, so that its expectation is its value there. Labels of 1 and -1, whose loss is one of
y ⊙ z, are looked at one by one. Sources: Martens 2020, 9; McCullagh &
Nelder, Generalized Linear Models, 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.api.formula import Expr, in_full
from matcalc.api.judging import equal
from matcalc.api.second import Hessian
from matcalc.derive import simplified
from matcalc.derive.bending import bend
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder, replace
from matcalc.rewrite import Condition
from matcalc.rewrite.arithmetic import coefficient


class Model(NamedTuple):
    """The distribution of the data, the sentence that says it, and the expected Hessian of the loss in two forms."""

    name: str
    data: Symbol
    said: Condition
    expected: Node
    operator: Node


def model_of(residual: Symbol, loss: Hessian, variable: Symbol) -> Model:
    """The model under which the loss g(r) is a negative log-likelihood. Raises UnsupportedError for none."""
    program = loss.gradient.program
    r = program.symbol(loss.variable)
    along = in_full(loss.operator.node)
    slope, bent = loss.gradient.expanded(r.name).node, loss.expanded().node
    for name, what, y, mean in _models(program.inputs, r):
        at: dict[Node, Node] = {y: mean}
        if not _is_zero(simplified(replace(slope, at))):
            continue
        if name == "":
            name = _by_mean(expand(program.objective), r)
        elif y in set(postorder(bent)) and name != "categorical":
            continue  # the loss is no exponential family in r
        if name:
            told = Condition(f"the model: {{y}} is {name} with the {what} {{m}}", (("y", y), ("m", mean)))
            return Model(name, y, told, simplified(replace(bent, at)), simplified(replace(along, at)))
    data = _subtracted(residual, variable)
    if (
        data is not None
        and r not in set(postorder(bent))
        and not _is_zero(bent)
        and _is_zero(simplified(ops.minus(slope, replace(along, {Symbol(f"d{r.name}", r.shape): r}))))
    ):
        words = "the model: {y} is Gaussian, its mean is what is subtracted, the precision of vec({y}) the Hessian of g"
        return Model("Gaussian", data, Condition(words, (("y", data),)), bent, along)
    raise UnsupportedError(
        f"{Expr(expand(program.objective))} is not seen to be a negative log-likelihood",
        hint="Gaussian, Bernoulli, categorical and Poisson models are known; the Gauss-Newton matrix needs no model",
    )


def of_signs(y: Symbol, loss: Hessian) -> Model | None:
    """The Bernoulli model of labels y of 1 and -1, 1 with probability sigmoid(r), if the loss is one of such labels.

    The expected score is 0 then, and the Hessian the same for both labels.
    """
    r = loss.gradient.program.symbol(loss.variable)
    slope, bent = loss.gradient.expanded(r.name).node, loss.expanded().node
    p, one = ops.fn("sigmoid", r), ops.ONE if r.is_scalar else ops.ones(*r.shape)

    other: dict[Node, Node] = {ops.fn("sigmoid", ops.negative(r)): ops.minus(one, p)}

    def at(node: Node, label: Node) -> Node:
        return simplified(replace(simplified(replace(node, {y: label})), other))

    score = ops.plus(ops.hadamard(p, at(slope, one)), ops.hadamard(ops.minus(one, p), at(slope, ops.negative(one))))
    same = equal(Expr(at(bent, one)), Expr(at(bent, ops.negative(one))))
    if not (same.ok and equal(Expr(score), Expr(ops.zeros(*r.shape))).ok):
        return None
    words = "the model: {y} is Bernoulli, 1 with the probability {m}, otherwise -1"
    along = in_full(loss.operator.node)
    return Model("Bernoulli", y, Condition(words, (("y", y), ("m", p))), at(bent, one), at(along, one))


def _models(inputs: tuple[Symbol, ...], r: Symbol) -> Iterator[tuple[str, str, Symbol, Node]]:
    """(name, what the mean is, data, mean) of the models that data of the shape of r may follow."""
    means = [
        ("Bernoulli", "probability", ops.fn("sigmoid", r)),
        ("categorical", "probabilities", ops.term(ops.SOFTMAX_ROWS, r)),
        ("categorical", "probabilities", ops.term(ops.SOFTMAX_COLUMNS, r)),
        ("Poisson", "rate", ops.fn("exp", r)),
        ("", "mean", r),
    ]
    for y in inputs:
        if y is not r and y.shape == r.shape:
            for name, what, mean in means:
                yield name, what, y, mean


def _by_mean(loss: Node, r: Symbol) -> str:
    """The model whose mean is r itself, by the logarithms that are taken."""
    logs = [n.args[0] for n in postorder(loss) if isinstance(n, Term) and n.op is ops.function("log")]
    others = [n for n in logs if n is not r]
    if r not in logs or any(not bend(n, [r]).affine or coefficient(n)[0] < 0 for n in others):
        return ""
    return "Bernoulli" if len(others) == 1 else "Poisson" if not others else ""


def _is_zero(node: Node) -> bool:
    return (isinstance(node, Term) and node.op is ops.ZEROS) or node == Number(0)


def _subtracted(residual: Symbol, variable: Symbol) -> Symbol | None:
    """y of f - y or y - f, where y is a name."""
    of = residual.definition
    if not (isinstance(of, Term) and of.op is ops.PLUS):
        return None
    names = [coefficient(term) for term in of.args]
    found = [(c, n) for c, n in names if isinstance(n, Symbol) and abs(c) == 1 and n is not variable]
    return found[0][1] if len(found) == 1 and isinstance(found[0][1], Symbol) else None
