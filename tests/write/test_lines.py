"""Long formulas are broken at their loosest operators, on the printer's pieces."""

from __future__ import annotations

import pytest
from write.test_forms import A, B, S, X, blocks, fn, k, kron, op, s, x, y, yhat, z

from matcalc.dims import dim_mul
from matcalc.expr import Node, Symbol
from matcalc.operators import T, d, hadamard, inner, inv, matmul, minus, number, over, plus, reciprocal, scale
from matcalc.write import ASCII, TEXT, Braced, Notation, labelled, piece, summands
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.mathml import MATHML

C, D, E = (Symbol(letter, ("n", "n")) for letter in "CDE")
a, b, c = (Symbol(letter * 4, ("n", "n")) for letter in "abc")


def broken(node: Node, width: int, notation: Notation = TEXT) -> list[str]:
    """A formula in lines."""
    return [line for line, _ in labelled(piece(node, notation), width)]


LONG = inner(matmul(T(A), B), d(C)), inner(matmul(C, plus(D, E)), d(D))


@pytest.mark.parametrize(
    ("node", "width", "text"),
    [
        (plus(A, B), 80, ["A + B"]),
        (plus(*LONG), 20, ["A' B : dC", "+ C (D + E) : dD"]),
        (inner(hadamard(A, B, C), d(D)), 10, ["A ⊙ B ⊙ C", ": dD"]),
        (matmul(plus(a, b), C), 10, ["(aaaa", "+ bbbb) C"]),
        (matmul(a, b, c), 9, ["aaaa bbbb", "cccc"]),
        (Symbol("averyverylongname", (1, 1)), 5, ["averyverylongname"]),
        *((plus(a, b), width, ["aaaa", "+ bbbb"]) for width in (1, 0, -3)),
        (inner(kron(A, B, C), d(kron(A, B, C))), 14, ["A ⊗ B ⊗ C", ": d(A ⊗ B ⊗ C)"]),
        (
            scale(hadamard(number(2), reciprocal(inner(A, A))), minus(matmul(A, x), x)),
            18,
            ["2 (A x - x)", "/ (A : A)"],
        ),
        (inner(A, hadamard(fn("f", minus(b, c)), D)), 20, ["A", ": f(bbbb - cccc) ⊙ D"]),
        (fn("f", plus(a, b)), 9, ["f(aaaa", "+ bbbb)"]),
        (op("max", a, b), 12, ["max(aaaa,", "bbbb)"]),
    ],
)
def test_lines(node: Node, width: int, text: list[str]) -> None:
    assert broken(node, width) == text


@pytest.mark.parametrize(
    ("node", "width", "latex"),
    [
        (plus(over(plus(x, y), s), y), 45, [r"\frac{x + y}{s}", "+ y"]),
        # Growing brackets come in one size where a line must end in them.
        (
            matmul(plus(scale(over(s, inner(A, A)), A), B), C),
            70,
            [r"\biggl(\frac{1}{A : A} s A", r"+ B\biggr) C"],
        ),
        (plus(matmul(blocks((plus(A, B), C), (D, E)), blocks((x,), (y,))), blocks((x,), (y,))), 150, None),
    ],
)
def test_latex_lines(node: Node, width: int, latex: list[str] | None) -> None:
    found = broken(node, width, LATEX)
    assert " ".join(found).replace(r"\biggl", r"\left").replace(r"\biggr", r"\right") == str(piece(node, LATEX))
    if latex is None:  # no line ends in blocks
        assert all(line.count(r"\begin") == line.count(r"\end") for line in found)
    else:
        assert found == latex


def test_a_fraction_that_is_too_wide_comes_apart() -> None:
    names = [Symbol(f"alpha{n}", (1, 1)) for n in range(12)]
    wide = hadamard(plus(*names[:6]), reciprocal(plus(*names[6:])))
    assert broken(wide, 300, LATEX) == [str(piece(wide, LATEX))]
    first, *rest = broken(wide, 60, LATEX)
    assert first.startswith(r"(\alpha_0") and rest[-1].endswith(")^{-1}")
    assert r"\frac" not in "".join((first, *rest))


