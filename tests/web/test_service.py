"""The operations on plain data: every example, every kind of error, and the kept description of the interface."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nested_html import Nesting
from selection import some

import matcalc
from matcalc.collection import all_examples, suggested_names
from matcalc.web import openapi
from matcalc.web.operations import OPERATIONS
from matcalc.web.service import answered, answered_text

LEAST = {"source": "J = ||X w - y||^2", "shapes": [], "wrt": ["w"]}
REQUESTS: dict[str, dict[str, Any]] = {
    "read": {"source": LEAST["source"]},
    "derive": LEAST,
    "jacobian": {"source": "A X B", "wrt": ["X"]},
    "hessian": {"source": "J = ||U V' - A||^2", "wrt": ["U", "V"], "verify": False},
    "solve": {**LEAST, "subject": "a' w = 1"},
    "check": {**LEAST, "answer": "X'(X w - y)"},
    "check_derivation": {"source": "J = w' A w; A: n x n", "derivation": "dJ = 2 w' A dw"},
    "verify": {**LEAST, "candidate": "2 X'(X w - y)"},
    "equal": {"a": "(A B)'", "b": "B' A'"},
    "graph": LEAST,
    "rules": {"name": "softmax", "formats": ["html", "text", "latex", "markdown"]},
    "notation": {"formats": ["html", "text"]},
    "examples": {},
}


def pieces(answer: Any, key: str = "") -> Iterator[str]:
    """Every piece of HTML in an answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from pieces(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from pieces(value, key)
    elif isinstance(answer, str) and key in ("html", "badges"):
        yield answer


def fits(name: str, answer: dict[str, Any]) -> None:
    """The answer has the fields that its row in the table says, of these types, and is JSON."""
    types = {"string": str, "array": list, "object": dict, "boolean": bool, "number": (int, float), "any": object}
    row = OPERATIONS[name].answers
    assert {field for field in row if not field.endswith("?")} <= set(answer)
    for field, value in answer.items():
        kind = row.get(field, row.get(f"{field}?"))
        assert kind is not None, field
        assert isinstance(value, types[kind]), field  # type: ignore[arg-type]
    json.dumps(answer, allow_nan=False)
    for piece in pieces(answer):
        page = Nesting(piece)
        for tag, attributes in page.seen:
            assert tag != "script" and not any(one.startswith("on") or one == "style" for one in attributes)
            if tag == "math":
                assert attributes["alttext"]


@pytest.mark.parametrize("name", REQUESTS)
def test_an_operation_answers_as_its_row_says(name: str) -> None:
    answer = answered(name, REQUESTS[name])
    assert "error" not in answer, answer
    fits(name, answer)


def test_every_operation_is_tested() -> None:
    assert {*REQUESTS, "pdf"} == set(OPERATIONS)


@pytest.mark.parametrize("name", some([*all_examples()], 17))
def test_an_example_is_read_and_derived(name: str) -> None:
    text = all_examples()[name]
    understood = answered("read", {"source": text})
    fits("read", understood)
    assert understood["understood"]
    known = {row["name"].partition("[")[0] for row in understood["names"]}
    for wanted in suggested_names(text):
        assert {part.partition("[")[0] for part in wanted.split(",")} <= known
    if understood["is_scalar"]:
        found = answered("derive", {"source": text, "verify": False})
        fits("derive", found)
        assert [row["name"] for row in found["results"]] == understood["wrt"]
        parts = [a["class"] for _, a in Nesting(found["html"]).seen if str(a.get("class")).startswith("part ")]
        assert parts[0] == "part result" and {"part problem", "part derivation", "part rules"} <= set(parts)


def test_the_text_of_what_was_read_reads_to_the_same() -> None:
    first = answered("read", {"source": r"\lVert Xw - y\rVert_2^2 + \lambda w^\top w"})
    again = answered("read", {"source": first["text"]})
    assert again["definitions"] == first["definitions"]
    assert {row["how"] for row in again["names"]} == {"declared"}


def test_the_gradient_is_the_derivative() -> None:
    found = answered("derive", {**LEAST, "verify": True})
    assert found["verification"]["w"]["status"] == "proved"
    assert "proved for all sizes" in Nesting(found["badges"]).words
    rng = np.random.default_rng(1)
    X, w, y = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)
    program = matcalc.parse(f"G = {found['results'][0]['text']}; X: n x d; w: d; y: n")
    value = matcalc.Expr(program.objective.definition, program.inputs).evaluate({"X": X, "w": w, "y": y})  # type: ignore[arg-type]
    loss = lambda w: float(np.sum((X @ w - y) ** 2))  # noqa: E731
    steps = np.eye(3) * 1e-6
    np.testing.assert_allclose(value, [(loss(w + s) - loss(w - s)) / 2e-6 for s in steps], rtol=1e-6)


