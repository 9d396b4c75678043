"""What a reader is told: without the answer, without shapes, in a teacher's own words."""

from __future__ import annotations

import json

import pytest

import matcalc
from matcalc.check.verdict import ABOUT, in_words, shapeless
from matcalc.cli import run

RIDGE = "J = ||X w - y||^2"
WRONG = ["2 X (X w - y)", "X'(X w - y)", "2 X'(X w - y) y'", "2 (X w - y)", "2 X'(X w + y)", "2 X' X w", "2 X'(X w"]


@pytest.mark.parametrize("answer", WRONG)
def test_no_shape_is_told(answer: str) -> None:
    told = matcalc.check(RIDGE, "w", answer).without_shapes()
    for text in (told.said, told.rule, told.hint(2), told.hint(3)):
        assert not any(word in text for word in ("×", "row", "column", "1-D")), text
    assert told.kind == matcalc.check(RIDGE, "w", answer).kind


@pytest.mark.parametrize("answer", WRONG)
def test_no_answer_is_told(answer: str) -> None:
    told = matcalc.check(RIDGE, "w", answer).without_answer()
    assert not any("2 X'(X w - y)" in text for text in (told.said, told.rule, told.hint(3))) and not told.repaired


def test_a_message_without_shapes_stays() -> None:
    assert shapeless("sign", "the answer is the negative") == "the answer is the negative"
    assert shapeless("hadamard", "A is n×d") == ABOUT["hadamard"]
    assert shapeless("shape", "A is n×d") == "The formula does not conform"


def test_a_teachers_own_words() -> None:
    words = {"matrix": "operator", "entry": "coefficient", "operator": "map"}
    assert in_words("a matrix", {"matrix": "operator"}) == "an operator"
    assert in_words("Matrices by entries; a matrix product", {"matrix": "map"}) == "Matrices by entries; a map product"
    assert in_words("two entries of an entry", words) == "two coefficients of a coefficient"


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", RIDGE, "--wrt", "w", "--answer", "2 X (X w - y)", "--format", "json"]
    assert run([*arguments, "--hide-shapes"]) == 1
    assert json.loads(capsys.readouterr().out)["message"] == "The formula does not conform"
    assert run([*arguments, "--word", "column=line"]) == 1
    assert "the lines of the left factor" in json.loads(capsys.readouterr().out)["message"]
    assert run(["check", RIDGE, "dJ = 2 (X w - y) : dw", "--hide-answer", "--hide-shapes"]) == 1
    assert "×" not in (out := capsys.readouterr().out) and "should read" not in out
    wrong = ["check", RIDGE, "dJ = 2 (X w - y) : X dw\n = 2 X (X w - y) : dw"]
    for level, words in (("1", "Look at line 2."), ("2", "Look at line 2. "), ("3", "Line 2 does not follow: ")):
        assert run([*wrong, "--hint", level]) == 1
        out = capsys.readouterr().out
        assert out.startswith(words) and (level != "1" or out == f"{words}\n")
    assert run([*arguments, "--word", "matrix"]) == 2
    assert "matrix=operator" in capsys.readouterr().err


def test_a_differential_that_is_spelled_like_a_word_is_none() -> None:
    assert matcalc.check_derivation("t: n; o: n; E = 1/2 ||t - o||^2", "dE = (t - o) : (dt - do)").ok


@pytest.mark.parametrize("space", [r"\,", r"\;", r"\!", " "])
def test_a_space_of_latex_parts_no_formula(space: str) -> None:
    line = r"2SPACE\operatorname{rowsum}(W) : \mathrm{d}r = 2SPACE\operatorname{rowsum}(W) : \mathrm{d}r".replace(
        "SPACE", space
    )
    text = r"\mathrm{d}J = 2 W : \mathrm{d}r\, \mathbf{1}^\top" + "\n" + line
    assert matcalc.check_derivation("W: n x n; r: n; J = 2 sum(W .* (r 1'))", text).ok
