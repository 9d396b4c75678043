"""Index notation in the rows of the notations: brackets, fractions, letters."""

from __future__ import annotations

from fractions import Fraction

import pytest
from write.test_forms import A, W, X, s, x

from matcalc.dims import dim_add
from matcalc.indices.terms import (
    Applied,
    Constant,
    Delta,
    EntryOf,
    Index,
    Index_term,
    Length,
    Product,
    Raised,
    Sigma,
    Total,
)
from matcalc.operators import TABLE, D, function, term
from matcalc.write import ASCII, TEXT, Notation, Writer
from matcalc.write.indexed import Indexed
from matcalc.write.notations.latex import LATEX

i, j, k = Index("i", "n"), Index("j", "d"), Index("k", "n")
second = Index("2", "d", 2)
TWO, HALF, MINUS = (Constant(Fraction(value)) for value in ("2", "1/2", "-1"))
Xij, Xkj, xi, xk = EntryOf(X, (i, j)), EntryOf(X, (k, j)), EntryOf(x, (i,)), EntryOf(x, (k,))
SUM = Sigma((k,), xk)
TOTAL = Total((xi, Product((MINUS, xk))))


def written(term_: Index_term, notation: Notation, kronecker: bool = False) -> str:
    """A term, without what its sums run over."""
    return Indexed(Writer(notation), ranges=False, kronecker=kronecker).write(term_)


@pytest.mark.parametrize(
    ("term_", "text", "latex"),
    [
        (Xij, "X_ij", "X_{i j}"),
        (EntryOf(X, (i, second)), "X_i,2", "X_{i,2}"),
        (EntryOf(W, (i, j)), "W1_ij", "(W_1)_{i j}"),
        (EntryOf(term(TABLE["inv"], A), (i, k)), "(inv(A))_ik", "(A^{-1})_{i k}"),
        (EntryOf(term(TABLE["det"], A), ()), "det(A)", r"\det(A)"),
        (Sigma((k,), Product((xk, xk))), "Σ_k x_k x_k", r"\sum_{k} x_{k} x_{k}"),
        (Sigma((i, j), Xij), "Σ_ij X_ij", r"\sum_{i,j} X_{i j}"),
        # A sum takes all that stands to its right, so that it is bracketed before another factor.
        (Product((TWO, SUM)), "2 Σ_k x_k", r"2 \sum_{k} x_{k}"),
        (Product((SUM, xi)), "(Σ_k x_k) x_i", r"(\sum_{k} x_{k}) x_{i}"),
        (Product((Product((TWO, SUM)), xi)), "(2 Σ_k x_k) x_i", r"(2 \sum_{k} x_{k}) x_{i}"),
        (Total((SUM, xi)), "Σ_k x_k + x_i", r"\sum_{k} x_{k} + x_{i}"),
        (Product((MINUS, TOTAL)), "-(x_i - x_k)", "-(x_{i} - x_{k})"),
        (Sigma((k,), TOTAL), "Σ_k (x_i - x_k)", r"\sum_{k} (x_{i} - x_{k})"),
        (Sigma((k,), Product((MINUS, xk))), "Σ_k -x_k", r"\sum_{k} -x_{k}"),
        (Product((HALF, xi)), "1/2 x_i", r"\frac{1}{2} x_{i}"),
        # What is divided stands above a line in two dimensions, and needs no brackets there.
        (Product((Product((TWO, SUM)), Raised(Length("n"), MINUS))), "(2 Σ_k x_k) / n", r"\frac{2 \sum_{k} x_{k}}{n}"),
        (Product((TOTAL, Raised(xi, MINUS))), "(x_i - x_k) / x_i", r"\frac{x_{i} - x_{k}}{x_{i}}"),
        (Product((xi, Raised(xk, MINUS), Raised(Length("n"), MINUS))), "x_i / (x_k n)", r"\frac{x_{i}}{x_{k} n}"),
        (Raised(Length(dim_add("n", 1)), MINUS), "1 / (n + 1)", r"\frac{1}{n + 1}"),
        (Raised(xi, Constant(Fraction(-2))), "1 / x_i^2", r"\frac{1}{x_{i}^{2}}"),
        (Raised(xi, HALF), "x_i^(1/2)", "x_{i}^{1/2}"),
        (Raised(TOTAL, TWO), "(x_i - x_k)^2", "(x_{i} - x_{k})^{2}"),
        (Raised(xi, EntryOf(s, ())), "x_i^s", "x_{i}^{s}"),
        (Applied(D, (xi,)), "dx_i", r"\mathrm{d}x_{i}"),
        (Applied(D, (TOTAL,)), "d(x_i - x_k)", r"\mathrm{d}(x_{i} - x_{k})"),
        (Applied(function("tanh", 1), (xi,)), "tanh'(x_i)", r"\tanh'(x_{i})"),
        (Applied(function("sqrt"), (Length("n"),)), "sqrt(n)", r"\sqrt{n}"),
        (Applied(function("step"), (xi,)), "[x_i > 0]", "[x_{i} > 0]"),
        (Applied(TABLE["step_ge"], (xi, xk)), "[x_i ≥ x_k]", r"[x_{i} \ge x_{k}]"),
        (Applied(TABLE["max"], (xi, xk)), "max(x_i, x_k)", r"\max(x_{i}, x_{k})"),
        (Delta(i, k), "[i = k]", "[i = k]"),
    ],
)
def test_term(term_: Index_term, text: str, latex: str) -> None:
    assert written(term_, TEXT) == text
    assert written(term_, LATEX) == latex
    assert written(term_, ASCII) == text.replace("Σ", "sum").replace("≥", ">=")


def test_a_delta_that_is_no_name() -> None:
    assert [written(Delta(i, k), notation, True) for notation in (TEXT, ASCII, LATEX)] == [
        "δ_ik",
        "delta_ik",
        r"\delta_{i k}",
    ]


def test_what_indices_run_over() -> None:
    assert Indexed(Writer(LATEX)).write(Sigma((i, j), Xij)) == r"\sum_{i=1}^{n} \sum_{j=1}^{d} X_{i j}"
    said = {n.title: str(Indexed(Writer(n)).ranges([SUM], (i, second))) for n in (TEXT, LATEX)}
    assert said == {"text": "i = 1..n, k = 1..n", "LaTeX": r"i = 1, \dots, n;\enspace k = 1, \dots, n"}
    assert Indexed(Writer(TEXT)).ranges([], (second,)) is None
