r"""LaTeX as it is pasted is read as it was meant, asked or refused where that is not clear, with places in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from work import calls

import matcalc
from matcalc.api.formula import Expr
from matcalc.errors import AmbiguousError, MatcalcError, ParseError, UnsupportedError
from matcalc.syntax import parse, read

RNG = np.random.default_rng(5)
n, d, k = 4, 3, 2
VALUES = {
    "X": RNG.normal(size=(n, d)),
    "A": RNG.normal(size=(n, n)),
    "B": RNG.normal(size=(n, n)),
    "S": np.diag([1.0, 2.0, 3.0, 4.0]) + 0.1,
    "W": RNG.normal(size=(d, k)),
    "Y": RNG.normal(size=(n, k)),
    "w": RNG.normal(size=d),
    "y": RNG.normal(size=n),
    "x": RNG.normal(size=n),
    "v": RNG.uniform(0.5, 1.5, size=n),
    "lambda": 0.7,
    "n": 4.0,
}
SHAPES = [
    "X: n x d",
    "A, B: n x n",
    "S: n x n symmetric",
    "W: d x k",
    "Y: n x k",
    "w: d",
    "y, x, v: n",
    "lambda: scalar",
]
V = type("V", (), {name: value for name, value in VALUES.items() if name != "lambda"})
LAM = 0.7


def _sq(a: np.ndarray) -> float:
    return float((np.asarray(a) ** 2).sum())


MEANT: list[tuple[str, Callable[[], float]]] = [
    (r"\|Xw-y\|_2^2", lambda: _sq(V.X @ V.w - V.y)),
    (r"$$\lVert Xw - y\rVert_2^2 + \lambda \|w\|^2$$", lambda: _sq(V.X @ V.w - V.y) + LAM * _sq(V.w)),
    (r"\frac12x^TAx - y^\top x", lambda: V.x @ V.A @ V.x / 2 - V.y @ V.x),
    (r"{\lVert A\rVert}_F^2 + {(AB)}^T : A", lambda: _sq(V.A) + ((V.A @ V.B).T * V.A).sum()),
    (r"\mathbf{AB}^T : \mathbf A", lambda: ((V.A @ V.B.T) * V.A).sum()),
    (r"2\mathbf{x}\cdot\mathbf y + \sum_\limits{i} x_i – 1", lambda: 2 * V.x @ V.y + V.x.sum() - 1),
    (r"\eqalign{ r &= X w - y \cr J_{\text{in}} &= \sum_{n} r_n^2 }", lambda: _sq(V.X @ V.w - V.y)),
    (r"\mathrm{Tr} ABA^TB + 1", lambda: np.trace(V.A @ V.B @ V.A.T @ V.B) + 1),
    (r"\operatorname{tr}\left[A^{-1}B\right]", lambda: np.trace(np.linalg.inv(V.A) @ V.B)),
    (r"\log\det S", lambda: np.log(np.linalg.det(V.S))),
    (r"\log|S| + \lvert \lambda\rvert", lambda: np.log(np.linalg.det(V.S)) + LAM),
    (r"\langle A + B, A\rangle_F", lambda: ((V.A + V.B) * V.A).sum()),
    (r"\mathbf 1^\top \log(1 + e^{-y\odot Xw})", lambda: np.log(1 + np.exp(-V.y * (V.X @ V.w))).sum()),
    (r"-y^\top\log v - (\mathbf{1}-y)^T\log v", lambda: -V.y @ np.log(V.v) - (1 - V.y) @ np.log(V.v)),
    (
        r"\left(y - X w\right)^{\mathsf T} S^{-\top} (y - X w)",
        lambda: (V.y - V.X @ V.w) @ np.linalg.inv(V.S).T @ (V.y - V.X @ V.w),
    ),
    (r"\sum_{i=1}^n (y_i - x_i)^2", lambda: _sq(V.y - V.x)),
    (r"\frac{1}{2}\sum (y - x)^2", lambda: _sq(V.y - V.x) / 2),
    (r"\def\m#1{\mathbf{#1}}\newcommand{\n}[1]{\left\|#1\right\|} \n{\m{X}\m{w}-\m y}^2", lambda: _sq(V.X @ V.w - V.y)),
    (r"\begin{align} r &= X w - y \tag{1} \\ J &= r^\top r \label{a} \end{align}", lambda: _sq(V.X @ V.w - V.y)),
    (
        "Let $X \\in \\mathbb R^{n\\times d}$, and\n\n$$\n\\|Xw - y\\|^2\n$$\nwhere $w$ is sought.",
        lambda: _sq(V.X @ V.w - V.y),
    ),
    ("```math\n\\|XW - Y\\|_F^2\n```", lambda: _sq(V.X @ V.W - V.Y)),
    (r"\min_{w} \tfrac{1}{n}\underbrace{\|Xw-y\|^2}_{\text{loss}}", lambda: _sq(V.X @ V.w - V.y) / n),
    (r"\nabla_w \|Xw-y\|^2", lambda: _sq(V.X @ V.w - V.y)),
    (r"J(w) = \left.\|Xw − y\|^2\right. ,", lambda: _sq(V.X @ V.w - V.y)),
    (
        r"\left\|\begin{bmatrix} y & x \\ x & -y \end{bmatrix}\right\|_F^2",
        lambda: 2 * _sq(V.x) + 2 * _sq(V.y),
    ),
    (r"\sin^2 \lambda + {x \over 2}^T y", lambda: np.sin(LAM) ** 2 + V.x @ V.y / 2),
    (r"\|A^{+} x\|_1 + \|x\|_\infty", lambda: np.abs(np.linalg.pinv(V.A) @ V.x).sum() + np.abs(V.x).max()),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_formula_is_read_as_it_was_meant(text: str, meant: Callable[[], float]) -> None:
    shapes = [s for s in SHAPES if not (s.startswith("X:") and r"\in" in text)]
    assert np.isclose(_value(text, shapes), meant())


def _value(text: str, shapes: list[str]) -> float:
    program = parse(text, shapes)
    assert program.objective.definition is not None
    given = {s.name: VALUES[s.name] for s in program.inputs}
    return float(Expr(program.objective, program.inputs).evaluate(given, sizes={"n": n, "d": d, "k": k}))


def _names(text: str, shapes: list[str] | None = None) -> set[str]:
    return {symbol.name for symbol in parse(text, shapes or []).inputs}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (r"\|\hat y - W_{hy} x_1\|^2", {"yhat", "W_hy", "x1"}),
        (r"\|W^{(2)} x - \tilde M_{2} x\|^2", {"W2", "x", "Mtilde2"}),
        (r"\|h_{t-1} - \theta_{\text{old}}\|^2", {"h_tm1", "theta_old"}),
        (r"\|\mathrm{target} - \mathbf{Wx}\|^2", {"target", "W", "x"}),
        (r"\|X\|^2beta", {"X", "b", "e", "t", "a"} - {"e"}),
    ],
)
def test_names_are_spelled_as_text_spells_them(text: str, names: set[str]) -> None:
    assert _names(text) == names


def test_declared_name_is_one_name() -> None:
    assert _names(r"\|X beta - y\|^2", ["beta: d"]) == {"X", "beta", "y"}


def test_layers_are_announced_by_their_range() -> None:
    text = (
        r"\begin{align} z^{(l)} &= W^{(l)} a^{(l-1)} & a^{(l)} &= f(z^{(l)}), \quad l = 1, \dots, 2 \\"
        r"a^{(0)} &= x \\ J &= \|a^{(2)} - y\|^2 \end{align}"
    )
    plain = "layers l = 1..2: z[l] = W[l] a[l-1]; a[l] = f(z[l]); a[0] = x; J = ||a[2] - y||^2"
    assert parse(text).objective == parse(plain).objective


RECURRENT = [
    r"h_t = \tanh(W h_{t-1} + U x_t), \quad t = 1, \dots, 3, \quad h_0 = 0, \quad L = \sum_{t=1}^3 \|V h_t - y_t\|^2",
    r"\begin{align} h_t &= \tanh(W h_{t-1} + U x_t) \\ \hat y_t &= V h_t \\ h_0 &= 0 \\"
    r"L &= \sum_{t=1}^{3} \lVert \hat{y}_t - y_t \rVert^2 \end{align}",
    r"h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)}), h^{(0)} = 0, L = \sum_{t=1}^3 \|V h^{(t)} - y^{(t)}\|^2",
]


@pytest.mark.parametrize("text", RECURRENT)
def test_steps_may_be_numbered_below(text: str) -> None:
    shapes = {"W": (2, 2), "U": (2, 3), "V": (2, 2)} | {f"x[{t}]": (3,) for t in (1, 2, 3)} | {"y[1]": (2,)}
    shapes |= {"y[2]": (2,), "y[3]": (2,)}
    values = {name: np.random.default_rng(8).normal(size=shape) for name, shape in shapes.items()}

    def loss(w: np.ndarray) -> float:
        h, total = np.zeros(2), 0.0
        for t in (1, 2, 3):
            h = np.tanh(w @ h + values["U"] @ values[f"x[{t}]"])
            total += _sq(values["V"] @ h - values[f"y[{t}]"])
        return total

    found = matcalc.derive(text, "W", verify=False).expanded("W").evaluate(values)
    steps = np.eye(4).reshape(4, 2, 2) * 1e-6
    slopes = [(loss(values["W"] + step) - loss(values["W"] - step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(found, np.reshape(slopes, (2, 2)), rtol=1e-5, atol=1e-8)


def test_layers_may_be_numbered_below() -> None:
    text = r"a_l = f(W_l a_{l-1} + b_l), l = 1, \ldots, L, a_0 = x, \quad J = \|a_L - y\|^2"
    plain = "layers l = 1..L: a[l] = f(W[l] a[l-1] + b[l]); a[0] = x; J = ||a[L] - y||^2"
    assert parse(text).definitions == parse(plain).definitions


@pytest.mark.parametrize(
    ("text", "offending", "says"),
    [
        (r"\sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", "x_{i+1}", "rowrange"),
        (r"\sum_{i=2}^n x_i^2", r"\sum_{i=2}", "rowrange"),
        (r"\sum_{i=1}^{n-1} x_i^2", r"\sum_{i=1}^{n-1}", "rowrange"),
        (r"\sum_{i=1}^{2n} x_i^2", r"\sum_{i=1}^{2n}", "whole dimension"),
        (r"\sum_{i \neq k} x_i", r"\sum_{i \neq k}", "take away"),
        (r"\sum_{i < j} A_{ij}", r"\sum_{i < j}", "triu"),
        (r"\sum_{i=0}^{n-1} x_i^2", r"\sum_{i=0}^{n-1}", "from 1"),
        (r"h_t = \tanh(W h_{t-1}), \quad J = \|h_t\|^2", "h_{t-1}", r"t = 1, \dots"),
        (r"f_t = \sigma(W_f h_{t-1} + U x_t), \quad J = \|f_t \odot c_{t-1}\|^2", "h_{t-1}", r"t = 1, \dots"),
        (r"\sum_{i=1}^n \log \sum_{k=1}^K \pi_k \exp(-\pi \|x_i-\mu_k\|^2)", r"\pi_k", "pi: n"),
        (r"C = \frac{1}{2} \sum_j (y_j - a^L_j)^2", "^L", "a^{(L)}"),
        (r"a^{l}_j = \sigma(\sum_k w^{l}_{jk} a^{l-1}_k + b^l_j)", "a^{l}", "a_j^{(l)}"),
        (r"L_i = -f_{y_i} + \log\sum_j e^{f_j}", "f_{y_i}", "Y_ik"),
        (r"L = -\sum_{i=1}^N \log p_{i,y_i}", "p_{i,y_i}", "Y_ik"),
        (r"net_j=\sum_i w_{ij}o_i,\; E=\frac12\sum_j(t_j-\varphi(net_j))^2", "w_{ij}", r"\text{net}"),
        (r"a^l = \sigma(W^l a^{l-1}), J = \|a\|^2", "a^l", "a^{(l)}"),
        (r"\max_i x_i", r"\max_i", r"\max(x)"),
        (r"z_k = \sum_j w_{kj} x_j + w_{k0}, \quad J = \sum_k z_k", "w_{k0}", "b_k"),
        (r"\sum_{ijk} T_{ijk} x_i x_j x_k", "T_{ijk}", "3 indices"),
    ],
)
def test_what_indices_cannot_say_is_refused_with_what_to_write(text: str, offending: str, says: str) -> None:
    error = read(text).error
    assert isinstance(error, MatcalcError)
    assert (error.text, says in error.hint + error.message) == (offending, True)


def test_a_layer_above_and_indices_below() -> None:
    text = r"a^{(2)}_j = \tanh(\sum_i W^{(1)}_{ji} x_i), \quad J = \sum_j a^{(2)}_j"
    plain = "W1: n x d; x: d; a2 = tanh(W1 x); J = sum(a2)"
    assert parse(text, ["W1: n x d", "x: d"]).objective == parse(plain).objective
    assert _names(r"\mathbf W^{(1)}_{xh} x") == {"W1_xh", "x"}


def test_a_matrix_that_is_its_transpose_is_symmetric() -> None:
    program = parse(r"f(x) = x^TAx \text{ with } A = A^T")
    assert program.symbol("A").attributes == {"symmetric"}
    assert parse(r"\min_{x \in \mathbb{R}^n} \|Ax-b\|^2").asked == ("x",)


def test_ranges_of_sums_are_written_in_several_ways() -> None:
    for below in (r"i=1", r"1 \le i \le n", r"i = 1, \dots, n", r"i=1}^{n"):
        assert parse(rf"\sum_{{{below}}} x_i^2").inputs[0].shape[1] == 1
    assert parse(r"\sum_{1\leq i, j\leq n} A_{ij}").inputs[0].shape == ("n", "n")


@pytest.mark.parametrize("text", [r"x^T\mathbf{x}", r"{AX}^\top : X", r"$|X|^2$", r"\log X w", r"\|A - \vec{A}\|"])
def test_what_is_not_clear_is_asked(text: str) -> None:
    with pytest.raises(AmbiguousError) as asked:
        matcalc.derive(text, "X", verify=False)
    assert len(asked.value.readings) == 2


@pytest.mark.parametrize(
    ("text", "offending", "kind"),
    [
        (r"x^Tx + \foo{x}", r"\foo", ParseError),
        (r"x^T x + \frac{1}{2", "{", ParseError),
        (r"\left( x^T x", r"\left(", ParseError),
        (r"\begin{cases} x & x > 0 \end{cases}", r"\begin", UnsupportedError),
        (r"x^T x + \dots", r"\dots", UnsupportedError),
        (r"\int x", r"\int", UnsupportedError),
        (r"\def\a{\a\a} \a", r"\a", UnsupportedError),
        (r"\|W^{(l)} x\|^2", r"W^{(l)}", ParseError),
        (r"\mathbb{E}[x]", r"\mathbb{E}", UnsupportedError),
        (r"$x^Tx", "$", ParseError),
        (r"x^{*T} x", "", MatcalcError),
        (r"\log", r"\log", ParseError),
    ],
)
def test_errors_stand_in_what_was_typed(text: str, offending: str, kind: type[MatcalcError]) -> None:
    with pytest.raises(kind) as error:
        matcalc.derive(text, "x", verify=False)
    assert error.value.line == 1
    assert (error.value.text or "").startswith(offending[:1])


@pytest.mark.parametrize(
    "text",
    [
        r"\left(" * 2000 + "x" + r"\right)" * 2000,
        "{" * 2000 + "x" + "}" * 2000,
        r"\frac{1}{" * 2000 + "x" + "}" * 2000,
        r"\sqrt{" * 2000 + "x" + "}" * 2000,
        "x^{" * 2000 + "2" + "}" * 2000,
        r"\frac{\partial " * 500 + "x" + r"}{\partial x}" * 500,
        r"\log " * 3000 + "x",
        r"\langle " * 1000 + "x" + r", x\rangle" * 1000,
        "x + " * 3000 + r"\alpha",
        r"\hat{" * 2000 + "x" + "}" * 2000,
        r"\text{" * 2000 + "x" + "}" * 2000,
        "$" * 3001,
        "\\",
        "^", "_", "x^", "x_", "&", r"\\", r"\begin", r"\begin{", r"\end{align}",
        r"\frac", r"\frac1", r"\left", r"\sum_", r"\hat", "$$", r"\[", "#1$",
    ],
)  # fmt: skip
def test_no_text_ends_in_anything_but_an_error_of_matcalc(text: str) -> None:
    read(text + " \\,")


@pytest.mark.parametrize(
    "part",
    [
        ", x",
        r"\quad ",
        r"\frac{1}{",
        "{",
        r"+ \mathbf{AB}^T",
        "` ",
        "$x$ ",
        r"\sum_{r=0}^{2} A^{r} B A^{2-r} + ",
        r"\\ & + x",
    ],
)
def test_long_latex_is_read_in_proportion_to_its_length(part: str) -> None:
    def work(times: int) -> int:
        opened = part.count("{") - part.count("}")
        return calls(lambda: read(r"\alpha " + part * times + "x" + "}" * (opened * times)))

    work(2)
    assert work(300) < 2.6 * work(150)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (r"\|x\|_p^p", r"write \sum_i |x_i|^p"),
        (r"\|x\|_4^{4}", r"write \sum_i |x_i|^4"),
        (r"\|x\|_4", r"write \left(\sum_i |x_i|^4\right)^{1/4}"),
        (r"\|x\|_4^2", r"write \left(\sum_i |x_i|^4\right)^{1/4}"),
    ],
)
def test_a_norm_that_is_not_read_says_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(matcalc.MatcalcError) as found:
        matcalc.parse(text)
    assert found.value.hint == hint
