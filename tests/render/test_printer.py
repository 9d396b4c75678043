"""Forms, brackets and readings, expression by expression."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Size, Slot, Symbol, Term
from matcalc.operators import (
    FUNCTION_NAMES,
    TABLE,
    Operator,
    T,
    d,
    eye,
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
    zeros,
)
from matcalc.render import ASCII, LATEX, TEXT, Notation, write

A, B, S = (Symbol(x, ("n", "n")) for x in ("A", "B", "Sigma"))
X, W = Symbol("X", ("n", "d")), Symbol("W1", ("d", "h"))
x, y, z, b = (Symbol(x, ("n", 1)) for x in ("x", "y", "z2", "b"))
yhat = Symbol("yhat", ("n", 1))
s, t, lam = (Symbol(x, (1, 1)) for x in ("s", "t", "lambda"))
n = Size("n")
half, two, three = number(Fraction(1, 2)), number(2), number(3)
NOTATIONS = (TEXT, ASCII, LATEX)


def op(name: str, *args: Node) -> Node:
    """A term by its operator's name."""
    return term(TABLE[name], *args)


def fn(name: str, arg: Node, order: int = 0) -> Node:
    """A function of the entries."""
    return term(function(name, order), arg)


FORMS = [
    # sums, signs
    (plus(A, B), "A + B", "A + B"),
    (minus(A, B), "A - B", "A - B"),
    (minus(A, plus(B, S)), "A - (B + Sigma)", r"A - (B + \Sigma)"),
    (plus(negative(A), B), "-A + B", "-A + B"),
    (plus(A, scale(number(-2), B)), "A - 2 B", "A - 2 B"),
    (plus(s, number(-1)), "s - 1", "s - 1"),
    (negative(plus(A, B)), "-(A + B)", "-(A + B)"),
    (negative(matmul(A, B)), "-A B", "-A B"),
    (matmul(negative(A), B), "(-A) B", "(-A) B"),
    (hadamard(negative(A), B), "(-A) .* B", r"(-A) \odot B"),
    (negative(inner(A, B)), "-(A : B)", "-(A : B)"),
    (minus(s, inner(A, B)), "s - A : B", "s - A : B"),
    (number(-3), "-3", "-3"),
    # products
    (matmul(A, B, S), "A B Sigma", r"A B \Sigma"),
    (matmul(A, plus(B, S)), "A (B + Sigma)", r"A (B + \Sigma)"),
    (matmul(T(X), minus(matmul(X, T(X)), A), X), "X'(X X' - A) X", r"X^\top (X X^\top - A) X"),
    (matmul(scale(two, A), B), "(2 A) B", "(2 A) B"),
    (scale(two, matmul(A, B)), "2 A B", "2 A B"),
    (scale(two, hadamard(A, B)), "2 A .* B", r"2 A \odot B"),
    (hadamard(scale(two, A), B), "(2 A) .* B", r"(2 A) \odot B"),
    (hadamard(A, matmul(A, B)), "A .* (A B)", r"A \odot (A B)"),
    (matmul(hadamard(A, B), S), "(A .* B) Sigma", r"(A \odot B) \Sigma"),
    (scale(s, plus(A, B)), "s (A + B)", "s (A + B)"),
    (scale(s, scale(t, A)), "s (t A)", "s (t A)"),
    (scale(hadamard(s, t), A), "s t A", "s t A"),
    (scale(matmul(T(x), y), z), "(x' y) z2", r"(x^\top y) z_2"),
    (hadamard(matmul(T(x), y), matmul(T(y), z)), "(x' y) (y' z2)", r"(x^\top y) (y^\top z_2)"),
    (hadamard(half, matmul(T(x), A, x)), "1/2 x' A x", r"\frac{1}{2} x^\top A x"),
    (hadamard(s, inner(A, B)), "s (A : B)", "s (A : B)"),
    (inner(scale(two, minus(yhat, y)), d(yhat)), "2 (yhat - y) : dyhat", r"2 (\hat{y} - y) : \mathrm{d}\hat{y}"),
    (inner(inner(A, B), inner(A, S)), "(A : B) : (A : Sigma)", r"(A : B) : (A : \Sigma)"),
    (inner(plus(A, B), S), "(A + B) : Sigma", r"(A + B) : \Sigma"),
    (inner(s, d(t)), "s : dt", r"s : \mathrm{d}t"),
    (scale(two, hadamard(minus(yhat, y), fn("f", z, 1))), "2 (yhat - y) .* f'(z2)", r"2 (\hat{y} - y) \odot f'(z_2)"),
    # fractions
    (over(x, s), "x / s", r"\frac{x}{s}"),
    (over(x, op("norm", x)), "x / norm(x)", r"\frac{x}{\lVert x \rVert}"),
    (over(plus(x, y), s), "(x + y) / s", r"\frac{x + y}{s}"),
    (over(hadamard(x, y), s), "(x .* y) / s", r"\frac{x \odot y}{s}"),
    (over(x, power(op("norm", x), 2)), "x / norm(x)^2", r"\frac{x}{\lVert x \rVert^{2}}"),
    (scale(half, A), "1/2 A", r"\frac{1}{2} A"),
    (scale(number(Fraction(-2, 3)), A), "-2/3 A", r"-\frac{2}{3} A"),
    (scale(number(Fraction(1, 100)), A), "0.01 A", "0.01 A"),
    (scale(hadamard(two, power(n, -1)), A), "2/n A", r"\frac{2}{n} A"),
    (scale(hadamard(half, power(n, -1)), A), "1/2 A / n", r"\frac{1}{2 n} A"),
    (scale(hadamard(matmul(T(x), y), power(s, -1)), A), "(x' y) A / s", r"\frac{x^\top y}{s} A"),
    (matmul(A, over(B, s)), "A (B / s)", r"A \frac{B}{s}"),
    (power(s, -1), "1/s", r"\frac{1}{s}"),
    (power(op("norm", x), -1), "1 / norm(x)", r"\frac{1}{\lVert x \rVert}"),
    (power(power(s, -1), -1), "1/(1/s)", r"\frac{1}{\frac{1}{s}}"),
    (hadamard(s, power(t, -1), lam), "s/t lambda", r"\frac{s}{t} \lambda"),
    (
        hadamard(matmul(T(x), y), power(op("norm", x), -1), power(op("norm", y), -1)),
        "x' y / (norm(x) norm(y))",
        r"\frac{x^\top y}{\lVert x \rVert \lVert y \rVert}",
    ),
    (hadamard(x, power(y, -1)), "x ./ y", r"x \oslash y"),
    (hadamard(x, reciprocal(power(y, 2)), z), "x ./ y.^2 .* z2", r"x \oslash y^{\odot 2} \odot z_2"),
    (power(x, -1), "1 ./ x", r"x^{\odot -1}"),
    (scale(half, power(x, -1)), "1/2 (1 ./ x)", r"\frac{1}{2} x^{\odot -1}"),
    (matmul(T(hadamard(x, power(y, -1))), z), "(x ./ y)' z2", r"(x \oslash y)^\top z_2"),
    # powers, transposes, inverses
    (power(s, 2), "s^2", "s^{2}"),
    (power(x, 2), "x.^2", r"x^{\odot 2}"),
    (power(s, number(Fraction(1, 2))), "s^(1/2)", "s^{1/2}"),
    (power(plus(s, t), 2), "(s + t)^2", "(s + t)^{2}"),
    (power(s, plus(t, number(-1))), "s^(t - 1)", "s^{t - 1}"),
    (power(power(s, 2), 3), "(s^2)^3", "(s^{2})^{3}"),
    (power(negative(s), 2), "(-s)^2", "(-s)^{2}"),
    (negative(power(s, 2)), "-s^2", "-s^{2}"),
    (power(T(X), 2), "X'.^2", r"(X^\top)^{\odot 2}"),
    (op("matpow", A, three), "A^3", "A^{3}"),
    (op("matpow", T(A), three), "A'^3", r"(A^\top)^{3}"),
    (T(matmul(A, B)), "(A B)'", r"(A B)^\top"),
    (T(T(A)), "A''", r"(A^\top)^\top"),
    (T(power(A, 2)), "(A.^2)'", r"(A^{\odot 2})^\top"),
    (inv(A), "inv(A)", "A^{-1}"),
    (T(inv(A)), "inv(A)'", r"A^{-\top}"),
    (inv(plus(A, B)), "inv(A + B)", "(A + B)^{-1}"),
    # constants: with their size, and without where a neighbour fixes it
    (eye("n"), "eye(n)", "I_{n}"),
    (plus(A, scale(lam, eye("n"))), "A + lambda I", r"A + \lambda I"),
    (op("tr", eye("n")), "tr(eye(n))", r"\operatorname{tr}(I_{n})"),
    (inv(plus(A, eye("n"))), "inv(A + I)", "(A + I)^{-1}"),
    (plus(eye("n"), negative(matmul(eye("n"), A))), "I - I A", "I - I A"),
    (minus(ones("n"), fn("sigmoid", z)), "1 - sigmoid(z2)", r"1 - \sigma(z_2)"),
    (plus(A, scale(lam, ones("n", "n"))), "A + lambda", r"A + \lambda"),
    (plus(A, scale(plus(s, t), ones("n", "n"))), "A + (s + t)", "A + (s + t)"),
    (plus(ones("n"), scale(two, ones("n"))), "ones(n) + 2 ones(n)", r"\mathbf{1}_{n} + 2 \mathbf{1}"),
    (op("max", z, zeros("n")), "max(z2, 0)", r"\max(z_2, 0)"),
    (inner(ones("n"), d(x)), "ones(n) : dx", r"\mathbf{1} : \mathrm{d}x"),
    (matmul(ones("n"), T(b)), "ones(n) b'", r"\mathbf{1}_{n} b^\top"),
    (plus(A, matmul(ones("n"), T(b))), "A + ones(n) b'", r"A + \mathbf{1} b^\top"),
    (matmul(A, ones("n")), "A ones(n)", r"A \mathbf{1}"),
    (zeros("n", "m"), "zeros(n, m)", r"0_{n \times m}"),
    (op("pi"), "pi", r"\pi"),
    # functions
    (fn("tanh", z, 1), "tanh'(z2)", r"\tanh'(z_2)"),
    (fn("phi", z, 2), "phi''(z2)", r"\phi''(z_2)"),
    (fn("abs", hadamard(s, power(t, -1))), "abs(s/t)", r"\left\lvert \frac{s}{t} \right\rvert"),
    (fn("exp", over(x, s)), "exp(x / s)", r"\exp\left(\frac{x}{s}\right)"),
    (op("step_ge", A, B), "step_ge(A, B)", r"[A \ge B]"),
    (fn("step", z), "step(z2)", "[z_2 > 0]"),
    (op("softmax_rows", A), "softmax(A)", r"\operatorname{softmax}(A)"),
    (op("softmax_columns", A), "softmax(A, columns)", r"\operatorname{softmax}_{\mathrm{columns}}(A)"),
    (op("softmax_columns", z), "softmax(z2)", r"\operatorname{softmax}(z_2)"),
    (op("softmax_rows", z), "softmax(z2, rows)", r"\operatorname{softmax}_{\mathrm{rows}}(z_2)"),
    (op("logsumexp_columns", z), "logsumexp(z2)", r"\operatorname{logsumexp}(z_2)"),
    (op("diag", x), "diag(x)", r"\operatorname{diag}(x)"),
    (op("diagonal", A), "diag(A)", r"\operatorname{diag}(A)"),
    (op("logdet", S), "logdet(Sigma)", r"\log\det(\Sigma)"),
    # differentials
    (d(X), "dX", r"\mathrm{d}X"),
    (d(matmul(X, W)), "d(X W1)", r"\mathrm{d}(X W_1)"),
    (matmul(d(X), W), "dX W1", r"\mathrm{d}X\, W_1"),
    (matmul(X, d(W)), "X dW1", r"X\, \mathrm{d}W_1"),
    (d(Slot("A", ("n", "m"))), "dA", r"\mathrm{d}A"),
]