@pytest.mark.parametrize(
    ("one", "listed"),
    [
        ({"wrt": "w"}, {"wrt": ["w"]}),
        ({"wrt": "X, w"}, {"wrt": ["X", "w"]}),
        ({"wrt": " "}, {"wrt": []}),
        ({"shapes": "w: 3"}, {"shapes": ["w: 3"]}),
        ({"formats": "text"}, {"formats": ["text"]}),
    ],
)
def test_one_of_a_list_may_stand_alone(one: dict[str, Any], listed: dict[str, Any]) -> None:
    asked = {"source": LEAST["source"], "verify": False}
    answer = answered("derive", {**asked, **one})
    assert answer == answered("derive", {**asked, **listed}) and "error" not in answer
    read = {name: value for name, value in one.items() if name != "formats"}
    assert answered("read", {"source": LEAST["source"], **read})["understood"]


def test_a_declaration_changes_what_is_inferred() -> None:
    source = "J = sum((y - f(X W))^2)"
    shapes = lambda **more: {r["name"]: r["shape"] for r in answered("read", {"source": source, **more})["names"]}  # noqa: E731
    assert shapes()["W"] != ["d", "k"]
    declared = shapes(shapes=["W: d x k", "y: n x k"])
    assert declared["W"] == ["d", "k"] and declared["y"] == ["n", "k"]


ASKED = [
    "‖r .* X‖^2",
    "‖X w - Y‖^2",
    "p = softmax(z); L = -log p_k",
    "-sum(Y .* log(softmax(W X + b)))",
    "1/2n (y - X w)'(y - X w)",
]


@pytest.mark.parametrize("text", ASKED)
def test_a_question_has_a_program_for_each_of_its_readings(text: str) -> None:
    answer = answered("read", {"source": text})
    fits("read", answer)
    readings = answer["error"]["readings"]
    assert len(readings) >= 2
    for reading in readings:
        again = answered("read", {"source": reading["source"], "shapes": reading["shapes"]})
        assert again["understood"], reading
    assert len({reading["source"] for reading in readings}) == len(readings)
    buttons = [a["value"] for tag, a in Nesting(answer["html"]).seen if tag == "button"]
    assert buttons == [reading["source"] for reading in readings]


