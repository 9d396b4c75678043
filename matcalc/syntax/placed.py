"""What undeclared names are by where they stand, before any shape is known.

Capitals may be numbers there, and Greek letters matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from matcalc.syntax.looks import bare, is_greek, multiplying, summands, terms, weights
from matcalc.syntax.tree import Tree, walk
from matcalc.syntax.vocabulary import FUNCTIONS, GREEK_SCALARS

_PLAIN = frozenset({"name", "number", "group", "negative", "sum", "chain", "product", "power"})
_MANY = 12
"""Divisors of more parts are not looked at."""
_Free = Callable[[str], bool]


def scalars(trees: Sequence[Tree], is_free: _Free) -> set[str]:
    """The undeclared capitals that divide, T of exp(-t/T), or do nothing but multiply scalars: w'w + C sum(…)."""
    divisors = [divisor for root in trees for divisor in _divisors(root)]
    dividing = [tree for certain, divisor in divisors if certain for tree in divisor]
    numbers = {str(tree.value) for tree in dividing}
    found = {name for name in numbers if name[0].isupper() and is_free(name)}
    numbers |= {name for root in trees for term in terms(root) for name in weights(term) if is_free(name)}
    found |= {name for name in _counts(trees) if is_free(name)}
    places = {
        id(tree)
        for root in trees
        for term in terms(root, numbers)
        for tree in multiplying(term, numbers if bare(root).kind == "sum" else ())  # G = λ V may well be a matrix
    }
    if places:
        places |= {id(tree) for _, divisor in divisors for tree in divisor}
        names = [tree for root in trees for tree in walk(root) if tree.kind == "name" and str(tree.value)[0].isupper()]
        others = {str(tree.value) for tree in names if id(tree) not in places}
        found |= {str(tree.value) for tree in names if str(tree.value) not in others and is_free(str(tree.value))}
    return found


def _counts(trees: Sequence[Tree]) -> set[str]:
    """The names of numbers of samples that only divide, entry by entry: (y - X w).^2 ./ n."""
    if not any("OVER_ENTRIES" in tree.ops for root in trees for tree in walk(root) if tree.ops):
        return set()
    parts = [tree for root in trees for tree in walk(root)]
    below = {
        id(arg): arg for tree in parts for op, arg in zip(tree.ops, tree.args, strict=False) if op == "OVER_ENTRIES"
    }
    counts = {str(arg.value) for arg in below.values() if arg.kind == "name" and arg.value in ("n", "m", "N", "M")}
    return (
        counts - {str(tree.value) for tree in parts if tree.kind == "name" and id(tree) not in below}
        if counts
        else counts
    )


def _divisors(root: Tree) -> Iterator[tuple[bool, list[Tree]]]:
    """The names in each divisor that is made of names of numbers: capitals, Greek letters, or one other name alone.

    Not certain is that of A / B with two capitals, which may be A inv(B), or entry by entry.
    """
    for tree in walk(root):
        for i, op in enumerate(tree.ops):
            above = bare(tree.args[0])
            if op != "OVER":
                continue
            names = _names(tree.args[i])
            if all(len(names) == 1 or str(n.value)[0].isupper() or is_greek(str(n.value)) for n in names):
                yield not (i == 1 and above.kind == "name" and str(above.value)[0].isupper()), names


def _names(divisor: Tree) -> list[Tree]:
    """The names in a divisor, none where it is made of anything but numbers, products, sums, powers and roots."""
    names: list[Tree] = []
    stack, steps = [divisor], 0
    while stack:
        tree = stack.pop()
        steps += 1
        if steps > _MANY or not (tree.kind in _PLAIN or (tree.kind == "call" and tree.value == ("sqrt", 0))):
            return []
        if tree.kind == "name":
            names.append(tree)
        stack.extend(tree.args)
    return names


def matrices(trees: Sequence[Tree], is_free: _Free) -> dict[str, str]:
    """The undeclared small Greek letters that are matrices, each with a function that takes one: ρ of tr(ρ log ρ).

    Each occurrence stands in such a function, in a term of Greek letters alone; ρ in any product, as the density.
    """
    found: dict[str, str] = {}
    places: set[int] = set()
    for call in (tree for root in trees for tree in walk(root) if tree.kind == "call" and _takes_matrix(tree)):
        for term in summands(call.args[0]):
            names = [part for part in walk(term) if part.kind == "name"]
            greek = [name for name in names if _is_letter(str(name.value)) and is_free(str(name.value))]
            if len(greek) < len(names):
                greek = [name for name in greek if name.value == "rho"] if "OVER" not in term.ops else []
            places |= {id(name) for name in greek}
            found |= {str(name.value): call.value[0] for name in greek if name.value not in found}
    if not found:
        return found
    names = [tree for root in trees for tree in walk(root) if tree.kind == "name"]
    others = {str(tree.value) for tree in names if id(tree) not in places}
    return {name: function for name, function in found.items() if name not in others}


def of_entries(trees: Sequence[Tree], is_free: _Free) -> set[str]:
    """The undeclared Greek letters whose entries have a power: mu.^2, sigma.^2, as of a vector."""
    powers = (tree for root in trees for tree in walk(root) if tree.value == "POWER_ENTRIES")
    names = {str(tree.args[0].value) for tree in powers if tree.args[0].kind == "name"}
    return {name for name in names if is_greek(name) and is_free(name)}


def _takes_matrix(call: Tree) -> bool:
    row = FUNCTIONS.get(call.value[0])
    argument = row.signature.arguments[0] if row is not None and row.signature is not None else None
    return argument is not None and argument.rows == argument.columns and bool(argument.rows.letter)


def _is_letter(name: str) -> bool:
    return is_greek(name) and name[0].islower() and name not in GREEK_SCALARS
