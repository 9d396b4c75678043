"""What is printed in index notation, read by a second reader, is what the matrix form means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import finite
import numpy as np
import pytest
from index_reader import Array, IndexReader, Unread, letters, ranges
from random_expressions import SIZES, Generator, value, values
from selection import some
from test_examples import EXPECTED

import matcalc
from matcalc import meaning
from matcalc.derive import derive
from matcalc.dims import dim_value
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Size, Symbol, dims, postorder
from matcalc.write import ASCII, TEXT, Notation, by_entries, write

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(n for n in EXPECTED if "[" not in (EXAMPLES / f"{n}.mc").read_text("utf-8"))
ORDINARY, LONG = 200, 4_000
"""Random programs in the ordinary run, and with `--fuzz`."""


def _of_numbers(f: Any) -> Any:
    return lambda *x: np.ravel(f(*(np.array([[v]]) for v in x)))[0]


FUNCTIONS: dict[str, Any] = {
    **{name: _of_numbers(f) for name, f in finite.ENTRIES.items()},
    **{name: _of_numbers(finite.OPERATORS[name]) for name in ("clip", "huber", "max", "min")},
    "σ": _of_numbers(finite.ENTRIES["sigmoid"]),
    **dict.fromkeys("fg", np.tanh),
    **{f"{name}'": lambda x: 1 - np.tanh(x) ** 2 for name in "fg"},
}
UNKNOWN = {name: (np.tanh, lambda z: 1 - np.tanh(z) ** 2) for name in "fg"}


def squeezed(node: Node, array: Array) -> Array:
    return array.reshape([n for n, dim in zip(array.shape, node.shape, strict=True) if dim != 1])


def parts(nodes: list[Node], at: Mapping[str, Any], sizes: Mapping[str, int], notation: Notation) -> dict[str, Array]:
    """The values of all parts of formulas, by how the matrix form of each is written."""
    whole = [n for n in postorder(*nodes, through_definitions=True) if not isinstance(n, Size)]
    found = meaning.evaluate(whole, at, UNKNOWN, sizes)
    known = {write(n, notation): squeezed(n, a) for n, a in zip(whole, found, strict=True)}
    return {name: np.array(float(size)) for name, size in sizes.items()} | known


def length(text: str, sizes: Mapping[str, int]) -> int:
    """The value of a size such as 2 k + n or n^2."""
    plain = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text).replace("^", "**")
    return int(eval(plain, {}, dict(sizes)))


def printed(text: str, said: str, free: list[str], known: Mapping[str, Array], sizes: Mapping[str, int]) -> Array:
    """The entries of a formula that is printed, and what is said of its letters."""
    over = {letter: length(size, sizes) for letter, size in ranges(said).items()}
    return IndexReader(known, over, FUNCTIONS).array(text, free)


def check(node: Node, at: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """'same', 'undefined' or 'unread'; raises where the text is not what the matrix form means."""
    (expected,) = meaning.evaluate([node], at, UNKNOWN, sizes)
    if not np.isfinite(expected).all():
        return "undefined"
    for notation in (TEXT, ASCII):
        text, said = by_entries(node, notation)
        free = list(ranges(said))[: sum(dim != 1 for dim in node.shape)]
        try:
            found = printed(text, said, free, parts([node], at, sizes, notation), sizes)
        except Unread:
            return "unread"
        right = np.allclose(found, squeezed(node, expected), rtol=1e-6, atol=1e-8, equal_nan=True)
        assert right, f"{write(node, TEXT)} is printed as {text}"
    return "same"


@pytest.mark.parametrize("block", some(range(10), 4))
def test_gradients_of_random_programs_as_they_are_printed_by_entries(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = Counter[str]()
    for seed in range(block * count, (block + 1) * count):
        program = Generator(seed, structured=0, functions=("f",)).program(3)
        variables = [s.name for s in program.inputs if "constant" not in s.attributes][:2]
        if not variables:
            continue
        try:
            record = derive(program, variables)
        except UnsupportedError:
            continue
        at = {name: value_ for name, value_ in values(program, seed).items() if not name.startswith("d")}
        for symbol, gradient in record.gradients:
            try:
                outcomes[check(gradient, at, SIZES)] += 1
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, d/d{symbol.name}: {error}") from None
    assert outcomes["same"] >= 0.9 * outcomes.total() > 5, outcomes


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_every_example_as_they_are_printed_by_entries(name: str) -> None:
    program = matcalc.parse((EXAMPLES / f"{name}.mc").read_text("utf-8"))
    derivation = matcalc.derive(program, list(EXPECTED[name]), verify=False)
    record = derivation.record
    rng = np.random.default_rng(3)
    sizes = {dim: 2 + n % 3 for n, dim in enumerate(dims(*program.inputs, *(node for _, node in program.given)))}
    at = {s.name: _value(s, sizes, rng) for s in program.inputs}
    known = parts([*(g for _, g in record.gradients), *record.where, *record.deltas], at, sizes, TEXT)
    text = derivation.to_text(entries=True, steps=False, width=100_000)
    block = text.split("\nGradients, entry by entry\n")[1].split("\n\n")[0]
    seen = 0
    for symbol, gradient in record.gradients:
        left = re.escape(f"d{write(record.objective, TEXT)}/d")
        by = write(symbol, TEXT)
        own = re.escape(f"({by})" if "_" in by else by)
        line = re.search(rf"^ +{left}{own}(?:_(\S+))? += (.*?)(?: {{2,}}(.*))?$", block, re.MULTILINE)
        assert line, (left, own, block)
        found = printed(line[2], line[3] or "", letters(line[1] or ""), known, sizes)
        (expected,) = meaning.evaluate([gradient], at, UNKNOWN, sizes)
        assert np.allclose(found, squeezed(gradient, expected), rtol=1e-6), line[0]
        seen += 1
    assert seen == len(EXPECTED[name])


@pytest.mark.parametrize(
    ("source", "wrt"),
    [
        ("s: scalar\nJ = tanh(1 - s)", "s"),
        ("s: scalar\nJ = -s sin(s)", "s"),
        ("x, y: n\nJ = sum((-(x + y)).^3)", "x"),
        ("x: n; A: n x n\nJ = sum(exp(-(A x + x)))", "A"),
        ("x, y: n\nJ = 1 / (x'y + 1)^2 - x'x / (y'y)", "y"),
        ("X: n x m; w: m\nJ = -sum(log_sigmoid(-(X w + 1)))", "w"),
    ],
)
def test_a_sign_before_a_sum_and_what_stands_below_a_line(source: str, wrt: str) -> None:
    record = derive(matcalc.parse(source), [wrt])
    rng = np.random.default_rng(4)
    at = {s.name: _value(s, SIZES, rng) for s in record.program.inputs}
    assert check(record.gradient(wrt), at, SIZES) == "same"


def _value(symbol: Symbol, sizes: Mapping[str, int], rng: Any) -> Array:
    return value(symbol, rng.uniform(0.2, 1.0, [dim_value(dim, sizes) for dim in symbol.shape]), rng)


V = {"x": np.array([2.0, 3.0]), "y": np.array([5.0, 7.0]), "A": np.array([[1.0, 2.0], [3.0, 5.0]]), "s": np.array(3.0),
     "inv(A)": np.array([[-5.0, 2.0], [3.0, -1.0]]), "W_h": np.array([[1.0, 4.0], [6.0, 8.0]])}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-(x_i + y_i)", [-7, -10]),
        ("-x_i + y_i", [3, 4]),
        ("-(1 - s^2)", 8),
        ("-1 - s^2", -10),
        ("Σ_j A_ij x_j - y_i", [3, 14]),
        ("Σ_j A_ij (x_j - y_j) y_i", [-55, -203]),
        ("2 Σ_j x_j y_j / s", 62 / 3),
        ("1/2 x_i^2 - s x_i / 2", [-1, 0]),
        ("Σ_j (inv(A))_ji x_j", [-1, 1]),
        ("Σ_kj (W_h)_kj δ_kj + (W_h)_2,1", 15),
        ("[x_i > 2] + [i = 1] max(x_i, 9)", [9, 1]),
        ("sqrt(Σ_j A_1,j^2 + 4) exp(s - 3)", 3),
        ("x_i Σ_j -y_j", [-24, -36]),
    ],
)
def test_the_second_reader_at_what_was_worked_out_by_hand(text: str, expected: Any) -> None:
    free = ["i"] * np.ndim(expected)
    found = IndexReader(V, dict.fromkeys("ijk", 2), FUNCTIONS).array(text, free)
    assert np.allclose(found, expected)


def test_formulas_of_a_deep_network_are_written_out() -> None:
    # What the names in a formula stand for is nested deep, and the formula is not.
    layers = [f"z{k} = W{k} a{k - 1}; a{k} = tanh(z{k})" for k in range(1, 25)]
    found = matcalc.derive("; ".join(("a0: n", *layers, "J = 1/2 ||a24 - y||^2")), ["W1", "W20"], verify=False)
    assert found["W1"].entries().startswith("δ1_i a0_j  ")
    assert found["W20"].entries().startswith("δ20_i a19_j  ")
    assert dict(found.where)["delta3"].entries().startswith("Σ_j W4_ji δ4_j (1 - a3_i^2)  ")


@pytest.mark.parametrize("text", ["x_i +", "q_i", "x_ij", "(x_i", "x_i y_i)", ""])
def test_what_the_second_reader_does_not_read(text: str) -> None:
    with pytest.raises((Unread, IndexError)):
        IndexReader(V, {"i": 2, "j": 2}, FUNCTIONS).array(text, ["i"])
