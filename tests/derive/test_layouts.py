"""Layouts and chains of Jacobians: every product, line by line, is the derivative by differences in plain NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from typeset import compiled

import matcalc
from matcalc import meaning
from matcalc.cli import run
from matcalc.derive import derive
from matcalc.derive.chain import FACTORS, PATHS, chains
from matcalc.derive.vectorized import transposed
from matcalc.document import View
from matcalc.errors import UnsupportedError
from matcalc.expr import Node
from matcalc.operators import number, scale, stacked
from matcalc.rewrite import PathSum

Array = np.ndarray[Any, Any]
Values = Mapping[str, Array]
LAYOUTS = ("numerator", "denominator")


class Net(NamedTuple):
    """A program, its objective in NumPy, the shapes of its inputs, and the variables that are asked for."""

    source: str
    value: Callable[[Values], float]
    shapes: Mapping[str, tuple[int, ...]]
    wrt: Sequence[str]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def columns(v: Values) -> float:
    a3 = sigmoid(v["W3"] @ np.maximum(v["W2"] @ v["a1"] + v["b2"], 0) + v["b3"])
    return float(((a3 - v["y"]) ** 2).sum() / 2)


def rows(v: Values) -> float:
    return float(((v["y"] - np.tanh(np.tanh(v["X"] @ v["W1"]) @ v["W2"])) ** 2).sum())


def batch(v: Values) -> float:
    return float(((sigmoid(v["X"] @ v["W"] + v["b"]) - v["Y"]) ** 2).sum() / 2)


def residual(v: Values) -> float:
    return float(((v["x"] + np.tanh(v["W"] @ v["x"] + v["b"]) - v["y"]) ** 2).sum() / 2)


def attention(v: Values) -> float:
    q, k, w = v["X"] @ v["Wq"], v["X"] @ v["Wk"], v["X"] @ v["Wv"]
    return float(((softmax(q @ k.T) @ w - v["Y"]) ** 2).sum())


def tied(v: Values) -> float:
    return float(((v["W"].T @ np.tanh(v["W"] @ v["x"]) - v["x"]) ** 2).sum())


def cross_entropy(v: Values) -> float:
    z = v["W2"] @ np.tanh(v["W1"] @ v["x"])
    return float(np.log(np.exp(z).sum()) - v["y"] @ z)


COLUMNS = """
W2: 3x2; W3: 2x3; a1: 2
z2 = W2 a1 + b2; a2 = relu(z2); z3 = W3 a2 + b3; a3 = sigmoid(z3); J = 1/2 sum((a3 - y)^2)
"""
NETS = {
    "columns": Net(
        COLUMNS, columns, {"W2": (3, 2), "W3": (2, 3), "a1": (2,), "b2": (3,), "b3": (2,), "y": (2,)},
        ("W2", "b2", "W3", "b3", "a1"),
    ),
    "rows": Net(
        "yhat = tanh(z3); z3 = A2 W2; A2 = tanh(Z2); Z2 = X W1; J = sum((y - yhat)^2)", rows,
        {"X": (4, 2), "W1": (2, 3), "W2": (3, 1), "y": (4, 1)}, ("W1", "W2"),
    ),
    "batch": Net(
        "X: n x d; Y: n x h; b: 1 x h; Z = X W + ones(n) b; A = sigmoid(Z); J = 1/2 sum((A - Y)^2)", batch,
        {"X": (4, 2), "W": (2, 3), "b": (1, 3), "Y": (4, 3)}, ("W", "b", "X"),
    ),
    "residual": Net(
        "z = W x + b; a = x + tanh(z); J = 1/2 sum((a - y)^2)", residual,
        {"W": (3, 3), "x": (3,), "b": (3,), "y": (3,)}, ("x", "W", "b"),
    ),
    "attention": Net(
        "Q = X Wq; K = X Wk; V = X Wv; S = Q K'; P = softmax(S); O = P V; J = sum((O - Y)^2)", attention,
        {"X": (4, 2), "Wq": (2, 3), "Wk": (2, 3), "Wv": (2, 3), "Y": (4, 3)}, ("Wq", "Wk", "Wv", "X"),
    ),
    "tied": Net("z = W x; a = tanh(z); r = W' a; J = sum((r - x)^2)", tied, {"W": (2, 3), "x": (3,)}, ("W",)),
    "cross-entropy": Net(
        "z1 = W1 x; a1 = tanh(z1); z2 = W2 a1; J = logsumexp(z2) - y' z2", cross_entropy,
        {"W1": (4, 3), "W2": (2, 4), "x": (3,), "y": (2,)}, ("W1", "W2", "x"),
    ),
}  # fmt: skip


def draw(net: Net, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(0.2, 1.0, shape) * rng.choice([-1, 1], shape) for name, shape in net.shapes.items()}


def gradient(net: Net, values: Values, by: str, step: float = 1e-5) -> Array:
    """By central differences, extrapolated."""
    found = np.empty(values[by].shape)
    for at in np.ndindex(found.shape):

        def slope(h: float, at: tuple[int, ...] = at) -> float:
            moved = [values[by].copy(), values[by].copy()]
            moved[0][at] += h
            moved[1][at] -= h
            return (net.value({**values, by: moved[0]}) - net.value({**values, by: moved[1]})) / (2 * h)

        found[at] = (4 * slope(step) - slope(2 * step)) / 3
    return found


def product(factors: Sequence[Node], values: Mapping[str, Any]) -> Array:
    found = meaning.evaluate(list(factors), values)
    total = found[0]
    for factor in found[1:]:
        total = total @ factor
    return total


def mismatches(chain: PathSum, expected: Array, layout: str, values: Mapping[str, Any]) -> list[str]:
    """What of a chain is not the derivative `expected`, which has the shape of the variable."""
    column = expected.reshape((-1, 1), order="F")
    wanted = column.T if layout == "numerator" else column
    lines: dict[str, Array] = {"symbols": 0 * wanted, "written": 0 * wanted}
    for path in chain.paths:
        lines["symbols"] = lines["symbols"] + product([f.primed for f in path.factors], values)
        lines["written"] = lines["written"] + product([f.node for f in path.factors], values)
        last = product(path.lines[-1].factors, values) if path.lines else lines["written"]
        for i, line in enumerate(path.lines):
            if not np.allclose(product(line.factors, values), last, rtol=1e-6, atol=1e-8):
                lines[f"line {i}"] = product(line.factors, values)
        lines["last"] = lines.get("last", 0 * wanted) + last
    (result,) = meaning.evaluate([chain.result], values)
    turned = np.atleast_2d(expected) if expected.ndim == 2 else column
    wrong = [name for name, found in lines.items() if not np.allclose(found, wanted, rtol=1e-6, atol=1e-7)]
    expected = turned.T if layout == "numerator" else turned
    return wrong + (["result"] if not np.allclose(result, expected, rtol=1e-6, atol=1e-7) else [])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NETS)
def test_the_product_is_the_derivative(name: str, layout: str) -> None:
    net = NETS[name]
    values = draw(net)
    record = derive(matcalc.parse(net.source), list(net.wrt))
    found = chains(record, layout)
    assert [chain.by.name for chain in found] == list(net.wrt)
    for chain in found:
        assert chain.paths, chain.why
        assert len(chain.paths) == chain.ways
        assert mismatches(chain, gradient(net, values, chain.by.name), layout, values) == []


def test_the_comparison_bites() -> None:
    net = NETS["columns"]
    values = draw(net)
    record = derive(matcalc.parse(net.source), ["b2"])
    (chain,) = chains(record, "denominator")
    expected = gradient(net, values, "b2")
    (path,) = chain.paths
    first, *rest = path.factors
    turned = path._replace(factors=(*rest[:0], first, *(f._replace(node=scale(number(2), f.node)) for f in rest)))
    assert "written" in mismatches(chain._replace(paths=(turned,)), expected, "denominator", values)
    line = path.lines[-1]._replace(factors=(scale(number(-1), path.lines[-1].factors[0]),))
    other = chain._replace(paths=(path._replace(lines=(*path.lines[:-1], line)),))
    assert "last" in mismatches(other, expected, "denominator", values)
    tripled = chain._replace(result=scale(number(3), chain.result))
    assert "result" in mismatches(tripled, expected, "denominator", values)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NETS)
def test_one_path_ends_in_the_gradient_of_the_derivation(name: str, layout: str) -> None:
    """What has come together is written as the derivation writes it, with its deltas; vec is undone."""
    record = derive(matcalc.parse(NETS[name].source), list(NETS[name].wrt))
    for chain, (_, gradient) in zip(chains(record, layout), record.gradients, strict=True):
        if chain.ways == 1:
            (path,) = chain.paths
            (last,) = path.lines[-1].factors
            column = stacked(gradient)
            assert last is (transposed(column) if layout == "numerator" else column)


def test_the_shapes_below_the_factors() -> None:
    derivation = matcalc.derive(COLUMNS, "W2[i,j]", verify=False)
    text = derivation.to_text(layout="denominator", ascii=True)
    below = [" ".join(line.split()) for line in text.splitlines() if set(line) <= set(" x0123456789") and "x" in line]
    assert "1x3 3x3 3x2 2x2 2x1" in below
    assert "1x3 3x3 3x2 2x1" in below  # as the factors are when diag(a) b is a .* b
    text = derivation.to_text(layout="numerator", ascii=True)
    below = [" ".join(line.split()) for line in text.splitlines() if set(line) <= set(" x0123456789") and "x" in line]
    assert "1x2 2x2 2x3 3x3 3x1" in below
    assert "1x2 2x3 3x3 3x1" in below


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("entry", ["W2[i,j]", "W2[2,1]", "W2[3,2]", "b2[k]", "b2[3]"])
def test_the_chain_of_an_entry(entry: str, layout: str) -> None:
    net = NETS["columns"]
    values: dict[str, Any] = draw(net)
    derivation = matcalc.derive(net.source, entry, verify=False)
    report = derivation.document(View(layout=layout)).report
    assert report is not None
    (chain,) = report.chains
    name, at = entry.removesuffix("]").split("[")
    indices = [int(i) - 1 if i.isdigit() else {"i": 2, "j": 1, "k": 1}[i] for i in at.split(",")]
    shape = values[name].shape
    for letter, i, size in zip(at.split(","), indices, shape, strict=True):
        if not letter.isdigit():
            values[f"e_{letter}"] = np.eye(size)[:, i]
    expected = gradient(net, values, name)[tuple(indices)].reshape(1, 1)
    assert mismatches(chain, expected, layout, values) == []


def test_a_known_gradient_is_the_end_of_the_chain() -> None:
    record = derive(matcalc.parse("A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R"), ["W3"])
    rng = np.random.default_rng(0)
    shapes = {"A3": (4, 2), "W3": (2, 3), "W4": (3, 5), "R": (4, 5)}
    values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    expected = values["A3"].T @ (values["A3"] @ values["W3"] @ values["W4"] - values["R"]) @ values["W4"].T
    for layout in LAYOUTS:
        (chain,) = chains(record, layout)
        assert mismatches(chain, expected, layout, values) == []


def test_paths_that_are_too_many() -> None:
    source = "x: 3; a0 = x\n" + "\n".join(f"W{i}: 3x3; a{i} = a{i - 1} + tanh(W{i} a{i - 1})" for i in (1, 2, 3))
    derivation = matcalc.derive(f"{source}\nJ = sum(a3)", ["x", "W1"], verify=False)
    text = " ".join(derivation.to_text(layout="denominator").split())
    assert "there are 8 paths from x to J" in text and PATHS < 8
    assert "path 1 of 4: W1" in text
    assert "∂J/∂x =" in text


def test_a_chain_that_is_too_long() -> None:
    layers = FACTORS
    source = "a0: 2\n" + "\n".join(f"W{i}: 2x2; z{i} = W{i} a{i - 1}; a{i} = sin(z{i})" for i in range(1, layers))
    derivation = matcalc.derive(f"{source}\nJ = sum(a{layers - 1})", ["W1", f"W{layers - 1}"], verify=False)
    text = " ".join(derivation.to_text(layout="numerator").split())
    assert "the chain from W1 to J is not written out: it has" in text
    assert f"∂J/∂vec(W{layers - 1}) =" in text


def test_layouts_change_only_what_is_shown() -> None:
    derivation = matcalc.derive(COLUMNS, ["W2", "b2"], verify=False)
    record = derivation.record
    plain = derivation.to_text()
    for layout in LAYOUTS:
        derivation.to_text(layout=layout)
    assert derivation.record is record and derivation.to_text() == plain
    assert "chain of Jacobians" not in plain and "layout" not in plain
    start, end = "Derivation\n", "\nDerivatives in"
    shown = derivation.to_text(layout="numerator")
    assert shown[shown.index(start) : shown.index(end)].strip() in plain
    with pytest.raises(UnsupportedError, match="layout"):
        derivation.to_text(layout="sideways")


def test_numerator_layout_is_transposed() -> None:
    text = matcalc.derive(COLUMNS, ["W2", "b2"], verify=False).to_text(layout="numerator", steps=False)
    assert "∂J/∂W2 = a1 δ2'    2×3" in text
    assert "∂J/∂b2 = δ2'       1×3" in text
    assert "Numerator layout: ∂y/∂x has a row for each entry of y" in " ".join(text.split())
    text = matcalc.derive(COLUMNS, ["W2", "b2"], verify=False).to_text(layout="denominator", steps=False)
    assert "∂J/∂W2 = δ2 a1'    3×2" in text


def test_a_variable_that_does_not_occur() -> None:
    shown = matcalc.derive("b: 2; x: 2; z = 2 b; J = x' x", ["b"], verify=False).to_text(layout="numerator")
    assert "the chain from b to J is not written out: b does not occur in J" in " ".join(shown.split())


def test_layers_without_a_number_are_not_written_out() -> None:
    source = "x: 3; layers l = 1..L: z[l] = W[l] a[l-1]; a[l] = tanh(z[l])\na[0] = x\nJ = 1/2 sum((a[L] - y)^2)"
    derivation = matcalc.derive(source, "W[l]", verify=False)
    text = " ".join(derivation.to_text(layout="denominator").split())
    assert "is not written out" in text


# --------------------------------------------------------------------------------------------------------------- forms


def test_the_command(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["derive", COLUMNS, "--wrt", "b2", "--layout", "denominator", "--no-verify", "--ascii"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert text.isascii()
    assert "The chain of Jacobians" in text
    assert "diag(relu'(z2))" in text and "by diag(a) b = a .* b; delta2 = (W3' delta3) .* [z2 > 0]" in text


def test_json() -> None:
    derivation = matcalc.derive(COLUMNS, ["W2", "b2"], verify=False)
    found = json.loads(derivation.to_json(layout="numerator"))
    assert found["layout"] == "numerator" and found["layouts"]
    first = found["chains"][0]
    assert first["name"] == "W2" and first["paths"] == 1
    (path,) = first["written"]
    assert [f"{f['of']}/{f['by']}" for f in path["factors"]] == ["J/a3", "a3/z3", "z3/a2", "a2/z2", "z2/W2"]
    assert path["factors"][1]["formula"]["text"] == "diag(sigmoid'(z3))"
    assert path["lines"][-1]["factors"][0]["text"] == "vec(δ2 a1')'"
    assert max(rule for line in path["lines"] for rule in line["rules"]) < len(found["rules"])
    plain = json.loads(derivation.to_json())
    assert plain["layout"] == "gradient" and "chains" not in plain
    assert plain["gradients"][0]["gradient"]["text"] == "δ2 a1'"


@pytest.mark.parametrize("name", ["columns", "residual", "attention"])
def test_latex_compiles(name: str, tmp_path: Path) -> None:
    net = NETS[name]
    derivation = matcalc.derive(net.source, list(net.wrt)[:2], verify=False)
    source = derivation.to_latex(document=True, layout="denominator")
    assert r"\underbrace" in source and r"\frac{\partial" in source
    log = compiled(source, tmp_path)
    assert "Overfull" not in log or name == "attention"  # one factor is as wide as the page


def test_markdown() -> None:
    text = matcalc.derive(COLUMNS, ["W2"], verify=False).to_markdown(layout="denominator")
    assert "## The chain of Jacobians" in text
    assert r"\underbrace{" in text
