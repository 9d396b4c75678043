"""Malformed inputs by chance: soups of tokens, well-formed texts spoilt, nested and long ones, wrong options.

An input is a program, further declarations, what to differentiate by, a formula, and options of the command line.
"""

from __future__ import annotations

import random
import re
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from random_texts import Texts

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
WORDS = (
    "x y A B W1 f sum tr ( ( ) ) [ ] { } + - * .* ./ / ^ ^T ' .T || ‖ _1 _F : , ; = J n d 1 2 0.5 1e3 I e pi 𝟏 ones "
    "eye softmax columns max inv diag norm given dJ/dA x² ᵀ ⁻¹ λ Σ σ δ2 symmetric ∈ ℝ^{ × @ · ⊙ ⊘ ⊗ # ! | in R^n "
    "scalar elementwise log det zeros ∂ α' f' -T ^{-1} ŷ kron( vec( unvec( ptrace1( rowrange( chol( layer_norm( "
    "sqdist( min( cosine( pinv( n^2 _* _inf ^(1/2) 0 > >= ≥ < ≤ layers l = 1..L steps t = 1..T a[l] W[l] a[l-1] "
    "b[l] a[0] a[L] x0 1' lambda_max( expm( logdet( relu( \\frac $ && == != ** // <= ++ … “ ” ’ ″ ∇ ∑ ∫ ≠ → ∞ π"
)
TOKENS = WORDS.split()
LAYERS = (
    "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]; a[l] = tanh(z[l]); a[0] = x; J = ‖a[L] - y‖^2",
    "layers l = 1..3: a[l] = a[l-1] + relu(W[l] a[l-1]); a[0] = x; J = 1/2 ‖a[3] - y‖^2",
    "steps t = 1..T: h[t] = tanh(U h[t-1] + W x[t] + b); e[t] = ‖V h[t] - y[t]‖^2; h[0] = 0; J = sum(e[t], t = 1..T)",
    "layers l = 1..L: a[l] = g(W a[l-1]); a[0] = x; J = v' a[L]",
)
PROGRAMS = (
    "J = sum((y - f(f(X W1) W2))^2)", "J = ‖X w - y‖^2 + lam/2 ‖w‖^2", "A: n x n symmetric; x: n; J = x' A x / x' x",
    "A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R", "J = logdet(X' X + I)", "A: 2 x 2; tr(A ⊗ [1, 2; 3, 4])",
    "J = -sum(Y .* log(softmax(X W)))", "X: n x d; w: d; J = mean(log(1 + exp(-y .* (X w))))",
    "K = X X'; J = tr(inv(K) S)", "J = sum(max(0, 1 - y .* (X w)))", "x: n; f: elementwise; J = sum(f(f(x)))",
    "J = ‖A 1 - b‖^2", "J = det(A)^2",
)  # fmt: skip
OPENING = (
    "(", "f(", "sum(", "inv(", "tanh(", "-", "+", "[", "{", "‖", "||", "norm(", "max(x, ", "kron(A, ", "[x; ", "[A, ",
    "x^", "2^(", "A .* (", "1/", "1/(", "x' (", "diag(", "det(", "softmax(", "[x > ", "A ⊗ ", "x - ", "A : ", "f'(",
    "|", "vec(", "exp(-", "x .^ ", "tr(A ", "A^{", "1 ", "x = ",
)  # fmt: skip
CLOSING = (
    "'",
    ")",
    "]",
    "^T",
    "^2",
    "^-1",
    "²",
    "⁻¹",
    "_1",
    " x",
    " A",
    "/2",
    " 1",
    ";",
    ", x",
    "\n",
    "[1]",
    ".T",
    "''",
)
NUMBERS = (
    "1e999", "1e-999", "1e400", "9" * 400, "1" * 5_000, "0." + "0" * 400 + "1", "10^400", "10^10^10", "2^-9999999",
    "1..2", "0/0", "1/0", "0^0", "0^-1", "1e", "1e+", ".", "..", "0x10", "1_000", "²", "x^99999999999", "A^1000000",
    "A^-1000000", "A^0", "A^0.5", "A^1.5", "x^1e300", "(1/3)^400", "1e308 * 1e308", "eye(1000000000)",
    "ones(99999999, 99999999)", "zeros(0)", "eye(-1)", "ones(1.5)", "ones(x)", "x[1]", "A[1000000,1]",
    "layers l = 1..1000000000:", "nan", "inf", "-0", "1e5 x", "unvec(x, 0, 0)", "unvec(x, 7, 1e9)",
    "ptrace1(A, 99999)", "rowrange(A, 2, 1)", "0 x", "1/3/1e-300",
)  # fmt: skip
DECLARATIONS = (
    "X: n x d", "A, B: n x n symmetric", "x: n", "lam: scalar", "P: 3 x 4", "f: elementwise", "X in R^{n x d}",
    "X ∈ ℝ^{n×d}", "E: scalar function", "Q: n x n orthogonal", "y: n positive", "A: 0 x 2", "A: -1 x n", "A: n",
    "A: 100000 x 100000", "A: n x n x n", "A: x x x", "n: n x n", "A: n x n nonsense", "A A: n x n", "J: scalar", ":",
    "x:", ": n x d", "A: 1e9 x 2", "A: n^2 x 2 n", "A: n+1 x n", "A: n x", "A: n × d constant", "sum: n x n", "e: n",
    "I: n x n", "W[l]: n x n", "a[0]: n", "l: n", "A: n x n symmetric skew", "A: 2.5 x 3", "x: n onehot",
    "Σ: n x n pd", "𝟏: n", "",
)  # fmt: skip
OPTIONS = (
    "--format", "text", "json", "latex", "markdown", "html", "--steps", "--no-steps", "--expand", "--factor",
    "--braces", "--entries", "--layout", "numerator", "denominator", "gradient", "--primes", "--verify",
    "--no-verify", "--ascii", "--time-limit", "0.5", "-1", "0", "nan", "inf", "1e-9", "x", "--convention", "entries",
    "free", "projected", "--shape", "A: n x n", "--wrt", "w", "A", "W[1,2]", "W[1,:]", "W[", ",", "--document",
    "--candidate", "2 x", "--nonsense", "-x", "--", "", " ", "\x00", "\ud800", "é", "--help", "-", "--form", "--wrt=",
    "--format=", "W1,W2", "--output", ".",
)  # fmt: skip
COMMANDS = ("derive", "derive", "derive", "jacobian", "verify", "graph")
WANTED = (
    "x",
    "A",
    "W",
    "X",
    "w",
    "W1",
    "J",
    "y",
    "W[1]",
    "W[L]",
    "a[0]",
    "W[1,2]",
    "X[i,:]",
    "λ",
    "γ",
    "",
    "(",
    "x'",
    "f",
    "1",
)