@pytest.mark.parametrize("notation", [TEXT, ASCII])
def test_nothing_is_lost_and_lines_fit(notation: Notation) -> None:
    terms = []
    for n in range(50):
        p, q, r, dx = (Symbol(f"{letter}{n}", ("n", "n")) for letter in "PQRX")
        terms.append(inner(matmul(T(p), minus(q, matmul(r, p))), d(dx)))
    node = plus(*terms)
    for width in range(8, 120, 7):
        found = broken(node, width, notation)
        assert " ".join(found) == str(piece(node, notation))
        assert all(len(line) <= max(width, 10) for line in found)


def test_summands() -> None:
    total = minus(plus(LONG[0], s), LONG[1])
    assert [str(term) for term in summands(piece(total, TEXT))] == ["A' B : dC", "+ s", "- C (D + E) : dD"]
    assert [str(term) for term in summands(piece(A, TEXT))] == ["A"]


def test_a_browser_breaks_its_own_lines() -> None:
    assert broken(plus(*LONG), 1, MATHML) == [str(piece(plus(*LONG), MATHML))]


AX = over(matmul(A, x), matmul(T(x), x))


@pytest.mark.parametrize(
    ("node", "points"),
    [
        (matmul(A, B, S), 25.0),
        (matmul(T(X), minus(matmul(X, T(X)), A), X), 84.1),
        (inner(plus(AX, AX), d(x)), 103.7),
        (inner(scale(number(2), hadamard(minus(yhat, y), fn("f", z, 1))), d(z)), 112.0),
        (blocks((A, B), (plus(C, D), E)), 61.8),
        (matmul(op("hcat", A, B), Symbol("x", (dim_mul(2, "n"), 1))), 44.3),
        (matmul(op("power_frechet", A, E, k), B), 102.1),
    ],
)
def test_a_piece_of_latex_is_about_as_wide_as_it_is_set(node: Node, points: float) -> None:
    # The widths that LaTeX itself measures, in display style at 11 point.
    assert 0.9 * points <= piece(node, LATEX).width <= 1.2 * points


def test_text_is_as_wide_as_it_is_long() -> None:
    for notation in (TEXT, ASCII):
        for node in (plus(*LONG), kron(A, B), fn("f", x), inv(plus(A, B)), over(s, inner(x, x))):
            assert piece(node, notation).width == len(str(piece(node, notation)))


# ------------------------------------------------------------------------------------------------------ shapes below


def below(node: Node, width: int = 80, notation: Notation = TEXT) -> list[tuple[str, str]]:
    """Lines with the shapes of the factors."""
    return labelled(Braced(notation).piece(node), width)


v, w = Symbol("v", ("n", 1)), Symbol("w", ("k", 1))


def test_shapes_stand_below_their_factors() -> None:
    (line,) = below(matmul(plus(A, B), v))
    assert line == ("(A + B) v", "  n×n   n×1")
    assert below(matmul(v, T(w)), notation=ASCII) == [("v   w'", "nx1 1xk")]
    assert below(s) == [("s", "")]
    # Beside a sign there is room for a shape that is wider than its factor.
    assert below(hadamard(A, B)) == [("A ⊙ B", "n×n n×n")]


def test_each_line_has_its_own_shapes() -> None:
    assert below(plus(matmul(a, b), matmul(b, c)), 12) == [("aaaa bbbb", "n×n  n×n"), ("+ bbbb cccc", "  n×n  n×n")]


def test_in_latex_they_are_part_of_the_formula() -> None:
    assert str(Braced(LATEX).piece(matmul(A, v))) == r"\underbrace{A}_{n \times n} \underbrace{v}_{n \times 1}"
    # Within a factor nothing is said of its own factors.
    assert str(Braced(LATEX).piece(matmul(inv(matmul(A, B)), v))).count(r"\underbrace") == 2
