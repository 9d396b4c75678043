"""Brackets, bars, inner products; sums over indices and ranges of layers."""

from __future__ import annotations

import re

from matcalc.syntax.layers import Range
from matcalc.syntax.layout import OPERAND_ENDS
from matcalc.syntax.mistakes import at_a_point, mistake
from matcalc.syntax.paired import pair
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.dots import CROSS
from matcalc.syntax.tex.macros import Bit
from matcalc.syntax.tex.onepass import Opened
from matcalc.syntax.tex.powers import FromZero
from matcalc.syntax.tex.scripts import Scripts
from matcalc.syntax.tex.spans import ranged
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Token
from matcalc.syntax.vocabulary import BARS, is_function

_SIGNS = {"NAME": "i", "NUMBER": "1", "COMMA": ",", "COLON": ":", "PLUS": "+", "MINUS": "-"}
_END = r"(?:1?i*(?:[+-]1?i*)*)"
_ENTRY = rf"(?:(?:1?i|1)(?:[+-]1)?|{_END}:{_END})"
_INDEX = re.compile(rf"{_ENTRY}(?:,{_ENTRY})*")
"""What stands in the brackets of an index, i + 1 or 2:n, but no factor, as in lam[x - y] and lam[A x]."""
_SIZE = re.compile(r"[A-Za-z]\w*(-\d+)?")


