"""A formula's TeX to tokens of the notation: groups, scripts, brackets, fractions, environments, words.

One pass to the right over the pieces, with a stack of what is open and no recursion. What is still to be settled on the
tokens of statements (which words stand before an objective, how far a function without brackets reaches) is
left to statements.py: functions are tokens of the kind APPLY here, words before an objective GOAL, dJ/dW SLOPE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.dots import DOT
from matcalc.syntax.tex.environments import Environments
from matcalc.syntax.tex.macros import Bit
from matcalc.syntax.tex.onepass import Atom, Opened, Texts
from matcalc.syntax.tex.words import commands, function, letters, tables
from matcalc.syntax.tree import Token

_RANGES = frozenset({"for", "where", "with", "each", "all", "and"})
_SAYING = frozenset({"is", "are", "be", "has", "of"})
_QUANTIFIERS = frozenset({"all", "each", "every", "any"})
_CONDITIONS = frozenset({"s.t", "subject to", "such that"})


class FormulaReader(Environments):
    """Reads a formula, command by command."""

    # ------------------------------------------------------------------------------------------------------- commands

    def _command(self, piece: Bit) -> None:
        text, word, table = piece.text, piece.text[1:], tables()
        if text in _COMMANDS:
            _COMMANDS[text](self, piece)
        elif text in signs.FRACTIONS:
            self._fraction(piece)
        elif text in letters():
            self._name(piece, letters()[text])
        elif word in table["signs"]:
            kind, value = table["signs"][word]
            if kind == "EQUALS":
                self._equals(piece)
            else:
                self.put(kind, text if text == DOT else value, piece)
                self.last = None
                if self.stack and kind == "COMPARISON":
                    self.stack[-1].listed = True
        elif word in table["words"]["commands"]:
            self._upright(piece)
        elif word in table["functions"]:
            self._function(piece, table["functions"][word])
        elif word in table["fonts"]:
            self._font(piece, table["fonts"][word])
        elif word in table["accents"]:
            start, end, after = self._argument(piece)
            self.enter("accent", piece, start, end, after, closed=self._accented)
        elif text in signs.LEFT | signs.RIGHT | signs.SIZED:
            self._sized(piece)
        elif text in signs.SIDED:
            self._bars(piece, *signs.SIDED[text])
        elif text in signs.BARS:
            self._bars(piece, signs.BARS[text])
        elif text in signs.CLOSES:
            self._open(piece, text)
        elif text in signs.OPENS:
            self._close(piece, text)
        elif word in table["left_out"]["alone"]:
            pass
        elif word in table["left_out"]["arguments"]:
            self.i = self._argument(piece)[2]
        elif word in table["refused"]:
            self._refused(piece, f"{text} is not in the notation: {table['refused'][word]}")
        else:
            raise self._unknown(piece)

    def _refused(self, piece: Bit, message: str) -> None:
        self.unread(self.error(piece, message, kind=UnsupportedError), piece.start, piece.end)

    def _unknown(self, piece: Bit) -> MatcalcError:
        from difflib import get_close_matches

        near = get_close_matches(piece.text[1:], commands(), n=2, cutoff=0.7)
        hint = f"did you mean {' or '.join(chr(92) + name for name in near)}? " if near else ""
        hint += rf"a command of your own is defined with \newcommand{{{piece.text}}}{{…}}"
        return self.error(piece, f"{piece.text} is not read", hint)

    def _font(self, piece: Bit, font: str) -> None:
        if piece.text in (r"\bf", r"\rm"):  # to the end of the group
            if self.stack and self.stack[-1].end >= 0:
                self.stack[-1].font = font if self.stack[-1].font is None else self.stack[-1].font
                self.fonts.append(font)
            return
        start, end, after = self._argument(piece)
        content = self._plain(start, end)
        if font == "double" and content in (["R"], ["S"]):
            self.i = after
            self.emit("REALS", "ℝ" if content == ["R"] else "𝕊", piece.start, self.pieces[after - 1].end)
            self._atom(len(self.out) - 1)
            return
        if font == "double" and content == ["E"]:
            self.i = after
            self._refused(piece, rf"\mathbb E: {tables()['refused']['mathbbE']}")
            return
        self.enter("font", piece, start, end, after, font=font or self.fonts[-1], closed=self._group)

    def _group(self, open_: Opened) -> None:
        """A group ends: a single thing takes scripts as it is, anything else gets brackets under a script."""
        last = self.last
        if last is not None and last.at == open_.at and last.end == len(self.out):
            if open_.kind == "font":
                first, end = self.out[open_.at], self.pieces[open_.resume - 1].end
                first.start, self.out[-1].end = open_.piece.start, end
            return
        if open_.font is not None and all(token.kind == "NAME" for token in self.out[open_.at :]):
            return  # \mathbf{UV}^T is set like U V^T
        self.last = None
        if len(self.out) > open_.at and self._text(self.i) in ("^", "'"):
            begin, end = open_.piece.start, self.pieces[open_.resume - 1].end
            inside = self.source.text[self.out[open_.at].start : self.out[-1].end]
            raise self.source.asked(
                begin,
                end,
                Alternative("what follows is of all that is in the braces", f"({inside})"),
                Alternative("it is of what stands before it", inside),
            )

    def _accented(self, open_: Opened) -> None:
        last = self.last
        if last is None or last.name is None or last.at != open_.at or last.end != len(self.out):
            raise self.error(
                open_.piece, f"{open_.piece.text} stands over what is no name", "a name is a letter or a word"
            )
        name = last.name
        name.accents.append(tables()["accents"][open_.piece.text[1:]])
        name.token.value = name.spelled()
        name.token.start, name.token.end = open_.piece.start, self.pieces[open_.resume - 1].end

    def _upright(self, piece: Bit) -> None:
        start, end, after = self._argument(piece)
        if piece.text == r"\rm":
            if not (self.stack and self.stack[-1].end >= 0):
                raise self._unknown(piece)
            start, end = self.i, self.stack[-1].end
            while end > start and not self._word(start, end).strip():
                end -= 1
            after = end
        word = self._word(start, end)
        bare = " ".join(word.split()).strip(" .,:")
        whole = Bit(
            "command",
            self.source.quote(piece.start, self.pieces[after - 1].end),
            piece.start,
            self.pieces[after - 1].end,
        )
        table = tables()
        if not bare:
            if piece.text.startswith((r"\text", r"\mbox")):
                self.i = after
                self._separate(piece)
                return
            self.enter("font", piece, start, end, after, font="upright", closed=self._group)
            return
        self.i = after
        words = bare.lower().split()
        if words[0] in _RANGES and self._range(self.i, quantified=words[-1] in _QUANTIFIERS):
            return
        if words[0] in _SAYING and self._next(self.i) < len(self.pieces) and self._says_size():
            self.put("COLON", ":", whole)
            return
        if bare.lower() in table["goals"]["words"] or bare.replace(" ", "").lower() in table["goals"]["words"]:
            self._goal(whole, bare.replace(" ", "").lower())
        elif bare.lower() in table["connectives"]["words"] or (" " in bare and not function(bare)):
            self._separate(whole)
            if bare.lower() in _CONDITIONS:
                self.put("CONDITION", bare, whole)
        elif function(bare) and (len(bare) > 1):
            self._function(whole, function(bare))
        elif bare == "d":
            self._name(whole, "d")
        elif len(bare) == 1:
            self.fonts.append("upright" if bare.isalpha() and bare not in "eI" else self.fonts[-1])
            if bare.isalpha():
                self._name(whole, bare)
            else:
                self.i = start
                self._number(self.pieces[start])
                self.i = after
            self.fonts.pop()
        elif not (bare[0].isalpha() and bare.replace("_", "").isalnum()):
            raise self.error(whole, f"{bare} is no name")
        else:
            self._name(whole, bare.strip("_"), word=True)

    def _says_size(self) -> bool:
        r"""Whether a size follows, n \times d, and a name stands before it that begins the statement."""
        i, size = self._next(self.i), ""
        while i < len(self.pieces) and self.pieces[i].text.isalnum():
            size, i = size + self.pieces[i].text, self._next(i + 1)
        named = [token.kind for token in self.out[self.begun :]] == ["NAME"]
        return named and bool(size) and self._text(i) == r"\times"

    def _goal(self, piece: Bit, word: str) -> None:
        r"""\min_W, \arg\min_{x}: a word before an objective; \max(A, B) is a function."""
        names: list[Token] = []
        if word == "arg":
            i = self._next(self.i)
            self.i = i + 1
        while self._text(self.i) in (r"\limits", r"\nolimits"):
            self.i = self._next(self.i) + 1
        if self._text(self.i) == "_":
            self.i = self._next(self.i) + 1
            start, end, after = self._argument(piece)
            names = self._tokens(start, end)
            self.i = after
        elif word in ("min", "max") and self._text(self.i) in ("(", r"\left", r"\{", "["):
            self._function(piece, word)
            return
        self.put("GOAL", names, piece)
        self.last = None

    def _function(self, piece: Bit, name: str) -> None:
        if name in ("min", "max") and self._text(self.i) not in signs.CALLING:
            self._goal(piece, name)
            return
        self.put("APPLY", name, piece)
        self.last = Atom(len(self.out) - 1, len(self.out))

    def _underset(self, piece: Bit) -> None:
        start, end, after = self._argument(piece)
        self.i = after
        first, last, after = self._argument(piece)
        word = self._plain(first, last)
        goal = "".join(word).replace("\\", "").replace("operatorname*", "").replace("operatorname", "")
        if piece.text == r"\underset" and goal in tables()["goals"]["words"]:
            names = self._tokens(start, end)
            self.i = after
            self.put("GOAL", names, piece)
            return
        self.enter("group", piece, first, last, after, closed=self._group)


def read_formula(texts: Texts, pieces: Sequence[Bit], lines: bool) -> None:
    """Read on in a formula; where it has `lines`, a new line ends a statement."""
    FormulaReader(texts, pieces, lines).read()


_COMMANDS: Mapping[str, Callable[[FormulaReader, Bit], None]] = {
    r"\sum": FormulaReader._sum,
    r"\times": FormulaReader._times,
    r"\sqrt": FormulaReader._sqrt,
    r"\begin": FormulaReader._begin,
    r"\end": FormulaReader._end,
    r"\\": FormulaReader._line_ends,
    r"\newline": FormulaReader._line_ends,
    r"\cr": FormulaReader._line_ends,
    r"\eqalign": FormulaReader._eqalign,
    r"\quad": FormulaReader._quad,
    r"\qquad": FormulaReader._quad,
    r"\langle": FormulaReader._angle,
    r"\rangle": FormulaReader._angle_closed,
    r"\underbrace": FormulaReader._braced,
    r"\overbrace": FormulaReader._braced,
    r"\underset": FormulaReader._underset,
    r"\overset": FormulaReader._underset,
    r"\stackrel": FormulaReader._underset,
    r"\nabla": FormulaReader._nabla,
    r"\over": FormulaReader._over,
    r"\forall": FormulaReader._for_all,
    r"\arg": FormulaReader._arg,
    r"\prime": FormulaReader._prime,
}
