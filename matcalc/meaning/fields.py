"""The kinds of entries that an expression can be evaluated over, behind one small interface: protocol.Field.

Entries of every kind add, subtract and multiply with Python's operators; whatever else an operator's meaning needs of
them is a method of the field. `Sympy` makes formulas, `Multiprecision` numbers of many digits, `Floats` NumPy arrays
(an entry is then an array: this is how a formula in one variable is applied to all entries at once). verify adds an
exact one. SymPy and mpmath are imported when a field needs them, not before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from matcalc.errors import UnknownNameError
from matcalc.meaning import elementwise
from matcalc.meaning.protocol import LONGEST_NUMBER, Entry, Field, TooLarge, check_time

# ---------------------------------------------------------------------------------------------------------------- SymPy


differentiating_until: ContextVar[float] = ContextVar("differentiating_until", default=math.inf)
"""The deadline for SymPy's differentiation; it is checked whenever SymPy asks a function for its derivative."""


@cache
def opaque(name: str, order: int) -> Any:
    """An undefined SymPy function that stands for `name` differentiated `order` times.

    Its derivative is the opaque function of the next order at the same argument, so `diff` leaves clean chains
    f'(u) u', whether f is unknown or named. The meaning of a named one is put in when the result is decided or
    evaluated.
    """
    import sympy

    def fdiff(self: Any, argindex: int = 1) -> Any:
        check_time(differentiating_until.get())
        return opaque(name, order + 1)(*self.args)

    return type(name + "'" * order, (sympy.Function,), {"nargs": 1, "fdiff": fdiff, "matcalc": (name, order)})


@cache
def switch(strict: bool) -> Any:
    """A SymPy function that is 1 where its argument is positive (`strict`) or not negative, else 0; its slope is 0."""
    import sympy

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return sympy.S.Zero

    return type("switch", (sympy.Function,), {"nargs": 1, "fdiff": fdiff, "strict": strict})


@cache
def nameless(name: Hashable) -> Any:
    """A SymPy function for an entry that has no formula; it is not differentiated."""
    import sympy

    def fdiff(self: Any, argindex: int = 1) -> Any:
        raise TooLarge("what has no formula has no derivative in formulas")

    return type("entry", (sympy.Function,), {"fdiff": fdiff, "atom_of": name})


class Sympy(Field):
    """Formulas in SymPy. Functions of the entries are opaque; max, min and steps are made of switches.

    SymPy's Piecewise would be simplified whenever one stands in another, which takes seconds.
    """

    digits = 0

    def __init__(self, deadline: float = math.inf) -> None:
        import sympy

        self._sp = sympy
        self._deadline = deadline

    def number(self, value: Fraction) -> Entry:
        return self._sp.Rational(value.numerator, value.denominator)

    def constant(self, name: str) -> Entry:
        return self._sp.pi if name == "pi" else self._sp.E

    def sum(self, terms: Iterable[Entry]) -> Entry:
        check_time(self._deadline)
        return self._sp.Add(*terms)

    def divide(self, a: Entry, b: Entry) -> Entry:
        return a / b

    def power(self, base: Entry, exponent: Entry) -> Entry:
        if base.is_Rational and exponent.is_Rational:
            digits = max(abs(int(base.p)), int(base.q)).bit_length()
            if digits * abs(int(exponent.p)) > LONGEST_NUMBER:  # SymPy would write the number out
                raise TooLarge(f"{base}^{exponent} has too many digits")
        return self._sp.Pow(base, exponent)

    def call(self, name: str, order: int, x: Entry) -> Entry:
        check_time(self._deadline)
        return opaque(name, order)(x)

    def where(self, u: Entry, strict: bool, a: Entry, b: Entry) -> Entry:
        return switch(strict)(u) * (a - b) + b

    def whole(self, x: Entry) -> int | None:
        return int(x) if x.is_Integer else None

    def atom(self, name: Hashable, at: Sequence[Entry]) -> Entry:
        return nameless(name)(*at)


# -------------------------------------------------------------------------------------------------------- many digits


IMMENSE = 10_000
"""Numbers above 2^IMMENSE count as infinite in many digits."""

Calls: TypeAlias = Mapping[str, Callable[[int, Any], Any]]
"""For each unknown function, its value at (order, x)."""


