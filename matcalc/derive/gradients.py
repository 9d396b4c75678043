"""Entry point for gradients: checks the request and picks the kind of derivation that fits the program."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.derive.free import attempts
from matcalc.derive.record import Record
from matcalc.derive.run import Run
from matcalc.errors import MatcalcError, ShapeError
from matcalc.expr import Symbol, Term
from matcalc.operators import PLUS
from matcalc.options import CONVENTIONS
from matcalc.rewrite import Work
from matcalc.syntax.program import Program


def derive(program: Program, wrt: Sequence[str], convention: str = "projected", primes: bool = False) -> Record:
    """The gradients of the program's objective with respect to the names `wrt`, with their derivation.

    `primes`: the derivatives of activations are not written out; sigmoid'(z) stays sigmoid'(z).
    Raises ShapeError for an objective that is not a scalar, UnknownNameError for a name that does not occur,
    UnsupportedError if a rule is missing or the formula is too large.
    """
    Work.begin()
    if not wrt:
        raise MatcalcError(
            "no variable to differentiate by is named", hint=f"the names are {', '.join(program.names)}", text=""
        )
    if convention not in CONVENTIONS:
        raise MatcalcError(f"there is no convention {convention}", hint=f"the conventions are {', '.join(CONVENTIONS)}")
    if program.family is None:
        for name in wrt:
            program.symbol(name)
    if not program.objective.is_scalar:
        rows, columns = program.objective.shape
        raise ShapeError(
            f"the objective {program.objective.name} is {rows}×{columns}, and a gradient is of a scalar",
            hint=_unknown(program)
            or _trace(program)
            or _terms(program)
            or "sum its entries, or ask for its Jacobian with `jacobian`",
            text=program.objective.name,
        )
    if program.family is not None:
        from matcalc.derive.recursion import derive_layers

        return derive_layers(program, wrt, convention, primes)

    def run(known: Program, variables: list[Symbol]) -> Record:
        return Run(known, variables, convention, primes).result()

    return attempts(program, wrt, convention == "free", run)


def _unknown(program: Program) -> str:
    """The hint for J = loss(a) and ‖x‖^2 + f(x), where loss and f may be meant as unknown scalar functions."""
    node, of = program.objective.definition, program.objective.name
    if not isinstance(node, Term):
        return ""
    terms = node.args if node.op is PLUS else (node,)
    called = next((t for t in terms if isinstance(t, Term) and t.op.function in program.functions), None)
    alone = [t.name for t in terms if isinstance(t, Symbol) and t.name in program.inferred]
    if called is None:
        return f"declare `{alone[0]}: scalar` if it is a number, or sum its entries" if alone else ""
    function, by = called.op.function, called.args[0]
    entries = f"{function} is applied entry by entry"
    if len(terms) > 1:
        instead = f"declare `{function}: scalar function` and derive {of} = {function}(…) alone"
        return f"{entries}: add them, sum({function}(…)); of an unknown scalar function {instead}"
    instead = f"declare `{function}: scalar function`"
    if isinstance(by, Symbol):
        instead += f", or leave it out and state its gradient: given d{of}/d{by.name} = G"
    return f"{entries}; if it is an unknown scalar function, {instead}"


def _trace(program: Program) -> str:
    """The hint for tr(A - B)(A - B)', which may be meant as the trace of the whole product."""
    node = program.objective.definition
    if not isinstance(node, Term):
        return ""
    factors = node.args
    factors += tuple(arg for factor in factors if isinstance(factor, Term) for arg in factor.args)
    traces = (f for f in factors if isinstance(f, Term) and f.op.name == "tr")
    if not any(traces):
        return ""
    return "tr takes the bracket after it; for the trace of a whole product write tr((A - B)(A - B)')"


def _terms(program: Program) -> str:
    """The hint for Σ_n (y_n - W x_n)^2, whose terms are vectors."""
    if program.objective not in dict(program.indexed):
        return ""
    return "the terms of the sum are arrays: write ‖…‖^2 for a squared length, or w'x_n for the number W x_n"
