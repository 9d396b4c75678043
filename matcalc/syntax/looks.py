"""How parts are written: what is read off a tree before anything is known of its shapes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from matcalc.syntax.calls import GREEK_NAMES
from matcalc.syntax.tree import Tree, walk
from matcalc.syntax.vocabulary import BARS, ENTRIES, GREEK_SCALARS, NORMS

INDEX = r"\d*(?:_\w+)?(?:\[.*\])?"
_BIAS = re.compile(rf"(?:b|c|bias){INDEX}")
_MANY = 12
"""Brackets with more summands are not looked into."""
_REDUCTIONS = frozenset({*NORMS, BARS, "sum", "mean", "tr", "det", "logdet"})


class Core(NamedTuple):
    """The matrix product that a term is, under functions of the entries, in definitions, in a sum.

    `first` is the name of its first factor, `last` that of its last one ("" for none); `end` the tree of the last name,
    also where that stands in brackets, in a function or in a definition. `sign` is that of the product. `through`: ""
    for the product itself, "entries" where it is multiplied entry by entry, "rows" in a function of rows.
    """

    first: str
    last: str
    end: Tree
    sign: int = 1
    through: str = ""


def is_bias(name: str) -> bool:
    """Whether a name is one that biases have: b, c, bias, with digits or an index."""
    return _BIAS.fullmatch(name) is not None


def is_greek(name: str) -> bool:
    """Whether a name is a Greek letter's, perhaps with an index."""
    stem = name.partition("[")[0].rstrip("0123456789").partition("_")[0]
    return stem in GREEK_NAMES or stem in GREEK_SCALARS


def bare(tree: Tree) -> Tree:
    while tree.kind in ("group", "negative"):
        tree = tree.args[0]
    return tree


def begins_with_weights(name: str) -> bool:
    return name.startswith(("W", "Theta", "Θ"))


def terms(root: Tree, numbers: Collection[str] = ()) -> Iterator[Tree]:
    """The terms of an expression that has the form of a scalar: with a reduction for a term, or a single product.

    `numbers`: names that are scalars for sure.
    """
    tree = bare(root)
    terms = [bare(arg) for arg in tree.args] if tree.kind == "sum" else [tree]
    if len(terms) == 1 or any(is_scalar(t, numbers) or multiplying(t, numbers) or [*weights(t)] for t in terms):
        yield from terms


def multiplying(term: Tree, numbers: Collection[str] = ()) -> Sequence[Tree]:
    """The capitals of a product whose other factors are numbers and scalars by how they are written, one at least."""
    if term.kind not in ("chain", "product") or not set(term.ops) <= {"", "TIMES", "OVER", "HADAMARD"}:
        return ()
    factors = [part for arg in term.args for part in _parts(arg) if part.kind != "number"]
    if factors and factors[0].kind == "negative":
        factors[0] = bare(factors[0])
    capitals = [arg for arg in factors if _is_capital(arg)]
    others = [arg for arg in factors if arg not in capitals]
    outside = capitals in (factors[: len(capitals)], factors[-1:])
    if not others or not (all(is_scalar(other, numbers) for other in others) or (outside and _is_form(others))):
        return ()
    return capitals


def weights(term: Tree) -> Iterator[str]:
    """The small Greek letters of a product whose other factors are numbers and scalars by how they are written."""
    if term.kind in ("chain", "product"):
        factors = [part for arg in term.args for part in _parts(bare(arg)) if part.kind != "number"]
        greek = [part for part in factors if part.kind == "name" and is_greek(str(part.value))]
        others = [part for part in factors if part not in greek]
        if others and all(map(is_scalar, others)):
            yield from (str(part.value) for part in greek if str(part.value)[0].islower())


