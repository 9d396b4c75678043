"""What a server lets one request, one client and all of them together have."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from matcalc.errors import MatcalcError


class LimitError(MatcalcError):
    """A request that asks for more than the server gives."""

    exit_status = 3


@dataclass(frozen=True)
class Limits:
    """`deadline`, `quick`: seconds for an operation, and for one that only reads; `patience`: seconds until it begins,
    beyond which a request is told that the server has too much to do. `memory`: bytes of a process.

    `body`: bytes of a request. `waiting`: requests in work or waiting at once. `burst`, `per_minute`: requests of one
    client at once, and in the long run. `workers`: processes, 0 for one a core; one more only reads.
    """

    deadline: float = 30.0
    quick: float = 10.0
    patience: float = 30.0
    memory: int = 2 << 30
    body: int = 300_000
    waiting: int = 200
    burst: int = 200
    per_minute: int = 600
    workers: int = 0


CLIENTS = 10_000
"""Clients whose requests are counted; then the ones that were not seen for longest are forgotten."""


@dataclass
class Turns:
    """How many requests each client may still make: `burst` at once, and `per_minute` come back in a minute."""

    burst: int
    per_minute: int
    now: Callable[[], float] = time.monotonic
    left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str) -> bool:
        """Whether the client may make a request now, which is then counted."""
        now = self.now()
        count, seen = self.left.pop(client, (float(self.burst), now))
        count = min(self.burst, count + (now - seen) * self.per_minute / 60)
        self.left[client] = (max(0.0, count - 1), now)
        if len(self.left) > CLIENTS:
            self.left.popitem(last=False)
        return count >= 1
