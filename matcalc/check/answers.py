"""The mistake in an answer: single edits of the reader's own formula are tried until one gives the gradient.

First what the whole formula is (a multiple, the transpose, another convention), then the rows of FAULTS, then the
terms that the variable's places give, then the special values for which the formula is right. Candidates are compared
in float64 at the problem's points; only formulas with kinks are handed to the judge.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matcalc import operators as ops
from matcalc.check.answer_key import AnswerKey
from matcalc.check.claims import only
from matcalc.check.edits import index_repairs
from matcalc.check.faults import FAULTS, Fault
from matcalc.check.formulas import Answer
from matcalc.check.measured import SAME, counterexample, recognised, value_at
from matcalc.check.misshapen import misshapen, place_of, shown, unfit
from matcalc.check.own_lines import FormulaPiece, formula_pieces
from matcalc.check.repairs import Parts, Repair, is_inverse, one_over, turned
from matcalc.check.samples import EXACT, differs, inverted
from matcalc.check.unsummed import without_sum
from matcalc.check.verdict import CREDIT, Verdict
from matcalc.errors import MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, definitions, postorder
from matcalc.expr import replace as substituted
from matcalc.signatures import Nonconforming
from matcalc.syntax.expression import ReadExpression
from matcalc.syntax.languages import is_latex
from matcalc.syntax.tree import Tree

LONGEST = 4_000
"""Characters of an answer."""
WORK = 200_000
"""What trying candidates may cost for one answer: each costs the number of parts of its formula.

