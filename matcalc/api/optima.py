"""Optima that have a name: on orthonormal columns, on the unit sphere, and of quotients of quadratic forms.

With V'V = I an objective 1/2 V : S V - R : V + c is either linear, as S V : V does not change, and U W' of R = U D W'
is best (orthogonal Procrustes: Schönemann 1966; Golub & Van Loan, Matrix Computations, 6.4.1); or it has no linear
part, and eigenvectors of S are (principal components: Fan 1949; Horn & Johnson, Matrix Analysis, 4.3.39).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.api.around import along, beside, coefficients, is_zero
from matcalc.api.asking import parse
from matcalc.api.derivation import Derivation
from matcalc.api.formula import Expr, in_full
from matcalc.api.second import Hessian, hessian, said
from matcalc.derive import simplified
from matcalc.derive.bounds import signed
from matcalc.errors import UnsupportedError
from matcalc.expr import SCALAR, Node, Number, Symbol, Term, expand, postorder
from matcalc.expr import replace as put
from matcalc.operators import T, inv, matmul, plus, scale, zeros
from matcalc.rewrite import Condition, coefficient
from matcalc.rules.structure import alike, attributes
from matcalc.syntax.program import Program
from matcalc.verify import Verification
from matcalc.verify.best import verify_best

PROCRUSTES = "orthogonal Procrustes problem (Schönemann 1966; Golub & Van Loan 6.4.1)"
COMPONENTS = "principal components (Fan 1949; Horn & Johnson 4.3.39)"
QUOTIENT = "Rayleigh quotient (Horn & Johnson 4.2.2)"
GENERALIZED = "generalized Rayleigh quotient (Golub & Van Loan 8.7)"
SPHERE = "largest inner product on the unit sphere (Cauchy-Schwarz)"


class Optimum(NamedTuple):
    """The value, the equation that it solves, when it is the only one, what it is, its name, and how it was tried."""

    value: Node
    equation: tuple[Node, Node]
    condition: str
    kind: str
    name: str
    gradient: Derivation
    verification: Verification | None


class Sought(NamedTuple):
    """An objective in a variable under a constraint: V'V - I, V V' - I or w'B w - 1; or without one, of a quotient."""

    program: Program
    variable: Symbol
    constraint: Node | None
    rows: bool
    found: Hessian
    direction: str
    tried: bool
    squared: bool = False
    signs: tuple[Condition, ...] = ()


def optimum(program: Program, name: str, constraints: Sequence[Node], tried: bool) -> Optimum | None:
    """The optimum, if the objective and the constraint have one with a name; None if they have not."""
    variable = program.symbol(name)
    constraint = constraints[0] if len(constraints) == 1 else None
    if not constraints and "orthogonal" in variable.attributes:
        constraint = plus(matmul(T(variable), variable), ops.negative(ops.eye(variable.shape[1])))
        plain = Symbol(name, variable.shape, variable.attributes - {"orthogonal"})
        program = _plain(program, variable, plain)
        constraint, variable = put(constraint, {variable: plain}), plain
    elif len(constraints) > 1:
        return None
    if constraint is None:
        return _quotient(program, variable, tried)
    form = _form(constraint, variable)
    if form is None:
        return None
    if any(isinstance(n, Term) and n.op is ops.NORM for n in postorder(constraint)):
        constraint = plus(matmul(T(variable), variable), ops.MINUS_ONE)
    asked = Sought(
        program,
        variable,
        constraint,
        form == "rows",
        hessian(program, name, structure="free", verify=False),
        program.goal,
        tried,
    )
    for find in (_reconstructed, _polar, _eigenvectors):
        if (found := find(asked)) is not None:
            return found
    message = f"this objective has no optimum with a name under the constraint on {name}"
    raise UnsupportedError(
        message,
        hint="those that have: ||A Q - B||^2 with a square Q, tr(A' Q), and tr(W' S W), with orthonormal columns",
    )


def _plain(program: Program, old: Symbol, new: Symbol) -> Program:
    of = Symbol(program.objective.name, SCALAR, (), put(expand(program.objective), {old: new}))
    return replace(
        program, inputs=tuple(new if s is old else s for s in program.inputs), definitions=(of,), objective=of
    )


