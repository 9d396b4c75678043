"""A command called in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

NETWORK = "J = sum((y - f(f(X W1) W2))^2)"
QUADRATIC = "J = x' A x"
ERROR = "matcalc: "


def process(*arguments: str | bytes, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`matcalc` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "matcalc", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
    )


class Result:
    """What one run in this process printed and returned."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Cli = Callable[..., Result]
