"""One pass over the pieces of a formula: groups, characters, names. A stack says what is open, nothing recurses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from matcalc.errors import MatcalcError, ParseError
from matcalc.syntax.layers import Range
from matcalc.syntax.layout import OPERAND_ENDS
from matcalc.syntax.losses import divergence
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.macros import Bit, paired
from matcalc.syntax.tex.spelling import Lettering
from matcalc.syntax.tex.words import function, letters, tables
from matcalc.syntax.tokens import lexed
from matcalc.syntax.tree import COLUMN, Token
from matcalc.syntax.vocabulary import DECLARING


@dataclass
class Opened:
    """What is open: a group of TeX, which ends at a piece, a bracket, which ends at its partner, an environment.

    `at` is where its tokens begin; `closed` is called when it ends. `font` is that of its letters.
    """

    kind: str
    piece: Bit
    at: int
    end: int = -1
    closed: Callable[[Opened], None] | None = None
    font: str | None = None
    resume: int = -1
    over: bool = False
    listed: bool = False
    function: bool = False
    commas: list[int] = field(default_factory=list)


@dataclass
class Atom:
    """The last thing that a script may belong to: where its tokens begin, and end without scripts."""

    at: int
    end: int
    name: Lettering | None = None
    norm: Token | None = None


@dataclass
class Texts:
    """What is found in all formulas of a text: tokens, names, letters of sums, ranges of layers.

    `known`: names that are declared elsewhere; `words`: runs of letters that are one name; `closed`: whether
    all names are known, as in an answer; `varying`: whether d before something is a differential.
    """

    source: Source
    known: Collection[str] = ()
    words: set[str] = field(default_factory=set)
    closed: bool = False
    varying: bool = False
    tokens: list[Token] = field(default_factory=list)
    names: list[Lettering] = field(default_factory=list)
    ranges: list[tuple[Range, int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Machine(ABC):
    """The pieces of a formula, the tokens made of them, and what is open."""

    def __init__(self, texts: Texts, pieces: Sequence[Bit], lines: bool) -> None:
        self.texts = texts
        self.source = texts.source
        self.pieces = pieces
        self.partner = paired(texts.source, pieces)
        self.lines = lines
        self.out = texts.tokens
        self.stack: list[Opened] = []
        self.fonts: list[str] = [""]
        self.bounds = [len(pieces)]  # where the innermost group ends
        self.last: Atom | None = None
        self.begun = len(self.out)  # where the statement begins
        self.equals = False  # whether it has a =
        self.i = 0
        self.ahead = (0, -1, "")  # from where to where only spaces stand, and what follows them

    # ------------------------------------------------------------------------------------------------------- pieces

    def read(self) -> None:
        """Read all of it."""
        while True:
            while self.stack and self.stack[-1].end == self.i:
                self._pop()
            if self.i >= len(self.pieces):
                break
            piece = self.pieces[self.i]
            if self.stack and 0 <= self.stack[-1].end < self.i:
                raise self.error(piece, f"{piece.text} cannot stand here")
            self.i += 1
            if piece.kind == "blank":
                if piece.text == "\n" and self.lines and not self.stack:
                    self._separate(piece, "NEWLINE")
            elif piece.kind == "command":
                self._command(piece)
            elif piece.kind == "parameter":
                raise self.error(piece, f"{piece.text} is an argument of a macro, and here is none")
            else:
                self._char(piece)
        if self.stack:
            raise self._never_closed(self.stack[-1])
        self._separate(Bit("blank", "\n", *[self.pieces[-1].end] * 2) if self.pieces else Bit("blank", "", 0, 0))

    def error(self, piece: Bit, message: str, hint: str = "", kind: type[MatcalcError] = ParseError) -> MatcalcError:
        return self.source.error(kind, message, piece.start, piece.end, hint=hint)

    def _never_closed(self, open_: Opened) -> MatcalcError:
        if open_.kind in ("‖", "|") and (error := divergence(self.source, open_.piece.start)):
            return error
        code = "bars never closed" if open_.kind == "‖" else "never closed"
        if open_.kind in ("‖", "|") and open_.at and self.out[open_.at - 1].kind in OPERAND_ENDS:
            code = "bar within brackets" if any(outer.kind in signs.CLOSES for outer in self.stack) else code
        return mistake(self.source, code, open_.piece.start, open_.piece.end, open_.piece.text)

    def emit(self, kind: str, value: object, start: int, end: int) -> Token:
        token = Token(kind, value, start, end)
        self.out.append(token)
        return token

    def put(self, kind: str, value: object, piece: Bit) -> Token:
        return self.emit(kind, value, piece.start, piece.end)

    def unread(self, error: MatcalcError, start: int, end: int, at: int = -1) -> None:
        """Put down, in the place of the tokens from `at` on, what has no meaning here.

        It refuses the statement that it stands in, unless that is left out.
        """
        at = at if at >= 0 else len(self.out)
        gone, names = {id(token) for token in self.out[at:]}, self.texts.names
        while names and id(names[-1].token) in gone:
            names.pop()
        self.out[at:] = [Token("LEFT_OUT", error, start, end)]
        self._atom(at)

    def _atom(self, at: int, name: Lettering | None = None, norm: Token | None = None) -> None:
        self.last = Atom(at, len(self.out), name, norm)

    def _next(self, i: int) -> int:
        """Where the next piece that is no blank stands."""
        pieces = self.pieces
        while i < len(pieces) and (pieces[i].kind == "blank" or pieces[i].text in signs.SPACES):
            i += 1
        return i

    def _text(self, i: int) -> str:
        i = self._next(i)
        return self.pieces[i].text if i < len(self.pieces) else ""

    def _argument(self, of: Bit) -> tuple[int, int, int]:
        """The next argument: where its content begins and ends, and where what follows begins."""
        i = self._next(self.i)
        bound = self.bounds[-1]
        if i >= bound:
            raise self.error(of, f"{of.text} needs something after it")
        piece = self.pieces[i]
        if piece.kind == "char" and piece.text == "{":
            return i + 1, self.partner[i], self.partner[i] + 1
        after = i + 1
        if piece.kind == "command" and (piece.text in signs.UPRIGHT or piece.text[1:] in tables()["fonts"]):
            saved, self.i = self.i, after
            after = self._argument(piece)[2]
            self.i = saved
        return i, after, after

    def _plain(self, start: int, end: int) -> list[str]:
        """The pieces of a short stretch without blanks, braces and fonts."""
        if end - start > signs.SHORT:
            return []
        found = []
        for piece in self.pieces[start:end]:
            font = piece.text in signs.UPRIGHT or (piece.kind == "command" and piece.text[1:] in tables()["fonts"])
            if piece.kind != "blank" and piece.text not in ("{", "}") and piece.text not in signs.SPACES and not font:
                found.append(piece.text)
        return found

    def _word(self, start: int, end: int) -> str:
        r"""The word that an argument is: "softmax", "arg min"; "" where it is none."""
        if end - start > signs.SHORT:
            return ""
        found = ""
        for piece in self.pieces[start:end]:
            if piece.kind == "blank" or piece.text in signs.SPACES:
                found += " " if piece.text != r"\!" else ""
            elif piece.text in (r"\_", "-", "_"):
                found += "_"
            elif piece.kind == "char" and piece.text.isascii() and (piece.text.isalnum() or piece.text in ".,:"):
                found += piece.text
            else:
                return ""
        return found

    def _forget(self, token: Token) -> None:
        self.texts.names[:] = [name for name in self.texts.names if name.token is not token]

    def _tokens(self, start: int, end: int) -> list[Token]:
        """The tokens of a short stretch, which go elsewhere."""
        if end - start > 5 * signs.SHORT:
            raise self.error(self.pieces[start], "this is too long to stand here")
        mark = len(self.out)
        type(self)(self.texts, self.pieces[start:end], False).read()
        found = self.out[mark:]
        del self.out[mark:]
        while found and found[-1].kind == "SEPARATOR":
            found.pop()
        return found

    def enter(self, kind: str, piece: Bit, start: int, end: int, after: int, **more: Any) -> None:
        """Read a stretch as a group of its own."""
        open_ = Opened(kind, piece, len(self.out), end, resume=after, **more)
        if open_.font is not None:
            self.fonts.append(open_.font)
        self.stack.append(open_)
        self.bounds.append(end)
        self.i = start
        self.last = None

    def _pop(self) -> None:
        open_ = self.stack.pop()
        self.bounds.pop()
        if open_.font is not None:
            self.fonts.pop()
        self.i = open_.resume
        if open_.over:
            end = self.pieces[open_.end - 1]
            self.emit("CLOSE", ")", end.end, end.end)
            self.emit("CLOSE", ")", end.end, end.end)
            self._atom(open_.at)
        if open_.closed is not None:
            open_.closed(open_)

    def _line(self, most: int) -> Sequence[Token]:
        """The last tokens of the statement."""
        return self.out[max(self.begun, len(self.out) - most) :]

    # ---------------------------------------------------------------------------------------------------- characters

    def _char(self, piece: Bit) -> None:
        text = piece.text
        if text == "{":
            end = self.partner[self.i - 1]
            self.enter("group", piece, self.i, end, end + 1, closed=self._group)
        elif text == "^":
            self._above(piece)
        elif text == "_":
            self._below(piece)
        elif text == "&":
            self._ampersand(piece)
        elif text in ("'", "′", "’"):
            self.put("TRANSPOSE", "'", piece)
        elif text == "|" and self.i < len(self.pieces) and self.pieces[self.i].text == "|":
            self.i += 1
            self._bars(Bit("char", "||", piece.start, self.pieces[self.i - 1].end), "‖")
        elif text in signs.BARS:
            self._bars(piece, signs.BARS[text])
        elif text in signs.CLOSES:
            self._open(piece, text)
        elif text in signs.OPENS:
            self._close(piece, text)
        elif (text.isdigit() and text.isascii()) or (text == "." and self._text(self.i)[:1].isdigit()):
            self._number(piece)
        elif text.isalpha() and text.isascii():
            self._letters(piece)
        else:
            self._sign(piece)

    def _sign(self, piece: Bit) -> None:
        text = piece.text
        if text == ":" and self._text(self.i) == "=":
            self.i = self._next(self.i) + 1
            self._equals(piece)
        elif text == "=":
            self._equals(piece)
        elif text == ":" and not self.stack and self._ends(self.i) and any(t.kind == "IN" for t in self._line(16)):
            self._separate(piece)  # behind what declares
        elif text == ",":
            self._comma(piece)
        elif text == ";" and not self.stack:
            self._separate(piece)
        elif text == ";" and self.stack[-1].kind == "(":
            self.stack[-1].listed = True
            self.put("COMMA", ";", piece)  # f(x; w)
            self.last = None
        elif text == ".":
            if self.i < len(self.pieces) and self.pieces[self.i].text in "*/^":
                self.i += 1
                kind = {"*": "HADAMARD", "/": "OVER_ENTRIES", "^": "POWER_ENTRIES"}[self.pieces[self.i - 1].text]
                self.put(kind, text, piece)
            elif not self.stack and self._next(self.i) > self.i:  # the end of a sentence
                self._separate(piece)
            elif not self._ends(self.i):
                raise mistake(self.source, "character .", piece.start, piece.end)
        elif text in "?!" and self._ends(self.i):
            if self.stack or text == "!":
                self.put("QUESTION", text, piece)
        else:
            kind, value = lexed(self.source, text, piece.start, piece.end)
            if kind == "SUM_OVER":
                self._sum(piece)
            elif kind == "NAME" and isinstance(value, str):
                self._name(piece, value)
            else:
                self.put(kind, value, piece)
                if kind in OPERAND_ENDS:
                    self._atom(len(self.out) - 1)
                elif kind == "COMPARISON" and self.stack:
                    self.stack[-1].listed = True

    def _ends(self, i: int) -> bool:
        """Whether a statement ends here."""
        i = self._next(i)
        while i < len(self.pieces) and self.pieces[i].text in (r"\\", r"\end", r"\quad", r"\qquad", r"\tag", r"\label"):
            return True
        return i >= len(self.pieces) or (self.pieces[i].kind == "blank" and self.lines)

    def _equals(self, piece: Bit) -> None:
        self.put("EQUALS", "=", piece)
        self.equals, self.last = True, None

    def _comma(self, piece: Bit) -> None:
        if self.stack:
            self.stack[-1].listed = True
            if self.stack[-1].kind == "⟨":
                self.stack[-1].commas.append(len(self.out))
        if not self.stack and (self._ends(self.i) or self._range(self.i)):
            return
        self.put("COMMA", ",", piece)
        self.last = None

    def _number(self, piece: Bit) -> None:
        # A single piece where TeX takes no more: \frac12 is one half.
        bound = self.bounds[-1]
        text, end = piece.text, piece.end
        while self.i < bound:
            more = self.pieces[self.i]
            dot = more.text == "." and "." not in text and self.i + 1 < bound and self.pieces[self.i + 1].text.isdigit()
            if more.kind != "char" or not (dot or (more.text.isdigit() and more.text.isascii())):
                break
            text, end = text + more.text, more.end
            self.i += 1
        at = len(self.out)
        _, value = lexed(self.source, text, piece.start, end)
        font = self.fonts[-1]
        if text == "1" and font in ("bold", "double", "sans"):
            self.emit("ONES", COLUMN, piece.start, end)
        else:
            self.emit("NUMBER", value, piece.start, end)
        self._atom(at)

    def _letters(self, piece: Bit) -> None:
        """A run of letters: a function, a name that is known as one, or names of one letter each."""
        if len(self.out) == self.begun and not self.stack and self._range(self.i - 1):
            return
        bound = self.bounds[-1]
        i = self.i
        while (
            i < bound
            and self.pieces[i].kind == "char"
            and self.pieces[i].text.isalpha()
            and self.pieces[i].text.isascii()
        ):
            i += 1
        run = "".join(p.text for p in self.pieces[self.i - 1 : i])
        if len(run) > 1:
            whole = Bit("char", run, piece.start, self.pieces[i - 1].end)
            if run in self.texts.words or self._known(run, i):
                self.i = i
                self._named(whole, run)
                return
            if function(run) == run or (function(run) and self._text(i) in ("(", r"\left")):
                self.i = i
                self._function(whole, function(run))
                return
        self._name(piece, piece.text)

    def _known(self, run: str, i: int) -> bool:
        # What a statement defines or declares is one name; what is said in a declaration is a word.
        if run in DECLARING and any(token.kind in ("COLON", "IN") for token in self._line(12)):
            return True
        begins = len(self.out) == self.begun or self.out[-1].kind == "COMMA"
        if not begins or self.stack or self._text(i) not in ("=", ":", r"\in", r"\coloneqq") or self._product(run, i):
            return False
        self.texts.words.add(run)
        return True

    def _product(self, run: str, i: int) -> bool:
        """Whether Ax of Ax = b is a product: a capital and a letter are equal to one name or number."""
        i = self._next(i)
        after = self._next(i + 1)
        last = after < len(self.pieces) and (self.pieces[after].text.isalnum() or self.pieces[after].text in letters())
        ends = [piece.text for piece in self.pieces[after + 1 : after + 2]] in (["\n"], [","], ["."]) or self._ends(
            after + 1
        )
        return len(run) == 2 and run[0].isupper() and self.pieces[i].text == "=" and last and ends

    def _named(self, piece: Bit, word: str) -> None:
        digits = ""
        while self.i < len(self.pieces) and self.pieces[self.i].text.isdigit() and word not in DECLARING:
            digits += self.pieces[self.i].text
            self.i += 1
        self._name(piece, word + digits)

    def _name(self, piece: Bit, stem: str, word: bool = False) -> None:
        at = len(self.out)
        name = Lettering(self.put("NAME", stem, piece), stem, self.fonts[-1], word=word)
        if stem not in ("I", "e") or self.fonts[-1] not in ("", "bold", "upright", "double"):
            self.texts.names.append(name)
        bound = self.bounds[-1]
        digits = ""
        while self.i < bound and self.pieces[self.i].kind == "char" and self.pieces[self.i].text.isdigit():
            digits, name.token.end = digits + self.pieces[self.i].text, self.pieces[self.i].end
            self.i += 1
        if digits:
            name.below.append(digits)
            name.token.value = name.spelled()
        self._atom(at, name)

    # What the readers of the parts of a formula say.

    @abstractmethod
    def _above(self, piece: Bit) -> None: ...

    @abstractmethod
    def _ampersand(self, piece: Bit) -> None: ...

    @abstractmethod
    def _bars(self, piece: Bit, kind: str, side: str = "") -> None: ...

    @abstractmethod
    def _below(self, piece: Bit) -> None: ...

    @abstractmethod
    def _close(self, piece: Bit, text: str) -> None: ...

    @abstractmethod
    def _command(self, piece: Bit) -> None: ...

    @abstractmethod
    def _function(self, piece: Bit, name: str) -> None: ...

    @abstractmethod
    def _goal(self, piece: Bit, word: str) -> None: ...

    @abstractmethod
    def _group(self, open_: Opened) -> None: ...

    @abstractmethod
    def _open(self, piece: Bit, text: str) -> None: ...

    @abstractmethod
    def _range(self, i: int, quantified: bool = False) -> bool: ...

    @abstractmethod
    def _separate(self, piece: Bit, kind: str = "SEPARATOR") -> None: ...

    @abstractmethod
    def _sum(self, piece: Bit) -> None: ...

    @abstractmethod
    def _unknown(self, piece: Bit) -> MatcalcError: ...
