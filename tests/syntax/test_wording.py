"""Words before objectives, labels, functions without brackets, and names that are products without a blank."""

from __future__ import annotations

import pytest
from syntax.reading import refusal

from matcalc.errors import AmbiguousError
from matcalc.syntax import parse


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("minimize ‖X w - y‖^2", "‖X w - y‖^2"),
        ("maximise tr(W' S W)", "tr(W' S W)"),
        ("min_w ‖X w - y‖^2 + lam ‖w‖^2", "‖X w - y‖^2 + lam ‖w‖^2"),
        ("r = X w - y; arg min_w r' r", "r = X w - y; r' r"),
        ("r = X w - y (3)\nJ = r' r (4)", "r = X w - y\nJ = r' r"),
        ("x' A x  (12)", "x' A x"),
        ("d/dx x' A x", "x' A x"),
        ("J = d/dw (w' w)", "w' w"),
        ("grad_w ‖X w - y‖^2", "‖X w - y‖^2"),
        ("D_x (x' A x)", "x' A x"),
        ("loss: ‖X w - y‖^2", "‖X w - y‖^2"),
        ("Objective: L = ‖X w - y‖^2", "‖X w - y‖^2"),
        ("∥w∥²", "‖w‖^2"),
        (r"$x^TAx \quad (12)$", "x' A x"),
        (r"$J = x^TAx \; (12)$", "x' A x"),
        (r"\begin{align} r &= X w - y \qquad (3) \\ J &= r^Tr \qquad (4) \end{align}", "r = X w - y\nJ = r' r"),
        ("d/dw ‖X w - y‖^2", "‖X w - y‖^2"),
        ("∂/∂X tr(A X)", "tr(A X)"),
        ("∇_w ‖X w - y‖^2", "‖X w - y‖^2"),
        ("grad_w ‖X w - y‖^2", "‖X w - y‖^2"),
        ("grad x' A x", "x' A x"),
        ("the gradient of x' A x", "x' A x"),
        ("find the gradient of f(x) = x' A x with respect to x and A", "f = x' A x"),
        ("minimize over x: x' A x", "x' A x"),
        ("cross entropy L = -sum(y .* log(p))", "L = -sum(y .* log(p))"),
        ("k-means: ‖x - m‖^2", "‖x - m‖^2"),
        ("exercise 3: x' A x", "x' A x"),
        ("TD error: 1/2 (r - w' x)^2", "1/2 (r - w' x)^2"),
        ("S: (y - X b)'(y - X b)", "(y - X b)'(y - X b)"),
        ("J = ‖y - p‖^2 where p = X w", "p = X w; J = ‖y - p‖^2"),
        ("given a text: x' A x, A symmetric", "A: n x n symmetric; x' A x"),
        ("x' A x where A is a symmetric n x n matrix", "A: n x n symmetric; x' A x"),
        ("tr(A X B X'), A and B positive definite", "A: n x n pd; B: d x d pd; tr(A X B X')"),
        ("‖A x - b‖^2 -> min", "‖A x - b‖^2"),
        ("C: n x d; G: n x d; G : C", "C: n x d; G: n x d; G : C"),
        ("Tr[A X]", "tr(A X)"),
        ("exp{-x' x} + tr[X' X]", "exp(-x' x) + tr(X' X)"),
        ("|x|_1 + |A x|_2^2", "‖x‖_1 + ‖A x‖^2"),
        ("ln det X", "logdet(X)"),
        ("1/2 log det(X) + tr(X)", "1/2 logdet(X) + tr(X)"),
        ("2 tr A X B X' + tr C", "2 tr(A X B X') + tr(C)"),
        ("y: scalar; y log x", "y: scalar; y log(x)"),
        ("sum(exp X)", "sum(exp(X))"),
        ("Tr X'X", "tr(X' X)"),
        ("sin^2(x) + cos^2 x", "sin(x)^2 + cos(x)^2"),
        ("sum(tanh²(X w))", "sum(tanh(X w)^2)"),
        ("log^2 det X", "(logdet(X))^2"),
        ("Σ_i log Σ_j exp Z_ij", "Σ_i log(Σ_j exp(Z_ij))"),
        ("Σ_i y_i arctan x_i^2 + 1", "Σ_i y_i atan(x_i^2) + 1"),
        ("log Σ_i -x_i y_i + 2", "log(Σ_i -x_i y_i) + 2"),
    ],
)
def test_words_and_labels_are_left_out(typed: str, meant: str) -> None:
    assert parse(typed).objective.definition == parse(meant).objective.definition


