"""Stationary points, where the gradient is affine in the variable: normal equations and their solution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced

from matcalc import operators as ops
from matcalc.api.asking import name_of, parse, program_of
from matcalc.api.derivation import Derivation
from matcalc.api.formula import Expr
from matcalc.api.jacobians import jacobian
from matcalc.api.judging import equal
from matcalc.api.second import Hessian, hessian
from matcalc.api.shown import Shown
from matcalc.checked import checked
from matcalc.derive import simplified
from matcalc.document import View
from matcalc.document.assembly import stationary
from matcalc.document.blocks import Document
from matcalc.errors import ParseError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder, replace
from matcalc.operators import T, inv, matmul, plus, scale, stacked, zeros
from matcalc.syntax.program import Program
from matcalc.verify import Verification


@dataclass(frozen=True, repr=False)
class Solution(Expr, Shown):
    """Where the gradient is 0: the value of the variable, a formula with all methods of `Expr`.

    `equation`: both sides of the equation that it solves. `condition`: when the solution exists and is the only one.
    `kind`: "minimum" or "maximum" where the form of the Hessian shows it, otherwise "stationary point".
    `verification`: the gradient there, held against 0.
    """

    variable: str = field(kw_only=True)
    equation: tuple[Expr, Expr] = field(kw_only=True, compare=False)
    condition: str = field(kw_only=True)
    kind: str = field(kw_only=True)
    gradient: Derivation = field(kw_only=True, compare=False)
    verification: Verification | None = field(kw_only=True, compare=False, default=None)

    def __repr__(self) -> str:
        return f"<Solution {self.variable} = {self}>"

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        symbol = self.gradient.program.symbol(self.variable)
        left, right = (side.node for side in self.equation)
        proof = self.verification.said() if self.verification is not None else ""
        said = f"the only {self.kind} if {self.condition}" if self.condition else f"the only {self.kind}"
        return stationary(self.gradient.document(view), symbol, (left, right), self.node, (said, proof), view)


@checked
def solve(
    source: str | Program,
    wrt: str,
    *,
    subject: str = "",
    verify: bool = True,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Solution:
    """Where the gradient of the objective by `wrt` is 0, if it is affine in `wrt`.

    Least squares, ridge regression, generalized and weighted least squares, and other quadratic objectives have such a
    point; for a matrix in A X B = C it is inv(A) C inv(B), otherwise it is found on stacked columns, as for Sylvester's
    equation. `subject`: an equation affine in a vector `wrt`, as "A w = b"; its multipliers are eliminated. The
    solution is put into the gradient and held against 0. Raises UnsupportedError where the gradient is not affine, and
    the errors of `derive`.

    >>> print(solve("J = ||X w - y||^2 + lam ||w||^2", "w", verify=False))
    inv(X' X + lam I) X' y
    """
    program, name = program_of(source, shapes, language), name_of(wrt)
    held = _held(program, subject, shapes) if subject else program
    if subject:  # one text, so that names of sizes are the same
        objective = held.symbol(program.objective.name)
        others = tuple(s for s in held.definitions if s is not held.objective)
        program = replaced(held, objective=objective, definitions=others)
    found = hessian(program, name, structure="free", verify=False)
    variable = found.gradient.program.symbol(name)
    linear = found.expanded().node
    if variable in set(postorder(linear)):
        message = f"the gradient is not affine in {name}, so its zeros have no formula here"
        raise UnsupportedError(message, hint="`solve` is for quadratic objectives; `derive` shows the gradient")
    gradient = found.gradient.expanded(name).node
    at_zero = replace(gradient, {variable: zeros(*variable.shape)})
    right = simplified(ops.negative(at_zero))
    if subject:
        return _constrained(held, variable, found, right, verify, time_limit)
    factor, linear = _factor(linear)
    right = simplified(scale(factor, right))
    left, value, condition = _solved(found, variable, linear, factor, right)
    proof = None
    if verify:
        there = replace(gradient, {variable: value})
        proof = equal(Expr(there), Expr(zeros(*there.shape)), time_limit=time_limit)
    scope = found.gradient.program.inputs
    return Solution(
        simplified(value),
        scope,
        variable=name,
        equation=(Expr(left, scope), Expr(right, scope)),
        condition=condition,
        kind=_kind(found),
        gradient=found.gradient,
        verification=proof,
    )


def _kind(found: Hessian) -> str:
    sign = found.bent.sign if found.bent is not None and not found.bent.where else 0
    return "minimum" if sign > 0 else "maximum" if sign < 0 else "stationary point"


def _factor(linear: Node) -> tuple[Node, Node]:
    # 1/c and A for c A, c a number.
    if isinstance(linear, Term) and linear.op is ops.SCALE and isinstance(linear.args[0], Number):
        return ops.reciprocal(linear.args[0]), linear.args[1]
    return ops.ONE, linear


def _solved(found: Hessian, variable: Symbol, linear: Node, factor: Node, right: Node) -> tuple[Node, Node, str]:
    """The left side of the equation, the value of the variable, and when there is one."""
    direction = Symbol(f"d{variable.name}", variable.shape)
    moved = simplified(scale(factor, replace(found.operator.node, {direction: variable})))
    text = str(Expr(linear))
    if variable.shape[1] == 1:
        if isinstance(linear, Term) and linear.op is ops.EYE:
            return variable, right, ""
        inverse = ops.reciprocal(linear) if linear.is_scalar else inv(linear)
        fits = "is not 0" if linear.is_scalar else "is invertible"
        return (
            moved,
            simplified(scale(inverse, right) if linear.is_scalar else matmul(inverse, right)),
            f"{text} {fits}",
        )
    sides = _sides(moved, variable)
    if sides is not None:
        before, after = sides
        value = matmul(*(inv(n) for n in before), right, *(inv(n) for n in after))
        condition = " and ".join(f"{Expr(n)} is invertible" for n in (*before, *after))
        return moved, value, condition
    sizes = map(ops.size_node, variable.shape)
    value = ops.term(ops.UNVEC, matmul(inv(linear), stacked(right)), *sizes)
    return moved, value, f"{text} is invertible"


def _sides(moved: Node, variable: Symbol) -> tuple[list[Node], list[Node]] | None:
    # A and B of A X B, either of which may be missing; a sum of terms A_k X is (Σ A_k) X, and so on the right.
    terms = moved.args if isinstance(moved, Term) and moved.op is ops.PLUS else (moved,)
    parts = [_beside(term, variable) for term in terms]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(known) == 1 and known[0][0] is ops.ONE:
        _, before, after = known[0]
        return [matmul(*before)] if before else [], [matmul(*after)] if after else []
    if all(not after for _, _, after in known):
        return [_coefficient([(c, before) for c, before, _ in known], ops.eye(variable.shape[0]))], []
    if all(not before for _, before, _ in known):
        return [], [_coefficient([(c, after) for c, _, after in known], ops.eye(variable.shape[1]))]
    return None


def _coefficient(terms: Sequence[tuple[Node, Sequence[Node]]], identity: Node) -> Node:
    """The sum of the scalars times the products; without a factor, the identity."""
    return simplified(plus(*(scale(c, matmul(*factors) if factors else identity) for c, factors in terms)))


def _beside(term: Node, variable: Symbol) -> tuple[Node, tuple[Node, ...], tuple[Node, ...]] | None:
    """The scalar, and the factors before and after the variable, of a term that is linear in it."""
    scalar: Node = ops.ONE
    if isinstance(term, Term) and term.op is ops.SCALE:
        scalar, term = term.args
    factors = term.args if isinstance(term, Term) and term.op is ops.MATMUL else (term,)
    if factors.count(variable) != 1:
        return None
    at = factors.index(variable)
    before, after = factors[:at], factors[at + 1 :]
    constant = not any(variable in set(postorder(n)) for n in (scalar, *before, *after))
    return (scalar, before, after) if constant else None


def _held(program: Program, subject: str, shapes: Sequence[str]) -> Program:
    """The program with the constraint, both sides on the left, as its last definition."""
    sides = subject.split("=")
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise ParseError("a constraint is one equation", hint='subject="A w = b"', text=subject)
    name = program.objective.name
    defined = re.search(rf"\b{re.escape(name)}\b[^\n;]*=", program.source)
    text = program.source if defined else f"{name} = {program.source}"
    return parse(f"{text}\nconstraint = ({sides[0]}) - ({sides[1]})", shapes, language=program.language)


def _constrained(
    held: Program, variable: Symbol, found: Hessian, right: Node, verify: bool, time_limit: float
) -> Solution:
    """The point with H x = r - C' ν, C x = d: x = inv(H) (r - C' ν), ν = inv(C inv(H) C') (C inv(H) r - d)."""
    if variable.shape[1] != 1:
        raise UnsupportedError("a constraint is on a vector here", hint="stack the columns of the matrix")
    rows = jacobian(held, variable.name, verify=False).expanded().node
    own = held.symbol(variable.name)
    if own in set(postorder(rows)):
        raise UnsupportedError(f"the constraint is not affine in {variable.name}", hint='subject="A w = b"')
    level = simplified(ops.negative(replace(expand(held.objective), {own: zeros(*own.shape)})))
    linear = found.expanded().node
    inverse = simplified(inv(linear))
    middle = simplified(matmul(rows, inverse, T(rows)))
    free = simplified(matmul(inverse, right))
    gap = simplified(plus(matmul(rows, free), ops.negative(level)))
    multipliers = scale(ops.reciprocal(middle), gap) if middle.is_scalar else matmul(inv(middle), gap)
    pull = scale(multipliers, T(rows)) if multipliers.is_scalar else matmul(T(rows), multipliers)
    value = plus(free, ops.negative(matmul(inverse, pull)))
    scope = held.inputs
    slope = plus(matmul(linear, value), pull, ops.negative(right))  # of J + ν : (C x - d)
    kept = plus(matmul(rows, value), ops.negative(level))
    proofs = [equal(Expr(n), Expr(zeros(*n.shape)), time_limit=time_limit) for n in (slope, kept)] if verify else []
    proof = next((found for found in proofs if found.status != "proved"), proofs[0] if proofs else None)
    regular = [n for n in (linear, middle) if not (isinstance(n, Term) and n.op is ops.EYE)]
    condition = " and ".join(f"{Expr(n)} {'is not 0' if n.is_scalar else 'is invertible'}" for n in regular)
    return Solution(
        simplified(value),
        scope,
        variable=variable.name,
        equation=(Expr(matmul(rows, own), scope), Expr(level, scope)),
        condition=condition,
        kind=_kind(found),
        gradient=found.gradient,
        verification=proof,
    )