def _form(constraint: Node, variable: Symbol) -> str | None:
    """ "columns" for V'V - I, "rows" for V V' - I, "form" for w'B w - 1; None for another constraint."""
    node = simplified(constraint)
    if not (isinstance(node, Term) and node.op is ops.PLUS and len(node.args) == 2):
        return None
    square = node.args[0]
    negated, one = coefficient(node.args[1])
    if negated != -1 or not (one is ops.ONE or (isinstance(one, Term) and one.op is ops.EYE)):
        return None
    if isinstance(square, Term) and square.op is ops.POWER and isinstance(square.args[0], Term):
        norm = square.args[0]
        return "form" if norm.op is ops.NORM and norm.args[0] is variable and variable.shape[1] == 1 else None
    if isinstance(square, Term) and square.op is ops.NORM:
        return "form" if square.args[0] is variable and variable.shape[1] == 1 else None
    if not (isinstance(square, Term) and square.op is ops.MATMUL and alike(square.args[0], square.args[-1])):
        return None
    if variable.shape[1] == 1:
        pd = len(square.args) == 2 or (len(square.args) == 3 and "pd" in attributes(square.args[1]))
        return "form" if square.args[-1] is variable and pd else None
    if len(square.args) != 2:
        return None
    return "columns" if square.args[1] is variable else "rows" if square.args[0] is variable else None


# --------------------------------------------------------------------------------------------------- what is recognized


def _parts(asked: Sought) -> tuple[list[tuple[Node, tuple[Node, ...], tuple[Node, ...]]], Node] | None:
    """The terms (s, A, B) of s A V B in the gradient, and the constant with a minus; None where it is not affine."""
    found, variable = asked.found, asked.variable
    if variable in set(postorder(found.expanded().node)):
        return None
    moved = simplified(along(in_full(found.operator.node), f"d{variable.name}", variable))
    terms = moved.args if isinstance(moved, Term) and moved.op is ops.PLUS else (moved,)
    parts = [] if is_zero(moved) else [beside(term, variable) for term in terms]
    rest = found.gradient.expanded(variable.name).node
    constant = simplified(ops.negative(put(rest, {variable: zeros(*variable.shape)})))
    known = [part for part in parts if part is not None]
    return (known, constant) if len(known) == len(parts) else None


def _polar(asked: Sought) -> Optimum | None:
    """The factor U W' of R = U D W', where only R : V of the objective changes."""
    parts = _parts(asked)
    if parts is None or is_zero(parts[1]):
        return None
    variable, square = asked.variable, asked.variable.shape[0] == asked.variable.shape[1]
    stay = [
        (not before and not asked.rows) or (not after and asked.rows) or (square and not (before and after))
        for _, before, after in parts[0]
    ]
    if not all(stay):
        inferred = variable.name in asked.program.inferred and all(isinstance(d, str) for d in variable.shape)
        if square or not inferred or any(before and after for _, before, after in parts[0]):
            return None
        again = _squared(asked)
        return None if again is None else _polar(again)
    side = -1 if asked.direction == "max" or (not asked.direction and not parts[0]) else 1
    number, core = coefficient(parts[1])
    sign = side * (1 if number > 0 else -1)
    if variable.shape[1] == 1:
        if not _is_sphere(asked):
            return None
        value, name = scale(ops.reciprocal(ops.term(ops.NORM, core)), core), SPHERE
        condition = f"the only one if {Expr(core)} is not 0"
    else:
        u, w = ops.term(ops.SINGULAR_U, core), ops.term(ops.SINGULAR_V, core)
        value, name = matmul(u, T(w)), PROCRUSTES
        condition = f"U W' of the singular value decomposition {Expr(core)} = U D W', the only one if it has full rank"
        condition = f"{variable.name} is taken to be square; {condition}" if asked.squared else condition
    assert asked.constraint is not None
    return _made(asked, value if sign > 0 else ops.negative(value), _constraint(asked), condition, side, name)


def _constraint(asked: Sought) -> tuple[Node, Node]:
    node = simplified(asked.constraint or ops.ONE)
    assert isinstance(node, Term)
    return node.args[0], simplified(ops.negative(node.args[1]))


