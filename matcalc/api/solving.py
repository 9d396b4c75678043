"""Stationary points, where the gradient is affine in the variable; optima on orthonormal columns are in optima.py."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from matcalc import operators as ops
from matcalc.api.around import along, beside, both, is_zero, multiple
from matcalc.api.asking import name_of, parse, program_of
from matcalc.api.derivation import Derivation, derive
from matcalc.api.formula import Expr, in_full
from matcalc.api.jacobians import jacobian
from matcalc.api.judging import equal
from matcalc.api.optima import Optimum, optimum
from matcalc.api.readings import statements
from matcalc.api.second import Hessian, hessian, hvp, jvp, scalar
from matcalc.api.shown import Shown
from matcalc.checked import checked
from matcalc.derive import simplified
from matcalc.derive.naming import TakenNames, fresh
from matcalc.document import View
from matcalc.document.blocks import Document
from matcalc.document.composed import stationary
from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder
from matcalc.expr import replace as put
from matcalc.operators import T, inv, matmul, plus, scale, stacked, zeros
from matcalc.prose import Prose
from matcalc.rewrite import coefficient
from matcalc.rules.conventions import structure as structure_of
from matcalc.rules.structure import attributes
from matcalc.syntax.framing import LEFT_OUT
from matcalc.syntax.languages import is_latex
from matcalc.syntax.program import Program
from matcalc.verify import Verification
from matcalc.verify.best import has_inverse, vanishes

LONG = 4
"""A matrix that has an inverse only at smaller sizes has none: a a' has one where a is a number."""


