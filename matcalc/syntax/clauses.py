"""What people say behind a formula, and of its names: `where p = softmax(z)`, `A symmetric`, `A (3x3)`, `for all i`.

What is said of a name declares it, what an index runs over is kept (ranging.py), and all is noted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from matcalc.syntax.framing import CLAUSES, ENDS, Framing
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.ranging import ranged, uses
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import ATTRIBUTES, DECLARING

_NOUNS = {"matrix": "matrix", "matrices": "matrix", "vector": "vector", "vectors": "vector"}
_NOUNS |= {"scalar": "scalar", "scalars": "scalar", "number": "scalar", "numbers": "scalar"}
_BETWEEN = {"is", "are", "a", "an", "the", "be", "both", "all", "column", "real"}
"""Words in what is said of a name."""
_SAID = (
    CLAUSES
    | ATTRIBUTES
    | {"definite", "semidefinite", "respect", "wrt", "over", "is", "are", "min", "max", "find", "in", "be"}
)
"""Words of which one is in every text that says more than formulas behind a comma or a formula."""
_SAYS = frozenset({"IN", "DOTS", "FOR_ALL"})
_SHORT = re.compile(r"=\s*1\s*:|\(\s*\w+\s*(?:x|×|by)\s*\w+[^()]*\)")
"""Signs, and shorthand, i = 1:n and A (3x3), of which one is in a text that says more without such a word."""
_GLUED = re.compile("[a-z]x[a-z]")


class Clauses(Framing):
    """What stands behind the formulas of one text, too."""

    def says_more(self) -> bool:
        """Whether a text may say more than formulas behind a comma or a formula."""
        words = (t.kind in _SAYS or (t.kind == "NAME" and str(t.value).lower() in _SAID) for t in self.tokens)
        return any(words) or _SHORT.search(self.source.text) is not None

    def clauses(self) -> list[Token]:
        """The tokens with what is said behind a formula as statements: `…, A symmetric`, `… where p = softmax(z)`."""
        found: list[Token] = []
        depth = i = 0
        while i < len(self.tokens):
            token = self.tokens[i]
            begins = not found or found[-1].kind in ENDS
            if not depth and token.kind in ("OPEN", "FOR_ALL") and (ranges := self._ranged(i, begins)):
                found += ranges[0]
                i += ranges[1]
                continue
            depth += (token.kind in OPENING) - (token.kind in CLOSING)
            if [self._name(i), self._name(i + 1)] == ["sum", "over"] and len(self._name(i + 2)) == 1:
                end = i + 3 + (self._name(i + 3) == "of")
                found.append(Token("SUM_OVER", f"_{self._name(i + 2)}", token.start, self.tokens[end - 1].end))
                i = end
                continue
            if not depth and token.kind == "COLON" and self._is_declared(found):
                found.append(Token("SEPARATOR", ";", token.start, token.end))
                i += 1
                continue
            if not depth and (token.kind in ("NAME", "COMMA", "MINUS") or begins):
                made, length = self._clause(i, begins)
                if length:
                    found += made
                    i += length
                    continue
            found.append(token)
            i += 1
        return found

    def _is_declared(self, found: Sequence[Token]) -> bool:
        """Whether the statement so far says where names are from: X in R^{n x d}, y in R^n: …"""
        statement = list(itertools.takewhile(lambda token: token.kind not in ENDS, reversed(found)))
        return any(token.kind == "IN" or token.value == "in" for token in statement)

    def _clause(self, i: int, begins: bool) -> tuple[list[Token], int]:
        end = i
        while self._kinds(end, 1) == ["COMMA"] or (
            self._name(end).lower() in CLAUSES and self._name(end) not in self.names
        ):
            end += 1
        token = self.tokens[i]
        stop = [] if begins else [Token("SEPARATOR", ";", token.start, token.end)]
        words = any(self._name(at) for at in range(i, end))
        if end > i or begins:
            if ranges := self._ranged(end, begins):
                made, length = ranges
                return [*stop, *made] if begins else made, end - i + length
            if said := self._said(end):
                made, length = said
                if self._kinds(end + length, 1) == ["COLON"]:
                    made.append(Token("SEPARATOR", ";", self.tokens[end].start, self.tokens[end].start))
                    length += 1
                return [*stop, *made], end - i + length
            if words and self._defines(end) and not (begins and self._name(i) == "given" and end == i + 1):
                return stop, end - i
            declares = self._kinds(end, 2) == ["NAME", "IN"] or (self._name(end) and self._name(end + 1) == "in")
            declares = declares or (words and self._kinds(end, 2) == ["NAME", "COLON"])
            if end > i and declares and (words or not begins):
                return stop, end - i
            if end > i and not begins and self._goal(end, []):
                return stop, end - i
        by: list[str] = []
        if not begins and (length := self._asked(i, by)) and self._ends(i + length):
            length += self._kinds(i + length, 1) == ["QUESTION"]
            self._note(i, i + length, "after the formula is left out")
            self.roles.by |= dict.fromkeys(by)
            return [], length
        return [], 0

    def _ranged(self, i: int, begins: bool) -> tuple[list[Token], int] | None:
        """What an index of the statement runs over, `for i = 1..n`, also before it: `for all i: z_i = …`."""
        made, length = ranged(self.source, self.tokens, i)
        after = i + length
        if not made or (begins and i == 0 and self._name(0) in ("layers", "steps")):
            return None
        ahead = begins and self._kinds(after, 1) in (["COLON"], ["COMMA"])
        alone = begins and self._ends(after)
        if not alone and not (ahead or self._ends(after) or self._goes_on(after)):
            return None
        if alone:
            return (made, length) if uses(self.tokens, made) else None
        if not uses(self._rest(after + 1) if ahead else self._statement(i), made):
            return None
        if ahead:
            made.append(Token("SEPARATOR", ";", made[0].end, made[0].end))
        return made, length + ahead

    def _statement(self, i: int) -> list[Token]:
        """The tokens of a statement up to the one at i."""
        before = (self.tokens[at] for at in range(i - 1, -1, -1))
        return list(itertools.takewhile(lambda token: token.kind not in ENDS, before))

    def _asked(self, i: int, by: list[str]) -> int:
        """How many tokens ask for something: `with respect to w`, `-> min`, `, find dL/dW`."""
        if self._kinds(i, 2) == ["MINUS", "COMPARISON"] and self._name(i + 2) in ("min", "max"):
            return 3
        at = i + (self._kinds(i, 1) == ["COMMA"])
        start = at
        while item := self._item(at, True, by):
            at += item[0]
        return at - i if at > start and by else 0

    def _said(self, i: int) -> tuple[list[Token], int] | None:
        """The declaration that words are: `A symmetric`, `A and B are symmetric`, `A is a symmetric n x n matrix`."""
        at, names = i, list[Token]()
        while self._name(at) not in DECLARING | _BETWEEN | {""} and self._stands_elsewhere(at):
            names.append(self.tokens[at])
            at += 1
            joins = at
            while self._kinds(joins, 1) == ["COMMA"] or self._name(joins) in ("and", "both"):
                joins += 1
            if joins == at or not self._name(joins):
                break
            at = joins
        start = at
        if self._kinds(at, 1) == ["OPEN"]:
            return self._shaped(i, names, at)
        sizes: list[Token] = []
        attributes: dict[str, Token] = {}
        while not self._ends(at):
            word, token = self._name(at), self.tokens[at]
            hyphen = token.kind == "MINUS" and "by" in (self._name(at - 1), self._name(at + 1))  # 3-by-3
            if hyphen or (word == "and" and self._name(at + 1) in ATTRIBUTES | _NOUNS.keys()):
                at += 1
                continue
            if word in ATTRIBUTES or word in _NOUNS:
                attributes[_NOUNS.get(word, word)] = token
            elif word in ("definite", "semidefinite"):
                attributes.pop("positive", None)
                attributes["pd" if word == "definite" else "psd"] = token
            elif word == "by" and sizes:
                sizes.append(Token("CROSS", "×", token.start, token.end))
            elif token.kind in ("NUMBER", "CROSS") or (len(word) == 1 and (sizes or self._is_by(at + 1))):
                sizes.append(token)
            elif sizes and sizes[-1].kind == "NUMBER" and sizes[-1].end == token.start and word[:1] == "x":
                sizes.append(token)  # 3x3, 3xd
            elif word not in _BETWEEN:
                break
            at += 1
        if not names or at == start or not (sizes or attributes) or not (self._ends(at) or self._goes_on(at)):
            return None
        if len(attributes) > 1 or sizes:
            attributes = {word: token for word, token in attributes.items() if word not in _NOUNS.values()}
        return self._declared(i, at, names, sizes, attributes.items())

    def _shaped(self, i: int, names: list[Token], at: int) -> tuple[list[Token], int] | None:
        """The declaration that sizes in brackets behind a name are: A (3x3), X (n by d), S (n x n symmetric)."""
        end = self._close(at)
        inside = self.tokens[at + 1 : end - 1]
        sizes = list(itertools.takewhile(lambda token: token.value not in DECLARING, inside))
        attributes = [(str(token.value), token) for token in inside[len(sizes) :]]
        signs = [token.kind == "CROSS" or str(token.value) in ("x", "by") for token in sizes]
        kinds = {token.kind for token, sign in zip(sizes, signs, strict=True) if not sign}
        short = [token.kind for token in sizes] == ["NUMBER", "NAME"] and str(sizes[1].value)[0] == "x"  # 3x3, 3xd
        short = short or (
            len(sizes) == 1 and _GLUED.fullmatch(str(sizes[0].value)) is not None
        )  # nxd, which is refused
        column = len(sizes) == 1 and self._kinds(i - 1, 1) == ["COMMA"]  # A (n x d), x (d)
        if not kinds <= {"NAME", "NUMBER"} or not (column or short or (len(sizes) > 2 and any(signs[1:-1]))):
            return None
        if not (self._ends(end) or self._goes_on(end)) or not all(word in DECLARING for word, _ in attributes):
            return None
        by = [Token("CROSS", "×", t.start, t.end) if sign else t for t, sign in zip(sizes, signs, strict=True)]
        return self._declared(i, end, names, by, attributes)

    def _declared(
        self, i: int, end: int, names: Sequence[Token], sizes: Sequence[Token], attributes: Iterable[tuple[str, Token]]
    ) -> tuple[list[Token], int]:
        """A declaration of names, which stands from i to `end`."""
        self._note(i, end, "is read as a declaration")
        made: list[Token] = []
        for n, token in enumerate(names):
            made += [Token("COMMA", ",", token.start, token.start)] * (n > 0) + [token]
        made.append(Token("COLON", ":", names[-1].end, names[-1].end))
        made += sizes
        made += [Token("NAME", word, token.start, token.end) for word, token in attributes]
        return made, end - i

    def _stands_elsewhere(self, i: int) -> bool:
        """Whether a name stands in a formula, perhaps as a part of another that will be refused: A of Ax."""
        names = (str(token.value) for n, token in enumerate(self.tokens) if token.kind == "NAME" and n != i)
        return any(self._name(i) == name or (len(name) < 4 and self._name(i) in name) for name in names)

    def _is_by(self, i: int) -> bool:
        i += self._is_hyphen(i)  # n-by-n
        return self._name(i) in ("x", "by") or self._kinds(i, 1) == ["CROSS"]

    def _goes_on(self, i: int) -> bool:
        return self._kinds(i, 1) in (["COMMA"], ["COLON"]) or self._name(i) in CLAUSES