class Multiprecision(Field):
    """mpmath numbers of `digits` digits; nan wherever the real value does not exist. Unknown functions by `calls`."""

    def __init__(self, digits: int, calls: Calls | None = None) -> None:
        import mpmath

        self.digits = digits
        self.mp = mpmath.mp.clone()
        self.mp.dps = digits
        self.calls = calls or {}
        self.nan = self.mp.nan
        self.deadline = math.inf
        """The moment past which evaluations stop, with OutOfTime."""
        self._formulas: dict[tuple[str, int], elementwise.Formula] = {}

    def number(self, value: Fraction | float) -> Entry:
        if isinstance(value, Fraction):
            return self.mp.mpf(value.numerator) / value.denominator
        return self.mp.mpf(value)

    def constant(self, name: str) -> Entry:
        return +self.mp.pi if name == "pi" else +self.mp.e

    def sum(self, terms: Iterable[Entry]) -> Entry:
        check_time(self.deadline)
        return self.mp.fsum(terms)

    def dot(self, a: Sequence[Entry], b: Sequence[Entry]) -> Entry:
        check_time(self.deadline)
        return self.mp.fdot(a, b)

    def divide(self, a: Entry, b: Entry) -> Entry:
        check_time(self.deadline)
        return a / b if b else self.nan

    def finite(self, x: Entry) -> bool:
        """True for a number, unless it is so large or small that functions of it would take forever."""
        return bool(self.mp.isfinite(x)) and (not x or abs(self.mp.mag(x)) < IMMENSE)

    def power(self, base: Entry, exponent: Entry) -> Entry:
        if not self.finite(base) or not self.finite(exponent):
            return self.nan
        n = self.whole(exponent)
        if (base == 0 and exponent < 0) or (base < 0 and n is None):
            return self.nan
        return base**exponent if n is None else base**n

    def call(self, name: str, order: int, x: Entry) -> Entry:
        check_time(self.deadline)
        if not self.finite(x):
            return self.nan
        if name in self.calls:
            return self.calls[name](order, x)
        if elementwise.primitive(name, order):
            if name in ("lgamma", "digamma"):
                value = self.nan if x <= 0 else self.mp.loggamma(x) if name == "lgamma" else self.mp.psi(order, x)
            else:
                value = getattr(self.mp, name)(x)
            return value if isinstance(value, self.mp.mpf) else self.nan
        if (name, order) not in self._formulas:
            self._formulas[name, order] = elementwise.formula(name, order)
        return self._formulas[name, order](x, self)

    def where(self, u: Entry, strict: bool, a: Entry, b: Entry) -> Entry:
        if self.mp.isnan(u):
            return self.nan
        return a if (u > 0 if strict else u >= 0) else b

    def whole(self, x: Entry) -> int | None:
        return int(x) if self.finite(x) and x == int(x) else None

    def atom(self, name: Hashable, at: Sequence[Entry]) -> Entry:
        raise TooLarge("what has no formula is not evaluated entry by entry")


# -------------------------------------------------------------------------------------------------------------- floats


class Floats(Field):
    """float64 arrays of one shape, each standing for an entry: a formula is applied to a whole array at once."""

    digits = 15

    def __init__(self) -> None:
        import numpy

        self._np = numpy

    def number(self, value: Fraction) -> Entry:
        return float(value)

    def constant(self, name: str) -> Entry:
        return math.pi if name == "pi" else math.e

    def sum(self, terms: Iterable[Entry]) -> Entry:
        return sum(terms)

    def divide(self, a: Entry, b: Entry) -> Entry:
        return self._np.divide(a, b)

    def power(self, base: Entry, exponent: Entry) -> Entry:
        return self._np.power(base, exponent)

    def call(self, name: str, order: int, x: Entry) -> Entry:
        row = elementwise.FUNCTIONS[name]
        if order and row.slopes is not None:
            return row.slopes(self._np, order, x)
        fast = row.fast if order == 0 else None
        return elementwise.formula(name, order)(x, self) if fast is None else fast(self._np, x)

    def where(self, u: Entry, strict: bool, a: Entry, b: Entry) -> Entry:
        np = self._np
        return np.where(np.isnan(u), np.nan, np.where(u > 0 if strict else u >= 0, a, b))

    def whole(self, x: Entry) -> int | None:
        return int(x) if x == int(x) else None

    def atom(self, name: Hashable, at: Sequence[Entry]) -> Entry:
        raise TooLarge("what has no formula is not evaluated entry by entry")


def unknown(name: str, order: int) -> UnknownNameError:
    """The error for an unknown function that was not given, or whose derivative of this order was not given."""
    primes = "'" * order
    return UnknownNameError(
        f"no value is known for the function {name}{primes}",
        hint=f'pass functions={{"{name}": ({", ".join([name] + [name + chr(39) * k for k in range(1, order + 1)])})}}'
        if order
        else f'pass functions={{"{name}": …}}',
        text=name + primes,
    )
