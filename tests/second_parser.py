"""The notation as a tree, by recursive descent, for the second reader. It knows no matcalc."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

Tree: TypeAlias = "tuple[Any, ...]"


class Mismatch(Exception):
    """The text does not conform, or is no text of the notation."""


class Asked(Exception):
    """The notation asks what is meant."""


_SIGNS = (
    r"\.\*|\./|\.\^|\|\||>=|<=|\.?['′’]|\.T(?![A-Za-z0-9_])|[-−–+*@·⋅⊙∘⊘⊗/^:;,(){}\[\]=‖<>≥≤⩾⩽𝟏ᵀ⊤]|[⁺⁻]?[⁰¹²³⁴-⁹]+|⁻ᵀ"
)
_TOKEN = re.compile(
    rf"\s+|#.*|𝟏_[A-Za-z0-9]+|(\d+\.\d+|\d+|\.\d+)([eE][-+]?\d+)?|[A-Za-zΑ-Ωα-ω][A-Za-z0-9_]*|_(?:1|2|F|inf|\*)|{_SIGNS}"
)
_SAME = {
    "−": "-",
    "⋅": "*",
    "·": "*",
    "@": "*",
    "⊙": ".*",
    "∘": ".*",
    "⊘": "./",
    "||": "‖",
    "≥": ">=",
    "≤": "<=",
    "⩾": ">=",
    "⩽": "<=",
}
_GREEK = {"α": "alpha", "β": "beta", "λ": "lambda", "σ": "sigma", "Σ": "Sigma", "Θ": "Theta", "𝟏": "𝟏"}
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_TRANSPOSES = {"'", "′", "’", ".'", ".′", ".’", ".T", "ᵀ", "⊤"}
_PRODUCTS = ("*", ".*", "⊗")


class Parser:
    """Recursive descent: a method for each rung, the loosest first."""

    def __init__(self, text: str, functions: Iterable[str]) -> None:
        self.functions = set(functions)
        self.tokens: list[str] = []
        self.touching: list[bool] = []  # no blank before it
        self.norms = 0
        self.at = end = blank = 0
        for found in _TOKEN.finditer(text):
            if found.start() != end:
                raise Mismatch(text[end : found.start()])
            end = found.end()
            if found[0].isspace() or found[0].startswith("#"):
                blank = end
                continue
            token = "".join(_GREEK.get(c, c) for c in found[0])
            self.tokens.append(_SAME.get(token, token))
            self.touching.append(found.start() != blank)
        if end != len(text):
            raise Mismatch(text[end:])

    def next(self, *wanted: str) -> str:
        """The next token, taken if it is one that is wanted (any where nothing is); else empty."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if token and (not wanted or token in wanted):
            self.at += 1
            return token
        return ""

    def need(self, token: str) -> None:
        if not self.next(token):
            raise Mismatch(f"{token} is missing")

    def sum(self) -> Tree:
        found = self.frobenius()
        while op := self.next("+", "-"):
            other = self.frobenius()
            found = ("+", found, ("-", other) if op == "-" else other)
        return found

    def frobenius(self) -> Tree:
        found = self.product()
        while self.next(":"):
            found = (":", found, self.product())
        return found

    def product(self) -> Tree:
        items = [("", self.chain())]
        while op := self.next(*_PRODUCTS):
            items.append((op, self.chain()))
        return ("product", items) if len(items) > 1 else items[0][1]

    def chain(self) -> Tree:
        items = [("", self.unary())]
        while True:
            if op := self.next("/", "./"):
                items.append((op, self.unary()))
                after = self.tokens[self.at] if self.at < len(self.tokens) else ""
                if op == "/" and is_number(items[-1][1]) and is_name(after) and after not in self.functions:
                    if self.touching[self.at]:
                        raise Asked("1/2n")
                    items[-1] = ("/ before a name", items[-1][1])
            elif self.begins():
                number = items[-1][1][0] == "number"
                items.append((" ", self.power()))
                if number and self.tokens[self.at - 1][0].isdigit() and items[-1][1][0] == "number":
                    raise Mismatch("two numbers")
            else:
                return ("chain", items) if len(items) > 1 else items[0][1]

    def begins(self) -> bool:
        """Whether a factor begins here, which is multiplied by what stands before it."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        return token[:1] in ("(", "[", "𝟏") or token[:1].isalnum() or (token == "‖" and not self.norms)

    def unary(self) -> Tree:
        return ("-", self.unary()) if self.next("-") else self.power()

    def power(self) -> Tree:
        base = self.postfix(self.atom())
        while op := self.next("^", ".^"):
            base = self.raised(base, op)
        return base

    def raised(self, base: Tree, op: str) -> Tree:
        """What stands after ^. A transpose after an exponent that is a number belongs to the power."""
        braces = bool(self.next("{"))
        minus = self.next("-") if braces or self.tokens[self.at + 1 : self.at + 2] == ["T"] else ""
        if self.next("T", "⊤"):
            if braces:
                self.need("}")
            return self.postfix(("'", ("^", base, ("number", "-1")) if minus else base))
        if minus:
            self.at -= 1
        if braces:
            exponent = self.sum()
            self.need("}")
            return self.postfix((op, base, exponent))
        sign = False
        while self.next("-"):
            sign = not sign
        negative = sign and self.tokens[self.at - 2 : self.at - 1] != ["-"]
        atom = self.atom()
        plain = atom[0] == "number"
        if self._divided() and (negative or atom == ("number", "1")) and (plain or is_name(self.tokens[self.at - 1])):
            raise Asked("x^-1/2")
        exponent = atom if plain else self.postfix(atom)
        while further := self.next("^", ".^"):
            exponent = self.raised(exponent, further)
        return self.postfix((op, base, ("-", exponent) if sign else exponent)) if plain else (
            op, base, ("-", exponent) if sign else exponent)  # fmt: skip

    def _divided(self) -> bool:
        """Whether a stroke touches what stands before it, and a number follows."""
        two = self.tokens[self.at : self.at + 2]
        return two[:1] == ["/"] and self.touching[self.at] and len(two) == 2 and two[1][0] in "0123456789."

    def postfix(self, found: Tree) -> Tree:
        while token := self.next(*_TRANSPOSES, "⁻ᵀ") or self.superscript():
            if token in _TRANSPOSES:
                found = ("'", found)
            elif token == "⁻ᵀ":
                found = ("'", ("^", found, ("number", "-1")))
            else:
                found = ("^", found, ("number", token.translate(_RAISED)))
        return found

    def superscript(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        return self.next() if token and token[0] in "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹" else ""

    def atom(self) -> Tree:
        token = self.next()
        if token == "(":
            inner, self.norms = self.norms, 0
            found = self.sum()
            self.norms = inner
            self.need(")")
            return ("group", found)
        if token == "‖":
            self.norms += 1
            found = self.sum()
            self.norms -= 1
            self.need("‖")
            return ("call", "norm" + (self.next("_1", "_2", "_F", "_inf", "_*") or ""), 0, [found])
        if token == "[":
            return self.square()
        if token == "𝟏":
            return ("ones",)
        if token.startswith(("𝟏_", "I_")):
            size: Tree = ("number" if token[2:].isdigit() else "name", token[2:])
            return ("call", "ones" if token[0] == "𝟏" else "eye", 0, [size])
        if token[:1].isdigit() or token[:1] == ".":
            return ("number", token)
        if not is_name(token):
            raise Mismatch(f"a factor is missing at {token or 'the end'}")
        order = 0
        while token in self.functions and self.tokens[self.at + order : self.at + order + 1] == ["'"]:
            order += 1
        if token in self.functions and self.tokens[self.at + order : self.at + order + 1] == ["("]:
            self.at += order + 1
            inner, self.norms = self.norms, 0
            args = [self.sum()]
            while self.next(","):
                args.append(self.sum())
            self.norms = inner
            self.need(")")
            return ("call", token, order, args)
        return ("I",) if token == "I" else ("name", token)

    def square(self) -> Tree:
        inner, self.norms = self.norms, 0
        rows = [[self.sum()]]
        if op := self.next(">", "<", ">=", "<="):
            found: Tree = ("compare", op, rows[0][0], self.sum())
        else:
            while sign := self.next(",", ";"):
                if sign == ";":
                    rows.append([])
                rows[-1].append(self.sum())
            found = ("block", rows)
        self.norms = inner
        self.need("]")
        return found


def is_name(token: str) -> bool:
    return token[:1].isalpha() and token != "𝟏"


def is_number(tree: Tree) -> bool:
    """Whether it is a number, perhaps with a sign."""
    return is_number(tree[1]) if tree[0] == "-" else tree[0] == "number"
