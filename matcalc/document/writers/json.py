"""Writes a document as JSON; docs/json.md describes every field.

Expressions are numbered nodes in one list, so shared parts are written once and nothing is deeply nested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matcalc.dims import Dim
from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.report import Judged, Report
from matcalc.document.sentences import rule_row, said
from matcalc.document.writers import latex, text
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Shape, Size, Slot, Symbol, Term, postorder
from matcalc.operators import size_node
from matcalc.rewrite import Condition, RewriteRule
from matcalc.write import ASCII, TEXT, write
from matcalc.write.notations.latex import LATEX

VERSION = 1
"""Raised when a field changes its meaning or goes away."""


def json(document: b.Document) -> str:
    """The document. Raises UnsupportedError for a formula too large, and for the rule book."""
    from json import dumps

    rows = [row for block in document.blocks if isinstance(block, b.Findings) for row in block.rows]
    equations = any(isinstance(block, b.Equations) for block in document.blocks)
    if document.report is None and equations:
        return dumps(_Made(document).fields(), ensure_ascii=False)
    if problems := _problems(document):
        return dumps(problems, ensure_ascii=False)
    if document.report is None and rows:
        return dumps({row.verdict[0]: finding(row.verdict[1]) for row in rows if row.verdict}, ensure_ascii=False)
    if document.report is None:
        raise UnsupportedError("there is no rule book as json", hint="it is written as text, latex, markdown and html")
    return dumps(_Json(document, document.report).fields(), ensure_ascii=False)


def finding(verification: Judged) -> dict[str, Any]:
    """The verdict on one gradient. `counterexample` is present if one was found."""
    found = {
        "status": verification.status,
        "method": verification.method,
        "all_sizes": verification.every_size,
        "sizes": dict(verification.dimensions),
        "detail": verification.detail,
        "text": verification.said(),
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


def _problems(document: b.Document) -> list[dict[str, Any]]:
    """The derivations in a document of several."""
    parts = [block.document for block in document.blocks if isinstance(block, b.Exercise)]
    return [_Json(one, one.report).fields() for one in parts if one.report]


class _Formulas:
    """Sentences and expressions of a document, the nodes of which are numbered."""

    def __init__(self, document: b.Document) -> None:
        self.document = document
        self.text = Ink.of(document, TEXT)
        self.latex = Ink.of(document, LATEX)
        self.nodes: list[dict[str, Any]] = []
        self.index: dict[Node, int] = {}

    def say(self, sentence: b.Words) -> str:
        """A sentence as text."""
        return text.in_one_line(self.text, sentence)

    def both(self, sentence: b.Words) -> dict[str, str]:
        """A sentence as text and as LaTeX."""
        return {"text": self.say(sentence), "latex": latex.sentence(self.latex, sentence)}

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

    def operators(self, block: b.Operators) -> tuple[str, list[dict[str, str]]]:
        return "operators", [
            {
                "operator": row.operator,
                "text": self.say(self.text.explanation(row)),
                "latex": latex.sentence(self.latex, self.latex.explanation(row)),
            }
            for row in block.rows
        ]

    def entrywise(self, block: b.IndexEquations) -> tuple[str, list[dict[str, Any]]]:
        remarks = [*map(self.say, (*block.before, *block.after))]
        equations = [*map(self.chained, block.equations)]
        return "entries", [{"heading": self.say(block.heading.words), "equations": equations, "remarks": remarks}]

    def chained(self, equation: b.Chained) -> dict[str, str]:
        text, latex = (" = ".join(map(ink.write, (equation.left, *equation.rights))) for ink in (self.text, self.latex))
        indices = "" if equation.ranges is None else self.text.write(equation.ranges)
        return {"text": text, "latex": latex, "indices": indices, "shape": self.say(equation.beside)}


class _Made(_Formulas):
    """What is made of other derivations: a Hessian, a stationary point."""

    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "matcalc": VERSION,
            "kind": self.say(self.document.title),
            "heading": "",
            "definitions": [],
            "names": [],
            "notes": [],
            "equations": [],
            "layouts": [],
            "curvature": [],
            "operators": [],
            "conditions": [],
            "verification": [],
            "derivations": _problems(self.document),
        }
        problem = False
        for block in self.document.blocks:
            if isinstance(block, b.Heading):
                problem = block.words == ("Problem",)
                found["heading"] = found["heading"] or ("" if problem else self.say(block.words))
            elif isinstance(block, b.Findings):
                found["verification"] += [
                    {"of": self.both(row.who), "said": self.both(row.sentence), "status": row.status}
                    for row in block.rows
                ]
            elif isinstance(block, b.Equations):
                found["definitions" if problem else "equations"] += map(self.equation, block.rows)
            elif isinstance(block, b.Names):
                found["names"] += [self.known(row.symbol, row) for row in block.rows if row.symbol is not None]
            elif isinstance(block, b.Sentences):
                found[_FIELDS[block.kind]] += map(self.both, block.sentences)
            elif isinstance(block, b.Operators):
                found["operators"] += self.operators(block)[1]
            elif isinstance(block, b.IndexEquations):
                found["entries"] = self.entrywise(block)[1]
        return {**found, "nodes": self.nodes}

    def known(self, symbol: Symbol, row: b.Name) -> dict[str, Any]:
        """A name of the problem, its shape, how that is known, and what the name is."""
        return {"name": symbol.name, "shape": _shape(symbol.shape), "how": row.how, "what": row.what}

    def equation(self, row: b.Equation) -> dict[str, Any]:
        left = {"text": self.text.write(row.left), "latex": self.latex.write(row.left)}
        return {"left": left, "right": self.expression(row.right.node)}


class _Json(_Formulas):
    def __init__(self, document: b.Document, report: Report) -> None:
        super().__init__(document)
        self.report = report
        self.rules: dict[RewriteRule, int] = {}

    def fields(self) -> dict[str, Any]:
        report, record = self.report, self.report.record
        found: dict[str, Any] = {
            "matcalc": VERSION,
            "problem": self.problem(),
            "where": [self.definition(s, "intermediate") for s in record.where]
            + [self.definition(s, "delta") for s in record.deltas],
            f"{report.kind}s": [self.gradient(s, node) for s, node in report.results],
            "layout": report.layout,
            "layouts": [],
            "expanded": report.view.expand,
            "convention": report.convention,
            "structure": [],
            "conditions": [],
            "assumptions": [self.assumption(condition) for condition in record.conditions],
            "operators": [],
            "notes": [],
            "verification": {name: finding(v) for name, v in report.verifications.items()},
        }
        for block in self.document.blocks:
            write = WRITERS.get(type(block))
            if write is not None:
                name, value = write(self, block)
                found[name] = [*found.get(name, ()), *value]
        if self.rules:
            found["rules"] = [self.rule(rule_row(rule, report.reasons)) for rule in self.rules]
        return {**found, "nodes": self.nodes}

    def name(self, symbol: Symbol) -> dict[str, Any]:
        """A name, and how it is written."""
        written = {"name": symbol.name, "text": self.text.write(symbol), "latex": self.latex.write(symbol)}
        return {**written, "shape": _shape(symbol.shape), **self.layers(symbol.name)}

    def layers(self, *names: str) -> dict[str, Any]:
        """The first and last layer for which a name is stated; empty for a name without an index."""
        ends = next((self.report.ranges[name] for name in names if name in self.report.ranges), None)
        return {} if ends is None else {"layers": [write(end, ASCII) for end in ends]}

    def definition(self, symbol: Symbol, kind: str) -> dict[str, Any]:
        assert symbol.definition is not None
        return {**self.name(symbol), "kind": kind, "definition": self.expression(symbol.definition)}

    def gradient(self, symbol: Symbol, node: Node) -> dict[str, Any]:
        found = {"name": symbol.name, "shape": _shape(node.shape), self.report.kind: self.expression(node)}
        return {**found, **self.layers(f"d{symbol.name}", symbol.name)}

    # ------------------------------------------------------------------------------------------ what the record says

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

    def assumption(self, condition: Condition) -> dict[str, Any]:
        parts = dict(condition.parts)
        return {**self.both(said(condition.words, parts)), "formulas": [*map(self.expression, parts.values())]}

    def rule(self, row: b.RuleRow) -> dict[str, Any]:
        return {
            "name": self.say(row.name),
            "text": self.text.statement(row.statement),
            "latex": self.latex.statement(row.statement),
            "source": self.say(row.source),
            "condition": self.say(row.condition),
            "reason": self.say(row.why),
            "requires": self.say(row.asks),
        }

    # ---------------------------------------------------------------------------------------- what the blocks say

    def sentences(self, block: b.Sentences) -> tuple[str, list[str]]:
        return _FIELDS[block.kind], [*map(self.say, block.sentences)]

    def stages(self, block: b.Stages) -> tuple[str, list[dict[str, Any]]]:
        return block.of, [
            {
                "kind": stage.section.kind,
                "subject": stage.section.subject.name,
                "heading": self.say(stage.heading),
                "title": self.say(stage.title),
                "remark": self.say(stage.remark),
                "lines": [*map(self.line, stage.rows)],
                "results": [self.gradient(row.symbol, row.right.node) for row in stage.results],
            }
            for stage in block.stages
        ]

    def line(self, row: b.DerivationRow) -> dict[str, Any]:
        return {
            "number": row.number or None,
            "line": self.expression(row.line.node),
            **({} if row.entry is None else {"entries": self.entry(*row.entry)}),
            "shapes": [None if shape is None else _shape(shape) for shape in row.shapes],
            "rules": [*map(self.cite, row.row.rules)],
            "names": [s.name for s in row.row.named],
            "known": [{"text": self.text.write(node), "is": kind} for node, kind in row.row.known],
            "constant": [self.expression(node) for node in row.row.constant],
            **({"words": [*map(self.say, row.explained)]} if row.explained else {}),
        }

    def cite(self, rule: RewriteRule) -> int:
        """The number of a rule in the list of rules."""
        return self.rules.setdefault(rule, len(self.rules))

    def entry(self, term: b.Math, ranges: b.IndexRanges) -> dict[str, str]:
        return {"text": self.text.write(term), "latex": self.latex.write(term), "indices": self.text.write(ranges)}

    def chains(self, block: b.Chains) -> tuple[str, list[dict[str, Any]]]:
        return "chains", [*map(self.chain, block.chains)]

    def chain(self, shown: b.ChainShown) -> dict[str, Any]:
        chain = shown.chain
        found: dict[str, Any] = {"name": chain.by.name, "paths": chain.ways, "why": chain.why}
        found |= {"result": self.expression(chain.result), "free": chain.free, "written": []}
        for path in chain.paths:
            factors = [
                {
                    "of": f.of.name,
                    "by": f.by.name,
                    "formula": self.expression(f.primed),
                    "written": self.expression(f.node),
                }
                for f in path.factors
            ]
            lines = [
                {
                    "factors": [*map(self.expression, line.factors)],
                    "rules": [*map(self.cite, line.rules)],
                    "names": [s.name for s in line.named],
                }
                for line in path.lines
            ]
            found["written"].append({"factors": factors, "lines": lines})
        return found


_FIELDS = {
    "lesson": "remarks",
    "note": "notes",
    "preface": "preface",
    "structure": "structure",
    "layout": "layouts",
    "condition": "conditions",
    "curvature": "curvature",
}
"""The field of each kind of sentences."""

WRITERS: dict[type, Callable[[_Json, Any], tuple[str, list[Any]]]] = {
    b.Sentences: _Json.sentences,
    b.Operators: _Formulas.operators,
    b.Stages: _Json.stages,
    b.IndexEquations: _Formulas.entrywise,
    b.Chains: _Json.chains,
}
"""For each kind of block, the field of the answer and what it adds; the remaining fields come from the record."""
