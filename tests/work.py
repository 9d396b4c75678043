"""How much work something is, counted in calls of functions: a busy machine changes seconds, and not these."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls(work: Callable[[], object], most: float = float("inf")) -> int:
    """How many functions of Python are called, and generators resumed, by `work`; it is stopped at `most`."""
    count = 0

    def called(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"
        if count > most:
            raise AssertionError(f"more than {most:,} calls")

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    assert count <= most, f"{count:,} calls, more than {most:,}"
    return count
