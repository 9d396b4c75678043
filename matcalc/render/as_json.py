"""A report as JSON; every field is described in docs/json.md.

Expressions are numbered nodes of one list, so that shared parts are written once and no nesting is deep.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.dims import Dim
from matcalc.expr import Node, Number, Shape, Size, Slot, Symbol, Term, postorder
from matcalc.operators import size_node
from matcalc.render import chain, layouts
from matcalc.render.as_latex import formula, prose
from matcalc.render.glossary import Entry
from matcalc.render.phrases import Phrases
from matcalc.render.report import Finding, Report, Row, Stretch
from matcalc.rewrite import Condition, Rule
from matcalc.write import write
from matcalc.write.notations.ascii import ASCII
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.text import TEXT

if TYPE_CHECKING:
    from matcalc.render.entries import Entries

VERSION = 1
"""Raised when a field changes its meaning or goes away."""


def json(report: Report, *, steps: bool = True) -> str:
    """The report. Raises UnsupportedError for a formula too large."""
    from json import dumps

    return dumps(_Json(report).document(steps), ensure_ascii=False)


def finding(verification: Finding) -> dict[str, Any]:
    """What was found out about one gradient. `counterexample` is there where one was found."""
    found = {
        "status": verification.status,
        "method": verification.method,
        "sizes": dict(verification.sizes),
        "detail": verification.detail,
        "text": str(verification),
    }
    seen = verification.counterexample
    if seen is None:
        return found
    point = {name: [list(row) for row in rows] for name, rows in seen.point}
    example = {"entry": list(seen.entry), "measured": seen.measured, "claimed": seen.claimed, "point": point}
    return {**found, "counterexample": example}


def _dim(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else write(size_node(dim), ASCII)


def _shape(shape: Shape) -> list[int | str]:
    return [_dim(dim) for dim in shape]


class _Json:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.text = Phrases(TEXT, report.program.names)
        self.latex = Phrases(LATEX, report.program.names)
        self.prose = Phrases(LATEX, report.program.names, formula, prose)  # running text
        for phrases in (self.text, self.latex, self.prose):
            phrases.about(report)
        self.nodes: list[dict[str, Any]] = []
        self.index: dict[Node, int] = {}
        self.rules: dict[Rule, int] = {}

    def document(self, steps: bool) -> dict[str, Any]:
        report = self.report
        found: dict[str, Any] = {
            "matcalc": VERSION,
            "problem": self.problem(),
            "where": [self.definition(s, "intermediate") for s in report.where]
            + [self.definition(s, "delta") for s in report.deltas],
            f"{report.kind}s": [self.gradient(s, node) for s, node in report.results],
            "layout": report.layout,
            "layouts": layouts.sentences(self.text, report),
            "expanded": report.expanded,
            "convention": report.convention,
            "structure": self.text.structured(report),
            "conditions": self.text.conditions(report.conditions),
            "assumptions": [self.assumption(condition) for condition in report.conditions],
            "operators": [self.operator(entry) for entry in report.explained(steps)],
            "notes": [*report.program.notes, *report.notes],
            "verification": {name: finding(v) for name, v in (report.verifications or {}).items()},
        }
        if steps:
            found["derivation"] = [self.stretch(stretch) for stretch in report.stretches]
        if report.chains:
            found["chains"] = chain.in_json(
                report, self.expression, lambda rule: self.rules.setdefault(rule, len(self.rules))
            )
        if self.rules:
            found["rules"] = [self.rule(rule) for rule in self.rules]
        if report.entries or report.parts:
            found["entries"] = self.blocks()
        return {**found, "nodes": self.nodes}

    # ------------------------------------------------------------------------------------------------- expressions

    def expression(self, node: Node) -> dict[str, Any]:
        """An expression as text, as LaTeX, and as the number of its node."""
        for part in postorder(node):
            if part not in self.index:
                self.index[part] = len(self.nodes)
                self.nodes.append(self.node(part))
        return {
            "text": self.text.write(node),
            "latex": self.latex.write(node),
            "shape": _shape(node.shape),
            "node": self.index[node],
        }

    def node(self, node: Node) -> dict[str, Any]:
        shape = _shape(node.shape)
        if isinstance(node, Term):
            return {"op": node.op.name, "args": [self.index[a] for a in node.args], "shape": shape}
        if isinstance(node, Number):
            return {"number": str(node.value), "shape": shape}
        if isinstance(node, Size):
            return {"size": _dim(node.dim), "shape": shape}
        assert isinstance(node, (Symbol, Slot))
        return {"slot" if isinstance(node, Slot) else "name": node.name, "shape": shape}

    def name(self, symbol: Symbol) -> dict[str, Any]:
        """A name, and how it is written."""
        shape = _shape(symbol.shape)
        shown = {
            "name": symbol.name,
            "text": self.text.write(symbol),
            "latex": self.latex.write(symbol),
            "shape": shape,
        }
        return {**shown, **self.layers(symbol.name)}

    def layers(self, *names: str) -> dict[str, Any]:
        """From which layer to which a name is said; nothing for a name without an index."""
        ends = next((self.report.ranges[name] for name in names if name in self.report.ranges), None)
        return {} if ends is None else {"layers": [write(end, ASCII) for end in ends]}

    def definition(self, symbol: Symbol, kind: str) -> dict[str, Any]:
        assert symbol.definition is not None
        return {**self.name(symbol), "kind": kind, "definition": self.expression(symbol.definition)}

    # ------------------------------------------------------------------------------------------------------- parts

    def problem(self) -> dict[str, Any]:
        program = self.report.program
        inputs = [
            {**self.name(s), "inferred": s.name in program.inferred, "attributes": sorted(s.attributes)}
            for s in program.inputs
        ]
        return {
            "source": program.source,
            "objective": program.objective.name,
            "wrt": [s.name for s in self.report.wrt],
            "inputs": inputs,
            "definitions": [self.definition(s, "definition") for s in program.definitions if s.definition],
            "functions": list(program.functions),
            "given": [{"name": s.name, "gradient": self.expression(node)} for s, node in program.given],
        }

    @cached_property
    def entries(self) -> tuple[Entries, Entries]:
        from matcalc.render.entries import Entries

        names = self.report.program.names
        return Entries(self.report, Phrases(TEXT, names)), Entries(self.report, Phrases(LATEX, names, formula, prose))

    def by_entries(self, node: Node) -> dict[str, str]:
        """A formula in index notation."""
        (text, ranges), (latex, _) = (entries.line(node) for entries in self.entries)
        return {"text": text, "latex": latex, "indices": ranges}

    def blocks(self) -> list[dict[str, Any]]:
        """What stands after the gradients, entry by entry."""
        found: list[dict[str, Any]] = []
        for text, latex in zip(*(entries.blocks() for entries in self.entries), strict=True):
            equations = [
                {
                    "text": " = ".join((one.left, *one.rights)),
                    "latex": " = ".join((other.left, *other.rights)),
                    "indices": one.ranges,
                    "shape": one.beside,
                }
                for one, other in zip(text.equations, latex.equations, strict=True)
            ]
            remarks = [*text.before, *text.after]
            found.append({"heading": text.heading, "equations": equations, "remarks": remarks})
        return found

    def gradient(self, symbol: Symbol, node: Node) -> dict[str, Any]:
        found = {"name": symbol.name, "shape": _shape(node.shape), self.report.kind: self.expression(node)}
        return {**found, **self.layers(f"d{symbol.name}", symbol.name)}

    def assumption(self, condition: Condition) -> dict[str, Any]:
        words, parts = condition.words, dict(condition.parts)
        formulas = [self.expression(node) for node in parts.values()]
        return {"text": self.text.said(words, parts), "latex": self.prose.said(words, parts), "formulas": formulas}

    def operator(self, entry: Entry) -> dict[str, Any]:
        said = {"text": self.text.explanation(entry), "latex": self.prose.explanation(entry)}
        return {"operator": entry.term.op.name, **said}

    def stretch(self, stretch: Stretch) -> dict[str, Any]:
        section = stretch.section
        return {
            "kind": section.kind,
            "subject": section.subject.name,
            "heading": self.text.heading(section),
            "title": self.text.title_of(section),
            "remark": self.text.remark_of(section),
            "lines": [self.line(row) for row in stretch.rows],
            "results": [self.gradient(s, node) for s, node in stretch.results],
        }

    def line(self, row: Row) -> dict[str, Any]:
        shapes = self.text.measured(row)
        return {
            "number": row.number or None,
            "line": self.expression(row.node),
            **({"entries": self.by_entries(row.node)} if self.report.entries else {}),
            "shapes": [None if shape is None else _shape(shape) for shape in shapes],
            "rules": [self.rules.setdefault(rule, len(self.rules)) for rule in row.rules],
            "names": [s.name for s in row.named],
            "known": [{"text": self.text.write(node), "is": kind} for node, kind in row.known],
            "constant": [self.expression(node) for node in row.constant],
        }

    def rule(self, rule: Rule) -> dict[str, Any]:
        return {
            "name": rule.name,
            "text": self.text.statement(rule),
            "latex": self.latex.statement(rule),
            "source": rule.source,
            "condition": self.text.condition(rule),
            "reason": self.text.why(rule, self.report.reasons),
            "requires": self.text.requirement(rule),
        }