class Malformed(NamedTuple):
    """One input."""

    kind: str
    source: str
    shapes: list[str]
    wrt: str
    formula: str
    options: list[str]


@cache
def well_formed() -> tuple[str, ...]:
    """Texts that are spoilt."""
    examples = [path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.mc"))]
    return (*examples, *PROGRAMS * 3, *LAYERS * 3, *(Texts(seed).program() for seed in range(100)))


@cache
def characters() -> dict[str, list[str]]:
    """Characters of every category of Unicode."""
    found: dict[str, list[str]] = {}
    for code in range(0, sys.maxunicode + 1, 7):
        found.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    for code in range(0x3000):
        found.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    return found


class Spoiler:
    """Draws malformed inputs. `depth`: the most that anything is nested or repeated."""

    def __init__(self, seed: int, depth: int) -> None:
        self.random = random.Random(f"malformed {seed}")
        self.depth = round(depth ** self.random.random())  # some deep, most shallow

    def input(self) -> Malformed:
        kinds: dict[str, Callable[[], str]] = {
            "soup": self.soup, "spoilt": self.spoilt, "brackets": self.brackets, "names": self.names,
            "nested": self.nested, "numbers": self.numbers, "characters": self.characters, "layers": self.layers,
            "long": self.long, "declarations": self.declared, "options": self.text,
        }  # fmt: skip
        kind = self.random.choice([*kinds, "soup", "spoilt", "spoilt", "layers", "numbers"])
        source = kinds[kind]()
        shapes = [
            self.declaration()
            for _ in range(self.random.choice((0, 0, 1, 3) if kind == "declarations" else (0, 0, 0, 1)))
        ]
        options = self.many(OPTIONS, 6) if kind == "options" else self.many(OPTIONS, 1)
        names = re.findall(r"[^\W\d]\w*(?:\[\w\])?", source) or [""]
        wrt = self.random.choice(WANTED if self.random.random() < 0.4 else names)
        formula = self.spoil(
            self.random.choice(("2 x", "A + A'", "2 X'(X w - y)", "δ", "", self.random.choice(PROGRAMS)))
        )
        return Malformed(kind, source, shapes, wrt, formula, options)

    def many(self, words: tuple[str, ...], most: int) -> list[str]:
        return [self.random.choice(words) for _ in range(self.random.randint(0, most))]

    def text(self) -> str:
        return self.random.choice(well_formed())

    def soup(self) -> str:
        between = self.random.choice(("", " ", " "))
        start = self.random.choice(("", "J = ", "A: n x n; x: n; J = "))
        return start + between.join(self.random.choice(TOKENS) for _ in range(self.random.randint(1, 25)))

    def spoil(self, text: str) -> str:
        """The text with a few pieces deleted, doubled, exchanged or put in."""
        for _ in range(self.random.choice((1, 1, 2, 4))):
            i, j = sorted(self.random.randint(0, len(text)) for _ in range(2))
            j = min(j, i + self.random.choice((1, 1, 2, 5, 20)))
            piece = text[i:j]
            how = self.random.choice("dcsiir")
            if how == "d":
                text = text[:i] + text[j:]
            elif how == "c":
                text = text[:j] + piece + text[j:]
            elif how == "s":
                text = text[:i] + text[i:j][::-1] + text[j:]
            elif how == "i":
                text = text[:i] + self.random.choice(TOKENS) + text[i:]
            else:
                k = self.random.randint(0, len(text))
                text = text[:i] + text[k : k + 5] + text[j:]
        return text

    def spoilt(self) -> str:
        return self.spoil(self.text())

    def layers(self) -> str:
        return self.spoil(self.random.choice(LAYERS))

    def brackets(self) -> str:
        text = self.text()
        for _ in range(self.random.randint(1, 5)):
            i = self.random.randint(0, len(text))
            text = text[:i] + self.random.choice("()[]{}‖|'") * self.random.choice((1, 1, 2, self.depth)) + text[i:]
        return text

    def names(self) -> str:
        letter = self.random.choice(("x", "A", "_", "W_", "x1", "Σ", "é", "x̂", "ab", "λ", "x_1_"))
        name = letter * self.random.randint(1, self.depth)
        return self.random.choice(
            ("J = sum({})", "{}", "{}: n x n; tr({})", "J = {}' {}", "{} = x", "f({})", "{}(x)", "{}[l]")
        ).replace("{}", name)

    def nested(self) -> str:
        opening = "".join(self.many(OPENING, 3)) or "("
        closing = "".join(self.many(CLOSING, 2))
        depth = self.random.choice((1, 3, 10, self.depth // 4 + 1, self.depth))
        if self.random.random() < 0.5:
            closing = "".join({"(": ")", "[": "]", "{": "}", "‖": "‖"}.get(c, "") for c in reversed(opening)) + closing
        return (
            self.random.choice(("J = ", "", "x: n; A: n x n; J = "))
            + opening * depth
            + self.random.choice("xA1")
            + closing * depth
        )

    def long(self) -> str:
        piece = self.random.choice(
            (
                " + x'x",
                " x",
                " .* x",
                "; z = x",
                "\nJ = x",
                " - A",
                "/2",
                " A B",
                ", x",
                "# x\n",
                " ",
                "x: n; ",
                "'",
                " ⊗ A",
            )
        )
        return self.random.choice(("J = x", "x: n; A: n x n; J = A", "x")) + piece * self.random.randint(
            2, 2 + self.depth
        )

    def numbers(self) -> str:
        number = self.random.choice(NUMBERS)
        if self.random.random() < 0.3:
            return self.random.choice(
                ("J = sum({} x)", "{}", "J = {}", "A: n x n; tr({} A)", "J = x^{}", "J = ‖x‖^2 / {}", "{} A: {} x {}")
            ).replace("{}", number)
        text = self.text()
        i = self.random.randint(0, len(text))
        return f"{text[:i]} {number} {text[i:]}"

    def characters(self) -> str:
        found = characters()
        text = list(self.random.choice((self.text(), self.soup(), "")))
        for _ in range(self.random.choice((1, 1, 3, 20))):
            text.insert(self.random.randint(0, len(text)), self.random.choice(found[self.random.choice(sorted(found))]))
        return "".join(text)

    def declaration(self) -> str:
        found = self.random.choice(DECLARATIONS)
        return self.spoil(found) if self.random.random() < 0.6 else found

    def declared(self) -> str:
        lines = [self.declaration() for _ in range(self.random.randint(1, 4))]
        return self.random.choice(("; ", "\n", ", ")).join([*lines, self.text()])
