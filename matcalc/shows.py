"""What shows itself in a notebook: HTML with MathML, LaTeX where mathematics is all there is, text otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

WRITERS: dict[str, Mapping[str, Callable[[Any], str | None]]] = {}
"""Class that knows no writer -> format -> what writes it; filled by the room that knows both."""


class Shows:
    """A result that IPython and notebooks display by themselves; they ask for each format that they can show."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython looks for it in the class that has the __repr__.
        cls._repr_pretty_ = Shows._repr_pretty_  # type: ignore[method-assign]

    def _shown(self, form: str) -> str | None:
        """This in the format "html" or "latex"; None where it has no such form."""
        write = _writer(self, form)
        return None if write is None else write(self)

    def _repr_html_(self) -> str | None:
        return self._shown("html")

    def _repr_latex_(self) -> str | None:
        return self._shown("latex")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As text in a terminal: whole where it stands alone, short inside a list."""
        if len(printer.stack) > 1:
            printer.text(repr(self))
        else:
            write = _writer(self, "text") or str
            printer.text((write(self) or "").rstrip("\n"))


def _writer(found: object, form: str) -> Callable[[Any], str | None] | None:
    return WRITERS.get(type(found).__name__, {}).get(form)
