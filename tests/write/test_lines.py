"""Long formulas are broken at their loosest operators."""

from __future__ import annotations

import pytest

from matcalc.write.wrap import extent, loosened, summands, wrapped


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("A + B", 80, ["A + B"]),
        ("A1' B : dX + C (D + E) : dY", 20, ["A1' B : dX", "+ C (D + E) : dY"]),
        ("A ⊙ B ⊙ C : dX", 10, ["A ⊙ B ⊙ C", ": dX"]),
        ("A .* B .* C : dX", 8, ["A .* B", ".* C", ": dX"]),
        ("(aaaa + bbbb) C", 10, ["(aaaa", "+ bbbb) C"]),
        ("aaaa bbbb cccc", 9, ["aaaa bbbb", "cccc"]),
        ("averyverylongname", 5, ["averyverylongname"]),
        ("d(A B) = dA B + A dB", 14, ["d(A B)", "= dA B + A dB"]),
        ("A ⊗ B ⊗ C : dX", 10, ["A ⊗ B ⊗ C", ": dX"]),
        ("[A + B, C; D, E] x + y", 18, ["[A + B, C; D, E] x", "+ y"]),
        (
            r"\begin{bmatrix} A + B & C \\ D & E \end{bmatrix} x + y",
            12,
            [r"\begin{bmatrix} A + B & C \\ D & E \end{bmatrix}", "x + y"],
        ),
        (r"\frac{a + b}{c} + \left(x + y\right)", 22, [r"\frac{a + b}{c}", r"+ \left(x + y\right)"]),
    ],
)
def test_wrapped(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_nothing_is_lost_and_lines_fit() -> None:
    text = " + ".join(f"A{i}' (B{i} - C{i} D{i}) : dX{i}" for i in range(50))
    for width in range(8, 120, 7):
        lines = wrapped(text, width)
        assert " ".join(lines) == text
        assert all(len(line) <= max(width, 6) for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("1/2 exp(z1) inv(S)'(x - μ) : d(x - μ)", 30, ["1/2 exp(z1) inv(S)'(x - μ)", ": d(x - μ)"]),
        ("2 (A x - s x) / (X : X)", 18, ["2 (A x - s x)", "/ (X : X)"]),
        ("A - rowsum(A ⊙ B) 𝟏'", 18, ["A", "- rowsum(A ⊙ B) 𝟏'"]),
        ("‖X w - y‖^2 + ‖w‖", 12, ["‖X w - y‖^2", "+ ‖w‖"]),
        ("aaaaaaaa + bb : cccc", 18, ["aaaaaaaa", "+ bb : cccc"]),
        ("A : f(bbbbbb - cccc) ⊙ D", 22, ["A", ": f(bbbbbb - cccc) ⊙ D"]),
    ],
)
def test_brackets_are_the_last_resort(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_fractions_that_are_too_wide_come_apart() -> None:
    assert loosened(r"A \left(\frac{1}{2} x\right)", 100) == r"A \biggl(\frac{1}{2} x\biggr)"
    assert loosened(r"\frac{aaaa + bbbb}{\frac{1}{2}}", 40) == r"(aaaa + bbbb) (\frac{1}{2})^{-1}"
    assert loosened(r"\frac{1}{aaaa + bbbb}", 40) == "(aaaa + bbbb)^{-1}"


def test_summands() -> None:
    assert summands("A : B - C (D + E) : F + g") == ["A : B", "- C (D + E) : F", "+ g"]


def test_a_long_formula_is_wrapped_in_linear_time() -> None:
    text = "sum(" + "tanh(W x + " * 5_000 + "x" + ")" * 5_001
    assert max(map(len, wrapped(text, 80)[:-1])) <= 80


@pytest.mark.parametrize(
    ("latex", "points"),
    [
        (r"A B \Sigma", 25.0),
        (r"X^\top (X X^\top - A) X", 84.1),
        (r"\left(\frac{A x}{x^\top x} + \frac{A x}{x^\top x}\right) : \mathrm{d}x", 103.7),
        (r"2 (\hat{y} - y) \odot f'(z_2) : \mathrm{d}z_2", 112.0),
        (r"\begin{bmatrix} A & B \\ C + D & E \end{bmatrix}", 61.8),
        (r"\begin{bmatrix} A & B \end{bmatrix} x", 44.3),
        (r"A \otimes (B \otimes C) + \operatorname{tr}_1^{(k)}(A \otimes B)", 133.6),
        (r"\left(\sum_{r=0}^{k - 1} A^{r} E A^{k - 1 - r}\right) B", 102.1),
    ],
)
def test_extent_is_about_what_is_set(latex: str, points: float) -> None:
    # The widths that LaTeX itself measures, in display style at 11 point.
    assert 0.9 * points <= extent(latex) <= 1.2 * points