@dataclass(frozen=True, repr=False)
class Solution(Expr, Shown):
    """Where the gradient is 0: the value of the variable, a formula with all methods of `Expr`.

    `equation`: both sides of the equation that it solves. `condition`: when the solution exists and is the only one.
    `others`: the other solutions, where there are some for all data; this one then has the least norm. Otherwise "".
    `kind`: "minimum" or "maximum" where that is shown, otherwise "stationary point". `name`: of a result that is known
    by one, as "orthogonal Procrustes problem (Schönemann 1966)"; otherwise "". `verification`: the gradient there, held
    against 0, or, for a result with a name, the constraint and the gradient along it at random data.
    """

    variable: str = field(kw_only=True)
    equation: tuple[Expr, Expr] = field(kw_only=True, compare=False)
    condition: str = field(kw_only=True)
    kind: str = field(kw_only=True)
    gradient: Derivation = field(kw_only=True, compare=False)
    name: str = field(kw_only=True, default="")
    others: str = field(kw_only=True, default="")
    verification: Verification | None = field(kw_only=True, compare=False, default=None)

    def __repr__(self) -> str:
        return f"<Solution {self.variable} = {self}>"

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        program = self.gradient.program
        left, right = (side.node for side in self.equation)
        proof = self.verification.said() if self.verification is not None else ""
        said = f"a {self.kind}: " if self.name else f"the only {self.kind}{' if ' * bool(self.condition)}"
        if self.others:
            said = f"a {self.kind}, the one of least norm; {self.others}"
        other = {"min": "maximum", "max": "minimum"}.get(program.goal) == self.kind
        asked = f"; {program.goal} was asked for" * other
        return stationary(
            self.gradient.document(view),
            program,
            program.symbol(self.variable),
            (left, right),
            self.node,
            (said + self.condition + asked, self.name, proof),
            view,
        )


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
    equation. `subject`: equations affine in `wrt`, as "A w = b"; their multipliers are eliminated. With "W' W = I", or
    "w' w = 1", the optima that have a name are found: orthogonal Procrustes, principal components, and, without a
    constraint, quotients w' S w / w' w. The solution is put into the gradient and held against 0. Raises
    UnsupportedError where the gradient is not affine, and the errors of `derive`.

    >>> print(solve("J = ||X w - y||^2 + lam ||w||^2", "w", verify=False))
    inv(X' X + lam I) X' y
    """
    program, name = scalar(program_of(source, shapes, language), "a stationary point"), name_of(wrt)
    program = replace(program, notes=tuple(note for note in program.notes if not _is_heeded(note)))
    held, constraints = _held(program, subject, name, shapes) if subject else (program, ())
    known = optimum(held, name, constraints, verify)
    if known is not None:
        return _named(known, name)
    found = hessian(held, name, structure="free", verify=False)
    variable = found.gradient.program.symbol(name)
    linear = found.expanded().node
    if variable in set(postorder(linear)):
        message = f"the gradient is not affine in {name}, so its zeros have no formula here"
        raise UnsupportedError(message, hint="`solve` is for quadratic objectives; `derive` shows the gradient")
    if is_zero(linear):
        message = f"the gradient is the same for every {name}: it is 0 everywhere or nowhere"
        raise UnsupportedError(message, hint="`solve` is for objectives that are quadratic in the variable")
    if structure_of(variable.attributes) != "":
        if constraints:
            raise UnsupportedError(f"a constraint on {name}, which is structured", hint="leave the structure out")
        return _structured(held, found, variable, verify, time_limit)
    gradient = found.gradient.expanded(name).node
    right = simplified(ops.negative(put(gradient, {variable: zeros(*variable.shape)})))
    if constraints:
        return _constrained(held, constraints, variable, found, right, verify, time_limit)
    factor, linear = _factor(linear)
    right = simplified(scale(factor, right))
    left, value, regular = _solved(found, variable, linear, factor, right)
    condition, others = _regular(regular), ""
    if not all(node.is_scalar or has_inverse(node, held.inputs, LONG) for node in regular):
        value = _least(value, regular, held.inputs)
        there = put(found.gradient.expanded(name).node, {variable: value})
        if not ((seen := vanishes(there, [], held.inputs)) is not None and seen.ok):
            message = f"the gradient is 0 for no {name}: {Expr(left)} is never {Expr(right)}"
            raise UnsupportedError(message, hint="the objective has no optimum; a term such as ‖x‖^2 gives it one")
        condition, others, regular = "", _others(held, variable, left), ()
    solution = _solution(
        found.gradient,
        held,
        variable,
        (left, right),
        value,
        (condition, _kind(found)),
        regular,
        verify,
        time_limit,
    )
    return replace(solution, others=others)


def _least(value: Node, regular: Sequence[Node], known: Sequence[Symbol]) -> Node:
    """The solution of least norm, where these matrices have no inverse."""
    became: dict[Node, Node] = {inv(node): ops.term(ops.PINV, node) for node in regular if not node.is_scalar}
    exact = simplified(put(value, became))
    short = put(simplified(value), became)  # inv(X'X) X' is pinv(X), and so is pinv(X'X) X'
    vectors = [n for n in postorder(short) if isinstance(n, Term) and n.op is ops.PINV and 1 in n.args[0].shape]
    short = simplified(put(short, {n: _of_vector(n.args[0]) for n in vectors}))
    same = vanishes(ops.minus(short, exact), [], known)
    return short if same is not None and same.ok else exact


def _of_vector(vector: Node) -> Node:
    """The pseudoinverse of a column or a row: a'/(a'a)."""
    square = matmul(T(vector), vector) if vector.shape[1] == 1 else matmul(vector, T(vector))
    return scale(ops.reciprocal(square), T(vector))


def _others(program: Program, variable: Symbol, left: Node) -> str:
    """The other solutions, which differ by what the linear map takes to 0."""
    taken = TakenNames(program.taken)
    u = Symbol(fresh("u" if 1 in variable.shape else "U", taken), variable.shape)
    moved = Expr(put(left, {variable: u}))
    return f"{variable.name} + {u.name} is one, too, for every {u.name} with {moved} = 0"


def _is_heeded(note: Prose) -> bool:
    """Whether a note says that min or max is left out, which it is not here."""
    return str(note).endswith(LEFT_OUT)


def _solution(
    gradient: Derivation,
    program: Program,
    variable: Symbol,
    equation: tuple[Node, Node],
    value: Node,
    said: tuple[str, str],
    regular: Sequence[Node],
    verify: bool,
    time_limit: float,
) -> Solution:
    """The value of the variable; it is put into the gradient, and held against 0."""
    proof = None
    if verify:
        there = put(gradient.expanded(variable.name).node, {variable: value})
        proof = _proof(there, regular, program.inputs, time_limit)
    left, right = (Expr(side, program.inputs) for side in equation)
    return Solution(
        simplified(value),
        program.inputs,
        variable=variable.name,
        equation=(left, right),
        condition=said[0],
        kind=said[1],
        gradient=gradient,
        verification=proof,
    )


def _proof(node: Node, regular: Sequence[Node], known: Sequence[Symbol], time_limit: float) -> Verification:
    """That an expression is 0: proved, or seen at random points of sizes for which all inverses exist."""
    proof = equal(Expr(node), Expr(zeros(*node.shape)), time_limit=time_limit)
    return vanishes(expand(node), regular, known) or proof if proof.status == "skipped" else proof


def _named(known: Optimum, name: str) -> Solution:
    scope = known.gradient.program.inputs
    left, right = known.equation
    return Solution(
        known.value,
        scope,
        variable=name,
        equation=(Expr(left, scope), Expr(right, scope)),
        condition=known.condition,
        kind=known.kind,
        gradient=known.gradient,
        name=known.name,
        verification=known.verification,
    )


def _structured(program: Program, found: Hessian, variable: Symbol, verify: bool, time_limit: float) -> Solution:
    """The zero of the projected gradient, if that is a multiple of the variable and a constant."""
    name = variable.name
    gradient = derive(program, name, verify=False)
    moved = in_full(hvp(program, name, f"d{name}").node)
    part = beside(simplified(along(moved, f"d{name}", variable)), variable)
    if part is None or part[1] or part[2]:
        kind = structure_of(variable.attributes) or ", ".join(sorted(variable.attributes))
        message = f"the gradient by {name}, which is {kind}, is no multiple of {name} and a constant"
        raise UnsupportedError(message, hint=f"without the declaration every {name} is looked at")
    right = simplified(ops.negative(put(gradient.expanded(name).node, {variable: zeros(*variable.shape)})))
    value = simplified(scale(ops.reciprocal(part[0]), right))
    conditions = [
        c
        for c in (_regular([part[0]]), *(f"{Expr(value)} is {a}" for a in ("pd", "psd") if a in variable.attributes))
        if c
    ]
    said = " and ".join(conditions), _kind(found)
    return _solution(
        gradient, program, variable, (scale(part[0], variable), right), value, said, [part[0]], verify, time_limit
    )


def _regular(nodes: Sequence[Node]) -> str:
    """That these are invertible, or not 0; nothing is said of those that are so by their form."""
    found: dict[str, None] = {}
    for node in nodes:
        _, core = coefficient(node)
        if isinstance(core, Term) and core.op is ops.SCALE and attributes(core.args[1]) & {"pd", "invertible"}:
            core = core.args[0]
        if isinstance(core, Term) and core.op is ops.INV:
            core = core.args[0]
        if core is ops.ONE or attributes(core) & ({"positive"} if core.is_scalar else {"pd", "invertible"}):
            continue
        found[f"{Expr(core)} {'is not 0' if core.is_scalar else 'is invertible'}"] = None
    return " and ".join(found)


def _kind(found: Hessian) -> str:
    sign = found.bent.sign if found.bent is not None and not found.bent.where else 0
    return "minimum" if sign > 0 else "maximum" if sign < 0 else "stationary point"


def _factor(linear: Node) -> tuple[Node, Node]:
    # 1/c and A for c A, c a number.
    if isinstance(linear, Term) and linear.op is ops.SCALE and isinstance(linear.args[0], Number):
        return ops.reciprocal(linear.args[0]), linear.args[1]
    return ops.ONE, linear


def _solved(
    found: Hessian, variable: Symbol, linear: Node, factor: Node, right: Node
) -> tuple[Node, Node, Sequence[Node]]:
    """The left side of the equation, the value of the variable, and what must be invertible for it."""
    moved = simplified(scale(factor, _moved(found, variable)))
    sides = both(moved, variable)
    if sides is not None:
        before, after = sides
        scalars = [n for n in (*before, *after) if multiple(n) is not None]
        arrays = [[n for n in side if multiple(n) is None] for side in sides]
        value = matmul(*map(inv, arrays[0]), right, *map(inv, arrays[1])) if any(arrays) else right
        for n in scalars:
            value = scale(ops.reciprocal(multiple(n) or n), value)
        return moved, value, (*before, *after)
    if variable.shape[1] == 1:
        inverse = ops.reciprocal(linear) if linear.is_scalar else inv(linear)
        return moved, scale(inverse, right) if linear.is_scalar else matmul(inverse, right), [linear]
    sizes = map(ops.size_node, variable.shape)
    return moved, ops.term(ops.UNVEC, matmul(inv(linear), stacked(right)), *sizes), [linear]


def _moved(found: Hessian, variable: Symbol) -> Node:
    """What the gradient has of the variable, without its constant."""
    return along(in_full(found.operator.node), f"d{variable.name}", variable)


def _held(program: Program, subject: str, by: str, shapes: Sequence[str]) -> tuple[Program, tuple[Node, ...]]:
    """The program, and the differences of both sides of each constraint, read together: names of sizes are the same."""
    if re.search(r"[<>≤≥]|\\[lg]eq?\b", subject):
        message = "a constraint is an equation here, and this is an inequality"
        raise UnsupportedError(message, hint="where it is active, it holds as the equation A w = b", text=subject)
    equations = [e.split("=") for e in re.split(r"[;\n]", subject) if e.strip()]
    if not equations or not all(len(e) == 2 and all(side.strip() for side in e) for e in equations):
        raise ParseError("a constraint is one equation", hint='subject="A w = b", several with ; between', text=subject)
    name = program.objective.name
    word = r"\mathrm{constraint%d}" if is_latex(program.source) else "constraint%d"
    named = [f"{word % n} = ({left}) - ({right})" for n, (left, right) in enumerate(equations, 1)]
    # a bare objective stands last
    defined = re.search(rf"\b{re.escape(name)}\b[^\n;]*=", program.source)
    text = "\n".join([program.source, *named] if defined else [*named, program.source])
    try:
        held = parse(text, shapes, language=program.language)
    except MatcalcError as error:
        if error.source_line not in named:
            raise
        given = " = ".join(side.strip() for side in equations[named.index(error.source_line)])
        raise type(error)(f"in the constraint {given}: {error.message}", hint=error.hint, text=given) from None
    # what was declared beside the source
    beside = [s for s in program.inputs if s.name in held.inferred and s.name not in program.inferred]
    if beside:
        held = parse(text, (*shapes, *statements(beside, (), ())), language=program.language)
    wanted = [held.symbol(f"constraint{n}") for n in range(1, len(equations) + 1)]
    others = tuple(s for s in held.definitions if s not in wanted)
    notes = tuple(note for note in held.notes if not (re.search(r"\bconstraint\d", str(note)) or _is_heeded(note)))
    for symbol, sides in zip(wanted, equations, strict=True):
        if held.symbol(by) not in set(postorder(expand(symbol))):
            message = f"{by} does not occur in the constraint {' = '.join(side.strip() for side in sides)}"
            raise UnsupportedError(message, hint="a constraint is an equation for what is looked for", text=subject)
    of = held.symbol(name)
    return replace(held, objective=of, definitions=others, notes=notes), tuple(map(expand, wanted))


def _constrained(
    held: Program,
    constraints: Sequence[Node],
    variable: Symbol,
    found: Hessian,
    right: Node,
    verify: bool,
    time_limit: float,
) -> Solution:
    """The point with A X = R - C' N, C X = D: X = inv(A) (R - C' N), N = inv(C inv(A) C') (C inv(A) R - D)."""
    programs = [_of(held, c) for c in constraints]
    rows = [jacobian(p, variable.name, verify=False).expanded().node for p in programs]
    if any(variable in set(postorder(r)) for r in rows):
        message = f"the constraint is not affine in {variable.name}"
        raise UnsupportedError(message, hint='subject="A w = b", or W\' W = I for an optimum that has a name')
    levels = [simplified(ops.negative(put(c, {variable: zeros(*variable.shape)}))) for c in constraints]
    linear, unknown = found.expanded().node, variable
    shape: tuple[Node, ...] = ()
    sides = [both(simplified(_moved(found, variable)), variable)]
    sides += [
        both(in_full(jvp(p, variable.name, f"d{variable.name}").node), Symbol(f"d{variable.name}", variable.shape))
        for p in programs
    ]
    turned = False
    apart = len(programs) == 1 and variable.shape[1] != 1  # otherwise on stacked columns
    if apart and all(s is not None and not s[1] for s in sides):
        linear, c = (matmul(*s[0]) if s and s[0] else ops.eye(variable.shape[0]) for s in sides)
        level = levels[0]
    elif apart and all(s is not None and (not s[0] or multiple(s[0][0]) is not None) for s in sides):
        turned = True
        linear, c = (T(_after(s, variable)) for s in sides if s is not None)
        level, right = T(levels[0]), T(right)
    else:
        c = ops.term(ops.VCAT, *rows)
        level, right = ops.term(ops.VCAT, *map(stacked, levels)), stacked(right)
        shape = () if variable.shape[1] == 1 else tuple(map(ops.size_node, variable.shape))
    linear, c = simplified(linear), simplified(c)
    inverse = simplified(inv(linear))
    middle = simplified(matmul(c, inverse, T(c)))
    if not has_inverse(linear, held.inputs, LONG):
        message = f"the solution is found through the inverse of {Expr(linear)}, which has none"
        raise UnsupportedError(message, hint="a term such as ‖x‖^2 gives it one")
    if not has_inverse(middle, held.inputs):
        message = "the equations of the constraint depend on each other, or contradict each other"
        raise UnsupportedError(message, hint="leave out those that follow; symmetric, diagonal, … are declared")
    free = simplified(matmul(inverse, right))
    gap = simplified(plus(matmul(c, free), ops.negative(level)))
    multipliers = scale(ops.reciprocal(middle), gap) if middle.is_scalar else matmul(inv(middle), gap)
    pull = scale(multipliers, T(c)) if multipliers.is_scalar else matmul(T(c), multipliers)
    value = plus(free, ops.negative(matmul(inverse, pull)))
    slope = plus(matmul(linear, value), pull, ops.negative(right))  # of J + N : (C X - D)
    kept = plus(matmul(c, value), ops.negative(level))
    value = ops.term(ops.UNVEC, value, *shape) if shape else T(value) if turned else value
    scope = held.inputs
    proofs = [_proof(n, [linear, middle], scope, time_limit / 2) for n in (slope, kept)] if verify else []
    left = matmul(c, stacked(unknown) if shape else T(unknown) if turned else unknown)
    return Solution(
        simplified(value),
        scope,
        variable=variable.name,
        equation=(
            Expr(simplified(T(left) if turned else left), scope),
            Expr(simplified(T(level) if turned else level), scope),
        ),
        condition=_regular([linear, middle]),
        kind=_kind(found),
        gradient=found.gradient,
        verification=next((found for found in proofs if found.status != "proved"), proofs[0] if proofs else None),
    )


def _after(sides: tuple[list[Node], list[Node]], variable: Symbol) -> Node:
    """B of s X B."""
    before, after = sides
    found = matmul(*after) if after else ops.eye(variable.shape[1])
    factor = multiple(before[0]) if before else None
    return found if factor is None else scale(factor, found)


def _of(program: Program, node: Node) -> Program:
    """The program of a constraint."""
    symbol = Symbol("constraint", node.shape, (), node)
    return replace(program, definitions=(symbol,), objective=symbol, source=f"constraint = {Expr(node)}")
