"""Names in each notation."""

from __future__ import annotations

import pytest

from matcalc import names


@pytest.mark.parametrize(
    ("name", "unicode", "latex"),
    [
        ("X", "X", "X"),
        ("W1", "W1", "W_1"),
        ("W12", "W12", "W_{12}"),
        ("z_2", "z_2", "z_2"),
        ("yhat", "yhat", r"\hat{y}"),
        ("yhat2", "yhat2", r"\hat{y}_2"),
        ("y_hat", "y_hat", r"\hat{y}"),
        ("x2bar", "x2bar", r"\bar{x}_2"),
        ("hat", "hat", r"\mathrm{hat}"),
        ("delta2", "δ2", r"\delta_2"),
        ("delta_yhat", "δ_yhat", r"\delta_{\hat{y}}"),
        ("delta_W1", "δ_W1", r"\delta_{W_1}"),
        ("lambda", "λ", r"\lambda"),
        ("lam", "lam", r"\lambda"),
        ("Sigma", "Σ", r"\Sigma"),
        ("Alpha", "Alpha", r"\mathrm{A}"),
        ("alphabet", "alphabet", r"\mathrm{alphabet}"),
        ("loss", "loss", r"\mathrm{loss}"),
        ("Wq", "Wq", "W_q"),
        ("u1_2", "u1_2", "u_{1,2}"),
        ("un", "un", "u_n"),
        ("un_2", "un_2", "u_{n,2}"),
        ("W_out", "W_out", r"W_{\mathrm{out}}"),
        ("a_b_c", "a_b_c", "a_{b,c}"),
        ("x_", "x_", "x"),
        ("_", "_", r"\mathrm{\_}"),
        ("x2delta", "x2delta", r"\mathrm{x2delta}"),
        ("W_theta2x", "W_theta2x", r"W_{\mathrm{theta2x}}"),
        ("W_theta2", "W_θ2", r"W_{\theta_2}"),
        ("delta2x", "δ2x", r"\mathrm{delta2x}"),
        ("deltaW", "deltaW", r"\delta_W"),
    ],
)
def test_name(name: str, unicode: str, latex: str) -> None:
    assert names.unicode(name) == unicode
    assert names.latex(name) == latex
    assert latex.count("{") == latex.count("}")
