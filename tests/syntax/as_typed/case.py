"""A row of the tables: a text as somebody typed it, and what was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

ASKED = "asked"
"""Two readings are plausible: an AmbiguousError with both."""

REFUSED = "refused"
"""There is nothing to answer: any other MatcalcError, whose text has the words in `says`."""


@dataclass(frozen=True)
class Case:
    """What was typed and what was meant.

    `text` is to be differentiated by the names `wrt` (apart by blanks), beside the declarations `shapes`.
    `sizes`: the names under which matcalc must know the inputs, each with its lengths as letters or numbers, "X: n d,
    y: n" (a vector has one, a row is `1 d`, a scalar none), then words about its values (`WORDS` of `draws`).
    `meant`: the value of the objective, as statements of Python apart by "; ", the last an expression (a name that is a
    word of Python has an underscore, `lambda_`); or ASKED, REFUSED.
    `why`: the sentence of the notation that decides. `gradients`: where only gradients are known, an expression each.
    `says`: phrases, with ` | ` between them, that a refusal has. `noted`: the reading is to be noted.
    `meanings`: the values of the readings that are to be shown (`sizes => value` where the sizes differ).
    `also`: ASKED, REFUSED or both, apart by a blank, where that is as good as the answer.
    `unread`: it is refused, asked or not noted today, and is to be as above; what is WRONG is never so marked.
    """

    text: str | Callable[..., Any]
    wrt: str = ""
    sizes: str = ""
    meant: str = REFUSED
    why: str = ""
    shapes: str = ""
    language: str = ""
    gradients: dict[str, str] = field(default_factory=dict)
    says: str = ""
    noted: bool = False
    meanings: tuple[str, ...] = ()
    also: str = ""
    unread: bool = False

    @property
    def title(self) -> str:
        """The text in one line."""
        shown = self.text if isinstance(self.text, str) else f"def {self.text.__name__}(…)"
        return " ⏎ ".join(line.strip() for line in shown.strip().splitlines())


def not_yet(case: Case) -> Case:
    """The case, marked as one that is not read as meant today."""
    return replace(case, unread=True)