@pytest.mark.parametrize(("node", "ascii", "latex"), FORMS, ids=[ascii for _, ascii, _ in FORMS])
def test_form(node: Node, ascii: str, latex: str) -> None:
    assert write(node, ASCII) == ascii
    assert write(node, LATEX) == latex


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (hadamard(A, B), "A ⊙ B"),
        (hadamard(x, power(y, -1)), "x ⊘ y"),
        (power(x, 2), "x.^2"),
        (scale(lam, S), "λ Σ"),
        (plus(A, matmul(ones("n"), T(b))), "A + 𝟏 b'"),
        (matmul(ones("n"), T(b)), "ones(n) b'"),
        (op("pi"), "π"),
        (fn("phi", z), "φ(z2)"),
    ],
)
def test_unicode(node: Node, text: str) -> None:
    assert write(node, TEXT) == text


def test_the_identity_has_its_size_where_a_name_is_called_i() -> None:
    i = Symbol("I", ("n", "n"))
    assert write(plus(A, scale(s, eye("n")), i), TEXT) == "A + s eye(n) + I"


# --------------------------------------------------------------------------------------------------------- completeness


def _example(operator: Operator) -> Node:
    """A term of the operator, of matrices where it takes them."""
    if operator.arity == 0:
        return Term(operator, ())
    for args in ((A,), (A, B), (A, three), (x,), (n,), (n, n), (s, A)):
        if len(args) < (operator.arity or 2):
            continue
        try:
            return Term(operator, args[: operator.arity or 2])
        except (IndexError, ValueError):
            continue
    raise AssertionError(f"no operands for {operator}")


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.title)
@pytest.mark.parametrize("name", [*TABLE, "f"])
def test_every_operator_has_a_form(name: str, notation: Notation) -> None:
    node = _example(TABLE[name] if name in TABLE else function(name, 1))
    assert write(node, notation)
    if notation is ASCII:
        assert write(node, notation).isascii()


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.title)
@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_every_function_has_a_form_of_a_column_and_differentiated(name: str, notation: Notation) -> None:
    for order in range(3):
        assert write(fn(name, z, order), notation)