@pytest.mark.parametrize(
    ("name", "request_", "kind", "says"),
    [
        ("derive", {"source": "J = (x"}, "ParseError", "( is never closed"),
        ("derive", {"source": "J = A B; A: n x 2; B: 3 x n"}, "ShapeError", "A"),
        ("derive", {"source": "x + y = z = 3"}, "ParseError", ""),
        ("derive", {"source": LEAST["source"], "wrt": ["q"]}, "UnknownNameError", "q"),
        ("derive", {"source": "svd(X)"}, "UnsupportedError", "svd"),
        ("derive", {}, "RequestError", "source"),
        ("derive", [1], "RequestError", "object"),
        ("derive", {"source": 3}, "RequestError", "source is a text"),
        ("derive", {"source": "J = \ud800"}, "RequestError", "source has half a character, \\ud800, at place 5"),
        ("derive", {"source": "J = x'x", "wrt": ["x", "\udc4b"]}, "RequestError", "wrt has half a character, \\udc4b"),
        ("derive", {"source": "J = x'x", "convention": "\udc4b"}, "RequestError", "convention has half a character"),
        ("read", {"source": "x" * 100_001}, "LimitError", "source has 100,001 characters, and the limit is 100,000"),
        ("derive", {"source": "J = x' x", "sauce": 1}, "RequestError", "sauce"),
        ("derive", {"source": "J = x' x", "time_limit": 1e9}, "RequestError", "at most 20"),
        ("derive", {"source": "J = x' x", "time_limit": float("nan")}, "RequestError", "more than 0"),
        ("derive", {"source": "J = x' x", "time_limit": True}, "RequestError", "number"),
        ("derive", {"source": "J = x' x", "formats": ["pdf"]}, "RequestError", "pdf"),
        ("derive", {"source": "J = x' x", "wrt": 3}, "RequestError", "list"),
        ("derive", {"source": "J = x' x", "wrt": ["x", 3]}, "RequestError", "list"),
        ("derive", {"source": "J = x' x", "formats": ""}, "RequestError", "no choice"),
        ("derive", {"source": "J = x' x", "convention": "own"}, "RequestError", "own"),
        ("derive", {"source": "J = 3"}, "MatcalcError", "nothing to differentiate by"),
        ("hessian", {"source": "A X B", "wrt": ["X"]}, "UnsupportedError", "scalar"),
        ("hessian", {**LEAST, "structure": "half"}, "MatcalcError", "w has no structure"),
        ("hessian", {**LEAST, "structure": "third"}, "RequestError", "third"),
        ("solve", {"source": "J = sum(exp(w))", "wrt": ["w"]}, "UnsupportedError", "not affine in w"),
        ("solve", {**LEAST, "subject": "a' w > 1"}, "UnsupportedError", "inequality"),
        ("solve", {**LEAST, "subject": "a' w"}, "ParseError", "one equation"),
        ("check", {**LEAST, "wrt": ["X", "w"], "answer": "X"}, "RequestError", "one name"),
        ("jacobian", {**LEAST, "wrt": ["X", "w"]}, "RequestError", "one name"),
        ("rules", {"name": "nonsense"}, "UnknownNameError", "nonsense"),
        ("wipe", {}, "RequestError", "there is no operation wipe"),
    ],
)
def test_what_cannot_be_answered_is_an_error_with_its_message(name: str, request_: Any, kind: str, says: str) -> None:
    answer = answered(name, request_)
    assert set(answer) == {"error", "html"}
    error = answer["error"]
    assert error["kind"] == kind, error
    assert says in error["message"], error
    assert set(error) == set(openapi.ERROR["required"])
    Nesting(answer["html"])


def test_an_error_says_its_place() -> None:
    error = answered("derive", {"source": "J = x' x\nK = (x"})["error"]
    assert (error["line"], error["column"], error["text"]) == (2, 5, "(")
    assert error["hint"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 10])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert answered_text("derive", body)["error"]["kind"] == "RequestError"


def test_typed_text_is_escaped_wherever_it_is_shown() -> None:
    evil = "<img src=x onerror=alert(1)>"
    requests: list[tuple[str, dict[str, Any]]] = [
        ("read", {"source": evil}),
        ("read", {"source": f"J = x' x # {evil}"}),
        ("derive", {"source": f"J = x' {evil}"}),
        ("check", {**LEAST, "answer": f"2 X' {evil}"}),
        ("check", {**LEAST, "answer": evil}),
        ("check_derivation", {"source": "J = w' A w; A: n x n", "derivation": f"dJ = 2 w' A dw {evil}\n{evil}"}),
        ("derive", {"source": "J = x' x", "wrt": [evil]}),
        (evil, {}),
    ]
    for name, request_ in requests:
        for piece in pieces(answered(name, request_)):
            assert not any(tag == "img" for tag, _ in Nesting(piece).seen), name


def test_an_answer_is_marked_where_it_is_wrong() -> None:
    answer = answered("check", {"source": "J = ||X W - Y||^2", "wrt": ["W"], "answer": "2 X (X W - Y)"})
    fits("check", answer)
    assert not answer["ok"]
    page = Nesting(answer["html"])
    assert any(tag == "mark" for tag, _ in page.seen)
    right = answered("check", {"source": "J = ||X W - Y||^2", "wrt": ["W"], "answer": "2 X'(X W - Y)"})
    assert right["ok"] and "Right" in Nesting(right["html"]).words


@pytest.mark.parametrize(
    "operation, asked",
    [
        ("read", {"source": "J = ||X w - y||^2 + tr("}),
        ("derive", {"source": "J = ||X w - y||^2 + tr("}),
        ("check_derivation", {"source": "J = ||X w - y||^2", "derivation": "dJ = 2 (X w - y) : X dw + tr("}),
    ],
)
def test_an_error_quotes_the_line_as_it_stands_with_the_caret_below_its_place(
    operation: str, asked: dict[str, Any]
) -> None:
    html = answered(operation, asked)["html"]
    (quoted,) = re.findall("<pre class=.quoted.[^>]*>(.*?)</pre>", html, re.DOTALL)
    line, caret = unescape(quoted).split("\n")
    assert line == asked.get("derivation", asked["source"])
    assert caret == " " * (len(line) - 1) + "^"
    said = [unescape(text) for text in re.findall("<p(?: [^>]*)?>(.*?)</p>", html, re.DOTALL)]
    assert f"line 1, column {len(line)}: ( is never closed" in said and "hint: every bracket needs its partner" in said


