"""A second reader of the notation: the value of a text in NumPy, by the ladder of precedence. It knows no matcalc.

All names have values, and so sizes. A text becomes a tree of tuples; sizes go through it first, because the vector of
ones and I take theirs from what stands beside them, then values. What the notation asks about raises Asked.

What other arrays than equal ones stand beside each other decides `_alike` alone; a name is looked up in `name` alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, TypeAlias, TypeVar

import numpy as np
from second_parser import Asked, Mismatch, Parser, Tree

Array: TypeAlias = "np.ndarray[Any, Any]"
Size: TypeAlias = "tuple[int | None, int | None]"
OPEN: Size = (None, None)
ONE: Size = (1, 1)
T = TypeVar("T")


def _has_name(tree: Any) -> bool:
    """Whether anything but numbers stands in it."""
    if isinstance(tree, list):
        return any(_has_name(part) for _, part in tree)
    if tree[0] == "number":
        return False
    return tree[0] not in ("group", "-", "^", "chain", "+") or any(map(_has_name, tree[1:]))


def _is_one(tree: Tree) -> bool:
    return tree == ("number", "1")


def _alike(sizes: Iterable[Size], wanted: Size = OPEN) -> Size:
    """The size of arrays that stand beside each other entry by entry; scalars spread over them, vectors over a matrix.

    What is not known of it takes what is wanted.
    """
    arrays = [size for size in sizes if size != ONE]
    if not arrays:
        return ONE
    matrices = {size for size in arrays if None not in size and 1 not in size}
    if not matrices:  # 1 b' beside a column: the column says how many ones
        lengths = [{size[axis] for size in arrays} - {None, 1} for axis in (0, 1)]
        if all(len(found) == 1 for found in lengths) and any(None in size and 1 not in size for size in arrays):
            matrices = {(lengths[0].pop(), lengths[1].pop())}
    if len(matrices) == 1:
        (matrix,) = matrices
        if all(_spreads(size, matrix) for size in arrays):
            return matrix
    known = [[size[axis] for size in arrays if size[axis] is not None] for axis in (0, 1)]
    if any(len(set(found)) > 1 for found in known):
        raise Mismatch(f"{arrays} beside each other")
    rows, columns = (found[0] if found else wanted[axis] for axis, found in enumerate(known))
    return rows, columns


def _spreads(size: Size, matrix: Size) -> bool:
    """Whether an array fits a matrix, or stands in its rows or else in its columns, in one way."""
    rows, columns = matrix
    if size == (rows, 1):
        return rows != columns
    return size in ((columns, 1), (1, columns)) or all(a in (None, b) for a, b in zip(size, matrix, strict=True))


def _spread(a: Array, size: Size) -> Array:
    """An array beside a matrix: a column of the length of its rows becomes a row."""
    turned = None not in size and 1 not in size and a.shape == (size[1], 1) != (size[0], 1)
    return a.T if turned else a


def _once(method: Callable[..., T]) -> Callable[..., T]:
    """Called again with the same tree and size, it is not worked out again."""

    def found(self: SecondReader, tree: Tree, wanted: Size = OPEN) -> T:
        key = (method.__name__, id(tree), wanted)
        if key not in self.known:
            self.trees.append(tree)  # so that no other tree gets its id
            try:
                self.known[key] = method(self, tree, wanted)
            except Mismatch as error:
                self.known[key] = error
        if isinstance(self.known[key], Mismatch):
            raise self.known[key]
        return self.known[key]  # type: ignore[no-any-return]

    return found


class SecondReader:
    """Reads texts at values of all names: arrays with two axes. `functions`: those of the program, with derivatives.

    What the notation asks about raises Asked, or with `asks=False`, where it is not always asked, is read by the
    ladder: A 1 / n has the vector of ones in it, and with `numbers` the number.
    """

    def __init__(
        self, values: Mapping[str, Array], functions: Mapping[str, tuple[Callable[..., Any], ...]],
        asks: bool = True, numbers: bool = False,
    ) -> None:  # fmt: skip
        self.values = dict(values)
        self.functions = dict(functions)
        self.asks = asks
        self.numbers = numbers
        self.known: dict[Any, Any] = {}
        self.trees: list[Tree] = []

    def program(self, text: str) -> Array:
        """The value of the last of the statements, one a line or separated by ; outside of brackets."""
        found = np.zeros((0, 0))
        for line in text.splitlines():
            for statement in re.split(r";(?![^\[]*\])", line.partition("#")[0]):
                if statement.strip():
                    statement = re.sub(r"(?<=[^\s+\-−*@·⋅/⊙⊘∘⊗^=:])\s+\(\s*\d+\s*\)\s*$", "", statement)  # a label
                    name = re.match(r"\s*(\w+)\s*=", statement)
                    try:
                        found = self.read(statement[name.end() :] if name else statement)
                    except np.linalg.LinAlgError:  # the inverse of a singular matrix
                        return np.full((1, 1), np.nan)
                    self.values[name[1] if name else ""] = found
        return found

    def read(self, text: str) -> Array:
        """The value of an expression."""
        parser = Parser(text, {*_ENTRIES, *_CALLS, "max", "min", "ones", "zeros", "eye", "kron", *self.functions})
        tree = parser.sum()
        if parser.at != len(parser.tokens):
            raise Mismatch(f"what is {parser.tokens[parser.at]}?")
        with np.errstate(all="ignore"):
            return self.value(tree, self.size(tree))

    def name(self, name: str) -> Array:
        if name not in self.values:
            raise Mismatch(f"{name} has no value")
        return self.values[name]

    # A product is one of two factors at a time: ("of two", sign, left, right).

    @_once
    def grouped(self, tree: Tree, wanted: Size) -> Tree:
        """A chain or product as products of two: by the ladder, or as it conforms."""
        if tree[0] == "chain":
            return _of_two(self.chain(tree[1]))
        flat: list[tuple[str, Tree]] = []
        for op, arg in tree[1]:
            items = self.chain(arg[1]) if arg[0] == "chain" else [(op, arg)]
            flat += [(op, items[0][1]), *items[1:]]
        first: list[tuple[str, Tree]] = []
        for op, arg in tree[1]:
            first[-1:] = [(first[-1][0], ("of two", op, first[-1][1], arg))] if op == "*" else [*first[-1:], (op, arg)]
        found = []
        spread: Tree | None = None  # by the ladder before all others, but only where no way conforms without
        ways = [_of_two(tree[1]), _of_two(flat), _of_two(first)]
        for way in ways[:1] if any(op == "⊗" for op, _ in tree[1]) else ways:
            try:
                self.size(way, wanted)
            except Mismatch:
                continue
            if not self.is_strict(way):
                spread = spread or way
            elif not found and way == ways[0]:
                return way
            else:
                found.append(way)
        if not found and spread is not None:
            return spread
        if any(op == "/ before a name" for _, arg in tree[1] if arg[0] == "chain" for op, _ in arg[1]):
            raise Asked("what is divided by 2 s?")
        if not found:
            raise Mismatch("a product does not conform")
        values = [self.value(way, wanted) for way in found]
        if any(v.shape != values[0].shape or not np.allclose(v, values[0], equal_nan=True) for v in values):
            raise Asked("a product conforms in two ways")
        return found[0]

    def is_strict(self, tree: Tree) -> bool:
        """Whether in a product, and in the products in it, no vector spreads over a matrix."""
        if tree[0] in ("chain", "product"):
            return self.is_strict(self.grouped(tree, OPEN))
        if tree[0] != "of two":
            return True
        _, op, a, b = tree
        sizes = [size for size in map(self.size, (a, b)) if size != ONE and None not in size]
        alike = op not in (".*", "./") or len(set(sizes)) < 2
        return alike and self.is_strict(a) and self.is_strict(b)

    def chain(self, items: list[tuple[str, Tree]]) -> list[tuple[str, Tree]]:
        """The same with the vectors of ones that are written 1, and / and juxtaposition as what they do."""
        found: list[tuple[str, Tree]] = []
        sizes = [ONE if _is_one(t) or t == ("'", ("number", "1")) else self.size(t) for _, t in items]
        for n, (op, tree) in enumerate(items):
            left = sizes[n - 1] if op == " " else ONE
            right = sizes[n + 1] if n + 1 < len(items) and items[n + 1][0] == " " else ONE
            if op == "/ before a name":
                op = "/"
                if not self.is_plain(items[:n]):
                    raise Asked("what is divided by 2 s?")
            if _is_one(tree) and (left[1] != 1 or (right[0] == 1 and right[1] != 1)):
                over = n + 1 < len(items) and items[n + 1][0].startswith("/")
                if over and self.asks:
                    raise Asked("A 1 / n")
                tree = tree if over and self.numbers else ("ones",)
            elif tree == ("'", ("number", "1")) and (left[0] != 1 or right[0] != 1):
                if op == "/":
                    raise Mismatch("divided by a row of ones")
                tree = ("'", ("ones",))
            found.append(("*" if op == " " else op, tree))
        return found

    def is_plain(self, items: list[tuple[str, Tree]]) -> bool:
        """Whether what is divided is a number or the name of a scalar, perhaps with a sign."""
        first = items[0][1]
        while first[0] == "-":
            first = first[1]
        named = len(items) == 1 and first[0] == "name" and self.size(first) == ONE
        return named or not _has_name(items)

    def pair(self, tree: Tree, wanted: Size) -> tuple[Size, Size, Size]:
        """The sizes of the two factors of a product, and its own."""
        _, op, a, b = tree
        left, right = self.size(a), self.size(b)
        if op == "/" and right != ONE:
            raise Mismatch("divided by an array")
        if left == ONE:
            right = self.size(b, wanted)
            return left, right, right
        if right == ONE:
            left = self.size(a, wanted)
            return left, right, left
        if op in (".*", "./"):
            size = _alike((left, right), wanted)
            left, right = (s if 1 in s and None not in s else size for s in (left, right))
            return left, right, size
        if op == "⊗":
            if None in (*left, *right):
                raise Mismatch("a size in ⊗ is not known")
            return left, right, (left[0] * right[0], left[1] * right[1])  # type: ignore[operator]
        left = self.size(a, (wanted[0], right[0]))
        right = self.size(b, (left[1], wanted[1]))
        left = self.size(a, (wanted[0], right[0]))
        if left[1] != right[0]:
            raise Mismatch(f"{left} times {right}")
        return left, right, (left[0], right[1])

    @_once
    def size(self, tree: Tree, wanted: Size = OPEN) -> Size:
        """Rows and columns; what is not known takes what is wanted."""
        kind, *args = tree
        if kind == "number":
            return ONE
        if kind == "name":
            return self.name(args[0]).shape
        if kind == "ones":
            return wanted[0], 1
        if kind == "I":
            n = wanted[0] if wanted[0] is not None else wanted[1]
            return n, n
        if kind in ("group", "-"):
            return self.size(args[0], wanted)
        if kind == "'":
            return self.size(args[0], wanted[::-1])[::-1]
        if kind in ("^", ".^"):
            size, power = self.size(args[0], wanted), self.size(args[1])
            if kind == "^" and power != ONE:
                raise Mismatch("an exponent is a scalar")
            if kind == ".^" and ONE not in (size, power) and size != power:
                raise Mismatch("vectors do not spread over exponents")
            return power if kind == ".^" and size == ONE else size
        if kind == "+":
            return self.together(args, wanted)
        if kind == "compare":
            return self.together(args[1:], wanted)
        if kind == ":":
            size = self.together(args, OPEN)
            if any(None not in own and own not in (size, ONE) for own in map(self.size, args)):
                raise Mismatch("vectors do not spread over what they are multiplied with by :")
            return ONE
        if kind == "block":
            rows, columns = zip(*(self.row(row)[0] for row in args[0]), strict=True)
            if len(set(columns)) > 1:
                raise Mismatch("rows of blocks")
            return sum(rows), columns[0]
        if kind == "of two":
            return self.pair(tree, wanted)[2]
        if kind in ("chain", "product"):
            return self.size(self.grouped(tree, wanted), wanted)
        return self.called(args[0], args[2], wanted)

    def together(self, trees: Iterable[Tree], wanted: Size) -> Size:
        trees = list(trees)
        first = _alike([self.size(t) for t in trees], wanted)
        return _alike([self.size(t, first) if self.size(t) != ONE else ONE for t in trees], wanted)

    def row(self, row: list[Tree]) -> tuple[tuple[int, int], list[Size]]:
        sizes = [self.size(t) for t in row]
        rows = next(size[0] for size in sizes if size[0] is not None)
        sizes = [self.size(t, (rows, None)) for t in row]
        if any(size[0] != rows or size[1] is None for size in sizes):
            raise Mismatch("blocks beside each other")
        return (rows, sum(size[1] or 0 for size in sizes)), sizes

    def called(self, name: str, args: list[Tree], wanted: Size) -> Size:
        if name in ("ones", "zeros", "eye"):
            rows = [int(self.value(a, ONE).item()) for a in args]
            return rows[0], rows[0] if name == "eye" else [*rows, 1][1]
        if name in self.functions or name in _ENTRIES:
            return self.size(args[0], wanted)
        if name in ("max", "min") and len(args) == 2:
            return self.together(args, wanted)
        if name == "kron":
            return self.size(_of_two([("⊗", arg) for arg in args]))
        size = self.size(args[0], wanted if name == "inv" else OPEN)
        if name in ("max", "min"):
            return ONE
        if name == "inv" and None in size:
            return size
        if None in size or name not in _CALLS:
            raise Mismatch(f"the size of {name} is not known")
        return _CALLS[name][0](*size)  # type: ignore[no-any-return, arg-type]

    @_once
    def value(self, tree: Tree, size: Size) -> Array:
        """The value of a tree of a size that `size` has found; what is open is one."""
        kind, *args = tree
        if kind == "number":
            return np.array([[float(args[0])]])
        if kind == "name":
            return self.name(args[0])
        if kind == "ones":
            return np.ones((size[0] or 1, 1))
        if kind == "I":
            return np.eye(size[0] or 1)
        if kind == "group":
            return self.value(args[0], size)
        if kind == "-":
            return -self.value(args[0], size)
        if kind == "'":
            return self.value(args[0], size[::-1]).T
        if kind in ("^", ".^"):
            return _power(kind, self.value(args[0], self.size(args[0], size)), self.value(args[1], self.size(args[1])))
        if kind == "+":
            return self.beside(args, size, np.add)
        if kind == ":":
            return self.beside(args, self.together(args, OPEN), np.multiply).sum().reshape(1, 1)
        if kind == "compare":
            return self.beside(
                args[1:], size, lambda a, b: np.where(abs(a - b) > 1e-9, _COMPARED[args[0]](a, b), np.nan)
            )
        if kind == "block":
            return np.block([[self.value(t, s) for t, s in zip(row, self.row(row)[1], strict=True)] for row in args[0]])
        if kind in ("chain", "product"):
            return self.value(self.grouped(tree, size), size)
        if kind == "of two":
            left, right, whole = self.pair(tree, size)
            a, b = self.value(args[1], left), self.value(args[2], right)
            if args[0] in (".*", "./"):
                a, b = _spread(a, whole), _spread(b, whole)
            if args[0] == "⊗":
                return np.kron(a, b)
            if args[0] in ("/", "./"):
                return np.where(np.abs(b) < 1e-12, np.nan, a / b)  # 0, perhaps rounded
            if args[0] == "*" and ONE not in (a.shape, b.shape):
                if a.shape[1] != b.shape[0]:
                    raise Mismatch(f"{a.shape} times {b.shape}")
                return a @ b
            return a * b
        return self.call(args[0], args[1], args[2], size)

    def beside(self, trees: Iterable[Tree], size: Size, how: Callable[..., Array]) -> Array:
        trees = list(trees)
        whole = self.together(trees, size)
        sizes = [ONE if self.size(t) == ONE else self.size(t, whole) for t in trees]
        found = reduce(how, [_spread(self.value(t, s), whole) for t, s in zip(trees, sizes, strict=True)])
        return found

    def call(self, name: str, order: int, args: list[Tree], size: Size) -> Array:
        if name in self.functions:
            return np.asarray(self.functions[name][order](self.value(args[0], size)))
        if name in _ENTRIES:
            return _ENTRIES[name][order](self.value(args[0], size))
        if name in ("ones", "zeros", "eye"):
            return (
                np.eye(size[0] or 1) if name == "eye" else np.full((size[0] or 1, size[1] or 1), float(name == "ones"))
            )
        if name in ("max", "min") and len(args) == 2:
            return self.beside(args, size, np.maximum if name == "max" else np.minimum)
        if name == "kron":
            return self.value(_of_two([("⊗", arg) for arg in args]), size)
        a = self.value(args[0], self.size(args[0], size if name == "inv" else OPEN))
        if name in ("max", "min"):
            return (a.max() if name == "max" else a.min()).reshape(1, 1)
        return np.asarray(_CALLS[name][1](a)).reshape(_CALLS[name][0](*a.shape))


def _of_two(items: list[tuple[str, Tree]]) -> Tree:
    return reduce(lambda a, item: ("of two", item[0], a, item[1]), items[1:], items[0][1])


def _power(kind: str, a: Array, k: Array) -> Array:
    if kind == "^" and a.shape != (1, 1) and a.shape[0] == a.shape[1]:
        if k.item() != round(k.item()):
            raise Mismatch("a power of a matrix that is not whole")
        return np.asarray(np.linalg.matrix_power(_inverse(a) if k.item() < 0 else a, int(abs(k.item()))))
    found = np.asarray(a**k)
    return np.where(np.isinf(found), np.nan, found)


def _det(a: Array) -> float:
    return 1 / float(np.linalg.det(_inverse(a)))


def _inverse(a: Array) -> Array:
    if not np.linalg.cond(a) < 1e6:
        raise np.linalg.LinAlgError("near to a singular matrix")
    return np.linalg.inv(a)


_COMPARED: dict[str, Callable[..., Array]] = {
    ">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal,
}  # fmt: skip


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _slope(x: Array) -> Array:
    return _sigmoid(x) * _sigmoid(-x)


_ENTRIES: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "exp": (np.exp, np.exp), "log": (np.log, np.reciprocal), "sqrt": (np.sqrt,), "abs": (np.abs,), "sign": (np.sign,),
    "sin": (np.sin, np.cos), "cos": (np.cos, lambda x: -np.sin(x)), "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (_sigmoid, _slope), "sigma": (_sigmoid, _slope), "relu": (lambda x: np.maximum(x, 0),),
    "softplus": (lambda x: np.log1p(np.exp(x)), _sigmoid), "log1p": (np.log1p,), "expm1": (np.expm1,),
    "atan": (np.arctan,), "arctan": (np.arctan,), "sinh": (np.sinh,), "cosh": (np.cosh,),
}  # fmt: skip


def _scalar(rows: int, columns: int) -> Size:
    return ONE


def _same(rows: int, columns: int) -> Size:
    return rows, columns


def _square(size: Callable[[int, int], Size]) -> Callable[[int, int], Size]:
    def found(rows: int, columns: int) -> Size:
        if rows != columns:
            raise Mismatch("a square matrix is wanted")
        return size(rows, columns)

    return found


def _diagonal(rows: int, columns: int) -> Size:
    return (rows, rows) if columns == 1 else _square(lambda n, m: (n, 1))(rows, columns)


def _diag(a: Array) -> Array:
    return np.diag(a[:, 0]) if a.shape[1] == 1 else np.diag(a)


def _softmax(a: Array) -> Array:
    e = np.exp(a)
    return np.asarray(e / (e.sum() if 1 in a.shape else e.sum(axis=1, keepdims=True)))


_CALLS: dict[str, tuple[Callable[[int, int], Any], Callable[[Array], Any]]] = {
    "sum": (_scalar, np.sum), "mean": (_scalar, np.mean), "tr": (_square(_scalar), np.trace),
    "det": (_square(_scalar), _det), "logdet": (_square(_scalar), lambda a: math.log(_det(a))),
    "inv": (_square(_same), _inverse), "vec": (lambda n, m: (n * m, 1), lambda a: a.T.reshape(-1)),
    "diag": (_diagonal, _diag),
    "rowsum": (lambda n, m: (n, 1), lambda a: a.sum(axis=1)), "colsum": (lambda n, m: (1, m), lambda a: a.sum(axis=0)),
    "rowmean": (lambda n, m: (n, 1), lambda a: a.mean(axis=1)), "softmax": (_same, _softmax),
    "colmean": (lambda n, m: (1, m), lambda a: a.mean(axis=0)), "log_softmax": (_same, lambda a: np.log(_softmax(a))),
    "logsumexp": (lambda n, m: (1, 1) if 1 in (n, m) else (n, 1),
                  lambda a: np.log(np.exp(a).sum(axis=None if 1 in a.shape else 1))),
    **dict.fromkeys(("norm", "norm2", "norm_F"), (_scalar, lambda a: np.sqrt((a * a).sum()))),
    **dict.fromkeys(("norm1", "norm_1"), (_scalar, lambda a: np.abs(a).sum())),
    "norm_inf": (_scalar, lambda a: np.abs(a).max()),
    **dict.fromkeys(("norm_2", "norm_spec"), (_scalar, lambda a: np.linalg.svd(a)[1].max())),
    **dict.fromkeys(("norm_*", "norm_nuc"), (_scalar, lambda a: np.linalg.svd(a)[1].sum())),
}  # fmt: skip
