"""Expressions of Python to trees of the notation, with the meaning that they have in Python.

`*` is elementwise; a 1-D array is a column, and beside a matrix its transpose, because it stands along the last axis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import NamedTuple

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.syntax.parser import indicator
from matcalc.syntax.python.ranks import Ranks, module, whole
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree, copied

_COMPARED = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
_COMPOUND = frozenset({"sum", "product", "chain", "inner", "negative"})


class Valued(NamedTuple):
    """What an expression of Python is: its tree, how many axes it has, and which of the two is known to be of length 1.

    An array with one axis has the tree of a column.
    """

    tree: Tree
    rank: int
    thin: int | None = None


_KINDS = {
    "Tuple": "return the loss alone; what else is returned is left out",
    "ListComp": "write what all of them are at once: X @ w for [w @ x for x in X]",
    "GeneratorExp": "write what all of them are at once: (X @ w).sum() for sum(w @ x for x in X)",
    "Lambda": "define the function above and call it by its name",
}
"""What to write instead of expressions that are not read."""


class Expressions:
    """Makes trees of expressions; `sizes` are the local names for sizes, with the tree of each."""

    def __init__(self, source: Source) -> None:
        self.source = source
        text = source.text
        self.starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
        self.indent = len(text) - len(text.lstrip(" \t")) if text[:1] in " \t" else 0
        self.sizes: dict[str, Tree] = {}
        self.ranks = Ranks({})
        self.dims: set[str] = set()
        self.outer: tuple[str, str] | None = None
        """A column and an array of one axis that stand beside each other."""
        self.telling: set[str] = set()
        """Names for what compares."""
        self.lengths: dict[str, list[object]] = {}
        """The sizes of names, where they are declared."""
        self.thin: dict[str, int | None] = {}
        """Of names with two axes, which of them is of length 1."""

    def _place(self, node: ast.AST | None) -> tuple[int, int]:
        if node is None or not hasattr(node, "lineno"):
            return 0, len(self.source.text)

        def offset(line: int, column: int) -> int:
            start = self.starts[line - 1]
            end = self.starts[line] if line < len(self.starts) else len(self.source.text)
            return start + self.indent + len(self.source.text[start:end].encode()[:column].decode(errors="ignore"))

        return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)  # type: ignore

    def no(
        self, node: ast.AST | None, message: str, hint: str = "", kind: type[MatcalcError] = UnsupportedError
    ) -> MatcalcError:
        start, end = self._place(node)
        hint = hint or "sums, means, products, norms and functions of the entries are read"
        return self.source.error(UnsupportedError, message, start, end, hint=hint)

    def _make(self, node: ast.AST, kind: str, *args: Tree, value: object = None, ops: Sequence[str] = ()) -> Tree:
        tree = Tree(kind, list(args), *self._place(node), value)
        tree.ops = list(ops)
        return tree

    def _group(self, tree: Tree) -> Tree:
        return Tree("group", [tree], tree.start, tree.end) if tree.kind in _COMPOUND else tree

    def _T(self, tree: Tree) -> Tree:
        if tree.kind == "transpose":
            return tree.args[0]
        return Tree("transpose", [self._group(tree)], tree.start, tree.end)

    def _call_of(self, node: ast.AST, name: str, *args: Tree) -> Tree:
        return self._make(node, "call", *args, value=(name, 0))

    def _product(self, node: ast.AST, op: str, left: Tree, right: Tree) -> Tree:
        if left.kind == "negative":  # the sign of the first factor is that of the product
            return self._make(node, "negative", self._product(node, op, left.args[0], right), value=1)
        return self._make(node, "product", self._group(left), self._group(right), ops=("", op))

    def _number(self, node: ast.AST, value: object) -> Tree:
        from matcalc.syntax.tokens import lexed

        start, end = self._place(node)
        return self._make(node, "number", value=lexed(self.source, repr(value), start, end)[1])

    def _read(self, node: ast.expr) -> Valued:
        found = getattr(self, f"_{type(node).__name__.lower()}", None)
        if found is None:
            raise self.no(node, "this kind of expression is not in the notation", _KINDS.get(type(node).__name__, ""))
        value = found(node)
        assert isinstance(value, Valued)
        return value

    def _constant(self, node: ast.Constant) -> Valued:
        if type(node.value) not in (int, float) or repr(node.value) == "inf":
            raise self.no(node, f"{node.value!r} is no number")
        return Valued(self._number(node, node.value), 0)

    def _name(self, node: ast.Name) -> Valued:
        if node.id in self.sizes:
            return Valued(copied(self.sizes[node.id]), 0)
        if node.id in self.dims and node.id not in self.ranks.known:
            return Valued(self._make(node, "name", value=node.id), 0)
        if node.id not in self.ranks.known:
            raise self.no(node, f"{node.id} is not an array here")
        return Valued(self._make(node, "name", value=node.id), self.ranks.known[node.id], self.thin.get(node.id))

    def _unaryop(self, node: ast.UnaryOp) -> Valued:
        value = self._read(node.operand)
        if isinstance(node.op, ast.UAdd):
            return value
        if not isinstance(node.op, ast.USub):
            raise self.no(node, "this sign is not in the notation")
        return value._replace(tree=self._make(node, "negative", self._group(value.tree), value=1))

    def _compare(self, node: ast.Compare) -> Valued:
        if len(node.ops) != 1 or (op := _COMPARED.get(type(node.ops[0]).__name__)) is None:
            raise self.no(node, "this comparison is not in the notation", "one of <, <=, > and >= is")
        a, b, like = self._aligned(self._read(node.left), self._read(node.comparators[0]))
        return like._replace(tree=indicator(self._group(a), op, self._group(b), *self._place(node)))

    def _binop(self, node: ast.BinOp) -> Valued:
        if isinstance(node.op, ast.BitAnd) and self._tells(node.left) and self._tells(node.right):
            return self._operation(node, "Mult", self._read(node.left), self._read(node.right))
        return self._operation(node, type(node.op).__name__, self._read(node.left), self._read(node.right))

    def _tells(self, node: ast.expr) -> bool:
        # Whether an expression is 0 and 1 in every entry, because it compares.
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
            return self._tells(node.left) and self._tells(node.right)
        return isinstance(node, ast.Compare) or (isinstance(node, ast.Name) and node.id in self.telling)

    def _operation(self, node: ast.AST, op: str, left: Valued, right: Valued) -> Valued:
        if op == "MatMult":
            return self._matmul(node, left, right)
        if op == "Pow":
            if right.rank:
                raise self.no(node, "the exponent is an array", "a power has a number for its exponent")
            kind = "POWER_ENTRIES" if left.rank else "POWER"
            exponent = right.tree if right.tree.kind == "number" else self._group(right.tree)
            return left._replace(tree=self._make(node, "power", self._group(left.tree), exponent, value=kind))
        a, b, like = self._aligned(left, right)
        if op == "Mult":
            return like._replace(tree=self._product(node, "HADAMARD", a, b))
        if op == "Div":
            return like._replace(tree=self._product(node, "OVER_ENTRIES" if right.rank else "OVER", a, b))
        if op not in ("Add", "Sub"):
            hint = "a power is x**2" if op == "BitXor" else ""
            raise self.no(node, f"this operator ({op}) is not in the notation", hint)
        terms, ops = ([a], [""]) if a.kind != "sum" or left.rank != right.rank else (a.args, a.ops)
        parts = [*(terms if a.kind == "sum" and terms is a.args else [self._group(a)]), self._group(b)]
        return like._replace(tree=self._make(node, "sum", *parts, ops=(*ops, "MINUS" if op == "Sub" else "PLUS")))

    def _aligned(self, left: Valued, right: Valued) -> tuple[Tree, Tree, Valued]:
        """The trees of two operands of an elementwise operation, spread to one shape, and what is of that shape."""
        if not left.rank or not right.rank or left.rank == right.rank == 1:
            return left.tree, right.tree, left if left.rank else right
        if {(left.rank, left.thin), (right.rank, right.thin)} == {(2, 1), (1, None)}:
            column, other = (left, right) if left.rank == 2 else (right, left)
            self.outer = (
                self.source.quote(column.tree.start, column.tree.end),
                self.source.quote(other.tree.start, other.tree.end),
            )
        left, right = (v if v.rank == 2 else Valued(self._T(v.tree), 2, 0) for v in (left, right))
        a, b = (
            one.tree if one.thin in (None, other.thin) else self._spread(one)
            for one, other in ((left, right), (right, left))
        )
        return a, b, left._replace(thin=left.thin if left.thin == right.thin else None)

    def _spread(self, value: Valued) -> Tree:
        # Every column, or every row, of a matrix whose size the neighbours say.
        tree = value.tree
        ones = Tree("ones", [], tree.start, tree.end)
        parts = [self._group(tree), self._T(ones)] if value.thin else [ones, self._group(tree)]
        spread = Tree("product", parts, tree.start, tree.end)
        spread.ops = ["", "TIMES"]
        return spread

    def _matmul(self, node: ast.AST, left: Valued, right: Valued) -> Valued:
        if not left.rank or not right.rank:
            raise self.no(node, "@ takes arrays, and one side is a number", "a number multiplies by *")
        if left.rank == 1 and right.rank == 2:  # a vector stands as a row to the left of a matrix
            return Valued(self._product(node, "TIMES", self._T(right.tree), left.tree), 1)
        a = self._T(left.tree) if left.rank == 1 else left.tree
        if left.rank == 1 and left.tree.kind == "product" and left.tree.args[0].kind == "transpose" and right.rank == 1:
            turned, vector = left.tree.args[0], left.tree.args[-1]
            if left.tree.ops == ["", "TIMES"]:  # (A' x)' y is x' A y
                a = self._product(node, "TIMES", self._T(vector), turned.args[0])
                a.kind = "chain"
        if (left.thin, right.thin) == (0, 1):  # an array of one number
            return Valued(self._product(node, "TIMES", a, right.tree), 0)
        thin = 0 if left.thin == 0 else 1 if right.thin == 1 else None
        rank = left.rank + right.rank - 2
        return Valued(self._product(node, "TIMES", a, right.tree), rank, thin if rank == 2 else None)

    def _attribute(self, node: ast.Attribute) -> Valued:
        if module(node.value, node.attr):
            if node.attr in ("pi", "e"):
                return Valued(self._make(node, "name", value=node.attr), 0)
            hint = "leave out what makes data: what has no value is a name" if node.attr == "random" else ""
            raise self.no(node, f"{self.source.quote(*self._place(node))} is not in the notation", hint)
        if (size := self._size(node)) is not None:
            return Valued(size, 0)
        if node.attr in ("T", "mT"):
            return self._transposed(self._read(node.value))
        raise self.no(node, f".{node.attr} is not in the notation")

    def _transposed(self, value: Valued) -> Valued:
        thin = None if value.thin is None else 1 - value.thin
        return Valued(self._T(value.tree), 2, thin) if value.rank == 2 else value

    def _size(self, node: ast.expr) -> Tree | None:
        """The tree of X.shape[0], X.size(0), len(x), and of a name for one; None of anything else."""
        array: ast.expr | None = None
        axis: object = 0
        if isinstance(node, ast.Name):
            return copied(self.sizes[node.id]) if node.id in self.sizes else None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            array, axis = node.value.value, whole(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            array = node.args[0]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "size"
            and node.args
        ):
            array, axis = node.func.value, whole(node.args[0])
        elif isinstance(node, ast.Attribute) and node.attr == "size":
            array, axis = node.value, None
        if array is None:
            return None
        value = self._read(array)
        if axis is None and value.rank:
            return self._count(node, value)
        if not isinstance(axis, int) or not -value.rank <= axis < value.rank:
            raise self.no(node, "there is no such axis")
        return self._make(node, "extent", value.tree, value=axis % value.rank)

    def _count(self, node: ast.AST, value: Valued, axis: int | None = None) -> Tree:
        """How many entries an array has, or along an axis."""
        axes = range(value.rank) if axis is None else [axis]
        sizes = [self._make(node, "extent", copied(value.tree), value=i) for i in axes]
        return sizes[0] if len(sizes) == 1 else self._product(node, "HADAMARD", *sizes)