def test_a_missing_form_is_named() -> None:
    new = Operator("frobnicate", lambda args: args[0].shape)
    for notation in NOTATIONS:
        with pytest.raises(UnsupportedError, match=f"{notation.title} has no form for frobnicate"):
            write(Term(new, (A,)), notation)


def test_latex_braces_balance() -> None:
    for node, _, latex in FORMS:
        for left, right in ("{}", "()", "[]"):
            assert latex.count(left) == latex.count(right), node
        assert latex.count(r"\left") == latex.count(r"\right")


# ----------------------------------------------------------------------------------------------------------------- size


def test_a_deep_expression_is_printed_without_recursion() -> None:
    node: Node = s
    for _ in range(5_000):
        node = fn("tanh", node)
    assert write(node, TEXT) == "tanh(" * 5_000 + "s" + ")" * 5_000
    for notation in NOTATIONS:
        assert write(negative(node), notation).startswith("-")


def test_a_long_sum_is_linear() -> None:
    node = plus(*(Symbol(f"a{i}", (1, 1)) for i in range(20_000)))
    assert write(node, TEXT).count(" + ") == 19_999


def test_an_expression_too_large_is_refused() -> None:
    node: Node = A
    for _ in range(60):
        node = matmul(node, hadamard(node, node))
    with pytest.raises(UnsupportedError, match="symbols") as refused:
        write(node, TEXT)
    assert "intermediates" in refused.value.hint
