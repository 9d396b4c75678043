"""What the ordinary run takes of tests that repeat one kind: parameters that --fuzz runs all of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def some(values: Sequence[Any], count: int, ids: Sequence[str] | None = None) -> list[Any]:
    """The values as parameters, of which the ordinary run takes `count`, evenly spread."""
    kept = {i * len(values) // count for i in range(count)}
    found = []
    for i, value in enumerate(values):
        arguments = value if type(value) is tuple else (value,)
        marks = () if i in kept else pytest.mark.fuzz
        found.append(pytest.param(*arguments, marks=marks, id=ids[i] if ids else None))
    return found
