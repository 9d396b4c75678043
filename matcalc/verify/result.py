"""The result of a verification, and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from matcalc.prose import Letters, Prose, Typed, joined, parts_of

Status: TypeAlias = Literal["proved", "agrees", "failed", "skipped"]


@dataclass(frozen=True)
class Counterexample:
    """A point, an entry, and the two values there: what was measured and what the formula says.

    `entry` counts from 0. `point` holds (name, rows) for every input.
    """

    entry: tuple[int, int]
    measured: float
    claimed: float
    point: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]


@dataclass(frozen=True)
class Verification:
    """The verdict on one formula.

    `status`: "proved", every entry's difference is identically zero, exactly; "agrees", equal in 50 digits at random
    points; "failed", different, see `counterexample`; "skipped", nothing was found out, see `detail`. `method`: how,
    `dimensions` in which sizes, `functions` which functions of the entries were unknown, `detail` what was assumed or
    what was seen. Immutable, hashable and picklable; str() is one line.
    """

    status: Status
    method: str = ""
    dimensions: tuple[tuple[str, int], ...] = ()
    detail: str = ""
    functions: tuple[str, ...] = ()
    counterexample: Counterexample | None = None

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number used for each dimension."""
        return MappingProxyType(dict(self.dimensions))

    @property
    def ok(self) -> bool:
        """True if the formula is proved or agrees."""
        return self.status in ("proved", "agrees")

    def said(self, of: int = 1) -> Prose:
        """The sentence, of `of` formulas at once."""
        every = "" if of == 1 else " of both" if of == 2 else f" of all {of}"
        method = Prose(
            *(
                p.replace("every entry", f"every entry{every}") if isinstance(p, str) else p
                for p in parts_of(self.method)
            )
        )
        sizes = joined(" ", (Letters(f"{name}={size}") for name, size in self.dimensions))
        unknown = joined(", ", map(Typed, self.functions))
        how = joined(", ", filter(None, (method, sizes, unknown and Prose(unknown, " unknown"))))
        detail = Prose(" (", self.detail, ")") if self.detail else ""
        if self.status == "proved":
            return Prose("proof: ", how, ": difference identically zero", detail)
        if self.status == "agrees":
            return Prose("agrees: ", how, detail)
        return Prose("wrong: " if self.status == "failed" else "not verified: ", self.detail or how)

    def __str__(self) -> str:
        return str(self.said())
