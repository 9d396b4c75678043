"""What a mistake costs: the credit for each kind of verdict, and for the lines of a derivation that ends wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matcalc.check.verdict import CREDIT
from matcalc.errors import ParseError, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHARES = ("steps", "penalty", "shapes_count")
_HINT = "[credit], and below it lines such as sign = 0.9; above it steps = 0.5, penalty = 0, shapes_count = false"


@dataclass(frozen=True)
class Rubric:
    """Credit from 0 to 1.

    `credit`: by kind; a kind that it lacks has the usual credit. `steps`: what the lines of a derivation are worth if
    its result is wrong; it has the share of those that are right, or the credit for the result if that is more.
    `penalty`: what every further attempt costs. `shapes_count`: whether a formula that does not conform uses an attempt
    up; one that cannot be read never does.
    """

    credit: Mapping[str, float] = field(default_factory=dict)
    steps: float = 0.5
    penalty: float = 0.0
    shapes_count: bool = False

    def __post_init__(self) -> None:
        for kind in self.credit:
            if kind not in CREDIT:
                hint = nearest(kind, CREDIT, f"the kinds are {', '.join(CREDIT)}")
                raise ParseError(f"the rubric has no kind {kind}", hint=hint, text=kind)
        for name, share in (*self.credit.items(), ("steps", self.steps), ("penalty", self.penalty)):
            if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
                raise ParseError(f"the rubric gives {name} {share!r}", hint="credit is a number from 0 to 1", text=name)
        if not isinstance(self.shapes_count, bool):
            raise ParseError(f"the rubric gives shapes_count {self.shapes_count!r}", hint="it is true or false")

    def of(self, kind: str, right: int = 0, lines: int = 0) -> float:
        """The credit for a result of a kind, in a derivation with `right` of `lines` right lines."""
        result = float(self.credit.get(kind, CREDIT[kind]))
        return max(result, float(self.steps) * right / lines if lines else 0.0)


def rubric_of(text: str) -> Rubric:
    """The rubric that a TOML text is: `steps`, `penalty`, and a table [credit] of kinds. Raises ParseError.

    >>> rubric_of("[credit]\\nsign = 0.9").of("sign")
    0.9
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParseError(f"the rubric is no TOML: {error}", hint=_HINT) from None
    credit = found.pop("credit", {})
    for name in found:
        if name not in SHARES:
            hint = "kinds stand below [credit]" if name in CREDIT else nearest(name, SHARES, _HINT)
            raise ParseError(f"the rubric has no entry {name}", hint=hint, text=name)
    if not isinstance(credit, dict):
        raise ParseError("credit is a table of the rubric", hint=_HINT)
    return Rubric(credit, **found)
