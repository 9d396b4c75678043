"""A piece of MATLAB to statements of the notation, with the meaning that it has in MATLAB.

`sum(A)`, `mean(A)` go down the columns of a matrix, and over all entries of a vector; `norm(A)` of a matrix is its
spectral norm; a column and a row are matrices.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from matcalc.syntax.matlab.axes import (
    COLUMN,
    COUNTS,
    ENTRIES,
    FUNCTIONS,
    MADE,
    MATRIX,
    NUMBER,
    OPERATORS,
    REDUCED,
    ROW,
    SQUARE,
    Axes,
    axis_of,
    skipped,
)
from matcalc.syntax.matlab.parsing import parsed
from matcalc.syntax.python.functions import PutIn
from matcalc.syntax.python.ranks import called, whole
from matcalc.syntax.python.statements import Script
from matcalc.syntax.python.trees import Valued
from matcalc.syntax.tree import Tree, copied

_THIN = {COLUMN: 1, ROW: 0}


_INSTEAD = {
    "diff": "write x(2:end) - x(1:end-1)",
    "vecnorm": "write sqrt(sum(X.^2))",
    "cov": "write Z'*Z/(size(X, 1) - 1) with Z = X - mean(X)",
    "repmat": "an array with one row or column spreads by itself: X - c",
    "eig": "in the notation are lambda_max(A) and lambda_min(A)",
    "svd": "norm(A) is the largest singular value",
    "pdist2": "write sum(X.^2, 2) + sum(Y.^2, 2)' - 2*X*Y'",
    **dict.fromkeys(("normpdf", "mvnpdf"), "write the density out"),
    **dict.fromkeys(("real", "imag", "conj"), "numbers are real"),
}
"""What to write for functions that are not read."""


class MatlabScript(Script):
    """Reads a piece of MATLAB. The front end of Python does what both have in common."""

    NOTE = "this is read as MATLAB: `sum(A)`, `mean(A)` go down the columns, `norm(A)` of a matrix is spectral"
    SPREADS_LAST = False
    ranks_of = Axes

    # ------------------------------------------------------------------------------------------------- statements

    def body(self) -> list[ast.stmt]:
        """The statements, functions of one line put in where they are called, indices told from calls."""
        body = parsed(self.source)
        inside = body[0].body if len(body) == 1 and isinstance(body[0], ast.FunctionDef) else body
        rows = _Names(inside, self)
        inside[:] = [rows.visit(statement) for statement in inside]
        return body

    def assigned(self, statement: ast.stmt, last: bool) -> Iterator[tuple[str, ast.expr]]:
        """The names that a statement assigns, with what."""
        if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Tuple):
            value = statement.value
            if not (isinstance(value, ast.Call) and called(value) == "size" and len(value.args) == 1):
                raise self.no(statement, "several results are read of size alone", "[m, n] = size(X)")
            for number, part in enumerate(target.elts, 1):
                axis = ast.copy_location(ast.Constant(number), value)
                if isinstance(part, ast.Name) and part.id != "~":
                    yield part.id, ast.copy_location(ast.Call(value.func, [*value.args, axis], []), value)
        else:
            yield from super().assigned(statement, last)

    def learn(self, name: str, value: Valued) -> None:
        """Keep what a name is."""
        self.ranks.known[name] = value.rank and {1: COLUMN, 0: ROW, None: MATRIX}[value.thin]

    def _declared_rank(self, sizes: Sequence[object]) -> int:
        if len(sizes) < 2 or list(sizes) == [1, 1]:
            return COLUMN if len(sizes) == 1 else NUMBER
        return COLUMN if sizes[1] == 1 else ROW if sizes[0] == 1 else MATRIX

    # ------------------------------------------------------------------------------------------------ expressions

    def _name(self, node: ast.Name) -> Valued:
        value = super()._name(node)
        return Valued(value.tree, 2 if value.rank else 0, _THIN.get(value.rank))

    def _operation(self, node: ast.AST, op: str, left: Valued, right: Valued) -> Valued:
        if op in ("RightDiv", "LeftDiv"):
            above, below = (left, right) if op == "RightDiv" else (right, left)
            if not below.rank:
                return super()._operation(node, "Div", above, below)
            inverse = Valued(self._call_of(node, "inv", below.tree), 2)
            return self._matmul(node, *((above, inverse) if op == "RightDiv" else (inverse, above)))
        if op == "MatPow":
            if (left.rank and left.thin is not None) or right.rank:
                raise self.no(node, "`^` takes a number or a square matrix", "the power of every entry is `.^`")
            exponent = right.tree if right.tree.kind == "number" else self._group(right.tree)
            return left._replace(tree=self._make(node, "power", self._group(left.tree), exponent, value="POWER"))
        return super()._operation(node, op, left, right)

    def _matmul(self, node: ast.AST, left: Valued, right: Valued) -> Valued:
        if not left.rank or not right.rank:
            return super()._operation(node, "Mult", left, right)
        return super()._matmul(node, left, right)

    def _list(self, node: ast.List) -> Valued:
        lines = [[self._read(part) for part in row.elts] for row in node.elts if isinstance(row, ast.List)]
        if not lines:
            raise self.no(node, "this matrix is empty")
        rows = [
            line[0].tree if len(line) == 1 else self._make(node, "row", *(part.tree for part in line)) for line in lines
        ]
        tree = rows[0] if len(rows) == 1 else self._make(node, "stack", *rows)
        rank = self.ranks.of(node)
        return Valued(tree, 2 if rank else 0, _THIN.get(rank or 0))

    def _subscript(self, node: ast.Subscript) -> Valued:
        array = self._read(node.value)
        index = node.slice
        if isinstance(index, ast.Slice) and index.lower is None and array.rank:
            return Valued(array.tree if array.thin == 1 else self._call_of(node, "vec", array.tree), 2, 1)
        return self._entries(node, array, index.elts if isinstance(index, ast.Tuple) else [index])

    def _axes(self, node: ast.AST, array: Valued, count: int) -> Sequence[int]:
        if array.rank and count == 1 and array.thin is not None:
            return [1 - array.thin]
        if not array.rank or count != 2:
            raise self.no(node, "one index on a matrix is not read", "write both: A(2, 3), A(:, 1)")
        return (0, 1)

    def _bound(self, node: ast.expr | None, end: int) -> tuple[int, bool] | None:
        if getattr(node, "value", "") == "end":
            return 0, True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and getattr(node.left, "value", "") == "end":
            less = whole(node.right)
            return None if less is None else (-less, True)
        found = None if node is None else whole(node)
        return None if found is None else (found, False)

    def _picked(self, tree: Tree, array: Valued, kept: Sequence[bool]) -> Valued:
        rows, columns = (several and array.thin != axis for axis, several in enumerate(kept))
        if rows and columns:
            return Valued(tree, 2)
        return Valued(tree, 2 if rows or columns else 0, (1 if rows else 0) if rows or columns else None)

    # ------------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ast.Call) -> Valued:
        name = called(node)
        if not node.args and name != "eye":
            raise self.no(node, f"{name}() has no arguments")
        if name in MADE:
            return self._constant_array(node, name)
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        if name in REDUCED and (len(node.args) == 1 or skipped(node)):
            return self._reduction(node, name, self._read(node.args[0]))
        if name == "norm":
            return self._norm(node, self._read(node.args[0]), node.args[1:], {})
        if name == "bsxfun" and len(node.args) == 3:
            op = OPERATORS.get(str(getattr(node.args[0], "value", "")).removeprefix("@"))
            if op is None:
                raise self.no(node.args[0], "this function of two arrays is not read")
            return self._operation(node, op, self._read(node.args[1]), self._read(node.args[2]))
        arguments = [self._read(argument) for argument in node.args]
        first = arguments[0]
        if len(arguments) == 2 and name in OPERATORS:
            return self._operation(node, OPERATORS[name], *arguments)
        if len(arguments) == 2 and name == "dot" and first.thin is None and first.rank == 2:
            hint = "dot goes down the columns of matrices: sum(A .* B), or sum(sum(A .* B)) for the number"
            raise self.no(node, "dot of two matrices is a row, and is not read", hint)
        if len(arguments) == 2 and name == "dot":
            return Valued(self._make(node, "inner", *(self._group(v.tree) for v in arguments)), 0)
        if len(arguments) == 2 and name == "cross" and first.thin == arguments[1].thin == 1:
            return first._replace(tree=self._call_of(node, name, *(argument.tree for argument in arguments)))
        if len(arguments) == 1 and name in ("expm", "logm", "sqrtm"):
            return first._replace(tree=self._call_of(node, name, first.tree))
        if len(arguments) == 1 and name == "diag" and first.rank:
            vector = first._replace(tree=self._T(first.tree)) if first.thin == 0 else first
            return Valued(self._call_of(node, "diag", vector.tree), 2, 1 if first.thin is None else None)
        if name in ("max", "min") and len(arguments) == 2:
            return self._function(node, f"{name}imum", arguments)
        if len(arguments) == 1 and name == "chol":  # MATLAB's factor is upper triangular
            return Valued(self._T(self._call_of(node, name, first.tree)), 2)
        if name in ENTRIES | SQUARE | {"kron", "transpose"}:
            return self._function(node, name, arguments)
        raise self.no(node, f"{name} with such arguments is not in the notation")

    def _constant_array(self, node: ast.Call, name: str) -> Valued:
        like = node.args[0] if len(node.args) == 1 else None
        if isinstance(like, ast.Call) and called(like) == "size" and len(like.args) == 1:
            array = self._read(like.args[0])
            sizes = [self._make(node, "extent", copied(array.tree), value=i) for i in (0, 1)]
        else:
            sizes = [self._read(argument).tree for argument in node.args] * (2 if len(node.args) == 1 else 1)
        rank = self.ranks.of(node)
        return Valued(self._filled(node, name, sizes), 2 if rank else 0, _THIN.get(rank or 0))

    def _reduction(self, node: ast.Call, name: str, array: Valued) -> Valued:
        if not array.rank:
            return array
        axis, less = axis_of(node), name in ("var", "std")
        if less and len(node.args) > 1:
            weight = node.args[1]
            less = whole(weight) == 0 or (isinstance(weight, ast.List) and not weight.elts)
            if not less and whole(weight) != 1:
                raise self.no(weight, f"the second argument of {name} is 0 or 1")
        if axis not in (None, "all", 1, 2):
            raise self.no(node, f"the axis of {name} is 1 or 2")
        along = axis - 1 if isinstance(axis, int) else 0 if axis is None and array.thin is None else None
        return self._over_axis(node, name, array, along, keeps=along is not None, less=less)

    def _size(self, node: ast.expr) -> Tree | None:
        if not (isinstance(node, ast.Call) and called(node) in COUNTS):
            return super()._size(node) if isinstance(node, ast.Name) else None
        array, name = self._read(node.args[0]), called(node)
        axis = {"rows": 0, "columns": 1}.get(name)
        if name == "size":
            axis = (whole(node.args[1]) or 0) - 1 if len(node.args) == 2 else -1
            if axis not in (0, 1):
                raise self.no(node, "size is read with an axis, 1 or 2")
        if name == "length" and array.thin is None and array.rank:
            raise self.no(node, "the length of a matrix is the larger of its sizes", "write size(X, 1)")
        if name == "length":
            axis = 1 if array.thin == 0 else 0
        return self._count(node, array, axis) if array.rank else self._number(node, 1)

    def _norms(self, node: ast.Call, array: Valued) -> dict[object, str]:
        if array.thin is None:
            return {None: "2", 2: "2", 1: "1", "inf": "inf", "fro": "F", "Inf": "inf"}
        return {None: "F", 2: "F", 1: "sum", "inf": "inf", "fro": "F", "Inf": "inf"}


class _Names(PutIn):
    """Tells indices from calls, and puts functions of one line in where they are called."""

    def __init__(self, body: Sequence[ast.stmt], reading: MatlabScript) -> None:
        super().__init__(reading.no)
        assigned = [t for s in body if isinstance(s, ast.Assign) for t in ast.walk(s.targets[0])]
        self.values = {t.id for t in assigned if isinstance(t, ast.Name)} | set(reading.declared)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if not isinstance(node.targets[0], ast.Name | ast.Tuple):
            raise self.no(node.targets[0], "only names can be assigned")
        return super().visit_Assign(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.values or node.id not in ("pi", "inf", "Inf", "end"):
            return node
        made = ast.Attribute(ast.Name("np"), "pi") if node.id == "pi" else ast.Constant(node.id.lower())
        return ast.copy_location(made, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        made, name = super().visit_Call(node), called(node)
        if made is not node or (name not in self.values and name in FUNCTIONS):
            return made
        parts = (ast.Slice, ast.Constant, ast.BinOp, ast.operator, ast.Load)
        named = [
            n for a in node.args for n in ast.walk(a) if not isinstance(n, parts) and getattr(n, "id", "") != "end"
        ]
        if name not in self.values and named:
            raise self.no(node, f"{name}(…) is called elsewhere, and is not read", _INSTEAD.get(name, ""))
        if not 0 < len(node.args) < 3:
            raise self.no(node, "an array has one index or two")
        index = node.args[0] if len(node.args) == 1 else ast.Tuple(node.args)
        return ast.copy_location(ast.Subscript(node.func, ast.copy_location(index, node), ast.Load()), node)
