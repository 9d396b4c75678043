"""What a text says beside its objective: lists, sets, constraints, claims. What defines nothing is left out, noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.application import CLOSES, OPENS
from matcalc.syntax.lets import left_side
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.spelling import Lettering
from matcalc.syntax.tree import Bounds, Token

_ATTRIBUTES = {"𝕊": "symmetric", "𝕊+": "psd", "𝕊++": "pd"}
_VALUES = frozenset({"APPLY", "FUNCTION", "NORM_OPEN", "LEFT_OUT"})
"""What an expression begins with whose value an equation gives."""
_ENDS_TERM = frozenset({"PLUS", "MINUS", "EQUALS", "COMMA", "COLON", "COMPARISON", "SEPARATOR", "NEWLINE", *CLOSES})
_RELATIONS = frozenset(
    {r"\sim", r"\leftarrow", r"\gets", r"\to", r"\rightarrow", r"\mapsto", r"\implies", r"\iff", r"\Rightarrow"}
    | {r"\succeq", r"\succ", r"\preceq", r"\neq", r"\ne", r"\in", r"\subset", r"\perp", r"\ll", r"\gg"}
)
"""Signs of statements that define nothing."""


# ----------------------------------------------------------------------------------------------------------- lists


def listed(texts: Texts) -> None:
    r"""Read x_1, \dots, x_n as the vector x, and leave out what says where x_1, \dots, x_n are."""
    tokens, by_token = texts.tokens, {id(name.token): name for name in texts.names}
    for i in reversed([i for i, token in enumerate(tokens) if is_command(texts.source, token, signs.DOTS)]):
        if [t.kind for t in (*tokens[max(i - 1, 0) : i], *tokens[i + 1 : i + 2])] == ["PLUS", "PLUS"]:
            _add(texts, i, by_token)
            continue
        end = i + 1 + ([t.kind for t in tokens[i + 1 : i + 2]] == ["COMMA"])
        raised = [t.kind for t in tokens[end : end + 3]] == ["NAME", "POWER", "NUMBER"]
        last = tokens[end : end + 1 + 2 * raised]
        begin, firsts = i, list[Token]()
        while _alike(tokens[begin - len(last) - 1 : begin - 1], last, by_token) and tokens[begin - 1].kind == "COMMA":
            begin -= len(last) + 1
            firsts = tokens[begin : begin + len(last)]
        if not firsts:
            continue
        end += len(last) - 1
        if [t.kind for t in tokens[end + 1 : end + 2]] == ["IN"]:
            del tokens[begin : _ends(tokens, end)]
            continue
        kinds = [t.kind for t in (*tokens[max(begin - 1, 0) : begin], *tokens[end + 1 : end + 3])]
        if kinds[:2] == ["OPEN_SQUARE", "CLOSE_SQUARE"] and kinds[2:] != ["TRANSPOSE"]:
            continue  # the columns of a matrix
        first = by_token[id(firsts[0])]
        first.below, first.layer, first.step = [], None, None
        first.token.value, first.token.end = first.base, tokens[end].end
        tokens[begin : end + 1] = firsts
        if not raised:
            _unlist(tokens, begin)


def _alike(firsts: Sequence[Token], last: Sequence[Token], by_token: Mapping[int, Lettering]) -> bool:
    """Whether two parts are the same up to what stands below or above their names, and that is not the same in all."""
    if len(firsts) != len(last) or [t.kind for t in firsts] != [t.kind for t in last]:
        return False
    differ = False
    for one, other in zip(firsts, last, strict=True):
        a, b = by_token.get(id(one)), by_token.get(id(other))
        if a is None or b is None:
            if one.value != other.value:
                return False
        elif a.base != b.base or a.below[:-1] != b.below[:-1] or len(a.below) != len(b.below):
            return False
        else:
            differ = differ or a.below != b.below or a.layer != b.layer
    return differ


def _add(texts: Texts, i: int, by_token: Mapping[int, Lettering]) -> None:
    """Read x_1^2 + … + x_n^2 as a sum over an index."""
    tokens, end, depth = texts.tokens, i + 2, 0
    while end < len(tokens) and (depth or tokens[end].kind not in _ENDS_TERM):
        depth += (tokens[end].kind in OPENS) - (tokens[end].kind in CLOSES)
        end += 1
    last = tokens[i + 2 : end]
    begin = i
    while tokens[begin - 1].kind == "PLUS" and _alike(
        tokens[max(0, begin - 1 - len(last)) : begin - 1], last, by_token
    ):
        begin -= len(last) + 1
    first = tokens[begin : begin + len(last)]
    marks = {tuple(by_token[id(t)].below[-1:]) for t in last if id(t) in by_token and by_token[id(t)].below}
    if begin == i or len(marks) != 1 or not _alike(first, last, by_token):
        return
    taken = {mark for name in texts.names for mark in name.below}
    letter = next(letter for letter in "ijkpqr" if letter not in taken or letter == "r")
    for one, other in zip(first, last, strict=True):
        name, end_name = by_token.get(id(one)), by_token.get(id(other))
        if name is not None and end_name is not None and name.below != end_name.below:
            if name.below[-1] != "1":
                return
            name.below[-1] = letter
            one.value = name.spelled()
    ((mark,),) = marks
    bounds = Bounds((letter,), int(mark) if mark.isdigit() else mark)
    tokens[begin:end] = [Token("SUM_OVER", bounds, first[0].start, first[0].start), *first]


def is_command(source: Source, token: Token, commands: Collection[str]) -> bool:
    """Whether a token is one of these commands, none of which is read."""
    return token.kind == "LEFT_OUT" and source.text[token.start : token.end] in commands


def _ends(tokens: Sequence[Token], i: int) -> int:
    depth = 0
    while i < len(tokens) and (depth or tokens[i].kind not in ("COMMA", "SEPARATOR", "NEWLINE", "CONDITION")):
        depth += (tokens[i].kind in OPENS) - (tokens[i].kind in CLOSES)
        i += 1
    return i


def _unlist(tokens: list[Token], i: int) -> None:
    """Of y = (y_1, …, y_n)^T leave nothing, of w = (v_1, …, v_n)^T leave w = v."""
    kinds = [t.kind for t in tokens[max(i - 3, 0) : i]]
    if kinds[-3:] not in (["NAME", "EQUALS", "OPEN"], ["NAME", "EQUALS", "OPEN_SQUARE"]):
        return
    end = i + 2 + ([t.kind for t in tokens[i + 2 : i + 3]] == ["TRANSPOSE"])
    if str(tokens[i - 3].value).lower() == str(tokens[i].value).lower():
        del tokens[i - 3 : end]
    else:
        tokens[i - 1 : end] = [tokens[i]]


# ------------------------------------------------------------------------------------------------------------- sets


def in_no_size(statement: list[Token], summed: Collection[str]) -> bool:
    r"""Make a declaration by sizes of one by a set: A \in \mathbb S^n_+, y \in \{0, 1\}^n.

    Returns whether it is one by a set that says of no size, and so nothing.
    """
    at = next((i for i in _outside(statement) if statement[i].kind == "IN"), -1)
    if at < 0 or at + 1 >= len(statement):
        return False
    names, of = statement[:at], statement[at + 1 :]
    if not names or any(token.kind not in ("NAME", "COMMA") for token in names):
        return True
    if any(str(token.value).partition("_")[2] in summed for token in names):  # a_i \\in \\mathbb R^n
        return True
    if of[0].kind == "REALS":
        sort = "".join(sign for sign in str(of[0].value) if sign in "𝕊+")
        of[0].value = "ℝ"
        if sort in _ATTRIBUTES and len(of) > 2:
            size, end = of[2:], of[-1].end
            inside = size if size[0].kind != "OPEN_BRACE" else size[1:-1]
            again = [Token(token.kind, token.value, token.start, token.end) for token in inside]
            cross, attribute = Token("CROSS", "×", end, end), Token("NAME", _ATTRIBUTES[sort], of[0].start, of[0].end)
            open_, close = Token("OPEN_BRACE", "{", end, end), Token("CLOSE_BRACE", "}", end, end)
            statement[at + 3 :] = [open_, *inside, cross, *again, close, attribute]
        return False
    close_at = next((i + 1 for i in _outside(of[1:]) if of[i + 1].kind in CLOSES), len(of))
    if of[0].kind not in OPENS or [t.kind for t in of[close_at + 1 : close_at + 2]] != ["POWER"]:
        return True
    statement[at + 1 : at + close_at + 2] = [Token("REALS", "ℝ", of[0].start, of[close_at].end)]
    return False


def _outside(statement: Sequence[Token]) -> Iterator[int]:
    """The places outside brackets, up to a bracket that was opened before."""
    depth = 0
    for i, token in enumerate(statement):
        if not depth:
            yield i
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if depth < 0:
            return


# ----------------------------------------------------------------------------------------------------------- asides


def left_of_log(statement: list[Token]) -> int:
    """Where the left side ends that is log L, -log p(…) or p(y | x): it is made a name."""
    equals = next((i for i in _outside(statement) if statement[i].kind == "EQUALS"), 0)
    minus = bool(equals) and statement[0].kind == "MINUS"
    log = [(t.kind, t.value) for t in statement[minus : minus + 1]] == [("APPLY", "log")]
    i = minus + log
    if (minus and not log) or i >= equals or statement[i].kind != "NAME" or statement[i].value == "d":
        return 0
    rest = statement[i + 1 : equals]
    bracket = bool(rest) and rest[0].kind == "OPEN" and rest[-1].kind == "CLOSE"
    if rest and not bracket and [t.kind for t in rest] != ["LEFT_OUT"]:
        return 0
    return equals if log or (rest and not left_side(statement)) else 0


class Asides:
    r"""The statements that are beside the objective of a text.

    `said`: by identity, WANTED for what the words before it ask the derivative of, CLAIMED for what they call a result,
    POINT for the value of a name where a derivative is asked for.
    `decorated`: names like \hat w, w^\star, \dot f, which solutions and derivatives of what is called w and f have.
    """

    def __init__(
        self,
        source: Source,
        statements: Sequence[list[Token]],
        roles: Roles,
        said: Mapping[int, str],
        decorated: Mapping[str, str],
    ) -> None:
        self.source = source
        self.roles = roles
        self.said = said
        self.counts = Counter(str(t.value) for s in statements for t in s if t.kind == "NAME")
        self.decorated = {name for name, stem in decorated.items() if stem in self.counts}
        self.defined = {str(s[0].value) for s in statements if _kinds(s)[:2] == ["NAME", "EQUALS"]}
        self.statements = [s for s in statements if not self._is_mention(s)]

    def _is_mention(self, statement: Sequence[Token]) -> bool:
        """Whether it only names what is asked for: of `differentiate $L$`, of `the derivative of $f(x)$`."""
        kinds = _kinds(statement)
        if self.said.get(id(statement)) != "WANTED" or kinds[:1] != ["NAME"] or not _is_call(kinds[1:]):
            return False
        if statement[0].value in self.defined:
            self.roles.of = str(statement[0].value)
        return len(kinds) == 1 or statement[0].value in self.defined

    def _ask_for(self) -> None:
        """Take for the objective the definition whose derivative the words before it ask. Raises AmbiguousError."""
        asked = [s for s in self.statements if self.said.get(id(s)) == "WANTED"]
        wanted = [s for s in asked if _kinds(s)[:2] == ["NAME", "EQUALS"]]
        used = {str(t.value) for s in self.statements for t in s[1:] if t.kind == "NAME"}
        wanted = [s for s in wanted if s[0].value not in used]
        if len(wanted) == 1:
            self.roles.of = self.roles.of or str(wanted[0][0].value)
        elif wanted and not self.roles.of:
            raise self._asked(wanted)

    def without(self) -> list[list[Token]]:
        """The statements without those that define nothing, if others say what the objective is; it comes last."""
        self._ask_for()
        aside = [self.is_aside(statement) for statement in self.statements]
        rest = [s for s, beside in zip(self.statements, aside, strict=True) if not beside]
        if any(aside) and not any(map(self._is_objective, rest)):
            for statement, left in zip(self.statements, aside, strict=True):
                if left:
                    self._take_side(statement)
            return self.statements
        equation = self._equation(rest, [s for s, left in zip(self.statements, aside, strict=True) if left])
        if equation is not None:
            aside[next(i for i, s in enumerate(self.statements) if s is equation)] = False
            self._take_side(equation)
            rest.append(equation)
        for statement, beside in zip(self.statements, aside, strict=True):
            if beside and not _is_relation(self.source, statement):
                self._leave_out(statement, "it defines nothing, and the gradient is that of the objective alone")
        bare = [s for s in rest if self._is_bare(s)]
        if len(bare) > 1:
            bare = [self._chosen(bare)]
            rest = [s for s in rest if s is bare[0] or not self._is_bare(s)]
        elif not bare or rest[-1] is bare[0]:
            return rest
        return [*(s for s in rest if s is not bare[0]), bare[0]]

    def _equation(self, rest: Sequence[list[Token]], beside: Sequence[list[Token]]) -> list[Token] | None:
        """The equation, if any, that is the objective: ‖r‖^2 = r'r where r = y - X w is all that is defined."""
        if self.roles.of or any(map(self._is_bare, rest)):
            return None
        names = {str(s[0].value): s for s in rest if _kinds(s)[:2] == ["NAME", "EQUALS"]}
        unused = {name for name in names if not any(name in _names(s[1:]) for s in rest)}
        for statement in beside:
            equals = next((i for i in _outside(statement) if statement[i].kind == "EQUALS"), 0)
            value = equals and statement[0].kind in _VALUES and len(statement) > equals + 2
            if value and self.said.get(id(statement)) != "CLAIMED" and unused <= _names(statement):
                return statement
        return None

    def _leave_out(self, statement: Sequence[Token], why: str) -> None:
        shown = self.source.quote(statement[0].start, statement[-1].end)
        self.roles.notes[marked(f"`{shown}` is left out: {why}")] = None

    def is_aside(self, statement: Sequence[Token]) -> bool:
        """Whether a statement is an equation of more than a name, a comparison, a relation, a claim or a solution."""
        kinds = _kinds(statement)
        if not kinds or kinds[0] == "GOAL" or "IN" in kinds:
            return False
        if _is_relation(self.source, statement):
            return True
        if self.said.get(id(statement)) == "POINT" and kinds[:2] == ["NAME", "EQUALS"]:  # at w = 0
            return True
        signs_ = [i for i in _outside(statement) if kinds[i] in ("EQUALS", "COMPARISON")]
        claimed = self.said.get(id(statement)) == "CLAIMED"
        if not signs_:
            return claimed and self._is_bare(statement)
        begins = kinds[:1] == ["SLOPE"]
        left = kinds[begins : signs_[0]]
        if kinds[signs_[0]] == "COMPARISON":
            return True
        if left == ["NAME"] or not left or left_side(statement[begins:]):
            return bool(left) and self._is_result(statement[begins:], claimed)
        if statement[0].value == "d" and left[:2] in (["NAME", "NAME"], ["NAME", "OPEN"]):
            return left[1] == "OPEN" or str(statement[1].value) in self.defined
        if set(left) == {"NAME"} and not set(kinds[signs_[0] + 1 :]) <= {"NAME", "NUMBER"}:
            return False  # net_j = Σ_i …, a name of several letters
        return left[:1] not in (["PARTIAL"],) and not (left[:1] == ["NAME"] and left[1:2] == ["POWER"])

    def _is_objective(self, statement: Sequence[Token]) -> bool:
        return self._is_bare(statement) or _kinds(statement)[:2] == ["NAME", "EQUALS"]

    def _is_bare(self, statement: Sequence[Token]) -> bool:
        kinds = _kinds(statement)
        slope = kinds[:1] == ["SLOPE"] and statement[0].value[0] is None  # type: ignore[index]
        if (
            (kinds[:1] == ["SLOPE"] and not slope)
            or "IN" in kinds
            or len(kinds) <= slope
            or kinds[:2] == ["NAME", "COLON"]
        ):
            return False
        return all(kinds[i] not in ("EQUALS", "COMPARISON") for i in _outside(statement)) and kinds[:1] != ["QUESTION"]

    def _chosen(self, bare: Sequence[list[Token]]) -> list[Token]:
        """The one of several expressions that the text asks the derivative of. Raises AmbiguousError."""
        wanted = [s for s in bare if self.said.get(id(s)) == "WANTED"]
        if len(wanted) == 1:
            for statement in bare:
                if statement is not wanted[0]:
                    self._leave_out(statement, "the derivative of another formula is asked for")
            return wanted[0]
        texts = {tuple((t.kind, str(t.value)) for t in s): s for s in reversed(bare)}
        if len(texts) == 1:
            return bare[0]
        raise self._asked([*reversed(texts.values())])

    def _asked(self, found: Sequence[list[Token]]) -> MatcalcError:
        """What to ask where the derivatives of several are asked for."""
        kept = [s for s in self.statements if all(s is not other for other in found)]
        before = "".join(f"${self.source.text[s[0].start : s[-1].end]}$ " for s in kept)
        texts = [self.source.text[s[0].start : s[-1].end] for s in found[:3]]
        readings = [Alternative(f"it is of {text}", f"{before}$${text}$$") for text in texts]
        return self.source.asked(0, len(self.source.text), *readings)

    def _is_result(self, statement: Sequence[Token], claimed: bool) -> bool:
        """Whether a definition, which nothing uses, is of a solution or a derivative, or is not read: y_i = ±1."""
        name, right = str(statement[0].value), _kinds(statement)[2:]
        if self.counts[name] == 1 and "COMMA" in right and _is_call(right):  # \\theta = (w, b)
            return True
        if right == ["LEFT_OUT", "NUMBER"] or (name[0] == "d" and name[1:] in self.defined):  # df = 2 x' A dx
            return True
        entries = any(other.startswith(f"{name}_") for other in self.counts)  # \\hat y_i
        if self.counts[name] > 1 or entries or self.said.get(id(statement)) == "WANTED":
            return False
        uses = bool(_names(statement[1:]) & self.defined)
        return "LEFT_OUT" in right or ((claimed or name in self.decorated) and not uses)

    def _take_side(self, statement: list[Token]) -> None:
        """Leave of ‖W‖_{2,1} = … what it is, and of an equation of derivatives what is derived."""
        equals = next((i for i in _outside(statement) if statement[i].kind == "EQUALS"), 0)
        if equals and statement[0].kind == "SLOPE":
            shown = self.source.quote(statement[equals].start, statement[-1].end)
            self.roles.notes[marked(f"`{shown}` is not read: the derivative is found")] = None
            del statement[equals:]
        elif equals and statement[0].kind in _VALUES and len(statement) > equals + 2:
            shown = self.source.quote(statement[0].start, statement[equals].end)
            self.roles.notes[marked(f"`{shown}` is not read: the objective is what stands to the right")] = None
            del statement[: equals + 1]


