"""The stages in order, and the record that they leave."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcalc.derive.line import DEFINITION, NAME, PREPARE, SIMPLIFY, Line, repeats
from matcalc.derive.naming import name_intermediates
from matcalc.errors import MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Dim, Node, Number, Symbol, Term, definitions, expand, postorder, replace, tree_size
from matcalc.operators import ONE, POWER, SCALE, d, zeros
from matcalc.rewrite import Match, Rewriting, Rule, Section, Step, Work, coefficient, fill, replay
from matcalc.rules.conventions import CONVENTIONS, NAMES, UNSTRUCTURED
from matcalc.rules.order import key
from matcalc.syntax.program import Program

LONG_GRADIENT = 12
"""A gradient of an intermediate with more symbols than this gets a name, however often it is used."""


@dataclass(frozen=True)
class Derivation:
    """What was derived, and every rewriting that led there.

    `objective`: the objective with names put in. `wrt`: the variables, in the order asked for. `sections`: the record.
    `where`: the named intermediates in forward order. `deltas`: the named gradients of intermediates, in the order of
    backpropagation; each is a symbol with a definition. `gradients`: for each variable its gradient, in terms of
    inputs, intermediates and deltas. `adjoints`: the same for every intermediate and variable, before a delta named it.
    `given`: the gradients that the program states.
    `conditions`: when the rules that were used hold. `notes`: what a reader should know besides.
    """

    program: Program
    objective: Symbol
    wrt: tuple[Symbol, ...]
    sections: tuple[Section, ...]
    where: tuple[Symbol, ...]
    deltas: tuple[Symbol, ...]
    gradients: tuple[tuple[Symbol, Node], ...]
    adjoints: tuple[tuple[Symbol, Node], ...]
    given: tuple[tuple[Symbol, Node], ...]
    convention: str
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def gradient(self, name: str, expanded: bool = False) -> Node:
        """The gradient with respect to `name`; with every intermediate substituted if `expanded`."""
        for symbol, node in self.gradients:
            if symbol.name == name:
                return simplified(expand(node)) if expanded else node
        raise KeyError(name)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that were used, each once, in order."""
        return tuple(dict.fromkeys(step.rule for section in self.sections for step in section.steps))


def simplified(node: Node) -> Node:
    """`node` in normal form."""
    return SIMPLIFY.normal(node)[0]


def derive(program: Program, wrt: Sequence[str], convention: str = "projected") -> Derivation:
    """The gradients of the program's objective with respect to the names `wrt`, with their derivation.

    Raises ShapeError for an objective that is not a scalar, UnknownNameError for a name that does not occur,
    UnsupportedError where a rule is missing or the formula is too large.
    """
    Work.begin()
    if not wrt:
        raise MatcalcError(
            "no variable to differentiate by is named", hint=f"the names are {', '.join(program.names)}", text=""
        )
    if convention not in NAMES:
        raise MatcalcError(f"there is no convention {convention}", hint=f"the conventions are {', '.join(NAMES)}")
    if not program.objective.is_scalar:
        rows, columns = program.objective.shape
        raise ShapeError(
            f"the objective {program.objective.name} is {rows}×{columns}, and a gradient is of a scalar",
            hint="sum its entries, or ask for its Jacobian with `jacobian`",
            text=program.objective.name,
        )
    return _Run(program, [program.symbol(name) for name in wrt], convention).result()


