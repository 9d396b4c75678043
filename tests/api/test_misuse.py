"""Every public function and method, called with what it is not meant for: a MatcalcError with a hint, or an answer."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import cli
from matcalc.errors import MatcalcError


class Sullen:
    """An object that answers nothing."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 3, 10**400, 1.5, math.nan, math.inf, 1j, Fraction(1, 2)),
    *("", "x", "γ", "no such", "\0", "\ud800", "x" * 300_000, "(" * 3_000, b"x", bytearray(b"x")),
    *([], [None], ["x", 1], [[]], (), ("x", "x"), {}, {"x": 1}, {"x": None}, {1: 1}, {None: None}, set(), iter("x")),
    *(np.zeros((2, 2)), np.zeros((0, 2)), np.array("x"), np.float64(math.nan), np.int64(3), np.array([None])),
    *(object(), Sullen(), len, lambda: None, int, math, NotImplemented, ...),
)

SOURCE = "x: n; γ: scalar; J = γ x'x + sum(f(x))"
VALUES = {"x": [1.0, 2.0], "gamma": 3.0}
FUNCTIONS = {"f": (np.sin, np.cos)}
_derivation = matcalc.derive(SOURCE, "γ", time_limit=5)
_jacobian = matcalc.jacobian("A: n x n; x: n; A x", "x", time_limit=5)
_gradient = matcalc.derive(SOURCE, "x", verify=False)["x"]

VALID: Mapping[str, Any] = {
    "source": SOURCE,
    "wrt": "γ",
    "a": "x'x",
    "b": "x'x",
    "candidate": "x'x",
    "verify": False,
    "time_limit": 1.0,
    "values": VALUES,
    "functions": FUNCTIONS,
    "name": "γ",
    "form": "dot",
    "view": matcalc.View(),
}
"""What is right for an argument that has no default."""

FUNCTIONS_ASKED: tuple[Callable[..., Any], ...] = (
    *(matcalc.derive, matcalc.gradient, matcalc.jacobian, matcalc.graph, matcalc.verify, matcalc.equal, matcalc.parse),
)
OBJECTS: tuple[Any, ...] = (
    *(_derivation, _derivation.verification, _jacobian, _gradient),
    *(matcalc.graph(SOURCE, "γ"), matcalc.parse(SOURCE), _derivation.steps[0]),
)


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    for function in FUNCTIONS_ASKED:
        yield function.__name__, function
    for thing in OBJECTS:
        for name in ("__getitem__", "__contains__", "get", *sorted(n for n in dir(thing) if not n.startswith("_"))):
            method = inspect.getattr_static(type(thing), name, None)
            if inspect.isfunction(method):
                yield f"{type(thing).__name__}.{name}", getattr(thing, name)
    yield "the function of an Expr", _gradient.to_function(functions=FUNCTIONS)


def calls(function: Callable[..., Any]) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """(the argument that is wrong, arguments): each wrong value in the place of each argument, the others right."""
    parameters = inspect.signature(function).parameters
    right = {
        name: VALID[name]
        for name, p in parameters.items()
        if name in VALID and p.kind is not p.POSITIONAL_ONLY and name != "functions"
    }
    for name, parameter in parameters.items():
        for value in WRONG:
            if parameter.kind is parameter.VAR_KEYWORD:
                yield name, (), {**VALUES, "x": value}
            elif name in ("key", "default"):  # of Mapping.get
                yield name, (value,), {}
            else:
                yield name, (), {**right, name: value}


