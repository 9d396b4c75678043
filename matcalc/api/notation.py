"""The notation, in rows with what may be typed; functions are those of the operators' table, with their sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matcalc.document import blocks as b
from matcalc.document.glossary import described
from matcalc.document.sentences import explanation, words
from matcalc.expr import Slot, Term
from matcalc.operators import FUNCTION_NAMES, TABLE, Operator, function, term
from matcalc.prose import Prose, Typed, joined
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.syntax.sugar import SUGAR
from matcalc.syntax.vocabulary import ALIASES, ATTRIBUTES
from matcalc.write import TEXT, write


class Typable(NamedTuple):
    """A meaning, and the ways to type it, which all read as the same. `within`: a program around each, with {}."""

    meaning: str
    ways: tuple[str, ...]
    within: str = "{}"


STATEMENTS = (
    Typable("an objective, or a definition", ("J = ‖X w - y‖^2", "J = ||X w - y||^2")),
    Typable("several statements, by new lines or `;`, with comments", ("Z = X w; J = Z'Z  # a comment",)),
    Typable("a matrix, declared", ("X: n x d", "X in R^{n x d}", "X ∈ ℝ^{n×d}"), "{}; J = tr(X' X)"),
    Typable("a column", ("y: n", "y: n x 1", "y in R^n"), "{}; J = y'y"),
    Typable("a scalar", ("lam: scalar", "lam ∈ ℝ"), "{}; J = lam w'w"),
    Typable("a size that is a product", ("X: (k n) x d", "X: k n x d"), "{}; J = tr(X' X)"),
    Typable("several names, with an attribute", ("A, B: n x n symmetric",), "{}; J = tr(A B)"),
    Typable("a function of the entries", ("f: elementwise",), "{}; J = sum(f(X w))"),
    Typable("an unknown objective", ("E: scalar function",), "{}; a = W x; J = E(a)"),
    Typable("a known gradient, pushed back", ("given dE/dA5 = A5 - R", "given ∂E/∂A5 = A5 - R"), "A5 = X W; {}"),
    Typable("L layers, L a letter or a number", ("layers l = 1..L: a[l] = g(W[l] a[l-1])",), "{}; J = ‖a[L] - y‖^2"),
    Typable("steps in time", ("steps t = 1..T: h[t] = tanh(U h[t-1] + V x[t])",), "{}; J = ‖h[T] - y‖^2"),
    Typable("LaTeX, wherever text is read", (r"J = \lVert Xw - y \rVert_2^2", r"$J = \|Xw - y\|^2$")),
)
SIGNS = (
    Typable("matrix product, scaling", ("X W", "X * W", "X @ W", "X · W")),
    Typable("elementwise product", ("A .* B", "A ⊙ B", "A ∘ B")),
    Typable("elementwise quotient", ("A ./ B", "A ⊘ B")),
    Typable("elementwise power", ("A .^ 2", "A.^2")),
    Typable("transpose", ("X'", "X^T", "X.T", "Xᵀ", "X^⊤")),
    Typable("inverse", ("inv(A)", "A^-1", "A^{-1}", "A⁻¹")),
    Typable("inverse transpose", ("A^{-T}", "inv(A)'")),
    Typable("power of a square matrix; of others, of each entry", ("A^2", "A²")),
    Typable("Frobenius product", ("A : B",)),
    Typable("Kronecker product", ("A ⊗ B", "kron(A, B)")),
    Typable("blocks", ("[A, B; C, D]",)),
    Typable("a column of numbers", ("[1, 2, 3]'", "(1, 2, 3)'")),
    Typable("Euclidean norm, of a matrix the Frobenius norm", ("‖x‖", "||x||", "norm(x)", "norm2(x)")),
    Typable("spectral norm", ("‖A‖_2", "norm_spec(A)")),
    Typable("nuclear norm", ("‖A‖_*", "norm_nuc(A)")),
    Typable("sum of absolute values", ("‖x‖_1", "norm1(x)")),
    Typable("largest absolute value", ("‖x‖_inf", "norm_inf(x)")),
    Typable("identity, ones, zeros", ("eye(n) + ones(n, n) + zeros(n, n)", "I + ones(n, n) + zeros(n, n)")),
    Typable("ones beside a matrix", ("A ones(n)", "A 1", "A 𝟏")),
    Typable("the number π", ("π", "pi")),
    Typable("the base of the natural logarithm", ("e",)),
    Typable("1 where it holds, else 0", ("[x > 0]",)),
    Typable("1 where it holds, else 0, with equality", ("[x ≥ w]", "[x >= w]"), "x, w: n; J = sum({})"),
    Typable("a function of the entries, known or not, and its derivative", ("f(Z) + f'(Z)",)),
    Typable("sums over indices", ("Σ_i y_i^2", "sum_i y_i^2", "∑_{i=1}^n y_i^2"), "J = {}"),
)

_TITLES = {
    "": "Functions",
    "statistics": "Means, variances, largest entries",
    "kronecker": "Kronecker products and stacked columns",
    "parts": "Parts of arrays",
    "spectral": "Functions of a matrix",
}
_CALL = re.compile(r"\w+\(.*\)$")


def notation() -> b.Document:
    """The document: statements, signs, functions."""
    found: list[b.Block] = []
    for title, rows in (
        ("Statements", map(_ways, STATEMENTS)),
        ("Attributes of a declared name", [(*_listed(sorted(ATTRIBUTES)),)]),
        ("Signs", map(_ways, SIGNS)),
        *((title, _called(family)) for family, title in _TITLES.items()),
        ("Functions of the entries, and their derivatives", map(_of_entries, FUNCTION_NAMES)),
        ("Functions that stand for formulas", map(_expanded, SUGAR)),
    ):
        found += [b.Heading((title,)), b.Sentences("typed", tuple(rows))]
    return b.Document(("The notation",), tuple(found))


def calls() -> Iterator[tuple[str, Operator]]:
    """What is called by a name, as it is typed with letters for its arguments."""
    for op in TABLE.values():
        typed = write(described(op).term, TEXT) if op.function is None and op.signature.arguments else ""
        if _CALL.match(typed):
            yield typed, op


def _ways(row: Typable) -> b.Words:
    return (*words(f"{row.meaning}: "), *_listed((way for way in row.ways), " or "))


def _listed(texts: Iterable[str], between: str = ", ") -> b.Words:
    return joined(between, (Prose(Typed(text)) for text in texts)).parts


def _also(name: str) -> b.Words:
    others = [alias for alias, of in ALIASES.items() if of == name]
    return ("; also ", *_listed(others)) if others else ()


def _called(family: str) -> Iterator[b.Words]:
    for typed, op in calls():
        if op.family == family:
            sentence = explanation(described(op)).words
            yield (Typed(typed), ": ", *sentence, *_also(typed.partition("(")[0]))


def _of_entries(name: str) -> b.Words:
    z = Slot("Z", ("n", "m"))
    slope = term(function(name, 1), z)
    known = [rule.rhs for rule in FUNCTIONS if isinstance(rule.lhs, Term) and rule.lhs.op is function(name, 1)]
    shown = (": ", b.equation(slope, known[0])) if known else ()
    return (Typed(f"{name}(Z)"), *shown, *_also(name))


def _expanded(name: str) -> b.Words:
    a, other, s, square = Slot("A", ("n", "m")), Slot("B", ("n", "m")), Slot("s", (1, 1)), Slot("S", ("n", "n"))
    given = {"cosine": (a, other), "quad_over_lin": (a, s), "adj": (square,), "sym": (square,)}.get(name, (a,))
    typed = f"{name}({', '.join(slot.name for slot in given)})"
    return (Typed(typed), " is ", SUGAR[name](*given), *_also(name))
