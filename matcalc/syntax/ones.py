"""The vector of ones written as on paper: `A 1`, `1' A 1`, `X W + 1 b'`, `X - m 1'`.

A 1 that is transposed beside a factor, that stands to the right of a matrix, or before a row, is a column of ones of
the length that its place asks for. Elsewhere, and where that length is 1, it is the number; so it is in brackets.
A 1 that a stroke follows, `X 1/2`, may be either (choices.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc.prose import marked
from matcalc.syntax.choices import Undecided
from matcalc.syntax.reader import Reader, size_arguments
from matcalc.syntax.roles import Roles
from matcalc.syntax.solve import Solver
from matcalc.syntax.source import Source
from matcalc.syntax.tree import COLUMN, Token, Tree, walk


def ones_apart(source: Source, tokens: Sequence[Token], roles: Roles) -> list[Token]:
    """11' as 1 1', the matrix of ones, with a note: nobody transposes the number eleven."""
    if "11" not in source.text:
        return list(tokens)
    found: list[Token] = []
    for i, token in enumerate(tokens):
        after = [(t.kind, t.value) for t in tokens[i + 1 : i + 3]]
        transposed = after[:1] and (after[0][0] == "TRANSPOSE" or after == [("POWER", "^"), ("NAME", "T")])
        if token.kind != "NUMBER" or token.value != 11 or not transposed:
            found.append(token)
            continue
        middle = token.end - 1
        plain = token.end - token.start == 2  # or \mathbf{11}
        kind, value = ("NUMBER", Fraction(1)) if plain else ("ONES", COLUMN)
        found += [Token(kind, value, token.start, middle), Token(kind, value, middle, token.end)]
        shown = source.quote(token.start, tokens[i + 1 if after[0][0] == "TRANSPOSE" else i + 2].end)
        roles.notes[marked(f"`{shown}` is read as `1 1'`, the matrix of ones")] = None
    return found


class LiteralOnes:
    """The literals of a program that may be vectors of ones: their trees become those of 𝟏 until shapes are known.

    The value of such a tree is how the product that it stands in is written with a size.
    """

    def __init__(self, reader: Reader, trees: Sequence[Tree]) -> None:
        self.source = reader.source
        self.choice = reader.choice
        self.left: list[tuple[Tree, Tree, int]] = []  # the tree of 𝟏, that of the number, and the number
        sizes: set[Tree] = set()
        for tree in reversed([tree for root in trees for tree in walk(root)]):  # a call before its arguments
            if tree in sizes:
                sizes.update(tree.args)
            elif tree.kind == "call":
                sizes.update(size_arguments(tree))
            elif tree.kind in ("chain", "product"):
                self._product(tree)

    def _product(self, tree: Tree) -> None:
        ops, args = tree.ops, tree.args
        for i, (op, factor) in enumerate(zip(ops, args, strict=True)):
            bare = factor.args[0] if factor.kind == "negative" else factor  # -1' A 1
            transposed = bare.kind == "transpose" and self._literal(bare.args[0]) > 0
            if op not in ("", "TIMES") and not (transposed and op == "OVER_ENTRIES"):
                continue
            before = self._text(args[i - 1]) + (" ./ " if op == "OVER_ENTRIES" else " ") if i else ""
            following = ops[i + 1] if i + 1 < len(ops) else ""
            if transposed:
                one = bare.args[0]
                one.kind, one.value = "ones", f"{before}ones(n)'"
                self.left.append((one, one, 1))
            elif (sign := self._literal(factor)) and (i or following == "TIMES"):
                if following == "OVER":
                    if self.choice.ones is None:
                        raise Undecided(self.source, args[i - 1], factor, args[i + 1])
                    if not self.choice.ones:
                        continue
                one = Tree("ones", [], factor.end - 1, factor.end)
                one.value = f"{before}ones(n)" if i else f"ones(n) {self._text(args[i + 1])}"
                self.left.append((one, factor, sign))
                factor.kind, factor.args, factor.value = ("negative" if sign < 0 else "group"), [one], 1

    def _literal(self, tree: Tree) -> int:
        """1 or -1 where a number is written 1 or -1, else 0."""
        if tree.kind != "number" or abs(tree.value) != 1 or self._text(tree).lstrip("-−– ") != "1":
            return 0
        return int(tree.value)

    def _text(self, tree: Tree) -> str:
        return self.source.quote(tree.start, tree.end)

    def settle(self, solver: Solver) -> None:
        """Make numbers again those whose length is 1, now that every length is known."""
        for one, number, sign in self.left:
            if solver.is_one(one.var.rows):
                number.kind, number.args, number.value = "number", [], Fraction(sign)
            else:
                self.choice.size = solver.known(one.var.rows)


def literal(tree: Tree) -> Tree | None:
    """The tree of 𝟏 in a factor that is a literal 1 or -1 and may be a vector of ones; None of any other."""
    inner = tree.args[0] if tree.kind in ("group", "negative") else tree
    return inner if inner.kind == "ones" and inner.value not in (None, COLUMN) and inner is not tree else None
