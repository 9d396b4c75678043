r"""The formulas of a text: between $ and $, in \[ \], in environments, in Markdown's ```math; or all of it.

Words outside formulas are left out, but lines that declare something in the notation. A formula within a sentence that
only mentions something, `where $w$ is …`, says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matcalc.errors import ParseError, UnsupportedError
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tex.commands import read_formula
from matcalc.syntax.tex.macros import Bit, Macros, pieces
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.words import tables
from matcalc.syntax.tokens import LIMIT, tokenize
from matcalc.syntax.tree import Token

_NAMES = r"[ \t]*[A-Za-z]\w*(?:[ \t]*,[ \t]*[A-Za-z]\w*)*[ \t]*"
_SIZE = r"(?:[a-zA-Z](?:_\w+)?|\d+)"
_DECLARATION = re.compile(
    rf"{_NAMES}:[ \t]*(?:{_SIZE}(?:[ \t]*[x×][ \t]*{_SIZE})?(?:[ \t]+[a-z]+)*|"
    r"scalar|elementwise|symmetric|vector|matrix)[ \t]*[.;]?"
)
_ASKED = re.compile(r"∂ ?[^\W\d_]\w* ?/ ?∂ ?[^\W\d_]\w*")
_SAYING = frozenset(
    {"=", ":", "∈", "+", r"\in", r"\coloneqq", r"\|", r"\lVert", r"\frac", r"\sum", r"\nabla", r"\min", r"\arg", "∂"}
    | {r"\partial"}
)
_NOUNS = (
    r"(?: ?(?:the|a|this|my|following|function|loss|cost|objective|expression|scalar|quantity|error|energy|term|"
    r"log|likelihood))*"
)
_WANTED = re.compile(
    rf"(?:(?:derivatives?|gradients?|differential|jacobian|hessian|and|or) of{_NOUNS}|differentiate{_NOUNS}|"
    rf"(?:minimi|maximi|optimi)[sz](?:e|es|ing){_NOUNS}|"
    r"(?:loss|cost|objective|energy|error|risk|likelihood|criterion)(?: function| term)?"
    r" (?:is|equals|reads|becomes|to be)(?: then| thus| simply| given by| defined as)?)[\s:*]*$",
    re.IGNORECASE,
)
_CLAIMED = re.compile(
    r"(?:(?:derivative|gradient|answer|result|solution|attempt|minimi[sz]er|maximi[sz]er|optimum)[^.$?!]{0,30}\b(?:is|as|equals|be|:)|"
    r"(?:my|the) (?:answer|attempt|result|solution)\s*:|"
    r"\b(?:obtain(?:ed|s)?|get|got|gives?|gave|yields?|arrive at|computed|compute|found|end up with|came up with|think)"
    r"(?: (?:the|a|that|gradient|derivative|answer|result|following|it|is|to be|as)){0,4})[\s:*]*$",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"\b(?:at|around|near|initiali[sz]ed (?:at|to|as|with)|solv(?:e|es|ing))"
    r"(?: (?:the|a|point|linear|system)){0,3}[\s:*]*$",
    re.IGNORECASE,
)
_IS = re.compile(
    r"[$)\s\\]*(?:is|are|be|has|have|with|of)?(?:\s+(?:an?|of|size|shape|dimensions?|the|matrix))*\s*[$(\s\\]*"
)
_AND = re.compile(r"[$)\s\\]*(?:,|and|,\s*and)[$(\s\\]*")
"""What stands between names, and between names and their size: $A$ and $B$ are $n\times n$."""
_CLOSING = {r"\[": r"\]", r"\(": r"\)", "$": "$", "$$": "$$"}


class Excerpt(NamedTuple):
    """A formula: "all" of the text, "display" or "inline"; and its pieces."""

    kind: str
    pieces: Sequence[Bit]


def read_stretches(texts: Texts) -> None:
    """Read every formula of the text. Raises ParseError where there is none."""
    source = texts.source
    if len(source.text) > LIMIT:
        message = f"the program has {len(source.text):,} characters, and the limit is {LIMIT:,}"
        raise source.error(UnsupportedError, message, LIMIT, hint="split it into several programs")
    found = Macros(source).expanded(pieces(source))
    stretches = list(_stretches(source, found))
    if not stretches:
        document = next((piece for piece in found if piece.text == r"\documentclass"), None)
        if document is not None:
            message = "there is no formula in this document"
            hint = r"a formula stands between $ and $, in \[ \], or in an environment such as align"
            raise source.error(ParseError, message, document.start, document.end, hint=hint)
        read_formula(texts, found, lines=True)
        return
    at = ended = 0
    inline: list[Excerpt] = []
    names: list[Excerpt] = []  # those that stand side by side, before what may be their size
    nothing = True
    for stretch in stretches:
        for token in _declared(source, at, stretch.pieces[0].start if stretch.pieces else at):
            texts.tokens.append(token)
        if stretch.pieces:
            at = stretch.pieces[-1].end
        before = (
            source.text[max(ended, stretch.pieces[0].start - 80) : stretch.pieces[0].start] if stretch.pieces else ""
        )
        before = before.rstrip("$([\\ \n")
        ended = at
        wanted = _WANTED.search(before) is not None
        mentions = stretch.kind == "inline" and _mentions(stretch.pieces) and not _is_line(source, stretch.pieces)
        if mentions and not wanted:
            between = (
                source.text[names[-1].pieces[-1].end : stretch.pieces[0].start] if names and stretch.pieces else ""
            )
            if _size(stretch) and names and _IS.fullmatch(between):
                for name in names:
                    colon = Bit("char", ":", stretch.pieces[0].start, stretch.pieces[0].start)
                    read_formula(texts, [*name.pieces, colon, *stretch.pieces], lines=False)
                names = []
            elif _is_name(stretch):
                names = [*names, stretch] if names and _AND.fullmatch(between) else [stretch]
            else:
                inline.append(stretch)
            continue
        nothing = False
        said = (
            "WANTED" if wanted else "CLAIMED" if _CLAIMED.search(before) else "POINT" if _POINT.search(before) else ""
        )
        begun = len(texts.tokens)
        read_formula(texts, stretch.pieces, lines=False)
        if said and len(texts.tokens) > begun:
            texts.tokens.insert(begun, Token(said, None, *[stretch.pieces[0].start] * 2))
    texts.tokens.extend(_declared(source, at, len(source.text)))
    if nothing and len(inline) == 1:
        read_formula(texts, inline[0].pieces, lines=False)


def _size(stretch: Excerpt) -> bool:
    r"""Whether a formula is a size, n \times d."""
    texts = [piece.text for piece in stretch.pieces if piece.kind != "blank"]
    at = texts.index(r"\times") if r"\times" in texts else 0
    return 0 < at < len(texts) - 1 and all("".join(side).isalnum() for side in (texts[:at], texts[at + 1 :]))


def _is_name(stretch: Excerpt) -> bool:
    """Whether a formula is a name: W, W_1."""
    texts = [piece.text for piece in stretch.pieces if piece.kind != "blank" and piece.text not in "{}"]
    return bool(texts) and (len(texts) == 1 or texts[1] == "_") and texts[0][-1].isalpha() and len(texts) < 4


def _stretches(source: Source, found: Sequence[Bit]) -> Iterator[Excerpt]:
    lines = frozenset(tables()["environments"]["lines"])
    i = 0
    while i < len(found):
        text = found[i].text
        if text in (r"\[", r"\("):
            close = _closing(source, found, i + 1, _CLOSING[text])
            yield Excerpt("display" if text == r"\[" else "inline", found[i + 1 : close])
            i = close + 1
        elif text == "$":
            double = i + 1 < len(found) and found[i + 1].text == "$"
            begin = i + 1 + double
            partner = _next(found, begin, "$")
            if partner is None:
                raise source.error(
                    ParseError,
                    "this $ has no partner",
                    found[i].start,
                    found[i].end,
                    hint="a formula stands between $ and $",
                )
            inside = found[begin:partner]
            if inside[:1] and inside[0].text == "`" and inside[-1].text == "`":
                inside = inside[1:-1]
            yield Excerpt("display" if double else "inline", inside)
            i = partner + 1
            if double and i < len(found) and found[i].text == "$":
                i += 1
        elif text == r"\begin":
            name = _name(found, i)
            if name.rstrip("*") not in lines:
                i += 1
                continue
            close = _ending(source, found, i, name)
            yield Excerpt("display", found[i:close])
            i = close
        elif text == "`" and [p.text for p in found[i : i + 7]] == [*"```math"]:
            partner = _next(found, i + 7, "```")
            if partner is None:
                raise source.error(
                    ParseError, "this block has no end", found[i].start, found[i + 2].end, hint="it ends with ```"
                )
            yield Excerpt("display", found[i + 7 : partner])
            i = partner + 3
        elif text in ("`", "~"):
            i = _code(found, i)
        elif text == "<" and [p.text for p in found[i : i + 4]] == [*"<!--"]:
            close_at = _next(found, i + 4, "-->")
            i = len(found) if close_at is None else close_at + 3
        else:
            i += 1


def _code(found: Sequence[Bit], i: int) -> int:
    """Where the code ends that begins with the marks at i: `x`, or a block between ``` and ```; or where they end."""
    mark, length = found[i].text, 0
    while i + length < len(found) and found[i + length].text == mark:
        length += 1
    end = len(found)
    if length < 3:  # in a line
        end = next((n for n in range(i, end) if found[n].text == "\n"), end)
    close = _next(found[:end], i + length, mark * length) if length >= 3 or mark == "`" else None
    return i + length if close is None else close + length


def _next(found: Sequence[Bit], i: int, marks: str) -> int | None:
    length = len(marks)
    places = (n for n in range(i, len(found)) if found[n].text == marks[0])
    return next((n for n in places if [p.text for p in found[n : n + length]] == [*marks]), None)


def _closing(source: Source, found: Sequence[Bit], i: int, close: str) -> int:
    for n in range(i, len(found)):
        if found[n].text == close:
            return n
    first = found[i - 1]
    raise mistake(source, "never closed", first.start, first.end, first.text)


def _name(found: Sequence[Bit], i: int) -> str:
    name = ""
    for piece in found[i + 2 : i + 20]:
        if piece.text == "}":
            return name
        name += piece.text
    return ""


def _ending(source: Source, found: Sequence[Bit], i: int, name: str) -> int:
    depth = 0
    for n in range(i, len(found)):
        if found[n].text in (r"\begin", r"\end") and _name(found, n) == name:
            depth += 1 if found[n].text == r"\begin" else -1
            if not depth:
                return n + 3 + len(name)
    raise mistake(source, "never closed", found[i].start, found[i].end, rf"\begin{{{name}}}")


def _mentions(found: Sequence[Bit]) -> bool:
    r"""Whether a formula in a sentence neither defines, nor declares, nor is more than a name or a condition.

    A rule of steps, w_{t+1} = w_t - \\eta \\nabla f(w_t), is no definition.
    """
    texts = [piece.text for piece in found]
    return _SAYING.isdisjoint(texts) or ("=" in texts and r"\nabla" in texts[texts.index("=") :])


def _is_line(source: Source, found: Sequence[Bit]) -> bool:
    """Whether a formula of more than a name is a line of its own."""
    if len([piece for piece in found if not piece.text.isspace()]) < 2:
        return False
    text, start, end = source.text, found[0].start, found[-1].end
    before, after = text[text.rfind("\n", 0, start) + 1 : start], text[end:].partition("\n")[0]
    return not before.strip(" \t\r$`\\(") and not after.strip(" \t\r$`\\).,;")


def _declared(source: Source, start: int, end: int) -> Iterator[Token]:
    """The declarations in lines of their own between two formulas, and the ∂L/∂W that is asked for there."""
    text = source.text
    for match in _ASKED.finditer(text, start, end):
        for token in tokenize(Source(match.group())):
            yield Token(token.kind, token.value, token.start + match.start(), token.end + match.start())
        yield Token("SEPARATOR", ";", match.end(), match.end())
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        begins = at == 0 or text[at - 1] == "\n"
        if begins and (stop == len(text) or text[stop] == "\n") and _DECLARATION.fullmatch(line):
            for token in tokenize(Source(line.rstrip(" .;"))):
                yield Token(token.kind, token.value, token.start + at, token.end + at)
            yield Token("SEPARATOR", ";", stop, stop)
        at = stop + 1
