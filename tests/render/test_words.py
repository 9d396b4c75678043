"""Formulas inside sentences are found and set as formulas."""

from __future__ import annotations

import pytest

from matcalc.render.as_latex import prose
from matcalc.render.as_markdown import prose as markdown
from matcalc.render.words import runs


@pytest.mark.parametrize(
    ("sentence", "latex"),
    [
        ("both are the sum over i, j of G_ij V_ij", "both are the sum over $i, j$ of $G_{ij} V_{ij}$"),
        ("the Jacobian is diag(p) - p p'", r"the Jacobian is $\operatorname{diag}(p) - p p^\top$"),
        ("X W1 is a row, (X W1) y is not", r"\texttt{X W1} is a row, \texttt{(X W1) y} is not"),
        ("zero, n=3 d=2, W1 and f unknown", "zero, $n = 3$ $d = 2$, $W_1$ and $f$ unknown"),
        ("so that dJ = G : dX, and done", r"so that $\mathrm{d}J = G : \mathrm{d}X$, and done"),
        ("equal (W1 symmetric)", "equal ($W_1$ symmetric)"),
        ("Jacobi's formula, 8.3; Cookbook (46)", "Jacobi's formula, 8.3; Cookbook (46)"),
        ("with G_ij tr(V_ij) and f's own", r"with $G_{ij} \operatorname{tr}(V_{ij})$ and f's own"),
        ("the pseudoinverse (Moore-Penrose), by Fréchet", r"the pseudoinverse (Moore-Penrose), by Fr\'{e}chet"),
        ("50% & more_", r"50\% \& \texttt{more\_}"),
    ],
)
def test_sentences(sentence: str, latex: str) -> None:
    assert prose(sentence, ("W1", "f")) == latex
    assert "".join(text for _, text in runs(sentence, ("W1", "f"))) == sentence


def test_markdown() -> None:
    assert markdown("(y - f(W1))^2 is taken entry by entry") == "`(y - f(W1))^2` is taken entry by entry"
    assert markdown("W1 is * free", ("W1",)) == r"$W_1$ is \* free"
