"""A mapping by variable names, in any of their spellings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from matcalc.api.formula import canonical
from matcalc.checked import checked
from matcalc.errors import UnknownNameError

T = TypeVar("T")


class MissingNameError(UnknownNameError, KeyError):
    """A name that is not among the variables. It is a KeyError, so that `get` works as in a dict."""

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        super().__init__(
            f"{name} is not a variable of this derivation",
            hint=f"the variables are {', '.join(names)}" if names else "there are none: it was not verified",
            text=name,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.text,), self.__dict__


def _again(name: str) -> MissingNameError:
    return MissingNameError(name, ())


class ByName(Mapping[str, T]):
    """An immutable mapping that accepts a name in any spelling: γ and gamma are the same key."""

    def __init__(self, found: Mapping[str, T]) -> None:
        self._found = dict(found)

    @checked
    def __getitem__(self, name: str) -> T:
        try:
            return self._found[canonical(name)]
        except KeyError:
            raise MissingNameError(name, tuple(self)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and canonical(name) in self._found

    def __repr__(self) -> str:
        return repr(self._found)
