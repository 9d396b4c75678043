"""The result of a verification, and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from matcalc.prose import Letters, Phrase, Prose, Typed, joined, parts_of
from matcalc.shows import Shows

Status: TypeAlias = Literal["proved", "agrees", "failed", "skipped"]

AGREES = "agrees to"
"""How the method of a comparison in digits begins; every other method is exact."""


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
class Verification(Shows):
    """The verdict on one formula.

    `status`: "proved", every entry's difference is identically zero, exactly; "agrees", equal in 50 digits at random
    points; "failed", different, see `counterexample`; "skipped", nothing was found out, see `detail`. `every_size`: the
    proof holds for all sizes and unknown functions. `method`: what was done beside that, `dimensions` in which sizes,
    `functions` which functions of the entries were unknown, `detail` what was assumed or what was seen. Immutable,
    hashable and picklable; str() is one line.
    """

    status: Status
    method: str = ""
    dimensions: tuple[tuple[str, int], ...] = ()
    detail: str = ""
    functions: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    every_size: bool = False

    @property
    def sizes(self) -> Mapping[str, int] | Literal["all"]:
        """The number used for each dimension; "all" if the proof holds for all sizes."""
        return "all" if self.every_size else MappingProxyType(dict(self.dimensions))

    @property
    def ok(self) -> bool:
        """True if the formula is proved or agrees."""
        return self.status in ("proved", "agrees")

    def said(self, of: int = 1) -> Prose:
        """The sentence, of `of` formulas at once: what is proved for all sizes, and what was checked at some."""
        if self.ok:
            return Prose(self._every_size(), self._checked(of))
        words = "wrong: " if self.status == "failed" else "not verified: "
        return Prose(words, self.detail or self._checked(of))

    def _every_size(self) -> Phrase:
        if not self.every_size:
            return ""
        functions = joined(", ", map(Typed, self.functions))
        of = joined(
            " and ", filter(None, ("all sizes" if self.dimensions else "", functions and Prose("every ", functions)))
        )
        return Prose("proved ", of and Prose("for ", of), "" if of else "by sums over indices", "; ")

    def _checked(self, of: int) -> Prose:
        every = "" if of == 1 else " of both" if of == 2 else f" of all {of}"
        method = Prose(
            *(
                p.replace("every entry", f"every entry{every}") if isinstance(p, str) else p
                for p in parts_of(self.method)
            )
        )
        sizes = joined(", ", (Letters(f"{name}={size}") for name, size in self.dimensions))
        functions = "" if self.every_size else joined(", ", map(Typed, self.functions))
        unknown = functions and Prose(functions, " unknown")
        if self.status == "proved" and not self.method.startswith(AGREES):
            how = joined("; ", filter(None, (joined(", ", filter(None, (method, unknown))), self.detail)))
            return Prose("checked exactly", sizes and Prose(" at ", sizes), how and Prose(" (", how, ")"))
        detail = self.detail and Prose(" (", self.detail, ")")
        return Prose(joined(", ", filter(None, (method, sizes, unknown))), detail)

    def __str__(self) -> str:
        return str(self.said())
