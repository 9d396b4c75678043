r"""σ_1(X), λ_1(S), ρ(S), κ(A) of a matrix: a singular value, an eigenvalue, what is made of them.

In a network σ_1 is the activation of layer 1, and λ_1 and κ are numbers before a bracket. So they are read first; only
where the objective is no number then, these are what else they stand for, and that is noted; of σ_1 it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.prose import Prose, marked
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Tree, copied, walk

_VALUES = {
    **dict.fromkeys(("lambda1", "lambda_1"), ("lambda_max", "the largest eigenvalue")),
    "rho": ("norm_spec", "the spectral radius, of a symmetric matrix the largest singular value"),
    "kappa": ("", "the condition number, the product of the largest singular values of a matrix and of its inverse"),
}


_LARGEST = frozenset({"sigma1", "sigma_1"})


def as_spectral(
    source: Source, statements: Sequence[Statement], roles: Roles, declared: Sequence[Statement]
) -> tuple[list[Statement], Roles] | None:
    """The statements with such calls read so, and the roles of their names; None where there is none.

    Raises AmbiguousError for σ_1, UnsupportedError for ρ of a matrix that nothing says to be symmetric.
    """
    taken = roles.known | roles.declared_functions | roles.formulas.keys()
    names = (_VALUES.keys() | _LARGEST) - taken
    results = {str(name.value) for statement in statements for name in statement.names}
    if any(name[0].isupper() and name[0] not in "JLEFC" for name in results):  # A = σ_1(X W)
        names -= _LARGEST
    notes: dict[Prose, None] = {}
    symmetric = {name for statement in (*statements, *declared) for name in _symmetric(statement)}

    def change(tree: Tree) -> Tree:
        called = tree.kind == "call" and tree.value[1] == 0 and tree.value[0] in names and len(tree.args) == 1
        if called and all(str(part.value)[0].isupper() for part in walk(tree.args[0]) if part.kind == "name"):
            return _value(str(tree.value[0]), tree.args[0], tree)
        if tree.kind in ("chain", "product"):
            for i in reversed(range(len(tree.args) - 1)):
                name, group = tree.args[i : i + 2]
                called = (
                    name.kind == "name" and name.value in names and group.kind == "group" and name.end == group.start
                )
                if called and tree.ops[i + 1] == "TIMES":
                    tree.args[i : i + 2] = [_value(str(name.value), group.args[0], Tree("", [], name.start, group.end))]
                    del tree.ops[i + 1]
        return tree.args[0] if tree.kind in ("chain", "product") and len(tree.args) == 1 else tree

    def _value(name: str, of: Tree, place: Tree) -> Tree:
        written = source.quote(place.start, place.end)
        if name in _LARGEST:
            raise _asked(source, place, of)
        function, said = _VALUES[name]
        shown = source.text[place.start : of.start].partition("(")[0].removesuffix("\\left").strip()
        if name == "rho" and of.value not in symmetric:
            message = f"{written} may be the spectral radius, which is there of symmetric matrices only"
            hint = f"declare `{source.quote(of.start, of.end)}: n x n symmetric`, or `{shown}: elementwise`"
            raise source.error(UnsupportedError, message, place.start, place.end, hint=hint)
        other = "a number" if name in ("lambda1", "lambda_1", "kappa") else "a function of the entries"
        word = "scalar" if other == "a number" else "elementwise"
        notes[
            marked(
                f"`{written}` is read as {said}, as the objective is a number; for {other} declare `{shown}: {word}`"
            )
        ] = None
        if function:
            return Tree("call", [of], place.start, place.end, (function, 0))
        inverse = Tree("call", [copied(of)], of.start, of.end, ("inv", 0))
        sizes = [Tree("call", [arg], place.start, place.end, ("norm_spec", 0)) for arg in (of, inverse)]
        return Tree("group", [_product(sizes, place)], place.start, place.end)

    found = [
        s if s.tree is None else Statement(s.kind, copied(s.tree, change), s.names, s.declarations) for s in statements
    ]
    if not notes:
        return None
    unknown = {name: None for name in roles.unknown_functions if name not in names}
    kept = {note: None for note in roles.notes if not any(_replaced(str(note), str(other)) for other in notes)}
    return found, replace(roles, unknown_functions=unknown, notes={**kept, **notes})


def _asked(source: Source, place: Tree, of: Tree) -> MatcalcError:
    written, inside = source.quote(place.start, place.end), source.quote(of.start, of.end)
    norm = rf"\|{inside}\|_2" if "\\" in source.text else f"norm_spec({inside})"
    return source.asked(
        place.start,
        place.end,
        Alternative("it is the largest singular value", norm),
        Alternative("it is a function of the entries, which are added", f"sum({written})"),
    )


def _replaced(note: str, other: str) -> bool:
    """Whether a note says of a call that it is a product, and another one what else it is."""
    called, product, _ = note.partition("(…) is read as a product")
    return bool(product) and other.startswith(called)


def _product(factors: list[Tree], place: Tree) -> Tree:
    found = Tree("chain", factors, place.start, place.end)
    found.ops += ["", "TIMES"]
    return found


def _symmetric(statement: Statement) -> Iterator[str]:
    """The names that a statement declares symmetric."""
    for names, _, attributes in statement.declarations:
        if {str(token.value) for token in attributes} & {"symmetric", "pd", "psd"}:
            yield from (str(token.value) for token in names)
