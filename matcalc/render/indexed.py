"""Index notation as text and as LaTeX: Σ_k X_ki δ_kj; entries, sums over indices, [i = j].

A short precedence of its own: a sum of terms, a sum over indices (as far to the right as it goes), a product, a power,
an atom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.expr import Number, Symbol
from matcalc.indices.terms import (
    Applied,
    Constant,
    Delta,
    Entry,
    Index,
    Index_term,
    Length,
    Product,
    Raised,
    Sigma,
    Total,
    coefficient,
    indices,
    product,
)
from matcalc.operators import MAX, MIN, STEP_GE, size_node
from matcalc.render.reading import Writer

TOTAL, SIGMA, PRODUCT, POWER, ATOM = range(5)


class Style(NamedTuple):
    """How index notation is spelled. `below`: the letters under a name; `sum`: Σ over indices; `power`, `over`."""

    below: Callable[[str, bool, Sequence[str]], str]
    sum: Callable[[Sequence[tuple[str, str]]], str]
    power: Callable[[str, str], str]
    over: Callable[[str, str], str]
    delta: str
    step: str
    max: str
    min: str
    brackets: str


def _below_text(name: str, plain: bool, letters: Sequence[str]) -> str:
    joined = "".join(letters) if all(len(x) == 1 for x in letters) else ",".join(letters)
    return (name if plain else f"({name})") + (f"_{joined}" if letters else "")


def _below_latex(name: str, plain: bool, letters: Sequence[str]) -> str:
    joined = " ".join(letters) if all(len(x) == 1 for x in letters) else ",".join(letters)
    simple = plain and "_" not in name
    return (name if simple or not letters else f"({name})") + (f"_{{{joined}}}" if letters else "")


def _sum_text(sign: str) -> Callable[[Sequence[tuple[str, str]]], str]:
    def write(over: Sequence[tuple[str, str]]) -> str:
        names = [name for name, _ in over]
        return f"{sign}_{''.join(names) if all(len(n) == 1 for n in names) else ','.join(names)} "

    return write


def _sum_latex(over: Sequence[tuple[str, str]]) -> str:
    return "".join(rf"\sum_{{{name}=1}}^{{{size}}} " for name, size in over)


_SHARED_TEXT = {"power": "{}^{}".format, "over": "{} / {}".format, "delta": "[{} = {}]", "brackets": "({})"}
_TEXT = {"below": _below_text, "max": "max({}, {})", "min": "min({}, {})", **_SHARED_TEXT}
STYLES: Mapping[str, Style] = {
    "text": Style(sum=_sum_text("Σ"), step="[{} ≥ {}]", **_TEXT),  # type: ignore[arg-type]
    "ASCII text": Style(sum=_sum_text("sum"), step="[{} >= {}]", **_TEXT),  # type: ignore[arg-type]
    "LaTeX": Style(
        below=_below_latex,
        sum=_sum_latex,
        power="{}^{{{}}}".format,
        over=r"\frac{{{}}}{{{}}}".format,
        delta="[{} = {}]",
        step=r"[{} \ge {}]",
        max=r"\max({}, {})",
        min=r"\min({}, {})",
        brackets="({})",
    ),
}


class Indexed:
    """Writes index notation; formulas that are not written out are written by `writer`, in its notation."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._style = STYLES[writer.notation.title]

    def write(self, term: Index_term) -> str:
        """The text of a term."""
        return self._piece(term)[0]

    def ranges(self, terms: Iterable[Index_term], free: Iterable[Index] = ()) -> str:
        """What each index runs over, once each: i = 1..n, j = 1..d."""
        found = dict.fromkeys([*free, *(i for term in terms for i in indices(term))])
        return ", ".join(f"{i.name} = 1..{self._size(i)}" for i in found)

    def _size(self, index: Index) -> str:
        return self._writer.write(size_node(index.size))

    def _at(self, term: Index_term, least: int) -> str:
        text, level = self._piece(term)
        return text if level >= least else self._style.brackets.format(text)

    def _piece(self, term: Index_term) -> tuple[str, int]:
        style = self._style
        if isinstance(term, Constant):
            reading = self._writer.write(Number(term.value))
            return reading, ATOM if term.value >= 0 and term.value.denominator == 1 else PRODUCT
        if isinstance(term, Length):
            return self._writer.write(size_node(term.dim)), ATOM
        if isinstance(term, Entry):
            return style.below(
                self._writer.write(term.of), isinstance(term.of, Symbol), [i.name for i in term.at]
            ), ATOM
        if isinstance(term, Delta):
            return style.delta.format(term.i.name, term.j.name), ATOM
        if isinstance(term, Sigma):
            over = [(i.name, self._size(i)) for i in term.over]
            return style.sum(over) + self._at(term.body, SIGMA), SIGMA
        if isinstance(term, Total):
            return self._total(term), TOTAL
        if isinstance(term, Product):
            return self._product(term)
        if isinstance(term, Raised):
            return self._raised(term)
        return self._applied(term), ATOM

    def _total(self, term: Total) -> str:
        written = ""
        for n, part in enumerate(term.terms):
            number, rest = coefficient(part)
            shown = self._at(product(Constant(abs(number)), rest), SIGMA)
            sign = ("-" if number < 0 else "") if not n else " - " if number < 0 else " + "
            written += sign + shown
        return written

    def _product(self, term: Product) -> tuple[str, int]:
        number, rest = coefficient(term)
        if number < 0:
            text, level = self._piece(product(Constant(-number), rest))
            return f"-{text}", min(level, PRODUCT)
        above: list[Index_term] = []
        below: list[Index_term] = []
        for factor in term.factors:
            power = _reciprocal(factor)
            (above if power is None else below).append(factor if power is None else power)
        last = len(above) - 1
        least = [SIGMA if n == last and not below else POWER for n in range(len(above))]
        if above and isinstance(above[0], Constant):  # 1/2 x, as in the text notation
            least[0] = PRODUCT
        text = " ".join(map(self._at, above, least)) or "1"
        if below:
            bottom = self._at(below[0], POWER) if len(below) == 1 else self._at(product(*below), ATOM)
            text = self._style.over(text, bottom)
        return text, PRODUCT

    def _raised(self, term: Raised) -> tuple[str, int]:
        power = _reciprocal(term)
        if power is not None:
            return self._style.over("1", self._at(power, POWER)), PRODUCT
        return self._style.power(self._at(term.base, ATOM), self._at(term.exponent, ATOM)), POWER

    def _applied(self, term: Applied) -> str:
        args = [self.write(a) for a in term.args]
        op = term.op
        if op.function is not None:
            name = self._writer.notation.function(op.function, op.order)
            return name + self._style.brackets.format(args[0])
        forms = {MAX: self._style.max, MIN: self._style.min, STEP_GE: self._style.step}
        return forms[op].format(*args)


def _reciprocal(term: Index_term) -> Index_term | None:
    # What stands below the line for x^-k.
    if isinstance(term, Raised) and isinstance(term.exponent, Constant) and term.exponent.value < 0:
        power = -term.exponent.value
        return term.base if power == 1 else Raised(term.base, Constant(Fraction(power)))
    return None
