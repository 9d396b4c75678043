"""`matcalc mcp` as an assistant meets it: the protocol's own client, over standard input and output of a process.

The client itself holds each result against the schema that the tool declares.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from threading import Thread
from typing import Any

import pytest

import matcalc
from matcalc.cli import run

pytest.importorskip("mcp", reason="needs mcp")
pytest.importorskip("pebble", reason="needs pebble")

from mcp import Client, StdioServerParameters

from matcalc.mcp import NOTATION, TOOLS, called, described, server
from matcalc.web.limits import LimitError
from matcalc.web.service import answered, refused

SQUARES = "J = ||X w - y||^2"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a gradient": ("derive_gradient", {"source": SQUARES, "wrt": ["w"]}),
    "a network": ("derive_gradient", {"source": "J = sum((y - f(f(X W1) W2))^2)", "wrt": ["W1", "W2"]}),
    "LaTeX": ("derive_gradient", {"source": r"\frac12 \|Xw - y\|_2^2", "wrt": ["w"], "steps": False}),
    "unproved": ("derive_gradient", {"source": "J = w' w", "wrt": ["w"], "verify": False, "explain": True}),
    "a reading": ("read", {"source": "sum((X w - y)^2)"}),
    "a question": ("read", {"source": "J = ||r .* X||^2"}),
    "a question in a derivation": ("derive_gradient", {"source": "J = ||r .* X||^2", "wrt": ["r"]}),
    "its answer": ("derive_gradient", {"source": "J = ||(r 1') .* X||^2", "wrt": ["r"]}),
    "unreadable": ("read", {"source": "J = foo("}),
    "a mistake": ("derive_gradient", {"source": "J = foo(", "wrt": ["w"]}),
    "no scalar": ("derive_gradient", {"source": "y = A x", "wrt": ["x"]}),
    "an unknown name": ("derive_gradient", {"source": "J = w'w", "wrt": ["q"]}),
    "one name as text": ("derive_gradient", {"source": SQUARES, "wrt": "w", "verify": False}),
    "left out": ("derive_gradient", {"source": SQUARES, "verify": False}),
    "left out of a Jacobian": ("jacobian", {"source": "A: n x n constant; A x", "wrt": [], "verify": False}),
    "no variable": ("derive_gradient", {"source": "J = x' A x"}),
    "two parameters": ("derive_gradient", {"source": "J = ||X W1 W2||^2"}),
    "no such field": ("derive_gradient", {"source": "J = w'w", "wrt": ["w"], "colour": "red"}),
    "a wrong type": ("derive_gradient", {"source": 5, "wrt": ["w"]}),
    "no such tool": ("integrate", {"source": "J = w'w"}),
    "a Jacobian": ("jacobian", {"source": "y = A x", "wrt": ["x"]}),
    "a Hessian": ("hessian", {"source": "J = sum(log(1 + exp(X w)))", "wrt": ["w"]}),
    "half a Hessian": ("hessian", {"source": "S: 2 x 2 symmetric; J = ||S||^2", "structure": "half", "verify": False}),
    "a minimum": ("stationary_points", {"source": SQUARES, "wrt": ["w"]}),
    "a minimum on a plane": ("stationary_points", {"source": "J = w'w", "subject": "a' w = 1", "verify": False}),
    "a right formula": ("verify_gradient", {"source": SQUARES, "wrt": ["w"], "candidate": "2 X'(X w - y)"}),
    "a wrong formula": ("verify_gradient", {"source": SQUARES, "wrt": ["w"], "candidate": "X'(X w - y)"}),
    "a wrong answer": ("check_answer", {"source": SQUARES, "wrt": ["w"], "answer": "2 X'(X w + y)"}),
    "a right answer": ("check_answer", {"source": SQUARES, "wrt": ["w"], "answer": "2 X'(X w - y)"}),
    "a derivation": (
        "check_derivation",
        {"source": "A: n x n; J = x' A x", "derivation": "dJ = dx' A x + x' A dx\ndJ = 2 x' A dx"},
    ),
    "equal": ("equal", {"a": "(A B)'", "b": "B' A'", "source": "A: n x m; B: m x p"}),
    "unequal": ("equal", {"a": "(A B)'", "b": "A' B'"}),
    "brackets": ("derive_gradient", {"source": "(" * 2_000, "wrt": ["x"]}),
}


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """What the server says of itself, and the result of each call."""

    async def talk() -> dict[str, Any]:
        command = StdioServerParameters(command=sys.executable, args=["-m", "matcalc", "mcp"])
        async with Client(command) as client:
            found = {"tools": (await client.list_tools()).tools, "instructions": client.instructions}
            for name, (tool, arguments) in CALLS.items():
                found[name] = await client.call_tool(tool, arguments)
        return found

    return asyncio.run(asyncio.wait_for(talk(), 120))


def data(session: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The typed result of a call that succeeds."""
    assert not session[name].is_error, text(session, name)
    found: dict[str, Any] = session[name].structured_content
    return found


