"""Texts read by two readers that share no code: matcalc's meaning of a program, and the second reader's value."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from random_texts import DECLARED, FUNCTIONS, SIZES, Texts, values
from second_parser import Asked, Mismatch
from second_reader import Array, SecondReader
from selection import some

from matcalc import meaning
from matcalc.errors import AmbiguousError, MatcalcError
from matcalc.expr import Node
from matcalc.syntax import parse
from matcalc.write import ASCII, TEXT, write

ORDINARY, LONG = 1_000, 40_000
"""Texts in the ordinary run, and with `--fuzz`."""
REFUSED = 0.02
"""The share of texts without a question in them that may be refused."""


def read(text: str, at: dict[str, Array]) -> tuple[Node, Array]:
    """What matcalc makes of a program: the last expression and its value."""
    node = parse(text, DECLARED).objective.definition
    assert node is not None
    (value,) = meaning.evaluate([node], at, FUNCTIONS, {name: size for name, size in SIZES.items() if name})
    return node, value


def readings(second: SecondReader, text: str, at: dict[str, Array]) -> tuple[list[Array], str]:
    """The values of all readings of a text that conform, and whether it "may" be asked about, or "must"."""
    try:
        return [second.program(text)], ""
    except Mismatch:
        return [], ""
    except Asked:
        found: list[Array] = []
        inside = False
    for numbers in (False, True):
        try:
            found.append(SecondReader(at, FUNCTIONS, asks=False, numbers=numbers).program(text))
        except Mismatch:
            continue
        except Asked:
            inside = True
    return found, "must" if inside and not found else "may"


def same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-7, atol=1e-8)


def check(seed: int, text: str) -> str:
    """'same', 'refused', 'asked' or 'undefined'; raises where the two readers differ."""
    at = values(seed)
    second = SecondReader(at, FUNCTIONS)
    possible, asked = readings(second, text, at)
    try:
        node, found = read(text, at)
    except AmbiguousError as error:
        cut_short = not all(np.isfinite(value).all() for value in possible)  # by the inverse of a singular matrix
        assert asked or cut_short, f"seed {seed}: {text!r} is asked about, {error.message}"
        return "asked"
    except MatcalcError as error:
        assert error.message
        return "refused"
    assert asked != "must", f"seed {seed}: {text!r} was not asked about, but read as {write(node, TEXT)}"
    assert possible, f"seed {seed}: {text!r} does not conform, but was read as {write(node, TEXT)}"
    if not all(np.isfinite(value).all() for value in possible):
        return "undefined"
    said = f"seed {seed}: {text!r} is {possible[0]} but was read as {write(node, TEXT)}, {found}"
    assert any(same(value, found) for value in possible), said
    assert len({value.tobytes() for value in possible}) == 1, f"seed {seed}: {text!r} was not asked about"
    if asked:
        return "asked"
    for notation in (TEXT, ASCII):
        printed = write(node, notation)
        assert same(second.read(printed), found), f"seed {seed}: {text!r} is printed as {printed}"
    return "same"


@pytest.mark.parametrize("block", some(range(10), 4))
def test_random_texts(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    seeds = range(block * count, (block + 1) * count)
    outcomes = Counter(check(seed, Texts(seed).program()) for seed in seeds)
    assert outcomes["same"] >= 0.8 * count and outcomes["refused"] <= REFUSED * count, outcomes


A, B, X, W, V = (values(0)[name] for name in ("A", "B", "X", "W2", "V"))
x, y, w, b = (values(0)[name] for name in ("x", "y", "w", "b"))
s, t, lam = (values(0)[name].item() for name in ("s", "t", "lambda"))
n, d = np.ones((3, 1)), np.ones((2, 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^2 tr(A)", 4 * np.trace(A)),
        ("2^3 s", 8 * s),
        ("2^t s", 2**t * s),
        ("10^-3 ‖w‖^2", (w**2).sum() / 1000),
        ("2^λ x'x", 2**lam * (x**2).sum()),
        ("(s / (1/2)^3) / t", 8 * s / t),
        ("‖X 1‖^2", ((X @ d) ** 2).sum()),
        ("sum(A 1)", A.sum()),
        ("‖A 1 - x‖^2", ((A @ n - x) ** 2).sum()),
        ("diag(A 1)", np.diag((A @ n)[:, 0])),
        ("1' A 1 + 1' x", A.sum() + x.sum()),
        ("X - x 1' + 1 w'", X - x @ d.T + n @ w.T),
        ("1/2 x' A x", 0.5 * x.T @ A @ x),
        ("A .* B C", A * (B @ values(0)["C"])),
        ("A .* B * C", (A * B) @ values(0)["C"]),
        ("A / s B ./ A", A / s @ B / A),
        ("s - A : B", s - (A * B).sum()),
        ("-s^2 - -t^-2", -(s**2) + t**-2),
        ("s^t^2", s ** (t**2)),
        ("A^-1 x", np.linalg.inv(A) @ x),
        ("X^2 + A X", X**2 + A @ X),
        ("A^2", A @ A),
        ("A^{-T}", np.linalg.inv(A).T),
        ("x ⊗ w' W2", np.kron(x, w.T @ W)),
        ("‖A‖_2 + ||A||_* + ‖A‖", np.linalg.norm(A, 2) + np.linalg.norm(A, "nuc") + np.linalg.norm(A)),
        ("x .* [x > y] - max(0, x)", x * (x > y) - x),
        ("f'(x)' y", ((np.cos(x) + 2 * x / 3) * y).sum()),
        ("sum([X, x; w', 2])", X.sum() + x.sum() + w.sum() + 2),
        ("(x - y) ⊙ x w'", ((x - y) * x) @ w.T),
        ("A + 2 I", A + 2 * np.eye(3)),
        ("σ(X)'", (1 / (1 + np.exp(-X))).T),
    ],
)
def test_both_readers_at_what_was_worked_out_by_hand(text: str, value: Array) -> None:
    expected = np.asarray(value).reshape(np.shape(value) or (1, 1))
    assert same(SecondReader(values(0), FUNCTIONS).program(text), expected)
    assert same(read(f"R = {text}", values(0))[1], expected)


@pytest.mark.parametrize(
    "text", ["A 1 / n", "x' x / 2 s", "‖x - y‖^2 / 2 s^2", "1/2x", "C / 3 x", "s/t/2 s", "A / -2 s"]
)
def test_what_the_second_reader_asks(text: str) -> None:
    with pytest.raises(Asked):
        SecondReader(values(0), FUNCTIONS).program(text)


@pytest.mark.parametrize("text", ["A + X", "X X", "A : X", "A / x", "A B.", "2 3", "q", "(A", "A ⊙ X", "s / 1' A 1"])
def test_what_the_second_reader_refuses(text: str) -> None:
    with pytest.raises(Mismatch):
        SecondReader(values(0), FUNCTIONS).program(text)


SIGNS = "+ - − * @ · .* ⊙ ∘ ⊗ / ./ ⊘ ^ .^ : ' ᵀ ^T .T ^⊤ ² ⁻¹ ^-1 ^{-T} ⁻ᵀ ‖ || [ > >= ≥ < ≤ 𝟏 I 1' 1 ^{ ^( ^-"
CALLS = "norm( sum( tr( diag( softmax( f'( inv( kron( max( rowsum( det( σ( ones( eye("


def test_every_sign_is_drawn() -> None:
    drawn = " ".join(Texts(seed).program() for seed in range(2 * ORDINARY))
    rare = {sign: drawn.count(sign) for sign in [*SIGNS.split(), *CALLS.split()] if drawn.count(sign) < 5}
    assert not rare
