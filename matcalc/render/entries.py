"""What --entries adds to a derivation, before any format: lines by entries, and the chain rule of several variables.

A block is a heading, sentences, and equations that go on to the right: left = right = right. The formulas are in the
notation of the phrases that are handed in, the sentences are running text in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Symbol, dims
from matcalc.indices import Letters, names_in, tidy, written
from matcalc.indices.chain import Link, Tensor, Use, link, path, tensors, users
from matcalc.indices.entry import place, position
from matcalc.indices.normal import same
from matcalc.indices.part import Part
from matcalc.indices.terms import Delta, Entry, Index, Index_term, Place, walk
from matcalc.operators import size_node
from matcalc.render.phrases import Phrases
from matcalc.render.report import Report
from matcalc.write.indexed import Indexed
from matcalc.write.notations.text import TEXT
from matcalc.write.pieces import Notation
from matcalc.write.slices import cut, name

_LAYER = re.compile(r"[A-Za-z]\w*(?=[^\[]*\]$)")
"""The letter in the index of a name such as z[l-1]."""
LONGEST = 4
"""Definitions between a variable and the objective for which the derivative is followed all the way."""


class Equation(NamedTuple):
    """left = rights[0] = rights[1] …; `ranges`: what the indices run over; `beside`: the shape of an array."""

    left: str
    rights: tuple[str, ...]
    ranges: str = ""
    beside: str = ""


class Block(NamedTuple):
    """A stretch of the answer; `before` and `after` are sentences."""

    heading: str
    before: tuple[str, ...] = ()
    equations: tuple[Equation, ...] = ()
    after: tuple[str, ...] = ()


class Entries:
    """A report entry by entry, in the notation of `say`."""

    def __init__(self, report: Report, say: Phrases) -> None:
        self.report = report
        self.say = say
        given = (node for _, node in report.program.given)
        nodes = (*(s for s, _ in report.gradients), *report.where, *report.deltas, report.objective, *given)
        definitions = [s.definition for s in (report.objective, *report.where, *report.deltas) if s.definition]
        self.taken = {
            *names_in(*nodes, *definitions),
            *report.program.names,
            *report.program.functions,
            *dims(*report.program.inputs),
        }
        self.taken |= {letter for known in self.taken for letter in _LAYER.findall(known)}
        self.kronecker = not any(known.startswith("delta") for known in self.taken)
        self.writer = Indexed(say.writer, kronecker=self.kronecker)
        self.deltas = {s.definition: s for s in report.deltas}
        self.adjoints = dict(report.adjoints)

    @cached_property
    def _active(self) -> list[Symbol]:
        """The definitions that the objective depends on through a variable, from it down."""
        known = (self.report.objective, *reversed(self.report.where))
        return [s for s in known if s in self.adjoints and s.definition is not None]

    # ------------------------------------------------------------------------------------------------- single lines

    def line(self, node: Node) -> tuple[str, str]:
        """A formula entry by entry, and what its indices run over. An array is shown at entry i j."""
        letters = Letters(self.taken)
        at = letters.position(node)
        return self._line(node, at, letters)

    def _line(self, node: Node, at: tuple[Index | None, Index | None], letters: Letters) -> tuple[str, str]:
        shown = tidy(written(node, at, letters), place(at), self.taken)
        return self.writer.write(shown), self._ranges([shown], place(at))

    def equation(self, symbol: Symbol, node: Node, derivative: bool) -> Equation:
        """W_ij = …, or dJ/dW_ij = …"""
        letters = Letters(self.taken)
        at = letters.position(symbol)
        line, ranges = self._line(node, at, letters)
        entry = Entry(symbol, place(at))
        left = self.derivative(Entry(self.report.objective, ()), entry) if derivative else self.writer.write(entry)
        return Equation(left, (line,), ranges)

    def derivative(self, of: Entry, by: Entry) -> str:
        """dZ_k/dW_ij."""
        notation = self.say.notation
        pieces = (notation.atom(self.writer.write(entry)) for entry in (of, by))
        return str(notation.build("derivative", *pieces))

    def _ranges(self, terms: Sequence[Index_term], free: Place = ()) -> str:
        found = self.writer.ranges(() if self.say.notation.gathers else terms, free)
        return str(found) if found is not None else ""

    # ------------------------------------------------------------------------------------------------------- blocks

    def blocks(self) -> Iterator[Block]:
        """Everything that stands after the gradients: the parts asked for; with `entries` all else."""
        yield from self.parts()
        if self.report.entries:
            yield self.gradients()
            yield from self.chain()

    def gradients(self) -> Block:
        """Every gradient, and what it is written in, entry by entry."""
        report, say = self.report, self.say
        found = [self.equation(s, g, derivative=True) for s, g in report.gradients]
        found += [self.equation(s, s.definition, derivative=False) for s in report.needed if s.definition is not None]
        names: dict[str, list[str]] = {}
        for symbol, _ in report.gradients:
            if symbol.name in report.summed:
                names.setdefault(str(report.summed[symbol.name]), []).append(say.math(say.write(symbol)))
        after = [self._checked(_listed(of), said) for said, of in names.items()]
        return Block("Gradients, entry by entry", (), tuple(found), tuple(after))

    def _checked(self, names: str, said: str) -> str:
        return f"sums over indices and chain rule for {names}, against the matrix form: {self.say.prose(said)}"

    def parts(self) -> Iterator[Block]:
        """The entries, rows and columns that were asked for."""
        for part in self.report.parts:
            yield self._part(part)

    def chain(self) -> Iterator[Block]:
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
                yield self._through(target, above[target], None)
        for variable, _ in report.gradients:
            chain = path(above, variable, LONGEST + 1)
            if chain is not None and len(chain) > 2:
                yield from self._tensors(chain)

    # --------------------------------------------------------------------------------------------------- the chain rule

    def _known(self, symbol: Symbol) -> Node:
        # The gradient of an intermediate, by its name where it has one.
        gradient = self.adjoints[symbol]
        return self.deltas.get(gradient, gradient)

    def _through(self, target: Symbol, uses: Sequence[Symbol], at: Place | None) -> Block:
        say = self.say
        names = [say.math(say.definition(z)) for z in uses]
        heading = (
            f"Chain rule by entries: {say.math(say.derivative(self.report.objective, target))} through {_listed(names)}"
        )
        try:
            found = link([(z, self._known(z)) for z in uses], target, self.taken, at)
        except UnsupportedError:
            words = (
                "an array in it is not written out by entries, nor are its slopes; this is what the derivation gives"
            )
            return Block(heading, (words,), (self.equation(target, self._known(target), derivative=True),))
        return Block(heading, self._free(target), tuple(self._link(found)), self._explained(found))

    def _free(self, target: Symbol) -> tuple[str, ...]:
        # The chain rule varies every entry by itself.
        if not self._structured(target):
            return ()
        name_ = self.say.math(self.say.write(target))
        return (f"every entry of {name_} is varied by itself here; its structure comes last, as in the derivation",)

    def _structured(self, symbol: Symbol) -> bool:
        """Is the gradient brought into the form of a structure? What a convention's rule begins with is a letter."""
        steps = [step for s in self.report.sections if s.kind == "finish" and s.subject is symbol for step in s.steps]
        return any(isinstance(step.rule.lhs, Slot) for step in steps)

    def _link(self, found: Link) -> Iterator[Equation]:
        objective = Entry(self.report.objective, ())
        chained: list[str] = []
        spelled: list[Index_term] = []
        for use in found.uses:
            if use.of.of is objective.of:
                yield Equation(
                    self.writer.write(use.of), (self.writer.write(use.formula),), self._ranges([use.formula])
                )
                chained.append(self.derivative(use.of, found.by))
            else:
                yield from self._slope(use, found.by)
                chained.append(self._summed(use.of.at, [(objective, use.of), (use.of, found.by)]))
            spelled.append(use.spelled)
        left = self.derivative(objective, found.by)
        shown = self._spelled(spelled)
        rights = [_added(chained), *shown, self.writer.write(found.gradient)]
        over = [i for use in found.uses if use.of.of is not objective.of for i in use.of.at]
        yield self._equation(left, rights, [*(spelled if shown else ()), found.gradient], (*found.by.at, *over))

    def _spelled(self, terms: Sequence[Index_term]) -> list[str]:
        # A sum before its deltas are contracted; empty where there are none, so that it is what it comes to.
        return [_added([self.writer.write(t) for t in terms])] if self._delta(terms) or len(terms) > 1 else []

    def _delta(self, terms: Sequence[Index_term]) -> Delta | None:
        return next((t for term in terms for t in walk(term) if isinstance(t, Delta)), None)

    def _equation(self, left: str, rights: Sequence[str], terms: Sequence[Index_term], free: Place) -> Equation:
        kept = [r for n, r in enumerate(rights) if r != left and r not in rights[n + 1 :]]
        return Equation(left, tuple(kept), self._ranges(terms, free))

    def _slope(self, use: Use, by: Entry) -> Iterator[Equation]:
        yield Equation(
            self.writer.write(use.of), (self.writer.write(use.formula),), self._ranges([use.formula], use.of.at)
        )
        yield Equation(
            self.derivative(use.of, by),
            (self.writer.write(use.slope),),
            self._ranges([use.slope], (*use.of.at, *by.at)),
            self._order(use.of, by),
        )

    def _summed(self, over: Place, slopes: Sequence[tuple[Entry, Entry]]) -> str:
        # Σ_k dJ/dZ_k dZ_k/dW_ij
        body = " ".join(self.derivative(*pair) for pair in slopes)
        return str(self.writer.sum(over, self.say.notation.atom(body)))

    def _order(self, of: Entry, by: Entry) -> str:
        """The order and the shape of dZ/dW, n×h by d×h; empty where that is a vector or a matrix."""
        if len(of.at) + len(by.at) < 3 or any(i.value is not None for i in (*of.at, *by.at)):
            return ""
        return f"order {len(of.at) + len(by.at)}: {self._shape(of)} by {self._shape(by)}"

    def _shape(self, entry: Entry) -> str:
        # n of a vector, n×d of a matrix.
        if len(entry.at) == 1:
            return self.say.math(self.say.write(size_node(entry.at[0].size)))
        return self.say.math(self.say.shape(entry.of.shape))

    def _explained(self, found: Link) -> tuple[str, ...]:
        return self._deltas([use.slope for use in found.uses])

    def _deltas(self, terms: Sequence[Index_term]) -> tuple[str, ...]:
        delta = self._delta(terms)
        if delta is None:
            return ()
        i, j = delta.i.name, delta.j.name
        return (f"{self.say.math(self.writer.write(delta))} is 1 where {self.say.math(f'{i} = {j}')}, else 0",)

    def _tensors(self, chain: Sequence[Symbol]) -> Iterator[Block]:
        say = self.say
        variable = chain[0]
        objective = self.report.objective
        names = (" → " if say.notation is TEXT else " -> ").join(self.say.notation.name(s.name) for s in chain)
        found: list[Equation] = []
        seen: list[Index_term] = []
        orders: list[str] = []
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
        by = say.math(say.derivative(objective, variable))
        arrow = say.math(names) if not say.notation.gathers else ", ".join(say.math(say.write(s)) for s in chain)
        yield Block(
            f"Chain rule by entries: {by} along the whole chain {arrow}",
            (),
            tuple(found),
            (*orders, *self._deltas(seen)),
        )

    def _tensor(self, tensor: Tensor) -> Equation:
        left = self.derivative(tensor.of, tensor.by)
        shown = (
            []
            if tensor.through is None
            else [
                self._summed(tensor.through.at, [(tensor.of, tensor.through), (tensor.through, tensor.by)]),
                *self._spelled([tensor.spelled]),
            ]
        )
        rights = [*shown, self.writer.write(tensor.whole)]
        terms = [tensor.spelled, tensor.whole]
        return self._equation(left, rights, terms, (*tensor.of.at, *tensor.by.at))

    def _said(self, tensor: Tensor) -> str:
        of, by = tensor.of.of, tensor.by.of
        assert isinstance(of, Symbol) and isinstance(by, Symbol)
        count = len(tensor.of.at) + len(tensor.by.at)
        name_ = self.say.math(self.say.derivative(of, by))
        return f"{name_} is an array with {count} indices, {self._order(tensor.of, tensor.by)}"

    # --------------------------------------------------------------------------------- an entry, a row, a column

    def _part(self, part: Part) -> Block:
        say, report, symbol = self.say, self.report, part.of
        gradient = dict(report.gradients)[symbol]
        taken = {*self.taken, *(i.name for i in place(part.at))}
        at = part.entry(taken)
        entry = Entry(symbol, at)
        objective = Entry(report.objective, ())
        found: list[Equation] = []
        after: list[str] = []
        chained = self._chained(symbol, taken, at)
        structured = self._structured(symbol)
        if chained is not None:
            found += self._link(chained)
            after += self._explained(chained)
        if chained is None or structured:
            line, ranges = self._line(gradient, position(symbol, at), Letters(taken))
            beside = f"with the structure of {say.math(say.write(symbol))}" if structured else ""
            found.append(Equation(self.derivative(objective, entry), (line,), ranges, beside))
            after += say.structured(report) if structured else []
        whole = say.math(f"{say.derivative(report.objective, symbol)} = {say.write(gradient)}")
        if part.whole:
            found.append(self._slice(part, gradient))
        after.append(self._stacked(part, whole))
        if symbol.name in report.summed and not report.entries:
            after.append(self._checked(say.math(say.write(symbol)), str(report.summed[symbol.name])))
        heading = say.math(self._named(part))
        if chained is None:
            return Block(heading, (), tuple(found), tuple(after))
        return Block(f"{heading} by the chain rule", self._free(symbol), tuple(found), tuple(after))

    def _chained(self, symbol: Symbol, taken: set[str], at: Place) -> Link | None:
        """The chain rule for one entry; None where its definitions say nothing, or not all, of it."""
        program = self.report.program
        uses = users(self._active).get(symbol, [])
        if not uses or symbol.name in {s.name for s, _ in program.given}:
            return None
        try:
            found = link([(z, self._known(z)) for z in uses], symbol, taken, at)
        except UnsupportedError:
            return None
        if program.family is not None:  # another layer may use it, too
            matrix = written(self._known(symbol), position(symbol, at), Letters(taken))
            return found if same(found.gradient, matrix) else None
        return found

    def _named(self, part: Part) -> str:
        notation = self.say.notation
        if part.whole:
            by = self._sliced(part.of, [i.name if i else ":" for i in part.at])
        else:
            by = self.writer.write(Entry(part.of, place(part.at)))
        of = notation.atom(self.say.write(self.report.objective))
        return str(notation.build("derivative", of, notation.atom(by)))

    def _sliced(self, node: Node, at: Sequence[str]) -> str:
        return str(self.writer.slice(self.say.writer.piece(node), at))

    def _slice(self, part: Part, gradient: Node) -> Equation:
        """The row or the column of the gradient as matrix notation has it."""
        axis = 0 if part.at[0] is not None else 1
        index = part.at[axis]
        assert index is not None
        notation = self.say.notation

        def spelled(node: Node, axis: int) -> Node:
            if 1 in node.shape:
                return name(self.writer.write(Entry(node, (index,))), node, axis)
            return name(self._sliced(node, [index.name, ":"] if axis == 0 else [":", index.name]), node, axis)

        own = Notation(
            notation.title,
            notation.forms,
            name=lambda name: name[1:] if name.startswith("\0") else notation.name(name),
            function=notation.function,
            beside=notation.beside,
            gathers=notation.gathers,
        )
        line = cut(gradient, axis, spelled)
        written = Phrases(own, self.report.program.names).write(line)
        return Equation(self._named(part), (written,), self._ranges((), (index,)), self._of_shape(line))

    def _of_shape(self, node: Node) -> str:
        return self.say.math(self.say.shape(node.shape))

    def _stacked(self, part: Part, whole: str) -> str:
        """How entries, rows or columns make up the matrix."""
        say = self.say
        indices = place(part.at)
        letters = [i for i in indices if i.value is None]
        ranges = say.math(str(self.writer.ranges((), letters) or ""))
        vector = 1 in part.of.shape
        if not letters:
            where = f"entry ({', '.join(i.name for i in indices)})"
            if part.whole:
                where = f"{'row' if part.at[0] else 'column'} {indices[0].name}"
            elif vector:
                where = f"entry {indices[0].name}"
            return f"this is {where} of {whole}"
        if part.whole:
            rows = part.at[0] is not None
            how = "rows, one above another" if rows else "columns, side by side"
            return f"for {ranges} these are the {how}, of {whole}"
        if vector:
            how = "above" if part.of.shape[1] == 1 else "beside"
            return f"for {ranges} these are the entries, one {how} another, of {whole}"
        if len(letters) == 1:
            line = f"{'column' if part.at[0] is letters[0] else 'row'} {next(i.name for i in indices if i.value)}"
            return f"for {ranges} these are the entries of {line} of {whole}"
        return f"for {ranges} these are the entries, each in its row and column, of {whole}"


def _added(terms: Sequence[str]) -> str:
    return " + ".join(terms).replace("+ -", "- ")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
