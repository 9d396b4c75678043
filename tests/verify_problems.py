"""Objectives, gradients and wrong gradients that the tests of the judge share."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import SCALAR, Node, Number, Size, Symbol, Term, postorder, replace
from matcalc.operators import (
    T,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    ones,
    over,
    plus,
    power,
    reciprocal,
    scale,
    term,
)
from matcalc.signatures import Nonconforming

half = number(Fraction(1, 2))
two = number(2)


def fn(name: str, *args: Node) -> Node:
    return term(ops.TABLE.get(name) or function(name), *args)


def half_power(a: Node, sign: int = 1) -> Node:
    return power(a, number(Fraction(sign, 2)))


A, B, M = (Symbol(name, ("n", "n")) for name in "ABM")
Sym = Symbol("A", ("n", "n"), ["symmetric"])
Sigma = Symbol("S", ("n", "n"), ["pd"])
X = Symbol("X", ("n", "d"))
Y = Symbol("Y", ("n", "k"))
OneHot = Symbol("Y", ("n", "k"), ["onehot"])
W = Symbol("W", ("d", "k"))
U, V = Symbol("U", ("n", "r")), Symbol("V", ("m", "r"))
Mask, R = Symbol("M", ("n", "m"), ["binary"]), Symbol("R", ("n", "m"))
w = Symbol("w", ("d", 1))
x, y, b, mu = (Symbol(name, ("n", 1)) for name in ("x", "y", "b", "mu"))
p = Symbol("p", ("n", 1), ["positive"])
lam, t = Symbol("lam", SCALAR), Symbol("t", SCALAR)
one = ones("n")
f, f1 = function("f"), function("f", 1)

r = minus(matmul(X, w), y)
z = matmul(X, w)
s = fn("sigmoid", z)
by_hand = reciprocal(plus(one, fn("exp", negative(z))))
scores = matmul(X, W)
softmax = fn("softmax_rows", scores)
centred = minus(x, mu)
lost = hadamard(Mask, minus(R, matmul(U, T(V))))
code = minus(matmul(X, W, T(W)), X)
quotient = over(matmul(T(x), Sym, x), inner(x, x))


# name -> (objective, {variable: gradient}); all of them are proved.
PROBLEMS: dict[str, tuple[Node, dict[Symbol, Node]]] = {
    "quadratic form": (matmul(T(x), A, x), {x: matmul(plus(A, T(A)), x), A: matmul(x, T(x))}),
    "trace A X B": (fn("tr", matmul(A, M, B)), {M: matmul(T(A), T(B))}),
    "trace of an inverse": (fn("tr", matmul(inv(M), A)), {M: negative(matmul(T(inv(M)), T(A), T(inv(M))))}),
    "log det": (fn("logdet", M), {M: T(inv(M))}),
    "log det of a Gram matrix": (
        fn("logdet", matmul(T(X), X)),
        {X: scale(two, matmul(X, inv(matmul(T(X), X))))},
    ),
    "det": (fn("det", M), {M: scale(fn("det", M), T(inv(M)))}),
    "matrix power": (
        fn("tr", term(ops.MATPOW, M, number(3))),
        {M: scale(number(3), T(term(ops.MATPOW, M, two)))},
    ),
    "ridge": (
        plus(scale(half, inner(r, r)), scale(half, hadamard(lam, inner(w, w)))),
        {w: plus(matmul(T(X), r), scale(lam, w)), lam: scale(half, inner(w, w))},
    ),
    "logistic": (
        negative(plus(inner(y, fn("log", s)), inner(minus(one, y), fn("log", minus(one, s))))),
        {w: matmul(T(X), minus(s, y))},
    ),
    "logistic by softplus": (minus(fn("sum", fn("softplus", z)), inner(y, z)), {w: matmul(T(X), minus(s, y))}),
    "logistic by hand": (
        negative(plus(inner(y, fn("log", by_hand)), inner(minus(one, y), fn("log", minus(one, by_hand))))),
        {w: matmul(T(X), minus(s, y))},
    ),
    "cross-entropy": (
        negative(inner(Y, fn("log_softmax_rows", scores))),
        {W: matmul(T(X), minus(hadamard(matmul(fn("rowsum", Y), ones(1, "k")), softmax), Y))},
    ),
    "cross-entropy, one hot": (negative(inner(OneHot, fn("log", softmax))), {W: matmul(T(X), minus(softmax, OneHot))}),
    "logsumexp": (fn("logsumexp_columns", z), {w: matmul(T(X), fn("softmax_columns", z))}),
    "Gaussian log-likelihood": (
        negative(plus(scale(half, fn("logdet", Sigma)), scale(half, matmul(T(centred), inv(Sigma), centred)))),
        {
            mu: matmul(inv(Sigma), centred),
            Sigma: scale(half, minus(matmul(inv(Sigma), centred, T(centred), inv(Sigma)), inv(Sigma))),
        },
    ),
    "norm": (fn("norm", r), {w: over(matmul(T(X), r), fn("norm", r))}),
    "Rayleigh quotient": (
        quotient,
        {x: scale(hadamard(two, reciprocal(inner(x, x))), minus(matmul(Sym, x), scale(quotient, x)))},
    ),
    "symmetric quadratic form": (matmul(T(x), Sym, x), {Sym: matmul(x, T(x))}),
    "entropy": (negative(inner(x, fn("log", x))), {x: negative(plus(fn("log", x), one))}),
    "matrix factorization": (
        fn("sum", power(lost, 2)),
        {U: scale(number(-2), matmul(lost, V)), V: scale(number(-2), matmul(T(lost), U))},
    ),
    "autoencoder": (inner(code, code), {W: scale(two, plus(matmul(T(X), code, W), matmul(T(code), X, W)))}),
    "mean": (fn("mean", power(r, 2)), {w: scale(hadamard(two, reciprocal(Size("n"))), matmul(T(X), r))}),
    "max": (fn("sum", fn("max", z, y)), {w: matmul(T(X), fn("step_ge", z, y)), y: minus(one, fn("step_ge", z, y))}),
    "min": (fn("sum", fn("min", z, y)), {w: matmul(T(X), minus(one, fn("step_ge", z, y)))}),
    "unknown function": (fn("sum", fn("f", z)), {w: matmul(T(X), term(f1, z))}),
    "hat matrix": (
        matmul(T(y), X, inv(matmul(T(X), X)), T(X), y),
        {y: scale(two, matmul(X, inv(matmul(T(X), X)), T(X), y))},
    ),
    "power": (
        fn("sum", power(p, t)),
        {p: scale(t, power(p, minus(t, number(1)))), t: inner(power(p, t), fn("log", p))},
    ),
}


def mutants(g: Node) -> Iterator[tuple[str, Node]]:
    """Wrong formulas of the same shape: one thing changed."""
    yield "factor", scale(two, g)
    yield "sign", negative(g)
    if g.shape[0] == g.shape[1] and not g.is_scalar:
        yield "transposed", T(g)
    for node in postorder(g):
        if not isinstance(node, Term):
            continue
        op, args = node.op, node.args
        changed: list[tuple[str, Node]] = []
        if op is ops.PLUS:
            for i in range(len(args)):
                rest = args[:i] + args[i + 1 :]
                changed += [("dropped", plus(*rest)), ("sign inside", plus(*rest, negative(args[i])))]
        elif op is ops.MATMUL:
            for i in range(len(args) - 1):
                swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
                try:
                    changed.append(("swapped", matmul(*swapped)))
                except Nonconforming:
                    continue
        elif op is ops.TRANSPOSE:
            changed.append(("not transposed", args[0]))
        elif op is ops.INV:
            changed.append(("not inverted", args[0]))
        elif op.function is not None:
            changed.append(("another function", fn("erf", *args)))
            if op.order:
                changed.append(("f for f'", fn(op.function, *args)))
        elif op is ops.POWER and isinstance(args[1], Number):
            changed.append(("exponent", power(args[0], Number(args[1].value + 1))))
        for what, new in changed:
            if new.shape == node.shape:
                mutant = replace(g, {node: new})
                if mutant is not g:
                    yield what, mutant


W1, W2 = Symbol("W1", ("d", "h")), Symbol("W2", ("h", 1))


def network() -> tuple[Symbol, dict[Symbol, Node], dict[Symbol, Node]]:
    """J = sum((y - f(f(X W1) W2))^2): objective, gradients, adjoints."""
    z1 = Symbol("Z1", ("n", "h"), definition=matmul(X, W1))
    a1 = Symbol("A1", ("n", "h"), definition=fn("f", z1))
    z2 = Symbol("z2", ("n", 1), definition=matmul(a1, W2))
    yhat = Symbol("yhat", ("n", 1), definition=fn("f", z2))
    objective = Symbol("J", SCALAR, definition=fn("sum", power(minus(y, yhat), 2)))
    delta2 = Symbol("delta2", ("n", 1), definition=scale(two, hadamard(minus(yhat, y), term(f1, z2))))
    delta1 = Symbol("delta1", ("n", "h"), definition=hadamard(matmul(delta2, T(W2)), term(f1, z1)))
    gradients = {W1: matmul(T(X), delta1), W2: matmul(T(a1), delta2)}
    adjoints = {yhat: scale(two, minus(yhat, y)), z2: delta2, a1: matmul(delta2, T(W2)), z1: delta1}
    return objective, gradients, adjoints


def layers(count: int, name: str = "tanh") -> tuple[Symbol, dict[Symbol, Node], dict[Symbol, Node]]:
    """A chain A_l = tanh(A_{l-1} W_l) with squared error; a push-back is written in its own output, 1 - A_l²."""
    a = Symbol("A0", ("n", "h"))
    names: list[tuple[Symbol, Symbol, Symbol, Symbol]] = []
    for k in range(1, count + 1):
        weight = Symbol(f"W{k}", ("h", "h"))
        product = Symbol(f"Z{k}", ("n", "h"), definition=matmul(a, weight))
        out = Symbol(f"A{k}", ("n", "h"), definition=fn(name, product))
        names.append((a, weight, product, out))
        a = out
    target = Symbol("R", ("n", "h"))
    objective = Symbol("J", SCALAR, definition=inner(minus(a, target), minus(a, target)))
    gradients, adjoints = {}, {}
    back = scale(two, minus(a, target))
    for k, (before, weight, product, out) in reversed(list(enumerate(names, 1))):
        slope = minus(ones("n", "h"), power(out, 2)) if name == "tanh" else term(function(name, 1), product)
        delta = Symbol(f"delta{k}", ("n", "h"), definition=hadamard(back, slope))
        adjoints |= {out: back, product: delta}
        gradients[weight] = matmul(T(before), delta)
        back = matmul(delta, T(weight))
    return objective, gradients, adjoints