@pytest.mark.parametrize("answer, place", [("2 X'(X w - ", "("), ("2 X'(X w - y)\n + q", "q"), ("2 X' -", "-")])
def test_an_answer_that_cannot_be_read_is_quoted_once_with_its_place_marked(answer: str, place: str) -> None:
    html = answered("check", {"source": "J = ||X w - y||^2", "wrt": ["w"], "answer": answer})["html"]
    (shown,) = re.findall("<pre[^>]*>(.*?)</pre>", html, re.DOTALL)
    assert re.findall("<mark>(.*?)</mark>", shown) == [place]
    assert unescape(re.sub("<.*?>", "", shown)) == answer
    first, hint = re.findall("<p class=.(?:wrong|hint).>(.*?)</p>", html, re.DOTALL)
    assert "It could not be read: line " in first and "hint" not in first and hint.startswith("hint: ")


def test_without_a_choice_what_is_by_one_name_is_by_the_first_that_the_text_suggests() -> None:
    network = {"source": "J = sum((Y - f(f(X W1) W2))^2); Y: n x k"}
    answer = answered("check", {**network, "answer": "X'((2 (f(f(X W1) W2) - Y) .* f'(f(X W1) W2)) W2' .* f'(X W1))"})
    assert answer["name"] == "W1" and answer["ok"]
    assert "As the gradient by W1" in Nesting(answer["html"]).words
    assert answered("jacobian", {**network, "verify": False})["results"][0]["name"] == "W1"


def test_a_hessian_by_independent_entries_has_their_number_of_rows() -> None:
    # J = ‖S‖² = a² + 2 b² + c² of S = [a b; b c]: by a, b, c the second derivatives are 2, 4, 2.
    asked = {"source": "S: 2 x 2 symmetric; J = ||S||^2", "verify": False}
    found = answered("hessian", {**asked, "structure": "half"})
    fits("hessian", found)
    program = matcalc.parse(f"H = {found['results'][0]['text'].replace('D', 'duplication(2)')}; S: 2 x 2")
    assert program.objective.definition is not None
    np.testing.assert_allclose(matcalc.Expr(program.objective.definition).evaluate({}), np.diag([2, 4, 2]))
    assert found["results"][0]["shape"] == ["3", "3"]
    assert answered("hessian", asked)["results"][0]["shape"] == ["4", "4"]
    jacobian = answered(
        "jacobian", {"source": "S: 2 x 2 symmetric; A S", "wrt": "S", "structure": "half", "verify": False}
    )
    assert jacobian["results"][0]["shape"] == ["2 n", "3"]


def test_names_whose_entries_depend_on_each_other_are_marked() -> None:
    found = answered("read", {"source": "S: n x n pd; Q: n x n orthogonal; A: n x n invertible; J = tr(S Q A)"})
    assert {row["name"]: row["structured"] for row in found["names"]} == {"S": True, "Q": True, "A": False}
    marked = [str(a["class"]) for tag, a in Nesting(found["html"]).seen if tag == "li"]
    assert [kind.split() for kind in marked] == [["declared", "structured"], ["declared", "structured"], ["declared"]]


def test_a_solution_is_where_the_constrained_loss_is_least() -> None:
    found = answered("solve", {"source": "J = 1/2 w' S w; S: n x n pd", "wrt": "w", "subject": "ones(n)' w = 1"})
    fits("solve", found)
    assert (found["kind"], found["condition"], found["known_as"], found["others"]) == ("minimum", "", "", "")
    assert found["verification"]["w"]["status"] == "proved"
    rng = np.random.default_rng(2)
    root = rng.normal(size=(3, 3))
    S = root @ root.T + np.eye(3)
    program = matcalc.parse(f"v = {found['results'][0]['text']}; S: 3 x 3")
    assert program.objective.definition is not None
    w = np.asarray(matcalc.Expr(program.objective.definition, program.inputs).evaluate({"S": S}))
    assert w.sum() == pytest.approx(1)
    for _ in range(20):
        move = rng.normal(size=3)
        other = w + move - move.mean()
        assert other @ S @ other > w @ S @ w
    words = Nesting(found["html"]).words
    assert "the only minimum" in words and "constraint1" not in words


