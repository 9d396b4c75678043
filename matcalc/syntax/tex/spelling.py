r"""Names as LaTeX sets them: a letter with its font, its accent, what stands below and above it.

They are spelled when all of the text is read: whether the (1) of W^{(1)} numbers a layer depends on a W^{(l)}
elsewhere, whether the (i) of x^{(i)} is an index on a sum over i.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from matcalc.errors import Alternative, AmbiguousError, MatcalcError, ParseError
from matcalc.families import IndexedName, Place
from matcalc.names import latex
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Labelled, Token


@dataclass
class Lettering:
    """A name: its token, whose value it becomes, and its parts.

    `layer` is what stands above it in brackets, `step` what stands below it, where that may number a step.
    `word`: whether it is spelled out, as in \\mathrm{loss}; `label`: whether what stands below it is.
    """

    token: Token
    stem: str
    font: str = ""
    accents: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    layer: Place | None = None
    step: Place | None = None
    word: bool = False
    label: bool = False

    @property
    def base(self) -> str:
        """The name without what stands below it."""
        return self.stem + "".join(self.accents)

    def spelled(self) -> str:
        """The name without its layer."""
        found = _with_parts(self.base, self.below)
        return Labelled(found) if self.label else found

    def entry(self, summed: Collection[str]) -> bool:
        """Whether it is an entry of something: letters of sums stand below it."""
        return bool(self.below) and set(self.below[-1]) <= set(summed)


def spell(
    source: Source,
    names: Sequence[Lettering],
    known: Collection[str],
    summed: Collection[str],
    announced: Collection[str],
) -> None:
    """Give every name's token its value: a known name's where it is set like that, W_q also for Wq.

    `summed`: the letters of sums; `announced`: those of layers.
    """
    _tell_fonts(source, names)
    looks = _looks(known)
    layered = {
        name.spelled()
        for name in names
        if name.layer is not None and name.layer.letter and not (name.layer.letter in summed and not name.layer.offset)
    }
    for name in names:
        spelled, layer = name.spelled(), name.layer
        if layer is not None and spelled in layered:
            if layer.letter and layer.letter not in announced and not layer.letter.isupper():
                raise unannounced(source, name)
            spelled = str(IndexedName(spelled, layer))
        elif layer is not None:
            part, entry = layer.letter or str(layer.offset), name.entry(summed)
            if entry and layer.letter in summed:  # x_j^{(i)} is entry j of x_i
                spelled = _with_parts(name.base, [*name.below[:-1], part + name.below[-1]])
            elif not layer.letter:  # W^{(1)}_{ji} is W1_ji
                spelled = _with_parts(name.base, [part, *name.below])
            elif entry:  # a_j^{(l)} is entry j of a_l
                spelled = _with_parts(name.base, [*name.below[:-1], part, name.below[-1]])
            else:
                spelled = _with_parts(spelled, [part])
        alike = looks.get(_look(spelled), ())
        if len(alike) > 1 and not (name.word and spelled in alike):
            raise _two_names(source, name, alike)
        name.token.value = alike[0] if len(alike) == 1 and not name.entry(summed) else spelled


def _with_parts(found: str, parts: Sequence[str]) -> str:
    for part in parts:
        found += part if part.isdigit() and found[-1].isalpha() and "_" not in found else f"_{part}"
    return found


def spell_known(tokens: Sequence[Token], known: Collection[str]) -> None:
    """Where a name is none of the known ones, and one of them is set like it, it is that: z_2 for z2."""
    unknown = [token for token in tokens if token.kind == "NAME" and token.value not in known]
    looks = _looks(known) if unknown else {}
    for token in unknown:
        alike = looks.get(_look(str(token.value)), ())
        if len(alike) == 1:
            token.value = alike[0]


def _looks(names: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(_look(name), []).append(name)
    return found


def _look(name: str) -> str:
    """How a name is set, that of a layer with the layer below it: of W_q and Wq, and of a[l-1], a_{l-1}, the same."""
    for mark, word in (("[", "_"), ("]", ""), ("-", "m"), ("+", "p")):
        name = name.replace(mark, word)
    return latex(name)


def _two_names(source: Source, name: Lettering, alike: Sequence[str]) -> MatcalcError:
    start, end = name.token.start, name.token.end
    words = [r"\mathrm{" + each.replace("_", r"\_") + "}" for each in alike]
    return source.asked(start, end, *(Alternative(f"it is {a}", word) for a, word in zip(alike, words, strict=True)))


def unannounced(source: Source, name: Lettering) -> MatcalcError:
    """That nothing says which layers there are."""
    place = name.layer or name.step
    assert place is not None
    shown, letter = source.quote(name.token.start, name.token.end), place.letter
    of = "layers" if name.layer is not None else "steps"
    message = f"{shown} is one of several {of}, and nothing says which there are"
    hint = rf"write {letter} = 1, \dots, {letter.upper()} beside a formula for all of them"
    return source.error(ParseError, message, name.token.start, name.token.end, hint=hint)


def _tell_fonts(source: Source, names: Sequence[Lettering]) -> None:
    """One letter in two fonts is asked; a calligraphic one beside another is a name of its own."""
    fonts: dict[str, dict[str, Lettering]] = {}
    for name in names:
        if name.stem != "I":
            fonts.setdefault(name.spelled(), {}).setdefault(name.font, name)
    for spelled, found in fonts.items():
        if len(found) > 1 and "cal" in found:
            for name in names:
                if name.font == "cal" and name.spelled() == spelled:
                    name.stem = f"cal{name.stem}"
            del found["cal"]
        if len(found) > 1:
            first, second, *_ = sorted(found.values(), key=lambda name: name.token.start)
            alike = [n for n in names if n.font == second.font and n.spelled() == spelled]
            raise _two_fonts(source, first.token, sorted(alike, key=lambda name: name.token.start))


def _two_fonts(source: Source, first: Token, others: Sequence[Lettering]) -> MatcalcError:
    start, end = others[0].token.start, others[-1].token.end
    shown, other = source.quote(first.start, first.end), source.quote(start, others[0].token.end)
    message = f"{shown} and {other} are one letter in two fonts"
    error = source.error(AmbiguousError, message, start, end)
    assert isinstance(error, AmbiguousError)
    another = others[0].stem + r"_{\mathrm{" + (others[0].font or "plain") + "}}"
    same, at = ["", ""], start
    for name in others:
        between, at = source.text[at : name.token.start], name.token.end
        same = [same[0] + between + shown, same[1] + between + another]
    return error.asking(Alternative(f"it is the same as {shown}", same[0]), Alternative("it is another name", same[1]))
