r"""Layers and steps that are numbered below: h_t = f(W h_{t-1} + U x_t), with t = 1, \dots, T or a sum over t.

Where a definition of h_t uses h_{t-1}, what has t below it is of step t, and 0 or T below what is defined so is a step
too. The range of t is announced, or else that of a sum over t. An x_{i+1} in a sum over i, of which no definition is
given, is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.families import Place
from matcalc.syntax.layers import Range
from matcalc.syntax.source import Source
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.spelling import Lettering, unannounced
from matcalc.syntax.tree import Bounds, Token

Announced = tuple[Range, int, int]
"""A range of layers, and where it is announced."""


def steps(texts: Texts, announced: Sequence[Announced]) -> list[Announced]:
    """The ranges of all layers; names of steps get their layer. Raises ParseError, UnsupportedError."""
    found = list(announced)
    sums = dict(_summed(texts.tokens))
    letters = summed_letters(texts.tokens)
    defined = _defined(texts)
    moved = {name.step.letter: name for name in reversed(texts.names) if name.step is not None and name.step.offset}
    for letter, name in moved.items():
        if not letter:
            continue
        stems = {each.base for each in defined if each.step is not None and each.step.letter == letter}
        if name.base not in stems and not any(n.base in stems for n in texts.names if n.step == name.step):
            if letter in letters:
                raise _beside(texts.source, name)
            continue
        range_ = next((range_ for range_, _, _ in found if range_.letter == letter), None)
        if range_ is None:
            if letter not in sums:
                raise unannounced(texts.source, name)
            range_ = Range(letter, 1, sums[letter][0])
            found.append((range_, *sums[letter][1:]))
        _number(texts.names, range_, stems)
    for name in texts.names:  # h^{(t-1)} under a sum over t
        letter = name.layer.letter if name.layer is not None and name.layer.offset else ""
        if letter in sums and all(range_.letter != letter for range_, _, _ in found):
            found.append((Range(letter, 1, sums[letter][0]), *sums[letter][1:]))
    return found


def _number(names: Sequence[Lettering], range_: Range, stems: Collection[str]) -> None:
    for name in names:
        step = name.step
        if step is None or name.layer is not None:
            continue
        ends = name.base in stems and step.letter in ("", range_.last.letter)
        if step.letter == range_.letter or ends:
            name.layer, name.below = step, []


def _defined(texts: Texts) -> list[Lettering]:
    """The names that stand before = at the beginning of a statement."""
    by_token = {name.token: name for name in texts.names}
    begins = [0, *(i + 1 for i, token in enumerate(texts.tokens) if token.kind in ("SEPARATOR", "NEWLINE", "COMMA"))]
    tokens = texts.tokens
    lefts = (tokens[i] for i in begins if i + 1 < len(tokens) and tokens[i + 1].kind == "EQUALS")
    return [by_token[token] for token in lefts if token in by_token]


def summed_letters(tokens: Sequence[Token]) -> set[str]:
    """The letters that sums run over."""
    return {letter for token in tokens if isinstance(token.value, Bounds) for letter in token.value.letters}


def _summed(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[Place, int, int]]]:
    for token in tokens:
        if isinstance(token.value, Bounds) and len(token.value.letters) == 1 and token.value.last is not None:
            last = token.value.last
            letter, _, less = str(last).partition("-")
            end = Place("", last) if isinstance(last, int) else Place(letter, -int(less or 0))
            yield token.value.letters[0], (end, token.start, token.end)


def _beside(source: Source, name: Lettering) -> MatcalcError:
    start, end = name.token.start, name.token.end
    stem, shown = name.base, source.quote(start, end)
    message = f"{shown} is an entry beside the one that is summed"
    hint = f"for differences of neighbours write rowrange({stem}, 2, n) - rowrange({stem}, 1, n-1); "
    hint += rf"for steps define {stem}_t by what comes before, with t = 1, \dots, T"
    return source.error(UnsupportedError, message, start, end, hint=hint)
