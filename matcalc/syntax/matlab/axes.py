"""What every name of a piece of MATLAB is, a number, a column, a matrix or a row: guessed as ranks.py does."""

from __future__ import annotations

import ast

from matcalc.syntax.python import words
from matcalc.syntax.python.ranks import Ranks, called, whole

NUMBER, COLUMN, MATRIX, ROW = 0, 1, 2, 3
_TURNED = {COLUMN: ROW, ROW: COLUMN}
_PRODUCTS = {
    (ROW, COLUMN): NUMBER,
    (COLUMN, ROW): MATRIX,
    (MATRIX, COLUMN): COLUMN,
    (ROW, MATRIX): ROW,
}
REDUCED = frozenset({"sum", "mean", "var", "std", "max", "min", "prod"})
COUNTS = frozenset({"size", "length", "numel", "rows", "columns"})
MADE = frozenset({"ones", "zeros", "eye"})
ENTRIES = frozenset(words.ENTRIES) - {"absolute", "arcsin", "arccos", "arctan", "expit", "swish", "softplus"}
SQUARE = frozenset({"trace", "det", "inv", "pinv"})
FUNCTIONS = frozenset(
    {*REDUCED, *COUNTS, *MADE, *ENTRIES, *SQUARE, "norm", "dot", "cross", "kron", "diag", "transpose", "power", "times"}
    | {"chol", "bsxfun", "mtimes", "plus", "minus", "rdivide", "expm", "logm", "sqrtm"}
)
"""The functions of MATLAB that are read."""
OPERATORS = {"power": "Pow", "times": "Mult", "mtimes": "MatMult", "plus": "Add", "minus": "Sub", "rdivide": "Div"}


