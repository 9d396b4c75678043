"""Index notation as text and as LaTeX: Σ_k X_ki δ_kj; entries, sums over indices, [i = j].

A short precedence of its own: a sum of terms, a sum over indices (as far to the right as it goes), a product, a power,
an atom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from matcalc.expr import Node, Number, Size, Slot, Symbol, dims, postorder
from matcalc.indices.entry import Letters, entry, names_in, place, tidy, written
from matcalc.indices.normal import has_sum, same
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
    multiple,
)
from matcalc.operators import MAX, MIN, STEP_GE, D, function, size_node
from matcalc.rewrite import Rule
from matcalc.write.pieces import Level, Notation
from matcalc.write.writer import Writer

TOTAL, SIGMA, PRODUCT, POWER, ATOM = range(5)
STEP = function("step")


class Style(NamedTuple):
    """How index notation is spelled. `below`: the letters under a name; `sum`: Σ over indices; `power`, `over`."""

    below: Callable[[str, bool, Sequence[str]], str]
    slice: Callable[[str, Sequence[str]], str]
    sum: Callable[[Sequence[tuple[str, str]]], str]
    power: Callable[[str, str], str]
    over: Callable[[str, str], str]
    delta: str
    kronecker: Callable[[str, str], str]
    differential: str
    range: str
    step: str
    step_ge: str
    max: str
    min: str
    brackets: str
    layers: str
    gathers: bool = False
    between: str = ", "


def _joined(letters: Sequence[str], between: str = "") -> str:
    # W_ij, but W_2,1: numbers and longer names are set apart.
    return between.join(letters) if all(len(x) == 1 and x.isalpha() for x in letters) else ",".join(letters)


def _below_text(name: str, plain: bool, letters: Sequence[str]) -> str:
    """W_ij, W1_ij, W[l]_ij, (W_h)_ij, (inv(X))_ij: a name that has an index of its own after _ stands in brackets."""
    if not letters:
        return name if plain else f"({name})"
    simple = plain and "_" not in name
    return f"{name if simple else f'({name})'}_{_joined(letters)}"


def _below_latex(name: str, plain: bool, letters: Sequence[str]) -> str:
    r"""W_{ij}, (W_1)_{ij}, (X^{-1})_{ij}: what has an index already stands in brackets."""
    if not letters:
        return name if plain else f"({name})"
    simple = plain and "_" not in name
    return f"{name if simple else f'({name})'}_{{{_joined(letters, ' ')}}}"


def _slice_text(name: str, at: Sequence[str]) -> str:
    return f"{name}[{','.join(at)}]"


def _slice_latex(name: str, at: Sequence[str]) -> str:
    return f"{f'({name})' if '_' in name else name}_{{{','.join(at)}}}"


def _delta(sign: str) -> Callable[[str, str], str]:
    return lambda i, j: f"{sign}_{_joined((i, j))}"


def _sum_text(sign: str) -> Callable[[Sequence[tuple[str, str]]], str]:
    def write(over: Sequence[tuple[str, str]]) -> str:
        names = [name for name, _ in over]
        return f"{sign}_{''.join(names) if all(len(n) == 1 for n in names) else ','.join(names)} "

    return write


def _sum_latex(over: Sequence[tuple[str, str]]) -> str:
    if not all(size for _, size in over):
        return rf"\sum_{{{','.join(name for name, _ in over)}}} "
    return "".join(rf"\sum_{{{name}=1}}^{{{size}}} " for name, size in over)


_TEXT = Style(
    below=_below_text,
    slice=_slice_text,
    sum=_sum_text("Σ"),
    power="{}^{}".format,
    over="{} / {}".format,
    delta="[{} = {}]",
    kronecker=_delta("δ"),
    differential="d",
    range="{} = 1..{}",
    step="[{} > 0]",
    step_ge="[{} ≥ {}]",
    max="max({}, {})",
    min="min({}, {})",
    brackets="({})",
    layers="Σ_{{{}={}..{}}} ",
)
_ASCII = _TEXT._replace(
    sum=_sum_text("sum"), kronecker=_delta("delta"), step_ge="[{} >= {}]", layers="sum_{{{}={}..{}}} "
)
STYLES: Mapping[str, Style] = {
    "text": _TEXT,
    "ASCII text": _ASCII,
    "LaTeX": Style(
        below=_below_latex,
        slice=_slice_latex,
        sum=_sum_latex,
        power="{}^{{{}}}".format,
        over=r"\frac{{{}}}{{{}}}".format,
        delta="[{} = {}]",
        kronecker=lambda i, j: rf"\delta_{{{_joined((i, j), ' ')}}}",
        differential=r"\mathrm{d}",
        range=r"{} = 1, \dots, {}",
        step="[{} > 0]",
        step_ge=r"[{} \ge {}]",
        layers=r"\sum_{{{}={}}}^{{{}}} ",
        gathers=True,
        between=r";\enspace ",
        max=r"\max({}, {})",
        min=r"\min({}, {})",
        brackets="({})",
    ),
}


class Indexed:
    """Writes index notation; formulas that are not written out are written by `writer`, in its notation."""

    def __init__(self, writer: Writer, *, ranges: bool = True, kronecker: bool = False) -> None:
        """`ranges`: whether a sum says what its indices run over, in a notation that can (LaTeX).

        `kronecker`: whether 1 where i = j, else 0, is written δ_ij, which a program may have as a name, or [i = j].
        """
        self._writer = writer
        self._kronecker = kronecker
        self._ranges = ranges
        self._style = STYLES[writer.notation.title]

    def write(self, term: Index_term) -> str:
        """The text of a term."""
        return self._piece(term)[0]

    def ranges(self, terms: Iterable[Index_term], free: Iterable[Index] = ()) -> str:
        """What each index runs over, once each: i = 1..n, j = 1..d."""
        found = dict.fromkeys([*free, *(i for term in terms for i in indices(term))])
        return self._style.between.join(
            self._style.range.format(i.name, self._size(i)) for i in found if i.value is None
        )

    def sum(self, over: Iterable[Index]) -> str:
        """The sign of a sum; empty where there is nothing to sum over."""
        named = [(i.name, self._size(i) if self._ranges else "") for i in over]
        return self._style.sum(named) if named else ""

    def slice(self, name: str, at: Sequence[str]) -> str:
        """A row or a column of an array: X[i,:]."""
        return self._style.slice(name, at)

    def below(self, name: str, at: Iterable[str]) -> str:
        """A name that is a formula already, with indices."""
        return self._style.below(name, True, tuple(at))

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
            return self._entry(term), ATOM
        if isinstance(term, Delta):
            i, j = term.i.name, term.j.name
            return style.kronecker(i, j) if self._kronecker else style.delta.format(i, j), ATOM
        if isinstance(term, Sigma):
            return self.sum(term.over) + self._at(term.body, SIGMA), SIGMA
        if isinstance(term, Total):
            return self._total(term), TOTAL
        if isinstance(term, Product):
            return self._product(term)
        if isinstance(term, Raised):
            return self._raised(term)
        if term.op.over:  # over layers
            return style.layers.format(*term.op.over) + self._at(term.args[0], SIGMA), SIGMA
        return self._applied(term), ATOM

    def _entry(self, term: Entry) -> str:
        reading = self._writer.reading(term.of).piece
        name = isinstance(term.of, (Slot, Symbol))
        whole = not term.at and reading.level >= Level.ATOM  # det(X), a number
        return self._style.below(str(reading), name or whole, [i.name for i in term.at])

    def _total(self, term: Total) -> str:
        written = ""
        for n, part in enumerate(term.terms):
            number, rest = coefficient(part)
            shown = self._at(multiple(abs(number), rest), SIGMA)
            sign = ("-" if number < 0 else "") if not n else " - " if number < 0 else " + "
            written += sign + shown
        return written

    def _product(self, term: Product) -> tuple[str, int]:
        number, rest = coefficient(term)
        if number < 0:
            positive = multiple(-number, rest)
            level = min(self._piece(positive)[1], PRODUCT)
            return f"-{self._at(positive, SIGMA)}", max(level, SIGMA)
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
            text = self._over(text, below)
        return text, PRODUCT

    def _over(self, above: str, below: Sequence[Index_term]) -> str:
        whole = below[0] if len(below) == 1 else Product(tuple(below))
        least = TOTAL if self._style.gathers else POWER if len(below) == 1 else ATOM
        return self._style.over(above, self._at(whole, least))

    def _raised(self, term: Raised) -> tuple[str, int]:
        power = _reciprocal(term)
        if power is not None:
            return self._over("1", [power]), PRODUCT
        return self._style.power(self._at(term.base, ATOM), self._at(term.exponent, ATOM)), POWER

    def _applied(self, term: Applied) -> str:
        args = [self.write(a) for a in term.args]
        op, style = term.op, self._style
        forms = {MAX: style.max, MIN: style.min, STEP_GE: style.step_ge, STEP: style.step}
        if op is D:
            below = term.args[0]
            single = isinstance(below, Entry) and isinstance(below.of, (Slot, Symbol))
            return style.differential + (args[0] if single else style.brackets.format(args[0]))
        if op not in forms and op.function is not None:
            name = self._writer.notation.function(op.function, op.order)
            return name + style.brackets.format(args[0])
        return forms[op].format(*args)


def _reciprocal(term: Index_term) -> Index_term | None:
    # What stands below the line for x^-k.
    if isinstance(term, Raised) and isinstance(term.exponent, Constant) and term.exponent.value < 0:
        power = -term.exponent.value
        return term.base if power == 1 else Raised(term.base, Constant(Fraction(power)))
    return None


def by_entries(node: Node, notation: Notation) -> tuple[str, str]:
    """One entry of a formula, and what its indices run over."""
    taken = names_in(node)
    letters = Letters(taken)
    at = letters.position(node)
    shown = tidy(written(node, at, letters), place(at), taken)
    kronecker = not any(name.startswith("delta") for name in taken)
    writer = Indexed(Writer(notation, taken), kronecker=kronecker)
    return writer.write(shown), writer.ranges([shown], place(at))


def reason(rule: Rule, notation: Notation) -> str:
    """Why a rule holds that says that two numbers are one sum: "both are Σ_ijk G_ij M_ik V_kj".

    The sum is made from the rule itself, and said only where both sides come to it. Empty where they do not, where
    there is nothing to sum, and for rules about arrays. The formula is in `notation`, the words are plain.
    """
    formula = common(rule, notation)
    return f"both are {formula}" if formula else ""


@lru_cache(maxsize=512)
def common(rule: Rule, notation: Notation) -> str:
    """The sum over indices that both sides of a rule are, in `notation`; empty as for `reason`."""
    if rule.lhs is rule.rhs or not rule.lhs.is_scalar or not rule.rhs.is_scalar:
        return ""
    sides: list[Index_term] = []
    walk = list(postorder(rule.lhs, rule.rhs))
    # Ranges are not said, so that a size is a name only where it is a number in the formula.
    taken = {n.name for n in walk if isinstance(n, Slot)} | set(dims(*(n for n in walk if isinstance(n, Size))))
    letters = Letters(taken)
    for side in (rule.lhs, rule.rhs):
        at = letters.position(side)
        sides.append(entry(side, at, letters))
    if not all(map(has_sum, sides)) or not same(*sides):
        return ""
    writer = Indexed(Writer(notation), ranges=False)
    written = [writer.write(tidy(side, (), taken)) for side in sides]
    return min(written, key=len)
