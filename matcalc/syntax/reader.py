"""Statements to a program: who is declared, in which order definitions are read, what shapes they have, what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import SCALAR, Dim, Node, Shape, Size, Symbol
from matcalc.operators import PI, E, Operator, term
from matcalc.syntax import clash
from matcalc.syntax.build import Builder, filled
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.infer import Inference
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.parser import Statement, Tree, walk
from matcalc.syntax.program import Program
from matcalc.syntax.regroup import regroup
from matcalc.syntax.relations import Same
from matcalc.syntax.roles import GREEK_NAMES, Roles
from matcalc.syntax.solve import ARRAY, Solver, Var
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import Token
from matcalc.syntax.vocabulary import FUNCTION_WORDS, GREEK_SCALARS, SQUARE

CONSTANTS: Mapping[str, Operator] = {"pi": PI, "e": E}


class Declaration(NamedTuple):
    """What a declaration says of a name: sizes (None where it says none), attributes, and where it stands."""

    shape: tuple[Dim | None, Dim | None]
    attributes: frozenset[str]
    source: Source
    token: Token


class Reader:
    """Reads the statements of one program, or one expression in given symbols."""

    def __init__(self, source: Source, roles: Roles, symbols: Mapping[str, Symbol] | None = None) -> None:
        self.source = source
        self.roles = roles
        self.symbols = dict(symbols or {})
        self.declared: dict[str, Declaration] = {}
        self.definitions: dict[str, Tree] = {}
        self.places: dict[str, Token] = {}
        self.given: list[tuple[Token, Token, Tree]] = []
        self.dimensions: set[str] = set(roles.dimensions)
        self.notes: dict[str, None] = {}

    # ------------------------------------------------------------------------------------------------- statements

    def declare(self, source: Source, statement: Statement) -> None:
        """Keep what a declaration says."""
        for names, dims, attributes in statement.declarations:
            words = {str(a.value) for a in attributes}
            shape = self._declared_shape(source, dims, words)
            for token in names:
                name = str(token.value)
                if name in self.declared or (words & {"elementwise"} and name in self.places):
                    raise source.error(ParseError, f"{name} is declared twice", token.start, token.end)
                if words & FUNCTION_WORDS and "scalar" not in words:
                    self.places.setdefault(name, token)
                    if "elementwise" not in words:
                        hint = f"write `{name}: elementwise` for a function of the entries, `{name}: scalar function` for an objective"
                        raise source.error(ParseError, f"it is not said what function {name} is", token.start, token.end, hint=hint)
                    continue
                self._check_attributes(source, token, shape, words)
                kept = frozenset(words - FUNCTION_WORDS - {"scalar", "vector", "matrix"})
                self.declared[name] = Declaration(shape, kept, source, token)

    def _declared_shape(self, source: Source, dims: list[Token], words: set[str]) -> tuple[Dim | None, Dim | None]:
        sizes: list[Dim] = []
        for token in dims:
            if token.kind != "DIMENSION":
                continue
            value = token.value
            if isinstance(value, Fraction) or (isinstance(value, int) and value < 1):
                message = f"a size is a positive whole number or a name, not {source.quote(token.start, token.end)}"
                raise source.error(ParseError, message, token.start, token.end)
            assert isinstance(value, (int, str))
            sizes.append(value)
        if "scalar" in words:
            return SCALAR
        if not sizes:
            return (None, 1) if "vector" in words else (None, None)
        return sizes[0], sizes[1] if len(sizes) > 1 else 1

    def _check_attributes(self, source: Source, token: Token, shape: tuple[Dim | None, Dim | None], words: set[str]) -> None:
        square = sorted(words & SQUARE)
        if square and shape[0] != shape[1]:
            message = f"{token.value} is declared {square[0]} and {shape[0]}×{shape[1]}, and only a square matrix can be"
            raise source.error(ShapeError, message, token.start, token.end)

    def define(self, token: Token, tree: Tree) -> None:
        """Keep a definition."""
        name = str(token.value)
        if name in self.definitions:
            first = self.places[name]
            line = self.source.text.count("\n", 0, first.start) + 1
            hint = "a name is defined once; give the second one another name"
            message = f"{name} is defined twice, first at line {line}"
            raise self.source.error(ParseError, message, token.start, token.end, hint=hint)
        self.definitions[name] = tree
        self.places[name] = token

    # ------------------------------------------------------------------------------------------------------ names

    def size_of(self, tree: Tree) -> Dim | None:
        """The dimension that a size in an expression is."""
        while tree.kind == "group":
            tree = tree.args[0]
        if tree.kind == "number" and tree.value.denominator == 1 and tree.value > 0:
            return int(tree.value)
        return str(tree.value) if tree.kind == "name" and tree.value in self.dimensions else None

    def collect(self, trees: Sequence[Tree]) -> list[str]:
        """The names that stand for values in the trees, in order; sizes are counted among the dimensions."""
        sizes: set[int] = set()
        for root in trees:
            for tree in walk(root):
                if tree.kind == "call" and tree.value[0] in ("ones", "zeros", "eye"):
                    for arg in tree.args:
                        if arg.kind == "name" and not self._is_value(arg.value):
                            self.dimensions.add(arg.value)
                            sizes.add(id(arg))
        found: list[Tree] = []
        for root in trees:
            found += (t for t in walk(root) if t.kind == "name" and id(t) not in sizes)
        found.sort(key=lambda tree: tree.start)
        return list(dict.fromkeys(str(t.value) for t in found))

    def _is_value(self, name: str) -> bool:
        return name in self.declared or name in self.definitions or name in self.symbols

    def is_constant(self, name: str) -> bool:
        """Whether a name that nothing in the program explains means the same everywhere."""
        return not self._is_value(name) and (name in self.dimensions or name in CONSTANTS or name == "I")

    def constant(self, name: str) -> Node | None:
        """The constant of that name; None for I, whose size depends on its place."""
        if name in self.dimensions:
            return Size(name)
        return term(CONSTANTS[name]) if name in CONSTANTS else None

    # ------------------------------------------------------------------------------------------------- definitions

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
            message = "these definitions go round in a circle: " + " -> ".join(names)
        return self.source.error(ParseError, message, token.start, token.end, hint="a definition uses what is already known")

    # ------------------------------------------------------------------------------------------------------ shapes

    def infer(self, names: Sequence[str], order: Sequence[str], extra: Sequence[Tree]) -> tuple[Solver, dict[str, Var]]:
        """Solve for every shape. Products that do not conform as the ladder has them are regrouped where that helps."""
        trees = [*(self.definitions[n] for n in order), *extra]
        solver, known = self._infer(names, order, extra)
        if regroup(solver, trees):
            solver, known = self._infer(names, order, extra)
            if regroup(solver, trees, again=True):
                solver, known = self._infer(names, order, extra)
        return solver, known

    def _infer(self, names: Sequence[str], order: Sequence[str], extra: Sequence[Tree]) -> tuple[Solver, dict[str, Var]]:
        solver = Solver()
        known: dict[str, Var] = {}
        free: list[Var] = []
        for name in names:
            if name not in self.definitions and not self.is_constant(name):
                known[name] = self._leaf(solver, name)
                free.append(known[name])
        inference = Inference(solver, known, self.size_of)
        for name in order:
            var = inference.visit(self.definitions[name])
            if name in self.declared:
                solver.add(Same(self._leaf(solver, name), var))
            known[name] = var
        for tree in extra:
            inference.visit(tree)
        for _, by, tree in self.given:
            if str(by.value) in known:
                solver.add(Same(known[str(by.value)], tree.var))
        solver.settle()
        for greek in (True, False):
            for var in free:
                if solver.state(var) is None and (solver.is_greek(var) or not greek):
                    solver.make_scalar(var)
                    solver.settle()
        return solver, known

    def _leaf(self, solver: Solver, name: str) -> Var:
        if name in self.symbols:
            rows, columns = self.symbols[name].shape
            return solver.var(solver.value(rows), solver.value(columns))
        declaration = self.declared.get(name)
        if declaration is not None and declaration.shape != (None, None):
            rows_, columns_ = declaration.shape
            rows = solver.dim(plural=True) if rows_ is None else solver.value(rows_)
            return solver.var(rows, solver.one if columns_ is None else solver.value(columns_))
        square = declaration is not None and declaration.attributes & SQUARE
        if square:
            dim = solver.dim()
            return solver.var(dim, dim, ARRAY)
        if name[0].isupper():
            return solver.var(solver.dim(), solver.dim(), ARRAY)
        return solver.leaf(greek=name in GREEK_SCALARS or name.rstrip("0123456789").partition("_")[0] in GREEK_NAMES)

    # ------------------------------------------------------------------------------------------------------- build

    def builder(self, solver: Solver, names: dict[str, Node]) -> Builder:
        """What turns trees into expressions."""

        def shape_of(tree: Tree) -> tuple[Dim | None, Dim | None]:
            for dim in (tree.var.rows, tree.var.columns):
                if solver.known(dim) is None and solver.leans(dim):
                    solver.equal(dim, solver.one)
            return solver.known(tree.var.rows), solver.known(tree.var.columns)

        return Builder(self.source, names, shape_of, self.size_of)

    def name_dimensions(self, solver: Solver, shapes: Sequence[Var], taken: Sequence[str]) -> None:
        """Give every dimension that is still free a conventional letter."""
        letters = fresh({*taken, *self.dimensions})
        for var in shapes:
            for dim in (var.rows, var.columns):
                if solver.known(dim) is None:
                    if solver.leans(dim):
                        solver.equal(dim, solver.one)
                    else:
                        solver.equal(dim, solver.value(next(letters)))

    def shape(self, solver: Solver, var: Var) -> Shape:
        """A shape that is settled."""
        rows, columns = solver.known(var.rows), solver.known(var.columns)
        assert rows is not None and columns is not None
        return rows, columns


_ = (UnknownNameError, UnsupportedError, mistake, clash, filled, Program)
