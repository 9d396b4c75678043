"""One derivation from the objective back to the variables: the stages in order, and the record of their steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, TypeGuard

from matcalc import operators as ops
from matcalc.derive.forms import cancels, closed, opened, simplified
from matcalc.derive.lessons import pulled_back
from matcalc.derive.line import DEFINITION, NAME, PREPARE, RECOGNIZE, SIMPLIFY, Line
from matcalc.derive.moves import conditions, repeats
from matcalc.derive.naming import TakenNames, fresh, name_intermediates, part_name, repeated
from matcalc.derive.poles import Poles
from matcalc.derive.record import Record
from matcalc.derive.typed_order import as_typed
from matcalc.dims import Dim
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, definitions, postorder, replace, tree_size
from matcalc.families import indexed
from matcalc.operators import d, matmul, plus, zeros
from matcalc.prose import Prose, marked
from matcalc.rewrite import Condition, Match, Rewrite, RewriteRule, Rewriting, RuleSet, Section, coefficient, fill
from matcalc.rules.conventions import CONVENTIONS, UNSTRUCTURED, structure
from matcalc.rules.order import key
from matcalc.rules.slots import matrix
from matcalc.rules.structure import attributes
from matcalc.rules.themes import know
from matcalc.syntax.program import Program

_A, _B, _C = matrix("A", "n", "k"), matrix("B", "k", "m"), matrix("C", "k", "m")
OPENING = RewriteRule(
    "brackets opened, and closed again", matmul(_A, plus(_B, _C)), plus(matmul(_A, _B), matmul(_A, _C))
)
LONG_GRADIENT = 12
"""A gradient of an intermediate with more symbols than this gets a name, even if it is used once."""
LONG_QUOTIENT = 48
"""The same limit for a gradient that divides by the intermediate; nested logarithms add a factor each time."""


def unrelated(objective: Symbol, given: Iterable[Symbol], symbol: Symbol) -> MatcalcError:
    """The error that the gradients given say nothing of a name."""
    by = ", ".join(s.name for s in given)
    return MatcalcError(
        f"the program does not say how {objective.name} depends on {symbol.name}: it gives only the gradient "
        f"with respect to {by}, which {symbol.name} does not affect",
        hint=f"give the gradient with respect to something that is computed from {symbol.name}",
        text=symbol.name,
    )


class Run:
    """One derivation, from the objective back to the variables.

    `seeds`: gradients that names start with; those from uses in the program are added. `named`: the name for the
    gradient of each of these names, which it gets in any case.
    """

    WHAT: ClassVar = "gradient"
    ASKED: ClassVar = "convention"
    FORMS: ClassVar[Mapping[str, Mapping[str, RewriteRule]]] = CONVENTIONS

    def __init__(
        self,
        program: Program,
        wrt: list[Symbol],
        convention: str,
        primes: bool = False,
        seeds: Mapping[Symbol, Node] | None = None,
        named: Mapping[str, str] | None = None,
    ) -> None:
        self.program = program
        self.convention = convention
        self.primes = primes
        self.seeds = seeds or {}
        self.named = named or {}
        self.sections: list[Section] = []
        self.deltas: list[Symbol] = []
        self.notes: list[Prose] = []
        self.conditions: dict[Condition, None] = {}
        self.atoms: dict[Term, Symbol] = {}
        self.parts: dict[Term, Symbol] = {}
        self.pending: dict[Symbol, list[Node]] = {}
        self.adjoints: dict[Symbol, Node] = {}
        self.taken = TakenNames((*program.names, *self.named.values()))
        known = (*program.given, *self.seeds.items())
        roots = (program.objective, *(node for pair in known for node in pair))
        met = {n.op for n in postorder(*roots, through_definitions=True) if isinstance(n, Term)}
        know(met)
        self.sections += _from_sums(program)
        self.objective, became = self._named(program)
        self.wrt = [became.get(s, s) for s in wrt]
        self.given = {became.get(s, s): replace(node, became) for s, node in program.given}
        self.seeds = {became.get(s, s): replace(node, became) for s, node in self.seeds.items()}
        self.order = definitions(self.objective, *self.given, *self.seeds)
        self.taken.update(s.name for s in self.order)
        if any(op.asks for op in met):
            _check_arguments(self.objective, *self.given, *self.seeds)
        self.poles = Poles(self.objective.name)
        for symbol in self.order:
            assert symbol.definition is not None
            self.poles.refuse(symbol.definition, symbol)
        for node in (*self.given.values(), *self.seeds.values()):
            self.poles.refuse(node)
        self.depends = self._dependence()
        self.activated = {s.definition.args[0] for s in self.order if _is_function(s.definition)}

    def _named(self, program: Program) -> tuple[Symbol, Mapping[Node, Symbol]]:
        # Functions written out by hand are recognized first: 1 ./ (1 + exp(-z)) is sigmoid(z).
        became = self._recognized(program)
        objective = became.get(program.objective, program.objective)
        if objective.definition is None:
            return objective, {**became, program.objective: objective}
        # The objective's own formula is then brought into a form that is easy to differentiate.
        original = objective.definition
        normal, history = PREPARE.normal(original)
        self._need(history)
        prepared = Symbol(objective.name, objective.shape, objective.attributes, normal) if history else objective
        named, mapping = name_intermediates(prepared, self.taken)
        assert named.definition is not None
        # The reader sees the names first and then the rewriting, if the order does not matter.
        short = replace(original, mapping)
        steps = list(_visible(short, PREPARE))
        if (steps[-1].after if steps else short) is named.definition:
            # The user's own names exist already; only new ones make a line.
            steps[:0] = [Rewrite(NAME, original, short)] if key(short) != key(original) else []
        else:
            steps = [*_visible(original, PREPARE), Rewrite(NAME, normal, named.definition)]
        if steps:
            self.sections.append(Section("rewrite", named, tuple(steps)))
        found: dict[Node, Symbol] = {s: mapping[s] for s in mapping if isinstance(s, Symbol)}
        renamed = {old: found.get(new, new) for old, new in became.items()}
        return named, {**found, **renamed, program.objective: named}

    def _recognized(self, program: Program) -> dict[Node, Symbol]:
        """The new symbol for each definition that contains, directly or through names, a function written by hand."""
        became: dict[Node, Symbol] = {}
        for symbol in definitions(program.objective, *(s for s, _ in program.given), *self.seeds):
            assert symbol.definition is not None
            definition = replace(symbol.definition, became)
            normal, history = (definition, ()) if symbol is program.objective else RECOGNIZE.normal(definition)
            if normal is symbol.definition:
                continue
            became[symbol] = Symbol(symbol.name, symbol.shape, symbol.attributes, normal)
            self._need(history)
            if history:
                self.sections.append(Section("recognize", became[symbol], _visible(definition, RECOGNIZE)))
        return became

    def _dependence(self) -> dict[Node, bool]:
        sources = set(self.wrt)
        found: dict[Node, bool] = {}
        for node in postorder(self.objective, *self.given, *self.seeds, through_definitions=True):
            below = node.args
            if isinstance(node, Symbol) and node.definition is not None:
                below = (node.definition,)
            found[node] = node not in self.given and (node in sources or any(found[a] for a in below))
        return found

    def _active(self, node: Node) -> bool:
        known = self.depends.get(node)
        if known is None:
            for part in postorder(node):
                if part not in self.depends:
                    self.depends[part] = any(self.depends[a] for a in part.args)
            known = self.depends[node]
        return known

    def _need(self, history: Sequence[Rewriting]) -> None:
        for rule, before, _ in history:
            self.conditions.update(dict.fromkeys(conditions(rule, before)))

    def _atom(self, term: Term) -> Symbol:
        """The name for a term that is not written out, such as u1 for an eigenvector."""
        known = self.atoms.get(term)
        if known is None:
            name = fresh(term.op.atom, self.taken)
            known = self.atoms[term] = Symbol(name, term.shape, (), term)
            self.depends[known] = False
        return known

    # ------------------------------------------------------------------------------------------------------- the stages

    def result(self) -> Record:
        """The whole derivation."""
        for symbol, node in self.seeds.items():
            self.pending.setdefault(symbol, []).append(node)
        for symbol in (self.objective, *reversed(self.order)):
            self._open(symbol)
            if symbol is self.objective and symbol.definition is not None and symbol not in self.adjoints:
                self._start()
            elif symbol in self.pending:
                gradient = self._collected(symbol)
                if self._goes_on(symbol):
                    self._push(symbol, gradient, "push")
                elif symbol.name in self.named:
                    self._name(symbol, gradient)
        gradients = []
        for symbol in self.wrt:
            if symbol not in self.adjoints:
                self._open(symbol)
                if symbol in self.pending:
                    self._collected(symbol)
                elif self.objective.definition is None and self.given and not self.named:
                    raise unrelated(self.objective, self.given, symbol)
                else:
                    self.adjoints[symbol] = self._zero(symbol)
                    note = f"`{symbol.name}` does not occur in `{self.objective.name}`, so the {self.WHAT} is zero"
                    self.notes.append(marked(note))
            gradients.append((symbol, self._final(symbol)))
        record = Record(
            program=self.program,
            objective=self.objective,
            wrt=tuple(self.wrt),
            sections=tuple(self.sections),
            where=(*(s for s in self.order if s is not self.objective), *self.atoms.values(), *self.parts.values()),
            deltas=tuple(self.deltas),
            gradients=tuple(gradients),
            adjoints=tuple(self.adjoints.items()),
            given=tuple(self.given.items()),
            convention=self.convention,
            conditions=tuple(self.conditions),
            notes=tuple(self.notes),
        )
        return as_typed(record, (self.objective, *self.order))

    def _start(self) -> None:
        """The first line: dJ is d of the objective's definition."""
        objective = self.objective
        self.adjoints[objective] = ops.ONE
        if not self.given or self._goes_on(objective):
            self._push(objective, ops.ONE, "differential")
        else:  # the given gradient is complete
            self.sections = [s for s in self.sections if s.subject is not objective]

    def _zero(self, symbol: Symbol) -> Node:
        """The gradient with respect to a name that does not occur."""
        return zeros(*symbol.shape)

    def _open(self, symbol: Symbol) -> None:
        # A given gradient is the whole one, so uses of the name were treated as constant so far.
        if symbol in self.given:
            self.depends[symbol] = self.depends[d(symbol)] = True
            self.pending[symbol] = [self.given[symbol]]

    def _goes_on(self, symbol: Symbol) -> bool:
        return symbol.definition is not None and self._active(symbol.definition)

    def _line(self, pairs: list[tuple[Node, Node]]) -> Line:
        return Line(self._active, self._atom, pairs, conditions=self.conditions, primes=self.primes, pulled=pulled_back)

    def _push(self, subject: Symbol, gradient: Node, kind: str) -> None:
        assert subject.definition is not None
        line = self._line([(gradient, d(subject))])
        if kind == "push":
            gradient = self._delta(line, subject, gradient)
        line.become(DEFINITION, [(gradient, d(subject.definition))])
        line.run({subject.definition: subject} if subject.definition.args and kind == "push" else {}, subject)
        results = []
        for g, v in line.pairs:
            target = v.args[0]
            assert isinstance(target, Symbol)
            self.pending.setdefault(target, []).append(g)
            results.append((target, g))
        self.sections.append(Section(kind, subject, tuple(line.steps), tuple(results)))

    def _name(self, subject: Symbol, gradient: Node) -> None:
        line = self._line([(gradient, d(subject))])
        self._delta(line, subject, gradient)
        self.sections.append(Section("push", subject, tuple(line.steps)))

    def _collected(self, symbol: Symbol) -> Node:
        """The gradient with respect to `symbol`, collected from all uses."""
        parts = self.pending.pop(symbol)
        line = self._line([(g, d(symbol)) for g in parts])
        line.collect()
        line.simplify()
        if line.steps:
            self.sections.append(Section("collect", symbol, tuple(line.steps), ((symbol, line.pairs[0][0]),)))
        self.adjoints[symbol] = line.pairs[0][0]
        self.poles.refuse(self.adjoints[symbol])
        return self.adjoints[symbol]

    def _delta(self, line: Line, symbol: Symbol, gradient: Node) -> Node:
        """`gradient` under a name, if it would be written more than once or grow long."""
        size = tree_size(gradient)
        name = self.named.get(symbol.name)
        # A gradient G ./ a at a = f(z) gets no name: f' cancels the a.
        if name is None and (
            (size <= LONG_QUOTIENT and _divides(symbol, gradient))
            or size <= 5
            or (size <= LONG_GRADIENT and self._uses(symbol) < 2 and not self._preactivation(symbol, gradient))
        ):
            return gradient
        delta = Symbol(name or self._delta_name(symbol), symbol.shape, ("adjoint",), gradient)
        self.depends[delta] = False
        self.deltas.append(delta)
        line.become(NAME, [(delta, d(symbol))])
        return delta

    def _uses(self, symbol: Symbol) -> int:
        # How often pushing through the definition will write the gradient: once for each varying leaf.
        assert symbol.definition is not None
        uses = 0
        for node in postorder(symbol.definition):
            if isinstance(node, Term):
                own = sum(1 for a in node.args if isinstance(a, Symbol) and self._active(a))
                uses += own * repeats(node.op)
        return uses

    def _preactivation(self, symbol: Symbol, gradient: Node) -> bool:
        # The gradient at the operand of a function, delta .* f'(z), is the usual delta of textbooks.
        core = coefficient(gradient)[1]
        while isinstance(core, Term) and core.op is ops.SCALE:
            core = core.args[1]
        return isinstance(core, Term) and core.op.elementwise and symbol in self.activated

    def _delta_name(self, symbol: Symbol) -> str:
        layer = indexed(symbol.name)
        if layer is not None:
            stems = ["delta"] if layer.stem in ("z", "Z") else []
            stems += [f"delta_{layer.stem}{n}" for n in ("", "_2", "_3", "_4")]
            name = next(n for stem in stems if (n := f"{stem}[{layer.place}]") not in self.taken)
            self.taken.add(name)
            return name
        index = re.search(r"\d+$", symbol.name)
        letters = symbol.name[: index.start()] if index else symbol.name
        name = f"delta{index.group()}" if index and letters in ("z", "Z") else f"delta_{symbol.name}"
        return fresh(name, self.taken)

    def _final(self, symbol: Symbol) -> Node:
        gradient = self._opened(symbol, self._finished(symbol, self.adjoints[symbol]))
        gradient = self._rewritten(symbol, gradient, closed(gradient))
        return self._shared(symbol, gradient)

    def _opened(self, symbol: Symbol, gradient: Node) -> Node:
        """The gradient expanded, if that is shorter."""
        if not cancels(gradient) or (short := opened(gradient)) is gradient:
            return gradient
        return self._rewritten(symbol, gradient, [(OPENING, short)])

    def _rewritten(self, symbol: Symbol, gradient: Node, forms: Iterable[tuple[RewriteRule, Node]]) -> Node:
        """The last of the forms of the gradient; they are shown with those before."""
        steps: list[Rewrite] = []
        for rule, form in forms:
            steps.append(Rewrite(rule, gradient, form))
            gradient = form
        if steps:
            before: tuple[Rewrite, ...] = ()
            if self.sections and self.sections[-1].kind == "finish" and self.sections[-1].subject is symbol:
                before = self.sections.pop().steps
            self.sections.append(Section("finish", symbol, (*before, *steps), ((symbol, gradient),)))
        return gradient

    def _shared(self, symbol: Symbol, gradient: Node) -> Node:
        """The gradient with names for long repeated parts."""
        steps: list[Rewrite] = []
        while (part := repeated(gradient)) is not None:
            if part not in self.parts:
                self.parts[part] = Symbol(part_name(part, self.taken), part.shape, (), part)
            named = replace(gradient, {part: self.parts[part]})
            steps.append(Rewrite(NAME, gradient, named))
            gradient = named
        if steps:
            self.sections.append(Section("name", symbol, tuple(steps), ((symbol, gradient),)))
        return gradient

    def _finished(self, symbol: Symbol, gradient: Node) -> Node:
        """The gradient in the form that the convention asks for."""
        known = structure(symbol.attributes)
        if self.convention == "free" or known == "":
            return gradient
        rule = self.FORMS[self.convention].get(known or "")
        if rule is None:
            has = ", ".join(sorted(symbol.attributes - UNSTRUCTURED))
            raise UnsupportedError(
                f"there is no {self.convention} form of the {self.WHAT} with respect to {symbol.name}, which is {has}",
                hint=f'ask for {self.ASKED}="free", which ignores the structure',
                text=symbol.name,
            )
        dims: dict[str, Dim] = {"n": symbol.shape[0], "k": gradient.shape[0]}
        projected = fill(rule.rhs, Match({"G": gradient, "X": symbol}, dims))
        if simplified(projected) is gradient:
            return gradient
        steps = [Rewrite(rule, gradient, projected)] if projected is not gradient else []
        for used, changed in SIMPLIFY.forms(projected):
            steps.append(Rewrite(used, steps[-1].after, changed))
        result = steps[-1].after if steps else gradient
        self.sections.append(Section("finish", symbol, tuple(steps), ((symbol, result),)))
        return result


