"""What a proof may cost: in steps, in memory, in time; and how little the usual ones need."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

import matcalc
from matcalc.expr import SCALAR, Number, Symbol
from matcalc.meaning import TooLarge
from matcalc.meaning.fields import Sympy, differentiating_until
from matcalc.meaning.protocol import OutOfTime
from matcalc.verify import points, polynomial
from matcalc.verify.points import Clock, Trial
from matcalc.verify.zero import Ring


def ring_of(seconds: float = 60) -> Ring:
    return Ring(time.monotonic() + seconds)


# -------------------------------------------------------------------------------------------------------- little effort


def test_quotients_that_vanish_one_by_one_are_not_multiplied_with_one_another() -> None:
    ring = ring_of()
    total = ring.zero
    for k in range(15):
        x, y = ring.free(("x", k)), ring.free(("y", k))
        total = total + ring.divide(x * x - y * y, x.times(2) + y.times(2)).times(2) - x + y
    ring.effort.hardest = 1_000
    assert ring.is_zero(total)
    assert not ring.is_zero(total + ring.free("z"))


def test_what_q_leaves_is_still_decided() -> None:
    """1/x + 1/y = (x + y)/(x y): no denominator divides what stands with it, but the whole is zero."""
    ring = ring_of()
    x, y = ring.free("x"), ring.free("y")
    a, b = x + ring.one, y + ring.number(2)
    assert ring.is_zero(ring.inverse(a) + ring.inverse(b) - (a + b) * ring.inverse(a * b))
    assert not ring.is_zero(ring.inverse(a) + ring.inverse(b) - (a - b) * ring.inverse(a * b))


def test_a_quotient_of_quotients_has_the_denominators_of_a_quotient() -> None:
    ring = ring_of()
    x = ring.free("x")
    tanh = ring.divide(x - ring.one, x + ring.one)
    before = len(ring.generators)
    assert ring.is_zero(ring.inverse(ring.one + tanh) - ring.divide(x + ring.one, x.times(2)))
    assert len(ring.generators) == before + 1  # 1/x


def test_polynomial_division() -> None:
    ring = ring_of()
    x, y = ring.free("x"), ring.free("y")
    q = x.times(3) - y.times(2) + ring.one
    quotient, rest = polynomial.divided(q * (x * y - ring.number(7)), q)
    assert quotient == x * y - ring.number(7)
    assert not rest.terms
    p = x * x * y + y + ring.number(5)
    quotient, rest = polynomial.divided(p, y + x)
    assert quotient * (y + x) + rest == p
    assert polynomial.content(x.times(Fraction(-4, 3)) - y.times(2)) == Fraction(-2, 3)


def test_the_loss_of_a_classifier_of_pairs_is_proved_with_little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine logarithms of sigmoids of products, each with a denominator of its own."""
    monkeypatch.setattr(polynomial, "HARDEST", 5_000)
    source = "Z: n x n; X, Y: n x d; t, b: scalar; -sum(log(sigmoid(Z .* (t X Y' + b)))) / n"
    assert matcalc.derive(source, "t", time_limit=60).verification["t"].status == "proved"


def test_a_network_is_taken_by_definitions_before_much_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Softmax of relu of relu: short, but its polynomials are long."""
    handled = 0
    work = polynomial.Effort.work

    def counted(effort: polynomial.Effort, amount: int) -> None:
        nonlocal handled
        handled += amount
        work(effort, amount)

    monkeypatch.setattr(polynomial.Effort, "work", counted)
    source = (Path(__file__).parents[2] / "examples" / "classifier.mc").read_text()
    found = matcalc.derive(source, ["W", "b"], time_limit=60).verification
    assert {v.status for v in found.values()} == {"proved"}
    assert handled < 3_000_000  # 16 million if all is written out first


# --------------------------------------------------------------------------------------------------------- and no more


def test_polynomials_give_back_the_room_that_they_took() -> None:
    ring = ring_of()
    x, y = ring.free("x"), ring.free("y")
    held = ring.effort.held
    p = (x + y + ring.one) ** 20
    assert ring.effort.held > held + 231 * polynomial.TERM // 2
    del p
    assert ring.effort.held == held


def test_polynomials_that_leave_no_room_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polynomial, "ROOM", 1 << 20)
    ring = ring_of()
    x, y, z = (ring.free(name) for name in "xyz")
    with pytest.raises(TooLarge, match="memory"):
        (x + y + z + ring.one) ** 40
    with pytest.raises(TooLarge, match="memory"):  # generators take room too: each widens every monomial
        ring.sum(ring.free(k) * x for k in range(20_000))


def test_long_coefficients_are_refused() -> None:
    ring = ring_of()
    p = ring.number(3)
    with pytest.raises(TooLarge, match="digits"):
        for _ in range(60):
            p = p * p


def test_a_long_multiplication_stops_in_its_middle() -> None:
    ring = ring_of()
    p = ring.sum(ring.free(k) for k in range(1_500))
    ring.effort.deadline = time.monotonic() - 1
    with pytest.raises(OutOfTime):
        p * p
    with pytest.raises(OutOfTime):
        polynomial.divided(p * p, p)


def test_what_the_time_was_not_enough_for_is_said() -> None:
    """A point in many digits, SymPy's derivative and exact arithmetic all stop at the limit, and none is an error."""
    deep = "x"
    for _ in range(12):
        deep = f"gelu(A {deep})"
    source = f"A: n x n; x: n; sum({deep})"
    found = matcalc.derive(source, "A", time_limit=1e-4).verification["A"]
    assert found.status in ("agrees", "skipped") or found.every_size
    assert "time limit" in found.detail or "no exact proof within" in found.detail
    said = matcalc.equal("inv(inv(A) + A)", "A inv(A^2 + I)", "A: 5 x 5", time_limit=1e-4)
    assert said.status in ("agrees", "skipped") or said.every_size
    assert "time limit" in said.detail or "no exact proof within" in said.detail


def test_numbers_of_many_digits_stop_in_time() -> None:
    trial = Trial([(Number(1), Symbol("s", SCALAR))], [], {}, 0, clock=Clock(-1))
    trial.field.deadline = time.monotonic() - 1
    with pytest.raises(OutOfTime):
        trial.field.sum([trial.field.number(1)])
    with pytest.raises(OutOfTime):
        trial.field.call("exp", 0, trial.field.number(1))


def test_sympy_stops_in_time() -> None:
    field = Sympy()
    x = sympy.Symbol("x")
    formula = field.call("f", 0, field.call("g", 0, x))
    assert formula.diff(x) != 0
    token = differentiating_until.set(time.monotonic() - 1)
    try:
        with pytest.raises(OutOfTime):
            field.call("f", 0, field.call("h", 0, x)).diff(x)
    finally:
        differentiating_until.reset(token)
    with pytest.raises(OutOfTime):
        Sympy(time.monotonic() - 1).sum([x, x])


def test_inputs_too_large_to_be_drawn_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A is 99999×99999, though nothing that is computed of it is as large."""
    monkeypatch.setattr(points, "sample", lambda *_: pytest.fail("drawn"))
    found = matcalc.derive("x: n; A: 99999 x 99999; J = x'x / ptrace1(A, 99999)", "J").verification["J"]
    assert (found.status, found.detail) == ("skipped", "the sizes are too large to evaluate in many digits")