class _Run:
    def __init__(self, program: Program, wrt: list[Symbol], convention: str) -> None:
        self.program = program
        self.convention = convention
        self.sections: list[Section] = []
        self.deltas: list[Symbol] = []
        self.notes: list[str] = []
        self.pending: dict[Symbol, list[Node]] = {}
        self.adjoints: dict[Symbol, Node] = {}
        self.taken = set(program.names)
        self.objective, became = self._named(program)
        self.wrt = [became.get(s, s) for s in wrt]
        self.given = {became.get(s, s): node for s, node in program.given}
        self.order = definitions(self.objective, *self.given)
        self.taken.update(s.name for s in self.order)
        self.depends = self._dependence()

    def _named(self, program: Program) -> tuple[Symbol, Mapping[Symbol, Symbol]]:
        # The objective's own formula is first brought into the form that differentiates best.
        objective = program.objective
        became: dict[Symbol, Symbol] = {objective: objective}
        if objective.definition is None:
            return objective, became
        original = objective.definition
        normal, history = PREPARE.normal(original)
        prepared = Symbol(objective.name, objective.shape, objective.attributes, normal) if history else objective
        named, mapping = name_intermediates(prepared, self.taken)
        assert named.definition is not None
        # The reader sees the names first and then the rewriting, where it comes to the same.
        short = replace(original, mapping)
        steps = list(_visible(short, PREPARE.normal(short)[1]))
        if (steps[-1].after if steps else short) is named.definition:
            # Names that the user gave are there already; only new ones make a line.
            steps[:0] = [Step(NAME, original, short)] if key(short) != key(original) else []
        else:
            steps = [*_visible(original, history), Step(NAME, normal, named.definition)]
        if steps:
            self.sections.append(Section("rewrite", named, tuple(steps)))
        became = {s: mapping[s] for s in mapping if isinstance(s, Symbol)}
        became[objective] = named
        return named, became

    def _dependence(self) -> dict[Node, bool]:
        sources = set(self.wrt)
        found: dict[Node, bool] = {}
        for node in postorder(self.objective, *self.given, through_definitions=True):
            below = node.args
            if isinstance(node, Symbol) and node.definition is not None:
                below = (node.definition,)
            found[node] = node in sources or any(found[a] for a in below)
        return found

    def _active(self, node: Node) -> bool:
        known = self.depends.get(node)
        if known is None:
            for part in postorder(node):
                if part not in self.depends:
                    self.depends[part] = any(self.depends[a] for a in part.args)
            known = self.depends[node]
        return known

    # ------------------------------------------------------------------------------------------------------- the stages

    def result(self) -> Derivation:
        for symbol, node in self.given.items():
            self.pending.setdefault(symbol, []).append(node)
        for symbol in (self.objective, *reversed(self.order)):
            if symbol is self.objective and symbol.definition is not None and symbol not in self.adjoints:
                self.adjoints[symbol] = ONE
                self._push(symbol, ONE, "differential")
            elif symbol in self.pending:
                gradient = self._collected(symbol)
                if self._goes_on(symbol):
                    self._push(symbol, gradient, "push")
        gradients = []
        for symbol in self.wrt:
            if symbol not in self.adjoints:
                if symbol in self.pending:
                    self._collected(symbol)
                else:
                    self.adjoints[symbol] = zeros(*symbol.shape)
                    self.notes.append(f"{symbol.name} does not occur in {self.objective.name}, so the gradient is zero")
            gradients.append((symbol, self._finished(symbol, self.adjoints[symbol])))
        return Derivation(
            program=self.program,
            objective=self.objective,
            wrt=tuple(self.wrt),
            sections=tuple(self.sections),
            where=tuple(s for s in self.order if s is not self.objective),
            deltas=tuple(self.deltas),
            gradients=tuple(gradients),
            adjoints=tuple(self.adjoints.items()),
            given=tuple(self.given.items()),
            convention=self.convention,
            conditions=self._conditions(),
            notes=tuple(self.notes),
        )

    def _goes_on(self, symbol: Symbol) -> bool:
        return symbol.definition is not None and self._active(symbol.definition)

    def _push(self, subject: Symbol, gradient: Node, kind: str) -> None:
        assert subject.definition is not None
        line = Line(self._active, [(gradient, d(subject))])
        if kind == "push":
            gradient = self._delta(line, subject, gradient)
        line.become(DEFINITION, [(gradient, d(subject.definition))])
        line.run({subject.definition: subject} if subject.definition.args and kind == "push" else {})
        results = []
        for g, v in line.pairs:
            target = v.args[0]
            assert isinstance(target, Symbol)
            self.pending.setdefault(target, []).append(g)
            results.append((target, g))
        self.sections.append(Section(kind, subject, tuple(line.steps), tuple(results)))

    def _collected(self, symbol: Symbol) -> Node:
        """The gradient with respect to `symbol`, from all places that use it."""
        parts = self.pending.pop(symbol)
        line = Line(self._active, [(g, d(symbol)) for g in parts])
        line.collect()
        line.simplify()
        if line.steps:
            self.sections.append(Section("collect", symbol, tuple(line.steps), ((symbol, line.pairs[0][0]),)))
        self.adjoints[symbol] = line.pairs[0][0]
        return self.adjoints[symbol]

    def _delta(self, line: Line, symbol: Symbol, gradient: Node) -> Node:
        """`gradient` under a name, where it would be written more than once or grow long."""
        size = tree_size(gradient)
        # A gradient G ./ a at a = f(z) is left open: what f' brings cancels the a.
        if (
            _divides(symbol, gradient)
            or size <= 5
            or (size <= LONG_GRADIENT and self._uses(symbol) < 2 and not self._preactivation(symbol, gradient))
        ):
            return gradient
        delta = Symbol(self._delta_name(symbol), symbol.shape, ("adjoint",), gradient)
        self.depends[delta] = False
        self.deltas.append(delta)
        line.become(NAME, [(delta, d(symbol))])
        return delta

    def _uses(self, symbol: Symbol) -> int:
        # How often the gradient will be written when it is pushed through the definition: once for each varying leaf.
        assert symbol.definition is not None
        uses = 0
        for node in postorder(symbol.definition):
            if isinstance(node, Term):
                own = sum(1 for a in node.args if isinstance(a, Symbol) and self._active(a))
                uses += own * repeats(node.op)
        return uses

    def _preactivation(self, symbol: Symbol, gradient: Node) -> bool:
        # The gradient at the operand of a function, delta .* f'(z), is what books call delta.
        core = coefficient(gradient)[1]
        while isinstance(core, Term) and core.op is SCALE:
            core = core.args[1]
        return (
            isinstance(core, Term)
            and core.op.elementwise
            and any(
                isinstance(s.definition, Term)
                and s.definition.op.function is not None
                and s.definition.args[0] is symbol
                for s in self.order
            )
        )

    def _delta_name(self, symbol: Symbol) -> str:
        index = re.search(r"\d+$", symbol.name)
        letters = symbol.name[: index.start()] if index else symbol.name
        name = f"delta{index.group()}" if index and letters in ("z", "Z") else f"delta_{symbol.name}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def _finished(self, symbol: Symbol, gradient: Node) -> Node:
        """The gradient in the form that the convention asks for."""
        structure = symbol.attributes - UNSTRUCTURED
        if self.convention == "free" or not structure:
            return gradient
        rules = CONVENTIONS[self.convention]
        known = {"symmetric" if s in ("psd", "pd") else s for s in structure}
        rule = next((rule for attribute, rule in rules.items() if attribute in known), None)
        if rule is None or known - rules.keys():
            raise UnsupportedError(
                f"there is no {self.convention} form yet for the gradient with respect to {symbol.name}, "
                f"which is {', '.join(sorted(structure))}",
                hint='ask for convention="free", which ignores the structure',
                text=symbol.name,
            )
        dims: dict[str, Dim] = {"n": symbol.shape[0]}
        projected = fill(rule.rhs, Match({"G": gradient}, dims))
        if simplified(projected) is gradient:
            return gradient
        steps = [Step(rule, gradient, projected)] if projected is not gradient else []
        for used, changed in replay(projected, SIMPLIFY.normal(projected)[1]):
            steps.append(Step(used, steps[-1].after, changed))
        result = steps[-1].after if steps else gradient
        self.sections.append(Section("finish", symbol, tuple(steps), ((symbol, result),)))
        return result

    def _conditions(self) -> tuple[str, ...]:
        found = {
            step.rule.condition: None for section in self.sections for step in section.steps if step.rule.condition
        }
        return tuple(found)


def _visible(root: Node, history: Sequence[Rewriting]) -> tuple[Step, ...]:
    steps: list[Step] = []
    current = root
    for rule, changed in replay(root, history):
        steps.append(Step(rule, current, changed))
        current = changed
    return tuple(steps)


def _divides(symbol: Symbol, gradient: Node) -> bool:
    """Does 1 / symbol occur in `gradient`?"""
    return any(
        isinstance(n, Term)
        and n.op is POWER
        and n.args[0] is symbol
        and isinstance(n.args[1], Number)
        and n.args[1].value < 0
        for n in postorder(gradient)
    )
