"""Fractions, derivatives, roots and environments."""

from __future__ import annotations

from fractions import Fraction

from matcalc.errors import UnsupportedError
from matcalc.syntax.layout import OPERAND_ENDS
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.brackets import Brackets
from matcalc.syntax.tex.macros import Bit
from matcalc.syntax.tex.onepass import Opened
from matcalc.syntax.tex.words import tables
from matcalc.syntax.tree import Token


class Environments(Brackets):
    """Reads fractions, roots and environments."""

    # ----------------------------------------------------------------------------------- fractions, roots, environments

    def _fraction(self, piece: Bit) -> None:
        start, end, after = self._argument(piece)
        self.i = after
        low, high, after = self._argument(piece)
        if self._slope(piece, (start, end), (low, high), after):
            return
        at = len(self.out)
        above, below = ("".join(self._plain(*part)) for part in ((start, end), (low, high)))
        if above.isdecimal() and below.isdecimal() and int(below):  # one number: -\frac{2}{3} A is (-2/3) A
            last = self.pieces[after - 1].end
            alone = at > self.begun and self.out[-1].kind in OPERAND_ENDS
            alone = alone or self._text(after)[:1] in ("^", "'") or self._text(after)[:1].isdigit()
            if alone:
                self.put("OPEN", "(", piece)
            self.emit("NUMBER", Fraction(int(above), int(below)), piece.start, last)
            if alone:
                self.emit("CLOSE", ")", last, last)
            self._atom(at)
            self.i = after
            return
        self.put("OPEN", "(", piece)
        begins = self.pieces[start].start
        self.emit("OPEN", "(", begins, begins)

        def over(open_: Opened) -> None:
            place, next_ = self.pieces[open_.end - 1].end, self.pieces[low].start
            self._nothing(open_, at + 2)
            self.emit("CLOSE", ")", place, place)
            self.emit("OVER", "/", place, place)
            self.emit("OPEN", "(", next_, next_)
            self.enter("under", piece, low, high, after, closed=under)

        def under(open_: Opened) -> None:
            place, last = self.pieces[open_.end - 1].end, self.pieces[open_.resume - 1].end
            self._nothing(open_, open_.at)
            self.emit("CLOSE", ")", place, place)
            self.emit("CLOSE", ")", last, last)
            self._atom(at)

        self.enter("over", piece, start, end, end, closed=over)

    def _nothing(self, open_: Opened, at: int) -> None:
        if len(self.out) == at:
            raise self.error(open_.piece, f"there is nothing in a part of this {open_.piece.text}")

    def _slope(self, piece: Bit, above: tuple[int, int], below: tuple[int, int], after: int) -> bool:
        """∂J/∂W, d/dx and their kin, whose d or ∂ is the first of both parts."""
        marks = (r"\partial", "d", "∂", r"\nabla")
        parts = []
        for start, end in (above, below):
            content = self._plain(start, min(end, start + 3))
            parts.append(content[0] if content else "")
        if parts[0] not in marks or parts[1] not in marks or below[1] - below[0] > signs.SHORT:
            return False
        if parts[1] == "d" and self.texts.closed and "d" in self.texts.known:  # a size
            return False
        by = self._tokens(*below)
        if len(by) < 2 or by[0].kind not in ("NAME", "PARTIAL"):
            return False
        names = [token for token in by[1:] if token.kind == "NAME"]
        if parts[0] == "d":
            self._forget(by[0])
        if len(names) != len(by) - 1 or len(names) != 1 or not names:
            raise self.error(
                piece, "a derivative by this is not read", "write the objective, and name the variable with --wrt"
            )
        begin, end = piece.start, self.pieces[after - 1].end
        self.i = after
        if above[1] - above[0] > signs.SHORT:
            self._whole(piece, self._next(above[0]) + 1, above[1], after, names[0])
            return True
        of = self._tokens(*above)
        if parts[0] == "d":
            self._forget(of[0])
        of = of[1:]
        if of and of[0].kind == "POWER":
            message = "second derivatives are not read here"
            raise self.error(piece, message, "write the objective, and ask for its Hessian")
        self.emit("SLOPE", (of[0] if len(of) == 1 else None, names[0]), begin, end)
        if len(of) > 1:
            self.emit("OPEN", "(", begin, begin)
            self.out += of
            self.emit("CLOSE", ")", end, end)
        self.last = None
        return True

    def _whole(self, piece: Bit, start: int, end: int, after: int, by: Token) -> None:
        self.emit("SLOPE", (None, by), piece.start, piece.end)
        self.emit("OPEN", "(", piece.start, piece.end)

        def closed(open_: Opened) -> None:
            place = self.pieces[after - 1].end
            self.emit("CLOSE", ")", place, place)

        self.enter("over", piece, start, end, after, closed=closed)

    def _nabla(self, piece: Bit) -> None:
        if self._text(self.i) != "_":
            if len(self.out) > self.begun:
                self.unread(mistake(self.source, "character ∇", piece.start, piece.end), piece.start, piece.end)
                return
            self.put("SLOPE", (None, None), piece)  # \nabla f, of all that f has
            self.last = None
            return
        self.i = self._next(self.i) + 1
        start, end, after = self._argument(piece)
        names = [token for token in self._tokens(start, end) if token.kind == "NAME"]
        if len(names) != 1:
            raise self.error(
                piece, "a gradient by this is not read", "write the objective, and name the variable with --wrt"
            )
        self.i = after
        self.emit("SLOPE", (None, names[0]), piece.start, self.pieces[after - 1].end)
        self.last = None

    def _sqrt(self, piece: Bit) -> None:
        i = self._next(self.i)
        root: list[Token] = []
        if i < len(self.pieces) and self.pieces[i].text == "[":
            close = next(
                (n for n in range(i, min(i + signs.SHORT, len(self.pieces))) if self.pieces[n].text == "]"), None
            )
            if close is None:
                raise mistake(self.source, "never closed", self.pieces[i].start, self.pieces[i].end, "[")
            root = self._tokens(i + 1, close)
            self.i = close + 1
        start, end, after = self._argument(piece)
        at = len(self.out)
        if not root:
            self.put("FUNCTION", ("sqrt", 0), piece)
        self.put("OPEN", "(", piece)

        def closed(open_: Opened) -> None:
            place = self.pieces[open_.resume - 1].end
            self._nothing(open_, open_.at)
            self.emit("CLOSE", ")", place, place)
            if root:
                for kind, value in (
                    ("POWER", "^"),
                    ("OPEN_BRACE", "{"),
                    ("NUMBER", Fraction(1)),
                    ("OVER", "/"),
                    ("OPEN", "("),
                ):
                    self.emit(kind, value, place, place)
                self.out.extend(root)
                self.emit("CLOSE", ")", place, place)
                self.emit("CLOSE_BRACE", "}", place, place)
            self._atom(at)

        self.enter("root", piece, start, end, after, closed=closed)

    def _braced(self, piece: Bit) -> None:
        start, end, after = self._argument(piece)
        mark = "_" if piece.text == r"\underbrace" else "^"

        def closed(open_: Opened) -> None:
            if self._text(self.i) == mark:  # what is said of it
                self.i = self._next(self.i) + 1
                self.i = self._argument(piece)[2]
            self._group(open_)

        self.enter("group", piece, start, end, after, closed=closed)

    def _eqalign(self, piece: Bit) -> None:
        # Plain TeX's align: \eqalign{ a &= b \cr c &= d }.
        start, end, after = self._argument(piece)
        self.enter("lines", piece, start, end, after, closed=lambda open_: self._separate(open_.piece))

    def _environment(self, piece: Bit) -> str:
        start, end, after = self._argument(piece)
        self.i = after
        return "".join(p.text for p in self.pieces[start:end]).strip().rstrip("*")

    def _begin(self, piece: Bit) -> None:
        name = self._environment(piece)
        environments = tables()["environments"]
        if name in environments["lines"]:
            if name.startswith(("alignat", "alignedat")):
                self.i = self._argument(piece)[2]
            if [p.text for p in self.pieces[self.i : self.i + 3 : 2]] == ["[", "]"]:  # \begin{aligned}[t]
                self.i += 3
            if self.stack and self.stack[-1].kind != "lines":
                self.stack.append(Opened(name, piece, len(self.out)))
            else:
                self.stack.append(Opened("lines", piece, len(self.out), resume=-1, closed=None))
                self.stack[-1].piece = Bit("command", name, piece.start, piece.end)
        elif name in environments["blocks"] or name in ("vmatrix", "Vmatrix"):
            if name == "array":
                self.i = self._argument(piece)[2]
            at = len(self.out)
            if name == "vmatrix":
                self.put("FUNCTION", ("det", 0), piece)
                self.put("OPEN", "(", piece)
            elif name == "Vmatrix":
                self.put("NORM_OPEN", None, piece)
            self.stack.append(Opened("block", Bit("command", name, piece.start, piece.end), at))
            self.put("OPEN_SQUARE", "[", piece)
            self.last = None
        elif name in ("cases", "dcases", "rcases"):
            message = "a definition by cases is not in the notation"
            raise self.error(
                piece, message, r"write [x > 0] for 1 where x > 0 and else 0, \max(0, x) for a ramp", UnsupportedError
            )
        else:
            raise self.error(
                piece, f"the environment {name} is not read", r"formulas stand in $…$, \[…\], align, bmatrix"
            )

    def _end(self, piece: Bit) -> None:
        name = self._environment(piece)
        if not self.stack or self.stack[-1].piece.text != name:
            raise self.error(piece, rf"\end{{{name}}} ends no {name} that is open", "what begins last ends first")
        open_ = self.stack.pop()
        piece = Bit(piece.kind, piece.text, piece.start, self.pieces[self.i - 1].end)
        if open_.kind == "lines":
            self._separate(piece)
            return
        if open_.kind != "block":
            self.last = None
            return
        if self.out[-1].kind == "SEPARATOR":
            self.out.pop()
        self.put("CLOSE_SQUARE", "]", piece)
        if name == "vmatrix":
            self.put("CLOSE", ")", piece)
        norm = self.put("NORM_CLOSE", "F", piece) if name == "Vmatrix" else None
        self._atom(open_.at, norm=norm)

    def _ampersand(self, piece: Bit) -> None:
        self.last = None
        if self.stack and self.stack[-1].kind == "block":
            self.put("COMMA", ",", piece)
            return
        if self.equals and self.out[-1].kind not in signs.BETWEEN:
            n, most = self.i, min(self.i + 60, len(self.pieces))
            while n < most and self.pieces[n].text not in (r"\\", "&&"):
                if self.pieces[n].text == "=":
                    first = self._text(self.i)
                    if first not in signs.OPERATORS and first not in signs.MINUS:
                        self._separate(piece)
                    break
                n = self.partner.get(n, n) + 1

    def _line_ends(self, piece: Bit) -> None:
        if self._text(self.i) == "[" and self.stack and self.stack[-1].kind in ("lines", "block"):
            close = self._next(self.i)
            inside = [p.text for p in self.pieces[close : close + 8]]
            if "]" in inside and any(unit in "".join(inside) for unit in ("pt", "em", "ex", "mm", "cm")):
                self.i = close + inside.index("]") + 1
        if self.stack and self.stack[-1].kind == "block":
            self.put("SEPARATOR", ";", piece)
            self.last = None
            return
        if self.stack and self.stack[-1].kind != "lines":
            return
        following = self._continues()
        if following in signs.OPERATORS or (following in signs.MINUS and len(self.out) > self.begun):
            return
        if len(self.out) > self.begun and self.out[-1].kind in signs.BETWEEN:
            return
        self._separate(piece)

    def _continues(self) -> str:
        """What the next line begins with, tabs and spaces left out."""
        start, end, text = self.ahead
        if not start <= self.i <= end:
            start, (end, text) = self.i, self._after_spaces(self.i)
            self.ahead = start, end, text
        return text

    def _after_spaces(self, i: int) -> tuple[int, str]:
        i, wide = self._next(i), tables()["left_out"]["arguments"]
        while i < len(self.pieces):
            text = self.pieces[i].text
            if text[1:] in wide and text in (r"\hspace", r"\phantom", r"\hphantom"):
                i = self.partner.get(self._next(i + 1), i)
            elif text not in ("&", r"\quad", r"\qquad", "{", "}"):
                return i, text
            i = self._next(i + 1)
        return i, ""

    def _separate(self, piece: Bit, kind: str = "SEPARATOR") -> None:
        self.last = None
        if any(open_.kind != "lines" for open_ in self.stack):
            return
        while len(self.out) > self.begun and self.out[-1].kind == "COMMA":
            self.out.pop()
        if len(self.out) > self.begun:
            self.put(kind, ";" if kind == "SEPARATOR" else "\n", piece)
        self.begun, self.equals = len(self.out), False

    def _quad(self, piece: Bit) -> None:
        if self.stack and self.stack[-1].kind != "lines":
            return
        if self._range(self.i) or self._continues() in signs.OPERATORS | signs.MINUS:
            return
        line = self._line(1)
        if line and (line[-1].kind in OPERAND_ENDS or line[-1].kind == "COMMA"):
            self._separate(piece)