def _names(statement: Sequence[Token]) -> set[str]:
    return {str(token.value) for token in statement if token.kind == "NAME"}


def _kinds(statement: Sequence[Token]) -> list[str]:
    return [token.kind for token in statement]


def _is_call(kinds: Sequence[str]) -> bool:
    return not kinds or (kinds[0] == "OPEN" and kinds[-1] == "CLOSE" and set(kinds[1:-1]) <= {"NAME", "COMMA"})


def _is_relation(source: Source, statement: Sequence[Token]) -> bool:
    alone = _kinds(statement) == ["LEFT_OUT"]
    return alone or any(is_command(source, statement[i], _RELATIONS) for i in _outside(statement))


def only_signature(source: Source, statement: list[Token], defined: Collection[str], used: Counter[str]) -> bool:
    r"""Make a declaration of f: \mathbb R^n \to \mathbb R, whether it says nothing, as where f is defined.

    Raises UnsupportedError for a function of vectors of which nothing else is said.
    """
    kinds = _kinds(statement)
    arrow = next((i for i, token in enumerate(statement) if is_command(source, token, signs.ARROWS)), 0)
    if kinds[:2] != ["NAME", "COLON"] or not arrow:
        return False
    name, start, end = statement[0], statement[0].start, statement[-1].end
    if str(name.value) in defined or used[str(name.value)] < 2 or "REALS" not in kinds[arrow:]:
        return True
    if kinds[arrow + 1 :] == ["REALS"]:
        single = kinds[2:arrow] == ["REALS"]
        statement[2:] = [Token("NAME", word, start, start) for word in ("scalar", "function")]
        return single
    message = f"{source.quote(start, end)} is a function of vectors, and what is not known of it has no form here"
    hint = r"take its values as rows of a matrix, \Phi \in \mathbb R^{n \times m}, and write w^\top \Phi_i "
    hint += rf"for w^\top {name.value}(x_i)"
    raise source.error(UnsupportedError, message, start, end, hint=hint)