def is_scalar(tree: Tree, numbers: Collection[str] = ()) -> bool:
    """Whether a factor is one by how it is written: a norm, a sum, a trace, w'w, or a power or function of one."""
    while tree.kind in ("group", "negative", "power"):
        tree = tree.args[0]
    if tree.kind == "call":
        name = tree.value[0]
        return name in _REDUCTIONS or (
            name in ENTRIES and (is_scalar(tree.args[0], numbers) or _is_constant(tree.args[0]))
        )
    if tree.kind == "over":
        return not _is_array(tree.args[0])
    if tree.kind == "sum":
        parts = [*itertools.islice(summands(tree), _MANY + 1)]
        kinds = [_adds(part, numbers) for part in parts] if len(parts) <= _MANY else [None]
        return True in kinds and None not in kinds
    if tree.kind == "name":
        return str(tree.value) in numbers
    return tree.kind in ("norm", "inner") or (tree.kind == "chain" and _is_form(tree.args))


def _adds(part: Tree, numbers: Collection[str]) -> bool | None:
    """Whether a summand is a scalar by how it is written, False for a number, None if it may be an array."""
    if part.kind == "number":
        return False
    simple = part.kind != "call" or part.value[0] in _REDUCTIONS or bare(part.args[0]).kind != "sum"
    return (simple and (is_scalar(part, numbers) or bool(multiplying(part, numbers)))) or None


def _parts(factor: Tree) -> Sequence[Tree]:
    r"""The factors of one that is a fraction of names and numbers, N/2 in LaTeX's \frac N2; of any other itself."""
    inner = bare(factor)
    parts = [bare(arg) for arg in inner.args] if inner.kind == "chain" else []
    return parts if parts and all(arg.kind in ("name", "number") for arg in parts) else [factor]


def _is_constant(root: Tree) -> bool:
    """Whether it is made of numbers: log(2 pi)."""
    return all(t.kind in ("number", "group", "chain", "product") or t.value == "pi" for t in walk(root))


def _is_form(factors: Sequence[Tree]) -> bool:
    """Whether a product begins with a row and ends with a column: w'w, x'A x."""
    if len(factors) < 2 or factors[0].kind != "transpose":
        return False
    ends = bare(factors[0].args[0]), factors[-1]
    return all(end.kind == "name" and str(end.value)[0].islower() for end in ends)


def _is_array(tree: Tree) -> bool:
    """Whether what a sum over an index adds are vectors or matrices by how they are written: x_i, a_i x_i x_i'."""
    if tree.kind in ("chain", "product"):
        arrays = [arg for arg in tree.args if _is_array(arg)]
        return bool(arrays) and (arrays[0].kind != "transpose" or tree.args[-1].kind == "transpose")
    if tree.kind == "call" and tree.value[0] in _REDUCTIONS:
        return False
    if tree.kind in ("group", "negative", "sum", "power", "over", "call"):
        return any(map(_is_array, tree.args))
    return tree.kind in ("line", "transpose", "inverse_transpose") or _is_capital(tree)


def _is_capital(tree: Tree) -> bool:
    return tree.kind == "name" and str(tree.value)[0].isupper()


def summands(root: Tree) -> Iterator[Tree]:
    """The terms of a sum, those of sums in brackets as well, from left to right."""
    stack = [root]
    while stack:
        tree = stack.pop()
        if tree.kind in ("group", "negative", "sum"):
            stack.extend(reversed(tree.args))
        else:
            yield tree


def single(factor: Tree) -> str | None:
    """The name that a factor is, perhaps in a sum with numbers: y, (1 - y)."""
    names = [term for term in summands(factor) if term.kind != "number"]
    return str(names[0].value) if len(names) == 1 and names[0].kind == "name" else None


def crosses(name: str, slope: str) -> bool:
    """Whether a name is one of an intercept beside a slope: a of a + b x, b of m x + b, w0 of w0 + w1 x."""
    return name == "a" or is_bias(name) or (name.endswith("0") and slope == f"{name[:-1]}1")


def named(tree: Tree) -> str | None:
    """The name that a term is, up to a sign and a transpose."""
    while tree.kind in ("group", "negative", "transpose"):
        tree = tree.args[0]
    return str(tree.value) if tree.kind == "name" else None
