"""The output of --entries: lines in index notation, and the chain rule of several variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile

from matcalc.document import blocks as b
from matcalc.document.sentences import Phrases, definition, filled, words
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Symbol, Term, dims, postorder
from matcalc.families import indexed
from matcalc.indices import FreshIndices, names_in, tidy, written
from matcalc.indices.array_slopes import ArraySlope
from matcalc.indices.chain_rule import ArrayDerivative, Link, Use, link, path, tensors, users
from matcalc.indices.entry import LETTERS, place, position
from matcalc.indices.normal import same
from matcalc.indices.part import Part
from matcalc.indices.terms import Delta, EntryOf, Index, Index_term, Indices, Sigma, Total, walk
from matcalc.operators import size_node, stacked
from matcalc.prose import Letters

LONGEST = 4
"""Up to this many definitions, the derivative is followed from the variable to the objective."""


class Entries:
    """Builds the index notation of a report."""

    def __init__(self, say: Phrases) -> None:
        self.report = report = say.report
        self.say = say
        given = (node for _, node in report.program.given)
        nodes = (
            *(s for s, _ in report.gradients),
            *report.record.where,
            *report.record.deltas,
            report.objective,
            *given,
        )
        definitions = [
            s.definition for s in (report.objective, *report.record.where, *report.record.deltas) if s.definition
        ]
        self.taken = {
            *names_in(*nodes, *definitions),
            *report.program.names,
            *report.program.functions,
            *dims(*report.program.inputs),
        }
        self.taken |= {found.place.letter for name in self.taken if (found := indexed(name)) is not None}
        self.kronecker = not any(known.startswith("delta") for known in self.taken)
        self.deltas = {s.definition: s for s in report.record.deltas}
        self.adjoints = dict(report.record.adjoints)

    @cached_property
    def _active(self) -> list[Symbol]:
        """The definitions through which the objective depends on a variable, from the objective down."""
        known = (self.report.objective, *reversed(self.report.record.where))
        return [s for s in known if s in self.adjoints and s.definition is not None]

    # ------------------------------------------------------------------------------------------------- single lines

    def line(self, node: Node) -> tuple[Index_term, b.IndexRanges]:
        """A formula at entry i j, and the ranges of its indices."""
        letters = FreshIndices(self._unlike_typed)
        at = letters.position(node)
        shown = tidy(written(node, at, letters), place(at), self._unlike_typed)
        return shown, b.IndexRanges(place(at), (shown,))

    @cached_property
    def _unlike_typed(self) -> set[str]:
        # If sums were typed over j alone, the lines have j and not i, too.
        sections = [s for s in self.report.record.sections if s.kind == "sums"]
        nodes = postorder(*(step.before for section in sections for step in section.steps))
        typed = {letter for n in nodes if isinstance(n, Term) for letter in n.op.letters}
        earlier = takewhile(lambda letter: letter not in typed, LETTERS.split()) if typed else ()
        return {*self.taken, *earlier}

    def _line(
        self, node: Node, at: tuple[Index | None, Index | None], letters: FreshIndices
    ) -> tuple[Index_term, b.IndexRanges]:
        shown = tidy(written(node, at, letters), place(at), self.taken)
        return shown, b.IndexRanges(place(at), (shown,))

    def equation(self, symbol: Symbol, node: Node, derivative: bool) -> b.Chained:
        """W_ij = …, or dJ/dW_ij = …"""
        letters = FreshIndices(self.taken)
        at = letters.position(symbol)
        line, ranges = self._line(node, at, letters)
        entry = EntryOf(symbol, place(at))
        return b.Chained(self._of_objective(entry) if derivative else entry, (line,), ranges)

    def _of_objective(self, by: Index_term) -> b.InForm:
        # dJ/dW_ij.
        return b.InForm("gradient", (EntryOf(self.report.objective, ()), by))

    # ------------------------------------------------------------------------------------------------------- blocks

    def blocks(self) -> Iterator[b.Block]:
        """All blocks after the gradients: the parts asked for; with `entries` everything else."""
        if self.report.kind == "jacobian":
            yield from self.slopes()
            return
        for part in self.report.parts:
            yield from self._part(part)
        if self.report.view.entries:
            yield from self.gradients()
            yield from self.chain()

    def slopes(self) -> Iterator[b.IndexEquations]:
        """The derivative of each entry of the output by the entries that are asked for, and by each entry."""
        report = self.report
        said = [found.said() for found in report.summed.values()]
        for n, part in enumerate(report.parts):
            heading = b.Heading((b.InForm("gradient", (report.objective, self._part_of(part))),))
            found = [self._sloped(b.InForm("gradient", (s.of, s.by)), s) for s in report.slopes[n : n + 1]]
            block = report.blocks[n]
            if block is not None:
                left = b.InForm("gradient", (stacked(report.objective), self._part_of(part)))
                found.append(b.Chained(left, (block,), None, (b.shape_of(block.shape),)))
            yield self.entrywise(heading, found, said)._replace(before=(self._columns(part),))
        if not report.view.entries:
            return
        rest = report.slopes[len(report.parts) :]
        equations = [self._sloped(b.InForm("gradient", (slope.of, slope.by)), slope) for slope in rest]
        yield self.entrywise(b.Heading(("The Jacobian, entry by entry",)), equations, said)

    def _part_of(self, part: Part) -> b.Math:
        at = tuple(i.name if i else ":" for i in part.at)
        return b.Slice(part.of, at) if part.whole else EntryOf(part.of, place(part.at))

    def _columns(self, part: Part) -> b.Words:
        """Where the part stands in the Jacobian by the whole variable."""
        (i, j), rows = part.at, part.of.shape[0]
        whole = self.say.derivative(self.report.objective, part.of)
        if 1 in part.of.shape:
            return ("column ", Letters((i or j).name), " of ", whole)  # type: ignore[union-attr]
        if i is not None and j is not None:
            before = f"({j.name} - 1) {rows}" if j.value is None else f"{j.value - 1} {rows}"
            return ("column ", Letters(i.name if j.value == 1 else f"{i.name} + {before}"), " of ", whole)
        if i is not None:
            return ("column ", Letters(i.name), " of ", whole, f" and every {rows}-th after it")
        assert j is not None
        return (f"the {rows} columns of ", whole, " up to column ", Letters(f"{j.name} {rows}"))

    def second(self, objective: Symbol) -> b.IndexEquations:
        """The second derivatives of the objective by each entry of two variables."""
        of = EntryOf(objective, ())
        equations = [self._sloped(b.InForm("second", (of, s.of, s.by)), s) for s in self.report.slopes]
        said = [found.said() for found in self.report.summed.values()]
        return self.entrywise(b.Heading(("The Hessian, entry by entry",)), equations, said)

    def entrywise(self, heading: b.Heading, equations: Sequence[b.Chained], said: Sequence[str]) -> b.IndexEquations:
        """Entries of a Jacobian or Hessian, with what their letters mean and how they were proved."""
        report = self.report
        after = self._deltas([slope.slope for slope in report.slopes])
        after += tuple(("against the matrix: ", *words(text)) for text in said)
        after += ((f"not written by entries: {report.unwritten}",),) if report.unwritten else ()
        return b.IndexEquations(heading, (), tuple(equations), after)

    def _sloped(self, left: b.InForm, slope: ArraySlope) -> b.Chained:
        ranges = b.IndexRanges((*slope.of.at, *slope.by.at), (slope.slope,))
        return b.Chained(left, (slope.slope,), ranges, self._order(slope.of, slope.by))

    def gradients(self) -> Iterator[b.Block]:
        """Every gradient, and the names in it, entry by entry."""
        report = self.report
        found = [self.equation(s, g, derivative=True) for s, g in report.gradients]
        found += [self.equation(s, s.definition, derivative=False) for s in report.needed if s.definition is not None]
        names: dict[str, list[b.Words]] = {}
        for symbol, _ in report.gradients:
            if symbol.name in report.summed:
                names.setdefault(report.summed[symbol.name].said(), []).append((symbol,))
        after = [self._checked(b.listed(of), said) for said, of in names.items()]
        yield b.IndexEquations(b.Heading(("Gradients, entry by entry",)), (), tuple(found), tuple(after))

    def _checked(self, names: b.Words, said: str) -> b.Words:
        text = "sums over indices and chain rule for {names}, against the matrix form: {said}"
        return filled(text, names=names, said=words(said))

    def chain(self) -> Iterator[b.Block]:
        """The chain rule by entries, in the order of backpropagation, then through whole chains of definitions."""
        report = self.report
        if report.program.family is not None:  # a layer is reached through the one after it, as the derivation says
            return
        active = self._active
        above = users(active)
        given = {s.name for s, _ in report.program.given}
        targets = [s for s in active if s is not report.objective and s.name not in given]
        targets += [s for s, _ in report.gradients if s not in set(active) and s in self.adjoints]
        for target in targets:
            if above.get(target):
                yield from self._through(target, above[target], None)
        for variable, _ in report.gradients:
            chain = path(above, variable, LONGEST + 1)
            if chain is not None and len(chain) > 2:
                yield from self._tensors(chain)

    # --------------------------------------------------------------------------------------------------- the chain rule

    def _known(self, symbol: Symbol) -> Node:
        # The gradient of an intermediate, under its name if it has one.
        gradient = self.adjoints[symbol]
        return self.deltas.get(gradient, gradient)

    def _through(self, target: Symbol, uses: Sequence[Symbol], at: Indices | None) -> Iterator[b.Block]:
        names = b.listed([(definition(z),) for z in uses])
        by = self.say.derivative(self.report.objective, target)
        heading = b.Heading(("Chain rule by entries: ", by, " through ", *names))
        try:
            found = link([(z, self._known(z)) for z in uses], target, self.taken, at)
        except UnsupportedError:
            says = "an array in it is not written out by entries, nor are its slopes; this is what the derivation gives"
            yield b.IndexEquations(heading, ((says,),), (self.equation(target, self._known(target), derivative=True),))
            return
        yield b.IndexEquations(heading, self._free(target), tuple(self._link(found)), self._explained(found))

    def _free(self, target: Symbol) -> tuple[b.Words, ...]:
        # The chain rule varies every entry by itself.
        if not self._structured(target):
            return ()
        says = "every entry of {name} is varied by itself here; its structure comes last, as in the derivation"
        return (filled(says, name=target),)

    def _structured(self, symbol: Symbol) -> bool:
        """Whether a convention's rule changed the gradient; such rules start with a letter, laws of algebra do not."""
        sections = self.report.record.sections
        steps = [step for s in sections if s.kind == "finish" and s.subject is symbol for step in s.steps]
        return any(isinstance(step.rule.lhs, Slot) for step in steps)

    def _link(self, found: Link) -> Iterator[b.Chained]:
        objective = EntryOf(self.report.objective, ())
        chained: list[b.Math] = []
        spelled: list[Index_term] = []
        for use in found.uses:
            if use.of.of is objective.of:
                yield b.Chained(use.of, (use.formula,), b.IndexRanges((), (use.formula,)))
                chained.append(b.InForm("gradient", (use.of, found.by)))
            else:
                yield from self._slope(use, found.by)
                chained.append(b.ChainRule(use.of.at, ((objective, use.of), (use.of, found.by))))
            spelled.append(use.spelled)
        shown = self._spelled(spelled)
        rights = [chained[0] if len(chained) == 1 else b.TermSum(tuple(chained)), *shown, found.gradient]
        over = [i for use in found.uses if use.of.of is not objective.of for i in use.of.at]
        terms = [*(spelled if shown else ()), found.gradient]
        yield self._equation(self._of_objective(found.by), rights, terms, (*found.by.at, *over))

    def _spelled(self, terms: Sequence[Index_term]) -> list[Index_term]:
        # A sum before its deltas are contracted; empty if it has none.
        if not self._delta(terms) and len(terms) == 1:
            return []
        parts = [part for t in terms for part in (t.terms if isinstance(t, Total) else (t,))]
        return [parts[0] if len(parts) == 1 else Total(tuple(parts))]

    def _delta(self, terms: Sequence[Index_term]) -> Delta | None:
        return next((t for term in terms for t in walk(term) if isinstance(t, Delta)), None)

    def _equation(
        self, left: b.Math, rights: Sequence[b.Math], terms: Sequence[Index_term], free: Indices
    ) -> b.Chained:
        kept = [r for n, r in enumerate(rights) if r != left and r not in rights[n + 1 :]]
        return b.Chained(left, tuple(kept), b.IndexRanges(free, tuple(terms)))

    def _slope(self, use: Use, by: EntryOf) -> Iterator[b.Chained]:
        yield b.Chained(use.of, (use.formula,), b.IndexRanges(use.of.at, (use.formula,)))
        sums = any(isinstance(part, Sigma) and self._delta([part]) for part in walk(use.opened))
        rights = (use.opened, use.slope) if sums and use.opened != use.slope else (use.slope,)
        ranges = b.IndexRanges((*use.of.at, *by.at), rights)
        yield b.Chained(b.InForm("gradient", (use.of, by)), rights, ranges, self._order(use.of, by))

    def _order(self, of: EntryOf, by: EntryOf) -> b.Words:
        """The order and the shape of dZ/dW, n×h by d×h; empty where that is a vector or a matrix."""
        if len(of.at) + len(by.at) < 3 or any(i.value is not None for i in (*of.at, *by.at)):
            return ()
        return (f"order {len(of.at) + len(by.at)}: ", self._shape(of), " by ", self._shape(by))

    def _shape(self, entry: EntryOf) -> b.Math:
        # n of a vector, n×d of a matrix.
        return size_node(entry.at[0].size) if len(entry.at) == 1 else b.shape_of(entry.of.shape)

    def _explained(self, found: Link) -> tuple[b.Words, ...]:
        return self._deltas([use.opened for use in found.uses])

    def _deltas(self, terms: Sequence[Index_term]) -> tuple[b.Words, ...]:
        delta = self._delta(terms)
        if delta is None:
            return ()
        return ((delta, " is 1 where ", Letters(f"{delta.i.name} = {delta.j.name}"), ", else 0"),)

    def _tensors(self, chain: Sequence[Symbol]) -> Iterator[b.Block]:
        found: list[b.Chained] = []
        seen: list[Index_term] = []
        orders: list[b.Words] = []
        try:
            for tensor in tensors(chain, self.taken):
                found.append(self._tensor(tensor))
                seen += [tensor.slope, tensor.inner, tensor.whole]
                if self._order(tensor.of, tensor.by):
                    orders.append(self._said(tensor))
        except UnsupportedError:
            return
        if len(found) < len(chain) - 1:
            return
        names: list[str | b.Math] = [chain[0]]
        for s in chain[1:]:
            names += [" → ", s]
        by = self.say.derivative(self.report.objective, chain[0])
        heading = b.Heading(("Chain rule by entries: ", by, " along the whole chain ", *names))
        yield b.IndexEquations(heading, (), tuple(found), (*orders, *self._deltas(seen)))

    def _tensor(self, tensor: ArrayDerivative) -> b.Chained:
        rights: list[b.Math] = []
        if tensor.through is not None:
            rights.append(b.ChainRule(tensor.through.at, ((tensor.of, tensor.through), (tensor.through, tensor.by))))
            rights += self._spelled([tensor.spelled])
        terms = [tensor.spelled, tensor.whole]
        left = b.InForm("gradient", (tensor.of, tensor.by))
        return self._equation(left, [*rights, tensor.whole], terms, (*tensor.of.at, *tensor.by.at))

    def _said(self, tensor: ArrayDerivative) -> b.Words:
        of, by = tensor.of.of, tensor.by.of
        assert isinstance(of, Symbol) and isinstance(by, Symbol)
        count = len(tensor.of.at) + len(tensor.by.at)
        order = self._order(tensor.of, tensor.by)
        return (self.say.derivative(of, by), f" is an array with {count} indices, ", *order)

    # --------------------------------------------------------------------------------- an entry, a row, a column

    def _part(self, part: Part) -> Iterator[b.Block]:
        say, report, symbol = self.say, self.report, part.of
        gradient = dict(report.gradients)[symbol]
        taken = {*self.taken, *(i.name for i in place(part.at))}
        at = part.entry(taken)
        found: list[b.Chained] = []
        after: list[b.Words] = []
        chained = self._chained(symbol, taken, at)
        structured = self._structured(symbol)
        if chained is not None:
            found += self._link(chained)
            after += self._explained(chained)
        if chained is None or structured:
            line, ranges = self._line(gradient, position(symbol, at), FreshIndices(taken))
            beside: b.Words = ("with the structure of ", symbol) if structured else ()
            found.append(b.Chained(self._of_objective(EntryOf(symbol, at)), (line,), ranges, beside))
            after += say.structured() if structured else []
        if part.whole:
            found.append(self._slice(part, gradient))
        after.append(self._stacked(part, b.equation(say.derivative(report.objective, symbol), gradient)))
        if symbol.name in report.summed and not report.view.entries:
            after.append(self._checked((symbol,), report.summed[symbol.name].said()))
        heading = b.Heading((self._named(part), *((" by the chain rule",) if chained is not None else ())))
        before = self._free(symbol) if chained is not None else ()
        yield b.IndexEquations(heading, before, tuple(found), tuple(after))

    def _chained(self, symbol: Symbol, taken: set[str], at: Indices) -> Link | None:
        """The chain rule for one entry; None if its definitions do not give all of it."""
        program = self.report.program
        uses = users(self._active).get(symbol, [])
        if not uses or symbol.name in {s.name for s, _ in program.given}:
            return None
        try:
            found = link([(z, self._known(z)) for z in uses], symbol, taken, at)
        except UnsupportedError:
            return None
        if program.family is not None:  # another layer may use it, too
            matrix = written(self._known(symbol), position(symbol, at), FreshIndices(taken))
            return found if same(found.gradient, matrix) else None
        return found

    def _named(self, part: Part) -> b.InForm:
        return b.InForm("gradient", (self.report.objective, self._part_of(part)))

    def _slice(self, part: Part, gradient: Node) -> b.Chained:
        """The row or the column of the gradient in matrix notation."""
        axis = 0 if part.at[0] is not None else 1
        index = part.at[axis]
        assert index is not None
        shape = (1, gradient.shape[1]) if axis == 0 else (gradient.shape[0], 1)
        return b.Chained(
            self._named(part), (b.Sliced(gradient, axis, index),), b.IndexRanges((index,)), (b.shape_of(shape),)
        )

    def _stacked(self, part: Part, whole: b.Math) -> b.Words:
        """How the entries, rows or columns form the matrix."""
        indices = place(part.at)
        letters = [i for i in indices if i.value is None]
        vector = 1 in part.of.shape
        if not letters:
            where = f"entry ({', '.join(i.name for i in indices)})"
            if part.whole:
                where = f"{'row' if part.at[0] else 'column'} {indices[0].name}"
            elif vector:
                where = f"entry {indices[0].name}"
            return (f"this is {where} of ", whole)
        if part.whole:
            how = "the rows, one above another" if part.at[0] is not None else "the columns, side by side"
        elif vector:
            how = f"the entries, one {'above' if part.of.shape[1] == 1 else 'beside'} another"
        elif len(letters) == 1:
            line = f"{'column' if part.at[0] is letters[0] else 'row'} {next(i.name for i in indices if i.value)}"
            return ("for ", b.IndexRanges(tuple(letters)), f" these are the entries of {line} of ", whole)
        else:
            how = "the entries, each in its row and column"
        return ("for ", b.IndexRanges(tuple(letters)), f" these are {how}, of ", whole)