class Brackets(Scripts):
    """Reads brackets and sums."""

    # ------------------------------------------------------------------------------------------------------- brackets

    def _sized(self, piece: Bit) -> None:
        i = self._next(self.i)
        if i >= len(self.pieces):
            raise self.error(piece, f"{piece.text} needs a bracket after it")
        delimiter = self.pieces[i]
        self.i = i + 1
        text = delimiter.text
        whole = Bit("command", text, piece.start, delimiter.end)
        side = "l" if piece.text in signs.LEFT else "r" if piece.text in signs.RIGHT else ""
        if text == ".":
            return
        if text == "|" and i + 1 < len(self.pieces) and self.pieces[i + 1].text == "|":
            self.i += 1
            text = "‖"
        elif text == "|" and side and self._text(self.i) == piece.text and self._text(self._next(self.i) + 1) == "|":
            self.i = self._next(self._next(self.i) + 1) + 1  # \\left|\\left|
            text = "‖"
        if text in signs.BARS:
            self._bars(whole, signs.BARS[text], side)
        elif text in signs.SIDED:
            self._bars(whole, *signs.SIDED[text])
        elif text in signs.CLOSES:
            self._open(whole, text)
        elif text in signs.OPENS:
            self._close(whole, text)
        elif text == r"\langle":
            self._angle(whole)
        elif text == r"\rangle":
            self._angle_closed(whole)
        elif text == "/":
            self.put("OVER", "/", whole)
        else:
            raise self.error(delimiter, f"{text} is no bracket")

    def _called(self) -> bool:
        """Whether what opens here is the argument of a function that has just been named."""
        return bool(self.out) and self.out[-1].kind == "APPLY"

    def _open(self, piece: Bit, text: str) -> None:
        touching = (
            text == "["
            and self.source.text[piece.start] == "["
            and self.out
            and self.out[-1].kind == "NAME"
            and self.out[-1].end == piece.start
        )
        square = text in ("[", r"\lbrack") and not self._called()
        function = self._called()
        self.stack.append(Opened(text, piece, len(self.out), function=function or bool(touching)))
        self.put("OPEN_SQUARE" if square else "OPEN", "(", piece)
        self.last = None

    def _close(self, piece: Bit, text: str) -> None:
        if not self.stack or self.stack[-1].end >= 0:
            if self.stack and self.stack[-1].kind != "group":
                raise mistake(self.source, "nothing to close", piece.start, piece.end, piece.text)
            raise mistake(self.source, "nothing to close", piece.start, piece.end, piece.text)
        open_ = self.stack[-1]
        if open_.kind in ("|", "‖") and [signs.CLOSES.get(outer.kind) for outer in self.stack[-2:-1]] == [text]:
            error, outer = self._never_closed(open_), self.stack[-2]  # p(y | x)
            del self.stack[-2:]
            self.unread(error, outer.piece.start, piece.end, outer.at)
            return
        self.stack.pop()
        if signs.CLOSES.get(open_.kind) != text:
            if open_.kind in ("|", "‖", "⟨"):
                self.stack.append(open_)
                raise self._never_closed(open_)
            raise mistake(
                self.source,
                "wrong bracket",
                piece.start,
                piece.end,
                piece.text,
                self.source.quote(open_.piece.start, open_.piece.end),
            )
        first = self.out[open_.at]
        before = self.out[open_.at - 1] if open_.at else first
        if before.kind == "ONES" or (before.kind == "NAME" and before.value in ("I", "chi")):
            self._indicate(open_.at - 1, piece)
            if self.last is not None:
                return
        inside = "".join(_SIGNS.get(token.kind, "?") for token in self.out[open_.at + 1 :])
        index = open_.function and _INDEX.fullmatch(inside) is not None
        if first.kind == "OPEN_SQUARE" and not (open_.listed or index):
            first.kind = "OPEN"
        self.put("CLOSE_SQUARE" if first.kind == "OPEN_SQUARE" else "CLOSE", ")", piece)
        function = before.kind in ("APPLY", "FUNCTION") or (before.kind == "NAME" and is_function(str(before.value)))
        at = open_.at - (function or index)  # X[1:3,:]^+ is of the rows
        self._atom(at)
        if at != open_.at:
            assert self.last is not None
            self.last.end = len(self.out)

    def _indicate(self, at: int, piece: Bit) -> None:
        r"""\mathbb 1[x > 0] and I(x > 0) are [x > 0], where a comparison stands in the bracket that closes."""
        self.last = None
        if all(token.kind != "COMPARISON" for token in self.out[at + 2 :]):
            return
        self._forget(self.out[at])
        del self.out[at]
        self.out[at].kind = "OPEN_SQUARE"
        self.put("CLOSE_SQUARE", ")", piece)
        self._atom(at)

    def _bars(self, piece: Bit, kind: str, side: str = "") -> None:
        open_ = self.stack[-1] if self.stack else None
        closes = (
            open_ is not None
            and open_.kind == kind
            and (side == "r" or (not side and bool(self.out) and self.out[-1].kind in OPERAND_ENDS))
        )
        point = at_a_point(self.source, piece.end - 1) if kind == "|" and self._text(self.i) == "_" else None
        if point is not None:
            raise point
        if closes and side != "l":
            assert open_ is not None
            self.stack.pop()
            if kind == "‖":
                token = self.put("NORM_CLOSE", "F", piece)
                self._atom(open_.at, norm=token)
            else:
                self.put("CLOSE", ")", piece)
                self._atom(open_.at)
            return
        if side == "r":
            if kind == "|" and (open_ is None or open_.kind != "|"):
                raise self.error(piece, "this bar closes nothing", "a value at a point is not read")
            raise mistake(self.source, "nothing to close", piece.start, piece.end, piece.text)
        self.stack.append(Opened(kind, piece, len(self.out)))
        if kind == "‖":
            self.put("NORM_OPEN", None, piece)
        else:
            self.put("FUNCTION", (BARS, 0), piece)
            self.put("OPEN", "(", piece)
        self.last = None

    def _angle(self, piece: Bit) -> None:
        self.stack.append(Opened("⟨", piece, len(self.out)))
        self.put("OPEN", "⟨", piece)  # which calls nothing
        self.put("OPEN", "(", piece)
        self.last = None

    def _angle_closed(self, piece: Bit) -> None:
        if not self.stack or self.stack[-1].kind != "⟨":
            raise mistake(self.source, "nothing to close", piece.start, piece.end, piece.text)
        open_ = self.stack.pop()
        commas = open_.commas
        if len(commas) != 1:
            raise self.error(open_.piece, "an inner product has two parts", r"write \langle A, B \rangle")
        comma = self.out[commas[0]]
        at = comma.start, comma.end
        self.out[commas[0] : commas[0] + 1] = [
            Token("CLOSE", ")", *at),
            Token("COLON", ":", *at),
            Token("OPEN", "(", *at),
        ]
        self.put("CLOSE", ")", piece)
        self.put("CLOSE", ")", piece)
        self._atom(open_.at)
        if self._text(self.i) == "_":  # ⟨A, B⟩_F
            i = self._next(self.i) + 1
            saved, self.i = self.i, i
            start, end, after = self._argument(piece)
            self.i = after if self._plain(start, end) == ["F"] else saved

    # ------------------------------------------------------------------------------------------------ sums and ranges

    def _range(self, i: int, quantified: bool = False) -> bool:
        r"""`l = 1, \dots, L` says which layers there are, or what an index runs over: it is kept, and read over.

        `quantified`: so is a letter alone, as in `\forall i`.
        """
        at: list[int] = []
        i = self._next(i)
        while i < len(self.pieces) and len(at) < 16:
            at.append(i)
            i = self._next(i + 1)
        found = ranged([self.pieces[n].text for n in at], quantified)
        if found is None:
            return False
        letters_, first, last, end = found
        if last is not None:
            place = self.pieces[at[0]].start, self.pieces[at[end - 1]].end
            self.texts.ranges += [(Range(letter, first, last), *place) for letter in letters_]
        while len(self.out) > self.begun and self.out[-1].kind == "COMMA":
            self.out.pop()
        self.i = at[end - 1] + 1
        if len(self.out) == self.begun and self._text(self.i) == ":":
            self.i = self._next(self.i) + 1  # \forall i: z_i = …
        return True

    def _for_all(self, piece: Bit) -> None:
        self._range(self.i, quantified=True)

    def _sum(self, piece: Bit) -> None:
        letters_: list[str] = []
        last: str | int | None = None
        zero, above, apart = "", [], ""  # \sum_{r=0}^{k-1}
        end = piece.end
        while True:
            mark = self._text(self.i)
            if mark in (r"\limits", r"\nolimits"):
                self.i = self._next(self.i) + 1
                continue
            if mark not in ("_", "^"):
                break
            self.i = self._next(self.i) + 1
            if self._text(self.i) in (r"\limits", r"\nolimits"):  # \sum_\limits{i}
                self.i = self._next(self.i) + 1
            start, stop, after = self._argument(piece)
            content = self._plain(start, stop)
            end = self.pieces[after - 1].end
            self.i = after
            if mark == "_" and content[1:] == ["=", "0"]:
                zero = content[0]
                continue
            if mark == "^":
                above = self._tokens(start, stop)
                value = "".join(content)
                last = int(value) if value.isdigit() else value
                continue
            if (two := pair("".join(content))) is not None:  # \sum_{i \neq j}
                found, apart, ends = list(two[:2]), two[2], two[3]
            else:
                found, ends = self._summed(piece, content, end)
            letters_ += found
            last = (int(ends) if ends.isdigit() else ends) if ends else last
        if zero:
            self.emit("SUM_OVER", FromZero(zero, above), piece.start, end)
            self.last = None
            return
        if isinstance(last, str) and not _SIZE.fullmatch(last):
            raise partial(self.source, piece.start, end)
        self.emit("SUM_OVER", Bounds(tuple(letters_), last, apart), piece.start, end)
        self.last = None

    def _summed(self, piece: Bit, content: list[str], end: int) -> tuple[list[str], str]:
        r"""The letters below a sum, and where they end if that stands there: i, i=1, 1 \le i \le n, i = 1, \dots, n."""
        last = ""
        if content[:1] == ["1"] and len(content) > 4 and {content[1], content[-2]} <= signs.LESS:
            content, last = content[2:-2], content[-1]
        elif len(content) > 5 and content[-2] == "," and content[-3] in signs.DOTS:
            content, last = content[: content.index("1") + 1 if "1" in content else 0], content[-1]
        found = []
        n = 0
        while n < len(content):
            text = content[n]
            if len(text) == 1 and text.isalpha():
                found.append(text)
            elif text == r"\ell":
                found.append("l")
            elif text == "=" and content[n + 1 : n + 2] == ["1"]:
                n += 1
            elif text != ",":
                raise partial(self.source, piece.start, end)
            n += 1
        return found, last

    def _times(self, piece: Bit) -> None:
        if self.stack and self.stack[-1].kind == "sizes":
            self.put("COMMA", ",", piece)
        else:
            kinds = [token.kind for token in self._line(16)]
            at = max((n for n, kind in enumerate(kinds) if kind in ("IN", "REALS")), default=-1)
            declares = at >= 0 and not {"EQUALS", "NORM_OPEN", "FUNCTION", "APPLY"} & set(kinds[at:])
            declares = declares or (not self.stack and "COLON" in kinds)
            self.put("CROSS" if declares else "TIMES", "×" if declares else CROSS, piece)
        self.last = None

    def _over(self, piece: Bit) -> None:
        open_ = self.stack[-1] if self.stack else None
        if open_ is None or open_.end < 0 or open_.over:
            raise self.error(piece, rf"{piece.text} stands in no group", r"write \frac{a}{b}")
        start = open_.piece.start
        self.out[open_.at : open_.at] = [Token("OPEN", "(", start, start), Token("OPEN", "(", start, start)]
        self.put("CLOSE", ")", piece)
        self.put("OVER", "/", piece)
        self.put("OPEN", "(", piece)
        open_.over = True
        self.last = None

    def _arg(self, piece: Bit) -> None:
        if self._text(self.i) in (r"\min", r"\max"):
            self.i = self._next(self.i) + 1
            self._goal(piece, "argmin")
        else:
            raise self._unknown(piece)

    def _prime(self, piece: Bit) -> None:
        self.put("TRANSPOSE", "'", piece)

    def _top(self, piece: Bit) -> None:
        raise self.error(piece, rf"{piece.text} stands above nothing", r"write X^\top")

    def _dollar(self, piece: Bit) -> None:
        raise self.error(piece, "a dollar sign inside a formula", "every $ needs its partner")
