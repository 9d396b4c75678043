"""Gauss-Newton and Fisher matrices: J_r' H J_r, for a loss g(r) with the Jacobian J_r of r and the Hessian H of g.

What the loss is taken of, r, is the intermediate nearest to the variable in which g is convex, moved on through affine
maps: residuals of least squares, logits of a cross-entropy. A sum whose terms have different ones has a matrix
for each. Sources: Nocedal & Wright, Numerical Optimization, 10.3; Schraudolph 2002; Martens 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.api.around import along
from matcalc.api.asking import name_of, program_of
from matcalc.api.formula import Expr, canonical, in_full
from matcalc.api.jacobians import Jacobian, jacobian
from matcalc.api.judging import equal
from matcalc.api.likelihoods import Model, model_of, of_signs
from matcalc.api.readings import statements
from matcalc.api.second import Hessian, hessian, jvp, said, scalar, vjp
from matcalc.api.shown import Shown
from matcalc.checked import checked
from matcalc.derive import simplified
from matcalc.derive.bending import bend
from matcalc.derive.curvature import places
from matcalc.derive.naming import TakenNames, fresh
from matcalc.derive.short import shorter
from matcalc.derive.vectorized import is_short
from matcalc.document import View
from matcalc.document.blocks import Document
from matcalc.document.composed import outer_products
from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.expr import SCALAR, Node, Number, Size, Symbol, Term, expand, postorder
from matcalc.expr import replace as put
from matcalc.rewrite import Condition
from matcalc.rewrite.arithmetic import coefficient
from matcalc.syntax.program import Program
from matcalc.verify import Verification

GAUSS_NEWTON, FISHER = "Gauss-Newton", "Fisher"


class LossTerm(NamedTuple):
    """A term g(r) of the loss: r with its definition, its Jacobian, the Hessian of g by r, and the model, if asked."""

    residual: Symbol
    jacobian: Jacobian
    loss: Hessian
    model: Model | None = None

    @property
    def middle(self) -> Node:
        """The matrix between the Jacobians: the Hessian of g, or its expectation under the model."""
        node = self.loss.expanded().node if self.model is None else self.model.expected
        return put(node, {self.loss.gradient.program.symbol(self.loss.variable): self.residual})

    def asked(self, where: Sequence[Condition]) -> list[Condition]:
        """The conditions that are not about the data of the model, over which the Hessian is expected."""
        data = None if self.model is None else self.model.data
        return [c for c in where if data not in {s for _, node in c.parts for s in postorder(node)}]


@dataclass(frozen=True, repr=False)
class GaussNewton(Expr, Shown):
    """The Gauss-Newton matrix J_r' H J_r of a loss g(r), or its Fisher matrix; a formula with all methods of `Expr`.

    A row and a column for each entry of the variable, stacked by columns. `operator`: the same as a map of a direction.
    `parts`: the terms of the loss with their r and g. `kind`: "Gauss-Newton" or "Fisher". `verification`: of the
    Jacobian of r, the Hessian of g, and their product; None with verify=False.
    """

    variable: str = field(kw_only=True)
    kind: str = field(kw_only=True)
    operator: Expr = field(kw_only=True, compare=False)
    parts: tuple[LossTerm, ...] = field(kw_only=True, compare=False)
    program: Program = field(kw_only=True, compare=False)
    verification: Verification | None = field(kw_only=True, compare=False, default=None)

    def __repr__(self) -> str:
        return f"<{self.kind} matrix {self}>"

    @property
    def model(self) -> str:
        """The distribution of the data, for a Fisher matrix: "Bernoulli", …; otherwise ""."""
        return next((part.model.name for part in self.parts if part.model is not None), "")

    @property
    def curvature(self) -> str:
        """That the matrix is positive semidefinite, and why; "" where this is not shown."""
        return "" if self.claim is None else said(self.claim)

    @cached_property
    def claim(self) -> Condition | None:
        """The sentence about the curvature, with its formulas."""
        bent = [part.loss.bent for part in self.parts]
        if not all(b is not None and b.sign > 0 for b in bent):
            return None
        asked = [c for part, b in zip(self.parts, bent, strict=True) if b is not None for c in part.asked(b.where)]
        letters: dict[str, Node] = {}
        where = places(tuple(dict.fromkeys(asked)), letters)
        middle = "Hessian of g" if self.kind == GAUSS_NEWTON else "expected Hessian of g"
        of = "a sum of matrices " if len(self.parts) > 1 else ""
        words = f"positive semidefinite{where}, as {of}`B' D B`, `D` the {middle}, which is positive semidefinite"
        return Condition(words, tuple(letters.items()))

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        parts = [
            (
                part.residual,
                part.loss.gradient.program.objective,
                part.jacobian.document(view),
                part.loss.document(view),
            )
            for part in self.parts
        ]
        by = self.program.symbol(self.variable)
        proof = self.verification.said() if self.verification is not None else ""
        models = [part.model.said for part in self.parts if part.model is not None]
        claim = () if self.claim is None else (self.claim,)
        return outer_products(
            self.kind,
            self.program,
            by,
            parts,
            (self.operator.node, self.node if is_short(self.node) else None),
            (claim, models, proof),
            view,
        )


@checked
def gauss_newton(
    source: str | Program,
    wrt: str,
    *,
    residual: str = "",
    verify: bool = True,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> GaussNewton:
    """The (generalized) Gauss-Newton matrix J_r' H J_r of the objective g(r) by `wrt`.

    `residual`: the name of r in the program; without it, r is the intermediate nearest to the variable in which g
    is convex, moved on through affine maps. For a sum of squares it is 2 J_r' J_r, for a cross-entropy the Fisher
    matrix (Schraudolph 2002; Martens 2020). Raises the errors of `derive`, and UnsupportedError where no r is found.

    >>> print(gauss_newton("J = 1/2 ||f(X w) - y||^2", "w", verify=False))
    X' diag(f'(X w).^2) X
    """
    program = scalar(program_of(source, shapes, language))
    return _made(program, name_of(wrt), GAUSS_NEWTON, residual, verify, time_limit)


@checked
def fisher(
    source: str | Program,
    wrt: str,
    *,
    residual: str = "",
    verify: bool = True,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> GaussNewton:
    """The Fisher information matrix by `wrt` of an objective that is a negative log-likelihood.

    It is J_r' E[H] J_r: the Hessian of the loss, expected over data that follow the model. Gaussian, Bernoulli,
    categorical and Poisson models are recognized by the form of the loss (Martens 2020). Raises UnsupportedError for
    other losses.

    >>> found = fisher("J = sum(log(1 + exp(X w))) - y' X w", "w", verify=False)
    >>> print(found.expanded(), "-", found.model)
    X' diag(sigmoid(X w) ⊙ (1 - sigmoid(X w))) X - Bernoulli
    """
    program = scalar(program_of(source, shapes, language))
    return _made(program, name_of(wrt), FISHER, residual, verify, time_limit)


def _made(program: Program, name: str, kind: str, residual: str, verify: bool, time_limit: float) -> GaussNewton:
    variable = program.symbol(name)
    terms = _parts(program, variable, canonical(residual) if residual else "")
    if not terms:
        raise UnsupportedError(
            f"no intermediate is found of which {program.objective.name} is a convex function",
            hint='name it: --residual r, or residual="r"',
        )
    parts = [_part(program, variable, r, g, verify, time_limit) for r, g in terms]
    if kind == FISHER:
        parts = [_modelled(part, program, variable, (verify, time_limit)) for part in parts]
    products = [ops.matmul(ops.T(j), part.middle, j) for part in parts for j in [part.jacobian.expanded().node]]
    whole = ops.plus(*products)
    direction = f"d{name}"
    moved = [_along(part, program, variable, direction) for part in parts]
    residuals = [part.residual.name for part in parts]
    words = (*program.taken, *residuals, direction)
    kept = [s.name for s in program.definitions] + residuals
    matrix = shorter(simplified(whole), kept, TakenNames(words))
    moved_whole = simplified(ops.plus(*moved))
    operator = shorter(moved_whole, kept, TakenNames(words), beside=matrix.names if is_short(matrix.node) else ())
    node = matrix.node
    proof = None
    if verify:
        found = [v for part in parts for v in (part.jacobian.verification, part.loss.verification) if v is not None]
        found.append(equal(Expr(expand(node)), Expr(expand(whole)), time_limit=time_limit))
        proof = next((v for v in found if not v.ok), next((v for v in found if v.status != "proved"), found[0]))
    return GaussNewton(
        node,
        program.inputs,
        variable=name,
        kind=kind,
        operator=Expr(operator.node, program.inputs),
        parts=tuple(parts),
        program=program,
        verification=proof,
    )


# ----------------------------------------------------------------------------------------------- what the loss is of


def _parts(program: Program, variable: Symbol, name: str) -> list[tuple[Symbol, Node]]:
    """(r with its definition, g) for the terms of the loss."""
    of = _opened(expand(program.objective), variable)
    taken = TakenNames(program.taken)
    known = {expand(s): s for s in program.definitions if s is not program.objective}
    if name:
        named = program.names.get(name)
        if named is None:
            raise UnknownNameError(f"{name} is no name of the program", hint="name a definition", text=name)
        loss = put(of, {expand(named): Symbol(named.name, named.shape)})
        if variable in set(postorder(loss)):
            message = f"{program.objective.name} depends on {variable.name} not through {name} alone"
            raise UnsupportedError(message, hint="name an intermediate that all ways to the variable pass")
        return [(_defined(named.name, expand(named)), loss)]
    factor, terms = _terms(of)
    found = []
    own = [t for t in terms if variable in set(postorder(t))]
    whole = ops.plus(*own)
    groups = [whole]
    at = _inner(whole, variable, program.functions)
    if len(own) > 1 and (at is None or at is variable):
        alone = [t for t in own if _inner(t, variable, program.functions) is variable]
        rest = [t for t in own if t not in alone]
        groups = [ops.plus(*group) for group in (rest, alone) if group]
    for group in groups:
        at = _inner(group, variable, program.functions)
        if at is None:
            return []
        symbol = known.get(at)
        known_as = symbol if symbol is not None else at
        r = known_as.name if isinstance(known_as, Symbol) else fresh(_letter(group, at), taken)
        loss = put(group, {at: Symbol(r, at.shape)})
        found.append((_defined(r, at), loss if factor is ops.ONE else ops.scale(factor, loss)))
    return found


def _opened(of: Node, variable: Symbol) -> Node:
    """A loss whose products y' X w are y : X w, so that X w is a part of them."""
    depends = {node for node in postorder(of) if variable in set(postorder(node))}
    became: dict[Node, Node] = {}
    for node in postorder(of):
        traced = isinstance(node, Term) and node.op is ops.TRACE
        product = node.args[0] if traced else node
        if not (node.is_scalar and isinstance(product, Term) and product.op is ops.MATMUL):
            continue
        args = product.args
        moving = [k for k, a in enumerate(args) if a in depends]
        if not moving or len(moving) == len(args) or moving != list(range(moving[0], moving[-1] + 1)):
            continue
        if moving[-1] < len(args) - 1:  # turned, so that what is fixed comes first
            if moving[0]:
                continue
            args = tuple(map(_turned, reversed(args)))
            moving = [k for k, a in enumerate(product.args[::-1]) if a in depends]
        fixed, rest = args[: moving[0]], args[moving[0] :]
        # the last constant factor before the variable stays with it, as X of X w
        if len(fixed) > 1:
            fixed, rest = fixed[:-1], (fixed[-1], *rest)
            became[node] = ops.inner(ops.matmul(*map(_turned, reversed(fixed))), ops.matmul(*rest))
    return put(of, became)