def text(session: Mapping[str, Any], name: str) -> str:
    (content,) = session[name].content
    return str(content.text)


def test_the_tools_describe_themselves(session: dict[str, Any]) -> None:
    tools = {tool.name: tool for tool in session["tools"]}
    assert list(tools) == list(TOOLS) and session["instructions"] == NOTATION
    for tool in tools.values():
        assert tool.input_schema["additionalProperties"] is False and tool.output_schema["type"] == "object"
        assert all(field["description"] for field in tool.input_schema["properties"].values())
        assert tool.annotations.read_only_hint
    assert tools["derive_gradient"].input_schema["required"] == ["source"]
    assert set(tools["equal"].input_schema["required"]) == {"a", "b"}


def test_a_gradient_is_derived_and_proved(session: dict[str, Any]) -> None:
    found = data(session, "a gradient")
    (result,), (proof,) = found["results"], found["proofs"]
    assert result["formula"] == "2 X'(X w - y)" and result["shape"] == ["d", "1"] and r"X^\top" in result["latex"]
    assert proof["name"] == "w" and proof["status"] == "proved" and proof["all_sizes"]
    assert "product crosses" in found["derivation"] and "product crosses" in text(session, "a gradient")
    assert [result["name"] for result in data(session, "a network")["results"]] == ["W1", "W2"]
    assert data(session, "LaTeX")["results"][0]["formula"] == "X'(X w - y)"
    assert "Derivation" not in data(session, "LaTeX")["derivation"]
    assert data(session, "unproved")["proofs"] == []


@pytest.mark.parametrize(
    "name",
    [
        *("a gradient", "a network", "LaTeX", "a reading", "a Jacobian", "a Hessian", "a right formula"),
        *("a wrong answer", "a derivation", "equal"),
    ],
)
def test_each_answer_says_how_the_program_was_read(session: dict[str, Any], name: str) -> None:
    read_as = data(session, name)["read_as"]
    assert read_as["names"] and all(len(row["shape"]) == 2 for row in read_as["names"])
    assert text(session, name).startswith("Read as:\n  ")
    assert read_as["program"].splitlines()[0] in text(session, name)
    assert matcalc.read(read_as["program"]).program is not None


@pytest.mark.parametrize(
    ("name", "by", "notes"),
    [
        ("one name as text", "w", []),
        ("left out", "w", ["wrt is left out: by w"]),
        ("left out of a Jacobian", "x", ["wrt is left out: by x"]),
    ],
)
def test_what_is_differentiated_by_may_be_left_out(
    session: dict[str, Any], name: str, by: str, notes: list[str]
) -> None:
    found = data(session, name)
    assert [result["name"] for result in found["results"]] == [by] and found["read_as"]["notes"] == notes
    assert all(f"  - {note}" in text(session, name) for note in notes)


def test_notes_are_told(session: dict[str, Any]) -> None:
    (note,) = data(session, "a reading")["read_as"]["notes"]
    assert "entry by entry" in note and f"  - {note}" in text(session, "a reading")
    assert len(data(session, "a network")["read_as"]["notes"]) == 2


def test_open_questions_are_asked_and_their_programs_are_read(session: dict[str, Any]) -> None:
    found = data(session, "a question")
    assert not found["understood"] and "three ways" in found["problem"] and len(found["questions"]) == 3
    for question in found["questions"]:
        assert matcalc.read(question["program"]).program is not None
        assert question["write"] in text(session, "a question") and question["meaning"] in text(session, "a question")
    asked = session["a question in a derivation"]
    assert asked.is_error and asked.structured_content["error"]["questions"] == found["questions"]
    assert "Open question: which is meant?" in text(session, "a question in a derivation")
    assert data(session, "its answer")["proofs"][0]["status"] == "proved"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a mistake", ("line 1, column 8: ( is never closed", "       ^", "hint: every bracket needs its partner")),
        ("no scalar", ("scalar", "hint")),
        ("an unknown name", ("q", "hint")),
        ("no variable", ("choose what to differentiate by: x, A", '["W1", "W2"]')),
        ("two parameters", ("choose what to differentiate by: W1, W2",)),
        ("no such field", ("there is no field colour", "wrt")),
        ("a wrong type", ("source is a text",)),
        ("no such tool", ("there is no tool integrate", "derive_gradient")),
        ("brackets", ("is never closed",)),
    ],
)
def test_an_error_is_a_result_with_place_and_hint(session: dict[str, Any], name: str, words: tuple[str, ...]) -> None:
    assert session[name].is_error
    said = text(session, name)
    assert all(word in said for word in words) and "Traceback" not in said, said


