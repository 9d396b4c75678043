"""Statements to names: what is declared, what is defined and in which order, what a name that neither says means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.dims import Dim
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError
from matcalc.expr import SCALAR, Node, Size, Symbol
from matcalc.operators import PI, E, Operator, term
from matcalc.prose import Prose, marked
from matcalc.syntax.choices import Choice
from matcalc.syntax.declarations import size_of, sizes_in
from matcalc.syntax.looks import bare
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.polynomials import is_size, polynomial
from matcalc.syntax.program import joined
from matcalc.syntax.roles import Roles, role
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import GREEK as LETTERS
from matcalc.syntax.tree import Statement, Token, Tree, sized, walk
from matcalc.syntax.vocabulary import FUNCTION_WORDS, FUNCTIONS, SHAPE_WORDS, SQUARE

_NUMBERED = re.compile(r"[a-z]\d+")
_PREFIXES = frozenset("bcd")
"""Letters before the name of something else: bx is the bias of x, dx its differential."""
OBJECTIVE = re.compile(r"(?:J|L|E|loss|cost|objective|obj|energy|error|risk|criterion)(?:_?\d+|_\w+)?", re.IGNORECASE)
"""Names of objectives, with digits or an index."""
_SHORT_SIZE = re.compile(r"\d+|[A-Za-z]\d*")
_ALL_NUMBERED = re.compile(r"(?:[a-z]\d+){2,}")

_RUN = re.compile(r"[A-Z]{2,3}|[a-z]T?[A-Z]{1,2}[a-z]")
"""XY, xAx, xTAx: a name that may be a product written without blanks."""
_GLUED = re.compile("[A-Z](?:[xwuvzyb]|beta|theta)")
CONSTANTS: Mapping[str, Operator] = {"pi": PI, "e": E}


def _arrays_in(tree: Tree) -> list[Tree]:
    # The parts that are arrays: nobody transposes, measures, or multiplies entry by entry, the number e.
    if tree.kind in ("transpose", "norm"):
        return tree.args[:1]
    if tree.value == "POWER_ENTRIES":
        return tree.args[:1]
    if tree.kind == "sum":  # y = X b + e
        return [part for arg in tree.args if (part := bare(arg)).value == "e"]
    beside = zip(tree.ops, (*tree.ops[1:], ""), tree.args, strict=True) if tree.kind in ("product", "chain") else ()
    return [arg for before, after, arg in beside if {before, after} & {"HADAMARD", "OVER_ENTRIES"}]


class Declaration(NamedTuple):
    """What a declaration says of a name: sizes (None where it says none), attributes, and where it stands."""

    shape: tuple[Dim | None, Dim | None]
    attributes: frozenset[str]
    matrix: bool
    source: Source
    token: Token


class Reader:
    """The names of one program, or of one expression in given symbols."""

    def __init__(
        self,
        source: Source,
        roles: Roles,
        choice: Choice,
        symbols: Mapping[str, Symbol] | None = None,
        dimensions: Collection[str] = (),
    ) -> None:
        self.source = source
        self.roles = roles
        self.symbols = dict(symbols or {})
        self.declared: dict[str, Declaration] = {}
        self.definitions: dict[str, Tree] = {}
        self.places: dict[str, Token] = {}
        self.given: list[tuple[Token, Token, Tree]] = []
        self.choice = choice
        self.dimensions = set(dimensions)
        self.functions: tuple[str, ...] = tuple(roles.unknown_functions)
        self.notes: dict[Prose, None] = {}
        self._functions: set[str] = set()
        self._letters: set[str] = set()

    # ------------------------------------------------------------------------------------------------- statements

    def declare(self, source: Source, statement: Statement) -> None:
        """Keep what a declaration says."""
        for names, dims, attributes in statement.declarations:
            words = {str(token.value) for token in attributes}
            self.dimensions.update(sizes_in(dims))
            shape = _declared_shape(source, dims, words)
            kept = frozenset(words - FUNCTION_WORDS - SHAPE_WORDS)
            for token in names:
                name = str(token.value)
                if name in self.declared or name in self._functions:
                    raise source.error(ParseError, f"{name} is declared twice", token.start, token.end)
                if "elementwise" in words:
                    if name in FUNCTIONS:
                        message = f"{name} is a function of the notation already, and not one of the entries"
                        hint = "give the function another name"
                        raise source.error(ParseError, message, token.start, token.end, hint=hint)
                    self._functions.add(name)
                elif "function" in words and "scalar" not in words:
                    message = f"nothing says what function {name} is"
                    hint = f"`{name}: elementwise` is a function of the entries, `{name}: scalar function` an objective"
                    raise source.error(ParseError, message, token.start, token.end, hint=hint)
                else:
                    _check_square(source, token, shape, words)
                    self.declared[name] = Declaration(shape, kept, "matrix" in words, source, token)

    def define(self, token: Token, tree: Tree) -> None:
        """Keep a definition."""
        name = str(token.value)
        if name in self.definitions:
            first = self.places[name]
            line = self.source.text.count("\n", 0, first.start) + 1
            hint = "a name is defined once; give the second one another name"
            message = f"{name} is defined twice, first at line {line}"
            raise self.source.error(ParseError, message, token.start, token.end, hint=hint)
        if role(name) in self.roles.declared_functions:
            message = f"{name} is declared a function of the entries, and defined here"
            raise self.source.error(ParseError, message, token.start, token.end, hint="its formula is not given")
        self.definitions[name] = tree
        self.places[name] = token

    # ------------------------------------------------------------------------------------------------------ names

    def size_of(self, tree: Tree) -> Dim | None:
        """The dimension that a size in an expression is: a number, a name, or a sum or product of such."""
        found = polynomial(tree, self.dimensions)
        return found if found is not None and is_size(found) else None

    def collect(self, bare: Tree | None) -> list[str]:
        """The names that stand for values, in order of appearance, those only declared last.

        Raises ParseError for one that is two things at once: a size, and something with a shape.
        """
        trees = [
            *self.definitions.values(),
            *(tree for _, _, tree in self.given),
            *([bare] if bare is not None else []),
        ]
        parts = [tree for root in trees for tree in walk(root)]
        constants = [tree for tree in parts if tree.kind == "name" and tree.value in CONSTANTS]
        powers = False
        for tree in parts:
            if tree.kind == "name" and str(tree.value).startswith("I_"):
                self._sized_identity(tree)
            if tree.kind == "call":
                for arg in size_arguments(tree):
                    self._size_names(arg)
            elif constants and not self.roles.closed:
                self._letters |= {str(tree.value) for tree in _arrays_in(tree)} & CONSTANTS.keys()
                powers |= tree.value == "POWER" and tree.args[0].value == "e"
        if powers or self._is_value("e"):
            self._letters.discard("e")
        elif "e" in self._letters:
            self.notes[marked("`e` is read as a name, as it is no base of a power; the number is exp(1)")] = None
        for name in self.dimensions:
            if name in self.declared:
                source, token = self.declared[name][-2:]
                raise source.error(ParseError, f"{name} is both a size and a declared name", token.start, token.end)
            if name in self.definitions:
                token = self.places[name]
                raise self.source.error(ParseError, f"{name} is both a size and a defined name", token.start, token.end)
        found = list(dict.fromkeys((*self.names_in(trees), *self.declared)))
        if not self.roles.closed:
            self._refuse_joined(found, trees)
        return found

    def _refuse_joined(self, names: Sequence[str], trees: Sequence[Tree]) -> None:
        # Xw beside w, Ax beside x, x1x2 beside x1: products without a blank.
        known = frozenset((*names, *self.roles.by))
        glued = self._glued(names, trees)
        for name in names:
            if len(name) < 2 or name[1:].isdecimal() or not name.isalnum() or self._is_value(name):
                continue
            if name in self.dimensions or name in LETTERS.values():
                continue
            parts = joined(name, known) or ([name[0], name[1:]] if name in glued else [])
            if name.islower():
                parts = _NUMBERED.findall(name) if _ALL_NUMBERED.fullmatch(name) else []
                parts = parts if known.intersection(parts) else []
                if len(name) == 2 and known.intersection(name) and name[0] not in _PREFIXES:
                    note = f"`{name}` is one name; the product is written `{name[0]} {name[1]}`"
                    self.roles.notes[marked(note)] = None
            if parts:
                start, end = next(self.place(tree, name) for tree in trees if name in self.names_in([tree]))
                message = f"{self.source.quote(start, end)} is one name, and nothing says what it is"
                shown = " ".join(parts[:6]) + " …" * (len(parts) > 6)
                own = f", {name[0]}_{name[1:]} for a name of its own" if len(parts) == 3 and len(name) == 3 else ""
                hint = f"write {shown} for the product{own}; otherwise declare its shape"
                raise self.source.error(ParseError, message, start, end, hint=hint)
            if _RUN.fullmatch(name):
                product = " ".join(name).replace(" T ", "' ")
                self.roles.notes[marked(f"`{name}` is one name; the product is written `{product}`")] = None

    def _glued(self, names: Sequence[str], trees: Sequence[Tree]) -> set[str]:
        """The names that look like a matrix and a vector, Ax, and stand only where such a product does: ‖Ax - b‖."""
        found = {name for name in names if _GLUED.fullmatch(name)}
        for tree in (tree for root in trees for tree in walk(root)) if found else ():
            for i, arg in enumerate(tree.args):
                if arg.kind == "name" and arg.value in found and not _stands_alone(tree, i):
                    found.discard(str(arg.value))
        return found

    def _sized_identity(self, tree: Tree) -> None:
        # I_n is eye(n), I_3 is eye(3), I_d2 is eye(d2).
        size = str(tree.value)[2:]
        known = self._is_value(str(tree.value)) or self._is_value(size)
        if not known and (_SHORT_SIZE.fullmatch(size) or size in self.dimensions):
            tree.kind, tree.value, tree.args = "call", ("eye", 0), [sized(size, tree.start, tree.end)]

    def _size_names(self, tree: Tree) -> None:
        # ones(n), eye(2 n): what can only be the names of sizes.
        if polynomial(tree, None) is not None:
            names = [str(part.value) for part in walk(tree) if part.kind == "name"]
            if not any(name in self.symbols or name in self.declared for name in names):
                self.dimensions.update(names)

    def names_in(self, trees: Sequence[Tree]) -> list[str]:
        """The names that stand for values in some trees, in the order in which they are written."""
        names: dict[tuple[int, str], None] = {}  # a line that stands for several layers has several names in one place
        stack = list(trees)
        while stack:
            tree = stack.pop()
            if tree.kind == "name":
                names[tree.start, str(tree.value)] = None
            stack.extend(tree.args)
            if tree.kind == "call" and (sizes := size_arguments(tree)):
                del stack[-len(sizes) :]
                stack.extend(arg for arg in sizes if polynomial(arg, self.dimensions) is None)
        return list(dict.fromkeys(name for _, name in sorted(names)))

    def place(self, root: Tree, name: str) -> tuple[int, int]:
        """Where a name occurs first."""
        tree = min((t for t in walk(root) if t.kind == "name" and t.value == name), key=lambda t: t.start)
        return tree.start, tree.end

    def _is_value(self, name: str) -> bool:
        return name in self.declared or name in self.definitions or name in self.symbols

    def is_constant(self, name: str) -> bool:
        """Whether a name that nothing in the program explains means the same everywhere."""
        return (
            not self._is_value(name)
            and name not in self._letters
            and (name in self.dimensions or name in CONSTANTS or name == "I")
        )

    def take_for_names(self, letters: Collection[str]) -> None:
        """Constants among the letters are names in this program."""
        self._letters |= letters & CONSTANTS.keys()

    def constant(self, name: str) -> Node | None:
        """The constant of that name; None for I, whose size depends on its place."""
        if name in self.dimensions:
            return Size(name)
        return term(CONSTANTS[name]) if name in CONSTANTS else None

    # ------------------------------------------------------------------------------------------------- definitions

    def objective(self, names: Sequence[str], bare: Tree | None) -> str:
        """The name of the objective: the bare expression's, that of the known gradients, or the last definition's.

        A last definition that others use cannot be meant; then it is the last one of those that no other uses.
        """
        used = {name for tree in self.definitions.values() for name in self._uses(tree)}
        used.update(self._uses(bare) if bare is not None else ())
        unused = [name for name in self.definitions if name not in used]
        if (asked := self.roles.of) in self.definitions and asked not in used and not self.given:
            if bare is not None:
                shown = self.source.quote(bare.start, bare.end)
                self.notes[marked(f"`{shown}` is left out: the derivative of `{asked}` is asked for")] = None
            self._note_unused([name for name in unused if name != asked])
            return asked
        if bare is not None:
            self._refuse_misspelt(names, unused)
            self._note_unused(unused)
            taken = {*names, *self.definitions, *self.dimensions, *self.functions}
            name = next(n for n in ("J", *(f"J{i}" for i in range(1, len(taken) + 2))) if n not in taken)
            self.define(Token("NAME", name, bare.start, bare.end), bare)
            return name
        if self.given:
            return str(self.given[0][0].value)
        if not self.definitions:
            raise mistake(self.source, "no objective", 0, len(self.source.text))
        last = next(reversed(self.definitions))
        self._refuse_misspelt(names, unused if len(unused) > 1 else ())
        objective = unused[-1] if unused else last
        if objective != last and last in used:
            note = f"the objective is `{objective}`: `{last}`, the last definition, is used by others"
            self.notes[marked(note)] = None
        for name in unused[:-1]:
            note = (
                f"the objective is `{objective}`, the last that no other uses; for `{name}` write it alone at the end"
            )
            self.notes[marked(note)] = None
        return objective

    def _note_unused(self, unused: Sequence[str]) -> None:
        for name in unused:
            self.notes[marked(f"`{name}` is defined, and nothing uses it")] = None

    def _refuse_misspelt(self, names: Sequence[str], unused: Sequence[str]) -> None:
        """Refuse y_hat where it is not known, and yhat is defined and nothing uses it."""
        free = [name for name in names if not self._is_value(name) and name not in self.dimensions]
        for defined in unused:
            for name in free:
                if _alike(defined, name):
                    message = f"{name} is not defined, and {defined} is, which nothing uses"
                    hint = f"write {defined} in both places; if {name} is another name, declare its shape"
                    place = self.places[defined]
                    raise self.source.error(UnknownNameError, message, place.start, place.end, hint=hint)

    def ordered(self) -> list[str]:
        """The defined names, each after those that it uses. Raises ParseError for a cycle, and shows it."""
        uses = {name: self._uses(tree) for name, tree in self.definitions.items()}
        done: dict[str, None] = {}
        for first in uses:
            path: dict[str, None] = {}
            stack = [(first, iter(uses[first]))] if first not in done else []
            if stack:
                path[first] = None
            while stack:
                name, rest = stack[-1]
                step = next(rest, None)
                if step is None:
                    stack.pop()
                    del path[name]
                    done[name] = None
                elif step in path:
                    raise self._cycle([*list(path)[list(path).index(step) :], step])
                elif step not in done:
                    path[step] = None
                    stack.append((step, iter(uses[step])))
        return list(done)

    def _uses(self, tree: Tree) -> list[str]:
        return [str(t.value) for t in walk(tree) if t.kind == "name" and t.value in self.definitions]

    def _cycle(self, names: list[str]) -> MatcalcError:
        token = self.places[names[0]]
        if len(names) == 2:
            message = f"{names[0]} is defined by itself"
        else:
            shown = names if len(names) < 10 else [*names[:5], "…", *names[-3:]]
            message = "these definitions go round in a circle: " + " -> ".join(shown)
        hint = "a definition uses what is already known"
        return self.source.error(ParseError, message, token.start, token.end, hint=hint)


def _stands_alone(tree: Tree, i: int) -> bool:
    """Whether part i of a tree is a term, or has nothing but numbers and a small row before it."""
    if tree.kind in ("chain", "product"):
        before = [arg.args[0] if arg.kind == "transpose" else arg for arg in tree.args[:i]]
        small = all(arg.kind in ("number", "name") and not str(arg.value)[0].isupper() for arg in before)
        return i == len(tree.args) - 1 and small and tree.ops[i] in ("", "TIMES")
    return tree.kind in ("sum", "group", "negative", "norm") or (
        tree.kind == "call" and tree.value[0] in ("sum", "mean")
    )


def _alike(defined: str, name: str) -> bool:
    """Whether a name may be another spelling of one that is defined: y_hat of yhat, preds of pred, lambda of lam."""
    if "[" in defined + name:
        return False
    one, other = (re.sub(r"\W|_", "", spelled) for spelled in (defined, name))
    if one.removesuffix("s") == other.removesuffix("s"):
        return one.removesuffix("s") != ""
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and long.startswith(short) and long[len(short) :].isalpha()


def size_arguments(call: Tree) -> list[Tree]:
    """The arguments of a call that are sizes."""
    row = FUNCTIONS.get(call.value[0])
    return call.args[row.sizes :] if row is not None else []


def _declared_shape(source: Source, dims: list[Token], words: set[str]) -> tuple[Dim | None, Dim | None]:
    sizes: list[Dim] = []
    for token in dims:
        value = token.value
        if isinstance(value, Fraction) or (isinstance(value, int) and value < 1):
            message = f"a size is a positive whole number or a name, not {source.quote(token.start, token.end)}"
            raise source.error(ParseError, message, token.start, token.end)
        size = size_of(token)
        assert size is not None
        sizes.append(size)
    if "scalar" in words:
        return SCALAR
    if not sizes:
        return (None, 1) if "vector" in words else (None, None)
    return sizes[0], sizes[1] if len(sizes) > 1 else 1


def _check_square(source: Source, token: Token, shape: tuple[Dim | None, Dim | None], words: set[str]) -> None:
    square = sorted(words & SQUARE)
    if square and shape[0] != shape[1]:
        said = f"{square[0]} and {shape[0]}×{shape[1]}"
        message = f"{token.value} is declared {said}, and only a square matrix can be {square[0]}"
        raise source.error(ShapeError, message, token.start, token.end)
