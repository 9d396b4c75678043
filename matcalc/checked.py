"""Checks the arguments of public functions: one row for each argument name, applied by the decorator `checked`.

An argument name has the same meaning in every function, so its rule is stated once. Whether a name occurs in the
program, or a layout exists, is checked later, where it is known.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from reprlib import repr as shortened
from types import FunctionType
from typing import ParamSpec, TypeVar

from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.options import CONVENTIONS, LAYOUTS, STRUCTURES

P = ParamSpec("P")
T = TypeVar("T")
Test = Callable[[object], bool]


def _text(value: object) -> bool:
    return isinstance(value, str)


LONGEST = 2_000
"""Characters of a name."""


def _named(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _texts(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, dict, Mapping)) and all(map(_text, value))


def _flag(value: object) -> bool:
    return isinstance(value, (bool, int)) or type(value).__name__ == "bool_"


def _seconds(value: object) -> bool:
    return _real(value) and 0 < float(value) < math.inf  # type: ignore[arg-type]


def _real(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**300)


def _integer(value: object) -> bool:
    kind = type(value)  # a NumPy integer is not an int
    numpy = kind.__module__ == "numpy" and kind.__name__.startswith(("int", "uint"))
    return (numpy or isinstance(value, int)) and kind is not bool


def _whole(value: object) -> bool:
    return _integer(value) and int(value) > 0  # type: ignore[call-overload]


def _family(value: object) -> bool:
    return callable(value) or (isinstance(value, tuple) and bool(value) and all(map(callable, value)))


def _by_name(of: Test, optional: bool = False) -> Test:
    def test(value: object) -> bool:
        if value is None:
            return optional
        return isinstance(value, Mapping) and all(_text(name) and of(one) for name, one in value.items())

    return test


@dataclass(frozen=True)
class Expected:
    """What an argument must be, in words; the test for it; an example; and the error to raise."""

    what: str
    fits: Test
    hint: str
    error: type[MatcalcError] = UnsupportedError

    def look(self, name: str, value: object) -> None:
        """Raises the error if `value` fails the test."""
        if not self.fits(value):
            raise self.error(f"{name} is {self.what}, not {shown(value)}", hint=self.hint)


def shown(value: object) -> str:
    """A value for a message, shortened."""
    try:
        return shortened(value).replace("\n", " ")
    except Exception:  # a user's object whose repr fails
        return f"an object of type {type(value).__name__}"


def _ours(name: str) -> Test:
    # Recognizes a class of the package by its name: this module may not import other rooms.
    def test(value: object) -> bool:
        return any(c.__name__ == name and c.__module__.startswith("matcalc.") for c in type(value).__mro__)

    return test


def _text_or(name: str) -> Test:
    ours = _ours(name)
    return lambda value: _text(value) or ours(value)


def _program(value: object) -> bool:
    return isinstance(value, FunctionType) or _text_or("Program")(value)


def _derived(value: object) -> bool:
    ours = (_ours("Derivation"), _ours("Jacobian"))
    return isinstance(value, (list, tuple)) and bool(value) and all(any(is_it(one) for is_it in ours) for one in value)


def _either(words: Sequence[str]) -> str:
    *others, last = (f'"{word}"' for word in words)
    return f"{', '.join(others)} or {last}"


_FLAG = Expected("True or False", _flag, "write True or False")
_FORMULA = Expected("text or an Expr", _text_or("Expr"), "write the formula as text", ParseError)
_NAMES = Expected(
    "a name or a list of names",
    lambda v: _named(v) or (_texts(v) and all(map(_named, v))),  # type: ignore[call-overload]
    'wrt="W" or wrt=["W", "b"]',
    UnknownNameError,
)
_NAME = Expected("a name, as text", _named, 'write it in quotes, "W"', UnknownNameError)
ARGUMENTS: Mapping[str, Expected] = {
    "source": Expected(
        "a program as text, a function, or a Program", _program, '"J = x\'x", or what parse returned', ParseError
    ),
    "text": Expected("text", _text, "write it as text", ParseError),
    "answers": Expected(
        "a dict from ids to texts", _by_name(lambda v: _text(v) or _texts(v)), '{"ann": "2 X\'(X w - y)"}', ParseError
    ),
    "f": Expected("a function, or None", lambda v: v is None or callable(v), "def f(X, w, y): …"),
    "grad": Expected("a function", callable, "def grad(X, w, y): …"),
    "rubric": Expected("a rubric, as TOML", _text, '"[credit]\\nsign = 0.9"', ParseError),
    "processes": Expected("a number of processes, 0 for one a core", _integer, "processes=2"),
    "visibility": Expected("when a result is shown", _named, '"visible"'),
    "answer": Expected("text", _text, "write the answer as text", ParseError),
    "a": _FORMULA,
    "b": _FORMULA,
    "candidate": _FORMULA,
    "wrt": _NAMES,
    "name": _NAME,
    "by": Expected("a name, as text", _text, 'write it in quotes, "W"', UnknownNameError),
    **dict.fromkeys(("direction", "cotangent", "first", "second"), _NAME),
    "stem": _NAME,
    "language": Expected("the name of a language", _named, 'language="matlab", or "" to guess it'),
    "shapes": Expected("a list of declarations", lambda v: _text(v) or _texts(v), 'shapes=["X: n x d"]', ParseError),
    "convention": Expected("the name of a convention", _named, _either(CONVENTIONS)),
    "structure": Expected("the name of a form", _text, _either(STRUCTURES)),
    "layout": Expected("the name of a layout", _named, _either(LAYOUTS)),
    "backend": Expected("the name of a backend", _named, 'the backend that there is: "numpy"'),
    "subject": Expected("an equation, as text", _text, 'subject="A w = b"', ParseError),
    "residual": Expected("the name of an intermediate", _text, 'residual="r"', UnknownNameError),
    "form": Expected("the name of a form", _named, "write it as text"),
    "topic": Expected("the name of a topic", _named, '"traces"'),
    "level": Expected("a level, 1 to 5", _whole, "level=2"),
    "seed": Expected("a whole number", _integer, "seed=7"),
    "count": Expected("a number of problems", _whole, "count=10"),
    "time_limit": Expected("a positive number of seconds", _seconds, "time_limit=20.0"),
    "width": Expected("a number of characters", _whole, "width=100"),
    "view": Expected("a View", _ours("View"), "matcalc.View(steps=False)"),
    "values": Expected("a dict from names to arrays", _by_name(lambda v: True), '{"X": X, "w": w}', UnknownNameError),
    "functions": Expected(
        "a dict from names to functions", _by_name(_family, True), '{"f": f} or {"f": (f, fprime)}', UnknownNameError
    ),
    "sizes": Expected("a dict from names to positive whole numbers", _by_name(_whole, True), '{"k": 3}', ShapeError),
    "problems": Expected("a list of what derive and jacobian return", _derived, "matcalc.Homework([d, e])"),
    **dict.fromkeys(("title", "author", "date"), Expected("text", _text, "write it as text")),
    **dict.fromkeys(
        (
            *(
                "solved",
                "verify",
                "primes",
                "ascii",
                "steps",
                "explain",
                "expand",
                "expanded",
                "factor",
                "braces",
                "entries",
                "color",
            ),
            "document",
        ),
        _FLAG,
    ),
}
"""The rule for each argument name of the public functions."""


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """The function with its arguments checked by ARGUMENTS before the call."""
    signature = inspect.signature(function)
    options = {p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD}
    for name in {*signature.parameters} - options - {"self"}:
        ARGUMENTS[name]  # every argument has its row

    @wraps(function)
    def looking(*args: P.args, **kwargs: P.kwargs) -> T:
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            for one, given in value.items() if name in options else ((name, value),):
                if one in ARGUMENTS:
                    ARGUMENTS[one].look(one, given)
                elif name == "options":
                    raise UnsupportedError(
                        f"there is no option {one}", hint="the options are the fields of matcalc.View"
                    )
        return function(*args, **kwargs)

    return looking