def spoken(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """What is wrong with how a call ended, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            function(*args, **kwargs)
    except MatcalcError as error:
        return None if str(error) and len(str(error)) < 3_000 else f"a message of {len(str(error))} characters"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    return None


@pytest.mark.parametrize(("name", "function"), [pytest.param(n, f, id=n) for n, f in callables()])
def test_nothing_but_an_answer_or_a_matcalc_error(name: str, function: Callable[..., Any]) -> None:
    found = []
    for argument, args, kwargs in calls(function):
        wrong = spoken(function, args, kwargs)
        if wrong is not None:
            value = (args or tuple(kwargs.values() if argument == "values" else [kwargs.get(argument)]))[0]
            found.append(f"{name}({argument}: {type(value).__name__}): {wrong}")
    assert not found, "\n".join(found)


TYPED = """
    --no-such · --wrt · --wrt= · --wrt=, · --wrt=q · --wrt=x, q · --shape= x: m; x: k · --shape=x · --shape=x:
    --shape=: n · --shape=x: -1 · --shape=x: 0 · --shape=J = 3 · --format · --format= · --format=sheet
    --output= · --output=gone/a.txt
    --output=folder · --time-limit=-1 · --time-limit=0 · --time-limit=nan · --time-limit=inf · --time-limit=much
    --convention= · --convention=mine · surplus
"""
SOURCES = ("", "  ", "#", "bytes.mc", "nul.mc", "utf16.mc", "empty.mc", "gone.mc", "gone/gone.mc", "/dev/null")


def mistyped() -> list[tuple[str, ...]]:
    wrong = [option for line in TYPED.strip().splitlines() for option in line.strip().split(" · ")]
    made: list[tuple[str, ...]] = [("no such",), ("examples", "no such"), ("rules", "surplus")]
    for command in ("derive", "verify", "jacobian", "graph"):
        made += [(command,), *((command, text) for text in SOURCES)]
        made += [(command, "J = x'x", option) for option in wrong]
    return made


@pytest.mark.parametrize("arguments", mistyped(), ids=" ".join)
def test_what_is_mistyped_is_said_in_one_message(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    contents = {"bytes": bytes(range(256)), "nul": bytes(99), "utf16": "J = x'x".encode("utf-16"), "empty": b""}
    for name, held in contents.items():
        (tmp_path / f"{name}.mc").write_bytes(held)
    status = cli.run(arguments)
    out, err = capsys.readouterr()
    # Where the program was understood, the echo of it is printed.
    assert (status, out) in ((2, ""), (2, "x: n\nJ = x' x\n"))
    assert err.startswith("matcalc: ") and err.count("matcalc: ") == 1 and "Traceback" not in err


@pytest.mark.parametrize("name", ["γ", "gamma"])
def test_a_variable_goes_by_every_spelling_of_its_name(name: str) -> None:
    assert _derivation.verification[name].status == "proved"
    assert name in _derivation.verification
    assert name in _derivation
    assert str(_derivation[name]) == "x' x"
    assert list(_derivation.verification) == ["gamma"]


def test_a_name_that_is_no_variable_is_missing_as_from_a_dict() -> None:
    for found in (_derivation, _derivation.verification):
        with pytest.raises(KeyError):
            found["x"]
        with pytest.raises(matcalc.UnknownNameError, match=r"x is not a variable.*\n.*gamma"):
            found["x"]
        assert found.get("x") is None
        assert "x" not in found
        assert None not in found


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({"x": 10**400}, {}),
        ({"x": np.zeros((0, 2))}, {}),
        ({"x": None}, {}),
        (None, {}),
        ({"x": [1.0]}, {"sizes": {"n": -1}}),
        ({"x": [1.0]}, {"sizes": {"n": 0}}),
        ({"x": [1.0]}, {"functions": {"f": (None, None)}}),
        ({"x": [1.0]}, {"functions": {"f": (np.sin, lambda z: "a text")}}),
        ({"x": [1.0]}, {"functions": {"f": (np.sin, lambda z: np.ones(7))}}),
        ({"x": [1.0]}, {"functions": {"f": (np.sin, lambda z: 10**400)}}),
    ],
)
def test_what_nothing_can_be_evaluated_at(values: Any, options: Any) -> None:
    gradient = matcalc.gradient("x: n; sum(f(x))", "x")
    with pytest.raises(MatcalcError):
        gradient.evaluate(values, **{"functions": FUNCTIONS, **options})


def test_what_a_function_raises_is_its_own() -> None:
    def stubborn(z: object) -> float:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        matcalc.gradient("x: n; sum(f(x))", "x").evaluate({"x": [1.0]}, {"f": (np.sin, stubborn)})


def test_one_name_is_asked_by_where_one_is() -> None:
    assert str(matcalc.verify("x'x", ["x"], "2 x")).startswith("proved")  # type: ignore[arg-type]
    for wrt in ([], ["x", "y"]):
        with pytest.raises(matcalc.UnknownNameError, match="one name"):
            matcalc.verify("x'x + y'y", wrt, "2 x")  # type: ignore[arg-type]