A limit of time alone would give other verdicts on a slower machine.
"""
CALLED = {"projected": "on the structure", "entries": "of independent entries", "free": "without the structure"}


def checked_answer(key: AnswerKey, text: str) -> Verdict:
    """The verdict on a text as the gradient. Nothing is raised for what a reader may write."""
    if len(text) > LONGEST:
        said = f"the answer has {len(text):,} characters, and {LONGEST:,} are read"
        return Verdict("unreadable", text, None, said)
    try:
        answer = key.read(text)
    except ShapeError as error:  # of a line of the reader's own
        return unfit(text, error)
    except (MatcalcError, RecursionError) as error:
        unread = Verdict("unreadable", text, place_of(text, error), str(error))
        return without_sum(text, lambda summed: checked_answer(key, summed)) or unread
    if answer.read is None:
        assert answer.error is not None
        return misshapen(key, answer, answer.error)
    found = _Diagnosis(key, answer, answer.read).verdict()
    notes = tuple(dict.fromkeys(str(note) for note in answer.read.notes))
    return replace(found, read=_read(answer), notes=(*found.notes, *notes), score=CREDIT[found.kind])


def _read(answer: Answer) -> str:
    """How the formula was read, in the names of the program, of its derivation and of the reader."""
    assert answer.read is not None
    own = {line.symbol for line in answer.lines}
    brackets = [s for s in definitions(answer.read.node) if s.name in answer.brackets and s not in own]
    return shown(substituted(answer.read.node, {s: s.definition for s in brackets if s.definition is not None}))


def mistake(key: AnswerKey, answer: Answer) -> Verdict:
    """The mistake in a formula that is known to be wrong."""
    if answer.read is None:
        assert answer.error is not None
        return misshapen(key, answer, answer.error)
    return _Diagnosis(key, answer, answer.read).mistake()


@dataclass
class _Diagnosis:
    key: AnswerKey
    answer: Answer
    read: ReadExpression

    def __post_init__(self) -> None:
        self.end = time.monotonic() + self.key.time_limit
        self.left = WORK
        self.latex = is_latex(self.answer.text)
        self.node, self.target = self.read.node, self.key.target(self.answer)
        self.points = self.key.regular(self.node)
        self.pieces = formula_pieces(self.answer, self.read)
        claim = self.answer.claim
        self.whole = (claim.start, claim.end)

    def verdict(self) -> Verdict:
        if (refused := self._refused()) is not None:
            return Verdict("unreadable", self.answer.text, self.whole, refused)
        same = self.node.shape == self.target.shape
        if same and self.key.is_right(self.node, self.target, self.key.time_limit):
            return Verdict("right", self.answer.text, self.whole, notes=self._conditions())
        return self.mistake()

    def _refused(self) -> str | None:
        """Why the formula cannot be evaluated: a size in it is too large."""
        for point in self.key.points:
            try:
                point.at(self.node)
            except UnsupportedError as error:
                return f"{error.message}; {error.hint}"
            except (MatcalcError, ValueError, ArithmeticError):
                continue
        return None

    def mistake(self) -> Verdict:
        finders: Sequence[Callable[[], Verdict | None]]
        if self._is(self.node):  # wrong elsewhere, so that edits that change nothing would seem to mend it
            finders = (self._multiple, self._of_terms, self._of_subsets)
        elif self.node.shape == self.target.shape:
            finders = (
                self._multiple,
                self._transposed,
                self._other_convention,
                self._exchanged,
                self._of_places,
                self._of_terms,
                self._edited,
            )
        else:
            finders = (self._transposed, self._edited, self._misshapen)
        for finder in finders:
            found = finder()
            if found is not None:
                return found
        return self._largest()

    def _conditions(self) -> tuple[str, ...]:
        """What a right formula needs where the gradient does not: its own inverses."""
        if len(self.points) >= len(self.key.points):
            return ()
        own = dict.fromkeys(self._shown(a) for a in inverted([self.node]))
        return (f"it is the gradient where {' and '.join(f'`{a}`' for a in own)} can be inverted",)

    # ------------------------------------------------------------------------------------------- the whole formula

    def _said(
        self, kind: str, said: str, rule: str = "", repaired: str = "", where: tuple[int, int] | None = None
    ) -> Verdict:
        return Verdict(kind, self.answer.text, where or self.whole, said, rule, repaired)

    def _shown(self, node: Node, latex: bool = False) -> str:
        """A formula in the names of the program and of the reader: others are written out."""
        known = {*self.key.program.names.values(), *(line.symbol for line in self.answer.lines)}
        while True:
            parts = [s for s in postorder(node) if isinstance(s, Symbol) and s not in known and not self._has(s)]
            strange: dict[Node, Node] = {s: s.definition for s in parts if s.definition is not None}
            if not strange:
                return shown(node, latex)
            node = substituted(node, strange)

    def _has(self, symbol: Symbol) -> bool:
        return re.search(rf"\b{re.escape(symbol.name)}\b", self.answer.text) is not None

    def _formula(self) -> str:
        claim = self.answer.claim
        return " ".join(only(self.answer.text, claim)[claim.start : claim.end].split())

    def _multiple(self) -> Verdict | None:
        found = self._ratio(self.node, self.target)
        return self._times(*found) if found is not None and found[0] else None

    def _scaled(self) -> Verdict | None:
        """A multiple by a scalar that the chain rule gives, if no edit says more."""
        found = self._ratio(self.node, self.target)
        return None if found is None else self._times(*found)

    def _times(self, scalar: bool, node: Node) -> Verdict:
        if node == ops.MINUS_ONE:
            said = "the answer is the negative of the gradient"
            return self._said("sign", said, "", f"-({self._formula()})")
        said = f"the answer is {self._shown(node)} times the gradient"
        rule = "a constant factor comes from the objective: d(a^2) = 2 a da, d(c a) = c da, d mean = 1/n d sum"
        kind = "factor" if scalar else "chain"
        if not scalar:
            rule = "the chain rule: every step between the variable and the objective gives one factor"
        if isinstance(node, Number) and node.value < 0:
            said += ": a factor and the sign are wrong"
        factor = one_over(node)
        inverse = self._shown(factor, self.latex)
        inverse = f"({inverse})" if isinstance(factor, Term) and factor.op is ops.PLUS else inverse
        return self._said(kind, said, rule, f"{inverse} ({self._formula()})")

    def _ratio(self, node: Node, target: Node) -> tuple[bool, Node] | None:
        """c with node = c target: whether it is made of numbers, sizes and declared scalars, and c."""
        import numpy as np

        values = []
        for point in self.points:
            a, t = value_at(point, node), point.at(target)
            if a is None or a.shape != t.shape or not (t**2).sum():
                return None
            ratio = float((a * t).sum() / (t**2).sum())
            if not ratio or differs(a, ratio * t, SAME, EXACT) != 0.0 or not np.isfinite(ratio):
                return None
            values.append(ratio)
        return recognised(values, self.points, self.key.truth)

    def _transposed(self) -> Verdict | None:
        if self.node.is_scalar or not self._is(turned(self.node)):
            return None
        repaired = f"({self._formula()})" + (r"^\top" if self.latex else "'")
        shape = f"{self.target.shape[0]}×{self.target.shape[1]}"
        if self.node.shape != self.target.shape and not self.answer.side.letters:
            said = (
                f"the answer is the transpose of the gradient: right in the other layout, and here {shape} is asked for"
            )
            return self._said(
                "layout", said, "the gradient has the shape of its variable, so that dJ = G : dX", repaired
            )
        if self.answer.side.letters:
            said = "the answer has the indices of the entry exchanged"
            return self._said("indices", said, "the entry ij of the gradient is the slope by the entry ij")
        said = "the answer is the transpose of the gradient"
        rule = "the gradient G has dJ = tr(G' dX): what stands before dX under the trace is its transpose"
        for repair in self._repairs(FAULTS[0], self.pieces[0].parts):  # an inverse without its transpose says more
            if self._is(self.pieces[0].replaced(repair)):
                return self._mended(FAULTS[0], self.pieces[0], repair)
        factors = self.node.args if isinstance(self.node, Term) and self.node.op is ops.SCALE else (self.node,)
        return self._said("inverse" if is_inverse(factors[-1]) else "transpose", said, rule, repaired)

    def _other_convention(self) -> Verdict | None:
        for convention, gradient in self.key.conventions.items():
            if gradient.shape == self.node.shape and self.key.agrees(self.node, gradient):
                asked = CALLED[self.key.convention]
                said = f"the answer is the gradient {CALLED[convention]}, and here the one {asked} is asked for"
                name = self.key.variable.name
                rule = (
                    f"{name} has a structure; a gradient is projected on it, or has the slopes of independent entries"
                )
                return self._said("convention", said, rule, self._shown(self.target, self.latex))
        return None

    # ----------------------------------------------------------------------------------------------------- one edit

    def _is(self, node: Node | None) -> bool:
        """Whether a candidate is the gradient. The first point sorts nearly all of them out."""
        if node is None or node.shape != self.target.shape:
            return False
        for point in self.points:
            value = value_at(point, node)
            if value is None or differs(value, point.at(self.target)) != 0.0:
                return False
        return True

    def _tired(self, piece: FormulaPiece) -> bool:
        """Whether no more candidates are tried; what one costs is counted."""
        self.left -= piece.cost
        return self.left < 0 or time.monotonic() > self.end

    def _exchanged(self) -> Verdict | None:
        for piece in self.pieces:
            for repair in index_repairs(piece.parts) if piece.parts.lettered else ():
                if self._tired(piece):
                    return None
                if self._is(piece.replaced(repair)):
                    said = f"the indices of {self._old(repair.tree)} must be others"
                    rule = "entry ij of A B is Σ_k A_ik B_kj: the summed index ends one factor and begins the next"
                    return self._said("indices", said, rule, "", (repair.tree.start, repair.tree.end))
        return None

    def _edited(self) -> Verdict | None:
        subsets = False
        for row in FAULTS:
            if row.late and not subsets:
                subsets = True
                found = self._scaled() or self._of_subsets()
                if found is not None:
                    return found
            for piece in self.pieces:
                for repair in self._repairs(row, piece.parts):
                    if self._tired(piece):
                        return None
                    if self._is(piece.replaced(repair)):
                        return self._mended(row, piece, repair)
        return None

    def _repairs(self, row: Fault, parts: Parts) -> Iterator[Repair]:
        for tree in parts.all:
            if tree.kind in ("option", "zero") or not hasattr(tree, "node"):
                continue
            try:
                for node in row.edits(parts, tree, self.key.truth):
                    yield Repair(tree, node)
            except (Nonconforming, MatcalcError):
                continue

    def _mended(self, row: Fault, piece: FormulaPiece, repair: Repair) -> Verdict:
        kind = row.kind
        if kind == "sum" and self.key.truth.bias:
            kind = "bias"
        old, new = self._old(repair.tree), f"`{self._shown(repair.node, self.latex)}`"
        said = row.said.format(old=old, new=new)
        return self._said(
            kind,
            said,
            row.rule,
            self._with(piece, repair),
            (repair.tree.start, max(repair.tree.end, repair.tree.start + 1)),
        )

    def _old(self, tree: Tree) -> str:
        return f"`{' '.join(self.answer.text[tree.start : tree.end].split())}`"

    def _with(self, piece: FormulaPiece, repair: Repair) -> str:
        """The reader's formula with the new part in its place."""
        claim, text = piece.claim, self.answer.text
        new = self._shown(repair.node, self.latex)
        above = piece.parts.above(repair.tree)
        loose = isinstance(repair.node, Term) and repair.node.op in (ops.PLUS, ops.HADAMARD, ops.MATMUL, ops.SCALE)
        if loose and above is not None and above.kind != "group":
            new = rf"\left({new}\right)" if self.latex else f"({new})"
        return self._line(piece, text[claim.start : repair.tree.start] + new + text[repair.tree.end : claim.end])

    def _line(self, piece: FormulaPiece, formula: str) -> str:
        formula = " ".join(formula.split())
        return f"{piece.claim.left} = {formula}" if piece.line else formula

    # -------------------------------------------------------------------------------------------------------- terms

    def _of_terms(self) -> Verdict | None:
        """A term of a sum with another coefficient: what it contributes is compared with what is wrong."""
        if self.node.shape != self.target.shape:
            return None
        for piece in self.pieces:
            for tree in sorted(piece.parts.all, key=lambda part: part.start - part.end):  # the longest first
                above = piece.parts.above(tree)
                if above is None or above.kind != "sum":
                    continue
                if self._tired(piece):
                    return None
                rows, columns = tree.node.shape
                zero = Number(0) if tree.node.is_scalar else ops.zeros(rows, columns)
                without = piece.replaced(Repair(tree, zero))
                if without is None or without.shape != self.target.shape:
                    continue
                found = self._coefficient(without)
                if found is not None:
                    return self._of_term(piece, tree, above, *found)
        return None

    def _coefficient(self, without: Node) -> tuple[bool, Node] | None:
        values, points = [], []
        for point in self.points:
            a, rest, t = value_at(point, self.node), value_at(point, without), point.at(self.target)
            if a is None or rest is None:
                return None
            part, wanted = a - rest, t - rest
            size = float((part**2).sum())
            if not size and differs(rest, t) == 0.0:
                continue  # (n - 3) W at n = 3
            if not size:
                return None
            ratio = float((part * wanted).sum()) / size
            if differs(ratio * part + rest, t) != 0.0:
                return None
            values.append(ratio)
            points.append(point)
        if all(abs(v) < 1e-9 for v in values):
            return (True, Number(0)) if values else None
        return recognised(values, points, self.key.truth)

    def _of_term(self, piece: FormulaPiece, tree: Tree, above: Tree, declared: bool, factor: Node) -> Verdict:
        old = self._old(tree)
        where = tree.start, tree.end
        new = Repair(tree, ops.scale(factor, tree.node) if not tree.node.is_scalar else ops.hadamard(factor, tree.node))
        if factor == Number(0):
            alike = any(arg is not tree and self.key.agrees(arg.node, tree.node) for arg in above.args)
            said = f"the term {old} is counted twice" if alike else f"the term {old} does not belong here"
            rule = "every occurrence of the variable gives one term"
            return self._said("count" if alike else "product-rule", said, rule, "", where)
        if factor == ops.MINUS_ONE:
            rule = "d(a - b) = da - db, and every minus before the variable is one of its term"
            return self._said(
                "sign", f"the sign of the term {old} is wrong", rule, self._other_sign(piece, new, above), where
            )
        said = f"the term {old} must be {self._shown(factor)} times as large"
        rule = "a constant factor comes from the objective: d(a^2) = 2 a da, d(c a) = c da"
        return self._said("factor" if declared else "chain", said, rule, self._with(piece, new), where)

    def _other_sign(self, piece: FormulaPiece, new: Repair, above: Tree) -> str:
        """The formula with + for the - before a term, or the reverse."""
        claim, text = piece.claim, self.answer.text
        before = above.args[above.args.index(new.tree) - 1] if new.tree is not above.args[0] else None
        between = text[before.end : new.tree.start] if before is not None else ""
        sign = next((c for c in between if c in "+-−–"), "")
        if before is None or not sign or between.count(sign) > 1:
            return self._with(piece, new)
        between = between.replace(sign, "-" if sign == "+" else "+")
        return self._line(piece, text[claim.start : before.end] + between + text[new.tree.start : claim.end])

    def _of_places(self) -> Verdict | None:
        """The terms that the places of the variable give, each with a coefficient."""
        import numpy as np

        terms = [term for _, term in self.key.by_place]
        if len(terms) < 2 or self.node.shape != self.target.shape or self.answer.side.stacked:
            return None
        if self.answer.side.turned:
            terms = [turned(term) for term in terms]
        if any(self.key.agrees(a, b) for i, a in enumerate(terms) for b in terms[i + 1 :]):
            return None  # they cannot be told apart, as the terms of x' A x for symmetric A
        found: list[Any] = []
        for point in self.points[:3]:
            value = value_at(point, self.node)
            columns = [value_at(point, term) for term in terms]
            if value is None or any(column is None or column.shape != value.shape for column in columns):
                return None
            matrix = np.stack([column.ravel() for column in columns], axis=1)
            solved = np.linalg.lstsq(matrix, value.ravel(), rcond=None)[0]
            if differs((matrix @ solved).reshape(value.shape), value) != 0.0:
                return None
            found.append(solved)
        if any(np.abs(one - found[0]).max() > 1e-6 for one in found):
            return None
        rounded = np.round(found[0])
        if np.abs(rounded - found[0]).max() > 1e-6:
            return None
        of: dict[int, set[float]] = {}
        for (number, _), coefficient in zip(self.key.by_place, rounded, strict=True):
            of.setdefault(number, set()).add(float(coefficient))
        apart = any(len(each) > 1 for each in of.values())  # the terms of one product have other coefficients
        count = f"{self.key.variable.name} occurs {len(terms)} times, so that there are {len(terms)} terms"
        rule = "d(A B) = dA B + A dB: every occurrence of the variable gives a term"
        said = [f"`{self._shown(term)}`" for term in terms]
        lost = [s for s, c in zip(said, rounded, strict=True) if c == 0]
        twice = [s for s, c in zip(said, rounded, strict=True) if c > 1]
        signed = [s for s, c in zip(said, rounded, strict=True) if c < 0]
        repaired = self._shown(self.target, self.latex)
        if lost and (twice or signed) and apart:
            return None
        if signed:
            found_ = self._of_terms()
            if found_ is not None and found_.kind == "sign":
                return found_
            said_ = f"{' and '.join(signed)} must stand with the other sign"
            return self._said("sign", said_, "d(a - b) = da - db", repaired)
        if lost:
            return self._said("product-rule", f"{count}; {' and '.join(lost)} is missing", rule, repaired)
        if twice and apart:
            return self._said(
                "count", f"{count}; {' and '.join(twice)} is counted {int(max(rounded))} times", rule, repaired
            )
        return None

    # ------------------------------------------------------------------------------------------------------ subsets

    def _of_subsets(self, last: bool = False) -> Verdict | None:
        if self.node.shape != self.target.shape:
            return None
        rows = self.key.subsets
        for subset in rows[-1:] if last else rows[:-1]:
            points = self.key.special(subset)
            if not points:
                continue
            values = [(value_at(p, self.node), p.at(self.target)) for p in points]
            if all(a is not None and abs(t).max() > 0 and differs(a, t) == 0.0 for a, t in values):
                said = f"the answer is right only {subset.said}; {self._counterexample()}"
                return self._said("subset", said, "a rule that holds for special values is no rule for all")
        return None

    def _misshapen(self) -> Verdict | None:
        rows, columns = self.node.shape
        wanted = f"{self.target.shape[0]}×{self.target.shape[1]}"
        name = self.key.variable.name
        said = f"the answer is {rows}×{columns}, and {name} is {wanted}"
        return self._said("shape", said, "the gradient has the shape of its variable, so that dJ = G : dX")

    def _largest(self) -> Verdict:
        found = self._of_subsets(last=True)
        if found is not None:
            return found
        return self._said(
            "other",
            f"no single change mends the formula: {self._counterexample()}",
        )

    def _counterexample(self) -> str:
        return counterexample([self.key.by_hand(point) for point in self.points], self.node, self.target)
