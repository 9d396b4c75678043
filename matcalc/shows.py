"""What shows itself in a notebook although it knows no writer: the doors give one for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

WRITERS: dict[type, Callable[[Any], str]] = {}
"""Kind -> its Markdown; filled by the room that knows both."""


class Shows:
    """A result that notebooks display as mathematics."""

    def _repr_markdown_(self) -> str | None:
        write = WRITERS.get(type(self))
        return None if write is None else write(self)