def _turned(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else ops.T(node)


def _defined(name: str, node: Node) -> Symbol:
    return node if isinstance(node, Symbol) else Symbol(name, node.shape, (), node)


def _letter(loss: Node, at: Node) -> str:
    # r for what is squared, z for what goes into another function.
    squared = any(isinstance(n, Term) and n.op is ops.NORM and n.args[0] is at for n in postorder(loss))
    squared = squared or (isinstance(at, Term) and at.op is ops.PLUS)
    return ("r" if squared else "z") if at.shape[1] == 1 else ("R" if squared else "Z")


def _terms(of: Node) -> tuple[Node, tuple[Node, ...]]:
    """c and the terms of c (t1 + t2 + …)."""
    if isinstance(of, Term) and of.op is ops.PLUS:
        return ops.ONE, of.args
    if isinstance(of, Term) and of.op in (ops.SCALE, ops.HADAMARD) and len(of.args) == 2:
        for factor, rest in (of.args, of.args[::-1]):
            if isinstance(rest, Term) and rest.op is ops.PLUS and isinstance(factor, (Number, Symbol, Size)):
                return factor, rest.args
    return ops.ONE, (of,)


def _inner(of: Node, variable: Symbol, functions: Sequence[str]) -> Node | None:
    """The part of a loss that it is taken of: from the loss on to the variable, the last one in which it is convex."""
    passed = _passed(of, variable)
    number = None
    for k in range(len(passed) - 2, -1, -1):
        r = _stand_in(passed[k])
        if _is_convex(put(of, {passed[k]: r}), r, functions):
            number = k
        elif number is not None:
            break
    if number is None:
        return None
    found = passed[number]
    r = _stand_in(found)
    for onward in passed[number + 1 : -1]:
        if not bend(put(onward, {passed[number]: r}), [r]).affine:
            break
        found = onward
    return found


def _stand_in(node: Node) -> Symbol:
    return Symbol("r", node.shape, node.attributes if isinstance(node, Symbol) else ())


def _passed(of: Node, variable: Symbol) -> list[Node]:
    """The parts that all ways from the variable to the whole pass, the variable first."""
    depends: dict[Node, int] = {}
    reach: list[int] = []  # of each, the last one that uses it
    for node in postorder(of):
        below = [depends[a] for a in node.args if a in depends]
        if node is variable or below:
            depends[node] = len(reach)
            for at in below:
                reach[at] = len(reach)
            reach.append(len(reach))
    found, furthest = [], 0
    for number, node in enumerate(depends):
        if furthest <= number:
            found.append(node)
        furthest = max(furthest, reach[number])
    return found


def _is_convex(loss: Node, r: Symbol, functions: Sequence[str]) -> bool:
    found = bend(loss, [r])
    if found.affine:
        return False
    if found.up or found.down:
        return found.up
    inputs = tuple(n for n in postorder(loss) if isinstance(n, Symbol))
    bent = hessian(_program(inputs, functions, Symbol("J", SCALAR, (), loss)), r.name, verify=False).bent
    return bent is not None and bent.sign > 0


# -------------------------------------------------------------------------------------------------------- the matrices


def _program(inputs: Sequence[Symbol], functions: Sequence[str], objective: Symbol) -> Program:
    return Program(
        inputs=tuple(inputs),
        definitions=(objective,),
        objective=objective,
        functions=tuple(functions),
        source="\n".join(statements(inputs, functions, (objective,))),
    )


def _part(program: Program, variable: Symbol, r: Symbol, g: Node, verify: bool, time_limit: float) -> LossTerm:
    inner = Symbol(r.name, r.shape, r.attributes)
    taken = TakenNames((*program.taken, r.name))
    loss = Symbol(fresh("g", taken), SCALAR, (), g)
    inputs = [s for s in (*program.inputs, inner) if s in set(postorder(g))]
    outer = hessian(_program(inputs, program.functions, loss), r.name, verify=verify, time_limit=time_limit)
    of = r if r.definition is not None else Symbol(fresh("r", taken), r.shape, (), r)
    own = [s for s in program.inputs if s in set(postorder(expand(of)))]
    jac = jacobian(_program(own, program.functions, of), variable.name, verify=verify, time_limit=time_limit)
    return LossTerm(r, jac, outer)


def _modelled(part: LossTerm, program: Program, variable: Symbol, proof: tuple[bool, float]) -> LossTerm:
    """The term with its model; where r is y ⊙ z with labels y of ±1, as a term in z."""
    try:
        return part._replace(model=model_of(part.residual, part.loss, variable))
    except UnsupportedError:
        sign, product = coefficient(part.residual.definition or part.residual)
        factors = product.args if isinstance(product, Term) and product.op in (ops.HADAMARD, ops.SCALE) else ()
        labels = [a for a in factors if isinstance(a, Symbol) and a is not variable and a.shape == product.shape]
        if abs(sign) != 1 or len(factors) != 2 or len(labels) != 1:
            raise
        rest = factors[1 - factors.index(labels[0])]
        z = _defined(fresh("z" if 1 in rest.shape else "Z", TakenNames(program.taken)), rest)
        loss = part.loss.gradient.program
        margin = simplified(ops.scale(ops.number(sign), ops.hadamard(labels[0], Symbol(z.name, z.shape))))
        g = put(expand(loss.objective), {loss.symbol(part.residual.name): margin})
        split = _part(program, variable, z, g, *proof)
        if (model := of_signs(labels[0], split.loss)) is None:
            raise
        return split._replace(model=model)


def _along(part: LossTerm, program: Program, variable: Symbol, direction: str) -> Node:
    """What the part adds to the map of a direction: the transposed Jacobian, times H, times the Jacobian times it."""
    r, loss = part.residual, part.loss
    of = part.jacobian.record.program
    inner = loss.gradient.program.symbol(loss.variable)
    curved = in_full(loss.operator.node) if part.model is None else part.model.operator
    if r is variable:
        return put(along(curved, f"d{r.name}", Symbol(direction, r.shape)), {inner: r})
    moved = in_full(jvp(of, variable.name, direction).node)
    bent = put(along(curved, f"d{inner.name}", moved), {inner: r})
    cotangent = fresh("U", TakenNames((*program.taken, direction, r.name)))
    return put(in_full(vjp(of, variable.name, cotangent).node), {Symbol(cotangent, r.shape): bent})
