"""Left sides with arguments: `J(w) = …` defines J, and `f(z) = …` is put in where f is called.

Such a formula is read as one of the entries if it is made of numbers, functions of the entries and its argument alone:
of f(z) = 1/(1 + e^(-z)) the stroke is ./ then, as z may be an array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.syntax.indexing import unannounced
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Token, Tree, copied, walk
from matcalc.syntax.vocabulary import ENTRIES, FUNCTIONS

MOST = 50_000
"""The most parts that calls of such functions may become."""
_BY_ENTRIES = {"TIMES": "HADAMARD", "OVER": "OVER_ENTRIES"}
_PLAIN = frozenset({"number", "name", "group", "negative", "sum", "chain", "product", "power"})


def left_side(statement: Sequence[Token]) -> int:
    """How many tokens are the J(w, b) before a =, or 0."""
    kinds = [token.kind for token in statement]
    at = 2
    while kinds[at : at + 2] in (["NAME", "COMMA"], ["NAME", "CLOSE"]):
        if kinds[at + 1] == "CLOSE":
            return at + 2 if kinds[:2] == ["NAME", "OPEN"] and kinds[at + 2 : at + 3] == ["EQUALS"] else 0
        at += 2
    return 0


def leave_out(statement: list[Token], length: int, roles: Roles) -> None:
    """Leave out the arguments of J(w, b) = …; they name what to differentiate by."""
    roles.by |= {str(token.value): None for token in statement[2:length] if token.kind == "NAME"}
    statement[0] = Token("NAME", statement[0].value, statement[0].start, statement[length - 1].end)
    del statement[1:length]


def left_sides(source: Source, statements: Sequence[list[Token]], roles: Roles) -> None:
    """Leave out the arguments of what nothing calls, as in J(w) = …; keep those of functions, for `put_in`."""
    lengths = [left_side(statement) for statement in statements]
    if not any(lengths):
        return
    called = {name for found in zip(statements, lengths, strict=True) for name in _called(*found)}
    for statement, length in zip(statements, lengths, strict=True):
        name, arguments = statement[0], [str(t.value) for t in statement[2:length] if t.kind == "NAME"]
        if length == 4 and _is_layered(statement[length:], arguments[0]):
            raise unannounced(source, statement)
        if length and str(name.value) not in called:
            leave_out(statement, length, roles)
        elif length:
            roles.formulas[str(name.value)] = tuple(arguments)
            roles.known.update(arguments)
            statement[:length] = [Token("FORMULA", name.value, name.start, name.end)]


def _called(statement: Sequence[Token], length: int) -> Iterator[str]:
    for i in range(length, len(statement) - 1):
        following = next((t.kind for t in statement[i + 1 : i + 4] if t.kind != "TRANSPOSE"), "")
        if statement[i].kind == "NAME" and following == "OPEN":
            yield str(statement[i].value)


def _is_layered(tokens: Sequence[Token], letter: str) -> bool:
    # z(l) = W(l) a(l-1): the argument is nothing but an index of capitals.
    uses = [i for i, t in enumerate(tokens) if t.value == letter and t.kind == "NAME"]
    inside = [i > 1 and tokens[i - 1].kind == "OPEN" and tokens[i - 2].kind == "NAME" for i in uses]
    return bool(uses) and all(inside) and any(str(tokens[i - 2].value)[0].isupper() for i in uses)


# --------------------------------------------------------------------------------------------------- calls of formulas


class _Formula(NamedTuple):
    arguments: tuple[str, ...]
    tree: Tree


def put_in(source: Source, statements: Sequence[Statement], roles: Roles) -> list[Statement]:
    """The statements without formulas, which stand in the place of their calls. Raises ParseError, UnsupportedError."""
    if not roles.formulas:
        return list(statements)
    formulas: dict[str, _Formula] = {}
    for statement in statements:
        if statement.kind == "formula":
            name = str(statement.names[0].value)
            assert statement.tree is not None
            if name in formulas:
                token = statement.names[0]
                raise source.error(ParseError, f"{name} is defined twice", token.start, token.end)
            formulas[name] = _Formula(roles.formulas[name], statement.tree)
    putting = _Putting(source, formulas)
    return [
        Statement(s.kind, s.tree and putting.put(s.tree), s.names, s.declarations)
        for s in statements
        if s.kind != "formula"
    ]


class _Putting:
    def __init__(self, source: Source, formulas: Mapping[str, _Formula]) -> None:
        self.source = source
        self.formulas = formulas
        self.ready: dict[str, _Formula] = {}
        self.left = MOST
        for name in self._ordered():
            found = formulas[name]
            tree = self.put(found.tree)
            if _is_of_entries(tree, found.arguments):
                tree = _by_entries(tree, found.arguments)
            self.ready[name] = found._replace(tree=tree)

    def put(self, root: Tree) -> Tree:
        """A copy with every call replaced by what its function is."""
        return copied(root, self._called)

    def _called(self, tree: Tree) -> Tree:
        if tree.kind != "call" or tree.value[0] not in self.ready:
            return tree
        name, order = tree.value
        formula = self.ready[name]
        if order:
            message = f"{name}' is not known: {name} is defined by a formula here"
            hint = f"give the derivative another name and a formula, or declare `{name}: elementwise` without one"
            raise self._error(UnsupportedError, message, tree, hint)
        count = len(formula.arguments)
        if len(tree.args) != count:
            takes = f"{count} argument{'s'[: count > 1]}"
            raise self._error(ParseError, f"{name} takes {takes}, but is given {len(tree.args)}", tree)
        values = dict(zip(formula.arguments, tree.args, strict=True))

        def replaced(part: Tree) -> Tree:
            value = values.get(str(part.value)) if part.kind == "name" else None
            return part if value is None else Tree("group", [copied(value)], value.start, value.end)

        found = copied(formula.tree, replaced)
        self.left -= sum(1 for _ in walk(found))
        if self.left < 0:
            message = f"the formula of {name} stands within itself too often"
            raise self._error(UnsupportedError, message, tree, "give what is inside a name")
        return Tree("group", [found], tree.start, tree.end)

    def _error(self, kind: type[MatcalcError], message: str, tree: Tree, hint: str = "") -> MatcalcError:
        return self.source.error(kind, message, tree.start, tree.end, hint=hint)

    def _ordered(self) -> Iterator[str]:
        """The functions, each after those that it calls."""
        uses = {name: self._uses(found.tree) for name, found in self.formulas.items()}
        done: set[str] = set()
        while len(done) < len(uses):
            ready = [name for name in uses if name not in done and uses[name] <= done]
            if not ready:
                name = next(name for name in uses if name not in done)
                tree = self.formulas[name].tree
                raise self._error(
                    ParseError, f"{name} is defined by itself", tree, "a function does not call itself here"
                )
            done.update(ready)
            yield from ready

    def _uses(self, root: Tree) -> set[str]:
        return {tree.value[0] for tree in walk(root) if tree.kind == "call"} & self.formulas.keys()


def _is_of_entries(root: Tree, arguments: Sequence[str]) -> bool:
    """Whether a formula can only be one of the entries of its arguments, small letters all of them."""
    if not all(name[0].islower() for name in arguments):
        return False
    for tree in walk(root):
        if tree.kind == "name":
            if str(tree.value)[0].isupper():
                return False
        elif tree.kind == "call":
            of_two = tree.value[0] in ("max", "min") and len(tree.args) == 2
            if tree.value[0] in FUNCTIONS and tree.value[0] not in ENTRIES and not of_two:
                return False
        elif tree.kind not in _PLAIN:
            return False
    return True


def _by_entries(root: Tree, arguments: Sequence[str]) -> Tree:
    """Such a formula, with the operators of entries between what depends on the arguments."""
    depending: set[Tree] = set()

    def changed(tree: Tree) -> Tree:
        depends = [arg in depending for arg in tree.args]
        if tree.kind in ("chain", "product"):
            for i, op in enumerate(tree.ops):
                if depends[i] and (op == "OVER" or any(depends[:i])):
                    tree.ops[i] = _BY_ENTRIES.get(op, op)
        elif tree.kind == "power" and any(depends):
            base, exponent = tree.args
            if base.kind == "name" and base.value == "e" and not depends[0]:
                tree = Tree("call", [exponent], tree.start, tree.end, ("exp", 0))
            else:
                tree.value = "POWER_ENTRIES"
        if any(depends) or (tree.kind == "name" and tree.value in arguments):
            depending.add(tree)
        return tree

    return copied(root, changed)
