"""Verdicts on answers: right in every form, and the kinds of what is wrong."""

from __future__ import annotations

import json
import pickle
from functools import cache

import pytest

import matcalc
from matcalc import Verdict
from matcalc.check.answer_key import AnswerKey, answer_key
from matcalc.check.answers import checked_answer
from matcalc.check.verdict import ABOUT, CREDIT

LINEAR = "Y: n x k; J = 1/2||X W - Y||^2"
QUADRATIC = "J = x' A x"


@cache
def prepared(source: str, wrt: str, convention: str = "projected") -> AnswerKey:
    return answer_key(matcalc.parse(source), wrt, convention)


def verdict(source: str, wrt: str, answer: str) -> Verdict:
    return checked_answer(prepared(source, wrt), answer)


def test_a_verdict_says_what_is_wrong_and_where() -> None:
    found = matcalc.check(LINEAR, "W", "X'(X W + Y)")
    assert (found.ok, found.kind, found.where) == (False, "sign", (9, 10))
    assert found.repaired == "X'(X W - Y)" and 0 < found.score < 1
    assert str(found).startswith("read as: X'(X W + Y)\nwrong (sign): the sign of the term `Y` is wrong\n")
    assert found.hint(1) == "Look at `Y`."
    assert "rule" not in found.hint(1) and found.hint(2) != found.hint(3) == found.said
    assert json.loads(found.to_json())["kind"] == "sign"
    assert pickle.loads(pickle.dumps(found)) == found and hash(found)
    hidden = found.without_answer()
    assert "X'(X W - Y)" not in str(hidden) and hidden.kind == "sign"


def test_a_right_answer() -> None:
    found = matcalc.check(LINEAR, "W", "X'X W - X'Y")
    assert (found.ok, found.kind, found.score, found.hint(3)) == (True, "right", 1.0, "")


def test_every_kind_has_its_credit_and_its_sentence() -> None:
    assert CREDIT.keys() == ABOUT.keys() | {"right"}
    assert all(0 <= credit <= 1 for credit in CREDIT.values())


@pytest.mark.parametrize(
    "text", ["", " \n", "nan", "X' (", "\x00\x07", "X'" * 3_000, "(" * 5_000, "9^9^9^9^9", "X W" * 3_000]
)
def test_what_cannot_be_read_is_not_wrong(text: str) -> None:
    found = verdict(LINEAR, "W", text)
    assert found.kind in ("unreadable", "shape") and not found.ok
    assert found.readable is (found.kind == "shape")
