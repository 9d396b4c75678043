"""Functions of a piece of code: which one is read, and those that it calls, which are put in where they are called."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from matcalc.errors import MatcalcError
from matcalc.syntax.python import words
from matcalc.syntax.python.ranks import called, whole

Refused = Callable[..., MatcalcError]
_LONG = 5_000
"""Parts of an expression in which functions are written out."""
_T = TypeVar("_T", bound=ast.AST)


def used_by(functions: Mapping[str, ast.AST], name: str) -> set[str]:
    """The names that a function uses, itself or by those functions that it uses; its own too."""
    used, ahead = {name}, [name]
    while ahead:
        names = {node.id for node in ast.walk(functions[ahead.pop()]) if isinstance(node, ast.Name)}
        ahead += names & functions.keys() - used
        used |= names
    return used


def chosen(body: Sequence[ast.stmt], no: Refused) -> tuple[ast.FunctionDef, list[ast.stmt]]:
    """The function that no other uses, and what stands before it that it uses, functions too."""
    functions = {s.name: s for s in body if isinstance(s, ast.FunctionDef)}
    users = {name: used_by(functions, name) for name in functions}
    free = [name for name in functions if not any(name in users[other] for other in functions if other != name)]
    if len(free) != 1:
        message = f"there are several functions that may be meant: {', '.join(free or functions)}"
        raise no(functions[(free or list(functions))[-1]], message, "--function NAME chooses one; or give it alone")
    needed, kept = users[free[0]], list[ast.stmt]()
    for statement in reversed(body):
        name = named(statement)
        if name in needed and name != free[0]:
            kept.append(statement)
            needed |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return functions[free[0]], kept[::-1]


def named(statement: ast.stmt) -> str:
    """The name that a statement defines, "" if it defines none."""
    if isinstance(statement, ast.FunctionDef):
        return statement.name
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else ""


def imported(body: Sequence[ast.stmt]) -> dict[str, ast.expr | None]:
    """What imported names are, as attributes of NumPy and its like; None for others, which are not read."""
    names: dict[str, ast.expr | None] = {}
    for statement in body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                path = alias.name.split(".")
                names[alias.asname or path[0]] = _path(path if alias.asname else path[:1])
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                names[alias.asname or alias.name] = _path([*(statement.module or "").split("."), alias.name])
    return names


def _path(names: Sequence[str]) -> ast.expr | None:
    names = [part for part in names if part != "autograd"]
    if not names or words.MODULES.get(names[0]) is None or names[0] == "F":
        return None
    made: ast.expr = ast.Name(names[0], ast.Load())
    for name in names[1:]:
        made = ast.Attribute(made, name, ast.Load())
    for node in ast.walk(made):
        ast.copy_location(node, ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0))
    return made


def assigned_in(body: Sequence[ast.stmt]) -> set[str]:
    """The names that some statements assign."""
    found = [node for statement in body for node in ast.walk(statement)]
    targets = [target for node in found if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in found if isinstance(node, ast.AnnAssign)]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


_NEW = frozenset({*words.REDUCED, *words.ENTRIES, *words.BINARY, "norm", "trace", "dot"})
"""Calls that make a new array; others may return a part of an old one."""


def renewed(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with `s = s + t` for `s += t`, where s has an array of its own, and no other name has it."""
    own, found = set[str](), list[ast.stmt]()
    for statement in body:
        target = getattr(statement, "target", None)
        if isinstance(statement, ast.AugAssign) and isinstance(target, ast.Name) and target.id in own:
            value = ast.BinOp(ast.copy_location(ast.Name(target.id), target), statement.op, statement.value)
            statement = ast.copy_location(ast.Assign([target], ast.copy_location(value, statement)), statement)
        if isinstance(statement, ast.Assign):
            value_of = statement.value
            while isinstance(value_of, ast.Attribute | ast.Subscript):
                value_of = value_of.value
            own.discard(value_of.id if isinstance(value_of, ast.Name) else "")
            new = isinstance(statement.value, ast.BinOp | ast.UnaryOp | ast.Constant)
            new |= isinstance(statement.value, ast.Call) and called(statement.value) in _NEW
            own = own | {named(statement)} if new else own - {named(statement)}
        found.append(statement)
    return found


