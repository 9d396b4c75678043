"""The options for showing a result. Python and the command line both read them from here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

from matcalc.errors import UnsupportedError
from matcalc.options import LAYOUTS

FORMATS = ("text", "latex", "markdown", "html", "json")
"""The formats; each is a function of a module of the same name in writers/."""


def _option(default: Any, says: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"says": says, "choices": choices})


@dataclass(frozen=True)
class View:
    """How a result is shown. An option without a meaning for a format is ignored there."""

    steps: bool = _option(True, "Show the derivation, or the result alone.")
    explain: bool = _option(False, "Say in words what each step does and why, and derive the rules that are lessons.")
    expand: bool = _option(False, "Substitute the named intermediates in the result.")
    factor: bool = _option(False, "Take out common factors and denominators in the result.")
    braces: bool = _option(False, "Set the shape of every factor below it.")
    entries: bool = _option(False, "Write everything in index notation, too, and the chain rule by entries.")
    layout: str = _option(
        "gradient", "How derivatives are laid out; the last two also show the chain of Jacobians.", LAYOUTS
    )
    ascii: bool = _option(False, "Plain ASCII.")
    document: bool = _option(False, "A complete file of LaTeX or HTML, no fragment; implied by a FILE.tex, FILE.html.")
    title: str = _option("", "The title of the page.")
    author: str = _option("", "Who hands it in.")
    date: str = _option("", "The date on the page.")
    color: bool = _option(False, "Colour text for a terminal.")
    width: int = _option(100, "Characters in a line of text.")

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            names = ", ".join(LAYOUTS)
            raise UnsupportedError(
                f"there is no {self.layout} layout", hint=f"the layouts are {names}", text=str(self.layout)
            )


class Options(TypedDict, total=False):
    """The options of a View as keywords, for type checkers; `document` is an argument of its own where there is one."""

    steps: bool
    explain: bool
    expand: bool
    factor: bool
    braces: bool
    entries: bool
    layout: str
    ascii: bool
    title: str
    author: str
    date: str
    color: bool
    width: int


DEFAULT = View()
"""The default view."""
SAYS = {option.name: (option.default, option.metadata["says"], option.metadata["choices"]) for option in fields(View)}
"""For each option its default, its effect, and its possible values."""
