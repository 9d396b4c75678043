"""The formulas of a derivation and their left sides, as they are found and judged; and what is told by their text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcalc.check.claims import Claim
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.syntax.expression import ReadExpression, WrittenExpression
from matcalc.syntax.increments import DIFFERENTIAL, increment

NAMED = re.compile(r"[^\W\d]\w*")
"""A name alone."""
ALIASES = ("J", "E", "L", "C", "F", "loss", "cost", "ell")
"""What an objective may be called beside its own name."""
QUOTIENT = re.compile(
    r"\\[dt]?frac\s*\{\s*(?:\\partial|\\mathrm\s*\{?d\}?|d)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\s*"
    r"\{\s*(?:\\partial|\\mathrm\s*\{?d\}?|d)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    r"|(?:\\partial|∂|(?<![A-Za-z])d)\s*\w+(?:\^?\{[^{}]*\})?\s*/\s*(?:\\partial|∂|d)\s*\w+(?:\^?\{[^{}]*\})?"
)
_BETWEEN = re.compile(r"\\(?:cdot|times|left|right|,|;|!|:|top|quad)|[\s*·×().\[\]+'^{}T⊤&$]")
DELTA = re.compile(r"(?:delta|Delta|d|D)_?(?:[zZ]_?)?(\d+)")
"""What deltas are called, with their number."""


@dataclass
class JudgedStep:
    """A formula of a derivation and what was found about it.

    `status`: "right", "wrong", "follows" (from a wrong one), "defines", "skipped" or "unreadable". `raw` is what was
    read, with d and derivatives as names; `before` the formula it is judged against, `varying` the names that vary,
    `stated` the left side of its chain.
    """

    claim: Claim
    status: str = ""
    raw: Node | None = None
    read: ReadExpression | None = None
    written: WrittenExpression | None = None
    before: Node | None = None
    left: Left | None = None
    error: MatcalcError | None = None
    detail: str = ""
    source: JudgedStep | None = None
    varying: frozenset[Symbol] = frozenset()
    name: str = ""
    stated: str = ""


@dataclass(frozen=True)
class Left:
    """What stands on the left of a chain: `raw` as it was read; of a derivative its two names and the indices.

    `name`: what it defines.
    """

    raw: Node | None = None
    of: Symbol | None = None
    by: Symbol | None = None
    letters: tuple[str, ...] = ()
    turned: bool = False
    stacked: bool = False
    name: str = ""


SECOND = re.compile(r"(?:\\mathrm\s*\{?d\}?|d|\\partial|∂)\s*(?:\^\s*\{?2\}?|²)")
EQUATION = "this is an equation to solve, and holds where the gradient is zero"
WRONG_EQUATION = "this does not hold where the gradient is zero"
SCHEMATIC = "only derivatives stand here, and no values"
STRUCTURED = frozenset({"symmetric", "skew", "diagonal", "lower", "upper", "psd", "pd", "orthogonal"})


def varies(node: Node) -> bool:
    names = [n.name for n in postorder(node) if isinstance(n, Symbol)]
    return any(name.startswith(increment("")) and "/" not in name for name in names) or any(
        isinstance(n, Term) and n.op.function == DIFFERENTIAL for n in postorder(node)
    )


def is_schematic(text: str) -> bool:
    """Whether a formula consists of derivatives alone: dL/da da/dz."""
    rest, count = QUOTIENT.subn("", text)
    return count > 1 and not _BETWEEN.sub("", rest)
