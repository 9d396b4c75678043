"""Sums over a part of all pairs of indices: Σ_{i≠j}, Σ_{i<j}, Σ_{j≠i} within a sum over i.

Σ_{i≠j} t_ij is the sum over all pairs without that of t_ii, and Σ_{i<j} t_ij half of it where t_ij is t_ji. So it is
read, with a note; Σ_{i<j} of other terms is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.syntax.source import Source
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Tree, copied, walk
from matcalc.syntax.vocabulary import BARS

_SIGNS = {"!=": "≠", r"\neq": "≠", r"\ne": "≠", r"\lt": "<", r"\gt": ">"}
_SIGNS |= dict.fromkeys(("<=", r"\leq", r"\le", "⩽"), "≤")
_WRITTEN = re.compile("|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True))))
_PAIR = re.compile(r"(?:[a-z],[a-z][:|,])?(?:1≤)?([a-z])([<>≠])([a-z])(?:≤(\w+))?|([a-z])=([a-z])\+1")
_EVEN = frozenset({"abs", "cos", "cosh", BARS})
_Key = tuple[Any, ...]


def pair(written: str) -> tuple[str, str, str, str] | None:
    """What stands below a sum over pairs: the letters, the sign between them (< or ≠), and where they end or ""."""
    found = _PAIR.fullmatch(re.sub(r"\s|[{}]", "", _WRITTEN.sub(lambda m: _SIGNS[m[0]], written)))
    if found is None:
        return None
    one, sign, other, last, above, below = found.groups()
    if above is not None:
        one, sign, other, last = below, "<", above, ""
    return (one, other, "≠" if sign == "≠" else "<", last or "") if one != other else None


def written_out(source: Source, over: Tree, scope: Collection[str], is_symmetric: Callable[[str], bool]) -> str:
    """Make the tree of such a sum one of sums over all, and say what it is read as.

    `scope`: the letters that are bound around it. Raises UnsupportedError where it has no such form.
    """
    bounds: Bounds = over.value
    body, (one, other) = over.args[0], bounds.letters
    inner = {letter for part in walk(body) if part.kind == "over" for letter in part.value.letters}
    if (
        sum(part.kind == "over" and isinstance(part.value, Bounds) and bool(part.value.apart) for part in walk(body))
        > 2
    ):
        raise _refused(source, over, body, "others stand in it")  # each doubles what it sums
    if inner & {one, other} or {one, other} <= set(scope):
        raise _refused(source, over, body, "one of its letters is bound twice")
    outside = next((letter for letter in (one, other) if letter in scope), "")
    used = {letter for part in walk(body) for letter in _letters(part)}
    if not {one, other} <= used | {outside}:  # of Σ_{i≠k} x_i, whose k is a number
        raise partial(source, over.start, _before(source, over, body))
    if bounds.apart == "<" and outside:
        raise _refused(source, over, body, f"it ends at the {outside} of another sum")
    if bounds.apart == "<" and not _alike(body, one, other, is_symmetric):
        raise _refused(source, over, body, f"its terms change when {one} and {other} are exchanged")
    letters = (one, other) if not outside else (other if outside == one else one,)
    equal = copied(body, lambda tree: _renamed(tree, letters[-1], outside or one))
    shown = source.quote(over.start, _before(source, over, body))
    place = over.start, over.end
    total = _over(letters, bounds, body, place)
    if not _vanishes(equal):
        diagonal = equal if outside else _over((one,), bounds, equal, place)
        diagonal = Tree("group", [diagonal], *place) if outside else diagonal
        total = _joined("sum", [total, diagonal], ["", "MINUS"], place)
    said = f"the sum over all {' and '.join(letters)} without the terms with {one} = {other}"
    over.kind, over.value, over.args = "group", None, [total]
    if bounds.apart == "<":
        half = Tree("number", [], over.start, over.start, Fraction(1, 2))
        over.args = [_joined("chain", [half, Tree("group", [total], *place)], ["", "TIMES"], place)]
        said = f"half of {said}, as {one} and {other} may be exchanged"
    return f"`{shown}` is read as {said}"


def _letters(tree: Tree) -> Collection[str]:
    return tree.value if tree.kind == "entry" else (str(tree.value),) if tree.kind == "name" else ()


def _over(letters: tuple[str, ...], bounds: Bounds, body: Tree, place: tuple[int, int]) -> Tree:
    return Tree("over", [body], *place, Bounds(letters, bounds.last))


def _joined(kind: str, args: list[Tree], ops: list[str], place: tuple[int, int]) -> Tree:
    found = Tree(kind, args, *place)
    found.ops = ops
    return found


def _refused(source: Source, over: Tree, body: Tree, why: str) -> MatcalcError:
    one, other = over.value.letters
    end = _before(source, over, body)
    shown, terms = source.quote(over.start, end), source.quote(body.start, body.end)
    hint = f"with U = triu(ones(n, n)) - eye(n) write Σ_{{{one},{other}}} U_{one}{other} {terms}"
    message = f"{shown} is a part of a sum over two indices, and {why}"
    return source.error(UnsupportedError, message, over.start, end, hint=hint)


def _before(source: Source, over: Tree, body: Tree) -> int:
    """Where the sign of a sum ends."""
    return over.start + len(source.text[over.start : body.start].rstrip("( \t\n"))


def _renamed(tree: Tree, letter: str, by: str) -> Tree:
    if tree.kind == "entry":
        tree.value = tuple(by if each == letter else each for each in tree.value)
    elif tree.kind == "name" and tree.value == letter:
        tree.value = by
    return tree


# ------------------------------------------------------------------------------------------------- what terms are alike


def _alike(body: Tree, one: str, other: str, is_symmetric: Callable[[str], bool]) -> bool:
    """Whether a term is the same with two letters exchanged."""
    exchanged = {one: other, other: one}
    return _key(body, {}, is_symmetric) == _key(body, exchanged, is_symmetric)


def _key(root: Tree, letters: Mapping[str, str], is_symmetric: Callable[[str], bool]) -> _Key:
    """What a number is made of, in an order of its own, with letters put for others: equal keys mean equal values."""
    done: dict[Tree, _Key] = {}
    for tree in walk(root):
        done[tree] = _key_of(tree, done, letters, is_symmetric)
    return done[root]


def _key_of(
    tree: Tree, done: Mapping[Tree, _Key], letters: Mapping[str, str], is_symmetric: Callable[[str], bool]
) -> _Key:
    args = [done[arg] for arg in tree.args]
    if tree.kind == "group":
        return args[0]
    if tree.kind == "entry":
        below = [letters.get(letter, letter) for letter in tree.value]
        name = str(tree.args[0].value)
        return ("entry", name, *(sorted(below) if is_symmetric(name) else below))
    if tree.kind == "name":
        return "name", letters.get(str(tree.value), str(tree.value))
    if tree.kind == "sum":
        terms = [_signed(key, op == "MINUS") for key, op in zip(args, tree.ops, strict=True)]
        return "sum", *sorted(terms, key=repr)
    if tree.kind == "negative":
        return _negated(args[0]) if tree.value % 2 else args[0]
    even = tree.kind == "norm" or (tree.kind == "call" and tree.value[0] in _EVEN and len(args) == 1)
    if even or (tree.kind == "power" and _is_even(tree.args[1])):
        return tree.kind, repr(tree.value), min(args[0], _negated(args[0]), key=repr), *args[1:]
    if tree.kind in ("chain", "product") and set(tree.ops) <= {"", "TIMES", "HADAMARD"}:
        signs, factors = zip(*map(_signless, args), strict=True)
        minus = sum(signs) % 2 == 1
        if any(arg.kind == "transpose" for arg in tree.args):  # x_i' A x_j is x_j' A' x_i
            turned = (_transposed(arg, is_symmetric) for arg in reversed(factors))
            found = min(("chain", *factors), ("chain", *turned), key=repr)
        else:
            found = ("product", *sorted(factors, key=repr))
        return _signed(found, True) if minus else found
    return tree.kind, repr(tree.value), tuple(tree.ops), *args


def _signed(key: _Key, minus: bool) -> _Key:
    sign, inner = (key[1], key[2]) if key[0] == "signed" else (1, key)
    return "signed", -sign if minus else sign, inner


def _negated(key: _Key) -> _Key:
    if key[0] == "sum":
        return "sum", *sorted((_signed(term, True) for term in key[1:]), key=repr)
    return _signed(key, True)


def _signless(key: _Key) -> tuple[bool, _Key]:
    """A factor up to its sign, and whether that is a minus: of a - b and b - a, turned or not, the same."""
    if key[0] == "signed":
        minus, rest = _signless(key[2])
        return minus != (key[1] == -1), rest
    turned = key[0] == "transpose"
    inner = key[3] if turned else key
    if inner[0] != "sum":
        return False, key
    least = min(inner, _negated(inner), key=repr)
    return least != inner, (*key[:3], least) if turned else least


def _transposed(key: _Key, is_symmetric: Callable[[str], bool]) -> _Key:
    if key[0] == "transpose":
        inner: _Key = key[3]
        return inner
    return key if key[0] == "name" and is_symmetric(str(key[1])) else ("transpose", "None", (), key)


def _is_even(tree: Tree) -> bool:
    while tree.kind == "group":
        tree = tree.args[0]
    return tree.kind == "number" and tree.value.denominator == 1 and tree.value % 2 == 0


def _vanishes(tree: Tree) -> bool:
    """Whether a term is 0 by how it is written: A_ii (x_i - x_i)^2."""
    if tree.kind in ("group", "norm", "negative", "transpose") or (
        tree.kind == "call" and tree.value[0] in ("abs", BARS)
    ):
        return _vanishes(tree.args[0])
    if tree.kind == "power":
        return tree.args[1].kind == "number" and tree.args[1].value > 0 and _vanishes(tree.args[0])
    if tree.kind == "sum" and sorted(tree.ops) == ["", "MINUS"]:
        one, other = (_key(arg, {}, lambda name: False) for arg in tree.args)
        return one == other
    factors = [arg for arg, op in zip(tree.args, tree.ops, strict=False) if op in ("", "TIMES", "HADAMARD")]
    return tree.kind in ("chain", "product") and any(map(_vanishes, factors))
