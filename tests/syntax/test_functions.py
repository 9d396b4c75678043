"""Matrix functions, norms, statistics, powers, and functions that are written in others."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from syntax.reading import DECLARED, noted, refusal, shapes

from matcalc import operators as ops
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, postorder
from matcalc.meaning import evaluate
from matcalc.operators import T, hadamard, matmul, over, plus, power, reciprocal, scale, term
from matcalc.syntax import parse, parse_expression
from matcalc.syntax.vocabulary import ALIASES, ENTRIES, FUNCTIONS, INSTEAD, UNSUPPORTED

S, N, ND, NN = (1, 1), ("n", 1), ("n", "d"), ("n", "n")

INFERRED: dict[str, dict[str, tuple[object, object]]] = {
    # Of square matrices.
    "J = sum(expm(A))": {"A": NN},
    "J = tr(logm(A) B)": {"A": NN, "B": NN},
    "J = sum(sqrtm(A) x)": {"A": NN, "x": N},
    "J = y' chol(A) x": {"y": N, "A": NN, "x": N},
    "J = lambda_max(A) + x' A y": {"A": NN, "x": N, "y": N},
    "J = x' eigvec_max(A)": {"x": N, "A": NN},
    "J = eigvec_min(A)' B c": {"A": NN, "B": ND, "c": ("d", 1)},
    "J = tr(expm_frechet(A, E))": {"A": NN, "E": NN},
    "A: n x n; J = sum(logm_frechet(A, x y'))": {"A": NN, "x": N, "y": N},
    "J = sum(sqrtm_frechet(X'X, E) w)": {"X": ND, "E": ("d", "d"), "w": ("d", 1)},
    "J = sum(power_frechet(A, E, k))": {"A": NN, "E": NN, "k": S},
    "J = tril(A) : B + triu(A) : B + tril_half(A) : B": {"A": NN, "B": NN},
    "J = sum(adj(A) x)": {"A": NN, "x": N},
    # Of any.
    "J = sum(pinv(X) y)": {"X": ND, "y": N},
    "J = ||y - X pinv(X) y||": {"y": N, "X": ND},
    "J = ||A||_2 + ||B||_*": {"A": ND, "B": ("h", "k")},
    "J = norm_spec(X w - y)": {"X": ND, "w": ("d", 1), "y": N},
    "J = singular_u1(A)' A singular_v1(A)": {"A": ND},
    "J = singular_u1(A)' x + singular_v1(A)' y": {"A": ND, "x": N, "y": ("d", 1)},
    "J = tr(singular_u(A)' B) + tr(singular_v(A) C)": {"A": ND, "B": ND, "C": ("d", "d")},
    "J = max(A) + min(x)": {"A": ND, "x": ("h", 1)},
    "J = max(a, b)": {"a": S, "b": S},
    "J = sum(indicator_max(A) .* B)": {"A": ND, "B": ND},
    "J = ||x||_inf + ||y||_1": {"x": N, "y": ("d", 1)},
    # Statistics.
    "J = var(A) + std(x)": {"A": ND, "x": ("h", 1)},
    "J = x' rowmean(A) + colmean(A) y": {"x": N, "A": ND, "y": ("d", 1)},
    "J = x' rowvar(A) + colvar(A) y": {"x": N, "A": ND, "y": ("d", 1)},
    "J = x' rowstd(A) + colstd(A, c) y": {"x": N, "A": ND, "c": S, "y": ("d", 1)},
    "J = ||layer_norm(X W, eps) - Y||": {"X": ND, "W": ("d", "h"), "eps": S, "Y": ("n", "h")},
    "J = ||batch_norm(X) w||": {"X": ND, "w": ("d", 1)},
    "J = sum(layer_norm(z))": {"z": N},
    # Written in others.
    "J = sum(sqdist(X))": {"X": ND},
    "J = sum(sqdist(X, Y) w)": {"X": ND, "Y": ("h", "d"), "w": ("h", 1)},
    "J = cosine(x, y)": {"x": N, "y": N},
    "J = cosine(A x, y)": {"A": ND, "x": ("d", 1), "y": N},
    "J = quad_over_lin(x, t)": {"x": N, "t": S},
    "J = quad_over_lin(A x - b, c' x + d)": {"A": ("n", "h"), "x": ("h", 1), "b": N, "c": ("h", 1), "d": S},
    "J = y' normalize(x)": {"y": N, "x": N},
    # Powers.
    "J = sum(A^(1/2))": {"A": NN},
    "J = sum(A^-0.5 x)": {"A": NN, "x": N},
    "J = sum(x^(1/2))": {"x": N},
    "J = tr(A^k) + tr(A^{-k})": {"A": NN, "k": S},
    "A: n x n; J = sum(A^(k-1) x)": {"A": NN, "k": S, "x": N},
    # As matrixcalculus.org writes them.
    "0.5*x'*A*x": {"x": N, "A": NN},
    "norm1(A*x-y)": {"A": ND, "x": ("d", 1), "y": N},
    "norm2(A*x-y)^2": {"A": ND, "x": ("d", 1), "y": N},
    "sum(log(exp(-y.*(X*w)) + vector(1)))": {"y": N, "X": ND, "w": ("d", 1)},
    "tr(A*X'*B*X*C)": {"A": ND, "X": ("h", "d"), "B": ("h", "h"), "C": ("d", "n")},
    "log(det(inv(X)))": {"X": NN},
    "(y.*v)'*x": {"y": N, "v": N, "x": N},
    "x'*A*x + c*sin(y)'*x": {"x": N, "A": NN, "c": S, "y": N},
    "a^b": {"a": S, "b": S},
    "sum(relu(x))": {"x": N},
    "sum(A + matrix(1))": {"A": ND},
    "tr(inv(X))": {"X": NN},
    "norm2(X)": {"X": ND},
    "(x+y)'*(x-y)": {"x": N, "y": N},
    "exp(x'*A*y)": {"x": N, "A": ND, "y": ("d", 1)},
    "tr(X*A*X')/tr(X*X')": {"X": ND, "A": ("d", "d")},
    "diag(x)*A : B": {"x": N, "A": ND, "B": ND},
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INFERRED.items())
def test_inferred(text: str, expected: dict[str, tuple[object, object]]) -> None:
    assert shapes(text) == expected


# --------------------------------------------------------------------------------------------------------------- built

A, B, X, x, y, s = (
    Symbol(name, shape)
    for name, shape in {"A": NN, "B": NN, "X": ND, "x": N, "y": N, "s": S}.items()
)  # fmt: skip
NAMES = {symbol.name: symbol for symbol in (A, B, X, x, y, s)}
ABS = ops.function("abs")
HALF = Number(Fraction(1, 2))
BUILT: dict[str, Node] = {
    "expm_frechet(A, B)": term(ops.EXPM_FRECHET, A, B),
    "power_frechet(A, B, 3)": term(ops.POWER_FRECHET, A, B, Number(3)),
    "power_frechet(A, B, s - 1)": term(ops.POWER_FRECHET, A, B, plus(s, Number(-1))),
    # Norms.
    "||X||_2": term(ops.NORM_SPEC, X),
    "||x||_2": term(ops.NORM, x),
    "||x'||_2": term(ops.NORM, T(x)),
    "norm_spec(x)": term(ops.NORM, x),
    "norm_nuc(x)": term(ops.NORM, x),
    "||X||_*": term(ops.NORM_NUC, X),
    "||x||_inf": term(ops.LARGEST, term(ABS, x)),
    "||x||_1": term(ops.SUM, term(ABS, x)),
    "||X||_1": term(ops.LARGEST, term(ops.COLSUM, term(ABS, X))),
    "||X||_inf": term(ops.LARGEST, term(ops.ROWSUM, term(ABS, X))),
    "max(x)": term(ops.LARGEST, x),
    "min(X)": term(ops.SMALLEST, X),
    "max(X, 0)": term(ops.MAX, X, ops.zeros("n", "d")),
    # Statistics.
    "rowstd(X)": term(ops.ROWSTD, X, Number(0)),
    "rowstd(X, s)": term(ops.ROWSTD, X, s),
    "colstd(X, 0.5)": term(ops.COLSTD, X, HALF),
    "layer_norm(X)": term(ops.LAYER_NORM, X, Number(0)),
    "layer_norm(x, s)": term(ops.BATCH_NORM, x, s),
    "layer_norm(x')": term(ops.LAYER_NORM, T(x), Number(0)),
    "batch_norm(X)": term(ops.BATCH_NORM, X, Number(0)),
    # Powers.
    "A^(1/2)": term(ops.SQRTM, A),
    "A^(-1/2)": term(ops.INV, term(ops.SQRTM, A)),
    "A^s": term(ops.MATPOW, A, s),
    "A^{-s}": term(ops.MATPOW, A, hadamard(Number(-1), s)),
    "A^(s - 1)": term(ops.MATPOW, A, plus(s, Number(-1))),
    "A^3": term(ops.MATPOW, A, Number(3)),
    "A^-1": term(ops.INV, A),
    "X^(1/2)": power(X, HALF),
    "X^(1/3)": power(X, Number(Fraction(1, 3))),
    "A.^(1/2)": power(A, HALF),
    # Written in others.
    "cosine(x, y)": hadamard(matmul(T(x), y), reciprocal(term(ops.NORM, x)), reciprocal(term(ops.NORM, y))),
    "cosine(A, B)": hadamard(term(ops.INNER, A, B), reciprocal(term(ops.NORM, A)), reciprocal(term(ops.NORM, B))),
    "quad_over_lin(x, s)": hadamard(matmul(T(x), x), reciprocal(s)),
    "quad_over_lin(X, s)": hadamard(term(ops.SUM, power(X, 2)), reciprocal(s)),
    "normalize(x)": over(x, term(ops.NORM, x)),
    "adj(A)": scale(term(ops.DET, A), term(ops.INV, A)),
    "sum_squares(X)": term(ops.SUM, power(X, 2)),
}


@pytest.mark.parametrize(("text", "expected"), BUILT.items())
def test_built(text: str, expected: Node) -> None:
    assert parse_expression(text, NAMES) is expected


def test_every_operator_is_called_by_its_own_name() -> None:
    """What is printed as a call is read as that operator."""
    written_otherwise = {
        "plus", "scale", "matmul", "hadamard", "power", "matpow", "inner", "transpose", "kron", "hcat", "vcat", "d",
        "pi", "e", "diagonal", "largest", "smallest", "eye", "ones", "zeros", "commutation",
    }  # fmt: skip
    shown = {"_rows": ", rows)", "_columns": ", columns)"}
    for name, op in ops.TABLE.items():
        if name in written_otherwise:
            continue
        stem, end = name, ")"
        for suffix, option in shown.items():
            if name.endswith(suffix):
                stem, end = name.removesuffix(suffix), option
        if op.signature.sized:
            continue  # test_blocks.py
        names = NAMES | {name: Symbol(name, (3, "n")) for name in "QR"}
        of_three = any(argument.rows.dim == 3 for argument in op.signature.arguments)
        matrices = iter((names["Q"], names["R"]) if of_three else (A, B, A))
        expected = [
            s if i in op.signature.scalars else x if argument.columns.dim == 1 else next(matrices)
            for i, argument in enumerate(op.signature.arguments)
        ]
        arguments = ", ".join(symbol.name for symbol in expected)
        assert parse_expression(f"{stem}({arguments}{end}", names) is term(op, *expected), name


# ------------------------------------------------------------------------------------ what sugar means, entry by entry


def _value(text: str, **arrays: object) -> np.ndarray:
    names = {}
    for name, value in arrays.items():
        shape = np.shape(value)
        names[name] = Symbol(name, (1, 1) if not shape else (shape[0], shape[1] if len(shape) > 1 else 1))
    (found,) = evaluate([parse_expression(text, names)], arrays)
    return found


def test_what_sugar_means() -> None:
    rng = np.random.default_rng(3)
    P, Q, M = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    u, v, t = rng.normal(size=4), rng.normal(size=4), 1.7
    distances = [[sum((P[i, k] - Q[j, k]) ** 2 for k in range(3)) for j in range(4)] for i in range(5)]
    assert np.allclose(_value("sqdist(P, Q)", P=P, Q=Q), distances)
    assert np.allclose(_value("sqdist(P)", P=P), [[np.sum((a - b) ** 2) for b in P] for a in P])
    assert np.allclose(_value("sqdist(u, v)", u=u, v=v), (u[:, None] - v[None, :]) ** 2)
    angle = np.sum(u * v) / np.sqrt(np.sum(u * u) * np.sum(v * v))
    assert np.allclose(_value("cosine(u, v)", u=u, v=v), angle)
    assert np.allclose(_value("cosine(u', v')", u=u, v=v), angle)
    assert np.allclose(_value("quad_over_lin(u, t)", u=u, t=t), np.sum(u**2) / t)
    assert np.allclose(_value("quad_over_lin(P, t)", P=P, t=t), np.sum(P**2) / t)
    assert np.allclose(_value("normalize(u)", u=u).ravel(), u / np.sqrt(np.sum(u**2)))
    cofactors = [
        [
            (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(M, j, axis=0), i, axis=1))
            for j in range(3)
        ]
        for i in range(3)
    ]  # fmt: skip
    assert np.allclose(_value("adj(M)", M=M), cofactors)
    assert np.allclose(_value("sum_squares(P)", P=P), np.sum(P**2))
    assert np.allclose(_value("sum_squares(u)", u=u), np.sum(u**2))


# --------------------------------------------------------------------------------------------------------------- notes


POPULATION = "var and std divide by the number of entries (population), not by one less"
NOTED: dict[str, tuple[str, ...]] = {
    "var(X) + std(x)": (POPULATION,),
    "sum(rowvar(X)) + sum(colstd(X))": (POPULATION,),
    "||X||_1": (
        "||X||_1 is the norm of a matrix, its largest column sum of absolute values; sum(abs(X)) is the sum of all "
        "entries",
    ),
    "norm1(X W)": ("norm1(X W) is the sum of all absolute values; norm_1(X W) is the largest column sum",),
    "norm_inf(X)": (
        "norm_inf(X) is the norm of a matrix, its largest row sum of absolute values; max(abs(X)) is the largest entry",
    ),
    "tr(exp(M))": ("exp(M) is taken entry by entry; the matrix exponential is expm(M)",),
    "logdet((sqrt(M)))": ("sqrt(M) is taken entry by entry; the matrix square root is sqrtm(M)",),
    "tr(expm(M))": (),
    "max(X)": ("max(X) is the largest of all entries",),
    "min(X)": ("min(X) is the smallest of all entries",),
    "sum(layer_norm(x))": ("layer_norm(x) normalizes a vector over its entries",),
    "max(x) + ||x||_inf + ||x||_1": (),
    "||X||_2 + ||X||_*": (),
    "sum(layer_norm(X)) + sum(batch_norm(x)) + mean(X)": (),
    "sum(max(X, 0))": (),
    "sum(A^(1/2))": (),
}


@pytest.mark.parametrize(("text", "notes"), NOTED.items())
def test_noted(text: str, notes: tuple[str, ...]) -> None:
    assert noted(text) == notes


ASSUMED: dict[str, tuple[dict[str, set[str]], tuple[str, ...]]] = {
    "J = lambda_max(A)": (
        {"A": {"symmetric"}},
        ("A is taken to be symmetric: lambda_max takes symmetric matrices",),
    ),
    "J = lambda_max((A)) + lambda_min(A)": (
        {"A": {"symmetric"}},
        ("A is taken to be symmetric: lambda_max takes symmetric matrices",),
    ),
    "J = x' eigvec_min(A)": (
        {"x": set(), "A": {"symmetric"}},
        ("A is taken to be symmetric: eigvec_min takes symmetric matrices",),
    ),
    "J = sum(chol(K))": (
        {"K": {"pd"}},
        ("K is taken to be symmetric positive definite: chol takes symmetric positive definite matrices",),
    ),
    # What is declared, even by its shape alone, is left as it is; so is what is no bare name.
    "A: n x n; J = lambda_max(A)": ({"A": set()}, ()),
    "A: symmetric; J = lambda_max(A)": ({"A": {"symmetric"}}, ()),
    "A: n x n pd; J = lambda_max(A)": ({"A": {"pd"}}, ()),
    "J = lambda_max(X'X) + sum(chol(B + C))": ({"X": set(), "B": set(), "C": set()}, ()),
    "A = X + X'; J = lambda_max(A)": ({"X": set()}, ()),
}


@pytest.mark.parametrize(("text", "expected"), ASSUMED.items())
def test_assumed(text: str, expected: tuple[dict[str, set[str]], tuple[str, ...]]) -> None:
    found = parse(text)
    assert ({s.name: set(s.attributes) for s in found.inputs}, found.notes) == expected


def test_a_candidate_assumes_nothing() -> None:
    assert parse_expression("lambda_max(A)", NAMES).args == (A,)


# ------------------------------------------------------------------------------------------------------------- refused


REFUSED: dict[str, tuple[type[MatcalcError], str, str]] = {
    "tr(expm(X))": (ShapeError, "X is n×d, so expm(X) has no meaning: the matrix must be square", "expm(X)"),
    "lambda_max(X)": (
        ShapeError, "X is n×d, so lambda_max(X) has no meaning: the matrix must be square", "lambda_max(X)",
    ),
    "sum(chol(x))": (ShapeError, "x is n×1, so chol(x) has no meaning: the matrix must be square", "chol(x)"),
    "sum(expm_frechet(A, X))": (ShapeError, "A is n×n and X is n×d: the shapes must be equal", "A, X"),
    "sum(power_frechet(A, B, x))": (
        ShapeError,
        "x is n×1, so power_frechet(A, B, x) has no meaning: the exponent must be a scalar",
        "power_frechet(A, B, x)",
    ),
    "sum(layer_norm(X, x))": (
        ShapeError,
        "x is n×1, so layer_norm(X, x) has no meaning: what is added to the variance must be a scalar",
        "layer_norm(X, x)",
    ),
    "layer_norm(s)": (
        ShapeError,
        "s is 1×1, so layer_norm(s) has no meaning: a scalar has no mean and variance to be normalized by",
        "layer_norm(s)",
    ),
    "sum(sqdist(X, A))": (
        ShapeError,
        "X is n×d and A is n×n: both must have equally many columns",
        "X, A",
    ),
    "cosine(x, b)": (ShapeError, "x is n×1 and b is h×1: the shapes must be equal", "x, b"),
    "quad_over_lin(x, y)": (
        ShapeError,
        "y is n×1, so quad_over_lin(x, y) has no meaning: the divisor must be a scalar",
        "quad_over_lin(x, y)",
    ),
    "sum(adj(X))": (ShapeError, "X is n×d, so adj(X) has no meaning: the matrix must be square", "adj(X)"),
    "tr(A^(1/3))": (
        UnsupportedError,
        "a fractional power of a matrix must be 1/2 or -1/2, not 1/3",
        "A^(1/3)",
    ),
    "tr(A^2.5)": (
        UnsupportedError,
        "a fractional power of a matrix must be 1/2 or -1/2, not 5/2",
        "A^2.5",
    ),
    "sum(svd(X))": (UnsupportedError, "the singular value decomposition, svd(…), is not supported", "svd(X)"),
    "sum(expm(A, 2))": (ParseError, "expm takes 1 argument, but is given 2", "expm(A, 2)"),
    "sum(sqdist(X, X, X))": (ParseError, "sqdist takes 1 or 2 arguments, but is given 3", "sqdist(X, X, X)"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REFUSED.items())
def test_refused(text: str, said: tuple[type[MatcalcError], str, str]) -> None:
    kind, message, place = said
    error = refusal(f"{DECLARED}J = {text}")
    assert (type(error), error.message, error.text) == (kind, message, place)
    assert error.line == 2 and error.column is not None
    if kind is UnsupportedError and "^" in text:
        assert ".^(" in error.hint


def test_the_tables_of_names_do_not_overlap() -> None:
    tables: list[Mapping[str, object]] = [FUNCTIONS, dict.fromkeys(ENTRIES), ALIASES, UNSUPPORTED, INSTEAD]
    for i, one in enumerate(tables):
        for other in tables[i + 1 :]:
            assert not set(one) & set(other)
    assert all(name in FUNCTIONS or name in ENTRIES for name in ALIASES.values())
    assert not {op.name for row in FUNCTIONS.values() for op in row.operators} - set(ops.TABLE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v: 3; J = sum_largest(v, 5)", "it has 3 entries, and 5 are taken"),
        ("v: 3; J = sum_largest(v, 0)", "a size must be a positive whole number"),
        ("v: 4; J = sum(cross(v, w))", "it must have 3 rows"),
        ("v, w: n; J = sum(clip(v, w, 1))", "it must be a scalar"),
        ("v: n; J = sum(huber(v))", "huber takes 2 arguments, but is given 1"),
        ("A: n x m; B: p x k; J = sum(khatri_rao(A, B))", "equally many columns"),
    ],
)
def test_arguments_that_do_not_fit(text: str, message: str) -> None:
    assert message in str(refusal(text))


@pytest.mark.parametrize("letter", "largest")
@pytest.mark.parametrize(
    "text", ["[{0} >= sum_largest(exp(X), 2)^3] 2", "sum_largest({0} X, 3)", "sum_largest(X, 2) {0}"]
)
def test_the_letters_of_a_function_are_no_indices(letter: str, text: str) -> None:
    named, other = (parse(f"X: n x d; {name}: scalar; J = {text.format(name)}").objective for name in (letter, "q"))
    assert str(named.definition) == str(other.definition).replace("q", letter)
    assert any(isinstance(n, Term) and n.op is ops.SUM_LARGEST for n in postorder(named.definition))
