"""The gradient of a derivation as a program, to be evaluated or differentiated again."""

from __future__ import annotations

from matcalc.api.byname import MissingNameError
from matcalc.api.formula import canonical
from matcalc.api.readings import statements
from matcalc.derive import Record
from matcalc.derive.naming import TakenNames, fresh
from matcalc.errors import UnsupportedError
from matcalc.expr import SCALAR, Node, Symbol, Term, definitions, postorder, replace
from matcalc.operators import DUPLICATIONS, PINV, SINGULAR_U, SINGULAR_V, T, inner, matmul, stacked
from matcalc.rules.conventions import structure
from matcalc.syntax.program import Program


def gradient_program(record: Record, name: str, along: str | Symbol = "", half: bool = False) -> Program:
    """The gradient with respect to `name` as a program; its intermediates and deltas become definitions.

    `along`: a constant V of the gradient's shape, or a name for a new one, which has the structure of the variable
    unless that was ignored; the objective is then G : V, whose gradient is the Hessian times V. `half`: the objective
    is D' vec(G), the derivatives by the independent entries v of a structured variable X, where vec(X) = D v. All
    inputs of the program are inputs of the new one, with declared shapes. Raises UnsupportedError if the number of
    layers is a letter, UnknownNameError for a name that is not a variable.
    """
    from matcalc.derive.vectorized import halves

    if record.recursion is not None:
        message = "the gradients of layers whose number is a letter are a recursion, and no program"
        raise UnsupportedError(message, hint="give the number of layers")
    program, name = record.program, canonical(name)
    gradients = {symbol.name: node for symbol, node in record.gradients}
    if name not in gradients:
        raise MissingNameError(name, tuple(gradients))
    gradient = gradients[name]
    own = structure(program.symbol(name).attributes) or ""
    before = {symbol.name: node for symbol, node in record.adjoints}.get(name, gradient)
    if not own and _pseudoinverse(gradient) and not _pseudoinverse(before):
        gradient = (
            before  # inv(X'X) X' has a shorter differential than pinv(X), which also serves where X'X is singular
        )
    for _, (_, d) in halves(program, [program.symbol(name)]) if half else ():
        gradient = matmul(T(d), stacked(gradient))
    became: dict[Node, Node] = {}
    for old in definitions(gradient):
        assert old.definition is not None
        plain = old.attributes - {"adjoint"}
        formula = replace(old.definition, became)
        # Singular vectors stand for themselves: only U V' has a differential.
        inlined = isinstance(formula, Term) and formula.op in (SINGULAR_U, SINGULAR_V)
        became[old] = formula if inlined else Symbol(old.name, old.shape, plain, formula)
    inputs = [*program.inputs]
    named = (s.name for s in became.values() if isinstance(s, Symbol))
    taken = TakenNames((*program.taken, *named))
    objective = Symbol(fresh("g" if half else "G", taken), gradient.shape, (), replace(gradient, became))
    if along:
        kept = {own} & DUPLICATIONS.keys() if record.convention != "free" else ()  # the structure of the variable
        new = Symbol(fresh(canonical(along), taken), gradient.shape, kept)
        direction = along if isinstance(along, Symbol) else new
        inputs += [direction] if direction not in inputs else []
        objective = Symbol(fresh("J", taken), SCALAR, (), inner(objective, direction))
    steps = definitions(objective)
    return Program(
        inputs=tuple(inputs),
        definitions=steps,
        objective=objective,
        functions=program.functions,
        source="\n".join(statements(inputs, program.functions, steps)),
    )


def _pseudoinverse(node: Node) -> bool:
    return any(isinstance(n, Term) and n.op is PINV for n in postorder(node))