class Axes(Ranks):
    """What the names are: NUMBER, COLUMN, MATRIX or ROW."""

    def factors(self, node: ast.expr) -> list[ast.expr]:
        """The factors and divisors of a product of numbers: only where one of them is a sum or a norm."""
        found, ahead = list[ast.expr](), [node]
        while ahead:
            part = ahead.pop()
            if isinstance(part, ast.BinOp) and type(part.op).__name__ in ("Mult", "Div", "MatMult", "RightDiv"):
                ahead += [part.left, part.right]
            else:
                found.append(part)
        plain = all(isinstance(part, ast.Name | ast.Constant | ast.Call) for part in found)
        reduced = any(isinstance(part, ast.Call) and self.reduces(part) for part in found)
        return found if plain and reduced else [node]

    def reduces(self, node: ast.Call) -> bool:
        """Whether a call is one of an array alone."""
        return (called(node) in REDUCED or called(node) == "norm") and (len(node.args) == 1 or bool(skipped(node)))

    def along(self, node: ast.Call) -> tuple[int | None, bool] | None:
        """The axis of a reduction, from the end; None for all entries."""
        axis, array = axis_of(node), self.of(node.args[0])
        if axis is not None:
            return axis - 3 if isinstance(axis, int) else None, True
        return None if array is None else (-2 if array == MATRIX else None, True)

    def axes(self, node: ast.expr) -> int | None:
        """How many axes an expression has: every array has two."""
        rank = self.of(node)
        return 2 if rank else rank

    def together(self, a: int, b: int) -> int:
        """What an elementwise operation makes."""
        return a if a == b else a or b if not (a and b) else MATRIX

    def _of(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name):
                self.vector(node.value, certain=True)  # nobody transposes a number
            rank = self.of(node.value)
            return rank if rank is None else _TURNED.get(rank, rank)
        if isinstance(node, ast.Subscript):
            return self._indexed(node)
        if isinstance(node, ast.List):
            return self._matrix(node)
        return super()._of(node)

    def _indexed(self, node: ast.Subscript) -> int | None:
        of = self.of(node.value)
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        several = [isinstance(i, ast.Slice) for i in indices]
        if isinstance(node.value, ast.Name):
            self.known.setdefault(node.value.id, COLUMN if len(indices) == 1 else MATRIX)
        if len(several) == 1:
            every = isinstance(indices[0], ast.Slice) and indices[0].lower is None
            return COLUMN if every else (ROW if of == ROW else COLUMN) if several[0] else NUMBER
        return {(True, True): MATRIX, (True, False): COLUMN, (False, True): ROW}.get((several[0], several[1]), NUMBER)

    def _matrix(self, node: ast.List) -> int | None:
        rows = [[self.of(part) for part in row.elts] for row in node.elts if isinstance(row, ast.List)]
        if len(rows) == 1:
            return ROW if all(rank in (NUMBER, ROW) for rank in rows[0]) else MATRIX
        return COLUMN if all(len(row) == 1 and row[0] in (NUMBER, COLUMN) for row in rows) else MATRIX

    def _binary(self, op: str, left: ast.expr, right: ast.expr) -> int | None:
        if op not in ("MatMult", "LeftDiv", "RightDiv", "MatPow"):
            return super()._binary(op, left, right)
        for node in (left, right):
            if isinstance(node, ast.Attribute) and self.of(node) in (None, ROW):
                self.measured(node.value)
        a, b = self.of(left), self.of(right)
        if b is None and op in ("MatMult", "LeftDiv") and a in (MATRIX, ROW):
            self.vector(right, certain=True)
            b = self.of(right)
        if a is None and b in (MATRIX, ROW) and isinstance(left, ast.Name):
            self.beside.add(left.id)
        if op in ("RightDiv", "MatPow"):
            return a
        if op == "LeftDiv":
            return b
        if a is None or b is None:
            return (a or b) or None
        return _PRODUCTS.get((a, b), a or b)

    def _call(self, node: ast.Call) -> int | None:
        name, ranks = called(node), [self.of(argument) for argument in node.args]
        if not node.args or name in COUNTS or name in ("trace", "det"):
            return MATRIX if name == "eye" else NUMBER
        if name in ("norm", "dot"):
            for each in node.args[: 1 + (name == "dot")]:
                self.measured(each)
            return NUMBER
        if name == "cross":
            for each in node.args:
                self.vector(each, certain=True)
            return COLUMN
        if name in REDUCED and (len(node.args) == 1 or skipped(node)):
            if ranks[0] is None:
                return None
            along = self.along(node)
            axis = along[0] if along else None
            return NUMBER if axis is None or ranks[0] == NUMBER else COLUMN if axis == -1 else ROW
        if name == "bsxfun" and len(node.args) == 3:
            return self._binary("Sub", node.args[1], node.args[2])
        if name in OPERATORS or name in ("max", "min"):
            return self._binary(OPERATORS.get(name, "Add"), node.args[0], node.args[-1])
        if name in ("ones", "zeros"):
            ones = [whole(argument) == 1 for argument in node.args]
            if len(ones) == 1:
                like = node.args[0]
                return self.of(like.args[0]) if isinstance(like, ast.Call) and called(like) == "size" else MATRIX
            return {(False, True): COLUMN, (True, False): ROW, (True, True): NUMBER}.get((ones[0], ones[1]), MATRIX)
        if name == "diag":
            if ranks[0] is None:
                self.vector(node.args[0], certain=True)
            return COLUMN if self.of(node.args[0]) == MATRIX else MATRIX
        if name == "transpose":
            return None if ranks[0] is None else _TURNED.get(ranks[0], ranks[0])
        return MATRIX if name in ("eye", "kron", "chol") else ranks[0]


def skipped(node: ast.Call) -> int:
    """How many arguments stand before the axis of a reduction with several arguments; 0: it is none."""
    name, second = called(node), node.args[1] if len(node.args) > 1 else None
    if name in ("max", "min"):
        return 2 if isinstance(second, ast.List) and not second.elts else 0
    return 2 if name in ("var", "std") else 1


def axis_of(node: ast.Call) -> int | str | None:
    """The axis that a reduction is told, 1 or 2, "all", or None."""
    given = node.args[skipped(node) :]
    if not given or len(node.args) == 1:
        return None
    if isinstance(given[0], ast.Constant) and given[0].value == "all":
        return "all"
    return whole(given[0])