@pytest.mark.parametrize(("text", "value"), [("s: scalar; -s (2)", "-s"), ("s: scalar; -s (0.5)", "-s 0.5")])
def test_a_whole_number_in_brackets_is_a_label_and_said_to_be_one(text: str, value: str) -> None:
    program = parse(text)
    assert program.objective.definition == parse(f"s: scalar; {value}").objective.definition
    assert [str(note) for note in program.notes if "label" in str(note)] == (
        ["(2) at the end of a line is left out as the label of a formula; a factor stands in front"][: value == "-s"]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the x' A x", "the is a word"),
        ("solve ‖A x - b‖^2", "solve is a word"),
        ("gradient of x' x w.r.t. x", "w.r.t. is a word"),
        ("x' x s.t. x > 0", "s.t. is a word"),
        ("x + ∇_w y", "∇ is not in the notation"),
        ("‖X‖_{2,1}", "adds the norms of the rows"),
        ("max_i x_i", "only sums run over an index"),
        ("w: d; X: n x d; mean(log(1 + exp(-Xw)))", "Xw is one name"),
        ("tr(X' AX)", "AX is one name"),
        ("x1^2 + x1x2", "x1x2 is one name"),
        ("H = relu(X W1); ‖HW2 - W2‖^2", "HW2 is one name"),
    ],
)
def test_a_word_or_a_joined_name_is_no_factor(text: str, said: str) -> None:
    assert said in str(refusal(text))


@pytest.mark.parametrize(
    "text",
    ["max(0, 1 - y(w' x + b))", "sum(log X w)", "sum(y * log(p))"],
)
def test_what_may_be_a_call_or_a_product_is_asked(text: str) -> None:
    with pytest.raises(AmbiguousError):
        parse(text)


@pytest.mark.parametrize(
    "typed",
    ["d/dx x' A x", "grad_x x' A x", "D_x (x' A x)", "min_x x' A x", "∂/∂x x' A x", "∇_x x' A x", "J(x) = x' A x"],
)
def test_what_is_differentiated_by_is_taken_from_the_words(typed: str) -> None:
    assert parse(typed).asked == ("x",)


def test_letters_that_are_declared_are_no_words() -> None:
    program = parse("x: scalar; d: scalar; dx: scalar; d/dx x^2")
    assert {s.name for s in program.inputs} == {"x", "d", "dx"}
    program = parse("loss, A: n x n; loss : A")
    assert {s.name for s in program.inputs} == {"loss", "A"}


def test_a_quotient_of_names_is_none() -> None:
    assert {s.name for s in parse("J = d/dx + 1").inputs} == {"d", "dx"}


def test_a_word_that_is_declared_is_a_name() -> None:
    assert {s.name for s in parse("grad: n; x: n; grad' x").inputs} == {"grad", "x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("xy + y^2", "xy is one name; the product is written x y"),
        ("tr(XY)", "XY is one name; the product is written X Y"),
        ("xTAx", "xTAx is one name; the product is written x' A x"),
        ("A: n x n; x: n; x' exp(A) x", "exp(A) is taken entry by entry; the matrix exponential is expm(A)"),
        ("A, B: n x n; C: n x n; sum(A log(B) C)", "log(B) is taken entry by entry; the matrix logarithm is logm(B)"),
    ],
)
def test_a_reading_that_may_not_be_meant_is_noted(text: str, said: str) -> None:
    assert said in map(str, parse(text).notes)


@pytest.mark.parametrize("text", ["dx: n; x: n; dx' x", "x: n; bx: n; ‖x - bx‖^2", "s: scalar; x' x exp(s)"])
def test_a_usual_name_is_not_noted(text: str) -> None:
    assert not any("one name" in str(note) or "entry by entry" in str(note) for note in parse(text).notes)
