"""The sentences before the first line of a derivation: what the signs mean, and why dJ = G : dX gives the gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matcalc import operators as ops
from matcalc.document import blocks as b
from matcalc.document.requirements import STRUCTURES
from matcalc.document.sentences import Phrases, about, common
from matcalc.expr import SCALAR, Node, Slot, Term, postorder
from matcalc.indices import FreshIndices
from matcalc.indices.entry import place
from matcalc.indices.terms import EntryOf
from matcalc.operators import T, d, hadamard, inner, matmul, stacked, term
from matcalc.rewrite import RewriteRule

A, B = Slot("A", ("n", "m")), Slot("B", ("n", "m"))
_COLON = RewriteRule("Frobenius product", inner(A, B), term(ops.TRACE, matmul(T(A), B)))


def preface(say: Phrases, told: set[b.Words] | None = None) -> Iterator[b.Words]:
    """What a reader must know before the first line; of the signs, those that the lines hold.

    `told`: what stands on the page already, which is not said again; it is added to.
    """
    told = set() if told is None else told
    lines = [row.node for stretch in say.report.stretches for row in stretch.rows]
    sides = [side for rule in say.report.rules for side in (rule.lhs, rule.rhs)]
    signs = b.joined("; ", _signs([n for n in postorder(*lines, *sides) if isinstance(n, Term)], told))
    if signs:
        yield signs
    shapes = (shape for stretch in say.report.stretches for row in stretch.rows for shape in say.shapes(row))
    shown = any(shape not in (None, SCALAR) for shape in shapes)
    for words in _linear_map(say, shown) if say.what == "Jacobian" else _gradient(say, shown):
        column = any(s.shape[1] == 1 for s, _ in say.report.gradients[:1])
        kind: b.Words = (*(part for part in words if isinstance(part, str)), " of a column" if column else "")
        if _new([kind], told):  # the same in other letters is not said again
            yield words


def _new(said: Iterable[b.Words], told: set[b.Words]) -> list[b.Words]:
    found = [words for words in said if words not in told]
    told.update(found)
    return found


def _signs(terms: list[Term], told: set[b.Words]) -> Iterator[b.Words]:
    if any(t.op is ops.INNER for t in terms):
        both = common(_COLON)
        assert both is not None
        yield from _new([(b.Beside((_COLON.lhs, " = ", both, " = ", _COLON.rhs)), ", a number")], told)
    products = [t for t in terms if t.op is ops.HADAMARD and not t.is_scalar]
    divides = any(_divides(a) for t in products for a in t.args)
    times = any(sum(not _divides(a) for a in t.args) > 1 for t in products)
    entrywise: list[b.Words] = [(hadamard(A, B),)] if times else []
    entrywise += [(hadamard(A, ops.reciprocal(B)),)] if divides else []
    entrywise = _new(entrywise, told)
    if entrywise:
        yield *b.listed(entrywise), " go" if len(entrywise) > 1 else " goes", " entry by entry"


def _divides(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.POWER and node.args[1] is ops.MINUS_ONE and not node.is_scalar


_FORMS = {
    "projected": " is the orthogonal projection of # onto that space",
    "entries": " holds the derivatives by the independent entries",
}


def _letter(say: Phrases, letters: str) -> str:
    return next((letter for letter in letters if letter not in say.report.program.names), letters[0])


def _gradient(say: Phrases, shown: bool) -> Iterator[b.Words]:
    variables = [s for s, _ in say.report.gradients if not s.is_scalar]
    if not variables:
        return
    first, objective = variables[0], say.report.objective
    G = Slot(_letter(say, "GHKM"), first.shape)
    line = b.Beside((term(ops.D, objective), " = ", inner(G, d(first))))
    dots = " + …" if len(say.report.gradients) > 1 else ""
    beside = ("; the shapes beside the lines are those of ", G) if shown else ()
    found = next((onto for attribute, (onto, _) in STRUCTURES.items() if attribute in first.attributes), None)
    if found is not None and say.report.convention != "free":
        gradient = say.derivative(objective, first)
        form = about(_FORMS[say.report.convention], (G,))
        yield line, f"{dots} for every ", d(first), " in ", *about(found, (first,)), "; ", gradient, *form, *beside
        return
    at = place(FreshIndices({*say.report.program.names}).position(first))
    entry = b.InForm("gradient", (objective, EntryOf(first, at)))
    yield line, f"{dots} for every ", d(first), " says ", b.equation(entry, EntryOf(G, at)), *beside


def _linear_map(say: Phrases, shown: bool) -> Iterator[b.Words]:
    output, (first, *_) = say.report.objective, (s for s, _ in say.report.gradients)
    if output.is_scalar and first.is_scalar:
        return
    M = Slot(_letter(say, "MNPQ"), (stacked(output).shape[0], stacked(first).shape[0]))
    columns = output.shape[1] == 1 == first.shape[1]
    names = {*say.report.program.names}
    line = b.Beside((stacked(d(output)), " = ", matmul(M, stacked(d(first)))))
    beside = ("; the shapes beside the lines are those of ", M) if shown else ()
    if columns:
        letters = FreshIndices(names)
        at = place((letters.index(output.shape[0]), letters.index(first.shape[0])))
        of = (EntryOf(output, at[:1] if not output.is_scalar else ()), EntryOf(first, at[-1:]))
        yield line, " for every ", d(first), " says ", b.equation(b.InForm("partial", of), EntryOf(M, at)), *beside
    elif first in say.report.halves:
        v, D = say.report.halves[first]
        says = ", vec puts columns one below another: the Jacobian by "
        yield (
            line,
            " for every ",
            d(first),
            says,
            v,
            " is ",
            matmul(M, D),
            ", as ",
            b.equation(stacked(first), matmul(D, v)),
            *beside,
        )
    else:
        yield line, " for every ", d(first), ", vec puts columns one below another: ", M, " is the Jacobian", *beside
