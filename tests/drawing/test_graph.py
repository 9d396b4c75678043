"""The computation drawn: the structure of the texts, read by other means, and the numbers that the edges stand for."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from work import calls

import matcalc
from matcalc.cli import run
from matcalc.derive import derive
from matcalc.derive.record import Record
from matcalc.drawing import as_picture
from matcalc.drawing.as_dot import dot
from matcalc.drawing.as_mermaid import mermaid
from matcalc.drawing.computation import Drawing, Edge, Vertex, drawing
from matcalc.expr import Symbol
from matcalc.operators import matmul

PROGRAMS = {
    "two layers": ("yhat = sigmoid(z3); z3 = a2 W2; a2 = sigmoid(z2); z2 = X W1; J = sum((y - yhat)^2)", ["W1", "W2"]),
    "2-3-2": (
        "x: 2; y: 2; W2: 3 x 2; W3: 2 x 3; b2: 3; b3: 2\n"
        "z2 = W2 x + b2; a2 = relu(z2); z3 = W3 a2 + b3; a3 = sigmoid(z3); J = 1/2 sum((a3 - y)^2)",
        ["W2", "b2", "W3", "b3"],
    ),
    "residual": (
        "a0: n; y: n\nz1 = W1 a0; h1 = tanh(z1); a1 = a0 + h1; z2 = W2 a1; h2 = tanh(z2); a2 = a1 + h2\n"
        "J = 1/2 sum((a2 - y)^2)",
        ["W1", "W2", "a0"],
    ),
    "attention": (
        "Q = X Wq; K = X Wk; V = X Wv; S = Q K'; P = softmax(S); O = P V; J = 1/2 ||O - Y||^2",
        ["Wq", "Wk", "Wv", "X"],
    ),
    "tied": ("Z = X W; H = sigmoid(Z); R = H W'; J = ||X - R||^2", ["W"]),
    "one weight": ("Z = X W1; H = tanh(Z); Yhat = H W2; J = ||Yhat - Y||^2", ["W2"]),
}


def graph(name: str) -> matcalc.Graph:
    """The graph of one of the programs."""
    source, wrt = PROGRAMS[name]
    return matcalc.graph(source, wrt)


def dependencies(source: str) -> set[tuple[str, str]]:
    """(operand, name) for every name in a formula of the text."""
    definitions = [line.split("=") for line in re.split(r"[;\n]", source) if "=" in line]
    words = {name.strip(): set(re.findall(r"[A-Za-z]\w*(?!\w*\()", formula)) for name, formula in definitions}
    return {(operand, name) for name, operands in words.items() for operand in operands}


def influenced(edges: set[tuple[str, str]], variables: list[str]) -> set[str]:
    """The names that depend on the variables."""
    found = set(variables)
    while more := {user for operand, user in edges if operand in found} - found:
        found |= more
    return found


NODE = re.compile(r'^  "(?P<name>[^"]+)" \[label=<(?P<label>.*)>, (?P<style>[^>]*)\]$')
EDGE = re.compile(r'^  "(?P<from>[^"]+)" -> "(?P<to>[^"]+)" \[label="(?P<label>[^"]*)", (?P<style>.*)\]$')


def read_dot(text: str) -> SimpleNamespace:
    """The vertices (name -> its lines) and edges (ends -> label), forward and back, of a DOT text."""
    found = SimpleNamespace(vertices={}, forward={}, back={}, gaps=[], styles={})
    for line in text.splitlines():
        if edge := EDGE.match(line):
            if "style=dotted" in edge["style"]:
                found.gaps.append((edge["from"], edge["to"]))
                continue
            kind = found.back if "dir=back" in edge["style"] else found.forward
            assert (edge["from"], edge["to"]) not in kind, "an edge is drawn twice"
            kind[edge["from"], edge["to"]] = edge["label"].split("\\n")
        elif vertex := NODE.match(line):
            shown = vertex["label"].split('<BR ALIGN="LEFT"/>')[:-1]
            found.vertices[vertex["name"]] = [re.sub("<[^>]*>", "", row) for row in shown]
            found.styles[vertex["name"]] = vertex["style"]
    return found


def read_mermaid(text: str) -> SimpleNamespace:
    """The same of a Mermaid text; names are the first words of the labels."""
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    names: dict[str, str] = {}
    found = SimpleNamespace(vertices={}, forward={}, back={}, gaps=[], styles={})
    for line in lines[1:]:
        if vertex := re.fullmatch(r'  (\w+)\["([^"]*)"\]', line):
            rows = vertex[2].split("<br/>")
            names[vertex[1]] = rows[0].split(" = ")[0]
            found.vertices[names[vertex[1]]] = rows
        elif edge := re.fullmatch(r'  (\w+) (-->|-\.->)\|"([^"]*)"\| (\w+)', line):
            ends = (names[edge[1]], names[edge[4]])
            if edge[2] == "-->":
                found.forward[ends] = edge[3].split("<br/>")
            else:
                found.back[ends[::-1]] = edge[3].split("<br/>")
        elif gap := re.fullmatch(r'  (\w+) -\. "\.\.\." \.- (\w+)', line):
            found.gaps.append((names[gap[1]], names[gap[2]]))
        elif kind := re.fullmatch(r"  class ([\w,]+) (\w+)", line):
            found.styles |= {names[n]: kind[2] for n in kind[1].split(",")}
        else:
            assert re.match("  (classDef|linkStyle) ", line), line
    return found


READERS: Mapping[str, Callable[[matcalc.Graph], SimpleNamespace]] = {
    "dot": lambda drawn: read_dot(drawn.to_dot(ascii=True)),
    "mermaid": lambda drawn: read_mermaid(drawn.to_mermaid(ascii=True)),
}
reading = pytest.mark.parametrize("form", READERS)


@reading
@pytest.mark.parametrize("name", PROGRAMS)
def test_edges_are_the_dependencies(name: str, form: str) -> None:
    source, wrt = PROGRAMS[name]
    read = READERS[form](graph(name))
    edges = dependencies(source)
    assert set(read.forward) == edges
    assert set(read.back) == {(operand, user) for operand, user in edges if operand in influenced(edges, wrt)}
    assert set(read.vertices) == {end for edge in edges for end in edge}
    for variable in wrt:
        assert "variable" in read.styles[variable] or "#fdebc8" in read.styles[variable]


@reading
def test_labels_and_shapes(form: str) -> None:
    read = READERS[form](graph("2-3-2"))
    above = {"dot": "&gt;", "mermaid": "#gt;"}[form]
    assert read.vertices["z2"] == ["z2 = W2 x + b2", "3 x 1", f"delta2 = (W3' delta3) .* [z2 {above} 0]"]
    assert read.vertices["x"] == ["x", "2 x 1"]
    assert read.vertices["W3"] == ["W3", "2 x 3", "dJ/dW3 = delta3 a2'"]
    assert read.vertices["J"][-1] == "1 x 1"
    blanks = {"  ", "&#160;&#160;"}
    assert {tuple(re.split("|".join(blanks), label[0])) for label in read.forward.values()} == {
        *(("x", "2 x 1"), ("W2", "3 x 2"), ("b2", "3 x 1"), ("z2", "3 x 1"), ("a2", "3 x 1"), ("W3", "2 x 3")),
        *(("b3", "2 x 1"), ("z3", "2 x 1"), ("a3", "2 x 1"), ("y", "2 x 1")),
    }
    assert read.back["z2", "a2"] == ["delta2", "3 x 1"]
    assert read.back["a2", "z3"] == ["W3' delta3", "3 x 1"]
    assert read.back["W3", "z3"] == ["dJ/dW3", "2 x 3"]
    assert read.back["a3", "J"] == ["a3 - y", "2 x 1"]


def test_the_backward_edges_are_told_from_the_forward_ones() -> None:
    text = graph("two layers").to_dot()
    lines = [line for line in text.splitlines() if " -> " in line]
    back = [line for line in lines if "dir=back" in line]
    assert back and all("style=dashed" in line and "#c0392b" in line for line in back)
    assert not any("dashed" in line for line in lines if line not in back)
    assert "solid: values, forwards" in text and "dashed: the gradients of J by them, backwards" in text
    drawn = graph("two layers").to_mermaid()
    edges = [line for line in drawn.splitlines() if "->" in line]
    dashed = [str(i) for i, line in enumerate(edges) if "-.->" in line]
    assert f"  linkStyle {','.join(dashed)} stroke:#c0392b,color:#c0392b" in drawn.splitlines()


# --------------------------------------------------------------------------------------------------------- the numbers

Run = Callable[[Mapping[tuple[str, str], Any]], float]


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def forward(name: str, values: Mapping[str, Any], moved: Mapping[tuple[str, str], Any]) -> float:
    """The objective, by hand; `moved` is added to an operand where one name, and no other, uses it."""
    env = dict(values)

    def use(operand: str, user: str) -> Any:
        return env[operand] + moved.get((operand, user), 0.0)

    steps: Mapping[str, tuple[tuple[str, Callable[..., Any]], ...]] = {
        "residual": (
            ("z1 W1 a0", lambda w, a: w @ a),
            ("h1 z1", np.tanh),
            ("a1 a0 h1", lambda a, h: a + h),
            ("z2 W2 a1", lambda w, a: w @ a),
            ("h2 z2", np.tanh),
            ("a2 a1 h2", lambda a, h: a + h),
            ("J a2 y", lambda a, y: 0.5 * np.sum((a - y) ** 2)),
        ),
        "attention": (
            ("Q X Wq", lambda x, w: x @ w),
            ("K X Wk", lambda x, w: x @ w),
            ("V X Wv", lambda x, w: x @ w),
            ("S Q K", lambda q, k: q @ k.T),
            ("P S", _softmax),
            ("O P V", lambda p, v: p @ v),
            ("J O Y", lambda o, y: 0.5 * np.sum((o - y) ** 2)),
        ),
        "tied": (
            ("Z X W", lambda x, w: x @ w),
            ("H Z", _sigmoid),
            ("R H W", lambda h, w: h @ w.T),
            ("J X R", lambda x, r: np.sum((x - r) ** 2)),
        ),
    }
    for words, compute in steps[name]:
        user, *operands = words.split()
        env[user] = compute(*(use(operand, user) for operand in operands))
    return float(env["J"])


SIZES = {"n": 3, "d": 2, "h": 4, "k": 5, "m": 2}


@pytest.mark.parametrize("name", ["residual", "attention", "tied"])
def test_every_edge_carries_the_slope_through_it(name: str) -> None:
    source, wrt = PROGRAMS[name]
    record = derive(matcalc.parse(source), wrt)
    drawn = drawing(record)
    rng = np.random.default_rng(4)
    shapes = {v.symbol.name: v.symbol.shape for v in drawn.vertices}
    sizes: dict[object, int] = {}
    for shape in shapes.values():
        for dim in shape:
            sizes.setdefault(dim, dim if isinstance(dim, int) else 2 + len(sizes))
    inputs = {
        v.symbol.name: rng.normal(size=[sizes[d] for d in v.symbol.shape if d != 1])
        for v in drawn.vertices
        if v.formula is None
    }
    pushed = [edge for edge in drawn.edges if edge.back is not None]
    assert len(pushed) > len(wrt)
    for edge in pushed:
        assert edge.back is not None and edge.back.shape == edge.operand.shape
        carried = np.asarray(matcalc.Expr(edge.back).evaluate(inputs))
        direction = rng.normal(size=carried.shape)
        ends = (edge.operand.name, edge.user.name)
        ahead, behind = (forward(name, inputs, {ends: s * direction}) for s in (1e-6, -1e-6))
        np.testing.assert_allclose(np.sum(carried * direction), (ahead - behind) / 2e-6, rtol=1e-5, err_msg=str(ends))
    for vertex in drawn.vertices:
        parts = [edge.back for edge in pushed if edge.operand is vertex.symbol]
        if vertex.gradient is not None and parts:
            total = sum(np.asarray(matcalc.Expr(part).evaluate(inputs)) for part in parts if part is not None)
            np.testing.assert_allclose(matcalc.Expr(vertex.gradient).evaluate(inputs), total, rtol=1e-9)


def test_a_name_of_an_intermediate_stands_for_its_gradient() -> None:
    source, wrt = PROGRAMS["two layers"]
    record = derive(matcalc.parse(source), wrt)
    drawn = {vertex.symbol.name: vertex for vertex in drawing(record).vertices}
    for name, delta in (("z3", "delta3"), ("z2", "delta2")):
        vertex = drawn[name]
        assert vertex.delta is not None and vertex.delta.name == delta
        assert vertex.delta.definition is vertex.gradient is dict(record.adjoints)[vertex.symbol]
    assert drawn["a2"].delta is None and drawn["W1"].delta is None


def test_an_edge_that_carries_a_part_says_which() -> None:
    read = read_dot(graph("residual").to_dot(ascii=True))
    assert read.back["a1", "z2"][0] == "W2' delta2" and read.back["a1", "a2"][0] == "a2 - y"
    assert read.vertices["a1"][-1] == "delta_a1 = W2' delta2 + a2 - y"
    assert read.back["a0", "z1"][0] == "W1' delta1" and read.back["a0", "a1"][0] == "delta_a1"
    assert read.vertices["a0"][-1] == "dJ/da0 = W1' delta1 + delta_a1"
    assert read.back["W2", "z2"][0] == "dJ/dW2"


def test_what_comes_back_to_a_structured_variable_is_not_yet_its_gradient() -> None:
    read = read_dot(matcalc.graph("A: n x n symmetric; x: n; z = A x; J = z' z", "A").to_dot(ascii=True))
    assert read.back["A", "z"][0] == "2 z x'" and read.vertices["A"][-1] == "dJ/dA = x z' + z x'"


# ------------------------------------------------------------------------------------------------------- kinds of input


def test_a_known_gradient() -> None:
    read = read_dot(matcalc.graph("A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R", ["W3", "W4"]).to_dot(ascii=True))
    assert read.vertices["E"] == ["E", "1 x 1"]
    assert read.back["A5", "E"] == ["A5 - R", "n x k"]
    assert ("A5", "E") in read.forward and "R" not in read.vertices
    assert read.vertices["W3"][-1] == "dE/dW3 = A3'(A5 - R) W4'"


def test_the_objective_is_shown_as_it_was_written() -> None:
    assert read_dot(graph("two layers").to_dot(ascii=True)).vertices["J"][0] == "J = sum((y - yhat).^2)"
    named = read_dot(matcalc.graph("J = sum((y - f(f(X W1) W2))^2)", "W1").to_dot(ascii=True))
    assert named.vertices["J"][0] == "J = sum((y - yhat).^2)"
    assert {name: rows[0] for name, rows in named.vertices.items()} == {
        **dict(zip(["X", "W1", "W2", "y"], ["X", "W1", "W2", "y"], strict=True)),
        "Z1": "Z1 = X W1",
        "A1": "A1 = f(Z1)",
        "z2": "z2 = A1 W2",
        "yhat": "yhat = f(z2)",
        "J": "J = sum((y - yhat).^2)",
    }


def test_a_variable_that_does_not_occur() -> None:
    read = read_dot(matcalc.graph("X: n x d; x: n; z = 2 x; J = z' z", ["x", "X"]).to_dot(ascii=True))
    assert read.vertices["X"] == ["X", "n x d", "dJ/dX = zeros(n, d)"]
    assert not any("X" in ends for ends in (*read.forward, *read.back))


def test_a_variable_that_is_an_intermediate() -> None:
    read = read_dot(matcalc.graph("z2 = X W; a2 = tanh(z2); J = a2 : R", ["z2", "W"]).to_dot(ascii=True))
    assert read.vertices["z2"][0] == "z2 = X W" and any(row.startswith("dJ/dz2 = ") for row in read.vertices["z2"])
    assert "#fdebc8" in read.styles["z2"]


def test_an_operand_that_occurs_twice_in_a_formula_has_one_edge() -> None:
    read = read_dot(matcalc.graph("z = A x; J = z' z + sum(z)", "x").to_dot(ascii=True))
    assert set(read.forward) == {("A", "z"), ("x", "z"), ("z", "J")}
    assert read.back["z", "J"] == ["1 + 2 z", "n x 1"]


LAYERS = "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]; a[l] = g(z[l])\na[0] = x\nJ = 1/2 sum((a[L] - y)^2)"


@reading
def test_of_layers_one_is_drawn_with_its_neighbour_and_the_last(form: str) -> None:
    read = READERS[form](matcalc.graph(LAYERS, ["W", "b"]))
    inside = {("W[{}]", "z[{}]"), ("b[{}]", "z[{}]")}
    layers = {(a.format(at), b.format(at)) for a, b in inside for at in ("l", "l+1", "L")}
    assert set(read.forward) - layers == {
        *(("x", "a[0]"), ("a[l-1]", "z[l]"), ("z[l]", "a[l]"), ("a[l]", "z[l+1]")),
        *(("a[L-1]", "z[L]"), ("z[L]", "a[L]"), ("a[L]", "J"), ("y", "J")),
    }
    assert layers <= set(read.forward)
    assert {ends: label[0] for ends, label in read.back.items()} == {
        ("W[l]", "z[l]"): "dJ/dW[l]",
        ("b[l]", "z[l]"): "dJ/db[l]",
        ("z[l]", "a[l]"): "delta[l]",
        ("a[l]", "z[l+1]"): "W[l+1]' delta[l+1]",
        ("a[l-1]", "z[l]"): "W[l]' delta[l]",
        ("z[L]", "a[L]"): "delta[L]",
        ("a[L]", "J"): "a[L] - y",
    }
    assert read.vertices["W[l]"][-1] == "dJ/dW[l] = delta[l] a[l-1]'"
    formula = " ".join(read.vertices["z[l]"][-2:]).replace("&#160;", "").replace("#nbsp;", "")
    assert formula == "delta[l] = (W[l+1]' delta[l+1]) .* g'(z[l])"
    assert sorted(read.gaps) == [("a[0]", "a[l-1]"), ("z[l+1]", "a[L-1]")]


def test_what_comes_back_to_weights_that_all_steps_share_is_a_part() -> None:
    source = "layers t = 1..T: h[t] = tanh(U h[t-1] + V x[t])\nh[0] = h0\nJ = 1/2 sum((h[T] - y)^2)"
    read = read_dot(matcalc.graph(source, ["U", "V"]).to_dot(ascii=True))
    assert read.back["U", "z[t]"][0] == "delta[t] h[t-1]'"
    assert read.vertices["U"][-1] == "dJ/dU = sum(delta[t] h[t-1]', t = 1..T)"


def test_names_that_the_gradients_are_written_with_stand_beside() -> None:
    drawn = matcalc.graph("J = ||M - X||_*", "X")
    parts = [s.name for s in drawing(drawn.record).parts]
    assert parts
    for text in (drawn.to_dot(ascii=True), drawn.to_mermaid(ascii=True)):
        assert all(f"{name} = " in text for name in parts)


def test_primes_are_kept_where_they_are_asked_for() -> None:
    source, wrt = PROGRAMS["2-3-2"]
    assert "relu'(z2)" in matcalc.graph(source, wrt, primes=True).to_mermaid(ascii=True)
    assert "relu'(z2)" not in matcalc.graph(source, wrt).to_mermaid(ascii=True)


def test_a_derivation_draws_the_same() -> None:
    source, wrt = PROGRAMS["tied"]
    derivation, drawn = matcalc.derive(source, wrt, verify=False), matcalc.graph(source, wrt)
    assert derivation.to_dot() == drawn.to_dot() and derivation.to_mermaid() == drawn.to_mermaid() == str(drawn)
    assert repr(drawn) == "<Graph of J and its gradients with respect to W>"


# ------------------------------------------------------------------------------------------------------------ the words


def test_names_are_set_as_on_a_board() -> None:
    text = graph("two layers").to_mermaid()
    assert 'n3["z₂ = X W₁<br/>n×h<br/>δ₂ = (δ₃ W₂ᵀ) ⊙ a₂ ⊙ (1 - a₂)"]' in text
    assert "ŷ = sigmoid(z₃)" in text
    assert graph("two layers").to_mermaid(ascii=True).isascii() and graph("attention").to_dot(ascii=True).isascii()


def test_formulas_on_the_board_are_read_back() -> None:
    program = matcalc.parse(PROGRAMS["two layers"][0])
    shown = re.findall(r'"([^"<]+ = [^"<]+)<br/>', graph("two layers").to_mermaid())
    assert len(shown) == 5
    for equation in shown:
        name, _, formula = equation.partition(" = ")
        plain = matcalc.parse(f"{name}: n; J = 2 {name}' {name}").inputs[0].name if name != "J" else name
        definition = program.symbol(plain).definition
        assert matcalc.equal(formula, matcalc.Expr(definition), program).status == "proved"


STRANGE = ["W[l+1]", 'a"b', "a<b>&c", "back\\slash", "x|y", "node", "end", "{c}", "n1", "a;b#c", "λ"]


def strange() -> Drawing:
    """A drawing of names that no program could have, or only one with layers."""
    symbols = [Symbol(name, ("n", "n")) for name in STRANGE]
    user = Symbol("out[L]", ("n", "n"), (), matmul(*symbols))
    return Drawing(
        objective=user,
        vertices=(*(Vertex(s, "variable", None, s) for s in symbols), Vertex(user, "objective", user.definition)),
        edges=tuple(Edge(s, user, s) for s in symbols),
    )


def test_any_name_is_safe_in_mermaid() -> None:
    text = mermaid(strange(), ascii=True)
    vertices = [line for line in text.splitlines() if re.match(r"  n\d+\[", line)]
    assert len(vertices) == len(STRANGE) + 1
    for line in vertices:
        assert re.fullmatch(r'  n\d+\["([^"#<>&]|#(\w+);|<br/>)*"\]', line), line
    assert "a#quot;b" in text and "a#lt;b#gt;#amp;c" in text and "a;b#35;c" in text and '"W[l+1]<br/>' in text


@pytest.fixture
def laid_out(capfd: pytest.CaptureFixture[str]) -> Callable[[str], Any]:
    """What Graphviz understands of a text, without a warning about it."""

    def read(text: str) -> Any:
        pygraphviz = pytest.importorskip("pygraphviz")
        found = json.loads(pygraphviz.AGraph(string=text).draw(format="json", prog="dot"))
        said = capfd.readouterr().err.splitlines()
        assert not [line for line in said if not line.startswith("Fontconfig")]
        return found

    return read


def test_graphviz_reads_any_name(laid_out: Callable[[str], Any]) -> None:
    found = laid_out(dot(strange(), ascii=True))
    # Graphviz keeps a doubled backslash in a name, and no program has one.
    assert [node["name"].replace("\\\\", "\\") for node in found["objects"]] == [*STRANGE, "out[L]"]
    labels = [edge["label"].replace("\\\\", "\\") for edge in found["edges"]]
    assert labels[::2] == [f"{name}  n x n" for name in STRANGE]
    assert all(edge["head"] == len(STRANGE) for edge in found["edges"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_graphviz_reads_the_dependencies(name: str, laid_out: Callable[[str], Any]) -> None:
    found = laid_out(graph(name).to_dot())
    names = [node["name"] for node in found["objects"]]
    edges = {(names[e["tail"]], names[e["head"]]) for e in found["edges"] if e.get("dir") != "back"}
    assert edges == dependencies(PROGRAMS[name][0])


def test_a_picture() -> None:
    pytest.importorskip("pygraphviz")
    svg = graph("2-3-2").to_svg()
    assert svg.startswith("<?xml") and svg.rstrip().endswith("</svg>")
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", svg)
    assert {"z₂ = W₂ x + b₂", "3×1", "δ₂", "W₃ᵀ δ₃"} <= {text.replace("&#160;", " ") for text in shown}
    assert graph("2-3-2").to_picture("png").startswith(b"\x89PNG")
    assert "image/svg+xml" in graph("2-3-2")._repr_mimebundle_()


# ----------------------------------------------------------------------------------------------------- what is missing


def test_without_the_python_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(matcalc.UnsupportedError, match="needs the Python package pygraphviz") as error:
        graph("tied").to_svg()
    assert "pip install" in error.value.hint and "--format dot or mermaid" in error.value.hint
    assert graph("tied").to_dot() and graph("tied").to_mermaid()
    assert "text/vnd.mermaid" in graph("tied")._repr_mimebundle_()


def test_what_graphviz_does_not_read_is_an_error_of_matcalc() -> None:
    pytest.importorskip("pygraphviz")
    with pytest.raises(matcalc.UnsupportedError, match="Graphviz failed"):
        as_picture.picture("digraph { a ->", "svg")


def test_a_form_that_there_is_not() -> None:
    with pytest.raises(matcalc.UnsupportedError, match="svg, png or pdf, not 'gif'"):
        graph("tied").to_picture("gif")


# ------------------------------------------------------------------------------------------------------------ its size


def network(layers: int) -> tuple[str, list[str]]:
    """A network of so many layers."""
    lines = [f"z{i} = W{i} a{i - 1} + b{i}; a{i} = g(z{i})" for i in range(1, layers + 1)]
    return "\n".join(["a0: n; y: n", *lines, f"J = 1/2 sum((a{layers} - y)^2)"]), [
        f"W{i}" for i in range(1, layers + 1)
    ]


def test_it_grows_with_the_number_of_layers() -> None:
    lengths, works = {}, {}
    for layers in (50, 100, 200):
        record = derive(matcalc.parse(network(layers)[0]), network(layers)[1])

        def draw(record: Record = record, layers: int = layers) -> None:
            drawn = drawing(record)
            lengths[layers] = len(dot(drawn)) + len(mermaid(drawn))

        works[layers] = calls(draw)
    assert works[200] - works[100] < 2.2 * (works[100] - works[50])
    assert lengths[200] - lengths[100] < 2.2 * (lengths[100] - lengths[50])


def test_what_cannot_be_laid_out_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz")
    monkeypatch.setattr(as_picture, "SECONDS", 0.01)
    drawn = matcalc.graph(*network(50))
    with pytest.raises(
        matcalc.UnsupportedError, match=r"of these 3\d\d arrows takes longer than 0.01 seconds"
    ) as error:
        drawn.to_svg()
    assert "to_mermaid()" in error.value.hint
    assert "text/vnd.mermaid" in drawn._repr_mimebundle_()


def test_a_formula_too_long_to_read_is_cut_short() -> None:
    factors = " + ".join(f"A{i} x" for i in range(60))
    read = read_dot(matcalc.graph(f"z = {factors}; J = z' z", "x").to_dot(ascii=True))
    assert len(read.vertices["z"]) < 10 and max(map(len, read.vertices["z"])) < 60


# ----------------------------------------------------------------------------------------------------- the command line

COMMAND = ["graph", PROGRAMS["tied"][0], "--wrt", "W"]


def test_the_command_writes_mermaid(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--ascii"]) == 0
    assert capsys.readouterr().out == graph("tied").to_mermaid(ascii=True)
    assert run([*COMMAND, "--format", "dot"]) == 0
    assert capsys.readouterr().out == graph("tied").to_dot()


@pytest.mark.parametrize(
    ("file", "start", "end"),
    [
        ("a.mmd", "flowchart LR\n", ""),
        ("a.dot", "digraph {", "}\n"),
        ("a.gv", "digraph {", "}\n"),
        ("a.md", "```mermaid\nflowchart LR\n", "\n```\n"),
        ("a.txt", "flowchart LR\n", ""),
    ],
)
def test_the_ending_of_a_file_says_the_format(tmp_path: Path, file: str, start: str, end: str) -> None:
    assert run([*COMMAND, "--output", str(tmp_path / file)]) == 0
    text = (tmp_path / file).read_text("utf-8")
    assert text.startswith(start) and text.endswith(end) and "ᵀ" in text


@pytest.mark.parametrize(("file", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")])
def test_a_picture_in_a_file(tmp_path: Path, file: str, start: bytes) -> None:
    pytest.importorskip("pygraphviz")
    assert run([*COMMAND, "--output", str(tmp_path / file)]) == 0
    assert (tmp_path / file).read_bytes().startswith(start)


def test_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert run([*COMMAND, "--output", str(tmp_path / "a.svg")]) == 3
    said = capsys.readouterr().err
    assert "pip install" in said and "--format dot or mermaid" in said and "Traceback" not in said
    assert not (tmp_path / "a.svg").exists()


def test_a_program_that_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "J = sum(x", "--wrt", "x"]) == 2
    assert "is never closed" in capsys.readouterr().err
    assert run(["graph", "J = sum(x)", "--wrt", "q"]) == 2