def test_a_text_that_is_not_read_is_no_error_of_reading(session: dict[str, Any]) -> None:
    found = data(session, "unreadable")
    assert not found["understood"] and "never closed" in found["problem"] and found["questions"] == []


def test_the_other_tools(session: dict[str, Any]) -> None:
    assert data(session, "a Jacobian")["results"][0]["formula"] == "A"
    hessian = data(session, "a Hessian")
    assert "positive semidefinite" in hessian["curvature"] and "dw" in hessian["operator"]
    # J = ‖S‖² = a² + 2 b² + c² of S = [a b; b c] has 3 independent entries.
    assert data(session, "half a Hessian")["results"][0]["shape"] == ["3", "3"]
    minimum = data(session, "a minimum")
    assert minimum["results"][0]["formula"] == "pinv(X) y" and minimum["kind"] == "minimum"
    assert minimum["condition"] and minimum["proofs"][0]["status"] == "proved"
    plane = data(session, "a minimum on a plane")
    assert plane["kind"] == "minimum" and plane["results"][0]["formula"] == "a / (a' a)"
    assert data(session, "a right formula")["right"] and not data(session, "a wrong formula")["right"]
    assert "the formula gives" in data(session, "a wrong formula")["proofs"][0]["said"]
    wrong = data(session, "a wrong answer")
    assert wrong["kind"] == "sign" and wrong["repaired"] == "2 X'(X w - y)" and len(wrong["hints"]) == 3
    assert data(session, "a right answer")["right"] and data(session, "a right answer")["score"] == 1.0
    report = data(session, "a derivation")
    assert report["first_bad"] == 2 and [line["status"] for line in report["lines"]] == ["right", "wrong"]
    assert data(session, "equal")["right"] and not data(session, "unequal")["right"]


# ---------------------------------------------------------------------------------------------------- without a process


class Fake:
    """Answers as the processes do, in this one; `late` operations take too long."""

    def __init__(self, late: str = "") -> None:
        self.late = late

    async def answer(self, name: str, request: object) -> Any:
        if name == self.late:
            return refused(LimitError("this took longer than 30 seconds, and was stopped"))
        return answered(name, request)


def test_what_takes_too_long_says_so() -> None:
    workers: Any = Fake("derive")
    found = asyncio.run(called(workers, "derive_gradient", {"source": SQUARES, "wrt": ["w"]}))
    (content,) = found.content
    assert found.is_error and "took longer than 30 seconds" in str(content)


def test_a_defect_is_a_result_with_a_message() -> None:
    class Broken(Fake):
        async def answer(self, name: str, request: object) -> Any:
            raise RuntimeError("secret")

        def stop(self) -> None: ...

    async def ask() -> Any:
        workers: Any = Broken()
        starting = Thread()
        starting.start()
        async with Client(server(workers, starting)) as client:
            return await client.call_tool("equal", {"a": "A", "b": "A"})

    found = asyncio.run(ask())
    assert found.is_error and "a mistake in matcalc itself" in found.content[0].text
    assert "secret" not in found.content[0].text


def test_an_answer_does_without_its_reading() -> None:
    workers: Any = Fake("read")
    found = asyncio.run(called(workers, "equal", {"a": "A B", "b": "A B"}))
    assert not found.is_error and found.structured_content["right"] and "read_as" not in found.structured_content


def test_every_tool_is_called_by_some_test_and_fits_its_operation() -> None:
    assert {tool for tool, _ in CALLS.values()} >= set(TOOLS)
    for name, row in TOOLS.items():
        assert set(described(name, row).input_schema["properties"]) == set(row.fields)


def test_the_notation_is_a_dozen_lines_and_each_example_is_read() -> None:
    assert len(NOTATION.splitlines()) <= 16 and max(map(len, NOTATION.splitlines())) <= 130
    examples = [e for e in re.findall(r"`([^`]+)`", NOTATION) if e not in ("1", "I", "steps t = 1..T: …")]
    assert len(examples) > 30
    for example in examples:
        text = f"{example}\n; 0" if re.match(r"\w+: |lam", example) else example
        assert matcalc.read(text).error is None, example


def test_without_the_package_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert run(["mcp"]) == 3
    assert 'pip install ".[mcp]"' in capsys.readouterr().err
