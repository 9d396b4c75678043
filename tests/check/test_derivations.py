"""A derivation is judged line by line: right lines, the first wrong one, those that follow from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from increments_reader import NumericDerivation
from second_parser import Mismatch
from selection import some

import matcalc
from matcalc import Expr
from matcalc.api import displays
from matcalc.check.judged import Judge
from matcalc.check.parted import problem
from matcalc.check.stepwise import Stepwise, judged_steps
from matcalc.cli import run
from tests.derivations import (
    BIASED,
    CASES,
    COLUMNS,
    INVERSE,
    LAYERS,
    LEAST,
    LOGDET,
    NET,
    NEURON,
    QUADRATIC,
    RIDGE,
    ROOT,
    TRACES,
    WrittenCase,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARKS = {"right": "r", "wrong": "w", "follows": "f", "defines": "d", "skipped": "s", "unreadable": "u"}


def marks(report: matcalc.DerivationReport, count: int) -> str:
    """The worst mark of every line."""
    found = ["."] * count
    for line in report.lines:
        mark = MARKS[line.status]
        found[line.number - 1] = max(found[line.number - 1], mark, key=".srdfuw".index)
    return "".join(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_line_is_judged_as_by_hand(case: WrittenCase) -> None:
    report = matcalc.check_derivation(case.source, case.text)
    expected = "".join(mark for mark, _ in case.lines)
    assert marks(report, len(case.lines)) == expected, str(report)
    first = expected.find("w") + 1 or None
    assert report.first_bad == first
    assert report.ok == (first is None and "u" not in expected)


SIZES = {
    LAYERS: {"A3": (5, 2), "W3": (2, 3), "W4": (3, 4), "R": (5, 4)},
    NET: {"X": (5, 2), "W1": (2, 3), "W2": (3, 4), "Y": (5, 4)},
    LEAST: {"X": (5, 3), "w": (3, 1), "y": (5, 1)},
    RIDGE: {"X": (5, 3), "w": (3, 1), "y": (5, 1), "lam": (1, 1)},
    QUADRATIC: {"x": (3, 1), "A": (3, 3)},
    TRACES: {"W": (4, 3), "A": (4, 4), "B": (3, 3)},
    INVERSE: {"X": (3, 3), "a": (3, 1), "b": (3, 1)},
    LOGDET: {"X": (3, 3)},
    ROOT: {"w": (3, 1)},
    NEURON: {"w": (3, 1), "x": (3, 1), "b": (1, 1), "y": (1, 1)},
    COLUMNS: {"W1": (3, 2), "W2": (4, 3), "x": (2, 1), "y": (4, 1)},
    BIASED: {"X": (5, 2), "W": (2, 3), "b": (3, 1), "Y": (5, 3)},
    "Z = X W; J = ||Z - Y||^2; Y: n x k": {"X": (5, 2), "W": (2, 3), "Y": (5, 3)},
    "A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R; W4: h x h": {
        "A3": (5, 2), "W3": (2, 3), "W4": (3, 3), "R": (5, 3),
    },
}  # fmt: skip
WORDS = re.compile(r"\s*(?:\([a-z ]+\)|, since .*)$|^(?:so|hence) ")


@pytest.mark.parametrize("case", [case for case in CASES if "Σ" not in case.text], ids=lambda case: case.name)
def test_the_marks_hold_in_numbers(case: WrittenCase) -> None:
    """What is marked right holds by finite differences, and what is marked wrong does not, or does not conform."""
    numbers = NumericDerivation(case.source, SIZES[case.source], case.varying)
    left, as_code = "", case.name == "as programs call gradients"
    for mark, line in case.lines:
        sides = [side.strip() for side in re.split(r"(?<![<>])=", WORDS.sub("", line))]
        if len(sides) == 1 or mark in "su":
            continue
        left = sides[0] or left
        if "w" not in mark and (mark == "d" or left.startswith("delta") or left == "D2" or as_code):
            numbers.own[left] = numbers.value(sides[1])
            if mark != "d":
                left = {"dZ": "dJ/dZ", "dW": "dJ/dW"}.get(left, left)
            if left[:2] != "dJ":
                continue
        for side in sides[1:]:
            assert agrees(numbers, left, side) == (mark == "r"), (line, mark)


def agrees(numbers: NumericDerivation, left: str, right: str) -> bool:
    try:
        one = numbers.value(left)
        if right.startswith("1 d"):  # the length of 1 follows from the left side
            numbers.own["none"] = 0 * one
            right += " + none"
        two = numbers.value(right)
    except Mismatch:
        return False
    return one.shape == two.shape and bool(np.allclose(one, two, rtol=1e-5, atol=1e-6))


# ------------------------------------------------------------------------------- what matcalc derives is a derivation

PRINTED = [
    ("A4 = A3 W3; A5 = A4 W4; given dE/dA5 = A5 - R", "W3"),
    ("J = sum((y - f(f(X W1) W2))^2)", "W1"),
    ("J = logdet(X)", "X"),
    ("J = tr(X'A X B)", "X"),
    ("J = x'A x; A: n x n symmetric", "x"),
    ("Xhat = X W W'; J = ||Xhat - X||^2", "W"),
    ("Z = X W + 1 b'; J = -sum(Y .* log(softmax(Z))); Y: n x k", "b"),
    ("h = sigmoid(X w); J = -(y'log(h) + (1 - y)'log(1 - h)); X: n x d", "w"),
]
PROJECTED = {"procrustes.mc"}  # projected on the orthogonal matrices, which is no equality


def printed(found: matcalc.Derivation, latex: bool) -> str:
    """Every rewriting of a derivation as a line, as LaTeX in an align."""
    lines: list[str] = []
    for section in found.record.sections:
        for n, step in enumerate(section.steps if section.kind != "sums" else ()):
            before, after = (Expr(node) for node in (step.before, step.after))
            left = "" if n else f"{before.latex() if latex else before} "
            lines.append(f"{left}= {after.latex() if latex else after}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}" if latex else "\n".join(lines)


def accepted(program: str | matcalc.Program, wrt: list[str], latex: bool) -> None:
    found = matcalc.derive(program, wrt, verify=False)
    report = matcalc.check_derivation(program, printed(found, latex), time_limit=200.0)
    assert {line.status for line in report.lines} <= {"right", "defines"}, str(report)
    assert len(report.lines) > 2


@pytest.mark.parametrize("latex", [False, True])
@pytest.mark.parametrize(("source", "wrt"), some(PRINTED, len(PRINTED) // 2))
def test_what_matcalc_derives_is_right(source: str, wrt: str, latex: bool) -> None:
    accepted(source, [wrt], latex)


@pytest.mark.parametrize("file", sorted(p for p in EXAMPLES.iterdir() if p.suffix in (".mc", ".md", ".tex")))
def test_the_examples_derivations_are_right(file: Path, fuzz: bool) -> None:
    program = matcalc.parse(file.read_text("utf-8"))
    if not fuzz or program.family is not None or file.name in PROJECTED:
        pytest.skip("with --fuzz; layers are not checked line by line")
    asked = re.findall(r"--wrt (\w+)", program.source.split("\n")[0]) or [program.inputs[0].name]
    for latex in (False, True):
        accepted(program, asked, latex)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_verdict_depends_on_the_points(case: WrittenCase, fuzz: bool) -> None:
    if not fuzz:
        pytest.skip("with --fuzz")
    program, text = problem(case.source, case.text)
    found = {
        tuple(step.status for step in judged_steps(Stepwise(program, text, Judge(seed=seed)))) for seed in range(20)
    }
    assert len(found) == 1


# ---------------------------------------------------------------------------------------------------------- the mistake

WRONG = [case for case in CASES if case.kind]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_the_first_mistake_is_named(case: WrittenCase) -> None:
    first = matcalc.check_derivation(case.source, case.text).bad[0]
    assert first.kind == case.kind, first
    start, end = first.span
    assert first.message
    assert case.text[start:end].strip()
    assert case.text.count("\n", 0, start) + 1 == first.number


def test_how_a_line_should_read_and_why() -> None:
    case = next(case for case in CASES if case.name == "the factor on the wrong side")
    report = matcalc.check_derivation(case.source, case.text)
    (bad,) = report.bad
    assert bad.should == "dE = G W4' : dA4"
    assert "G : dA4 W4 = G W4' : dA4: W4 stands to the right of dA4, so W4' goes to the right" in bad.message
    assert case.text[slice(*bad.span)] == "W4' G"
    assert [line.since for line in report.lines if line.status == "follows"] == [3, 3]


@pytest.mark.parametrize(
    ("text", "should"),
    [
        ("dJ/dW1 = X (((y - f(f(X W1) W2)) .* f'(f(X W1) W2)) W2' .* f'(X W1))",
         "2 X'((((f(f(X W1) W2) - y) ⊙ f'(f(X W1) W2)) W2') ⊙ f'(X W1))"),
        ("e = y - f(f(X W1) W2)\ndJ = 2 e : de\ndJ/dW1 = X (((e .* f'(f(X W1) W2)) W2') .* f'(X W1))",
         "-2 X'(((e ⊙ f'(f(X W1) W2)) W2') ⊙ f'(X W1))"),
        ("dJ/dW1 = 2 X ((yhat - y) .* f'(z2)) W2' .* f'(Z1)", "2 X'((((yhat - y) ⊙ f'(z2)) W2') ⊙ f'(Z1))"),
        ("a = X W1\nb = f(a) W2\ndJ/dW1 = X (((f(b) - y) .* f'(b)) W2' .* f'(a))",
         "2 X'((((f(b) - y) ⊙ f'(b)) W2') ⊙ f'(a))"),
    ],
)  # fmt: skip
def test_a_line_should_read_in_names_that_its_writer_knows(text: str, should: str) -> None:
    report = matcalc.check_derivation("J = sum((y - f(f(X W1) W2))^2)", text)
    assert report.bad[-1].should == f"dJ/dW1 = {should}"
    right = text.splitlines()[:-1]
    assert matcalc.check_derivation("J = sum((y - f(f(X W1) W2))^2)", "\n".join([*right, report.bad[-1].should])).ok


def test_a_line_with_increments_gets_a_counterexample() -> None:
    (bad,) = matcalc.check_derivation("x: 2; J = sum(tanh(x))", "dJ = (x .* x)' d(x .* x)").bad
    value, right, a, b, da, db = (float(n) for n in re.findall(r"-?\d+\.\d+", bad.message))
    assert np.isclose(value, a**2 * 2 * a * da + b**2 * 2 * b * db, rtol=1e-3)
    assert np.isclose(right, da / np.cosh(a) ** 2 + db / np.cosh(b) ** 2, rtol=1e-3)


@pytest.mark.parametrize("case", some(WRONG, len(WRONG) // 2, [case.name for case in WRONG]))
def test_what_a_line_should_read_is_right(case: WrittenCase) -> None:
    """The correction, put in the place of the line, is judged right."""
    bad = matcalc.check_derivation(case.source, case.text).bad[0]
    lines = case.text.split("\n")
    lines[bad.number - 1] = bad.should
    again = matcalc.check_derivation(case.source, "\n".join(lines[: bad.number]))
    assert again.first_bad is None, again
    assert again.lines[-1].status in ("right", "defines")


# --------------------------------------------------------------------------------------------------- as texts are typed

SQUARES = "J = ||X w - y||^2; X: n x d; y: n"
ACTIVATED = "X: n x d; R: n x k; A1 = f(X W1); A2 = f(A1 W2); given dE/dA2 = A2 - R"
RIDGED = "J = 1/2 ||y - X w||^2 + lam/2 ||w||^2"
RESIDUALS = "J = ||X W - Y||^2"
FACTORS = "J = ||A - W H||^2"
TEXTS: list[tuple[str, str, str]] = [
    # The source, the text, and the status of every formula by its first letter, in order.
    (
        SQUARES,
        "# Least squares\n\nWe start from $J = \\lVert Xw - y \\rVert^2$. Its differential is\n\n"
        "$$\\mathrm{d}J = 2 (Xw - y)^\\top X\\,\\mathrm{d}w.$$\n\nTherefore\n$$\n"
        "\\nabla_w J = 2 X^\\top (Xw - y).\n$$\n",
        "rrr",
    ),
    (
        LAYERS,
        "\\begin{align*}\n\\mathrm{d}E &= (A_5 - R) : \\mathrm{d}A_5 && \\text{definition}\\\\\n"
        "&= W_4^\\top (A_5 - R) : \\mathrm{d}A_4 \\tag{2}\\\\\n&= A_3^\\top W_4^\\top (A_5 - R) : \\mathrm{d}W_3\n"
        "\\end{align*}\nHence $\\frac{\\partial E}{\\partial W_3} = A_3^\\top W_4^\\top (A_5 - R)$.",
        "rwff",
    ),
    (COLUMNS, r"$\frac{\partial J}{\partial W_1} = \frac{\partial J}{\partial z_1} x^\top$", "r"),
    (COLUMNS, r"$\frac{dJ}{dz_2} = z_2 - y$, so $\frac{dJ}{dW_2} = (z_2 - y) a_1^T$", "wf"),
    (SQUARES, "Let e = X w - y. Then J = e'e, so dJ = 2 e'de = 2 e'X dw and dJ/dw = 2 X'e.", "drrrr"),
    (SQUARES, "e = X w - y\nde = dw X\ndJ = 2 e' X dw\n∇J = 2 X' e", "dwrr"),
    (SQUARES, "1. dJ = 2 (X w - y)'X dw      (1)\n2. dJ/dw = X'(X w - y)        (2)", "rw"),
    (SQUARES, "- dJ = 2 (X w - y)'X dw\n- ⇒ dJ/dw = 2 X'(X w - y)", "rr"),
    (SQUARES, "dL = 2 (X w - y)'X dw  # the product rule\ndL/dw = 2 X'(X w - y)", "rr"),
    (SQUARES, "dJ = 2 (X w - y)'\n     X dw", "r"),
    (SQUARES, "dJ/dw = 0\nso X'X w = X'y\nw = inv(X'X) X'y", "srr"),
    (RIDGED, "dJ/dw = X'(X w - y) + lam w\nX'(X w - y) + lam w = 0\n(X'X + lam I) w = X' y\n"
     "w = inv(X'X + lam I) X' y", "rrrr"),
    (RIDGED, "dJ/dw = X'(X w - y) + lam w\nX'(X w - y) + lam w = 0\n(X'X - lam I) w = X' y", "rrw"),
    (RIDGED, "dJ/dw = X'(X w - y) + lam w\nSetting it to zero: (X'X + lam I) w = X'y", "rr"),
    (RIDGED, "dJ/dw = X'(X w - y) + lam w\n0 = X'(X w - y) + lam w\n0 = X'X w - lam w - X'y", "rrw"),
    (RIDGED, "dJ/dw = X'(X w - y) + lam w = 0\nw = inv(X'X - lam I) X'y", "rsw"),
    (RESIDUALS, "dJ/dW = 2 X'(X W - Y) = 0\nX'X W = X'Y\nW = inv(X) Y", "rsrw"),
    (SQUARES, "d^2 J = 2 dw'X'X dw", "s"),
    ("Y = A X B", "vec(dY) = vec(A dX B) = (B' ⊗ A) vec(dX)", "rr"),
    ("Y = A X B", "dY = A dX B\nvec(dY) = (B ⊗ A) vec(dX)", "rw"),
    ("Z = X W; J = tr(Z'Z)", "dZ/dW = X", "s"),
    (FACTORS, "R = A - W H\ndJ = 2 R : dR\n = -2 R : dW H   (H fixed)\n = -2 R H' : dW\ndJ/dW = -2 R H'\n"
     "dJ = -2 R : W dH\n = -2 W' R : dH\ndJ/dH = -2 W'R", "drrrrrrr"),
    (FACTORS, "R = A - W H\ndJ = -2 R : (dW H + W dH)\n = -2 R H' : dW\ndJ/dW = -2 R H'\ndJ/dH = -2 W' R", "drwrr"),
    ("p = softmax(z); J = -y'log(p); z, y: k",
     "dJ = -(y ./ p)'dp\ndp = p .* (1 - p) .* dz\ndJ/dz = -y .* (1 - p)", "rwf"),
    ("J = det(X); X: n x n", "dJ = det(X) tr(X^-1 dX)\n = det(X) X^-1 : dX\ndJ/dX = det(X) X^-1", "rwf"),
    # What a text defines is not the objective, whatever it is called, unless it is equal to it.
    (RESIDUALS, "E = X W - Y\nJ = tr(E'E)\ndE = X dW\ndJ = 2 tr(E' dE)\n= 2 tr(E' X dW)\ndJ/dW = 2 X' E", "drrrrr"),
    (RESIDUALS, "Let C = X W - Y. Then J = tr(C'C), and dJ/dW = X' C.", "drw"),
    (RESIDUALS, "1. J = ||F||^2 with F = X W - Y\n2. dJ/dF = 2 F\n3. dJ/dW = X' dJ/dF", "rdrr"),
    (RESIDUALS, r"$\mathrm{d}L = X\,\mathrm{d}W$ for $L = XW - Y$, so $\nabla_W J = 2 X^\top L$", "rdr"),
    ("L = ||X W - Y||^2", "E = X W - Y\ndL = 2 E : dE\ndL/dW = 2 X' E", "drr"),
    (SQUARES, "loss = X w - y\nJ = loss'loss\ndJ/dw = X' loss", "drw"),
    (RESIDUALS, "E = tr((X W - Y)'(X W - Y))\ndE = 2 (X W - Y) : X dW\ndE/dW = X'(X W - Y)", "rrw"),
    (RESIDUALS, "E = ||X W - Y||\ndE/dW = 2 X'(X W - Y)", "wr"),
    (RESIDUALS, "J = tr((XW - Y)'(XW - Y))\ndJ = 2 tr((XW - Y)' X dW)\ndJ/dW = 2X'(XW + Y)", "rrw"),
    # Names that are sizes in the program.
    (RESIDUALS, "d = 2 (X W - Y)\ndJ = d : X dW\ndJ/dW = X' d\ndJ/dX = d W'", "drrr"),
    (RESIDUALS, "d = 2 (X W - Y)\ndJ/dW = X d", "dw"),
    (RESIDUALS, "h = X W - Y\ndh = X dW\ndJ/dW = 2 X' h\ndJ/dW = X' h", "drrw"),
    (RESIDUALS, r"$n = 2 (XW - Y)$, so $\frac{dJ}{dW} = X^T n$", "dr"),
    (RESIDUALS, "vec(dJ) = 2 vec(X W - Y)' (I ⊗ X) vec(dW)\nvec(dJ) = 2 vec(X W - Y)' (X ⊗ I) vec(dW)", "rw"),
    # A gradient that does not say by what.
    (RIDGE, "∇J = 2 X'(X w - y) + 2 lam w", "r"),
    (RIDGE, r"\nabla J = 2X^\top(Xw - y) - 2\lambda w", "w"),
    (RIDGE, "r = y - X w\ndJ = 2 r' dr + 2 lam w'dw\n∇J = -2 X' r + 2 lam w", "drr"),
    # Z that nothing defines is what f is applied to, or the product; a line that has a value is judged.
    (ACTIVATED, "dE/dA2 = A2 - R\ndE/dZ2 = (A2 - R) .* f'(A2)\ndE/dW2 = A1' dE/dZ2", "rwr"),
    (ACTIVATED, "dE/dZ2 = (A2 - R) .* f'(Z2)\ndE/dW2 = A1' dE/dZ2\ndE/dA1 = dE/dZ2 W2'\ndE/dZ1 = dE/dA1 .* f'(X W1)\n"
     "dE/dW1 = X' dE/dZ1", "rrrrr"),
    (ACTIVATED, "dE/dZ2 = (A2 - R) .* f'(Z2)\ndE/dW2 = dE/dZ2 A1'", "rw"),
    (RESIDUALS, "dJ/dZ = 2 (Z - Y)\ndJ/dW = X' dJ/dZ", "rr"),
    (RESIDUALS, "dJ/dZ = 2 (X W + Y)\ndJ/dW = X' dJ/dZ", "wr"),
    (RESIDUALS, "dJ/dQ = 5 X\ndJ/dW = X' dJ/dQ", "uu"),
    ("X: n x d; Y: n x k; J = -sum(Y .* log(softmax(X W))) + sum(X)", "dJ/dZ = softmax(Z) * sum(Y) - Y", "w"),
    ("y: n; J = -y' log(sigmoid(X w)) - (1 - y)' log(1 - sigmoid(X w))",
     "dJ/dz = sigmoid(z) - y, z = X w\ndz/dw = X\ndJ/dw = X' (sigmoid(z) - y)", "rdrr"),
    ("J = 1/2 ||y - X w||^2", "r = X w - y\ndJ/dr = r\ndr/dw = X\ndJ/dw = dJ/dr dr/dw\n= X' r", "drrsr"),
    # d of a function is joined to its name: df(Z), dsigma(Z), dtanh(Z), where no function has the whole name.
    ("J = sum((y - f(f(X W1) W2))^2)",
     "e = y - f(f(X W1) W2)\ndJ = -2 e : df(f(X W1) W2)\n = -2 e .* f'(f(X W1) W2) : df(X W1) W2\n"
     " = -2 e .* f'(f(X W1) W2) : f'(X W1) .* (X dW1) W2\n = -2 (e .* f'(f(X W1) W2)) : df(X W1)", "drrrw"),
    ("J = sum(sigma(X w))", "dJ = sum(dsigma(X w)) = sum(sigma'(X w) .* X dw)", "rr"),
    ("J = sum(sigma(X w))", "dJ = sum(dsigma(X w)) = sum(sigma(X w) .* X dw)", "rw"),
    ("J = sum(tanh(X w))", "dJ = sum(dtanh(X w)) = sum((1 - tanh(X w).^2) .* X dw)", "rr"),
    # A wrong delta is the first bad line, whatever it is used for.
    (ACTIVATED, "δ2 = (A2 - R) ⊙ f'(A1 W2)\nδ1 = (δ2 W2') ⊙ f(X W1)\ndE/dW1 = X' δ1\ndE/dW2 = A1' δ2", "rwfr"),
    (ACTIVATED, "δ2 = (A2 - R) ⊙ f(A1 W2)\nδ1 = (δ2 W2') ⊙ f'(X W1)\ndE/dW2 = A1' δ2\ndE/dW1 = X' δ1", "wfff"),
    (ACTIVATED, "G = (A2 - R) ⊙ f(A1 W2)\ndE/dW2 = A1' G", "wf"),
    (ACTIVATED, "G = A2 - R\ndE/dW2 = A1' (G ⊙ f(A1 W2))", "dw"),
    (RESIDUALS, "D = X W - Y\ndJ/dW = X' D", "dw"),
    ("z = W x + b; a = relu(z); J = ||a - y||^2",
     "dJ = 2 (a - y)'da\n = 2 (a - y)'dz\n = 2 (a - y)'(dW x + db)\ndJ/dW = 2 (a - y) x'\ndJ/db = 2 (a - y)", "rwfff"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "expected"), TEXTS, ids=[f"{n}" for n in range(len(TEXTS))])
def test_texts_as_they_are_typed(source: str, text: str, expected: str) -> None:
    report = matcalc.check_derivation(source, text)
    assert "".join(MARKS[line.status] for line in report.lines) == expected, str(report)


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: case.name)
def test_one_text_may_have_the_program_too(case: WrittenCase) -> None:
    before = [part.strip() for part in case.source.split(";")]
    report = matcalc.check_derivation("\n".join([*before, "", case.text]))
    marked = "." * (len(before) + 1) + "".join(mark for mark, _ in case.lines)
    assert marks(report, len(marked)) == marked, str(report)
    assert report.first_bad == (marked.find("w") + 1 or None)


def test_a_definition_of_the_readers_own_is_no_objective() -> None:
    report = matcalc.check_derivation("z = X w\nJ = ||z - y||^2\ndelta = 2 (z - y)\ndJ/dw = X' delta")
    assert [line.status for line in report.lines] == ["defines", "right"]


HOSTILE = [
    "\x00\x01", "dJ =", "= 2 X'", "dJ/dw = nan", "dJ/dw = ((((2 X'(X w - y)", "dJ/dw = 1e400 X'(X w - y)",
    "dJ = d(d(J))", "dJ/dw = " + "(" * 3000 + "w" + ")" * 3000, "dJ = d", "d = d", "dd = dd", "d/d = d", "dJ/dJ = 1",
    "$", "$$", "\\frac{", "dJ/dw", "dJ = 'dw", "dJ == 2", "dJ = dw = dX", "dJ = Σ_i", "given", "given dJ/dw = 2",
    "a = b = a", "∂ = ∇", "dJ/dq = 2 X'(X w - y)",
    "dJ = 2 X\\", "\\begin{align}", "dX = dX", "e = e", "J = J", "dJ = J", "dJ = dlog", "x" * 30_000,
    "\n".join(["dJ/dw = 2 X'(X w - y)"] * 201), "dJ/dw = " + " + ".join(["X'X w"] * 300),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{n}" for n in range(len(HOSTILE))])
def test_nothing_that_may_be_typed_breaks_it(text: str) -> None:
    try:
        report = matcalc.check_derivation(SQUARES, text, time_limit=5.0)
    except matcalc.MatcalcError as error:
        assert error.message
        return
    for line in report.lines:
        assert line.status != "right" or text in ("dJ/dJ = 1", "dX = dX", "J = J", "d = d")
        if line.status == "unreadable":
            assert "^" in line.message
    assert json.loads(report.to_json())["first_bad"] == report.first_bad


@pytest.mark.parametrize("text", ["g = 2 X'(X w - y)", "d^2 J = 2 dw'X'X dw", "dJ = 2 Q dw"])
def test_where_nothing_is_judged_nothing_is_right(text: str) -> None:
    report = matcalc.check_derivation(SQUARES, text)
    assert (report.ok, report.judged, report.first_bad) == (False, False, None)
    assert run(["check", SQUARES, text]) == 2


def test_what_cannot_be_read_is_not_called_wrong() -> None:
    report = matcalc.check_derivation(SQUARES, "dJ = 2 (X w - y)'X dw\ndJ/dw = 2 Q (X w - y)")
    assert (report.ok, report.first_bad, len(report.unreadable)) == (False, None, 1)
    assert "dJ/dw = 2 Q (X w - y)\n" in report.lines[1].message
    assert "line 2, column 11" in report.lines[1].message
    assert "Could not be read: line 2" in str(report)


@pytest.mark.parametrize(
    ("formula", "should"),
    [
        ("2 X(X w - y) : dw", "dJ = 2 X'(X w - y) : dw"),
        ("2 (X w - y)' X' dw", "dJ = 2 (X w - y)' X dw"),
        ("2 (X (X w - y)) : dw", "dJ = 2 X'(X w - y) : dw"),
    ],
)
def test_what_does_not_conform_is_mended_in_the_form_of_its_writer(formula: str, should: str) -> None:
    found = matcalc.check_derivation("J = ||X w - y||^2", f"dJ = 2 (X w - y) : X dw\n= {formula}")
    assert found.bad[0].should == should


def test_how_a_line_should_read_is_short_and_in_the_names_of_the_problem() -> None:
    source = "Z = X W; P = softmax(Z); J = -sum(Y .* log(P))"
    for wrong in ("dJ = (P - Y) : dZ", "dJ = -Y : dZ + P : dZ"):
        found = matcalc.check_derivation(source, f"dJ = -Y : dP ./ P\n{wrong}")
        assert found.bad[0].should == "dJ = (P ⊙ (rowsum(Y) 𝟏') - Y) : dZ"


def test_formulas_in_a_message_are_code_on_a_page() -> None:
    found = matcalc.check_derivation("J = ||X w - y||^2", "dJ = 2 (X w - y) : X dw\n= 2 X(X w - y) : dw")
    html = displays.report(found)
    assert "`" in found.bad[0].message and "`" not in html
    assert "<code>X</code> must be <code>X&#x27;</code>" in html
