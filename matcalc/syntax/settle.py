"""From names and trees to a program: solves for shapes, names dimensions, builds expressions, in that order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from matcalc.dims import Dim, DimSum
from matcalc.errors import Alternative, ParseError, ShapeError, UnknownNameError
from matcalc.expr import SCALAR, Node, Shape, Symbol
from matcalc.families import indexed, stem_of
from matcalc.prose import Prose, marked
from matcalc.sigmas import TypedDefinition
from matcalc.syntax import clash
from matcalc.syntax.build import Builder
from matcalc.syntax.diagonals import ask_diagonal
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.guesses import Guesses
from matcalc.syntax.infer import Inference
from matcalc.syntax.looks import bare, is_greek
from matcalc.syntax.matrices import matrix_form
from matcalc.syntax.ones import LiteralOnes
from matcalc.syntax.program import Program
from matcalc.syntax.reader import Declaration, Reader
from matcalc.syntax.regroup import Regrouping
from matcalc.syntax.relations import Same
from matcalc.syntax.remarks import Remarks
from matcalc.syntax.roles import role
from matcalc.syntax.sizes import Added, Combined, align
from matcalc.syntax.solve import ARRAY, SUPPOSED, Solver, Var
from matcalc.syntax.solve import SCALAR as IS_SCALAR
from matcalc.syntax.tree import Token, Tree, walk
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, SQUARE

_NUMBERED = re.compile(r"([A-Za-z][a-z]*)_?([1-9])(?:_?([1-9]))?")
_SAID = {
    "symmetric": ("symmetric", "symmetric matrices"),
    "pd": ("symmetric positive definite", "symmetric positive definite matrices"),
    "positive": ("positive", "a positive number"),
}


class Settled:
    """The shapes of a program: `solver` knows the dimensions, `known` has the shape of every name that has one.

    `names` are those that occur, `order` those with a definition, each after those that it uses; `others` are trees
    that define nothing. `shape` is what the last of them must have.
    """

    def __init__(
        self,
        reader: Reader,
        names: Sequence[str],
        order: Sequence[str],
        others: Sequence[Tree],
        shape: Shape | None = None,
    ) -> None:
        self.reader = reader
        self.wanted = shape
        self.names = names
        self.order = order
        self.others = others
        self.trees = [*(reader.definitions[name] for name in order), *others]
        self.said = {*reader.symbols, *reader.definitions}
        self.said |= {n for n, declaration in reader.declared.items() if None not in declaration.shape}
        self.literals = LiteralOnes(reader, self.trees)
        self.guesses = Guesses(reader, self.trees)
        self.infer()
        regrouping = Regrouping(reader.source, self.trees)
        while regrouping.step(self.solver):
            self.guesses.again()
            self.infer()
        self.guesses.ask(self.solver)
        for tree in (tree for root in self.trees for tree in walk(root) if tree.kind == "chain"):
            ask_diagonal(reader.source, tree)

    def infer(self) -> None:
        """Solve for every shape."""
        reader = self.reader
        self.solver = solver = Solver()
        self._wholes: dict[int, Combined] | None = None
        self.stacked: list[tuple[Tree, Tree]] = []
        self.known: dict[str, Var] = {}
        for name in self.names:
            if name not in reader.definitions and not reader.is_constant(name):
                self.known[name] = self._leaf(name)
        free = list(self.known.values())
        self.inference = inference = Inference(solver, self.known, reader.size_of, self.guesses)
        for name in self.order:
            self.known[name] = inference.visit(reader.definitions[name])
            if name in reader.declared:
                solver.add(Same(self._leaf(name), self.known[name]))
        for tree in self.others:
            inference.visit(tree)
        for _, by, tree in reader.given:
            if str(by.value) in self.known:
                solver.add(Same(self.known[str(by.value)], tree.var))
        solver.settle()
        self._suppose_given()
        if self.wanted is not None and solver.state(self.others[-1].var) != IS_SCALAR:
            for dim, size in zip(self.others[-1].var, self.wanted, strict=False):
                solver.equal(dim, solver.value(size))
            solver.settle()
        self._align()
        self._stack(free)
        self._neighbours()
        for greek in (True, False):
            for var in free:
                if solver.state(var) is None and (not greek or solver.is_greek(var)):
                    solver.make_scalar(var)
                    solver.settle()
        for one in inference.literals:
            if not one.done:
                one.done = one.number(solver)
                solver.settle()
        self._align()

    def _align(self) -> None:
        # What sums say of their parts is surer than what products do: 4 n = 4 · n, and = 2 · 2 n.
        sums = [relation for relation in self.inference.combined if isinstance(relation, Added)]
        while align(self.solver, sums) or align(self.solver, self.inference.combined):
            self.solver.settle()

    def _suppose_given(self) -> None:
        """The names that a known gradient is a sum of have its shape: yhat and y of dL/dz = yhat - y."""
        for tree in (tree for _, by, tree in self.reader.given if str(by.value) in self.known):
            parts = bare(tree).args if bare(tree).kind in ("chain", "product") else [tree]
            for part in (part for part in map(bare, parts) if part.kind == "sum"):
                if self.solver.state(tree.var) == ARRAY:
                    for arg in (arg for arg in part.args if arg.kind == "name" and self.solver.state(arg.var) is None):
                        self.solver.tell(arg.var, SUPPOSED)
                        self.solver.settle()

    def _stack(self, free: Sequence[Var]) -> None:
        """What stands in a stack and may still be a scalar is a column, as in [x; 1], unless a name would be a row."""
        solver = self.solver
        rows = {solver.root(var.columns) for var in free if solver.state(var) is None} if self.inference.stacks else ()
        for tree in self.inference.stacks:
            for arg in tree.args:
                if solver.state(arg.var) is None and not solver.is_greek(arg.var):
                    if solver.root(arg.var.rows) in rows:
                        continue
                    certain = solver.leans_away(arg.var.rows)
                    solver.tell(arg.var, SUPPOSED)
                    solver.settle()
                    if not certain and solver.state(arg.var) == ARRAY:
                        self.stacked.append((tree, arg))
        self._align()

    def _neighbours(self) -> None:
        """A name of one layer of which nothing is said is a column where that of another layer is one."""
        solver = self.solver
        layers: dict[str, list[Var]] = {}
        for name, var in self.known.items():
            if name not in self.reader.definitions and (found := indexed(name)) is not None:
                layers.setdefault(found.stem, []).append(var)
        for alike in layers.values():
            if any(solver.state(var) == ARRAY for var in alike):
                for var in alike:
                    solver.tell(var, SUPPOSED)
                    solver.settle()

    def _leaf(self, name: str) -> Var:
        """The shape of a name before it is used: as declared, or by the conventions of the contract."""
        solver, reader = self.solver, self.reader
        if name in reader.symbols:
            rows, columns = reader.symbols[name].shape
            return solver.var(solver.value(rows), solver.value(columns))
        if reader.given and name == str(reader.given[0][0].value):
            return solver.scalar  # what has a gradient is a scalar
        declaration = reader.declared.get(name)
        shape = (None, None) if declaration is None else declaration.shape
        if shape != (None, None):
            dims = [solver.dim(plural=True) if dim is None else solver.value(dim) for dim in shape]
            return solver.var(dims[0], dims[1])
        if declaration is not None and declaration.attributes & SQUARE:
            dim = solver.dim()
            return solver.var(dim, dim, ARRAY)
        if name in self.guesses.scalars:
            return solver.var(solver.one, solver.one, IS_SCALAR)
        if name in self.guesses.matrices:
            dim = solver.dim(lean=False)
            return solver.var(dim, dim, ARRAY)
        if name[0].isupper() or (declaration is not None and declaration.matrix):
            return solver.var(solver.dim(lean=False), solver.dim(lean=False), ARRAY)
        return solver.leaf(greek=is_greek(name) and name not in self.guesses.of_entries)

    def name_dimensions(self) -> None:
        """Give every dimension that is still free a conventional letter, in the order in which things are computed."""
        reader = self.reader
        taken = {
            *self.names,
            *reader.declared,
            *reader.definitions,
            *reader.dimensions,
            *reader.functions,
            *reader.roles.letters,
        }
        letters = fresh(name.partition("[")[0] for name in taken)  # h[t] is a state, and h no size beside it
        used = [name for tree in self.trees for name in reader.names_in([tree])]
        for name in dict.fromkeys((*used, *self.names)):
            for dim in self.known[name][:2] if name in self.known and name not in reader.definitions else ():
                self._name(dim, letters)

    def _name(self, dim: int, letters: Iterator[str]) -> None:
        """Give one a letter; where it is the sum or product of others, give them letters first."""
        solver, stack, entered = self.solver, [dim], set()
        while stack:
            dim = stack[-1]
            root = solver.root(dim)
            if solver.known(dim) is None and root not in entered:
                entered.add(root)
                stack.extend(part for part in reversed(self._parts(root)) if solver.known(part) is None)
                continue
            stack.pop()
            if solver.known(dim) is None:
                solver.equal(dim, solver.one if solver.leans(dim) else solver.value(next(letters)))
                solver.settle_sizes()

    def _parts(self, root: int) -> Sequence[int]:
        if self._wholes is None:
            self._wholes = {}
            for relation in self.inference.combined:
                if not relation.done:
                    self._wholes.setdefault(self.solver.root(relation.whole), relation)
        return self._wholes[root].parts if root in self._wholes else ()

    def refuse_narrow(self) -> None:
        """Refuse capitals that nothing declares, and that diag(X X') X or x ⊗ y : A would make rows or columns.

        A capital with an index, C_j of Σ_j C_j x_j, is a number for each, noted.
        """
        reader = self.reader
        if self.inference.stacks or any(1 in found.shape for found in reader.declared.values()):
            return  # blocks beside others, and rows that are declared, make rows
        told = {last for last, _, _, narrow in self.guesses.narrows if narrow.narrowed}
        for name in self.names:
            free = name[0].isupper() and self.guesses.is_free(name) and name in self.known and name not in told
            if not free or 1 not in (shape := self.shape_of(name)) or shape == SCALAR:
                continue
            places = [t for tree in self.trees for t in walk(tree) if t.kind == "name" and t.value == name]
            entries = [t for tree in self.trees for t in walk(tree) if t.kind == "entry" and t.args[0] in places]
            if entries:
                shown = reader.source.quote(entries[0].start, entries[0].end)
                note = f"`{shown}` is read as a number, and `{name}` as a vector of them"
                reader.notes[marked(f"{note}; several matrices have no form")] = None
                continue
            inner = [arg for tree in self.trees for t in walk(tree) if t.kind == "inner" for arg in t.args]
            diag = [t for tree in self.trees for t in walk(tree) if t.kind == "call" and t.value[0] == "diag"]
            if not diag if shape[0] == 1 else all(bare(arg) not in places for arg in inner):
                continue  # tr(x y X) of a row, vec(A) of a column
            kind, size = ("row", f"1 x {shape[1]}") if shape[0] == 1 else ("column", f"{shape[0]}")
            size = f"({size})" if isinstance(shape[0], DimSum) else size
            message = f"{name} would be a {kind} here, and a name with a capital is a matrix"
            hint = f"declare `{name}: {size}` if it is one"
            if diag:
                inside = reader.source.quote(diag[0].args[0].start, diag[0].args[0].end)
                word = r"\operatorname{diag}" if "\\" in reader.source.text else "diag"
                hint = "diag of a matrix is the vector of its diagonal; "
                hint += f"the diagonal matrix is {word}({word}({inside}))"
            raise reader.source.error(ShapeError, message, places[0].start, places[0].end, hint=hint)

    def ask_numbered(self) -> None:
        """Ask whether x_1 beside a vector x, a number as it is used, and W_{12} beside a matrix W are entries."""
        source = self.reader.source
        places = [tree for root in self.trees for tree in walk(root) if self._may_be_entry(tree)]
        if not places:
            return
        places.sort(key=lambda tree: tree.start)
        start, end = places[0].start, places[-1].end
        entries, names, at = "", "", start
        for tree in places:
            stem, *index = filter(None, _NUMBERED.fullmatch(str(tree.value)).groups())  # type: ignore[union-attr]
            name = str(tree.value).replace("_", "")
            between, at = source.text[at : tree.start], tree.end
            entries += f"{between}{stem}[{','.join(index)}]"
            names += between + (rf"\mathrm{{{name}}}" if "\\" in source.text else name)
        own = Alternative("it is a name of its own", names)
        if str(places[0].value)[0].isupper():
            own = Alternative("it is a number of its own, declared", f"{places[0].value}: scalar")
        raise source.asked(start, end, Alternative(f"it is an entry of {stem}", entries), own)

    def _may_be_entry(self, tree: Tree) -> bool:
        named = _NUMBERED.fullmatch(str(tree.value)) if tree.kind == "name" else None
        if named is None or "_" not in self.reader.source.text[tree.start : tree.end]:
            return False
        stem, two = named[1], named[3] is not None
        known = stem in self.known and named[0] in self.known and self.guesses.is_free(named[0])
        if not known or stem[0].isupper() != two:
            return False
        shape = self.shape_of(stem)
        return 1 not in shape if two else shape[0] != 1 == shape[1] and self.shape_of(named[0]) == SCALAR

    def assumed(self, name: str) -> list[str]:
        """The attributes that a name without a declaration gets as the argument of some functions."""
        return [attribute for of, attribute in self.inference.assumed if of == name]

    def notes(self) -> Iterator[Prose]:
        """Assumptions that were made: biases, scalars, columns in a stack, symmetric matrices."""
        reader = self.reader
        yield from self.guesses.notes(self.solver)
        for tree, arg in self.stacked:
            shown = reader.source.quote(arg.start, arg.end)
            whole = reader.source.quote(tree.start, tree.end)
            note = f"`{shown}` is taken to be a vector in `{whole}`"
            yield marked(note + (f"; for a number declare `{shown}: scalar`" if arg.kind == "name" else ""))
        for (name, attribute), function in self.inference.assumed.items():
            if name in self.known and name not in (*reader.declared, *reader.definitions, *reader.symbols):
                is_, takes = _SAID[attribute]
                yield marked(f"`{name}` is taken to be {is_}: `{function}` takes {takes}")

    def shape_of(self, name: str) -> Shape:
        """The shape of a name."""
        return self.shape(self.known[name])

    def shape(self, var: Var) -> Shape:
        """The solved shape."""
        rows, columns = self.solver.known(var.rows), self.solver.known(var.columns)
        assert rows is not None and columns is not None
        return rows, columns

    def _size_of_constant(self, tree: Tree) -> tuple[Dim | None, Dim | None]:
        for dim in (tree.var.rows, tree.var.columns):
            if self.solver.known(dim) is None and self.solver.leans(dim):
                self.solver.equal(dim, self.solver.one)
        return self.solver.known(tree.var.rows), self.solver.known(tree.var.columns)

    def builder(self, values: dict[str, Node]) -> Builder:
        """The builder of expressions, with names replaced by `values` and constants."""
        self.literals.settle(self.solver)
        for name in self.names:
            if name not in self.known and (node := self.reader.constant(name)) is not None:
                values[name] = node
        roles = self.reader.roles
        builder = Builder(
            self.reader.source,
            self._size_of_constant,
            self.reader.size_of,
            said=self.said,
            sizes=self.reader.dimensions,
            unknown={f for f in self.reader.functions if role(f) not in roles.declared_functions} - FUNCTION_LETTERS,
            declared_functions=roles.declared_functions,
            biases={tree: found.by_row for tree, found in self.guesses.biases.items()},
        )
        builder.names = values
        builder.runs = self.inference.size_of_letter
        return builder


def settle(reader: Reader, names: Sequence[str], objective: str) -> Program:
    """The program of which `names` are all names and `objective` the one whose derivatives are asked for."""
    order = reader.ordered()
    settled = Settled(reader, names, order, [tree for _, _, tree in reader.given])
    settled.name_dimensions()
    symbols: dict[str, Symbol] = {}
    inputs = [n for n in names if n in settled.known and n not in reader.definitions]
    for name in inputs:
        declaration = reader.declared.get(name)
        attributes = declaration.attributes if declaration is not None else settled.assumed(name)
        symbols[name] = Symbol(name, settled.shape(settled.known[name]), attributes)
    settled.refuse_narrow()
    settled.ask_numbered()
    trees = settled.trees if reader.declared else ()
    occurring = {
        *(str(by.value) for _, by, _ in reader.given),
        *settled.order,
        *(str(t.value) for tree in trees for t in walk(tree) if t.kind == "name"),
    }
    idle = [n for n in reader.declared if n not in occurring and n != objective and stem_of(n) == n]
    unused = [marked(f"`{name}` is declared, and occurs nowhere") for name in idle]
    remarks = tuple(Remarks(settled.guesses, dict(symbols), settled.shape_of).notes())
    taken = tuple(settled.notes())
    values: dict[str, Node] = dict(symbols)
    builder = settled.builder(values)
    typed: dict[Symbol, TypedDefinition] = {}
    for name in order:
        values[name] = symbols[name] = _defined(reader, builder, name, typed)
    given: dict[Symbol, Node] = {}
    for of, by, tree in reader.given:
        symbol, gradient = _known_gradient(reader, builder, symbols, objective, of, by, tree)
        if symbol in given:
            message = f"the gradient with respect to {symbol.name} is given twice"
            hint = "a given gradient is the whole one; where it is a sum, give the sum"
            raise reader.source.error(ParseError, message, by.start, by.end, hint=hint)
        given[symbol] = gradient
    said = {name: declared for name, declared in reader.declared.items() if name not in reader.roles.taken}
    definitions = [name for name in order if name != objective]
    if objective in reader.definitions:
        definitions.append(objective)
    return Program(
        inputs=tuple(symbols[name] for name in inputs if name != objective),
        definitions=tuple(symbols[name] for name in definitions),
        objective=symbols.get(objective) or Symbol(objective, SCALAR),
        inferred=frozenset(n for n in inputs if n not in said or None in said[n].shape),
        functions=reader.functions,
        notes=tuple(dict.fromkeys((*reader.roles.notes, *reader.notes, *builder.notes, *taken, *remarks, *unused))),
        given=tuple(given.items()),
        source=reader.source.text,
        language=reader.source.language,
        indexed=tuple(typed.items()),
        asked=tuple(name for name in reader.roles.by if name in symbols),
        goal=reader.roles.goal,
    )


def _defined(reader: Reader, builder: Builder, name: str, typed: dict[Symbol, TypedDefinition]) -> Symbol:
    tree, declaration = reader.definitions[name], reader.declared.get(name)
    found = matrix_form(builder, tree, bool(reader.roles.letters))
    symbol = _symbol(builder, tree, name, found.node, declaration)
    if found.node is not tree.node:
        typed[symbol] = TypedDefinition(tree.node, found.steps)
    return symbol


def _symbol(builder: Builder, tree: Tree, name: str, node: Node, declaration: Declaration | None) -> Symbol:
    if declaration is None:
        return Symbol(name, node.shape, (), node)
    for said, is_ in zip(declaration.shape, node.shape, strict=True):
        if said is not None and said != is_:
            rows, columns = declaration.shape
            message = f"{name} is declared {rows}×{columns}, and {builder.text(tree)} is {clash.shown(node.shape)}"
            raise builder.error(ShapeError, message, tree)
    return Symbol(name, node.shape, declaration.attributes, node)


def _known_gradient(
    reader: Reader, builder: Builder, symbols: Mapping[str, Symbol], objective: str, of: Token, by: Token, tree: Tree
) -> tuple[Symbol, Node]:
    from difflib import get_close_matches

    name = str(by.value)
    if str(of.value) != objective:
        message = f"the objective is {objective}, and this is a gradient of {of.value}"
        raise reader.source.error(
            ParseError, message, of.start, of.end, hint="all given gradients are of the objective"
        )
    if name not in symbols:
        message = f"{name} does not occur in the program"
        if name == objective:
            message = f"{name} is what is differentiated, and its gradient with respect to itself is 1"
        near = get_close_matches(name, symbols, n=3) or symbols
        hint = f"the gradient with respect to {' or '.join(list(near)[:6])} may be given" if near else ""
        raise reader.source.error(UnknownNameError, message, by.start, by.end, hint=hint)
    whole = symbols[objective].shape if objective in symbols else SCALAR
    if objective in reader.declared:
        rows, columns = reader.declared[objective].shape
        whole = (rows or whole[0], columns or whole[1])
    if whole != SCALAR:
        message = f"{objective} is {clash.shown(whole)}, and a gradient is of a scalar"
        hint = f"declare `{objective}: scalar`, or sum its entries"
        raise reader.source.error(ShapeError, message, of.start, of.end, hint=hint)
    node = matrix_form(builder, tree, bool(reader.roles.letters)).node
    if node.shape != symbols[name].shape:
        is_, must = clash.shown(node.shape), clash.shown(symbols[name].shape)
        message = f"{name} is {must} and so is the gradient with respect to it, but {builder.text(tree)} is {is_}"
        hint = "its transpose would fit" if node.shape == symbols[name].shape[::-1] else ""
        raise builder.error(ShapeError, message, tree, hint)
    return symbols[name], node
