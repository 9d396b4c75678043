"""The vector of ones written as on paper: `X W + 1 b'`, `X - m 1'`.

A literal 1 directly before a transposed vector in a sum, and a 1 that is transposed beside a factor, is a column of
ones of the length that its place asks for. Where that length is 1, or what stands after it is no row, it is the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc.expr import SCALAR
from matcalc.syntax.parser import Tree, walk
from matcalc.syntax.reader import Reader
from matcalc.syntax.solve import SCALAR as IS_SCALAR
from matcalc.syntax.solve import Solver


class LiteralOnes:
    """The literals of a program that are read as vectors of ones: their trees become those of 𝟏.

    The value of such a tree is how the product that it stands in is written with a size.
    """

    def __init__(self, reader: Reader, trees: Sequence[Tree]) -> None:
        self.reader = reader
        self.left: list[tuple[Tree, Tree]] = []
        for root in trees:
            for tree in walk(root):
                if tree.kind == "sum":
                    for arg in tree.args:
                        self._term(arg)
                if tree.kind in ("chain", "product"):
                    self._transposed(tree)

    def _term(self, tree: Tree) -> None:
        # … 1 b' as a term of a sum.
        while tree.kind in ("group", "negative"):
            tree = tree.args[0]
        if tree.kind != "chain" or tree.ops[-1] != "TIMES" or tree.ops[-2] not in ("", "TIMES"):
            return
        number, row = tree.args[-2:]
        if row.kind == "transpose" and row.args[0].kind == "name" and self._may_be_vector(str(row.args[0].value)):
            sign = self._literal(number)
            if sign:
                ones = Tree("ones", [], number.end - 1, number.end, f"ones(n) {self._text(row)}")
                self.left.append((ones, row))
                number.kind, number.args, number.value = (
                    ("negative", [ones], 1) if sign < 0 else ("group", [ones], None)
                )

    def _transposed(self, tree: Tree) -> None:
        # b 1' anywhere. What is printed may hold the number 1', so in one expression only after a vector.
        for i, (op, factor) in enumerate(zip(tree.ops, tree.args, strict=True)):
            if op not in ("", "TIMES") or factor.kind != "transpose" or self._literal(factor.args[0]) <= 0:
                continue
            before = tree.args[i - 1] if i else None
            if self.reader.roles.closed:
                vector = before is not None and before.kind == "name" and self._may_be_vector(str(before.value))
                if not vector or i + 1 < len(tree.args):
                    continue
            ones = factor.args[0]
            ones.kind, ones.value = "ones", "ones(n)'" if before is None else f"{self._text(before)} ones(n)'"
            if tree.ops[-1] == "TIMES" and self._literal(tree.args[-1]) > 0:  # 1' A 1
                tree.args[-1].kind, tree.args[-1].value = "ones", "ones(n)"

    def _literal(self, tree: Tree) -> int:
        """1 or -1 where a number is written 1 or -1, else 0."""
        if tree.kind != "number" or abs(tree.value) != 1 or self._text(tree).lstrip("-− ") != "1":
            return 0
        return int(tree.value)

    def _text(self, tree: Tree) -> str:
        return self.reader.source.quote(tree.start, tree.end)

    def _may_be_vector(self, name: str) -> bool:
        reader = self.reader
        if name in reader.symbols:
            shape = reader.symbols[name].shape
            return shape[1] == 1 and shape != SCALAR
        if name in reader.declared and reader.declared[name].shape != (None, None):
            return reader.declared[name].shape[1] == 1 and reader.declared[name].shape != SCALAR
        return not name[0].isupper() and not reader.is_constant(name)

    def step(self, solver: Solver) -> bool:
        """Make those that do not stand before a row numbers again. True where there are any: then solve anew."""
        wrong = [
            ones for ones, row in self.left if not solver.is_one(row.var.rows) or solver.state(row.var) == IS_SCALAR
        ]
        if wrong:
            self.left = []
            for ones in wrong:
                ones.kind, ones.value = "number", Fraction(1)
        return bool(wrong)
