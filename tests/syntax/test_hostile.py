"""Texts and calls that once ended in another exception, or in an answer to something else."""

from __future__ import annotations

from typing import Any

import pytest
from selection import some

import matcalc
from matcalc.errors import MatcalcError
from matcalc.syntax import parse


def test_minus_signs_cancel_in_pairs() -> None:
    for count, same in ((3, 1), (4, 2), (10_000, 2), (10_001, 1)):
        long, short = (parse("A: n x n; x: scalar; " + "-" * n + "x") for n in (count, same))
        assert long.objective is short.objective
        long, short = (parse("A: n x n; x: scalar; tr(" + "-" * n + "A) x^" + "-" * n + "x") for n in (count, same))
        assert long.objective is short.objective
    assert str(matcalc.gradient("-" * 10_000 + "x", "x")) == "1"
    assert str(matcalc.gradient("-" * 10_001 + "x'x", "x")) == "-2 x"


@pytest.mark.parametrize("opening", some(["sum(", "(", "f(", "exp(", "-(", "[", "‖", "tr(inv(", "1/(", "x' (A "], 5))
def test_deep_nesting_is_read(opening: str) -> None:
    closing = "".join({"(": ")", "[": "]", "‖": "‖"}.get(c, "") for c in reversed(opening))
    text = "A: n x n; " + opening * 3000 + ("A" if "inv" in opening else "x") + closing * 3000
    try:
        parse(text)
    except MatcalcError as error:
        assert error.message


LAYERS = "layers l = 1..L: a[l] = W[l] a[l-1]; a[0] = x; "


@pytest.mark.parametrize(
    "source",
    [
        "layers l = 1..L: a[l] = W[l] a[l-1] s b[l]",
        "layers l = 1..L: a[l] = W[l] a[l-1] s b[l]; a[0] = x; J = sum(a[L])",
        "layers l = 1..L: a[l] = s a[l-1] b[l]; a[0] = x; J = ‖a[L]‖^2",
        "J = sum(e[l], l = 1..L)",
    ],
)
def test_layers_that_are_refused(source: str) -> None:
    with pytest.raises(MatcalcError):
        matcalc.derive(source, "W")


def test_a_sum_over_layers_of_what_is_given() -> None:
    d = matcalc.derive(LAYERS + "J = sum(a[L]) + sum(e[l]^2, l = 1..L) + sum(e[l], l = 1..L)", "e")
    assert str(d["e[l]"]) == "1 + 2 e[l]"
    d = matcalc.derive(LAYERS + "J = sum(e[l], l = 1..L)", "W")
    assert {found.status for found in d.verification.values()} == {"proved"}
    assert all(str(gradient).startswith(("zeros", "δ")) for gradient in d.values())


@pytest.mark.parametrize("wrong", [None, 3, [], b"x", object()])
def test_what_is_no_text(wrong: Any) -> None:
    for call in (
        lambda: matcalc.equal("x", "x", wrong),
        lambda: matcalc.equal(wrong, "x"),
        lambda: matcalc.equal("x", wrong),
        lambda: matcalc.verify("x'x", wrong, "2 x"),
        lambda: matcalc.verify("x'x", "x", wrong),
        lambda: matcalc.verify(wrong, "x", "2 x"),
        lambda: matcalc.jacobian("A x", wrong),
    ):
        with pytest.raises(MatcalcError):
            call()
