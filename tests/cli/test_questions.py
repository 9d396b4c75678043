r"""Questions as they are pasted: Markdown and LaTeX files, with \tag, several formulas, and ∂L/∂W in their words.

What is read is compared with the loss as it was meant, in NumPy, by finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc.cli import run
from matcalc.errors import MatcalcError
from matcalc.expr import Symbol
from matcalc.syntax import parse_expression

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
RNG = np.random.default_rng(9)
Values = Mapping[str, Any]


def drawn(**shapes: tuple[int, ...]) -> dict[str, Any]:
    return {name: RNG.normal(size=shape) for name, shape in shapes.items()}


def squares(a: Any) -> float:
    return float(np.sum(np.asarray(a) ** 2))


def ridge(v: Values) -> float:
    samples = sum((v["y"][i] - v["w"] @ v["X"][i]) ** 2 for i in range(4))
    return float(samples / 8 + v["lambda"] / 2 * squares(v["w"]))


def by_indices(v: Values) -> float:
    h = [np.sin(sum(v["v"][j, i] * v["x"][i] for i in range(4)) + v["c"][j]) for j in range(3)]
    o = [np.sin(sum(v["w"][k, j] * h[j] for j in range(3)) + v["b"][k]) for k in range(2)]
    return float(sum((v["t"][k] - o[k]) ** 2 for k in range(2)) / 2)


def hidden_layer(v: Values) -> float:
    return squares(v["W2"] @ np.tanh(v["W1"] @ v["x"] + v["b1"]) + v["b2"] - v["y"]) / 2


def softmax(v: Values) -> float:
    p = np.exp(v["z"]) / np.exp(v["z"]).sum()
    return float(-(v["y"] * np.log(p)).sum())


def least_squares(v: Values) -> float:
    return squares(v["X"] @ v["w"] - v["y"])


QUESTIONS: dict[str, tuple[Callable[[Values], float], dict[str, Any], list[str]]] = {
    "matrix_instead_of_sum.md": (ridge, drawn(X=(4, 3), y=(4,), w=(3,)) | {"lambda": 0.6}, ["w"]),
    "backpropagation_by_indices.tex": (
        by_indices,
        drawn(t=(2,), w=(2, 3), b=(2,), v=(3, 4), x=(4,), c=(3,)),
        ["w", "v"],
    ),
    "hidden_layer.md": (
        hidden_layer,
        drawn(W1=(3, 4), x=(4,), b1=(3,), W2=(2, 3), b2=(2,), y=(2,)),
        ["W2", "W1", "b1"],
    ),
    "softmax_by_indices.md": (softmax, drawn(z=(4,), y=(4,)), ["z"]),
}


def slopes(loss: Callable[[Values], float], at: Values, name: str) -> Any:
    value = np.asarray(at[name], float)
    found = np.zeros_like(value)
    for place in np.ndindex(value.shape):
        step = np.zeros_like(value)
        step[place] = 1e-6
        found[place] = (loss({**at, name: value + step}) - loss({**at, name: value - step})) / 2e-6
    return found


def right(text: str, loss: Callable[[Values], float], at: Values, asked: list[str]) -> None:
    program = matcalc.parse(text)
    assert list(program.asked) == asked
    found = matcalc.derive(text, asked, verify=False)
    functions = {"f": (np.sin, np.cos)} if program.functions else None
    for name in asked:
        gradient = np.asarray(found.expanded(name).evaluate(at, functions=functions))
        np.testing.assert_allclose(gradient, slopes(loss, at, name), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_is_answered_as_it_stands(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    loss, at, asked = QUESTIONS[name]
    right((EXAMPLES / name).read_text("utf-8"), loss, at, asked)
    assert run(["derive", str(EXAMPLES / name)]) == 0
    said = capsys.readouterr().out
    assert said.count("\nVerification\n") == 1
    assert "proved" in said.partition("\nVerification\n")[2]


def test_every_question_among_the_examples_is_tested() -> None:
    assert {file.name for file in EXAMPLES.iterdir() if file.suffix in (".md", ".tex")} == set(QUESTIONS)


AT = drawn(X=(4, 3), w=(3,), y=(4,))
PAGES = {
    "lines of Windows": "Let $w\\in\\mathbb R^d$.\r\n\r\n$$\r\nJ = \\|Xw - y\\|^2 \\tag{1}\r\n$$\r\nby ∂J/∂w\r\n",
    "two formulas": "$$ a = Xw $$\n\nthen\n\n$$ J = \\|a - y\\|^2, \\qquad (2) $$\n\nby ∂J/∂w\n",
    "a list": "1. $z = Xw$\n2. $J = \\|z-y\\|^2$\n3. $\\frac{\\partial J}{\\partial w}$\n",
    "a citation": "> $$J = \\|Xw-y\\|^2$$\n> where $X\\in\\mathbb{R}^{n\\times d}$. $\\nabla_w J$?\n",
    "code": "```sh\necho $HOME\n```\nand `$x`, 100% sure:\n$$J=\\|Xw-y\\|^2$$\n<!-- a $ -->\nby ∂J/∂w\n",
    "prices": "It costs $5 and $6. The loss is $$\\min_w \\|Xw-y\\|^2$$",
    "a document": (
        "\\documentclass{article}\n\\newcommand{\\n}[1]{\\lVert#1\\rVert}\n\\begin{document}\n% no $ here\n"
        "\\begin{equation*}\\begin{split}\nJ &= \\n{Xw - y}^2 \\\\\n&\\quad + 2 \\n{w}^2 \\\\ &\\phantom{=} - 2 w^Tw\n"
        "\\end{split}\\end{equation*}\nWhat is $\\partial J/\\partial w$?\n\\end{document}"
    ),
    "the order of a page": (
        "$$J=\\tfrac11\\|r\\|^2,$$ where $$r = Xw - y.$$ I get $$\\frac{\\partial J}{\\partial w} = 3X^Tr$$"
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_read_as_its_writer_meant_it(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right(PAGES[name], least_squares, AT, ["w"])
    for ending in ("md", "tex"):
        file = tmp_path / f"page.{ending}"
        file.write_bytes(b"\xef\xbb\xbf" + PAGES[name].encode())
        assert run(["derive", str(file), "--no-verify", "--format", "latex"]) == 0
        assert r"\frac{\partial J}{\partial w}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("The loss is\n$$\nJ = \\|Xw - y^2\n$$\n", 3, 5, "never closed"),
        ("The loss is\n\n$J = \\foo{Xw}$, is it?\n", 3, 6, r"\foo is not read"),
        ("The loss is $J=\\|Xw-y\\|^2 and more\n", 1, 13, "no partner"),
        ("\\documentclass{article}\n\\begin{document}\nNothing.\n\\end{document}", 1, 1, "no formula"),
        ("First $$\\|Xw-y\\|^2$$ and second $$\\|Aw-b\\|^2$$", 1, 1, "may be read in two ways"),
    ],
)
def test_mistake_is_shown_in_the_file(
    text: str, line: int, column: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MatcalcError) as error:
        matcalc.parse(text)
    assert (error.value.line, error.value.column) == (line, column)
    file = tmp_path / "question.md"
    file.write_text(text, "utf-8")
    assert run(["derive", str(file), "--wrt", "w"]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert str(file) in said
    assert "Traceback" not in said


def test_words_before_an_objective_name_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("min_w ‖X w - y‖^2", r"\arg\min_w \|Xw - y\|^2", r"\nabla_w \|Xw - y\|^2"):
        assert run(["derive", text, "--no-verify", "--no-steps"]) == 0
        assert "dJ/dw = 2 X'(X w - y)" in capsys.readouterr().out


LONG = [
    "J = " + " + ".join([r"\alpha x^Tx"] * 830),
    r"\alpha + x^" + "{" * 2000 + "2" + "}" * 2000,
    r"\left(" * 2000 + r"\alpha" + r"\right)" * 2000,
    "(" * 2000 + r"\alpha" + ")" * 2000,
    r"\|" * 2000 + r"\alpha" + r"\|" * 2000,
    r"\alpha \quad " * 700,
    r"\begin{align}" + r"J &= \alpha \\ &\quad " * 450 + r"\end{align}",
    "`" * 9000 + r"$\alpha$",
    "` `` ``` ~~~~ <!-- " * 500 + r"$\alpha$",
    r"$\sum_{r=0}^{k-1}" * 500 + r"\alpha$",
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_long_text_ends(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", text, "--wrt", "alpha", "--no-verify", "--no-steps"]) in (0, 2, 3)
    assert "Traceback" not in capsys.readouterr().err
    try:
        assert parse_expression(text, {"alpha": Symbol("alpha", (1, 1)), "x": Symbol("x", ("n", 1))}).shape
    except MatcalcError as error:
        assert error.hint or error.message
