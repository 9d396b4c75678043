"""Random texts of the notation, a method for each rung of its ladder, and values for the names in them.

A text conforms by the ladder as it stands, so brackets stand only where a rung needs them, or by chance. Every spelling
of a sign comes up, blanks where they may be; signs, powers and quotients in every place; ones on both sides.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Shape: TypeAlias = "tuple[str, str]"
T = TypeVar("T")
SIZES = {"n": 3, "d": 2, "h": 4, "": 1}
DECLARED = [
    "A, B, C, Σ: n x n", "X, Y, Θ: n x d", "W_1, W2: d x h", "V: h x n", "x, y, x0: n", "w, β: d", "b: h",
    "s, t, λ, alpha: scalar", "f: elementwise",
]  # fmt: skip
NAMED: dict[Shape, str] = {
    ("n", "n"): "A B C Σ", ("n", "d"): "X Y Θ", ("d", "h"): "W_1 W2", ("h", "n"): "V", ("n", ""): "x y x0",
    ("d", ""): "w β", ("h", ""): "b", ("", ""): "s t λ alpha",
}  # fmt: skip
SHAPES: list[Shape] = [
    ("", ""), ("", ""), ("n", ""), ("d", ""), ("", "d"), ("n", "d"), ("n", "n"), ("d", "h"), ("h", "n"),
]  # fmt: skip
CANONICAL = {"Σ": "Sigma", "Θ": "Theta", "β": "beta", "λ": "lambda"}
FUNCTIONS = {"f": (lambda x: np.sin(x) + x**2 / 3, lambda x: np.cos(x) + 2 * x / 3)}
ENTRIES = "exp tanh sin cos sigmoid σ relu softplus atan arctan cosh f f' tanh' sin' exp'"
TRANSPOSES = "' ' ' ᵀ ^T .T ^⊤ .' ^{T} ′ ’ ^{⊤}"
SQUARE = "^2 ^3 ² ^{2} ^-1 ^{-1} ⁻¹ ^(-1) ^{-T} ^{-⊤} ⁻ᵀ ^-T .^2 ^-2 ^-1' ^2'"
PLAIN = ".^2 .^3 ^2 ² .^-1 .^s .^(1/2) ^3 .^{2} .^-s"
SCALAR = "2 3 -1 -2 (1/2) {-1} {1/2} 0.5 s -t t^2 -2^s 2^2 --2 s^-t (s+1) {2/t}"


def values(seed: int) -> dict[str, Array]:
    """Values of all names, and of the sizes."""
    rng = np.random.default_rng(seed)
    found = {
        CANONICAL.get(name, name): rng.uniform(0.4, 1.6, (SIZES[shape[0]], SIZES[shape[1]]))
        for shape, names in NAMED.items()
        for name in names.split()
    }
    return found | {name: np.array([[float(size)]]) for name, size in SIZES.items() if name}


class Texts:
    """Draws texts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.named = {shape: names.split() for shape, names in NAMED.items()}
        self.left = 0

    def program(self) -> str:
        """Up to two definitions and an expression."""
        lines = []
        for n in range(self.pick(0, 0, 1, 2)):
            shape = self.pick(*SHAPES)
            self.left = self.random.randint(2, 10)
            lines.append(f"z{n + 1} = {self.sum(shape)}")
            self.named.setdefault(shape, []).append(f"z{n + 1}")
        self.left = self.random.randint(3, 24)
        lines.append(f"R = {self.sum(self.pick(*SHAPES))}")
        return self.pick(";", "; ", "\n", "  # so\n").join(lines)

    # ---------------------------------------------------------------------------------------------------------- chances

    def pick(self, *options: T) -> T:
        return self.random.choice(options)

    def one(self, *ways: Callable[[], str]) -> str:
        return self.random.choice(ways)()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def more(self, share: float = 0.5) -> bool:
        """Whether the text grows here."""
        self.left -= 1
        return self.left > 0 and self.chance(share)

    def dim(self, other: str = "") -> str:
        return self.pick(*(x for x in "ndh" if x != other))

    def sign(self, *spellings: str) -> str:
        sign = self.pick(*spellings)
        return self.pick(f" {sign} ", f" {sign} ", sign, f"{sign} ")

    def name(self, shape: Shape) -> str:
        name = self.pick(*self.named[shape])
        return self.pick("lambda", "λ") if name == "λ" else name

    def transposed(self, text: str) -> str:
        return text + self.pick(*TRANSPOSES.split())

    # ------------------------------------------------------------------------------------------------------- the rungs

    def sum(self, shape: Shape) -> str:
        rows, columns = shape
        found = self.frobenius(shape)
        while self.more(0.4):
            ways = [lambda: self.frobenius(shape)] * 5 + [lambda: self.frobenius(("", ""))]
            if rows and columns:
                ways += [lambda: self.spread(rows, columns)] * 3
            if rows and rows == columns:
                ways += [lambda: self.identity(shape)] * 4
            found += self.sign("+", "-", "-", "−") + self.one(*ways)
        return found

    def identity(self, shape: Shape) -> str:
        return self.pick("I", "2 I", "I / 2", f"eye({shape[0]})", f"{self.before()} I", f"I {self.plain(shape)}")

    def spread(self, rows: str, columns: str) -> str:
        """A vector in every column or row: x 1', 1 w', or by itself where it fits in one way."""
        if rows != columns and self.chance(0.4):
            return self.fitting(rows, columns)
        row = self.transposed(self.tight((columns, "")))
        if self.chance(0.5):
            return f"{self.pick('', '', self.before() + ' ')}{self.tight((rows, ''))} {self.pick('1', '1', '𝟏')}'"
        return self.pick(f"1 {row}", f"𝟏 {row}", f"{self.before()} (1 {row})")

    def fitting(self, rows: str, columns: str) -> str:
        """A vector that spreads over a matrix: x, w, w'."""
        return self.chain(self.pick((rows, ""), (columns, ""), ("", columns)))

    def frobenius(self, shape: Shape) -> str:
        if shape == ("", "") and self.more(0.2):
            inner = self.pick(*SHAPES[2:])
            return f"{self.product(inner)}{self.sign(':')}{self.product(inner)}"
        return self.product(shape)

    def product(self, shape: Shape) -> str:
        rows, columns = shape
        if not self.more(0.4):
            return self.chain(shape)
        inner = self.dim()
        matrix = [lambda: f"{self.product((rows, inner))}{self.sign('*', '@', '·')}{self.chain((inner, columns))}"]
        scaled = [
            lambda: f"{self.product(('', ''))}{self.sign('*', '@', '·', '.*')}{self.chain(shape)}",
            lambda: f"{self.product(shape)}{self.sign('*', '·')}{self.chain(('', ''))}",
        ]
        entries = [lambda: f"{self.product(shape)}{self.sign('.*', '⊙', '∘')}{self.chain(shape)}"]
        if rows and columns and rows != columns:
            entries.append(lambda: f"{self.product(shape)}{self.sign('.*', '⊙')}{self.fitting(rows, columns)}")
            entries.append(lambda: f"{self.fitting(rows, columns)}{self.sign('.*', '∘')}{self.chain(shape)}")
        kronecker = [lambda: f"{self.product((rows, ''))}{self.sign('⊗')}{self.chain(('', columns))}"]
        return self.one(*matrix * 2, *scaled, *entries * (2 if rows or columns else 0), *kronecker)

    def before(self) -> str:
        """A scalar as it stands before a factor: 1/2, 2^t, -s^2."""
        s, t, k = self.name(("", "")), self.name(("", "")), self.pick("2", "3", "10", "0.5", ".5", "1e-1")
        return self.pick(
            k, s, "1/2", "1/n", "1/2^2", f"1/{s}", f"{s}/2", f"{s}^2", f"{k}^2", f"{k}^3", f"{k}^{s}", f"{k}^-1",
            f"{k}^-{s}", f"{k}^{{-2}}", f"{s}^(1/2)", "(1/2)^3", f"{k}^2^{t}", f"1/{k}^2", f"{s}/{t}^2", f"{k}^2/{s}",
            f"{s}^-1", f"-{k}^2", f"-{s}", f"{k}²", f"{s} {t}", f"{s}/{t}/{k}", f"{s}^{t}^2", f"1/({s} + {t})",
            f"(3/2)^{s}", f"{s}/-{t}", f"{s}⁻¹", f"{k}/{s}",
        )  # fmt: skip

    def chain(self, shape: Shape) -> str:
        rows, columns = shape
        if not self.more(0.6):
            return self.unary(shape)
        inner = self.dim()
        s = self.name(("", ""))
        below = ["2", "3", "-2", "n", "2^2", "2^s", "s^2", f"(2 {s})", "s", "s^-1", "-s", "10^-1", "2²", "(1/2)^3"]
        ways = [
            lambda: self.beside(self.before(), self.factor(shape)),
            lambda: self.beside(self.before(), self.factor(shape)),
            lambda: f"{self.chain(shape)}{self.sign('/')}{self.pick(*below)}",
            lambda: f"{self.chain(shape)}{self.sign('/')}{self.tight(('', ''))}",
            lambda: self.beside(self.chain(shape), self.factor(("", ""))),
            lambda: self.beside(self.chain((rows, inner)), self.factor((inner, columns))),
            lambda: self.beside(self.chain((rows, inner)), self.factor((inner, columns))),
            lambda: self.ones(rows, columns),
        ]
        if rows or columns:
            ways += [
                lambda: f"{self.chain(shape)}{self.sign('./', '⊘')}{self.unary(shape)}",
                lambda: f"{self.pick('1', '2', s, self.before())}{self.sign(' ./', ' ⊘')}{self.unary(shape)}",
            ]
        return self.one(*ways)

    def ones(self, rows: str, columns: str) -> str:
        """A product with a vector of ones."""
        k, m = self.dim(), self.dim()
        front = self.pick("", "", self.before() + " ")
        if rows and columns:
            return f"{front}{self.tight((rows, k))} 1 {self.transposed(self.tight((columns, '')))}"
        if rows:
            return f"{front}{self.tight((rows, k))} 1"
        if columns:
            return f"1' {self.tight((k, columns))}"
        return self.one(
            lambda: f"1' {self.tight((k, ''))}",
            lambda: f"1'{self.pick('', ' ')}{self.tight((k, m))} 1",
            lambda: f"{self.transposed(self.tight((k, '')))} 1",
            lambda: f"{self.transposed(self.tight((k, '')))} {self.tight((k, m))} 1",
        )

    def beside(self, left: str, right: str) -> str:
        """Juxtaposed, sometimes without a blank where none is needed."""
        if right[0] in ".0123456789":
            right = f"({right})"
        bracket = right[0] == "(" and not left[-1].isalpha()
        if self.chance(0.3) and (bracket or left[-1] == ")" or left in ("2", "3", "10", "0.5")):
            return left + right
        return f"{left} {right}"

    def unary(self, shape: Shape) -> str:
        return self.pick("", "", "", "", "-", "−", "- ", "--") + self.factor(shape)

    def factor(self, shape: Shape) -> str:
        """A power, or what is tighter."""
        rows, columns = shape
        base = self.tight(shape)
        if not self.more(0.8 if rows and rows == columns else 0.5):
            return base
        if rows != columns:
            return (
                base + self.pick(*PLAIN.split())
                if self.chance(0.9)
                else f"{self.tight(shape[::-1])}{self.pick('.^2', '^3')}'"
            )
        if rows:
            return base + self.pick("^{-T}", "⁻ᵀ", *SQUARE.split())
        base = self.pick(base, base, self.name(shape), "2", "10")
        return base + self.pick(*(self.pick("^", "^", " ^ ") + e for e in SCALAR.split()), "²", "³", "⁻¹", "^2²")

    def plain(self, shape: Shape) -> str:
        """A name, the transpose of one, a product of two, or ones."""
        rows, columns = shape
        if shape in self.named:
            return self.name(shape)
        if shape[::-1] in self.named:
            return self.transposed(self.name(shape[::-1]))
        for inner in ("n", "d", ""):
            if (rows, inner) in self.named and (columns, inner) in self.named:
                return f"({self.name((rows, inner))} {self.transposed(self.name((columns, inner)))})"
        return f"ones({rows}, {columns})"

    def tight(self, shape: Shape) -> str:
        """A name, a call, brackets, and transposes of them."""
        rows, columns = shape
        if not self.more(0.5):
            return self.plain(shape)
        if self.chance(0.3 if rows and columns else 0.1):
            return self.transposed(self.tight(shape[::-1]))
        ways = [lambda: f"({self.sum(shape)})"] * 3
        ways += [lambda: f"{self.pick(*ENTRIES.split())}({self.sum(shape)})"] * 2
        ways += [lambda: f"[{self.sum(shape)}{self.compared()}{self.sum(shape)}]"]
        if shape == ("", ""):
            return self.one(*ways, *self.scalars())
        ways += [
            lambda: f"[{self.sum(shape)}{self.compared()}{self.pick('0', '1', '0.9')}]",
            lambda: f"{self.pick('max', 'min')}({self.sum(shape)}, {self.sum(shape)})",
            lambda: f"{self.pick('max', 'min')}({self.pick('0', '1')}, {self.sum(shape)})",
        ]
        if rows and rows == columns:
            ways += [
                lambda: f"diag({self.sum((rows, ''))})",
                lambda: f"inv({self.sum(shape)})",
                lambda: f"diag(diag({self.sum(shape)}))",
                lambda: f"eye({rows})",
            ]
        elif rows and columns:
            ways += [lambda: f"softmax({self.sum(shape)})", lambda: f"ones({rows}, {columns})"]
        elif rows:
            by_row = ("rowsum", "rowmean", "logsumexp")
            ways += [
                lambda: f"{self.pick(*by_row)}({self.sum((rows, self.dim(rows)))})",
                lambda: f"diag({self.sum((rows, rows))})",
                lambda: f"ones({rows})",
                lambda: f"softmax({self.sum(shape)})",
            ]
        else:
            ways += [lambda: f"{self.pick('colsum', 'colmean')}({self.sum((self.dim(columns), columns))})"]
        return self.one(*ways)

    def compared(self) -> str:
        return self.sign(">", "<", ">=", "≥", "≤", "<=")

    def scalars(self) -> list[Callable[[], str]]:
        """Ways to write a number."""
        inner = self.pick(*SHAPES[2:])
        vector = "" in inner
        suffixes = ["", "", "_2", "_1", "_inf"] if vector else ["", "_F", "_2", "_*"]
        names = ["sum", "mean", "norm", "norm", "max", *(("norm1", "norm2") if vector else ("norm_spec", "norm_nuc"))]
        n = self.dim()

        def norm() -> str:
            bar = self.pick("‖", "||")
            return f"{bar}{self.sum(inner)}{bar}{self.pick(*suffixes)}"

        def blocks() -> str:
            above = f"{self.sum((n, 'd'))}, {self.sum((n, ''))}"
            below = f"{self.sum(('', 'd'))}, {self.sum(('', ''))}"
            return f"sum([{self.pick(above, above + self.pick(';', '; ') + below)}])"

        def kronecker() -> str:
            inside = f"{self.product((self.dim(), n))}{self.sign('⊗')}{self.chain(self.pick(*SHAPES))}"
            return self.pick("sum({})", "‖{}‖", "||{}||^2").format(inside)

        return [
            lambda: f"{self.pick(*names)}({self.sum(inner)})",
            norm,
            norm,
            lambda: f"{self.pick('tr', 'tr', 'det')}({self.sum((n, n))})",
            blocks,
            kronecker,
            lambda: f"tr(kron({self.sum((n, n))}, {self.sum(('d', 'd'))}))",
            lambda: self.pick("n", "d", "2", "0.5"),
        ]
