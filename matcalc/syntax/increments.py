"""d in a formula of a reader: dX, d X, d(A B), d tr(A' X), d‖x‖^2, each as a name or as a call.

The increment of a name X is the name `d X`, which nobody can type, so that it cannot be another one; d of anything else
is a call of DIFFERENTIAL. d of a power is that of the whole power, as dX^-1 means d(X^-1); that of a transpose is the
same either way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product

from matcalc.expr import Symbol
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, is_function

DIFFERENTIAL = "differential"
"""The function that d of an expression is, as a token and as a node, until the operator is put in its place."""
MOST = 60
"""Derivatives of names by names are read in programs of so many names."""
_OPENING = frozenset({*OPENING, "NORM_OPEN"})
_CLOSING = frozenset({*CLOSING, "NORM_CLOSE"})
_TURNS = frozenset({"T", "⊤", "ᵀ"})


def increment(name: str) -> str:
    """The name of the increment of a name."""
    return f"d {name}"


def slope(of: str, by: str) -> str:
    """The name of the derivative of a name by another one, as in dJ/dW."""
    return f"d {of}/d {by}"


def calculus(symbols: Mapping[str, Symbol], slopes: bool) -> dict[str, Symbol]:
    """The increments of the symbols; with `slopes` the derivatives of scalars, and of columns by columns."""
    found = {increment(name): Symbol(increment(name), s.shape) for name, s in symbols.items()}
    for of, by in product(symbols.values(), repeat=2) if slopes and len(symbols) <= MOST else ():
        if of.is_scalar or of.shape[1] == by.shape[1] == 1:
            shape = by.shape if of.is_scalar else (of.shape[0], by.shape[0])
            name = slope(of.name, by.name)
            found[name] = Symbol(name, shape)
    return found


def with_increments(tokens: Sequence[Token], known: Collection[str], functions: Collection[str] = ()) -> list[Token]:
    """The tokens with every d joined to what it stands before. A name that begins with d and is known stays.

    `known`: the names of values; `functions`: declared ones.
    """
    found: list[Token] = []
    looks = {name.replace("_", ""): name for name in known}
    i = 0
    while i < len(tokens):
        token = tokens[i]
        name = str(token.value) if token.kind == "NAME" else ""
        value = name in known and (name != "d" or not _touches(tokens, i))
        if not name.startswith("d") or value or _is_size(tokens, i):
            found.append(token)
            i += 1
            continue
        rest = name[1:]
        of = rest if rest in known else looks.get(rest.replace("_", ""), "")
        at = i + 1
        if rest and not of and (name in functions or not _is_call(tokens, i, rest, functions)):
            found.append(token)
            i += 1
            continue
        operand: list[Token] = []
        if rest:
            operand.append(Token("NAME", of or rest, token.start + 1, token.end))
        end = _end(tokens, at, operand, known, functions)
        if end is None:
            found.append(token)
            i += 1
            continue
        operand += with_increments(tokens[at:end], known, functions)
        stop = tokens[end - 1].end
        if len(operand) == 1 and operand[0].kind == "NAME" and str(operand[0].value) in known:
            found.append(Token("NAME", increment(str(operand[0].value)), token.start, stop))
        else:
            begin = operand[0].start
            bracketed = operand[0].kind == "OPEN" and _closes(operand, 0) == len(operand) - 1
            found.append(Token("FUNCTION", (DIFFERENTIAL, 0), token.start, begin))
            found += (
                operand if bracketed else [Token("OPEN", "(", begin, begin), *operand, Token("CLOSE", ")", stop, stop)]
            )
        i = end
    return _with_slopes(found)


def _with_slopes(tokens: Sequence[Token]) -> list[Token]:
    """dE/dA and ∂E/∂A as one name."""
    found: list[Token] = []
    for token in tokens:
        found.append(token)
        kinds = [t.kind for t in found[-5:]]
        partial = kinds == ["PARTIAL", "NAME", "OVER", "PARTIAL", "NAME"]
        if not partial and not (kinds[-3:] == ["NAME", "OVER", "NAME"] and _is_increment(found[-1])):
            continue
        of, by = (found[-4], found[-1]) if partial else (found[-3], found[-1])
        if partial or _is_increment(of):
            names = [str(each.value).removeprefix(increment("")) for each in (of, by)]
            start = found[-5 if partial else -3].start
            del found[-5 if partial else -3 :]
            found.append(Token("NAME", slope(*names), start, by.end))
    return found


def _is_increment(token: Token) -> bool:
    return str(token.value).startswith(increment(""))


def _end(
    tokens: Sequence[Token], at: int, operand: Sequence[Token], known: Collection[str], functions: Collection[str]
) -> int | None:
    """Where the operand of a d before `at` ends, None if it has none; `operand` is what was joined to the d."""
    end = at
    if operand:
        if str(operand[0].value) not in known:  # dtr(…), df(…)
            close = _closes(tokens, _bracket(tokens, at))
            end = at if close is None else close + 1
    else:
        while end + 1 < len(tokens) and _is_word(tokens[end], known) and tokens[end + 1].kind != "OPEN":  # log det X
            end += 1
        if end < len(tokens) and _is_word(tokens[end], known):
            end += 1
        if end == len(tokens):
            return None
        token = tokens[end]
        if token.kind in _OPENING:
            close = _closes(tokens, end)
        elif token.kind == "BARS":
            close = next((j for j in range(end + 1, len(tokens)) if tokens[j].kind == "BARS"), None)
        elif token.kind == "NAME" and str(token.value) in known:
            close = end
        elif token.kind == "NAME" and _is_call(tokens, end, str(token.value), functions):
            close = _closes(tokens, _bracket(tokens, end + 1))
        else:
            close = None
        if close is None:
            return None
        end = close + 1
    while end < len(tokens):
        kind = tokens[end].kind
        if kind == "NORM_SUFFIX" or (kind == "SUPERSCRIPT" and not str(tokens[end].value).endswith("T")):
            end += 1
        elif kind in ("POWER", "POWER_ENTRIES") and (after := _exponent(tokens, end + 1)):
            end = after
        else:
            break
    return end


def _is_size(tokens: Sequence[Token], i: int) -> bool:
    """Whether a name is what is divided by, or an exponent, and no dX below dE."""
    before = tokens[i - 1].kind if i else ""
    return before in ("POWER", "OVER_ENTRIES") or (before == "OVER" and str(tokens[i].value) == "d")


def _touches(tokens: Sequence[Token], i: int) -> bool:
    """Whether the next token begins where this one ends: dX, where d X is d times X, if d is a value."""
    return i + 1 < len(tokens) and tokens[i + 1].start == tokens[i].end


def _is_word(token: Token, known: Collection[str]) -> bool:
    return token.kind == "FUNCTION" or (
        token.kind == "NAME" and is_function(str(token.value)) and str(token.value) not in known
    )


def _is_call(tokens: Sequence[Token], at: int, name: str, functions: Collection[str]) -> bool:
    """Whether f(Z) or f'(Z) stands at a place, of a function of this name."""
    end = _bracket(tokens, at + 1)
    called = [token.kind for token in tokens[end : end + 1]] == ["OPEN"]
    return called and (name in functions or name in FUNCTION_LETTERS or is_function(name))


def _bracket(tokens: Sequence[Token], at: int) -> int:
    """The place behind the primes of a function."""
    while at < len(tokens) and tokens[at].kind == "TRANSPOSE":
        at += 1
    return at


def _closes(tokens: Sequence[Token], at: int) -> int | None:
    depth = 0
    for j in range(at, len(tokens)):
        depth += (tokens[j].kind in _OPENING) - (tokens[j].kind in _CLOSING)
        if not depth:
            return j
    return None


def _exponent(tokens: Sequence[Token], at: int) -> int | None:
    # Where the exponent ends, if it is no transpose.
    if at < len(tokens) and tokens[at].kind == "MINUS":
        at += 1
    if at >= len(tokens) or tokens[at].value in _TURNS:
        return None
    if tokens[at].kind not in OPENING:
        return at + 1
    close = _closes(tokens, at)
    inside = tokens[at + 1 : close]
    if close is None or (len(inside) == 1 and inside[0].value in _TURNS):
        return None
    return close + 1
