"""How a product with scalar factors reads: its sign in front, its fractions, its array last.

In text the factors keep their order, so that the text parses to the same product: a / b is the factors a, b^(-1), and
1/n X'X the factors n^(-1), X'X. In a two-dimensional notation numerators and denominators are gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from matcalc.expr import Node, Number, Symbol, Term, postorder
from matcalc.operators import MATMUL, hadamard
from matcalc.write.pieces import Level, Notation, Piece, WrittenNode, decimal

SHORT = 6
"""An array of at most so many symbols is set above the line of a fraction, a longer one beside it."""


class Scaling:
    """Scalar `factors`, as nodes and as readings, and the array (or nothing) that they scale."""

    def __init__(
        self,
        notation: Notation,
        factors: Sequence[Node],
        readings: Sequence[WrittenNode],
        body: WrittenNode | None,
        number: Callable[[Fraction], WrittenNode],
    ) -> None:
        self.notation = notation
        self.factors = list(factors)
        self.readings = list(readings)
        self.body = body
        self.number = number
        self.negative = False  # the number in front has lost its sign
        self.signed = False  # the sign is already written, inside a bracket

    def reading(self) -> WrittenNode:
        """The whole product."""
        if not self.notation.gathers:
            self._join_divisors()
        first = self.factors[0]
        negative = isinstance(first, Number) and first.value < 0
        if isinstance(first, Number) and negative:
            if first.value != -1:
                self.negative = True
                self.factors[0], self.readings[0] = Number(-first.value), self.number(-first.value)
            elif len(self.factors) > 1 or self.body is not None:
                del self.factors[0], self.readings[0]
                if self.factors and isinstance(self.factors[0], Number):
                    self.readings[0] = WrittenNode(self.notation.bracket(self.readings[0].piece, Level.BRACKETED))
        if not self.factors:  # -A
            assert self.body is not None
            piece = self.notation.bracket(self.body.piece, Level.PRODUCT)
        elif len(self.factors) == 1 and self.body is None:  # -s
            piece = self.readings[0].piece
        else:
            piece = self._gathered() if self.notation.gathers else self._in_order()
        if not negative:
            return WrittenNode(piece)
        if self.signed:
            return WrittenNode(piece)
        # The sign joins the coefficient: -2 A, where a second coefficient would be bracketed.
        signed = piece.at(Level.PRODUCT) if piece.level is Level.SCALED else piece
        return WrittenNode(self.notation.build("minus", signed), negated=piece)

    def _join_divisors(self) -> None:
        # s / n / m is s / (n m), and s (1/2) / n is s / (2 n).
        for i, factor in enumerate(self.factors):
            beside = i and not isinstance(self.factors[i - 1], Number)  # 2/3 is one number
            if beside and isinstance(factor, Number) and factor.value.numerator == 1 != factor.value.denominator:
                self.readings[i] = WrittenNode(self.readings[i].piece, simple=True)
                self.readings[i].under = self.notation.number(str(factor.value.denominator))
        i = 0
        while i < len(self.factors) - 1:
            pair = self.readings[i : i + 2]
            if any(r.under is None for r in pair):
                i += 1
                continue
            below = self.notation.chain([r.under for r in pair if r.under is not None], last=Level.POWER)
            joined = WrittenNode(self.notation.build("reciprocal", below))
            joined.under = below
            self.factors[i : i + 2] = [hadamard(*self.factors[i : i + 2])]
            self.readings[i : i + 2] = [joined]

    def _factor(self, i: int) -> Piece:
        # One factor of the numerator, bracketed as its place asks for.
        factor, piece = self.factors[i], self.readings[i].piece
        bracket = self.notation.bracket
        if isinstance(factor, Number) and not i:
            return piece
        product = isinstance(factor, Term) and factor.op is MATMUL
        last = self.body is None and all(r.under is not None for r in self.readings[i + 1 :])
        if product and last and i and all(r.piece.level >= Level.POWER or r.simple for r in self.readings[:i]):
            return piece  # 1/2 x' A x
        return bracket(piece, Level.POWER)

    def _under(self, i: int) -> Piece | None:
        # What is divided by; not after a 1 that is a factor of its own, since 1/s is one factor.
        one = i == 1 and isinstance(self.factors[0], Number) and self.factors[0].value == 1
        return None if one and not self.notation.gathers else self.readings[i].under

    # ------------------------------------------------------------------------------------------------------ in order

    def _in_order(self) -> Piece:
        build, chain, count = self.notation.build, self.notation.chain, len(self.factors)
        under = [self._under(i) for i in range(count)]
        # Divisors at the end divide the whole, s A / t, unless the coefficient is as short as 2/n.
        whole = count
        if self.body is not None and not self._short(under):
            while whole and under[whole - 1] is not None:
                whole -= 1
        run: list[Piece] = []  # factors side by side
        quotient, tight = False, False  # the run is one quotient; it needs no brackets where a factor follows
        for i, below in enumerate(under[:whole]):
            if below is not None:
                tight = self.readings[i].simple and len(run) < 2 and not quotient and (not i or self._is_tight(i))
                tight = tight and not self._is_root(i + 1)  # 1/σ sqrt(2 π) is asked
                above = [chain(run, last=Level.CHAIN)] if run else []
                name = "over" if run else "reciprocal"
                run, quotient = [build(f"{name}_tight" if tight else name, *above, below)], True
                continue
            if quotient:
                run, quotient = [run[0] if tight else self._closed(run[0])], False
            divided = not i and count > 1 and under[1] is not None
            run.append(self.readings[i].piece if divided and whole > 1 else self._factor(i))
        if self.body is None:
            return chain(run, last=Level.CHAIN)
        if quotient and not tight:
            run = [self._closed(run[0])]
        last = Level.PRODUCT if whole == count else Level.CHAIN
        found = chain([*run, self.notation.bracket(self.body.piece, last)], Level.SCALED, last)
        for below in under[whole:]:
            assert below is not None
            found = build("over", found.at(Level.CHAIN), below)
        return found.at(Level.SCALED)

    def _is_tight(self, i: int) -> bool:
        # Whether factor 0 over factor i needs no brackets before a factor: s/2 t and s^2/t x, but (s^2 / 2) t.
        above, below = self.factors[0], self.factors[i]
        by_number = isinstance(below, Number) or (isinstance(below, Term) and isinstance(below.args[0], Number))
        plain = not above.args or all(isinstance(node, Number) or node.args for node in postorder(above))
        return self.readings[0].simple and (plain or not by_number)

    def _is_root(self, i: int) -> bool:
        node = self.factors[i] if i < len(self.factors) else None
        root = isinstance(node, Term) and node.op.name == "sqrt"
        return root and node is not None and not any(isinstance(part, Symbol) for part in postorder(node))

    def _short(self, under: Sequence[Piece | None]) -> bool:
        first = self.factors[0]
        whole = not isinstance(first, Number) or first.value.denominator == 1
        two = len(under) == 2 and under[0] is None and under[1] is not None
        return two and whole and all(r.simple for r in self.readings)

    def _closed(self, quotient: Piece) -> Piece:
        # In brackets, with the sign of the number that it starts with: (-2 / x' x) y.
        if self.negative and not self.signed:
            quotient, self.signed = self.notation.build("minus", quotient), True
        return self.notation.bracket(quotient, Level.BRACKETED)

    # ------------------------------------------------------------------------------------------------------ gathered

    def _gathered(self) -> Piece:
        # Numerators that stand before the last denominator go above the line, later ones beside the fraction.
        notation = self.notation
        last = max((i for i, r in enumerate(self.readings) if r.under is not None or self._below(i) != 1), default=-1)
        above: list[int] = []
        below: list[Piece] = []
        beside: list[Piece] = []
        for i, factor in enumerate(self.factors):
            under = self._under(i)
            if under is not None:
                below.append(under)
                continue
            if isinstance(factor, Number) and self._below(i) != 1:
                below.append(notation.number(str(factor.value.denominator)))
                if factor.value.numerator == 1:
                    continue
                self.readings[i] = self.number(Fraction(factor.value.numerator))
            if i <= last:
                above.append(i)
            else:
                beside.append(self._factor(i))
        if below:
            if self.body is not None and self._under(0) and len(self.factors) == 1 and self.body.piece.size <= SHORT:
                return notation.build("over", self.body.piece, notation.chain(below))
            line = [self.readings[i].piece if len(above) == 1 else self._factor(i) for i in above]
            under = notation.chain(below)
            over = notation.build("over", notation.chain(line), under) if line else notation.build("reciprocal", under)
            beside.insert(0, over)
        if self.body is None:
            return notation.chain(beside, last=Level.CHAIN)
        return notation.chain([*beside, notation.bracket(self.body.piece, Level.PRODUCT)], Level.SCALED, Level.PRODUCT)

    def _below(self, i: int) -> int:
        # The denominator of a number that is set as a fraction.
        factor = self.factors[i]
        return factor.value.denominator if isinstance(factor, Number) and decimal(factor.value) is None else 1