class PutIn(ast.NodeTransformer):
    """Puts functions in where they are called: `lines` are those that are known, each one expression."""

    def __init__(self, no: Refused) -> None:
        self.no = no
        self.lines: dict[str, ast.Lambda] = {}
        self.waiting: dict[str, ast.FunctionDef] = {}
        self.imported: dict[str, ast.expr | None] = {}

    def wait(self, before: Sequence[ast.stmt], taken: set[str]) -> None:
        """Know functions, which are put in once they are called; `taken` are names that mean other things there."""
        for function in before:
            if isinstance(function, ast.FunctionDef):
                own = {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)} | assigned_in(function.body)
                for node in ast.walk(function):
                    if isinstance(node, ast.Name) and node.id in taken - own:
                        raise self.no(node, f"{node.id} means another thing where {function.name} is called")
                self.waiting[function.name] = function

    def keep(self, function: ast.FunctionDef) -> None:
        """Know a function of assignments and one return."""
        values: dict[str, ast.expr] = {}
        result: ast.expr | None = None
        for statement in function.body[ast.get_docstring(function) is not None :]:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
            if result is not None or value is None or not (isinstance(target, ast.Name) or target is None):
                raise self.no(statement, f"{function.name} is called, and is not only assignments and one return")
            made = replaced(self.visit(value), values)
            self.check(made, function.name)
            if isinstance(target, ast.Name):
                values[target.id] = made
            else:
                result = made
        if result is None:
            raise self.no(function, f"{function.name} returns nothing")
        self.lines[function.name] = ast.Lambda(function.args, result)

    def check(self, made: ast.AST, name: str) -> None:
        """Raises an error if an expression is too long."""
        if sum(1 for _ in islice(ast.walk(made), _LONG)) == _LONG:
            raise self.no(made, f"{name} written out is too long")

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        node.value = self.visit(node.value)
        if isinstance(node.value, ast.Lambda) and isinstance(node.targets[0], ast.Name):
            self.lines[node.targets[0].id] = node.value
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.imported:
            return node
        if (made := self.imported[node.id]) is None:
            raise self.no(node, f"{node.id} is imported, and not read", "NumPy, SciPy, PyTorch and JAX are read")
        return ast.copy_location(copy.deepcopy(made), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = None if node.value is None else self.visit(node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return _first(node) if node.attr == "values" else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return _first(node) if whole(node.slice) == 0 else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.waiting:
            self.keep(self.waiting.pop(node.func.id))
        line = self.lines.get(called(node)) if isinstance(node.func, ast.Name) else None
        if line is None:
            return node
        name, spec = called(node), line.args
        arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        values = {a.arg: d for a, d in zip([*spec.posonlyargs, *spec.args][::-1], spec.defaults[::-1], strict=False)}
        values |= {a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}
        values |= {a.arg: given for a, given in zip(arguments, node.args, strict=False)}
        values |= {str(k.arg): k.value for k in node.keywords}
        if {a.arg for a in arguments} != values.keys() or len(node.args) > len(arguments) or spec.vararg or spec.kwarg:
            raise self.no(node, f"{name} takes other arguments")
        made = replaced(line.body, values, node)
        self.check(made, name)
        return made


def _first(node: ast.Attribute | ast.Subscript) -> ast.expr:
    # torch.max along a dim is a pair, of which the first part is torch.amax.
    pair = node.value
    if not (isinstance(pair, ast.Call) and isinstance(pair.func, ast.Attribute) and pair.func.attr in ("max", "min")):
        return node
    if not any(k.arg == "dim" for k in pair.keywords):
        return node
    amax = ast.copy_location(ast.Attribute(pair.func.value, f"a{pair.func.attr}"), pair.func)
    return ast.copy_location(ast.Call(amax, pair.args, pair.keywords), node)


def replaced(node: ast.expr, values: Mapping[str, ast.expr], at: ast.expr | None = None) -> ast.expr:
    """An expression with others in the place of names; with `at`, every part of its own stands there."""

    class Values(ast.NodeTransformer):
        def visit(self, node: _T) -> _T | ast.expr:
            if isinstance(node, ast.Name) and node.id in values:
                return values[node.id]
            node = self.generic_visit(node)  # type: ignore[assignment]
            return ast.copy_location(node, at) if at is not None and isinstance(node, ast.expr) else node

    made = Values().visit(copy.deepcopy(node))
    assert isinstance(made, ast.expr)
    return made
