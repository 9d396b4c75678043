r"""Names as LaTeX sets them: a letter with its font, its accent, what stands below and above it.

They are spelled when all of the text is read: whether the (1) of W^{(1)} numbers a layer depends on a W^{(l)}
elsewhere, whether the (i) of x^{(i)} is an index on a sum over i.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from matcalc.errors import Alternative, AmbiguousError, MatcalcError, ParseError
from matcalc.families import IndexedName, Place
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token


@dataclass
class Lettering:
    """A name: its token, whose value it becomes, and its parts. `layer` is what stands above it in brackets."""

    token: Token
    stem: str
    font: str = ""
    accents: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    layer: Place | None = None

    def spelled(self, stem: str = "") -> str:
        """The name without its layer."""
        found = (stem or self.stem) + "".join(self.accents)
        for part in self.below:
            found += part if part.isdigit() and found[-1].isalpha() and "_" not in found else f"_{part}"
        return found


def spell(source: Source, names: Sequence[Lettering], summed: Collection[str], announced: Collection[str]) -> None:
    """Give every name's token its value. `summed`: the letters of sums; `announced`: those of layers."""
    _tell_fonts(source, names)
    layered = {
        name.spelled()
        for name in names
        if name.layer is not None and name.layer.letter and not (name.layer.letter in summed and not name.layer.offset)
    }
    for name in names:
        spelled, layer = name.spelled(), name.layer
        if layer is not None and spelled in layered:
            if layer.letter and layer.letter not in announced and not layer.letter.isupper():
                raise _unannounced(source, name)
            spelled = str(IndexedName(spelled, layer))
        elif layer is not None:
            part = layer.letter or str(layer.offset)
            spelled += part if part.isdigit() and spelled[-1].isalpha() and "_" not in spelled else f"_{part}"
        name.token.value = spelled


def _unannounced(source: Source, name: Lettering) -> MatcalcError:
    assert name.layer is not None
    shown, letter = source.quote(name.token.start, name.token.end), name.layer.letter
    message = f"{shown} is one of several layers, and nothing says which there are"
    hint = rf"write {letter} = 1, \dots, L beside a formula for all of them"
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
            raise _two_fonts(source, *sorted(found.values(), key=lambda name: name.token.start)[:2])


def _two_fonts(source: Source, first: Lettering, second: Lettering) -> MatcalcError:
    a, b = first.token, second.token
    shown, other = source.quote(a.start, a.end), source.quote(b.start, b.end)
    message = f"{shown} and {other} are one letter in two fonts"
    error = source.error(AmbiguousError, message, b.start, b.end)
    assert isinstance(error, AmbiguousError)
    another = second.stem + r"_{\mathrm{" + (second.font or "plain") + "}}"
    return error.asking(Alternative(f"it is the same as {shown}", shown), Alternative("it is another name", another))
