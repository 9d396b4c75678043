"""What people say around a formula: headings before it, what is asked of it, and what is said of its names after it.

`ridge regression: J = …`, `cross entropy L = …`, `find the gradient of … with respect to w`, `minimize over w: …`,
`loss = … where p = softmax(z)`, `x' A x, A symmetric`. What is left out is noted; what is said of a name declares it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence

from matcalc.prose import marked
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.looks import is_greek
from matcalc.syntax.roles import Roles, aim
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import DECLARING, is_function

ENDS = frozenset({"SEPARATOR", "NEWLINE"})
BEGINS = frozenset(["NAME", "NUMBER", "ONES", "OPEN", "OPEN_SQUARE", "BARS", "MINUS", "SUM_OVER", "NORM_OPEN"])
WORDS = {
    *("the", "of", "and", "with", "for", "where", "find", "solve", "compute", "calculate", "determine", "evaluate"),
    *("differentiate", "derive", "derivative", "grad", "gradient", "jacobian", "hessian", "objective", "function"),
    *("respect", "over", "subject", "such", "that", "let", "show", "prove", "wrt", "please", "minimum", "maximum"),
    *("minimize", "minimise", "maximize", "maximise", "argmin", "argmax"),
}
"""Words that nobody has for the name of a value beside another one."""
SMALL = {
    *("a", "an", "as", "at", "fn", "from", "if", "into", "it", "my", "now", "on", "our", "so", "then", "this", "to"),
    *("up", "we", "when", "which"),
}
_IN_TITLES = {"is", "are"}
"""Words that may be names as well, where they occur more than once or have no operand on their right."""
_HEADINGS = {"loss", "cost", "objective", "energy", "error", "goal", "problem", "likelihood", "risk", "criterion"}
_HEADINGS |= {"minimise", "minimize", "maximise", "maximize", "losses"}
WORD = re.compile(r"[A-Za-z]{3,}(?<!hat)(?<!bar)(?<!tilde)")
_WEIGHTS = re.compile("[WUV][xhyiofczrqkv]{2}")
"""Weights from one layer to another, Wxh and Why."""
_CAPITALS = re.compile("[A-Z]{2,}")
_GOAL = re.compile(r"(?P<word>arg_?min|arg_?max|min|max|minimi[sz]e|maximi[sz]e|grad)(?:_(?P<by>.+))?", re.IGNORECASE)
_EXTREMES = ("min", "max")
"""Words that may begin the name of a loss: `max margin: …`."""
LEFT_OUT = "is left out: the gradient is of what follows"
"""How the note ends on words that ask for an optimum."""
_SLOPE = re.compile(r"(?:gradient|nabla|del|∇|D)_(?P<by>.+)")
_ASKS = {
    *("find", "compute", "calculate", "determine", "derive", "evaluate", "differentiate", "consider", "suppose", "let"),
    *("given", "gradient", "derivative", "of", "for", "the", "partial"),
}
"""Words that ask for a gradient, or announce a formula."""
_MORE = {
    *("we", "a", "an", "what", "is", "its", "this", "that", "function", "objective", "loss", "cost", "have", "take"),
    *("expression", "problem", "want", "to", "must"),
}
"""Words beside those."""
CLAUSES = {"where", "with", "for", "and", "given", "when", "if", "let", "here"}
"""Words before what is defined or said behind a formula."""
_PLAIN = (["EQUALS"], ["TRANSPOSE"], ["PLUS"], ["TIMES"], ["HADAMARD"], ["COMMA"], ["IN"], ["NEWLINE"])
"""What follows the first name of a formula without words before it."""
_LOGARITHMS = {"log", "ln"}
_FORMULA = frozenset({"BARS", "EQUALS", "TRANSPOSE", "POWER", "SUPERSCRIPT", "SUM_OVER", "HADAMARD"})
"""What stands in no declaration."""
_SUMS = {"sum", "mean", "tr", "trace", "det", "logdet", "norm"}


def is_word(name: str) -> bool:
    """Whether a name looks like a word of a sentence."""
    if len(name) < 3 or name in DECLARING or name in ("given", "layers", "steps"):
        return False
    if WORD.fullmatch(name) is None or _WEIGHTS.fullmatch(name):
        return False
    return not is_greek(name) and not is_function(name)


def is_heading(name: str) -> bool:
    """Whether a name says what a formula is."""
    word = name.lower()
    return word in _HEADINGS or word.removesuffix("s") in _HEADINGS


class Framing:
    """What stands around the formulas of one text. `names`: what it declares and defines; `words`: its words."""

    def __init__(self, source: Source, tokens: list[Token], names: Collection[str], roles: Roles) -> None:
        self.source = source
        self.tokens = tokens
        self.names = names
        self.roles = roles
        self._counts = Counter(str(token.value) for token in tokens if token.kind == "NAME")

    def before(self, i: int) -> int:
        """How many tokens from the one at i on, where a statement begins, stand before its formula."""
        if self._kinds(i, 1)[0] not in ("NAME", "PARTIAL") or self._kinds(i + 1, 1) in _PLAIN:
            return 0
        start, i = i, i + self._heading(i)
        at, last, told, spoken = i, i, "", 0
        by: list[str] = []
        while item := self._item(at, at > i, by):
            length, said = item
            told, spoken = said or told, spoken + (not said or at > i)
            last, at = at, at + length
        at = last if at > i and self._ends(at) else at  # `find dL/dW` stands alone, and dL/dW says of what
        after = at + (at > i and self._kinds(at, 1) == ["COLON"])
        if at > i and self._kinds(after, 1) and self._kinds(after, 1)[0] in BEGINS:
            if spoken:
                told = f"before the formula {LEFT_OUT}"
            self._note(i, after, told)
            self._aim(self._shown(i, after))
            self.roles.by |= dict.fromkeys(by)
            i = after
        return i - start + (self._denoted(i) or self._titled(i))

    def goal(self, i: int) -> int:
        """How many tokens from the one at i on are words behind `J =`: `J = min_w …`, `J = d/dw (…)`."""
        by: list[str] = []
        item = self._goal(i, by) or self._slope(i, by)
        if not item or self._kinds(i + item[0], 1)[:1] == [] or self._kinds(i + item[0], 1)[0] not in BEGINS:
            return 0
        self._note(i, i + item[0], item[1])
        self._aim(self._shown(i, i + item[0]))
        self.roles.by |= dict.fromkeys(by)
        return item[0]

    # ------------------------------------------------------------------------------------------------------ reading

    def _kinds(self, i: int, count: int) -> list[str]:
        return [token.kind for token in self.tokens[i : i + count]]

    def _name(self, i: int) -> str:
        """The name at a place, "" if something else stands there."""
        return str(self.tokens[i].value) if self._kinds(i, 1) == ["NAME"] else ""

    def _shown(self, start: int, end: int) -> str:
        return self.source.quote(self.tokens[start].start, self.tokens[end - 1].end)

    def _note(self, start: int, end: int, what: str) -> None:
        self.roles.notes[marked(f"`{self._shown(start, end)}` {what}")] = None

    def _aim(self, said: str) -> None:
        self.roles.goal = aim(said) or self.roles.goal

    def _run(self, i: int) -> int:
        """Where the names end that stand side by side from i on, hyphens between them included."""
        end = i
        while self._name(end) or (end > i and self._is_hyphen(end)):
            end += 1
        return end

    def _is_hyphen(self, i: int) -> bool:
        around = self.tokens[i - 1 : i + 2]
        return [t.kind for t in around] == ["NAME", "MINUS", "NAME"] and around[0].end + 1 == around[2].start

    def _rest(self, i: int) -> list[Token]:
        """The tokens of a statement from i on."""
        return list(itertools.takewhile(lambda token: token.kind not in ENDS, self.tokens[i:]))

    def _close(self, i: int) -> int:
        """The place after the bracket that opens at i."""
        depth = 0
        for at in range(i, len(self.tokens)):
            kind = self.tokens[at].kind
            depth += (kind in OPENING) - (kind in CLOSING)
            if not depth:
                return at + 1
        return len(self.tokens)

    def _ends(self, i: int) -> bool:
        asked = self._kinds(i, 1) == ["QUESTION"] and self._kinds(i + 1, 1) == []
        return i >= len(self.tokens) or self.tokens[i].kind in ENDS or asked

    def _defines(self, i: int) -> bool:
        """Whether `z =` or `f(x) =` stands there."""
        if not self._name(i):
            return False
        return self._kinds(self._close(i + 1) if self._kinds(i + 1, 1) == ["OPEN"] else i + 1, 1) == ["EQUALS"]

    # ----------------------------------------------------------------------------------------------------- headings

    def _heading(self, i: int) -> int:
        """How many tokens are a heading: `loss: ‖X w - y‖^2`, `The loss function: …`, `k-means: …`, `exercise 3: …`."""
        end = self._run(i)
        said = [self._name(at) for at in range(i, end) if self._name(at)]
        if said and self._kinds(end, 2) == ["NUMBER", "COLON"]:
            end += 1
        if not said or self._kinds(end, 1) != ["COLON"]:
            return 0
        if end == i + 1:
            if self._counts[said[0]] > 1 or not self._is_formula(end + 1, said[0]):
                return 0
        elif not self._heads(end, said):
            return 0
        self._note(i, end + 1, "before a formula is left out, as its heading")
        if said[0].lower() not in _EXTREMES:
            self._aim(said[0])
        return end - i + 1

    def _heads(self, end: int, said: Sequence[str]) -> bool:
        last = said[-1]
        touches = self.tokens[end - 1].end == self.tokens[end].start
        if self.tokens[end - 1].kind == "NUMBER" or len(last) == 1:
            return touches and (is_word(said[0]) or is_function(said[0])) and self._counts[said[0]] == 1
        numbered = touches and is_word(said[0]) and last[-1].isdecimal()  # smooth L1
        if not (WORD.fullmatch(last) or last == "fn" or numbered or (_CAPITALS.fullmatch(last) and touches)):
            return False
        return touches or all(self._is_heading(word) for word in said[:-1])

    def _is_heading(self, word: str) -> bool:
        if word.lower() in WORDS | SMALL | _IN_TITLES or is_heading(word) or is_function(word):
            return True
        return is_word(word) and self._counts[word] == 1 and word not in self.names

    def _is_formula(self, i: int, name: str) -> bool:
        """Whether what follows a name and a colon is a formula that is no size, and after no word is a number."""
        rest = self._rest(i)
        kinds = [token.kind for token in rest]
        if kinds[:1] == ["EQUALS"]:
            return False
        called = {str(t.value) for t, after in itertools.pairwise(rest) if t.kind == "NAME" and after.kind == "OPEN"}
        if is_word(name) or is_heading(name):
            return not _FORMULA.isdisjoint(kinds) or is_heading(name) or any(map(is_function, called))
        if kinds[:1] in (["BARS"], ["MINUS"], ["SUM_OVER"]) or kinds[:2] == ["NUMBER", "OVER"] or "EQUALS" in kinds:
            return True
        if (
            not rest
            or rest[0].value in _SUMS
            or (rest[0].value in _LOGARITHMS and rest[1:2] and rest[1].value in _SUMS)
        ):
            return bool(rest)
        last, small = rest[-1], not any(t.kind == "NAME" and str(t.value)[0].isupper() for t in rest)
        ends_small = last.kind in ("CLOSE", "NUMBER") or (last.kind == "NAME" and str(last.value)[0].islower())
        after = 1 if kinds[0] == "NAME" else self._close(i) - i if kinds[0] == "OPEN" else 0
        turned = kinds[after : after + 1] == ["TRANSPOSE"] or [t.value for t in rest[after : after + 2]][1:] == ["T"]
        if turned and (kinds[0] == "OPEN" or str(rest[0].value)[0].islower()):
            return ends_small
        return small and "POWER" in kinds and last.kind != "TRANSPOSE"

    def _titled(self, i: int) -> int:
        """How many tokens before a name that is defined are its heading: `cross entropy L = …`; log L is logL."""
        end = self._run(i)
        said = [(at, self._name(at)) for at in range(i, end) if self._name(at)]
        if len(said) < 2 or not self._defines(end - 1) or said[-1][0] != end - 1:
            return 0
        heads, last = [word for _, word in said[:-1]], said[-1][1]
        if {*heads} <= _LOGARITHMS:
            if self._counts[last] > 1:
                return 0
            token = self.tokens[end - 1]
            self.tokens[end - 1] = Token("NAME", "".join([*heads, last]), self.tokens[i].start, token.end)
            self._note(i, end, f"is taken for a name, `{self.tokens[end - 1].value}`")
            return end - 1 - i
        wordy = is_word(last) or any(is_word(word) for word in heads)
        if not wordy or not all(self._is_heading(word) or _CAPITALS.fullmatch(word) for word in heads):
            return 0
        self._note(i, end - 1, f"before `{last}` is left out, as its heading")
        return end - 1 - i

    def _denoted(self, i: int) -> int:
        """How many tokens before the = of R^2 = … or KL(p||q) = … are replaced by a name, which is R2 or KL."""
        at = i + ({self._name(i)} <= _LOGARITHMS)
        name, end = "".join(map(self._name, range(i, at + 1))), at + 1
        if self._kinds(end, 3) == ["POWER", "NUMBER", "EQUALS"] and at == i and not (len(name) == 1 and name.islower()):
            name, end = f"{name}{self.tokens[end + 1].value}", end + 2
        elif self._kinds(end, 1) == ["OPEN"]:
            end = self._close(end)
            if not {"BARS", "BAR"} & set(self._kinds(at + 1, end - at - 1)):
                return 0
        if end == at + 1 or not self._name(at) or self._kinds(end, 1) != ["EQUALS"] or self._counts[self._name(at)] > 1:
            return 0
        if not name.isidentifier():
            return 0
        self._note(i, end, f"is taken for a name, `{name}`")
        self.tokens[end - 1] = Token("NAME", name, self.tokens[i].start, self.tokens[end - 1].end)
        return end - 1 - i

    # ------------------------------------------------------------------------------------------------ what is asked

    def _item(self, i: int, more: bool, by: list[str]) -> tuple[int, str] | None:
        """The length of a piece of what is asked, and what is said of it where it stands alone."""
        return self._goal(i, by) or self._slope(i, by) or self._spoken(i, more, by)

    def _spoken(self, i: int, more: bool, by: list[str]) -> tuple[int, str] | None:
        """A word before a formula, after others where there are `more`; `with respect to w`, `over w`, `wrt w`."""
        word = self._name(i).lower()
        if not word or word in self.names or i + 1 == len(self.tokens):
            return None
        if more and (length := self._by(i, by)):
            return length, ""
        follows = self.tokens[i + 1]
        if follows.kind not in BEGINS and follows.kind != "COLON":
            return None
        if follows.start == self.tokens[i].end and follows.kind != "COLON":
            return None
        if word in ("given", "let", "for") and not (more or (self._defines(i + 1) and self._name(i) != "given")):
            return None
        if word in ("of", "for", "the") and not more:
            return (1, "") if word == "the" and self._name(i + 1).lower() in _ASKS else None
        asks = [bool(self._name(at).lower() in _ASKS or _GOAL.fullmatch(self._name(at))) for at in range(i + 1, i + 4)]
        if word in _ASKS or (word in _MORE and (any(asks) or (more and word not in ("a", "an")))):
            return 1, ""
        article = word in ("a", "an") and more and (asks[0] or self._name(i + 1).lower() in _MORE)
        return (1, "") if article else None

    def _by(self, i: int, by: list[str]) -> int:
        """How many tokens say what to differentiate by: `with respect to W and b`, `wrt w`, `over x`."""
        words = [self._name(at).lower() for at in range(i, i + 3)]
        length = next((n for n in (3, 2) if words[:n] == ["with", "respect", "to"][3 - n :]), 0)
        length = length or (words[0] in ("wrt", "over"))
        names = [self._name(i + length)]
        if not length or not names[0] or self._counts[names[0]] < 2:
            return 0
        at = i + length + 1
        while self._kinds(at, 1) == ["COMMA"] or self._name(at) == "and":
            if not self._name(at + 1) or self._counts[self._name(at + 1)] < 2 or self._defines(at + 1):
                break
            names.append(self._name(at + 1))
            at += 2
        by += names
        return at - i

    def _slope(self, i: int, by: list[str]) -> tuple[int, str] | None:
        """What asks for a gradient, as in `grad_w ‖X w - y‖^2`, `∂/∂w …`, `d/dx …` and `dL/dW for …`."""
        kinds, length, name = self._kinds(i, 5), 1, ""
        if kinds[:4] == ["PARTIAL", "OVER", "PARTIAL", "NAME"]:
            length, name = 4, self._name(i + 3)
        elif kinds == ["PARTIAL", "NAME", "OVER", "PARTIAL", "NAME"]:
            length, name = 5, self._name(i + 4)
        elif kinds[:1] != ["NAME"] or self._name(i) in self.names:
            return None
        elif slope := _SLOPE.fullmatch(self.source.text[self.tokens[i].start : self.tokens[i].end]):
            name = slope["by"].strip("{}")
        elif self._name(i)[0] == "d" and kinds[1:3] == ["OVER", "NAME"]:
            below = self._name(i + 2)
            length, name = 3, below[1:] if below.startswith("d") and below not in self.names else ""
        known = (t.value for t in (*self.tokens[:i], *self.tokens[i + length :]) if t.kind == "NAME")
        if not name or name not in known:
            return None
        by.append(name)
        return length, f"is left out: it asks for the gradient of what follows with respect to `{name}`"

    def _goal(self, i: int, by: list[str]) -> tuple[int, str] | None:
        """A word before an objective: min, argmin_w, minimize."""
        if self._name(i) == "arg" and "arg" not in self.names:
            following = self._goal(i + 1, by)
            return following and (following[0] + 1, following[1])
        token = self.tokens[i] if self._name(i) else None
        goal = _GOAL.fullmatch(self.source.text[token.start : token.end]) if token is not None else None
        if token is None or goal is None or str(token.value) in self.names or not self._kinds(i + 1, 1):
            return None
        after = self.tokens[i + 1]
        called = after.kind == "OPEN" and after.start == token.end
        if after.kind not in BEGINS and after.kind != "COLON":
            return None
        if called and goal["by"] is None and not goal["word"].lower().startswith(("minim", "maxim")):
            return None
        names = [name for name in re.split(r"[{}, ]+", goal["by"] or "") if name]
        if not all(self._counts[name] for name in names):  # max_i x_i is no objective's word
            return None
        by += names
        return 1, f"before the objective {LEFT_OUT}"
