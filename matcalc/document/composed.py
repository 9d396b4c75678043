"""Documents made of documents: Hessians, matrices of a loss, stationary points, homework and worksheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from matcalc.document import blocks as b
from matcalc.document.assembly import problem
from matcalc.document.glossary import explained
from matcalc.document.preface import preface
from matcalc.document.report import Judged
from matcalc.document.sentences import (
    Phrases,
    defined,
    explanation,
    independent,
    jacobian,
    spoken,
    structured,
    words,
)
from matcalc.document.view import View
from matcalc.expr import SCALAR, Node, Symbol, Term, definitions, postorder
from matcalc.operators import COMMUTATION
from matcalc.rewrite import Condition, RewriteRule
from matcalc.syntax.program import Program


def homework(documents: Sequence[b.Document], view: View) -> b.Document:
    """Several problems on one page. What is said of all lines stands before the first of them, the rules at the end."""
    told: set[b.Words] = set()
    rules: dict[RewriteRule, b.RuleRow] = {}
    found: list[b.Block] = []
    for number, document in enumerate(documents, 1):
        blocks: list[b.Block] = []
        for block in document.blocks[1:]:  # the heading "Problem" gets a number
            if isinstance(block, b.Rules):
                rules.update((row.rule, row) for row in block.rows)
            elif isinstance(block, b.Sentences) and block.kind == "preface" and document.report is not None:
                blocks.append(block._replace(sentences=tuple(preface(Phrases(document.report), told))))
            else:
                blocks.append(block)
        found.append(b.Exercise((f"Problem {number}",), replace(document, blocks=tuple(blocks))))
    found.append(b.Rules(b.Heading(("Rules used",)), tuple(rules.values())))
    return b.Document(("Homework",), tuple(found), view=view)


def worksheet(documents: Sequence[b.Document], solved: bool, view: View) -> b.Document:
    """What is asked, problem by problem; the solutions behind them if the sheet is `solved`."""
    found: list[b.Block] = []
    for number, document in enumerate(documents, 1):
        asked = tuple(block for block in document.blocks if isinstance(block, (b.Equations, b.Names)))[:2]
        found.append(b.Exercise((f"Problem {number}",), replace(document, blocks=asked, report=None)))
    if solved:
        found += [b.Heading(("Solutions",)), *homework(documents, view).blocks]
    return b.Document(("Exercises",), tuple(found), view=view)


class Hessians(NamedTuple):
    """The forms of a Hessian: as a map of a direction, and as a matrix, if it is short.

    `slope`: what it is the Jacobian of. `where`: the names in them. `halves`: as in a report. `verdicts`: on the map,
    and on the symmetry of the matrix.
    """

    direction: Symbol
    operator: Node
    matrix: Node | None
    slope: Symbol
    where: tuple[Symbol, ...] = ()
    curvature: tuple[Condition, ...] = ()
    halves: Mapping[Symbol, tuple[Node, Term]] = {}
    verdicts: tuple[Judged | None, Judged | None] = (None, None)


def commutes(symbol: Symbol) -> bool:
    """Whether the name is that of a commutation matrix."""
    return isinstance(symbol.definition, Term) and symbol.definition.op is COMMUTATION


def second_order(
    gradient: b.Document,
    onward: b.Document,
    program: Program,
    by: tuple[Symbol, Symbol],
    forms: Hessians,
    view: View,
    entries: b.IndexEquations | None = None,
) -> b.Document:
    """The gradient by the first of `by`, its Jacobian by the second, and what both make: the Hessian, in its forms."""
    rows = [
        b.Equation(by[0], left, b.Displayed(node), b.Extent(node.shape))
        for left, node in (
            (b.Beside(("H[", forms.direction, "]")), forms.operator),
            (Symbol("H", SCALAR), forms.matrix),
        )
        if node is not None
    ]
    of = " and ".join(symbol.name for symbol in dict.fromkeys(by))
    known = structured(forms.direction)
    among = (f", {known[1]}",) if known is not None else ()
    claims: list[b.Words] = [
        ("H[", forms.direction, "] is what the gradient changes by along ", forms.direction, *among)
    ]
    if forms.matrix is not None:
        claims += [independent(x, *half, forms.where) for x, half in forms.halves.items()]
        own = forms.halves.get(by[1], (None,))[0]
        what: b.Words = ("the gradient by ", by[0])
        if by[0] in forms.halves:
            what = ("the derivatives by ", forms.halves[by[0]][0])
        stacks = "; vec stacks columns" * (own is None and any(s.shape[1] != 1 for s in by))
        claims.append(("H = ", jacobian(forms.slope, by[1], "numerator", own), ", ", forms.slope, " ", *what, stacks))
    claims += [(symbol, _TURNS) for symbol in forms.where if commutes(symbol)]
    mixed = by[0] is not by[1]
    curved = tuple((*(() if mixed else ("H is ",)), *spoken(claim)) for claim in forms.curvature)
    found = [] if view.steps else _problem(program, *by)
    if view.steps:
        again = words(
            f"the second differential, `d(d{program.objective.name}) = dG : d{by[0].name}` with the gradient "
            f"G: `d(d{by[0].name}) = 0`, as d{by[0].name} stays the same while {by[1].name} changes"
        )
        found += [
            b.Exercise(("The gradient",), gradient),
            b.Sentences("layout", (again,)),
            b.Exercise(("The Jacobian of the gradient",), onward),
        ]
    found += [
        b.Heading((f"The Hessian of {program.objective.name} by {of}",)),
        b.Equations("hessian", tuple(rows)),
        *([b.Equations("definition", defined(forms.where, {}), where=True)] if forms.where else []),
        b.Sentences("layout", tuple(claims)),
        b.Sentences("curvature", curved),
        *([entries] if entries is not None else []),
    ]
    if not view.steps:  # otherwise they stand beside the derivations
        found += _needed((gradient, onward), [node for node in (forms.operator, forms.matrix) if node is not None])
    whose: tuple[b.Words, ...] = (("H[", forms.direction, "]"), ("H' = H",))
    findings = [
        b.FindingRow(who, words(verdict.said()), verdict.status)
        for who, verdict in zip(whose, forms.verdicts, strict=True)
        if verdict is not None
    ]
    if findings:
        found += [b.Heading(("Verification",)), b.Findings(tuple(findings))]
    kronecker = entries is not None and not any(name.startswith("delta") for name in onward.names)
    return b.Document(("Hessian",), tuple(found), onward.names, kronecker, view=view)


def _needed(documents: Sequence[b.Document], shown: Sequence[Node]) -> Iterator[b.Block]:
    """The less common operators in what is shown, and when the derivations of the documents hold."""
    met = set(postorder(*shown, through_definitions=True))
    # That of a commutation matrix stands beside its name.
    operators = tuple(explanation(entry) for entry in explained(met) if entry.term.op is not COMMUTATION)
    if operators:
        yield b.Heading(("Operators",), 2)
        yield b.Operators(operators)
    blocks = (block for document in documents for block in document.blocks if isinstance(block, b.Sentences))
    held = dict.fromkeys(said for block in blocks if block.kind == "condition" for said in block.sentences)
    if held:
        yield b.Heading(("Holds where",))
        yield b.Sentences("condition", tuple(held))


_TURNS = " vec(A) = vec(A'): it turns stacked columns into stacked rows"


def outer_products(
    kind: str,
    program: Program,
    by: Symbol,
    parts: Sequence[tuple[Symbol, Symbol, b.Document, b.Document]],
    forms: tuple[Node, Node | None],
    said: tuple[Sequence[Condition], Sequence[Condition], str],
    view: View,
) -> b.Document:
    """r and g of each term of a loss g(r), the Jacobian of r, the Hessian of g, and what both make."""
    claims, models, proof = said
    named: list[b.Equation] = []
    found = _problem(program, by)
    for residual, loss, first, second in parts:
        named += [
            b.Equation(s, s, b.Displayed(s.definition), b.Extent(s.shape))
            for s in (residual, loss)
            if s.definition is not None
        ]
        if view.steps:
            found += [
                b.Exercise((f"The Jacobian of {residual.name} by {by.name}",), first),
                b.Exercise((f"The Hessian of {loss.name} by {residual.name}",), second),
            ]
    letter = "F" if kind == "Fisher" else "G"
    direction = Symbol(f"d{by.name}", by.shape)
    lefts = (b.Beside((f"{letter}[", direction, "]")), Symbol(letter, SCALAR))
    rows = tuple(
        b.Equation(by, left, b.Displayed(node), b.Extent(node.shape))
        for left, node in zip(lefts, forms, strict=True)
        if node is not None
    )
    names = ", ".join(dict.fromkeys(residual.name for residual, *_ in parts))
    middle = "the expected Hessian" if letter == "F" else "the Hessian"
    about: list[b.Words] = [
        (f"taken as a function of {names}; --residual NAME takes another one",),
        (f"{letter} is B' D B, B the Jacobian of {names}, D {middle} of g: the curvature of {names} is left out"
         " (Nocedal & Wright 10.3; Schraudolph 2002; Martens 2020)",),
    ]  # fmt: skip
    if by.shape[1] != 1:
        about.append(("vec stacks columns, of ", by, " too"))
    known = {s.name for s in (*program.definitions, *(part[0] for part in parts))}
    where = tuple(s for s in definitions(*(node for node in forms if node is not None)) if s.name not in known)
    about += [(symbol, _TURNS) for symbol in where if commutes(symbol)]
    found += [
        b.Heading((f"The {kind} matrix of {program.objective.name} by {by.name}",)),
        b.Equations("definition", tuple(named)),
        b.Equations("matrix", rows),
        *([b.Equations("definition", defined(where, {}), where=True)] if where else []),
        b.Sentences("layout", (*map(spoken, models), *about)),
        b.Sentences("curvature", tuple((f"{letter} is ", *spoken(claim)) for claim in claims)),
        *([b.Sentences("layout", ((f"the Jacobian, the Hessian and their product: {proof}",),))] if proof else []),
    ]
    return b.Document((kind,), tuple(found), objective_names(parts), view=view)


def objective_names(parts: Sequence[tuple[Symbol, Symbol, b.Document, b.Document]]) -> tuple[str, ...]:
    """The names that occur in several documents."""
    return tuple(dict.fromkeys(name for _, _, *documents in parts for one in documents for name in one.names))


def stationary(
    gradient: b.Document,
    program: Program,
    variable: Symbol,
    equation: tuple[Node, Node],
    value: Node,
    said: tuple[str, str, str],
    view: View,
) -> b.Document:
    """The gradient, the equation that it is 0, the solution, when it is one, its name, and the proof."""
    (left, right), solved = equation, (variable, value)
    held = "tried at random data: " if said[1] else "put into the gradient, held against 0: "
    rows = (
        b.Equation(variable, b.Displayed(left), b.Displayed(right), b.Extent(right.shape)),
        *([b.Equation(variable, variable, b.Displayed(value), b.Extent(value.shape))] if equation != solved else []),
    )
    found = [] if view.steps else _problem(program, variable)
    if view.steps:
        found.append(b.Exercise(("The gradient",), gradient))
    found += [
        b.Heading((said[1] or "Where the gradient is 0",)),
        b.Equations("definition", rows),
        b.Sentences("layout", ((said[0],),)),
        *([b.Sentences("layout", ((held, said[2]),))] if said[2] else []),
    ]
    return b.Document(("Stationary point",), tuple(found), gradient.names, view=view)


def _problem(program: Program, *by: Symbol) -> list[b.Block]:
    return [b.Heading(("Problem",)), *problem(program, {symbol.name for symbol in by}).blocks]