def _check_arguments(*roots: Node) -> None:
    """Raises UnsupportedError if an operator's argument is not known to have the required attribute."""
    for node in postorder(*roots, through_definitions=True):
        if isinstance(node, Term) and node.op.asks and node.op.asks not in attributes(node.args[0]):
            argument, needed = node.args[0], node.op.asks
            name = argument.name if isinstance(argument, Symbol) else "its argument"
            named = isinstance(argument, Symbol) and argument.definition is None
            part = f"take the {needed} part M + M' of what it is"
            raise UnsupportedError(
                f"{node.op.name} is of a {needed} matrix, and {name} is not known to be {needed}",
                hint=f"declare {name}: {argument.shape[0]} x {argument.shape[0]} {needed}"
                if named
                else f"declare the matrices in it {needed}, or {part}",
                text=node.op.name,
            )


def _is_function(node: Node | None) -> TypeGuard[Term]:
    """Is `node` a function of the entries?"""
    return isinstance(node, Term) and node.op.function is not None


def _from_sums(program: Program) -> Iterator[Section]:
    """How each definition that was typed with indices came into matrix form."""
    for symbol, typed in program.indexed:
        steps = [
            Rewrite(RewriteRule(c.name, c.piece, c.result, reason=c.reason), c.before, c.after) for c in typed.steps
        ]
        if steps:
            yield Section("sums", symbol, tuple(steps))


def _visible(root: Node, rules: RuleSet) -> tuple[Rewrite, ...]:
    steps: list[Rewrite] = []
    current = root
    for rule, changed in rules.forms(root):
        steps.append(Rewrite(rule, current, changed))
        current = changed
    return tuple(steps)


def _divides(symbol: Symbol, gradient: Node) -> bool:
    """Whether 1 / symbol occurs in `gradient`."""
    return any(
        isinstance(n, Term)
        and n.op is ops.POWER
        and n.args[0] is symbol
        and isinstance(n.args[1], Number)
        and n.args[1].value < 0
        for n in postorder(gradient)
    )
