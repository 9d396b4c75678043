"""What stands above and below: powers, transposes, layers, indices, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.families import Place
from matcalc.syntax.layout import NORMS
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.macros import Bit
from matcalc.syntax.tex.onepass import Atom, Machine, Opened
from matcalc.syntax.tex.words import letters, tables
from matcalc.syntax.tokens import GREEK
from matcalc.syntax.tree import Token

_WEIGHTS: Sequence[list[str]] = ([], ["^", "-", "1"], ["^", "−", "1"])
"""What may follow the letter of a matrix below a norm."""
_HINTS = {
    "0": r"the number of entries that are not 0 has no slope; \|x\|_1 often stands in its place",
    "max": r"write \max(|A|), the largest of the absolute values",
    r"\max": r"write \max(|A|), the largest of the absolute values",
    "2,1": r"write \sum_i \|w_i\|_2 for the rows of W, \sum_j \|v_j\|_2, V = W^\top, for its columns",
}
_PARTIAL_TRACES = frozenset({"ptrace1", "ptrace2"})
_ALL = frozenset({":", "*", r"\ast", r"\cdot", r"\bullet"})
"""What stands for all rows or columns below a name."""


class Scripts(Machine):
    """Reads what stands above and below."""

    # -------------------------------------------------------------------------------------------------------- scripts

    def _base(self, piece: Bit) -> Atom:
        if self.last is None:
            raise self.error(
                piece, f"nothing stands before this {piece.text}", r"an index or a power belongs to a name: x_1, x^2"
            )
        return self.last

    def _above(self, piece: Bit) -> None:
        start, end, after = self._argument(piece)
        content = self._plain(start, end)
        if self.last is None and not content:  # {}^T
            self.i = after
            return
        base = self._base(piece)
        last = self.pieces[after - 1].end
        if self._of_set(self.out[base.at], content) or self.out[base.at].kind == "LEFT_OUT":
            self.i = after
            return
        if self.out[base.at].kind == "APPLY" and base.end - base.at == 1:
            self._power_of_function(piece, start, end, after)
            return
        word = self._labelled(start, end)
        if word and base.name is not None:  # w^{\text{new}} is a name
            base.name.below.append(word)
            base.name.label, base.name.token.end = True, last
            base.name.token.value, self.i = base.name.spelled(), after
            return
        layer = self._layer(content)
        if layer is not None and base.name is None:
            shown = self.source.quote(piece.start, last)
            raise mistake(self.source, "layer index", piece.start, last, shown)
        if layer is not None and base.name is not None:
            place, content = layer
            if not place.letter and (second := self._layer(content)) is not None:  # a^{[1](i)}: layer 1 of sample i
                base.name.below.append(str(place.offset))
                place, content = second
            base.name.layer, base.name.token.end = place, last
            if not content:
                self.i = after
                return
        if content and all(mark in ("'", "′", r"\prime") for mark in content):
            for _ in content:
                self.emit("TRANSPOSE", "'", piece.start, last)
        elif (kind := _turned(content)) is not None:
            self.emit(kind, "^T", piece.start, last)
        elif content in ([r"\dagger"], ["+"], [r"\dag"], ["†"]):
            at = base.at
            begin = self.out[at].start
            self.out[at:at] = [Token("FUNCTION", ("pinv", 0), begin, begin), Token("OPEN", "(", begin, begin)]
            self.emit("CLOSE", ")", piece.start, last)
            self._atom(at)
        elif base.name is not None and content in signs.SOLUTIONS and self._text(after) in signs.EQUALS:
            base.name.below.append("star")
            base.name.token.value, base.name.token.end = base.name.spelled(), last
        elif content in (["*"], [r"\ast"], [r"\star"], ["H"], [r"\circ"]):
            message = f"{self.source.quote(piece.start, last)} is not read"
            hint = "for a transpose write ^T; for a name of its own put the mark below, x_*"
            raise self.source.error(UnsupportedError, message, piece.start, last, hint=hint)
        elif len(content) == 1 and content[0].isdigit():
            self.emit("POWER", "^", piece.start, piece.end)
            self.emit("NUMBER", Fraction(content[0]), self.pieces[start].start, self.pieces[end - 1].end)
        elif layer is not None:
            raise self.error(piece, "what follows the layer's number is not read", "write a^{(2)T} for a transpose")
        else:
            kind, skip = "POWER", start
            first = self._next(start)
            if first < end and self.pieces[first].text in (r"\odot", r"\circ"):
                kind, skip = "POWER_ENTRIES", first + 1
            open_ = self.pieces[start - 1] if start else piece
            e = self.out[base.at]
            if e.value == "e" and kind == "POWER" and base.at + 1 == len(self.out):  # e^{-x} is exp(-x), entry by entry
                e.kind, e.value = "FUNCTION", ("exp", 0)
                self.emit("OPEN", "(", open_.start, open_.end)
            else:
                self.emit(kind, "^", piece.start, piece.end)
                self.emit("OPEN_BRACE", "{", open_.start, open_.end)
            self.enter("script", piece, skip, end, after)
            self.stack[-1].closed = partial(self._scripted, base=base)
            return
        self.i = after

    def _of_set(self, base: Token, content: Sequence[str]) -> bool:
        r"""Whether a script says of which numbers an array is, or which matrices: \mathbb R_+^n, \mathbb S^n_{++}."""
        signs_ = "".join(content) in signs.POSITIVE
        if signs_ and base.kind == "REALS":
            base.value = f"{base.value}{''.join(content)}"
        return signs_ and base.kind == "REALS"

    def _labelled(self, start: int, end: int) -> str:
        """The word of several letters that alone is set upright there: new of \\text{new}."""
        i = self._next(start)
        if i >= end or self.pieces[i].text[1:] not in tables()["words"]["commands"]:
            return ""
        saved, self.i = self.i, i + 1
        first, last, after = self._argument(self.pieces[i])
        self.i = saved
        word = self._word(first, last) if self._next(after) >= end else ""
        return word if word.isalpha() and len(word) > 1 else ""

    def _scripted(self, open_: Opened, base: Atom) -> None:
        end = self.pieces[open_.resume - 1]
        if len(self.out) == open_.at:
            raise self.error(open_.piece, "there is nothing in this script")
        brace = self.out[open_.at - 1].kind == "OPEN_BRACE"
        self.emit("CLOSE_BRACE" if brace else "CLOSE", "}" if brace else ")", end.start, end.end)
        self.last = base if brace else Atom(base.at, len(self.out))

    def _power_of_function(self, piece: Bit, start: int, end: int, after: int) -> None:
        # \sin^2 x is (\sin x)^2; \sin^{-1} may be either.
        content = self._plain(start, end)
        apply = self.out[-1]
        called = tables()["scripted"].get(f"{apply.value}^{''.join(content)}")
        if called is not None:
            apply.value, apply.end, self.i = called, self.pieces[after - 1].end, after
            return
        if apply.value in _PARTIAL_TRACES and content[:1] == ["("]:  # \operatorname{tr}_1^{(n)}
            self._argued(apply, self._tokens(start, end), after)
            return
        if len(content) != 1 or not content[0].isdigit():
            name = apply.value
            hint = rf"write (\{name} x)^2 for a power, \arcsin for an inverse function"
            raise self.error(piece, "a power of a function itself is not read", hint)
        apply.value = (apply.value, int(content[0]))
        self.i = after

    def _argued(self, apply: Token, more: list[Token], after: int) -> None:
        # What stands below or above a function is its last argument.
        apply.value, self.i = (apply.value, [Token("COMMA", ",", apply.end, apply.end), *more]), after

    def _layer(self, content: list[str]) -> tuple[Place, list[str]] | None:
        """What (2), [l-1], (2)T above a name says: the layer, and what follows it."""
        if len(content) < 3 or content[0] not in ("(", "["):
            return None
        close = next((n for n, text in enumerate(content) if text == signs.CLOSES[content[0]]), 0)
        inside, rest = content[1:close], content[close + 1 :]
        if rest[:1] == [","]:
            rest = rest[1:]
        if inside and all(text.isdigit() for text in inside):
            return Place("", int("".join(inside))), rest
        if not inside or not ((len(inside[0]) == 1 and inside[0].isalpha()) or inside[0] == r"\ell"):
            return None
        letter = "l" if inside[0] == r"\ell" else inside[0]
        if len(inside) == 1:
            return Place(letter, 0), rest
        if len(inside) == 3 and inside[2].isdigit() and (inside[1] == "+" or inside[1] in signs.MINUS):
            return Place(letter, int(inside[2]) * (1 if inside[1] == "+" else -1)), rest
        return None

    def _below(self, piece: Bit) -> None:
        base = self._base(piece)
        start, end, after = self._argument(piece)
        last = self.pieces[after - 1].end
        first = self.out[base.at]
        if self._of_set(first, self._plain(start, end)) or first.kind == "LEFT_OUT":
            self.i = after
        elif base.norm is not None:
            self._kind_of_norm(piece, base, start, end, after)
        elif first.kind == "APPLY":
            self._below_function(piece, first, start, end, after)
        elif first.kind in ("OPEN", "OPEN_SQUARE") and self._plain(start, end) == ["+"]:  # [x]_+
            first.kind = "OPEN"
            begin = first.start
            more = [("FUNCTION", ("max", 0)), ("OPEN", "("), ("NUMBER", Fraction(0)), ("COMMA", ",")]
            self.out[base.at : base.at] = [Token(kind, value, begin, begin) for kind, value in more]
            self.out[base.end + 3].kind = "CLOSE"
            self.put("CLOSE", ")", piece)
            self.i = after
            self._atom(base.at)
        elif (
            first.kind == "ONES"
            or (first.kind == "NUMBER" and not first.value)
            or (base.name is not None and first.value == "I" and not base.name.accents and base.name.stem == "I")
            or (first.value in ("K", "D") and self._is_constant(str(first.value), self._plain(start, end)))
        ):
            letters = {"I": "eye", "K": "commutation", "D": "duplication"}
            called = {"ONES": "ones", "NUMBER": "zeros"}.get(first.kind) or letters[str(first.value)]
            self._forget(first)
            first.kind, first.value = "FUNCTION", (called, 0)
            open_ = self.pieces[start - 1] if start else piece
            self.emit("OPEN", "(", piece.start, open_.end)
            self.enter("sizes", piece, start, end, after)
            self.stack[-1].closed = partial(self._sized_constant, at=base.at)
        elif self._slice(piece, base, start, end, after):
            return
        elif base.name is not None:
            called = tables()["scripted"].get(f"{base.name.stem}_{''.join(self._plain(start, end))}")
            if called is not None:
                self._forget(first)
                first.kind, first.value, first.end, self.i = "APPLY", called, last, after
                self.last = Atom(base.at, len(self.out))
                return
            parts = self._parts(start, end)
            if parts is None:
                raise self.error(
                    Bit("", "", piece.start, last),
                    f"{self.source.quote(first.start, last)} is no name",
                    r"an index is letters, digits or a word: W_{xh}, x_1, \theta_{\text{old}}",
                )
            place = self._layer(["(", *self._plain(start, end), ")"])
            base.name.step = place[0] if place is not None and not base.name.below else None
            base.name.below += parts
            words = tables()["words"]["commands"]
            base.name.label = base.name.label or any(piece.text[1:] in words for piece in self.pieces[start:end])
            base.name.token.value = base.name.spelled()
            base.name.token.end = max(base.name.token.end, last)
            self.i = after
        else:
            letters_ = "".join(self._parts(start, end) or ())
            if first.kind != "OPEN" or not 0 < len(letters_) < 3 or not letters_.islower():
                shown = self.source.quote(piece.start, last)
                message, hint = f"the index {shown} belongs to no name", "name what it belongs to: Z = X W, then Z_{ij}"
                error = self.source.error(UnsupportedError, message, piece.start, last, hint=hint)
                self.unread(error, first.start, last, base.at)
                self.i = after
                return
            self.emit("BELOW", letters_, self.out[-1].end, last)
            self.i = after
            self._atom(base.at)

    def _kind_of_norm(self, piece: Bit, base: Atom, start: int, end: int, after: int) -> None:
        """Which norm bars are: 1, F; that of a matrix, ‖x‖_Q; or none that is read."""
        assert base.norm is not None
        content = self._plain(start, end)
        which = "".join(content).replace(r"\infty", "inf").replace(r"\ast", "*").replace(r"\text", "")
        which = {"Fro": "fro", r"\star": "*", "tr": "nuc", "op": "2"}.get(which, which)
        last, self.i = self.pieces[after - 1].end, after
        if which in NORMS:
            base.norm.value = NORMS[which]
            base.norm.end = max(base.norm.end, last)
            return
        if content and (content[0].isupper() or content[0][1:2].isupper()) and content[1:] in _WEIGHTS:
            self._weighted(piece, base, self._tokens(start, end))
            return
        shown = self.source.quote(piece.start, last)
        error: MatcalcError = mistake(self.source, "index", piece.start, last, shown)
        if which in _HINTS or which.isalnum():
            hint = _HINTS.get(which) or rf"write \left(\sum_i |x_i|^{which}\right)^{{1/{which}}}"
            if which not in _HINTS and self.source.text[last:].startswith((f"^{which}", f"^{{{which}}}")):
                hint = rf"write \sum_i |x_i|^{which}"
            message = rf"{shown} is not among the norms 1, 2, F, \infty and *"
            error = self.error(Bit("", "", piece.start, last), message, hint)
        self.unread(error, self.out[base.at].start, last, base.at)

    def _weighted(self, piece: Bit, base: Atom, weight: list[Token]) -> None:
        # ‖x‖_Q^2 as (x)'Q(x), noted, ‖x‖_Q as the root of that.
        inside = self.out[base.at + 1 : base.end - 1]
        square = [token.value for token in self.out[base.end :]] == ["^", 2]
        if not square and self._text(self.i) == "^":
            saved, self.i = self.i, self._next(self.i) + 1
            start, end, after = self._argument(piece)
            square = self._plain(start, end) == ["2"]
            self.i = after if square else saved
        start, end = self.out[base.at].start, self.pieces[self.i - 1].end
        again = {id(token): Token(token.kind, token.value, token.start, token.end) for token in inside}
        inside_names = self.texts.names[-len(inside) - len(weight) :]
        for name in [name for name in inside_names if id(name.token) in again]:
            token, accents, below = again[id(name.token)], [*name.accents], [*name.below]
            self.texts.names.append(replace(name, token=token, accents=accents, below=below))
        del self.out[base.at :]
        if not square:
            self.emit("FUNCTION", ("sqrt", 0), start, start)
        self.emit("OPEN", "(", start, start)
        for part in (inside, weight, list(again.values())):
            self.emit("OPEN", "(", start, start)
            self.out += part
            self.emit("CLOSE", ")", end, end)
            if part is inside:
                self.emit("TRANSPOSE", "'", end, end)
        self.emit("CLOSE", ")", end, end)
        self.texts.notes.append(
            f"`{self.source.quote(start, end)}` is read as a product with that matrix in the middle"
        )
        self._atom(base.at)

    def _is_constant(self, letter: str, below: list[str]) -> bool:
        """Whether K or D with this below it is a commutation or duplication matrix, which only an answer has."""
        texts, sized = self.texts, "," in below if letter == "K" else len(below) == 1
        return texts.closed and sized and not any(name.startswith(letter) for name in texts.known)

    def _sized_constant(self, open_: Opened, at: int) -> None:
        end = self.pieces[open_.resume - 1]
        self.emit("CLOSE", ")", end.start, end.end)
        self._atom(at)

    def _below_function(self, piece: Bit, first: Token, start: int, end: int, after: int) -> None:
        content = self._plain(start, end)
        word = self._word(start, end) or "".join(content)
        place = first.end, self.pieces[after - 1].end
        called = tables()["scripted"].get(f"{first.value}_{word}")
        if called is not None:
            first.value, first.end, self.i = called, place[1], after
            return
        if word in ("rows", "columns"):
            self._argued(first, [Token("OPTION", word, *place)], after)
            return
        if first.value == "unvec":
            sizes = self._tokens(start, end)
            for token in sizes:
                if token.kind in ("TIMES", "CROSS"):
                    token.kind, token.value = "COMMA", ","
            self._argued(first, sizes, after)
            return
        shown = self.source.quote(piece.start, self.pieces[after - 1].end)
        hint = r"logarithms are natural: \log x / \log 2" if first.value == "log" else ""
        raise self.error(piece, f"{shown} below a function is not read", hint)

    def _slice(self, piece: Bit, base: Atom, start: int, end: int, after: int) -> bool:
        r"""Read A_{1:3, :}, W_{:,j} and X_{i\cdot} as A[1:3, :], W[:, j] and X[i, :]."""
        content = self._plain(start, end)
        others = [text for text in content if text not in _ALL and text != ","]
        ranged = base.name is not None or (self.out[base.at].kind == "OPEN" and ":" in content)
        if not ranged or not others or _ALL.isdisjoint(content) or len(content) > 16:
            return False
        if any(text in "{}" or (text[0] == "\\" and text != r"\ell") for text in others):  # L_{\sqrt{\cdot}}
            return False
        mark, begin, stop = len(self.out), self.out[base.end - 1].end, self.pieces[after - 1]
        self.emit("OPEN_SQUARE", "[", begin, begin)
        n = start
        while n < end:
            each = self.pieces[n]
            last = n + 1
            if each.text in _ALL:
                self.put("COLON", ":", each)
            elif each.text == ",":
                self.put("COMMA", ",", each)
            elif each.kind != "blank":
                while last < end and self.pieces[last].text not in {",", *_ALL}:
                    last += 1
                self._inside(n, last)
            n = last
        kinds = [token.kind for token in self.out[mark + 1 :]]
        if "COMMA" not in kinds and "COLON" in (kinds[0], kinds[-1]):
            at = mark + 2 if kinds[0] == "COLON" else len(self.out) - 1
            self.out.insert(at, Token("COMMA", ",", piece.start, piece.start))
        self.put("CLOSE_SQUARE", "]", stop)
        self.i = after
        self._atom(base.at)
        return True

    def _inside(self, start: int, end: int) -> None:
        mark = len(self.out)
        type(self)(self.texts, self.pieces[start:end], False).read()
        self.out[mark:] = [token for token in self.out[mark:] if token.kind != "SEPARATOR"]

    def _parts(self, start: int, end: int) -> list[str] | None:
        """The parts of an index: xh, 1, t-1 as tm1, \\text{old}; None where it is none."""
        found: list[str] = []
        i = start
        joined = False
        while i < end:
            piece = self.pieces[i]
            i += 1
            text = piece.text
            if piece.kind == "blank" or text in signs.SPACES or text in "{}":
                continue
            accent = tables()["accents"].get(text[1:]) if text[:1] == "\\" else None
            if accent is not None:  # \\hat X is Xhat
                inner = [p.text for p in self.pieces[i:end] if p.text not in "{} "][:1]
                if not inner or not inner[0].isalpha():
                    return None
                i = next(k for k in range(i, end) if self.pieces[k].text == inner[0]) + 1
                found.append(inner[0] + accent)
                joined = False
                continue
            if text in letters():
                found.append(letters()[text])
                joined = False
            elif (
                text[1:] in tables()["words"]["commands"] or text[1:] in tables()["fonts"] or text in (r"\max", r"\min")
            ):
                if text in (r"\max", r"\min"):
                    found.append(text[1:])
                    joined = False
                continue
            elif text == ",":
                if joined and found[-1][-1].isdigit():
                    joined = False
            elif text in ("*", r"\ast", r"\star"):
                found.append("star")
                joined = False
            elif text == "+" or text in signs.MINUS:
                if not found or not joined:
                    return None
                found[-1] += "p" if text == "+" else "m"
            elif text == r"\_":
                joined = False
            elif text == "_" and found and not found[-1].isdigit():  # y_{n_1} is y_n1, y_{\nu_1} is y_nu1
                joined = True
            elif piece.kind == "char" and text.isascii() and text.isalnum():
                if joined and not (text.isdigit() and found[-1].isdigit() and self.pieces[i - 2].text == ","):
                    found[-1] += text
                else:
                    found.append(text)
                joined = True
            elif text in GREEK:
                found.append(GREEK[text])
                joined = False
            else:
                return None
        return found or None


def _turned(content: Sequence[str]) -> str | None:
    """The token that T, -T, -1T above something is: a transpose, or that of the inverse."""
    if not content or content[-1] not in signs.TRANSPOSES:
        return None
    rest = "".join("-" if mark in signs.MINUS else mark for mark in content[:-1])
    return {"": "TRANSPOSE", "-": "INVERSE_TRANSPOSE", "-1": "INVERSE_TRANSPOSE"}.get(rest)