def test_a_derivation_is_marked_at_its_first_wrong_line() -> None:
    answer = answered("check_derivation", REQUESTS["check_derivation"])
    fits("check_derivation", answer)
    assert answer["first_bad"] == 1
    assert "Line 1 does not follow" in Nesting(answer["html"]).words


def test_a_wrong_formula_comes_with_the_point_where_it_is_wrong() -> None:
    answer = answered("verify", {**LEAST, "candidate": "X'(X w - y)"})
    assert answer["ok"] is False
    seen = answer["verification"]["w"]["counterexample"]
    values = {name: np.array(rows) for name, rows in seen["point"].items()}
    gradient = 2 * values["X"].T @ (values["X"] @ values["w"] - values["y"])
    row, column = seen["entry"]
    assert seen["measured"] == pytest.approx(gradient[row, column], rel=1e-9)
    words = Nesting(answer["badges"]).words
    assert "wrong" in words and f"{seen['measured']:.6g}" in words


def test_the_kept_description_is_that_of_the_table() -> None:
    kept = Path(openapi.__file__).with_name("openapi.json").read_text("utf-8")
    assert kept == openapi.written(), "python -m matcalc.web.openapi > matcalc/web/openapi.json"


def test_a_step_opens_into_its_statement_and_its_reason() -> None:
    found = answered("derive", {**LEAST, "verify": False})
    words = Nesting(found["html"]).words.partition("Rules used")[0]
    assert "each entry is a sum of products of two numbers" in words  # the reason for the product rule


def test_every_default_is_a_value_that_its_field_takes() -> None:
    for operation in OPERATIONS.values():
        for name, field in operation.fields.items():
            if field.default is not None:
                given = list(field.default) if isinstance(field.default, tuple) else field.default
                assert field.read(name, given) == field.default


@pytest.mark.parametrize(
    ("shape", "where", "named"),
    [
        ("X: n x d x 3", "X: n x d x 3", {"X", "w", "y"}),
        ("X: n x d symmetric", "X: n x d symmetric", {"X", "w", "y"}),
        ("y: 3 x 4", "", {"X", "w", "y"}),  # the place is in the formula
        ("X, Z: n x", "X, Z: n x", {"X, Z", "X", "w", "y"}),
    ],
)
def test_names_stay_where_a_shape_declared_beside_them_is_wrong(shape: str, where: str, named: set[str]) -> None:
    answer = answered("read", {"source": "J = ||X w - y||^2", "shapes": [shape]})
    assert answer["error"]["declaration"] == where
    assert ("in a declaration beside the program" in answer["error"]["said"]) == bool(where)
    fields = dict(re.findall(r'name="shape:([^"]*)"(?: value="([^"]*)")?', answer["html"]))
    name, _, size = shape.partition(": ")
    assert fields.keys() == named and fields[name] == size
    again = answered("read", {"source": "J = ||X w - (", "shapes": [shape]})
    assert again["error"]["declaration"] == "" and again["html"].count('name="shape:') == 1


@pytest.mark.parametrize("name", ["jacobian", "check", "hessian", "solve"])
def test_what_is_by_one_name_asks_by_which(name: str) -> None:
    wrt = ["X", "w", "y"]
    found = answered(name, {**LEAST, "wrt": wrt, **({"answer": "X"} if name == "check" else {})})
    assert found["error"]["names"] == wrt
    assert re.findall(r'<button[^>]* form="problem" name="by" value="(\w+)"', found["html"]) == wrt


def test_a_graph_without_graphviz_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    found = answered("graph", LEAST)
    assert not found["svg"]
    assert "pip install" in found["html"]
    assert "flowchart LR" in found["html"]


def test_a_graph_is_a_picture_that_says_what_it_is() -> None:
    pytest.importorskip("pygraphviz")
    found = answered("graph", LEAST)
    assert found["svg"].startswith("<svg") and not found["missing"]
    page = Nesting(found["html"])
    tag, attributes = page.seen[0]
    assert (tag, attributes["role"], attributes["aria-label"]) == ("div", "img", "The computation")
    assert "dJ/dw = 2 Xᵀ" in page.words.replace("\xa0", " ")
