"""A piece of Python to statements of the notation, with the meaning that it has in Python.

`*` is elementwise; a 1-D array is a column, and beside a matrix its transpose, because it stands along the last axis.
A name that is assigned again is another definition. Sizes (`n = X.shape[0]`) are put in where they are used.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from matcalc.errors import Alternative, ParseError, UnknownNameError, UnsupportedError, nearest
from matcalc.prose import marked
from matcalc.syntax.python import words
from matcalc.syntax.python.calls import CallTrees
from matcalc.syntax.python.doubts import doubts
from matcalc.syntax.python.functions import PutIn, assigned_in, chosen, imported, named, renewed, used_by
from matcalc.syntax.python.ranks import Ranks, called, is_likely_vector, module
from matcalc.syntax.python.shifts import without_maxima
from matcalc.syntax.python.trees import Valued
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Token, Tree
from matcalc.syntax.vocabulary import DECLARING, FUNCTION_LETTERS, is_function

_NO_PYTHON = "it was said to be Python; other text is read without that"
_MEANT_ELSEWHERE = {"I", "e", "pi", "T"}
_SIZE = r"(?:[A-Za-z]\w?|\d+)"
_NAMES = r"\s*((?:\w+\s*,\s*)*\w+)\s*:\s*"
_SHAPE = re.compile(rf"{_NAMES}(scalar|float|int|{_SIZE}(?:\s*x\s*{_SIZE})?)((?:\s+\w+)*)\s*")
_TUPLE = re.compile(rf"{_NAMES}(?:[\w. \[\]]+?\s)?\(\s*({_SIZE}\s*,?\s*{_SIZE}?)\s*,?\s*\)(?:[\s,.:-].*)?")


def python_statements(text: str) -> list[ast.stmt]:
    """Raises what `ast.parse` does for a text that is no Python."""
    return ast.parse(textwrap.dedent(text) if text[:1] in " \t" else text).body


def with_function(text: str, name: str) -> str:
    """A text in which the lines of the functions are blank that the function `name` does not use."""
    try:
        functions = {s.name: s for s in python_statements(text) if isinstance(s, ast.FunctionDef)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ParseError("this is no Python, which alone has functions to choose from") from None
    if name not in functions:
        raise UnknownNameError(f"there is no function {name} here", hint=nearest(name, functions, "the text has none"))
    used, lines = used_by(functions, name), text.split("\n")
    for function in (f for other, f in functions.items() if other not in used):
        first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
        lines[first - 1 : function.end_lineno] = [""] * ((function.end_lineno or first) - first + 1)
    return "\n".join(lines)


_KINDS = {
    "for": "write the sum at once: ((X @ w - y)**2).sum() for a loop over the samples",
    "while": "write the result at once: a loop is not unrolled",
    "if": "keep the branch that is meant: a condition is not read",
    "functiondef": "define functions one after the other, not in one another",
    "expr": "leave it out: a call that gives nothing to a name is not read",
    "with": "leave out the line with `with`; what no gradient goes through is a name of its own",
    "classdef": "give the method as a function of its own: def loss(w, X, y): …",
}
"""What to write instead of statements that are not read."""


class _Shape(NamedTuple):
    names: list[str]
    sizes: list[str]
    words: list[str]


def declared_shape(text: str) -> _Shape | None:
    """What a line of a docstring says of a shape: `X: n x d`, `lam: scalar`, `X : ndarray of shape (n, d)`."""
    found = _SHAPE.fullmatch(text.rstrip(" .,"))
    if found is not None and set(found[3].split()) <= DECLARING:
        scalar = found[2] in ("scalar", "float", "int")
        sizes = [] if scalar else re.split(r"\s*\bx\b\s*", found[2].strip())
        return _Shape(re.split(r"\s*,\s*", found[1]), sizes, (["scalar"] if scalar else []) + found[3].split())
    found = _TUPLE.fullmatch(text.rstrip())
    return None if found is None else _Shape(re.split(r"\s*,\s*", found[1]), re.findall(_SIZE, found[2]), [])


def _annotated(node: ast.expr | None) -> str:
    # What an annotation says: "n x d", float, Float[Array, "n d"].
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        last = node.slice.elts[-1]
        said = last.value if isinstance(last, ast.Constant) else None
        return " x ".join(said.split()) or "scalar" if isinstance(said, str) else ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.id if isinstance(node, ast.Name) else ""


def written(script: Script) -> Iterator[Statement]:
    """The statements of a piece of code. Raises MatcalcError with its place."""
    try:
        yield from script.statements()
    except RecursionError:
        source, message = script.source, "this expression is nested too deep"
        raise source.error(UnsupportedError, message, 0, hint="give parts of it names") from None


class Script(CallTrees):
    """Reads a piece of Python."""

    NOTE = "this is read as Python: `*` is elementwise, arrays spread along the last axis, 1-D arrays are vectors"
    SPREADS_LAST = True
    ranks_of: type[Ranks] = Ranks

    def __init__(self, source: Source, roles: Roles, declared: Sequence[Statement]) -> None:
        super().__init__(source)
        self.roles = roles
        self.declared: dict[str, int] = {}
        for statement in declared:
            self._keep(statement)
        self.current: dict[str, str] = {}
        """The name in the program of a local name of Python."""
        self.taken: set[str] = set()

    def _keep(self, statement: Statement) -> Statement:
        # What a declaration says of axes.
        for names, dims, _ in statement.declarations:
            sizes = [token.value for token in dims]
            self.dims |= {size for size in sizes if isinstance(size, str)}
            for token in names:
                self.declared[token.value] = self._declared_rank(sizes)
                self.lengths[token.value] = [*sizes, 1][:2]
                self.thin[token.value] = sizes.index(1) if len(sizes) == 2 and 1 in sizes else None
        return statement

    def _declared_rank(self, sizes: Sequence[object]) -> int:
        return len(sizes)

    def learn(self, name: str, value: Valued) -> None:
        """Keep what a name is."""
        self.ranks.known[name], self.thin[name] = value.rank, value.thin

    # ------------------------------------------------------------------------------------------------- statements

    def body(self) -> list[ast.stmt]:
        """What is written, as `ast` has it."""
        try:
            body = python_statements(self.source.text)
        except SyntaxError as error:
            at = self.starts[min(error.lineno or 1, len(self.starts)) - 1] + max((error.offset or 1) - 1, 0)
            raise self.source.error(ParseError, f"this is no Python: {error.msg}", at, hint=_NO_PYTHON) from None
        except (ValueError, RecursionError, MemoryError):
            raise self.source.error(ParseError, "this is no Python", 0, hint=_NO_PYTHON) from None
        return body

    def statements(self) -> Iterator[Statement]:
        """All statements: what a docstring declares, what is guessed, what is defined."""
        body = self.body()
        roots: list[tuple[str, ast.expr]] = []
        parameters: list[str] = []
        put_in = PutIn(self.no)
        put_in.imported = imported(body)
        body = [s for s in body if not isinstance(s, ast.Import | ast.ImportFrom)]
        if any(isinstance(statement, ast.FunctionDef) for statement in body):
            function, before = chosen(body, self.no)
            if len(body) > 1 or not self.source.text.lstrip().startswith(("def", "@", "function")):
                self.roles.notes[marked(f"the function `{function.name}` is read")] = None
            parameters = self._parameters(function, roots)
            text = ast.get_docstring(function, clean=False)
            yield from self._documented(function, text or "", {name for name, _ in roots})
            body = function.body[1:] if text else function.body
            if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
                raise self.no(body[-1] if body else function, "a function ends with one `return` of the objective")
            put_in.wait(before, {*parameters, *assigned_in(body)})
            roots[:] = [(name, put_in.visit(default)) for name, default in roots]
            body = [*(s for s in before if isinstance(s, ast.Assign) and named(s) not in parameters), *body]
        for name in {*parameters, *assigned_in(body)}:
            put_in.imported.pop(name, None)
        body = renewed([put_in.visit(statement) for statement in body])
        last = body[-1] if body else None
        if isinstance(last, ast.Assign | ast.Expr) and isinstance(last.value, ast.Lambda):  # it is the objective
            body[-1] = ast.copy_location(ast.Expr(last.value.body), last)
        body = [s for s in body if not (isinstance(s, ast.Assign) and isinstance(s.value, ast.Lambda))]
        self.taken = {node.id for s in body for node in ast.walk(s) if isinstance(node, ast.Name)}
        self.taken |= {*self.declared, *self.dims}
        for node in (n for s in body for n in ast.walk(s) if isinstance(n, ast.Attribute)):
            if language := module(node.value, node.attr):
                self.torch |= language == "torch"
                self.numpy |= language == "numpy"
        for number, statement in enumerate(body):
            roots += self.assigned(statement, last=number == len(body) - 1)
        if not roots:
            raise self.no(body[0] if body else None, "nothing is computed here")
        self.ranks = self.ranks_of(self.declared)
        renamed = _renamed(roots, self._local)
        self.ranks.guess(renamed)
        renamed = _needed(renamed)
        renamed, maxima = without_maxima(renamed, self.ranks)
        for maximum in maxima[:1]:
            said = self.source.quote(*self._place(maximum))
            self.roles.notes[marked(f"`{said}` is left out: the objective is the same without it")] = None
        names = {name for name, _ in renamed}
        everything = [node for _, root in renamed for node in ast.walk(root)]
        functions = {node.func for node in everything if isinstance(node, ast.Call)}
        free = [n for n in everything if isinstance(n, ast.Name) and n.id not in names and n not in functions]
        sizes = [n for n in free if n in set(self._asked_sizes(everything)) and n.id not in self.declared]
        tokens = [Token("DIMENSION", node.id, *self._place(node)) for node in sizes]
        yield self._keep(Statement("declared", None, (), [([], [token], []) for token in tokens]))
        for doubt in doubts(renamed, self.ranks, {*self.declared, *self.dims}, self.SPREADS_LAST):
            raise self.source.asked(*self._place(doubt.node), *doubt.readings)
        yield from self._guessed(free, {name for node in everything if (name := self.from_end(node))})
        for number, (name, root) in enumerate(renamed):
            if not name.isascii():
                raise self.no(root, f"{name} is no name of the notation", "a name has letters, digits and underscores")
            if isinstance(size := self._size(root), Tree) and number < len(renamed) - 1:
                self.sizes[name] = size
                continue
            value = self._read(root)
            self.learn(name, value)
            if self._tells(root):
                self.telling.add(name)
            if number == len(renamed) - 1:
                if value.rank:
                    raise self.no(root, "the objective is an array, not a number", "add its entries: sum(…)")
                if name == "":
                    yield Statement("expression", value.tree, ())
                    continue
            start, _ = self._place(root)
            yield Statement("definition", value.tree, (Token("NAME", name, start, start),))
        if self.outer:
            note = "`{}` has two axes and `{}` one: they make a matrix; declare sizes as `n` where one axis is meant"
            self.roles.notes[marked(note.format(*self.outer))] = None
        for name in self.taken_for:
            self.roles.notes[marked(f"nothing defines `{name}`: it is taken for the function of that name")] = None
        self.roles.notes[marked(self.NOTE)] = None

    def formula(self, shapes: Mapping[str, Sequence[object]]) -> Statement:
        """The one expression that the text is, in names that are known, with their shapes."""
        body = self.body()
        if len(body) != 1 or not isinstance(body[0], ast.Expr):
            raise self.no(body[0] if body else None, "one formula is read here")
        root = body[0].value
        for name, dims in shapes.items():
            names = [Token("NAME", name, 0, 0)]
            sizes = [Token("DIMENSION", dim, 0, 0) for dim in dims if dim != 1]
            self._keep(Statement("declared", None, (), [(names, sizes, [])]))
        self.taken = {*shapes}
        for node in ast.walk(root):
            if isinstance(node, ast.Attribute) and (language := module(node.value, node.attr)):
                self.torch |= language == "torch"
                self.numpy |= language == "numpy"
        self.ranks = self.ranks_of(self.declared)
        self.ranks.guess([("", root)])
        self.roles.notes[marked(self.NOTE)] = None
        return Statement("expression", self._read(root).tree, ())

    def _asked_sizes(self, nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
        # The arguments of ones(n), zeros((n, m)), eye(n).
        for node in nodes:
            if isinstance(node, ast.Call) and called(node) in words.MADE:
                yield from (part for size in node.args for part in getattr(size, "elts", [size]))

    def _parameters(self, function: ast.FunctionDef, roots: list[tuple[str, ast.expr]]) -> list[str]:
        spec = function.args
        if spec.vararg or spec.kwarg:
            raise self.no(function, "only named arguments are read")
        for decorator in function.decorator_list:
            if getattr(decorator, "attr", getattr(decorator, "id", "")) not in words.COMPILING:
                raise self.no(decorator, "what a decorator makes of a function is not read")
        arguments = [*spec.posonlyargs, *spec.args]
        defaults = list(zip(arguments[::-1], spec.defaults[::-1], strict=False))[::-1]
        defaults += [(a, d) for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None]
        roots += [(argument.arg, default) for argument, default in defaults]
        return [a.arg for a in (*arguments, *spec.kwonlyargs)]

    def _documented(self, function: ast.FunctionDef, text: str, known: set[str]) -> Iterator[Statement]:
        """What annotations and the docstring say of shapes, but for `known` names, which have a value."""
        spec = function.args
        arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        start = max(self.source.text.find(text.split("\n")[0]), 0)
        said = [(argument, f"{argument.arg}: {_annotated(argument.annotation)}") for argument in arguments]
        pieces = [(self._place(argument)[0], shape) for argument, shape in said]
        pieces += [(start, piece) for piece in re.split(r"[;\n]", text)]
        for at, piece in pieces:
            found = declared_shape(piece)
            if found is None or not set(found.names) <= {argument.arg for argument in arguments}:
                continue
            names = [Token("NAME", n, at, at + 1) for n in found.names if n not in known | self.declared.keys()]
            dims = [Token("DIMENSION", int(s) if s.isdecimal() else s, at, at + 1) for s in found.sizes]
            attributes = [Token("ATTRIBUTE", word, at, at + 1) for word in found.words]
            if names:
                yield self._keep(Statement("declared", None, (), [(names, dims, attributes)]))

    def _guessed(self, free: Sequence[ast.Name], from_end: set[str]) -> Iterator[Statement]:
        # Undeclared names are declared as what they are taken for, so that nothing else becomes of them.
        done = {*self.declared, *self.dims}
        for node in free:
            name = node.id
            if name in done or name in words.MODULES:
                continue
            done.add(name)
            if name in _MEANT_ELSEWHERE - {"T"} or name.startswith("I_"):
                raise self.no(node, f"nothing says what {name} is", f"declare its shape: `{name}: n x d`")
            if not name.isascii():
                raise self.no(node, f"{name} is no name of the notation", "a name has letters, digits and underscores")
            rank = self.ranks.known.setdefault(name, 0)
            taken, other = ("vector", f"{name}: scalar") if rank else ("number", f"{name}: n")
            other += " x d" if not rank and name[:1].isupper() else ""
            likely = is_likely_vector(name)
            likely = likely and name not in self.ranks.line
            if (name in self.ranks.unsure and not likely) or (name in self.ranks.beside and not rank and likely):
                readings = [Alternative("a number", f"{name}: scalar"), Alternative("a vector", f"{name}: n")]
                if name in self.ranks.in_matrices:
                    readings.insert(0, Alternative("a matrix like the other", f"{name}: n x k"))
                raise self.source.asked(*self._place(node), *readings)
            if name in self.ranks.spread:
                self.roles.notes[marked(f"`{name}` is taken for a matrix; otherwise declare `{name}: n`")] = None
            if name in self.ranks.samples:
                note = f"`{name}` is taken for a vector, one sample; for several declare `{name}: n x d`"
                self.roles.notes[marked(note)] = None
            elif name in self.ranks.unsure or name in self.ranks.beside or name in self.ranks.line:
                self.roles.notes[marked(f"`{name}` is taken for a {taken}; otherwise declare `{other}`")] = None
            token = Token("NAME", name, *self._place(node))
            if name in from_end and rank:
                sizes = [Token("DIMENSION", self._new_size(), *self._place(node)) for _ in range(1 if rank == 1 else 2)]
                yield self._keep(Statement("declared", None, (), [([token], sizes, [])]))
                continue
            self.roles.taken.add(name)
            word = Token("ATTRIBUTE", ("scalar", "vector", "matrix")[rank], *self._place(node))
            yield Statement("declared", None, (), [([token], [], [word])])

    def _new_size(self) -> str:
        # The size of a name that is counted from its end, so that it has a name.
        number = 1
        while (name := f"p{number}") in self.taken | self.dims:
            number += 1
        return name

    def assigned(self, statement: ast.stmt, last: bool) -> Iterator[tuple[str, ast.expr]]:
        """The names that a statement assigns, with what; "" for the objective without a name."""
        if isinstance(statement, ast.Return | ast.Expr) and last and statement.value is not None:
            yield "", statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Attribute) and value.attr == "shape":
                for i, part in enumerate(target.elts):
                    if not isinstance(part, ast.Name):
                        raise self.no(part, "only names can be assigned")
                    index = ast.copy_location(ast.Constant(i), value)
                    if part.id != "_":
                        yield part.id, ast.copy_location(ast.Subscript(value, index, ast.Load()), value)
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Name) and value.id not in self.declared:
                return  # W, b = params: they are arguments
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                names = {part.id for part in target.elts if isinstance(part, ast.Name)}
                if len(names) < len(target.elts) or names & {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}:
                    raise self.no(target, "only names can be assigned, and not to each other")
                yield from (
                    (part.id, v) for part, v in zip(target.elts, value.elts, strict=True) if isinstance(part, ast.Name)
                )
            else:
                raise self.no(target, "only names can be assigned")
        elif isinstance(statement, ast.AugAssign):
            raise self.no(statement, "what is changed in place is not read", "give the result a new name")
        else:
            kind = type(statement).__name__.lower()
            message = f"a statement of this kind ({kind}) is not in the notation"
            raise self.no(statement, message, _KINDS.get(kind, "assignments and one return are read"))

    def _local(self, name: str, taken: bool) -> str:
        # A name of the program for a local name: the same, unless it means something there or is taken.
        clash = taken or name in self.dims or name in _MEANT_ELSEWHERE or is_function(name) or name in FUNCTION_LETTERS
        if not clash and name not in self.current.values() and name not in self.declared:
            self.current[name] = name
            return name
        number = 2
        while (new := f"{name}{number}") in self.taken or is_function(new):
            number += 1
        self.taken.add(new)
        return new


def _needed(roots: list[tuple[str, ast.expr]]) -> list[tuple[str, ast.expr]]:
    """The assignments that the last one needs; the last is no mere name for another."""
    last, found = roots[-1], list[tuple[str, ast.expr]]()
    if isinstance(last[1], ast.Name) and (same := [root for root in roots[:-1] if root[0] == last[1].id]):
        last = same[-1]
    needed = {last[0]}
    for name, root in reversed(roots):
        if (name, root) == last or (name in needed and found):
            found.append((name, root))
            needed |= {node.id for node in ast.walk(root) if isinstance(node, ast.Name)}
    return found[::-1]


def _renamed(roots: Sequence[tuple[str, ast.expr]], local: object) -> list[tuple[str, ast.expr]]:
    """The assignments with a name for each: one that is assigned again, or means something here, gets another."""
    assert callable(local)
    current: dict[str, str] = {}
    before: set[str] = set()  # what is used before it is assigned: x = relu(x @ W)
    found = []
    for name, root in roots:
        for node in (n for n in ast.walk(root) if isinstance(n, ast.Name)):
            before |= {node.id} - current.keys()
            node.id = current.get(node.id, node.id)
        if name:
            current[name] = local(name, name in before)
        found.append((current.get(name, ""), root))
    return found