def _is_sphere(asked: Sought) -> bool:
    return asked.constraint is not None and not any(
        isinstance(n, Term) and n.op is ops.MATMUL and len(n.args) > 2 for n in postorder(simplified(asked.constraint))
    )


def _squared(asked: Sought) -> Sought | None:
    """The same with a square variable, which the text does not exclude."""
    name, program = asked.variable.name, asked.program
    size = asked.variable.shape[0]
    held = parse(program.source, (f"{name}: {size} x {size}",), language=program.language)
    wanted = [s for s in held.definitions if s.name.startswith("constraint")]
    others = tuple(s for s in held.definitions if s not in wanted)
    held = replace(held, objective=held.symbol(program.objective.name), definitions=others, notes=program.notes)
    variable = held.symbol(name)
    if len(wanted) != 1 or variable.shape[0] != variable.shape[1]:
        return None
    found = hessian(held, name, structure="free", verify=False)
    return asked._replace(program=held, variable=variable, constraint=expand(wanted[0]), found=found, squared=True)


def _eigenvectors(asked: Sought) -> Optimum | None:
    """Eigenvectors of S, where the objective is 1/2 V : S V."""
    parts = _parts(asked)
    if parts is None or not is_zero(parts[1]) or not parts[0] or asked.rows or any(after for _, _, after in parts[0]):
        return None
    whole = coefficients([(c, before) for c, before, _ in parts[0]], ops.eye(asked.variable.shape[0]))
    return _of_form(asked, whole)


def _reconstructed(asked: Sought) -> Optimum | None:
    """‖X - X V V'‖^2, which is ‖X‖^2 - V : X'X V; and ‖X - V V' X‖^2."""
    variable, of = asked.variable, expand(asked.program.objective)
    _, core = coefficient(of)
    scalars = core.args if isinstance(core, Term) and core.op is ops.HADAMARD else (core,)
    moving = [a for a in scalars if variable in set(postorder(a))]
    factors = [signed(a) for a in scalars if a not in moving]
    if len(moving) != 1 or any(turn < 0 for turn, _ in factors):
        return None
    asked = asked._replace(signs=tuple(c for _, conditions in factors for c in conditions))
    core = moving[0]
    core = core.args[0] if isinstance(core, Term) and core.op is ops.POWER else core
    if not (isinstance(core, Term) and core.op is ops.NORM and isinstance(core.args[0], Term)) or asked.rows:
        return None
    inside, shadow = simplified(core.args[0]), matmul(variable, T(variable))
    for data in inside.args if isinstance(inside, Term) and inside.op is ops.PLUS and len(inside.args) == 2 else ():
        if variable in set(postorder(data)):
            continue
        forms = []
        if data.shape[1] == variable.shape[0]:
            forms.append((matmul(data, shadow), matmul(T(data), data)))
        if data.shape[0] == variable.shape[0]:
            forms.append((matmul(shadow, data), matmul(data, T(data))))
        for product, square in forms:
            if is_zero(simplified(plus(inside, ops.negative(data), product))):
                return _of_form(asked, ops.negative(simplified(square)), "min")
    return None


def _of_form(asked: Sought, whole: Node, usual: str = "") -> Optimum | None:
    """The eigenvectors of the form's matrix S, largest or smallest eigenvalues first, or of S w = λ B w."""
    number, form = coefficient(whole)
    if "symmetric" not in attributes(form):
        return None
    variable, positive = asked.variable, number > 0
    direction = asked.direction or usual or ("max" if positive else "min")
    largest = (direction == "max") == positive
    side = -1 if direction == "max" else 1
    count = variable.shape[1]
    if count == 1:
        middle = _middle(asked)
        pick = ops.EIGVEC_MAX if largest else ops.EIGVEC_MIN
        value, name = ops.term(pick, form), QUOTIENT
        if middle is not None:
            root = ops.term(ops.CHOL, middle)
            inner = simplified(matmul(inv(root), form, T(inv(root))))
            value, name = matmul(T(inv(root)), ops.term(pick, inner)), GENERALIZED
        letter = Symbol("lambda", SCALAR)
        right = scale(letter, variable if middle is None else matmul(middle, variable))
        which = "largest" if largest else "smallest"
        condition = (
            f"lambda is the {which} eigenvalue; the only one, up to its sign, if that is simple{_other(asked, usual)}"
        )
        return _made(asked, value, (matmul(form, variable), right), condition, side, name)
    shifted = form
    if not largest:
        shifted = plus(scale(ops.term(ops.LAMBDA_MAX, form), ops.eye(form.shape[0])), ops.negative(form))
    elif "psd" not in attributes(form):
        shifted = plus(form, ops.negative(scale(ops.term(ops.LAMBDA_MIN, form), ops.eye(form.shape[0]))))
    value = ops.term(ops.COLRANGE, ops.term(ops.SINGULAR_U, shifted), Number(1), ops.size_node(count))
    eigenvalues = Symbol("Lambda", (count, count), ["diagonal"])
    which = "largest" if largest else "smallest"
    condition = (
        f"Lambda holds the {which} eigenvalues (if the matrix of singular_u has that rank); the only one, up to a"
        " rotation of its columns, if the next one differs"
        f"{_other(asked, usual)}"
    )
    return _made(asked, value, (matmul(form, variable), matmul(variable, eigenvalues)), condition, side, COMPONENTS)


