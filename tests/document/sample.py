"""The two-layer network as a report, its record written by hand."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from matcalc import operators as ops
from matcalc.derive import Record
from matcalc.document import View, written
from matcalc.document.assembly import derivation
from matcalc.document.assembly import rulebook as book
from matcalc.document.report import Report
from matcalc.expr import Node, Slot, Symbol
from matcalc.operators import T, d, hadamard, inner, matmul, minus, number, plus, power, scale, term
from matcalc.prose import Letters, Prose, Typed, marked
from matcalc.rewrite import Condition, Rewrite, RewriteRule, Section
from matcalc.syntax.program import Program


def name(text: str, rows: int | str = 1, columns: int | str = 1, definition: Node | None = None) -> Symbol:
    """A symbol."""
    return Symbol(text, (rows, columns), (), definition)


def f(node: Node, order: int = 0) -> Node:
    """The unknown function, differentiated `order` times."""
    return term(ops.function("f", order), node)


X, y = name("X", "n", "d"), name("y", "n")
W1, W2 = name("W1", "d", "h"), name("W2", "h")
Z1 = name("Z1", "n", "h", matmul(X, W1))
A1 = name("A1", "n", "h", f(Z1))
z2 = name("z2", "n", 1, matmul(A1, W2))
yhat = name("yhat", "n", 1, f(z2))
error = minus(yhat, y)
J = name("J", 1, 1, inner(minus(y, yhat), minus(y, yhat)))
delta2 = name("delta2", "n", 1, scale(number(2), hadamard(error, f(z2, 1))))
delta1 = name("delta1", "n", "h", hadamard(matmul(delta2, T(W2)), f(Z1, 1)))
source = term(ops.SUM, power(minus(y, f(matmul(f(matmul(X, W1)), W2))), 2))
problem = name("J", 1, 1, source)

A, B, V, C = (Slot(letter, ("n", "m")) for letter in "ABVC")
G, Z = Slot("G", ("n", "m")), Slot("Z", ("n", "m"))
P, Q = Slot("P", ("n", "k")), Slot("Q", ("k", "m"))
SQUARES = RewriteRule(
    "sum of squares", term(ops.SUM, power(A, 2)), inner(A, A), reason="both are the sum over $i, j$ of $A_ij A_ij$"
)
NAME = RewriteRule("name", A, A)
DEFINITION = RewriteRule("definition", A, A, quiet=True)
SQUARE = RewriteRule("differential of a square", d(inner(A, A)), inner(scale(number(2), A), d(A)))
LINEAR = RewriteRule("linearity of d", d(plus(A, B)), plus(d(A), d(B)))
CONSTANT = RewriteRule("constant", d(C), ops.zeros("n", "m"), quiet=True)
SIGN = RewriteRule("sign", scale(number(-1), minus(A, B)), minus(B, A), quiet=True)
ENTRIES = RewriteRule("function of the entries", d(f(Z)), hadamard(f(Z, 1), d(Z)))
ACROSS = RewriteRule("Hadamard product crosses the colon", inner(G, hadamard(A, V)), inner(hadamard(G, A), V))
PRODUCT = RewriteRule(
    "product rule", d(matmul(P, Q)), plus(matmul(d(P), Q), matmul(P, d(Q))), source="Magnus & Neudecker, 8.3"
)
LEFT = RewriteRule("product crosses the colon", inner(G, matmul(P, Q)), inner(matmul(G, T(Q)), P), condition="always")
RIGHT = RewriteRule("product crosses the colon", inner(G, matmul(P, Q)), inner(matmul(T(P), G), Q))


def steps(first: Node, *moves: tuple[RewriteRule, Node]) -> tuple[Rewrite, ...]:
    """The record of a run of lines."""
    found, before = [], first
    for rule, after in moves:
        found.append(Rewrite(rule, before, after))
        before = after
    return tuple(found)


G2 = scale(number(2), hadamard(error, f(z2, 1)))
G1 = matmul(delta2, T(W2))
SECTIONS = (
    Section("rewrite", J, steps(source, (NAME, term(ops.SUM, power(minus(y, yhat), 2))), (SQUARES, J.definition or J))),
    Section(
        "differential",
        J,
        steps(
            d(J.definition or J),
            (SQUARE, inner(scale(number(2), minus(y, yhat)), d(minus(y, yhat)))),
            (LINEAR, inner(scale(number(2), minus(y, yhat)), minus(d(y), d(yhat)))),
            (CONSTANT, inner(scale(number(2), minus(y, yhat)), scale(number(-1), d(yhat)))),
            (SIGN, inner(scale(number(2), error), d(yhat))),
        ),
        ((yhat, scale(number(2), error)),),
    ),
    Section(
        "push",
        yhat,
        steps(
            inner(scale(number(2), error), d(f(z2))),
            (ENTRIES, inner(scale(number(2), error), hadamard(f(z2, 1), d(z2)))),
            (ACROSS, inner(G2, d(z2))),
        ),
        ((z2, G2),),
    ),
    Section(
        "push",
        z2,
        (
            *steps(inner(G2, d(z2)), (NAME, inner(delta2, d(z2)))),
            *steps(
                inner(delta2, d(matmul(A1, W2))),
                (PRODUCT, plus(inner(delta2, matmul(d(A1), W2)), inner(delta2, matmul(A1, d(W2))))),
                (LEFT, plus(inner(G1, d(A1)), inner(delta2, matmul(A1, d(W2))))),
                (RIGHT, plus(inner(G1, d(A1)), inner(matmul(T(A1), delta2), d(W2)))),
            ),
        ),
        ((A1, G1), (W2, matmul(T(A1), delta2))),
    ),
    Section(
        "push",
        A1,
        steps(
            inner(G1, d(f(Z1))),
            (ENTRIES, inner(G1, hadamard(f(Z1, 1), d(Z1)))),
            (ACROSS, inner(hadamard(G1, f(Z1, 1)), d(Z1))),
        ),
        ((Z1, hadamard(G1, f(Z1, 1))),),
    ),
    Section(
        "push",
        Z1,
        (
            *steps(inner(hadamard(G1, f(Z1, 1)), d(Z1)), (NAME, inner(delta1, d(Z1)))),
            *steps(
                inner(delta1, d(matmul(X, W1))),
                (PRODUCT, plus(inner(delta1, matmul(d(X), W1)), inner(delta1, matmul(X, d(W1))))),
                (CONSTANT, inner(delta1, matmul(X, d(W1)))),
                (RIGHT, inner(matmul(T(X), delta1), d(W1))),
            ),
        ),
        ((W1, matmul(T(X), delta1)),),
    ),
)


@dataclass(frozen=True)
class Proof:
    """What a judge says."""

    status: str = "proved"
    method: str = "SymPy"
    detail: str = "100% of the entries & both"
    counterexample: object = None

    every_size: bool = True
    dimensions: tuple[tuple[str, int], ...] = (("n", 3), ("d", 2), ("h", 4))

    def said(self, of: int = 1) -> Prose:
        """The sentence."""
        every = "every entry of both" if of == 2 else "every entry" if of == 1 else f"every entry of all {of}"
        sizes = Letters("n=3"), ", ", Letters("d=2"), ", ", Letters("h=4")
        proved = "proved for all sizes and every ", Typed("f"), "; "
        return Prose(*proved, "checked exactly at ", *sizes, f" (SymPy, {every}; {self.detail})")


RECORD = Record(
    program=Program(
        inputs=(y, X, W1, W2),
        definitions=(problem,),
        objective=problem,
        inferred=frozenset({"y", "X", "W1", "W2"}),
        functions=("f",),
        notes=(marked("`f(X W1)` is read as a call"), Prose("a note with _ and | and 50% in it")),
        source="J = sum((y - f(f(X W1) W2))^2)",
    ),
    objective=J,
    wrt=(W1, W2),
    sections=SECTIONS,
    where=(Z1, A1, z2, yhat),
    deltas=(delta2, delta1),
    gradients=((W1, matmul(T(X), delta1)), (W2, matmul(T(A1), delta2))),
    adjoints=(),
    given=(),
    convention="projected",
    conditions=(Condition("the weights are not zero", ()),),
    notes=(Prose("everything is finite"),),
)
NETWORK = Report(RECORD, RECORD.gradients, verifications={"W1": Proof(), "W2": Proof()})


def replace(of: Any, **changes: Any) -> Any:
    """`of` with other fields; those of its record, too, where it is a report."""
    if isinstance(of, Report):
        own = {field.name for field in dataclasses.fields(Report)}
        within = {name: changes.pop(name) for name in list(changes) if name not in own}
        changes["record"] = dataclasses.replace(of.record, **within)
    return dataclasses.replace(of, **changes)


def shown(of: Report, form: str = "text", **options: Any) -> str:
    """A report in a format."""
    return written(derivation(dataclasses.replace(of, view=View(**options))), form)


def rulebook(rules: Any, form: str = "text", used: Any = None, letters: Any = None, **options: Any) -> str:
    """A rule book in a format."""
    document = book(rules, used or {}, letters or {}, {})
    return written(dataclasses.replace(document, view=View(**options)), form)


def latex(of: Report, **options: Any) -> str:
    """A report as LaTeX."""
    return shown(of, "latex", **options)


def markdown(of: Report, **options: Any) -> str:
    """A report as Markdown."""
    return shown(of, "markdown", **options)


def json_text(of: Report, **options: Any) -> str:
    """A report as JSON."""
    return shown(of, "json", **options)
