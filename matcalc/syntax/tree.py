"""What a text is before it means anything: tokens, and trees of them, each with its place.

A tree is what was written: its kind, its parts and its place. What shapes it has, and what expression it is, are found
by later passes, which keep what they find on a copy of it. Whoever reads another language hands over these trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matcalc.expr import Node
    from matcalc.syntax.solve import Var


class Token:
    """A piece of the text: its kind (a terminal of the grammar), canonical value, and place.

    What Lark asks of a token besides is nothing here: places are offsets into the source.

    A sum over indices is one token, SUM_OVER, whose value is `Bounds`: Σ_i, sum_{i,j}, Σ_{i=1}^n, and ∑ without any
    index, which adds the entries of the product to its right. A name with subscripts is one NAME, the subscripts joined
    to it by one underscore (y_i, w_kj, also for w_{kj} and w_{k,j}); which of their letters are indices is found on
    the statements (subscripts.py), and such a name becomes an ENTRY, with `Subscripted` for its value; EACH after the =
    of P_ik = … has the letters i, k, each with where it ends. RANGED says where the letters of a statement end. Of
    x^{(i)} the tokens are those of a power, POWER OPEN_BRACE OPEN NAME CLOSE CLOSE_BRACE, and it is x_i where i is an
    index.
    """

    __slots__ = ("end", "kind", "start", "value")
    start_pos = end_pos = line = column = end_line = end_column = None

    def __init__(self, kind: str, value: object, start: int, end: int) -> None:
        self.kind = kind
        self.value = value
        self.start = start
        self.end = end

    @property
    def type(self) -> str:
        """The kind, as Lark calls it."""
        return self.kind

    def __repr__(self) -> str:
        return f"{self.kind}({self.value!r})"


class Bounds(NamedTuple):
    """What a sum runs over: its letters, none for the sum of all entries, and where the index ends, if that is said.

    `last`: a size as a name or a number, as in Σ_{i=1}^n and Σ_i^n. The first is always 1. `apart`: "≠" or "<", if it
    runs over the pairs of two letters that are so.
    """

    letters: tuple[str, ...]
    last: str | int | None = None
    apart: str = ""


class Labelled(str):
    """A name whose subscript is a word, E_{\\text{in}}: its letters are no indices."""

    __slots__ = ()


class Subscripted(NamedTuple):
    """A name and the letters that are its indices: y_i is ("y", ("i",))."""

    stem: str
    letters: tuple[str, ...]


COLUMN = "𝟏_"
"""The value of ones, as a token and as a tree, that are a column, as in LaTeX."""


class Tree:
    """A piece of an expression as it was written.

    `args` are its parts. In a product (kinds "chain" and "product") and in a sum, `ops` says by a token's kind how each
    part is joined to those before it, the first by "". In a "row" they stand side by side, in a "stack" above each
    other; a "zero" there is of any size. A "total" is a sum over layers, as `sum(e[l], l = 1..L)`. `value` is a name, a
    number, (function, order of derivative), which norm, a range of layers, or whether there is one minus sign or two.
    An "over" is a sum over an index, its value `Bounds`. An "entry" is y_i and a "line" row i of X as a column, the
    name being their part and the letters their value; an "array" is what stands to the right of `P_ik =`, its value the
    letters. Once it is found out where these are bound, each has `Letter`s in the place of letters (letters.py).
    `regrouped` marks a product that has other brackets than the ladder puts.
    `var` is its shape while shapes are solved for, `node` the expression that it is.
    """

    __slots__ = ("args", "end", "kind", "node", "ops", "regrouped", "start", "value", "var")
    node: Node
    var: Var

    def __init__(self, kind: str, args: list[Tree], start: int, end: int, value: Any = None) -> None:
        self.kind = kind
        self.args = args
        self.ops: list[str] = []
        self.start = start
        self.end = end
        self.value = value
        self.regrouped = False


def below(root: Tree) -> Iterator[Tree]:
    """Every part below `root`, the whole before its parts. Iterative."""
    stack = [root]
    while stack:
        tree = stack.pop()
        yield tree
        stack.extend(tree.args)


def walk(root: Tree) -> Iterator[Tree]:
    """Every part below `root`, parts before the whole."""
    return reversed(list(below(root)))


def copied(root: Tree, change: Callable[[Tree], Tree] = lambda tree: tree) -> Tree:
    """A copy, on which a pass may keep what it finds; `change` is told every part of it, its own parts first."""
    done: dict[Tree, Tree] = {}
    for tree in walk(root):
        new = Tree(tree.kind, [done[arg] for arg in tree.args], tree.start, tree.end, tree.value)
        new.ops, new.regrouped = list(tree.ops), tree.regrouped
        done[tree] = change(new)
    return done[root]


def sized(size: str, start: int, end: int) -> Tree:
    """The tree of a size that is written as an index: of n in I_n."""
    return Tree("number", [], start, end, Fraction(size)) if size.isdecimal() else Tree("name", [], start, end, size)


class Statement:
    """A statement: "expression", "definition", "known_gradient" or "declared".

    `names` are what it defines, or (E, A) of dE/dA; `declarations` are (names, dims, attributes), all tokens.
    """

    __slots__ = ("declarations", "kind", "names", "tree")

    def __init__(self, kind: str, tree: Tree | None, names: Sequence[Token], declarations: Sequence[Any] = ()) -> None:
        self.kind = kind
        self.tree = tree
        self.names = names
        self.declarations = declarations