def _other(asked: Sought, usual: str) -> str:
    # Where neither was asked for.
    return "" if asked.direction or usual else "; the other end is asked for by min or max before the objective"


def _middle(asked: Sought) -> Node | None:
    """B of w'B w - 1, if it is not I."""
    if asked.constraint is None:
        return None
    square = simplified(asked.constraint)
    first = square.args[0]
    return first.args[1] if isinstance(first, Term) and first.op is ops.MATMUL and len(first.args) == 3 else None


def _quotient(program: Program, variable: Symbol, tried: bool) -> Optimum | None:
    """w'S w / w'B w, B positive definite: it does not depend on the length, which w'B w = 1 fixes."""
    of = expand(program.objective)
    if variable.shape[1] != 1 or not isinstance(of, Term) or of.op is not ops.HADAMARD:
        return None
    below = [a.args[0] for a in of.args if isinstance(a, Term) and a.op is ops.POWER and a.args[1] == Number(-1)]
    norms = [a.args[0] for a in of.args if isinstance(a, Term) and a.op is ops.POWER and a.args[1] == Number(-2)]
    under = [b for b in below if variable in set(postorder(b))]
    under += [
        matmul(T(variable), variable)
        for n in norms
        if isinstance(n, Term) and n.op is ops.NORM and n.args[0] is variable
    ]
    above = [a for a in of.args if variable in set(postorder(a)) and not (isinstance(a, Term) and a.op is ops.POWER)]
    if len(under) != 1 or len(above) != 1 or len([a for a in of.args if variable in set(postorder(a))]) != 2:
        return None
    constraint = plus(under[0], ops.MINUS_ONE)
    if _form(constraint, variable) is None:
        return None
    others = [a for a in of.args if variable not in set(postorder(a))]
    numerator = Symbol(program.objective.name, SCALAR, (), ops.hadamard(*others, above[0]) if others else above[0])
    held = replace(
        program,
        definitions=(numerator,),
        objective=numerator,
        source=f"{numerator.name} = {Expr(numerator.definition or numerator)}",
    )
    asked = Sought(
        held,
        variable,
        constraint,
        False,
        hessian(held, variable.name, structure="free", verify=False),
        program.goal,
        tried,
    )
    return _eigenvectors(asked)


def _made(asked: Sought, value: Node, equation: tuple[Node, Node], condition: str, side: int, name: str) -> Optimum:
    of, known = expand(asked.program.objective), asked.program.inputs
    positive: dict[Node, Node] = {
        s: Symbol(s.name, s.shape, s.attributes | {"positive"}) for _, ((_, s),) in asked.signs if isinstance(s, Symbol)
    }
    of, tried = put(of, positive), put(value, positive)
    known = tuple(s for s in known if s not in positive)
    proof = verify_best(of, asked.variable, tried, asked.constraint, side, known) if asked.tried else None
    kind = "minimum" if side > 0 else "maximum"
    condition = "; ".join([*(f"where {said(c)}" for c in asked.signs), condition])
    return Optimum(value, equation, condition, kind, name, asked.found.gradient, proof)
